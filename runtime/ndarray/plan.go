package ndarray

import (
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
)

// Plan is a product of given arrays that is resolved once, to be run many times: as their elements
// change, not their dtypes and shapes.
//
// A Plan may be used by one goroutine at a time. It is used through the pointer that NewPlan returns.
type Plan struct {
	mixed   *flow.MixedPlan
	arrays  []Array // out, the operands, and the mask if there is one
	dtype   DType   // that is multiplied in
	swapped bool    // the second operand comes first
	masked  bool
	threads int
}

// NewPlan resolves the product of all operands into out, see [MultiplyTo] and, of one operand or of
// three and more, [Product] for what it accepts and its errors. Where an operand has to be copied
// before each run, the memory for that is allocated now.
func NewPlan(out Array, operands ...Array) (*Plan, error) { return Options{}.NewPlan(out, operands...) }

// NewPlan is the function [NewPlan] by the options.
func (o Options) NewPlan(out Array, operands ...Array) (*Plan, error) {
	p, err := o.plan(out, operands)
	if err != nil {
		return nil, fault.InOp("NewPlan", err)
	}
	return p, nil
}

func (o *Options) plan(out Array, xs []Array) (*Plan, error) {
	if len(xs) == 0 {
		return nil, runtime.ErrNoOperands
	}
	var m flow.Mixed
	dtype, err := o.mixed(&m, xs)
	if err == nil {
		m.Out, err = o.Casting.storage("out", &out, dtype, false)
	}
	if err != nil {
		return nil, err
	}
	p := &Plan{arrays: append([]Array{out}, xs...), dtype: dtype, threads: o.Threads}
	if o.Where.operand.Lay != nil {
		p.arrays, p.masked = append(p.arrays, o.Where), true
	}
	if len(xs) == 2 {
		var f flow.Mixed
		found := o.fused(&f, &m, dtype, &out, &xs[0], &xs[1], &m.B)
		if !found {
			found = o.fused(&f, &m, dtype, &out, &xs[1], &xs[0], &m.A)
			f.Swapped = found
		}
		if found {
			p.swapped = f.Swapped
			if p.mixed, err = f.Plan(out.operand, o.Where.operand, p.operands(xs)...); err == nil {
				return p, nil
			}
			p.swapped = false // m knows what operands are called
		}
	}
	p.mixed, err = m.Plan(out.operand, o.Where.operand, p.operands(xs)...)
	return p, err
}

// operands returns those of arrays in the order in which they are multiplied.
func (p *Plan) operands(xs []Array) []exec.Operand {
	list := make([]exec.Operand, len(xs))
	for i, x := range xs {
		list[i] = x.operand
	}
	if p.swapped {
		list[0], list[1] = list[1], list[0]
	}
	return list
}

// Run multiplies. The error wraps [runtime.ErrNoPlan].
func (p *Plan) Run() error {
	if p == nil || p.mixed == nil {
		return fault.InOp("Run", runtime.ErrNoPlan)
	}
	p.mixed.Run(p.threads)
	return nil
}

// RunOn multiplies other arrays of the same dtypes and byte orders, shapes and strides as those that
// the plan was made for, as the next of several buffers has. The outermost axis of out, and of what
// walks it, may have a smaller extent, as in the last block of a series. A plan with a mask takes one
// behind the operands. Arrays may share memory in any way; where they do in another way than those of
// the plan did, it is resolved anew.
//
// The error wraps [runtime.ErrPlan] when an array is not as that of the plan, [runtime.ErrNoPlan], or
// is one of MultiplyTo.
func (p *Plan) RunOn(out Array, operands ...Array) error {
	if err := p.runOn(out, operands); err != nil {
		return fault.InOp("RunOn", err)
	}
	return nil
}

func (p *Plan) runOn(out Array, xs []Array) error {
	if p == nil || p.mixed == nil {
		return runtime.ErrNoPlan
	}
	if len(xs)+1 != len(p.arrays) {
		return fault.Because(runtime.ErrPlan, "the plan takes %d arrays beside out, got %d", len(p.arrays)-1, len(xs))
	}
	if err := p.takes("out", &p.arrays[0], &out); err != nil {
		return err
	}
	var mask exec.Operand
	if last := len(xs) - 1; p.masked {
		if err := p.takes("where", &p.arrays[last+1], &xs[last]); err != nil {
			return err
		}
		xs, mask = xs[:last], xs[last].operand
	}
	for i := range xs {
		if err := p.takes(nameOf(i, len(xs)), &p.arrays[i+1], &xs[i]); err != nil {
			return err
		}
	}
	return p.mixed.RunOn(p.threads, out.operand, mask, p.operands(xs)...)
}

// takes returns an error when the elements of an array are not those that the plan is of.
func (p *Plan) takes(name string, was, is *Array) error {
	switch {
	case is.operand.Lay == nil:
		return fault.Regarding("operand "+name, runtime.ErrNoArray)
	case is.dtype != was.dtype || is.weak != was.weak || is.order != was.order:
		return fault.Because(runtime.ErrPlan, "%s is %s, that of the plan %s", name, is.elements(), was.elements())
	case is.raw && !was.raw:
		return fault.Because(runtime.ErrPlan, "%s has bools of bytes, those of the plan are Go's", name)
	}
	return is.fits(name, p.dtype)
}

// elements says what the elements of an array are.
func (x *Array) elements() string {
	if x.isWeak() {
		return "a weak " + x.dtype.String()
	}
	return x.order.String() + " " + x.dtype.String()
}
