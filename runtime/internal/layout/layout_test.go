package layout

import (
	"math"
	"slices"
	"testing"
)

// TestRunOf looks for two shapes that have the same word.
func TestRunOf(t *testing.T) {
	extents := []int{0, 1, 2, 3, 1<<15 - 1, 1 << 15, 1<<20 - 1, 1 << 20, 1<<30 - 1, 1 << 30, math.MaxInt >> 3, math.MaxInt}
	seen := map[uint64][]int{}
	var visit func(shape []int)
	visit = func(shape []int) {
		word := RunOf(shape)
		if other, found := seen[word]; found && word != 0 {
			t.Fatalf("%v and %v have the same word", other, shape)
		}
		seen[word] = slices.Clone(shape)
		if len(shape) == 5 {
			return
		}
		for _, extent := range extents {
			visit(append(shape, extent))
		}
	}
	visit(nil)
	for _, c := range []struct {
		shape []int
		fits  bool
	}{
		{[]int{math.MaxInt >> 3}, true},
		{[]int{1 << 30, 1}, false},
		{[]int{1, 1<<20 - 1, 1}, true},
		{[]int{1<<15 - 1, 1, 1, 1}, true},
		{[]int{1 << 15, 1, 1, 1}, false},
		{[]int{1, 1, 1, 1, 1}, false},
	} {
		if got := RunOf(c.shape) != 0; got != c.fits {
			t.Errorf("%v has a word: %v", c.shape, got)
		}
	}
}
