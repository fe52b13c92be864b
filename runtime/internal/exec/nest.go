package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Execution knows neither dtypes nor ranks: it hands a kernel the two
// innermost loops of a layout at a time, in bytes, and walks the loops around.

// Walk is a kernel with the way it takes through memory. Once set it is only read.
type Walk struct {
	kernel     kernel.Func
	nest       kernel.Nest
	cols, rows int               // of the nest that one call handles
	row        int               // bytes that a row costs beside its elements
	outer      int               // loops of the layout around the nest
	down       int               // the loop of the layout that is the rows of the nest
	ka, kb     broadcast.Operand // which operands the kernel's a and b are
	wide       int               // bytes of the longest elements
	reach      Reach             // of the whole multiply
	way        way
	period     int // if short rows repeat, the elements after which they do
	rule       Rule
}

// way is how a nest is handed to kernels.
type way uint8

const (
	straight  way = iota // as it is, in pieces if it is large
	tiled                // a is transposed and goes in tiles
	repeating            // short rows go as a run in which b, or a, repeats
	turned               // a is transposed and copied
	laidOut              // in blocks, of which operands are laid out side by side first, or out is taken apart last
	inPlaces             // short rows go as one, and operands that repeat are laid out for some blocks
	inBoxes              // in boxes of three loops and more, to which operands are copied
)

// noLoop stands for a loop that a layout does not have.
var noLoop = broadcast.Loop{Extent: 1, Stride: [3]int{1, 1, 1}}

// Set prepares w to walk a layout that is not empty, and returns the kernel's
// entry. The base pointers are the operands' elements (0,…,0).
func (w *Walk) Set(r Rule, layout *broadcast.Layout, reach Reach, out, a, b unsafe.Pointer) *kernel.Entry {
	outer, inner := &noLoop, &noLoop
	if layout.Rank > 0 {
		inner = layout.At(layout.Rank - 1)
	}
	if layout.Rank > 1 {
		w.down = layout.Rank - 2
		if layout.Rank > 2 && fillsRow(inner.Extent, r.Out.Size) {
			w.down = r.down(layout)
		}
		outer = layout.At(w.down)
	}
	w.outer = max(layout.Rank-2, 0)
	at := &layout.Offset
	w.nest.Dst, w.nest.A, w.nest.B = unsafe.Add(out, at[broadcast.Out]*r.Out.Size), unsafe.Add(a, at[broadcast.A]*r.A.Size), unsafe.Add(b, at[broadcast.B]*r.B.Size)
	w.rule = r
	entry := w.setNest(outer, inner, reach)
	if layout.Rank < 3 || r.On.Moves.place == nil {
		return entry
	}
	rows := rowsOf(layout)
	if rows*inner.Extent >= boxLeast && (uint(inner.Stride[broadcast.A]) > 1 || uint(inner.Stride[broadcast.B]) > 1) {
		// Hidden: box keeps neither.
		hidden := (*Walk)(Hidden(unsafe.Pointer(w)))
		// Hidden: as above.
		if boxes := r.On.Moves.box(hidden, (*broadcast.Layout)(Hidden(unsafe.Pointer(layout))), entry); boxes != nil {
			return boxes
		}
	}
	if inner.Extent*w.wide <= placedRow && rows >= placedRows {
		// Hidden: place keeps neither.
		hidden := (*Walk)(Hidden(unsafe.Pointer(w)))
		// Hidden: as above.
		return r.On.Moves.place(hidden, (*broadcast.Layout)(Hidden(unsafe.Pointer(layout))), entry)
	}
	return entry
}

// rowsOf returns how often a layout has its innermost loop.
func rowsOf(layout *broadcast.Layout) int {
	rows := 1
	for i := range layout.Rank - 1 {
		rows *= layout.At(i).Extent
	}
	return rows
}

