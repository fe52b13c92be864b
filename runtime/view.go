package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
)

// None stands for a bound that is left out, see [Array.Slice].
const None = layout.None

// derived returns the view of x with another layout, offset elements further.
func (x Array[T]) derived(lay *layout.Layout, offset int, err error) (Array[T], error) {
	if err != nil {
		return Array[T]{}, err
	}
	return Array[T]{operand: exec.Operand{Base: unsafe.Add(x.operand.Base, offset*elementSize[T]()), Lay: lay}}, nil
}

// Index returns the view in which the leading axes are fixed, one per index;
// negative indexes count from the end. Its rank is lower by their number. The error wraps
// [ErrRange] or [ErrNoArray].
func (x Array[T]) Index(index ...int) (Array[T], error) {
	return x.derived(x.operand.Lay.Leading("Index", index))
}

// Slice returns the view start:stop:step on one axis by Python's rules: bounds
// beyond the axis are cut, negative ones count from the end, and [None] leaves
// a bound or the step out. The step can have any sign but not be 0.
//
// The error wraps [ErrRange] when the axis is not there, [ErrStep], or [ErrNoArray].
func (x Array[T]) Slice(axis, start, stop, step int) (Array[T], error) {
	return x.derived(x.operand.Lay.Slice("Slice", axis, start, stop, step))
}

// Transpose returns the view whose axis i is axis axes[i] of x; without axes
// the order is reversed. Negative axes count from the end.
//
// The error wraps [ErrAxes] when not each axis is given once, [ErrRange] when one is not
// there, or [ErrNoArray].
func (x Array[T]) Transpose(axes ...int) (Array[T], error) {
	return x.derived(x.operand.Lay.Transpose("Transpose", axes))
}

// Flip returns the view in which the given axes run backwards; without axes
// all of them do. Negative axes count from the end.
//
// The error wraps [ErrAxes] when an axis is given twice, [ErrRange] when one is not there, or
// [ErrNoArray].
func (x Array[T]) Flip(axes ...int) (Array[T], error) {
	return x.derived(x.operand.Lay.Flip("Flip", axes))
}

// ExpandDims returns the view with an axis of extent 1 inserted where axis
// says; -1 appends it.
//
// The error wraps [ErrRange], a *[SizeError] when x has the most axes there can be, or
// [ErrNoArray].
func (x Array[T]) ExpandDims(axis int) (Array[T], error) {
	return x.derived(x.operand.Lay.Expand("ExpandDims", axis))
}

// Squeeze returns the view without the given axes, which must have extent 1;
// without arguments all axes of extent 1 go. Negative axes count from the end.
//
// The error wraps [ErrAxes] when an axis has another extent or is given twice, [ErrRange] when
// one is not there, or [ErrNoArray].
func (x Array[T]) Squeeze(axes ...int) (Array[T], error) {
	return x.derived(x.operand.Lay.Squeeze("Squeeze", axes))
}

// BroadcastTo returns the read-only view of x stretched to shape by NumPy's
// rules: shapes are aligned at their last axes, and an axis that is missing or
// has size 1 repeats.
//
// The error wraps a *[ShapeError] when x does not stretch to shape, a *[SizeError] or
// [ErrMemory] when no array can have it, or [ErrNoArray].
func (x Array[T]) BroadcastTo(shape ...int) (Array[T], error) {
	return x.derived(x.operand.Lay.Broadcast("BroadcastTo", shape, elementSize[T]()))
}

// Reshape returns the view of the same elements in C order under another
// shape; one extent may be -1 and follows from the others. Where the strides
// of x allow no such view the error wraps [ErrNoView]: Clone it first.
//
// It wraps a *[LengthError] when the shape has another number of elements, a *[SizeError]
// when no array can have it, [ErrAxes] when two extents are -1, or [ErrNoArray].
func (x Array[T]) Reshape(shape ...int) (Array[T], error) {
	return x.derived(x.operand.Lay.Reshape("Reshape", shape, 1))
}
