package avo

import (
	"fmt"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

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
	switch {
	case bypass: // rows are long, or not worth the code
	case e.opmask:
		tails = e.maskedLines(l)
	default:
		tails = e.shortLines(l)
	}
	e.rows(e.size, func(n reg.GPVirtual) {
		switch {
		case bypass:
			e.bypassingLine(l, n, loops)
			return
		case !e.opmask:
			e.overlappedLine(l, n, loops)
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
		e.leave()
		e.Label(more)
	}
	e.overlappedLine(l, n, []int{unroll, 1})
	e.Label("short")
	e.shortLine(l, n, e.leave)
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

// ends multiplies the first and the last of n bytes, so many vectors of so many bytes each,
// all read before any is written. What takes longer to multiply than to put together is one
// vector.
func (e *emitter) ends(l *line, n reg.GPVirtual, vectors, bytes int) {
	if vectors == 1 && bytes <= 16 && 2*bytes <= e.step && e.product.slow {
		both := access{index: n, bytes: 2 * bytes, ends: true}
		e.store(e.multiplyAt(l, both), l.dst.at, both)
		return
	}
	var at []access
	for v := range vectors {
		at = append(at, access{disp: v * bytes, bytes: bytes}, access{disp: (v - vectors) * bytes, index: n, bytes: bytes})
	}
	products := make([]reg.VecVirtual, len(at))
	for i, a := range at {
		products[i] = e.multiplyAt(l, a)
	}
	for i, a := range slices.Backward(at) {
		e.store(products[i], l.dst.at, a)
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

// shortLines lists the tails of lines of up to two vectors.
func (e *emitter) shortLines(l *line) []tail {
	tails := []tail{{e.size, func(reg.GPVirtual) { e.oneElement(l) }}}
	for bytes := e.size; bytes <= e.step; bytes *= 2 {
		tails = append(tails, tail{2 * bytes, func(n reg.GPVirtual) { e.ends(l, n, 1, bytes) }})
	}
	return tails
}

// shortLine multiplies n > 0 bytes, less than a vector, as the first and the last 16, 8, …
// of them, down to one element, and leaves.
func (e *emitter) shortLine(l *line, n reg.GPVirtual, leave func()) {
	for bytes := e.step / 2; bytes > e.size; bytes /= 2 {
		smaller := fmt.Sprintf("below%d", bytes)
		e.CMPQ(n, operand.I32(int32(bytes)))
		e.JB(operand.LabelRef(smaller))
		e.ends(l, n, 1, bytes)
		leave()
		e.Label(smaller)
	}
	e.oneElement(l)
	leave()
}

// oneElement multiplies the first element.
func (e *emitter) oneElement(l *line) {
	at := access{bytes: e.size}
	e.store(e.multiplyAt(l, at), l.dst.at, at)
}

// overlappedLine multiplies n bytes, a vector or more, by loops of so many vectors a turn.
// The tail is the last whole vector of the row. It overlaps the one before, so it is
// multiplied first, while the operands are as they were even if out is one of them, and
// stored last. Rows of whole vectors have none: to read their end first is to wait for
// memory.
func (e *emitter) overlappedLine(l *line, n reg.GPVirtual, loops []int) {
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
}
