package ndarray

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
)

// derived returns the view of x with another layout, so many strides of 1 further.
func (x Array) derived(lay *layout.Layout, offset int, err error) (Array, error) {
	if err != nil {
		return Array{}, err
	}
	x.operand = exec.Operand{Base: unsafe.Add(x.operand.Base, offset*x.unit()), Lay: lay}
	x.weak = noKind
	return x, nil
}

// Index returns the view in which the leading axes are fixed, one per index; negative indexes count
// from the end. The error wraps [runtime.ErrRange] or [runtime.ErrNoArray].
func (x Array) Index(index ...int) (Array, error) {
	return x.derived(x.operand.Lay.Leading("Index", index))
}

// Slice returns the view start:stop:step on one axis by Python's rules: bounds beyond the axis are
// cut, negative ones count from the end, and [runtime.None] leaves a bound or the step out. The step
// can have any sign but not be 0.
//
// The error wraps [runtime.ErrRange] when the axis is not there, [runtime.ErrStep], or
// [runtime.ErrNoArray].
func (x Array) Slice(axis, start, stop, step int) (Array, error) {
	return x.derived(x.operand.Lay.Slice("Slice", axis, start, stop, step))
}

// Transpose returns the view whose axis i is axis axes[i] of x; without axes the order is reversed.
// Negative axes count from the end.
//
// The error wraps [runtime.ErrAxes] when not each axis is given once, [runtime.ErrRange] when one is
// not there, or [runtime.ErrNoArray].
func (x Array) Transpose(axes ...int) (Array, error) {
	return x.derived(x.operand.Lay.Transpose("Transpose", axes))
}

// Flip returns the view in which the given axes run backwards; without axes all of them do.
// Negative axes count from the end.
//
// The error wraps [runtime.ErrAxes] when an axis is given twice, [runtime.ErrRange] when one is not
// there, or [runtime.ErrNoArray].
func (x Array) Flip(axes ...int) (Array, error) {
	return x.derived(x.operand.Lay.Flip("Flip", axes))
}

// ExpandDims returns the view with an axis of extent 1 inserted where axis says; -1 appends it.
//
// The error wraps [runtime.ErrRange], a *[runtime.SizeError] when x has the most axes there can be,
// or [runtime.ErrNoArray].
func (x Array) ExpandDims(axis int) (Array, error) {
	return x.derived(x.operand.Lay.Expand("ExpandDims", axis))
}

// Squeeze returns the view without the given axes, which must have extent 1; without arguments all
// axes of extent 1 go. Negative axes count from the end.
//
// The error wraps [runtime.ErrAxes] when an axis has another extent or is given twice,
// [runtime.ErrRange] when one is not there, or [runtime.ErrNoArray].
func (x Array) Squeeze(axes ...int) (Array, error) {
	return x.derived(x.operand.Lay.Squeeze("Squeeze", axes))
}

// BroadcastTo returns the read-only view of x stretched to shape by NumPy's rules: shapes are
// aligned at their last axes, and an axis that is missing or has size 1 repeats.
//
// The error wraps a *[runtime.ShapeError] when x does not stretch to shape, a *[runtime.SizeError]
// or [runtime.ErrMemory] when no array can have it, or [runtime.ErrNoArray].
func (x Array) BroadcastTo(shape ...int) (Array, error) {
	return x.derived(x.operand.Lay.Broadcast("BroadcastTo", shape, max(x.dtype.Size(), 1)))
}

// Reshape returns the view of the same elements in C order under another shape; one extent may be -1
// and follows from the others. Where the strides of x allow no such view the error wraps
// [runtime.ErrNoView]: Clone it first.
//
// It wraps a *[runtime.LengthError] when the shape has another number of elements, a
// *[runtime.SizeError] when no array can have it, [runtime.ErrAxes] when two extents are -1, or
// [runtime.ErrNoArray].
func (x Array) Reshape(shape ...int) (Array, error) {
	unit := 0
	if x.operand.Lay != nil {
		unit = x.unit()
	}
	return x.derived(x.operand.Lay.Reshape("Reshape", shape, unit))
}

// ReadOnly returns the view of all of x that can not be written to.
func (x Array) ReadOnly() Array {
	if x.operand.Lay != nil && !x.operand.Lay.ReadOnly {
		lay := *x.operand.Lay
		lay.ReadOnly = true
		x.operand.Lay = &lay
	}
	x.weak = noKind
	return x
}

// ViewAs returns the same elements of memory, which are not converted, as those of another dtype of
// the same size: a uint8 of 255 becomes a unorm8 of 1. The byte order stays, unless x was of single
// bytes.
//
// The error wraps [ErrDType] when the sizes differ, or [runtime.ErrNoArray].
func (x Array) ViewAs(dtype DType) (Array, error) {
	switch {
	case x.operand.Lay == nil:
		return Array{}, fault.InOp("ViewAs", runtime.ErrNoArray)
	case dtype.Size() != x.dtype.Size():
		return Array{}, fault.InOp("ViewAs", fault.Because(ErrDType, "a %v has %s, a %v %d", x.dtype, fault.Number(x.dtype.Size(), "byte", "bytes"), dtype, dtype.Size()))
	case dtype != x.dtype:
		if dtype.WordSize() != x.dtype.WordSize() && x.order != NativeEndian() {
			return Array{}, fault.InOp("ViewAs", fault.Because(ErrOrder, "%v and %v differ in what their byte order applies to", x.dtype, dtype))
		}
		x.dtype, x.raw = dtype, dtype == Bool
	}
	x.weak = noKind
	return x, nil
}
