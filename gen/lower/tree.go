package lower

import (
	"fmt"
	"math"
	"math/big"
)

// A kind is what a number is at run time: its bytes and how they are read.
type kind struct {
	size   int // bytes
	signed bool
	float  bool
}

var (
	boolean  = kind{size: 1} // 0 or 1
	float32s = kind{size: 4, signed: true, float: true}
	float64s = kind{size: 8, signed: true, float: true}
)

func (k kind) String() string {
	switch {
	case k.float:
		return fmt.Sprint("float", 8*k.size)
	case k.signed:
		return fmt.Sprint("int", 8*k.size)
	}
	return fmt.Sprint("uint", 8*k.size)
}

// bounds are the least and the largest number of an integer kind.
func (k kind) bounds() interval {
	one := big.NewInt(1)
	if k.signed {
		half := new(big.Int).Lsh(one, uint(8*k.size-1))
		return interval{new(big.Int).Neg(half), new(big.Int).Sub(half, one)}
	}
	return interval{new(big.Int), new(big.Int).Sub(new(big.Int).Lsh(one, uint(8*k.size)), one)}
}

// wrap is the number of the kind that v becomes.
func (k kind) wrap(v *big.Int) *big.Int {
	mod := new(big.Int).Lsh(big.NewInt(1), uint(8*k.size))
	r := new(big.Int).Mod(v, mod) // from 0 on
	if k.signed && r.Bit(8*k.size-1) == 1 {
		r.Sub(r, mod)
	}
	return r
}

// An interval holds the integers from lo to hi.
type interval struct{ lo, hi *big.Int }

func (i interval) within(j interval) bool { return i.lo.Cmp(j.lo) >= 0 && i.hi.Cmp(j.hi) <= 0 }

func (i interval) String() string { return fmt.Sprintf("[%v, %v]", i.lo, i.hi) }

// hull is the least interval that holds all of some numbers.
func hull(vs ...*big.Int) interval {
	i := interval{vs[0], vs[0]}
	for _, v := range vs[1:] {
		if v.Cmp(i.lo) < 0 {
			i.lo = v
		}
		if v.Cmp(i.hi) > 0 {
			i.hi = v
		}
	}
	return i
}

// An op is what a node does with its arguments.
type op string

// The operators of nodes. Functions of the vocabulary are ops of their own names.
const (
	opX       op = "x"
	opY       op = "y"
	opConst   op = "const"
	opAdd     op = "add"
	opSub     op = "sub"
	opMul     op = "mul"
	opAnd     op = "and"
	opOr      op = "or"
	opXor     op = "xor"
	opAndNot  op = "andnot"
	opShl     op = "shl" // by imm
	opShr     op = "shr" // by imm: arithmetic if the argument may be negative
	opDiv     op = "div" // by imm, rounded down; the argument is not negative
	opQuo     op = "quo" // of floats
	opMin     op = "min"
	opMax     op = "max"
	opNonzero op = "nonzero" // of a number: 1 if it is not 0, as NaN is not
	opConvert op = "convert" // between integers, from an integer to a float, between floats
)

// commutes tells whether a op b is b op a.
func (o op) commutes() bool {
	switch o {
	case opAdd, opMul, opAnd, opOr, opXor, opMin, opMax:
		return true
	}
	return false
}

// A node is a part of an expression. Equal parts of a tree are one node.
type node struct {
	op
	kind
	args []*node
	imm  uint64   // of a shift or a division
	bits uint64   // of a constant
	num  interval // of an integer: what it can be
	// wraps says that the exact result of an integer operator may not fit into the kind, so
	// that what is above is lost.
	wraps bool
	place
	id int // in the tree
}

// value is the number that an integer constant is.
func (n *node) value() *big.Int { return n.num.lo }

// isConst tells whether the node is the same whatever x and y are.
func (n *node) isConst() bool { return n.op == opConst }

// A tree is a whole expression.
type tree struct {
	root, x, y *node
	nodes      []*node          // arguments before what is made of them
	same       map[string]*node // by what they are made of
	examples   map[string]*tree // of idioms, by name, where it is lowered
}

// add returns the node that is like n, which may be one that exists, or the constant that n is.
func (t *tree) add(n *node) *node {
	if c := t.folded(n); c != nil {
		return c
	}
	key := fmt.Sprint(n.op, n.kind, n.imm, n.bits)
	for _, a := range n.args {
		key += fmt.Sprint(" ", a.id)
	}
	if same := t.same[key]; same != nil {
		return same
	}
	n.id = len(t.nodes)
	t.nodes = append(t.nodes, n)
	t.same[key] = n
	return n
}

// folded is the constant that a node always equals, or nil: nothing that is made of constants
// alone, or of which intervals leave one number, becomes an instruction.
func (t *tree) folded(n *node) *node {
	if len(n.args) == 0 {
		return nil
	}
	if !n.float && n.num.lo.Cmp(n.num.hi) == 0 {
		return t.integer(n.kind, n.num.lo)
	}
	args := make([]uint64, len(n.args))
	for i, a := range n.args {
		if !a.isConst() {
			return nil
		}
		args[i] = a.bits
	}
	bits := n.eval(0, 0, args)
	if n.float {
		return t.add(&node{op: opConst, kind: n.kind, bits: bits})
	}
	return t.integer(n.kind, n.kind.integer(bits))
}

