package avo

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// A body multiplies vectors of elements. It contains no loop control and knows nothing of
// where vectors come from or go to.
type body struct {
	// widen is how many times fewer elements than the widest type has in a register make
	// a vector.
	widen int
	// bind emits the constants that the products of a kernel share. Which of the operands
	// its product prepares, and which of them varies, the emitter says: a body whose
	// operands can not change places asks whether they are swapped.
	bind func(*emitter) product
	// element, if any, is that of [elements].
	element func(e *emitter, by, x reg.GPVirtual)
}

// A product is a body bound to a kernel.
type product struct {
	// slow says that vectors take longer to multiply than to load.
	slow bool
	// work is how many instructions multiply as many elements as a vector has bytes, and those by
	// one that is prepared.
	work, workByConstant int
	// prepare does what depends on the factor alone, which is b, or a where the emitter
	// says so: a constant factor pays for it once in a row. It is n packed elements of its
	// own type: in a register of [fit] bytes, or in memory if they are 16 bytes or more.
	prepare func(n int, b operand.Op) prepared
	// prepareConstant is prepare for a factor that serves many products, if more can be
	// done for it.
	prepareConstant func(n int, b operand.Op) prepared
	// parts, if any, are what prepare makes of b: elements of which each byte is another
	// one of them. A b that is permuted anyway comes as prepared.
	parts []func(byte int) int
	// wide says of operands that are read by instructions which widen them alone, A or B, how
	// many bytes an element then takes. A vector of which the widened elements fill a
	// register may be in memory however short it is.
	wide map[string]int
	// packs is how many vectors' products may be packed into one at once, if that is better
	// than to narrow each: lanes returns what multiply narrows, pack packs it.
	packs int
	lanes func(n int, a operand.Op, b prepared) reg.VecVirtual
	pack  func(n int, lanes []reg.VecVirtual) reg.VecVirtual
	// packed is pack for what spread returns, if it is not nil: the lanes of a vector of the other
	// operand's elements as they lie in memory, for a constant factor, and what spreads makes of that.
	packed  func(n int, lanes []reg.VecVirtual) reg.VecVirtual
	spreads func(b prepared) prepared
	spread  func(x operand.Op, spread, b prepared) []reg.VecVirtual
	// multiply returns n packed products of the other operand, given as the factor was,
	// and what was prepared.
	multiply func(n int, a operand.Op, b prepared) reg.VecVirtual
}

// constant does what depends on a factor that serves many products.
func (p product) constant(n int, b operand.Op) prepared {
	if p.prepareConstant != nil {
		return p.prepareConstant(n, b)
	}
	return p.prepare(n, b)
}

// prepared is what a product needs of its factor; registers may be wider than asked.
type prepared []operand.Op

// Asm makes it an operand that vectors may be given as; no instruction takes it.
func (prepared) Asm() string { panic("avo: what is prepared is no operand of an instruction") }

// bodies holds the bodies that are written by hand, by rule: of complex numbers, which are no
// expressions of the numbers that vectors are of.
var bodies = map[string]*body{
	"complex64":  {1, single.textbook, nil},
	"complex128": {1, double.textbook, nil},

	"conjugate_complex64":  {1, single.conjugated, nil},
	"conjugate_complex128": {1, double.conjugated, nil},
	"real_complex64":       {1, single.scaled, nil},
	"real_complex128":      {1, double.scaled, nil},

	"float32_by_complex64":  {1, single.promoted, nil},
	"float64_by_complex128": {1, double.promoted, nil},

	"float64_to_complex128":   converts(8, 16, onReals, eachTwice, reals),
	"complex128_to_float64":   converts(16, 8, ofReals, everyReal),
	"complex64_to_complex128": converts(8, 16, doubled),
	"complex128_to_complex64": converts(16, 8, halved),
}

// elements holds what multiplies a general register by another, by rule: for elements that
// are faster to multiply one by one than to put together in vectors.
var elements = map[string]func(e *emitter, by, x reg.GPVirtual){
	"bool":   func(e *emitter, by, x reg.GPVirtual) { e.ANDL(by, x) },
	"int8":   func(e *emitter, by, x reg.GPVirtual) { e.IMULL(by, x) },
	"unorm8": unorm8Element,
}

// unorm8Element multiplies fractions of 255: with 128 added to the product it is t, of which
// 257*t >> 16 is what division by 255 makes of the product, rounded to nearest.
func unorm8Element(e *emitter, by, x reg.GPVirtual) {
	e.IMULL(by, x)
	e.ADDL(operand.U32(128), x)
	e.IMUL3L(operand.U32(257), x, x)
	e.SHRL(operand.U8(16), x)
}

// Orphans names the bodies that belong to none of the rules of these names.
func Orphans(rules []string) []string {
	var names []string
	for name := range bodies {
		names = append(names, name)
	}
	for name := range elements {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(rules, name) })
}

// ByHand tells whether a rule has a body that is written by hand.
func ByHand(r spec.Rule) bool { return bodies[r.Name] != nil }

// as gives a prepared operand the width of the product at hand.
func as(w int, v operand.Op) operand.Op {
	if r, ok := v.(reg.VecVirtual); ok {
		return narrow(r, w)
	}
	return v
}
