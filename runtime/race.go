//go:build race

package runtime

import (
	goruntime "runtime"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
)

// raceDetector tells whether this build looks for data races.
const raceDetector = true

// announce tells the race detector, which does not see what assembly does, that a multiply
// of elements of size bytes reads xs and writes out. It is called on the goroutine of the
// caller, before anything is shared out. Of a multiply that will be refused it says nothing.
func announce(size int, out operand, xs ...operand) {
	if out.lay == nil || writable(out.lay) != nil {
		return
	}
	for _, x := range xs {
		if x.lay == nil || !fits(out.lay, x.lay) {
			return
		}
	}
	for _, x := range xs {
		visit(size, x, goruntime.RaceReadRange)
	}
	visit(size, out, goruntime.RaceWriteRange)
}

// announceRuns is announce for runs of n elements, of which b may be nil.
func announceRuns(size, n int, dst, a, b unsafe.Pointer) {
	for _, x := range []unsafe.Pointer{a, b} {
		if x != nil {
			// Hidden: the detector keeps addresses and follows none.
			goruntime.RaceReadRange(noescape(x), n*size)
		}
	}
	// Hidden: as above.
	goruntime.RaceWriteRange(noescape(dst), n*size)
}

// visit calls access for each run of elements that lie side by side, and for elements that
// do not one by one: what is between them is not touched. What a stride of 0 repeats is
// visited once.
func visit(size int, x operand, access func(unsafe.Pointer, int)) {
	shape, strides := x.lay.once()
	var layout broadcast.Layout
	broadcast.Normalize(&layout, shape, strides, strides, strides)
	if layout.Empty {
		return
	}
	run, loops := size, layout.Rank
	if loops > 0 {
		if inner := layout.At(loops - 1); inner.Stride[broadcast.Out] == 1 {
			run *= inner.Extent
			loops--
		}
	}
	// Hidden: the detector keeps addresses and follows none.
	base := noescape(unsafe.Add(x.base, layout.Offset[broadcast.Out]*size))
	var walk func(i, offset int)
	walk = func(i, offset int) {
		if i == loops {
			access(unsafe.Add(base, offset), run)
			return
		}
		loop := layout.At(i)
		for range loop.Extent {
			walk(i+1, offset)
			offset += loop.Stride[broadcast.Out] * size
		}
	}
	walk(0, 0)
}