// leaf is x or y.
func (t *tree) leaf(o op, k kind, isBool bool) *node {
	n := &node{op: o, kind: k}
	if !k.float {
		n.num = k.bounds()
	}
	if isBool {
		n.num.hi = big.NewInt(1)
	}
	return t.add(n)
}

// integer is a constant of an integer kind.
func (t *tree) integer(k kind, v *big.Int) *node {
	v = k.wrap(v)
	unsigned := kind{size: k.size}
	return t.add(&node{op: opConst, kind: k, bits: unsigned.wrap(v).Uint64(), num: interval{v, v}})
}

// real is a constant of a float kind.
func (t *tree) real(k kind, v float64) *node {
	bits := math.Float64bits(v)
	if k.size == 4 {
		bits = uint64(math.Float32bits(float32(v)))
	}
	return t.add(&node{op: opConst, kind: k, bits: bits})
}

// operate is an operator on arguments of its kind; a shift's and a division's imm is their
// second argument.
func (t *tree) operate(at place, o op, k kind, imm uint64, args ...*node) *node {
	n := &node{op: o, kind: k, args: args, imm: imm, place: at}
	if o.commutes() && args[0].isConst() {
		args[0], args[1] = args[1], args[0] // constants stand last
	}
	if k.float {
		return t.add(n)
	}
	exact := n.exact()
	n.num, n.wraps = exact, false
	if !exact.within(k.bounds()) {
		n.num, n.wraps = k.bounds(), true
	}
	if (o == opMin || o == opMax || o == opShr || o == opShl) && len(args) > 0 {
		if same := n.idle(); same != nil {
			return same
		}
	}
	return t.add(n)
}

// idle is an argument that the node always equals, or nil.
func (n *node) idle() *node {
	switch a := n.args[0]; {
	case (n.op == opShl || n.op == opShr) && n.imm == 0:
		return a
	case n.op == opMin && n.args[1].num.lo.Cmp(a.num.hi) >= 0:
		return a
	case n.op == opMax && n.args[1].num.hi.Cmp(a.num.lo) <= 0:
		return a
	}
	return nil
}

// convert is a conversion between numbers.
func (t *tree) convert(at place, k kind, a *node) *node {
	switch {
	case k == a.kind:
		return a
	case k.float || a.float:
		return t.add(&node{op: opConvert, kind: k, args: []*node{a}, place: at})
	}
	n := &node{op: opConvert, kind: k, args: []*node{a}, num: a.num, place: at}
	if !a.num.within(k.bounds()) {
		n.num, n.wraps = k.bounds(), true
	}
	return t.add(n)
}

// exact is between which numbers the result lies before it is wrapped.
func (n *node) exact() interval {
	a := n.args[0].num
	var b interval
	if len(n.args) > 1 {
		b = n.args[1].num
	}
	two := func(f func(x, y *big.Int) *big.Int) interval {
		return hull(f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi))
	}
	one := func(f func(x *big.Int) *big.Int) interval { return hull(f(a.lo), f(a.hi)) }
	switch n.op {
	case opAdd:
		return two(func(x, y *big.Int) *big.Int { return new(big.Int).Add(x, y) })
	case opSub:
		return two(func(x, y *big.Int) *big.Int { return new(big.Int).Sub(x, y) })
	case opMul:
		return two(func(x, y *big.Int) *big.Int { return new(big.Int).Mul(x, y) })
	case opMin:
		return interval{least(a.lo, b.lo), least(a.hi, b.hi)}
	case opMax:
		return interval{most(a.lo, b.lo), most(a.hi, b.hi)}
	case opShl:
		return one(func(x *big.Int) *big.Int { return new(big.Int).Lsh(x, uint(n.imm)) })
	case opShr:
		return one(func(x *big.Int) *big.Int { return new(big.Int).Rsh(x, uint(n.imm)) })
	case opDiv:
		d := new(big.Int).SetUint64(n.imm)
		return one(func(x *big.Int) *big.Int { return new(big.Int).Div(x, d) })
	case opAnd, opOr, opXor, opAndNot:
		return n.bitwise(a, b)
	}
	panic("lower: no interval of " + string(n.op))
}

// bitwise is the interval of a bitwise operator: numbers of as many bits.
func (n *node) bitwise(a, b interval) interval {
	if a.lo.Cmp(a.hi) == 0 && b.lo.Cmp(b.hi) == 0 {
		f := map[op]func(z, x, y *big.Int) *big.Int{opAnd: (*big.Int).And, opOr: (*big.Int).Or, opXor: (*big.Int).Xor, opAndNot: (*big.Int).AndNot}[n.op]
		v := f(new(big.Int), a.lo, b.lo)
		return interval{v, v}
	}
	zero := new(big.Int)
	switch {
	case n.op == opAnd && b.lo.Sign() >= 0: // not above a number that is not negative
		hi := b.hi
		if a.lo.Sign() >= 0 {
			hi = least(a.hi, b.hi)
		}
		return interval{zero, hi}
	case (n.op == opAnd || n.op == opAndNot) && a.lo.Sign() >= 0:
		return interval{zero, a.hi}
	case a.lo.Sign() >= 0 && b.lo.Sign() >= 0:
		bits := max(a.hi.BitLen(), b.hi.BitLen())
		return interval{zero, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(bits)), big.NewInt(1))}
	}
	return n.kind.bounds()
}

func least(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func most(a, b *big.Int) *big.Int {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}
