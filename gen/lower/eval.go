package lower

import (
	"math"
	"math/big"
)

// eval computes the expression as Go does, from the bits of x and y.
func (t *tree) eval(x, y uint64) uint64 {
	values := make([]uint64, len(t.nodes))
	for i, n := range t.nodes {
		args := make([]uint64, len(n.args))
		for j, a := range n.args {
			args[j] = values[a.id]
		}
		values[i] = n.eval(x, y, args)
	}
	return values[t.root.id]
}

// eval computes a node from its arguments.
func (n *node) eval(x, y uint64, args []uint64) uint64 {
	switch {
	case n.op == opX:
		return x
	case n.op == opY:
		return y
	case n.op == opConst:
		return n.bits
	case n.op == opNonzero:
		return n.args[0].nonzero(args[0])
	case n.op == opConvert:
		return n.args[0].convertTo(n.kind, args[0])
	case n.isOperator() && n.float:
		return n.evalFloat(args)
	case n.isOperator():
		return n.evalInteger(args)
	}
	return vocabulary()[string(n.op)].eval(n, args)
}

// isOperator tells operators from functions of the vocabulary.
func (n *node) isOperator() bool {
	switch n.op {
	case opAdd, opSub, opMul, opAnd, opOr, opXor, opAndNot, opShl, opShr, opDiv, opQuo, opMin, opMax:
		return true
	}
	return false
}

// integer is the number that some bits are.
func (k kind) integer(bits uint64) *big.Int {
	unused := 64 - 8*k.size
	if k.signed {
		return big.NewInt(int64(bits<<unused) >> unused)
	}
	return new(big.Int).SetUint64(bits << unused >> unused)
}

// pattern is the bits of a number.
func (k kind) pattern(v *big.Int) uint64 {
	unused := 64 - 8*k.size
	switch {
	case v.IsUint64():
		return v.Uint64() << unused >> unused
	case v.IsInt64():
		return uint64(v.Int64()) << unused >> unused
	}
	return kind{size: k.size}.wrap(v).Uint64()
}

func (k kind) float64(bits uint64) float64 {
	if k.size == 4 {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

func (k kind) fromFloat64(f float64) uint64 {
	if k.size == 4 {
		return uint64(math.Float32bits(float32(f)))
	}
	return math.Float64bits(f)
}

func (n *node) evalFloat(args []uint64) uint64 {
	k := n.kind
	if n.op == opXor {
		return args[0] ^ args[1]
	}
	// One operation of float32 numbers in float64 and rounded again is rounded once.
	a, b := k.float64(args[0]), k.float64(args[1])
	switch n.op {
	case opAdd:
		return k.fromFloat64(a + b)
	case opSub:
		return k.fromFloat64(a - b)
	case opQuo:
		return k.fromFloat64(a / b)
	}
	return k.fromFloat64(a * b)
}

func (n *node) evalInteger(args []uint64) uint64 {
	k := n.kind
	a := k.integer(args[0])
	var b, r big.Int
	if len(args) > 1 {
		b.Set(k.integer(args[1]))
	}
	switch n.op {
	case opAdd:
		r.Add(a, &b)
	case opSub:
		r.Sub(a, &b)
	case opMul:
		r.Mul(a, &b)
	case opAnd:
		r.And(a, &b)
	case opOr:
		r.Or(a, &b)
	case opXor:
		r.Xor(a, &b)
	case opAndNot:
		r.AndNot(a, &b)
	case opShl:
		r.Lsh(a, uint(n.imm))
	case opShr:
		r.Rsh(a, uint(n.imm))
	case opDiv:
		r.Div(a, new(big.Int).SetUint64(n.imm))
	case opMin:
		r.Set(least(a, &b))
	case opMax:
		r.Set(most(a, &b))
	}
	return k.pattern(&r)
}

// nonzero is 1 for the bits of a number of the node's kind other than 0.
func (n *node) nonzero(bits uint64) uint64 {
	if n.float && n.float64(bits) == 0 || bits == 0 {
		return 0
	}
	return 1
}

// convertTo converts the bits of a number of the node's kind.
func (n *node) convertTo(to kind, bits uint64) uint64 {
	from := n.kind
	switch {
	case !from.float && !to.float:
		return to.pattern(from.integer(bits))
	case from.float:
		return to.fromFloat64(from.float64(bits))
	}
	v := new(big.Float).SetInt(from.integer(bits))
	if to.size == 4 {
		f, _ := v.Float32()
		return uint64(math.Float32bits(f))
	}
	f, _ := v.Float64()
	return math.Float64bits(f)
}
