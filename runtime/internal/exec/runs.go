package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// ScaleRun multiplies n elements of a by the one b.
func ScaleRun(r Rule, dst, a, b unsafe.Pointer, n int) error {
	a, err := uncrossed(r, dst, a, 0, n)
	if err == nil {
		Flat(r, kernel.VC, dst, a, b, n)
	}
	return err
}

// MulRuns multiplies runs of n elements, copying those that clash with dst.
func MulRuns(r Rule, dst, a, b unsafe.Pointer, n int) (err error) {
	if a, err = uncrossed(r, dst, a, 0, n); err == nil {
		b, err = uncrossed(r, dst, b, 1, n)
	}
	if err == nil {
		Flat(r, kernel.VV, dst, a, b, n)
	}
	return err
}

// uncrossed returns a run of n elements of an operand, a or b, or a copy of it if it clashes with
// dst.
func uncrossed(r Rule, dst, x unsafe.Pointer, which, n int) (unsafe.Pointer, error) {
	out, size := n*r.Out.Size, r.operand(which).Size
	if x == dst && size == r.Out.Size || Apart(dst, out, x, n*size) {
		return x, nil
	}
	x, err := copyRun(x, n*size)
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
	nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = dst, a, b, n, 1 // see mulRun
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
