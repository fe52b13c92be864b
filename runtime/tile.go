package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
)

// An operand that runs along the columns of out, and not along its rows, is
// read in tiles: blocks of columns, a cache line of each, are transposed into
// scratch memory that stays in the first-level cache, and multiplied from there
// row by row. So every line that is touched is used up at once, however far
// apart in memory the columns lie. Where both operands are transposed, it is the
// product of their columns that goes through the scratch memory.

const (
	tileLine = 64  // bytes of a column in a block, a cache line
	tileCols = 128 // columns of a block
)

// scratchTile is the memory for a block.
type scratchTile [tileLine * tileCols / 8]uint64

// tileSize is the size of elements from which on a block would not fit: a line
// holds fewer of them than a tile has rows. They gain little by it.
const tileSize = tileLine/generated.TileRows + 1

// tiles multiplies the nest of w, whose a is transposed.
func (w *walk) tiles(dst, a, b int) {
	var scratch scratchTile
	n := &w.nest
	blockRows := max(tileLine/w.size, generated.TileRows)
	rows := n.Rows / generated.TileRows * generated.TileRows
	cols := n.Cols / generated.TileCols * generated.TileCols
	for c := 0; c < cols; c += tileCols {
		for r := 0; r < rows; r += blockRows {
			w.tile(&scratch, min(blockRows, rows-r), min(tileCols, cols-c),
				dst+r*n.DstRow+c*n.DstCol, a+r*n.ARow+c*n.ACol, b+r*n.BRow+c*n.BCol)
		}
	}
	w.edge(dst, a, b, 0, cols, rows, n.Cols-cols)
	w.edge(dst, a, b, rows, 0, n.Rows-rows, n.Cols)
}

// tile multiplies one block.
func (w *walk) tile(scratch *scratchTile, rows, cols, dst, a, b int) {
	n := &w.nest
	transpose, multiply := w.tiled[generated.T].Kernel, w.tiled[generated.VV].Kernel
	to := noescape(unsafe.Pointer(scratch))
	if n.BCol == w.size {
		pitch := cols * w.size
		nest := generated.Nest{Cols: cols, Rows: rows, DstRow: pitch, ARow: n.ARow, DstCol: w.size, ACol: n.ACol}
		transpose(to, unsafe.Add(w.a, a), nil, hideNest(&nest))
		nest = generated.Nest{Cols: cols, Rows: rows, DstRow: n.DstRow, ARow: pitch, BRow: n.BRow, DstCol: w.size, ACol: w.size, BCol: w.size}
		multiply(unsafe.Add(w.dst, dst), to, unsafe.Add(w.b, b), hideNest(&nest))
		return
	}
	// Columns are rows of the product in scratch memory.
	pitch := rows * w.size
	nest := generated.Nest{Cols: rows, Rows: cols, DstRow: pitch, ARow: n.ACol, BRow: n.BCol, DstCol: w.size, ACol: w.size, BCol: w.size}
	multiply(to, unsafe.Add(w.a, a), unsafe.Add(w.b, b), hideNest(&nest))
	nest = generated.Nest{Cols: cols, Rows: generated.TileRows, DstRow: n.DstRow, ARow: w.size, DstCol: w.size, ACol: pitch}
	for r := 0; r < rows; r += generated.TileRows { // few rows of out at a time: their lines stay in the cache
		transpose(unsafe.Add(w.dst, dst+r*n.DstRow), unsafe.Add(to, r*w.size), nil, hideNest(&nest))
	}
}

// edge multiplies the part of the nest that starts at a row and a column and
// has no whole tiles.
func (w *walk) edge(dst, a, b, row, col, rows, cols int) {
	if rows == 0 || cols == 0 {
		return
	}
	n := &w.nest
	part := *w
	part.kernel = w.tiled[generated.II].Kernel
	part.nest.Rows, part.nest.Cols = rows, cols
	part.bound()
	part.pieces(dst+row*n.DstRow+col*n.DstCol, a+row*n.ARow+col*n.ACol, b+row*n.BRow+col*n.BCol)
}

// hideNest returns nest for the duration of a kernel call, see noescape.
func hideNest(nest *generated.Nest) *generated.Nest {
	return (*generated.Nest)(noescape(unsafe.Pointer(nest)))
}
