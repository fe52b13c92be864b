package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// The quick ways, in the order in which they are tried: runs of elements that are known to be
// of one shape, nests of at most two axes, and runs by runs or by one element. What none of them
// takes gets a job.

// Multiply writes a by b to out, on so many threads, see [threadsFor].
func Multiply(r Rule, out, a, b Operand, threads int) error {
	if out.Lay == nil || a.Lay == nil || b.Lay == nil {
		return NoArray(out, a, b)
	}
	single := a.Lay.Size == 1 || b.Lay.Size == 1 // a run by one element is found faster than a nest
	if !single && Plane(r, out, a, b) {
		return nil
	}
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
	if single && Plane(r, out, a, b) {
		return nil
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

// The numbers of elements up to which order and pattern do not matter, and of rows whose
// pattern is no other.
const (
	smallSize = 64
	nestSize  = 4096
	nestRows  = callPages / 3
)

// longRows reports whether rows of so many columns are too long for anything but a nest
// of them.
func longRows(pattern kernel.Pattern, cols, size int) bool {
	return (pattern == kernel.VC || pattern == kernel.CV) && cols >= 16 || pattern == kernel.VV && cols*size > repeatRow
}

// IsSmall reports whether out is such that Small may take it.
func IsSmall(out *layout.Layout) bool { return out.Size <= smallSize && out.Cols != layout.NoPlane }

// Small multiplies elements in at most two axes as the nest that they are, of which a kernel may
// take all at once, unless operands may clash or are not fit to be multiplied, and reports whether it
// did. Arrays come in words: a function stores what structures it is passed. It calls nothing but
// the kernel, so that all is in registers.
func Small(r Rule, out, a, b unsafe.Pointer, o, x, y *layout.Layout) bool {
	if o == nil || x == nil || y == nil || uint(o.Size-1) >= nestSize || o.Cols == layout.NoPlane || !writable(o) ||
		len(x.Shape) > len(o.Shape) || len(y.Shape) > len(o.Shape) || !x.Stretches(&o.Plane) || !y.Stretches(&o.Plane) {
		return false
	}
	size, aSize, bSize := r.Out.Size, r.A.Size, r.B.Size
	at, bytes := unsafe.Add(out, o.Lo*size), (o.Hi-o.Lo+1)*size
	if !Apart(at, bytes, unsafe.Add(a, x.Lo*aSize), (x.Hi-x.Lo+1)*aSize) && !(a == out && aSize == size && x.Col == o.Col && x.Row == o.Row) ||
		!Apart(at, bytes, unsafe.Add(b, y.Lo*bSize), (y.Hi-y.Lo+1)*bSize) && !(b == out && bSize == size && y.Col == o.Col && y.Row == o.Row) {
		return false
	}
	pattern, swap := rowPattern(r, o.Col, x.Col, y.Col)
	if swap {
		a, b, x, y = b, a, y, x
		aSize, bSize = bSize, aSize
	}
	var nest kernel.Nest // word by word: what is built first and copied then is waited for
	nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = out, a, b, o.Cols, o.Rows
	nest.DstCol, nest.ACol, nest.BCol = o.Col*size, x.Col*aSize, y.Col*bSize
	nest.DstRow, nest.ARow, nest.BRow = o.Row*size, x.Row*aSize, y.Row*bSize
	reach := nearest
	if o.Size > NearestRun {
		reach = r.reachWithin(r.bytes(o.Size, x.Size, y.Size))
	}
	r.entryFor(pattern, o.Cols*size, reach).Func(HideNest(&nest))
	return true
}

// Plane multiplies arrays of at most two axes if these are a nest, or a normal form, as they are,
// and reports whether it did, see Small.
func Plane(r Rule, out, a, b Operand) bool {
	o, size := out.Lay, r.Out.Size
	if IsSmall(o) {
		return Small(r, out.Base, a.Base, b.Base, o, a.Lay, b.Lay)
	}
	if uint((o.Size-1)*size) >= QuickBytes || o.Cols == layout.NoPlane || !writable(o) ||
		len(a.Lay.Shape) > len(o.Shape) || len(b.Lay.Shape) > len(o.Shape) ||
		!a.Lay.Stretches(&o.Plane) || !b.Lay.Stretches(&o.Plane) ||
		!outside(out, a, size, r.A.Size) && !out.samePlane(a, size, r.A.Size) ||
		!outside(out, b, size, r.B.Size) && !out.samePlane(b, size, r.B.Size) {
		return false
	}
	if pattern, _ := rowPattern(r, o.Col, a.Lay.Col, b.Lay.Col); o.Size <= nestSize && o.Rows <= nestRows && longRows(pattern, o.Cols, size) {
		return Small(r, out.Base, a.Base, b.Base, o, a.Lay, b.Lay)
	}
	return planar(r, out, a, b)
}

// samePlane reports whether x, stretched, is the same elements as out.
func (out Operand) samePlane(x Operand, outSize, size int) bool {
	return x.Base == out.Base && size == outSize && x.Lay.Col == out.Lay.Col && x.Lay.Row == out.Lay.Row
}

// planar multiplies arrays of at most two axes if they are a normal form, and reports
// whether it did.
func planar(r Rule, out, a, b Operand) bool {
	o := out.Lay
	inner := broadcast.Loop{Extent: o.Cols, Stride: [3]int{o.Col, a.Lay.Col, b.Lay.Col}}
	outer := broadcast.Loop{Extent: o.Rows, Stride: [3]int{o.Row, a.Lay.Row, b.Lay.Row}}
	if !broadcast.Pair(&outer, &inner) {
		return false
	}
	reach := r.reachOf(o.Size*r.Out.Size, r.bytes(o.Size, a.Lay.Size, b.Lay.Size))
	var w walk
	w.nest.Dst, w.nest.A, w.nest.B = out.Base, a.Base, b.Base
	w.setNest(r, &outer, &inner, reach)
	if w.once() {
		w.kernel(HideNest(&w.nest))
		return true
	}
	w.calls(0, 0, 0) // multiply takes two nanoseconds more
	w.reach.fence()
	return true
}
