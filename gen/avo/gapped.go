package avo

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Pixels have four elements in an array of which the last is left out, and three in one that is
// contiguous.
const (
	pixel    = spec.PixelCols
	gapPixel = spec.PixelCols + 1
)

// A gapped vector holds whole pixels with their gaps, one to a lane of 16 bytes or several.
type gapped struct {
	bytes, pixels, turn int // in a vector, and vectors in a turn of its loop
}

// more is how many pixels must follow a vector: without gaps it is as long, and its last quarter
// lies in those.
func (g gapped) more() int { return (g.pixels + pixel - 1) / pixel }

// gappedVectors lists the vectors that loops go by, from the longest on.
func (e *emitter) gappedVectors() []gapped {
	least := max(16, gapPixel*e.size)
	of := func(bytes, turn int) gapped { return gapped{bytes, bytes / (gapPixel * e.size), turn} }
	if e.opmask && least < e.width {
		return []gapped{of(e.width, e.unroll), of(e.width, 1), of(least, 1)}
	}
	return []gapped{of(least, e.unroll), of(least, 1)}
}

// gappedRows runs loops of vectors over all pixels of a nest, and copies those that are left one by
// one.
func (e *emitter) gappedRows(dst, a *walk, vectors []gapped, move func(g gapped, v int), dstCols, aCols int) {
	n := e.GP64()
	e.MOVQ(e.field("Rows"), n)
	e.TESTQ(n, n)
	e.JLE(operand.LabelRef("done"))
	dst.begin(e)
	a.begin(e)
	advance := func(pixels int) {
		dst.advance(e, pixels*dstCols)
		a.advance(e, pixels*aCols)
	}
	for _, g := range vectors {
		pixels := g.pixels * g.turn
		e.while(n, pixels+g.more(), pixels, fmt.Sprintf("%dof%d", g.turn, g.bytes), func() {
			e.phase("%d vectors of %d bytes a turn", g.turn, g.bytes)
			for v := range g.turn {
				move(g, v)
			}
			advance(pixels)
		})
	}
	e.whileAtLeast(n, 1, "pixel", func() {
		e.phase("one pixel")
		e.movePixel(dst, a, 0, dstCols, aCols)
		advance(1)
	})
	e.end()
}

// movePixel copies the p-th pixel: two elements as one, and one.
func (e *emitter) movePixel(dst, a *walk, p, dstCols, aCols int) {
	from, to := a.mem(e, nil, p*aCols), dst.mem(e, nil, p*dstCols)
	e.sized(2*e.size).moveElement(from, to)
	e.moveElement(from.Offset(2*e.size), to.Offset(2*e.size))
}

// gappedOperand closes the gaps of a: in each lane, and then between lanes. What a vector is too
// long by, the next one overwrites.
func (e *emitter) gappedOperand() {
	dst, a := e.newWalk("Dst"), e.newWalk("A")
	vectors := e.gappedVectors()
	inLane := e.inLanes(vectors[0].bytes, func(i int) int { return i/pixel*gapPixel + i%pixel })
	join := e.acrossLanes(func(i int) int { return i/pixel*gapPixel + i%pixel })
	e.gappedRows(dst, a, vectors, func(g gapped, v int) {
		x := inLane(g.bytes, a.mem(e, nil, v*g.pixels*gapPixel))
		if g.bytes > 16 && g.bytes == e.width && e.opmask {
			x = join(g.bytes, x)
		}
		e.VMOVUPS(x, dst.mem(e, nil, v*g.pixels*pixel))
	}, pixel, gapPixel)
}

// gappedOut copies pixels to where gaps are, which are not written: under masks, or one by one.
func (e *emitter) gappedOut() {
	dst, a := e.newWalk("Dst"), e.newWalk("A")
	if !e.opmask {
		e.gappedRows(dst, a, []gapped{{0, 1, e.unroll}}, func(_ gapped, v int) {
			e.movePixel(dst, a, v, gapPixel, pixel)
		}, gapPixel, pixel)
		return
	}
	vectors := e.gappedVectors()
	inLane := e.inLanes(vectors[0].bytes, func(i int) int {
		if i%gapPixel == pixel {
			return none
		}
		return i/gapPixel*pixel + i%gapPixel
	})
	part := e.acrossLanes(func(i int) int { return i/gapPixel*pixel + min(i%gapPixel, pixel-1) })
	mask := e.opmaskOf(func(i int) bool { return i*e.granule()/e.size%gapPixel != pixel })
	e.gappedRows(dst, a, vectors, func(g gapped, v int) {
		var x operand.Op = a.mem(e, nil, v*g.pixels*pixel)
		if g.bytes > 16 && g.bytes == e.width {
			x = part(g.bytes, x)
		}
		e.masked(false, inLane(g.bytes, x), mask, dst.mem(e, nil, v*g.pixels*gapPixel))
	}, gapPixel, pixel)
}

// inLanes arranges elements within each 16 bytes, where these hold more than one pixel.
func (e *emitter) inLanes(bytes int, from func(i int) int) arrangement {
	if gapPixel*e.size >= 16 {
		return e.inRegister
	}
	return e.shuffle(numbers(bytes, 1, func(i int) int {
		at := from(i % 16 / e.size)
		if at == none || (at+1)*e.size > 16 {
			return 0x80 // which gives 0
		}
		return at*e.size + i%e.size
	}))
}

// acrossLanes arranges units of which four are 16 bytes with a gap, or a pixel if that is longer.
func (e *emitter) acrossLanes(from func(unit int) int) arrangement {
	if !e.opmask {
		return nil
	}
	unit := max(4, e.size)
	return e.permute(unit, func(i int) int { return min(from(i), e.step/unit-1) })
}

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
