package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Execution knows neither dtypes nor ranks: it hands a kernel the two
// innermost loops of a layout at a time, in bytes, and walks the loops around.

// kernels are those of one rule at one level, by pattern.
type kernels = [kernel.NumPatterns]kernel.Entry

// rule is a rule at a level.
type rule struct {
	*kernel.Rule
	level Level
}

// mulOf returns the rule by which elements of type T are multiplied, at the active level.
func mulOf[T Element]() rule { return rule{generated.MulOf[T]()(), active.Level} }

func (r rule) kernels() *kernels { return &r.Kernels[r.level] }

// moves returns the kernels that copy what the rule multiplies.
func (r rule) moves() *kernels { return &r.A.Move.Kernels[r.level] }

// size returns the bytes of an element.
func (r rule) size() int { return r.Out.Size }

// walk is a kernel with the way it takes through memory. Once set it is only read.
type walk struct {
	kernel     kernel.Func
	nest       kernel.Nest
	cols, rows int               // of the nest that one call handles
	row        int               // bytes that a row costs beside its elements
	outer      int               // loops of the layout around the nest
	ka, kb     broadcast.Operand // which operands the kernel's a and b are
	size       int               // of an element, in bytes
	reach      reach             // of the whole multiply
	tiled      bool              // a is transposed and goes in tiles
	period     int               // if not 0, short rows go as a run in which b repeats after so many bytes
	rule       rule
}

// noLoop stands for a loop that a layout does not have.
var noLoop = broadcast.Loop{Extent: 1, Stride: [3]int{1, 1, 1}}

// set prepares w to walk a layout that is not empty, and returns the kernel's
// entry. The base pointers are the operands' elements (0,…,0).
func (w *walk) set(r rule, layout *broadcast.Layout, reach reach, out, a, b unsafe.Pointer) *kernel.Entry {
	size := r.size()
	outer, inner := &noLoop, &noLoop
	if layout.Rank > 0 {
		inner = layout.At(layout.Rank - 1)
	}
	if layout.Rank > 1 {
		outer = layout.At(layout.Rank - 2)
	}
	w.outer = max(layout.Rank-2, 0)
	w.nest.Dst = unsafe.Add(out, layout.Offset[broadcast.Out]*size)
	w.nest.A = unsafe.Add(a, layout.Offset[broadcast.A]*size)
	w.nest.B = unsafe.Add(b, layout.Offset[broadcast.B]*size)
	return w.setNest(r, outer, inner, reach)
}

// setNest prepares w to walk the two loops of a normal form that are innermost, the
// operands starting where its nest says. It returns the kernel's entry.
//
// The result is written past the caches if it reaches there and that can be done.
func (w *walk) setNest(r rule, outer, inner *broadcast.Loop, reach reach) *kernel.Entry {
	size := r.size()
	pattern, swap := patternOf(outer, inner, size)
	if pattern == kernel.FromT && size >= tileSize {
		pattern = kernel.II
	}
	w.rule, w.size, w.reach = r, size, reach
	w.ka, w.kb = broadcast.A, broadcast.B
	if swap {
		w.nest.A, w.nest.B, w.ka, w.kb = w.nest.B, w.nest.A, w.kb, w.ka
	}
	w.nest.Cols, w.nest.Rows = inner.Extent, outer.Extent
	w.nest.DstCol, w.nest.ACol, w.nest.BCol = w.steps(inner)
	w.nest.DstRow, w.nest.ARow, w.nest.BRow = w.steps(outer)
	row := w.nest.Cols * size
	run, oneCall := row, false
	w.row, w.cols, w.rows = rowBytes, w.nest.Cols, w.nest.Rows
	switch pattern {
	case kernel.VV:
		if repeatable(&w.nest, size) {
			pattern, w.period = repeatPattern(row, w.nest.Rows, reach)
			run *= w.nest.Rows
		}
	case kernel.VC2, kernel.VC3, kernel.VC4:
		w.row = size // all rows are one run, with an element of b for each
		run *= w.nest.Rows
	case kernel.FromT:
		pattern = w.tilePattern()
		if w.tiled = pattern == kernel.FromT; w.tiled {
			pattern = kernel.VV
		}
		oneCall = !w.tiled
	}
	if reach == past {
		pattern = bypassing(pattern, run, w.nest.DstRow, size, w.nest.Dst, w.nest.A, w.nest.B)
	}
	entry := entryFor(r.kernels(), pattern, run, reach)
	if (w.nest.Dst == w.nest.A || w.nest.Dst == w.nest.B) && entry.Half != nil && w.stalls(row) {
		entry = entry.Half
	}
	w.kernel = entry.Func
	if !oneCall && (row >= stayBytes || !w.brief()) { // few nests: to call bound costs as much as a row
		w.bound()
	}
	return entry
}

