package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Short rows that follow each other and are all multiplied by the same row,
// such as pixels by a factor for each colour, are one long run in which b
// repeats. Kernels of 96 and 128 bytes of b hold them in registers; where b does not
// fit into those so many times, it is laid out as often as fits into a buffer in the
// first-level cache. The rows then are as long as that.

const (
	repeatBuffer = 1024 // bytes
	repeatRow    = 256  // bytes of a row that is worth it, at most
	repeatRows   = 40   // rows that are worth it, at least: the buffer costs as much as 30 to 50 short rows
	periodRows   = 28   // rows that are worth it where registers hold b
)

// repeatable reports whether a nest of contiguous rows is such a run.
func repeatable(nest *kernel.Nest, size int) bool {
	row := nest.Cols * size
	return nest.BRow == 0 && row <= repeatRow && nest.DstRow == row && nest.ARow == row &&
		(nest.Rows >= repeatRows || nest.Rows >= periodRows && (fills(128, row, nest.Rows) || fills(96, row, nest.Rows)))
}

// repeatPattern returns the pattern for a run of so many rows of so many bytes, and the
// bytes after which b repeats there, which are rows to the pattern.
func repeatPattern(row, rows int, reach reach) (kernel.Pattern, int) {
	switch {
	case reach == past:
	case fills(128, row, rows):
		return kernel.VP128, 128
	case fills(96, row, rows):
		return kernel.VP96, 96
	}
	whole := row * tileLine / min(row&-row, tileLine) // as many as are whole lines
	if whole > repeatBuffer || reach == past {        // from memory they take 1.04 times as long
		whole = row
	}
	return kernel.VV, repeatBuffer / whole * whole
}

// fills reports whether a period is made of whole rows, of which there are enough.
func fills(period, row, rows int) bool { return period%row == 0 && rows*row >= period }

// repeat multiplies the nest of w, which is repeatable.
func (w *walk) repeat(dst, a, b int) {
	if w.period <= 128 {
		var words [(128 + tileLine) / 8]uint64 // which costs less to clear
		// Hidden: the walk over it is made and ends in repeatFrom, and kernels keep nothing.
		w.repeatFrom(noescape(unsafe.Pointer(&words)), dst, a, b)
		return
	}
	var words [(repeatBuffer + tileLine) / 8]uint64
	// Hidden: as above.
	w.repeatFrom(noescape(unsafe.Pointer(&words)), dst, a, b)
}

// repeatFrom multiplies a nest that is repeatable, from a buffer that has room for b and
// its alignment.
func (w *walk) repeatFrom(start unsafe.Pointer, dst, a, b int) {
	start = unsafe.Add(start, -uintptr(start)%tileLine) // vectors that straddle lines are slow
	row := w.nest.Cols * w.size
	length := min(w.period, w.nest.Rows*row)
	buffer := unsafe.Slice((*byte)(start), length)
	for filled := copy(buffer, unsafe.Slice((*byte)(unsafe.Add(w.nest.B, b)), row)); filled < length; {
		filled += copy(buffer[filled:], buffer[:filled])
	}

	total := w.nest.Rows * row
	long := *w
	long.period = 0
	long.nest.B = start
	long.nest.Cols, long.nest.Rows = length/w.size, total/length
	long.nest.DstRow, long.nest.ARow = length, length
	long.row = 0 // all rows are one run
	long.bound()
	long.calls(dst, a, 0)

	if rest := total % length; rest > 0 {
		done := total - rest
		long.kernel = w.rule.kernels()[kernel.VV].Func
		long.call(dst+done, a+done, 0, &kernel.Nest{Cols: rest / w.size, Rows: 1})
	}
}
