package lower

import (
	"math/big"
	"math/bits"
	"strings"
	"sync"
)

// An idiom is a part of an expression for which there is something better than one
// instruction after the other. Each is tested against the code without it.
type idiom struct {
	name string
	// example is a rule that has it, for its test: the types of the result, of x and of y, and
	// the expression. An idiom without apply stands for the example itself, of any numbers.
	example string
	// apply computes a node in lanes, or returns nil if it is not of that kind, or the plan or
	// the level has not what it takes.
	apply func(c *coder, n *node, lane, low int) []Value
	// emit computes the example from x and y in lanes of their size.
	emit func(c *coder, x, y Value) Value
}

// idioms lists them, the first that is of a node is taken.
func idioms() []idiom {
	return []idiom{
		// VPMULHRSW rounds and shifts, and wraps -1 * -1 alone round to -1. It negates to itself,
		// and taken off zero again with saturation it becomes the largest number.
		{name: "rounding product of words", example: "int16 int16 int16 int16(min((int32(x)*int32(y)+1<<14)>>15, 1<<15-1))", emit: func(c *coder, x, y Value) Value {
			x, y, one := c.last(x, y)
			if one { // where it is -1, x is made more than that
				least := c.do("subsat signed", 2, c.do("subsat signed", 2, c.constant(2, 1<<15), y), c.constant(2, 1<<15-1))
				return c.do("mulround", 2, c.do("max signed", 2, x, least), y)
			}
			zero := c.constant(8, 0)
			return c.do("subsat signed", 2, zero, c.do("sub", 2, zero, c.do("mulround", 2, x, y)))
		}},
		// Of a product that does not fit the upper half is not zero: all ones, put over the lower.
		{name: "clamped product of words", example: "uint16 uint16 uint16 uint16(min(uint32(x)*uint32(y), 1<<16-1))", emit: func(c *coder, x, y Value) Value {
			x, y, one := c.last(x, y)
			low := c.do("mul", 2, x, y)
			if one && c.has("greater", 2) { // by half of 2^16 and more, all from 2 on is too much
				high := c.do("mulhigh unsigned", 2, x, c.do("min unsigned", 2, y, c.constant(2, 1<<15)))
				return c.do("or", 0, low, c.do("greater", 2, high, c.constant(8, 0)))
			}
			high := c.do("mulhigh unsigned", 2, x, y)
			return c.do("or", 0, low, c.do("sub", 2, c.constant(8, 0), c.do("min unsigned", 2, high, c.constant(2, 1))))
		}},
		// The same of double words, whose halves are put together of two products.
		{name: "clamped product of double words", example: "uint32 uint32 uint32 uint32(min(uint64(x)*uint64(y), 1<<32-1))", emit: func(c *coder, x, y Value) Value {
			low, high := c.productHalves(" unsigned", x, y)
			return c.do("or", 0, low, c.do("sub", 4, c.constant(8, 0), c.do("min unsigned", 4, high, c.constant(4, 1))))
		}},
		// A product fits if its upper half is nothing but the sign of the lower one. If it does not,
		// the sign of the upper half says on which side.
		{name: "clamped product of signed double words", example: "int32 int32 int32 int32(min(max(int64(x)*int64(y), -1<<31), 1<<31-1))", emit: func(c *coder, x, y Value) Value {
			low, high := c.productHalves(" signed", x, y)
			fits := c.do("equal", 4, high, c.shift("shr signed", 4, 31, low))
			end := c.do("xor", 0, c.shift("shr signed", 4, 31, high), c.constant(4, 1<<31-1))
			return c.do("choose", 1, end, low, fits)
		}},
		// The product, negated and rounded, has no upper end: -1 * -1 is the least number, which is
		// raised by one before it is negated again. What is shifted down by 31 is a shift up by one
		// above.
		{name: "rounding product of double words", example: "int32 int32 int32 int32(min((int64(x)*int64(y)+1<<30)>>31, 1<<31-1))", emit: func(c *coder, x, y Value) Value {
			half := c.constant(8, 1<<30-1)
			even, odd := c.doubleProducts(" signed", x, y)
			even = c.shift("shr unsigned", 8, 31, c.do("sub", 8, half, even))
			odd = c.shift("shl", 8, 1, c.do("sub", 8, half, odd))
			least := c.constant(4, 1<<31+1)
			return c.do("sub", 4, c.constant(8, 0), c.do("max signed", 4, c.mixed(even, odd), least))
		}},
		{name: "product of fractions", example: "uint16 uint16 uint16 uint16((uint32(x)*uint32(y) + 32767) / 65535)", emit: unorm16},
		{name: "product of fractions, shifted", example: "uint16 uint16 uint16 func(t uint32) uint16 { return uint16((t + t>>16) >> 16) }(uint32(x)*uint32(y) + 32768)", emit: unorm16},
		{name: "product of halves", example: "Float16 Float16 Float16 NewFloat16(x.Float32() * y.Float32())", apply: halfProduct},
		{name: "rounding product of bytes", example: "int8 int8 int8 int8(min((int16(x)*int16(y)+1<<6)>>7, 127))", apply: roundedBytes},
		{name: "product of raised bytes", example: "int8 int8 int8 int8(min(max(int16(x)*int16(y), -128), 127))", apply: raisedBytes},
		{name: "product of words in halves", example: "int16 int16 int16 int16(min(max(int32(x)*int32(y), -1<<15), 1<<15-1))", apply: wordsInHalves},
		{name: "product of words by twos", example: "int16 int16 int16 int16(min(max(int32(x)*int32(y), -1<<15), 1<<15-1))", apply: wordsByTwos},
		{name: "product of words in order", example: "int32 int16 int16 int32(x) * int32(y)", apply: wordsInOrder},
		{name: "product by a power of two", example: "int16 int16 int16 x*8 + y", apply: powerOfTwo},
		{name: "division of a sum", example: "uint8 uint8 uint8 uint8((uint16(x)*uint16(y) + 127) / 255)", apply: dividedSum},
		{name: "fraction", example: "float32 uint16 float32 float32(x)/65535 * y", apply: fraction},
	}
}

