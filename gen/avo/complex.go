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

// signs are w bytes of sign bits in the places of real parts.
func (c component) signs(w int) []byte {
	signs := make([]byte, w)
	for i := c.size - 1; i < w; i += 2 * c.size {
		signs[i] = 0x80
	}
	return signs
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
		re, im := e.vec(w), e.vec(w)
		c.reals(e, b, re)
		c.imags(e, b, im)
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
			e.VXORPS(e.constantData(c.signs(e.fit(n))), p[1], p[1])
			return append(p, nil) // one more says that the sign is there
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := e.fit(n)
			x := e.inRegister(w, a)
			r, crossed := e.vec(w), e.vec(w)
			c.swap(e, x, crossed)
			c.mul(e.Context, as(w, b[0]), x, r)
			c.mul(e.Context, as(w, b[1]), crossed, crossed)
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
