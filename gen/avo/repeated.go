package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// repeatedRows multiplies adjacent rows of so many columns, b being a constant
// in each: a contiguous run in which every element of b counts cols times. Stores past
// the caches begin at the first row that is aligned.
func (e *emitter) repeatedRows(cols int, bypass bool) {
	dst, other, repeated := e.walks()
	factor := e.repeat(repeated, cols)
	n := e.rowsOrDone()
	movers := []mover{dst, other, factor}
	for _, m := range movers {
		m.begin(e)
	}
	single := func() {
		e.phase("one row")
		f := e.prepare(1, factor.element(e))
		for c := range cols {
			at := access{first: c, count: 1}
			dst.store(e, e.multiply(1, other.load(e, at), f), at)
		}
		for _, m := range movers {
			m.advance(e, cols)
		}
	}
	if bypass {
		e.untilAligned(n, dst, e.step, single)
	}
	rows := e.elements
	if blocks, packs := e.packedBlocks(cols); packs > 1 {
		e.whileAtLeast(n, blocks*rows, "packed", func() {
			e.phase("main loop: %d rows a turn", blocks*rows)
			var lanes []reg.VecVirtual
			for i := range blocks * cols {
				v := i % cols
				lanes = append(lanes, e.lanes(e.elements, other.vector(e, v), e.prepare(e.elements, factor.vector(e, v))))
				if len(lanes) == packs {
					dst.store(e, e.pack(e.elements, lanes), access{first: (i + 1 - packs) * e.elements, count: packs * e.elements, past: bypass})
					lanes = nil
				}
				if v == cols-1 { // what is stored last lies before what is read next
					other.advance(e, rows*cols)
					factor.advance(e, rows*cols)
				}
			}
			dst.advance(e, blocks*rows*cols)
		})
	}
	e.whileAtLeast(n, rows, "block", func() {
		e.phase("main loop: %d rows a turn", rows)
		for v := range cols {
			to := e.whole(v)
			to.past = bypass
			dst.store(e, e.multiply(e.elements, other.vector(e, v), e.prepare(e.elements, factor.vector(e, v))), to)
		}
		for _, m := range movers {
			m.advance(e, rows*cols)
		}
	})
	if e.opmask {
		e.maskedRows(cols, n, dst, other, factor.(*permuted))
	} else {
		e.whileAtLeast(n, 1, "row", single)
	}
	e.end()
}

// packedBlocks returns in how many blocks of rows of so many columns vectors can be packed, and how many at
// once, if that is better than to narrow each.
func (e *emitter) packedBlocks(cols int) (blocks, packs int) {
	for blocks = 1; e.packs > 1 && blocks*cols%e.packs != 0; {
		blocks++
	}
	return blocks, e.packs
}

// maskedRows multiplies n adjacent rows, fewer than a block has.
func (e *emitter) maskedRows(cols int, n reg.GPVirtual, dst, other *walk, factor *permuted) {
	e.phase("rows that are left, under masks")
	e.shiftLeft(n, e.grain)
	few := factor.load(e, access{count: e.elements, mask: e.firstOf(n)})
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
		all := e.whole(v)
		all.mask = e.firstOf(left)
		f := factor.block[v].of(e.sized(factor.size).fit(e.elements), []operand.Op{few})
		dst.store(e, e.multiply(e.elements, other.load(e, all), e.prepare(e.elements, f)), all)
		e.SUBQ(operand.I32(int32(e.counts(e.elements))), left)
	}
}

// periodicRows multiplies adjacent rows of so many bytes, of the widest operand, by the same
// row, which stays in registers, prepared.
func (e *emitter) periodicRows(bytes int) {
	dst, other, factor := e.walks()
	n := e.rowsOrDone()
	for _, m := range []mover{dst, other, factor} {
		m.begin(e)
	}
	e.phase("the row that is the same")
	var vectors []access // whole ones, and half a vector if that is left
	var row []prepared
	cols := bytes / e.sizes.widest()
	for at := 0; at < cols; at += e.elements {
		v := access{first: at, count: min(e.elements, cols-at)}
		vectors = append(vectors, v)
		row = append(row, e.constant(v.count, e.inRegister(e.sized(factor.size).fit(v.count), factor.load(e, v))))
	}
	e.whileAtLeast(n, 1, "row", func() {
		e.phase("rows")
		for i, v := range vectors {
			dst.store(e, e.multiply(v.count, other.load(e, v), row[i]), v)
		}
		for _, m := range []mover{dst, other} {
			m.advance(e, cols)
		}
	})
	e.end()
}
