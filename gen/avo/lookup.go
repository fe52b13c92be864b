package avo

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// What becomes of a byte by a constant factor is one of 256 results. Where these are bytes, too, and
// single bytes are permuted across vectors, a long row begins with the results of all bytes and looks
// up those of its own, which takes less than to convert and to multiply them.

// looksUp tells whether lines look up their results.
func (e *emitter) looksUp(l *line) bool {
	_, one := l.factor.(*constant)
	return e.bytewise && one && l.dst.size == 1 && l.other.size == 1
}

// lookedUp multiplies whole vectors of what n counts, unless that is little.
func (e *emitter) lookedUp(l *line, n reg.GPVirtual) {
	e.CMPQ(n, operand.I32(int32(e.counts(spec.WorthTable))))
	e.JB(operand.LabelRef("little"))
	e.phase("the results of all bytes")
	all := e.at(e.GP64())
	e.LEAQ(e.constantData(numbers(256, 1, func(i int) int { return i })), all.at)
	all.wide = l.other.wide
	together, product := e.joined(&line{other: all, factor: l.factor}, 256/e.elements, false)
	var table []reg.VecVirtual
	for v := 0; v < 256/e.elements; v += together {
		table = append(table, product(v))
	}
	for _, vectors := range e.loops(1) {
		e.whileAtLeast(n, e.counts(vectors*e.width), fmt.Sprint("looked", vectors), func() {
			e.turn(vectors, false)
			for v := range vectors {
				at := access{first: v * e.width, count: e.width}
				l.dst.store(e, e.look(table, l.other.load(e, at)), at)
			}
			for _, m := range l.movers() {
				m.advance(e, vectors*e.width)
			}
		})
	}
	e.Label("little")
}

// look looks up bytes in four vectors of results: in two those of bytes without their highest bit, and
// where it is set in the others.
func (e *emitter) look(table []reg.VecVirtual, bytes operand.Op) reg.VecVirtual {
	low, high, upper := e.inRegister(e.width, bytes), e.vec(e.width), e.K()
	e.VMOVUPS(low, high)
	e.VPMOVB2M(low, upper)
	e.VPERMI2B(table[1], table[0], low)
	e.VPERMI2B(table[3], table[2], high)
	e.VMOVDQU8(high, upper, low)
	return low
}
