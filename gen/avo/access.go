package avo

import (
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An access is a place in a row, relative to where the operands' pointers
// stand, and how much of a vector is read or written there.
type access struct {
	disp  int
	index reg.Register // bytes to add, if not nil
	bytes int          // the number of bytes, a power of two
	mask  reg.Register // if not nil, the elements that count, of e.step bytes
	past  bool         // a store goes past the caches; it is aligned
	ends  bool         // half of the bytes are at disp, half are the last before index
}

// vector is the size of the register that an access fills.
func (a access) vector() int { return max(a.bytes, 16) }

func (a access) mem(base reg.Register) operand.Mem {
	m := operand.Mem{Base: base, Disp: a.disp}
	if a.index != nil {
		m.Index, m.Scale = a.index, 1
	}
	return m
}

// last is the place of the second of two ends.
func (a access) last(base reg.Register) operand.Mem {
	return operand.Mem{Base: base, Index: a.index, Scale: 1, Disp: -a.bytes / 2}
}

// load reads packed elements. Vectors that fill a register stay in memory, so
// that an instruction may take them from there.
func (e *emitter) load(base reg.Register, a access) operand.Op {
	m := a.mem(base)
	if a.mask != nil {
		r := e.vec(a.bytes)
		e.masked(true, m, a.mask, r)
		return r
	}
	if a.ends {
		return e.loadEnds(base, a)
	}
	switch a.bytes {
	case 1, 2:
		r := e.XMM()
		e.VMOVD(e.zeroExtended(m, a.bytes), r)
		return r
	case 4:
		r := e.XMM()
		e.VMOVD(m, r)
		return r
	case 8:
		r := e.XMM()
		e.VMOVQ(m, r)
		return r
	default:
		return m
	}
}

// loadEnds puts the two ends side by side.
func (e *emitter) loadEnds(base reg.Register, a access) reg.VecVirtual {
	last := a.last(base)
	r := e.inRegister(16, e.load(base, access{disp: a.disp, bytes: a.bytes / 2}))
	switch a.bytes {
	case 2:
		e.VPINSRB(operand.U8(1), last, r, r)
	case 4:
		e.VPINSRW(operand.U8(1), last, r, r)
	case 8:
		e.VPINSRD(operand.U8(1), last, r, r)
	case 16:
		e.VMOVHPS(last, r, r)
	case 32:
		both := e.YMM()
		e.VINSERTF128(operand.U8(1), last, narrow(r, 32), both)
		return both
	}
	return r
}

// storeEnds takes the two ends apart.
func (e *emitter) storeEnds(r reg.VecVirtual, base reg.Register, a access) {
	last := a.last(base)
	e.store(r, base, access{disp: a.disp, bytes: a.bytes / 2})
	switch x := narrow(r, 16); a.bytes {
	case 2:
		e.VPEXTRB(operand.U8(1), x, last)
	case 4:
		e.VPEXTRW(operand.U8(1), x, last)
	case 8:
		e.VPEXTRD(operand.U8(1), x, last)
	case 16:
		e.VMOVHPS(x, last)
	case 32:
		e.VEXTRACTF128(operand.U8(1), narrow(r, 32), last)
	}
}

// whole is the access to the v-th vector of a block.
func (e *emitter) whole(v int) access { return access{disp: v * e.step, bytes: e.step} }

// zeroExtended loads 1 or 2 bytes into a general register.
func (e *emitter) zeroExtended(m operand.Mem, bytes int) reg.GPVirtual {
	g := e.GP32()
	if bytes == 1 {
		e.MOVBLZX(m, g)
	} else {
		e.MOVWLZX(m, g)
	}
	return g
}

// store writes packed elements.
func (e *emitter) store(r reg.VecVirtual, base reg.Register, a access) {
	m := a.mem(base)
	if a.mask != nil {
		e.masked(false, r, a.mask, m)
		return
	}
	if a.past {
		e.VMOVNTPS(narrow(r, a.bytes), m)
		return
	}
	if a.ends {
		e.storeEnds(r, base, a)
		return
	}
	switch a.bytes {
	case 1:
		e.VPEXTRB(operand.U8(0), narrow(r, 16), m)
	case 2:
		e.VPEXTRW(operand.U8(0), narrow(r, 16), m)
	case 4:
		e.VMOVD(narrow(r, 16), m)
	case 8:
		e.VMOVQ(narrow(r, 16), m)
	default:
		e.VMOVUPS(narrow(r, a.bytes), m)
	}
}

// granule is the number of bytes that one bit of an opmask stands for.
func (e *emitter) granule() int { return min(e.size, 8) }

// masked moves the elements that an opmask selects; a load zeroes the others.
func (e *emitter) masked(load bool, from operand.Op, mask reg.Register, to operand.Op) {
	switch log := bits.TrailingZeros(uint(e.granule())); {
	case load:
		[]func(m, k, r operand.Op){e.VMOVDQU8_Z, e.VMOVDQU16_Z, e.VMOVDQU32_Z, e.VMOVDQU64_Z}[log](from, mask, to)
	default:
		[]func(...operand.Op){e.VMOVDQU8, e.VMOVDQU16, e.VMOVDQU32, e.VMOVDQU64}[log](from, mask, to)
	}
}

// opmaskOf returns the opmask of some granules of a vector.
func (e *emitter) opmaskOf(has func(i int) bool) reg.Register {
	var ones uint64
	for i := range e.step / e.granule() {
		if has(i) {
			ones |= 1 << i
		}
	}
	return e.constantMask(ones)
}

// constantMask returns an opmask. What calls it runs before the first row.
func (e *emitter) constantMask(ones uint64) reg.Register {
	if k := e.opmasks[ones]; k != nil {
		return k
	}
	g, k := e.GP64(), e.K()
	e.MOVQ(operand.U64(ones), g)
	e.KMOVQ(g, k)
	e.opmasks[ones] = k
	return k
}

// firstBytes makes the opmask of the first n bytes of a vector, of all where n is
// more, up to 255 elements.
func (e *emitter) firstBytes(n reg.GPVirtual) reg.Register {
	count, ones, k := e.GP64(), e.GP64(), e.K()
	e.MOVQ(n, count)
	if log := bits.TrailingZeros(uint(e.granule())); log > 0 {
		e.SHRQ(operand.U8(log), count)
	}
	e.MOVQ(operand.I32(-1), ones)
	e.BZHIQ(count, ones, ones)
	e.KMOVQ(ones, k)
	return k
}

// repeatElement fills packed vectors with one element from memory.
func (e *emitter) repeatElement(m operand.Mem) reg.VecVirtual {
	r := e.vec(e.step)
	e.fill(m, r)
	return r
}

// repeatHalves is repeatElement for an element of 8 bytes or more that was just written,
// maybe in halves, as complex numbers are: a load of both would wait for the stores.
func (e *emitter) repeatHalves(m operand.Mem) reg.VecVirtual {
	x, r, high := e.XMM(), e.vec(e.step), m.Offset(e.size/2)
	if e.size == 8 {
		e.VMOVD(m, x)
		e.VPINSRD(operand.U8(1), high, x, x)
		e.VPBROADCASTQ(x, r)
		return r
	}
	e.VMOVQ(m, x)
	e.VPINSRQ(operand.U8(1), high, x, x)
	e.VINSERTI128(operand.U8(1), x, narrow(x, 32), r)
	return r
}

// fill is repeatElement for a register that there is.
func (e *emitter) fill(m operand.Mem, r reg.VecVirtual) {
	switch {
	case e.size == 1:
		e.VPBROADCASTB(m, r)
	case e.size == 2:
		e.VPBROADCASTW(m, r)
	case e.size == 4:
		e.VBROADCASTSS(m, r)
	case e.size == 8:
		e.VBROADCASTSD(m, r)
	case e.step == 64:
		e.VBROADCASTF32X4(m, r)
	default:
		e.VBROADCASTF128(m, r)
	}
}