// stalls reports whether rows of so many bytes, multiplied in place, would wait for each
// other: kernels of 64-byte vectors store what is left of a row under a mask of 16 or 32
// bytes, and a load of what lies behind the mask, the next row, waits for such a store.
func (w *walk) stalls(row int) bool {
	n, left := &w.nest, row&(tileLine-1)
	masked := left > 0 && left < tileLine/2 && left != tileLine/4
	return masked && row < stallRow && n.Rows > 1 && w.period == 0 && distance(n.DstRow) < row+tileLine
}

// stallRow is the number of bytes from which on a row takes longer than a stall.
const stallRow = 1024

// entryFor returns the entry for rows of so many bytes.
func entryFor(from *kernels, pattern kernel.Pattern, bytes int, reach reach) *kernel.Entry {
	entry := &from[pattern]
	if active.Halves && entry.Half != nil && bytes >= int(entry.HalfFrom) && (reach != near || !entry.HalfFar) {
		return entry.Half
	}
	return entry
}

// direct reports whether one call of the kernel does a nest.
func (w *walk) direct() bool {
	return !w.tiled && w.period == 0 && w.cols == w.nest.Cols && w.rows == w.nest.Rows
}

// once reports whether one call of the kernel is all there is to do for a nest.
func (w *walk) once() bool { return w.reach != past && w.direct() }

// steps returns the bytes that the kernel's operands move by along a loop.
func (w *walk) steps(loop *broadcast.Loop) (dst, a, b int) {
	return loop.Stride[broadcast.Out] * w.size, loop.Stride[w.ka] * w.size, loop.Stride[w.kb] * w.size
}

// multiply does all that w was set for, of a layout or, if it has no more than the nest,
// of none.
func (w *walk) multiply(layout *broadcast.Layout) {
	w.run(layout, 0, 0, 0, 0)
	w.reach.fence()
}

// run walks the loops of the layout that w was set for, from loop i inwards,
// the operands being so many bytes from where they start.
func (w *walk) run(layout *broadcast.Layout, i, dst, a, b int) {
	if i == w.outer {
		w.calls(dst, a, b)
		return
	}
	loop := layout.At(i)
	dstStep, aStep, bStep := w.steps(loop)
	if i == w.outer-1 && w.direct() {
		nest := w.nest
		for range loop.Extent {
			w.call(dst, a, b, &nest)
			dst, a, b = dst+dstStep, a+aStep, b+bStep
		}
		return
	}
	for range loop.Extent {
		w.run(layout, i+1, dst, a, b)
		dst, a, b = dst+dstStep, a+aStep, b+bStep
	}
}

// calls hands the nest to the kernel in the way that suits it.
func (w *walk) calls(dst, a, b int) {
	switch {
	case w.period > 0:
		w.repeat(dst, a, b)
		return
	case w.tiled:
		w.tiles(dst, a, b)
		return
	}
	w.pieces(dst, a, b)
}

// pieces hands the nest to the kernel, piece by piece if it is large.
func (w *walk) pieces(dst, a, b int) {
	piece := w.nest
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
func (w *walk) call(dst, a, b int, nest *kernel.Nest) { w.callBy(w.kernel, dst, a, b, nest) }

// callBy hands a nest of the caller's to a kernel, once it has moved it to where the
// operands are, so many bytes from where w starts. A stop-the-world that finds assembly
// running waits for the next function that begins by looking whether it is to stop; this
// is one, so it must not be inlined.
//
//go:noinline
func (w *walk) callBy(kernel kernel.Func, dst, a, b int, nest *kernel.Nest) {
	nest.Dst, nest.A, nest.B = unsafe.Add(w.nest.Dst, dst), unsafe.Add(w.nest.A, a), unsafe.Add(w.nest.B, b)
	kernel(hideNest(nest))
}

// flat multiplies n elements that lie side by side, by as many (VV) or by one (VC).
func flat(r rule, pattern kernel.Pattern, dst, a, b unsafe.Pointer, n int) {
	size := r.size()
	if n > wholeBytes/16 && n*size > wholeBytes {
		operands := 3
		if pattern == kernel.VC {
			operands = 2
		}
		reach := reachOf(n*size, operands*n*size)
		if reach == past {
			pattern = bypassing(pattern, n*size, n*size, size, dst, a, b)
		}
		w := walk{kernel: entryFor(r.kernels(), pattern, n*size, reach).Func, size: size, reach: reach}
		w.nest = kernel.Nest{Dst: dst, A: a, B: b, Cols: n, Rows: 1, DstCol: size, ACol: size}
		if operands == 3 {
			w.nest.BCol = size
		}
		w.bound()
		w.multiply(nil)
		return
	}
	var nest kernel.Nest
	nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = dst, a, b, n, 1 // see mulRun
	entryFor(r.kernels(), pattern, n*size, near).Func(hideNest(&nest))
}
