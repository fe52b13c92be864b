package lower

import (
	"fmt"
	"math/big"
)

// multiply is a product of integers.
func (c *coder) multiply(n *node, lane, low int) []Value {
	a, b := n.args[0], n.args[1]
	if sign, ok := halves(n, lane); ok && lane == 8 { // of lanes of 64 bits it reads the lower halves
		return c.each(func(p []Value) Value { return c.do("mulwide"+sign, 8, p...) }, c.low(a, 8, 4), c.low(b, 8, 4))
	}
	return c.each(func(p []Value) Value { return c.do("mul", lane, p...) }, c.low(a, lane, low), c.low(b, lane, low))
}

// halves tells whether both factors of a product fit into half a lane, and by which signs.
func halves(n *node, lane int) (sign string, ok bool) {
	if lane < 2 {
		return "", false
	}
	aSigned, aUnsigned := fits(n.args[0], lane/2)
	bSigned, bUnsigned := fits(n.args[1], lane/2)
	if aUnsigned && bUnsigned {
		return " unsigned", true
	}
	return " signed", aSigned && bSigned
}

// nonzero is the least of 1 and the bits of a number, without those of a float's sign. What is
// computed before may need lanes that are wider than the number, and has those of the result.
func (c *coder) nonzero(n *node, lane int) []Value {
	a, size := n.args[0], n.args[0].size
	if !a.float && leaf(a) == nil {
		size = max(size, lane)
	}
	v := c.low(a, size, size)
	if a.float {
		v = c.shiftUp(v, size, 1)
	}
	one := c.constant(size, 1)
	return c.resize(c.each(func(p []Value) Value { return c.do("min unsigned", size, p[0], one) }, v), n, size, lane)
}

func (c *coder) shiftUp(v []Value, lane, by int) []Value {
	if by == 0 {
		return v
	}
	return c.each(func(p []Value) Value { return c.shift("shl", lane, by, p[0]) }, v)
}

// shiftDown shifts an exact number, or, where few bytes are wanted, one that has the bits
// which get there.
func (c *coder) shiftDown(n *node, lane, low int) []Value {
	by := int(n.imm)
	if needs := low + (by+7)/8; needs <= lane {
		return c.each(func(p []Value) Value { return c.shift("shr unsigned", lane, by, p[0]) }, c.low(n.args[0], lane, needs))
	}
	v, _, unsigned := c.exact(n.args[0], lane)
	sign := " signed"
	if unsigned {
		sign = " unsigned"
	}
	return c.each(func(p []Value) Value { return c.shift("shr"+sign, lane, min(by, 8*lane-1), p[0]) }, v)
}

// divide multiplies by a reciprocal.
func (c *coder) divide(n *node, lane int) []Value {
	a := n.args[0]
	if lane == 8 {
		c.fail("numbers of 64 bits are divided by powers of two alone; convert to 32 bits what fits there, or say Portable: true in the row")
	}
	v, _, unsigned := c.exact(a, lane)
	if !unsigned {
		c.fail("lanes of %d bits hold it signed", 8*lane)
	}
	d, hi := n.imm, a.num.hi
	for d&1 == 0 { // an odd divisor of a smaller number
		d, hi = d/2, new(big.Int).Rsh(hi, 1)
		v = c.each(func(p []Value) Value { return c.shift("shr unsigned", lane, 1, p[0]) }, v)
	}
	m, by, ok := reciprocal(d, hi, 8*lane)
	if !ok {
		c.fail("division by %d has no reciprocal of %d bits for numbers up to %v", n.imm, 8*lane, a.num.hi)
	}
	down := func(by int, v Value) Value {
		if by == 0 {
			return v
		}
		return c.shift("shr unsigned", lane, by, v)
	}
	return c.each(func(p []Value) Value {
		q := c.do("mulhigh unsigned", lane, p[0], c.constant(lane, m.Uint64()))
		if m.BitLen() <= 8*lane {
			return down(by, q)
		}
		// The highest bit of m, which stands for n itself, is added halved.
		return down(by-1, c.do("add", lane, q, down(1, c.do("sub", lane, p[0], q))))
	}, v)
}

// reciprocal returns m and by for which n/d is n*m >> (bits + by) for all n up to hi. With
// m*d = 2^(bits+by) + e, n*m is (q*d+r)*m = q*2^(bits+by) + q*e + r*m, which shifted down is q
// as long as q*e + r*m < 2^(bits+by). The worst are the largest n and the largest before it that
// has r = d-1. M has at most one bit more than bits.
func reciprocal(d uint64, hi *big.Int, bits int) (m *big.Int, by int, ok bool) {
	one, divisor := big.NewInt(1), new(big.Int).SetUint64(d)
	last, r := new(big.Int).DivMod(hi, divisor, new(big.Int))
	for by := range bits + 1 {
		unit := new(big.Int).Lsh(one, uint(bits+by))
		m, e := new(big.Int).DivMod(unit, divisor, new(big.Int))
		if e.Sign() > 0 { // rounded up
			m.Add(m, one)
			e.Sub(divisor, e)
		}
		if m.BitLen() > bits+1 {
			return nil, 0, false
		}
		fits := func(q, r *big.Int) bool {
			above := new(big.Int).Mul(q, e)
			return above.Add(above, new(big.Int).Mul(r, m)).Cmp(unit) < 0
		}
		if fits(last, r) && (last.Sign() == 0 || fits(new(big.Int).Sub(last, one), new(big.Int).Sub(divisor, one))) {
			return m, by, true
		}
	}
	return nil, 0, false
}

// toFloat is a number as a float.
func (c *coder) toFloat(n *node, lane int) []Value {
	a := n.args[0]
	one := func(v []Value, name string, imm int) []Value {
		return c.each(func(p []Value) Value {
			bytes := c.Bytes[p[0]] // in parts, an element takes the same
			if c.layout == ordered {
				bytes = lane
			}
			return c.resized(bytes, name, lane, imm, p[0])
		}, v)
	}
	same := func(size int) {
		if c.layout != ordered && size != lane {
			c.fail("vectors that are split keep their lanes")
		}
	}
	if a.float {
		same(a.size)
		return one(c.low(a, a.size, a.size), fmt.Sprintf("float%d to float", 8*a.size), -1)
	}
	signed, unsigned := fits(a, 4)
	switch {
	case signed:
		same(4)
		return one(c.low(a, 4, 4), "int32 to float", -1)
	case unsigned && (c.has("uint32 to float", lane) || lane == 4):
		same(4)
		return one(c.low(a, 4, 4), "uint32 to float", -1)
	}
	name := "uint64 to float"
	if signed, _ := fits(a, 8); signed {
		name = "int64 to float"
	}
	same(8)
	return one(c.low(a, 8, 8), name, -1)
}
