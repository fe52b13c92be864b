package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// The quick ways, in the order in which they are tried. Two axes are the two loops that a kernel
// takes: if they are in the order of the normal form, or so few elements that the order does not
// matter, they need no layout. Neither do runs of elements that lie side by side, as slices are.
// What is neither gets a job (job.go).

// Limits of what is quick.
const (
	QuickBytes = 512 << 10     // of out: from here on planning costs nothing beside the work
	SmallSize  = 64            // elements up to which neither order nor pattern matters
	nestSize   = 4096          // elements of rows for which no other pattern is better, in one call
	nestRows   = CallPages / 3 // of such rows
)

// Multiply writes a by b to out, on so many threads, see [ThreadsFor].
func Multiply(r Rule, out, a, b Operand, threads int) error { // in words: a function stores what structures it is passed
	return multiply(r.Rule, r.On, out.Base, a.Base, b.Base, out.Lay, a.Lay, b.Lay, threads)
}

// multiply is Multiply in words. Nothing is called on the way to the kernel of a nest, so that all is
// in registers.
func multiply(rule *kernel.Rule, on *Site, to, from, by unsafe.Pointer, o, x, y *layout.Layout, threads int) error {
	r, out, a, b := Rule{rule, on}, Operand{to, o}, Operand{from, x}, Operand{by, y}
	if o != nil && x != nil && y != nil {
		size, aSize, bSize := r.Out.Size, r.A.Size, r.B.Size
		if uint((o.Size-1)*size) < QuickBytes && o.Cols != layout.NoPlane && Writable(o) &&
			len(x.Shape) <= len(o.Shape) && len(y.Shape) <= len(o.Shape) && x.Stretches(&o.Plane) && y.Stretches(&o.Plane) &&
			(Outside(out, a, size, aSize) || out.samePlane(a, size, aSize)) && (Outside(out, b, size, bSize) || out.samePlane(b, size, bSize)) {
			pattern, swap := rowPattern(r, o.Col, x.Col, y.Col)
			if swap { // what may change places has one size
				a, b, x, y = b, a, y, x
			}
			if o.Size > SmallSize && (o.Size > nestSize || o.Rows > nestRows || !plain(pattern, o, x, y, size, a.Base == out.Base || b.Base == out.Base)) {
				if planar(r, out, a, b) {
					return nil
				}
			} else {
				var nest kernel.Nest // word by word: what is built first and copied then is waited for
				nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = out.Base, a.Base, b.Base, o.Cols, o.Rows
				nest.DstCol, nest.ACol, nest.BCol = o.Col*size, x.Col*aSize, y.Col*bSize
				nest.DstRow, nest.ARow, nest.BRow = o.Row*size, x.Row*aSize, y.Row*bSize
				reach := Nearest
				if o.Size > NearestRun {
					reach = r.reachWithin(r.bytes(o.Size, x.Size, y.Size))
				}
				r.EntryFor(pattern, o.Cols*size, reach).Func(HideNest(&nest))
				return nil
			}
		}
		if x.Contiguous && y.Contiguous && (x.Size == o.Size || x.Size == 1) && (y.Size == o.Size || y.Size == 1) {
			if done, err := runs(r, out, a, b); done {
				return err
			}
		}
	}
	return multiplyJob(r, out, a, b, threads)
}

