package runtime

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Random layouts against the oracle: out, a and b are views with strides of
// any sign, broadcast in any way, of memory of their own or of shared memory.

// chooser picks a number from 0 to n-1: a random source, or a fuzzer's bytes.
type chooser func(n int) int

// bytesChooser picks by the bytes of data, and 0 when there are no more.
func bytesChooser(data []byte) chooser {
	return func(n int) int {
		if len(data) == 0 {
			return 0
		}
		c := int(data[0]) % n
		data = data[1:]
		return c
	}
}

// spread is a shape with strides, and the lowest and highest offset they reach.
type spread struct {
	shape, strides []int
	lo, hi         int
}

// randomShape picks up to 6 axes, small enough to walk naively.
func randomShape(choose chooser) []int {
	extents := []int{1, 2, 3, 5, 4, 7, 2, 17, 33, 0}
	shape := make([]int, choose(7))
	size := 1
	for i := range shape {
		n := len(extents)
		if choose(4) != 0 {
			n-- // empty arrays are rare
		}
		shape[i] = extents[choose(n)]
		if size*shape[i] > 2000 {
			shape[i] = 1
		}
		size *= max(shape[i], 1)
	}
	return shape
}

// randomSpread picks strides for a shape in which no two indexes share an
// element: axes in any order, with gaps, in any direction.
func randomSpread(choose chooser, shape []int) spread {
	s := spread{shape: shape, strides: make([]int, len(shape))}
	order := make([]int, len(shape))
	for i := range order {
		order[i] = len(shape) - 1 - i
	}
	if choose(2) == 0 {
		for i := range order {
			j := i + choose(len(order)-i)
			order[i], order[j] = order[j], order[i]
		}
	}
	gaps, flips := choose(3) == 0, choose(3) == 0
	stride := 1
	for i, axis := range order {
		if gaps {
			if i == 0 {
				stride += choose(3)
			} else {
				stride += choose(2) * choose(4)
			}
		}
		s.strides[axis] = stride
		if flips && choose(2) == 0 {
			s.strides[axis] = -stride
		}
		stride *= max(shape[axis], 1)
	}
	s.bounds()
	return s
}

func (s *spread) bounds() {
	s.lo, s.hi = 0, 0
	for axis, extent := range s.shape {
		if reach := (extent - 1) * s.strides[axis]; reach < 0 {
			s.lo += reach
		} else if extent > 0 {
			s.hi += reach
		}
	}
}

// randomOperand picks a shape that broadcasts to the given one, and strides.
func randomOperand(choose chooser, shape []int) spread {
	shape = slices.Clone(shape)
	if choose(2) == 0 {
		shape = shape[choose(len(shape)+1):]
		for axis := range shape {
			if choose(3) == 0 {
				shape[axis] = 1
			}
		}
	}
	s := randomSpread(choose, shape)
	if choose(8) == 0 { // a view that repeats elements on its own
		for axis := range s.strides {
			if choose(2) == 0 {
				s.strides[axis] = choose(2)
			}
		}
		s.bounds()
	}
	return s
}

// testRandomLayout multiplies one random layout at every level.
func testRandomLayout[T Element](t *testing.T, choose chooser) {
	testLayout[T](t, choose, randomShape(choose))
}

// testSmallLayout multiplies one random layout of few elements.
func testSmallLayout[T Element](t *testing.T, choose chooser) {
	shape := make([]int, choose(4))
	for i := range shape {
		shape[i] = 1 + choose(9)
	}
	testLayout[T](t, choose, shape)
}

