package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// listedPlaces copies so many bytes from each place of a list, for each row.
func (e *emitter) listedPlaces(bytes int) {
	const placeFrom, placeTo = 0, 8 // words of a place
	placeShuffle, placeSize := bytes, 2*bytes
	dst, a := e.newWalk("Dst"), e.newWalk("A")
	list, size, rows := e.GP64(), e.GP64(), e.GP64()
	e.MOVQ(e.field("B"), list)
	e.MOVQ(e.field("Cols"), size)
	e.MOVQ(e.field("Rows"), rows)
	for _, n := range []reg.GPVirtual{size, rows} {
		e.TESTQ(n, n)
		e.JLE(operand.LabelRef("done"))
	}
	e.IMUL3Q(operand.I32(int32(placeSize)), size, size)
	at, left := e.GP64(), e.GP64()
	place := func(i int) {
		field := func(offset int) operand.Mem {
			return operand.Mem{Base: list, Index: at, Scale: 1, Disp: i*placeSize + offset}
		}
		from, to, x := e.GP64(), e.GP64(), e.vec(bytes)
		e.MOVQ(field(placeFrom), from)
		if m := (operand.Mem{Base: a.row, Index: from, Scale: 1}); bytes > 16 {
			e.VMOVUPS(field(placeShuffle), x)
			e.VPERMB(m, x, x)
		} else {
			e.VMOVUPS(m, x)
			e.VPSHUFB(field(placeShuffle), x, x)
		}
		e.MOVQ(field(placeTo), to)
		e.VMOVUPS(x, operand.Mem{Base: dst.row, Index: to, Scale: 1})
	}
	e.whileAtLeast(rows, 1, "row", func() {
		e.XORQ(at, at)
		e.MOVQ(size, left)
		for _, n := range []int{2, 1} {
			e.whileAtLeast(left, n*placeSize, map[int]string{2: "two", 1: "one"}[n], func() {
				e.phase("places of a row, %d a turn", n)
				for i := range n {
					place(i)
				}
				e.ADDQ(operand.I32(int32(n*placeSize)), at)
			})
		}
		e.ADDQ(e.field("DstRow"), dst.row)
		e.ADDQ(e.field("ARow"), a.row)
	})
	e.end()
}
