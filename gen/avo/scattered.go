package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// scatteredRows multiplies rows of which out has any stride, and the operands
// have too or are contiguous.
func (e *emitter) scatteredRows(p spec.Pattern) {
	dstWalk, aWalk, bWalk := e.walks()
	dst := scattered{e.ladderOf(dstWalk, true)}
	a, b := source(aWalk), source(bWalk)
	if p.A == spec.Strided {
		a, b = scattered{e.ladderOf(aWalk, true)}, scattered{e.ladderOf(bWalk, true)}
	}
	vector := func() {
		dst.put(e, e.multiply(e.elements, a.vector(e, 0), e.prepare(e.elements, b.vector(e, 0))))
		if p.A != spec.Strided { // vectors that are gathered move on by themselves
			a.advance(e, e.elements)
			b.advance(e, e.elements)
		}
	}
	e.rows(1, func(n reg.GPVirtual) {
		if e.elements == 1 { // a loop of one takes half as long again where it is exactly a cache line
			e.whileAtLeast(n, 2, "pair", func() {
				e.phase("main loop: %s a turn", some(2))
				vector()
				vector()
			})
			e.whileAtLeast(n, 1, "vector", func() {
				e.phase("single elements")
				vector()
			})
			return
		}
		e.whileAtLeast(n, e.elements, "vector", func() {
			e.phase("main loop: %s a turn", some(e.elements))
			vector()
		})
		e.single(n, dst.walk, dst, a, b)
	}, nil, dst, a, b)
	e.end()
}

// elementRows multiplies bytes of any stride one by one.
func (e *emitter) elementRows(multiply func(e *emitter, by, x reg.GPVirtual)) {
	dst, a, b := e.newLadder("Dst", true), e.newLadder("A", true), e.newLadder("B", true)
	e.elementByElement(func(int) {
		x := e.zeroExtended(a.next(e), 1)
		multiply(e, e.zeroExtended(b.next(e), 1), x)
		e.MOVB(x.As8(), dst.next(e))
	}, func(elements int) {
		for _, l := range []*ladder{dst, a, b} {
			l.climbed(e, elements)
		}
	}, dst, a, b)
}

// elementByElement runs rows of single elements, several a turn: one deals with the i-th of a turn, moved
// moves on by a turn of so many.
func (e *emitter) elementByElement(one func(i int), moved func(elements int), movers ...mover) {
	e.rows(1, func(n reg.GPVirtual) {
		e.whileAtLeast(n, e.unroll, "several", func() {
			e.phase("main loop: %s a turn", some(e.unroll))
			for i := range e.unroll {
				one(i)
			}
			moved(e.unroll)
		})
		e.whileAtLeast(n, 1, "single", func() {
			e.phase("single elements")
			one(0)
			moved(1)
		})
	}, nil, movers...)
	e.end()
}

// A scattered operand has any stride: its vectors are put together, or taken
// apart, element by element. They have 16 bytes, those of the widest operand.
type scattered struct{ *ladder }

// advance moves on by one element: vectors do it themselves.
func (s scattered) advance(e *emitter, _ int) { s.climbed(e, 1) }

// each visits the elements of a vector and leaves the walk behind the last.
func (s scattered) each(e *emitter, visit func(i int, m operand.Mem)) {
	for i := range e.elements {
		visit(i, s.next(e))
	}
	s.climbed(e, e.elements)
}

func (s scattered) vector(e *emitter, _ int) operand.Op {
	r := e.XMM()
	s.each(e, func(i int, m operand.Mem) {
		at := operand.U8(i)
		switch {
		case s.size == 16:
			e.VMOVUPS(m, r)
		case s.size == 8 && i == 0:
			e.VMOVQ(m, r)
		case s.size == 8:
			e.VPINSRQ(at, m, r, r)
		case s.size == 4 && i == 0:
			e.VMOVD(m, r)
		case s.size == 4:
			e.VPINSRD(at, m, r, r)
		case i == 0:
			e.VMOVD(e.zeroExtended(m, s.size), r)
		case s.size == 2:
			e.VPINSRW(at, m, r, r)
		default:
			e.VPINSRB(at, m, r, r)
		}
	})
	return r
}

// put writes a vector.
func (s scattered) put(e *emitter, r reg.VecVirtual) {
	r = narrow(r, 16)
	s.each(e, func(i int, m operand.Mem) {
		at := operand.U8(i)
		switch s.size {
		case 16:
			e.VMOVUPS(r, m)
		case 8:
			e.VPEXTRQ(at, r, m)
		case 4:
			e.VPEXTRD(at, r, m)
		case 2:
			e.VPEXTRW(at, r, m)
		default:
			e.VPEXTRB(at, r, m)
		}
	})
}
