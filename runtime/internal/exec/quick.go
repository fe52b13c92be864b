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
func Multiply(r Rule, threads int, out, a, b Operand) error {
	size := r.Out.Size
	if out.Lay == nil || a.Lay == nil || b.Lay == nil {
		return NoArray(out, a, b)
	}
	single := a.Lay.Size == 1 || b.Lay.Size == 1 // a run by one element is found faster than a nest
	if !single && Small(r, out, a, b) {
		return nil
	}
	if out.Lay.Contiguous && !out.Lay.ReadOnly && out.Lay.Size*size < QuickBytes {
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
	if single && Small(r, out, a, b) {
		return nil
	}
	var j Job
	if err := j.Resolve(r, out, a, b); err != nil {
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
	switch {
	case x.Lay.Contiguous && layout.SameShape(out.Lay, x.Lay) && (x.Base == out.Base && size == outSize || Apart(out.Base, bytes, x.Base, x.Lay.Size*size)):
		return 1
	case x.Lay.Size == 1 && len(x.Lay.Shape) <= len(out.Lay.Shape) && Apart(out.Base, bytes, x.Base, size):
		return 0
	}
	return unknownStride
}

// QuickBytes is the size of out from which on planning costs nothing beside the work.
const QuickBytes = 512 << 10

// OneRun reports whether three arrays are known to be runs of elements of the same shape,
// out being one that can be written to.
func OneRun(out, a, b *layout.Layout) bool {
	return out != nil && a != nil && b != nil && out.Run != 0 && out.Run == a.Run && out.Run == b.Run && !out.ReadOnly
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

// Small multiplies arrays of at most two axes if these are a nest as they are, unless
// operands may clash or are not fit to be multiplied, and reports whether it did.
func Small(r Rule, out, a, b Operand) bool {
	size := r.Out.Size
	o := out.Lay
	rank := len(o.Shape)
	if uint((o.Size-1)*size) >= QuickBytes || rank > 2 || len(a.Lay.Shape) > rank || len(b.Lay.Shape) > rank || o.ReadOnly || o.Overlapping {
		return false
	}
	var nest kernel.Nest
	nest.Cols, nest.Rows = 1, 1
	aCol, aRow, bCol, bRow := true, true, true, true // whether they stretch
	if rank > 0 {
		nest.Cols, nest.DstCol = o.Shape[rank-1], o.Strides[rank-1]
		nest.ACol, aCol = a.Lay.Along(len(a.Lay.Shape)-1, nest.Cols)
		nest.BCol, bCol = b.Lay.Along(len(b.Lay.Shape)-1, nest.Cols)
	}
	if rank > 1 {
		nest.Rows, nest.DstRow = o.Shape[0], o.Strides[0]
		nest.ARow, aRow = a.Lay.Along(len(a.Lay.Shape)-2, nest.Rows)
		nest.BRow, bRow = b.Lay.Along(len(b.Lay.Shape)-2, nest.Rows)
	}
	if !aCol || !aRow || !bCol || !bRow ||
		!outside(out, a, size, r.A.Size) && (a.Base != out.Base || r.A.Size != size || nest.ACol != nest.DstCol || nest.ARow != nest.DstRow) ||
		!outside(out, b, size, r.B.Size) && (b.Base != out.Base || r.B.Size != size || nest.BCol != nest.DstCol || nest.BRow != nest.DstRow) {
		return false
	}
	nest.Dst, nest.A, nest.B = out.Base, a.Base, b.Base
	pattern, swap := rowPattern(r, nest.DstCol, nest.ACol, nest.BCol)
	if o.Size > smallSize && (o.Size > nestSize || nest.Rows > nestRows || !longRows(pattern, nest.Cols, size)) {
		return planar(r, &nest, o.Size*size, r.bytes(o.Size, a.Lay.Size, b.Lay.Size))
	}
	if swap {
		nest.A, nest.ACol, nest.ARow, nest.B, nest.BCol, nest.BRow = nest.B, nest.BCol, nest.BRow, nest.A, nest.ACol, nest.ARow
	}
	nest.DstCol *= size
	nest.ACol *= r.A.Size
	nest.BCol *= r.B.Size
	nest.DstRow *= size
	nest.ARow *= r.A.Size
	nest.BRow *= r.B.Size
	r.entryFor(pattern, nest.Cols*size, near).Func(HideNest(&nest))
	return true
}

// planar multiplies a nest, its steps counted in elements, if it is a normal form, and
// reports whether it did. So many bytes are written, and of result and operands together.
func planar(r Rule, nest *kernel.Nest, written, bytes int) bool {
	inner := broadcast.Loop{Extent: nest.Cols, Stride: [3]int{nest.DstCol, nest.ACol, nest.BCol}}
	outer := broadcast.Loop{Extent: nest.Rows, Stride: [3]int{nest.DstRow, nest.ARow, nest.BRow}}
	if outer.Extent == 1 {
		outer = noLoop
	} else if outer.Continues(&inner) {
		inner.Extent *= outer.Extent
		outer = noLoop
	}
	if !normal(&outer, &inner) {
		return false
	}
	var w walk
	w.nest.Dst, w.nest.A, w.nest.B = nest.Dst, nest.A, nest.B
	w.setNest(r, &outer, &inner, r.reachOf(written, bytes))
	if w.once() {
		w.kernel(HideNest(&w.nest))
		return true
	}
	w.calls(0, 0, 0) // multiply takes two nanoseconds more
	w.reach.fence()
	return true
}

// normal reports whether [broadcast.Normalize] would leave two loops that do not merge as
// they are.
func normal(outer, inner *broadcast.Loop) bool {
	step := inner.Stride[broadcast.Out]
	return inner.Extent > 1 && step > 0 && (outer.Extent == 1 || outer.Stride[broadcast.Out] > step)
}

// Flat multiplies n elements that lie side by side, by as many (VV) or by one (VC), or one
// element by them (CV).
func Flat(r Rule, pattern kernel.Pattern, dst, a, b unsafe.Pointer, n int) {
	wide := r.widest()
	if n > WholeBytes/16 && n*wide > WholeBytes {
		var w walk
		w.nest = kernel.Nest{Dst: dst, A: a, B: b, Cols: n, Rows: 1, DstCol: r.Out.Size}
		na, nb := 0, 0
		if pattern != kernel.CV {
			na, w.nest.ACol = n, r.A.Size
		}
		if pattern != kernel.VC {
			nb, w.nest.BCol = n, r.B.Size
		}
		w.rule, w.wide = r, wide
		w.reach = r.reachOf(n*r.Out.Size, r.bytes(n, na, nb))
		if w.reach == past {
			pattern = w.bypassing(pattern, n*wide)
		}
		w.kernel = r.entryFor(pattern, n*wide, w.reach).Func
		w.bound()
		w.multiply(nil)
		return
	}
	var nest kernel.Nest
	nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = dst, a, b, n, 1 // see mulRun
	r.entryFor(pattern, n*wide, near).Func(HideNest(&nest))
}
