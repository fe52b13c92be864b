package avo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A line is a row of a kernel: out and one operand contiguous, any factor.
type line struct {
	dst, other *walk
	factor     factor
}

func (l *line) movers() []skipper { return []skipper{l.dst, l.other, l.factor} }

// contiguous runs a line for every row of the nest, its factor contiguous too or a constant,
// out in the caches or past them.
func (e *emitter) contiguous(fixed, bypass bool) {
	dst, other, w := e.walks()
	l := &line{dst, other, stream{w}}
	if fixed {
		l.factor = &constant{walk: w}
	}
	e.runLines(l, bypass, true)
}

// converted is contiguous without a factor. There are many conversions, and few short rows that
// are converted, so that these have no loops of their own.
func (e *emitter) converted(bypass bool) {
	e.runLines(&line{e.newWalk("Dst"), e.newWalk("A"), nothing{}}, bypass, e.opmask)
}

// runLines runs a line for every row of the nest, short ones in loops of their own if there are to
// be such.
func (e *emitter) runLines(l *line, bypass, short bool) {
	loops := e.loops(1)
	if bypass {
		loops = loops[len(loops)-1:] // what falls through is short
	}
	var tails []tail
	switch {
	case bypass: // rows are long, or not worth the code
	case e.opmask:
		tails = e.maskedLines(l)
	case short:
		tails = e.shortLines(l)
	}
	e.rows(e.grain, func(n reg.GPVirtual) {
		switch {
		case bypass:
			e.bypassingLine(l, n)
			return
		case !e.opmask && short:
			e.overlappedLine(l, n, loops)
			return
		case !e.opmask:
			e.CMPQ(n, operand.I32(int32(e.counts(e.elements))))
			e.JB(operand.LabelRef("short"))
			e.overlappedLine(l, n, loops)
			e.Label("short")
			e.shortLine(l, n, func() { e.JMP(operand.LabelRef("next")) })
			return
		}
		if e.looksUp(l) {
			e.lookedUp(l, n)
		}
		e.mainLoops(l, n, loops)
		e.tails(n, tails)
	}, tails, l.dst, l.other, l.factor)
	e.end()
}

// mainLoops multiplies whole vectors of what n counts, so many a turn.
func (e *emitter) mainLoops(l *line, n reg.GPVirtual, loops []int) {
	e.unpacked(l, n)
	for i, count := range loops {
		e.whileAtLeast(n, e.counts(count*e.elements), fmt.Sprint(count), func() {
			if i == 0 {
				e.inCaches(l, n, count)
			}
			e.vectors(l, count, false)
		})
	}
}

// oneRow runs a line that is given as arguments.
func (e *emitter) oneRow(fixed bool) {
	argument := func(name string) reg.GPVirtual {
		r := e.GP64()
		e.Load(e.Param(name), r)
		return r
	}
	walk := func(name string) *walk {
		r := argument(strings.ToLower(name))
		return &walk{row: r, at: r, size: e.sizes.of(name), wide: e.wide[name]}
	}
	other, factor := e.roles()
	l := &line{dst: walk("Dst"), other: walk(other)}
	n := argument("n")
	switch f := walk(factor); {
	case fixed && f.size >= 8:
		l.factor = &constant{walk: f, value: e.constant(e.elements, e.sized(f.size).repeatHalves(operand.Mem{Base: f.row}))}
	case fixed:
		l.factor = &constant{walk: f}
		l.factor.begin(e)
	default:
		l.factor = stream{f}
	}
	e.shiftLeft(n, e.grain)
	e.CMPQ(n, operand.I32(int32(e.counts(e.elements))))
	e.JB(operand.LabelRef("short"))
	for _, vectors := range []int{1, 2} {
		more := fmt.Sprintf("more%d", 2*vectors)
		e.CMPQ(n, operand.I32(int32(e.counts(2*vectors*e.elements))))
		e.JA(operand.LabelRef(more))
		e.ends(l, n, vectors, e.elements)
		e.leave()
		e.Label(more)
	}
	e.overlappedLine(l, n, e.loops(1))
	e.Label("short")
	e.shortLine(l, n, e.leave)
	e.Label("next")
	e.end()
}

// multiplyAt emits one vector of products.
func (e *emitter) multiplyAt(l *line, a access) reg.VecVirtual {
	f := l.factor.prepared(e, a)
	return e.multiply(a.count, l.other.given(e, a), f)
}

// lanesAt emits what becomes one vector of products when it is packed.
func (e *emitter) lanesAt(l *line, a access) reg.VecVirtual {
	f := l.factor.prepared(e, a)
	return e.lanes(a.count, l.other.given(e, a), f)
}

// vectors multiplies count whole vectors, stores them past the caches or not,
// and moves on.
func (e *emitter) vectors(l *line, count int, past bool) {
	e.turn(count, past)
	together, product := e.joined(l, count, past && e.elements*l.dst.size < 16)
	for v := 0; v < count; v += together {
		to := access{first: v * e.elements, count: together * e.elements, past: past}
		l.dst.store(e, product(v), to)
	}
	for _, m := range l.movers() {
		m.advance(e, count*e.elements)
	}
}

