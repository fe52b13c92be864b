package exec

import (
	"github.com/hadamard-go/hadamard/runtime/kernel"
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
//
// Where registers hold a whole line, tiles may be of whole lines. Each is touched once
// then, so that none competes with another, and what no such tile fits is left to smaller
// ones, which takes longer than it gains if there is little else.
//
// Elements of which a line holds few are multiplied one by one in such blocks.

const (
	TileLine    = kernel.LineBytes // of a column in a block, a cache line
	TileCols    = 128              // columns of a block that goes through scratch memory
	pastCols    = 256              // the same where out bypasses the caches, from rows of whole lines
	fewCols     = 16               // columns of a block of long elements that both come from memory
	directCols  = 512              // columns of a block that does not
	directAll   = 16 << 10         // bytes of a nest that is one block then
	lineDown    = 1024             // rows of a block of tiles of whole lines that goes down
	lineNest    = 16 << 10         // bytes of transposed operands that are worth tiles of whole lines if there are no others
	narrowRow   = 384              // bytes of a row of which much may be no whole tile
	narrowBlock = 128 << 10        // bytes of such rows to take at a time
	smallNest   = 1 << 10          // bytes of a nest that takes little scratch memory, which costs less to clear
)

// Where the first-level cache has few ways, blocks of two transposed operands have fewer
// columns and more lines of each. Rows that compete for its lines go through scratch memory
// only while out is no more than a share of the last-level cache (w.rule.On.Crowded): beyond, that
// takes longer than the misses that it spares.
const (
	leastWays = 8 // of any first-level cache
	fewWays   = 8
	bothLines = 4
	bothCols  = 128
)

// tileSize is the size of elements from which on a block would not fit: a line
// holds fewer of them than a tile has rows. They gain little by it.
const tileSize = TileLine/kernel.TileRows + 1

// leastTile returns the rows and columns that a transposed operand has at the least.
func leastTile(size int) (rows, cols int) {
	if size < kernel.DirectSize {
		return kernel.TileRows, kernel.TileCols
	}
	return max(kernel.DirectDown/size, 1), max(kernel.DirectAcross/size, 1)
}

// at moves offsets of the operands on by rows and columns.
func (w *Walk) at(rows, cols, dst, a, b int) (int, int, int) {
	n := &w.nest
	return dst + rows*n.DstRow + cols*n.DstCol, a + rows*n.ARow + cols*n.ACol, b + rows*n.BRow + cols*n.BCol
}

// tiles multiplies the nest of w, whose a is transposed.
func (w *Walk) tiles(dst, a, b int) {
	rows := w.nest.Rows
	if w.wide >= tileSize {
		cols := w.nest.Cols
		if sharing(min(cols, TileCols), w.nest.ACol) > leastWays {
			w.columns(dst, a, b)
		} else {
			w.blocks(kernel.II, TileLine/w.wide*max(TileCols/cols, 1), TileCols, rows, cols, dst, a, b)
		}
		return
	}
	step := w.narrowRows()
	for r, n := 0, 0; r < rows; r += n {
		n = piece(rows-r, step, kernel.TileRows)
		dst, a, b := w.at(r, 0, dst, a, b)
		w.tilesOf(n, w.nest.Cols, dst, a, b)
	}
}

// columns multiplies the nest of w, of elements of which a line holds few, where the lines of a compete for
// places in the first-level cache: down one column after the other, as many rows as a line has, so that each
// line is used up at once.
func (w *Walk) columns(dst, a, b int) {
	n, height, width := &w.nest, TileLine/w.wide, TileCols
	if w.both() && w.reach > held {
		width = fewCols
	}
	nest := kernel.Nest{DstCol: n.DstRow, ACol: n.ARow, BCol: n.BRow, DstRow: n.DstCol, ARow: n.ACol, BRow: n.BCol}
	call := w.rule.Entries()[kernel.II].Func
	for c := 0; c < n.Cols; c += width {
		for r := 0; r < n.Rows; r += height {
			nest.Cols, nest.Rows = min(height, n.Rows-r), min(width, n.Cols-c)
			dst, a, b := w.at(r, c, dst, a, b)
			w.callBy(call, dst, a, b, &nest)
		}
	}
}

// piece returns how many of what is left to take at a time, if it is to be so many, such that the last
// are at least as many as a tile has.
func piece(left, step, least int) int {
	if rest := left - step; rest > 0 && rest < least && step >= 2*least {
		return step - least
	}
	return min(left, step)
}

// cover covers so many rows and columns, which are at least those of a tile, by whole tiles. The last
// of each row and column overlap those before.
func cover(rows, cols, tileRows, tileCols int, do func(row, col, rows, cols int)) {
	wholeRows, wholeCols := rows/tileRows*tileRows, cols/tileCols*tileCols
	do(0, 0, wholeRows, wholeCols)
	if wholeCols < cols {
		do(0, cols-tileCols, wholeRows, tileCols)
	}
	if wholeRows < rows {
		do(rows-tileRows, 0, tileRows, wholeCols)
		if wholeCols < cols {
			do(rows-tileRows, cols-tileCols, tileRows, tileCols)
		}
	}
}

// twice reports whether products may be made twice: where out is no operand.
func (w *Walk) twice() bool { return w.nest.Dst != w.nest.A && w.nest.Dst != w.nest.B }

// narrowRows returns how many rows to take at a time. Where much of a row is no whole tile,
// what is left is multiplied while the lines that it shares with tiles are in the cache.
func (w *Walk) narrowRows() int {
	n := &w.nest
	line, least := TileLine/w.wide, TileLine
	if w.both() {
		least *= 2
	}
	if w.wide < kernel.DirectSize || n.DstRow < least || n.DstRow > narrowRow ||
		n.Rows*n.DstRow <= narrowBlock || n.Cols%line < n.Cols/8 {
		return n.Rows
	}
	return narrowBlock / n.DstRow / TileLine * TileLine
}

// tilesOf multiplies so many rows and columns.
func (w *Walk) tilesOf(rows, cols, dst, a, b int) {
	if !w.wholeLines(rows, cols) {
		w.smallTiles(rows, cols, dst, a, b)
		return
	}
	line := TileLine / w.wide
	lineRows, lineCols := rows/line*line, cols/line*line
	height, width := line, directCols
	crowd, ways := w.crowd(rows*cols*w.wide), w.rule.On.Ways
	// Down a column lines of two operands follow each other, across those of out alone.
	if w.both() && w.reach != Past && crowd < leastWays/2 {
		height, width = lineDown, line
	}
	pattern := w.transposing(kernel.TVW, kernel.TTW)
	if w.reach == Past && w.nest.Dst != w.nest.B {
		pattern = pattern.Bypassing()
	}
	// Where more lines share a place than it has ways, tiles go to scratch memory, and from there many
	// lines of a row at a time; but where those of both operands do as well, that gains nothing.
	if crowd > ways && !(w.both() && min(sharing(line, w.nest.ACol), sharing(line, w.nest.BCol)) > ways) {
		w.spread(pattern, lineRows, lineCols, dst, a, b)
	} else {
		w.blocks(pattern, height, width, lineRows, lineCols, dst, a, b)
	}
	restRows, restCols := rows-lineRows, cols-lineCols
	if leastRows, leastCols := leastTile(w.wide); w.twice() {
		restRows, restCols = max(restRows, leastRows), max(restCols, leastCols)
	}
	if lineCols < cols {
		dst, a, b := w.at(0, cols-restCols, dst, a, b)
		w.smallTiles(lineRows, restCols, dst, a, b)
	}
	if lineRows < rows {
		dst, a, b := w.at(rows-restRows, 0, dst, a, b)
		w.smallTiles(restRows, cols, dst, a, b)
	}
}

// wholeLines reports whether rows and columns had better be multiplied by tiles of whole
// lines, if there are kernels for them: where there are no others and not few, where there
// are many, or where rows may push each other out of the first-level cache.
func (w *Walk) wholeLines(rows, cols int) bool {
	of, line, bytes := w.rule.Entries(), TileLine/w.wide, rows*cols*w.wide
	switch {
	case of[kernel.TVW].Level == of[kernel.TV].Level || rows < line || cols < line:
		return false
	case (rows|cols)&(line-1) == 0 && (bytes >= lineNest || bytes >= lineNest/2 && w.both()):
		return true
	case bytes > w.rule.On.Crowded:
		return true
	}
	return w.share(line) >= leastWays/2
}

// crowd returns how many lines of a column of tiles, of out of so many bytes, share a place in the
// first-level cache, so that each waits for another to be written back, or 0 if that is no matter.
func (w *Walk) crowd(bytes int) int {
	if w.rule.On.Ways <= fewWays || bytes > w.rule.On.Crowded {
		return 0
	}
	return sharing(TileLine/w.wide, w.nest.DstRow)
}

// share returns how many of so many rows, of out or of a b that is not transposed, share
// a place in the first-level cache.
func (w *Walk) share(rows int) int {
	most := sharing(rows, w.nest.DstRow)
	if !w.both() {
		most = max(most, sharing(rows, w.nest.BRow))
	}
	return most
}

// sharing returns how many of so many lines a step apart share a place in the first-level cache. Places
// repeat every 4 KiB.
func sharing(lines, step int) int {
	const page = 4 << 10
	return lines * min(step&-step, page) / page
}

// both reports whether b is transposed as well as a.
func (w *Walk) both() bool { return w.nest.BCol != w.wide }

// transposing returns one pattern, or the other if both operands are transposed.
func (w *Walk) transposing(one, both kernel.Pattern) kernel.Pattern {
	if w.both() {
		return both
	}
	return one
}

// smallTiles multiplies so many rows and columns by tiles that are shorter than lines, and
// what has no whole tiles element by element.
func (w *Walk) smallTiles(rows, cols, dst, a, b int) {
	leastRows, leastCols := leastTile(w.wide)
	height, width := w.directBlock(rows, cols)
	if height == 0 && rows >= kernel.TileRows && cols >= kernel.TileCols {
		w.scratched(rows, cols, dst, a, b)
		return
	}
	if height == 0 || rows < leastRows || cols < leastCols {
		w.edge(rows, cols, dst, a, b)
		return
	}
	pattern := w.transposing(kernel.TV, kernel.TT)
	if w.twice() {
		cover(rows, cols, leastRows, leastCols, func(r, c, rows, cols int) {
			dst, a, b := w.at(r, c, dst, a, b)
			w.blocks(pattern, height, width, rows, cols, dst, a, b)
		})
		return
	}
	wholeRows, wholeCols := rows/leastRows*leastRows, cols/leastCols*leastCols
	w.blocks(pattern, height, width, wholeRows, wholeCols, dst, a, b)
	if wholeCols < cols {
		dst, a, b := w.at(0, wholeCols, dst, a, b)
		w.edge(wholeRows, cols-wholeCols, dst, a, b)
	}
	if wholeRows < rows {
		dst, a, b := w.at(wholeRows, 0, dst, a, b)
		w.edge(rows-wholeRows, cols, dst, a, b)
	}
}

// tilePattern returns the pattern of the kernel that multiplies the nest of w, whose a is
// transposed, in one call, and T if it takes more.
func (w *Walk) tilePattern() kernel.Pattern {
	n := &w.nest
	if w.wide < kernel.DirectSize || n.Rows*n.Cols*w.wide > directAll {
		return kernel.FromT
	}
	whole := func(rows, cols int) bool { return n.Rows&(rows-1) == 0 && n.Cols&(cols-1) == 0 }
	line := TileLine / w.wide
	switch lines := w.wholeLines(n.Rows, n.Cols); {
	case lines && whole(line, line):
		return w.transposing(kernel.TVW, kernel.TTW)
	case lines || !whole(leastTile(w.wide)) || w.share(n.Rows) > leastWays:
		return kernel.FromT
	case max(n.Rows, n.Cols) > CallPages/4: // or else they touch few pages
		if cols, rows := withinPages(n, n.Cols, n.Rows); cols < n.Cols || rows < n.Rows {
			return kernel.FromT
		}
	}
	return w.transposing(kernel.TV, kernel.TT)
}

// directBlock returns how high and wide a block of so many rows and columns is that is
// multiplied as it is transposed, or 0 if blocks had better go through scratch memory.
func (w *Walk) directBlock(rows, cols int) (height, width int) {
	if w.wide < kernel.DirectSize {
		return 0, 0
	}
	crowded := func(height int) bool { return w.share(height) > leastWays }
	line, bytes := TileLine/w.wide, rows*cols*w.wide
	few := w.rule.On.Ways > 0 && w.rule.On.Ways <= fewWays
	switch {
	case bytes <= directAll && !crowded(rows):
		return rows, directCols
	case crowded(line) && !(few && bytes > w.rule.On.Crowded):
		return 0, 0
	case few && w.both():
		return bothLines * line, bothCols
	}
	return line, directCols
}

// blocks multiplies so many rows and columns in blocks of a height and a width, each by a
// call of the kernel of a pattern.
func (w *Walk) blocks(pattern kernel.Pattern, height, width, rows, cols, dst, a, b int) {
	nest, call := w.nest, w.rule.Entries()[pattern].Func
	if !together(&w.nest, min(width, cols), min(height, rows)) {
		width, height = withinPages(&w.nest, width, height)
	}
	for c := 0; c < cols; c += width {
		for r := 0; r < rows; r += height {
			nest.Rows, nest.Cols = min(height, rows-r), min(width, cols-c)
			dst, a, b := w.at(r, c, dst, a, b)
			w.callBy(call, dst, a, b, &nest)
		}
	}
}

// edge multiplies rows and columns that make no whole tiles.
func (w *Walk) edge(rows, cols, dst, a, b int) {
	if rows == 0 || cols == 0 {
		return
	}
	part := *w
	part.kernel = w.rule.Entries()[kernel.II].Func
	part.nest.Rows, part.nest.Cols = rows, cols
	part.bound()
	part.pieces(dst, a, b)
}
