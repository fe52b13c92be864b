package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Operands that no kernel of a product takes as they lie, or one takes slowly, go through the
// first-level cache block by block: kernels that copy bring them side by side, and take products to
// an out that lies apart. So it is with three of four channels, with columns by which narrow rows are
// multiplied, and with strides. It is a pipeline without conversions, which programs link that
// multiply one dtype alone.

const (
	movedBytes = 2 << 10 // of each operand in a block
	movedFrom  = 512     // elements of a nest that are worth it, at least
	narrowFrom = 5       // columns of narrow rows: fewer have patterns of their own
	narrowMost = 12      // bytes of them that are worth it, at most
	ShortMost  = 2       // bytes of elements that are worth it
	channels   = 3       // of four
)

// A mover is how an operand, or out, comes to lie as kernels take it.
type mover struct {
	by       kernel.Func    // copies between the array and scratch memory; nil where it stays as it is
	once     bool           // a row that is the same is laid out once, without a kernel
	at       unsafe.Pointer // of the array
	col, row int            // in bytes
	scratch  unsafe.Pointer // if it does not stay
}

// moving is a nest whose operands are moved.
type moving struct {
	all        [3]mover // out, a, b
	copies     *kernels // by which they are
	pattern    kernel.Pattern
	product    kernel.Func
	cols, rows int // of a block
}

// Moves is how a Site moves operands: nothing where its programs do not link it.
type Moves struct {
	set func(w *walk, pattern kernel.Pattern) *kernel.Entry
	run func(w *walk, layout *broadcast.Layout, dst, a, b int)
}

// Moving returns the Moves of a Site for short elements.
func Moving() Moves { return Moves{(*walk).setMoved, (*walk).move} }

// setMovable has operands of the nest be moved if that is worth it, and returns the kernel's entry, or
// nil.
func (w *walk) setMovable(pattern kernel.Pattern) *kernel.Entry {
	if !w.movable(pattern) {
		return nil
	}
	// Hidden: setMoved does not keep it.
	return w.rule.On.Moves.set((*walk)(Hidden(unsafe.Pointer(w))), pattern)
}

// runMoved is move by way of the rule.
func (w *walk) runMoved(layout *broadcast.Layout, dst, a, b int) {
	// Hidden: move keeps neither.
	hidden := (*walk)(Hidden(unsafe.Pointer(w)))
	// Hidden: as above.
	w.rule.On.Moves.run(hidden, (*broadcast.Layout)(Hidden(unsafe.Pointer(layout))), dst, a, b)
}

// moves finds out how the nest of w, of a pattern, is moved, and reports whether that is worth it.
func (w *walk) moves(m *moving, pattern kernel.Pattern) bool {
	n := &w.nest
	m.pattern, m.copies = kernel.VV, &w.rule.Out.Move.Kernels[w.rule.On.Level]
	m.all[0].at, m.all[0].col, m.all[0].row = n.Dst, n.DstCol, n.DstRow
	m.all[1].at, m.all[1].col, m.all[1].row = n.A, n.ACol, n.ARow
	m.all[2].at, m.all[2].col, m.all[2].row = n.B, n.BCol, n.BRow
	if n.BCol == 0 {
		m.pattern = kernel.VC
	}
	switch {
	case pattern == kernel.II || pattern == kernel.IVV:
		return m.strides(w.wide)
	case n.Cols == channels:
		return m.pixels(w.wide)
	}
	return m.column(n.Cols, w.wide)
}

// movable reports whether it may be worth it to move a nest of a pattern.
func (w *walk) movable(pattern kernel.Pattern) bool {
	n := &w.nest
	switch pattern {
	case kernel.II, kernel.IVV:
	case kernel.VV, kernel.VC:
		if n.Cols > narrowMost {
			return false
		}
	default:
		return false
	}
	return w.rule.On.Moves.set != nil && w.wide <= ShortMost && w.rule.Default && n.Cols*n.Rows >= movedFrom
}

// setMoved is setMovable of a nest for which it may be worth it.
func (w *walk) setMoved(pattern kernel.Pattern) *kernel.Entry {
	var m moving
	if !w.moves(&m, pattern) {
		return nil
	}
	w.way, w.moved = blockwise, pattern
	return w.rule.entryFor(m.pattern, w.nest.Cols*w.wide, near)
}

// pixels is moves for three of four channels.
func (m *moving) pixels(size int) bool {
	gaps, masked := 0, m.copies[kernel.ToX].Level == kernel.AVX512
	for i := range m.all {
		x := &m.all[i]
		switch {
		case x.col == size && x.row == channels*size:
		case x.col == size && x.row == (channels+1)*size:
			pattern := kernel.FromX
			if i == 0 {
				pattern = kernel.ToX
			}
			x.by = m.copies[pattern].Func
			gaps++
		case x.col == size && x.row == 0 && i > 0:
			x.once = true
		case x.col == 0 && x.row == 0:
		case x.col == 0 && x.row == size:
			m.pattern = kernel.VC3
		default:
			return false
		}
	}
	if size > 1 && !masked && m.all[0].by != nil && m.all[0].at != m.all[1].at && gaps > 1 {
		return false // row by row is as fast
	}
	return gaps > 0 && m.copies[kernel.ToX].Pattern == kernel.ToX
}

