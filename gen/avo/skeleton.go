package avo

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// skeletons holds, by pattern, what emits a kernel around a body.
var skeletons = map[string]func(*emitter){
	"vv": func(e *emitter) {
		dst, a, b := e.newWalk("dst", "DstRow"), e.newWalk("a", "ARow"), e.newWalk("b", "BRow")
		e.rows(&line{dst: dst, a: a, b: stream{b}})
	},
	"vc": func(e *emitter) {
		dst, a, b := e.newWalk("dst", "DstRow"), e.newWalk("a", "ARow"), e.newWalk("b", "BRow")
		e.rows(&line{dst: dst, a: a, b: &constant{walk: b}})
	},
}

// unroll is the number of vectors in a turn of the main loop. More gained
// nothing.
const unroll = 4

// A line is a row of a kernel: out and a contiguous, b any factor.
type line struct {
	dst, a *walk
	b      factor
}

// rows runs a line for every row of the nest.
func (e *emitter) rows(l *line) {
	rows, bytes := e.GP64(), e.GP64()
	e.MOVQ(e.field("Rows"), rows)
	e.MOVQ(e.field("Cols"), bytes)
	e.TESTQ(rows, rows)
	e.JLE(operand.LabelRef("done"))
	e.TESTQ(bytes, bytes)
	e.JLE(operand.LabelRef("done"))
	if log := bits.TrailingZeros(uint(e.size)); log > 0 {
		e.SHLQ(operand.U8(log), bytes)
	}

	e.Label("row")
	n := e.GP64()
	e.MOVQ(bytes, n)
	l.dst.begin(e)
	l.a.begin(e)
	l.b.begin(e)
	if e.opmask {
		e.maskedLine(l, n)
	} else {
		e.overlappedLine(l, n)
	}
	e.Label("next")
	l.dst.nextRow(e)
	l.a.nextRow(e)
	l.b.nextRow(e)
	e.DECQ(rows)
	e.JNZ(operand.LabelRef("row"))

	e.Label("done")
	e.VZEROUPPER()
	e.RET()
}

// multiplyAt emits one vector of products.
func (e *emitter) multiplyAt(l *line, a access) reg.VecVirtual {
	b := l.b.prepared(e, a)
	return e.multiply(a.vector(), e.load(l.a.at, a), b)
}

// vectors multiplies count whole vectors and moves on.
func (e *emitter) vectors(l *line, n reg.GPVirtual, count int) {
	for i := range count {
		at := access{disp: i * e.step, bytes: e.step}
		e.store(e.multiplyAt(l, at), l.dst.at, at)
	}
	for _, w := range []interface{ advance(*emitter, int) }{l.dst, l.a, l.b} {
		w.advance(e, count*e.step)
	}
	e.SUBQ(operand.I32(int32(count*e.step)), n)
}

// maskedLine multiplies n > 0 bytes; the tail is one masked vector.
func (e *emitter) maskedLine(l *line, n reg.GPVirtual) {
	for _, count := range []int{unroll, 1} {
		after := fmt.Sprintf("after%d", count)
		e.CMPQ(n, operand.I32(int32(count*e.step)))
		e.JB(operand.LabelRef(after))
		loop := fmt.Sprintf("loop%d", count)
		e.Label(loop)
		e.vectors(l, n, count)
		e.CMPQ(n, operand.I32(int32(count*e.step)))
		e.JAE(operand.LabelRef(loop))
		e.Label(after)
	}
	e.TESTQ(n, n)
	e.JZ(operand.LabelRef("next"))
	tail := access{bytes: e.step, mask: e.firstBytes(n)}
	e.store(e.multiplyAt(l, tail), l.dst.at, tail)
}

// overlappedLine multiplies n > 0 bytes. The tail is the last whole vector of
// the row. It overlaps the one before, so it is multiplied first, while the
// operands are as they were even if out is one of them, and stored last.
func (e *emitter) overlappedLine(l *line, n reg.GPVirtual) {
	e.CMPQ(n, operand.I32(int32(e.step)))
	e.JB(operand.LabelRef("short"))
	tail := access{disp: -e.step, index: n, bytes: e.step}
	last := e.multiplyAt(l, tail)
	for _, count := range []int{unroll, 1} {
		after := fmt.Sprintf("after%d", count)
		e.CMPQ(n, operand.I32(int32(count*e.step)))
		e.JBE(operand.LabelRef(after))
		loop := fmt.Sprintf("loop%d", count)
		e.Label(loop)
		e.vectors(l, n, count)
		e.CMPQ(n, operand.I32(int32(count*e.step)))
		e.JA(operand.LabelRef(loop))
		e.Label(after)
	}
	e.store(last, l.dst.at, tail)
	e.JMP(operand.LabelRef("next"))

	// Less than a vector: the first and the last 16, 8, … bytes, down to one
	// element, both read before either is written.
	e.Label("short")
	for bytes := e.step / 2; bytes >= e.size; bytes /= 2 {
		smaller := fmt.Sprintf("below%d", bytes)
		if bytes > e.size {
			e.CMPQ(n, operand.I32(int32(bytes)))
			e.JB(operand.LabelRef(smaller))
		}
		first, last := access{bytes: bytes}, access{disp: -bytes, index: n, bytes: bytes}
		x := e.multiplyAt(l, first)
		if bytes > e.size {
			y := e.multiplyAt(l, last)
			e.store(y, l.dst.at, last)
		}
		e.store(x, l.dst.at, first)
		if bytes > e.size {
			e.JMP(operand.LabelRef("next"))
			e.Label(smaller)
		}
	}
}
