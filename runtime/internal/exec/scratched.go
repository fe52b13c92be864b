package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Tiles that go by way of scratch memory, see tile.go.

// spread multiplies so many rows and columns by a kernel of tiles of whole lines, by way of scratch
// memory.
func (w *Walk) spread(pattern kernel.Pattern, rows, cols, dst, a, b int) {
	var words [(TileLine*pastCols + TileLine) / 8]uint64
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	scratch := Hidden(unsafe.Pointer(&words))
	scratch = unsafe.Add(scratch, -uintptr(scratch)%TileLine)
	line, width := TileLine/w.wide, 4*pastCols/w.wide
	multiply, store := w.rule.Entries()[pattern].Func, CopyNests(w.wide, false)
	for r := 0; r < rows; r += line {
		for c := 0; c < cols; c += width {
			dst, a, b := w.at(r, c, dst, a, b)
			nest := w.nest
			nest.Rows, nest.Cols, nest.Dst, nest.DstRow = line, min(width, cols-c), scratch, min(width, cols-c)*w.wide
			nest.A, nest.B = unsafe.Add(w.nest.A, a), unsafe.Add(w.nest.B, b)
			multiply(HideNest(&nest))
			nest.A, nest.ACol, nest.ARow = scratch, w.wide, nest.DstRow
			nest.Dst, nest.DstRow = unsafe.Add(w.nest.Dst, dst), w.nest.DstRow
			store(HideNest(&nest))
		}
	}
}

// scratched multiplies blocks by way of scratch memory.
func (w *Walk) scratched(rows, cols, dst, a, b int) {
	if rows*cols*w.wide <= smallNest {
		var words [(smallNest + TileLine) / 8]uint64
		// Hidden: kernels alone are given scratch memory, and they keep nothing.
		w.scratchedIn(Hidden(unsafe.Pointer(&words)), rows, cols, dst, a, b)
		return
	}
	var words [(TileLine*pastCols + TileLine) / 8]uint64
	// Hidden: as above.
	w.scratchedIn(Hidden(unsafe.Pointer(&words)), rows, cols, dst, a, b)
}

// scratchedIn is scratched in memory that has room for a block and its alignment.
func (w *Walk) scratchedIn(scratch unsafe.Pointer, rows, cols, dst, a, b int) {
	scratch = unsafe.Add(scratch, -uintptr(scratch)%TileLine) // vectors that straddle lines are slow
	width, height := withinPages(&w.nest, w.scratchedCols(), max(TileLine/w.wide, 2*kernel.TileRows))
	for c, n := 0, 0; c < cols; c += n {
		n = piece(cols-c, width, kernel.TileCols)
		for r, m := 0, 0; r < rows; r += m {
			m = piece(rows-r, height, kernel.TileRows)
			dst, a, b := w.at(r, c, dst, a, b)
			w.tile(scratch, m, n, dst, a, b)
		}
	}
}

// scratchedCols returns the number of columns of a block that goes through scratch memory.
func (w *Walk) scratchedCols() int {
	switch {
	case w.reach != Past:
		return TileCols
	case w.both():
		return max(TileCols, pastCols/w.wide)
	}
	return min(pastCols, TileLine*pastCols/(2*kernel.TileRows)/w.wide)
}

// tile multiplies one block.
func (w *Walk) tile(scratch unsafe.Pointer, rows, cols, dst, a, b int) {
	n := &w.nest
	if !w.both() {
		w.joined(scratch, rows, cols, 1, 0, dst, a, b)
		return
	}
	transpose, multiply := w.rule.On.Entries(w.rule.A.Move)[kernel.FromT].Func, w.rule.Entries()[kernel.VV].Func
	to, x, y := unsafe.Add(n.Dst, dst), unsafe.Add(n.A, a), unsafe.Add(n.B, b)
	// Columns are rows of the product in scratch memory.
	pitch := rows * w.wide
	nest := kernel.Nest{Dst: scratch, A: x, B: y, Cols: rows, Rows: cols, DstRow: pitch, ARow: n.ACol, BRow: n.BCol, DstCol: w.wide, ACol: w.wide, BCol: w.wide}
	multiply(HideNest(&nest))
	nest = kernel.Nest{Cols: cols, Rows: kernel.TileRows, DstRow: n.DstRow, ARow: w.wide, DstCol: w.wide, ACol: pitch}
	for r := 0; r < rows; r += kernel.TileRows { // few rows of out at a time: their lines stay in the cache
		first := min(r, rows-kernel.TileRows)
		nest.Dst, nest.A = unsafe.Add(to, first*n.DstRow), unsafe.Add(scratch, first*w.wide)
		Tiles(transpose, nil, &nest)
	}
}
