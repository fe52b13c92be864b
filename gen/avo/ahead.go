package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Where much is computed of a line of memory, fewer lines are under way than the processor could have,
// and it does not look for the next ones beyond a page. There operands are fetched ahead; what is not
// worth as much computing loses by it.

const pageBytes = 4 << 10

// streams lists what a line reads from one element to the next.
func (l *line) streams() []*walk {
	if f, ok := l.factor.(stream); ok {
		return []*walk{l.other, f.walk}
	}
	return []*walk{l.other}
}

// worthAhead is how many instructions there are for each line that is read or written, from which on operands
// are fetched ahead where results are not stored past the caches. From so many on, 16 MiB that no cache
// holds take 0.70 to 1.0 of the time, those that the third level holds 0.91 to 1.01, less than these 0.98 to
// 1.02. Of fewer, what the caches hold takes up to 1.18. (Zen 5, docs/measurements/2026-11-30-zen5-ahead.md.)
const worthAhead = 9

// inCaches fetches two pages ahead, of the widest operand, and as many elements of the other, where a line reads
// more bytes than it writes.
func (e *emitter) inCaches(l *line, n reg.GPVirtual, vectors int) {
	reads, work := 0, e.work
	for _, w := range l.streams() {
		reads += w.size
	}
	if _, fixed := l.factor.(*constant); fixed {
		work = e.workByConstant
	}
	lines := float64((reads+l.dst.size)*e.width) / spec.LineBytes // of as many elements as a vector has bytes
	if float64(work) >= worthAhead*lines && reads > l.dst.size {
		elements := 2 * pageBytes / e.sizes.widest()
		e.fetchAhead(l, n, vectors, func(w *walk) int { return elements * w.size })
	}
}

// heavy is how many instructions for as many elements as a vector has bytes make a page fetched ahead worth it
// past the caches: from so many on it takes 0.63 to 0.99 of the time, 0.97 to 1.02 below. (Emerald Rapids,
// 29 November 2026.)
const heavy = 28

// pastCaches fetches a page ahead.
func (e *emitter) pastCaches(l *line, n reg.GPVirtual, vectors int) {
	if e.work >= heavy {
		e.fetchAhead(l, n, vectors, func(*walk) int { return pageBytes })
	}
}

// fetchAhead fetches what so many vectors of a line's operands are so many bytes later, if n says that
// the row has it.
func (e *emitter) fetchAhead(l *line, n reg.GPVirtual, vectors int, ahead func(w *walk) int) {
	least := 0
	for _, w := range l.streams() {
		least = max(least, ahead(w)/w.size+vectors*e.elements)
	}
	e.CMPQ(n, operand.I32(int32(e.counts(least))))
	e.JB(operand.LabelRef("fetched"))
	for _, w := range l.streams() {
		for at := 0; at < vectors*e.elements*w.size; at += spec.LineBytes {
			e.PREFETCHT0(operand.Mem{Base: w.at, Disp: ahead(w) + at})
		}
	}
	e.Label("fetched")
}
