package exec

import (
	"iter"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// active is what is known of this machine, or what a test says of it.
var active = machine.This()

// here is the site of active.
var here = &Site{Machine: &active, Moves: InBlocks()}

func restore(was machine.Machine) { active = was }

func levels() iter.Seq[kernel.Level] { return slices.Values(active.Supported()) }

// ruleAt returns a rule on the machine at hand at a level.
func ruleAt(r *kernel.Rule, level kernel.Level) Rule {
	m := active
	m.Level = level
	return Rule{r, &Site{Machine: &m, Moves: InBlocks()}}
}

// ofSize returns the product of a dtype whose elements have so many bytes.
func ofSize(size int) Rule {
	for _, d := range generated.DTypes() {
		if d.Size == size {
			return ruleAt(d.Mul, kernel.PureGo)
		}
	}
	panic("no dtype has this size")
}

// view returns data as an operand of a shape and strides.
func view[T any](t *testing.T, data []T, shape, strides []int) Operand {
	t.Helper()
	lay, err := layout.New(shape, strides)
	if err != nil || lay.Lo < 0 || lay.Hi >= len(data) {
		t.Fatal(lay, err)
	}
	return Operand{unsafe.Pointer(unsafe.SliceData(data)), lay}
}
