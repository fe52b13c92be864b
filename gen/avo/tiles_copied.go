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
// tiles has multiples of, fewer if they fill a vector of out, or twice as many. Each lane
// of 16 bytes of a register holds one column, each lane of so many registers one after
// the other.
type tile struct {
	*tileStrides
	cols, registers int
	scale           uint8 // of the offsets
	// gather brings together what the lanes hold of each row.
	gather func(reg.VecVirtual) reg.VecVirtual
}

// tileStrides is what all tiles of a kernel share.
type tileStrides struct {
	column, dstRow reg.GPVirtual   // from column to column, from row of out to row
	offsets        []reg.GPVirtual // of the columns of all lanes but the first
	lanes          []reg.Register  // their opmasks, of 8 bytes a bit
}

// tiles returns the tiles to use, the widest first.
func (e *emitter) tiles() []*tile {
	t := &tile{tileStrides: &tileStrides{column: e.times("ACol", 1), dstRow: e.times("DstRow", 1)}, scale: 1}
	t.cols = min(e.step/e.size, spec.TileCols)
	t.registers = t.cols * 16 / e.step
	t.gather = e.gatherer(t.registers * e.size)
	for lane := 1; lane < e.step/16; lane++ {
		offset := e.times("ACol", t.registers)
		if lane > 1 {
			e.ADDQ(t.offsets[lane-2], offset)
		}
		t.offsets = append(t.offsets, offset)
		if e.opmask {
			t.lanes = append(t.lanes, e.constantMask(3<<(2*lane)))
		}
	}
	if t.cols == e.step/e.size || !e.opmask {
		return []*tile{t}
	}
	wide := *t // has longer rows and takes fewer shuffles, if registers are enough
	wide.cols, wide.registers, wide.scale = 2*t.cols, 2*t.registers, 2
	wide.gather = e.gatherer(wide.registers * e.size)
	return []*tile{&wide, t}
}

// gatherer returns what brings together rows of which each lane holds so many bytes.
func (e *emitter) gatherer(unit int) func(reg.VecVirtual) reg.VecVirtual {
	from := func(i int) int {
		lanes := e.step / 16
		return i%lanes*(16/unit) + i/lanes
	}
	switch {
	case unit == 16:
		return func(x reg.VecVirtual) reg.VecVirtual { return x }
	case e.opmask:
		permute := e.permute(unit, from)
		return func(x reg.VecVirtual) reg.VecVirtual { return permute(e.step, x) }
	default:
		move := e.moveUnits(unit, from)
		return func(x reg.VecVirtual) reg.VecVirtual { return move(x).(reg.VecVirtual) }
	}
}

// transposedRows copies tiles, down the rows of out and then on to the next
// columns: so the lines that hold a column of the operand are used up at once.
func (e *emitter) transposedRows() {
	dst, a := e.newWalk("Dst"), e.newWalk("A")
	tiles := e.tiles()
	cols, rows := e.GP64(), e.GP64()
	e.MOVQ(e.field("Cols"), cols)
	e.CMPQ(e.field("Rows"), operand.U8(0))
	e.JLE(operand.LabelRef("done"))
	for _, t := range tiles {
		e.whileAtLeast(cols, t.cols, fmt.Sprint("cols", t.cols), func() {
			e.MOVQ(e.field("Rows"), rows)
			dst.begin(e)
			a.begin(e)
			for bytes := 16; bytes >= min(16, spec.TileRows*e.size); bytes /= 2 {
				e.whileAtLeast(rows, bytes/e.size, fmt.Sprintf("cols%drows%d", t.cols, bytes/e.size), func() {
					e.phase("tiles of %d columns and %d rows", t.cols, bytes/e.size)
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
	}
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
			t.loadLane(e, operand.Mem{Base: p, Index: offset, Scale: t.scale}, lane+1, bytes, columns[i])
		}
		if i+1 < t.registers {
			e.ADDQ(t.column, p)
		}
	}
	return columns
}

// loadLane reads a lane of a register of which the lanes before are there.
func (t *tile) loadLane(e *emitter, m operand.Mem, lane, bytes int, x reg.VecVirtual) {
	switch {
	case lane == 0 && bytes == 8:
		e.VPBROADCASTQ(m, x)
	case lane == 0:
		e.repeat128(m, x)
	case bytes == 8 && e.opmask:
		e.VPBROADCASTQ(m, t.lanes[lane-1], x)
	case bytes == 8:
		y := e.vec(e.step)
		e.VPBROADCASTQ(m, y)
		e.VPBLENDD(operand.U8(0xf0), y, x, x)
	case e.opmask:
		e.VBROADCASTI64X2(m, t.lanes[lane-1], x)
	default:
		e.insertUpper(m, x, x)
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
			e.extractUpper(x, m)
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
	lo, hi := e.zips(e.size)
	wide := int(xs[0].Size())
	for range bits.TrailingZeros(uint(len(xs))) {
		half := len(xs) / 2
		var ys []reg.VecVirtual
		for i := range half {
			x := e.vec(wide)
			lo(xs[half+i], xs[i], x)
			ys = append(ys, x)
			if bytes == 16 {
				y := e.vec(wide)
				hi(xs[half+i], xs[i], y)
				ys = append(ys, y)
			}
		}
		xs, bytes = ys, 16
	}
	return xs
}
