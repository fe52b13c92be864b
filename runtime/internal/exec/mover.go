package exec

import (
	"math/bits"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A mover is how an operand of a block comes to lie side by side in scratch memory, or a result to lie
// apart. Which it is follows from the motion alone:
//
//	side by side, or one constant in a row   it stays
//	the same short row in all rows           laid out once
//	three of four channels                   x, ox
//	a column of narrow rows                  c
//	along the columns                        t, or ta if they are few
//	any other step                           r, 2, 3, …, i, or that of out
type mover struct {
	by      *kernel.Entry  // copies between the array and scratch memory; nil if nothing does
	edges   kernel.Func    // for blocks without a whole tile, of a kernel that takes those alone
	repeats bool           // a row that is the same in all is laid out for each of them
	size    int            // of an element
	bytes   int            // of scratch memory
	scratch unsafe.Pointer // nil where the array stays
	brought unsafe.Pointer // what is there, of an operand whose rows are the same
	width   int            // of that, in columns
}

const (
	narrowFrom = 5  // columns of narrow rows: fewer have patterns of their own
	narrowMost = 12 // bytes of them that are worth it, at most
	Channels   = 3  // of four
)

// from sets the mover of an operand of a nest, whose size is set.
func (x *mover) from(r Rule, of *kernel.Operand, col, row, cols, rows int) {
	size, same := x.size, row == 0 && rows > 1
	pattern := kernel.FromI
	switch {
	case same && col != 0 && cols*size <= RepeatRow:
		if x.repeats = true; col == size {
			return
		}
		pattern = SteppingBy(col, int32(size)).From
	case col == size && SkipsChannel(size, row, cols):
		pattern = kernel.FromX
	case col == 0 && row == size && cols >= narrowFrom && cols*size <= narrowMost:
		pattern = kernel.FromC
	case col == size || col == 0:
		return
	case row == size && rows >= kernel.TileRows && cols >= kernel.TileCols:
		pattern = kernel.FromT
	case row == size && zips(rows, cols, size):
		pattern = kernel.FromTA
	default:
		pattern = SteppingBy(col, int32(size)).From
	}
	x.copyBy(r.Copies(of), pattern)
}

// to sets the mover of out.
func (x *mover) to(r Rule, col, row, cols int) {
	switch size := x.size; {
	case col != size:
		x.copyBy(r.Copies(&r.Out), SteppingBy(col, int32(size)).To)
	case SkipsChannel(size, row, cols):
		x.copyBy(r.Copies(&r.Out), kernel.ToX)
	}
}

// zips reports whether so many columns are few, and rows enough, to be zipped to rows that follow each other
// by kernels that short elements have.
func zips(rows, cols, size int) bool {
	return size <= ShortMost && cols > 1 && cols <= kernel.TileCols && rows*size >= kernel.LineBytes
}

// SkipsChannel reports whether rows of elements side by side are three of four channels.
func SkipsChannel(size, row, cols int) bool { return cols == Channels && row == (Channels+1)*size }

// copyBy has the kernel of a pattern copy. What lies side by side, or is a constant of a row, stays
// where there is none of that very pattern.
func (x *mover) copyBy(r Rule, pattern kernel.Pattern) {
	by := r.Entries()
	switch pattern {
	case kernel.FromX, kernel.ToX, kernel.FromC:
		if by[pattern].Pattern != pattern {
			return
		}
	case kernel.FromT, kernel.FromTA:
		x.edges = by[kernel.FromI].Func
	}
	x.by = &by[pattern]
}

// moves reports whether the array does not stay.
func (x *mover) moves() bool { return x.by != nil || x.repeats }

// adjoins reports whether rows of so many columns, so many bytes from one to the next, follow each
// other in a block.
func (x *mover) adjoins(row, cols int) bool { return x.moves() || row == cols*x.size }

// each returns the bytes of an element in scratch memory.
func (x *mover) each() int {
	if x.moves() {
		return x.size
	}
	return 0
}

// touches returns the bytes of an array that a block touches for each element. Columns that are turned
// use up their lines.
func (x *mover) touches(col int) int {
	if x.edges != nil {
		return x.size
	}
	return min(Distance(col), TileLine)
}

// room returns the bytes, in whole cache lines, of so many elements in scratch memory.
func (x *mover) room(elements int) int {
	x.bytes = (x.each()*elements + TileLine - 1) / TileLine * TileLine
	return x.bytes
}

// place gives scratch memory to the mover, if it takes some, and returns where what is left begins.
func (x *mover) place(at unsafe.Pointer) unsafe.Pointer {
	if !x.moves() {
		return at
	}
	x.scratch = at
	return unsafe.Add(at, x.bytes)
}

// bring has an operand that is moved lie side by side, of a block of so many columns and rows that
// starts somewhere, and returns where it does. Rows that are the same are brought once: most is the rows of
// the largest block.
func (x *mover) bring(at unsafe.Pointer, col, row, cols, rows, most int) (to unsafe.Pointer, toCol, toRow int) {
	to, toCol, toRow = x.scratch, x.size, cols*x.size
	if row != 0 {
		x.copy(to, toCol, toRow, at, col, row, cols, rows)
		return to, toCol, toRow
	}
	if at != x.brought || cols != x.width {
		x.brought, x.width = at, cols
		if x.by != nil {
			x.copy(to, toCol, toRow, at, col, row, cols, 1)
			at = to
		}
		if x.repeats {
			layOut(to, at, toRow, most*toRow)
		}
	}
	if !x.repeats {
		toRow = 0
	}
	return to, toCol, toRow
}

// copy calls the kernel.
func (x *mover) copy(dst unsafe.Pointer, dstCol, dstRow int, a unsafe.Pointer, aCol, aRow, cols, rows int) {
	var n kernel.Nest // word by word, see Small
	n.Dst, n.DstCol, n.DstRow, n.A, n.ACol, n.ARow, n.Cols, n.Rows = dst, dstCol, dstRow, a, aCol, aRow, cols, rows
	switch {
	case x.edges == nil:
	case x.by.Pattern == kernel.FromT:
		Tiles(x.by.Func, x.edges, &n)
		return
	case !zips(rows, cols, x.size):
		x.edges(HideNest(&n))
		return
	}
	joinRows(&n)
	CallNest(x.by.Func, &n)
}

// joinRows makes rows that follow each other one row.
func joinRows(n *kernel.Nest) {
	if n.Rows > 1 && n.DstRow == n.Cols*n.DstCol && n.ARow == n.Cols*n.ACol && n.BRow == n.Cols*n.BCol {
		n.Cols, n.Rows = n.Cols*n.Rows, 1
	}
}

// layOut repeats a row of so many bytes until there are so many.
func layOut(to, from unsafe.Pointer, row, bytes int) {
	buffer := unsafe.Slice((*byte)(to), bytes)
	for filled := copy(buffer, unsafe.Slice((*byte)(from), row)); filled < bytes; {
		filled += copy(buffer[filled:], buffer[:filled])
	}
}

// Tiles copies a nest by a kernel of whole tiles, or by one that takes edges if it has none.
func Tiles(by, edges kernel.Func, n *kernel.Nest) {
	switch {
	case (n.Rows-kernel.TileRows)|(n.Cols-kernel.TileCols) < 0:
		edges(HideNest(n))
	case n.Rows&(kernel.TileRows-1)|n.Cols&(kernel.TileCols-1) == 0:
		by(HideNest(n))
	default:
		ragged(by, n)
	}
}

// ragged is tiles of a nest whose last tiles overlap those before.
func ragged(by kernel.Func, n *kernel.Nest) {
	var part kernel.Nest
	part.DstRow, part.ARow, part.DstCol, part.ACol = n.DstRow, n.ARow, n.DstCol, n.ACol
	cover(n.Rows, n.Cols, kernel.TileRows, kernel.TileCols, func(row, col, rows, cols int) {
		part.Rows, part.Cols = rows, cols
		part.Dst = unsafe.Add(n.Dst, row*n.DstRow+col*n.DstCol)
		part.A = unsafe.Add(n.A, row*n.ARow+col*n.ACol)
		by(HideNest(&part))
	})
}

// SteppingBy returns the patterns of a step of so many bytes.
func SteppingBy(bytes int, size int32) *kernel.Stepping {
	if bytes&int(size-1) != 0 {
		return kernel.SteppingBy(kernel.AnyStep)
	}
	return kernel.SteppingBy(bytes >> bits.TrailingZeros32(uint32(size))) // a division takes ten times as long
}