// setNest prepares w to walk by its rule the two loops of a normal form that are innermost, the
// operands starting where its nest says. It returns the kernel's entry.
//
// The result is written past the caches if it reaches there and that can be done.
func (w *Walk) setNest(outer, inner *broadcast.Loop, reach Reach) *kernel.Entry {
	r := w.rule
	pattern, swap := patternOf(outer, inner, r.Out.Size)
	if !r.Default {
		pattern, swap = r.offered(pattern, swap)
	}
	ka, kb := broadcast.A, broadcast.B
	if swap {
		w.nest.A, w.nest.B, ka, kb = w.nest.B, w.nest.A, kb, ka
	}
	w.reach, w.wide, w.ka, w.kb = reach, r.Widest(), ka, kb
	size, aSize, bSize := r.Out.Size, r.A.Size, r.B.Size
	w.nest.Cols, w.nest.DstCol, w.nest.ACol, w.nest.BCol = inner.Extent, inner.Stride[broadcast.Out]*size, inner.Stride[ka]*aSize, inner.Stride[kb]*bSize
	w.nest.Rows, w.nest.DstRow, w.nest.ARow, w.nest.BRow = outer.Extent, outer.Stride[broadcast.Out]*size, outer.Stride[ka]*aSize, outer.Stride[kb]*bSize
	row := inner.Extent * w.wide
	run, oneCall := row, false
	if r.isCopy() {
		w.row = RowBytes
		return w.setCopy()
	}
	w.row, w.cols, w.rows = RowBytes, w.nest.Cols, w.nest.Rows
	if r.On.Moves.pays != nil {
		if entry := w.movable(pattern); entry != nil {
			return entry
		}
	}
	switch pattern {
	case kernel.VV:
		if w.nest.Rows > 1 && w.repeatable() {
			pattern, w.period = w.repeatPattern()
			w.way = repeating
			if w.period == 0 {
				w.way = straight
			}
			run *= w.nest.Rows
		}
	case kernel.VC2, kernel.VC3, kernel.VC4, kernel.CV3:
		w.row = w.wide // all rows are one run, with an element of b for each
		run *= w.nest.Rows
	case kernel.FromT:
		if r.Entries()[kernel.TV].Func == nil {
			break
		}
		if w.wide >= tileSize {
			if pattern = kernel.II; row*w.nest.Rows > directAll {
				w.way = tiled
			}
			break
		}
		pattern = w.tilePattern()
		if pattern == kernel.FromT {
			pattern, w.way = kernel.VV, tiled
		}
		oneCall = w.way != tiled
	}
	if reach == Past {
		pattern = w.bypassing(pattern, run)
	}
	entry := r.EntryFor(pattern, run, reach)
	if entry.Func == nil {
		return w.stage()
	}
	if (w.nest.Dst == w.nest.A || w.nest.Dst == w.nest.B) && entry.Halves>>kernel.Split&halfFrom != 0 && w.stalls(row) {
		entry = r.Half(entry)
	}
	w.kernel = entry.Func
	if w.way != tiled && !oneCall && (row >= StayBytes || !w.brief()) { // few nests: to call bound costs as much as a row
		w.bound()
	}
	return entry
}

// direct reports whether one call of the kernel does a nest.
func (w *Walk) direct() bool {
	return w.way == straight && w.cols == w.nest.Cols && w.rows == w.nest.Rows
}

// once reports whether one call of the kernel is all there is to do for a nest.
func (w *Walk) once() bool { return w.reach != Past && w.direct() }

// band returns how many rows of a nest to take at a time, if there are loops between them and the
// columns: some cache lines of each column, so that all lines that are touched on the way through
// these loops are used up, and that many elements at the least. Of columns that are shorter than a line, the
// lines of out are touched by several of these loops' steps, and are to stay in the second-level cache.
func (w *Walk) band(layout *broadcast.Layout) int {
	line := max(TileLine/w.wide, 1)
	rows := ((leastBand-1)/(line*w.nest.Cols) + 1) * line
	if row := w.nest.Cols * w.wide; row < TileLine {
		for i := w.down + 1; i < layout.Rank-1; i++ {
			row *= layout.At(i).Extent
		}
		rows = min(rows, max(bandBytes/row/line*line, line))
	}
	return rows
}

const (
	leastBand = 4 << 10
	bandBytes = 128 << 10 // of out
)

// around returns loop i of those around the nest.
func (w *Walk) around(layout *broadcast.Layout, i int) *broadcast.Loop {
	if i >= w.down {
		i++
	}
	return layout.At(i)
}

// steps returns the bytes that the kernel's operands move by along a loop.
func (w *Walk) steps(loop *broadcast.Loop) (dst, a, b int) {
	return loop.Stride[broadcast.Out] * w.rule.Out.Size, loop.Stride[w.ka] * w.rule.A.Size, loop.Stride[w.kb] * w.rule.B.Size
}

// multiply does all that w was set for, of a layout or, if it has no more than the nest,
// of none.
func (w *Walk) multiply(layout *broadcast.Layout) {
	w.Run(layout, 0, 0, 0, 0)
	w.reach.Fence()
}

// Swapped reports whether the kernel takes b for its a, as rules that commute allow.
func (w *Walk) Swapped() bool { return w.ka == broadcast.B }

