package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
)

// Product writes the product of all operands to out, element by element, from
// left to right: (a * b) * c, with the same bits as repeated [MultiplyTo], but in
// one pass over memory. Each operand broadcasts to the shape of out, which may
// be larger than theirs but not smaller. A single operand is copied.
//
// out may share memory with the operands in any way; the result is as if they
// had been copied first. No memory is allocated unless an operand overlaps out
// without being the same view of the same memory, out has more than 8 axes,
// there are more than 4 operands, or several threads share the work.
//
// Errors are those of MultiplyTo, and wrap [ErrNoOperands] when there are none; they count
// operands from 0.
func Product[T Element](out Array[T], operands ...Array[T]) error {
	if err := productOn(0, out, operands); err != nil {
		return fault.InOp("Product", err)
	}
	return nil
}

// ProductThreads is [Product], or [MultiplyTo] if there are two operands, shared
// out among a number of threads of its own, the caller's included: 1 keeps it on
// the goroutine of the caller, 0 is the default, see [SetThreads].
//
// Errors are those of Product; it wraps [ErrThreads] when the number is negative.
func ProductThreads[T Element](threads int, out Array[T], operands ...Array[T]) error {
	if err := productOn(threads, out, operands); err != nil {
		return fault.InOp("ProductThreads", err)
	}
	return nil
}

func productOn[T Element](threads int, out Array[T], operands []Array[T]) error {
	if active.err != nil {
		return active.err
	}
	if threads < 0 {
		return negative(threads)
	}
	for _, x := range operands {
		exec.Escape(x.operand) // threads follow it, and lists of many factors are on the heap
	}
	// An operand is an Array that has forgotten its dtype.
	// Hidden: the list alone, not what is in it. Threads get a list of their own, see flow.share.
	xs := unsafe.Slice((*exec.Operand)(exec.Hidden(unsafe.Pointer(unsafe.SliceData(operands)))), len(operands))
	if exec.RaceDetector {
		exec.Announce(mulOf[T]().Sizes(), out.operand, xs...)
	}
	if len(operands) > 2 && pairs(out, operands) {
		return nil
	}
	return flow.Product(mulOf[T](), threads, out.operand, xs)
}

// pairBytes is the size of out up to which operands are faster two by two.
const pairBytes = 2 << 10

// pairs multiplies runs of few elements of one shape two by two, in out, and reports whether
// it did. Operands that are read after out is written must lie outside of it.
func pairs[T Element](out Array[T], operands []Array[T]) bool {
	a, b := operands[0], operands[1]
	if !exec.OneRun(out.operand.Lay, a.operand.Lay) || !exec.OneRun(out.operand.Lay, b.operand.Lay) || out.operand.Lay.Size*elementSize[T]() > pairBytes {
		return false
	}
	n := out.operand.Lay.Size
	for _, x := range operands[2:] {
		if x.operand.Lay == nil || x.operand.Lay.Run != out.operand.Lay.Run || !exec.Apart(out.operand.Base, n*elementSize[T](), x.operand.Base, n*elementSize[T]()) {
			return false
		}
	}
	dst := (*T)(out.operand.Base)
	_ = mulEqual[T]()(dst, (*T)(a.operand.Base), (*T)(b.operand.Base), n) // all that could be wrong has been looked at
	for _, x := range operands[2:] {
		_ = mulEqual[T]()(dst, dst, (*T)(x.operand.Base), n)
	}
	return true
}
