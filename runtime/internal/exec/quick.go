package exec

import (
	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// The quick ways, in the order in which they are tried. Two axes are the two loops that a kernel
// takes: if they are in the order of the normal form, or so few elements that the order does not
// matter, they need no layout, and neither do runs (runs.go). What is neither gets a job (job.go).

// Limits of what is quick.
const (
	QuickBytes = 512 << 10     // of out: from here on planning costs nothing beside the work
	smallSize  = 64            // elements up to which neither order nor pattern matters
	nestSize   = 4096          // elements of rows for which no other pattern is better, in one call
	nestRows   = callPages / 3 // of such rows
)

// Multiply writes a by b to out, on so many threads, see [threadsFor]. Nothing is called on the way
// to the kernel of a nest, so that all is in registers.
func Multiply(r Rule, out, a, b Operand, threads int) error {
	o, x, y := out.Lay, a.Lay, b.Lay
	if o == nil || x == nil || y == nil {
		return NoArray(out, a, b)
	}
	size, aSize, bSize := r.Out.Size, r.A.Size, r.B.Size
	if uint((o.Size-1)*size) < QuickBytes && o.Cols != layout.NoPlane && writable(o) &&
		len(x.Shape) <= len(o.Shape) && len(y.Shape) <= len(o.Shape) && x.Stretches(&o.Plane) && y.Stretches(&o.Plane) &&
		(outside(out, a, size, aSize) || out.samePlane(a, size, aSize)) && (outside(out, b, size, bSize) || out.samePlane(b, size, bSize)) {
		pattern, swap := rowPattern(r, o.Col, x.Col, y.Col)
		if swap { // what may change places has one size
			a, b, x, y = b, a, y, x
		}
		if o.Size > smallSize && (o.Size > nestSize || o.Rows > nestRows || !plain(pattern, o, x, y, size, a.Base == out.Base || b.Base == out.Base)) {
			if planar(r, out, a, b) {
				return nil
			}
		} else {
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
	}
	if runs(r, out, a, b) {
		return nil
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

// planar multiplies arrays of at most two axes, which do not clash, if they are a normal form, and
// reports whether it did.
func planar(r Rule, out, a, b Operand) bool {
	o, x, y := out.Lay, a.Lay, b.Lay
	inner := broadcast.Loop{Extent: o.Cols, Stride: [3]int{o.Col, x.Col, y.Col}}
	outer := broadcast.Loop{Extent: o.Rows, Stride: [3]int{o.Row, x.Row, y.Row}}
	if !broadcast.Pair(&outer, &inner) {
		return false
	}
	reach := r.reachOf(o.Size*r.Out.Size, r.bytes(o.Size, x.Size, y.Size))
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
