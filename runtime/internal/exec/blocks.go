package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// What a rule has no kernel for goes in blocks. Of each block, operands that do not lie as a
// kernel takes them, side by side or as a constant of a row, are gathered into scratch memory;
// they are multiplied there, in the first-level cache; and a result that lies apart is scattered
// from there. So kernels that know a rule meet kernels that know a layout, which copy elements
// of a size whatever they mean.
//
// What happens to a block is a list of steps between streams. A copy is a list of one.

const (
	blockOf      = 8 << 10  // bytes of the widest elements of a block
	scratchBytes = 16 << 10 // of all that is gathered, at the most
	columnNear   = 128      // bytes of a column, at the least, of a block of what is turned
	columnPast   = 256      // the same where it comes from memory, where each column is a page
	blockCols    = 32       // of which the columns of a block are a multiple
	stageFrom    = 64       // elements of a nest from which on it goes in blocks
)

// A stream is elements of a block in memory: at is that of row 0 and column 0. Scratch memory
// is fixed: it is the same for all blocks.
type stream struct {
	at             unsafe.Pointer
	col, row, size int
	fixed          bool
}

// element returns where the element of a row and column of the nest is.
func (s *stream) element(row, col int) unsafe.Pointer {
	if s.fixed {
		return s.at
	}
	return unsafe.Add(s.at, row*s.row+col*s.col)
}

// turned reports whether a stream runs along the columns of the nest.
func (s *stream) turned() bool { return s.row == s.size && s.col != s.size && s.col != 0 }

// follows reports whether rows of so many columns lie side by side, as their elements do.
func (s *stream) follows(cols int) bool { return s.col == s.size && s.row == cols*s.size }

// streams are those of out, a and b as they lie, and then of the same in scratch memory.
type streams [6]stream

// inScratch is what is added to the number of a stream for the one in scratch memory.
const inScratch = 3

// A step is done with each block: a kernel takes streams a and b to dst. One that copies takes a.
type step struct {
	kernel    kernel.Func
	edges     kernel.Func // for rows and columns that make no whole tile, of a kernel that takes those alone
	dst, a, b uint8
}

// steps are those of a block, in order.
type steps struct {
	list [4]step
	n    int
}

// add adds a step from streams a and b to dst.
func (s *steps) add(by kernel.Func, dst, a, b uint8) *step {
	d := &s.list[s.n]
	d.kernel, d.dst, d.a, d.b = by, dst, a, b
	s.n++
	return d
}

// set makes s the streams of out, a and b of the nest of w, which begin so many bytes from
// where w starts.
func (s *streams) set(w *walk, dst, a, b int) {
	n := &w.nest
	s[0].set(unsafe.Add(n.Dst, dst), n.DstCol, n.DstRow, w.rule.Out.Size)
	s[1].set(unsafe.Add(n.A, a), n.ACol, n.ARow, w.rule.A.Size)
	s[2].set(unsafe.Add(n.B, b), n.BCol, n.BRow, w.rule.B.Size)
}

// set is field by field: to wait for one that was just built and copy it takes longer.
func (s *stream) set(at unsafe.Pointer, col, row, size int) {
	s.at, s.col, s.row, s.size = at, col, row, size
}

// through tells which of the streams go through scratch memory: an out that lies apart, and
// operands that lie otherwise than kernels of all rules take them. Of two constants in a row
// one is laid out.
func (s *streams) through() (through [3]bool) {
	apart := func(s *stream) bool { return s.col != s.size && s.col != 0 }
	return [3]bool{s[0].col != s[0].size, apart(&s[1]) || s[1].col == 0 && s[2].col == 0, apart(&s[2])}
}

// stage sets w to go in blocks, or one element at a time if there are few, and returns the entry
// of the kernel that multiplies.
func (w *walk) stage() *kernel.Entry {
	n, from := &w.nest, w.rule.kernels()
	if n.ACol == 0 && n.BCol != 0 && w.rule.Commutes {
		w.swap()
	}
	w.cols, w.rows = n.Cols, n.Rows
	if n.Cols*n.Rows < stageFrom {
		w.kernel = from[kernel.II].Func
		w.bound()
		return &from[kernel.II]
	}
	w.way = staged
	pattern := kernel.VV
	switch {
	case n.BCol == 0:
		pattern = kernel.VC
	case n.ACol == 0:
		pattern = kernel.CV
	}
	var s streams
	s.set(w, 0, 0, 0)
	through := s.through()
	w.cols, w.rows = w.blockOf(&s, through)
	if w.reach == past && !through[broadcast.Out] && w.ofLines() {
		pattern = w.bypassing(pattern, w.cols*w.wide)
	}
	entry := w.rule.entryFor(pattern, w.cols*w.wide, near)
	w.kernel = entry.Func
	return entry
}

// ofLines reports whether no two blocks share a cache line of out, but where rows do.
func (w *walk) ofLines() bool {
	n := &w.nest
	seams := int(uintptr(n.Dst)) | w.cols*w.rule.Out.Size
	if n.Rows > 1 {
		seams |= n.DstRow
	}
	return w.cols == n.Cols || seams%tileLine == 0
}

// blockOf returns how many columns and rows a block has.
func (w *walk) blockOf(s *streams, through [3]bool) (cols, rows int) {
	most, scratch, high, column := blockOf/w.wide, 0, 1, columnNear
	if w.reach == past {
		column = columnPast
	}
	for i := range through {
		if !through[i] {
			continue
		}
		scratch += s[i].size
		if s[i].turned() {
			high = max(high, column/s[i].size)
		}
	}
	most = min(most, scratchBytes/scratch)
	cols = min(w.nest.Cols, max(most/min(high, w.nest.Rows)/blockCols, 1)*blockCols)
	return withinPages(&w.nest, cols, min(w.nest.Rows, most/cols))
}

