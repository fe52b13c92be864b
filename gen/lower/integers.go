package lower

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// wholes lists the functions that make integers of floats: RoundInt8, TruncUint32 and so on.
func wholes() map[string]function {
	all := map[string]function{}
	for size := 1; size <= 8; size *= 2 {
		for _, k := range []kind{{size: size}, {size: size, signed: true}} {
			name := fmt.Sprint(map[bool]string{false: "Uint", true: "Int"}[k.signed], 8*size)
			lane, of := 4, integerOf
			if size == 8 {
				lane, of = 8, longOf
			}
			all["Round"+name] = function{result: k, lane: lane, lower: of, eval: wholeOf(math.RoundToEven)}
			all["Trunc"+name] = function{result: k, lane: lane, lower: of, eval: wholeOf(math.Trunc)}
		}
	}
	return all
}

// wholeOf is a float as the nearest integer that there is to a whole number, and NaN as 0.
func wholeOf(whole func(float64) float64) func(n *node, args []uint64) uint64 {
	return func(n *node, args []uint64) uint64 {
		f := n.args[0].float64(args[0])
		if math.IsNaN(f) {
			return 0
		}
		if math.IsInf(f, 0) {
			f = math.Copysign(math.MaxFloat64, f)
		}
		v, _ := big.NewFloat(whole(f)).Int(nil)
		b := n.kind.bounds()
		return n.kind.pattern(most(least(v, b.hi), b.lo))
	}
}

// integerOf makes integers of up to 32 bits of floats, rounded to nearest even or cut off. What is
// out of range is clamped, NaN gives 0. The instructions make the least int32 of both, so that
// what is too large is cut off before, which keeps NaN, and what is too small after, where floats
// hold the largest integer.
func integerOf(c *coder, n *node) []Value {
	a, to := n.args[0], n.kind
	size, bounds := a.size, to.bounds()
	cut := isCut(n)
	if size == 8 && c.layout != ordered {
		c.fail("vectors that are split keep their lanes")
	}
	name := map[int]string{4: "float", 8: "float64"}[size]
	if cut {
		name += " cut"
	}
	convert := func(to string, x Value) Value {
		bytes := c.Bytes[x]
		if size == 8 {
			bytes = 4
		}
		return c.resized(bytes, name+" to "+to, 4, -1, x)
	}
	if size == 4 && !cut && to.size < 4 {
		if x := c.tame(a, bounds.lo, bounds.hi); x != nil {
			return c.each(func(p []Value) Value {
				x := convert("int32", p[0])
				c.wide[n] = Packing{x, 4, to.signed} // what packs clamps, too
				x = c.do("min signed", 4, x, c.constant(4, bounds.hi.Uint64()))
				return c.do("max signed", 4, x, c.constant(4, kind{size: 4}.wrap(bounds.lo).Uint64()))
			}, x)
		}
	}
	half := new(big.Int).Lsh(big.NewInt(1), 31)
	return c.each(func(p []Value) Value {
		x := p[0]
		switch {
		case to.signed:
			x = c.ordinary(x, size)
		case to.size == 4: // NaN is not greater
			x = c.do("fmax", size, x, c.constant(size, 0))
		}
		switch {
		case to.size == 4 && !to.signed && c.has(name+" to uint32", 4):
			return convert("uint32", x)
		case to.size == 4 && size == 4 && to.signed: // the least one instead of a positive number is one too many
			r := convert("int32", x)
			return c.do("add", 4, r, c.shift("shr signed", 4, 31, c.do("notand", 0, x, r)))
		case to.size == 4 && size == 4:
			// From 2^31 on the lower bits are those of what is more, the largest where it is too much.
			r, more := convert("int32", x), convert("int32", c.do("fsub", 4, x, c.float(4, half)))
			more = c.do("add", 4, more, c.shift("shr signed", 4, 31, more))
			return c.do("or", 0, r, c.do("and", 0, more, c.shift("shr signed", 4, 31, r)))
		}
		x = c.do("fmin", size, c.float(size, bounds.hi), x)
		switch {
		case to.size == 4 && to.signed:
			return convert("int32", x)
		case to.size == 4: // whole numbers, exactly 2^31 less
			mode := map[bool]int{false: 8, true: 11}[cut]
			less := c.do("fsub", size, c.shift("fround", size, mode, x), c.float(size, half))
			return c.do("xor", 0, convert("int32", less), c.constant(4, 1<<31))
		}
		r := convert("int32", x)
		c.wide[n] = Packing{r, 4, to.signed}
		return c.do("max signed", 4, r, c.constant(4, kind{size: 4}.wrap(bounds.lo).Uint64()))
	}, c.low(a, size, size))
}

// isCut tells whether a function leaves out what is behind the point, and does not round.
func isCut(n *node) bool { return strings.HasPrefix(string(n.op), "Trunc") }

