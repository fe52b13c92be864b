package avo

import (
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A rest is the last vector of a row, of one element to all. Where their number is the
// same in every row, masks are made once, before the first.
type rest struct {
	e     *emitter
	count reg.VecVirtual // the number, in every granule
	masks map[string]reg.Register
}

func (e *emitter) newRest(n reg.GPVirtual) *rest {
	r := &rest{e, e.vec(e.step), map[string]reg.Register{}}
	switch e.granule() {
	case 1:
		e.VPBROADCASTB(n.As32(), r.count)
	case 2:
		e.VPBROADCASTW(n.As32(), r.count)
	case 4:
		e.VPBROADCASTD(n.As32(), r.count)
	default:
		e.VPBROADCASTQ(n, r.count)
	}
	return r
}

// lastOf returns what rows leave to their last vector, between one and all that
// fits, in columns or in whatever a column has scale of.
func (e *emitter) lastOf(scale, fits int) reg.GPVirtual {
	n := e.GP64()
	e.MOVQ(e.field("Cols"), n)
	e.shiftLeft(n, scale)
	e.DECQ(n)
	e.ANDQ(operand.I32(int32(fits-1)), n)
	e.INCQ(n)
	return n
}

// none is the place of an element in memory that the row does not take.
const none = -1

// mask makes the opmask of a vector in memory whose i-th element is the place(i)-th
// of the row's vector.
func (r *rest) mask(place func(i int) int) reg.Register {
	order := r.order(place)
	if k := r.masks[string(order)]; k != nil {
		return k
	}
	k := r.compared(order)
	r.masks[string(order)] = k
	return k
}

// mostMasks is the number of masks of one operand that registers have room for all the time.
const mostMasks = 4

// maskOf is mask for one of so many of an operand. It is made anew each time, where it is
// used, if there are too many of them.
func (r *rest) maskOf(count int, place func(i int) int) func() reg.Register {
	if count <= mostMasks {
		k := r.mask(place)
		return func() reg.Register { return k }
	}
	order := r.order(place)
	r.e.constantBytes(order)
	return func() reg.Register { return r.compared(order) }
}

// order lists the places of all granules.
func (r *rest) order(place func(i int) int) []byte {
	g := r.e.granule()
	return numbers(r.e.step/g, g, func(i int) int { return place(i * g / r.e.size) })
}

// compared makes the opmask of places in such an order.
func (r *rest) compared(order []byte) reg.Register {
	k := r.e.K()
	compare := []func(...operand.Op){r.e.VPCMPUB, r.e.VPCMPUW, r.e.VPCMPUD, r.e.VPCMPUQ}[bits.TrailingZeros(uint(r.e.granule()))]
	const greater = 6 // count > place; none is the largest unsigned number
	compare(operand.U8(greater), r.e.constantBytes(order), r.count, k)
	return k
}

// covering is the number of elements of the smallest vector that so many fit into.
func (e *emitter) covering(elements int) int { return max(16/e.size, 1<<bits.Len(uint(elements-1))) }
