package avo

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Columns of which there are few, as the planes of a picture, are zipped to rows that follow each other,
// its pixels: so many bytes of each column are loaded, the elements of each row brought together in
// lanes of 16 bytes, and what is no element of a row squeezed out.

// zip is a kernel that does so.
type zip struct {
	*emitter
	dst, a, column, row, n reg.GPVirtual // n counts the rows that are left
	lanes, bytes           int           // of a register, and of a column in a lane
	pad                    operand.Mem   // on the stack
}

// down returns how many rows a tile has.
func (z *zip) down() int { return z.lanes * z.bytes / z.size }

// zippedRows copies rows of 2 to TileCols columns: those of up to 16 bytes whole, with vectors of as many
// columns as the next power of two; longer ones by 16 bytes, of which the last may overlap those before.
// There are as many rows as a vector has elements, and more.
func (e *emitter) zippedRows() {
	z := &zip{emitter: e, dst: e.GP64(), a: e.GP64(), column: e.times("ACol", 1), row: e.times("DstRow", 1), n: e.GP64(), pad: e.AllocLocal(16)}
	cols := e.GP64()
	e.MOVQ(e.field("Dst"), z.dst)
	e.MOVQ(e.field("A"), z.a)
	e.MOVQ(e.field("Rows"), z.n)
	e.MOVQ(e.field("Cols"), cols)
	e.CMPQ(cols, operand.U8(2))
	e.JL(operand.LabelRef("done"))
	most := 16 / e.size
	for p := 2; p <= most; p *= 2 {
		more := fmt.Sprintf("more%d", p)
		e.CMPQ(cols, operand.U8(p))
		e.JA(operand.LabelRef(more))
		z.fit(p)
		z.whole(p, cols)
		e.JMP(operand.LabelRef("done"))
		e.Label(more)
	}
	if most < spec.TileCols {
		z.fit(most)
		z.parts(most, cols)
	}
	e.end()
}

// fit chooses tiles of so many columns such that there are registers for them.
func (z *zip) fit(columns int) {
	z.lanes, z.bytes = z.step/16, 16
	switch {
	case columns == 16 && !z.opmask:
		z.lanes, z.bytes = 1, 8
	case columns == 16:
		z.lanes = 2 // or else it is long
	}
}

// tiles runs through the rows, the last tile overlapping the one before. In it, tile jumps to last, or
// falls through, when there are no more.
func (z *zip) tiles(name string, tile func()) {
	e, down := z.emitter, z.down()
	loop, done := "tiles"+name, "rows"+name
	e.CMPQ(z.n, operand.U8(down))
	e.JL(operand.LabelRef("done"))
	e.Label(loop)
	e.phase("tiles of up to %s columns and %d rows", name, down)
	tile()
	e.ADDQ(operand.U8(down*e.size), z.a)
	e.CMPQ(z.n, operand.U8(down))
	e.JAE(operand.LabelRef(loop))
	e.TESTQ(z.n, z.n)
	e.JZ(operand.LabelRef(done))
	e.phase("the last tile")
	back := e.GP64() // below 0
	e.MOVQ(z.n, back)
	e.SUBQ(operand.U8(down), back)
	e.LEAQ(operand.Mem{Base: z.a, Index: back, Scale: uint8(e.size)}, z.a)
	e.IMULQ(z.row, back)
	e.ADDQ(back, z.dst)
	e.MOVQ(operand.U32(down), z.n)
	e.JMP(operand.LabelRef(loop))
	e.Label(done)
}

// load reads so many columns from p on, which it moves behind the last but one. Those beyond the last
// of cols, if it is given, are the last again.
func (z *zip) load(columns int, p reg.GPVirtual, cols reg.Register) []reg.VecVirtual {
	e, xs := z.emitter, make([]reg.VecVirtual, columns)
	step := e.GP64()
	for i := range xs {
		m := operand.Mem{Base: p}
		if xs[i] = e.vec(16 * z.lanes); z.bytes == 8 {
			e.VMOVQ(m, xs[i])
		} else {
			e.VMOVUPS(m, xs[i])
		}
		switch {
		case i+1 == columns:
		case cols == nil || i+1 <= columns/2:
			e.ADDQ(z.column, p)
		default:
			e.XORQ(step, step)
			e.CMPQ(cols, operand.U8(i+1))
			e.CMOVQHI(z.column, step)
			e.ADDQ(step, p)
		}
	}
	return xs
}

// store writes 16 bytes of a register.
func (z *zip) store(x reg.VecVirtual, lane int, m operand.Mem) {
	switch {
	case lane == 0:
		z.VMOVUPS(narrow(x, 16), m)
	case z.lanes == 2:
		z.extractUpper(x, m)
	default:
		z.VEXTRACTF32X4(operand.U8(lane), x, m)
	}
}

// every returns what gives one address after the other, so many bytes apart, of a multiple of four, and moves p
// on every four. Steps are three of a step.
func (z *zip) every(p, step, steps reg.GPVirtual) func() operand.Mem {
	i := -1
	return func() operand.Mem {
		i++
		switch {
		case i%4 == 0 && i > 0:
			z.LEAQ(operand.Mem{Base: p, Index: step, Scale: 4}, p)
		case i%4 == 3:
			return operand.Mem{Base: p, Index: steps, Scale: 1}
		case i%4 > 0:
			return operand.Mem{Base: p, Index: step, Scale: uint8(i % 4)}
		}
		return operand.Mem{Base: p}
	}
}

