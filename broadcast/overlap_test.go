package broadcast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// offsets lists the offset of every index, in C order.
func offsets(shape, strides []int) []int {
	all := []int{0}
	for axis, extent := range shape {
		next := make([]int, 0, len(all)*extent)
		for _, base := range all {
			for i := range extent {
				next = append(next, base+i*strides[axis])
			}
		}
		all = next
	}
	return all
}

func TestSelfOverlaps(t *testing.T) {
	for _, c := range []struct {
		name           string
		shape, strides []int
		want           bool
	}{
		{"scalar", nil, nil, false},
		{"C order", []int{2, 3, 4}, []int{12, 4, 1}, false},
		{"Fortran order, reversed", []int{2, 3}, []int{-1, -2}, false},
		{"broadcast", []int{2, 3}, []int{0, 1}, true},
		{"unit axis of stride 0", []int{1, 3}, []int{0, 1}, false},
		{"empty", []int{0, 3}, []int{0, 0}, false},
		{"constant", []int{3}, []int{0}, true},
		{"sliding window", []int{5, 3}, []int{1, 1}, true},
		{"anti-diagonal", []int{3, 3}, []int{2, -2}, true},
		{"interleaved", []int{4, 2}, []int{2, 3}, false},
		{"interleaved until they meet", []int{4, 3}, []int{2, 3}, true},
		{"three coins", []int{2, 2, 2}, []int{6, 10, 15}, false},
		{"three coins, more of them", []int{6, 2, 2}, []int{6, 10, 15}, false},
		{"three coins that meet", []int{6, 4, 2}, []int{6, 10, 15}, true},
		{"large primes", []int{16_384, 16_384}, []int{16_411, 16_417}, false},
		{"large primes that meet", []int{16_420, 16_420}, []int{16_411, 16_417}, true},
		{"out of range", []int{3}, []int{math.MaxInt}, true},
		{"huge", []int{math.MaxInt}, []int{1}, false},
		{"high rank", slices.Repeat([]int{2}, 30), Contiguous(nil, slices.Repeat([]int{2}, 30)), false},
	} {
		if got := SelfOverlaps(c.shape, c.strides); got != c.want {
			t.Errorf("%s: SelfOverlaps(%v, %v) = %v", c.name, c.shape, c.strides, got)
		}
	}
}

func TestSelfOverlapsAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	met := 0
	for range 50_000 {
		shape, strides := make([]int, r.IntN(5)), make([]int, 5)
		strides = strides[:len(shape)]
		for i := range shape {
			shape[i] = min(r.IntN(7), 1+r.IntN(6))
			strides[i] = r.IntN(61) - 30
		}
		all := offsets(shape, strides)
		slices.Sort(all)
		want := len(slices.Compact(slices.Clone(all))) < len(all)
		if want {
			met++
		}
		// Extents this small never exhaust the search.
		if got := SelfOverlaps(shape, strides); got != want {
			t.Fatalf("SelfOverlaps(%v, %v) = %v", shape, strides, got)
		}
	}
	if met < 1000 || met > 49_000 {
		t.Errorf("%d of 50000 layouts overlap: not much of a test", met)
	}
}

func TestOverlaps(t *testing.T) {
	for _, c := range []struct {
		name             string
		shapeA, stridesA []int
		shapeB, stridesB []int
		delta            int
		want             bool
	}{
		{"same scalar", nil, nil, nil, nil, 0, true},
		{"neighbours", nil, nil, nil, nil, 1, false},
		{"side by side", []int{4}, []int{1}, []int{4}, []int{1}, 4, false},
		{"shifted by one", []int{4}, []int{1}, []int{4}, []int{1}, -3, true},
		{"empty", []int{0}, []int{1}, []int{4}, []int{1}, 0, false},
		{"even and odd", []int{4}, []int{2}, []int{4}, []int{2}, 1, false},
		{"even and odd, reversed", []int{4}, []int{2}, []int{4}, []int{-2}, 7, false},
		{"reversed", []int{4}, []int{1}, []int{4}, []int{-1}, 3, true},
		{"column halves", []int{100, 4}, []int{8, 1}, []int{100, 4}, []int{8, 1}, 4, false},
		{"column halves, touching", []int{100, 5}, []int{8, 1}, []int{100, 4}, []int{8, 1}, 4, true},
		{"transposed blocks", []int{100, 4}, []int{8, 1}, []int{4, 100}, []int{1, 8}, 4, false},
		{"triangles", []int{3, 3}, []int{10, 1}, []int{3, 3}, []int{10, 1}, 3, false},
		{"far", []int{4}, []int{1}, []int{4}, []int{1}, math.MaxInt, false},
		{"far below", []int{4}, []int{-1}, []int{4}, []int{-1}, math.MinInt, false},
		{"out of range", []int{3}, []int{math.MaxInt}, []int{1}, []int{1}, math.MaxInt, true},
		{"whole range", []int{math.MaxInt}, []int{1}, []int{math.MaxInt}, []int{-1}, math.MaxInt, true},
	} {
		if got := Overlaps(c.shapeA, c.stridesA, c.shapeB, c.stridesB, c.delta); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
		if c.delta == math.MinInt {
			continue
		}
		if got := Overlaps(c.shapeB, c.stridesB, c.shapeA, c.stridesA, -c.delta); got != c.want {
			t.Errorf("%s, the other way round: got %v", c.name, got)
		}
	}
}

func TestOverlapsAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	met := 0
	for range 50_000 {
		var shape, strides [2][]int
		step := 1 + r.IntN(3)
		for k := range shape {
			rank := r.IntN(4)
			shape[k], strides[k] = make([]int, rank), make([]int, rank)
			for i := range rank {
				shape[k][i] = min(r.IntN(7), 1+r.IntN(6))
				strides[k][i] = (r.IntN(41) - 20) * step
			}
		}
		delta := r.IntN(81) - 40
		seen := map[int]bool{}
		for _, at := range offsets(shape[0], strides[0]) {
			seen[at] = true
		}
		want := slices.ContainsFunc(offsets(shape[1], strides[1]), func(at int) bool { return seen[at+delta] })
		if want {
			met++
		}
		if got := Overlaps(shape[0], strides[0], shape[1], strides[1], delta); got != want {
			t.Fatalf("Overlaps(%v, %v, %v, %v, %d) = %v", shape[0], strides[0], shape[1], strides[1], delta, got)
		}
	}
	if met < 2000 || met > 48_000 {
		t.Errorf("%d of 50000 pairs overlap: not much of a test", met)
	}
}

// Where the search is too long the answer is true and comes soon.
func TestOverlapGivesUp(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	for range 200 {
		shape, strides := make([]int, 12), make([]int, 12)
		for i := range shape {
			shape[i] = 4 + r.IntN(40)
			strides[i] = 100_000 + r.IntN(100_000)
		}
		if !SelfOverlaps(shape, strides) {
			t.Fatalf("SelfOverlaps(%v, %v) = false for more indexes than elements in reach", shape, strides)
		}
	}
}

func TestSolverArithmetic(t *testing.T) {
	for m := uint64(1); m < 60; m++ {
		for a := uint64(1); a < 130; a++ {
			if gcd(a, m) == 1 && mulMod(a, inverse(a, m), m) != 1%m {
				t.Fatalf("inverse(%d, %d) = %d", a, m, inverse(a, m))
			}
		}
	}
	const prime = math.MaxInt64 - 24 // 2^63 - 25
	if got := mulMod(prime-2, inverse(prime-2, prime), prime); got != 1 {
		t.Errorf("(p-2) times its inverse is %d", got)
	}
	for _, c := range []struct {
		a, b int
		ok   bool
	}{{math.MaxInt, 1, false}, {math.MaxInt, 0, true}, {math.MinInt, -1, false}, {math.MinInt, math.MaxInt, true}, {math.MinInt, math.MinInt, false}} {
		if _, ok := add(c.a, c.b); ok != c.ok {
			t.Errorf("add(%d, %d): %v", c.a, c.b, ok)
		}
	}
}

func TestOverlapAllocatesNothing(t *testing.T) {
	shape, strides := []int{100, 4}, []int{8, 1}
	if n := testing.AllocsPerRun(100, func() {
		Overlaps(shape, strides, shape, strides, 4)
		SelfOverlaps(shape, strides)
		SelfOverlaps([]int{4, 2}, []int{2, 3})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkOverlaps(b *testing.B) {
	shape, strides := []int{100, 4}, []int{8, 1}
	b.ReportAllocs()
	for b.Loop() {
		Overlaps(shape, strides, shape, strides, 4)
	}
}

func BenchmarkSelfOverlaps(b *testing.B) {
	shape, strides := []int{10, 100, 4}, []int{800, 8, 1}
	b.ReportAllocs()
	for b.Loop() {
		SelfOverlaps(shape, strides)
	}
}
