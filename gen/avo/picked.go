package avo

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// pickedRows multiplies rows of which a, b or both take elements at a fixed
// stride other than 1. If both do, it is better their product that is put in order.
func (e *emitter) pickedRows(p spec.Pattern) {
	dst, a, b := e.walks()
	stride := p.B.Step()
	both, from := p.A != spec.Unit, func(i int) int { return i * stride }
	sequences, blocks := e.sequences, e.blocks
	if p.Bypass {
		strideA := 1
		if both {
			strideA = stride
		}
		past := &bypass{e, func(elements reg.GPVirtual) {
			dst.stride(e, elements, 1)
			a.stride(e, elements, strideA)
			b.stride(e, elements, stride)
		}}
		sequences, blocks = past.sequences, past.blocks
	}
	switch {
	case !e.opmask && both:
		x := e.newBlended(a, stride)
		sequences(dst, x, e.newBlended(b, stride), stride, e.ordering(x.place))
	case !e.opmask:
		sequences(dst, a, e.newOrdered(b, stride), stride, keepOrder)
	case both && stride < 0:
		blocks(dst, mirrored{a}, mirrored{b}, stride, e.turner())
	case both:
		blocks(dst, e.newPermuted(a, 1, from), e.newPermuted(b, 1, from), stride, keepOrder)
	default:
		blocks(dst, a, e.newPermuted(b, 1, from), stride, keepOrder)
	}
}

// products multiplies the v-th vectors of a and b and finishes what comes out.
func (e *emitter) products(a, b source, v int, finish ordering) reg.VecVirtual {
	n := e.elements
	return finish(e.multiply(n, a.vector(e, v), e.prepare(n, b.vector(e, v)))).(reg.VecVirtual)
}

// turns multiplies so many vectors a turn while at least that many are left, and so
// many elements more. Where it stores past the caches, a turn is of whole lines.
func (e *emitter) turns(n reg.GPVirtual, vectors, more int, past bool, dst *walk, a, b source, finish ordering) {
	elements, name := vectors*e.step/e.size, fmt.Sprint(vectors)
	if past {
		name = "past" + name
	}
	e.while(n, elements+more, elements, name, func() {
		e.turn(vectors, past)
		for v := range vectors {
			to := e.whole(v)
			to.past = past
			dst.store(e, e.products(a, b, v, finish), to)
		}
		for _, m := range []mover{dst, a, b} {
			m.advance(e, elements)
		}
	})
}

// sequences multiplies rows of contiguous out by whole vectors, the last of which
// overlaps the one before as in overlappedLine, and rows of less element by element.
func (e *emitter) sequences(dst *walk, a, b sequence, stride int, finish ordering) {
	e.sequenceRows(dst, a, b, func(n reg.GPVirtual) {
		elements := e.step / e.size
		end := dst.moved(e, n, e.size, elements)
		e.phase("the last vector, which overlaps the one before: multiplied first")
		last := e.products(a.before(e, n, elements), b.before(e, n, elements), 0, finish)
		for _, vectors := range e.loops(stride) {
			e.turns(n, vectors, 1, false, dst, a, b, finish)
		}
		e.phase("and stored last")
		end.store(e, last, e.whole(0))
	})
}

// sequenceRows runs whole for rows of n elements that make a vector, and multiplies others
// element by element. What must follow a vector is multiplied before, and n is less by that.
func (e *emitter) sequenceRows(dst *walk, a, b sequence, whole func(n reg.GPVirtual)) {
	least := e.step / e.size
	if a.follows() || b.follows() {
		least++
	}
	e.rows(1, func(n reg.GPVirtual) {
		e.CMPQ(n, operand.I32(int32(least)))
		e.JB(operand.LabelRef("short"))
		if least > e.step/e.size {
			e.followed(n, dst, a, b)
		}
		whole(n)
		e.JMP(operand.LabelRef("next"))
		e.Label("short")
		e.single(n, dst, dst, a, b)
	}, nil, dst, a, b)
	e.end()
}

// followed multiplies the last of n elements alone, which vectors need only to follow.
func (e *emitter) followed(n reg.GPVirtual, dst *walk, a, b sequence) {
	e.phase("the last element, which vectors need to follow them")
	e.DECQ(n)
	x, y, to := a.before(e, n, 0), b.before(e, n, 0), dst.moved(e, n, e.size, 0)
	to.store(e, e.multiply(1, x.element(e), e.prepare(1, y.element(e))), access{count: 1})
}

// blocks multiplies rows of contiguous out vector by vector, and what is left
// under a mask.
func (e *emitter) blocks(dst *walk, a, b source, stride int, finish ordering) {
	tails := e.maskedTails(e.lastOf(1, e.step/e.size), dst, a, b, finish)
	e.rows(1, func(n reg.GPVirtual) {
		for _, vectors := range e.loops(stride) {
			e.turns(n, vectors, 0, false, dst, a, b, finish)
		}
		e.tails(n, tails)
	}, tails, dst, a, b)
	e.end()
}

// maskedTails lists the tails of rows that a and b give masked vectors of, of n elements:
// for those that shorter or fewer loads give, and for a whole vector.
func (e *emitter) maskedTails(n reg.GPVirtual, dst *walk, a, b source, finish ordering) []tail {
	left, elements := e.newRest(n), e.step/e.size
	var tails []tail
	add := func(most int) {
		if len(tails) > 0 && tails[len(tails)-1].most == most {
			return
		}
		to := access{count: e.covering(most), mask: selection{left.mask(func(i int) int { return i }), nil}}
		x, y := a.masked(e, left, most), b.masked(e, left, most)
		tails = append(tails, tail{most, func(reg.GPVirtual) {
			e.phase("up to %s under a mask", some(most))
			n, w := to.count, e.fit(to.count)
			dst.store(e, finish(e.multiply(n, as(w, x()), e.prepare(n, as(w, y())))).(reg.VecVirtual), to)
		}})
	}
	within := func(bytes int) int { return min(a.within(e, bytes), b.within(e, bytes)) }
	if half := within(e.step / 2); half == elements/2 { // less would be of one load, as the next
		add(half)
	}
	for _, loads := range []int{1, 2} {
		if most := within(loads * e.step); most < elements {
			add(most)
		}
	}
	add(elements)
	return tails
}

// single multiplies the n elements that are left, one by one; at is where dst
// stands.
func (e *emitter) single(n reg.GPVirtual, at *walk, dst mover, a, b source) {
	e.whileAtLeast(n, 1, "single", func() { e.one(at, dst, a, b) })
}

// one multiplies the element at which dst, a and b stand.
func (e *emitter) one(at *walk, dst mover, a, b source) {
	e.phase("%s", some(1))
	at.store(e, e.multiply(1, a.element(e), e.prepare(1, b.element(e))), access{count: 1})
	for _, m := range []mover{dst, a, b} {
		m.advance(e, 1)
	}
}
