package avo

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// A transposed operand runs along the columns of out, not along its rows. A
// tile of it is read by columns, transposed in registers and written by rows.

// A tile has the rows that 16 bytes of a column hold, and as many columns as a nest of
// tiles has multiples of, or fewer if they fill a vector of out. Each lane of 16 bytes of
// a register has one column, each lane of so many registers one after the other.
type tile struct {
	cols, registers int
	step, dstRow    reg.GPVirtual   // from column to column, from row of out to row
	offsets         []reg.GPVirtual // of the columns of all lanes but the first
	// gather takes apart what two 16-byte lanes and more hold of several rows.
	gather func(reg.VecVirtual) reg.VecVirtual
	lanes  []reg.Register // opmasks, of 8 bytes a bit
}

func (e *emitter) newTile() *tile {
	lanes := e.step / 16
	t := &tile{cols: min(e.step/e.size, spec.TileCols), step: e.times("ACol", 1), dstRow: e.times("DstRow", 1)}
	t.registers = t.cols / lanes
	for lane := range lanes - 1 {
		offset := e.times("ACol", t.registers)
		if lane > 0 {
			e.ADDQ(t.offsets[lane-1], offset)
		}
		t.offsets = append(t.offsets, offset)
	}
	if e.opmask {
		for lane := range lanes {
			t.lanes = append(t.lanes, e.constantMask(3<<(2*lane)))
		}
	}
	unit := t.registers * e.size // of a row in a lane
	from := func(i int) int { return i%lanes*(16/unit) + i/lanes }
	switch {
	case unit == 16:
		t.gather = func(x reg.VecVirtual) reg.VecVirtual { return x }
	case e.opmask:
		permute := e.permute(unit, from)
		t.gather = func(x reg.VecVirtual) reg.VecVirtual { return permute(e.step, x) }
	default:
		t.gather = func(x reg.VecVirtual) reg.VecVirtual {
			e.VPERMQ(operand.U8(from(0)|from(1)<<2|from(2)<<4|from(3)<<6), x, x)
			return x
		}
	}
	return t
}

// transposedRows copies tiles, down the rows of out and then on to the next
// columns: so the lines that hold a column of the operand are used up at once.
func (e *emitter) transposedRows() {
	dst, a := e.newWalk("dst", "DstRow"), e.newWalk("a", "ARow")
	t := e.newTile()
	cols, rows := e.GP64(), e.GP64()
	e.MOVQ(e.field("Cols"), cols)
	e.CMPQ(e.field("Rows"), operand.U8(0))
	e.JLE(operand.LabelRef("done"))
	e.whileAtLeast(cols, t.cols, "cols", func() {
		e.MOVQ(e.field("Rows"), rows)
		dst.begin(e)
		a.begin(e)
		for bytes := 16; bytes >= min(16, spec.TileRows*e.size); bytes /= 2 {
			e.whileAtLeast(rows, bytes/e.size, fmt.Sprint("rows", bytes), func() {
				columns := t.load(e, a.at, bytes)
				a.advance(e, bytes/e.size)
				for _, x := range e.transpose(columns, bytes) {
					t.store(e, t.gather(x), dst)
				}
			})
		}
		e.ADDQ(operand.I32(int32(t.cols*e.size)), dst.row)
		e.ADDQ(e.times("ACol", t.cols), a.row)
	})
	e.end()
}

// times returns a multiple, by a power of two, of a field of the nest.
func (e *emitter) times(field string, n int) reg.GPVirtual {
	g := e.GP64()
	e.MOVQ(e.field(field), g)
	e.shiftLeft(g, n)
	return g
}

// load reads the columns of a tile, so many bytes of each.
func (t *tile) load(e *emitter, at reg.Register, bytes int) []reg.VecVirtual {
	columns := make([]reg.VecVirtual, t.registers)
	p := e.GP64()
	e.MOVQ(at, p)
	for i := range columns {
		columns[i] = e.vec(e.step)
		t.loadLane(e, operand.Mem{Base: p}, 0, bytes, columns[i])
		for lane, offset := range t.offsets {
			t.loadLane(e, operand.Mem{Base: p, Index: offset, Scale: 1}, lane+1, bytes, columns[i])
		}
		if i+1 < t.registers {
			e.ADDQ(t.step, p)
		}
	}
	return columns
}

// loadLane reads a lane of a register of which the lanes before are there.
func (t *tile) loadLane(e *emitter, m operand.Mem, lane, bytes int, x reg.VecVirtual) {
	switch {
	case lane == 0 && bytes == 8:
		e.VPBROADCASTQ(m, x)
	case lane == 0 && e.opmask:
		e.VBROADCASTI32X4(m, x)
	case lane == 0:
		e.VBROADCASTI128(m, x)
	case bytes == 8 && e.opmask:
		e.VPBROADCASTQ(m, t.lanes[lane], x)
	case bytes == 8:
		y := e.vec(e.step)
		e.VPBROADCASTQ(m, y)
		e.VPBLENDD(operand.U8(0xf0), y, x, x)
	case e.opmask:
		e.VBROADCASTI64X2(m, t.lanes[lane], x)
	default:
		e.VINSERTI128(operand.U8(lane), m, x, x)
	}
}

// store writes the rows that a register holds, one after the other.
func (t *tile) store(e *emitter, x reg.VecVirtual, dst *walk) {
	bytes := t.cols * e.size
	for part := range e.step / bytes {
		m := operand.Mem{Base: dst.at}
		switch {
		case part == 0:
			e.VMOVUPS(narrow(x, bytes), m)
		case e.step == 32:
			e.VEXTRACTI128(operand.U8(part), x, m)
		case bytes == 32:
			e.VEXTRACTI64X4(operand.U8(part), x, m)
		default:
			e.VEXTRACTI32X4(operand.U8(part), x, m)
		}
		e.ADDQ(t.dstRow, dst.at)
	}
}

// transpose turns registers that hold columns, of which lanes are full or half full, into
// registers that hold rows, in each lane by itself. Zipping the upper half of the columns
// with the lower half rotates the bits of an element's place (column, row) by one; when
// all bits of the column have gone round, they are behind those of the row.
func (e *emitter) transpose(xs []reg.VecVirtual, bytes int) []reg.VecVirtual {
	lo, hi := e.VPUNPCKLBW, e.VPUNPCKHBW
	switch e.size {
	case 2:
		lo, hi = e.VPUNPCKLWD, e.VPUNPCKHWD
	case 4:
		lo, hi = e.VPUNPCKLDQ, e.VPUNPCKHDQ
	case 8:
		lo, hi = e.VPUNPCKLQDQ, e.VPUNPCKHQDQ
	}
	for range bits.TrailingZeros(uint(len(xs))) {
		half := len(xs) / 2
		var ys []reg.VecVirtual
		for i := range half {
			x := e.vec(e.step)
			lo(xs[half+i], xs[i], x)
			ys = append(ys, x)
			if bytes == 16 {
				y := e.vec(e.step)
				hi(xs[half+i], xs[i], y)
				ys = append(ys, y)
			}
		}
		xs, bytes = ys, 16
	}
	return xs
}
