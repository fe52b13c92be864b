package exec

import (
	"math/bits"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
)

// The result of a multiply is as if the operands had been copied first. An
// operand that walks exactly the elements of the output, in the same order,
// needs no copy for that, nor does one that shares no element with it.

// Apart reports, by a single comparison, whether x, of so many bytes, lies outside of out. Where
// neither has any it may say no.
func Apart(out unsafe.Pointer, outBytes int, x unsafe.Pointer, xBytes int) bool {
	// x - out + xBytes - 1, such that operands of one size have what is in parentheses in common.
	return uintptr(x)+(uintptr(xBytes)+^uintptr(out)) >= uintptr(outBytes+xBytes-1)
}

// SameOrApart reports whether x is out itself or lies outside of it, both
// being runs of so many bytes.
func SameOrApart(out, x unsafe.Pointer, bytes int) bool {
	return Apart(out, bytes, x, bytes) || x == out
}

// arrange makes room for copies of operands that clash with out, and the layout.
func (j *Job) arrange(r Rule, out, a, b Operand) error {
	var buf [2][InlineRank]int
	aStrides, err := stretched(buf[0][:0], a.Lay, out.Lay)
	if err != nil {
		return misfit("a", err)
	}
	bStrides, err := stretched(buf[1][:0], b.Lay, out.Lay)
	if err != nil {
		return misfit("b", err)
	}
	if clashes(out, a, aStrides, r.Out.Size, r.A.Size) {
		if j.a, aStrides, err = j.replace(0, r.A.Size, a, out.Lay); err != nil {
			return err
		}
	}
	if clashes(out, b, bStrides, r.Out.Size, r.B.Size) {
		if j.b, bStrides, err = j.replace(1, r.B.Size, b, out.Lay); err != nil {
			return err
		}
	}
	broadcast.Normalize(&j.layout, out.Lay.Shape, out.Lay.Strides, aStrides, bStrides)
	return nil
}

// stretched returns the strides of an operand, stretched to the shape of out, in buf
// unless they are those that it has.
func stretched(buf []int, x, out *layout.Layout) ([]int, error) {
	if layout.SameShape(x, out) {
		return x.Strides, nil
	}
	return broadcast.Strides(buf, x.Shape, x.Strides, out.Shape)
}

// Fits reports whether an operand stretches to out.
func Fits(out, x *layout.Layout) bool {
	lead := len(out.Shape) - len(x.Shape)
	ok := lead >= 0
	for axis := 0; ok && axis < len(x.Shape); axis++ {
		_, ok = x.Along(axis, out.Shape[lead+axis])
	}
	return ok
}

// misfit says which operand does not broadcast to out.
func misfit(operand string, err error) error {
	return fault.Regarding("operand "+operand+" does not fit out", err)
}

// replace makes room for a copy of an operand, a or b, that clashes with out, and returns
// where the copy starts and its strides, stretched to the shape of out.
func (j *Job) replace(which, size int, x Operand, out *layout.Layout) (unsafe.Pointer, []int, error) {
	s, err := NewScratch(x.Lay, size)
	if err != nil {
		return nil, nil, Uncopied(string(rune('a'+which)), err)
	}
	if j.copies == nil {
		j.copies = new([2]replaced)
	}
	j.copies[which] = replaced{s, x}
	strides, err := broadcast.Strides(nil, x.Lay.Shape, s.Strides, out.Shape) // as the operand's did
	return s.Base, strides, err
}

// clashes reports whether x, whose strides are stretched to the shape of out,
// has to be copied. It may be true without need where memory is shared in
// intricate ways, see [broadcast.Overlaps].
func clashes(out, x Operand, stretched []int, outSize, size int) bool {
	o := out.Lay
	if o.Size == 0 {
		return false
	}
	delta := int64(uintptr(x.Base)) - int64(uintptr(out.Base))
	unit := min(outSize, size)
	switch {
	case Outside(out, x, outSize, size):
		return false
	case delta == 0 && outSize == size && sameWalk(o.Shape, o.Strides, stretched):
		return false
	case delta%int64(unit) != 0:
		return true // elements that overlap by a part
	}
	s, t := inUnits(o, outSize/unit), inUnits(x.Lay, size/unit)
	return s == nil || t == nil || broadcast.Overlaps(s.Shape, s.Strides, t.Shape, t.Strides, int(delta/int64(unit)))
}

// inUnits returns the shape and strides of a layout of elements that are so many units of
// memory each, or nil if they have an axis too many.
func inUnits(l *layout.Layout, n int) *broadcast.Strided {
	if n == 1 {
		return &l.Strided
	}
	if len(l.Shape) == broadcast.MaxRank {
		return nil
	}
	shape, strides := l.Dims(1)
	for i := range strides {
		strides[i] *= n
	}
	return &broadcast.Strided{Shape: append(shape, n), Strides: append(strides, 1)}
}

// Outside reports whether x lies above or below all of out, neither being empty. Elements
// have so many bytes.
func Outside(out, x Operand, outSize, size int) bool {
	o, l := out.Lay, x.Lay
	return Apart(unsafe.Add(out.Base, o.Lo*outSize), (o.Hi-o.Lo+1)*outSize, unsafe.Add(x.Base, l.Lo*size), (l.Hi-l.Lo+1)*size)
}

