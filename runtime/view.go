package runtime

import (
	"errors"
	"math"
	"slices"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
)

// None stands for a bound that is left out, see [Array.Slice].
const None = math.MinInt

// derived returns the view of x with another layout, offset elements further.
func (x Array[T]) derived(lay *layout, offset int, err error) (Array[T], error) {
	if err != nil {
		return Array[T]{}, err
	}
	return Array[T]{operand: operand{unsafe.Add(x.base, offset*elementSize[T]()), lay}}, nil
}

// Index returns the view in which the leading axes are fixed, one per index;
// negative indexes count from the end. Its rank is lower by their number. The error wraps
// [ErrRange] or [ErrNoArray].
func (x Array[T]) Index(index ...int) (Array[T], error) {
	return x.derived(x.lay.leading("Index", index))
}

func (l *layout) leading(op string, index []int) (*layout, int, error) {
	if l == nil {
		return nil, 0, inOp(op, ErrNoArray)
	}
	if len(index) > len(l.Shape) {
		return nil, 0, inOp(op, outOfRange("%s for an array of %s, shape %s", number(len(index), "index", "indexes"), number(len(l.Shape), "axis", "axes"), broadcast.FormatShape(l.Shape)))
	}
	offset, err := l.offset(op, index)
	if err != nil {
		return nil, 0, err
	}
	shape, strides := l.dims(0)
	return l.view(op, offset, shape[len(index):], strides[len(index):])
}

// Slice returns the view start:stop:step on one axis by Python's rules: bounds
// beyond the axis are cut, negative ones count from the end, and [None] leaves
// a bound or the step out. The step can have any sign but not be 0.
//
// The error wraps [ErrRange] when the axis is not there, [ErrStep], or [ErrNoArray].
func (x Array[T]) Slice(axis, start, stop, step int) (Array[T], error) {
	return x.derived(x.lay.slice("Slice", axis, start, stop, step))
}

func (l *layout) slice(op string, at, start, stop, step int) (*layout, int, error) {
	if l == nil {
		return nil, 0, inOp(op, ErrNoArray)
	}
	at, err := axis(op, at, "an array", len(l.Shape))
	if err != nil {
		return nil, 0, err
	}
	if step == 0 {
		return nil, 0, inOp(op, because(ErrStep, "the step is 0 on axis %d of shape %s", at, broadcast.FormatShape(l.Shape)))
	}
	start, n, step := sliceIndices(l.Shape[at], start, stop, step)
	shape, strides := l.dims(0)
	shape[at] = n
	offset := 0
	if n > 0 {
		offset = start * strides[at]
	}
	if n > 1 { // or else the product could overflow
		strides[at] *= step
	}
	return l.view(op, offset, shape, strides)
}

// sliceIndices resolves Python's start:stop:step on an axis: the first index,
// the number of indexes, and the step.
func sliceIndices(extent, start, stop, step int) (first, n, resolved int) {
	if step == None {
		step = 1
	}
	low, high := 0, extent // what bounds are cut to
	if step < 0 {
		low, high = -1, extent-1
	}
	cut := func(bound, omitted int) int {
		if bound == None {
			return omitted
		}
		if bound < 0 {
			bound += extent
		}
		return min(max(bound, low), high)
	}
	if step > 0 {
		start, stop = cut(start, low), cut(stop, high)
		if start < stop {
			n = (stop-start-1)/step + 1
		}
	} else {
		start, stop = cut(start, high), cut(stop, low)
		if stop < start {
			n = (start-stop-1)/-step + 1
		}
	}
	return start, n, step
}

// Transpose returns the view whose axis i is axis axes[i] of x; without axes
// the order is reversed. Negative axes count from the end.
//
// The error wraps [ErrAxes] when not each axis is given once, [ErrRange] when one is not
// there, or [ErrNoArray].
func (x Array[T]) Transpose(axes ...int) (Array[T], error) {
	return x.derived(x.lay.transpose("Transpose", axes))
}

