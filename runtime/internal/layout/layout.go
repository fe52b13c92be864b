// Package layout is the part of an array that knows no type and sees no data: shape, strides and
// what follows from them, and its views.
package layout

import (
	"slices"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
)

// Layout is the part of an Array that does not know its dtype. Once made it is
// never written to, so that arrays and views share it freely.
//
// Contract: Shape and Strides have the same length, at most
// broadcast.MaxRank; size is the product of Shape; all element offsets lie in
// [lo, hi]; size times the size of an element is at most fault.MaxBytes.
type Layout struct {
	broadcast.Strided
	Plane
	Size        int
	Run         uint64 // the shape in one word if the elements are contiguous and it fits, otherwise 0
	Lo, Hi      int    // 0 and -1 without elements
	Item        int    // 0 where strides count elements; where they count bytes, those of an element
	Contiguous  bool   // side by side in C order; not looked at where strides count bytes
	ReadOnly    bool
	Overlapping bool // two indexes may share an element
}

// Plane is what a layout of at most two axes is to a kernel: the columns of its last axis and
// the rows of the one before. An axis that it lacks has extent 1, and the stride of extent 1 is
// 0, so that a plane which broadcasts to another does so as it is. A layout of more axes has
// NoPlane columns.
type Plane struct {
	Cols, Rows int // extents
	Col, Row   int // strides
}

// NoPlane is no extent.
const NoPlane = -1

// set makes p the plane of a shape and strides.
func (p *Plane) set(shape, strides []int) {
	rank := len(shape)
	if rank > 2 {
		p.Cols = NoPlane
		return
	}
	p.Cols, p.Rows = 1, 1
	if rank > 0 && shape[rank-1] != 1 {
		p.Cols, p.Col = shape[rank-1], strides[rank-1]
	}
	if rank > 1 && shape[0] != 1 {
		p.Rows, p.Row = shape[0], strides[0]
	}
}

// Stretches reports whether p broadcasts to another plane.
func (p *Plane) Stretches(to *Plane) bool {
	return (p.Cols == to.Cols || p.Cols == 1) && (p.Rows == to.Rows || p.Rows == 1)
}

// Scalar is the layout of a single element without axes.
var Scalar = &Layout{Plane: Plane{Cols: 1, Rows: 1}, Size: 1, Contiguous: true, Run: RunOf(nil)}

