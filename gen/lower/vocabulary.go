package lower

import (
	"maps"
	"math"
	"math/big"
	"slices"
	"sync"
)

// A function is one that rules may call. Its Go definition stands in the declarations that
// rules are parsed with.
type function struct {
	result kind
	lane   int      // in which lower leaves the result
	num    interval // of an integer result that is not anything of its kind
	lower  func(c *coder, n *node) []Value
	eval   func(n *node, args []uint64) uint64 // from bits to bits, as the Go definition
}

// vocabulary lists the functions by name, methods by type and name.
func vocabulary() map[string]function {
	known.Do(func() { known.functions = newVocabulary() })
	return known.functions
}

// known holds the vocabulary, which is made once. Functions look into it themselves, so that a
// variable could not begin with it.
var known struct {
	sync.Once
	functions map[string]function
}

// bit is the function that makes a number of what already is one, 0 or 1, in whatever lanes.
const bit = "Bit"

// newVocabulary makes the vocabulary.
func newVocabulary() map[string]function {
	all := map[string]function{
		bit:                {result: kind{size: 1}},
		"Float16.Float32":  {result: float32s, lane: 4, lower: halfToFloat, eval: func(_ *node, a []uint64) uint64 { return uint64(math.Float32bits(halfValue(uint16(a[0])))) }},
		"BFloat16.Float32": {result: float32s, lane: 4, lower: bfloatToFloat, eval: func(_ *node, a []uint64) uint64 { return a[0] << 16 }},
		"NewFloat16":       {result: kind{size: 2}, lane: 2, lower: floatToHalf, eval: func(_ *node, a []uint64) uint64 { return uint64(nearestHalf(a[0])) }},
		"NewBFloat16":      {result: kind{size: 2}, lane: 4, lower: floatToBFloat, eval: func(_ *node, a []uint64) uint64 { return nearestBFloat(a[0]) }},
	}
	maps.Copy(all, wholes())
	maps.Copy(all, fractionsOf())
	return all
}

// Predicates of comparisons: one of two floats is NaN, or none is.
const anyNaN, noNaN = 3, 7

func halfToFloat(c *coder, n *node) []Value {
	if c.layout != ordered {
		c.fail("vectors that are split keep their lanes")
	}
	return []Value{c.resized(4, "half to float", 4, -1, c.low(n.args[0], 2, 2)[0])}
}

func floatToHalf(c *coder, n *node) []Value {
	if c.layout != ordered {
		c.fail("vectors that are split keep their lanes")
	}
	return []Value{c.resized(2, "float to half", 2, 0, c.low(n.args[0], 4, 4)[0])}
}

// bfloatToFloat puts the number into the upper half.
func bfloatToFloat(c *coder, n *node) []Value {
	a := n.args[0]
	if c.layout != ordered && (a.op == opX || a.op == opY) {
		return c.raised(a)
	}
	return c.each(func(p []Value) Value { return c.shift("shl", 4, 16, p[0]) }, c.low(a, 4, 2))
}

// floatToBFloat rounds to nearest even by adding half of the last place that stays, or just
// less where that place is even. A NaN would become another number by that if its lower bits
// were set, which those of short ones are not.
func floatToBFloat(c *coder, n *node) []Value {
	a := n.args[0]
	isShort := c.has("fixup", 4) || c.isShort(a)
	x := c.low(a, 4, 4)
	if isShort {
		x = c.short(a)
	}
	return c.each(func(p []Value) Value {
		x := p[0]
		last := c.do("and", 0, c.shift("shr unsigned", 4, 16, x), c.constant(4, 1))
		sum := c.do("add", 4, c.do("add", 4, x, c.constant(4, 0x7fff)), last)
		if !isShort {
			sum = c.do("or", 0, sum, c.shift("fcompare", 4, anyNaN, x, x)) // all ones are a NaN
		}
		return c.shift("shr unsigned", 4, 16, sum)
	}, x)
}

// isShort tells whether no NaN among some float32 has lower bits set, or can be made to have
// none once for many products. Numbers that were a bfloat16 are short, and so is a product of
// what is: its NaN is that of a factor, or has the highest bit alone.
func (c *coder) isShort(n *node) bool {
	switch {
	case n.op == opMul:
		return c.isShort(n.args[0]) && c.isShort(n.args[1])
	case n.op == opX && c.by == X, n.op == opY && c.by == Y:
		return true
	}
	return n.op == "BFloat16.Float32"
}

