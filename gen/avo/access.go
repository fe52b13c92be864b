package avo

import (
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An access is a place in a row, relative to where the operands' pointers stand, and how
// many elements are read or written there: a count of bytes for each operand, by its size.
type access struct {
	first int          // elements to add
	index reg.Register // a count to add, if not nil
	count int          // the number of elements, a power of two
	mask  selection    // if any, of the elements that count
	past  bool         // a store goes past the caches; it is aligned
	ends  bool         // half of the elements are at first, half are the last before index
}

// A selection is the opmask of the elements of a vector, by granules of their size. Where
// sizes differ, one of elements serves up to 8 bytes, and those of 16 have pairs of bits.
type selection struct{ bits, pairs reg.Register }

// of returns the mask for elements of so many bytes.
func (s selection) of(size int) reg.Register {
	if size > 8 && s.pairs != nil {
		return s.pairs
	}
	return s.bits
}

// mem is so many elements from where a walk stands and, if index is not nil, what that
// counts.
func (w *walk) mem(e *emitter, index reg.Register, elements int) operand.Mem {
	m := operand.Mem{Base: w.at, Disp: elements * w.size}
	if index == nil {
		return m
	}
	scale := w.size / e.grain
	if scale > 8 {
		twice := e.GP64()
		e.LEAQ(operand.Mem{Base: index, Index: index, Scale: 1}, twice)
		index, scale = twice, scale/2
	}
	m.Index, m.Scale = index, uint8(scale)
	return m
}

// given is what a body takes packed elements as: in memory, too, if they are fewer than a
// register holds and the body reads no more than they are.
func (w *walk) given(e *emitter, a access) operand.Op {
	if bytes := a.count * w.size; (bytes == 4 || bytes == 8) && a.count*w.wide >= 16 && a.mask.bits == nil && !a.ends {
		return w.mem(e, a.index, a.first)
	}
	return w.load(e, a)
}

// load reads packed elements. Vectors that fill a register stay in memory, so
// that an instruction may take them from there.
func (w *walk) load(e *emitter, a access) operand.Op {
	if a.ends {
		return w.loadEnds(e, a)
	}
	m, bytes := w.mem(e, a.index, a.first), a.count*w.size
	if a.mask.bits != nil {
		r := e.vec(max(bytes, 16))
		e.sized(w.size).masked(true, m, a.mask.of(w.size), r)
		return r
	}
	switch bytes {
	case 1, 2:
		r := e.XMM()
		e.VMOVD(e.zeroExtended(m, bytes), r)
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
func (w *walk) loadEnds(e *emitter, a access) reg.VecVirtual {
	half := a.count / 2
	last := w.mem(e, a.index, -half)
	r := e.inRegister(16, w.load(e, access{first: a.first, count: half}))
	switch a.count * w.size {
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
		e.insertUpper(last, narrow(r, 32), both)
		return both
	}
	return r
}

// storeEnds takes the two ends apart.
func (w *walk) storeEnds(e *emitter, r reg.VecVirtual, a access) {
	half := a.count / 2
	last := w.mem(e, a.index, -half)
	w.store(e, r, access{first: a.first, count: half})
	switch x := narrow(r, 16); a.count * w.size {
	case 2:
		e.VPEXTRB(operand.U8(1), x, last)
	case 4:
		e.VPEXTRW(operand.U8(1), x, last)
	case 8:
		e.VPEXTRD(operand.U8(1), x, last)
	case 16:
		e.VMOVHPS(x, last)
	case 32:
		e.extractUpper(narrow(r, 32), last)
	}
}

// whole is the access to the v-th vector of a block.
func (e *emitter) whole(v int) access { return access{first: v * e.elements, count: e.elements} }

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
func (w *walk) store(e *emitter, r reg.VecVirtual, a access) {
	if a.ends {
		w.storeEnds(e, r, a)
		return
	}
	m, bytes := w.mem(e, a.index, a.first), a.count*w.size
	switch {
	case a.mask.bits != nil:
		e.sized(w.size).masked(false, r, a.mask.of(w.size), m)
	case a.past:
		e.VMOVNTPS(narrow(r, bytes), m)
	case bytes == 1:
		e.VPEXTRB(operand.U8(0), narrow(r, 16), m)
	case bytes == 2:
		e.VPEXTRW(operand.U8(0), narrow(r, 16), m)
	case bytes == 4:
		e.VMOVD(narrow(r, 16), m)
	case bytes == 8:
		e.VMOVQ(narrow(r, 16), m)
	default:
		e.VMOVUPS(narrow(r, bytes), m)
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

// firstOf selects the first elements of a vector, as many as n counts, all where those are
// more, up to 255.
func (e *emitter) firstOf(n reg.GPVirtual) selection {
	s := e.sizes
	partly := e.elements*min(s.dst, s.a, s.b) < 16 // a register holds more than a vector
	ones := func(bits int) reg.Register {          // so many for each element
		count, ones, k := e.GP64(), e.GP64(), e.K()
		e.MOVQ(n, count)
		if log := log2(e.grain) - log2(bits); log > 0 {
			e.SHRQ(operand.U8(log), count)
		} else {
			e.shiftLeft(count, 1<<-log)
		}
		if all := e.elements * bits; partly && all < 32 {
			e.MOVQ(operand.I32(1<<all-1), ones)
		} else {
			e.MOVQ(operand.I32(-1), ones)
		}
		e.BZHIQ(count, ones, ones)
		e.KMOVQ(ones, k)
		return k
	}
	if s.same() {
		return selection{ones(e.size / e.granule()), nil}
	}
	masks := selection{ones(1), nil}
	if s.widest() == 16 {
		masks.pairs = ones(2)
	}
	return masks
}

// log2 is the logarithm of a power of two.
func log2(n int) int { return bits.TrailingZeros(uint(n)) }

// repeatElement fills packed vectors with one element from memory.
func (e *emitter) repeatElement(m operand.Mem) reg.VecVirtual {
	r := e.vec(e.fit(e.elements))
	e.fill(m, r)
	return r
}

// repeatHalves is repeatElement for an element of 8 bytes or more that was just written,
// maybe in halves, as complex numbers are: a load of both would wait for the stores.
func (e *emitter) repeatHalves(m operand.Mem) reg.VecVirtual {
	x, r, high := e.XMM(), e.vec(e.fit(e.elements)), m.Offset(e.size/2)
	if e.size == 8 {
		e.VMOVD(m, x)
		e.VPINSRD(operand.U8(1), high, x, x)
		e.VPBROADCASTQ(x, r)
		return r
	}
	e.VMOVQ(m, x)
	e.VPINSRQ(operand.U8(1), high, x, x)
	if e.step == 16 {
		return x
	}
	e.insertUpper(x, narrow(x, 32), r)
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
	case e.size == 8 && e.step <= 16:
		e.VMOVDDUP(m, r)
	case e.size == 8:
		e.VBROADCASTSD(m, r)
	case e.step == 16:
		e.VMOVUPS(m, r)
	default:
		e.repeat128(m, r)
	}
}