// RunOf returns a word that no other shape has, or 0 for a shape of more than four axes
// or of long ones.
func RunOf(shape []int) uint64 {
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

// New returns the layout of a shape and strides, which it keeps. It
// leaves open whether indexes overlap.
func New(shape, strides []int) (*Layout, error) {
	lo, hi, err := broadcast.Bounds(shape, strides)
	if err != nil {
		return nil, err
	}
	size, _ := broadcast.Size(shape) // which Bounds has checked
	lay := &Layout{Strided: broadcast.Strided{Shape: shape, Strides: strides}, Size: size, Lo: lo, Hi: hi, Contiguous: broadcast.IsContiguous(shape, strides)}
	lay.Plane.set(shape, strides)
	if lay.Contiguous {
		lay.Run = RunOf(shape)
	}
	return lay, nil
}

// NewBytes is New for strides that count bytes, of elements of item bytes, where not all of them
// are whole elements: what it makes counts as never contiguous.
func NewBytes(shape, strides []int, item int) (*Layout, error) {
	lay, err := New(shape, strides)
	if err != nil {
		return nil, err
	}
	lay.countBytes(item)
	return lay, nil
}

// countBytes says what strides count, where that matters: not to fewer than two elements.
func (l *Layout) countBytes(item int) {
	if l.Size > 1 {
		l.Item, l.Contiguous, l.Run = item, false, 0
	}
}

// SelfOverlaps reports whether two indexes may share memory.
func (l *Layout) SelfOverlaps() bool {
	if l.Item == 0 || l.Size == 0 {
		return broadcast.SelfOverlaps(l.Shape, l.Strides)
	}
	shape, strides := l.Dims(1)
	return broadcast.SelfOverlaps(append(shape, l.Item), append(strides, 1))
}

// Packed returns the layout of a fresh array in C order.
func Packed(shape []int) (*Layout, error) {
	size, err := broadcast.Size(shape)
	if err != nil {
		return nil, err
	}
	return Pack(shape, size), nil
}

// Pack is Packed for a shape whose size is known.
func Pack(shape []int, size int) *Layout {
	rank := len(shape)
	dims := make([]int, 2*rank)
	lay := &Layout{Strided: broadcast.Strided{Shape: dims[:rank:rank], Strides: dims[rank:]}, Size: size, Hi: size - 1, Contiguous: true, Run: RunOf(shape)}
	copy(lay.Shape, shape)
	broadcast.Contiguous(lay.Strides, shape)
	lay.Plane.set(lay.Shape, lay.Strides)
	return lay
}

// view returns the layout of a view of l with another shape and strides, which
// must reach no other elements than l does, and passes offset on.
func (l *Layout) view(op string, offset int, shape, strides []int) (*Layout, int, error) {
	v, err := New(shape, strides)
	if err != nil {
		return nil, 0, fault.InOp(op, err)
	}
	if l.Item != 0 {
		v.countBytes(l.Item)
	}
	v.ReadOnly = l.ReadOnly
	v.Overlapping = l.Overlapping && v.SelfOverlaps()
	if v.Size == 0 {
		offset = 0 // there is no element to point at
	}
	return v, offset, nil
}

// Dims returns copies of shape and strides with room for extra axes.
func (l *Layout) Dims(extra int) (shape, strides []int) {
	rank := len(l.Shape)
	both := make([]int, 2*(rank+extra))
	shape = both[: rank : rank+extra]
	strides = both[rank+extra:][:rank]
	copy(shape, l.Shape)
	copy(strides, l.Strides)
	return shape, strides
}

// Once returns copies of shape and strides that visit what a stride of 0 repeats once.
func (l *Layout) Once() (shape, strides []int) {
	shape, strides = l.Dims(0)
	for axis, stride := range strides {
		if stride == 0 {
			shape[axis] = min(shape[axis], 1)
		}
	}
	return shape, strides
}

// index returns where an index, which counts from the end when it is negative,
// is on an axis.
func (l *Layout) index(op string, axis, index int) (int, error) {
	extent := l.Shape[axis]
	i := index
	if i < 0 {
		i += extent
	}
	if i < 0 || i >= extent {
		return 0, fault.InOp(op, fault.OutOfRange("index %d is out of range for axis %d of size %d in shape %s",
			index, axis, extent, broadcast.FormatShape(l.Shape)))
	}
	return i, nil
}

// axis returns an axis in 0 … rank-1 of what, where a negative one counts from the end.
func axis(op string, axis int, what string, rank int) (int, error) {
	if axis < -rank || axis >= rank {
		return 0, fault.InOp(op, fault.OutOfRange("axis %d is out of range for %s of %s", axis, what, fault.Number(rank, "axis", "axes")))
	}
	if axis < 0 {
		axis += rank
	}
	return axis, nil
}

// axisSet marks the given axes, none given meaning all of them.
func (l *Layout) axisSet(op string, given []int) ([broadcast.MaxRank]bool, error) {
	var set [broadcast.MaxRank]bool
	for _, a := range given {
		at, err := axis(op, a, "an array", len(l.Shape))
		if err != nil {
			return set, err
		}
		if set[at] {
			return set, fault.InOp(op, fault.Because(fault.ErrAxes, "axis %d is given twice in %v", a, given))
		}
		set[at] = true
	}
	return set, nil
}

// Element returns the offset of one element.
func (l *Layout) Element(op string, index []int) (int, error) {
	if l == nil {
		return 0, fault.InOp(op, fault.ErrNoArray)
	}
	if len(index) != len(l.Shape) {
		return 0, fault.InOp(op, fault.OutOfRange("%s for an array of %s, shape %s", fault.Number(len(index), "index", "indexes"), fault.Number(len(l.Shape), "axis", "axes"), broadcast.FormatShape(l.Shape)))
	}
	return l.offset(op, index)
}

// offset returns the offset of the element at an index of the leading axes.
func (l *Layout) offset(op string, index []int) (int, error) {
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

// SameShape looks at what is in the layouts first: to compare slices takes a call.
func SameShape(l, m *Layout) bool {
	if l.Run != 0 && m.Run != 0 {
		return l.Run == m.Run
	}
	return l == m || slices.Equal(l.Shape, m.Shape)
}

// Addressable returns an error when the elements, laid side by side, are more than the address
// space can hold.
func (l *Layout) Addressable(elementSize int) error {
	return fault.Addressable(l.Shape, l.Size, elementSize)
}
