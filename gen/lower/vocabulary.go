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
		"NewFloat16":       {result: kind{size: 2}, lane: 2, lower: floatToHalf, eval: nearestShort(11, -24)},
		"NewBFloat16":      {result: kind{size: 2}, lane: 4, lower: floatToBFloat, eval: nearestShort(8, -133)},
		"Float16Of":        {result: kind{size: 2}, lane: 2, lower: doubleToHalf, eval: nearestShort(11, -24)},
		"BFloat16Of":       {result: kind{size: 2}, lane: 4, lower: doubleToBFloat, eval: nearestShort(8, -133)},
		"Odd":              {result: float64s, lane: 8, lower: odd, eval: oddNumber},
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

func floatToBFloat(c *coder, n *node) []Value {
	a := n.args[0]
	isShort := c.has("fixup", 4) || c.isShort(a)
	x := c.low(a, 4, 4)
	if isShort {
		x = c.short(a)
	}
	return c.each(func(p []Value) Value { return c.nearestBFloat(p[0], isShort) }, x)
}

// nearestBFloat rounds to nearest even by adding half of the last place that stays, or just
// less where that place is even. A NaN would become another number by that if its lower bits
// were set, which those of short ones are not.
func (c *coder) nearestBFloat(x Value, isShort bool) Value {
	last := c.do("and", 0, c.shift("shr unsigned", 4, 16, x), c.constant(4, 1))
	sum := c.do("add", 4, c.do("add", 4, x, c.constant(4, 0x7fff)), last)
	if !isShort {
		sum = c.do("or", 0, sum, c.shift("fcompare", 4, anyNaN, x, x)) // all ones are a NaN
	}
	return c.shift("shr unsigned", 4, 16, sum)
}

func doubleToHalf(c *coder, n *node) []Value {
	return []Value{c.resized(2, "float to half", 2, 0, c.oddFloat(n.args[0]))}
}

func doubleToBFloat(c *coder, n *node) []Value {
	x, fixes := c.oddFloat(n.args[0]), c.has("fixup", 4)
	if fixes {
		x = c.fixed(x, 4, 0x11111133)
	}
	return []Value{c.nearestBFloat(x, fixes)}
}

// oddFloat is a float64 as a float32, or, of the two float32 next to it if it is none, the one whose
// last bit is 1: rounded again, to a half type, it is what the float64 would be. The nearest one is
// taken back or on by the difference, which is that of the bits as integers: numbers of one sign are in
// their order. An infinity that is too much comes back so, too, and a NaN stays one.
func (c *coder) oddFloat(n *node) Value {
	if c.layout != ordered {
		c.fail("vectors that are split keep their lanes")
	}
	x := c.low(n, 8, 8)[0]
	f := c.resized(4, "float64 to float", 4, -1, x)
	left := c.do("sub", 8, x, c.resized(8, "float32 to float", 8, -1, f))
	var sign, some Value // what has the sign of what is left, and what is 0 where nothing is
	if c.has("clamp 8 signed", 4) {
		sign = c.resized(4, "clamp 8 signed", 4, -1, left)
		some = sign
	} else {
		sign = c.resized(4, "narrow 8", 4, -1, c.shift("shr unsigned", 8, 32, left))
		some = c.do("or", 0, sign, c.resized(4, "narrow 8", 4, -1, left))
	}
	f = c.do("add", 4, f, c.shift("shr signed", 4, 31, sign))
	return c.do("or", 0, f, c.do("min unsigned", 4, some, c.constant(4, 1)))
}

func odd(c *coder, n *node) []Value {
	if c.layout != ordered {
		c.fail("vectors that are split keep their lanes")
	}
	return []Value{c.oddDouble(c.low(n.args[0], 8, 8)[0], n.args[0].signed)}
}

// isShort tells whether no NaN among some float32 has lower bits set, or can be made to have
// none once for many products. Numbers that were a bfloat16 are short, and so is a product of
// what is: its NaN is that of a factor, or has the highest bit alone.
func (c *coder) isShort(n *node) bool {
	switch {
	case n.op == opMul:
		return c.isShort(n.args[0]) && c.isShort(n.args[1])
	case c.isOne(n):
		return true
	}
	return n.op == "BFloat16.Float32"
}

// isOne tells whether a node is the operand that is a constant of many products.
func (c *coder) isOne(n *node) bool {
	return n.op == opX && c.by == X || n.op == opY && c.by == Y
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
		if x.op != opConvert || x.args[0].float || !c.isOne(y) {
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

// nearestShort is the number of a half type nearest to a float, of two the even one. The type has so
// many digits, and its least number is 2^least.
func nearestShort(digits, least int) func(n *node, args []uint64) uint64 {
	return func(n *node, args []uint64) uint64 {
		f := n.args[0].float64(args[0])
		sign, infinity := uint64(0), uint64(0x7fff)>>(digits-1)<<(digits-1)
		if math.Signbit(f) {
			sign = 0x8000
		}
		switch f = math.Abs(f); {
		case math.IsNaN(f):
			return sign | infinity | 1<<(digits-2)
		case math.IsInf(f, 0):
			return sign | infinity
		case f == 0:
			return sign
		}
		_, exponent := math.Frexp(f) // f < 1<<exponent
		unit := max(exponent-digits, least)
		steps := uint64(math.RoundToEven(math.Ldexp(f, -unit)))
		return sign | min(steps+uint64(unit-least)<<(digits-1), infinity) // a carry is a step of the exponent
	}
}

// oddNumber is what Odd makes of an integer.
func oddNumber(n *node, args []uint64) uint64 {
	const low = 1<<11 - 1
	a, bits := n.args[0], args[0]
	high := bits >> 53
	if a.signed {
		high = uint64(int64(bits) >> 53)
	}
	if high != 0 && (high+1 != 0 || !a.signed) && bits&low != 0 {
		bits = bits&^low | (low + 1)
	}
	return a.convertTo(float64s, bits)
}
