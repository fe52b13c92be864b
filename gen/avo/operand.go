package avo

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A walk is a pointer to the row of an operand and one that runs along it.
type walk struct {
	row, at reg.GPVirtual
	field   string // the nest's step from row to row
}

func (e *emitter) newWalk(param, field string) *walk {
	w := &walk{row: e.GP64(), field: field}
	e.Load(e.Param(param), w.row)
	return w
}

// begin puts the running pointer at the start of the row.
func (w *walk) begin(e *emitter) {
	w.at = e.GP64()
	e.MOVQ(w.row, w.at)
}

func (w *walk) advance(e *emitter, bytes int) { e.ADDQ(operand.I32(int32(bytes)), w.at) }

func (w *walk) nextRow(e *emitter) { e.ADDQ(e.field(w.field), w.row) }

// A factor is the operand b: it gives the prepared half of each product.
type factor interface {
	begin(e *emitter)
	prepared(e *emitter, a access) prepared
	advance(e *emitter, bytes int)
	nextRow(e *emitter)
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
	c.value = e.prepare(e.step, e.repeatElement(operand.Mem{Base: c.row}))
}

func (c *constant) prepared(*emitter, access) prepared { return c.value }

func (c *constant) advance(*emitter, int) {}
