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

// A skipper is a mover that can move on by a number of bytes.
type skipper interface {
	mover
	skip(e *emitter, bytes reg.Register)
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
}

func (e *emitter) newWalk(name string) *walk {
	w := &walk{row: e.GP64(), name: name}
	e.MOVQ(e.field(name), w.row)
	return w
}

// walks returns the walks of out, a and b.
func (e *emitter) walks() (dst, a, b *walk) {
	return e.newWalk("Dst"), e.newWalk("A"), e.newWalk("B")
}

func (w *walk) begin(e *emitter) {
	w.at = e.GP64()
	e.MOVQ(w.row, w.at)
}

func (w *walk) advance(e *emitter, elements int) {
	e.ADDQ(operand.I32(int32(elements*e.size)), w.at)
}

func (w *walk) skip(e *emitter, bytes reg.Register) { e.ADDQ(bytes, w.at) }

// stride moves on by a number of elements that are so many apart.
func (w *walk) stride(e *emitter, elements reg.Register, apart int) {
	bytes := e.GP64()
	e.IMUL3Q(operand.I32(int32(apart*e.size)), elements, bytes)
	e.ADDQ(bytes, w.at)
}

func (w *walk) nextRow(e *emitter) { e.ADDQ(e.field(w.name+"Row"), w.row) }

func (w *walk) vector(e *emitter, v int) operand.Op { return e.load(w.at, e.whole(v)) }

func (w *walk) element(e *emitter) operand.Op { return e.load(w.at, access{bytes: e.size}) }

func (w *walk) follows() bool { return false }

func (w *walk) before(e *emitter, n reg.Register, back int) sequence {
	return w.moved(e, n, e.size, back)
}

// moved is a walk from so many elements before the n-th, which lie step bytes apart.
func (w *walk) moved(e *emitter, n reg.Register, step, back int) *walk {
	at := e.GP64()
	e.IMUL3Q(operand.I32(int32(step)), n, at)
	e.LEAQ(operand.Mem{Base: w.at, Index: at, Scale: 1, Disp: -back * step}, at)
	return &walk{at: at}
}

func (w *walk) within(e *emitter, bytes int) int { return min(bytes, e.step) / e.size }

func (w *walk) masked(e *emitter, left *rest, most int) func() operand.Op {
	all := access{bytes: e.covering(most), mask: left.mask(func(i int) int { return i })}
	return func() operand.Op { return e.load(w.at, all) }
}

// A factor is the operand b of a contiguous row: it gives the prepared half of
// each product.
type factor interface {
	skipper
	prepared(e *emitter, a access) prepared
}

// A stream is a contiguous factor: each vector is prepared where it is used.
type stream struct{ *walk }

func (s stream) prepared(e *emitter, a access) prepared {
	return e.prepare(a.vector(), e.load(s.at, a))
}

// A constant is one element in each row, prepared once at its start.
type constant struct {
	*walk
	value prepared
}

func (c *constant) begin(e *emitter) {
	c.value = e.constant(e.step, e.repeatElement(operand.Mem{Base: c.row}))
}

func (c *constant) prepared(*emitter, access) prepared { return c.value }

func (c *constant) advance(*emitter, int) {}

func (c *constant) skip(*emitter, reg.Register) {}
