package lower

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"
)

// A layout is how the elements of a vector lie in lanes that are wider than they are.
type layout int

const (
	ordered     layout = iota // in a wider vector, in order
	interleaved               // the even ones in one vector, the odd ones in another
	unpacked                  // the lower halves of each 16 bytes in one, the upper ones in another
)

// An unfit plan can not do a node. It is a panic within this file.
type unfit struct {
	n      *node
	reason string
}

// A coder writes vector code by one plan.
type coder struct {
	*Code
	layout
	size     int               // of the elements of out, x and y where the layout splits vectors
	whole    bool              // what stands above the result in its lanes is zero
	by       Value             // the operand that is a constant of many products, or neither
	without  string            // the name of an idiom that is not to be used
	examples map[string]*tree  // of idioms, by name
	wide     map[*node]Packing // what functions compute in lanes wider than their result
	lowered  int               // nodes
	found    map[want][]Value
	same     map[string]Value // what computes a vector, by its text
	at       *node            // being lowered, for errors
}

// A want is a node in lanes of some bytes, of which the lower ones are wanted.
type want struct {
	n         *node
	lane, low int
}

// neither is the operand that is a constant where there is none.
const neither Value = -1

// Lower writes the vector code of a rule for a level, or one with a feature, as "avx512-fp16": of
// all plans the one that takes the fewest instructions for an element.
func (e *Expr) Lower(level string) (*Code, error) {
	c, err := e.lower(level, neither, "")
	if err != nil {
		return nil, err
	}
	for v := range given {
		if e.y == nil {
			break // x is all there is
		}
		by, err := e.lower(level, v, "")
		if err != nil {
			return nil, err
		}
		if by.cost(v) < c.cost(v) {
			if c.By == nil {
				c.By = map[Value]*Code{}
			}
			c.By[v] = by
		}
	}
	return c, nil
}

// lower writes code for a constant operand, or neither, without one of the idioms.
func (e *Expr) lower(level string, by Value, without string) (*Code, error) {
	t, err := e.newTree()
	if err != nil {
		return nil, err
	}
	out := (&builder{Expr: e}).kindOf(e.expr, e.out)
	t.examples = examples()
	var best *Code
	var worst *Error // the reason of the plan that came furthest
	var done int
	for _, l := range []layout{ordered, interleaved, unpacked} {
		for _, lane := range []int{1, 2, 4, 8} {
			for _, whole := range []bool{false, true} {
				c, steps, err := e.plan(t, out, level, l, lane, whole, by, without)
				switch {
				case err != nil && (worst == nil || steps > done):
					worst, done = err, steps
				case err == nil && (best == nil || c.cost(by) < best.cost(by)):
					best = c
				}
			}
		}
	}
	if best == nil {
		return nil, worst
	}
	return best, nil
}

// plan writes the code with the result in lanes of some bytes, all of which are right if it is
// whole, or else those that the result has.
func (e *Expr) plan(t *tree, out kind, level string, l layout, lane int, whole bool, by Value, without string) (code *Code, steps int, err *Error) {
	x, y := t.x, t.y
	c := &coder{
		Code:   &Code{Level: level, Bytes: []int{x.size, y.size}, Constants: map[Value]Pattern{}},
		layout: l, examples: t.examples, wide: map[*node]Packing{}, found: map[want][]Value{}, same: map[string]Value{},
	}
	defer func() {
		if r := recover(); r != nil {
			u, ok := r.(unfit)
			if !ok {
				panic(r)
			}
			refused := e.refused(e.offset(u.n.pos), u.n.sub, u.reason)
			refused.Level = level
			err = refused
			steps = c.lowered
		}
	}()
	c.at, c.by, c.without = t.root, by, without
	if l != ordered {
		c.size = out.size
		if x.size != out.size || y.size != out.size || lane != 2*out.size {
			c.fail("of x, y and the result not all are of %d bytes", out.size)
		}
	}
	if lane < out.size {
		c.fail("its result has %d bytes", out.size)
	}
	if whole && (t.root.float || lane == out.size || !t.root.num.within(kind{size: out.size}.bounds())) {
		c.fail("what stands above the result is not zero")
	}
	c.whole = whole
	c.Out = c.result(t.root, out, lane)
	c.prune()
	c.Wide = slices.Max([]int{x.size, y.size, out.size})
	for _, i := range c.List {
		c.Wide = max(c.Wide, c.Bytes[i.To])
	}
	return c.Code, 0, nil
}

