package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// spreadColumn repeats each element of a column so many times. An element's number is the same for
// every vector that begins as far into a row as another: a table, on the stack, of which row each
// element lies in gives the shuffle of 16 bytes of the column.
func (e *emitter) spreadColumn() {
	const lane, table = 16, 288
	width := e.width
	least := map[int]int{32: 3, 64: 5}[width] // columns: a vector is of no more elements than a lane holds
	size, perVector, perLane := e.size, width/e.size, lane/e.size
	unit, first := map[int]uint32{1: 0x01, 2: 0x0202}[size], map[int]uint32{1: 0, 2: 0x0100}[size]
	places := e.AllocLocal(table)

	dst, a, cols, rows := e.GP64(), e.GP64(), e.GP64(), e.GP64()
	e.MOVQ(e.field("Dst"), dst)
	e.MOVQ(e.field("A"), a)
	e.MOVQ(e.field("Rows"), rows)
	e.MOVQ(e.field("Cols"), cols)
	for _, n := range []reg.GPVirtual{rows, cols} {
		e.TESTQ(n, n)
		e.JLE(operand.LabelRef("done"))
	}
	left, row, at := e.GP64(), e.GP64(), e.GP64() // elements, the row at hand, and how far into it
	e.MOVQ(rows, left)
	e.IMULQ(cols, left)
	e.XORQ(row, row)
	e.XORQ(at, at)
	element := func(row reg.Register) operand.Mem { return operand.Mem{Base: a, Index: row, Scale: uint8(size)} }
	e.CMPQ(cols, operand.U8(least))
	e.JB(operand.LabelRef("single"))
	e.CMPQ(cols, operand.I32(int32(table/size-perVector)))
	e.JA(operand.LabelRef("single"))
	lastRow := e.GP64() // from which 16 bytes are there
	e.MOVQ(rows, lastRow)
	e.SUBQ(operand.I32(int32(perLane)), lastRow)
	e.JL(operand.LabelRef("single"))

	e.phase("the row of each element, from any of a row on, as places of its bytes")
	i, place, count, end := e.GP64(), e.GP32(), e.GP64(), e.GP64()
	e.XORQ(i, i)
	e.MOVL(operand.U32(first), place)
	e.MOVQ(cols, count)
	e.LEAQ(operand.Mem{Base: cols, Disp: perVector}, end)
	base := e.GP64()
	e.LEAQ(places, base)
	e.Label("table")
	to := operand.Mem{Base: base, Index: i, Scale: uint8(size)}
	if size == 1 {
		e.MOVB(place.As8(), to)
	} else {
		e.MOVW(place.As16(), to)
	}
	next := e.GP32()
	e.LEAL(operand.Mem{Base: place.As64(), Disp: int(unit)}, next)
	e.DECQ(count)
	e.CMOVQEQ(cols, count)
	e.CMOVLEQ(next, place)
	e.INCQ(i)
	e.CMPQ(i, end)
	e.JB(operand.LabelRef("table"))

	e.phase("by how many rows and elements vectors move on")
	down, over, most := e.GP64(), e.GP64(), e.GP64()
	e.XORQ(down, down)
	e.MOVQ(operand.U32(perVector), over)
	e.Label("divide")
	e.CMPQ(over, cols)
	e.JB(operand.LabelRef("divided"))
	e.SUBQ(cols, over)
	e.INCQ(down)
	e.JMP(operand.LabelRef("divide"))
	e.Label("divided")
	e.MOVQ(cols, most)
	e.SUBQ(over, most)

	stop := e.GP64() // where the last whole vector begins
	e.LEAQ(operand.Mem{Base: dst, Index: left, Scale: uint8(size), Disp: -width}, stop)
	vector := func(rows operand.Mem, shift func(places reg.VecVirtual)) {
		x, places, further := e.vec(width), e.vec(width), e.GP64()
		e.repeat128(rows, x)
		e.VMOVUPS(operand.Mem{Base: base, Index: at, Scale: uint8(size)}, places)
		shift(places)
		e.VPSHUFB(places, x, x)
		e.VMOVUPS(x, operand.Mem{Base: dst})
		e.ADDQ(operand.U8(width), dst)
		e.LEAQ(operand.Mem{Base: at, Index: over, Scale: 1}, further)
		e.SUBQ(most, at) // borrows where the vector stays in its row
		e.CMOVQCS(further, at)
		e.SBBQ(operand.I8(-1), row)
		e.ADDQ(down, row)
	}
	vectors := func(name string, body func()) {
		e.CMPQ(dst, stop)
		e.JA(operand.LabelRef("vectorless"))
		e.Label(name)
		body()
		e.CMPQ(dst, stop)
		e.JBE(operand.LabelRef(name))
	}
	vectors("vector", func() {
		e.CMPQ(row, lastRow)
		e.JG(operand.LabelRef("last"))
		e.phase("vectors")
		vector(element(row), func(reg.VecVirtual) {})
	})
	e.JMP(operand.LabelRef("vectorless"))
	e.Label("last")
	repeat, add := e.VPBROADCASTB, e.VPADDB
	if size == 2 {
		repeat, add = e.VPBROADCASTW, e.VPADDW
	}
	vectors("later", func() {
		e.phase("vectors of the last 16 bytes of the column")
		further, x, y := e.GP64(), e.XMM(), e.vec(width)
		e.MOVQ(row, further)
		e.SUBQ(lastRow, further)
		e.IMUL3Q(operand.I32(int32(unit)), further, further)
		e.VMOVD(further.As32(), x)
		repeat(x, y)
		vector(element(lastRow), func(places reg.VecVirtual) { add(y, places, places) })
	})
	e.Label("vectorless")
	e.ADDQ(operand.U8(width), stop)
	e.MOVQ(stop, left)
	e.SUBQ(dst, left)
	if size > 1 {
		e.SHRQ(operand.U8(log2(size)), left)
	}

	e.Label("single")
	e.whileAtLeast(left, 1, "single", func() {
		e.phase("single elements")
		e.moveElement(element(row), operand.Mem{Base: dst})
		e.ADDQ(operand.U8(size), dst)
		e.INCQ(at)
		e.CMPQ(at, cols)
		e.JB(operand.LabelRef("same"))
		e.XORQ(at, at)
		e.INCQ(row)
		e.Label("same")
	})
	e.end()
}
