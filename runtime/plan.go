package runtime

import (
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Plan is a multiply of given arrays that is resolved once, to be run many
// times: as their elements change, not their shapes. T is the type of the result.
//
// A Plan may be used by one goroutine at a time: it writes to its output, and
// to scratch memory of its own if an operand overlaps the output. It is used through
// the pointer that NewPlan returns: a copy would run what it was copied from.
type Plan[T any] struct {
	run     kernel.Func  // what Run calls: the kernel itself if one call is all there is to do
	nest    *kernel.Nest // that of the job: a call to ask for it would take as long as a kernel
	job     exec.Job
	arrays  [3]exec.Operand // out, a and b
	threads int
}

// NewPlan resolves out = a * b, see [MultiplyTo] for what it accepts and its
// errors. Where an operand has to be copied before each run, the memory for
// that is allocated now.
func NewPlan[T Element](out, a, b Array[T]) (*Plan[T], error) {
	return newPlan[T](mulOf[T](), out.operand, a.operand, b.operand)
}

func newPlan[T any](r exec.Rule, out, a, b exec.Operand) (*Plan[T], error) {
	if active.err != nil {
		return nil, fault.InOp("NewPlan", active.err)
	}
	p := &Plan[T]{arrays: [3]exec.Operand{out, a, b}}
	if err := p.job.Resolve(r, out, a, b); err != nil {
		return nil, fault.InOp("NewPlan", err)
	}
	p.nest = p.job.Nest()
	var once bool
	if p.run, once = p.job.Call(); !once {
		p.run = func(*kernel.Nest) { p.job.Run(p.threads) }
	}
	if run := p.run; exec.RaceDetector {
		p.run = func(nest *kernel.Nest) {
			exec.Announce(r.Sizes(), out, a, b)
			run(nest)
		}
	}
	return p, nil
}

// SetThreads sets the number of threads among which a run is shared out at most;
// 0 is the default, see [SetThreads]. The error wraps [ErrThreads] when n is negative, or
// [ErrNoPlan]; the plan stays as it is then.
func (p *Plan[T]) SetThreads(n int) error {
	if p == nil || p.run == nil {
		return fault.InOp("SetThreads", ErrNoPlan)
	}
	if n < 0 {
		return fault.InOp("SetThreads", negative(n))
	}
	p.threads = n
	return nil
}

var errNothingToRun = fault.InOp("Run", ErrNoPlan)

// Run multiplies. It allocates nothing, unless several threads share the work. The error wraps
// [ErrNoPlan].
func (p *Plan[T]) Run() error { // short enough to be inlined: a call costs as much as a small kernel
	if p == nil || p.run == nil {
		return errNothingToRun
	}
	p.run(p.nest)
	return nil
}

// RunOn multiplies other arrays: out = a * b, of the same shapes and strides as those that the plan
// was made for, as the next of several buffers has. The outermost axis of out, and of what walks
// it, may have a smaller extent, as in the last block of a series. Arrays may share memory in any
// way; where they do in another way than those of the plan did, it is resolved anew.
//
// The error wraps [ErrPlan] when an array is laid out in another way or the plan is one of a rule
// with operands of other types, which has [Rule.RunOn]; it wraps [ErrNoPlan], or is one of
// MultiplyTo.
func (p *Plan[T]) RunOn(out, a, b Array[T]) error {
	if p != nil && p.run != nil {
		if r := p.job.Rule(); r.A.DType != r.Out.DType || r.B.DType != r.Out.DType {
			return fault.InOp("RunOn", fault.Because(ErrPlan, "the plan is of rule %s, whose operands have other types than its result", r.Name))
		}
	}
	return p.runOn(out.operand, a.operand, b.operand)
}

func (p *Plan[T]) runOn(out, a, b exec.Operand) error {
	if p == nil || p.run == nil {
		return fault.InOp("RunOn", ErrNoPlan)
	}
	if exec.RaceDetector {
		exec.Announce(p.job.Rule().Sizes(), out, a, b)
	}
	if err := p.job.RunOn(p.threads, p.arrays, [3]exec.Operand{out, a, b}); err != nil {
		return fault.InOp("RunOn", err)
	}
	return nil
}

// Kernel returns the ID of the kernel that Run calls, such as "float32-vv-avx2".
func (p *Plan[T]) Kernel() string {
	if p == nil {
		return ""
	}
	return p.job.Kernel()
}

// String describes the loops, with the strides of each operand in elements,
// the kernel, and the operands that each run copies first:
// "512x1536 out(1536,1) a(1536,1) b(0,1), float32-vv-avx2, copies a".
func (p *Plan[T]) String() string {
	if p.Kernel() == "" {
		return "no plan"
	}
	return p.job.String()
}
