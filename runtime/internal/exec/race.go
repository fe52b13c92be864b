//go:build race

package exec

import (
	goruntime "runtime"
	"slices"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
)

// RaceDetector tells whether this build looks for data races.
const RaceDetector = true

// Announce tells the race detector, which does not see what assembly does, that a multiply
// reads xs and writes out, whose elements have so many bytes: of out, of the first operand and
// of the others. It is called on the goroutine of the
// caller, before anything is shared out. Of a multiply that will be refused for what its
// arguments are it says nothing.
func Announce(sizes [3]int, out Operand, xs ...Operand) {
	if len(xs) == 0 || out.Lay == nil || !Writable(out.Lay) {
		return
	}
	for _, x := range xs {
		if x.Lay == nil || !Fits(out.Lay, x.Lay) {
			return
		}
	}
	for i, x := range xs {
		if size := sizes[min(i+1, 2)]; (x != out || size != sizes[0]) && (i == 0 || !slices.Contains(xs[1:i], x) && (x != xs[0] || size != sizes[1])) {
			visit(Array{Operand: x, Size: size, Unit: size}, reads)
		}
	}
	visit(Array{Operand: out, Size: sizes[0], Unit: sizes[0]}, writes)
}

// AnnounceAll is Announce of any arrays, of which the first is out and, if out is written under a
// mask, the last is that.
func AnnounceAll(arrays []Array, masked bool) {
	for _, x := range arrays[1:] {
		visit(x, reads)
	}
	if !masked {
		visit(arrays[0], writes)
		return
	}
	out, mask := arrays[0], arrays[len(arrays)-1]
	v := visitor{told: writes, size: out.Size, elements: 1}
	strides, err := broadcast.Strides(nil, mask.Lay.Shape, mask.Lay.Strides, out.Lay.Shape)
	if err != nil {
		return // the mask fits: it was looked at
	}
	v.masked(out, mask, strides)
}

// masked visits the elements of out that a mask selects, which they must not see.
//
//go:norace
func (v *visitor) masked(out, mask Array, strides []int) {
	shape := out.Lay.Shape
	index := make([]int, len(shape))
	for range out.Lay.Size {
		to, from := 0, 0
		for axis, i := range index {
			to, from = to+i*out.Lay.Strides[axis]*out.Unit, from+i*strides[axis]
		}
		// Hidden: the detector keeps addresses and follows none.
		v.base = Hidden(out.Base)
		if *(*byte)(unsafe.Add(mask.Base, from)) != 0 {
			v.tell(to)
		}
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
}

var (
	reads  = detector{goruntime.RaceRead, goruntime.RaceReadRange}
	writes = detector{goruntime.RaceWrite, goruntime.RaceWriteRange}
)

// AnnounceRuns is announce for runs of n elements, of which b may be nil.
func AnnounceRuns(sizes [3]int, n int, dst, a, b unsafe.Pointer) {
	for i, x := range []unsafe.Pointer{a, b} {
		if x != nil {
			// Hidden: the detector keeps addresses and follows none.
			goruntime.RaceReadRange(Hidden(x), n*sizes[i+1])
		}
	}
	// Hidden: as above.
	goruntime.RaceWriteRange(Hidden(dst), n*sizes[0])
}

// detector is what the race detector is told by: of one element by its first byte, as the
// compiler does, and of a run by all of its bytes.
type detector struct {
	element func(unsafe.Pointer)
	run     func(unsafe.Pointer, int)
}

// visit tells the detector of each run of elements that lie side by side, and of elements that
// do not one by one: what is between them is not touched. What a stride of 0 repeats is
// visited once.
func visit(x Array, told detector) {
	shape, strides := x.Lay.Once()
	v := visitor{told: told, size: x.Size, unit: x.Unit, elements: 1}
	broadcast.Normalize(&v.layout, shape, strides, strides, strides)
	if v.layout.Empty {
		return
	}
	loops := v.layout.Rank
	if loops > 0 {
		if inner := v.layout.At(loops - 1); inner.Stride[broadcast.Out]*x.Unit == x.Size {
			v.elements = inner.Extent
			loops--
		}
	}
	// Hidden: the detector keeps addresses and follows none.
	v.base = Hidden(unsafe.Add(x.Base, v.layout.Offset[broadcast.Out]*x.Unit))
	v.walk(0, loops, 0)
}

type visitor struct {
	told           detector
	layout         broadcast.Layout
	base           unsafe.Pointer
	size, elements int // bytes of an element, elements of a run
	unit           int // bytes that strides count
}

// walk visits what lies within so many loops, from loop i inwards, so many bytes from the base.
//
// The detector remembers some tens of thousands of what a goroutine did last, and finds no race
// with what was before. Were this function instrumented, its own calls and variables would take
// the place of three elements in four.
//
//go:norace
func (v *visitor) walk(i, loops, offset int) {
	if i == loops {
		v.tell(offset)
		return
	}
	loop := v.layout.At(i)
	step := loop.Stride[broadcast.Out] * v.unit
	for range loop.Extent {
		if i == loops-1 {
			v.tell(offset)
		} else {
			v.walk(i+1, loops, offset)
		}
		offset += step
	}
}

// tell is of one run.
//
//go:norace
func (v *visitor) tell(offset int) {
	if at := unsafe.Add(v.base, offset); v.elements == 1 {
		v.told.element(at)
	} else {
		v.told.run(at, v.elements*v.size)
	}
}
