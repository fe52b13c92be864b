package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Short rows that follow each other and are all multiplied by the same row,
// such as pixels by a factor for each colour, are one long run in which that row
// repeats. Kernels of 96 and 128 bytes of it, in the widest elements, hold them in registers;
// where it does not fit into those so many times, it is laid out as often as fits into a
// buffer in the first-level cache. The rows then are as long as that.

const (
	repeatBuffer = 1024 // bytes of the widest elements
	RepeatRow    = 256  // bytes of a row that is worth it, at most
	repeatRows   = 40   // rows that are worth it, at least: the buffer costs as much as 30 to 50 short rows
	periodRows   = 28   // rows that are worth it where registers hold the one that repeats
)

// repeatable reports whether a nest of contiguous rows is such a run. It is b that repeats, or,
// if the rule does not commute, a.
func (w *Walk) repeatable() bool {
	n, row := &w.nest, w.nest.Cols*w.wide
	if row > RepeatRow || n.Rows < periodRows || n.DstRow != n.Cols*w.rule.Out.Size ||
		n.Rows < repeatRows && !fills(128, row, n.Rows) && !fills(96, row, n.Rows) {
		return false
	}
	if n.ARow == 0 && w.rule.Commutes {
		w.swap()
	}
	return n.BRow == 0 && n.ARow == n.Cols*w.rule.A.Size || n.ARow == 0 && n.BRow == n.Cols*w.rule.B.Size
}

// swap has a and b change places.
func (w *Walk) swap() {
	n := &w.nest
	n.A, n.ACol, n.ARow, n.B, n.BCol, n.BRow = n.B, n.BCol, n.BRow, n.A, n.ACol, n.ARow
	w.ka, w.kb = w.kb, w.ka
}

// repeatPattern returns the pattern for a run that is repeatable, and the elements after which
// a row repeats there, which are rows to the pattern.
func (w *Walk) repeatPattern() (kernel.Pattern, int) {
	row, rows := w.nest.Cols*w.wide, w.nest.Rows
	if w.reach != Past {
		for _, p := range [...]struct {
			bytes       int
			right, left kernel.Pattern
		}{{128, kernel.VP128, kernel.PV128}, {96, kernel.VP96, kernel.PV96}} {
			pattern := p.right
			if w.nest.ARow == 0 {
				pattern = p.left
			}
			if fills(p.bytes, row, rows) && w.rule.Entries()[pattern].Func != nil {
				return pattern, p.bytes / w.wide
			}
		}
	}
	whole := row * TileLine / min(row&-row, TileLine) // as many as are whole lines
	if whole > repeatBuffer || w.reach == Past {      // from memory they take 1.04 times as long
		whole = row
	}
	return kernel.VV, repeatBuffer / whole * whole / w.wide
}

// fills reports whether a period is made of whole rows, of which there are enough.
func fills(period, row, rows int) bool { return period%row == 0 && rows*row >= period }

// repeat multiplies the nest of w, which is repeatable.
func (w *Walk) repeat(dst, a, b int) {
	if w.period*w.wide <= 128 {
		var words [(128 + TileLine) / 8]uint64 // which costs less to clear
		// Hidden: the walk over it is made and ends in repeatFrom, and kernels keep nothing.
		w.repeatFrom(Hidden(unsafe.Pointer(&words)), dst, a, b)
		return
	}
	var words [(repeatBuffer + TileLine) / 8]uint64
	// Hidden: as above.
	w.repeatFrom(Hidden(unsafe.Pointer(&words)), dst, a, b)
}

// repeatFrom multiplies a nest that is repeatable, from a buffer that has room for the row
// that repeats and its alignment.
func (w *Walk) repeatFrom(start unsafe.Pointer, dst, a, b int) {
	start = unsafe.Add(start, -uintptr(start)%TileLine) // vectors that straddle lines are slow
	total := w.nest.Rows * w.nest.Cols
	length := min(w.period, total)
	long := *w
	long.way = straight
	long.nest.Cols, long.nest.Rows = length, total/length
	long.nest.DstRow = length * w.rule.Out.Size
	if w.nest.BRow == 0 {
		layOut(start, unsafe.Add(w.nest.B, b), w.nest.Cols*w.rule.B.Size, length*w.rule.B.Size)
		long.nest.B, b = start, 0
		long.nest.ARow = length * w.rule.A.Size
	} else {
		layOut(start, unsafe.Add(w.nest.A, a), w.nest.Cols*w.rule.A.Size, length*w.rule.A.Size)
		long.nest.A, a = start, 0
		long.nest.BRow = length * w.rule.B.Size
	}
	long.row = 0 // all rows are one run
	long.cols, long.rows = long.nest.Cols, long.nest.Rows
	if !long.brief() {
		long.bound()
	}
	long.pieces(dst, a, b)

	if rest := total % length; rest > 0 {
		done := total - rest
		long.kernel = w.rule.Entries()[kernel.VV].Func
		if w.nest.BRow == 0 {
			a += done * w.rule.A.Size
		} else {
			b += done * w.rule.B.Size
		}
		long.call(dst+done*w.rule.Out.Size, a, b, &kernel.Nest{Cols: rest, Rows: 1})
	}
}
