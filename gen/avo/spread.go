package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An out of a fixed stride is written by as many vectors for each of products as the
// stride is: in them the products are repeated, and masks let through one of each.
type spread struct {
	*walk
	stride int
	repeat []permutation // one for each vector
}

func (e *emitter) newSpread(dst *walk, stride int) *spread {
	s := &spread{walk: dst, stride: stride}
	for v := range stride {
		s.repeat = append(s.repeat, e.permutation(0, nil, func(i int) int {
			return (v*e.step+i)/(stride*e.size)*e.size + i%e.size
		}))
	}
	return s
}

// place returns which product the i-th element of the v-th vector is, or none.
func (s *spread) place(e *emitter, v, i int) int {
	if at := v*e.step/e.size + i; at%s.stride == 0 {
		return at / s.stride
	}
	return none
}

// put stores the v-th vector of products.
func (s *spread) put(e *emitter, v int, products reg.VecVirtual, mask reg.Register) {
	x := s.repeat[v].of(e.step, []operand.Op{narrow(products, e.step)}).(reg.VecVirtual)
	e.store(x, s.at, access{disp: v * e.step, bytes: e.step, mask: mask})
}

func (s *spread) advance(e *emitter, elements int) { s.walk.advance(e, elements*s.stride) }

// spreadRows multiplies rows of which out has a fixed stride and the operands are
// contiguous.
func (e *emitter) spreadRows(stride int) {
	dstWalk, a, b := e.walks()
	dst, elements := e.newSpread(dstWalk, stride), e.step/e.size
	masks := make([]reg.Register, stride)
	for v := range masks {
		masks[v] = e.opmaskOf(func(i int) bool { return dst.place(e, v, i) != none })
	}
	left := e.newRest()
	var tails []tail
	for _, most := range []int{elements / stride, elements} { // of one vector, and of all
		to := make([]reg.Register, (most*stride+elements-1)/elements)
		for v := range to {
			to[v] = left.mask(func(i int) int { return dst.place(e, v, i) })
		}
		x, y := a.masked(e, left, most), b.masked(e, left, most)
		tails = append(tails, tail{most, func(reg.GPVirtual) {
			w := e.covering(most)
			products := e.multiply(w, as(w, x()), e.prepare(w, as(w, y())))
			for v, mask := range to {
				dst.put(e, v, products, mask)
			}
		}})
	}
	e.rows(1, func(n reg.GPVirtual) {
		e.whileAtLeast(n, elements, "vector", func() {
			products := e.multiply(e.step, a.vector(e, 0), e.prepare(e.step, b.vector(e, 0)))
			for v, mask := range masks {
				dst.put(e, v, products, mask)
			}
			for _, m := range []mover{dst, a, b} {
				m.advance(e, elements)
			}
		})
		e.tails(n, tails)
	}, tails, dst, a, b)
	e.end()
}