// multiplyJob is Multiply by a job, which would be room to clear in the frame of that.
func multiplyJob(r Rule, out, a, b Operand, threads int) error {
	var j Job
	if err := j.Resolve(r, out, a, b); err != nil {
		return err
	}
	j.Run(threads)
	return nil
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

// plain reports whether rows that are contiguous, or have a constant, are best taken as they are:
// those that walk does not join, repeat, move, or, in place, keep from stalls.
func plain(pattern kernel.Pattern, o, x, y *layout.Layout, size int, inPlace bool) bool {
	row, constant := o.Cols*size, y
	stalls := inPlace && row%TileLine < TileLine/2
	switch pattern {
	case kernel.VV:
		return row > RepeatRow || o.Rows < periodRows && (x.Row == 0 || y.Row == 0) && !stalls
	case kernel.CV:
		constant = x
	case kernel.VC:
	default:
		return false
	}
	return o.Cols >= 16 || o.Cols > 4 && o.Size < columnFrom && constant.Row != 0 && !stalls
}

// planar multiplies arrays of at most two axes, which do not clash, if they are a normal form, and
// reports whether it did.
func planar(r Rule, out, a, b Operand) bool {
	o, x, y := out.Lay, a.Lay, b.Lay
	inner := broadcast.Loop{Extent: o.Cols, Stride: [3]int{o.Col, x.Col, y.Col}}
	outer := broadcast.Loop{Extent: o.Rows, Stride: [3]int{o.Row, x.Row, y.Row}}
	if !broadcast.Pair(&outer, &inner) {
		return false
	}
	reach := r.ReachOf(o.Size*r.Out.Size, r.bytes(o.Size, x.Size, y.Size))
	var w Walk
	w.nest.Dst, w.nest.A, w.nest.B = out.Base, a.Base, b.Base
	w.rule = r
	w.setNest(&outer, &inner, reach)
	if w.once() {
		w.kernel(HideNest(&w.nest))
		return true
	}
	w.calls(0, 0, 0) // multiply takes two nanoseconds more
	w.reach.Fence()
	return true
}

// runs multiplies arrays of any axes that are runs of elements of one shape, or one element, as far as
// that takes no more than a look, and reports whether it did.
func runs(r Rule, out, a, b Operand) (done bool, err error) {
	o, size := out.Lay, r.Out.Size
	if !o.Contiguous || o.ReadOnly || o.Size*size >= QuickBytes {
		return false, nil
	}
	alongB := out.Along(b, size, r.B.Size)
	if alongB == UnknownStride && !OneRun(o, b.Lay) {
		return false, nil
	}
	pattern, swap := rowPattern(r, 1, out.Along(a, size, r.A.Size), alongB)
	if swap {
		a, b = b, a
	}
	switch {
	case pattern != kernel.II:
		Flat(r, r.On.Machine, pattern, out.Base, a.Base, b.Base, o.Size)
	case OneRun(o, a.Lay) && OneRun(o, b.Lay): // over each other
		return true, Run(r, kernel.VV, out.Base, a.Base, b.Base, o.Size)
	}
	return pattern != kernel.II, nil
}

// UnknownStride is a stride that no pattern has.
const UnknownStride = 1 << 30

// Along returns the stride of x along the run of elements that out is, if that
// takes no more than a look: 1 or 0, and otherwise UnknownStride. Elements have so many bytes.
func (out Operand) Along(x Operand, outSize, size int) int {
	bytes := out.Lay.Size * outSize
	if x.Lay.Size == 1 && out.Lay.Size > 1 {
		if len(x.Lay.Shape) <= len(out.Lay.Shape) && Apart(out.Base, bytes, x.Base, size) {
			return 0
		}
	} else if x.Lay.Contiguous && layout.SameShape(out.Lay, x.Lay) && (x.Base == out.Base && size == outSize || Apart(out.Base, bytes, x.Base, x.Lay.Size*size)) {
		return 1
	}
	return UnknownStride
}

// OneRun reports whether out, which can be written to, and x are known to be runs of elements of
// the same shape.
func OneRun(out, x *layout.Layout) bool {
	return out != nil && x != nil && out.Run != 0 && out.Run == x.Run && !out.ReadOnly
}

// Flat multiplies n elements that lie side by side, by as many (VV) or by one (VC), or one
// element by them (CV). at is the machine of r, which has a place that callers know: to look there
// again, for its kernels, takes a tenth of the time of some calls.
func Flat(r Rule, at *machine.Machine, pattern kernel.Pattern, dst, a, b unsafe.Pointer, n int) { // in words, as Multiply
	multiplyFlat(r.Rule, dst, a, b, n, at, r.On, pattern)
}

// multiplyFlat is Flat in words, in an order in which those of slices need not be moved.
func multiplyFlat(rule *kernel.Rule, dst, a, b unsafe.Pointer, n int, at *machine.Machine, on *Site, pattern kernel.Pattern) {
	r, reach := Rule{rule, on}, Nearest
	if n > NearestRun {
		if n > WholeBytes/16 && n*r.Widest() > WholeBytes {
			longFlat(r, pattern, dst, a, b, n)
			return
		}
		na, nb := operandsOf(pattern, n)
		reach = reachAt(at, r.bytes(n, na, nb))
	}
	var nest kernel.Nest
	nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = dst, a, b, n, 1 // see multiply
	entryAt(at, rule, pattern, n*rule.Out.Size, reach).Func(HideNest(&nest))
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
	var w Walk
	w.nest = kernel.Nest{Dst: dst, A: a, B: b, Cols: n, Rows: 1, DstCol: r.Out.Size}
	na, nb := operandsOf(pattern, n)
	if pattern != kernel.CV {
		w.nest.ACol = r.A.Size
	}
	if pattern != kernel.VC {
		w.nest.BCol = r.B.Size
	}
	w.rule, w.wide = r, r.Widest()
	w.reach = r.ReachOf(n*r.Out.Size, r.bytes(n, na, nb))
	if w.reach == Past {
		pattern = w.bypassing(pattern, n*w.wide)
	}
	w.kernel = r.EntryFor(pattern, n*w.wide, w.reach).Func
	w.bound()
	w.multiply(nil)
}

// Run is [Flat] of copies, where a or b clashes with dst.
func Run(r Rule, pattern kernel.Pattern, dst, a, b unsafe.Pointer, n int) (err error) {
	na, nb := operandsOf(pattern, n)
	if a, err = uncrossed(r, dst, n, a, 0, na); err == nil {
		b, err = uncrossed(r, dst, n, b, 1, nb)
	}
	if err == nil {
		Flat(r, r.On.Machine, pattern, dst, a, b, n)
	}
	return err
}

// uncrossed returns a run of so many elements of an operand, a or b, or a copy of it if it clashes
// with the n elements of dst.
func uncrossed(r Rule, dst unsafe.Pointer, n int, x unsafe.Pointer, which, elements int) (unsafe.Pointer, error) {
	size := r.Operand(which).Size
	if x == dst && size == r.Out.Size && elements == n || Apart(dst, n*r.Out.Size, x, elements*size) {
		return x, nil
	}
	x, err := copyRun(x, elements*size)
	if err != nil {
		return nil, Uncopied(string(rune('a'+which)), err)
	}
	return x, nil
}
