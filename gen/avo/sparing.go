package avo

import (
	"slices"

	"github.com/hadamard-go/hadamard/gen/lower"
)

// A sparing body is for rules whose vectors would need more registers than there are, or all but
// those, in patterns that no more general one stands in for. Nothing but the factor is kept from
// one vector to the next, constants are read from memory, and instructions come in an order in
// which few of their results wait for others.

// frugal is the instructions of vector code in such an order: of the arguments of each, that which
// takes the most registers is computed first, when the others do not wait yet.
func frugal(c *lower.Code) []lower.Instruction {
	by := map[lower.Value]lower.Instruction{}
	for _, i := range c.List {
		by[i.To] = i
	}
	needs := map[lower.Value]int{} // registers, where no part is shared
	sorted := func(i lower.Instruction) []lower.Value {
		args := slices.Clone(i.Args)
		slices.SortStableFunc(args, func(a, b lower.Value) int { return needs[b] - needs[a] })
		return args
	}
	for _, i := range c.List {
		needs[i.To] = 1
		for waiting, a := range sorted(i) {
			needs[i.To] = max(needs[i.To], needs[a]+waiting)
		}
	}
	var list []lower.Instruction
	done := map[lower.Value]bool{}
	var compute func(v lower.Value)
	compute = func(v lower.Value) {
		i, found := by[v]
		if !found || done[v] {
			return
		}
		done[v] = true
		for _, a := range sorted(i) {
			compute(a)
		}
		list = append(list, i)
	}
	compute(c.Out)
	return list
}
