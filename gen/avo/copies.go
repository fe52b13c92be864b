package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Kernels that copy are those of products by nothing.

// copies is the product of an operand and nothing.
func (e *emitter) copies() product {
	return product{prepare: func(int, operand.Op) prepared { return nil }, multiply: func(n int, a operand.Op, _ prepared) reg.VecVirtual {
		return e.inRegister(e.fit(n), a)
	}}
}

// nothing is the operand that a copy or a conversion does not have.
type nothing struct{}

func (nothing) begin(*emitter)                  {}
func (nothing) advance(*emitter, int)           {}
func (nothing) skip(*emitter, reg.Register)     {}
func (nothing) nextRow(*emitter)                {}
func (nothing) vector(*emitter, int) operand.Op { return nil }
func (nothing) element(*emitter) operand.Op     { return nil }
func (nothing) follows() bool                   { return false }
func (nothing) prepared(e *emitter, a access) prepared {
	return e.prepare(a.count, nil)
}

func (nothing) within(e *emitter, bytes int) int { return bytes / e.size }

func (nothing) masked(*emitter, *rest, int) func() operand.Op {
	return func() operand.Op { return nil }
}

func (nothing) before(*emitter, reg.Register, int) sequence { return nothing{} }

// movedRows copies rows of which out or a is contiguous and the other has a fixed stride, or
// any.
func (e *emitter) movedRows(p spec.Pattern) {
	switch {
	case p.A == spec.Transposed:
		e.transposedRows()
		return
	case p.A == spec.Strided || p.Dst == spec.Strided:
		e.movedElements(p.Dst == spec.Strided)
		return
	}
	dst, a := e.newWalk("Dst"), e.newWalk("A")
	stride := p.A.Step()
	switch p.Dst {
	case spec.Unit:
	case spec.Reversed: // from the other end, out is contiguous and a is not
		last := e.times("Cols", e.size)
		e.SUBQ(operand.U8(e.size), last)
		e.SUBQ(last, dst.row)
		e.ADDQ(last, a.row)
		stride = -1
	default:
		e.spreadRows(p.Dst.Step(), dst, a, nothing{})
		return
	}
	if e.opmask {
		e.blocks(dst, e.newPermuted(a, 1, func(i int) int { return i * stride }), nothing{}, stride, keepOrder)
	} else {
		e.sequences(dst, e.newOrdered(a, stride), nothing{}, stride, keepOrder)
	}
}

// movedElements copies elements one by one, of which those of out, or of a, have any stride.
func (e *emitter) movedElements(scatter bool) {
	dst, a := e.newLadder("Dst", true), e.newLadder("A", true)
	any, contiguous := a, dst.walk
	if scatter {
		any, contiguous = dst, a.walk
	}
	e.elementByElement(func(i int) {
		from, to := any.next(e), contiguous.mem(e, nil, i)
		if scatter {
			from, to = to, from
		}
		e.moveElement(from, to)
	}, func(elements int) {
		any.climbed(e, elements)
		contiguous.advance(e, elements)
	}, dst, a)
}

// moveElement copies one element.
func (e *emitter) moveElement(from, to operand.Mem) {
	switch e.size {
	case 1:
		r := e.zeroExtended(from, 1)
		e.MOVB(r.As8(), to)
	case 2:
		r := e.zeroExtended(from, 2)
		e.MOVW(r.As16(), to)
	case 4:
		r := e.GP32()
		e.MOVL(from, r)
		e.MOVL(r, to)
	case 8:
		r := e.GP64()
		e.MOVQ(from, r)
		e.MOVQ(r, to)
	default:
		r := e.XMM()
		e.VMOVUPS(from, r)
		e.VMOVUPS(r, to)
	}
}