func (l *layout) transpose(op string, order []int) (*layout, int, error) {
	if l == nil {
		return nil, 0, inOp(op, ErrNoArray)
	}
	rank := len(l.Shape)
	if len(order) != 0 && len(order) != rank {
		return nil, 0, inOp(op, because(ErrAxes, "%v orders %s, shape %s has %d", order, number(len(order), "axis", "axes"), broadcast.FormatShape(l.Shape), rank))
	}
	if _, err := l.axisSet(op, order); err != nil {
		return nil, 0, err
	}
	shape, strides := l.dims(0)
	for i := range rank {
		from := rank - 1 - i
		if len(order) != 0 {
			from = (order[i] + rank) % rank
		}
		shape[i], strides[i] = l.Shape[from], l.Strides[from]
	}
	return l.view(op, 0, shape, strides)
}

// Flip returns the view in which the given axes run backwards; without axes
// all of them do. Negative axes count from the end.
//
// The error wraps [ErrAxes] when an axis is given twice, [ErrRange] when one is not there, or
// [ErrNoArray].
func (x Array[T]) Flip(axes ...int) (Array[T], error) {
	return x.derived(x.lay.flip("Flip", axes))
}

func (l *layout) flip(op string, given []int) (*layout, int, error) {
	if l == nil {
		return nil, 0, inOp(op, ErrNoArray)
	}
	flipped, err := l.axisSet(op, given)
	if err != nil {
		return nil, 0, err
	}
	shape, strides := l.dims(0)
	offset := 0
	for axis, extent := range shape {
		if extent > 1 && (flipped[axis] || len(given) == 0) {
			offset += (extent - 1) * strides[axis]
			strides[axis] = -strides[axis]
		}
	}
	return l.view(op, offset, shape, strides)
}

// ExpandDims returns the view with an axis of extent 1 inserted where axis
// says; -1 appends it.
//
// The error wraps [ErrRange], a *[SizeError] when x has the most axes there can be, or
// [ErrNoArray].
func (x Array[T]) ExpandDims(axis int) (Array[T], error) {
	return x.derived(x.lay.expand("ExpandDims", axis))
}

func (l *layout) expand(op string, at int) (*layout, int, error) {
	if l == nil {
		return nil, 0, inOp(op, ErrNoArray)
	}
	rank := len(l.Shape) + 1
	at, err := axis(op, at, "a result", rank)
	if err != nil {
		return nil, 0, err
	}
	shape, strides := l.dims(1)
	return l.view(op, 0, insert(shape, at, 1), insert(strides, at, 0))
}

// insert puts v at index i of s, which has the capacity for it.
func insert(s []int, i, v int) []int {
	s = s[:len(s)+1]
	copy(s[i+1:], s[i:])
	s[i] = v
	return s
}

// Squeeze returns the view without the given axes, which must have extent 1;
// without arguments all axes of extent 1 go. Negative axes count from the end.
//
// The error wraps [ErrAxes] when an axis has another extent or is given twice, [ErrRange] when
// one is not there, or [ErrNoArray].
func (x Array[T]) Squeeze(axes ...int) (Array[T], error) {
	return x.derived(x.lay.squeeze("Squeeze", axes))
}

func (l *layout) squeeze(op string, given []int) (*layout, int, error) {
	if l == nil {
		return nil, 0, inOp(op, ErrNoArray)
	}
	named, err := l.axisSet(op, given)
	if err != nil {
		return nil, 0, err
	}
	shape, strides := l.dims(0)
	rank := 0
	for axis, extent := range l.Shape {
		if named[axis] && extent != 1 {
			return nil, 0, inOp(op, because(ErrAxes, "axis %d of shape %s has size %d, not 1", axis, broadcast.FormatShape(l.Shape), extent))
		}
		if extent == 1 && (named[axis] || len(given) == 0) {
			continue
		}
		shape[rank], strides[rank] = extent, l.Strides[axis]
		rank++
	}
	return l.view(op, 0, shape[:rank], strides[:rank])
}

// BroadcastTo returns the read-only view of x stretched to shape by NumPy's
// rules: shapes are aligned at their last axes, and an axis that is missing or
// has size 1 repeats.
//
// The error wraps a *[ShapeError] when x does not stretch to shape, a *[SizeError] or
// [ErrMemory] when no array can have it, or [ErrNoArray].
func (x Array[T]) BroadcastTo(shape ...int) (Array[T], error) {
	return x.derived(x.lay.broadcast("BroadcastTo", shape, elementSize[T]()))
}

