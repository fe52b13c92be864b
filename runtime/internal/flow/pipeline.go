package flow

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A pipeline takes arrays through the first-level cache, block by block. What happens to a block
// is a list of steps between streams: an operand is gathered into scratch memory, its bytes are put
// in order, its elements are converted; blocks are multiplied; the product is converted, and is
// scattered or stored under a mask. So kernels that know a rule meet others that know a layout or a
// dtype, and nothing of the size of an array is allocated.

// A stream is elements of a block in memory. The streams of arrays move from block to block, those
// of scratch memory stay.
type stream struct {
	at         unsafe.Pointer // of an array its first element, of scratch memory that of each block
	now        unsafe.Pointer // the first element of the block at hand
	offset     int            // of the nest at hand, in bytes from at
	col, row   int            // in bytes
	size       int32
	wide, high bool // whether elements differ along the columns, along the rows
	crooked    bool // whether elements are not aligned, on a machine that asks for it
	picked     bool // whether rows are three of four channels, which kernels bring side by side, and back
}

// follows reports whether rows of so many columns are one run.
func (s *stream) follows(cols int) bool { return s.row == cols*s.col }

// turned reports whether a stream runs along the columns of the nest.
func (s *stream) turned() bool { return s.row == int(s.size) && s.col != int(s.size) && s.col != 0 }

// A step is done with each block: a kernel takes streams a and b to dst. One that copies takes a,
// and b is its mask if it has one; one that multiplies may have a mask beside.
type step struct {
	kernel     kernel.Func
	edges      kernel.Func // for blocks that have no whole tile, of a kernel that takes those alone
	dst, a, b  uint16
	mask       uint16         // the stream under which it multiplies, or 0
	wide, high bool           // as the stream that it makes
	rowwise    bool           // the kernel tells rows from columns
	prelude    uint16         // the number of steps that bring an operand, of which this is the first
	brought    unsafe.Pointer // what they brought last
	cols, rows int32          // of the nest of its kernel
}

// pipeline is steps that are ready to be done. Once fit, its arrays may be moved, and no more.
type pipeline struct {
	streams    []stream // those of arrays, out first, and then those of scratch memory
	arrays     int
	list       []step
	loops      *loops
	cols, rows int // of a block
	fitCols    int // of the block that the steps fit
	fitRows    int
	grown      bool // streams or steps are on the heap, from where nothing may point to the stack
}

// add adds a stream of scratch memory for elements of so many bytes.
func (p *pipeline) add(size int32, wide, high bool) uint16 {
	n := len(p.streams)
	if n == cap(p.streams) {
		p.streams, p.grown = append(make([]stream, 0, 2*n), p.streams...), true
	}
	p.streams = p.streams[:n+1] // which is zero
	s := &p.streams[n]
	s.size, s.wide, s.high = size, wide, high
	return uint16(n)
}

// do adds a step from streams a and b to dst.
func (p *pipeline) do(by kernel.Func, dst, a, b uint16) *step {
	n := len(p.list)
	if n == cap(p.list) {
		p.list, p.grown = append(make([]step, 0, 2*n), p.list...), true
	}
	p.list = p.list[:n+1]
	d, s := &p.list[n], &p.streams[dst]
	d.kernel, d.dst, d.a, d.b, d.wide, d.high = by, dst, a, b, s.wide, s.high
	return d
}

// run does the steps with all blocks, from loop i inwards.
func (p *pipeline) run(i int) {
	if i >= p.loops.rank-2 {
		p.blocks()
		return
	}
	steps := p.loops.steps(i)
	for range p.loops.extent(i) {
		p.run(i + 1)
		for k, step := range steps {
			p.streams[k].offset += step
		}
	}
	for k, step := range steps {
		p.streams[k].offset -= step * p.loops.extent(i)
	}
}

// blocks does the steps with all blocks of the nest at hand.
func (p *pipeline) blocks() {
	allCols, allRows := p.loops.inner()
	for r := 0; r < allRows; r += p.rows {
		rows := min(p.rows, allRows-r)
		for c := 0; c < allCols; c += p.cols {
			if cols := min(p.cols, allCols-c); cols != p.fitCols || rows != p.fitRows {
				p.fit(cols, rows)
			}
			p.block(r, c)
		}
	}
}

// fit has the steps fit blocks of so many columns and rows.
func (p *pipeline) fit(cols, rows int) {
	p.fitCols, p.fitRows = cols, rows
	for i := p.arrays; i < len(p.streams); i++ {
		s := &p.streams[i]
		if s.wide {
			s.col = int(s.size)
			if s.high {
				s.row = cols * s.col
			}
		} else if s.high {
			s.row = int(s.size)
		}
	}
	for i := range p.list {
		p.list[i].fit(p.streams, cols, rows)
	}
}

// fit has a step fit blocks. A nest of rows that follow each other is one row, and so is a column.
func (d *step) fit(streams []stream, cols, rows int) {
	d.brought = nil
	switch {
	case !d.wide && !d.high:
		cols, rows = 1, 1
	case !d.wide:
		cols, rows = rows, 1
	case !d.high:
		rows = 1
	case rows > 1 && !d.rowwise && streams[d.dst].follows(cols) && streams[d.a].follows(cols) && streams[d.b].follows(cols) &&
		(d.mask == 0 || streams[d.mask].follows(cols)):
		cols, rows = rows*cols, 1
	}
	d.cols, d.rows = int32(cols), int32(rows)
}

// block does the steps with the block at a row and a column of the nest at hand. What an operand
// brought the block before, from the same place, it need not bring again.
func (p *pipeline) block(row, col int) {
	for i := range p.arrays {
		s := &p.streams[i]
		s.now = unsafe.Add(s.at, s.offset+row*s.row+col*s.col)
	}
	for i := 0; i < len(p.list); i++ {
		d := &p.list[i]
		if d.prelude > 0 {
			a := p.streams[d.a].now
			if a == d.brought {
				i += int(d.prelude) - 1
				continue
			}
			d.brought = a
		}
		d.call(p.streams)
	}
}

// call begins by looking whether it is to stop, see exec.CallNest.
//
//go:noinline
func (d *step) call(streams []stream) {
	dst, a, b := &streams[d.dst], &streams[d.a], &streams[d.b]
	var nest kernel.MaskedNest
	nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = dst.now, a.now, b.now, int(d.cols), int(d.rows)
	if d.wide {
		nest.DstRow, nest.ARow, nest.BRow, nest.DstCol, nest.ACol, nest.BCol = dst.row, a.row, b.row, dst.col, a.col, b.col
	} else { // a column is a row to its kernels
		nest.DstCol, nest.ACol, nest.BCol = dst.row, a.row, b.row
	}
	if d.edges != nil {
		exec.Tiles(d.kernel, d.edges, &nest.Nest)
		return
	}
	if d.mask != 0 {
		nest.Mask, nest.MaskRow = streams[d.mask].now, streams[d.mask].row
	}
	d.kernel(exec.HideNest(&nest.Nest))
}
