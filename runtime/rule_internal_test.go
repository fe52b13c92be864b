package runtime

import (
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

type (
	rule    = exec.Rule
	operand = exec.Operand
)

// ruleAt returns a rule on this machine at a level.
func ruleAt(r *kernel.Rule, level Level) rule {
	m := active.Machine
	m.Level = level
	return rule{Rule: r, On: &exec.Site{Machine: &m, Moves: exec.InBlocks()}}
}
