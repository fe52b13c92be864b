// Package exec executes multiplies: from operands without types, by way of their layout, to calls
// of kernels. It knows what a rule and a machine say of themselves, and no type.
//
// A file is a step of the way: quick.go, job.go with overlap.go, nest.go with pattern.go, bypass.go
// and bound.go, and the ways of a nest that no one call does: repeat.go, tile.go, blocks.go. Products
// of several operands begin in product.go.
package exec

import (
	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Package exec executes multiplies: from operands without types, by way of their layout, to calls
// of kernels. It knows what a rule and a machine say of themselves, and no type.
//
// A file is a step of the way: quick.go, job.go with overlap.go, nest.go with pattern.go, bypass.go
// and bound.go, and the ways of a nest that no one call does: repeat.go, tile.go, blocks.go. Products
// of several operands begin in product.go.

// kernels are those of one rule at one level, by pattern.
type kernels = [kernel.NumPatterns]kernel.Entry

// Rule is a rule on a machine, at whose level it multiplies. Stage is what a rule needs that has no
// kernels of some patterns, see InBlocks. Products of dtypes have them all, and a program that
// multiplies by nothing else does not link it.
type Rule struct {
	*kernel.Rule
	On    *machine.Machine
	Stage func(w *walk, layout *broadcast.Layout, dst, a, b int)
}

// InBlocks returns a rule that goes in blocks where it has no kernel.
func InBlocks(r *kernel.Rule, on *machine.Machine) Rule { return Rule{r, on, (*walk).blockwise} }

func (r Rule) kernels() *kernels { return &r.Kernels[r.On.Level] }

// copies returns the rule that copies elements of an operand: of what is copied itself, r.
func (r Rule) copies(x *kernel.Operand) Rule {
	if x.Move == nil {
		return r
	}
	return Rule{Rule: x.Move, On: r.On}
}

// operand returns what the rule says of an operand, 0 being a.
func (r Rule) operand(i int) *kernel.Operand {
	if i == 0 {
		return &r.A
	}
	return &r.B
}

// Sizes returns the bytes of an element of out, of a, and of b and what comes after it.
func (r Rule) Sizes() [3]int { return [3]int{r.Out.Size, r.A.Size, r.B.Size} }

// sizeOf returns the bytes of an element of out, which is 0, or of an operand from 1 on.
func (r Rule) sizeOf(operand int) int { return r.Sizes()[min(operand, 2)] }

// widest returns the bytes of the longest elements.
func (r Rule) widest() int { return max(r.Out.Size, r.A.Size, r.B.Size) }

// bytes returns those of so many elements of out, a and b together.
func (r Rule) bytes(out, a, b int) int { return out*r.Out.Size + a*r.A.Size + b*r.B.Size }

// entryFor returns the entry for rows of so many bytes.
func (r Rule) entryFor(pattern kernel.Pattern, bytes int, reach reach) *kernel.Entry {
	entry := &r.Kernels[r.On.Level][pattern]
	if r.On.Halves && entry.HalfFrom != 0 && bytes >= int(entry.HalfFrom) && (reach != near || !entry.HalfFar) {
		return r.half(entry)
	}
	return entry
}

// Run returns the entry for a run of so many bytes by another that the caches hold.
func (r Rule) Run(bytes int) *kernel.Entry { return r.entryFor(kernel.VV, bytes, near) }

// half returns the entry of the level below where there is one, see kernel.Entry, or else entry.
func (r Rule) half(entry *kernel.Entry) *kernel.Entry {
	if entry.HalfFrom == 0 {
		return entry
	}
	return &r.Kernels[entry.Level-1][entry.Pattern]
}