// short is a float32 without bits below in its NaN.
func (c *coder) short(n *node) []Value {
	bfloat := func(a *node) bool { return a.op == "BFloat16.Float32" }
	switch {
	case bfloat(n):
		return c.low(n, 4, 4)
	case n.op == opMul && slices.ContainsFunc(n.args, bfloat):
		return c.each(func(p []Value) Value { return c.do("fmul", 4, p...) }, c.short(n.args[0]), c.short(n.args[1]))
	}
	return c.each(func(p []Value) Value {
		if c.has("fixup", 4) {
			return c.fixed(p[0], 4, 0x11111133)
		}
		// Any NaN, also one that multiplying makes quiet, becomes the largest that half a place more
		// leaves one.
		x := c.do("or", 0, p[0], c.shift("fcompare", 4, anyNaN, p[0], p[0]))
		sign := c.do("and", 0, x, c.constant(4, 1<<31))
		size := c.do("min unsigned", 4, c.do("notand", 0, c.constant(4, 1<<31), x), c.constant(4, 0x7fff0000))
		return c.do("or", 0, size, sign)
	}, c.low(n, 4, 4))
}

// tame is a product by a constant factor that is made so small, once, that the product fits into
// an int32, and leaves lo and hi all the same where it did. It is nil if there is no such factor.
func (c *coder) tame(n *node, lo, hi *big.Int) []Value {
	if n.op != opMul || c.by == neither {
		return nil
	}
	for i, y := range n.args {
		x := n.args[1-i]
		if x.op != opConvert || x.args[0].float || y.op != opX && y.op != opY || (y.op == opX) != (c.by == X) {
			continue
		}
		limit := new(big.Int).Div(big.NewInt(1<<30), greatest(x.args[0].num))
		if limit.Cmp(greatest(interval{lo, hi})) < 0 {
			continue
		}
		return c.each(func(p []Value) Value {
			y := p[1]
			if lo.Sign() < 0 {
				y = c.ordinary(y, 4)
			}
			y = c.do("fmin", 4, c.float(4, limit), y)
			y = c.do("fmax", 4, c.float(4, new(big.Int).Neg(limit)), y)
			return c.do("fmul", 4, p[0], y)
		}, c.low(x, 4, 4), c.low(y, 4, 4))
	}
	return nil
}

// greatest is the largest size of the numbers of an interval.
func greatest(i interval) *big.Int { return most(new(big.Int).Neg(i.lo), i.hi) }

// float is a constant of so many bytes, rounded if need be.
func (c *coder) float(size int, i *big.Int) Value {
	v := new(big.Float).SetInt(i)
	if size == 8 {
		f, _ := v.Float64()
		return c.constant(8, math.Float64bits(f))
	}
	f, _ := v.Float32()
	return c.constant(4, uint64(math.Float32bits(f)))
}

// ordinary makes NaN zero.
func (c *coder) ordinary(x Value, size int) Value {
	if c.has("fcompare", size) {
		return c.do("and", 0, x, c.shift("fcompare", size, noNaN, x, x))
	}
	return c.fixed(x, size, 0x11111188)
}

// fixed makes other numbers of some classes, by 4 bits each from quiet and signalling NaN on:
// 8 makes them zero, 3 a NaN, 1 leaves them.
func (c *coder) fixed(x Value, size int, classes uint64) Value {
	return c.shift("fixup", size, 0, x, x, c.constant(size, classes))
}

// halfValue is the number that the bits of a float16 are.
func halfValue(h uint16) float32 {
	sign, exponent, fraction := float64(1), int(h>>10&31), float64(h&0x3ff)
	if h>>15 == 1 {
		sign = -1
	}
	switch {
	case exponent == 31 && fraction != 0:
		return float32(math.NaN())
	case exponent == 31:
		return float32(sign * math.Inf(1))
	case exponent == 0:
		return float32(sign * math.Ldexp(fraction, -24))
	}
	return float32(sign * math.Ldexp(1024+fraction, exponent-25))
}

// nearestHalf is the float16 nearest to a float32, the even one of two.
func nearestHalf(bits uint64) uint16 {
	f := float64(math.Float32frombits(uint32(bits)))
	sign := uint16(bits >> 16 & 0x8000)
	switch f = math.Abs(f); {
	case math.IsNaN(f):
		return sign | 0x7e00
	case f >= 65520:
		return sign | 0x7c00
	}
	_, exponent := math.Frexp(f) // f < 1<<exponent
	unit := max(exponent-11, -24)
	steps := uint16(math.RoundToEven(math.Ldexp(f, -unit)))
	return sign | steps + uint16(unit+24)<<10 // a carry is a step of the exponent
}

// nearestBFloat is the bfloat16 nearest to a float32, the even one of two.
func nearestBFloat(bits uint64) uint64 {
	if f := math.Float32frombits(uint32(bits)); f != f {
		return bits>>16 | 0x40
	}
	upper, lower := bits>>16, bits&0xffff
	if lower > 0x8000 || lower == 0x8000 && upper&1 == 1 {
		upper++
	}
	return upper
}
