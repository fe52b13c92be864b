package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
)

// Short rows that follow each other and are all multiplied by the same row,
// such as pixels by a factor for each colour, are one long run in which b
// repeats. b is laid out as often as fits into a buffer in the first-level
// cache; the rows then are as long as that.

const (
	repeatBuffer = 2048 // bytes
	repeatRow    = 256  // bytes of a row that is worth it, at most
	repeatRows   = 40   // rows that are worth it, at least: the buffer costs as much as 30 to 50 short rows
)

// repeatable reports whether a nest of contiguous rows is such a run.
func repeatable(nest *generated.Nest, size int) bool {
	row := nest.Cols * size
	return nest.BRow == 0 && nest.Rows >= repeatRows && row <= repeatRow && nest.DstRow == row && nest.ARow == row
}

// repeat multiplies the nest of w, which is repeatable.
func (w *walk) repeat(dst, a, b int) {
	var words [repeatBuffer / 8]uint64 // aligned for every dtype
	buffer := unsafe.Slice((*byte)(unsafe.Pointer(&words)), repeatBuffer)
	row := w.nest.Cols * w.size
	copies := min(len(buffer)/row, w.nest.Rows)
	filled := copy(buffer[:copies*row], unsafe.Slice((*byte)(unsafe.Add(w.b, b)), row))
	for filled < copies*row {
		filled += copy(buffer[filled:copies*row], buffer[:filled])
	}

	long := *w
	long.repeats = false
	long.b = noescape(unsafe.Pointer(&words))
	long.nest.Cols *= copies
	long.nest.Rows /= copies
	long.nest.DstRow, long.nest.ARow = copies*row, copies*row
	long.bound()
	long.calls(dst, a, 0)

	if rest := w.nest.Rows % copies; rest > 0 {
		done := (w.nest.Rows - rest) * row
		nest := generated.Nest{Cols: rest * w.nest.Cols, Rows: 1}
		long.call(dst+done, a+done, 0, &nest)
	}
}
