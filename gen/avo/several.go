package avo

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Several factors are multiplied at once: a few vectors of a are loaded, multiplied
// by all factors, and stored. The factors are a list in memory, of which each says
// where it is, whether it is contiguous or a constant, and how its rows follow. A word
// of each is the kernel's own: where the row at hand begins.
type several struct {
	dst, a    *walk
	list, end reg.GPVirtual
}

func (e *emitter) newSeveral() *several {
	s := &several{dst: e.newWalk("Dst"), a: e.newWalk("A"), list: e.GP64(), end: e.GP64()}
	slice := e.GP64()
	e.MOVQ(e.field("B"), slice)
	e.MOVQ(operand.Mem{Base: slice}, s.list)
	e.IMUL3Q(operand.U8(factorSize), operand.Mem{Base: slice, Disp: 8}, s.end)
	e.ADDQ(s.list, s.end)
	s.each(e, "factor", func(factor operand.Mem, at reg.GPVirtual) {
		e.MOVQ(factor.Offset(factorAt), at)
		e.MOVQ(at, factor.Offset(factorRow))
	})
	return s
}

// Offsets in a factor, which is a struct of these words and as long.
const (
	factorAt   = 0
	factorStep = 8
	factorDown = 16
	factorRow  = 24
	factorSize = 32
)

// each does something for each factor, which may use a register.
func (s *several) each(e *emitter, name string, do func(factor operand.Mem, free reg.GPVirtual)) {
	next, free := e.GP64(), e.GP64()
	e.MOVQ(s.list, next)
	e.Label("each" + name)
	do(operand.Mem{Base: next}, free)
	e.ADDQ(operand.U8(factorSize), next)
	e.CMPQ(next, s.end)
	e.JB(operand.LabelRef("each" + name))
}

func (s *several) begin(*emitter) {}

// alongside moves on, from where a row begins to where that of a has got.
func (s *several) alongside(e *emitter, x reg.GPVirtual) {
	e.ADDQ(s.a.at, x)
	e.SUBQ(s.a.row, x)
}

func (s *several) advance(*emitter, int) {}

func (s *several) nextRow(e *emitter) {
	s.each(e, "row", func(factor operand.Mem, down reg.GPVirtual) {
		e.MOVQ(factor.Offset(factorDown), down)
		e.ADDQ(down, factor.Offset(factorRow))
	})
}

// ownFactors is the number of factors that have loads of their own in a main loop.
// Factors that share a load instruction take nearly twice as long from the
// second-level cache: processors tell by the instruction which lines to fetch ahead.
const ownFactors = 3

// severalFactors multiplies rows by several factors.
func (e *emitter) severalFactors(bypass bool) {
	s := e.newSeveral()
	row := s.overlapped
	if bypass {
		row = s.bypassing
	}
	e.rows(e.grain, func(n reg.GPVirtual) { row(e, n) }, nil, s.dst, s.a, s)
	e.end()
}

// overlapped multiplies n > 0 bytes. The tail is the last whole vector, see
// overlappedLine. Less than that goes element by element: it is not worth this kernel.
func (s *several) overlapped(e *emitter, n reg.GPVirtual) {
	e.CMPQ(n, operand.I32(int32(e.step)))
	e.JB(operand.LabelRef("short"))
	tail := access{first: -e.elements, index: n, count: e.elements}
	e.phase("the last vector, which overlaps the one before: multiplied first")
	last := s.products(e, "last", tail)[0]
	s.main(e, n, 1, false)
	s.while(e, n, 1, "vector", false, e.whole(0))
	e.phase("and stored last")
	s.dst.store(e, last, tail)
	e.JMP(operand.LabelRef("next"))

	e.Label("short")
	s.while(e, n, 0, "element", false, access{count: 1})
}

// bypassing multiplies n > 0 bytes past the caches unless they can not be aligned, see
// bypassingLine.
func (s *several) bypassing(e *emitter, n reg.GPVirtual) {
	rest := e.GP64()
	e.splitAtLine(s.dst, n, rest, spec.LineBytes/e.size, "end")

	e.Label("multiplied")
	e.MOVQ(rest, n)
	e.XORQ(rest, rest)
	e.Label("aligned")
	e.MOVQ(n, rest)
	e.ANDQ(operand.U8(spec.LineBytes-1), rest)
	e.SUBQ(rest, n)
	s.main(e, n, 0, true)
	s.while(e, n, 0, "line", true, e.whole(0))
	e.MOVQ(rest, n)
	e.XORQ(rest, rest)

	e.Label("end")
	const some = 8 // bytes, where elements are many
	s.while(e, n, 0, "vector", false, e.whole(0))
	if e.size < some/2 {
		s.while(e, n, 0, "some", false, access{count: some / e.size})
	}
	s.while(e, n, 0, "element", false, access{count: 1})
	e.TESTQ(rest, rest)
	e.JNZ(operand.LabelRef("multiplied"))
}

// main multiplies n bytes by turns of several vectors, and leaves so many bytes at least.
func (s *several) main(e *emitter, n reg.GPVirtual, leave int, past bool) {
	together, turn := e.unroll, e.unroll
	if e.slow {
		together, turn = 1, min(2, e.unroll) // less code is worth more here
	}
	s.together(e, n, together, leave, past)
	var at []access
	for v := range turn {
		at = append(at, e.whole(v))
	}
	s.while(e, n, leave, "turn", past, at...)
}

