package runtime_test

import (
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Rules of every shape of types: what they do with layouts depends on sizes, and on whether
// operands may change places.

func TestRulesOnAnyLayout(t *testing.T) {
	runtime.JudgeRules(t, slices.Concat(generated.Rules(), rules.Rules()))
}

// shapesOfRules are one rule of each shape of types.
func shapesOfRules() []*kernel.Rule {
	var shapes []*kernel.Rule
	known := map[[4]int]bool{}
	for _, r := range rules.Rules() {
		shape := [4]int{r.Out.Size, r.A.Size, r.B.Size}
		if r.Commutes {
			shape[3] = 1
		}
		if !known[shape] {
			known[shape] = true
			shapes = append(shapes, r)
		}
	}
	return shapes
}

func TestThreadsByRules(t *testing.T) { runtime.JudgeThreads(t, shapesOfRules()) }

// FuzzRules multiplies layouts that the fuzzer chooses.
func FuzzRules(f *testing.F) {
	for _, seed := range runtime.Seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, choices []byte) { runtime.JudgeChoices(t, shapesOfRules(), choices) })
}
