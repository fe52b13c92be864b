package lower

import (
	"math"
	"math/big"
)

// A function is one that rules may call. Its Go definition stands in the declarations that
// rules are parsed with.
type function struct {
	result kind
	lane   int      // in which lower leaves the result
	num    interval // of an integer result that is not anything of its kind
	lower  func(c *coder, n *node) []Value
	eval   func(args []uint64) uint64 // from bits to bits, as the Go definition
}

// vocabulary lists the functions by name, methods by type and name.
func vocabulary() map[string]function {
	return map[string]function{
		"Bit":              {result: kind{size: 1}, lane: 1, num: interval{new(big.Int), big.NewInt(1)}, lower: func(c *coder, n *node) []Value { return c.low(n.args[0], 1, 1) }, eval: func(a []uint64) uint64 { return a[0] }},
		"Float16.Float32":  {result: float32s, lane: 4, lower: halfToFloat, eval: func(a []uint64) uint64 { return uint64(math.Float32bits(halfValue(uint16(a[0])))) }},
		"BFloat16.Float32": {result: float32s, lane: 4, lower: bfloatToFloat, eval: func(a []uint64) uint64 { return a[0] << 16 }},
		"NewFloat16":       {result: kind{size: 2}, lane: 2, lower: floatToHalf, eval: func(a []uint64) uint64 { return uint64(nearestHalf(a[0])) }},
		"NewBFloat16":      {result: kind{size: 2}, lane: 4, lower: floatToBFloat, eval: func(a []uint64) uint64 { return nearestBFloat(a[0]) }},
		"RoundUint8":       {result: kind{size: 1}, lane: 4, lower: round, eval: rounded(0, math.MaxUint8)},
		"RoundInt8":        {result: kind{size: 1, signed: true}, lane: 4, lower: round, eval: rounded(math.MinInt8, math.MaxInt8)},
		"RoundUint16":      {result: kind{size: 2}, lane: 4, lower: round, eval: rounded(0, math.MaxUint16)},
		"RoundInt16":       {result: kind{size: 2, signed: true}, lane: 4, lower: round, eval: rounded(math.MinInt16, math.MaxInt16)},
	}
}

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
// were set; those of a product of bfloat16 numbers are not. Others are made smaller first: the
// largest NaN that the sum leaves one.
func floatToBFloat(c *coder, n *node) []Value {
	a := n.args[0]
	short := a.op == opMul && a.args[0].op == "BFloat16.Float32" && a.args[1].op == "BFloat16.Float32"
	return c.each(func(p []Value) Value {
		x := p[0]
		if !short {
			sign := c.do("and", 0, x, c.constant(4, 1<<31))
			quiet := c.do("min unsigned", 4, c.do("notand", 0, c.constant(4, 1<<31), x), c.constant(4, 0x7fff0000))
			x = c.do("or", 0, quiet, sign)
		}
		last := c.do("and", 0, c.shift("shr unsigned", 4, 16, x), c.constant(4, 1))
		x = c.do("add", 4, c.do("add", 4, x, c.constant(4, 0x7fff)), last)
		return c.shift("shr unsigned", 4, 16, x)
	}, c.low(a, 4, 4))
}

// round rounds to the nearest integer, halves to even, and clamps it to what the kind of the
// result holds. NaN gives 0. Conversion makes the least int32 of NaN and of what is out of
// range, so that what is too large is cut off before, which keeps NaN, and what is too small
// after.
func round(c *coder, n *node) []Value {
	bounds := n.kind.bounds()
	lo, hi := bounds.lo, bounds.hi
	return c.each(func(p []Value) Value {
		x := p[0]
		if lo.Sign() < 0 {
			x = c.ordinary(x)
		}
		high, _ := new(big.Float).SetInt(hi).Float32()
		x = c.do("fmin", 4, c.constant(4, uint64(math.Float32bits(high))), x)
		x = c.do("float to int32", 4, x)
		c.wide[n] = Packing{x, 4, lo.Sign() < 0} // what packs clamps from below, too
		return c.do("max signed", 4, x, c.constant(4, kind{size: 4}.wrap(lo).Uint64()))
	}, c.low(n.args[0], 4, 4))
}

// ordinary makes NaN zero.
func (c *coder) ordinary(x Value) Value {
	if c.has("fordered", 4) {
		const ordered = 7
		return c.do("and", 0, x, c.shift("fordered", 4, ordered, x, x))
	}
	// By classes of numbers, 4 bits each from quiet NaN on: 8 makes them zero, 1 leaves them.
	return c.shift("fixup", 4, 0, x, x, c.constant(4, 0x11111188))
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

// rounded is a float32 as the nearest integer from lo to hi, and NaN as 0.
func rounded(lo, hi float64) func(args []uint64) uint64 {
	return func(args []uint64) uint64 {
		f := float64(math.Float32frombits(uint32(args[0])))
		if math.IsNaN(f) {
			return 0
		}
		v := int64(min(max(math.RoundToEven(f), lo), hi))
		return uint64(v) & (1<<width(hi-lo) - 1)
	}
}

// width is how many bits a number of integers takes.
func width(n float64) int { return 8 * ((int(math.Log2(n)) + 8) / 8) }
