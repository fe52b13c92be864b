package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Copying is executed as a multiply is, by a rule of one operand: its kernels know the layout.

// Copy copies elements by a rule from one walk over shape to another, which the caller has
// announced.
func Copy(by Rule, shape []int, dst unsafe.Pointer, dstStrides []int, src unsafe.Pointer, srcStrides []int) {
	var layout broadcast.Layout
	broadcast.Normalize(&layout, shape, dstStrides, srcStrides, srcStrides)
	copyAlong(by, &layout, dst, src)
}

// copyAlong is Copy for a layout that is known.
func copyAlong(by Rule, layout *broadcast.Layout, dst, src unsafe.Pointer) {
	if layout.Empty {
		return
	}
	var w Walk
	// Hidden: w ends with this call, and no thread shares a copy.
	w.Set(by, layout, Near, Hidden(dst), Hidden(src), Hidden(src))
	w.multiply(layout)
}

// isCopy tells whether a rule copies its one operand.
func (r Rule) isCopy() bool { return r.A.Move == nil }

// setCopy prepares w, whose nest is set, to copy it.
func (w *Walk) setCopy() *kernel.Entry {
	n, size, from := &w.nest, w.rule.Out.Size, w.rule.Entries()
	pattern := kernel.FromI
	switch {
	case n.DstCol == size && n.ACol == size, n.DstCol != size && n.ACol != size:
		if n.Cols == Channels && n.DstCol == size && n.DstRow+n.ARow == (2*Channels+1)*size { // three of four
			switch Channels * size {
			case n.DstRow:
				pattern = kernel.FromX
			case n.ARow:
				pattern = kernel.ToX
			}
		}
		entry := &from[pattern]
		if w.kernel = CopyNests(size, false); pattern != kernel.FromI && entry.Pattern == pattern {
			w.kernel, w.row = entry.Func, size // rows are one run, or nearly
		}
		w.bound()
		return entry
	case n.DstCol != size:
		pattern = kernel.SteppingBy(n.DstCol / size).To
	case w.zipped():
		pattern, w.way = kernel.FromTA, turned
		w.cols, w.rows = n.Cols, min(n.Rows, TileCols)
	case n.ARow == size && n.ACol != 0 && n.Rows >= kernel.TileRows && n.Cols >= kernel.TileCols:
		pattern, w.way = kernel.FromT, turned
		w.cols, w.rows = withinPages(n, min(n.Cols, TileCols), min(n.Rows, max(TileLine/size, kernel.TileRows)))
	default:
		pattern = kernel.SteppingBy(n.ACol / size).From
	}
	entry := w.rule.EntryFor(pattern, n.Cols*size, w.reach)
	w.kernel = entry.Func
	if w.way == straight {
		w.bound()
	}
	return entry
}

// zipped reports whether the nest of w, which is copied, is zipped to rows that follow each other. It is long
// where it is inlined.
//
//go:noinline
func (w *Walk) zipped() bool {
	n, size := &w.nest, w.rule.Out.Size
	return n.ARow == size && n.DstRow == n.Cols*size && n.ACol != 0 && zips(n.Rows, n.Cols, size)
}

// turn copies the nest of w, in which a is transposed, a few cache lines of some columns at a time.
func (w *Walk) turn(dst, a int) {
	from := w.rule.Entries()
	few, least := from[kernel.FromI].Func, kernel.TileRows
	if w.zipped() {
		few, least = from[kernel.FromTA].Func, TileLine/w.rule.Out.Size
	}
	block := w.nest
	for r := 0; r < w.nest.Rows; r += block.Rows {
		block.Rows = piece(w.nest.Rows-r, w.rows, least)
		for c := 0; c < w.nest.Cols; c += block.Cols {
			block.Cols = piece(w.nest.Cols-c, w.cols, kernel.TileCols)
			block.Dst = unsafe.Add(w.nest.Dst, dst+r*block.DstRow+c*block.DstCol)
			block.A = unsafe.Add(w.nest.A, a+r*block.ARow+c*block.ACol)
			Tiles(from[kernel.FromT].Func, few, &block)
		}
	}
}