// last returns two factors, of which the second is the operand that is a constant of many products, if
// one is.
func (c *coder) last(x, y Value) (varies, last Value, one bool) {
	if x == c.by {
		x, y = y, x
	}
	return x, y, y == c.by
}

// doubleProducts are the products of the even lanes of 4 bytes and of the odd ones.
func (c *coder) doubleProducts(sign string, x, y Value) (even, odd Value) {
	upper := func(v Value) Value { return c.shift("shr unsigned", 8, 32, v) }
	return c.do("mulwide"+sign, 8, x, y), c.do("mulwide"+sign, 8, upper(x), upper(y))
}

// mixed are the lower halves of even lanes of 8 bytes, and the upper ones of odd.
func (c *coder) mixed(even, odd Value) Value {
	if c.has("blend", 4) {
		return c.shift("blend", 4, 0xaa, even, odd)
	}
	return c.shift("ternary", 0, 0xd8, odd, even, c.constant(8, 1<<32-1))
}

// productHalves are the lower and the upper halves of products of lanes of 4 bytes.
func (c *coder) productHalves(sign string, x, y Value) (low, high Value) {
	even, odd := c.doubleProducts(sign, x, y)
	low = c.mixed(even, c.shift("shl", 8, 32, odd))
	return low, c.mixed(c.shift("shr unsigned", 8, 32, even), odd)
}

// clamping is the name of an idiom of results: an instruction that narrows and clamps.
const clamping = "clamping result"

// roundedBytes is x*y, of signed bytes, with half of 2^7 added, shifted down by 7. Of words
// VPMULHRSW adds half of 2^15 and shifts by 15, and x in the upper half of its word is 2^8 times
// as much.
func roundedBytes(c *coder, n *node, lane, _ int) []Value {
	if c.layout == ordered || c.size != 1 || lane != 2 || n.op != opShr || n.imm != 7 {
		return nil
	}
	a := n.args[0]
	if a.op != opAdd || a.wraps || !a.args[1].isConst() || a.args[1].bits != 1<<6 || a.args[0].op != opMul || a.args[0].wraps {
		return nil
	}
	x, y := leaf(a.args[0].args[0]), leaf(a.args[0].args[1])
	if x == nil || y == nil || !x.signed || !y.signed {
		return nil
	}
	return c.each(func(p []Value) Value { return c.do("mulround", 2, p...) }, c.raised(x), c.low(y, 2, 2))
}

// raisedBytes is x*y, of signed bytes: 2^8*x * 2^8*y has it above 16 bits, and no sign needs to
// be spread.
func raisedBytes(c *coder, n *node, lane, low int) []Value {
	if c.layout == ordered || c.size != 1 || lane != 2 || low < 2 || n.op != opMul || n.wraps {
		return nil
	}
	x, y := leaf(n.args[0]), leaf(n.args[1])
	if x == nil || y == nil || !x.signed || !y.signed {
		return nil
	}
	return c.each(func(p []Value) Value { return c.do("mulhigh signed", lane, p...) }, c.raised(x), c.raised(y))
}

