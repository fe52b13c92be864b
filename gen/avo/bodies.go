package avo

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// A body multiplies vectors of elements. It contains no loop control and knows nothing of
// where vectors come from or go to.
type body struct {
	// widen is how many times fewer elements than the widest type has in a register make
	// a vector.
	widen int
	// bind emits the constants that the products of a kernel share. Which of the operands
	// its product prepares, and which of them varies, the emitter says: a body whose
	// operands can not change places asks whether they are swapped.
	bind func(*emitter) product
	// element, if any, multiplies a general register by another: for elements that are
	// faster to multiply one by one than to put together in vectors.
	element func(e *emitter, by, x reg.GPVirtual)
}

// A product is a body bound to a kernel.
type product struct {
	// slow says that vectors take longer to multiply than to load.
	slow bool
	// prepare does what depends on the factor alone, which is b, or a where the emitter
	// says so: a constant factor pays for it once in a row. It is n packed elements of its
	// own type: in a register of [fit] bytes, or in memory if they are 16 bytes or more.
	prepare func(n int, b operand.Op) prepared
	// prepareConstant is prepare for a factor that serves many products, if more can be
	// done for it.
	prepareConstant func(n int, b operand.Op) prepared
	// parts, if any, are what prepare makes of b: elements of which each byte is another
	// one of them. A b that is permuted anyway comes as prepared.
	parts []func(byte int) int
	// multiply returns n packed products of the other operand, given as the factor was,
	// and what was prepared.
	multiply func(n int, a operand.Op, b prepared) reg.VecVirtual
}

// constant does what depends on a factor that serves many products.
func (p product) constant(n int, b operand.Op) prepared {
	if p.prepareConstant != nil {
		return p.prepareConstant(n, b)
	}
	return p.prepare(n, b)
}

// prepared is what a product needs of its factor; registers may be wider than asked.
type prepared []operand.Op

// Asm makes it an operand that vectors may be given as; no instruction takes it.
func (prepared) Asm() string { panic("avo: what is prepared is no operand of an instruction") }

// bodies holds the bodies by rule.
var bodies = map[string]*body{
	"bool":       {1, and, func(e *emitter, by, x reg.GPVirtual) { e.ANDL(by, x) }},
	"int8":       {1, low8, func(e *emitter, by, x reg.GPVirtual) { e.IMULL(by, x) }},
	"int16":      {1, direct((*build.Context).VPMULLW), nil},
	"int32":      {1, direct((*build.Context).VPMULLD), nil},
	"int64":      {1, low64, nil},
	"unorm8":     {1, unorm8, unorm8Element},
	"unorm16":    {1, unorm16, nil},
	"float16":    {2, half, nil},
	"bfloat16":   {1, bfloat, nil},
	"float32":    {1, direct((*build.Context).VMULPS), nil},
	"float64":    {1, direct((*build.Context).VMULPD), nil},
	"complex64":  {1, single.textbook, nil},
	"complex128": {1, double.textbook, nil},
}

// bodyOf returns the body of a kernel, or nil.
func bodyOf(k spec.Kernel) *body { return bodies[k.Rule.Name] }

// keep leaves b as it is.
func keep(_ int, b operand.Op) prepared { return prepared{b} }

// as gives a prepared operand the width of the product at hand.
func as(w int, v operand.Op) operand.Op {
	if r, ok := v.(reg.VecVirtual); ok {
		return narrow(r, w)
	}
	return v
}

// direct is a product that one instruction computes.
func direct(mul func(*build.Context, ...operand.Op)) func(*emitter) product {
	return func(e *emitter) product {
		return product{prepare: keep, multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := e.fit(n)
			r := e.vec(w)
			mul(e.Context, as(w, b[0]), e.inRegister(w, a), r)
			return r
		}}
	}
}

// bitAnd emits r = x AND y; x may be in memory.
func (e *emitter) bitAnd(x, y, r operand.Op) {
	if e.opmask {
		e.VPANDD(x, y, r)
	} else {
		e.VPAND(x, y, r)
	}
}

// bitAndNot emits r = x AND NOT y; x may be in memory.
func (e *emitter) bitAndNot(x, y, r operand.Op) {
	if e.opmask {
		e.VPANDND(x, y, r)
	} else {
		e.VPANDN(x, y, r)
	}
}

