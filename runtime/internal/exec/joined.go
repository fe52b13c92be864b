package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Several nests of a transposed operand go through scratch memory together where the rows of out and
// b, which are short, continue from one to the next: so there are longer rows to multiply.

const joinedCols = 256 // columns of all of them

// joined multiplies so many blocks, of which a is so many bytes from one to the next, and the rows of
// out and b continue: each is transposed, and all are multiplied as one.
func (w *Walk) joined(scratch unsafe.Pointer, rows, cols, blocks, step, dst, a, b int) {
	n, transpose, row := &w.nest, w.rule.On.Entries(w.rule.A.Move)[kernel.FromT].Func, cols*w.wide
	nest := kernel.Nest{Cols: cols, Rows: rows, DstRow: blocks * row, ARow: n.ARow, DstCol: w.wide, ACol: n.ACol}
	for i := range blocks {
		nest.Dst, nest.A = unsafe.Add(scratch, i*row), unsafe.Add(n.A, a+i*step)
		Tiles(transpose, nil, &nest)
	}
	multiply := w.rule.Entries()[kernel.VV].Func
	if w.reach == Past && n.Dst != n.B {
		multiply = w.rule.Entries()[kernel.VVN].Func
	}
	nest = kernel.Nest{Dst: unsafe.Add(n.Dst, dst), A: scratch, B: unsafe.Add(n.B, b), Cols: blocks * cols, Rows: rows, DstRow: n.DstRow, ARow: blocks * row, BRow: n.BRow, DstCol: w.wide, ACol: w.wide, BCol: w.wide}
	multiply(HideNest(&nest))
}

// joins reports whether rows of out and b that are short continue along a loop around the nest.
func (w *Walk) joins(loop *broadcast.Loop) bool {
	n := &w.nest
	dst, _, b := w.steps(loop)
	return w.way == tiled && w.wide < kernel.DirectSize && w.rule.On.Moves.join != nil && !w.both() && n.Cols <= joinedCols/2 && n.Rows >= kernel.TileRows &&
		dst == n.Cols*n.DstCol && b == n.Cols*n.BCol
}

// runJoined is join by way of the Site, which long elements have none of.
func (w *Walk) runJoined(loop *broadcast.Loop, dst, a, b int) {
	// Hidden: join keeps neither.
	hidden := (*Walk)(Hidden(unsafe.Pointer(w)))
	// Hidden: as above.
	w.rule.On.Moves.join(hidden, (*broadcast.Loop)(Hidden(unsafe.Pointer(loop))), dst, a, b)
}

// join multiplies the nests of a loop along which rows continue.
func (w *Walk) join(loop *broadcast.Loop, dst, a, b int) {
	var words [(TileLine*joinedCols + TileLine) / 8]uint64
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	scratch := Hidden(unsafe.Pointer(&words))
	scratch = unsafe.Add(scratch, -uintptr(scratch)%TileLine)
	n, m := 0, 0
	_, step, _ := w.steps(loop)
	for r := 0; r < w.nest.Rows; r += m {
		m = piece(w.nest.Rows-r, TileLine/w.wide, kernel.TileRows)
		dst, a, b := w.at(r, 0, dst, a, b)
		for i := 0; i < loop.Extent; i += n {
			n = min(joinedCols/w.nest.Cols, loop.Extent-i)
			w.joined(scratch, m, w.nest.Cols, n, step, dst, a, b)
			dst, a, b = dst+n*w.nest.Cols*w.nest.DstCol, a+n*step, b+n*w.nest.Cols*w.nest.BCol
		}
	}
}
