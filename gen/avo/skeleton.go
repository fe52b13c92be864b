package avo

import (
	"fmt"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// skeletonOf returns what emits a kernel of a pattern around a body, or nil. Whether the kernel
// is worth having is another matter, see [spec.Pays].
func skeletonOf(k spec.Kernel, b *body) func(*emitter) {
	p := k.Pattern
	unit := func(m spec.Motion) bool { return m == spec.Unit || m == spec.Fixed }
	line, fixed := p.Dst == spec.Unit && unit(p.A) && unit(p.B), p.A == spec.Fixed || p.B == spec.Fixed
	sizes := sizesOf(k)
	switch {
	case p.Does == spec.Masks && line:
		return func(e *emitter) { e.selectedRows() }
	case p.Does == spec.Masks:
		return nil
	case p.Under && !levels[k.Level.Name].opmask && (sizes.dst < 4 || b.widen > 1):
		return nil // such elements are multiplied first, and then copied
	case p.Under:
		return func(e *emitter) { e.selectedProducts(fixed) }
	case p.Does == spec.Converts:
		return func(e *emitter) { e.converted(p.Bypass) }
	case !sizes.same() && (!line && p.Dst != spec.Strided || p.Cols > 0 && p.Bypass):
		return nil // such operands are copied first, if need be
	case p.B == spec.Several:
		return func(e *emitter) { e.severalFactors(p.Bypass) }
	case p.OneRow && levels[k.Level.Name].opmask:
		return nil // to make a mask takes as long as a row
	case p.OneRow:
		return func(e *emitter) { e.oneRow(fixed) }
	case p.Zips() && sizes.dst == 16:
		return nil // which one load and one store copy
	case p.Zips():
		return func(e *emitter) { e.zippedRows() }
	case p.A == spec.Transposed:
		if sizes.dst == 16 || p.Does != spec.Copies && sizes.dst < spec.DirectSize {
			return nil // 16 bytes need no transposing; short elements are copied first
		}
		if p.Lines && levels[k.Level.Name].width < spec.LineBytes {
			return nil // registers hold no line
		}
		if p.Does == spec.Copies {
			return func(e *emitter) { e.movedRows(p) }
		}
		return func(e *emitter) { e.multipliedTiles(p) }
	case p.Bytes > 0:
		return func(e *emitter) { e.periodicRows(p.Bytes) }
	case p.A == spec.Listed && p.Lines && k.Feature.Name != "vbmi":
		return nil // bytes are not permuted across such vectors
	case p.A == spec.Listed:
		return func(e *emitter) { e.listedPlaces(p.ListBytes()) }
	case p.Does == spec.Copies && p.DstRow != 0:
		switch {
		case p.Dst == spec.Gapped && sizes.dst <= 8:
			return func(e *emitter) { e.gappedOut() }
		case p.A == spec.Gapped && sizes.dst <= 8:
			return func(e *emitter) { e.gappedOperand() }
		case p.A == spec.Fixed && sizes.dst <= 2:
			return func(e *emitter) { e.spreadColumn() }
		}
		return nil // elements that fill a register go one by one
	case p.Does == spec.Copies && (p.Dst == spec.Unit || p.Dst == spec.Reversed || p.Dst == spec.Strided):
		return func(e *emitter) { e.movedRows(p) }
	case p.Dst == spec.Strided:
		if p.A == spec.Strided && b.element != nil {
			return func(e *emitter) { e.elementRows(b.element) }
		}
		return func(e *emitter) { e.scatteredRows(p) }
	case p.Dst != spec.Unit:
		if !levels[k.Level.Name].opmask || sizes.dst == 16 {
			return nil // what lies between the elements of out must not be written; 16 bytes are a store
		}
		switch {
		case p.Does == spec.Copies:
			return func(e *emitter) { e.movedRows(p) }
		case p.A == p.Dst && (p.B == p.Dst || p.B == spec.Fixed):
			return func(e *emitter) { e.sievedRows(p.Dst.Step(), p.B == spec.Fixed) }
		case p.A == spec.Unit && p.B == spec.Unit:
			return func(e *emitter) {
				dst, a, b := e.walks()
				e.spreadRows(p.Dst.Step(), dst, a, b)
			}
		}
		return nil
	case p.Cols > 0:
		return func(e *emitter) { e.repeatedRows(p.Cols, p.Bypass) }
	case line:
		return func(e *emitter) { e.contiguous(fixed, p.Bypass) }
	case (p.A == spec.Unit || p.A == p.B) && (p.B == spec.Reversed || p.B.Picks()):
		return func(e *emitter) { e.pickedRows(p) }
	}
	return nil // no skeleton knows these motions together
}

// unroll is the number of vectors in a turn of a main loop. More gained
// nothing.
const unroll = 4

// loops lists the numbers of vectors in the turns of the loops of a row. They are few
// where operands are read backwards: less is prefetched for an instruction that skips
// cache lines.
func (e *emitter) loops(stride int) []int {
	if stride < 0 {
		return slices.Compact([]int{min(2, e.unroll), 1})
	}
	return slices.Compact([]int{e.unroll, 1})
}

// rows runs row for every row of the nest. n is what a row has, in columns or in
// whatever a column has scale of. A row that is done jumps to next, or falls
// through to it. Rows that a tail is enough for have a loop of their own. What is left
// to do is [emitter.end].
func (e *emitter) rows(scale int, row func(n reg.GPVirtual), tails []tail, movers ...mover) {
	rows, cols := e.GP64(), e.GP64()
	e.MOVQ(e.field("Rows"), rows)
	e.MOVQ(e.field("Cols"), cols)
	e.TESTQ(rows, rows)
	e.JLE(operand.LabelRef("done"))
	e.TESTQ(cols, cols)
	e.JLE(operand.LabelRef("done"))
	e.shiftLeft(cols, scale)

	each := func(name, what string, row func()) {
		e.Label("row" + name)
		e.phase("%s", what)
		for _, m := range movers {
			m.begin(e)
		}
		row()
		e.Label("next" + name)
		for _, m := range movers {
			m.nextRow(e)
		}
		e.DECQ(rows)
		e.JNZ(operand.LabelRef("row" + name))
	}
	for _, t := range tails {
		name := fmt.Sprint(t.most)
		e.CMPQ(cols, operand.I32(int32(t.most)))
		e.JA(operand.LabelRef("more" + name))
		each(name, "rows of up to "+some(t.most/scale), func() { t.multiply(cols) })
		e.JMP(operand.LabelRef("done"))
		e.Label("more" + name)
	}
	each("", "rows", func() {
		n := e.GP64()
		e.MOVQ(cols, n)
		row(n)
	})
}

// rowsOrDone is the number of rows of a nest in which they are adjacent; with none, it is done.
func (e *emitter) rowsOrDone() reg.GPVirtual {
	n := e.GP64()
	e.MOVQ(e.field("Rows"), n)
	e.TESTQ(n, n)
	e.JLE(operand.LabelRef("done"))
	return n
}

// A tail multiplies the n last columns of a row, or all of them, at most so many.
type tail struct {
	most     int
	multiply func(n reg.GPVirtual)
}

// tails multiplies what n says is left of a row.
func (e *emitter) tails(n reg.GPVirtual, tails []tail) {
	e.TESTQ(n, n)
	e.JZ(operand.LabelRef("next"))
	e.phase("tail")
	for i, t := range tails {
		if i == len(tails)-1 {
			t.multiply(n)
			return
		}
		more := fmt.Sprintf("more%dleft", t.most)
		e.CMPQ(n, operand.I32(int32(t.most)))
		e.JA(operand.LabelRef(more))
		t.multiply(n)
		e.JMP(operand.LabelRef("next"))
		e.Label(more)
	}
}

// shiftLeft multiplies a register by a power of two.
func (e *emitter) shiftLeft(r reg.GPVirtual, by int) {
	if log := log2(by); log > 0 {
		e.SHLQ(operand.U8(log), r)
	}
}

// turn says that a turn of a loop follows, of so many vectors.
func (e *emitter) turn(vectors int, past bool) {
	beyond := ""
	if past {
		beyond = ", past the caches"
	}
	if vectors == 1 {
		e.phase("single vectors%s", beyond)
		return
	}
	e.phase("main loop: %d vectors a turn%s", vectors, beyond)
}

// end is where a kernel returns.
func (e *emitter) end() {
	e.Label("done")
	e.leave()
}

// leave returns.
func (e *emitter) leave() {
	e.VZEROUPPER()
	e.RET()
}

// whileAtLeast repeats body, which deals with count of n, while n is count or
// more.
func (e *emitter) whileAtLeast(n reg.GPVirtual, count int, name string, body func()) {
	e.while(n, count, count, name, body)
}

// while repeats body, which deals with count of n, while n is least or more.
func (e *emitter) while(n reg.GPVirtual, least, count int, name string, body func()) {
	e.CMPQ(n, operand.I32(int32(least)))
	e.JB(operand.LabelRef("after" + name))
	e.Label("loop" + name)
	body()
	e.SUBQ(operand.I32(int32(count)), n)
	e.CMPQ(n, operand.I32(int32(least)))
	e.JAE(operand.LabelRef("loop" + name))
	e.Label("after" + name)
}
