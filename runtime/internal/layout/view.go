package layout

import (
	"errors"
	"math"
	"slices"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
)

// None stands for a bound that is left out.
const None = math.MinInt

// Views of a layout: each method returns the layout of the view, and how many elements further its
// Element (0,…,0) is.

// Leading is what Array.Index of package runtime is of a layout.
func (l *Layout) Leading(op string, index []int) (*Layout, int, error) {
	if l == nil {
		return nil, 0, fault.InOp(op, fault.ErrNoArray)
	}
	if len(index) > len(l.Shape) {
		return nil, 0, fault.InOp(op, fault.OutOfRange("%s for an array of %s, shape %s", fault.Number(len(index), "index", "indexes"), fault.Number(len(l.Shape), "axis", "axes"), broadcast.FormatShape(l.Shape)))
	}
	offset, err := l.offset(op, index)
	if err != nil {
		return nil, 0, err
	}
	shape, strides := l.Dims(0)
	return l.view(op, offset, shape[len(index):], strides[len(index):])
}

// Slice is what Array.Slice of package runtime is of a layout.
func (l *Layout) Slice(op string, at, start, stop, step int) (*Layout, int, error) {
	if l == nil {
		return nil, 0, fault.InOp(op, fault.ErrNoArray)
	}
	at, err := axis(op, at, "an array", len(l.Shape))
	if err != nil {
		return nil, 0, err
	}
	if step == 0 {
		return nil, 0, fault.InOp(op, fault.Because(fault.ErrStep, "the step is 0 on axis %d of shape %s", at, broadcast.FormatShape(l.Shape)))
	}
	start, n, step := sliceIndices(l.Shape[at], start, stop, step)
	shape, strides := l.Dims(0)
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

// Transpose is what Array.Transpose of package runtime is of a layout.
func (l *Layout) Transpose(op string, order []int) (*Layout, int, error) {
	if l == nil {
		return nil, 0, fault.InOp(op, fault.ErrNoArray)
	}
	rank := len(l.Shape)
	if len(order) != 0 && len(order) != rank {
		return nil, 0, fault.InOp(op, fault.Because(fault.ErrAxes, "%v orders %s, shape %s has %d", order, fault.Number(len(order), "axis", "axes"), broadcast.FormatShape(l.Shape), rank))
	}
	if _, err := l.axisSet(op, order); err != nil {
		return nil, 0, err
	}
	shape, strides := l.Dims(0)
	for i := range rank {
		from := rank - 1 - i
		if len(order) != 0 {
			from = (order[i] + rank) % rank
		}
		shape[i], strides[i] = l.Shape[from], l.Strides[from]
	}
	return l.view(op, 0, shape, strides)
}

// Flip is what Array.Flip of package runtime is of a layout.
func (l *Layout) Flip(op string, given []int) (*Layout, int, error) {
	if l == nil {
		return nil, 0, fault.InOp(op, fault.ErrNoArray)
	}
	flipped, err := l.axisSet(op, given)
	if err != nil {
		return nil, 0, err
	}
	shape, strides := l.Dims(0)
	offset := 0
	for axis, extent := range shape {
		if extent > 1 && (flipped[axis] || len(given) == 0) {
			offset += (extent - 1) * strides[axis]
			strides[axis] = -strides[axis]
		}
	}
	return l.view(op, offset, shape, strides)
}

// Expand is what Array.ExpandDims of package runtime is of a layout.
func (l *Layout) Expand(op string, at int) (*Layout, int, error) {
	if l == nil {
		return nil, 0, fault.InOp(op, fault.ErrNoArray)
	}
	rank := len(l.Shape) + 1
	at, err := axis(op, at, "a result", rank)
	if err != nil {
		return nil, 0, err
	}
	shape, strides := l.Dims(1)
	return l.view(op, 0, insert(shape, at, 1), insert(strides, at, 0))
}

// insert puts v at index i of s, which has the capacity for it.
func insert(s []int, i, v int) []int {
	s = s[:len(s)+1]
	copy(s[i+1:], s[i:])
	s[i] = v
	return s
}

// Squeeze is what Array.Squeeze of package runtime is of a layout.
func (l *Layout) Squeeze(op string, given []int) (*Layout, int, error) {
	if l == nil {
		return nil, 0, fault.InOp(op, fault.ErrNoArray)
	}
	named, err := l.axisSet(op, given)
	if err != nil {
		return nil, 0, err
	}
	shape, strides := l.Dims(0)
	rank := 0
	for axis, extent := range l.Shape {
		if named[axis] && extent != 1 {
			return nil, 0, fault.InOp(op, fault.Because(fault.ErrAxes, "axis %d of shape %s has size %d, not 1", axis, broadcast.FormatShape(l.Shape), extent))
		}
		if extent == 1 && (named[axis] || len(given) == 0) {
			continue
		}
		shape[rank], strides[rank] = extent, l.Strides[axis]
		rank++
	}
	return l.view(op, 0, shape[:rank], strides[:rank])
}

// Broadcast is what Array.BroadcastTo of package runtime is of a layout.
func (l *Layout) Broadcast(op string, shape []int, elementSize int) (*Layout, int, error) {
	if l == nil {
		return nil, 0, fault.InOp(op, fault.ErrNoArray)
	}
	if _, err := broadcast.Size(shape); err != nil {
		return nil, 0, fault.InOp(op, err)
	}
	strides, err := broadcast.Strides(nil, l.Shape, l.Strides, shape)
	if err != nil {
		return nil, 0, fault.InOp(op, err)
	}
	v, offset, err := l.view(op, 0, append([]int(nil), shape...), strides)
	if err != nil {
		return nil, 0, err
	}
	if err := v.Addressable(elementSize); err != nil {
		return nil, 0, fault.InOp(op, err)
	}
	v.ReadOnly, v.Overlapping = true, true
	return v, offset, nil
}

// Laid says how the elements lie, for errors. Those of package ndarray count bytes, and strides that
// count elements are times the unit then.
func (l *Layout) Laid(unit int) string {
	strides := slices.Clone(l.Strides)
	for axis := range strides {
		strides[axis] *= unit
	}
	return "shape " + broadcast.FormatShape(l.Shape) + " with strides " + broadcast.FormatShape(strides)
}

// Reshape is what Array.Reshape of package runtime is of a layout; unit is that of errors, see
// [Layout.Laid].
func (l *Layout) Reshape(op string, wanted []int, unit int) (*Layout, int, error) {
	if l == nil {
		return nil, 0, fault.InOp(op, fault.ErrNoArray)
	}
	shape, err := l.resolveShape(op, wanted)
	if err != nil {
		return nil, 0, err
	}
	strides := make([]int, len(shape))
	if l.Contiguous {
		strides = broadcast.Contiguous(strides, shape)
	} else if !l.restride(strides, shape) {
		return nil, 0, fault.InOp(op, fault.Because(fault.ErrNoView, "%s has no view of shape %s without a copy: Clone it first", l.Laid(unit), broadcast.FormatShape(shape)))
	}
	return l.view(op, 0, shape, strides)
}

// resolveShape returns a copy of wanted with an extent of -1 worked out, and
// checks that it has as many elements as l.
func (l *Layout) resolveShape(op string, wanted []int) ([]int, error) {
	shape := append([]int(nil), wanted...)
	free := -1
	for axis, extent := range shape {
		if extent == -1 {
			if free >= 0 {
				return nil, fault.InOp(op, fault.Because(fault.ErrAxes, "shape %s leaves two axes open, %d and %d", broadcast.FormatShape(wanted), free, axis))
			}
			free, shape[axis] = axis, 1
		}
	}
	size, err := broadcast.Size(shape)
	if err != nil {
		if e := (*broadcast.SizeError)(nil); errors.As(err, &e) {
			e.Shape = slices.Clone(wanted) // with the axis that is open
		}
		return nil, fault.InOp(op, err)
	}
	fits := size == l.Size
	if free >= 0 {
		if fits = size > 0 && l.Size%size == 0; fits {
			shape[free] = l.Size / size
		}
	}
	if !fits {
		return nil, fault.InOp(op, &fault.LengthError{Operand: "x", Len: l.Size, Want: size, Shape: slices.Clone(wanted), From: append([]int{}, l.Shape...)})
	}
	return shape, nil
}

// restride sets strides such that shape visits the elements of l in C order,
// and reports whether there are any; both must hold the same number of
// elements, not 0. It pairs the shortest runs of axes, of l and of shape, that
// hold equally many: those of l must be evenly spaced in memory.
func (l *Layout) restride(strides, shape []int) bool {
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
