package lower

import "math"

// A composition is what takes several instructions.
type composition func(c *coder, imm int, v []Value) Value

// compositions lists them by what they stand for, where a level has no instruction.
func compositions() map[form]composition {
	return map[form]composition{
		// Bytes, by words: one product leaves those of even bytes in its lower half; the other, of
		// odd bytes with one of them kept above, leaves theirs there.
		{"mul", 1}: func(c *coder, _ int, v []Value) Value {
			even, odd := c.constant(2, 0x00ff), c.constant(2, 0xff00)
			above := c.do("and", 0, odd, v[1])
			low := c.do("mul", 2, v[0], v[1])
			high := c.do("mul", 2, c.shift("shr unsigned", 2, 8, v[0]), above)
			if c.has("ternary", 0) {
				return c.shift("ternary", 0, 0xec, low, high, even) // low & even | high
			}
			return c.do("or", 0, c.do("and", 0, low, even), high)
		},
		// The sum of the two crossed products of halves, above the product of the lower halves.
		{"mul", 8}: func(c *coder, _ int, v []Value) Value {
			cross := c.do("mul", 4, v[0], c.shift("swap", 4, 0xb1, v[1]))
			sum := c.shift("shl", 8, 32, c.do("add", 4, c.shift("shr unsigned", 8, 32, cross), cross))
			return c.do("add", 8, c.do("mulwide unsigned", 8, v[0], v[1]), sum)
		},
		{"mulhigh unsigned", 4}: func(c *coder, _ int, v []Value) Value {
			even := c.shift("shr unsigned", 8, 32, c.do("mulwide unsigned", 8, v[0], v[1]))
			by := v[1]
			if !c.IsConst(by) {
				by = c.shift("shr unsigned", 8, 32, by)
			}
			return c.mixed(even, c.do("mulwide unsigned", 8, c.shift("shr unsigned", 8, 32, v[0]), by))
		},
		// The sign bit, moved down with the rest, is flipped and taken off.
		{"shr signed", 8}: func(c *coder, imm int, v []Value) Value {
			sign := c.constant(8, 1<<(63-imm))
			return c.do("sub", 8, c.do("xor", 0, c.shift("shr unsigned", 8, imm, v[0]), sign), sign)
		},
		{"shr signed", 1}: func(c *coder, imm int, v []Value) Value {
			sign := c.constant(1, 1<<(7-imm))
			return c.do("sub", 1, c.do("xor", 0, c.shift("shr unsigned", 1, imm, v[0]), sign), sign)
		},
		{"shr unsigned", 1}: func(c *coder, imm int, v []Value) Value {
			return c.do("and", 0, c.shift("shr unsigned", 2, imm, v[0]), c.constant(1, 0xff>>imm))
		},
		{"shl", 1}: func(c *coder, imm int, v []Value) Value {
			return c.do("and", 0, c.shift("shl", 2, imm, v[0]), c.constant(1, 0xff<<imm&0xff))
		},
		{"min signed", 8}: func(c *coder, _ int, v []Value) Value { return c.do("choose", 1, v[0], v[1], c.above(v[0], v[1], 0)) },
		{"max signed", 8}: func(c *coder, _ int, v []Value) Value { return c.do("choose", 1, v[1], v[0], c.above(v[0], v[1], 0)) },
		{"min unsigned", 8}: func(c *coder, _ int, v []Value) Value {
			return c.do("choose", 1, v[0], v[1], c.above(v[0], v[1], 1<<63))
		},
		{"max unsigned", 8}: func(c *coder, _ int, v []Value) Value {
			return c.do("choose", 1, v[1], v[0], c.above(v[0], v[1], 1<<63))
		},
		// The upper half becomes the lower bits of a float32 whose exponent says that they are worth
		// 2^39 and more, the lower one of 2^23; then as for int64.
		{"uint32 to float", 4}: func(c *coder, _ int, v []Value) Value {
			low := c.shift("blend", 2, 0xaa, v[0], c.constant(4, uint64(math.Float32bits(1<<23))))
			high := c.do("or", 0, c.shift("shr unsigned", 4, 16, v[0]), c.constant(4, uint64(math.Float32bits(1<<39))))
			above := c.do("fsub", 4, high, c.constant(4, uint64(math.Float32bits(1<<39+1<<23))))
			return c.do("fadd", 4, above, low)
		},
		{"uint64 to float", 8}: func(c *coder, _ int, v []Value) Value {
			low := c.shift("blend", 4, 0xaa, v[0], c.constant(8, math.Float64bits(1<<52)))
			high := c.do("or", 0, c.shift("shr unsigned", 8, 32, v[0]), c.constant(8, math.Float64bits(1<<84)))
			above := c.do("fsub", 8, high, c.constant(8, math.Float64bits(1<<84+1<<52)))
			return c.do("fadd", 8, above, low)
		},
		// Both halves become the lower bits of a float64 whose exponent says what they are worth:
		// the upper one, with its sign flipped, of 2^84, the lower one of 2^52. What was added is
		// taken off the upper one, which leaves an exact number, and one sum rounds.
		{"int64 to float", 8}: func(c *coder, _ int, v []Value) Value {
			low := c.shift("blend", 4, 0xaa, v[0], c.constant(8, math.Float64bits(1<<52)))
			high := c.do("xor", 0, c.shift("shr unsigned", 8, 32, v[0]), c.constant(8, math.Float64bits(1<<84)|1<<31))
			above := c.do("fsub", 8, high, c.constant(8, math.Float64bits(1<<84+1<<63+1<<52)))
			return c.do("fadd", 8, above, low)
		},
		{"int64 to float", 4}: func(c *coder, _ int, v []Value) Value {
			return c.resized(4, "float64 to float", 4, -1, c.oddDouble(v[0], true))
		},
		{"uint64 to float", 4}: func(c *coder, _ int, v []Value) Value {
			return c.resized(4, "float64 to float", 4, -1, c.oddDouble(v[0], false))
		},
		{"narrow 8", 2}: func(c *coder, _ int, v []Value) Value {
			return c.resized(2, "narrow 4", 2, -1, c.resized(4, "narrow 8", 4, -1, v[0]))
		},
		{"narrow 8", 1}: func(c *coder, _ int, v []Value) Value {
			return c.resized(1, "narrow 4", 1, -1, c.resized(4, "narrow 8", 4, -1, v[0]))
		},
	}
}

