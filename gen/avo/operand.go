package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A mover is an operand as a row runs: it starts at the row's first element,
// moves on, and goes to the next row.
type mover interface {
	begin(e *emitter)
	advance(e *emitter, elements int)
	nextRow(e *emitter)
}

// A skipper is a mover that can move on by a count.
type skipper interface {
	mover
	skip(e *emitter, count reg.Register)
}

// A source is a mover that gives elements: the v-th vector of a block, or the
// single element that it stands at.
type source interface {
	mover
	vector(e *emitter, v int) operand.Op
	element(e *emitter) operand.Op
	// within is the number of elements that so many bytes of memory give at least.
	within(e *emitter, bytes int) int
	// masked prepares for vectors of which only the elements that are left count,
	// at most so many, and returns what gives one.
	masked(e *emitter, left *rest, most int) func() operand.Op
}

// A sequence is a source whose vectors may begin anywhere in a row.
type sequence interface {
	source
	// follows tells whether an element must follow those of a vector.
	follows() bool
	// before is the sequence from so many elements before the n-th on.
	before(e *emitter, n reg.Register, back int) sequence
}

// A walk is a pointer to the row of an operand and one that runs along it. It
// is the source of a contiguous operand.
type walk struct {
	row, at reg.GPVirtual
	name    string // of the operand in the nest
	size    int    // bytes of an element
	wide    int    // see product.wide
}

func (e *emitter) newWalk(name string) *walk {
	w := &walk{row: e.GP64(), name: name, size: e.sizes.of(name), wide: e.wide[name]}
	e.MOVQ(e.field(name), w.row)
	return w
}

// at is a walk that stands somewhere, along elements of the size at hand.
func (e *emitter) at(at reg.GPVirtual) *walk { return &walk{at: at, size: e.size} }

// walks returns the walks of out, of the factor and of the other operand.
func (e *emitter) walks() (dst, other, factor *walk) {
	others, factors := e.roles()
	return e.newWalk("Dst"), e.newWalk(others), e.newWalk(factors)
}

// roles names the other operand and the factor.
func (e *emitter) roles() (other, factor string) {
	if e.swapped {
		return "B", "A"
	}
	return "A", "B"
}

func (w *walk) begin(e *emitter) {
	w.at = e.GP64()
	e.MOVQ(w.row, w.at)
}

func (w *walk) advance(e *emitter, elements int) {
	e.ADDQ(operand.I32(int32(elements*w.size)), w.at)
}

func (w *walk) skip(e *emitter, count reg.Register) {
	scale := w.size / e.grain
	if scale == 1 {
		e.ADDQ(count, w.at)
		return
	}
	for ; scale > 0; scale -= 8 {
		e.LEAQ(operand.Mem{Base: w.at, Index: count, Scale: uint8(min(scale, 8))}, w.at)
	}
}

// stride moves on by a number of elements that are so many apart.
func (w *walk) stride(e *emitter, elements reg.Register, apart int) {
	e.LEAQ(e.scaled(w.at, elements, apart*w.size), w.at)
}

// scaled is where so many units of some bytes lie from a base: an address does the product if it can.
func (e *emitter) scaled(base, units reg.Register, bytes int) operand.Mem {
	switch bytes {
	case 1, 2, 4, 8:
		return operand.Mem{Base: base, Index: units, Scale: uint8(bytes)}
	}
	product := e.GP64()
	e.IMUL3Q(operand.I32(int32(bytes)), units, product)
	return operand.Mem{Base: base, Index: product, Scale: 1}
}

func (w *walk) nextRow(e *emitter) { e.ADDQ(e.field(w.name+"Row"), w.row) }

func (w *walk) vector(e *emitter, v int) operand.Op { return w.load(e, e.whole(v)) }

func (w *walk) element(e *emitter) operand.Op { return w.load(e, access{count: 1}) }

func (w *walk) follows() bool { return false }

func (w *walk) before(e *emitter, n reg.Register, back int) sequence {
	return w.moved(e, n, w.size, back)
}

// moved is a walk from so many elements before the n-th, which lie step bytes apart.
func (w *walk) moved(e *emitter, n reg.Register, step, back int) *walk {
	at, from := e.GP64(), e.scaled(w.at, n, step)
	from.Disp = -back * step
	e.LEAQ(from, at)
	return &walk{at: at, size: w.size}
}

func (w *walk) within(e *emitter, bytes int) int { return min(bytes, e.step) / e.size }

func (w *walk) masked(e *emitter, left *rest, most int) func() operand.Op {
	all := access{count: e.covering(most), mask: selection{left.mask(func(i int) int { return i }), nil}}
	return func() operand.Op { return w.load(e, all) }
}

// A factor is an operand of a contiguous row that gives the prepared half of each product:
// b, or a where that is the constant.
type factor interface {
	skipper
	prepared(e *emitter, a access) prepared
}

// A stream is a contiguous factor: each vector is prepared where it is used.
type stream struct{ *walk }

func (s stream) prepared(e *emitter, a access) prepared {
	return e.prepare(a.count, s.given(e, a))
}

// A constant is one element in each row, prepared once at its start.
type constant struct {
	*walk
	value  prepared
	spread prepared // what it is to unpacked elements, once that is computed
}

func (c *constant) begin(e *emitter) {
	c.spread = nil
	c.value = e.constant(e.elements, e.sized(c.size).repeatElement(operand.Mem{Base: c.row}))
}

func (c *constant) prepared(*emitter, access) prepared { return c.value }

func (c *constant) advance(*emitter, int) {}

func (c *constant) skip(*emitter, reg.Register) {}
