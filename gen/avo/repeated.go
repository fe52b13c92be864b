package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// repeatedRows multiplies adjacent rows of so many columns, b being a constant
// in each: a contiguous run in which every element of b counts cols times. Stores past
// the caches begin at the first row that is aligned.
func (e *emitter) repeatedRows(cols int, bypass bool) {
	dst, a, bWalk := e.walks()
	b := e.repeat(bWalk, cols)
	n := e.GP64()
	e.MOVQ(e.field("Rows"), n)
	e.TESTQ(n, n)
	e.JLE(operand.LabelRef("done"))
	movers := []mover{dst, a, b}
	for _, m := range movers {
		m.begin(e)
	}
	single := func() {
		y := e.prepare(16, b.element(e))
		for c := range cols {
			at := access{disp: c * e.size, bytes: e.size}
			e.store(e.multiply(16, e.load(a.at, at), y), dst.at, at)
		}
		for _, m := range movers {
			m.advance(e, cols)
		}
	}
	if bypass {
		e.untilAligned(n, dst, e.step, single)
	}
	rows := e.step / e.size
	e.whileAtLeast(n, rows, "block", func() {
		for v := range cols {
			to := e.whole(v)
			to.past = bypass
			w := to.vector()
			e.store(e.multiply(w, a.vector(e, v), e.prepare(w, b.vector(e, v))), dst.at, to)
		}
		for _, m := range movers {
			m.advance(e, rows*cols)
		}
	})
	if e.opmask {
		e.maskedRows(cols, n, dst, a, b.(*permuted))
	} else {
		e.whileAtLeast(n, 1, "row", single)
	}
	e.end()
}

// maskedRows multiplies n adjacent rows, fewer than a block has.
func (e *emitter) maskedRows(cols int, n reg.GPVirtual, dst, a *walk, b *permuted) {
	e.shiftLeft(n, e.size)
	few := e.load(b.at, access{bytes: e.step, mask: e.firstBytes(n)})
	left := n
	if cols == 3 {
		left = e.GP64()
		e.LEAQ(operand.Mem{Base: n, Index: n, Scale: 2}, left)
	} else {
		e.shiftLeft(left, cols)
	}
	for v := range cols {
		e.TESTQ(left, left)
		e.JLE(operand.LabelRef("done"))
		all := access{disp: v * e.step, bytes: e.step, mask: e.firstBytes(left)}
		w := all.vector()
		y := b.block[v].of(w, []operand.Op{few})
		e.store(e.multiply(w, e.load(a.at, all), e.prepare(w, y)), dst.at, all)
		e.SUBQ(operand.I32(int32(e.step)), left)
	}
}

// periodicRows multiplies adjacent rows of so many bytes by the same row, which stays in
// registers, prepared.
func (e *emitter) periodicRows(bytes int) {
	dst, a, b := e.walks()
	n := e.GP64()
	e.MOVQ(e.field("Rows"), n)
	e.TESTQ(n, n)
	e.JLE(operand.LabelRef("done"))
	for _, m := range []mover{dst, a, b} {
		m.begin(e)
	}
	var vectors []access // whole ones, and half a vector if that is left
	var row []prepared
	for at := 0; at < bytes; at += e.step {
		v := access{disp: at, bytes: min(e.step, bytes-at)}
		vectors = append(vectors, v)
		row = append(row, e.constant(v.bytes, e.inRegister(v.bytes, e.load(b.at, v))))
	}
	e.whileAtLeast(n, 1, "row", func() {
		for i, v := range vectors {
			e.store(e.multiply(v.bytes, e.load(a.at, v), row[i]), dst.at, v)
		}
		for _, m := range []mover{dst, a} {
			m.advance(e, bytes/e.size)
		}
	})
	e.end()
}
