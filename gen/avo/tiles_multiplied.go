package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// A shape is that of the tiles that a kernel multiplies as it transposes them, in elements,
// and how that is done: columns returns what loads the registers of an operand's columns,
// one after the other, and turn makes rows of out of those.
type shape struct {
	rows, cols int
	columns    func(e *emitter, l *ladder) func() operand.Op
	registers  int // of columns
	turn       func(e *emitter, columns []reg.VecVirtual) []reg.VecVirtual
}

// shapeOf returns the shape of the tiles of a pattern.
func (e *emitter) shapeOf(p spec.Pattern) *shape {
	if p.Lines {
		line := spec.LineBytes / e.size
		return &shape{line, line, (*emitter).lines, line, (*emitter).transposeLines}
	}
	rows := spec.DirectDown / e.size
	return &shape{
		rows, spec.DirectAcross / e.size, (*emitter).pairs, rows,
		func(e *emitter, columns []reg.VecVirtual) []reg.VecVirtual {
			return e.transpose(columns, spec.DirectDown)
		},
	}
}

// multipliedTiles multiplies tiles of a by b, down the rows of out and then on to the next
// columns: so the lines that hold a column are used up at once. Of two transposed
// operands it is the product of columns that is transposed.
func (e *emitter) multipliedTiles(p spec.Pattern) {
	s := e.shapeOf(p)
	both := p.B == spec.Transposed
	dst, a, b := e.newLadder("Dst", false), e.newLadder("A", true), e.newLadder("B", both)
	operands := []*ladder{dst, a, b}
	cols, rows := e.GP64(), e.GP64()
	e.MOVQ(e.field("Cols"), cols)
	e.CMPQ(e.field("Rows"), operand.U8(0))
	e.JLE(operand.LabelRef("done"))
	e.whileAtLeast(cols, s.cols, "cols", func() {
		e.Load(e.Param("nest"), rows) // again, since all registers are taken
		e.MOVQ(operand.Mem{Base: rows, Disp: spec.NestOffset("Rows")}, rows)
		for _, l := range operands {
			l.begin(e)
		}
		e.whileAtLeast(rows, s.rows, "rows", func() {
			e.phase("tiles of %d columns and %d rows", s.cols, s.rows)
			e.storeTile(e.productTile(s, a, b, both), dst, p.Bypass)
			for _, l := range operands {
				l.nextRows(e, s)
			}
		})
		for _, l := range operands {
			l.nextCols(e, s)
		}
	})
	e.end()
}

// storeTile stores the rows of a tile, past the caches if they may be and out has whole lines.
func (e *emitter) storeTile(tile []reg.VecVirtual, dst *ladder, past bool) {
	if past {
		for _, r := range []reg.GPVirtual{dst.at, dst.step} {
			e.TESTQ(operand.I32(spec.LineBytes-1), r)
			e.JNZ(operand.LabelRef("unaligned"))
		}
		lines := *dst
		for _, x := range tile {
			e.VMOVNTPS(x, lines.next(e))
		}
		e.JMP(operand.LabelRef("stored"))
		e.Label("unaligned")
	}
	for _, x := range tile {
		e.VMOVUPS(x, dst.next(e))
	}
	if past {
		e.Label("stored")
	}
}

// productTile returns the rows of a tile of products, b being transposed as well as a or
// not. None of them is stored before all are there: where rows are a multiple of 4 KiB
// apart, a load from one waits for a store to another, which looks like the same place.
func (e *emitter) productTile(s *shape, a, b *ladder, both bool) []reg.VecVirtual {
	nextA, nextB := s.columns(e, a), func() operand.Op { return b.next(e) }
	multiply := func(x operand.Op) reg.VecVirtual { return e.multiply(e.elements, x, e.prepare(e.elements, nextB())) }
	if both {
		nextB = s.columns(e, b)
	}
	tile := make([]reg.VecVirtual, s.registers)
	for i := range tile {
		if both {
			tile[i] = multiply(nextA())
		} else {
			tile[i] = e.inRegister(e.step, nextA())
		}
	}
	tile = s.turn(e, tile)
	if !both {
		for i, x := range tile {
			tile[i] = multiply(x)
		}
	}
	return tile
}

// A ladder is an operand of a tile: vectors that lie a step apart, one in each row, or
// one in each column where the operand is transposed.
type ladder struct {
	*walk
	step       reg.GPVirtual
	transposed bool
	rung       int
}

