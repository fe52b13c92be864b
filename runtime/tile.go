package runtime

import "github.com/hadamard-go/hadamard/generated"

// An operand that runs along the columns of out is read in tiles. Kernels take
// whole tiles; the rows and columns that these leave at the edges are multiplied
// element by element. Tiles go in panels of few rows: the lines of an operand
// that hold the next rows of a column are used before they leave the cache.

// panelBytes is what a panel takes of a column: two cache lines.
const panelBytes = 256

// tiles multiplies the nest of w, whose kernel takes tiles.
func (w *walk) tiles(dst, a, b int) {
	rows := w.nest.Rows / generated.TileRows * generated.TileRows
	cols := w.nest.Cols / generated.TileCols * generated.TileCols
	panel := *w
	panel.nest.Cols = cols
	panel.rows = max(panelBytes/w.size, generated.TileRows)
	panel.cols = min(cols, callBytes/panelBytes/generated.TileCols*generated.TileCols)
	panel.nest.Rows = rows
	panel.pieces(dst, a, b)

	edge := *w
	edge.kernel = w.edges
	edge.nest.Rows = rows
	edge.nest.Cols = w.nest.Cols - cols
	edge.part(dst, a, b, 0, cols)
	edge.nest.Rows = w.nest.Rows - rows
	edge.nest.Cols = w.nest.Cols
	edge.part(dst, a, b, rows, 0)
}

// part multiplies the nest of w as it lies in a larger one, from a row and a
// column on.
func (w *walk) part(dst, a, b, row, col int) {
	if w.nest.Rows == 0 || w.nest.Cols == 0 {
		return
	}
	n := &w.nest
	w.bound()
	w.pieces(dst+row*n.DstRow+col*n.DstCol, a+row*n.ARow+col*n.ACol, b+row*n.BRow+col*n.BCol)
}
