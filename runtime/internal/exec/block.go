package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A nest that is one block needs no list of steps, see pipeline: an operand that does not lie as a
// kernel takes it is gathered by one call, another multiplies, and a third scatters a result that lies
// apart. To lay steps would take longer than they do.

// oneBlock multiplies the nest of w, so many bytes from where it starts, if it is no more than a
// block and its rows gain nothing by more steps, and reports whether it did.
func (w *walk) oneBlock(dst, a, b int) bool {
	n, r := &w.nest, &w.rule
	all := n.Cols * n.Rows
	if all*w.wide > pipeBytes || w.reach == past || n.ACol == 0 && n.BCol == 0 ||
		n.Rows > 1 && (n.ARow == 0 || n.BRow == 0) && n.Cols*w.wide <= repeatRow || n.Rows > 1 && n.Cols <= 4 ||
		spanOf(n.DstCol, n.DstRow, n)+spanOf(n.ACol, n.ARow, n)+spanOf(n.BCol, n.BRow, n) > callPages/2*pageBytes {
		return false
	}
	scratch := 0
	if apart(n.DstCol, r.Out.Size) {
		scratch += inLines(all * r.Out.Size)
	}
	if apart(n.ACol, r.A.Size) {
		scratch += inLines(all * r.A.Size)
	}
	if apart(n.BCol, r.B.Size) {
		scratch += inLines(all * r.B.Size)
	}
	switch {
	case scratch <= 512:
		blockOn[[512 + tileLine]byte](w, dst, a, b)
	case scratch <= 1<<10:
		blockOn[[1<<10 + tileLine]byte](w, dst, a, b)
	case scratch <= 2<<10:
		blockOn[[2<<10 + tileLine]byte](w, dst, a, b)
	case scratch <= 4<<10:
		blockOn[[4<<10 + tileLine]byte](w, dst, a, b)
	case scratch <= pipeScratch:
		blockOn[[pipeScratch + tileLine]byte](w, dst, a, b)
	default:
		return false
	}
	return true
}

// apart reports whether elements neither lie side by side nor are one that repeats.
func apart(step, size int) bool { return step != size && step != 0 }

// inLines rounds bytes up to whole cache lines.
func inLines(bytes int) int { return (bytes + tileLine - 1) / tileLine * tileLine }

// spanOf returns how far apart the elements of an operand of a nest lie.
func spanOf(col, row int, n *kernel.Nest) int { return distance(col)*n.Cols + distance(row)*n.Rows }

// blockOn is block with scratch memory on the stack, see runOn.
func blockOn[S any](w *walk, dst, a, b int) {
	var scratch S
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	w.block(Hidden(unsafe.Pointer(&scratch)), dst, a, b)
}

// block multiplies the nest of w as a block, from scratch memory that has room for all that lies apart.
func (w *walk) block(scratch unsafe.Pointer, dst, a, b int) {
	scratch = unsafe.Add(scratch, -uintptr(scratch)%tileLine)
	var n kernel.Nest // word by word, see Small
	n.Dst, n.A, n.B, n.Cols, n.Rows = unsafe.Add(w.nest.Dst, dst), unsafe.Add(w.nest.A, a), unsafe.Add(w.nest.B, b), w.nest.Cols, w.nest.Rows
	n.DstRow, n.ARow, n.BRow = w.nest.DstRow, w.nest.ARow, w.nest.BRow
	n.DstCol, n.ACol, n.BCol = w.nest.DstCol, w.nest.ACol, w.nest.BCol
	if size := w.rule.A.Size; apart(n.ACol, size) {
		n.A, n.ARow = w.gather(&w.rule.A, scratch, n.A, n.ACol, n.ARow)
		n.ACol, scratch = size, unsafe.Add(scratch, inLines(n.Cols*n.Rows*size))
	}
	if size := w.rule.B.Size; apart(n.BCol, size) {
		n.B, n.BRow = w.gather(&w.rule.B, scratch, n.B, n.BCol, n.BRow)
		n.BCol, scratch = size, unsafe.Add(scratch, inLines(n.Cols*n.Rows*size))
	}
	pattern := kernel.VV
	switch {
	case n.BCol == 0:
		pattern = kernel.VC
	case n.ACol == 0:
		pattern = kernel.CV
	}
	to, size := n, w.rule.Out.Size
	if apart(n.DstCol, size) {
		n.Dst, n.DstRow, n.DstCol = scratch, n.Cols*size, size
	}
	if pattern == kernel.VV {
		joinRows(&n)
	}
	callOnce(w.rule.entryFor(pattern, n.Cols*w.wide, nearest).Func, &n)
	if to.DstCol != size {
		to.A, to.ARow, to.ACol = scratch, to.Cols*size, size
		to.B, to.BRow, to.BCol = to.A, to.ARow, to.ACol
		callOnce(w.rule.copies(&w.rule.Out).kernels()[steppingBy(to.DstCol, int32(size)).To].Func, &to)
	}
}

// gather copies an operand of the nest of w to scratch memory, and returns where it is and how far
// apart its rows are.
func (w *walk) gather(of *kernel.Operand, to, from unsafe.Pointer, col, row int) (at unsafe.Pointer, apart int) {
	by, size := w.rule.copies(of).kernels(), of.Size
	n := kernel.Nest{Dst: to, A: from, B: from, Cols: w.nest.Cols, Rows: w.nest.Rows, DstCol: size, ACol: col, BCol: col}
	if row == 0 {
		n.Rows = 1
	} else {
		apart = n.Cols * size
	}
	n.DstRow, n.ARow, n.BRow = apart, row, row
	if row == size && n.Rows >= kernel.TileRows && n.Cols >= kernel.TileCols {
		tiles(by[kernel.FromT].Func, by[kernel.FromI].Func, &n)
		return to, apart
	}
	joinRows(&n)
	callOnce(by[steppingBy(col, int32(size)).From].Func, &n)
	return to, apart
}

// joinRows makes rows that follow each other one row.
func joinRows(n *kernel.Nest) {
	if n.Rows > 1 && n.DstRow == n.Cols*n.DstCol && n.ARow == n.Cols*n.ACol && n.BRow == n.Cols*n.BCol {
		n.Cols, n.Rows = n.Cols*n.Rows, 1
	}
}

// callOnce begins by looking whether it is to stop, see walk.callBy.
//
//go:noinline
func callOnce(by kernel.Func, nest *kernel.Nest) { by(HideNest(nest)) }
