package flow

import (
	"slices"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// active is what is known of this machine, or what a test says of it.
var active = machine.This()

// siteAt returns the machine at hand at a level.
func siteAt(level kernel.Level) *exec.Site {
	m := active
	m.Level = level
	return &exec.Site{Machine: &m, Moves: exec.InBlocks()}
}

// productOf returns the product of a dtype whose elements have so many bytes.
func productOf(bytes int) *kernel.Rule {
	all := generated.DTypes()
	return all[slices.IndexFunc(all, func(d kernel.DType) bool { return d.Size == bytes })].Mul
}
