package runtime

import (
	"slices"

	"github.com/hadamard-go/hadamard/broadcast"
)

// layout is the part of an Array that does not know its dtype. Once made it is
// never written to, so that arrays and views share it freely.
//
// Contract: Shape and Strides have the same length, at most
// broadcast.MaxRank; size is the product of Shape; all element offsets lie in
// [lo, hi]; size times the size of an element is at most maxBytes.
type layout struct {
	broadcast.Strided
	size        int
	run         uint64 // the shape in one word if the elements are contiguous and it fits, otherwise 0
	lo, hi      int    // 0 and -1 without elements
	contiguous  bool
	readOnly    bool
	overlapping bool // two indexes may share an element
}

var scalarLayout = &layout{size: 1, contiguous: true, run: runOf(nil)}

// runOf returns a word that no other shape has, or 0 for a shape of more than four axes
// or of long ones.
func runOf(shape []int) uint64 {
	const shapeBits = 60 // what is left of 64 for the number of axes
	bits := [...]int{shapeBits, shapeBits, shapeBits / 2, shapeBits / 3, shapeBits / 4}
	if len(shape) >= len(bits) {
		return 0
	}
	word := uint64(len(shape) + 1)
	for _, extent := range shape {
		if uint64(extent)>>bits[len(shape)] != 0 {
			return 0
		}
		word = word<<bits[len(shape)] | uint64(extent)
	}
	return word
}

// newLayout returns the layout of a shape and strides, which it keeps. It
// leaves open whether indexes overlap.
func newLayout(shape, strides []int) (*layout, error) {
	lo, hi, err := broadcast.Bounds(shape, strides)
	if err != nil {
		return nil, err
	}
	size, _ := broadcast.Size(shape) // which Bounds has checked
	lay := &layout{Strided: broadcast.Strided{Shape: shape, Strides: strides}, size: size, lo: lo, hi: hi, contiguous: broadcast.IsContiguous(shape, strides)}
	if lay.contiguous {
		lay.run = runOf(shape)
	}
	return lay, nil
}

// packedLayout returns the layout of a fresh array in C order.
func packedLayout(shape []int) (*layout, error) {
	size, err := broadcast.Size(shape)
	if err != nil {
		return nil, err
	}
	return pack(shape, size), nil
}

// pack is packedLayout for a shape whose size is known.
func pack(shape []int, size int) *layout {
	rank := len(shape)
	dims := make([]int, 2*rank)
	lay := &layout{Strided: broadcast.Strided{Shape: dims[:rank:rank], Strides: dims[rank:]}, size: size, hi: size - 1, contiguous: true, run: runOf(shape)}
	copy(lay.Shape, shape)
	broadcast.Contiguous(lay.Strides, shape)
	return lay
}

// view returns the layout of a view of l with another shape and strides, which
// must reach no other elements than l does, and passes offset on.
func (l *layout) view(op string, offset int, shape, strides []int) (*layout, int, error) {
	v, err := newLayout(shape, strides)
	if err != nil {
		return nil, 0, inOp(op, err)
	}
	v.readOnly = l.readOnly
	v.overlapping = l.overlapping && broadcast.SelfOverlaps(shape, strides)
	if v.size == 0 {
		offset = 0 // there is no element to point at
	}
	return v, offset, nil
}

// dims returns copies of shape and strides with room for extra axes.
func (l *layout) dims(extra int) (shape, strides []int) {
	rank := len(l.Shape)
	both := make([]int, 2*(rank+extra))
	shape = both[: rank : rank+extra]
	strides = both[rank+extra:][:rank]
	copy(shape, l.Shape)
	copy(strides, l.Strides)
	return shape, strides
}

// once returns copies of shape and strides that visit what a stride of 0 repeats once.
func (l *layout) once() (shape, strides []int) {
	shape, strides = l.dims(0)
	for axis, stride := range strides {
		if stride == 0 {
			shape[axis] = min(shape[axis], 1)
		}
	}
	return shape, strides
}

// index returns where an index, which counts from the end when it is negative,
// is on an axis.
func (l *layout) index(op string, axis, index int) (int, error) {
	extent := l.Shape[axis]
	i := index
	if i < 0 {
		i += extent
	}
	if i < 0 || i >= extent {
		return 0, inOp(op, outOfRange("index %d is out of range for axis %d of size %d in shape %s",
			index, axis, extent, broadcast.FormatShape(l.Shape)))
	}
	return i, nil
}

// axis returns an axis in 0 … rank-1 of what, where a negative one counts from the end.
func axis(op string, axis int, what string, rank int) (int, error) {
	if axis < -rank || axis >= rank {
		return 0, inOp(op, outOfRange("axis %d is out of range for %s of %s", axis, what, number(rank, "axis", "axes")))
	}
	if axis < 0 {
		axis += rank
	}
	return axis, nil
}

// axisSet marks the given axes, none given meaning all of them.
func (l *layout) axisSet(op string, given []int) ([broadcast.MaxRank]bool, error) {
	var set [broadcast.MaxRank]bool
	for _, a := range given {
		at, err := axis(op, a, "an array", len(l.Shape))
		if err != nil {
			return set, err
		}
		if set[at] {
			return set, inOp(op, because(ErrAxes, "axis %d is given twice in %v", a, given))
		}
		set[at] = true
	}
	return set, nil
}

// element returns the offset of one element.
func (l *layout) element(op string, index []int) (int, error) {
	if l == nil {
		return 0, inOp(op, ErrNoArray)
	}
	if len(index) != len(l.Shape) {
		return 0, inOp(op, outOfRange("%s for an array of %s, shape %s", number(len(index), "index", "indexes"), number(len(l.Shape), "axis", "axes"), broadcast.FormatShape(l.Shape)))
	}
	return l.offset(op, index)
}

// offset returns the offset of the element at an index of the leading axes.
func (l *layout) offset(op string, index []int) (int, error) {
	offset := 0
	for axis, i := range index {
		i, err := l.index(op, axis, i)
		if err != nil {
			return 0, err
		}
		offset += i * l.Strides[axis]
	}
	return offset, nil
}

// equalShapes looks at what is in the layouts first: to compare slices takes a call.
func equalShapes(l, m *layout) bool {
	return l == m || l.run != 0 && l.run == m.run || slices.Equal(l.Shape, m.Shape)
}
