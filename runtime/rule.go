package runtime

import (
	"reflect"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Rule is a multiply rule: what an element of type Out is, made of an x of type A and a y of
// type B. Packages of kernels have rules as variables, as package rules has those that come with
// this library; the generator writes such packages for rules of your own.
//
// A rule multiplies arrays as the functions of this package do: shapes broadcast, arrays may be
// any views, outputs and operands may share memory in any way, large arrays are shared out among
// threads, and an element depends on its x and y alone, with the same bits on every machine. Of a
// NaN neither sign nor payload is promised.
//
// Elements have the types of the rule: a []Sample, of a named type, is multiplied as what
// [CastSlice] returns of it, an array of them as what [Cast] does.
//
// The order of the operands matters unless the rule commutes. The zero Rule multiplies nothing;
// its methods return [ErrNoRule].
type Rule[Out, A, B any] struct {
	_    [0]func(A, B) Out // keeps Go from converting a Rule into one of other types
	rule *kernel.Rule
}

// NewRule returns a rule that is made of kernels. It is for the packages that the generator
// writes: the types are those of the rule's operands. With others the methods return [ErrElement].
func NewRule[Out, A, B any](r *kernel.Rule) Rule[Out, A, B] {
	return Rule[Out, A, B]{rule: r}
}

// Name returns the name of the rule, such as "q15".
func (r Rule[Out, A, B]) Name() string {
	if r.rule == nil {
		return ""
	}
	return r.rule.Name
}

// String returns the Go expression of x and y that the rule is.
func (r Rule[Out, A, B]) String() string {
	if r.rule == nil {
		return "no rule"
	}
	return r.rule.Expr
}

// Multiply returns the fresh array of which each element is that of a by that of b, see
// [Multiply] for shapes, layout and errors.
func (r Rule[Out, A, B]) Multiply(a Array[A], b Array[B]) (Array[Out], error) {
	by, err := r.at()
	if err != nil {
		return Array[Out]{}, fault.InOp("Multiply", err)
	}
	out, err := multiply[Out](by, a.operand, b.operand)
	if err != nil {
		return Array[Out]{}, fault.InOp("Multiply", err)
	}
	return out, nil
}

// MultiplyTo writes a by b to out, see [MultiplyTo]. An operand whose elements have another size
// than those of out is copied if it shares memory with out.
func (r Rule[Out, A, B]) MultiplyTo(out Array[Out], a Array[A], b Array[B]) error {
	by, err := r.at()
	if err == nil {
		if exec.RaceDetector {
			exec.Announce(by.Sizes(), out.operand, a.operand, b.operand)
		}
		err = exec.Multiply(by, out.operand, a.operand, b.operand, 0)
	}
	if err != nil {
		return fault.InOp("MultiplyTo", err)
	}
	return nil
}

// NewPlan resolves a multiply of arrays once, to be run many times, see [NewPlan].
func (r Rule[Out, A, B]) NewPlan(out Array[Out], a Array[A], b Array[B]) (*Plan[Out], error) {
	by, err := r.at()
	if err != nil {
		return nil, fault.InOp("NewPlan", err)
	}
	return newPlan[Out](by, out.operand, a.operand, b.operand)
}

// RunOn runs a plan of the rule on other arrays, see [Plan.RunOn]. The error wraps [ErrPlan] when
// the plan is one of another rule.
func (r Rule[Out, A, B]) RunOn(p *Plan[Out], out Array[Out], a Array[A], b Array[B]) error {
	if r.rule == nil {
		return fault.InOp("RunOn", ErrNoRule)
	}
	if p != nil && p.run != nil && p.job.Rule().Rule != r.rule {
		return fault.InOp("RunOn", fault.Because(ErrPlan, "the plan is of rule %s, not of %s", p.job.Rule().Name, r.Name()))
	}
	return p.runOn(out.operand, a.operand, b.operand)
}

// MulSlice sets dst[i] to a[i] by b[i], see [MulSlice].
func (r Rule[Out, A, B]) MulSlice(dst []Out, a []A, b []B) error {
	n := len(dst)
	if len(a) != n || len(b) != n {
		return lengths("MulSlice", n, len(a), len(b))
	}
	by, err := r.at()
	if err != nil {
		return fault.InOp("MulSlice", err)
	}
	d, x, y := unsafe.SliceData(dst), unsafe.SliceData(a), unsafe.SliceData(b)
	pd, pa, pb := unsafe.Pointer(d), unsafe.Pointer(x), unsafe.Pointer(y)
	if exec.RaceDetector {
		exec.AnnounceRuns(by.Sizes(), n, pd, pa, pb)
	}
	// Hidden: slices are never shared out among threads, and a copy does not point to what it copies.
	return fault.InOp("MulSlice", exec.Run(by, kernel.VV, exec.Hidden(pd), exec.Hidden(pa), exec.Hidden(pb), n))
}

// ScaleSlice sets dst[i] to a[i] by s, see [ScaleSlice].
func (r Rule[Out, A, B]) ScaleSlice(dst []Out, a []A, s B) error {
	n := len(dst)
	if len(a) != n {
		return lengths("ScaleSlice", n, len(a), n)
	}
	by, err := r.at()
	if err != nil {
		return fault.InOp("ScaleSlice", err)
	}
	d, x := unsafe.SliceData(dst), unsafe.SliceData(a)
	pd, pa := unsafe.Pointer(d), unsafe.Pointer(x)
	if exec.RaceDetector {
		exec.AnnounceRuns(by.Sizes(), n, pd, pa, nil)
	}
	// Hidden: slices are never shared out among threads; s is of this call.
	return fault.InOp("ScaleSlice", exec.Run(by, kernel.VC, exec.Hidden(pd), exec.Hidden(pa), exec.Hidden(unsafe.Pointer(&s)), n))
}

// KernelID returns the ID of the kernel that multiplies by a pattern at the active level, such as
// "q15-vv-avx2". The error wraps [ErrRange] where layouts of the pattern go by others.
func (r Rule[Out, A, B]) KernelID(pattern kernel.Pattern) (string, error) {
	by, err := r.at()
	if err != nil {
		return "", fault.InOp("KernelID", err)
	}
	if pattern >= kernel.NumPatterns {
		return "", fault.InOp("KernelID", noPattern(pattern))
	}
	entry := &by.At(active.Level, active.Features)[pattern]
	if entry.Func == nil {
		return "", fault.InOp("KernelID", fault.OutOfRange("rule %s has no kernel of pattern %v", by.Name, pattern))
	}
	return by.ID(entry), nil
}

// at returns the rule at the active level.
func (r Rule[Out, A, B]) at() (exec.Rule, error) {
	return ruleOf[Out, A, B](r.rule, false)
}

// ruleOf returns a rule, of one operand or of two, at the active level, if its elements have the sizes of
// the types: kernels would touch other memory.
func ruleOf[Out, A, B any](r *kernel.Rule, unary bool) (exec.Rule, error) {
	switch {
	case active.err != nil:
		return exec.Rule{}, active.err
	case r == nil:
		return exec.Rule{}, ErrNoRule
	case r.Unary != unary || r.Out.Size != elementSize[Out]() || r.A.Size != elementSize[A]() || r.B.Size != elementSize[B]():
		return exec.Rule{}, wrongTypes[Out, A](r)
	}
	return exec.Rule{Rule: r, On: &anyRule}, nil
}

// wrongTypes says that a rule is not one of these types.
func wrongTypes[Out, A any](r *kernel.Rule) error {
	return fault.About(ErrElement, "rule "+r.Name+" makes "+r.Out.DType+" of "+r.A.DType+", not "+typeName(reflect.TypeFor[Out]())+" of "+typeName(reflect.TypeFor[A]()))
}

// ProductBy writes to out the product of a and all others by a rule, from left to right: (a by b)
// by c, and so on, in one pass over memory, see [Product]. Without others a is copied.
func ProductBy[T, B any](r Rule[T, T, B], out, a Array[T], others ...Array[B]) error {
	by, err := r.at()
	if err != nil {
		return fault.InOp("ProductBy", err)
	}
	var list [flow.InlineOperands]exec.Operand
	// Hidden: the list alone, not what is in it. Threads get a list of their own, see flow.share.
	xs := unsafe.Slice((*exec.Operand)(exec.Hidden(unsafe.Pointer(&list))), len(list))[:0]
	exec.Escape(a.operand) // threads follow it, and longer lists are on the heap
	xs = append(xs, a.operand)
	for _, x := range others {
		exec.Escape(x.operand)
		xs = append(xs, x.operand)
	}
	if exec.RaceDetector {
		exec.Announce(by.Sizes(), out.operand, xs...)
	}
	if err := flow.Product(by, 0, out.operand, xs); err != nil {
		return fault.InOp("ProductBy", err)
	}
	return nil
}
