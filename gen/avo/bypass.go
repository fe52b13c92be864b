package avo

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// A bypass is what rows that bypass the caches need to know beside their sources: how to
// move all operands on by a number of elements. Of a row the whole lines are stored past
// the caches, what comes before and after the ordinary way. No line is stored both ways,
// which would be waited for, so vectors at either end that reach into a whole line make it
// an ordinary one.
type bypass struct {
	e    *emitter
	skip func(elements reg.GPVirtual)
}

// sequences is [emitter.sequences] past the caches. Out shares no memory with an operand, so that
// the last vector may multiply again what the one before did.
func (p *bypass) sequences(dst *walk, a, b sequence, _ int, finish ordering) {
	e := p.e
	elements := e.step / e.size
	e.sequenceRows(dst, a, b, func(n reg.GPVirtual) {
		p.begin(n, dst, a, b, finish)
		e.Label("lines")
		e.phase("all but the last vector")
		held := e.GP64() // for the last vector, where it is not one of those before
		e.MOVQ(n, held)
		e.NEGQ(held)
		e.ANDQ(operand.I32(int32(elements-1)), held)
		e.JZ(operand.LabelRef("whole"))
		e.MOVQ(operand.I32(int32(elements)), held)
		e.Label("whole")
		e.SUBQ(held, n)
		p.lines(n, dst, a, b, finish)
		e.ADDQ(held, n)
		e.JZ(operand.LabelRef("next"))
		e.Label("few")
		e.phase("single vectors, of which the last begins within the one before")
		e.CMPQ(n, operand.I32(int32(elements)))
		e.JAE(operand.LabelRef("single"))
		e.SUBQ(operand.I32(int32(elements)), n)
		p.skip(n)
		e.MOVQ(operand.I32(int32(elements)), n)
		e.Label("single")
		dst.store(e, e.products(a, b, 0, finish), e.whole(0))
		p.advance(n, elements, dst, a, b)
		e.JNZ(operand.LabelRef("few"))
	})
}

// blocks is [emitter.blocks] past the caches.
func (p *bypass) blocks(dst *walk, a, b source, _ int, finish ordering) {
	e := p.e
	e.rows(1, func(n reg.GPVirtual) {
		p.begin(n, dst, a, b, finish)
		e.JMP(operand.LabelRef("lines"))
		e.Label("few")
		e.untilAligned(n, dst, spec.LineBytes, func() { e.one(dst, dst, a, b) })
		e.Label("lines")
		p.lines(n, dst, a, b, finish)
		if e.step < spec.LineBytes {
			e.turns(n, 1, 0, false, dst, a, b, finish)
		}
		e.TESTQ(n, n)
		e.JZ(operand.LabelRef("next"))
		e.tails(n, e.maskedTails(n, dst, a, b, finish))
	}, nil, dst, a, b)
	e.end()
}

// leastLines is the number of lines from which on a row begins with vectors.
const leastLines = 4

// begin multiplies what comes before the lines of a row of n elements: a vector at its
// start, and vectors from the next place that is aligned to one until lines begin that none
// of them is in. Rows that begin at a line go to lines; those of few elements, or of which none begins
// at a line, to few.
func (p *bypass) begin(n reg.GPVirtual, dst *walk, a, b source, finish ordering) {
	e := p.e
	elements := e.step / e.size
	aligned := func(to int, jump func(operand.Op), label string) {
		e.TESTQ(operand.I32(int32(to-1)), dst.at)
		jump(operand.LabelRef(label))
	}
	e.fetchEnds(dst, n, e.size)
	aligned(spec.LineBytes, e.JZ, "lines")
	e.phase("before the first whole line")
	e.CMPQ(n, operand.I32(int32(leastLines*spec.LineBytes/e.size)))
	e.JB(operand.LabelRef("few"))
	if e.size > 1 {
		aligned(e.size, e.JNZ, "few")
	}
	next := e.GP64() // how far on the next vector is: after the first one where it is aligned
	e.MOVQ(dst.at, next)
	e.NEGQ(next)
	e.ANDQ(operand.I32(int32(e.step-1)), next)
	if log := bits.TrailingZeros(uint(e.size)); log > 0 {
		e.SHRQ(operand.U8(log), next)
	}
	vector := func() { dst.store(e, e.products(a, b, 0, finish), e.whole(0)) }
	on := func(by reg.GPVirtual) {
		e.SUBQ(by, n)
		p.skip(by)
	}
	if e.step == spec.LineBytes { // the next vector is the line that the first one reaches into
		vector()
		on(next)
		vector()
		p.advance(n, elements, dst, a, b)
		return
	}
	e.Label("before")
	vector()
	on(next)
	e.CMPQ(next, operand.I32(int32(elements)))
	e.MOVQ(operand.I32(int32(elements)), next)
	e.JNE(operand.LabelRef("before"))
	aligned(spec.LineBytes, e.JNZ, "before")
}