// bitOr emits r = x OR y; x may be in memory.
func (e *emitter) bitOr(x, y, r operand.Op) {
	if e.opmask {
		e.VPORD(x, y, r)
	} else {
		e.VPOR(x, y, r)
	}
}

// and is the product of booleans, which Go holds as 0 and 1.
func and(e *emitter) product {
	return product{prepare: keep, multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
		w := e.fit(n)
		r := e.vec(w)
		e.bitAnd(as(w, b[0]), e.inRegister(w, a), r)
		return r
	}}
}

// low8 multiplies bytes, for which there is no instruction, by two products of
// words: one leaves the product of the even bytes in its low half; the other,
// of the odd bytes with one of them kept in the high half, leaves theirs there.
func low8(e *emitter) product {
	even, odd := e.repeat32(0x00ff00ff), e.repeat32(0xff00ff00)
	return product{
		slow: true,
		prepare: func(n int, b operand.Op) prepared {
			w := e.fit(n)
			b = e.inRegister(w, b)
			high := e.vec(w)
			e.bitAnd(b, narrow(odd, w), high)
			return prepared{b, high}
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := e.fit(n)
			x := e.inRegister(w, a)
			lo, hi := e.vec(w), e.vec(w)
			e.VPMULLW(as(w, b[0]), x, lo)
			e.VPSRLW(operand.U8(8), x, hi)
			e.VPMULLW(as(w, b[1]), hi, hi)
			if e.opmask {
				e.VPTERNLOGD(operand.U8(0xec), narrow(even, w), hi, lo) // lo&even | hi
				return lo
			}
			e.VPAND(narrow(even, w), lo, lo)
			e.VPOR(hi, lo, lo)
			return lo
		},
	}
}

// low64 multiplies 64-bit integers. AVX2 has no instruction for it: the sum of
// the two crossed products of halves is added to the high half of the product
// of the low halves.
func low64(e *emitter) product {
	if e.opmask {
		return direct((*build.Context).VPMULLQ)(e)
	}
	return product{
		slow: true,
		prepare: func(n int, b operand.Op) prepared {
			w := e.fit(n)
			b = e.inRegister(w, b)
			swapped := e.vec(w)
			e.VPSHUFD(operand.U8(0xb1), b, swapped)
			return prepared{b, swapped}
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := e.fit(n)
			x := e.inRegister(w, a)
			cross, sum, r := e.vec(w), e.vec(w), e.vec(w)
			e.VPMULLD(as(w, b[1]), x, cross)
			e.VPSRLQ(operand.U8(32), cross, sum)
			e.VPADDD(cross, sum, sum)
			e.VPSLLQ(operand.U8(32), sum, sum)
			e.VPMULUDQ(as(w, b[0]), x, r)
			e.VPADDQ(sum, r, r)
			return r
		},
	}
}

// unorm8 multiplies fractions of 255. Even and odd bytes are multiplied apart, as words; odd
// ones as they are, 256 times as much, so that the product is the high half. With 128 added
// it is t, of which (t + t>>8) >> 8 = 257*t >> 16 is what division by 255 makes of the
// product, rounded to nearest.
func unorm8(e *emitter) product {
	even, half, scale := e.repeat32(0x00ff00ff), e.repeat32(0x00800080), e.repeat32(0x01010101)
	split := func(w int, v operand.Op) (lo, hi reg.VecVirtual) {
		x := e.inRegister(w, v)
		lo, hi = e.vec(w), e.vec(w)
		e.bitAnd(x, narrow(even, w), lo)
		e.bitAndNot(x, narrow(even, w), hi)
		return lo, hi
	}
	return product{
		slow: true,
		prepare: func(n int, b operand.Op) prepared {
			w := e.fit(n)
			lo, hi := split(w, b)
			return prepared{lo, hi}
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := e.fit(n)
			lo, hi := split(w, a)
			e.VPMULLW(as(w, b[0]), lo, lo)
			e.VPMULHUW(as(w, b[1]), hi, hi)
			e.VPADDW(narrow(half, w), lo, lo)
			e.VPADDW(narrow(half, w), hi, hi)
			e.VPMULHUW(narrow(scale, w), lo, lo)
			e.VPMULHUW(narrow(scale, w), hi, hi)
			e.VPSLLW(operand.U8(8), hi, hi)
			e.bitOr(hi, lo, lo)
			return lo
		},
	}
}