// joined returns how many of count vectors' products are one vector, and what multiplies those from
// the v-th on. Short ones are stored with those that follow where that must be.
func (e *emitter) joined(l *line, count int, short bool) (together int, product func(v int) reg.VecVirtual) {
	if c, one := l.factor.(*constant); one && c.spread != nil && count%e.packs == 0 {
		return e.packs, func(v int) reg.VecVirtual {
			x := l.other.load(e, access{first: v * e.elements, count: e.packs * e.elements})
			return e.packed(e.elements, e.spread(x, c.spread, c.value))
		}
	}
	together, multiply, join := 1, e.multiplyAt, func(xs []reg.VecVirtual) reg.VecVirtual { return xs[0] }
	switch {
	case e.packs > 1 && count%e.packs == 0:
		together, multiply = e.packs, e.lanesAt
		join = func(xs []reg.VecVirtual) reg.VecVirtual { return e.pack(e.elements, xs) }
	case short:
		bytes := e.elements * l.dst.size
		together = 16 / bytes
		join = func(xs []reg.VecVirtual) reg.VecVirtual { return e.join(bytes, xs) }
	}
	return together, func(v int) reg.VecVirtual {
		var products []reg.VecVirtual
		for i := range together {
			products = append(products, multiply(l, e.whole(v+i)))
		}
		return join(products)
	}
}

// join puts vectors of so many bytes side by side, until they are 16.
func (e *emitter) join(bytes int, xs []reg.VecVirtual) reg.VecVirtual {
	for ; bytes < 16; bytes *= 2 {
		zip, _ := e.zips(bytes)
		var joined []reg.VecVirtual
		for pair := range slices.Chunk(xs, 2) {
			r := e.XMM()
			zip(narrow(pair[1], 16), narrow(pair[0], 16), r)
			joined = append(joined, r)
		}
		xs = joined
	}
	return xs[0]
}

// ends multiplies the first and the last of what n counts, so many vectors of so many
// elements each, all read before any is written. What takes longer to multiply than to put
// together is one vector.
func (e *emitter) ends(l *line, n reg.GPVirtual, vectors, count int) {
	if vectors == 1 && count*e.sizes.widest() <= 16 && 2*count <= e.elements && e.product.slow {
		both := access{index: n, count: 2 * count, ends: true}
		e.phase("%s at either end, put together", some(count))
		l.dst.store(e, e.multiplyAt(l, both), both)
		return
	}
	var at []access
	for v := range vectors {
		at = append(at, access{first: v * count, count: count}, access{first: (v - vectors) * count, index: n, count: count})
	}
	e.phase("%s at either end", some(vectors*count))
	products := make([]reg.VecVirtual, len(at))
	for i, a := range at {
		products[i] = e.multiplyAt(l, a)
	}
	for i, a := range slices.Backward(at) {
		l.dst.store(e, products[i], a)
	}
}

// masked is the most bytes that are read or written under a mask, of the widest operand. Wider accesses
// straddle cache lines; and what lies there beyond a row and was stored a moment ago
// is waited for even though it is masked.
const masked = 32

// maskedLines lists the tails of lines: up to masked bytes under a mask, and more of
// them as the first elements and the last, both read before either is written.
func (e *emitter) maskedLines(l *line) []tail {
	mask := e.firstOf(e.lastOf(e.grain, e.counts(e.elements)))
	var tails []tail
	for count := 16 / e.sizes.widest(); count <= e.elements; count *= 2 {
		all := access{count: count, mask: mask}
		tails = append(tails, tail{e.counts(count), func(n reg.GPVirtual) {
			if count*e.sizes.widest() <= masked {
				e.phase("up to %s under a mask", some(count))
				l.dst.store(e, e.multiplyAt(l, all), all)
				return
			}
			e.ends(l, n, 1, count/2)
		}})
	}
	return tails
}

// shortLines lists the tails of lines of up to two vectors.
func (e *emitter) shortLines(l *line) []tail {
	tails := []tail{{e.grain, func(reg.GPVirtual) { e.oneElement(l) }}}
	for count := 1; count <= e.elements; count *= 2 {
		tails = append(tails, tail{e.counts(2 * count), func(n reg.GPVirtual) { e.ends(l, n, 1, count) }})
	}
	return tails
}

// shortLine multiplies what n > 0 counts, less than a vector, as the first and the last
// half, quarter, … of one, down to one element, and leaves.
func (e *emitter) shortLine(l *line, n reg.GPVirtual, leave func()) {
	for count := e.elements / 2; count > 1; count /= 2 {
		least := e.counts(count)
		smaller := fmt.Sprintf("below%d", least)
		e.CMPQ(n, operand.I32(int32(least)))
		e.JB(operand.LabelRef(smaller))
		e.ends(l, n, 1, count)
		leave()
		e.Label(smaller)
	}
	e.oneElement(l)
	leave()
}

// oneElement multiplies the first element.
func (e *emitter) oneElement(l *line) {
	e.phase("%s", some(1))
	at := access{count: 1}
	l.dst.store(e, e.multiplyAt(l, at), at)
}

// overlappedLine multiplies what n counts, a vector or more, by loops of so many vectors a turn.
// The tail is the last whole vector of the row. It overlaps the one before, so it is
// multiplied first, while the operands are as they were even if out is one of them, and
// stored last. Rows of whole vectors have none: to read their end first is to wait for
// memory.
func (e *emitter) overlappedLine(l *line, n reg.GPVirtual, loops []int) {
	tail := access{first: -e.elements, index: n, count: e.elements}
	e.TESTQ(operand.I32(int32(e.counts(e.elements)-1)), n)
	e.JZ(operand.LabelRef("whole"))
	e.phase("the last vector, which overlaps the one before: multiplied first")
	last := e.multiplyAt(l, tail)
	e.Label("whole")
	e.mainLoops(l, n, loops)
	e.TESTQ(n, n)
	e.JZ(operand.LabelRef("next"))
	e.phase("and stored last")
	l.dst.store(e, last, tail)
	e.JMP(operand.LabelRef("next"))
}
