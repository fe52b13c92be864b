package avo

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// skeletonOf returns what emits a kernel of a pattern around a body, or nil.
func skeletonOf(k spec.Kernel) func(*emitter) {
	p := k.Pattern
	contiguous := p.Dst == spec.Unit && p.A == spec.Unit && p.Cols == 0
	switch {
	case p.B == spec.Several:
		return func(e *emitter) { e.severalFactors(p.Bypass) }
	case levels[k.Level.Name].opmask && !gains(p, k.Class.Size):
		return nil // the kernels of the level below serve
	case p.OneRow:
		return func(e *emitter) { e.oneRow(p.B == spec.Fixed) }
	case p.A == spec.Transposed:
		if k.Class.Size == 16 || !p.Moves && k.Class.Size < spec.DirectSize {
			return nil // 16 bytes need no transposing; short elements are copied first
		}
		if p.Lines && levels[k.Level.Name].width < spec.LineBytes {
			return nil // registers hold no line
		}
		if p.Moves {
			return (*emitter).transposedRows
		}
		return func(e *emitter) { e.multipliedTiles(p) }
	case p.Bytes > 0:
		return func(e *emitter) { e.periodicRows(p.Bytes) }
	case contiguous && p.B == spec.Unit:
		return func(e *emitter) {
			dst, a, b := e.walks()
			e.contiguous(&line{dst, a, stream{b}}, p.Bypass)
		}
	case contiguous && p.B == spec.Fixed:
		return func(e *emitter) {
			dst, a, b := e.walks()
			e.contiguous(&line{dst, a, &constant{walk: b}}, p.Bypass)
		}
	case p.Dst == spec.Strided:
		if b := bodies[k.Class.Name][k.Op.Name]; p.A == spec.Strided && b.element != nil {
			return func(e *emitter) { e.elementRows(b.element) }
		}
		return func(e *emitter) { e.scatteredRows(p) }
	case p.Dst != spec.Unit:
		if !levels[k.Level.Name].opmask || k.Class.Size == 16 {
			return nil // what lies between the elements of out must not be written; 16 bytes are a store
		}
		if p.A == p.Dst {
			return func(e *emitter) { e.sievedRows(strides[p.Dst], p.B == spec.Fixed) }
		}
		return func(e *emitter) { e.spreadRows(strides[p.Dst]) }
	case p.Cols > 0:
		return func(e *emitter) { e.repeatedRows(p.Cols, p.Bypass) }
	default:
		return func(e *emitter) { e.pickedRows(p) }
	}
}

// gains tells whether kernels of 64-byte vectors are faster than those of 32, by the
// measurements in docs/performance.md and the mean of docs/model.md. What is put together
// from single elements, or from 16 bytes of which none are wasted, is not.
func gains(p spec.Pattern, size int) bool {
	switch {
	case p.Dst == spec.Strided, p.A == spec.Transposed && !p.Moves && !p.Lines: // loading the columns limits both
		return false
	case p.OneRow: // making a mask takes as long as the row
		return false
	case size == 16:
		return p.B == spec.Unit || p.B == spec.Fixed || p.B == spec.Reversed
	}
	return true
}

// unroll is the number of vectors in a turn of a main loop. More gained
// nothing.
const unroll = 4

// loops lists the numbers of vectors in the turns of the loops of a row. They are few
// where operands are read backwards: less is prefetched for an instruction that skips
// cache lines.
func loops(stride int) []int {
	if stride < 0 {
		return []int{2, 1}
	}
	return []int{unroll, 1}
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

	each := func(name string, row func()) {
		e.Label("row" + name)
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
		each(name, func() { t.multiply(cols) })
		e.JMP(operand.LabelRef("done"))
		e.Label("more" + name)
	}
	each("", func() {
		n := e.GP64()
		e.MOVQ(cols, n)
		row(n)
	})
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
	if log := bits.TrailingZeros(uint(by)); log > 0 {
		e.SHLQ(operand.U8(log), r)
	}
}