// oddDouble is an integer of 64 bits as a float64. Of one that is longer the lower bits are left out, but
// for the last one that stays, which is set if there were any: that is all that rounding twice would
// lose.
func (c *coder) oddDouble(x Value, signed bool) Value {
	odd := func(low Value) Value { // the lower bits of a long one
		lost := c.do("add", 8, c.do("and", 0, x, low), low) // at bit 11, if there are any
		return c.do("notand", 0, low, c.do("or", 0, x, lost))
	}
	size, name := x, "uint64 to float"
	if signed {
		size, name = c.do("xor", 0, x, c.below(x)), "int64 to float"
	}
	low := c.constant(8, 1<<11-1)
	switch {
	case !c.has("choose", 1): // none of one that fits
		x = odd(c.do("min unsigned", 8, c.shift("shl", 8, 11, c.shift("shr unsigned", 8, 53, size)), low))
	case signed:
		x = c.do("choose", 1, x, odd(low), c.do("greater", 8, size, c.constant(8, 1<<53-1)))
	default:
		x = c.do("choose", 1, x, odd(low), c.do("greater", 8, c.shift("shr unsigned", 8, 53, size), c.constant(8, 0)))
	}
	return c.resized(8, name, 8, -1, x)
}

// above is all ones where a is greater than b, as signed numbers of which bits were flipped.
func (c *coder) above(a, b Value, flip uint64) Value {
	if flip != 0 {
		a, b = c.flipped(a, flip), c.flipped(b, flip)
	}
	return c.do("greater", 8, a, b)
}

func (c *coder) flipped(v Value, bits uint64) Value {
	if p, ok := c.Constants[v]; ok {
		return c.constant(8, p.Word()^bits)
	}
	return c.do("xor", 0, v, c.constant(8, bits))
}
