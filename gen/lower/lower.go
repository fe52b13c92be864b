// Package lower turns the rule of a multiply, a Go expression of x and y, into vector
// instructions.
//
// The way of an expression is one of four steps, each a file or two:
//
//	parse.go      text -> Go's typed tree, by go/parser and go/types; check.go and format.go say
//	              what is refused
//	build.go      Go's tree -> that of this package (tree.go): one node for equal parts, the
//	              interval of each integer; divide.go makes parts of it of quotients, commutes.go
//	              says whether x and y may change places
//	plan.go       tree -> vector code: how wide lanes are, how elements lie in them;
//	              operands.go, arithmetic.go and result.go are what a plan is made of
//	code.go       vector code: a list of instructions, printed, compared, emitted
//
// What instructions a level has stands in table.go, what takes several of them where it has none in
// compositions.go, parts of expressions for which there is something better than one after the other in
// idioms.go, and the functions that a rule may call in vocabulary.go.
// eval.go computes a tree as Go does.
//
// Three ideas take the place of special cases:
//
//   - Intervals. Each integer node knows between which numbers it lies, and whether its type
//     wraps it round. Work is done in the narrowest lanes that hold what must be exact.
//   - Demand. Sums, products and bitwise operations need as many low bytes of their arguments
//     as are wanted of them; shifts down, comparisons and conversions need exact arguments. A
//     node is lowered for so many bytes, not for its type.
//   - Layouts of parts. Where lanes are wider than elements in memory, elements lie in order in a
//     vector that is wider; or the even ones in one vector and the odd ones in another, by shifts;
//     or in the halves of each 16 bytes, by unpacking, which pack and clamp again in one
//     instruction. All plans are made, and that of the fewest steps for an element is taken.
//
// Products narrower than their lanes are packed several vectors at once in a main loop. Where an
// operand is a constant, what depends on it alone costs nothing: if another plan is better by
// that, there is code of its own (Code.By), as that which clamps the factor of a gain in place of
// each product.
//
// What an instruction computes in each lane stands in the tests, which run vector code on a model
// of the machine and compare it with the tree, computed as Go does: for all shipped rules and for
// random expressions. Idioms are rows: the expression that they match, what they emit, and a test
// that they equal the plain lowering.
package lower

import (
	"fmt"
	"go/token"
)

// An Error is a rule that is refused: where, and what to write instead.
type Error struct {
	Rule   string // its name
	Line   int    // of the expression, from 1 on; 0 if it has but one
	Column int    // in the line, from 1 on; 0 if it is not at a place of it
	Sub    string // the part of the expression, "" for all of it
	Level  string // at which it can not be vectorised, "" at any
	Reason string
}

func (e *Error) Error() string {
	where := "rule " + e.Rule
	if e.Line > 0 {
		where += fmt.Sprintf(", line %d", e.Line)
	}
	if e.Column > 0 {
		where += fmt.Sprintf(", column %d", e.Column)
	}
	if e.Sub != "" {
		where += ", " + e.Sub
	}
	if e.Level != "" {
		where += ", at " + e.Level
	}
	return where + ": " + e.Reason
}

// refused is a panic of this package with an Error, which its exported functions return.
type refused struct{ err *Error }

// place is a part of the text of a rule.
type place struct {
	pos token.Pos
	sub string
}