// advance moves all on by so many of n elements.
func (p *bypass) advance(n reg.GPVirtual, elements int, movers ...mover) {
	for _, m := range movers {
		m.advance(p.e, elements)
	}
	p.e.SUBQ(operand.I32(int32(elements)), n)
}

// lines multiplies whole lines while n elements have some.
func (p *bypass) lines(n reg.GPVirtual, dst *walk, a, b source, finish ordering) {
	p.e.turns(n, spec.LineBytes/p.e.step, 0, true, dst, a, b, finish)
}

// untilAligned multiplies one by one, of what n counts, until out is aligned.
func (e *emitter) untilAligned(n reg.GPVirtual, dst *walk, bytes int, one func()) {
	e.whileAtLeast(n, 1, "edge", func() {
		e.TESTQ(operand.I32(int32(bytes-1)), dst.at)
		e.JZ(operand.LabelRef("aligned"))
		one()
	})
	e.Label("aligned")
}

// bypassingLine multiplies what n > 0 counts, past the caches unless that is little or can not
// be aligned, which is rare. Lines that are not the row's own at either end are stored the ordinary way, and
// nothing beyond: a line that is written both ways, or past the caches in part, is waited
// for.
func (e *emitter) bypassingLine(l *line, n reg.GPVirtual) {
	rest := e.GP64() // to come after n, whole lines first
	if c, one := l.factor.(*constant); one && e.spread != nil {
		c.spread = e.spreads(c.value)
	}
	e.splitAtLine(l.dst, n, rest, max(e.unroll*e.elements, spec.LineBytes/l.dst.size), "end")

	e.Label("multiplied")
	e.phase("what comes after the part that was multiplied")
	e.TESTQ(rest, rest)
	e.JZ(operand.LabelRef("next"))
	for _, m := range l.movers() {
		m.skip(e, n)
	}
	e.MOVQ(rest, n)
	e.XORQ(rest, rest)
	e.Label("aligned")
	vector := e.elements * l.dst.size
	least := spec.LineBytes / vector // makes a line
	for i, count := range slices.Compact([]int{max(e.unroll, least), least}) {
		e.whileAtLeast(n, e.counts(count*e.elements), fmt.Sprintf("past%d", count), func() {
			if i == 0 {
				e.pastCaches(l, n, count)
			}
			e.vectors(l, count, true)
		})
	}
	e.Label("end")
	e.whileAtLeast(n, e.counts(e.elements), "end", func() { e.vectors(l, 1, false) })
	e.TESTQ(n, n)
	e.JZ(operand.LabelRef("multiplied"))
	e.shortLine(l, n, func() { e.JMP(operand.LabelRef("multiplied")) })
}

// splitAtLine leaves in n, and goes to end with, what of a row comes before its first whole
// line, and in rest what comes after, or goes to aligned if nothing comes before. Rows of
// fewer than least elements, which are a line or more, or that are aligned to less than an
// element, are whole, with no rest.
func (e *emitter) splitAtLine(dst *walk, n, rest reg.GPVirtual, least int, whole string) {
	skip := e.GP64()
	e.XORQ(rest, rest)
	e.CMPQ(n, operand.I32(int32(e.counts(least))))
	e.JB(operand.LabelRef(whole))
	e.fetchEnds(dst, n, dst.size/e.grain)
	e.phase("up to the first whole line")
	e.MOVQ(dst.at, skip)
	e.NEGQ(skip)
	e.ANDQ(operand.U8(spec.LineBytes-1), skip)
	e.JZ(operand.LabelRef("aligned"))
	e.TESTQ(operand.I32(int32(dst.size-1)), skip)
	e.JNZ(operand.LabelRef(whole))
	if scale := dst.size / e.grain; scale > 1 {
		e.SHRQ(operand.U8(log2(scale)), skip)
	}
	e.MOVQ(n, rest)
	e.SUBQ(skip, rest)
	e.MOVQ(skip, n)
	e.JMP(operand.LabelRef("end"))
}

// rowsAhead is the number of rows after which one ends that is fetched ahead.
const rowsAhead = 4

// fetchEnds fetches the lines in which a later row begins and ends, n of so many bytes, if
// they are its own in part: the processor waits for each before it stores more past the caches.
func (e *emitter) fetchEnds(dst *walk, n reg.GPVirtual, scale int) {
	e.phase("the ends of a later row are fetched")
	at := e.GP64()
	e.MOVQ(e.field(dst.name+"Row"), at)
	e.LEAQ(operand.Mem{Base: dst.row, Index: at, Scale: rowsAhead}, at)
	for _, end := range []string{"begins", "ends"} {
		switch {
		case end == "begins":
		case scale == 1:
			e.ADDQ(n, at)
		default:
			for left := scale; left > 0; left -= 8 {
				e.LEAQ(operand.Mem{Base: at, Index: n, Scale: uint8(min(left, 8))}, at)
			}
		}
		e.TESTQ(operand.I32(spec.LineBytes-1), at)
		e.JZ(operand.LabelRef(end))
		e.PREFETCHT0(operand.Mem{Base: at})
		e.Label(end)
	}
}
