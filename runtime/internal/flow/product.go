package flow

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A product of many operands goes over memory once: it is a flow (mixed.go) that converts nothing. Where
// rows of out are long, and each operand is contiguous or a constant along them, a kernel of several
// factors (pattern VS) multiplies row by row (several.go).
//
// Otherwise out is cut into blocks, boxes of indexes that are small enough for the
// first-level cache, and of each block all multiplies are done before the next (chain.go). The
// partial product is in the block of out; or in a packed block on the stack, where
// an operand that is out itself is still to come, where out has gaps, where an
// operand is transposed, or where out is written past the caches.

const (
	blockBytes     = 16 << 10           // of out
	chainBytes     = 32 << 10           // of out, where blocks have several layouts and no memory of their own
	severalBytes   = 4 * exec.CallBytes // of out and operands, in a call of a kernel of several factors
	severalRow     = 192                // of a row that is worth such a call
	InlineOperands = 4                  // as many need no allocation
	inlineFactors  = 7                  // the same where axes are few, or rows long
)

// Product multiplies elements of size bytes, on so many threads, see [exec.ThreadsFor].
func Product(r exec.Rule, threads int, out exec.Operand, xs []exec.Operand) error {
	if len(xs) == 0 {
		return fault.ErrNoOperands
	}
	switch whole := wholeArrays(out, xs); {
	case len(xs) == 1 || !whole || !exec.Writable(out.Lay): // a copy, or an error of the flow
	case len(xs) == 2:
		if exec.Multiply(r, out, xs[0], xs[1], threads) == nil {
			return nil
		}
	case smallProduct(r, out, xs):
		return nil
	case r.Entries()[kernel.VS].Func != nil && isFlat(out, xs, r.Out.Size):
		bytes := out.Lay.Size * r.Out.Size
		for i, x := range xs {
			bytes += x.Lay.Size * r.SizeOf(i+1)
		}
		if exec.ThreadsFor(threads, bytes) == 1 {
			flatProduct(r, bytes, out, xs)
			return nil
		}
	}
	m := Mixed{On: r.On, By: r.Rule, Counted: true}
	if len(xs) == 1 {
		m = m.alone()
	}
	var arrays [inlineFactors + 1]exec.Array
	// Hidden: the list alone, not what is in it, see flow.share.
	list := unsafe.Slice((*exec.Array)(exec.Hidden(unsafe.Pointer(&arrays))), len(arrays))
	if len(xs) > inlineFactors {
		list = make([]exec.Array, len(xs)+1)
	}
	f := flow{announced: true} // by the caller, whatever the way
	return f.run(&m, list, threads, out, exec.Operand{}, xs...)
}

// wholeArrays reports whether all arrays hold something.
func wholeArrays(out exec.Operand, xs []exec.Operand) bool {
	whole := out.Lay != nil
	for _, x := range xs {
		whole = whole && x.Lay != nil
	}
	return whole
}

// isFlat reports whether out is a run of elements, and each operand such a run or a
// single element, one of the first two being a run. All elements have so many bytes.
func isFlat(out exec.Operand, xs []exec.Operand, size int) bool {
	if !out.Lay.Contiguous || constant(out, xs[0]) && constant(out, xs[1]) {
		return false
	}
	for _, x := range xs {
		if out.Along(x, size, size) == exec.UnknownStride {
			return false
		}
	}
	return true
}

// constant reports whether x is one element that repeats along the run out.
func constant(out, x exec.Operand) bool { return x.Lay.Size == 1 && out.Lay.Size > 1 }

func flatProduct(r exec.Rule, bytes int, out exec.Operand, xs []exec.Operand) {
	size := r.Out.Size
	var list [inlineFactors]kernel.Factor
	s := newSeveral(&list, len(xs))
	if constant(out, xs[0]) {
		s.first = 1
	}
	inPlace := false
	for i, x := range xs {
		inPlace = inPlace || x.Base == out.Base
		step := size
		if constant(out, x) {
			step = 0
		}
		s.set(i, x.Base, step, 0)
	}
	reach := r.ReachOf(out.Lay.Size*size, bytes)
	s.choose(r, out.Lay.Size, reach, inPlace)
	s.nest.Dst = out.Base
	s.multiply(out.Lay.Size, 1)
	reach.Fence()
}

// smallProduct is small for more than two operands, which are multiplied in out.
func smallProduct(r exec.Rule, out exec.Operand, xs []exec.Operand) bool {
	if out.Lay.Size > exec.SmallSize {
		return false
	}
	for _, x := range xs[2:] { // which are read after out is written
		if !exec.Fits(out.Lay, x.Lay) || !exec.Outside(out, x, r.Out.Size, r.B.Size) {
			return false
		}
	}
	if exec.Multiply(r, out, xs[0], xs[1], 1) != nil {
		return false
	}
	for _, x := range xs[2:] {
		_ = exec.Multiply(r, out, out, x, 1)
	}
	return true
}
