package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// The quick ways, in the order in which they are tried: a nest of two axes for one call of a kernel,
// one that is cut or goes by another pattern, and runs by runs or by one element. What none of them
// takes gets a job.

// Multiply writes a by b to out, on so many threads, see [threadsFor].
//
// Arrays of at most two axes are multiplied here if they are a nest as they are, for one call of a
// kernel. Nothing else is called on the way to it, so that all is in registers.
func Multiply(r Rule, out, a, b Operand, threads int) error {
	o, x, y := out.Lay, a.Lay, b.Lay
	if o == nil || x == nil || y == nil {
		return NoArray(out, a, b)
	}
	size, aSize, bSize := r.Out.Size, r.A.Size, r.B.Size
	if uint((o.Size-1)*size) >= QuickBytes || o.Cols == layout.NoPlane || !writable(o) ||
		len(x.Shape) > len(o.Shape) || len(y.Shape) > len(o.Shape) || !x.Stretches(&o.Plane) || !y.Stretches(&o.Plane) {
		return general(r, out, a, b, threads)
	}
	at, bytes := unsafe.Add(out.Base, o.Lo*size), (o.Hi-o.Lo+1)*size
	if !Apart(at, bytes, unsafe.Add(a.Base, x.Lo*aSize), (x.Hi-x.Lo+1)*aSize) && !(a.Base == out.Base && aSize == size && x.Col == o.Col && x.Row == o.Row) ||
		!Apart(at, bytes, unsafe.Add(b.Base, y.Lo*bSize), (y.Hi-y.Lo+1)*bSize) && !(b.Base == out.Base && bSize == size && y.Col == o.Col && y.Row == o.Row) {
		return general(r, out, a, b, threads)
	}
	pattern, swap := rowPattern(r, o.Col, x.Col, y.Col)
	if swap { // what may change places has one size
		a, b, x, y = b, a, y, x
	}
	if o.Size > smallSize && (o.Size > nestSize || o.Rows > nestRows || !plain(pattern, o.Rows, o.Cols, size, x.Row, y.Row)) {
		return planar(r, out, a, b, threads)
	}
	var nest kernel.Nest // word by word: what is built first and copied then is waited for
	nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = out.Base, a.Base, b.Base, o.Cols, o.Rows
	nest.DstCol, nest.ACol, nest.BCol = o.Col*size, x.Col*aSize, y.Col*bSize
	nest.DstRow, nest.ARow, nest.BRow = o.Row*size, x.Row*aSize, y.Row*bSize
	reach := nearest
	if o.Size > NearestRun {
		reach = r.reachWithin(r.bytes(o.Size, x.Size, y.Size))
	}
	r.entryFor(pattern, o.Cols*size, reach).Func(HideNest(&nest))
	return nil
}

// planar multiplies arrays of at most two axes, which do not clash, without a layout if they are a
// normal form.
func planar(r Rule, out, a, b Operand, threads int) error {
	o, x, y := out.Lay, a.Lay, b.Lay
	inner := broadcast.Loop{Extent: o.Cols, Stride: [3]int{o.Col, x.Col, y.Col}}
	outer := broadcast.Loop{Extent: o.Rows, Stride: [3]int{o.Row, x.Row, y.Row}}
	if !broadcast.Pair(&outer, &inner) {
		return general(r, out, a, b, threads)
	}
	reach := r.reachOf(o.Size*r.Out.Size, r.bytes(o.Size, x.Size, y.Size))
	var w walk
	w.nest.Dst, w.nest.A, w.nest.B = out.Base, a.Base, b.Base
	w.setNest(r, &outer, &inner, reach)
	if w.once() {
		w.kernel(HideNest(&w.nest))
		return nil
	}
	w.calls(0, 0, 0) // multiply takes two nanoseconds more
	w.reach.fence()
	return nil
}

// general multiplies what is no nest of two axes: a run, or what a job is made for.
func general(r Rule, out, a, b Operand, threads int) error {
	if size := r.Out.Size; out.Lay.Contiguous && !out.Lay.ReadOnly && out.Lay.Size*size < QuickBytes {
		alongA, alongB := out.along(a, size, r.A.Size), out.along(b, size, r.B.Size)
		if pattern, swap := rowPattern(r, 1, alongA, alongB); pattern != kernel.II {
			if swap {
				a, b = b, a
			}
			if out.Lay.Size > 0 {
				Flat(r, pattern, out.Base, a.Base, b.Base, out.Lay.Size)
			}
			return nil
		}
	}
	var j Job
	if err := j.resolve(r, out, a, b); err != nil {
		return err
	}
	j.Run(threads)
	return nil
}

// NoArray says which operand holds nothing.
func NoArray(out, a, b Operand) error {
	name := "b"
	switch {
	case out.Lay == nil:
		name = "out"
	case a.Lay == nil:
		name = "a"
	}
	return fault.Regarding("operand "+name, fault.ErrNoArray)
}

// rowPattern returns the pattern of a row by its strides as far as that takes
// no more than a look, and whether a and b change places for it, as in patternOf.
func rowPattern(r Rule, out, a, b int) (pattern kernel.Pattern, swap bool) {
	switch {
	case out != 1:
	case a == 1 && b == 1:
		return kernel.VV, false
	case a == 1 && b == 0:
		return kernel.VC, false
	case a == 0 && b == 1 && !r.Commutes:
		return kernel.CV, false
	case a == 0 && b == 1:
		return kernel.VC, true
	}
	return kernel.II, false
}

// along returns the stride of x along the run of elements that out is, if that
// takes no more than a look: 1 or 0, and otherwise unknownStride. Elements have so many bytes.
func (out Operand) along(x Operand, outSize, size int) int {
	bytes := out.Lay.Size * outSize
	if x.Lay.Size == 1 && out.Lay.Size > 1 {
		if len(x.Lay.Shape) <= len(out.Lay.Shape) && Apart(out.Base, bytes, x.Base, size) {
			return 0
		}
	} else if x.Lay.Contiguous && layout.SameShape(out.Lay, x.Lay) && (x.Base == out.Base && size == outSize || Apart(out.Base, bytes, x.Base, x.Lay.Size*size)) {
		return 1
	}
	return unknownStride
}

// QuickBytes is the size of out from which on planning costs nothing beside the work.
const QuickBytes = 512 << 10

// OneRun reports whether out, which can be written to, and x are known to be runs of elements of
// the same shape.
func OneRun(out, x *layout.Layout) bool {
	return out != nil && x != nil && out.Run != 0 && out.Run == x.Run && !out.ReadOnly
}

// unknownStride is a stride that no pattern has.
const unknownStride = 1 << 30

// Two axes are the two loops that a kernel takes. If they are in the order of the normal
// form, or so few elements that the order does not matter, they need no layout.

// The numbers of elements up to which order and pattern do not matter, and up to which one call
// takes rows that no other pattern is better for, and the number of such rows.
const (
	smallSize = 64
	nestSize  = 4096
	nestRows  = callPages / 3
)

// plain reports whether rows that are contiguous, or have a constant, are best taken as they are:
// those that walk does not join, repeat or move.
func plain(pattern kernel.Pattern, rows, cols, size, aRow, bRow int) bool {
	switch pattern {
	case kernel.VV:
		return cols*size > repeatRow || rows < periodRows && (aRow == 0 || bRow == 0)
	case kernel.VC:
		return cols >= 16 || cols > 4 && bRow != 0 && rows*cols < movedFrom
	case kernel.CV:
		return cols >= 16 || cols > 4 && aRow != 0 && rows*cols < movedFrom
	}
	return false
}