func testLayout[T Element](t *testing.T, choose chooser, shape []int) {
	spreads := [3]spread{randomSpread(choose, shape), randomOperand(choose, shape), randomOperand(choose, shape)}

	// 0: memory of their own; 1, 2: operands in out's memory, anywhere; 3: in place.
	shared := choose(4)
	if shared == 3 {
		spreads[1] = spreads[0]
		if choose(4) == 0 {
			spreads[2] = spreads[0]
		}
	}
	low, high := 0, 0
	for _, s := range spreads {
		low, high = min(low, s.lo), max(high, s.hi)
	}
	r := rand.New(rand.NewPCG(uint64(choose(256)), 7))
	slack := choose(4)
	size := high - low + 1 + 2*slack
	pools := [3][]T{randomElements[T](r, size), randomElements[T](r, size), randomElements[T](r, size)}
	var origin, from [3]int
	for i := range spreads {
		origin[i] = slack - low
		if shared == 1 || shared == 2 {
			// Anywhere within the memory, so that all kinds of overlap happen.
			origin[i] = -spreads[i].lo + choose(size-(spreads[i].hi-spreads[i].lo))
		}
		from[i] = i
		if i > 0 && shared > 0 && (i == 1 || choose(2) == 0) {
			from[i] = 0
		}
	}
	before := slices.Clone(pools[0])
	for level := range levels() {
		copy(pools[0], before)
		var views [3]Array[T]
		for i, s := range spreads {
			v, err := View(pools[from[i]], origin[i], s.shape, s.strides)
			if err != nil {
				t.Fatal(err)
			}
			views[i] = v
		}
		out, a, b := views[0], views[1], views[2]
		want := slices.Clone(before)
		at := positions(out)
		for i, v := range expected(t, shape, a, b) {
			want[origin[0]+at[i]] = v
		}
		describe := func() string {
			return fmt.Sprintf("level %v, sharing %d\nout %v\na %v at %+d\nb %v at %+d", level, shared, spreads[0],
				spreads[1], origin[1]-origin[0], spreads[2], origin[2]-origin[0])
		}
		if err := exec.Multiply(ruleAt(generated.MulOf[T]()(), level), out.operand, a.operand, b.operand, 0); err != nil {
			t.Fatalf("%v\n%s", err, describe())
		}
		compare(t, "MultiplyTo", pools[0], want, describe)

		// A plan must copy its operands anew at each run.
		var j exec.Job
		if err := j.Resolve(ruleAt(generated.MulOf[T]()(), level), out.operand, a.operand, b.operand); err != nil {
			t.Fatalf("%v\n%s", err, describe())
		}
		for range 2 {
			copy(pools[0], before)
			j.Run(0)
			compare(t, "Plan", pools[0], want, describe)
		}

		copy(pools[0], before)
		fresh, err := Multiply(a, b)
		if err != nil {
			t.Fatalf("%v\n%s", err, describe())
		}
		got := slices.Collect(fresh.Values())
		compare(t, "Multiply", got, expected(t, fresh.Shape(), a, b), describe)
		compare(t, "Clone", slices.Collect(a.Clone().Values()), slices.Collect(a.Values()), describe)
	}
}

func compare[T Element](t *testing.T, what string, got, want []T, describe func() string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d\n%s", what, len(got), len(want), describe())
	}
	if bytes.Equal(bytesOf(got), bytesOf(want)) { // so are most, and elements may be millions
		return
	}
	for i := range want {
		if !sameBits(got[i], want[i]) {
			t.Fatalf("%s: element %d is %v, want %v\n%s", what, i, got[i], want[i], describe())
		}
	}
}

func bytesOf[T Element](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*elementSize[T]())
}

// levels yields the levels that can run here.
func levels() func(func(Level) bool) { return slices.Values(Supported()) }