// whole copies rows of cols columns, which are more than half of columns. What 16 bytes have beyond
// those is written again by what follows, which is no less, but for the last.
func (z *zip) whole(columns int, cols reg.GPVirtual) {
	e, name := z.emitter, fmt.Sprint(columns)
	rows := 16 / e.size / columns // in 16 bytes
	var squeeze reg.VecVirtual
	if rows > 1 {
		squeeze = z.squeezing(columns, cols)
	}
	step, steps := e.GP64(), e.GP64()
	e.MOVQ(z.row, step)
	e.shiftLeft(step, rows)
	e.LEAQ(operand.Mem{Base: step, Index: step, Scale: 2}, steps)
	z.tiles(name, func() {
		p := e.GP64()
		e.MOVQ(z.a, p)
		ys := e.transpose(z.load(columns, p, cols), z.bytes)
		if rows > 1 {
			for i, y := range ys {
				ys[i] = e.vec(16 * z.lanes)
				e.VPSHUFB(narrow(squeeze, 16*z.lanes), y, ys[i])
			}
		}
		to := z.every(z.dst, step, steps)
		for lane := range z.lanes {
			for i, y := range ys {
				if lane+1 == z.lanes && i+1 == len(ys) {
					z.finish(name, y, to(), rows, cols)
				} else {
					z.store(y, lane, to())
				}
			}
		}
		to()
	})
}

// finish stores the last rows of a tile, in the last lane of a register, and nothing beyond them if fewer rows
// follow: they have more than 8 bytes.
func (z *zip) finish(name string, y reg.VecVirtual, to operand.Mem, rows int, cols reg.GPVirtual) {
	e := z.emitter
	last, next := "last"+name, "next"+name
	e.SUBQ(operand.U8(z.down()), z.n)
	e.CMPQ(z.n, operand.U8(rows))
	e.JB(operand.LabelRef(last))
	z.store(y, z.lanes-1, to)
	e.JMP(operand.LabelRef(next))
	e.Label(last)
	e.phase("the last rows, no more than they are")
	x, at, end, upper := y, e.GP64(), e.GP64(), e.GP64()
	if z.lanes == 2 {
		x = e.XMM()
		e.extractUpper(y, x)
	} else if z.lanes > 2 {
		x = e.XMM()
		e.VEXTRACTF32X4(operand.U8(z.lanes-1), y, x)
	}
	e.LEAQ(to, at)
	e.MOVQ(cols, end)
	e.shiftLeft(end, rows*e.size)
	e.VMOVQ(x, operand.Mem{Base: at})
	e.VMOVUPS(x, z.pad)
	e.MOVQ(z.pad.Idx(end, 1).Offset(-8), upper)
	e.MOVQ(upper, operand.Mem{Base: at, Index: end, Scale: 1, Disp: -8})
	e.Label(next)
}

// squeezing returns the shuffle of 16 bytes that closes the gaps between rows of cols columns, each of
// which has room for so many.
func (z *zip) squeezing(columns int, cols reg.GPVirtual) reg.VecVirtual {
	e := z.emitter
	var tables []byte
	least := columns/2 + 1
	for c := least; c <= columns; c++ {
		tables = append(tables, numbers(16, 1, func(i int) int {
			element := i / e.size
			return (element/c*columns+element%c)*e.size + i%e.size
		})...)
	}
	at, index := e.GP64(), e.GP64()
	e.LEAQ(e.constantData(tables), at)
	e.MOVQ(cols, index)
	e.shiftLeft(index, 16)
	r := e.vec(16 * z.lanes)
	m := operand.Mem{Base: at, Index: index, Scale: 1, Disp: -16 * least}
	if z.lanes == 1 {
		e.VMOVUPS(m, r)
	} else {
		e.repeat128(m, r)
	}
	return r
}

// parts copies rows of more columns than fill 16 bytes.
func (z *zip) parts(columns int, cols reg.GPVirtual) {
	e, rows := z.emitter, z.GP64()
	e.LEAQ(operand.Mem{Base: z.row, Index: z.row, Scale: 2}, rows)
	z.tiles("any", func() {
		left, p, q := e.GP64(), e.GP64(), e.GP64()
		e.MOVQ(cols, left)
		e.MOVQ(z.a, p)
		e.MOVQ(z.dst, q)
		e.Label("part")
		xs := z.load(columns, p, nil)
		e.ADDQ(z.column, p)
		to := e.GP64()
		e.MOVQ(q, to)
		next := z.every(to, z.row, rows)
		ys := e.transpose(xs, z.bytes)
		for lane := range z.lanes {
			for _, y := range ys {
				z.store(y, lane, next())
			}
		}
		e.ADDQ(operand.U8(16), q)
		e.SUBQ(operand.U8(columns), left)
		e.JZ(operand.LabelRef("parted"))
		e.CMPQ(left, operand.U8(columns))
		e.JAE(operand.LabelRef("part"))
		back := e.GP64() // below 0
		e.MOVQ(left, back)
		e.SUBQ(operand.U8(columns), back)
		e.LEAQ(operand.Mem{Base: q, Index: back, Scale: uint8(e.size)}, q)
		e.IMULQ(z.column, back)
		e.ADDQ(back, p)
		e.MOVQ(operand.U32(columns), left)
		e.JMP(operand.LabelRef("part"))
		e.Label("parted")
		e.MOVQ(z.row, to)
		e.shiftLeft(to, z.down())
		e.ADDQ(to, z.dst)
		e.SUBQ(operand.U8(z.down()), z.n)
	})
}
