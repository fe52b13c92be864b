package avo

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A sieve is an operand of a fixed stride in vectors that hold what lies between its
// elements as well. A block is as many of them as the stride is, and has as many elements
// as one vector of a contiguous operand. An out is written under masks that let through
// its elements alone.
type sieve struct {
	*walk
	stride int
}

func (s sieve) advance(e *emitter, elements int) { s.walk.advance(e, elements*s.stride) }

// place returns which element of the block the i-th of the v-th vector is, or none.
func (s sieve) place(e *emitter, v, i int) int {
	if at := v*e.step/e.size + i; at%s.stride == 0 {
		return at / s.stride
	}
	return none
}

// masks returns those of the vectors of whole blocks.
func (s sieve) masks(e *emitter) []func() reg.Register {
	var masks []func() reg.Register
	for v := range s.stride {
		mask := e.opmaskOf(func(i int) bool { return s.place(e, v, i) != none })
		masks = append(masks, func() reg.Register { return mask })
	}
	return masks
}

// rest returns the masks of the vectors that the first elements of a block lie in, at
// most so many, and of what is left in them.
func (s sieve) rest(e *emitter, left *rest, most int) []func() reg.Register {
	elements := e.step / e.size
	var masks []func() reg.Register
	for v := range (most*s.stride + elements - 1) / elements {
		masks = append(masks, left.maskOf(s.stride, func(i int) int { return s.place(e, v, i) }))
	}
	return masks
}

// access is the v-th vector under a mask.
func (s sieve) access(e *emitter, v int, mask reg.Register) access {
	to := e.whole(v)
	to.mask.bits = mask
	return to
}

// sievedTails lists the tails of rows whose out is a sieve: for what one vector holds, and
// for a whole block.
func (e *emitter) sievedTails(out sieve, multiply func(left *rest, most int, masks []func() reg.Register) func()) []tail {
	left, elements := e.newRest(e.lastOf(1, e.step/e.size)), e.step/e.size
	var tails []tail
	for _, most := range slices.Compact([]int{max(1, elements/out.stride), elements}) {
		do := multiply(left, most, out.rest(e, left, most))
		tails = append(tails, tail{most, func(reg.GPVirtual) {
			e.phase("up to %s under masks", some(most))
			do()
		}})
	}
	return tails
}

// sievedRows multiplies rows of which out and a have a fixed stride, and b has it too or
// is a constant: gaps are multiplied with the elements and not written.
func (e *emitter) sievedRows(stride int, constantB bool) {
	dstWalk, aWalk, bWalk := e.walks()
	dst, a, b := sieve{dstWalk, stride}, sieve{aWalk, stride}, sieve{bWalk, stride}
	elements := e.step / e.size
	movers := []mover{dst, a, b}
	c := &constant{walk: bWalk}
	if constantB {
		movers[2] = c
	}
	product := func(v int, mask, gaps reg.Register) {
		in := a.access(e, v, gaps)
		y := c.value
		if !constantB {
			y = e.prepare(elements, b.load(e, in))
		}
		dst.store(e, e.multiply(elements, a.load(e, in), y), dst.access(e, v, mask))
	}
	masks := dst.masks(e)
	tails := e.sievedTails(dst, func(_ *rest, _ int, masks []func() reg.Register) func() {
		return func() {
			for v, mask := range masks {
				k := mask()
				product(v, k, k)
			}
		}
	})
	e.rows(1, func(n reg.GPVirtual) {
		e.while(n, elements+1, elements, "block", func() { // one more: nothing behind the last is read
			e.phase("main loop: whole blocks")
			for v, mask := range masks {
				product(v, mask(), nil)
			}
			for _, m := range movers {
				m.advance(e, elements)
			}
		})
		e.tails(n, tails)
	}, tails, movers...)
	e.end()
}

// spreadRows multiplies rows of which out has a fixed stride and the operands are
// contiguous: products are repeated as often as the stride, and each is written once.
func (e *emitter) spreadRows(stride int, dstWalk, a *walk, b source) {
	dst, elements := sieve{dstWalk, stride}, e.step/e.size
	var repeat []permutation
	for v := range stride {
		repeat = append(repeat, e.permutation(0, nil, func(i int) int {
			return (v*e.step+i)/(stride*e.size)*e.size + i%e.size
		}))
	}
	put := func(products reg.VecVirtual, masks []func() reg.Register) {
		for v, mask := range masks {
			x := repeat[v].of(e.step, []operand.Op{narrow(products, e.step)}).(reg.VecVirtual)
			dst.store(e, x, dst.access(e, v, mask()))
		}
	}
	masks := dst.masks(e)
	tails := e.sievedTails(dst, func(left *rest, most int, masks []func() reg.Register) func() {
		x, y := a.masked(e, left, most), b.masked(e, left, most)
		return func() {
			n := e.covering(most)
			w := e.fit(n)
			put(e.multiply(n, as(w, x()), e.prepare(n, as(w, y()))), masks)
		}
	})
	e.rows(1, func(n reg.GPVirtual) {
		e.whileAtLeast(n, elements, "block", func() {
			e.phase("main loop: whole blocks")
			put(e.multiply(elements, a.vector(e, 0), e.prepare(elements, b.vector(e, 0))), masks)
			for _, m := range []mover{dst, a, b} {
				m.advance(e, elements)
			}
		})
		e.tails(n, tails)
	}, tails, dst, a, b)
	e.end()
}
