package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Tiles that are multiplied as they are transposed have spec.DirectDown bytes of each
// column and spec.DirectAcross of each row, a vector of out.

// multipliedTiles multiplies tiles of a by b, down the rows of out and then on to the next
// columns: so the lines that hold a column are used up at once. Of two transposed
// operands it is the product of columns that is transposed.
func (e *emitter) multipliedTiles(p spec.Pattern) {
	dst := e.newLadder("dst", "DstRow", "DstRow")
	a := e.newLadder("a", "ARow", "ACol")
	var b *ladder
	var column func() func() reg.VecVirtual
	finish := func(x reg.VecVirtual) reg.VecVirtual { return x }
	if p.B == spec.Transposed {
		b = e.newLadder("b", "BRow", "BCol")
		column = func() func() reg.VecVirtual {
			x, y := e.columns(a), e.columns(b)
			return func() reg.VecVirtual { return e.multiply(e.step, x(), e.prepare(e.step, y())) }
		}
	} else {
		b = e.newLadder("b", "BRow", "BRow")
		column = func() func() reg.VecVirtual { return e.columns(a) }
		finish = func(x reg.VecVirtual) reg.VecVirtual {
			return e.multiply(e.step, x, e.prepare(e.step, b.next(e)))
		}
	}
	operands := []*ladder{dst, a, b}
	cols, rows := e.GP64(), e.GP64()
	e.MOVQ(e.field("Cols"), cols)
	e.CMPQ(e.field("Rows"), operand.U8(0))
	e.JLE(operand.LabelRef("done"))
	e.whileAtLeast(cols, e.directCols(), "cols", func() {
		e.Load(e.Param("nest"), rows) // again, since all registers are taken
		e.MOVQ(operand.Mem{Base: rows, Disp: spec.NestOffset("Rows")}, rows)
		for _, l := range operands {
			l.begin(e)
		}
		e.whileAtLeast(rows, e.directRows(), "rows", func() {
			next := column()
			columns := make([]reg.VecVirtual, e.directRows())
			for i := range columns {
				columns[i] = next()
			}
			for _, x := range e.transpose(columns, spec.DirectDown) {
				e.VMOVUPS(finish(x), dst.next(e))
			}
			for _, l := range operands {
				l.nextRows(e)
			}
		})
		for _, l := range operands {
			l.nextCols(e)
		}
	})
	e.end()
}

func (e *emitter) directRows() int { return spec.DirectDown / e.size }

func (e *emitter) directCols() int { return spec.DirectAcross / e.size }

// A ladder is an operand of a tile: vectors that lie a step apart, one in each row, or
// one in each column where the operand is transposed.
type ladder struct {
	*walk
	step       reg.GPVirtual
	transposed bool
	rung       int
}

func (e *emitter) newLadder(param, row, step string) *ladder {
	l := &ladder{walk: e.newWalk(param, row), step: e.GP64(), transposed: row != step}
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

// nextRows moves on to the rows of the next tile.
func (l *ladder) nextRows(e *emitter) {
	if l.transposed {
		l.advance(e, e.directRows())
	} else {
		l.climb(e)
	}
}

// nextCols moves on to the columns of the next tile.
func (l *ladder) nextCols(e *emitter) {
	if !l.transposed {
		e.ADDQ(operand.I32(spec.DirectAcross), l.row)
		return
	}
	e.LEAQ(operand.Mem{Base: l.row, Index: l.step, Scale: uint8(e.directCols())}, l.row)
}

// columns returns what loads the next two columns of a tile, as far apart as a tile has
// rows: one for each lane of a register.
func (e *emitter) columns(l *ladder) func() reg.VecVirtual {
	low := &ladder{walk: &walk{at: e.GP64()}, step: l.step}
	high := &ladder{walk: &walk{at: e.GP64()}, step: l.step}
	e.MOVQ(l.at, low.at)
	e.LEAQ(operand.Mem{Base: l.at, Index: l.step, Scale: uint8(e.directRows())}, high.at)
	return func() reg.VecVirtual {
		x := e.vec(e.step)
		e.VBROADCASTI128(low.next(e), x)
		e.VINSERTI128(operand.U8(1), high.next(e), x, x)
		return x
	}
}