// wordsInHalves is a product of words in lanes of twice as many bits: their halves, unpacked.
func wordsInHalves(c *coder, n *node, lane, _ int) []Value {
	if c.layout != unpacked || c.size != 2 || lane != 4 || n.op != opMul {
		return nil
	}
	sign, ok := halves(n, lane)
	if !ok {
		return nil
	}
	x, y := c.low(n.args[0], 2, 2)[0], c.low(n.args[1], 2, 2)[0]
	lower, upper := c.do("mul", 2, x, y), c.do("mulhigh"+sign, 2, x, y)
	return []Value{c.do("low", 2, lower, upper), c.do("high", 2, lower, upper)}
}

// wordsByTwos is a product of signed words in lanes of twice as many bits, the even ones apart from
// the odd ones: of the two products of words that VPMADDWD adds, one is zero.
func wordsByTwos(c *coder, n *node, lane, _ int) []Value {
	if c.layout != interleaved || c.size != 2 || lane != 4 || n.op != opMul {
		return nil
	}
	for _, a := range n.args {
		if signed, _ := fits(a, 2); !signed {
			return nil
		}
	}
	all, by, _ := c.last(c.low(n.args[0], 2, 2)[0], c.low(n.args[1], 2, 2)[0])
	lower := c.constant(4, 1<<16-1)
	return []Value{
		c.do("mulpairs", 4, all, c.do("and", 0, by, lower)),
		c.do("mulpairs", 4, all, c.do("notand", 0, lower, by)),
	}
}

// wordsInOrder is a product of signed words in lanes of twice as many bits: of the two products of
// words that VPMADDWD adds, one is zero.
func wordsInOrder(c *coder, n *node, lane, _ int) []Value {
	if c.layout != ordered || lane != 4 || n.op != opMul {
		return nil
	}
	for i, a := range n.args {
		x, y := leaf(a), n.args[1-i]
		if signed, _ := fits(y, 2); x == nil || x.size != 2 || !x.signed || !signed {
			continue
		}
		v := X
		if x.op == opY {
			v = Y
		}
		return []Value{c.do("mulpairs", 4, c.resized(4, "widen 2 unsigned", 4, -1, v), c.low(y, 4, 4)[0])}
	}
	return nil
}

// halfProduct is a product that is exact in float32, rounded: one instruction, where there is such.
func halfProduct(c *coder, n *node, lane, _ int) []Value {
	if n.op != "NewFloat16" || lane != 2 || c.layout != ordered || !c.has("hmul", 2) {
		return nil
	}
	p := n.args[0]
	if p.op != opMul || p.args[0].op != "Float16.Float32" || p.args[1].op != "Float16.Float32" {
		return nil
	}
	return []Value{c.do("hmul", 2, c.low(p.args[0].args[0], 2, 2)[0], c.low(p.args[1].args[0], 2, 2)[0])}
}

// powerOfTwo is a product that is a shift.
func powerOfTwo(c *coder, n *node, lane, low int) []Value {
	if n.op != opMul || !n.args[1].isConst() || bits.OnesCount64(n.args[1].bits) != 1 {
		return nil
	}
	return c.shiftUp(c.low(n.args[0], lane, low), lane, bits.TrailingZeros64(n.args[1].bits))
}

// dividedSum divides a + b, b a constant, by a reciprocal that was rounded down, of a + b+1: a
// shift less, where that is right. With m*d = 2^bits - e, (q*d+r+1)*m is
// q*2^bits - q*e + (r+1)*m, which has q above its lower bits as long as q*e <= m; it stays below
// (q+1)*2^bits unless e is 0.
func dividedSum(c *coder, n *node, lane, _ int) []Value {
	if n.op != opDiv || lane != 2 {
		return nil
	}
	a := n.args[0]
	if a.op != opAdd || a.wraps || !a.args[1].isConst() {
		return nil
	}
	m := (1 << 16) / n.imm
	e, hi := 1<<16-m*n.imm, a.num.hi
	if e == 0 || hi.BitLen() > 16 || hi.Uint64() == 1<<16-1 || hi.Uint64()/n.imm*e > m {
		return nil
	}
	more := new(big.Int).Add(a.args[1].value(), big.NewInt(1))
	return c.each(func(p []Value) Value {
		sum := c.do("add", lane, p[0], c.constant(lane, kind{size: lane}.wrap(more).Uint64()))
		return c.do("mulhigh unsigned", lane, sum, c.constant(lane, m))
	}, c.low(a.args[0], lane, lane))
}