func TestRandomLayouts(t *testing.T) {
	rounds := 400
	if testing.Short() {
		rounds = 50
	}
	forDTypes(t, func(t *testing.T, d dtypeTest) {
		for seed := range rounds {
			r := rand.New(rand.NewPCG(uint64(seed), 1))
			d.random(t, r.IntN)
			d.small(t, r.IntN)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	})
}

// TestLargeLayouts multiplies nests that take several kernel calls.
func TestLargeLayouts(t *testing.T) {
	forDTypes(t, func(t *testing.T, d dtypeTest) { d.large(t) })
}

func testLargeLayouts[T Element](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	const rows, cols = 70, 1201
	pool := [3][]T{}
	for i := range pool {
		pool[i] = randomElements[T](r, 2*rows*cols)
	}
	type part struct{ shape, strides []int }
	for _, c := range []struct {
		name      string
		out, a, b part
	}{
		{"flat", part{[]int{rows * cols}, []int{1}}, part{[]int{rows * cols}, []int{1}}, part{[]int{rows * cols}, []int{1}}},
		{"flat by scalar", part{[]int{rows * cols}, []int{1}}, part{[]int{rows * cols}, []int{1}}, part{nil, nil}},
		{"rows", part{[]int{rows, cols}, []int{cols + 3, 1}}, part{[]int{rows, cols}, []int{cols + 5, 1}}, part{[]int{cols}, []int{1}}},
		{"column by rows", part{[]int{rows, cols}, []int{cols, 1}}, part{[]int{rows, 1}, []int{3, 1}}, part{[]int{rows, cols}, []int{cols, 1}}},
		{"short rows", part{[]int{cols, 7}, []int{8, 1}}, part{[]int{cols, 7}, []int{9, 1}}, part{[]int{cols, 7}, []int{7, 1}}},
		{"short rows by column", part{[]int{cols, 7}, []int{8, 1}}, part{[]int{cols, 7}, []int{9, 1}}, part{[]int{cols, 1}, []int{1, 1}}},
		{"short rows by a row", part{[]int{cols, 3}, []int{3, 1}}, part{[]int{cols, 3}, []int{3, 1}}, part{[]int{3}, []int{1}}},
		{"apart", part{[]int{rows * cols}, []int{2}}, part{[]int{rows * cols}, []int{-1}}, part{[]int{rows * cols}, []int{2}}},
		{"transposed", part{[]int{rows, cols}, []int{cols, 1}}, part{[]int{rows, cols}, []int{1, rows}}, part{[]int{rows, cols}, []int{cols, 1}}},
		{"outer", part{[]int{rows, cols}, []int{cols, 1}}, part{[]int{rows, 1}, []int{1, 1}}, part{[]int{cols}, []int{1}}},
		{"long rows by a row", part{[]int{rows / 10, 10 * cols}, []int{10 * cols, 1}}, part{[]int{rows / 10, 10 * cols}, []int{10*cols + 5, 1}}, part{[]int{10 * cols}, []int{1}}},
		{"outer of long rows", part{[]int{rows / 10, 10 * cols}, []int{10 * cols, 1}}, part{[]int{rows / 10, 1}, []int{1, 1}}, part{[]int{10 * cols}, []int{1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var views [3]Array[T]
			for i, p := range []part{c.out, c.a, c.b} {
				offset := 0
				if slices.Contains(p.strides, -1) {
					offset = len(pool[i]) - 1
				}
				v, err := View(pool[i], offset, p.shape, p.strides)
				if err != nil {
					t.Fatal(err)
				}
				views[i] = v
			}
			before := slices.Clone(pool[0])
			want := slices.Clone(before)
			at := positions(views[0])
			for i, v := range expected(t, c.out.shape, views[1], views[2]) {
				want[at[i]] = v
			}
			for level := range levels() {
				copy(pool[0], before)
				if err := exec.Multiply(ruleAt(generated.MulOf[T]()(), level), views[0].operand, views[1].operand, views[2].operand, 0); err != nil {
					t.Fatal(err)
				}
				compare(t, "large", pool[0], want, level.String)
			}
		})
	}
}

// TestCallsAreBounded counts the elements that each kernel call gets.
func TestCallsAreBounded(t *testing.T) {
	var calls, most, total int
	spy := func(nest *kernel.Nest) {
		calls++
		most = max(most, nest.Cols*nest.Rows)
		total += nest.Cols * nest.Rows
	}
	copies := spied(spy)
	from := rule{Rule: &copies, On: &products}
	defer restore(active)
	for _, c := range []struct {
		name        string
		cache       int
		a, b        func(Array[uint8]) Array[uint8]
		most, calls int
	}{
		{"vv", 1 << 30, keep, keep, exec.WholeBytes, 4},
		{"vv past", 1, keep, keep, exec.CallBytes, 16},
		{"vc", 1 << 30, keep, corner, exec.WholeBytes, 4},
		{"vc past", 1, keep, corner, exec.CallBytes, 16},
		{"vr", 1 << 30, flipped, keep, exec.WholeBytes, 4},
		{"vr past", 1, flipped, keep, exec.CallBytes, 16},
		{"ii", 1 << 30, spaced(9), keep, exec.CallBytes / 9 / exec.PieceCols * exec.PieceCols, 145},
		{"ii far apart", 1 << 30, spaced(100), keep, exec.CallBytes / exec.ApartBytes, 1024},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls, most, total = 0, 0, 0
			active.Limits = machine.LimitsOf(c.cache)
			out, err := Zeros[uint8](1 << 20)
			if err != nil {
				t.Fatal(err)
			}
			a, b := c.a(out.Clone()), c.b(out.Clone())
			if err := exec.Multiply(from, out.operand, a.operand, b.operand, 1); err != nil {
				t.Fatal(err)
			}
			if calls != c.calls || most != c.most || total != out.Len() {
				t.Errorf("%d calls of at most %d elements, %d in all; want %d of %d, %d", calls, most, total, c.calls, c.most, out.Len())
			}
		})
	}
	active.Limits = machine.LimitsOf(1 << 30)
	t.Run("whole", func(t *testing.T) {
		for n, want := range map[int]int{exec.WholeBytes: 1, exec.WholeBytes + 1: 2} {
			calls = 0
			x := counting(n).operand
			var j exec.Job
			if err := cmp.Or(exec.Multiply(from, x, x, x, 1), j.Resolve(from, x, x, x)); err != nil {
				t.Fatal(err)
			}
			if j.Run(1); calls != 2*want {
				t.Errorf("%d bytes, with and without a plan: %d calls, want %d", n, calls, 2*want)
			}
		}
	})
	t.Run("pixels", func(t *testing.T) {
		calls, most, total = 0, 0, 0
		out, mask := counting(100_000, 3).operand, counting(100_000, 1).operand
		if err := exec.Multiply(from, out, out, mask, 1); err != nil {
			t.Fatal(err)
		}
		if want := exec.WholeBytes / (3 + 1); calls != (100_000-1)/want+1 || most != 3*want || total != 300_000 {
			t.Errorf("%d calls of at most %d elements, %d in all; want %d pixels a call", calls, most, total, want)
		}
	})
	t.Run("shared row", func(t *testing.T) {
		const long = 4 * exec.StayBytes
		for _, c := range []struct {
			rows, cols, cache int
			outer             bool
			calls, most       int
		}{
			{8, long, 1 << 30, false, 4, 8 * exec.StayBytes},
			{8, long, 1 << 30, true, 4, 8 * exec.StayBytes},
			{100, long, 1 << 30, false, 4 * 4, 31 * exec.StayBytes},
			{8, 20_000, 1 << 30, false, 2, 8 * 10_048},
			{16, exec.StayBytes, 1 << 30, false, 1, 16 * exec.StayBytes},
			{2, long, 1 << 30, false, 4, 2 * exec.StayBytes},
			{2, long, 1 << 30, true, 1, 2 * long},
			{7, long, 24 * long, false, 1, 7 * long}, // reaches far
			{7, long, 16 * long, true, 4, 7 * exec.StayBytes},
			{7, long, 8 * long, true, 4, 7 * exec.StayBytes},
			{8, long, 4 * long, true, 8, long}, // past
		} {
			calls, most, total = 0, 0, 0
			active.Limits = machine.LimitsOf(c.cache)
			out, a, b := counting(c.rows, c.cols), counting(c.rows, c.cols), counting(c.cols)
			if c.outer {
				a = counting(c.rows, 1)
			}
			if err := exec.Multiply(from, out.operand, b.operand, a.operand, 1); err != nil {
				t.Fatal(err)
			}
			if calls != c.calls || most != c.most || total != out.Len() {
				t.Errorf("%+v: %d calls of at most %d elements, %d in all", c, calls, most, total)
			}
		}
		active.Limits = machine.LimitsOf(1 << 30)
	})
	t.Run("short rows", func(t *testing.T) {
		calls, most, total = 0, 0, 0
		memory := make([]uint8, 5*100_000)
		out, err := View(memory, 0, []int{100_000, 3}, []int{5, 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := exec.Multiply(from, out.operand, out.operand, out.operand, 1); err != nil {
			t.Fatal(err)
		}
		if most > 3*exec.WholeBytes/exec.RowBytes || total != out.Len() || calls > 400 {
			t.Errorf("%d calls of at most %d elements, %d in all", calls, most, total)
		}
	})
}

// spaced takes every so manyth element of a larger array.
func spaced(step int) func(Array[uint8]) Array[uint8] {
	return func(x Array[uint8]) Array[uint8] {
		large, _ := Zeros[uint8](step * x.Len())
		v, _ := large.Slice(0, None, None, step)
		return v
	}
}

func keep(x Array[uint8]) Array[uint8] { return x }

func corner(x Array[uint8]) Array[uint8] {
	v, _ := x.Index(0)
	return v
}

func flipped(x Array[uint8]) Array[uint8] {
	v, _ := x.Flip()
	return v
}

// spied returns a rule of bytes whose kernels are all the same.
func spied(by kernel.Func) kernel.Rule {
	set := new(kernel.Set)
	for level := range set {
		for pattern := range set[level] {
			set[level][pattern].Func = by
		}
	}
	r := *generated.MulOf[uint8]()()
	r.Kernels = set
	return r
}

// TestBypassedLayouts repeats the tests of large layouts with results that
// bypass the caches however small they are.
func TestBypassedLayouts(t *testing.T) {
	defer restore(active)
	active.Limits = machine.LimitsOf(1)
	forDTypes(t, func(t *testing.T, d dtypeTest) { d.large(t) })
}