// samePlane reports whether x, stretched, is the same elements as out, both having at most two axes.
func (out Operand) samePlane(x Operand, outSize, size int) bool {
	return x.Base == out.Base && size == outSize && x.Lay.Col == out.Lay.Col && x.Lay.Row == out.Lay.Row
}

// sameOrOutside reports whether x is the same view as out or lies outside of it.
func sameOrOutside(out, x Operand, outSize, size int) bool {
	return x == out && size == outSize || Outside(out, x, outSize, size)
}

// sameWalk reports whether strides x and y agree on every axis that is walked.
func sameWalk(shape, x, y []int) bool {
	for axis, extent := range shape {
		if extent > 1 && x[axis] != y[axis] {
			return false
		}
	}
	return true
}

// Clashes reports whether x has to be copied for out to be written to, see the function of the name.
func (x *Array) Clashes(out *Array) bool {
	delta := int64(uintptr(x.Base)) - int64(uintptr(out.Base))
	outLow, outHigh := int64(out.Lay.Lo*out.Unit), int64(out.Lay.Hi*out.Unit+out.Size)
	low, high := delta+int64(x.Lay.Lo*x.Unit), delta+int64(x.Lay.Hi*x.Unit+x.Size)
	if low >= outHigh || outLow >= high {
		return false
	}
	if delta == 0 && out.Size == x.Size && out.sameWalk(x) {
		return false
	}
	// In units of memory that all divide, elements are runs.
	unit := 1 << bits.TrailingZeros(uint(out.Size|out.Unit|x.Size|x.Unit))
	if delta%int64(unit) != 0 {
		return true // elements that overlap by a part
	}
	s, t := out.inUnits(unit), x.inUnits(unit)
	return s == nil || t == nil || broadcast.Overlaps(s.Shape, s.Strides, t.Shape, t.Strides, int(delta/int64(unit)))
}

// sameWalk reports whether x moves as out does along each axis.
func (out *Array) sameWalk(x *Array) bool {
	shape := out.Lay.Shape
	for axis, extent := range shape {
		stride, _ := x.Lay.Along(axis-len(shape)+len(x.Lay.Shape), extent)
		if extent > 1 && stride*x.Unit != out.Lay.Strides[axis]*out.Unit {
			return false
		}
	}
	return true
}

// inUnits returns the shape and strides of x in units of memory, or nil if they have an axis too
// many.
func (x *Array) inUnits(unit int) *broadcast.Strided {
	if x.Size == unit && x.Unit == unit {
		return &x.Lay.Strided
	}
	if len(x.Lay.Shape) == broadcast.MaxRank {
		return nil
	}
	shape, strides := x.Lay.Dims(1)
	for i := range strides {
		strides[i] *= x.Unit / unit
	}
	return &broadcast.Strided{Shape: append(shape, x.Size/unit), Strides: append(strides, 1)}
}

// scratch stands in for an operand that clashes with the output: memory for a
// copy that holds each element once, where strides of 0 repeat them.
//
// It does not point to the operand. A scratch lies on the heap, from where
// nothing may point to an array on the stack.
type scratch struct {
	layout  broadcast.Layout // of the copying
	Base    unsafe.Pointer
	Strides []int // of the copy standing in for the operand
}

// replaced is an operand that clashes with out, and the memory for its copy. Others have none.
type replaced struct {
	*scratch
	from Operand
}

// NewScratch allocates the memory for a copy of an operand of some layout.
func NewScratch(of *layout.Layout, size int) (*scratch, error) {
	shape, strides := of.Once()
	n, _ := broadcast.Size(shape) // no more than the operand has
	base, err := words(n * size)
	if err != nil {
		return nil, err
	}
	s := &scratch{Base: base, Strides: strides}
	packed := broadcast.Contiguous(nil, shape)
	broadcast.Normalize(&s.layout, shape, packed, of.Strides, of.Strides)
	copy(strides, packed)
	for axis, extent := range shape {
		if extent != of.Shape[axis] {
			strides[axis] = 0
		}
	}
	return s, nil
}

// load copies the elements of x.
func (s *scratch) load(by Rule, x Operand) { copyAlong(by, &s.layout, s.Base, x.Base) }

// copyRun returns a copy of a run of bytes.
func copyRun(p unsafe.Pointer, bytes int) (unsafe.Pointer, error) {
	to, err := words(bytes)
	if err == nil {
		for at := 0; at < bytes; at += CallBytes {
			copyPiece(unsafe.Add(to, at), unsafe.Add(p, at), min(CallBytes, bytes-at))
		}
	}
	return to, err
}

// copyPiece copies so many bytes. Copying is assembly, too: it begins by looking whether it is
// to stop, see CallNest.
//
//go:noinline
func copyPiece(to, from unsafe.Pointer, bytes int) {
	copy(unsafe.Slice((*byte)(to), bytes), unsafe.Slice((*byte)(from), bytes))
}

// Uncopied says which operand there is no memory to copy for.
func Uncopied(operand string, err error) error {
	return fault.Regarding("the copy of "+operand+", which overlaps the output", err)
}

// words allocates bytes that are aligned for every dtype.
func words(bytes int) (unsafe.Pointer, error) {
	if err := fault.MayHave(bytes); err != nil {
		return nil, err
	}
	return unsafe.Pointer(unsafe.SliceData(make([]uint64, (bytes+7)/8))), nil
}
