package exec

import (
	"sync/atomic"

	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// kernels are those of one rule at one level, by pattern.
type kernels = [kernel.NumPatterns]kernel.Entry

// Rule is a rule where it multiplies: two words, which go through calls in registers.
type Rule struct {
	*kernel.Rule
	On *Site
}

// Site is a machine, at whose level rules multiply. Moves, which are InBlocks, are what rules need
// that have no kernels of some patterns, and what short elements gain by. A program that multiplies
// by nothing but products of longer ones has a Site without, and does not link them.
type Site struct {
	*machine.Machine
	Moves Moves
	Bytes bool // strides count bytes in errors, as they do for those who call
}

// laid says how an array lies whose elements have so many bytes.
func (s *Site) laid(l *layout.Layout, size int) string {
	if !s.Bytes || l.Item != 0 {
		size = 1
	}
	return l.Laid(size)
}

func (r Rule) kernels() *kernels { return r.On.kernels(r.Rule) }

// kernels returns those of a rule on the machine.
func (s *Site) kernels(r *kernel.Rule) *kernels { return r.At(s.Level, s.Features) }

// copies returns the rule that copies elements of an operand: of what is copied itself, r.
func (r Rule) copies(x *kernel.Operand) Rule {
	if x.Move == nil {
		return r
	}
	return Rule{Rule: x.Move, On: r.On}
}

// operand returns what the rule says of an operand, 0 being a.
func (r Rule) operand(i int) *kernel.Operand {
	if i == 0 {
		return &r.A
	}
	return &r.B
}

// Sizes returns the bytes of an element of out, of a, and of b and what comes after it.
func (r Rule) Sizes() [3]int { return [3]int{r.Out.Size, r.A.Size, r.B.Size} }

// sizeOf returns the bytes of an element of out, which is 0, or of an operand from 1 on.
func (r Rule) sizeOf(operand int) int { return r.Sizes()[min(operand, 2)] }

// widest returns the bytes of the longest elements.
func (r Rule) widest() int { return max(r.Out.Size, r.A.Size, r.B.Size) }

// bytes returns those of so many elements of out, a and b together.
func (r Rule) bytes(out, a, b int) int { return out*r.Out.Size + a*r.A.Size + b*r.B.Size }

// halfFrom are the bits of kernel.Entry.Halves that say from how many bytes of a row on, in units of
// 64.
const halfFrom, halfUnit = 0x1f << 5, 64

// entryFor returns the entry for rows of so many bytes, see kernel.Entry.
func (r Rule) entryFor(pattern kernel.Pattern, bytes int, reach reach) *kernel.Entry {
	return entryAt(r.On.Machine, r.Rule, pattern, bytes, reach)
}

// entryAt is entryFor on a machine.
func entryAt(at *machine.Machine, r *kernel.Rule, pattern kernel.Pattern, bytes int, reach reach) *kernel.Entry {
	entry := &r.Kernels[at.Level][pattern]
	if half := entry.Halves >> (at.Halves & 31); half&uint32(reach) != 0 && bytes >= int(half&halfFrom)*(halfUnit>>5) {
		return &r.Kernels[entry.Level-1][entry.Pattern] // which was measured
	}
	if entry.Override&at.Features != 0 {
		return &r.Override.Kernels[pattern]
	}
	return entry
}

// under returns the kernel of a set that stores products of a pattern under a mask, in the place of the kernel that
// would multiply rows of so many bytes, or nil if there is none.
func (r Rule) under(by *kernel.Set, pattern kernel.Pattern, bytes int) kernel.Func {
	if by == nil {
		return nil
	}
	to := kernel.VVU
	if pattern == kernel.VC {
		to = kernel.VCU
	}
	plain := r.entryFor(pattern, bytes, nearest)
	if plain.Feature != 0 {
		return nil // which was measured, without a mask
	}
	return by[plain.Level][to].Func
}

// half returns the entry of the level below.
func (r Rule) half(entry *kernel.Entry) *kernel.Entry {
	return &r.Kernels[entry.Level-1][entry.Pattern]
}

// stalls reports whether rows of so many bytes, multiplied in place, would wait for each
// other: kernels of 64-byte vectors store what is left of a row under a mask of 16 or 32
// bytes, and a load of what lies behind the mask, the next row, waits for such a store.
func (w *walk) stalls(row int) bool {
	n, left := &w.nest, row&(tileLine-1)
	masked := left > 0 && left < tileLine/2 && left != tileLine/4
	return masked && row < stallRow && n.Rows > 1 && w.way == straight && distance(n.DstRow) < row+tileLine
}

// stallRow is the number of bytes from which on a row takes longer than a stall.
const stallRow = 1024

// A result that the caches can not hold is written past them: it would push
// out the operands, and each of its lines would be read before it is written.

// reach is how far a multiply reaches into memory.
type reach uint32

const ( // as kernel.Entry has them
	nearest reach = 1 << iota // the first-level cache holds it, or nearly
	near                      // the second-level cache does
	held                      // the last one does
	far                       // they hold a part of it
	past                      // its result is written past them
)

// reachOf returns how far a multiply reaches that writes so many bytes, there being so
// many of result and operands together.
func (r Rule) reachOf(written, bytes int) reach {
	reach := r.reachWithin(bytes)
	switch {
	case bytes < r.On.Near: // or else it costs a call
	case r.On.Past(written, bytes):
		return past
	case bytes >= r.On.Far:
		return far
	}
	return reach
}

// reachWithin is reachOf what is known to be no further than held.
func (r Rule) reachWithin(bytes int) reach {
	switch {
	case bytes < r.On.Nearest:
		return nearest
	case bytes < r.On.Second:
		return near
	}
	return held
}

// NearestRun is the number of elements up to which a first-level cache that matters holds any run:
// out and both operands have 48 KiB at most.
const NearestRun = 1 << 10

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
