package runtime

import "github.com/hadamard-go/hadamard/runtime/kernel"

// Rule is what an element of a result is, made of one element of each of two operands, as a
// value: Out is the type of the result, A and B are those of the operands. Packages of rules,
// such as [github.com/hadamard-go/hadamard/rules], have a variable of this type for each rule.
type Rule[Out, A, B any] struct {
	rule *kernel.Rule
}

// NewRule returns the rule of a table of kernels. It is for packages that the generator writes:
// the types are those of the rule. The compiler runs it, so that a program links the kernels of
// the rules that it uses alone.
func NewRule[Out, A, B any](rule *kernel.Rule) Rule[Out, A, B] { return Rule[Out, A, B]{rule} }