func (e *emitter) newLadder(name string, transposed bool) *ladder {
	return e.ladderOf(e.newWalk(name), transposed)
}

func (e *emitter) ladderOf(w *walk, transposed bool) *ladder {
	l := &ladder{walk: w, step: e.GP64(), transposed: transposed}
	step := w.name + "Row"
	if transposed {
		step = w.name + "Col"
	}
	e.MOVQ(e.field(step), l.step)
	return l
}

// next is where the next vector is. Each place serves two of them.
func (l *ladder) next(e *emitter) operand.Mem {
	if l.rung == 2 {
		l.climb(e)
	}
	l.rung++
	m := operand.Mem{Base: l.at}
	if l.rung == 2 {
		m.Index, m.Scale = l.step, 1
	}
	return m
}

func (l *ladder) climb(e *emitter) {
	e.LEAQ(operand.Mem{Base: l.at, Index: l.step, Scale: 2}, l.at)
	l.rung = 0
}

// climbed moves on behind the last rung, of an even number of them or one.
func (l *ladder) climbed(e *emitter, rungs int) {
	if rungs > 1 {
		l.climb(e)
		return
	}
	e.ADDQ(l.step, l.at)
	l.rung = 0
}

// nextRows moves on to the rows of the next tile.
func (l *ladder) nextRows(e *emitter, s *shape) {
	if l.transposed {
		l.advance(e, s.rows)
	} else {
		l.climb(e)
	}
}

// nextCols moves on to the columns of the next tile.
func (l *ladder) nextCols(e *emitter, s *shape) {
	if !l.transposed {
		e.ADDQ(operand.I32(int32(s.cols*e.size)), l.row)
		return
	}
	for cols := s.cols; cols > 0; cols -= 8 {
		e.LEAQ(operand.Mem{Base: l.row, Index: l.step, Scale: uint8(min(cols, 8))}, l.row)
	}
}

// pairs returns what loads the next two columns of a tile, as far apart as a tile has
// rows: one for each lane of a register.
func (e *emitter) pairs(l *ladder) func() operand.Op {
	low := &ladder{walk: e.at(e.GP64()), step: l.step}
	high := &ladder{walk: e.at(e.GP64()), step: l.step}
	e.MOVQ(l.at, low.at)
	e.LEAQ(operand.Mem{Base: l.at, Index: l.step, Scale: uint8(spec.DirectDown / e.size)}, high.at)
	return func() operand.Op {
		x := e.vec(e.step)
		e.repeat128(low.next(e), x)
		e.insertUpper(high.next(e), x, x)
		return x
	}
}

// lines returns what loads the next column, a register of it.
func (e *emitter) lines(l *ladder) func() operand.Op {
	column := &ladder{walk: e.at(e.GP64()), step: l.step}
	e.MOVQ(l.at, column.at)
	return func() operand.Op { return column.next(e) }
}

// transposeLines turns as many columns as a register has elements into rows. Columns
// whose numbers differ by one bit are zipped, or lanes of theirs shuffled, a bit at a time.
func (e *emitter) transposeLines(columns []reg.VecVirtual) []reg.VecVirtual {
	apart := 1
	stage := func(low, high func(x, y, to operand.Op)) {
		for i := range columns {
			if i&apart == 0 {
				x, y := columns[i], columns[i+apart]
				columns[i], columns[i+apart] = e.vec(e.step), e.vec(e.step)
				low(x, y, columns[i])
				high(x, y, columns[i+apart])
			}
		}
		apart *= 2
	}
	zips := 0
	for unit := e.size; unit <= 8; unit *= 2 {
		zipLow, zipHigh := e.zips(unit)
		stage(func(x, y, to operand.Op) { zipLow(y, x, to) }, func(x, y, to operand.Op) { zipHigh(y, x, to) })
		zips++
	}
	const even, odd = 0x88, 0xdd // lanes of both
	for apart < len(columns) {
		stage(func(x, y, to operand.Op) { e.VSHUFI32X4(operand.U8(even), y, x, to) },
			func(x, y, to operand.Op) { e.VSHUFI32X4(operand.U8(odd), y, x, to) })
	}
	if zips == 2 { // the first was of the higher bit of a row's number within a lane
		for i := 0; i < len(columns); i += 4 {
			columns[i+1], columns[i+2] = columns[i+2], columns[i+1]
		}
	}
	return columns
}
