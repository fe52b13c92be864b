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
	size    int               // of the elements of out, x and y where the layout splits vectors
	whole   bool              // what stands above the result in its lanes is zero
	without string            // the name of an idiom that is not to be used
	wide    map[*node]Packing // what functions compute in lanes wider than their result
	lowered int               // nodes
	found   map[want][]Value
	same    map[string]Value // what computes a vector, by its text
	at      *node            // being lowered, for errors
}

// A want is a node in lanes of some bytes, of which the lower ones are wanted.
type want struct {
	n         *node
	lane, low int
}

// Lower writes the vector code of a rule for a level: of all plans the one that takes the
// fewest instructions for an element.
func (e *Expr) Lower(level string) (*Code, error) { return e.lower(level, "") }

// lower is Lower without one of the idioms.
func (e *Expr) lower(level, without string) (*Code, error) {
	t, err := e.newTree()
	if err != nil {
		return nil, err
	}
	out := (&builder{Expr: e}).kindOf(e.expr, e.out)
	var best *Code
	var worst *Error // the reason of the plan that came furthest
	var done int
	for _, l := range []layout{ordered, interleaved, unpacked} {
		for _, lane := range []int{1, 2, 4, 8} {
			for _, whole := range []bool{false, true} {
				c, steps, err := e.plan(t, out, level, l, lane, whole, without)
				switch {
				case err != nil && (worst == nil || steps > done):
					worst, done = err, steps
				case err == nil && (best == nil || c.cost() < best.cost()):
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
func (e *Expr) plan(t *tree, out kind, level string, l layout, lane int, whole bool, without string) (code *Code, steps int, err *Error) {
	x, y := t.x, t.y
	c := &coder{
		Code:   &Code{Level: level, Bytes: []int{x.size, y.size}, Constants: map[Value]Pattern{}},
		layout: l, wide: map[*node]Packing{}, found: map[want][]Value{}, same: map[string]Value{},
	}
	defer func() {
		if r := recover(); r != nil {
			u, ok := r.(unfit)
			if !ok {
				panic(r)
			}
			err = &Error{Rule: e.Name, Column: e.column(u.n.pos), Sub: u.n.sub, Level: level, Reason: u.reason}
			steps = c.lowered
		}
	}()
	c.at, c.without = t.root, without
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
	"VPMULLD": 2, "VPMULLQ": 3, "VPBLENDVB": 2, "VPCMPGTQ": 2, "VPMOVWB": 2, "VPMOVDB": 2, "VPMOVQB": 2, "VPMOVDW": 2, "VPMOVQW": 2, "VPMOVQD": 2,
	"VPMOVSWB": 2, "VPMOVSDB": 2, "VPMOVSDW": 2, "VPMOVSQD": 2, "VPMOVUSWB": 2, "VPMOVUSDB": 2, "VPMOVUSDW": 2, "VPMOVUSQD": 2,
	"narrow2to1": 3, "narrow4to1": 4, "narrow4to2": 3, "narrow8to4": 2,
}

// cost is the steps for as many elements as a vector has bytes; loads and a store count too.
func (c *Code) cost() int {
	steps := 3
	for _, i := range c.List {
		steps += max(1, slow[i.Name])
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
		c.fail("it can be from %v to %v, which lanes of %d bits do not hold", n.num.lo, n.num.hi, 8*lane)
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
	case !n.float && n.wraps && n.size < low:
		return c.extend(c.low(n, lane, n.size), lane, n.size, n.signed)
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
	case opAdd, opSub, opMul:
		if n.float {
			return c.each(func(p []Value) Value { return c.do("f"+string(n.op), lane, p...) }, arg(0), arg(1))
		}
		if n.op == opMul {
			return c.multiply(n, lane, low)
		}
		return c.each(func(p []Value) Value { return c.do(string(n.op), lane, p...) }, arg(0), arg(1))
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

// extend gives lanes of which the lower bytes are a number the rest of it.
func (c *coder) extend(v []Value, lane, low int, signed bool) []Value {
	by := 8 * (lane - low)
	return c.each(func(p []Value) Value {
		if signed {
			return c.shift("shr signed", lane, by, c.shift("shl", lane, by, p[0]))
		}
		return c.do("and", 0, p[0], c.constant(lane, 1<<(8*low)-1))
	}, v)
}

// load is an operand in lanes.
func (c *coder) load(v Value, n *node, lane, low int) []Value {
	s := n.size
	switch {
	case lane == s:
		return []Value{v}
	case c.layout == ordered:
		return c.resize([]Value{v}, n, s, lane)
	case lane != 2*s:
		c.fail("it is of %d bytes", s)
	case c.layout == interleaved:
		return c.halves(v, n, lane, low)
	}
	upper := v // anything
	if low > s && !n.signed {
		upper = c.constant(8, 0)
	}
	parts := []Value{c.do("low", s, v, upper), c.do("high", s, v, upper)}
	if low > s && n.signed {
		parts = c.each(func(p []Value) Value { return c.shift("shr signed", lane, 8*s, p[0]) }, parts)
	}
	return parts
}

// halves is an operand as its even elements and its odd ones.
func (c *coder) halves(v Value, n *node, lane, low int) []Value {
	s := n.size
	even := []Value{v}
	if low > s {
		even = c.extend(even, lane, s, n.signed)
	}
	sign := " unsigned"
	if n.signed && low > s {
		sign = " signed"
	}
	return []Value{even[0], c.shift("shr"+sign, lane, 8*s, v)}
}

// raised is an operand of the split size in the upper halves of lanes, with nothing below.
func (c *coder) raised(n *node) []Value {
	v, s := X, c.size
	if n.op == opY {
		v = Y
	}
	zero := c.constant(8, 0)
	if c.layout == unpacked {
		return []Value{c.do("low", s, zero, v), c.do("high", s, zero, v)}
	}
	return []Value{c.shift("shl", 2*s, 8*s, v), c.do("and", 0, v, c.constant(2*s, (1<<(8*s)-1)<<(8*s)))}
}

// leaf is the operand that a node is a conversion of, or nil.
func leaf(n *node) *node {
	for n.op == opConvert && !n.float && !n.wraps {
		n = n.args[0]
	}
	if n.op == opX || n.op == opY {
		return n
	}
	return nil
}

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
		c.fail("numbers of 64 bits are divided by powers of two alone")
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
// as long as q*e + r*m < 2^(bits+by); the worst are the largest quotient and r = d-1. M has
// at most one bit more than bits.
func reciprocal(d uint64, hi *big.Int, bits int) (m *big.Int, by int, ok bool) {
	one, divisor := big.NewInt(1), new(big.Int).SetUint64(d)
	for by := range bits {
		unit := new(big.Int).Lsh(one, uint(bits+by))
		m := new(big.Int).Div(new(big.Int).Add(unit, new(big.Int).Sub(divisor, one)), divisor)
		if m.BitLen() > bits+1 {
			return nil, 0, false
		}
		e := new(big.Int).Sub(new(big.Int).Mul(m, divisor), unit)
		worst := new(big.Int).Mul(new(big.Int).Div(hi, divisor), e)
		worst.Add(worst, new(big.Int).Mul(new(big.Int).Sub(divisor, one), m))
		if worst.Cmp(unit) < 0 {
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
	case lane == 4:
		c.fail("it can be from %v to %v, and float32 is made of 32 bits", a.num.lo, a.num.hi)
	}
	name := "uint64 to float"
	if signed, _ := fits(a, 8); signed {
		name = "int64 to float"
	}
	return one(c.low(a, 8, 8), name, -1)
}

// resize changes lanes that hold a node exactly.
func (c *coder) resize(v []Value, n *node, from, to int) []Value {
	switch {
	case from == to:
		return v
	case c.layout != ordered:
		c.fail("vectors that are split keep their lanes")
	case from > to:
		return []Value{c.resized(to, fmt.Sprint("narrow ", from), to, -1, v[0])}
	}
	sign := " signed"
	if _, unsigned := fits(n, from); unsigned {
		sign = " unsigned"
	}
	return []Value{c.resized(to, fmt.Sprintf("widen %d%s", from, sign), to, -1, v[0])}
}

// result is the root in lanes, brought to the size of the result.
func (c *coder) result(root *node, out kind, lane int) Value {
	s := out.size
	if lane == s {
		v := c.low(root, s, s)[0]
		if p, ok := c.wide[root]; ok && c.layout == ordered && p.Lane > s {
			c.Packing = &p
		}
		return v
	}
	if root.float {
		c.fail("it is of %d bytes", s)
	}
	if inner, clamps := clamped(root); clamps && c.without != clamping {
		if signed, _ := fits(inner, lane); signed && c.layout == ordered && lane <= 4 {
			c.Packing = &Packing{c.low(inner, lane, lane)[0], lane, root.signed}
		}
		if v, ok := c.saturated(inner, root.kind, lane); ok {
			return v
		}
	}
	switch c.layout {
	case unpacked:
		return c.packed(root, lane)
	case interleaved:
		return c.merged(root, lane)
	}
	return c.resized(s, fmt.Sprint("narrow ", lane), s, -1, c.low(root, lane, s)[0])
}

// clamped returns the number that a node is after being clamped to all that its kind holds.
func clamped(n *node) (inner *node, ok bool) {
	if n.op != opConvert || n.float || n.args[0].float {
		return nil, false
	}
	bounds := n.kind.bounds()
	inner = n.args[0]
	for {
		switch {
		case inner.op == opMin && inner.args[1].isConst() && inner.args[1].value().Cmp(bounds.hi) == 0,
			inner.op == opMax && inner.args[1].isConst() && inner.args[1].value().Cmp(bounds.lo) == 0:
			inner, ok = inner.args[0], true
			continue
		}
		break
	}
	// Both ends are clamped, or can not be passed.
	return inner, ok && n.args[0].num.within(bounds)
}

// saturated narrows lanes by an instruction that clamps.
func (c *coder) saturated(n *node, to kind, lane int) (v Value, ok bool) {
	sign := " unsigned"
	if to.signed {
		sign = " signed"
	}
	signed, unsigned := fits(n, lane)
	switch c.layout {
	case ordered:
		name := fmt.Sprintf("clamp %d%s", lane, sign)
		if to.signed && !signed || !to.signed && !unsigned || !c.has(name, to.size) {
			return 0, false
		}
		return c.resized(to.size, name, to.size, -1, c.low(n, lane, lane)[0]), true
	case unpacked:
		name := "pack" + sign
		if !signed || !c.has(name, to.size) { // it reads signed numbers
			return 0, false
		}
		parts := c.low(n, lane, lane)
		return c.do(name, to.size, parts...), true
	}
	return 0, false
}

// packed puts unpacked parts together.
func (c *coder) packed(root *node, lane int) Value {
	s := c.size
	if s == 4 {
		return c.shift("pack", 4, 0x88, c.low(root, lane, s)...)
	}
	if c.whole {
		return c.do("pack unsigned", s, c.low(root, lane, lane)...)
	}
	return c.do("pack unsigned", s, c.extend(c.low(root, lane, s), lane, s, false)...)
}

// by is the instruction that computes a vector, or nil.
func (c *coder) by(v Value) *Instruction {
	i := slices.IndexFunc(c.List, func(i Instruction) bool { return i.To == v })
	if i < 0 {
		return nil
	}
	return &c.List[i]
}

// merged puts even and odd elements together.
func (c *coder) merged(root *node, lane int) Value {
	s := c.size
	low := s
	if c.whole {
		low = lane
	}
	parts := c.low(root, lane, low)
	even, odd := parts[0], parts[1]
	down := []string{lookup(c.Level, form{"shr unsigned", lane}), lookup(c.Level, form{"shr signed", lane})}
	clean := false // below
	if i := c.by(odd); i != nil && i.Imm == 8*s && slices.Contains(down, i.Name) {
		odd = i.Args[0] // it goes back up
	} else {
		odd, clean = c.shift("shl", lane, 8*s, odd), true
	}
	lower := c.constant(lane, 1<<(8*s)-1)
	switch {
	case c.whole && clean:
		return c.do("or", 0, even, odd)
	case c.has("blend", s):
		return c.shift("blend", s, 0xaa, even, odd)
	case c.has("ternary", 0):
		return c.shift("ternary", 0, 0xd8, odd, even, lower) // even where lower is set, else odd
	}
	if !c.whole {
		even = c.do("and", 0, even, lower)
	}
	if !clean {
		odd = c.do("notand", 0, lower, odd)
	}
	return c.do("or", 0, even, odd)
}
