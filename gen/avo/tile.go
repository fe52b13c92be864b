package avo

import (
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// A transposed operand runs along the columns of out, not along its rows. A
// tile of it is read by columns, transposed in registers and written by rows.

// A tile has as many rows as elements fit into 16 bytes, 8 for single bytes,
// and the columns that make one vector of out. Every nest of tiles has rows and
// columns in multiples of spec.TileRows and spec.TileCols.
func (e *emitter) tileRows() int { return min(16/e.size, spec.TileRows) }

func (e *emitter) tileCols() int { return e.step / e.size }

// transposedRows copies tiles, down the rows of out and then on to the next
// columns: so the lines that hold a column of the operand are used up at once.
func (e *emitter) transposedRows() {
	dst, a := e.newWalk("dst", "DstRow"), e.newWalk("a", "ARow")
	cols, rows := e.GP64(), e.GP64()
	e.MOVQ(e.field("Cols"), cols)
	e.CMPQ(e.field("Rows"), operand.U8(0))
	e.JLE(operand.LabelRef("done"))
	e.whileAtLeast(cols, e.tileCols(), "cols", func() {
		e.MOVQ(e.field("Rows"), rows)
		dst.begin(e)
		a.begin(e)
		e.whileAtLeast(rows, e.tileRows(), "rows", func() {
			column := e.columns(a.at, "ACol")
			columns := make([]reg.VecVirtual, e.tileRows())
			for i := range columns {
				columns[i] = column()
			}
			a.advance(e, e.tileRows())
			for _, x := range e.transpose(columns) {
				e.store(x, dst.at, access{bytes: e.step})
				e.ADDQ(e.field(dst.field), dst.at)
			}
		})
		e.ADDQ(operand.I32(int32(e.step)), dst.row)
		e.ADDQ(e.times("ACol", e.tileCols()), a.row)
	})
	e.end()
}

// times returns a multiple, by a power of two, of a field of the nest.
func (e *emitter) times(field string, n int) reg.GPVirtual {
	g := e.GP64()
	e.MOVQ(e.field(field), g)
	if log := bits.TrailingZeros(uint(n)); log > 0 {
		e.SHLQ(operand.U8(log), g)
	}
	return g
}

// columns returns what loads the next columns of a tile, each of the tile's
// rows. A register holds as many columns as it has 16-byte lanes; two columns of
// single bytes are zipped to fill 16 bytes.
func (e *emitter) columns(at reg.Register, field string) func() reg.VecVirtual {
	step := e.field(field)
	lanes := e.step / 16
	if e.size == 1 {
		lanes = 2
	}
	var ps []reg.GPVirtual // where the next column of each lane begins
	for lane := range lanes {
		p := e.GP64()
		if lane == 0 {
			e.MOVQ(at, p)
		} else {
			p = e.times(field, e.tileRows())
			e.ADDQ(ps[lane-1], p)
		}
		ps = append(ps, p)
	}
	return func() reg.VecVirtual {
		x := e.vec(e.step)
		if e.size == 1 {
			y := e.XMM()
			e.VMOVQ(operand.Mem{Base: ps[0]}, x)
			e.VMOVQ(operand.Mem{Base: ps[1]}, y)
			e.VPUNPCKLBW(y, x, x)
		} else {
			repeat, insert := e.VBROADCASTI128, e.VINSERTI128
			if e.opmask {
				repeat = func(m, r operand.Op) { e.VBROADCASTI32X4(m, r) }
				insert = func(lane, m, x, r operand.Op) { e.VINSERTI32X4(lane, m, x, r) }
			}
			repeat(operand.Mem{Base: ps[0]}, x)
			for lane, p := range ps[1:] {
				insert(operand.U8(lane+1), operand.Mem{Base: p}, x, x)
			}
		}
		for _, p := range ps {
			e.ADDQ(step, p)
		}
		return x
	}
}

// transpose turns registers that hold columns into registers that hold rows,
// in each lane by itself. Zipping the upper half of the columns with the lower
// half rotates the bits of an element's place (column, row) by one; when all
// bits of the column have gone round, rows and columns have changed places.
func (e *emitter) transpose(xs []reg.VecVirtual) []reg.VecVirtual {
	lo, hi := e.VPUNPCKLBW, e.VPUNPCKHBW
	switch e.size {
	case 2:
		lo, hi = e.VPUNPCKLWD, e.VPUNPCKHWD
	case 4:
		lo, hi = e.VPUNPCKLDQ, e.VPUNPCKHDQ
	case 8:
		lo, hi = e.VPUNPCKLQDQ, e.VPUNPCKHQDQ
	}
	half := len(xs) / 2
	for range bits.TrailingZeros(uint(len(xs))) {
		ys := make([]reg.VecVirtual, 0, len(xs))
		for i := range half {
			x, y := e.vec(e.step), e.vec(e.step)
			lo(xs[half+i], xs[i], x)
			hi(xs[half+i], xs[i], y)
			ys = append(ys, x, y)
		}
		xs = ys
	}
	return xs
}