// longOf makes integers of 64 bits of floats, as integerOf does of fewer, by way of float64.
func longOf(c *coder, n *node) []Value {
	if c.layout != ordered {
		c.fail("vectors that are split keep their lanes")
	}
	a, x := n.args[0], c.low(n.args[0], n.args[0].size, n.args[0].size)[0]
	if a.size == 4 {
		x = c.resized(8, "float32 to float", 8, -1, x)
	}
	name, mode := "float64 to ", 8
	if isCut(n) {
		name, mode = "float64 cut to ", 11
	}
	if !n.signed {
		x = c.do("fmax", 8, x, c.constant(8, 0)) // NaN is not greater
		if name += "uint64"; c.has(name, 8) {
			return []Value{c.do(name, 8, x)} // the largest where it is too much
		}
		high, low := c.halvesOf(x, mode, false)
		most := c.constant(8, math.Float64bits(1<<52)|(1<<32-1))
		return []Value{c.do("or", 0, c.joined(high, low), c.do("greater", 8, high, most))}
	}
	x = c.ordinary(x, 8)
	var r Value
	if name += "int64"; c.has(name, 8) {
		r = c.do(name, 8, x)
	} else {
		r = c.joined(c.halvesOf(x, mode, true))
	}
	// The least one instead of a positive number is one too many.
	return []Value{c.do("add", 8, r, c.below(c.do("notand", 0, x, r)))}
}

// halvesOf takes apart the whole number that a float64 is rounded to, from 0 to 2^64, or from -2^63 to
// 2^63: floats so large that their last bit is worth 1 have the upper 32 bits and the lower ones at
// their ends.
func (c *coder) halvesOf(x Value, mode int, signed bool) (high, low Value) {
	const down = 9
	number := func(f float64) Value { return c.constant(8, math.Float64bits(f)) }
	most, unit := 0x1p64, 0x1p52
	if signed {
		most, unit = 0x1p63, 0x1.8p52 // of which some can be taken away
		x = c.do("fmax", 8, x, number(-most))
	}
	whole := c.shift("fround", 8, mode, c.do("fmin", 8, x, number(most)))
	upper := c.shift("fround", 8, down, c.do("fmul", 8, whole, number(0x1p-32)))
	lower := c.do("fma", 8, upper, number(-0x1p32), whole)
	return c.do("fadd", 8, upper, number(unit)), c.do("fadd", 8, lower, number(0x1p52))
}

// joined is the lower halves of some lanes above those of others.
func (c *coder) joined(high, low Value) Value { return c.mixed(low, c.shift("shl", 8, 32, high)) }

// below is all ones where an integer of 64 bits is less than 0.
func (c *coder) below(x Value) Value {
	if c.has("shr signed", 8) {
		return c.shift("shr signed", 8, 63, x)
	}
	return c.do("greater", 8, c.constant(8, 0), x)
}

// fractionsOf lists the functions that make fractions of floats.
func fractionsOf() map[string]function {
	all := map[string]function{}
	for _, size := range []int{1, 2} {
		of := fmt.Sprint("UNorm", 8*size)
		all["New"+of] = function{result: kind{size: size}, lane: 4, lower: fractionOf, eval: nearestFraction}
		all[of+"Of"] = function{result: kind{size: size}, lane: 8, lower: fractionOf, eval: nearestFraction}
	}
	return all
}

// fractionOf counts steps of full scale: a product and a sum that are rounded once, to a float whose
// last bit is worth 1.
func fractionOf(c *coder, n *node) []Value {
	size, full := n.args[0].size, n.kind.bounds().hi
	unit := c.float(size, new(big.Int).Lsh(big.NewInt(1), map[int]uint{4: 23, 8: 52}[size]))
	return c.each(func(p []Value) Value {
		x := c.do("fmax", size, p[0], c.constant(size, 0)) // NaN is not greater
		x = c.do("fmin", size, x, c.float(size, big.NewInt(1)))
		return c.do("xor", 0, c.do("fma", size, x, c.float(size, full), unit), unit)
	}, c.low(n.args[0], size, size))
}

// nearestFraction is the nearest number of steps, the even one of two.
func nearestFraction(n *node, args []uint64) uint64 {
	f, full := n.args[0].float64(args[0]), n.kind.bounds().hi.Uint64()
	switch {
	case f >= 1:
		return full
	case !(f > 0):
		return 0
	}
	twice := new(big.Float).SetPrec(200).Mul(big.NewFloat(f), big.NewFloat(float64(2*full)))
	q, _ := twice.Uint64()
	if steps := q / 2; q%2 == 0 || twice.IsInt() && steps%2 == 0 {
		return steps
	}
	return q/2 + 1
}
