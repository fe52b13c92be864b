package runtime

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
)

// shareSmall lets threads share what is two parts or more, until the test ends.
func shareSmall(t *testing.T) {
	bytes := exec.SharedFrom
	t.Cleanup(func() { exec.SharedFrom = bytes })
	exec.SharedFrom = 2 * exec.ThreadBytes
}

// TestThreads multiplies large random layouts on several threads: the result is
// that of one, which the other tests hold to the oracle.
func TestThreads(t *testing.T) {
	shareSmall(t)
	t.Run("uint8", testThreads[uint8])
	t.Run("Float16", testThreads[Float16])
	t.Run("float32", testThreads[float32])
	t.Run("complex128", testThreads[complex128])
}

func testThreads[T Element](t *testing.T) {
	rounds := 16
	if testing.Short() {
		rounds = 4
	}
	var want []T
	pool := randomElements[T](rand.New(rand.NewPCG(30, 31)), 1<<20+7)
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 31))
		elements := func(n int) []T {
			s := make([]T, 0, n)
			for from := r.IntN(len(pool)); len(s) < n; from = 0 {
				s = append(s, pool[from:min(len(pool), from+n-len(s))]...)
			}
			return s
		}
		shape := largeShape(r, exec.SharedFrom/elementSize[T]())
		const own, same, anywhere = 0, 1, 2
		n := 2 + r.IntN(3)
		spreads := []spread{randomSpread(r.IntN, shape)}
		low, high := spreads[0].lo, spreads[0].hi
		kinds := []int{same}
		for range n {
			kind := []int{own, own, same, anywhere}[r.IntN(4)]
			s := randomOperand(r.IntN, shape)
			if kind == same {
				s = spreads[0]
			}
			spreads, kinds = append(spreads, s), append(kinds, kind)
			low, high = min(low, s.lo), max(high, s.hi)
		}
		size := high - low + 1
		memory := elements(size)
		before := slices.Clone(memory)
		var views []Array[T]
		for i, s := range spreads {
			data, origin := memory, -low
			switch kinds[i] {
			case own:
				data = elements(size)
			case anywhere:
				origin = -s.lo + r.IntN(size-(s.hi-s.lo))
			}
			v, err := View(data, origin, s.shape, s.strides)
			if err != nil {
				t.Fatal(err)
			}
			views = append(views, v)
		}
		out, operands := views[0], views[1:]
		for k := 2; k <= n; k++ { // k operands
			copy(memory, before)
			if err := ProductThreads(1, out, operands[:k]...); err != nil {
				t.Fatal(err)
			}
			want = append(want[:0], memory...)
			for _, threads := range []int{2, 3, 8} {
				copy(memory, before)
				if err := ProductThreads(threads, out, operands[:k]...); err != nil {
					t.Fatal(err)
				}
				compare(t, "ProductThreads", memory, want, func() string {
					return fmt.Sprintf("seed %d, %d threads, kinds %v, %d operands\n%v", seed, threads, kinds, k, spreads)
				})
			}
		}
	}
}

// largeShape picks axes of at least so many elements together.
func largeShape(r *rand.Rand, least int) []int {
	shape := []int{}
	for size := 1; size < least; {
		extent := []int{2, 3, 1, 17, 64, 640, 1999}[r.IntN(7)]
		if extent*size > 4*least {
			extent = (least-1)/size + 1
		}
		shape = append(shape, extent)
		size *= extent
	}
	r.Shuffle(len(shape), func(i, j int) { shape[i], shape[j] = shape[j], shape[i] })
	return shape
}

func TestProductThreadsErrors(t *testing.T) {
	x := must(Zeros[int8](3))
	if err := ProductThreads(2, x, x, must(Zeros[int8](4))); err == nil || !strings.HasPrefix(err.Error(), "ProductThreads: operand 1 does not fit out: ") {
		t.Errorf("got %v", err)
	}
	if err := ProductThreads(2, x); !errors.Is(err, ErrNoOperands) {
		t.Errorf("got %v", err)
	}
}

// TestThreadsOnGrowingStacks shares products out from stacks that grow, and move,
// at any of the calls underway, while garbage is collected: nothing that threads
// share may point to a stack.
func TestThreadsOnGrowingStacks(t *testing.T) {
	shareSmall(t)
	collectGarbage(t)
	row := counting(1024)
	a, b, out := counting(1024, 1024), counting(1024, 1024), counting(1024, 1024)
	onGrowingStacks(t, "rows", out, func() error { return ProductThreads(2, out, a, b, row) })
	onGrowingStacks(t, "two", out, func() error { return ProductThreads(2, out, a, row) })
}

func TestSetThreads(t *testing.T) {
	if before := must(SetThreads(3)); before != 0 {
		t.Errorf("at first %d threads are set", before)
	}
	if before, err := SetThreads(-1); before != 3 || !errors.Is(err, ErrThreads) || err.Error() != "SetThreads: -1 threads: their number can not be negative" {
		t.Errorf("SetThreads(-1) returns %d, %v", before, err)
	}
	if before := must(SetThreads(0)); before != 3 {
		t.Errorf("SetThreads(-1) set %d", before)
	}
}
