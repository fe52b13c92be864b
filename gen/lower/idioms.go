package lower

import (
	"math"
	"sync"
)

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
			odd := c.do("mulwide unsigned", 8, c.shift("shr unsigned", 8, 32, v[0]), by)
			if c.has("blend", 4) {
				return c.shift("blend", 4, 0xaa, even, odd)
			}
			return c.shift("ternary", 0, 0xd8, odd, even, c.constant(8, 1<<32-1))
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
		// Both halves become the lower bits of a float64 whose exponent says what they are worth:
		// the upper one, with its sign flipped, of 2^84, the lower one of 2^52. What was added is
		// taken off the upper one, which leaves an exact number, and one sum rounds.
		{"int64 to float", 8}: func(c *coder, _ int, v []Value) Value {
			low := c.shift("blend", 4, 0xaa, v[0], c.constant(8, math.Float64bits(1<<52)))
			high := c.do("xor", 0, c.shift("shr unsigned", 8, 32, v[0]), c.constant(8, math.Float64bits(1<<84)|1<<31))
			above := c.do("fsub", 8, high, c.constant(8, math.Float64bits(1<<84+1<<63+1<<52)))
			return c.do("fadd", 8, above, low)
		},
		{"narrow 8", 2}: func(c *coder, _ int, v []Value) Value {
			return c.resized(2, "narrow 4", 2, -1, c.resized(4, "narrow 8", 4, -1, v[0]))
		},
		{"narrow 8", 1}: func(c *coder, _ int, v []Value) Value {
			return c.resized(1, "narrow 4", 1, -1, c.resized(4, "narrow 8", 4, -1, v[0]))
		},
	}
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

// An idiom is a part of an expression for which there is something better than one
// instruction after the other.
type idiom struct {
	types []string // of x, y and the result; more rows where more than one set is right
	expr  string   // what it stands for, of any numbers x and y
	// emit computes it from x and y in lanes of their size, for the levels that have what it
	// takes, else it returns false.
	emit func(c *coder, x, y Value) (v Value, ok bool)
}

// idioms lists them. Each is tested against its expression, lowered without it.
var idioms = []idiom{
	// VPMULHRSW rounds and shifts, and wraps -1 * -1 alone round to -1. It negates to itself,
	// and taken off zero again with saturation it becomes the largest number.
	{[]string{"int16", "int16", "int16"}, "int16(min((int32(x)*int32(y)+1<<14)>>15, 1<<15-1))", func(c *coder, x, y Value) (Value, bool) {
		zero := c.constant(8, 0)
		return c.do("subsat signed", 2, zero, c.do("sub", 2, zero, c.do("mulround", 2, x, y))), true
	}},
	// Of a product that does not fit the upper half is not zero: all ones, put over the lower.
	{[]string{"uint16", "uint16", "uint16"}, "uint16(min(uint32(x)*uint32(y), 1<<16-1))", func(c *coder, x, y Value) (Value, bool) {
		low, high := c.do("mul", 2, x, y), c.do("mulhigh unsigned", 2, x, y)
		over := c.do("min unsigned", 2, high, c.constant(2, 1))
		return c.do("or", 0, low, c.do("sub", 2, c.constant(8, 0), over)), true
	}},
	{[]string{"uint16", "uint16", "uint16"}, "uint16((uint32(x)*uint32(y) + 32767) / 65535)", unorm16},
	{[]string{"uint16", "uint16", "uint16"}, "func(t uint32) uint16 { return uint16((t + t>>16) >> 16) }(uint32(x)*uint32(y) + 32768)", unorm16},
}

// unorm16 is, with t the product and 1<<15, the upper half of t + t>>16: that of t, and one
// more where the halves of t add up to more than fits into one. The lower half of t is that
// of the product with the sign bit flipped, which is how unsigned words are compared by signs.
func unorm16(c *coder, x, y Value) (Value, bool) {
	low, high := c.do("mul", 2, x, y), c.do("mulhigh unsigned", 2, x, y)
	high = c.do("add", 2, high, c.shift("shr unsigned", 2, 15, low))
	flipped := c.do("xor", 0, high, c.constant(2, 0x7fff))
	var carry Value
	if c.has("greater", 2) {
		carry = c.do("greater", 2, low, flipped)
	} else { // a comparison would need a mask register
		carry = c.shift("shr signed", 2, 15, c.do("subsat signed", 2, flipped, low))
	}
	return c.do("sub", 2, high, carry), true
}

// idiomTrees holds the trees of the idioms, made when they are first looked at.
var idiomTrees struct {
	sync.Once
	list []*tree
}

func trees() []*tree {
	idiomTrees.Do(func() {
		for _, i := range idioms {
			e, err := Parse(Signature{Name: "idiom", A: i.types[0], B: i.types[1], Out: i.types[2], Expr: i.expr}, "package idioms")
			if err != nil {
				panic(err)
			}
			t, err := e.newTree()
			if err != nil {
				panic(err)
			}
			idiomTrees.list = append(idiomTrees.list, t)
		}
	})
	return idiomTrees.list
}

// idiom computes a node by an idiom, or returns nil.
func (c *coder) idiom(n *node, lane int) []Value {
	if c.plain || lane != n.size || n.float || c.layout != ordered {
		return nil
	}
	for i, t := range trees() {
		bound := map[op]*node{}
		if lane != t.x.size || !matches(t.root, n, bound) {
			continue
		}
		x, y := c.low(bound[opX], lane, lane)[0], c.low(bound[opY], lane, lane)[0]
		if v, ok := idioms[i].emit(c, x, y); ok {
			return []Value{v}
		}
	}
	return nil
}

// matches tells whether a node is what a pattern is with nodes for its x and y, and which.
func matches(p, n *node, bound map[op]*node) bool {
	if p.op == opX || p.op == opY {
		if bound[p.op] == nil && p.kind == n.kind {
			bound[p.op] = n
		}
		return bound[p.op] == n
	}
	if p.op != n.op || p.kind != n.kind || p.imm != n.imm || p.bits != n.bits || len(p.args) != len(n.args) {
		return false
	}
	for i := range p.args {
		if !matches(p.args[i], n.args[i], bound) {
			return false
		}
	}
	return true
}
