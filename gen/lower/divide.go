package lower

import (
	"go/token"
	"math/big"
)

// byConstant is the quotient or the remainder of an integer by a constant other than zero, as
// of Go's operator.
func (t *tree) byConstant(at place, operator token.Token, x *node, d *big.Int) *node {
	zero, size := t.integer(x.kind, new(big.Int)), new(big.Int).Abs(d)
	switch {
	case x.isConst() && operator == token.QUO:
		return t.integer(x.kind, new(big.Int).Quo(x.value(), d))
	case x.isConst():
		return t.integer(x.kind, new(big.Int).Rem(x.value(), d))
	case operator == token.REM:
		return t.remainder(at, x, size)
	case d.Sign() < 0:
		return t.operate(at, opSub, x.kind, 0, zero, t.quotient(at, x, size))
	}
	return t.quotient(at, x, d)
}

// quotient is x / d, d > 0, rounded towards zero.
func (t *tree) quotient(at place, x *node, d *big.Int) *node {
	k, last := x.kind, 8*x.size-1
	power, isPower := powerOf(d)
	switch {
	case isPower && power == 0:
		return x
	case x.num.lo.Sign() >= 0:
		return t.divide(at, x, d)
	}
	sign := t.operate(at, opShr, k, uint64(last), x)
	if isPower && power < last { // what is negative is rounded up
		less := new(big.Int).Sub(d, big.NewInt(1))
		more := t.operate(at, opAnd, k, 0, sign, t.integer(k, less))
		return t.operate(at, opShr, k, uint64(power), t.within(at, opAdd, interval{x.num.lo, most(x.num.hi, less)}, x, more))
	}
	// The size of x is an unsigned number. It is divided, and has the sign again.
	unsigned := t.convert(at, kind{size: k.size}, t.operate(at, opSub, k, 0, t.operate(at, opXor, k, 0, x, sign), sign))
	q := t.divide(at, unsigned, d)
	hi := new(big.Int).Div(most(new(big.Int).Neg(x.num.lo), x.num.hi), d)
	return t.within(at, opSub, interval{new(big.Int).Neg(hi), hi}, t.operate(at, opXor, k, 0, t.convert(at, k, q), sign), sign)
}

// remainder is x % d, d > 0, which has the sign of x.
func (t *tree) remainder(at place, x *node, d *big.Int) *node {
	k, less := x.kind, new(big.Int).Sub(d, big.NewInt(1))
	_, isPower := powerOf(d)
	switch {
	case less.Sign() == 0:
		return t.integer(k, less)
	case isPower && x.num.lo.Sign() >= 0:
		return t.operate(at, opAnd, k, 0, x, t.integer(k, less))
	}
	num := interval{most(x.num.lo, new(big.Int).Neg(less)), least(x.num.hi, less)}
	if x.num.lo.Sign() >= 0 {
		num.lo = new(big.Int)
	}
	return t.within(at, opSub, num, x, t.operate(at, opMul, k, 0, t.quotient(at, x, d), t.integer(k, d)))
}

// divide is x / d of what is never negative.
func (t *tree) divide(at place, x *node, d *big.Int) *node {
	if power, ok := powerOf(d); ok {
		return t.operate(at, opShr, x.kind, uint64(power), x)
	}
	return t.operate(at, opDiv, x.kind, d.Uint64(), x)
}

// powerOf is the logarithm of a power of two.
func powerOf(d *big.Int) (power int, ok bool) {
	power = d.BitLen() - 1
	return power, int(d.TrailingZeroBits()) == power
}

// within is an operator on integers whose result is known to lie in an interval, closer than
// those of its arguments say, and so not to wrap.
func (t *tree) within(at place, o op, num interval, args ...*node) *node {
	return t.add(&node{op: o, kind: args[0].kind, args: args, num: num, place: at})
}
