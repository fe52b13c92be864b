package exec

import (
	"sync/atomic"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A result that the caches can not hold is written past them: it would push
// out the operands, and each of its lines would be read before it is written.

// reach is how far a multiply reaches into memory.
type reach uint8

const (
	near reach = iota // the caches hold it
	far               // they hold a part of it
	past              // its result is written past them
)

// reachOf returns how far a multiply reaches that writes so many bytes, there being so
// many of result and operands together.
func (r Rule) reachOf(written, bytes int) reach {
	switch {
	case bytes < r.On.Near:
		return near
	case r.On.Past(written, bytes):
		return past
	case bytes < r.On.Far:
		return near
	}
	return far
}

// fence waits for what was stored past the caches, which may otherwise be seen after what
// is stored later: a locked instruction does so on amd64, as SFENCE does. It is due once in
// a multiply, or in a thread's part: after each call of a kernel it takes 5% of the time.
func (r reach) fence() {
	if r == past {
		var lock atomic.Uint32
		lock.Add(1)
	}
}

// bypassRun is the number of bytes from which on a run is worth it, bypassSeveral that of
// several factors, bypassPicked that of rows which begin anywhere in a line, if an operand is
// not contiguous.
const (
	bypassRun     = 256
	bypassSeveral = 512
	bypassPicked  = 2 << 10
)

// bypassing returns the pattern that takes the place of one whose rows, or all rows
// together, are runs of so many bytes of the widest elements, the result of the nest of w being
// to be written past the caches.
func (w *walk) bypassing(pattern kernel.Pattern, run int) kernel.Pattern {
	n, apart, size := &w.nest, w.nest.DstRow, w.rule.Out.Size
	to := pattern.Bypassing()
	at := int(uintptr(n.Dst) % tileLine)
	least, aligned := bypassRun, 1
	switch pattern {
	case kernel.VV, kernel.VC, kernel.CV:
	case kernel.VC2, kernel.VC3, kernel.VC4:
		aligned = min(apart&-apart, tileLine) // rows begin at a cache line
	default:
		aligned = size // elements do
		if (at|apart)%tileLine != 0 {
			least = bypassPicked
		}
	}
	if to == kernel.VV || w.rule.kernels()[to].Func == nil || run*size < least*w.wide || n.Dst == n.A || n.Dst == n.B || at%aligned != 0 {
		return pattern
	}
	return to
}
