package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

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

// plain reports whether rows that are contiguous, or have a constant, are best taken as they are:
// those that walk does not join, repeat, move, or, in place, keep from stalls.
func plain(pattern kernel.Pattern, o, x, y *layout.Layout, size int, inPlace bool) bool {
	row, constant := o.Cols*size, y
	stalls := inPlace && row%tileLine < tileLine/2
	switch pattern {
	case kernel.VV:
		return row > repeatRow || o.Rows < periodRows && (x.Row == 0 || y.Row == 0) && !stalls
	case kernel.CV:
		constant = x
	case kernel.VC:
	default:
		return false
	}
	return o.Cols >= 16 || o.Cols > 4 && o.Size < columnFrom && constant.Row != 0 && !stalls
}

// OneRun reports whether out, which can be written to, and x are known to be runs of elements of
// the same shape.
func OneRun(out, x *layout.Layout) bool {
	return out != nil && x != nil && out.Run != 0 && out.Run == x.Run && !out.ReadOnly
}

// runs multiplies arrays of any axes that are runs of elements of one shape, or one element, as far as
// that takes no more than a look, and reports whether it did.
func runs(r Rule, out, a, b Operand) bool {
	size := r.Out.Size
	if !out.Lay.Contiguous || out.Lay.ReadOnly || out.Lay.Size*size >= QuickBytes {
		return false
	}
	alongB := out.along(b, size, r.B.Size)
	if alongB == unknownStride {
		return false
	}
	pattern, swap := rowPattern(r, 1, out.along(a, size, r.A.Size), alongB)
	if swap {
		a, b = b, a
	}
	if pattern != kernel.II && out.Lay.Size > 0 {
		Flat(r, pattern, out.Base, a.Base, b.Base, out.Lay.Size)
	}
	return pattern != kernel.II
}

// unknownStride is a stride that no pattern has.
const unknownStride = 1 << 30

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

// Run is [Flat] of copies, where a or b clashes with dst.
func Run(r Rule, pattern kernel.Pattern, dst, a, b unsafe.Pointer, n int) (err error) {
	na, nb := operandsOf(pattern, n)
	if a, err = uncrossed(r, dst, n, a, 0, na); err == nil {
		b, err = uncrossed(r, dst, n, b, 1, nb)
	}
	if err == nil {
		Flat(r, pattern, dst, a, b, n)
	}
	return err
}

// uncrossed returns a run of so many elements of an operand, a or b, or a copy of it if it clashes
// with the n elements of dst.
func uncrossed(r Rule, dst unsafe.Pointer, n int, x unsafe.Pointer, which, elements int) (unsafe.Pointer, error) {
	size := r.operand(which).Size
	if x == dst && size == r.Out.Size && elements == n || Apart(dst, n*r.Out.Size, x, elements*size) {
		return x, nil
	}
	x, err := copyRun(x, elements*size)
	if err != nil {
		return nil, uncopied(string(rune('a'+which)), err)
	}
	return x, nil
}

// Flat multiplies n elements that lie side by side, by as many (VV) or by one (VC), or one
// element by them (CV).
func Flat(r Rule, pattern kernel.Pattern, dst, a, b unsafe.Pointer, n int) {
	if n > WholeBytes/16 && n*r.widest() > WholeBytes {
		longFlat(r, pattern, dst, a, b, n)
		return
	}
	var nest kernel.Nest
	nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = dst, a, b, n, 1 // see Multiply
	reach := nearest
	if n > NearestRun {
		na, nb := operandsOf(pattern, n)
		reach = r.reachWithin(r.bytes(n, na, nb))
	}
	r.entryFor(pattern, n*r.Out.Size, reach).Func(HideNest(&nest))
}

// operandsOf returns how many elements a and b have in a run of n.
func operandsOf(pattern kernel.Pattern, n int) (a, b int) {
	switch pattern {
	case kernel.VC:
		return n, 1
	case kernel.CV:
		return 1, n
	}
	return n, n
}

// longFlat is Flat for more than a call takes.
func longFlat(r Rule, pattern kernel.Pattern, dst, a, b unsafe.Pointer, n int) {
	var w walk
	w.nest = kernel.Nest{Dst: dst, A: a, B: b, Cols: n, Rows: 1, DstCol: r.Out.Size}
	na, nb := operandsOf(pattern, n)
	if pattern != kernel.CV {
		w.nest.ACol = r.A.Size
	}
	if pattern != kernel.VC {
		w.nest.BCol = r.B.Size
	}
	w.rule, w.wide = r, r.widest()
	w.reach = r.reachOf(n*r.Out.Size, r.bytes(n, na, nb))
	if w.reach == past {
		pattern = w.bypassing(pattern, n*w.wide)
	}
	w.kernel = r.entryFor(pattern, n*w.wide, w.reach).Func
	w.bound()
	w.multiply(nil)
}
