package avo

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A component is the precision of a complex number's parts, with the
// instructions that differ between them.
type component struct {
	mul, add, addSub, fusedAddSub func(*build.Context, ...operand.Op)

	size  int                               // bytes
	reals func(e *emitter, b, r operand.Op) // the real part in both places
	imags func(e *emitter, b, r operand.Op) // the imaginary part in both places
	swap  func(e *emitter, a, r operand.Op) // the parts in each other's place
	one   func(e *emitter) reg.VecVirtual
}

var single = component{
	size:        4,
	mul:         (*build.Context).VMULPS,
	add:         (*build.Context).VADDPS,
	addSub:      func(c *build.Context, ops ...operand.Op) { c.VADDSUBPS(ops[0], ops[1], ops[2]) },
	fusedAddSub: (*build.Context).VFMADDSUB132PS,
	reals:       func(e *emitter, b, r operand.Op) { e.VMOVSLDUP(b, r) },
	imags:       func(e *emitter, b, r operand.Op) { e.VMOVSHDUP(b, r) },
	swap:        func(e *emitter, a, r operand.Op) { e.VPERMILPS(operand.U8(0xb1), a, r) },
	one:         func(e *emitter) reg.VecVirtual { return e.repeat32(0x3f800000) },
}

var double = component{
	size:        8,
	mul:         (*build.Context).VMULPD,
	add:         (*build.Context).VADDPD,
	addSub:      func(c *build.Context, ops ...operand.Op) { c.VADDSUBPD(ops[0], ops[1], ops[2]) },
	fusedAddSub: (*build.Context).VFMADDSUB132PD,
	reals:       func(e *emitter, b, r operand.Op) { e.VMOVDDUP(b, r) },
	imags:       func(e *emitter, b, r operand.Op) { e.VPERMILPD(operand.U8(0xff), b, r) },
	swap:        func(e *emitter, a, r operand.Op) { e.VPERMILPD(operand.U8(0x55), a, r) },
	one: func(e *emitter) reg.VecVirtual {
		r := e.repeat32(1)
		e.VCVTDQ2PD(narrow(r, e.width/2), r)
		return r
	},
}

// signs are w bytes of sign bits in the places of real parts, or of imaginary ones.
func (c component) signs(w int, imaginary bool) []byte {
	signs := make([]byte, w)
	first := c.size - 1
	if imaginary {
		first += c.size
	}
	for i := first; i < w; i += 2 * c.size {
		signs[i] = 0x80
	}
	return signs
}

// split makes vectors of the real parts in both places and of the imaginary ones.
func (c component) split(e *emitter, w int, b operand.Op) (re, im reg.VecVirtual) {
	re, im = e.vec(w), e.vec(w)
	c.reals(e, b, re)
	c.imags(e, b, im)
	return re, im
}

// crossed multiplies vectors by the parts of a factor: what the real parts give, and what the
// imaginary ones give of the other operand with its parts in each other's place.
func (c component) crossed(e *emitter, w int, a operand.Op, re, im operand.Op) (r, crossed reg.VecVirtual) {
	x := e.inRegister(w, a)
	r, crossed = e.vec(w), e.vec(w)
	c.swap(e, x, crossed)
	c.mul(e.Context, as(w, re), x, r)
	c.mul(e.Context, as(w, im), crossed, crossed)
	return r, crossed
}

// textbook is the complex product (ar*br - ai*bi, ai*br + ar*bi) with every
// product rounded. AVX-512 has no instruction that adds and subtracts in turn;
// a fused one that multiplies by 1 first rounds just as often. A constant b has
// the sign of the subtraction in its imaginary part, and is added.
func (c component) textbook(e *emitter) product {
	var one reg.VecVirtual
	if e.opmask {
		one = c.one(e)
	}
	prepare := func(n int, b operand.Op) prepared {
		w := e.fit(n)
		if p, ok := b.(prepared); ok {
			return p
		}
		re, im := c.split(e, w, b)
		return prepared{re, im}
	}
	return product{
		prepare: prepare,
		parts: []func(int) int{
			func(byte int) int { return byte % c.size },
			func(byte int) int { return c.size + byte%c.size },
		},
		prepareConstant: func(n int, b operand.Op) prepared {
			p := prepare(n, b)
			e.VXORPS(e.constantData(c.signs(e.fit(n), false)), p[1], p[1])
			return append(p, nil) // one more says that the sign is there
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := e.fit(n)
			r, crossed := c.crossed(e, w, a, b[0], b[1])
			switch {
			case len(b) == 3:
				c.add(e.Context, crossed, r, r)
			case e.opmask:
				c.fusedAddSub(e.Context, narrow(one, w), crossed, r)
			default:
				c.addSub(e.Context, crossed, r, r)
			}
			return r
		},
	}
}

