package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Multiply returns a * b, element by element, as a fresh array. The shapes
// broadcast by NumPy's rules: they are aligned at their last axes, and an axis
// that is missing or has size 1 repeats. The result is laid out like the
// operands, NumPy's order K: in C order unless they agree on another.
//
// The error is, or wraps, a *[ShapeError] when the shapes do not broadcast, [ErrMemory]
// when this process can not have the memory of the result, [ErrNoArray], or a *[LevelError].
func Multiply[T Element](a, b Array[T]) (Array[T], error) {
	out, err := multiply[T](mulOf[T](), a.operand, b.operand)
	if err != nil {
		return Array[T]{}, fault.InOp("Multiply", err)
	}
	return out, nil
}

// multiply multiplies by a rule whose results are of type T.
func multiply[T any](r exec.Rule, a, b exec.Operand) (out Array[T], err error) {
	if err = active.err; err != nil {
		return out, err
	}
	lay, err := resultLayout(a, b)
	if err != nil {
		return out, fault.Unallocatable(err)
	}
	if out, err = allocate[T](lay); err != nil {
		return out, err
	}
	if exec.RaceDetector {
		exec.Announce(r.Sizes(), out.operand, a, b)
	}
	return out, exec.Multiply(r, out.operand, a, b, 0)
}

// MultiplyTo writes a * b to out, element by element. a and b broadcast to the
// shape of out, which may be larger than theirs but not smaller.
//
// out may share memory with a and b in any way; the result is as if a and b
// had been copied first. No memory is allocated unless an operand overlaps out
// without being the same view of the same memory, out has more than 8 axes, or
// several threads share the work, see [SetThreads].
//
// The error wraps a *[ShapeError] when an operand does not broadcast to out,
// [ErrReadOnly] or [ErrSelfOverlap] when out can not be written to, [ErrMemory] when this
// process can not have the memory of a copy, [ErrNoArray], or a *[LevelError].
func MultiplyTo[T Element](out, a, b Array[T]) error { // short enough to be inlined, which leaves one call
	return multiplyTo[T](out.operand.Base, a.operand.Base, out.operand.Lay, a.operand.Lay, b.operand)
}

// multiplyTo is MultiplyTo, with arrays in words: a function stores what structures it is passed. Runs
// of elements of one shape, or by one element, have no need of an exec.Multiply. What most rows need
// comes first.
func multiplyTo[T Element](out, a unsafe.Pointer, o, x *layout.Layout, by exec.Operand) error {
	b, y := by.Base, by.Lay // there is no room for a word more where this is called
	if exec.OneRun(o, x) && y != nil && !exec.RaceDetector {
		n := o.Size
		bytes := n * elementSize[T]()
		pattern := kernel.II
		switch {
		case !exec.SameOrApart(out, a, bytes):
		case y.Run == o.Run && exec.SameOrApart(out, b, bytes):
			if isRow(n) {
				generated.MulRow[T]()(out, a, b, n)
				return nil
			}
			pattern = kernel.VV
		case y.Size == 1 && len(y.Shape) <= len(o.Shape) && exec.Apart(out, bytes, b, elementSize[T]()):
			if isRow(n) {
				generated.ScaleRow[T]()(out, a, b, n)
				return nil
			}
			pattern = kernel.VC
		}
		if pattern != kernel.II && bytes < exec.QuickBytes && active.err == nil {
			exec.Flat(on[T](generated.MulOf[T]()()), &active.Machine, pattern, out, a, b, n)
			return nil
		}
	} else if !exec.RaceDetector && exec.OneRun(o, y) && x != nil && x.Size == 1 && len(x.Shape) <= len(o.Shape) && exec.SameOrApart(out, b, o.Size*elementSize[T]()) {
		return multiplyTo[T](out, b, o, y, exec.Operand{Base: a, Lay: x}) // one element by a run
	}
	if active.err != nil {
		return fault.InOp("MultiplyTo", active.err)
	}
	r := on[T](generated.MulOf[T]()())
	if exec.RaceDetector {
		exec.Announce(r.Sizes(), exec.Operand{Base: out, Lay: o}, exec.Operand{Base: a, Lay: x}, by)
	}
	err := exec.Multiply(r, exec.Operand{Base: out, Lay: o}, exec.Operand{Base: a, Lay: x}, by, 0)
	return fault.InOp("MultiplyTo", err)
}

func elementSize[T any]() int { return int(unsafe.Sizeof(*new(T))) }

// KernelID returns the ID of the kernel that multiplies by a pattern at the
// active level, such as "float32-vv-avx2". The error wraps [ErrRange] when there is no such
// pattern, or none for operands that may change places, or a *[LevelError].
func KernelID[T Element](pattern kernel.Pattern) (string, error) {
	if active.err != nil {
		return "", fault.InOp("KernelID", active.err)
	}
	if pattern >= kernel.NumPatterns {
		return "", fault.InOp("KernelID", noPattern(pattern))
	}
	r := generated.MulOf[T]()()
	id := r.ID(r.Entry(active.Level, active.Features, pattern))
	if id == "" {
		return "", fault.InOp("KernelID", fault.OutOfRange("pattern %v, which elements of this type have no need of", pattern))
	}
	return id, nil
}

// noPattern says that a number is that of no pattern.
func noPattern(p kernel.Pattern) error {
	return fault.OutOfRange("pattern %d, there are %d", p, kernel.NumPatterns)
}

// resultLayout returns the layout of a fresh result for a * b.
func resultLayout(a, b exec.Operand) (*layout.Layout, error) {
	switch {
	case a.Lay == nil || b.Lay == nil:
		return nil, exec.NoArray(exec.Operand{Lay: layout.Scalar}, a, b)
	case a.Lay.Contiguous && b.Lay.Contiguous && !a.Lay.ReadOnly && layout.SameShape(a.Lay, b.Lay):
		return a.Lay, nil
	}
	shape, err := broadcast.Shape(a.Lay.Shape, b.Lay.Shape)
	if err != nil {
		return nil, err
	}
	var buf [2][exec.InlineRank]int
	aStrides, err := broadcast.Strides(buf[0][:0], a.Lay.Shape, a.Lay.Strides, shape)
	if err != nil {
		return nil, err
	}
	bStrides, err := broadcast.Strides(buf[1][:0], b.Lay.Shape, b.Lay.Strides, shape)
	if err != nil {
		return nil, err
	}
	return layout.New(shape, broadcast.KeepOrder(shape, aStrides, bStrides))
}

// mulOf returns the rule by which elements of type T are multiplied.
func mulOf[T Element]() exec.Rule { return on[T](generated.MulOf[T]()()) }

// on returns a rule on this machine. What MulOf returns costs no call where it is called, but mulOf
// is one: where that counts, both are spelled out.
func on[T any](r *kernel.Rule) exec.Rule {
	if unsafe.Sizeof(*new(T)) <= exec.ShortMost { // which the compiler knows
		return exec.Rule{Rule: r, On: &anyRule}
	}
	return exec.Rule{Rule: r, On: &products}
}

// copyOf returns the rule that copies elements of type T.
func copyOf[T any]() exec.Rule { return exec.Rule{Rule: kernel.CopyOf[T](), On: &products} }
