package avo

import (
	"bytes"
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Kernels that copy or multiply under a mask of bytes store what is selected, and nothing else: not
// even with what it was, since somebody else may be writing there.

// masking is a line that is stored under a mask.
type masking struct {
	line
	mask   *walk
	copies bool
}

func (m *masking) movers() []skipper { return append(m.line.movers(), m.mask) }

// selectedRows copies rows under a mask.
func (e *emitter) selectedRows() {
	e.selected(&masking{line{e.newWalk("Dst"), e.newWalk("A"), nothing{}}, e.newWalk("B"), true})
}

// selectedProducts multiplies rows under a mask.
func (e *emitter) selectedProducts(fixed bool) {
	e.grain = 1 // of an element of the mask
	dst, other, w := e.walks()
	mask := &walk{row: e.GP64(), name: "Mask", size: 1}
	e.MOVQ(e.field(mask.name), mask.row)
	m := &masking{line{dst, other, stream{w}}, mask, false}
	if fixed {
		m.factor = &constant{walk: w}
	}
	e.selected(m)
}

func (e *emitter) selected(m *masking) {
	if e.opmask {
		e.selectedVectors(m)
	} else {
		e.selectedBlocks(m)
	}
	e.end()
}

// selectedVectors stores vectors under opmasks, unless several in a row are not selected.
func (e *emitter) selectedVectors(m *masking) {
	e.rows(1, func(n reg.GPVirtual) {
		for _, count := range e.loops(1) {
			e.whileAtLeast(n, count*e.elements, fmt.Sprint(count), func() {
				e.turn(count, false)
				past := fmt.Sprint("past", count)
				together, product := e.joined(&m.line, count, false)
				var selected []access
				var some reg.Register
				for v := 0; v < count; v += together {
					k := e.opmaskAt(m.mask, v*e.elements, together*e.elements, nil)
					selected = append(selected, access{first: v * e.elements, count: together * e.elements, mask: selection{k, nil}})
					if some == nil {
						some = k
						continue
					}
					both := e.K()
					e.KORQ(k, some, both)
					some = both
				}
				e.KORTESTQ(some, some)
				e.JZ(operand.LabelRef(past))
				for i, at := range selected {
					m.dst.store(e, product(i*together), at)
				}
				e.Label(past)
				for _, w := range m.movers() {
					w.advance(e, count*e.elements)
				}
			})
		}
		e.TESTQ(n, n)
		e.JZ(operand.LabelRef("next"))
		e.phase("tail")
		ones, left := e.GP64(), e.K()
		e.MOVQ(operand.I32(-1), ones)
		e.BZHIQ(n, ones, ones)
		e.KMOVQ(ones, left)
		at := access{count: e.elements, mask: selection{e.opmaskAt(m.mask, 0, e.elements, left), nil}}
		m.dst.store(e, e.multiplyAt(&m.line, at), at)
	}, nil, m.dst, m.other, m.factor, m.mask)
}

// opmaskAt makes the opmask of a vector of count elements from the bytes of the mask, of those that
// left lets through if it is not nil.
func (e *emitter) opmaskAt(mask *walk, first, count int, left reg.Register) reg.Register {
	m, r := mask.mem(e, nil, first), e.vec(max(16, count))
	switch {
	case left != nil:
		e.VMOVDQU8_Z(m, left, r)
	case count == 8:
		e.VMOVQ(m, r)
	case count == 4:
		e.VMOVD(m, r)
	default:
		e.VMOVUPS(m, r)
	}
	if e.size == 16 { // two bits for an element
		e.VPUNPCKLBW(r, r, r)
	}
	k := e.K()
	e.VPTESTMB(r, r, k)
	return k
}

// selectedBlocks looks at the mask of 32 elements at once: all of them are stored by vectors, none
// at all, or what is selected by vectors under masks, which elements of 4 bytes and more have, or from
// a list. The last block of a row that is copied overlaps the one before, which changes nothing that is
// stored; what is left of one that is multiplied, where out may be an operand, is single vectors and elements.
func (e *emitter) selectedBlocks(m *masking) {
	const block = 32
	dst, a, mask := m.dst, m.other, m.mask
	advance := func(elements int) {
		for _, w := range m.movers() {
			w.advance(e, elements)
		}
	}
	zero := e.constantBytes(make([]byte, block))
	var l *list
	switch {
	case e.size < 4:
		l = e.newList()
	case e.size == 16:
		e.constantBytes(maskPairs)
	}
	e.rows(1, func(n reg.GPVirtual) {
		e.CMPQ(n, operand.I32(block))
		e.JB(operand.LabelRef("short"))
		e.Label("block")
		e.phase("main loop: %d elements a turn", block)
		not, bits := e.YMM(), e.GP32()
		e.VPCMPEQB(mask.mem(e, nil, 0), zero, not)
		e.VPMOVMSKB(not, bits)
		e.TESTL(bits, bits)
		e.JZ(operand.LabelRef("all"))
		e.NOTL(bits)
		e.TESTL(bits, bits)
		e.JZ(operand.LabelRef("past"))
		e.phase("some are selected")
		if l != nil {
			e.selectedOne(bits, dst, a)
			l.add(bits, n)
		} else {
			for first := 0; first < block; first += e.elements {
				e.selectedVector(zero, first, m)
			}
		}
		e.JMP(operand.LabelRef("past"))
		e.Label("all")
		e.phase("all are selected")
		for first := 0; first < block; first += e.elements {
			at := access{first: first, count: e.elements}
			dst.store(e, e.multiplyAt(&m.line, at), at)
		}
		e.Label("past")
		advance(block)
		e.SUBQ(operand.I32(block), n)
		if l != nil {
			e.TESTQ(operand.I32(listed-block), n)
			e.JNZ(operand.LabelRef("block"))
			l.copy(dst, a)
		}
		e.CMPQ(n, operand.I32(block))
		e.JAE(operand.LabelRef("block"))
		if m.copies {
			e.TESTQ(n, n)
			e.JZ(operand.LabelRef("next"))
			e.phase("the last block, which overlaps the one before")
			e.SUBQ(operand.I32(block), n)
			for _, w := range m.movers() {
				w.skip(e, n)
			}
			e.MOVQ(operand.I32(block), n)
			e.JMP(operand.LabelRef("block"))
		}
		e.Label("short")
		if !m.copies {
			e.whileAtLeast(n, e.elements, "vector", func() {
				e.phase("single vectors")
				e.selectedVector(zero, 0, m)
				advance(e.elements)
			})
		}
		e.whileAtLeast(n, 1, "single", func() {
			e.phase("single elements")
			e.CMPB(mask.mem(e, nil, 0), operand.U8(0))
			e.JE(operand.LabelRef("not"))
			if one := (access{count: 1}); m.copies {
				e.moveElement(a.mem(e, nil, 0), dst.mem(e, nil, 0))
			} else {
				dst.store(e, e.multiplyAt(&m.line, one), one)
			}
			e.Label("not")
			advance(1)
		})
	}, nil, dst, a, m.factor, mask)
}

// selectedOne copies the element of a single bit, as masks have where little is selected, and goes past
// what would list it.
func (e *emitter) selectedOne(bits reg.GPVirtual, dst, a *walk) {
	others, i := e.GP32(), e.GP32()
	e.BLSRL(bits, others)
	e.JNZ(operand.LabelRef("several"))
	e.TZCNTL(bits, i)
	e.moveElement(a.mem(e, i.As64(), 0), dst.mem(e, i.As64(), 0))
	e.JMP(operand.LabelRef("past"))
	e.Label("several")
}

// A list is of elements that are selected, which are copied when there are many. A loop over the
// elements of a few vectors alone would end after a number of turns that no processor foresees.
type list struct {
	e      *emitter
	places operand.Mem // on the stack, a byte each
	count  reg.GPVirtual
	eights reg.VecVirtual
}

// listed is how many elements a list has at most. Those that n counts, as far as it counts less, are
// still to come.
const listed = 256

func (e *emitter) newList() *list {
	const more = 8 // bytes that are written behind the last place
	l := &list{e, e.AllocLocal(listed + more), e.GP64(), e.constantBytes(bytes.Repeat([]byte{8}, 16))}
	e.XORQ(l.count, l.count)
	return l
}

// placesOf are those of the bits of each byte, in eight bytes, and then how many there are.
func placesOf() []byte {
	places, counts := make([]byte, 8*256), make([]byte, 256)
	for b := range counts {
		for i := range 8 {
			if b>>i&1 != 0 {
				places[8*b+int(counts[b])] = byte(i)
				counts[b]++
			}
		}
	}
	return append(places, counts...)
}

// add lists the elements of bits, the first 32 of those that n counts.
func (l *list) add(bits reg.GPVirtual, n reg.GPVirtual) {
	e, table, first := l.e, l.e.GP64(), l.e.XMM()
	e.LEAQ(e.constantData(placesOf()), table)
	i := e.GP32()
	e.MOVL(n.As32(), i)
	e.ANDL(operand.U32(listed-32), i)
	e.NEGL(i)
	e.VMOVD(i, first)
	e.VPBROADCASTB(first, first)
	for g := range 4 {
		if g > 0 {
			e.SHRL(operand.U8(8), bits)
			e.VPADDB(l.eights, first, first)
		}
		i, places := e.GP32(), e.XMM()
		e.MOVBLZX(bits.As8(), i)
		e.VMOVQ(operand.Mem{Base: table, Index: i.As64(), Scale: 8}, places)
		e.VPADDB(first, places, places)
		e.VMOVQ(places, l.at(l.count, 0))
		e.MOVBLZX(operand.Mem{Base: table, Index: i.As64(), Scale: 1, Disp: 8 * 256}, i)
		e.ADDQ(i.As64(), l.count)
	}
}

// at is a place of the list.
func (l *list) at(index reg.GPVirtual, more int) operand.Mem {
	m := l.places.Offset(more)
	m.Index, m.Scale = index, 1
	return m
}

// copy copies what is listed, if anything is, and begins anew. The last element may be copied several
// times. The walks stand behind the last element that can be listed.
func (l *list) copy(dst, a *walk) {
	const turn = 4
	e := l.e
	e.TESTQ(l.count, l.count)
	e.JZ(operand.LabelRef("unlisted"))
	e.phase("those that are listed")
	last, i := e.GP32(), e.GP64()
	e.MOVBLZX(l.at(l.count, -1), last)
	e.IMUL3L(operand.U32(0x01010101), last, last)
	e.MOVL(last, l.at(l.count, 0))
	e.XORQ(i, i)
	e.Label("listed")
	for k := range turn {
		place := e.zeroExtended(l.at(i, k), 1).As64()
		e.moveElement(a.mem(e, place, -listed), dst.mem(e, place, -listed))
	}
	e.ADDQ(operand.I32(turn), i)
	e.CMPQ(i, l.count)
	e.JB(operand.LabelRef("listed"))
	e.XORQ(l.count, l.count)
	e.Label("unlisted")
}

// maskPairs puts each of two bytes below two zero-extended words of 8 bytes.
var maskPairs = numbers(32, 1, func(i int) int {
	if i%8 == 0 {
		return i / 16
	}
	return -1 // zero
})

// selectedVector stores a vector under the mask of its elements.
func (e *emitter) selectedVector(zero reg.VecVirtual, first int, m *masking) {
	bytes, to, k := m.mask.mem(e, nil, first), m.dst.mem(e, nil, first), e.YMM()
	data := e.multiplyAt(&m.line, access{first: first, count: e.elements})
	switch e.size {
	case 4:
		e.VPMOVZXBD(bytes, k)
		e.VPCMPGTD(zero, k, k)
		e.VPMASKMOVD(data, k, to)
		return
	case 8:
		e.VPMOVZXBQ(bytes, k)
	case 16:
		e.VPBROADCASTW(bytes, k)
		e.VPSHUFB(e.constantBytes(maskPairs), k, k)
	}
	e.VPCMPGTQ(zero, k, k)
	e.VPMASKMOVQ(data, k, to)
}
