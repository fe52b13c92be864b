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
		loop(unroll, true)
		e.SFENCE()
		e.Label("cached")
	} else {
		loop(unroll, false)
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

// products emits the product of all factors at each of some places.
func (s *several) products(e *emitter, name string, at ...access) []reg.VecVirtual {
	w := at[0].vector()
	products := make([]reg.VecVirtual, len(at))
	for i := range at {
		products[i] = e.vec(w)
		e.VMOVUPS(e.inRegister(w, e.load(s.a, at[i])), products[i])
	}
	multiply := func(factor func(access) prepared) {
		for i := range at {
			e.VMOVUPS(e.multiply(w, products[i], factor(at[i])), products[i])
		}
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
		if len(at) > 1 {
			multiply(func(a access) prepared { return e.prepare(w, e.load(x, a)) })
			e.JMP(operand.LabelRef("multiplied" + part))
			e.Label("constant" + part)
			b := e.constant(e.step, e.repeatElement(operand.Mem{Base: x}))
			multiply(func(access) prepared { return b })
		} else { // less code is worth more here
			b := e.vec(w)
			e.VMOVUPS(e.inRegister(w, e.load(x, at[0])), b)
			e.JMP(operand.LabelRef("loaded" + part))
			e.Label("constant" + part)
			e.VMOVUPS(narrow(e.repeatElement(operand.Mem{Base: x}), w), b)
			e.Label("loaded" + part)
			multiply(func(access) prepared { return e.prepare(w, b) })
		}
		e.Label("multiplied" + part)
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