func (l *layout) broadcast(op string, shape []int, elementSize int) (*layout, int, error) {
	if l == nil {
		return nil, 0, inOp(op, ErrNoArray)
	}
	if _, err := broadcast.Size(shape); err != nil {
		return nil, 0, inOp(op, err)
	}
	strides, err := broadcast.Strides(nil, l.Shape, l.Strides, shape)
	if err != nil {
		return nil, 0, inOp(op, err)
	}
	v, offset, err := l.view(op, 0, append([]int(nil), shape...), strides)
	if err != nil {
		return nil, 0, err
	}
	if err := v.addressable(elementSize); err != nil {
		return nil, 0, inOp(op, err)
	}
	v.readOnly, v.overlapping = true, true
	return v, offset, nil
}

// Reshape returns the view of the same elements in C order under another
// shape; one extent may be -1 and follows from the others. Where the strides
// of x allow no such view the error wraps [ErrNoView]: call Contiguous first.
//
// It wraps a *[LengthError] when the shape has another number of elements, a *[SizeError]
// when no array can have it, [ErrAxes] when two extents are -1, or [ErrNoArray].
func (x Array[T]) Reshape(shape ...int) (Array[T], error) {
	return x.derived(x.lay.reshape("Reshape", shape))
}

func (l *layout) reshape(op string, wanted []int) (*layout, int, error) {
	if l == nil {
		return nil, 0, inOp(op, ErrNoArray)
	}
	shape, err := l.resolveShape(op, wanted)
	if err != nil {
		return nil, 0, err
	}
	strides := make([]int, len(shape))
	if l.contiguous {
		strides = broadcast.Contiguous(strides, shape)
	} else if !l.restride(strides, shape) {
		return nil, 0, inOp(op, because(ErrNoView, "shape %s with strides %s has no view of shape %s without a copy: call Contiguous first",
			broadcast.FormatShape(l.Shape), broadcast.FormatShape(l.Strides), broadcast.FormatShape(shape)))
	}
	return l.view(op, 0, shape, strides)
}

// resolveShape returns a copy of wanted with an extent of -1 worked out, and
// checks that it has as many elements as l.
func (l *layout) resolveShape(op string, wanted []int) ([]int, error) {
	shape := append([]int(nil), wanted...)
	free := -1
	for axis, extent := range shape {
		if extent == -1 {
			if free >= 0 {
				return nil, inOp(op, because(ErrAxes, "shape %s leaves two axes open, %d and %d", broadcast.FormatShape(wanted), free, axis))
			}
			free, shape[axis] = axis, 1
		}
	}
	size, err := broadcast.Size(shape)
	if err != nil {
		if e := (*SizeError)(nil); errors.As(err, &e) {
			e.Shape = slices.Clone(wanted) // with the axis that is open
		}
		return nil, inOp(op, err)
	}
	fits := size == l.size
	if free >= 0 {
		if fits = size > 0 && l.size%size == 0; fits {
			shape[free] = l.size / size
		}
	}
	if !fits {
		return nil, inOp(op, &LengthError{Operand: "x", Len: l.size, Want: size, Shape: slices.Clone(wanted), From: append([]int{}, l.Shape...)})
	}
	return shape, nil
}

// restride sets strides such that shape visits the elements of l in C order,
// and reports whether there are any; both must hold the same number of
// elements, not 0. It pairs the shortest runs of axes, of l and of shape, that
// hold equally many: those of l must be evenly spaced in memory.
func (l *layout) restride(strides, shape []int) bool {
	var buf [2][broadcast.MaxRank]int
	from, steps := buf[0][:0], buf[1][:0] // l without its axes of extent 1
	for axis, extent := range l.Shape {
		if extent != 1 {
			from, steps = append(from, extent), append(steps, l.Strides[axis])
		}
	}
	for len(from) > 0 {
		i, j := 1, 1 // lengths of the runs
		have, want := from[0], shape[0]
		for have != want {
			if have < want {
				have *= from[i]
				i++
			} else {
				want *= shape[j]
				j++
			}
		}
		for k := 1; k < i; k++ {
			if steps[k-1] != steps[k]*from[k] {
				return false
			}
		}
		stride := steps[i-1]
		for k := j - 1; k >= 0; k-- {
			strides[k] = stride
			stride *= shape[k]
		}
		from, steps, shape, strides = from[i:], steps[i:], shape[j:], strides[j:]
	}
	for k := range strides { // what is left has extent 1
		strides[k] = 1
	}
	return true
}
