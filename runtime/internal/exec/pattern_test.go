package exec

import (
	"maps"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/generated"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// patternSteps lists the steps that patterns of products fix, in order.
func patternSteps() []int {
	steps := map[int]bool{}
	for p := range kernel.Pattern(kernel.NumPatterns) {
		if f := p.Form(); !f.Moves {
			steps[f.Dst], steps[f.A], steps[f.B] = true, true, true
		}
	}
	delete(steps, kernel.AnyStep)
	return slices.Sorted(maps.Keys(steps))
}

// TestPatternOf holds patterns of rows to what they fix: each pattern that a row of
// strides gets fits them, and those that have patterns of their own get those.
func TestPatternOf(t *testing.T) {
	strides := append(patternSteps(), -2, 100)
	got := map[kernel.Pattern]bool{}
	for _, out := range strides {
		if out <= 0 {
			continue // no normal form has such loops
		}
		for _, a := range strides {
			for _, b := range strides {
				inner := &broadcast.Loop{Extent: 10, Stride: [3]int{out, a, b}}
				pattern, swap := patternOf(&broadcast.Loop{Extent: 1}, inner, 4)
				x, y := a, b
				if swap {
					x, y = b, a
				}
				fits := func(form, step int) bool { return form == step || form == kernel.AnyStep }
				if f := pattern.Form(); !fits(f.Dst, out) || !fits(f.A, x) || !fits(f.B, y) {
					t.Errorf("out %d, a %d, b %d: %v, swapped %v", out, a, b, pattern, swap)
				}
				got[pattern] = true
			}
		}
	}
	for p := range kernel.Pattern(kernel.NumPatterns) {
		f := p.Form()
		if rows := f.Cols == 0 && f.Bytes == 0 && !f.Transposed && !f.Several && !f.OneRow && !f.Bypass && !f.Moves && !f.Converts && !f.Masks && !f.Under && !f.Left; rows && !got[p] {
			t.Errorf("no strides get %v", p)
		}
	}
}

// TestFewKernels holds that rules which have kernels of rows alone get those for pixels by a
// constant, and no pattern that they lack.
func TestFewKernels(t *testing.T) {
	for _, commutes := range []bool{false, true} {
		of := *generated.MulOf[float32]()()
		of.Default, of.Commutes = false, commutes
		set := new(kernel.Set)
		for level := range set {
			for _, p := range []kernel.Pattern{kernel.VV, kernel.VC, kernel.CV, kernel.II} {
				set[level][p].Func = func(*kernel.Nest) {}
			}
		}
		of.Kernels = set
		r := ruleAt(&of, kernel.PureGo)
		for cols := 2; cols <= 4; cols++ {
			for constant, want := range map[broadcast.Operand]kernel.Pattern{broadcast.A: kernel.CV, broadcast.B: kernel.VC} {
				inner := &broadcast.Loop{Extent: cols, Stride: [3]int{1, 1, 1}}
				outer := &broadcast.Loop{Extent: 100, Stride: [3]int{cols, cols, cols}}
				inner.Stride[constant], outer.Stride[constant] = 0, 1
				if commutes {
					want = kernel.VC
				}
				if got, _ := r.offered(patternOf(outer, inner, r.Out.Size)); got != want {
					t.Errorf("rows of %d, %v constant, commutes %v: %v, want %v", cols, constant, commutes, got, want)
				}
			}
		}
	}
}
