package avo

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Several factors are multiplied at once: a few vectors of a are loaded, multiplied
// by all factors, and stored. The factors are a list in memory, of which each says
// where it is and whether it is contiguous or a constant.
type several struct {
	dst, a reg.GPVirtual // move along the row
	list   reg.GPVirtual
	done   reg.GPVirtual // bytes that the row has moved on
}

// Offsets in a factor, which is a struct of these words and as long.
const (
	factorAt   = 0
	factorStep = 8
	factorSize = 16
)

// ownFactors is the number of factors that have loads of their own in a main loop.
// Factors that share a load instruction take nearly twice as long from the
// second-level cache: processors tell by the instruction which lines to fetch ahead.
const ownFactors = 3

// severalFactors multiplies the one row of a nest by as many factors as it has
// rows. The tail is the last whole vector, see overlappedLine. Rows shorter than
// that go element by element: they are not worth this kernel.
func (e *emitter) severalFactors(bypass bool) {
	s := &several{e.GP64(), e.GP64(), e.GP64(), e.GP64()}
	n := e.GP64()
	e.MOVQ(e.field("Dst"), s.dst)
	e.MOVQ(e.field("A"), s.a)
	e.MOVQ(e.field("B"), s.list)
	e.MOVQ(e.field("Cols"), n)
	e.CMPQ(e.field("Rows"), operand.U8(0))
	e.JLE(operand.LabelRef("done"))
	e.TESTQ(n, n)
	e.JLE(operand.LabelRef("done"))
	if log := bits.TrailingZeros(uint(e.size)); log > 0 {
		e.SHLQ(operand.U8(log), n)
	}
	e.XORQ(s.done, s.done)
	e.CMPQ(n, operand.I32(int32(e.step)))
	e.JB(operand.LabelRef("short"))

	tail := access{disp: -e.step, index: n, bytes: e.step}
	last := s.products(e, "last", tail)[0]
	loop := func(count int, past bool) {
		name := fmt.Sprint(count)
		e.while(n, count*e.step+1, count*e.step, name, func() { s.vectors(e, name, count, past) })
	}
	main := func(past bool) {
		turn := unroll
		if e.slow {
			turn = 2 // less code is worth more here
		}
		s.together(e, n, turn, past)
		loop(turn, past)
	}
	if bypass {
		skip := e.GP64()
		e.MOVQ(s.dst, skip)
		e.NEGQ(skip)
		e.ANDQ(operand.I32(int32(e.step-1)), skip)
		e.JZ(operand.LabelRef("aligned"))
		e.TESTQ(operand.I32(int32(e.size-1)), skip)
		e.JNZ(operand.LabelRef("cached")) // aligned to less than an element
		first := e.whole(0)
		e.store(s.products(e, "first", first)[0], s.dst, first)
		s.advance(e, skip)
		e.SUBQ(skip, n)
		e.Label("aligned")
		main(true)
		e.SFENCE()
		e.Label("cached")
	} else {
		main(false)
	}
	loop(1, false)
	e.store(last, s.dst, tail)
	e.JMP(operand.LabelRef("done"))

	e.Label("short")
	element := access{bytes: e.size}
	e.whileAtLeast(n, e.size, "element", func() {
		e.store(s.products(e, "element", element)[0], s.dst, element)
		s.advance(e, operand.I32(int32(e.size)))
	})
	e.end()
}

// vectors multiplies count whole vectors, stores them past the caches or not, and
// moves on.
func (s *several) vectors(e *emitter, name string, count int, past bool) {
	at := make([]access, count)
	for v := range at {
		at[v] = e.whole(v)
	}
	for v, x := range s.products(e, name, at...) {
		at[v].past = past
		e.store(x, s.dst, at[v])
	}
	s.advance(e, operand.I32(int32(count*e.step)))
}

func (s *several) advance(e *emitter, bytes operand.Op) {
	for _, r := range []reg.GPVirtual{s.dst, s.a, s.done} {
		e.ADDQ(bytes, r)
	}
}

