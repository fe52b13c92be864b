package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
)

// An operand that runs along the columns of out, and not along its rows, is
// read in tiles: blocks of columns, a cache line of each, so that every line that
// is touched is used up at once, however far apart in memory the columns lie.
//
// Elements of DirectSize and more are multiplied as they are transposed. Shorter
// ones, and rows that compete for the same lines of the cache, are transposed into
// scratch memory that stays in the first-level cache, and multiplied from there row by
// row. Where both operands are transposed, it is the product of their columns that goes
// through the scratch memory.

const (
	tileLine   = 64       // bytes of a column in a block, a cache line
	tileCols   = 128      // columns of a block that goes through scratch memory
	directCols = 512      // columns of a block that does not
	directAll  = 16 << 10 // bytes of a nest that is one block then
	smallNest  = 1 << 10  // bytes of a nest that takes little scratch memory, which costs less to clear
)

// Where the first-level cache has few ways, blocks of two transposed operands have fewer
// columns and more lines of each. Rows that compete for its lines go through scratch memory
// only while out is no more than a share of the last-level cache: beyond, that takes longer
// than the misses that it spares.
const (
	fewWays      = 8
	bothLines    = 4
	bothCols     = 128
	crowdedShare = 6
)

// tileSize is the size of elements from which on a block would not fit: a line
// holds fewer of them than a tile has rows. They gain little by it.
const tileSize = tileLine/generated.TileRows + 1

// leastTile returns the rows and columns that a transposed operand has at the least.
func leastTile(size int) (rows, cols int) {
	if size < generated.DirectSize {
		return generated.TileRows, generated.TileCols
	}
	return max(generated.DirectDown/size, 1), max(generated.DirectAcross/size, 1)
}

// tiles multiplies the nest of w, whose a is transposed.
func (w *walk) tiles(dst, a, b int) {
	n := &w.nest
	leastRows, leastCols := generated.TileRows, generated.TileCols
	height, width := w.directBlock()
	if height > 0 {
		leastRows, leastCols = leastTile(w.size)
	}
	rows, cols := n.Rows/leastRows*leastRows, n.Cols/leastCols*leastCols
	if height > 0 {
		w.multiplyBlocks(height, width, rows, cols, dst, a, b)
	} else {
		w.scratched(rows, cols, dst, a, b)
	}
	w.edge(dst, a, b, 0, cols, rows, n.Cols-cols)
	w.edge(dst, a, b, rows, 0, n.Rows-rows, n.Cols)
}

// directBlock returns how many rows and columns a block has that is multiplied as it is
// transposed, or 0 if blocks had better go through scratch memory.
func (w *walk) directBlock() (rows, cols int) {
	if w.size < generated.DirectSize {
		return 0, 0
	}
	n := &w.nest
	both := n.BCol != w.size
	crowded := func(height int) bool {
		return crowds(height, n.DstRow) || !both && crowds(height, n.BRow)
	}
	line, bytes := tileLine/w.size, n.Rows*n.Cols*w.size
	few := firstLevelWays > 0 && firstLevelWays <= fewWays
	switch {
	case bytes <= directAll && !crowded(n.Rows):
		return n.Rows, directCols
	case crowded(line) && !(few && bytes > lastLevel/crowdedShare):
		return 0, 0
	case few && both:
		return bothLines * line, bothCols
	}
	return line, directCols
}

// crowds reports whether so many lines, a step apart, are too many for the places that
// the first-level cache has for them: lines 4 KiB apart share 8, at the least.
func crowds(lines, step int) bool {
	const page, ways = 4 << 10, 8
	return lines*min(step&-step, page) > ways*page
}

// multiplyBlocks multiplies blocks of height rows and width columns as they are transposed.
func (w *walk) multiplyBlocks(height, width, rows, cols, dst, a, b int) {
	n := &w.nest
	kernel := w.from[generated.TT].Kernel
	if n.BCol == w.size {
		kernel = w.from[generated.TV].Kernel
	}
	nest := *n
	for c := 0; c < cols; c += width {
		for r := 0; r < rows; r += height {
			nest.Rows, nest.Cols = min(height, rows-r), min(width, cols-c)
			w.callBy(kernel, dst+r*n.DstRow+c*n.DstCol, a+r*n.ARow+c*n.ACol, b+r*n.BRow+c*n.BCol, &nest)
		}
	}
}

// scratched multiplies blocks by way of scratch memory.
func (w *walk) scratched(rows, cols, dst, a, b int) {
	if rows*cols*w.size <= smallNest {
		var words [smallNest / 8]uint64
		w.scratchedIn(noescape(unsafe.Pointer(&words)), rows, cols, dst, a, b)
		return
	}
	var words [tileLine * tileCols / 8]uint64
	w.scratchedIn(noescape(unsafe.Pointer(&words)), rows, cols, dst, a, b)
}

// scratchedIn is scratched in memory that has room for a block.
func (w *walk) scratchedIn(scratch unsafe.Pointer, rows, cols, dst, a, b int) {
	n := &w.nest
	height := max(tileLine/w.size, generated.TileRows)
	for c := 0; c < cols; c += tileCols {
		for r := 0; r < rows; r += height {
			w.tile(scratch, min(height, rows-r), min(tileCols, cols-c),
				dst+r*n.DstRow+c*n.DstCol, a+r*n.ARow+c*n.ACol, b+r*n.BRow+c*n.BCol)
		}
	}
}

// tile multiplies one block.
func (w *walk) tile(scratch unsafe.Pointer, rows, cols, dst, a, b int) {
	n := &w.nest
	transpose, multiply := w.from[generated.T].Kernel, w.from[generated.VV].Kernel
	if n.BCol == w.size {
		pitch := cols * w.size
		nest := generated.Nest{Cols: cols, Rows: rows, DstRow: pitch, ARow: n.ARow, DstCol: w.size, ACol: n.ACol}
		transpose(scratch, unsafe.Add(w.a, a), nil, hideNest(&nest))
		nest = generated.Nest{Cols: cols, Rows: rows, DstRow: n.DstRow, ARow: pitch, BRow: n.BRow, DstCol: w.size, ACol: w.size, BCol: w.size}
		multiply(unsafe.Add(w.dst, dst), scratch, unsafe.Add(w.b, b), hideNest(&nest))
		return
	}
	// Columns are rows of the product in scratch memory.
	pitch := rows * w.size
	nest := generated.Nest{Cols: rows, Rows: cols, DstRow: pitch, ARow: n.ACol, BRow: n.BCol, DstCol: w.size, ACol: w.size, BCol: w.size}
	multiply(scratch, unsafe.Add(w.a, a), unsafe.Add(w.b, b), hideNest(&nest))
	nest = generated.Nest{Cols: cols, Rows: generated.TileRows, DstRow: n.DstRow, ARow: w.size, DstCol: w.size, ACol: pitch}
	for r := 0; r < rows; r += generated.TileRows { // few rows of out at a time: their lines stay in the cache
		transpose(unsafe.Add(w.dst, dst+r*n.DstRow), unsafe.Add(scratch, r*w.size), nil, hideNest(&nest))
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
	part.kernel = w.from[generated.II].Kernel
	part.nest.Rows, part.nest.Cols = rows, cols
	part.bound()
	part.pieces(dst+row*n.DstRow+col*n.DstCol, a+row*n.ARow+col*n.ACol, b+row*n.BRow+col*n.BCol)
}

// hideNest returns nest for the duration of a kernel call, see noescape.
func hideNest(nest *generated.Nest) *generated.Nest {
	return (*generated.Nest)(noescape(unsafe.Pointer(nest)))
}