// fraction is n/d of whole numbers that are floats: n*r + n*s, rounded once, where r is the float
// nearest to 1/d and s that nearest to what r lacks. With floats of p bits the sum is before that off
// by no more than 2^(1-2p) of it. A quotient is never half-way between two floats, and no closer than
// 2^(-p-1)/d of it, so that both are on the same side as long as d < 2^(p-2).
func fraction(c *coder, n *node, lane, low int) []Value {
	if n.op != opQuo || lane != n.size || n.args[0].op != opConvert || n.args[0].args[0].float || !n.args[1].isConst() {
		return nil
	}
	digits := map[int]uint{4: 24, 8: 53}[n.size]
	d, whole := big.NewFloat(n.float64(n.args[1].bits)).Int(nil)
	most := new(big.Int).Lsh(big.NewInt(1), digits)
	if whole != big.Exact || d.Sign() <= 0 || d.BitLen() > int(digits)-2 || !n.args[0].args[0].num.within(interval{new(big.Int).Neg(most), most}) {
		return nil
	}
	exact := new(big.Float).SetPrec(200)
	exact.Quo(big.NewFloat(1), exact.SetInt(d))
	nearest, _ := exact.Float64()
	if n.size == 4 {
		f, _ := exact.Float32()
		nearest = float64(f)
	}
	lacks, _ := exact.Sub(exact, big.NewFloat(nearest)).Float64()
	r, s := c.constant(lane, n.fromFloat64(nearest)), c.constant(lane, n.fromFloat64(lacks))
	return c.each(func(p []Value) Value {
		return c.do("fma", lane, p[0], r, c.do("fmul", lane, p[0], s))
	}, c.low(n.args[0], lane, low))
}

// unorm16 is, with t the product and 1<<15, the upper half of t + t>>16: that of t, and one
// more where the halves of t add up to more than fits into one. The lower half of t is that
// of the product with the sign bit flipped, which is how unsigned words are compared by signs.
func unorm16(c *coder, x, y Value) Value {
	low, high := c.do("mul", 2, x, y), c.do("mulhigh unsigned", 2, x, y)
	high = c.do("add", 2, high, c.shift("shr unsigned", 2, 15, low))
	flipped := c.do("xor", 0, high, c.constant(2, 0x7fff))
	var carry Value
	if c.has("greater", 2) {
		carry = c.do("greater", 2, low, flipped)
	} else { // a comparison would need a mask register
		carry = c.shift("shr signed", 2, 15, c.do("subsat signed", 2, flipped, low))
	}
	return c.do("sub", 2, high, carry)
}

// signature is the example as Parse takes it.
func (i idiom) signature() Signature {
	f := strings.SplitN(i.example, " ", 4)
	return Signature{Name: i.name, Out: f[0], A: f[1], B: f[2], Expr: f[3]}
}

// examples are the trees of the examples of idioms that stand for these, by name. They are only
// read.
var examples = sync.OnceValue(func() map[string]*tree {
	trees := map[string]*tree{}
	none, err := Declare("package idioms")
	for _, i := range idioms() {
		if i.emit == nil {
			continue
		}
		var e *Expr
		if err == nil {
			e, err = none.Parse(i.signature())
		}
		if err == nil {
			trees[i.name], err = e.newTree()
		}
		if err != nil {
			panic(err) // a mistake in this package
		}
	}
	return trees
})

// idiom computes a node by an idiom, or returns nil.
func (c *coder) idiom(n *node, lane, low int) []Value {
	for _, i := range idioms() {
		if i.name == c.without || n.float && n.op != opQuo {
			continue
		}
		apply := i.apply
		if apply == nil {
			apply = i.asExample
		}
		if v := apply(c, n, lane, low); v != nil {
			return v
		}
	}
	return nil
}

// asExample computes a node that is the example of other numbers.
func (i idiom) asExample(c *coder, n *node, lane, _ int) []Value {
	if lane != n.size || c.layout != ordered {
		return nil
	}
	t, bound := c.examples[i.name], map[op]*node{}
	if lane != t.x.size || !matches(t.root, n, bound) {
		return nil
	}
	return []Value{i.emit(c, c.low(bound[opX], lane, lane)[0], c.low(bound[opY], lane, lane)[0])}
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