// column is moves for a column by which narrow rows are multiplied.
func (m *moving) column(cols, size int) bool {
	out, a, b := &m.all[0], &m.all[1], &m.all[2]
	b.by, m.pattern = m.copies[kernel.FromC].Func, kernel.VV
	return cols >= narrowFrom && cols*size <= narrowMost && out.row == cols*size && a.row == cols*size && b.col == 0 && b.row == size &&
		m.copies[kernel.FromC].Pattern == kernel.FromC
}

// strides is moves for strides, all of which have kernels that copy.
func (m *moving) strides(size int) bool {
	for i := range m.all {
		x := &m.all[i]
		if x.col == size || x.col == 0 && i == 2 {
			continue
		}
		to := steppingBy(x.col, int32(size))
		pattern := to.From
		if i == 0 {
			pattern = to.To
		}
		by := &m.copies[pattern]
		if by.Pattern == kernel.FromI || by.Pattern == kernel.ToI {
			return false
		}
		x.by = by.Func
	}
	return true
}

// move multiplies all loops of a layout, or the nest of w alone if there is none, the operands being
// so many bytes from where w starts.
func (w *walk) move(layout *broadcast.Layout, dst, a, b int) {
	var m moving
	w.moves(&m, w.moved)
	n := &w.nest
	most := movedBytes / w.wide
	m.cols = min(n.Cols, most)
	m.cols, m.rows = withinPages(n, m.cols, min(n.Rows, most/m.cols))
	if m.rows > PieceCols {
		m.rows -= m.rows % PieceCols // blocks are whole vectors
	}
	m.product = w.rule.entryFor(m.pattern, m.cols*m.rows*w.wide, near).Func
	var scratch [3*movedBytes + tileLine]byte
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	at := Hidden(unsafe.Pointer(&scratch))
	at = unsafe.Add(at, -uintptr(at)%tileLine)
	for i := range m.all {
		x := &m.all[i]
		if x.by == nil && !x.once {
			continue
		}
		if x.scratch = at; x.once {
			w.layOut(at, x.at, m.cols*m.rows, w.wide)
		}
		at = unsafe.Add(at, movedBytes)
	}
	w.moveAll(&m, layout, 0, dst, a, b)
}

// moveAll is run of a nest whose operands are moved.
func (w *walk) moveAll(m *moving, layout *broadcast.Layout, i, dst, a, b int) {
	if layout == nil || i == w.outer {
		for r := 0; r < w.nest.Rows; r += m.rows {
			for c := 0; c < w.nest.Cols; c += m.cols {
				w.moveBlock(m, [3]int{dst, a, b}, r, c)
			}
		}
		return
	}
	loop := layout.At(i)
	dstStep, aStep, bStep := w.steps(loop)
	for range loop.Extent {
		w.moveAll(m, layout, i+1, dst, a, b)
		dst, a, b = dst+dstStep, a+aStep, b+bStep
	}
}

// moveBlock multiplies the block at a row and a column.
func (w *walk) moveBlock(m *moving, offset [3]int, row, col int) {
	var nest, copies kernel.Nest
	size := w.wide
	nest.Rows, nest.Cols = min(m.rows, w.nest.Rows-row), min(m.cols, w.nest.Cols-col)
	copies.Rows, copies.Cols = nest.Rows, nest.Cols
	adjacent := true
	for i := range m.all {
		x := &m.all[i]
		at, colStep, rowStep := unsafe.Add(x.at, offset[i]+row*x.row+col*x.col), x.col, x.row
		if x.scratch != nil {
			from := at
			at, colStep, rowStep = x.scratch, size, copies.Cols*size
			if x.by != nil && i > 0 {
				copies.Dst, copies.DstCol, copies.DstRow, copies.A, copies.ACol, copies.ARow = at, colStep, rowStep, from, x.col, x.row
				callNest(x.by, &copies)
			}
		}
		adjacent = adjacent && rowStep == copies.Cols*colStep
		switch i {
		case 0:
			nest.Dst, nest.DstCol, nest.DstRow = at, colStep, rowStep
		case 1:
			nest.A, nest.ACol, nest.ARow = at, colStep, rowStep
		default:
			nest.B, nest.BCol, nest.BRow = at, colStep, rowStep
		}
	}
	if adjacent {
		nest.Cols, nest.Rows = nest.Cols*nest.Rows, 1
	}
	callNest(m.product, &nest)
	if x := &m.all[0]; x.by != nil {
		copies.Dst, copies.DstCol, copies.DstRow = unsafe.Add(x.at, offset[0]+row*x.row+col*x.col), x.col, x.row
		copies.A, copies.ACol, copies.ARow = x.scratch, size, copies.Cols*size
		callNest(x.by, &copies)
	}
}

// callNest begins by looking whether it is to stop, see walk.callBy.
//
//go:noinline
func callNest(by kernel.Func, nest *kernel.Nest) { by(HideNest(nest)) }
