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
	blockOf      = 4 << 10 // bytes of the widest elements of a block
	blockPast    = 2 << 10 // the same where the result is written past the caches
	scratchBytes = 8 << 10 // of all that is gathered, at the most
	scratchSmall = 1 << 10 // of small nests, whose scratch memory costs less to clear
	stageFrom    = 64      // elements of a nest from which on it goes in blocks
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

func (s *steps) add(do step) {
	s.list[s.n] = do
	s.n++
}

// lies returns the streams of out, a and b of the nest of w, which begin so many bytes from
// where w starts.
func (w *walk) lies(dst, a, b int) (s streams) {
	n := &w.nest
	s[0] = stream{at: unsafe.Add(n.Dst, dst), col: n.DstCol, row: n.DstRow, size: w.size[broadcast.Out]}
	s[1] = stream{at: unsafe.Add(n.A, a), col: n.ACol, row: n.ARow, size: w.size[broadcast.A]}
	s[2] = stream{at: unsafe.Add(n.B, b), col: n.BCol, row: n.BRow, size: w.size[broadcast.B]}
	return s
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
	s := w.lies(0, 0, 0)
	w.cols, w.rows = w.blockOf(&s, s.through())
	entry := w.rule.entryFor(pattern, w.cols*w.wide, near)
	w.kernel = entry.Func
	return entry
}

// blockOf returns how many columns and rows a block has.
func (w *walk) blockOf(s *streams, through [3]bool) (cols, rows int) {
	most, scratch, line := blockOf/w.wide, 0, 0
	if w.reach == past {
		most = blockPast / w.wide
	}
	for i := range through {
		if !through[i] {
			continue
		}
		scratch += s[i].size
		if s[i].turned() {
			line = max(line, tileLine/s[i].size, kernel.TileRows)
		}
	}
	most = min(most, scratchBytes/scratch)
	cols = min(w.nest.Cols, most)
	if line > 0 { // whole lines of what is turned, so that each is read once
		cols = min(cols, most/min(line, w.nest.Rows))
	}
	return withinPages(&w.nest, cols, min(w.nest.Rows, most/cols))
}

// blockwise does the nest of w, which is staged, block by block.
func (w *walk) blockwise(dst, a, b int) {
	s := w.lies(dst, a, b)
	if w.rule.isCopy() {
		var list steps
		list.add(step{kernel: w.kernel, edges: w.rule.kernels()[kernel.FromI].Func, dst: 0, a: 1, b: 1})
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
	if scratch*w.cols*w.rows <= scratchSmall {
		var words [(scratchSmall + 4*tileLine) / 8]uint64
		// Hidden: kernels alone are given scratch memory, and they keep nothing.
		w.blocksIn(Hidden(unsafe.Pointer(&words)), &s, through)
		return
	}
	var words [(scratchBytes + 4*tileLine) / 8]uint64
	// Hidden: as above.
	w.blocksIn(Hidden(unsafe.Pointer(&words)), &s, through)
}

// blocksIn is blockwise in scratch memory that has room for a block of what goes through it.
func (w *walk) blocksIn(scratch unsafe.Pointer, s *streams, through [3]bool) {
	var list steps
	multiply := step{kernel: w.kernel, dst: 0, a: 1, b: 2}
	scratch = unsafe.Add(scratch, -uintptr(scratch)%tileLine)
	for i := range through {
		if !through[i] {
			continue
		}
		size := s[i].size
		s[i+inScratch] = stream{at: scratch, col: size, size: size, fixed: true}
		scratch = unsafe.Add(scratch, (w.cols*w.rows*size+tileLine-1)/tileLine*tileLine)
	}
	if through[1] {
		list.add(w.moving(s, &w.rule.A, 1+inScratch, 1))
		multiply.a += inScratch
	}
	if through[2] {
		list.add(w.moving(s, &w.rule.B, 2+inScratch, 2))
		multiply.b += inScratch
	}
	if through[0] {
		multiply.dst += inScratch
	}
	list.add(multiply)
	if through[0] {
		list.add(w.moving(s, &w.rule.Out, 0, inScratch))
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

// moving returns the step that copies elements of an operand of the rule from one stream to
// another, of which one lies side by side.
func (w *walk) moving(s *streams, of *kernel.Operand, dst, a uint8) step {
	from := w.rule.copies(of).kernels()
	d := step{dst: dst, a: a, b: a}
	switch to, x := &s[dst], &s[a]; {
	case to.col != to.size:
		d.kernel = from[kernel.SteppingBy(to.col/to.size).To].Func
	case x.turned() && w.rows >= kernel.TileRows && w.cols >= kernel.TileCols:
		d.kernel, d.edges = from[kernel.FromT].Func, from[kernel.FromI].Func
	default:
		d.kernel = from[kernel.SteppingBy(x.col/x.size).From].Func
	}
	return d
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
