package exec

import (
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A kernel call is bounded because assembly can not be preempted: a stop-the-world waits
// until it returns. What a call may take is counted in what it touches. The bytes are those
// of one operand: elements that lie side by side count as what they are, those apart as a
// cache line each, and a row as a few lines more. The pages are those of all operands: one
// that was not touched for a while costs a walk through the page tables, one that was never
// touched a fault.
//
// A call takes 20 microseconds or so even if all its operands come from memory. What the
// caches may hold goes in longer ones, four times that if it was not there: each call more
// takes 50 nanoseconds, in which little is read ahead, 3% of 64 KiB from the second level
// and 2% from the third.
const (
	WholeBytes = 4 * CallBytes // in a call, of elements side by side that the caches may hold
	CallBytes  = 64 << 10      // in a call, of any others
	RowBytes   = 192           // that a row counts as, beside its elements
	ApartBytes = 64            // that an element counts as which lies apart from its neighbours
	PieceCols  = 64            // pieces have a multiple, so that one is as well aligned as the one before
	CallPages  = 640           // in a call, of all operands together
	SameRows   = 256           // in a call, of which an operand has the same each time
	PageBytes  = 4 << 10       // of the smallest page of any machine
)

// A masked vector may reach into a page that holds nothing of the operand. If that page was never
// touched, or must not be, nothing happens, but finding that out takes 140 nanoseconds on a Zen 5.
// Rows that follow each other have a page or two of which that holds; rows that are the same have
// it each time, hence SameRows.

// A row that all rows of a nest are multiplied by stays in the first-level cache, beside
// what passes through, if it is not long. A longer one goes part by part, for all rows or as
// many as a call takes: so many bytes of it at a time, from so many bytes on that are
// written, and read from the other operand.
const (
	StayBytes = 8 << 10
	StayFrom  = 128 << 10
)

// brief reports whether the nest may go in one call, as far as that takes no more than a
// look: it is small and what it touches lies close together.
func (w *Walk) brief() bool {
	n := &w.nest
	if uint64(n.Cols*ApartBytes+RowBytes)*uint64(n.Rows) > CallBytes || n.Cols > CallBytes {
		return false
	}
	const each = CallPages / 3
	return uint(n.DstCol|n.ACol|n.BCol) < ApartBytes && uint64(uint(n.DstRow|n.ARow|n.BRow))*uint64(n.Rows) < each/2*PageBytes ||
		n.Cols*n.Rows <= each/2
}

// bound chooses how much of the nest one call handles.
func (w *Walk) bound() {
	n := &w.nest
	cols, rows := n.Cols, n.Rows
	if cols*w.wide >= StayBytes {
		if parts := w.sharedParts(); parts > 1 {
			cols = ((cols-1)/parts/PieceCols + 1) * PieceCols
		}
	}
	dstCol, aCol, bCol := Distance(n.DstCol), Distance(n.ACol), Distance(n.BCol)
	element := max(w.wide, min(ApartBytes, max(dstCol, aCol, bCol)))
	most := CallBytes
	if element == w.wide && w.reach != Past {
		most = WholeBytes
	}
	if cols > most || rows > most || uint64(cols*element+w.row)*uint64(rows) > uint64(most+w.row) {
		cols = min(cols, most/element/PieceCols*PieceCols)
		rows = min(rows, max(most/(cols*element+w.row), 1))
	}
	if rows > SameRows && w.sharesRow() {
		rows = SameRows
	}
	if !together(n, cols, rows) {
		cols, rows = withinPages(n, cols, rows)
	}
	w.cols, w.rows = cols, rows
}

// sharesRow reports whether all rows are multiplied by one row.
func (w *Walk) sharesRow() bool {
	n := &w.nest
	return n.ARow == 0 && n.ACol != 0 || n.BRow == 0 && n.BCol != 0
}

// sharedParts returns the number of parts in which to take rows, for the sake of one that
// they share. Where memory is read as well, it is faster row by row.
func (w *Walk) sharedParts() int {
	n := &w.nest
	row := n.Cols * w.wide
	parts := (row + StayBytes/2) / StayBytes
	if parts < 2 || n.Rows == 1 || !w.sharesRow() {
		return 1
	}
	most, passing := far, 1
	if n.ACol != 0 && n.BCol != 0 {
		most, passing = held, 2
	}
	if w.reach > most || passing*row < StayFrom/n.Rows {
		return 1
	}
	return parts
}

// together reports whether so many columns and rows of a nest are known to touch no more pages than a call may:
// what lies close together lies in few, two more for each operand than it would fill. It is looked at
// first, since withinPages takes as long as small nests do.
func together(n *kernel.Nest, cols, rows int) bool {
	col := Distance(n.DstCol) + Distance(n.ACol) + Distance(n.BCol)
	row := Distance(n.DstRow) + Distance(n.ARow) + Distance(n.BRow)
	return (cols-1)*col+(rows-1)*row <= (CallPages-3*2)*PageBytes
}

// withinPages cuts so many columns and rows of a nest until a call touches no more pages
// than it may: across the loop that takes the longer steps in the operand that touches
// most. What it cuts is left a multiple of PieceCols, if it was one.
func withinPages(n *kernel.Nest, cols, rows int) (int, int) {
	return WithinPagesOf([][2]int{{n.DstCol, n.DstRow}, {n.ACol, n.ARow}, {n.BCol, n.BRow}}, cols, rows)
}

// WithinPagesOf is withinPages of what steps so from column to column and from row to row.
func WithinPagesOf(steps [][2]int, cols, rows int) (int, int) {
	for {
		down := false // whether to cut across the rows
		all, most := 0, 0
		for _, step := range steps {
			col, row := Distance(step[0]), Distance(step[1])
			pages := pagesOf(cols, col, rows, row)
			if all += pages; pages > most {
				most, down = pages, row > col
			}
		}
		switch {
		case all <= CallPages:
			return cols, rows
		case (down || cols <= PieceCols) && rows > 1:
			rows = halve(rows)
		case cols > PieceCols:
			cols = halve(cols)
		default:
			return cols, rows // a few elements
		}
	}
}

// halve returns about half of an extent, and a multiple of PieceCols if there is more.
func halve(n int) int {
	if n >= 2*PieceCols {
		return (n/2 + PieceCols - 1) / PieceCols * PieceCols
	}
	return (n + 1) / 2
}

// pagesOf returns the number of pages that two loops of extents n and m touch, about, one
// moving by so many bytes, not below 0, the other by step m.
func pagesOf(n, stepN, m, stepM int) int {
	if stepN > stepM {
		n, stepN, m, stepM = m, stepM, n, stepN
	}
	if stepN >= PageBytes {
		return n * m
	}
	run := (n-1)*stepN + PageBytes // of the loop of shorter steps, at any place in a page
	return (run + (m-1)*min(stepM, run)) / PageBytes
}

// Distance returns the bytes that a step leads away, in either direction.
func Distance(step int) int { return max(step, -step) }