// conjugated is the product of a and the conjugate of b, (ar*br + ai*bi, ai*br - ar*bi), with
// every product rounded. With b the factor, the products of its imaginary part get the sign
// that they have in the result; with a, those of its real part.
func (c component) conjugated(e *emitter) product {
	return product{
		prepare: func(n int, b operand.Op) prepared {
			w := e.fit(n)
			re, im := c.split(e, w, b)
			signed := im
			if e.swapped {
				signed = re
			}
			e.VXORPS(e.constantData(c.signs(w, true)), signed, signed)
			return prepared{re, im}
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			r, crossed := c.crossed(e, e.fit(n), a, b[0], b[1])
			c.add(e.Context, crossed, r, r)
			return r
		},
	}
}

// scaled is the product of a real number, a, and both parts of a complex one, b.
func (c component) scaled(e *emitter) product {
	size := 2 * c.size
	if e.opmask && c.size == 8 {
		e.constantBytes(eachTwice) // before the first row
	}
	return product{
		prepare: func(n int, b operand.Op) prepared {
			if e.swapped {
				b = c.twice(e, n, b)
			}
			return prepared{b}
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := max(16, n*size)
			if !e.swapped {
				a = c.twice(e, n, a)
			}
			r := e.vec(w)
			c.mul(e.Context, as(w, b[0]), e.inRegister(w, a), r)
			return r
		},
	}
}

// promoted is the textbook product of a real number, a, and a complex one, b: what the imaginary part
// of a gives is a product by 0, in vectors of its own.
func (c component) promoted(e *emitter) product {
	size := 2 * c.size
	if e.opmask && c.size == 8 {
		e.constantBytes(eachTwice) // before the first row
	}
	zero := e.repeat32(0)
	var one reg.VecVirtual
	if e.opmask {
		one = c.one(e)
	}
	width := func(n int) int { return max(16, n*size) }
	byZero := func(n int, y operand.Op) prepared {
		w := width(n)
		x, crossed := e.inRegister(w, y), e.vec(w)
		c.swap(e, x, crossed)
		c.mul(e.Context, narrow(zero, w), crossed, crossed)
		return prepared{x, crossed}
	}
	return product{
		prepare: func(n int, b operand.Op) prepared {
			if e.swapped {
				return prepared{c.twice(e, n, b)}
			}
			return byZero(n, b)
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := width(n)
			r, real, y := e.vec(w), operand.Op(nil), b
			if e.swapped {
				real, y = b[0], byZero(n, a)
			} else {
				real = c.twice(e, n, a)
			}
			c.mul(e.Context, as(w, y[0]), as(w, real), r)
			if crossed := as(w, y[1]); e.opmask {
				c.fusedAddSub(e.Context, narrow(one, w), crossed, r)
			} else {
				c.addSub(e.Context, crossed, r, r)
			}
			return r
		},
	}
}

// eachTwice is the order in which VPERMPD repeats four numbers.
var eachTwice = numbers(8, 8, func(i int) int { return i / 2 })

// twice repeats each of n real numbers.
func (c component) twice(e *emitter, n int, x operand.Op) reg.VecVirtual {
	r := e.vec(max(16, 2*n*c.size))
	switch {
	case c.size == 4:
		e.VPMOVZXDQ(x, r)
		e.VMOVSLDUP(r, r)
	case n == 1:
		e.VMOVDDUP(x, r)
	case n == 2:
		e.VPERMQ(operand.U8(0x50), narrow(e.inRegister(16, x), 32), r)
	default:
		e.VPERMPD(narrow(e.inRegister(32, x), 64), e.constantBytes(eachTwice), r)
	}
	return r
}
