package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Conversions of complex numbers, part by part.

// converts is the body of a rule of one operand, which of bytes of each element makes others: made
// is given a register that has room for both. Whole vectors of 64 bytes need the constants.
func converts(from, to int, made func(e *emitter, n int, x operand.Op, r reg.VecVirtual), constants ...[]byte) *body {
	return &body{widen: 1, bind: func(e *emitter) product {
		for _, c := range constants {
			if e.opmask {
				e.constantBytes(c) // before the first row
			}
		}
		return product{
			prepare: func(int, operand.Op) prepared { return nil },
			multiply: func(n int, a operand.Op, _ prepared) reg.VecVirtual {
				r := e.vec(max(16, n*max(from, to)))
				made(e, n, a, r)
				return narrow(r, max(16, n*to))
			},
		}
	}}
}

// onReals puts n numbers of 8 bytes where real parts are, and zeros beside them.
func onReals(e *emitter, n int, x operand.Op, r reg.VecVirtual) {
	switch n {
	case 1:
		e.VMOVQ(x, r)
	case 2:
		e.VPERMQ(operand.U8(0x50), narrow(e.inRegister(16, x), 32), r)
		e.VANDPD(e.constantData(reals[:32]), r, r)
	default:
		e.VPERMPD(narrow(e.inRegister(32, x), 64), e.constantBytes(eachTwice), r)
		e.VANDPD(e.constantBytes(reals), r, r)
	}
}

// reals has bits where real parts of 8 bytes are.
var reals = numbers(8, 8, func(i int) int { return i%2 - 1 })

// ofReals brings the real parts of n complex numbers, of 8 bytes, together.
func ofReals(e *emitter, n int, x operand.Op, r reg.VecVirtual) {
	switch n {
	case 1:
		e.VMOVUPS(x, r)
	case 2:
		e.VPERMQ(operand.U8(0x08), x, r)
	default:
		e.VPERMPD(x, e.constantBytes(everyReal), r)
	}
}

// everyReal is the order in which VPERMPD brings real parts together.
var everyReal = numbers(8, 8, func(i int) int { return i * 2 % 8 })

// doubled makes parts of 8 bytes of those of n complex numbers.
func doubled(e *emitter, n int, x operand.Op, r reg.VecVirtual) { e.VCVTPS2PD(x, r) }

// halved makes parts of 4 bytes of those of n complex numbers.
func halved(e *emitter, n int, x operand.Op, r reg.VecVirtual) {
	switch n { // the assembler can not tell from an XMM result
	case 1:
		e.VCVTPD2PSX(e.inRegister(16, x), r)
	case 2:
		e.VCVTPD2PSY(e.inRegister(32, x), narrow(r, 16))
	default:
		e.VCVTPD2PS(e.inRegister(64, x), narrow(r, 32))
	}
}