// slow lists what takes more than one step, in steps.
var slow = map[string]int{
	"VDIVPS": 5, "VDIVPD": 8, "VPMULLD": 2, "VPMULLQ": 3, "VPBLENDVB": 2, "VPCMPGTQ": 2, "VPMOVWB": 2, "VPMOVDB": 2, "VPMOVQB": 2, "VPMOVDW": 2, "VPMOVQW": 2, "VPMOVQD": 2,
	"VPMOVSWB": 2, "VPMOVSDB": 2, "VPMOVSDW": 2, "VPMOVSQD": 2, "VPMOVUSWB": 2, "VPMOVUSDB": 2, "VPMOVUSDW": 2, "VPMOVUSQD": 2,
	"narrow2to1": 3, "narrow4to1": 4, "narrow4to2": 3, "narrow8to4": 2,
}

// cost is the steps for as many elements as a vector has bytes; loads and a store count too.
// What depends on a constant operand alone is done once, and packing is a step for each vector.
func (c *Code) cost(by Value) int {
	varies := c.varies(by)
	steps, needed := 3, c.needs(c.Out)
	if c.Packing != nil {
		steps, needed = 4, c.needs(c.Packing.Lanes)
	}
	for _, i := range c.List {
		if varies[i.To] && needed[i.To] {
			steps += max(1, slow[i.Name])
		}
	}
	return steps * c.Wide
}

func (c *coder) fail(reason string, args ...any) {
	panic(unfit{c.at, fmt.Sprintf(reason, args...)})
}

// constant is a vector of one number in all lanes.
func (c *coder) constant(lane int, bits uint64) Value {
	p := Pattern{lane, bits}
	key := fmt.Sprint(p.Word())
	if v, ok := c.same[key]; ok {
		return v
	}
	v := Value(len(c.Bytes))
	c.Bytes = append(c.Bytes, 0)
	c.Constants[v] = p
	c.same[key] = v
	return v
}

// has tells whether the level has an instruction.
func (c *coder) has(name string, lane int) bool { return lookup(c.Level, form{name, lane}) != "" }

// do computes a vector of as many bytes an element as its arguments have.
func (c *coder) do(name string, lane int, args ...Value) Value {
	return c.shift(name, lane, -1, args...)
}

// shift is do with an immediate number.
func (c *coder) shift(name string, lane, imm int, args ...Value) Value {
	bytes := 0
	for _, a := range args {
		bytes = max(bytes, c.Bytes[a])
	}
	if bytes == 0 { // of constants alone
		switch name {
		case "and":
			return c.constant(8, c.Constants[args[0]].Word()&c.Constants[args[1]].Word())
		case "swap":
			return c.constant(8, bits.RotateLeft64(c.Constants[args[0]].Word(), 32))
		}
		if bytes = lane; c.layout != ordered {
			bytes = c.size
		}
	}
	return c.resized(bytes, name, lane, imm, args...)
}

// resized computes a vector of some bytes an element.
func (c *coder) resized(bytes int, name string, lane, imm int, args ...Value) Value {
	f := form{name, lane}
	mnemonic := lookup(c.Level, f)
	if mnemonic == "" {
		if compose := compositions()[f]; compose != nil {
			return compose(c, imm, args)
		}
		c.fail("there is no %s", f)
	}
	key := fmt.Sprint(mnemonic, imm, args)
	if v, ok := c.same[key]; ok {
		return v
	}
	v := Value(len(c.Bytes))
	c.Bytes = append(c.Bytes, bytes)
	c.List = append(c.List, Instruction{mnemonic, imm, args, v})
	c.same[key] = v
	return v
}

// each computes a vector for each part of some operands.
func (c *coder) each(f func(part []Value) Value, operands ...[]Value) []Value {
	parts := make([]Value, len(operands[0]))
	for i := range parts {
		var part []Value
		for _, o := range operands {
			part = append(part, o[i])
		}
		parts[i] = f(part)
	}
	return parts
}

// parts is how many vectors lanes of some bytes take.
func (c *coder) parts(lane int) int {
	if c.layout != ordered && lane > c.size {
		return lane / c.size
	}
	return 1
}

