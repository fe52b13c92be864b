package exec

import (
	"sync/atomic"

	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Entries are those of one rule at one level, by pattern.
type Entries = [kernel.NumPatterns]kernel.Entry

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

func (r Rule) Entries() *Entries { return r.On.Entries(r.Rule) }

// Entries returns those of a rule on the machine.
func (s *Site) Entries(r *kernel.Rule) *Entries { return r.At(s.Level, s.Features) }

// Copies returns the rule that copies elements of an operand: of what is copied itself, r.
func (r Rule) Copies(x *kernel.Operand) Rule {
	if x.Move == nil {
		return r
	}
	return Rule{Rule: x.Move, On: r.On}
}

// Operand returns what the rule says of an operand, 0 being a.
func (r Rule) Operand(i int) *kernel.Operand {
	if i == 0 {
		return &r.A
	}
	return &r.B
}

// Sizes returns the bytes of an element of out, of a, and of b and what comes after it.
func (r Rule) Sizes() [3]int { return [3]int{r.Out.Size, r.A.Size, r.B.Size} }

// SizeOf returns the bytes of an element of out, which is 0, or of an operand from 1 on.
func (r Rule) SizeOf(operand int) int { return r.Sizes()[min(operand, 2)] }

// Widest returns the bytes of the longest elements.
func (r Rule) Widest() int { return max(r.Out.Size, r.A.Size, r.B.Size) }

// bytes returns those of so many elements of out, a and b together.
func (r Rule) bytes(out, a, b int) int { return out*r.Out.Size + a*r.A.Size + b*r.B.Size }

// halfFrom are the bits of kernel.Entry.Halves that say from how many bytes of a row on, in units of
// 64.
const halfFrom, halfUnit = 0x1f << 5, 64

// EntryFor returns the entry for rows of so many bytes, see kernel.Entry.
func (r Rule) EntryFor(pattern kernel.Pattern, bytes int, reach Reach) *kernel.Entry {
	return entryAt(r.On.Machine, r.Rule, pattern, bytes, reach)
}

// entryAt is EntryFor on a machine.
func entryAt(at *machine.Machine, r *kernel.Rule, pattern kernel.Pattern, bytes int, reach Reach) *kernel.Entry {
	entry := &r.Kernels[at.Level][pattern]
	if half := entry.Halves >> (at.Halves & 31); half&uint32(reach) != 0 && bytes >= int(half&halfFrom)*(halfUnit>>5) {
		return &r.Kernels[entry.Level-1][entry.Pattern] // which was measured
	}
	if entry.Override&at.Features != 0 {
		return &r.Override.Kernels[pattern]
	}
	return entry
}

// Under returns the kernel of a set that stores products of a pattern under a mask, in the place of the kernel that
// would multiply rows of so many bytes, or nil if there is none.
func (r Rule) Under(by *kernel.Set, pattern kernel.Pattern, bytes int) kernel.Func {
	if by == nil {
		return nil
	}
	to := kernel.VVU
	if pattern == kernel.VC {
		to = kernel.VCU
	}
	plain := r.EntryFor(pattern, bytes, Nearest)
	if plain.Feature != 0 {
		return nil // which was measured, without a mask
	}
	return by[plain.Level][to].Func
}

// Half returns the entry of the level below.
func (r Rule) Half(entry *kernel.Entry) *kernel.Entry {
	return &r.Kernels[entry.Level-1][entry.Pattern]
}

// stalls reports whether rows of so many bytes, multiplied in place, would wait for each
// other: kernels of 64-byte vectors store what is left of a row under a mask of 16 or 32
// bytes, and a load of what lies behind the mask, the next row, waits for such a store.
func (w *Walk) stalls(row int) bool {
	n, left := &w.nest, row&(TileLine-1)
	masked := left > 0 && left < TileLine/2 && left != TileLine/4
	return masked && row < stallRow && n.Rows > 1 && w.way == straight && Distance(n.DstRow) < row+TileLine
}

// stallRow is the number of bytes from which on a row takes longer than a stall.
const stallRow = 1024

// A result that the caches can not hold is written past them: it would push
// out the operands, and each of its lines would be read before it is written.

// Reach is how far a multiply reaches into memory.
type Reach uint32

const ( // as kernel.Entry has them
	Nearest Reach = 1 << iota // the first-level cache holds it, or nearly
	Near                      // the second-level cache does
	held                      // the last one does
	far                       // they hold a part of it
	Past                      // its result is written past them
)

// ReachOf returns how far a multiply reaches that writes so many bytes, there being so
// many of result and operands together.
func (r Rule) ReachOf(written, bytes int) Reach {
	reach := r.reachWithin(bytes)
	switch {
	case bytes < r.On.Near: // or else it costs a call
	case r.On.Past(written, bytes):
		return Past
	case bytes >= r.On.Far:
		return far
	}
	return reach
}

// reachWithin is ReachOf what is known to be no further than held.
func (r Rule) reachWithin(bytes int) Reach { return reachAt(r.On.Machine, bytes) }

// reachAt is reachWithin on a machine.
func reachAt(at *machine.Machine, bytes int) Reach {
	switch {
	case bytes < at.Nearest:
		return Nearest
	case bytes < at.Second:
		return Near
	}
	return held
}

// NearestRun is the number of elements up to which a first-level cache that matters holds any run:
// out and both operands have 48 KiB at most.
const NearestRun = 1 << 10

// Fence waits for what was stored past the caches, which may otherwise be seen after what
// is stored later: a locked instruction does so on amd64, as SFENCE does. It is due once in
// a multiply, or in a thread's part: after each call of a kernel it takes 5% of the time.
func (r Reach) Fence() {
	if r == Past {
		var lock atomic.Uint32
		lock.Add(1)
	}
}

// BypassRun is the number of bytes from which on a run is worth it, BypassSeveral that of
// several factors, bypassPicked that of rows which begin anywhere in a line, if an operand is
// not contiguous.
const (
	BypassRun     = 256
	BypassSeveral = 512
	bypassPicked  = 2 << 10
)

// bypassing returns the pattern that takes the place of one whose rows, or all rows
// together, are runs of so many bytes of the widest elements, the result of the nest of w being
// to be written past the caches.
func (w *Walk) bypassing(pattern kernel.Pattern, run int) kernel.Pattern {
	n, apart, size := &w.nest, w.nest.DstRow, w.rule.Out.Size
	to := pattern.Bypassing()
	at := int(uintptr(n.Dst) % TileLine)
	least, aligned := BypassRun, 1
	switch pattern {
	case kernel.VV, kernel.VC, kernel.CV:
	case kernel.VC2, kernel.VC3, kernel.VC4:
		aligned = min(apart&-apart, TileLine) // rows begin at a cache line
	default:
		aligned = size // elements do
		if (at|apart)%TileLine != 0 {
			least = bypassPicked
		}
	}
	if to == kernel.VV || w.rule.Entries()[to].Func == nil || run*size < least*w.wide || n.Dst == n.A || n.Dst == n.B || at%aligned != 0 {
		return pattern
	}
	return to
}
