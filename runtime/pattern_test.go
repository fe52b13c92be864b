package runtime

import (
	"testing"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
)

// TestPatternOf holds patterns of rows to what they fix: each pattern that a row of
// strides gets fits them, and those that have patterns of their own get those.
func TestPatternOf(t *testing.T) {
	strides := []int{-2, -1, 0, 1, 2, 3, 4, 5}
	got := map[generated.Pattern]bool{}
	for _, out := range strides[3:] {
		for _, a := range strides {
			for _, b := range strides {
				inner := &broadcast.Loop{Extent: 10, Stride: [3]int{out, a, b}}
				pattern, swap := patternOf(&broadcast.Loop{Extent: 1}, inner, 4)
				x, y := a, b
				if swap {
					x, y = b, a
				}
				fits := func(form, step int) bool { return form == step || form == generated.AnyStep }
				if f := pattern.Form(); !fits(f.Dst, out) || !fits(f.A, x) || !fits(f.B, y) {
					t.Errorf("out %d, a %d, b %d: %v, swapped %v", out, a, b, pattern, swap)
				}
				got[pattern] = true
			}
		}
	}
	for p := range generated.Pattern(generated.NumPatterns) {
		f := p.Form()
		if rows := f.Cols == 0 && f.Bytes == 0 && !f.Transposed && !f.Several && !f.OneRow && !f.Bypass && !f.Moves && !f.Left; rows && !got[p] {
			t.Errorf("no strides get %v", p)
		}
	}
}
