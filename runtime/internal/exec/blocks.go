package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// What a rule has no kernel for goes in blocks, see pipeline: operands that do not lie as a kernel
// takes them, side by side or as a constant of a row, are gathered into scratch memory, and a result
// that lies apart is scattered from there.

const (
	columnNear = 128 // bytes of a column, at the least, of a block of what is turned
	columnPast = 256 // the same where it comes from memory, where each column is a page
	blockCols  = 32  // of which the columns of a block are a multiple
	stageFrom  = 64  // elements of a nest from which on it goes in blocks
)

// stage sets w to go in blocks, or one element at a time if there are few, and returns the entry
// of the kernel that multiplies.
func (w *walk) stage() *kernel.Entry {
	n, from := &w.nest, w.rule.kernels()
	if n.ACol == 0 && n.BCol != 0 && w.rule.Commutes {
		w.swap()
	}
	w.cols, w.rows = n.Cols, n.Rows
	if n.Cols*n.Rows < stageFrom || w.rule.On.Stage == nil {
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
	entry := w.rule.entryFor(pattern, n.Cols*w.wide, nearest)
	w.kernel = entry.Func
	return entry
}

// stages is blockwise by way of the rule.
func (w *walk) stages(layout *broadcast.Layout, dst, a, b int) {
	// Hidden: blockwise keeps neither.
	hidden := (*walk)(Hidden(unsafe.Pointer(w)))
	// Hidden: as above.
	w.rule.On.Stage(hidden, (*broadcast.Layout)(Hidden(unsafe.Pointer(layout))), dst, a, b)
}

// blockwise does all loops of a layout, or of the nest of w alone if there is none, block by block,
// the operands being so many bytes from where w starts.
func (w *walk) blockwise(layout *broadcast.Layout, dst, a, b int) {
	if w.outer == 0 || layout == nil {
		if w.oneBlock(dst, a, b) {
			return
		}
		if w.nest.Rows == 1 && w.reach != past {
			w.inRow(dst, a, b)
			return
		}
		var words [2 * 4]int
		w.inBlocks(nil, words[:], dst, a, b)
		return
	}
	var words [InlineRank * 4]int
	w.inBlocks(layout, words[:], dst, a, b)
}

func (w *walk) inBlocks(layout *broadcast.Layout, words []int, dst, a, b int) {
	var room smallRoom
	n := &w.nest
	var over loops // and l are set field by field: to copy what was just written takes longer
	over.arrays, over.rank = 3, 2
	if layout != nil {
		over.rank += w.outer
	}
	if need := 4 * over.rank; need > len(words) {
		words = make([]int, need)
	}
	over.words = words
	for i := range over.rank - 2 {
		loop := w.around(layout, i)
		dst, a, b := w.steps(loop)
		over.setLoop(i, loop.Extent, dst, a, b)
	}
	over.setLoop(over.rank-2, n.Rows, n.DstRow, n.ARow, n.BRow)
	over.setLoop(over.rank-1, n.Cols, n.DstCol, n.ACol, n.BCol)
	var l laying
	l.rule, l.reach, l.operands = w.rule, w.reach, 2
	l.start(room.streams[:], room.list[:], &over)
	l.array(unsafe.Add(n.Dst, dst), w.rule.Out.Size, false)
	l.array(unsafe.Add(n.A, a), w.rule.A.Size, false)
	l.array(unsafe.Add(n.B, b), w.rule.B.Size, false)
	l.lay(&noStorage)
	l.runAll()
}

// noStorage is that of arrays whose elements are those of the rule.
var noStorage Mixed
