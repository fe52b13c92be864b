package avo

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Kernels that copy under a mask of bytes store what is selected, and nothing else: not even with
// what it was, since somebody else may be writing there.

// selectedRows copies rows under a mask.
func (e *emitter) selectedRows() {
	dst, a, mask := e.newWalk("Dst"), e.newWalk("A"), e.newWalk("B")
	if e.opmask {
		e.selectedVectors(dst, a, mask)
	} else {
		e.selectedBlocks(dst, a, mask)
	}
	e.end()
}

// selectedVectors stores vectors under opmasks, unless several in a row are not selected.
func (e *emitter) selectedVectors(dst, a, mask *walk) {
	e.rows(1, func(n reg.GPVirtual) {
		for _, count := range e.loops(1) {
			e.whileAtLeast(n, count*e.elements, fmt.Sprint(count), func() {
				e.turn(count, false)
				past := fmt.Sprint("past", count)
				selected := []reg.Register{e.selected(mask.mem(e, nil, 0), nil)}
				some := selected[0]
				for v := 1; v < count; v++ {
					k, both := e.selected(mask.mem(e, nil, v*e.elements), nil), e.K()
					selected = append(selected, k)
					e.KORQ(k, some, both)
					some = both
				}
				e.KORTESTQ(some, some)
				e.JZ(operand.LabelRef(past))
				for v, k := range selected {
					e.masked(false, e.inRegister(e.step, a.mem(e, nil, v*e.elements)), k, dst.mem(e, nil, v*e.elements))
				}
				e.Label(past)
				for _, w := range []*walk{dst, a, mask} {
					w.advance(e, count*e.elements)
				}
			})
		}
		e.TESTQ(n, n)
		e.JZ(operand.LabelRef("next"))
		e.phase("tail")
		ones, left, r := e.GP64(), e.K(), e.vec(e.step)
		e.MOVQ(operand.I32(-1), ones)
		e.BZHIQ(n, ones, ones)
		e.KMOVQ(ones, left)
		k := e.selected(mask.mem(e, nil, 0), left)
		e.masked(true, a.mem(e, nil, 0), k, r)
		e.masked(false, r, k, dst.mem(e, nil, 0))
	}, nil, dst, a, mask)
}

// selected makes the opmask of a vector from the bytes of the mask in memory, of those that left
// lets through if it is not nil.
func (e *emitter) selected(m operand.Mem, left reg.Register) reg.Register {
	r := e.vec(max(16, e.elements))
	switch {
	case left != nil:
		e.VMOVDQU8_Z(m, left, r)
	case e.elements == 8:
		e.VMOVQ(m, r)
	case e.elements == 4:
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

// selectedBlocks looks at the mask of 32 elements at once: all of them are copied by vectors, none
// at all, or what is selected one by one or by vectors under masks, which elements of 4 bytes and
// more have. The last block of a row overlaps the one before, which changes nothing that is stored.
func (e *emitter) selectedBlocks(dst, a, mask *walk) {
	const block = 32
	walks := []*walk{dst, a, mask}
	zero := e.constantBytes(make([]byte, block))
	if e.size == 16 {
		e.constantBytes(maskPairs)
	}
	e.rows(1, func(n reg.GPVirtual) {
		e.CMPQ(n, operand.I32(block))
		e.JB(operand.LabelRef("short"))
		e.whileAtLeast(n, block, "block", func() {
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
			if e.size < 4 {
				e.selectedBits(bits, dst, a)
			} else {
				for first := 0; first < block; first += e.elements {
					e.selectedVector(zero, first, dst, a, mask)
				}
			}
			e.JMP(operand.LabelRef("past"))
			e.Label("all")
			e.phase("all are selected")
			for first := 0; first < block; first += e.elements {
				r := e.inRegister(e.step, a.mem(e, nil, first))
				e.VMOVUPS(r, dst.mem(e, nil, first))
			}
			e.Label("past")
			for _, w := range walks {
				w.advance(e, block)
			}
		})
		e.TESTQ(n, n)
		e.JZ(operand.LabelRef("next"))
		e.phase("the last block, which overlaps the one before")
		e.SUBQ(operand.I32(block), n)
		for _, w := range walks {
			w.skip(e, n)
		}
		e.MOVQ(operand.I32(block), n)
		e.JMP(operand.LabelRef("loopblock"))
		e.Label("short")
		e.whileAtLeast(n, 1, "single", func() {
			e.phase("single elements")
			e.CMPB(mask.mem(e, nil, 0), operand.U8(0))
			e.JE(operand.LabelRef("not"))
			e.moveElement(a.mem(e, nil, 0), dst.mem(e, nil, 0))
			e.Label("not")
			for _, w := range walks {
				w.advance(e, 1)
			}
		})
	}, nil, dst, a, mask)
}

// selectedBits copies the elements of the bits that are set, one at least.
func (e *emitter) selectedBits(bits reg.GPVirtual, dst, a *walk) {
	i := e.GP32()
	e.Label("bit")
	e.TZCNTL(bits, i)
	e.moveElement(a.mem(e, i.As64(), 0), dst.mem(e, i.As64(), 0))
	e.BLSRL(bits, bits)
	e.JNZ(operand.LabelRef("bit"))
}

// maskPairs puts each of two bytes below two zero-extended words of 8 bytes.
var maskPairs = numbers(32, 1, func(i int) int {
	if i%8 == 0 {
		return i / 16
	}
	return -1 // zero
})

// selectedVector stores a vector under the mask of its elements.
func (e *emitter) selectedVector(zero reg.VecVirtual, first int, dst, a, mask *walk) {
	m, k := mask.mem(e, nil, first), e.YMM()
	data := e.inRegister(e.step, a.mem(e, nil, first))
	switch e.size {
	case 4:
		e.VPMOVZXBD(m, k)
		e.VPCMPGTD(zero, k, k)
		e.VPMASKMOVD(data, k, dst.mem(e, nil, first))
		return
	case 8:
		e.VPMOVZXBQ(m, k)
	case 16:
		e.VPBROADCASTW(m, k)
		e.VPSHUFB(e.constantBytes(maskPairs), k, k)
	}
	e.VPCMPGTQ(zero, k, k)
	e.VPMASKMOVQ(data, k, dst.mem(e, nil, first))
}