// repeated is a constant as parts.
func (c *coder) repeated(lane int, v *big.Int) []Value {
	bits := kind{size: lane}.wrap(v).Uint64()
	return slices.Repeat([]Value{c.constant(lane, bits)}, c.parts(lane))
}

// fits tells whether lanes of some bytes hold a node, as signed and as unsigned numbers.
func fits(n *node, lane int) (signed, unsigned bool) {
	return n.num.within(kind{size: lane, signed: true}.bounds()), n.num.within(kind{size: lane}.bounds())
}

// exact is a node in lanes that hold it.
func (c *coder) exact(n *node, lane int) (parts []Value, signed, unsigned bool) {
	if signed, unsigned = fits(n, lane); !signed && !unsigned {
		c.at = n
		c.fail("it can be from %v to %v, which lanes of %d bits do not hold; convert it to fewer bits, clamp it, or say Portable: true in the row", n.num.lo, n.num.hi, 8*lane)
	}
	return c.low(n, lane, lane), signed, unsigned
}

// low is a node in lanes of which the lower bytes are those of its value; what stands above
// may be anything.
func (c *coder) low(n *node, lane, low int) []Value {
	for all := low; all <= lane; all++ {
		if v := c.found[want{n, lane, all}]; v != nil {
			return v
		}
	}
	defer func(at *node) { c.at = at }(c.at)
	c.at = n
	c.lowered++
	v := c.lower(n, lane, low)
	switch n.op {
	case opDiv, opMin, opMax, opConst:
		low = lane // they are exact
	}
	c.found[want{n, lane, low}] = v
	return v
}

func (c *coder) lower(n *node, lane, low int) []Value {
	if !n.float && n.wraps && n.size < low { // idioms, too, know exact results alone
		return c.extend(c.low(n, lane, n.size), lane, n.size, n.signed)
	}
	if v := c.idiom(n, lane, low); v != nil {
		return v
	}
	switch {
	case n.float && lane != n.size:
		c.fail("it is of %d bytes", n.size)
	case n.isConst() && n.float:
		return slices.Repeat([]Value{c.constant(n.size, n.bits)}, c.parts(lane))
	case n.isConst():
		return c.repeated(lane, n.value())
	}
	arg := func(i int) []Value { return c.low(n.args[i], lane, low) }
	switch n.op {
	case opX:
		return c.load(X, n, lane, low)
	case opY:
		return c.load(Y, n, lane, low)
	case opConvert:
		if n.float {
			return c.toFloat(n, lane)
		}
		return arg(0)
	case opNonzero:
		return c.nonzero(n, lane)
	case opAdd, opSub, opMul:
		if n.float {
			return c.each(func(p []Value) Value { return c.do("f"+string(n.op), lane, p...) }, arg(0), arg(1))
		}
		if n.op == opMul {
			return c.multiply(n, lane, low)
		}
		return c.each(func(p []Value) Value { return c.do(string(n.op), lane, p...) }, arg(0), arg(1))
	case opQuo:
		return c.each(func(p []Value) Value { return c.do("fdiv", lane, p...) }, arg(0), arg(1))
	case opAnd, opOr, opXor:
		return c.each(func(p []Value) Value { return c.do(string(n.op), 0, p...) }, arg(0), arg(1))
	case opAndNot:
		return c.each(func(p []Value) Value { return c.do("notand", 0, p[1], p[0]) }, arg(0), arg(1))
	case opShl:
		return c.shiftUp(arg(0), lane, int(n.imm))
	case opShr:
		return c.shiftDown(n, lane, low)
	case opDiv:
		return c.divide(n, lane)
	case opMin, opMax:
		a, aSigned, aUnsigned := c.exact(n.args[0], lane)
		b, bSigned, bUnsigned := c.exact(n.args[1], lane)
		sign := " signed"
		if !aSigned || !bSigned {
			if sign = " unsigned"; !aUnsigned || !bUnsigned {
				c.fail("lanes of %d bits hold its arguments one signed, the other unsigned", 8*lane)
			}
		}
		return c.each(func(p []Value) Value { return c.do(string(n.op)+sign, lane, p...) }, a, b)
	}
	f := vocabulary()[string(n.op)]
	v := f.lower(c, n)
	if _, ok := c.wide[n]; !ok && !f.result.float {
		c.wide[n] = Packing{v[0], f.lane, f.result.signed}
	}
	return c.resize(v, n, f.lane, lane)
}
