package exec

import (
	"math/bits"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Operands that no kernel of a product takes as they lie, or one takes slowly, go through the
// first-level cache block by block: each stays where it is, or a mover brings it side by side in
// scratch memory; one kernel multiplies there; and a result that is to lie apart is taken out. So it is
// with rules that have kernels of few patterns, and with some layouts of short elements (moved.go). A
// nest that is one block goes the same way. What converts elements, too, is a pipeline.

const (
	PipeBytes   = 4 << 10  // of the widest elements of a block, at least if the second-level cache holds all arrays
	PipeScratch = 8 << 10  // of all scratch memory, or two blocks, which is to stay in the first-level cache
	blockApart  = 2 << 10  // bytes of the widest elements of a block, at the least, if they lie apart
	blockLines  = 32 << 10 // bytes that a block touches, at the most, if it has more than that
	turnBytes   = 256      // of the widest elements, in a turn of a kernel's main loop
	columnNear  = 128      // bytes of a column, at the least, of a block of what is turned
	columnPast  = 256      // the same where it comes from memory, where each column is a page
	BlockCols   = 32       // of which the columns of a block are a multiple
	stageFrom   = 64       // elements of a nest from which on it goes in blocks for want of a kernel
)

// moving is a nest in blocks.
type moving struct {
	out, a, b  mover
	product    kernel.Func
	cols, rows int // of a block
}

// Moves is how a Site multiplies in blocks: nothing where its programs do not link it.
type Moves struct {
	pays func(w *Walk, pattern kernel.Pattern) *kernel.Entry
	run  func(w *Walk, layout *broadcast.Layout, dst, a, b int)
	join func(w *Walk, loop *broadcast.Loop, dst, a, b int)

	place  func(w *Walk, layout *broadcast.Layout, entry *kernel.Entry) *kernel.Entry
	placed func(w *Walk, layout *broadcast.Layout, dst, a, b int)

	box   func(w *Walk, layout *broadcast.Layout, entry *kernel.Entry) *kernel.Entry
	boxes func(w *Walk, layout *broadcast.Layout, dst, a, b int)
}

// InBlocks returns the Moves of a Site for rules that have kernels of few patterns, and for products
// of short elements.
func InBlocks() Moves {
	return Moves{(*Walk).setMoved, (*Walk).inBlocks, (*Walk).join, (*Walk).place, (*Walk).runPlaced, (*Walk).box, (*Walk).runBoxes}
}

// stage sets w, for whose pattern there is no kernel, to go in blocks, or one element at a time if there
// are few. It returns the entry of the kernel that multiplies.
func (w *Walk) stage() *kernel.Entry {
	n := &w.nest
	if n.ACol == 0 && n.BCol != 0 && w.rule.Commutes {
		w.swap()
	}
	if n.Cols*n.Rows < stageFrom || w.rule.On.Moves.run == nil {
		entry := &w.rule.Entries()[kernel.II]
		w.kernel = entry.Func
		w.bound()
		return entry
	}
	w.way = laidOut
	pattern := kernel.VV
	switch {
	case n.BCol == 0:
		pattern = kernel.VC
	case n.ACol == 0:
		pattern = kernel.CV
	}
	return w.rule.EntryFor(pattern, n.Cols*w.wide, Nearest)
}

// runMoves is inBlocks by way of the rule.
func (w *Walk) runMoves(layout *broadcast.Layout, dst, a, b int) {
	// Hidden: inBlocks keeps neither.
	hidden := (*Walk)(Hidden(unsafe.Pointer(w)))
	// Hidden: as above.
	w.rule.On.Moves.run(hidden, (*broadcast.Layout)(Hidden(unsafe.Pointer(layout))), dst, a, b)
}

// inBlocks multiplies all loops of a layout, or the nest of w alone if there is none, block by block,
// the operands being so many bytes from where w starts.
func (w *Walk) inBlocks(layout *broadcast.Layout, dst, a, b int) {
	var m moving
	pattern := w.move(&m)
	switch bytes := w.shape(&m, pattern); {
	case bytes <= 512:
		movedOn[[512 + TileLine]byte](w, &m, layout, dst, a, b)
	case bytes <= 1<<10:
		movedOn[[1<<10 + TileLine]byte](w, &m, layout, dst, a, b)
	case bytes <= 2<<10:
		movedOn[[2<<10 + TileLine]byte](w, &m, layout, dst, a, b)
	case bytes <= 4<<10:
		movedOn[[4<<10 + TileLine]byte](w, &m, layout, dst, a, b)
	case bytes <= 6<<10:
		movedOn[[6<<10 + TileLine]byte](w, &m, layout, dst, a, b)
	default:
		movedOn[[PipeScratch + 4*TileLine]byte](w, &m, layout, dst, a, b)
	}
}

// movedOn is inBlocks with scratch memory in a variable of type S on the stack, see runOn.
func movedOn[S any](w *Walk, m *moving, layout *broadcast.Layout, dst, a, b int) {
	var scratch S
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	at := Hidden(unsafe.Pointer(&scratch))
	at = unsafe.Add(at, -uintptr(at)%TileLine)
	m.b.place(m.a.place(m.out.place(at)))
	w.moveAll(m, layout, 0, dst, a, b)
}

// move sets what moves the operands of the nest of w, and returns the pattern of the product.
func (w *Walk) move(m *moving) kernel.Pattern {
	n, r := &w.nest, w.rule
	m.out.size, m.a.size, m.b.size = r.Out.Size, r.A.Size, r.B.Size
	if n.Rows > 1 || n.ACol != m.a.size { // or else it stays
		m.a.from(r, &r.A, n.ACol, n.ARow, n.Cols, n.Rows)
	}
	if n.Rows > 1 || n.BCol != m.b.size {
		m.b.from(r, &r.B, n.BCol, n.BRow, n.Cols, n.Rows)
	}
	if n.Rows > 1 || n.DstCol != m.out.size {
		m.out.to(r, n.DstCol, n.DstRow, n.Cols)
	}
	if n.ACol|n.BCol == 0 && !m.a.moves() {
		m.a.copyBy(r.Copies(&r.A), kernel.FromI) // of two constants one is laid out
		m.a.repeats = n.ARow == 0 && n.Rows > 1
	}
	pattern, pixels := kernel.VV, kernel.VC
	switch {
	case n.BCol == 0 && !m.b.moves():
		pattern = kernel.VC
		if n.BRow == m.b.size && m.a.adjoins(n.ARow, n.Cols) {
			pixels = PixelPattern(n.Cols)
		}
	case n.ACol == 0 && !m.a.moves():
		pattern = kernel.CV
		if n.ARow == m.a.size && n.Cols == 3 && m.b.adjoins(n.BRow, n.Cols) {
			pixels = kernel.CV3
		}
	}
	if pixels != kernel.VC && n.Rows > 1 && m.out.adjoins(n.DstRow, n.Cols) && r.Entries()[pixels].Func != nil {
		return pixels
	}
	return pattern
}

// shape chooses how large blocks are, and the kernel of the product, of a pattern. It returns the bytes
// of scratch memory that a block takes.
func (w *Walk) shape(m *moving, pattern kernel.Pattern) int {
	n, each := &w.nest, m.out.each()+m.a.each()+m.b.each()
	m.cols, m.rows = n.Cols, n.Rows
	span := spanOf(n.DstCol, n.DstRow, n) + spanOf(n.ACol, n.ARow, n) + spanOf(n.BCol, n.BRow, n)
	if all := n.Cols * n.Rows; all*w.wide > PipeBytes || all*each > PipeScratch || span > CallPages/2*PageBytes {
		w.divide(m, each, span)
	}
	all, reach := m.cols*m.rows, min(w.reach, Near)
	if w.reach == Past && !m.out.moves() {
		if to := w.bypassing(pattern, all*w.wide); to != pattern {
			pattern, reach = to, Past
		}
	}
	m.product = w.rule.EntryFor(pattern, all*w.wide, reach).Func
	return m.out.room(all) + m.a.room(all) + m.b.room(all)
}

// spanOf returns how far apart the elements of an operand of a nest lie.
func spanOf(col, row int, n *kernel.Nest) int { return Distance(col)*n.Cols + Distance(row)*n.Rows }

// divide is shape of what is more than a block, of which each element has so many bytes in scratch
// memory, and all lie so many bytes apart.
func (w *Walk) divide(m *moving, each, span int) {
	n, turned := &w.nest, 0
	touched := each + m.out.touches(n.DstCol) + m.a.touches(n.ACol) + m.b.touches(n.BCol)
	wide := w.wide
	if n.Cols == Channels { // what does not move is read once
		wide = max(m.out.each(), m.a.each(), m.b.each(), 1)
	}
	shift := bits.TrailingZeros(uint(wide)) // a division takes ten times as long
	most := PipeBytes >> shift
	if most*touched > blockLines {
		most = max(blockLines/touched, blockApart>>shift)
	}
	if most*each > PipeScratch {
		most = PipeScratch / each
	}
	if m.a.edges != nil {
		turned = m.a.size
	}
	if m.b.edges != nil && (turned == 0 || m.b.size < turned) {
		turned = m.b.size
	}
	m.cols, m.rows = BlockOf(n.Cols, n.Rows, most, turned, w.reach)
	if span > CallPages/2*PageBytes {
		m.cols, m.rows = withinPages(n, m.cols, m.rows)
	}
	m.cols, m.rows = evenTurns(n.Cols, m.cols, turnBytes>>shift), evenTurns(n.Rows, m.rows, PieceCols)
}

// evenTurns cuts an extent into about equal parts of so many at the most, and of whole turns of a
// kernel's main loop, a power of two, if they are more than one.
func evenTurns(extent, most, turn int) int {
	switch {
	case most >= extent:
		return extent
	case most <= turn:
		return most
	}
	return Evenly(extent, most&^(turn-1), turn)
}

// BlockOf returns how many columns and rows of a nest a block of so many elements at most has, some of
// which, of so many bytes, run along the columns, or none do.
func BlockOf(allCols, allRows, most, turned int, reach Reach) (cols, rows int) {
	wide := most
	if turned > 0 {
		high := columnNear / turned
		if reach == Past {
			high = columnPast / turned
		}
		wide /= min(high, allRows)
	}
	cols = min(allCols, max(wide/BlockCols, 1)*BlockCols)
	return cols, min(allRows, max(most/cols, 1))
}

// moveAll does all blocks, from loop i of those around the nest inwards.
func (w *Walk) moveAll(m *moving, layout *broadcast.Layout, i, dst, a, b int) {
	if layout != nil && i < w.outer {
		loop := w.around(layout, i)
		dstStep, aStep, bStep := w.steps(loop)
		for range loop.Extent {
			w.moveAll(m, layout, i+1, dst, a, b)
			dst, a, b = dst+dstStep, a+aStep, b+bStep
		}
		return
	}
	n := &w.nest
	for r := 0; r < n.Rows; r += m.rows {
		for c := 0; c < n.Cols; c += m.cols {
			dst, a, b := w.at(r, c, dst, a, b)
			m.block(n, unsafe.Add(n.Dst, dst), unsafe.Add(n.A, a), unsafe.Add(n.B, b), min(m.cols, n.Cols-c), min(m.rows, n.Rows-r))
		}
	}
}

// block multiplies a block of a nest.
func (m *moving) block(of *kernel.Nest, dst, a, b unsafe.Pointer, cols, rows int) {
	var n kernel.Nest // word by word, see Small
	n.Cols, n.Rows = cols, rows
	if n.A, n.ACol, n.ARow = a, of.ACol, of.ARow; m.a.scratch != nil {
		n.A, n.ACol, n.ARow = m.a.bring(a, n.ACol, n.ARow, cols, rows, m.rows)
	}
	if n.B, n.BCol, n.BRow = b, of.BCol, of.BRow; m.b.scratch != nil {
		n.B, n.BCol, n.BRow = m.b.bring(b, n.BCol, n.BRow, cols, rows, m.rows)
	}
	x := &m.out
	if n.Dst, n.DstCol, n.DstRow = dst, of.DstCol, of.DstRow; x.scratch != nil {
		n.Dst, n.DstCol, n.DstRow = x.scratch, x.size, cols*x.size
	}
	joinRows(&n)
	CallNest(m.product, &n)
	if x.scratch != nil {
		x.copy(dst, of.DstCol, of.DstRow, x.scratch, x.size, cols*x.size, cols, rows)
	}
}

// Evenly returns an extent, at most most, that divides one into nearly equal
// parts, and rounds it up to a multiple of unit.
func Evenly(extent, most, unit int) int {
	if extent <= most {
		return extent
	}
	parts := (extent-1)/most + 1
	n := (extent-1)/parts + 1
	return min((n+unit-1)/unit*unit, most)
}
