package runtime

import (
	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

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

// small multiplies arrays of at most two axes if these are a nest as they are, unless
// operands may clash or are not fit to be multiplied, and reports whether it did.
func small(r rule, out, a, b operand) bool {
	size := r.Out.Size
	o := out.lay
	rank := len(o.Shape)
	if uint((o.size-1)*size) >= quickBytes || rank > 2 || len(a.lay.Shape) > rank || len(b.lay.Shape) > rank || o.readOnly || o.overlapping {
		return false
	}
	var nest kernel.Nest
	nest.Cols, nest.Rows = 1, 1
	aCol, aRow, bCol, bRow := true, true, true, true // whether they stretch
	if rank > 0 {
		nest.Cols, nest.DstCol = o.Shape[rank-1], o.Strides[rank-1]
		nest.ACol, aCol = a.lay.Along(len(a.lay.Shape)-1, nest.Cols)
		nest.BCol, bCol = b.lay.Along(len(b.lay.Shape)-1, nest.Cols)
	}
	if rank > 1 {
		nest.Rows, nest.DstRow = o.Shape[0], o.Strides[0]
		nest.ARow, aRow = a.lay.Along(len(a.lay.Shape)-2, nest.Rows)
		nest.BRow, bRow = b.lay.Along(len(b.lay.Shape)-2, nest.Rows)
	}
	if !aCol || !aRow || !bCol || !bRow ||
		!outside(out, a, size, r.A.Size) && (a.base != out.base || r.A.Size != size || nest.ACol != nest.DstCol || nest.ARow != nest.DstRow) ||
		!outside(out, b, size, r.B.Size) && (b.base != out.base || r.B.Size != size || nest.BCol != nest.DstCol || nest.BRow != nest.DstRow) {
		return false
	}
	nest.Dst, nest.A, nest.B = out.base, a.base, b.base
	pattern, swap := rowPattern(r, nest.DstCol, nest.ACol, nest.BCol)
	if o.size > smallSize && (o.size > nestSize || nest.Rows > nestRows || !longRows(pattern, nest.Cols, size)) {
		return planar(r, &nest, o.size*size, r.bytes(o.size, a.lay.size, b.lay.size))
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
	entryFor(r.kernels(), pattern, nest.Cols*size, near).Func(hideNest(&nest))
	return true
}

// planar multiplies a nest, its steps counted in elements, if it is a normal form, and
// reports whether it did. So many bytes are written, and of result and operands together.
func planar(r rule, nest *kernel.Nest, written, bytes int) bool {
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
	w.setNest(r, &outer, &inner, reachOf(written, bytes))
	if w.once() {
		w.kernel(hideNest(&w.nest))
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

// rowPattern returns the pattern of a row by its strides as far as that takes
// no more than a look, and whether a and b change places for it, as in patternOf.
func rowPattern(r rule, out, a, b int) (pattern kernel.Pattern, swap bool) {
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

// smallProduct is small for more than two operands, which are multiplied in out.
func smallProduct(r rule, out operand, xs []operand) bool {
	if out.lay.size > smallSize {
		return false
	}
	for _, x := range xs[2:] { // which are read after out is written
		if !fits(out.lay, x.lay) || !outside(out, x, r.Out.Size, r.B.Size) {
			return false
		}
	}
	if !small(r, out, xs[0], xs[1]) {
		return false
	}
	for _, x := range xs[2:] {
		small(r, out, out, x)
	}
	return true
}

// fits reports whether an operand stretches to out.
func fits(out, x *layout) bool {
	lead := len(out.Shape) - len(x.Shape)
	ok := lead >= 0
	for axis := 0; ok && axis < len(x.Shape); axis++ {
		_, ok = x.Along(axis, out.Shape[lead+axis])
	}
	return ok
}