// Run walks the loops of the layout that are around the nest of w, from loop i of them inwards,
// the operands being so many bytes from where they start.
func (w *Walk) Run(layout *broadcast.Layout, i, dst, a, b int) {
	switch w.way {
	case laidOut:
		w.runMoves(layout, dst, a, b)
		return
	case inPlaces:
		// Hidden: as runMoves.
		hidden := (*Walk)(Hidden(unsafe.Pointer(w)))
		// Hidden: as above.
		w.rule.On.Moves.placed(hidden, (*broadcast.Layout)(Hidden(unsafe.Pointer(layout))), dst, a, b)
		return
	case inBoxes:
		// Hidden: as runMoves.
		hidden := (*Walk)(Hidden(unsafe.Pointer(w)))
		// Hidden: as above.
		w.rule.On.Moves.boxes(hidden, (*broadcast.Layout)(Hidden(unsafe.Pointer(layout))), dst, a, b)
		return
	}
	if i == w.outer {
		w.calls(dst, a, b)
		return
	}
	if i == w.down {
		if rows := w.band(layout); rows < w.nest.Rows {
			part := *w
			for r := 0; r < w.nest.Rows; r += part.nest.Rows {
				part.nest.Rows = piece(w.nest.Rows-r, rows, kernel.TileRows)
				dst, a, b := w.at(r, 0, dst, a, b)
				part.Run(layout, i, dst, a, b)
			}
			return
		}
	}
	loop := w.around(layout, i)
	dstStep, aStep, bStep := w.steps(loop)
	if i == w.outer-1 && i >= w.down && w.joins(loop) {
		w.runJoined(loop, dst, a, b)
		return
	}
	if i == w.outer-1 && w.direct() {
		var nest kernel.Nest
		w.like(&nest)
		for range loop.Extent {
			w.call(dst, a, b, &nest)
			dst, a, b = dst+dstStep, a+aStep, b+bStep
		}
		return
	}
	for range loop.Extent {
		w.Run(layout, i+1, dst, a, b)
		dst, a, b = dst+dstStep, a+aStep, b+bStep
	}
}

// calls hands the nest to the kernel in the way that suits it.
func (w *Walk) calls(dst, a, b int) {
	switch w.way {
	case straight:
		w.pieces(dst, a, b)
	case tiled:
		w.tiles(dst, a, b)
	case repeating:
		w.repeat(dst, a, b)
	case turned:
		w.turn(dst, a)
	case laidOut:
		w.runMoves(nil, dst, a, b)
	}
}

// pieces hands the nest to the kernel, piece by piece if it is large.
func (w *Walk) pieces(dst, a, b int) {
	var piece kernel.Nest
	w.like(&piece)
	if w.cols == w.nest.Cols && w.rows == w.nest.Rows {
		w.call(dst, a, b, &piece)
		return
	}
	for r := 0; r < w.nest.Rows; r += w.rows {
		piece.Rows = min(w.rows, w.nest.Rows-r)
		for c := 0; c < w.nest.Cols; c += w.cols {
			piece.Cols = min(w.cols, w.nest.Cols-c)
			w.call(dst+r*piece.DstRow+c*piece.DstCol, a+r*piece.ARow+c*piece.ACol, b+r*piece.BRow+c*piece.BCol, &piece)
		}
	}
}

// call hands a nest of the caller's to the walk's kernel.
func (w *Walk) call(dst, a, b int, nest *kernel.Nest) { w.callBy(w.kernel, dst, a, b, nest) }

// like makes a nest that of w, without where it starts: word by word, since what was just written so
// is waited for if it is copied by halves.
func (w *Walk) like(nest *kernel.Nest) {
	n := &w.nest
	nest.Cols, nest.Rows = n.Cols, n.Rows
	nest.DstCol, nest.ACol, nest.BCol = n.DstCol, n.ACol, n.BCol
	nest.DstRow, nest.ARow, nest.BRow = n.DstRow, n.ARow, n.BRow
}

// callBy hands a nest of the caller's to a kernel, once it has moved it to where the
// operands are, so many bytes from where w starts. It must not be inlined, as CallNest.
//
//go:noinline
func (w *Walk) callBy(by kernel.Func, dst, a, b int, nest *kernel.Nest) {
	nest.Dst, nest.A, nest.B = unsafe.Add(w.nest.Dst, dst), unsafe.Add(w.nest.A, a), unsafe.Add(w.nest.B, b)
	by(HideNest(nest))
}

// CallNest hands a nest to a kernel. A stop-the-world that finds assembly running waits for the
// next function that begins by looking whether it is to stop; this is one, so it must not be inlined.
//
//go:noinline
func CallNest(by kernel.Func, nest *kernel.Nest) { by(HideNest(nest)) }