// while multiplies at places that follow each other, while n bytes are as many and leave
// some.
func (s *several) while(e *emitter, n reg.GPVirtual, leave int, name string, past bool, at ...access) {
	bytes := e.counts(len(at) * at[0].count)
	e.while(n, bytes+leave, bytes, name, func() {
		e.phase("%s a turn", some(len(at)*at[0].count))
		for i, x := range s.products(e, name, at...) {
			at[i].past = past
			s.dst.store(e, x, at[i])
		}
		s.moved(e, operand.I32(int32(bytes)))
	})
}

// together multiplies n bytes, all but the last few and so many at least, by two or three
// factors that are all contiguous, or does nothing. It goes on vector by vector: from
// memory, several vectors of one operand and then several of the next take up to a third
// longer.
func (s *several) together(e *emitter, n reg.GPVirtual, turn, leave int, past bool) {
	e.phase("two or three contiguous factors")
	three := e.GP64()
	e.LEAQ(operand.Mem{Base: s.end, Disp: -2 * factorSize}, three)
	e.SUBQ(s.list, three)
	e.JB(operand.LabelRef("apart"))
	e.CMPQ(three, operand.U8(factorSize))
	e.JA(operand.LabelRef("apart"))
	var x []reg.GPVirtual
	for i := range 3 {
		if i == 2 {
			e.TESTQ(three, three)
			e.JZ(operand.LabelRef("together"))
		}
		factor := operand.Mem{Base: s.list, Disp: i * factorSize}
		e.CMPQ(factor.Offset(factorStep), operand.U8(0))
		e.JEQ(operand.LabelRef("apart"))
		x = append(x, e.GP64())
		e.MOVQ(factor.Offset(factorRow), x[i])
		s.alongside(e, x[i])
	}
	e.Label("together")
	bytes := operand.I32(int32(turn * e.step))
	e.while(n, turn*e.step+leave, turn*e.step, "together", func() {
		e.turn(turn, past)
		for v := range turn {
			at := e.whole(v)
			product := e.vec(e.step)
			by := func(f reg.GPVirtual, to operand.Op) {
				e.VMOVUPS(e.multiply(at.count, to, e.prepare(at.count, e.at(f).load(e, at))), product)
			}
			by(x[0], s.a.load(e, at))
			by(x[1], product)
			two := fmt.Sprint("two", v)
			e.TESTQ(three, three)
			e.JZ(operand.LabelRef(two))
			by(x[2], product)
			e.Label(two)
			at.past = past
			s.dst.store(e, product, at)
		}
		s.moved(e, bytes)
		for _, r := range x {
			e.ADDQ(bytes, r)
		}
	})
	e.Label("apart")
}

// moved moves out and a on.
func (s *several) moved(e *emitter, bytes operand.Op) {
	e.ADDQ(bytes, s.dst.at)
	e.ADDQ(bytes, s.a.at)
}

// products emits the product of all factors at each of some places.
func (s *several) products(e *emitter, name string, at ...access) []reg.VecVirtual {
	n := at[0].count
	w := e.fit(n)
	products := make([]reg.VecVirtual, len(at))
	for i := range at {
		products[i] = e.vec(w)
		e.VMOVUPS(e.inRegister(w, s.a.load(e, at[i])), products[i])
	}
	next, x := e.GP64(), e.GP64()
	factor := operand.Mem{Base: next}
	e.MOVQ(s.list, next)
	e.Label("factor" + name)
	copies := 1
	if len(at) > 1 && !e.slow {
		copies = ownFactors
	}
	// A constant is prepared once for all places; for a single place, either kind of
	// factor is prepared by the same code.
	early := func(v operand.Op) prepared { return e.prepare(n, v) }
	late := func(b prepared) prepared { return b }
	if len(at) == 1 {
		early, late = func(v operand.Op) prepared { return prepared{v} }, func(b prepared) prepared { return e.prepare(n, b[0]) }
	}
	for i := range copies {
		part := fmt.Sprintf("%s_%d", name, i)
		e.MOVQ(factor.Offset(factorRow), x)
		e.CMPQ(factor.Offset(factorStep), operand.U8(0))
		e.JEQ(operand.LabelRef("constant" + part))
		s.alongside(e, x)
		b := make([]prepared, len(at))
		for i := range at {
			b[i] = early(e.at(x).load(e, at[i]))
			for j, v := range b[i] {
				if m, ok := v.(operand.Mem); ok {
					b[i][j] = e.inRegister(w, m)
				}
			}
		}
		e.JMP(operand.LabelRef("loaded" + part))
		e.Label("constant" + part)
		for j, r := range early(narrow(e.repeatElement(operand.Mem{Base: x}), w)) {
			for i := range at {
				e.VMOVUPS(r, b[i][j])
			}
		}
		e.Label("loaded" + part)
		for i := range at {
			e.VMOVUPS(e.multiply(n, products[i], late(b[i])), products[i])
		}
		e.ADDQ(operand.U8(factorSize), next)
		e.CMPQ(next, s.end)
		if i < copies-1 {
			e.JAE(operand.LabelRef("multiplied" + name))
		}
	}
	e.JB(operand.LabelRef("factor" + name))
	e.Label("multiplied" + name)
	return products
}