// blockwise does the nest of w, which is staged, block by block.
func (w *walk) blockwise(dst, a, b int) {
	var s streams
	s.set(w, dst, a, b)
	if w.rule.isCopy() {
		var list steps
		list.add(w.kernel, 0, 1, 1).edges = w.rule.kernels()[kernel.FromI].Func
		w.each(&s, &list)
		return
	}
	through := s.through()
	scratch := 0
	for i := range through {
		if through[i] {
			scratch += s[i].size
		}
	}
	switch bytes := scratch * w.cols * w.rows; {
	case bytes <= 1<<10:
		blocksOn[[1<<10 + scratchMore]byte](w, &s, through)
	case bytes <= 2<<10:
		blocksOn[[2<<10 + scratchMore]byte](w, &s, through)
	case bytes <= 4<<10:
		blocksOn[[4<<10 + scratchMore]byte](w, &s, through)
	case bytes <= 8<<10:
		blocksOn[[8<<10 + scratchMore]byte](w, &s, through)
	default:
		blocksOn[[scratchBytes + scratchMore]byte](w, &s, through)
	}
}

// scratchMore is what three streams and the start of the first one take to begin at a cache line.
const scratchMore = 4 * tileLine

// blocksOn is blockwise in a variable of type S on the stack: what is not needed costs time, as Go
// clears it.
func blocksOn[S any](w *walk, s *streams, through [3]bool) {
	var scratch S
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	w.blocksIn(Hidden(unsafe.Pointer(&scratch)), s, through)
}

// blocksIn is blockwise in scratch memory that has room for a block of what goes through it.
func (w *walk) blocksIn(scratch unsafe.Pointer, s *streams, through [3]bool) {
	var list steps
	scratch = unsafe.Add(scratch, -uintptr(scratch)%tileLine)
	for i := range through {
		if !through[i] {
			continue
		}
		size := s[i].size
		s[i+inScratch].set(scratch, size, 0, size)
		s[i+inScratch].fixed = true
		scratch = unsafe.Add(scratch, (w.cols*w.rows*size+tileLine-1)/tileLine*tileLine)
	}
	dst, a, b := uint8(0), uint8(1), uint8(2)
	if through[1] {
		a += inScratch
		w.move(&list, s, &w.rule.A, a, 1)
	}
	if through[2] {
		b += inScratch
		w.move(&list, s, &w.rule.B, b, 2)
	}
	if through[0] {
		dst += inScratch
	}
	list.add(w.kernel, dst, a, b)
	if through[0] {
		w.move(&list, s, &w.rule.Out, 0, dst)
	}
	w.each(s, &list)
}

// each does the steps with all blocks.
func (w *walk) each(s *streams, list *steps) {
	for r := 0; r < w.nest.Rows; r += w.rows {
		rows := min(w.rows, w.nest.Rows-r)
		for c := 0; c < w.nest.Cols; c += w.cols {
			cols := min(w.cols, w.nest.Cols-c)
			for i := range s {
				if s[i].fixed {
					s[i].row = cols * s[i].size
				}
			}
			for i := range list.n {
				list.list[i].do(s, r, c, rows, cols)
			}
		}
	}
}

// move adds the step that copies elements of an operand of the rule from one stream to
// another, of which one lies side by side.
func (w *walk) move(list *steps, s *streams, of *kernel.Operand, dst, a uint8) {
	from := w.rule.copies(of).kernels()
	switch to, x := &s[dst], &s[a]; {
	case to.col != to.size:
		list.add(from[kernel.SteppingBy(to.col/to.size).To].Func, dst, a, a)
	case x.turned() && w.rows >= kernel.TileRows && w.cols >= kernel.TileCols:
		list.add(from[kernel.FromT].Func, dst, a, a).edges = from[kernel.FromI].Func
	default:
		list.add(from[kernel.SteppingBy(x.col/x.size).From].Func, dst, a, a)
	}
}

// do does the step with a block of so many rows and columns. It begins by looking whether it is
// to stop, see walk.callBy.
//
//go:noinline
func (d *step) do(s *streams, row, col, rows, cols int) {
	dst, a, b := &s[d.dst], &s[d.a], &s[d.b]
	nest := kernel.Nest{
		Dst: dst.element(row, col), A: a.element(row, col), B: b.element(row, col),
		Cols: cols, Rows: rows,
		DstRow: dst.row, ARow: a.row, BRow: b.row,
		DstCol: dst.col, ACol: a.col, BCol: b.col,
	}
	if d.edges == nil {
		if rows > 1 && dst.follows(cols) && a.follows(cols) && b.follows(cols) {
			nest.Cols, nest.Rows = rows*cols, 1
		}
		d.kernel(HideNest(&nest))
		return
	}
	wholeRows, wholeCols := rows/kernel.TileRows*kernel.TileRows, cols/kernel.TileCols*kernel.TileCols
	nest.Rows, nest.Cols = wholeRows, wholeCols
	if wholeRows > 0 && wholeCols > 0 {
		d.kernel(HideNest(&nest))
	}
	if nest.Cols = cols - wholeCols; nest.Cols > 0 && wholeRows > 0 {
		nest.Dst, nest.A = unsafe.Add(nest.Dst, wholeCols*nest.DstCol), unsafe.Add(nest.A, wholeCols*nest.ACol)
		d.edges(HideNest(&nest))
	}
	if nest.Rows = rows - wholeRows; nest.Rows > 0 {
		nest.Cols = cols
		nest.Dst, nest.A = dst.element(row+wholeRows, col), a.element(row+wholeRows, col)
		if dst.fixed {
			nest.Dst = unsafe.Add(dst.at, wholeRows*dst.row)
		}
		d.edges(HideNest(&nest))
	}
}
