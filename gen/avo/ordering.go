package avo

import (
	"github.com/mmcloughlin/avo/operand"
)

// An ordering makes a vector of the elements of another, in memory or a register. It is
// what AVX2 has for an arrangement: no instruction moves bytes or words across lanes.
type ordering func(x operand.Op) operand.Op

// keepOrder arranges nothing.
func keepOrder(x operand.Op) operand.Op { return x }

// then is one ordering after the other.
func (a ordering) then(b ordering) ordering {
	return func(x operand.Op) operand.Op { return b(a(x)) }
}

// ordering makes a vector of which element i is element place[i] of the other.
func (e *emitter) ordering(place []int) ordering {
	from := func(i int) int { return place[i/e.size]*e.size + i%e.size }
	if unit := min(e.size, 8); unit >= 4 {
		return e.moveUnits(unit, func(i int) int { return from(i*unit) / unit })
	}
	// Lanes of 16 bytes and then bytes within them, or the other way round.
	if lanes := e.lanesOf(16, from); lanes != nil {
		return e.moveUnits(8, func(i int) int { return 2*lanes[i/2] + i%2 }).then(e.moveBytes(from))
	}
	for _, unit := range []int{8, 4} {
		lanes := e.lanesOf(unit, from)
		if lanes == nil {
			continue
		}
		order, source, filled := make([]int, len(lanes)), make([]int, e.step), [2]int{}
		for g, l := range lanes {
			at := 16*l + filled[l]
			for i := range unit {
				source[at+i] = from(g*unit + i)
			}
			order[g] = at / unit
			filled[l] += unit
		}
		return e.moveBytes(func(i int) int { return source[i] }).then(e.moveUnits(unit, func(i int) int { return order[i] }))
	}
	// What stays in its lane and what crosses.
	part := func(crosses bool) ordering {
		return e.moveBytes(func(i int) int {
			if at := from(i); (at/16 != i/16) == crosses {
				return at
			}
			return none
		})
	}
	swap, stays, crosses := e.moveUnits(8, func(i int) int { return i ^ 2 }), part(false), part(true)
	return func(x operand.Op) operand.Op {
		r := e.vec(e.step)
		x = e.inRegister(e.step, x)
		e.VPOR(stays(x), crosses(swap(x)), r)
		return r
	}
}

// lanesOf lists the 16-byte lanes that groups of so many bytes come from, or nothing
// where a group comes from two.
func (e *emitter) lanesOf(group int, from func(i int) int) []int {
	var lanes []int
	for i := range e.step {
		if i%group == 0 {
			lanes = append(lanes, from(i)/16)
		}
		if from(i)/16 != lanes[i/group] {
			return nil
		}
	}
	return lanes
}

// moveUnits moves units of 4 or 8 bytes.
func (e *emitter) moveUnits(unit int, from func(i int) int) ordering {
	stays, imm := true, 0
	for i := range e.step / unit {
		stays = stays && from(i) == i
		imm |= from(i) << (2 * i)
	}
	if stays {
		return keepOrder
	}
	if unit == 8 {
		return func(x operand.Op) operand.Op {
			r := e.vec(e.step)
			e.VPERMQ(operand.U8(imm), x, r)
			return r
		}
	}
	index := e.constantBytes(numbers(e.step/unit, unit, from))
	return func(x operand.Op) operand.Op {
		r := e.vec(e.step)
		e.VPERMD(x, index, r)
		return r
	}
}

// moveBytes moves bytes within 16; those that come from none are zero.
func (e *emitter) moveBytes(from func(i int) int) ordering {
	mask, stays := make([]byte, e.fit(e.elements)), true
	for i := range mask {
		at := from(i)
		stays = stays && at%16 == i%16
		if mask[i] = byte(at % 16); at == none {
			mask[i] = 0x80
		}
	}
	if stays {
		return keepOrder
	}
	r := e.constantBytes(mask)
	return func(x operand.Op) operand.Op {
		y := e.vec(len(mask))
		e.VPSHUFB(r, e.inRegister(len(mask), x), y)
		return y
	}
}