// end is where a kernel returns.
func (e *emitter) end() {
	e.Label("done")
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

// strides are those of the motions that fix one other than 1.
var strides = map[spec.Motion]int{spec.Reversed: -1, spec.Step2: 2, spec.Step3: 3, spec.Step4: 4}

// pickedRows multiplies rows of which a, b or both take elements at a fixed
// stride other than 1. If both do, it is better their product that is put in order.
func (e *emitter) pickedRows(p spec.Pattern) {
	dst, a, b := e.walks()
	stride := strides[p.B]
	both, from := p.A != spec.Unit, func(i int) int { return i * stride }
	sequences, blocks := e.sequences, e.blocks
	if p.Bypass {
		past := &bypass{e, dst, func(elements reg.GPVirtual) {
			dst.stride(e, elements, 1)
			b.stride(e, elements, stride)
			if both {
				a.stride(e, elements, stride)
			} else {
				a.stride(e, elements, 1)
			}
		}}
		sequences, blocks = past.sequences, past.blocks
	}
	switch {
	case !e.opmask && both:
		x := e.newPicked(a, stride)
		sequences(dst, x, e.newPicked(b, stride), stride, e.ordering(x.place))
	case !e.opmask:
		sequences(dst, a, e.newOrdered(b, stride), stride, keepOrder)
	case both && stride < 0:
		blocks(dst, mirrored{a}, mirrored{b}, stride, e.turner())
	case both:
		blocks(dst, e.newPermuted(a, 1, from), e.newPermuted(b, 1, from), stride, keepOrder)
	default:
		blocks(dst, a, e.newPermuted(b, 1, from), stride, keepOrder)
	}
}

// products multiplies the v-th vectors of a and b and finishes what comes out.
func (e *emitter) products(a, b source, v int, finish ordering) reg.VecVirtual {
	w := e.whole(v).vector()
	return finish(e.multiply(w, a.vector(e, v), e.prepare(w, b.vector(e, v)))).(reg.VecVirtual)
}

// turns multiplies so many vectors a turn while at least that many are left, and so
// many elements more. Where it stores past the caches, a turn is of whole lines.
func (e *emitter) turns(n reg.GPVirtual, vectors, more int, past bool, dst *walk, a, b source, finish ordering) {
	elements, name := vectors*e.step/e.size, fmt.Sprint(vectors)
	if past {
		name = "past" + name
	}
	e.while(n, elements+more, elements, name, func() {
		for v := range vectors {
			to := e.whole(v)
			to.past = past
			e.store(e.products(a, b, v, finish), dst.at, to)
		}
		for _, m := range []mover{dst, a, b} {
			m.advance(e, elements)
		}
	})
}

// sequences multiplies rows of contiguous out by whole vectors, the last of which
// overlaps the one before as in overlappedLine, and rows of less element by element.
func (e *emitter) sequences(dst *walk, a, b sequence, stride int, finish ordering) {
	elements, follows := e.step/e.size, 0
	if a.follows() || b.follows() {
		follows = 1
	}
	e.rows(1, func(n reg.GPVirtual) {
		e.CMPQ(n, operand.I32(int32(elements+follows)))
		e.JB(operand.LabelRef("short"))
		if follows > 0 {
			e.followed(n, dst, a, b)
		}
		end := dst.moved(e, n, e.size, elements)
		last := e.products(a.before(e, n, elements), b.before(e, n, elements), 0, finish)
		for _, vectors := range loops(stride) {
			e.turns(n, vectors, 1, false, dst, a, b, finish)
		}
		e.store(last, end.at, e.whole(0))
		e.JMP(operand.LabelRef("next"))
		e.Label("short")
		e.single(n, dst.at, dst, a, b)
	}, nil, dst, a, b)
	e.end()
}

// followed multiplies the last of n elements alone, which vectors need only to follow.
func (e *emitter) followed(n reg.GPVirtual, dst *walk, a, b sequence) {
	e.DECQ(n)
	x, y, to := a.before(e, n, 0), b.before(e, n, 0), dst.moved(e, n, e.size, 0)
	e.store(e.multiply(16, x.element(e), e.prepare(16, y.element(e))), to.at, access{bytes: e.size})
}

// blocks multiplies rows of contiguous out vector by vector, and what is left
// under a mask.
func (e *emitter) blocks(dst *walk, a, b source, stride int, finish ordering) {
	tails := e.maskedTails(e.lastOf(1, e.step/e.size), dst, a, b, finish)
	e.rows(1, func(n reg.GPVirtual) {
		for _, vectors := range loops(stride) {
			e.turns(n, vectors, 0, false, dst, a, b, finish)
		}
		e.tails(n, tails)
	}, tails, dst, a, b)
	e.end()
}

// A bypass is what rows that bypass the caches need to know beside their sources: how to
// move all operands on by a number of elements. Of a row the whole lines are stored past
// the caches, what comes before and after the ordinary way. No line is stored both ways,
// which would be waited for, so vectors at either end that reach into a whole line make it
// an ordinary one.
type bypass struct {
	*emitter
	dst  *walk
	skip func(elements reg.GPVirtual)
}

// sequences is [emitter.sequences] past the caches.
func (p *bypass) sequences(dst *walk, a, b sequence, _ int, finish ordering) {
	e := p.emitter
	elements, follows := e.step/e.size, 0
	if a.follows() || b.follows() {
		follows = 1
	}
	e.rows(1, func(n reg.GPVirtual) {
		e.CMPQ(n, operand.I32(int32(elements+follows)))
		e.JB(operand.LabelRef("short"))
		if follows > 0 {
			e.followed(n, dst, a, b)
		}
		p.begin(n, a, b, finish)
		held := e.GP64() // for the last vector, where it is not one of those before
		e.MOVQ(n, held)
		e.NEGQ(held)
		e.ANDQ(operand.I32(int32(elements-1)), held)
		e.JZ(operand.LabelRef("whole"))
		e.MOVQ(operand.I32(int32(elements)), held)
		e.Label("whole")
		e.SUBQ(held, n)
		e.JB(operand.LabelRef("rest")) // few elements, one by one until here
		p.lines(n, a, b, finish)
		e.Label("rest")
		e.ADDQ(held, n)
		e.turns(n, 1, 0, false, dst, a, b, finish)
		e.TESTQ(n, n)
		e.JZ(operand.LabelRef("next"))
		end := dst.moved(e, n, e.size, elements)
		e.store(e.products(a.before(e, n, elements), b.before(e, n, elements), 0, finish), end.at, e.whole(0))
		e.JMP(operand.LabelRef("next"))
		e.Label("short")
		e.single(n, dst.at, dst, a, b)
	}, nil, dst, a, b)
	e.end()
}

// blocks is [emitter.blocks] past the caches.
func (p *bypass) blocks(dst *walk, a, b source, _ int, finish ordering) {
	e := p.emitter
	e.rows(1, func(n reg.GPVirtual) {
		p.begin(n, a, b, finish)
		p.lines(n, a, b, finish)
		if e.step < spec.LineBytes {
			e.turns(n, 1, 0, false, dst, a, b, finish)
		}
		e.TESTQ(n, n)
		e.JZ(operand.LabelRef("next"))
		e.tails(n, e.maskedTails(n, dst, a, b, finish))
	}, nil, dst, a, b)
	e.end()
}

// leastLines is the number of lines from which on a row begins with vectors.
const leastLines = 4

// begin multiplies what comes before the lines of a row of n elements: a vector at its
// start, and vectors from the next place that is aligned to one until lines begin that none
// of them is in. Where elements are few, or none begins at a line, one by one.
func (p *bypass) begin(n reg.GPVirtual, a, b source, finish ordering) {
	e, dst := p.emitter, p.dst
	elements := e.step / e.size
	vector := func() { e.store(e.products(a, b, 0, finish), dst.at, e.whole(0)) }
	aligned := func(to int, jump func(operand.Op), label string) {
		e.TESTQ(operand.I32(int32(to-1)), dst.at)
		jump(operand.LabelRef(label))
	}
	e.fetchEnds(dst, n, e.size)
	aligned(spec.LineBytes, e.JZ, "lines")
	e.CMPQ(n, operand.I32(int32(leastLines*spec.LineBytes/e.size)))
	e.JB(operand.LabelRef("few"))
	if e.size > 1 {
		aligned(e.size, e.JNZ, "few")
	}
	vector()
	skip := e.GP64()
	e.MOVQ(dst.at, skip)
	e.NEGQ(skip)
	e.ANDQ(operand.I32(int32(e.step-1)), skip)
	if log := bits.TrailingZeros(uint(e.size)); log > 0 {
		e.SHRQ(operand.U8(log), skip)
	}
	e.SUBQ(skip, n)
	p.skip(skip)
	e.Label("before")
	vector()
	for _, m := range []mover{dst, a, b} {
		m.advance(e, elements)
	}
	e.SUBQ(operand.I32(int32(elements)), n)
	aligned(spec.LineBytes, e.JNZ, "before")
	e.JMP(operand.LabelRef("lines"))
	e.Label("few")
	e.untilAligned(n, dst, spec.LineBytes, func() { e.one(dst.at, dst, a, b) })
	e.Label("lines")
}

// lines multiplies whole lines while n elements have some.
func (p *bypass) lines(n reg.GPVirtual, a, b source, finish ordering) {
	p.turns(n, spec.LineBytes/p.step, 0, true, p.dst, a, b, finish)
}

// untilAligned multiplies one by one, of what n counts, until out is aligned.
func (e *emitter) untilAligned(n reg.GPVirtual, dst *walk, bytes int, one func()) {
	e.whileAtLeast(n, 1, "edge", func() {
		e.TESTQ(operand.I32(int32(bytes-1)), dst.at)
		e.JZ(operand.LabelRef("aligned"))
		one()
	})
	e.Label("aligned")
}

// maskedTails lists the tails of rows that a and b give masked vectors of, of n elements:
// for those that shorter or fewer loads give, and for a whole vector.
func (e *emitter) maskedTails(n reg.GPVirtual, dst *walk, a, b source, finish ordering) []tail {
	left, elements := e.newRest(n), e.step/e.size
	var tails []tail
	add := func(most int) {
		to := access{bytes: e.covering(most), mask: left.mask(func(i int) int { return i })}
		x, y := a.masked(e, left, most), b.masked(e, left, most)
		tails = append(tails, tail{most, func(reg.GPVirtual) {
			w := to.vector()
			e.store(finish(e.multiply(w, as(w, x()), e.prepare(w, as(w, y())))).(reg.VecVirtual), dst.at, to)
		}})
	}
	within := func(bytes int) int { return min(a.within(e, bytes), b.within(e, bytes)) }
	if half := within(e.step / 2); half == elements/2 { // less would be of one load, as the next
		add(half)
	}
	for _, loads := range []int{1, 2} {
		if most := within(loads * e.step); most < elements {
			add(most)
		}
	}
	add(elements)
	return tails
}

// single multiplies the n elements that are left, one by one; at is where dst
// stands.
func (e *emitter) single(n, at reg.GPVirtual, dst mover, a, b source) {
	e.whileAtLeast(n, 1, "single", func() { e.one(at, dst, a, b) })
}

// one multiplies the element at which dst, a and b stand.
func (e *emitter) one(at reg.GPVirtual, dst mover, a, b source) {
	e.store(e.multiply(16, a.element(e), e.prepare(16, b.element(e))), at, access{bytes: e.size})
	for _, m := range []mover{dst, a, b} {
		m.advance(e, 1)
	}
}

// scatteredRows multiplies rows of which out has any stride, and the operands
// have too or are contiguous.
func (e *emitter) scatteredRows(p spec.Pattern) {
	dstWalk, aWalk, bWalk := e.walks()
	dst := e.newScattered(dstWalk, "DstCol")
	a, b := source(aWalk), source(bWalk)
	if p.A == spec.Strided {
		a, b = e.newScattered(aWalk, "ACol"), e.newScattered(bWalk, "BCol")
	}
	e.rows(1, func(n reg.GPVirtual) {
		e.whileAtLeast(n, 16/e.size, "vector", func() {
			dst.put(e, e.multiply(16, a.vector(e, 0), e.prepare(16, b.vector(e, 0))))
			if p.A != spec.Strided { // vectors that are gathered move on by themselves
				a.advance(e, 16/e.size)
				b.advance(e, 16/e.size)
			}
		})
		if e.size == 16 {
			return
		}
		e.single(n, dst.at, dst, a, b)
	}, nil, dst, a, b)
	e.end()
}

// elementRows multiplies bytes of any stride one by one.
func (e *emitter) elementRows(multiply func(e *emitter, by, x reg.GPVirtual)) {
	dst, a, b := e.newLadder("Dst", true), e.newLadder("A", true), e.newLadder("B", true)
	single := func() {
		x := e.zeroExtended(a.next(e), 1)
		multiply(e, e.zeroExtended(b.next(e), 1), x)
		e.MOVB(x.As8(), dst.next(e))
	}
	e.rows(1, func(n reg.GPVirtual) {
		e.whileAtLeast(n, unroll, "several", func() {
			for range unroll {
				single()
			}
			for _, l := range []*ladder{dst, a, b} {
				l.climb(e)
			}
		})
		e.whileAtLeast(n, 1, "single", func() {
			single()
			for _, l := range []*ladder{dst, a, b} {
				l.up(e)
			}
		})
	}, nil, dst, a, b)
	e.end()
}

// repeatedRows multiplies adjacent rows of so many columns, b being a constant
// in each: a contiguous run in which every element of b counts cols times. Stores past
// the caches begin at the first row that is aligned.
func (e *emitter) repeatedRows(cols int, bypass bool) {
	dst, a, bWalk := e.walks()
	b := e.repeat(bWalk, cols)
	n := e.GP64()
	e.MOVQ(e.field("Rows"), n)
	e.TESTQ(n, n)
	e.JLE(operand.LabelRef("done"))
	movers := []mover{dst, a, b}
	for _, m := range movers {
		m.begin(e)
	}
	single := func() {
		y := e.prepare(16, b.element(e))
		for c := range cols {
			at := access{disp: c * e.size, bytes: e.size}
			e.store(e.multiply(16, e.load(a.at, at), y), dst.at, at)
		}
		for _, m := range movers {
			m.advance(e, cols)
		}
	}
	if bypass {
		e.untilAligned(n, dst, e.step, single)
	}
	rows := e.step / e.size
	e.whileAtLeast(n, rows, "block", func() {
		for v := range cols {
			to := e.whole(v)
			to.past = bypass
			w := to.vector()
			e.store(e.multiply(w, a.vector(e, v), e.prepare(w, b.vector(e, v))), dst.at, to)
		}
		for _, m := range movers {
			m.advance(e, rows*cols)
		}
	})
	if e.opmask {
		e.maskedRows(cols, n, dst, a, b.(*permuted))
	} else {
		e.whileAtLeast(n, 1, "row", single)
	}
	e.end()
}

// maskedRows multiplies n adjacent rows, fewer than a block has.
func (e *emitter) maskedRows(cols int, n reg.GPVirtual, dst, a *walk, b *permuted) {
	e.shiftLeft(n, e.size)
	few := e.load(b.at, access{bytes: e.step, mask: e.firstBytes(n)})
	left := n
	if cols == 3 {
		left = e.GP64()
		e.LEAQ(operand.Mem{Base: n, Index: n, Scale: 2}, left)
	} else {
		e.shiftLeft(left, cols)
	}
	for v := range cols {
		e.TESTQ(left, left)
		e.JLE(operand.LabelRef("done"))
		all := access{disp: v * e.step, bytes: e.step, mask: e.firstBytes(left)}
		w := all.vector()
		y := b.block[v].of(w, []operand.Op{few})
		e.store(e.multiply(w, e.load(a.at, all), e.prepare(w, y)), dst.at, all)
		e.SUBQ(operand.I32(int32(e.step)), left)
	}
}

// periodicRows multiplies adjacent rows of so many bytes by the same row, which stays in
// registers, prepared.
func (e *emitter) periodicRows(bytes int) {
	dst, a, b := e.walks()
	n := e.GP64()
	e.MOVQ(e.field("Rows"), n)
	e.TESTQ(n, n)
	e.JLE(operand.LabelRef("done"))
	for _, m := range []mover{dst, a, b} {
		m.begin(e)
	}
	var vectors []access // whole ones, and half a vector if that is left
	var row []prepared
	for at := 0; at < bytes; at += e.step {
		v := access{disp: at, bytes: min(e.step, bytes-at)}
		vectors = append(vectors, v)
		row = append(row, e.constant(v.bytes, e.inRegister(v.bytes, e.load(b.at, v))))
	}
	e.whileAtLeast(n, 1, "row", func() {
		for i, v := range vectors {
			e.store(e.multiply(v.bytes, e.load(a.at, v), row[i]), dst.at, v)
		}
		for _, m := range []mover{dst, a} {
			m.advance(e, bytes/e.size)
		}
	})
	e.end()
}

// A line is a row of a kernel: out and a contiguous, b any factor.
type line struct {
	dst, a *walk
	b      factor
}

// contiguous runs a line for every row of the nest, out in the caches or past
// them.
func (e *emitter) contiguous(l *line, bypass bool) {
	loops := []int{unroll, 1}
	if bypass {
		loops = loops[1:] // what falls through is short
	}
	var tails []tail
	if e.opmask && !bypass { // rows that bypass are long, or not worth the code
		tails = e.maskedLines(l)
	}
	e.rows(e.size, func(n reg.GPVirtual) {
		switch {
		case bypass:
			e.bypassingLine(l, n, loops)
			return
		case !e.opmask:
			e.overlappedLine(l, n, loops, "next")
			return
		}
		for _, count := range loops {
			e.whileAtLeast(n, count*e.step, fmt.Sprint(count), func() { e.vectors(l, count, false) })
		}
		e.tails(n, tails)
	}, tails, l.dst, l.a, l.b)
	e.end()
}

// oneRow runs a line that is given as arguments.
func (e *emitter) oneRow(fixed bool) {
	argument := func(name string) reg.GPVirtual {
		r := e.GP64()
		e.Load(e.Param(name), r)
		return r
	}
	walk := func(name string) *walk {
		r := argument(name)
		return &walk{row: r, at: r}
	}
	l := &line{dst: walk("dst"), a: walk("a")}
	n := argument("n")
	switch b := walk("b"); {
	case fixed && e.size >= 8:
		l.b = &constant{b, e.constant(e.step, e.repeatHalves(operand.Mem{Base: b.row}))}
	case fixed:
		l.b = &constant{walk: b}
		l.b.begin(e)
	default:
		l.b = stream{b}
	}
	e.shiftLeft(n, e.size)
	e.CMPQ(n, operand.I32(int32(e.step)))
	e.JB(operand.LabelRef("short"))
	for _, vectors := range []int{1, 2} {
		more := fmt.Sprintf("more%d", 2*vectors)
		e.CMPQ(n, operand.I32(int32(2*vectors*e.step)))
		e.JA(operand.LabelRef(more))
		e.ends(l, n, vectors, e.step)
		e.JMP(operand.LabelRef("next"))
		e.Label(more)
	}
	e.overlappedLine(l, n, []int{unroll, 1}, "next")
	e.Label("next")
	e.end()
}

// multiplyAt emits one vector of products.
func (e *emitter) multiplyAt(l *line, a access) reg.VecVirtual {
	b := l.b.prepared(e, a)
	return e.multiply(a.vector(), e.load(l.a.at, a), b)
}

// vectors multiplies count whole vectors, stores them past the caches or not,
// and moves on.
func (e *emitter) vectors(l *line, count int, past bool) {
	for v := range count {
		to := e.whole(v)
		to.past = past
		e.store(e.multiplyAt(l, e.whole(v)), l.dst.at, to)
	}
	for _, m := range []mover{l.dst, l.a, l.b} {
		m.advance(e, count*e.step/e.size)
	}
}

// bypassingLine multiplies n > 0 bytes, past the caches unless they are few or can not be
// aligned. Lines that are not the row's own at either end are stored the ordinary way, and
// nothing beyond: a line that is written both ways, or past the caches in part, is waited
// for.
func (e *emitter) bypassingLine(l *line, n reg.GPVirtual, loops []int) {
	rest := e.GP64() // bytes to come after n, whole lines first
	e.splitAtLine(l.dst, n, rest, unroll*e.step, "cached")

	e.Label("multiplied")
	e.TESTQ(rest, rest)
	e.JZ(operand.LabelRef("next"))
	for _, m := range []skipper{l.dst, l.a, l.b} {
		m.skip(e, n)
	}
	e.MOVQ(rest, n)
	e.XORQ(rest, rest)
	e.Label("aligned")
	counts := []int{unroll, spec.LineBytes / e.step}
	for _, count := range slices.Compact(counts) {
		e.whileAtLeast(n, count*e.step, fmt.Sprintf("past%d", count), func() { e.vectors(l, count, true) })
	}
	e.Label("end")
	if e.step < spec.LineBytes {
		e.whileAtLeast(n, e.step, "end", func() { e.vectors(l, 1, false) })
	}
	e.TESTQ(n, n)
	e.JZ(operand.LabelRef("multiplied"))
	e.JMP(operand.LabelRef("short"))

	e.Label("cached")
	e.overlappedLine(l, n, loops, "multiplied")
}

// ends multiplies the first and the last of n bytes, so many vectors of so many bytes each,
// all read before any is written.
func (e *emitter) ends(l *line, n reg.GPVirtual, vectors, bytes int) {
	var at []access
	for v := range vectors {
		at = append(at, access{disp: v * bytes, bytes: bytes})
		if bytes > e.size {
			at = append(at, access{disp: (v - vectors) * bytes, index: n, bytes: bytes})
		}
	}
	products := make([]reg.VecVirtual, len(at))
	for i, a := range at {
		products[i] = e.multiplyAt(l, a)
	}
	for i, a := range slices.Backward(at) {
		e.store(products[i], l.dst.at, a)
	}
}

// splitAtLine leaves in n, and goes to end with, what of a row comes before its first whole
// line, and in rest what comes after, or goes to aligned if nothing comes before. Rows of
// less than a number of bytes, a line at least, or that are aligned to less than an element
// are whole, with no rest.
func (e *emitter) splitAtLine(dst *walk, n, rest reg.GPVirtual, least int, whole string) {
	skip := e.GP64()
	e.XORQ(rest, rest)
	e.CMPQ(n, operand.I32(int32(least)))
	e.JB(operand.LabelRef(whole))
	e.fetchEnds(dst, n, 1)
	e.MOVQ(dst.at, skip)
	e.NEGQ(skip)
	e.ANDQ(operand.U8(spec.LineBytes-1), skip)
	e.JZ(operand.LabelRef("aligned"))
	e.TESTQ(operand.I32(int32(e.size-1)), skip)
	e.JNZ(operand.LabelRef(whole))
	e.MOVQ(n, rest)
	e.SUBQ(skip, rest)
	e.MOVQ(skip, n)
	e.JMP(operand.LabelRef("end"))
}

// rowsAhead is the number of rows after which one ends that is fetched ahead.
const rowsAhead = 4

// fetchEnds fetches the lines in which a later row begins and ends, n of so many bytes, if
// they are its own in part: the processor waits for each before it stores more past the caches.
func (e *emitter) fetchEnds(dst *walk, n reg.GPVirtual, scale int) {
	at := e.GP64()
	e.MOVQ(e.field(dst.name+"Row"), at)
	e.LEAQ(operand.Mem{Base: dst.row, Index: at, Scale: rowsAhead}, at)
	for _, end := range []string{"begins", "ends"} {
		switch {
		case end == "begins":
		case scale == 1:
			e.ADDQ(n, at)
		default:
			for left := scale; left > 0; left -= 8 {
				e.LEAQ(operand.Mem{Base: at, Index: n, Scale: uint8(min(left, 8))}, at)
			}
		}
		e.TESTQ(operand.I32(spec.LineBytes-1), at)
		e.JZ(operand.LabelRef(end))
		e.PREFETCHT0(operand.Mem{Base: at})
		e.Label(end)
	}
}

// masked is the most bytes that are read or written under a mask. Wider accesses
// straddle cache lines; and what lies there beyond a row and was stored a moment ago
// is waited for even though it is masked.
const masked = 32

// maskedLines lists the tails of lines: up to masked bytes under a mask, and more of
// them as the first bytes and the last, both read before either is written.
func (e *emitter) maskedLines(l *line) []tail {
	mask := e.firstBytes(e.lastOf(e.size, e.step))
	var tails []tail
	for bytes := 16; bytes <= e.step; bytes *= 2 {
		all := access{bytes: bytes, mask: mask}
		tails = append(tails, tail{bytes, func(n reg.GPVirtual) {
			if bytes <= masked {
				e.store(e.multiplyAt(l, all), l.dst.at, all)
				return
			}
			e.ends(l, n, 1, bytes/2)
		}})
	}
	return tails
}

// overlappedLine multiplies n > 0 bytes, by loops of so many vectors a turn. The tail is
// the last whole vector of the row. It overlaps the one before, so it is multiplied first,
// while the operands are as they were even if out is one of them, and stored last. Rows of
// whole vectors have none: to read their end first is to wait for memory. What is less than
// a vector goes on to then.
func (e *emitter) overlappedLine(l *line, n reg.GPVirtual, loops []int, then string) {
	e.CMPQ(n, operand.I32(int32(e.step)))
	e.JB(operand.LabelRef("short"))
	tail := access{disp: -e.step, index: n, bytes: e.step}
	e.TESTQ(operand.I32(int32(e.step-1)), n)
	e.JZ(operand.LabelRef("whole"))
	last := e.multiplyAt(l, tail)
	e.Label("whole")
	for _, count := range loops {
		e.whileAtLeast(n, count*e.step, fmt.Sprint(count), func() { e.vectors(l, count, false) })
	}
	e.TESTQ(n, n)
	e.JZ(operand.LabelRef("next"))
	e.store(last, l.dst.at, tail)
	e.JMP(operand.LabelRef("next"))

	// Less than a vector: the first and the last 16, 8, … bytes, down to one
	// element, both read before either is written.
	e.Label("short")
	for bytes := e.step / 2; bytes >= e.size; bytes /= 2 {
		smaller := fmt.Sprintf("below%d", bytes)
		if bytes > e.size {
			e.CMPQ(n, operand.I32(int32(bytes)))
			e.JB(operand.LabelRef(smaller))
		}
		e.ends(l, n, 1, bytes)
		if bytes > e.size {
			e.JMP(operand.LabelRef(then))
			e.Label(smaller)
		}
	}
	if then != "next" {
		e.JMP(operand.LabelRef(then))
	}
}