// together multiplies n bytes, all but the last few, by two or three factors that are
// all contiguous, or does nothing. It goes on vector by vector: from memory, several
// vectors of one operand and then several of the next take up to a third longer.
func (s *several) together(e *emitter, n reg.GPVirtual, turn int, past bool) {
	rows := e.GP64()
	x := []reg.GPVirtual{e.GP64(), e.GP64(), e.GP64()}
	e.MOVQ(e.field("Rows"), rows)
	e.CMPQ(rows, operand.U8(2))
	e.JB(operand.LabelRef("apart"))
	for i, r := range x {
		f := operand.Mem{Base: s.list, Disp: i * factorSize}
		if i == 2 {
			e.CMPQ(rows, operand.U8(i+1))
			e.JB(operand.LabelRef("together"))
			e.JA(operand.LabelRef("apart"))
		}
		e.CMPQ(f.Offset(factorStep), operand.U8(0))
		e.JEQ(operand.LabelRef("apart"))
		e.MOVQ(f.Offset(factorAt), r)
		e.ADDQ(s.done, r)
	}
	e.Label("together")
	e.while(n, turn*e.step+1, turn*e.step, "together", func() {
		for v := range turn {
			at := e.whole(v)
			w := at.vector()
			product := e.vec(w)
			by := func(f reg.GPVirtual, to operand.Op) {
				e.VMOVUPS(e.multiply(w, to, e.prepare(w, e.load(f, at))), product)
			}
			by(x[0], e.load(s.a, at))
			by(x[1], product)
			two := fmt.Sprint("two", v)
			e.CMPQ(rows, operand.U8(2))
			e.JEQ(operand.LabelRef(two))
			by(x[2], product)
			e.Label(two)
			at.past = past
			e.store(product, s.dst, at)
		}
		bytes := operand.I32(int32(turn * e.step))
		s.advance(e, bytes)
		for _, r := range x {
			e.ADDQ(bytes, r)
		}
	})
	e.Label("apart")
}

// products emits the product of all factors at each of some places.
func (s *several) products(e *emitter, name string, at ...access) []reg.VecVirtual {
	w := at[0].vector()
	products := make([]reg.VecVirtual, len(at))
	for i := range at {
		products[i] = e.vec(w)
		e.VMOVUPS(e.inRegister(w, e.load(s.a, at[i])), products[i])
	}
	next, left, x := e.GP64(), e.GP64(), e.GP64()
	e.MOVQ(s.list, next)
	e.MOVQ(e.field("Rows"), left)
	e.Label("factor" + name)
	copies := 1
	if len(at) > 1 && !e.slow {
		copies = ownFactors
	}
	for i := range copies {
		part := fmt.Sprintf("%s_%d", name, i)
		e.MOVQ(operand.Mem{Base: next, Disp: factorAt}, x)
		e.CMPQ(operand.Mem{Base: next, Disp: factorStep}, operand.U8(0))
		e.JEQ(operand.LabelRef("constant" + part))
		e.ADDQ(s.done, x)
		b := make([]prepared, len(at))
		for i := range at {
			b[i] = e.prepare(w, e.load(x, at[i]))
			for j, v := range b[i] {
				if _, ok := v.(operand.Mem); ok {
					b[i][j] = e.inRegister(w, v)
				}
			}
		}
		e.JMP(operand.LabelRef("loaded" + part))
		e.Label("constant" + part)
		constant := e.prepare(w, narrow(e.repeatElement(operand.Mem{Base: x}), w))
		for i := range at {
			for j, r := range constant {
				e.VMOVUPS(r, b[i][j])
			}
		}
		e.Label("loaded" + part)
		for i := range at {
			e.VMOVUPS(e.multiply(w, products[i], b[i]), products[i])
		}
		e.ADDQ(operand.U8(factorSize), next)
		e.DECQ(left)
		if i < copies-1 {
			e.JZ(operand.LabelRef("multiplied" + name))
		}
	}
	e.JNZ(operand.LabelRef("factor" + name))
	e.Label("multiplied" + name)
	return products
}