// unorm8Element is unorm8 of one byte.
func unorm8Element(e *emitter, by, x reg.GPVirtual) {
	e.IMULL(by, x)
	e.ADDL(operand.U32(128), x)
	e.IMUL3L(operand.U32(257), x, x)
	e.SHRL(operand.U8(16), x)
}

// unorm16 multiplies fractions of 65535. As in unorm8 the product with 1<<15 added is t, of 32
// bits, and t + t>>16 has the result in its upper half: that of t, and one more where the
// halves of t add up to more than fits into one. The lower half of t is that of the product
// with the sign bit flipped, which is how unsigned words are compared by signs.
func unorm16(e *emitter) product {
	flip := e.repeat32(0x7fff7fff)
	return product{
		slow: true,
		prepare: func(n int, b operand.Op) prepared {
			w := e.fit(n)
			return prepared{e.inRegister(w, b)}
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := e.fit(n)
			x := e.inRegister(w, a)
			lo, hi, carry := e.vec(w), e.vec(w), e.vec(w)
			e.VPMULLW(as(w, b[0]), x, lo)
			e.VPMULHUW(as(w, b[0]), x, hi)
			e.VPSRLW(operand.U8(15), lo, carry)
			e.VPADDW(carry, hi, hi)
			if e.opmask {
				e.VPXORD(narrow(flip, w), hi, carry)
				e.VPSUBSW(lo, carry, carry) // a comparison would need a mask register
				e.VPSRAW(operand.U8(15), carry, carry)
			} else {
				e.VPXOR(narrow(flip, w), hi, carry)
				e.VPCMPGTW(carry, lo, carry)
			}
			e.VPSUBW(carry, hi, hi)
			return hi
		},
	}
}

// half multiplies float16 through float32, where the product is exact, and
// rounds it once, to nearest even.
func half(e *emitter) product {
	wide := func(w int, v operand.Op) reg.VecVirtual {
		r := e.vec(2 * w)
		e.VCVTPH2PS(v, r)
		return r
	}
	return product{
		prepare: func(n int, b operand.Op) prepared {
			w := e.fit(n)
			return prepared{wide(w, b)}
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := e.fit(n)
			x, r := wide(w, a), e.vec(w)
			e.VMULPS(as(2*w, b[0]), x, x)
			e.VCVTPS2PH(operand.U8(0), x, r)
			return r
		},
	}
}

// bfloat multiplies bfloat16 as the float32 numbers that they are the upper
// halves of, even and odd elements apart, and rounds to nearest even by adding
// half of the last place that stays, or just less where that place is even.
// A NaN survives the addition: the operands' lower halves are zero and so is
// that of the NaN, whichever of them it comes from.
func bfloat(e *emitter) product {
	upper, almostHalf, one := e.repeat32(0xffff0000), e.repeat32(0x7fff), e.repeat32(1)
	split := func(w int, v operand.Op) (even, odd reg.VecVirtual) {
		x := e.inRegister(w, v)
		even, odd = e.vec(w), e.vec(w)
		e.VPSLLD(operand.U8(16), x, even)
		e.bitAnd(x, narrow(upper, w), odd)
		return even, odd
	}
	round := func(w int, x reg.VecVirtual) {
		last := e.vec(w)
		e.VPSRLD(operand.U8(16), x, last)
		e.bitAnd(last, narrow(one, w), last)
		e.VPADDD(narrow(almostHalf, w), x, x)
		e.VPADDD(last, x, x)
	}
	return product{
		slow: true,
		prepare: func(n int, b operand.Op) prepared {
			w := e.fit(n)
			even, odd := split(w, b)
			return prepared{even, odd}
		},
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			w := e.fit(n)
			even, odd := split(w, a)
			e.VMULPS(as(w, b[0]), even, even)
			e.VMULPS(as(w, b[1]), odd, odd)
			round(w, even)
			round(w, odd)
			e.VPSRLD(operand.U8(16), even, even)
			if e.opmask {
				e.VPTERNLOGD(operand.U8(0xf8), narrow(upper, w), odd, even) // even | odd&upper
				return even
			}
			e.VPBLENDW(operand.U8(0xaa), odd, even, even)
			return even
		},
	}
}

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
