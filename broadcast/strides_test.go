package broadcast

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestContiguous(t *testing.T) {
	for _, c := range []struct{ shape, want []int }{
		{nil, []int{}},
		{[]int{5}, []int{1}},
		{[]int{2, 3, 4}, []int{12, 4, 1}},
		{[]int{2, 1, 4}, []int{4, 4, 1}},
		{[]int{2, 0, 4}, []int{4, 4, 1}},
		{[]int{0, 2, math.MaxInt}, []int{math.MaxInt, math.MaxInt, 1}},
	} {
		got := Contiguous(nil, c.shape)
		if !slices.Equal(got, c.want) {
			t.Errorf("Contiguous(%v) = %v, want %v", c.shape, got, c.want)
		}
		if !IsContiguous(c.shape, got) {
			t.Errorf("IsContiguous(%v, %v) = false", c.shape, got)
		}
		if keep := KeepOrder(c.shape); !slices.Equal(keep, c.want) {
			t.Errorf("KeepOrder(%v) of nothing = %v, want %v", c.shape, keep, c.want)
		}
	}
}

func TestContiguousReusesDst(t *testing.T) {
	dst := make([]int, 1, 4)
	if got := Contiguous(dst, []int{2, 3}); &got[0] != &dst[0] {
		t.Error("a large enough dst was not used")
	}
}

func TestIsContiguous(t *testing.T) {
	for _, c := range []struct {
		shape, strides []int
		want           bool
	}{
		{nil, nil, true},
		{[]int{3}, []int{1}, true},
		{[]int{3}, []int{2}, false},
		{[]int{3}, []int{-1}, false},
		{[]int{3}, []int{0}, false},
		{[]int{1}, []int{-7}, true},
		{[]int{2, 3}, []int{3, 1}, true},
		{[]int{2, 3}, []int{1, 2}, false},
		{[]int{2, 1, 3}, []int{3, 99, 1}, true},
		{[]int{2, 0}, []int{-5, 17}, true},
		{[]int{math.MaxInt, math.MaxInt, 0}, []int{1, 1, 1}, true},
		{[]int{2, 3}, []int{1}, false},
	} {
		if got := IsContiguous(c.shape, c.strides); got != c.want {
			t.Errorf("IsContiguous(%v, %v) = %v", c.shape, c.strides, got)
		}
	}
}

func TestBounds(t *testing.T) {
	const most = math.MaxInt
	for _, c := range []struct {
		shape, strides []int
		lo, hi         int
		err            error
	}{
		{nil, nil, 0, 0, nil},
		{[]int{1, 1}, []int{most, math.MinInt}, 0, 0, nil},
		{[]int{0, 5}, []int{1, 1}, 0, -1, nil},
		{[]int{0, most}, []int{most, most}, 0, -1, nil},
		{[]int{4}, []int{3}, 0, 9, nil},
		{[]int{4}, []int{-3}, -9, 0, nil},
		{[]int{2, 3}, []int{10, -1}, -2, 10, nil},
		{[]int{most}, []int{0}, 0, 0, nil},
		{[]int{most}, []int{1}, 0, most - 1, nil},
		{[]int{most}, []int{-1}, -most + 1, 0, nil},
		{[]int{2}, []int{most}, 0, 0, ErrOverflow}, // a span of most+1
		{[]int{2}, []int{math.MinInt}, 0, 0, ErrOverflow},
		{[]int{2, 2}, []int{most / 2, -most / 2}, 0, 0, nil},
		{[]int{most, most}, []int{0, 0}, 0, 0, ErrOverflow},
		{[]int{3}, []int{most/2 + 1}, 0, 0, ErrOverflow},
		{[]int{2, -3}, []int{1, 1}, 0, 0, ErrNegative},
		{[]int{2, 3}, []int{1}, 0, 0, ErrRank},
	} {
		if slices.Equal(c.shape, []int{2, 2}) {
			c.lo, c.hi = -(most / 2), most/2
		}
		lo, hi, err := Bounds(c.shape, c.strides)
		if lo != c.lo || hi != c.hi || !errors.Is(err, c.err) {
			t.Errorf("Bounds(%v, %v) = %d, %d, %v, want %d, %d, %v", c.shape, c.strides, lo, hi, err, c.lo, c.hi, c.err)
		}
		var e *SizeError
		if err != nil && (!errors.As(err, &e) || err.Error() == "") {
			t.Errorf("Bounds(%v, %v): %#v", c.shape, c.strides, err)
		}
	}
}

func TestBoundsAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for range 20_000 {
		shape, strides := make([]int, r.IntN(4)), make([]int, 4)
		strides = strides[:len(shape)]
		lo, hi, size := new(big.Int), new(big.Int), big.NewInt(1)
		for i := range shape {
			shape[i] = 1 + r.IntN(4)
			if r.IntN(4) == 0 {
				shape[i] = max(edgeExtent(r), 1)
			}
			strides[i] = edgeExtent(r) * (1 - 2*r.IntN(2))
			if r.IntN(8) == 0 {
				strides[i] = math.MinInt
			}
			size.Mul(size, big.NewInt(int64(shape[i])))
			reach := new(big.Int).Mul(big.NewInt(int64(shape[i]-1)), big.NewInt(int64(strides[i])))
			if reach.Sign() < 0 {
				lo.Add(lo, reach)
			} else {
				hi.Add(hi, reach)
			}
		}
		most := big.NewInt(math.MaxInt)
		span := new(big.Int).Sub(hi, lo)
		fits := span.Cmp(most) < 0 && size.Cmp(most) <= 0
		gotLo, gotHi, err := Bounds(shape, strides)
		if fits != (err == nil) || fits && (lo.Int64() != int64(gotLo) || hi.Int64() != int64(gotHi)) {
			t.Fatalf("Bounds(%v, %v) = %d, %d, %v, want %v, %v", shape, strides, gotLo, gotHi, err, lo, hi)
		}
	}
}

func TestStrides(t *testing.T) {
	for _, c := range []struct {
		name                         string
		shape, strides, target, want []int
	}{
		{"scalar", nil, nil, []int{2, 3}, []int{0, 0}},
		{"scalar to scalar", nil, nil, nil, []int{}},
		{"same", []int{2, 3}, []int{3, 1}, []int{2, 3}, []int{3, 1}},
		{"leading", []int{3}, []int{-2}, []int{2, 3}, []int{0, -2}},
		{"stretched", []int{2, 1}, []int{5, 7}, []int{4, 2, 3}, []int{0, 5, 0}},
		{"to nothing", []int{1}, []int{7}, []int{0}, []int{0}},
		{"empty", []int{0}, []int{7}, []int{2, 0}, []int{0, 7}},
	} {
		got, err := Strides(nil, c.shape, c.strides, c.target)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
	dst := []int{9, 9, 9, 9}
	if got, _ := Strides(dst, []int{3}, []int{1}, []int{2, 3}); &got[0] != &dst[0] || !slices.Equal(got, []int{0, 1}) {
		t.Errorf("with dst: %v", got)
	}
}

func TestStridesErrors(t *testing.T) {
	for _, c := range []struct {
		shape, strides, target []int
		axis                   int
		text                   string
	}{
		{[]int{3}, []int{1}, []int{2, 4}, -1, "shape (3,) does not broadcast to (2,4): axis -1 has sizes 3 and 4"},
		{[]int{3, 4}, []int{4, 1}, []int{1, 4}, -2, "shape (3,4) does not broadcast to (1,4): axis -2 has sizes 3 and 1"},
		{[]int{1, 3}, []int{3, 1}, []int{3}, 0, "shape (1,3) does not broadcast to (3,): it has 2 axes, the target 1 axis"},
	} {
		got, err := Strides(nil, c.shape, c.strides, c.target)
		var e *ShapeError
		if got != nil || !errors.As(err, &e) || e.Axis != c.axis || !e.Target || err.Error() != c.text {
			t.Errorf("got %v, %v, want %q", got, err, c.text)
		}
	}
	_, err := Strides(nil, []int{2, 3}, []int{1}, []int{2, 3})
	if want := "shape (2,3) has 2 axes, strides (1,) are for 1 axis"; !errors.Is(err, ErrRank) || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestKeepOrder(t *testing.T) {
	for _, c := range []struct {
		name     string
		shape    []int
		operands [][]int
		want     []int
	}{
		{"C", []int{2, 3}, [][]int{{3, 1}, {3, 1}}, []int{3, 1}},
		{"Fortran", []int{2, 3}, [][]int{{1, 2}, {1, 2}}, []int{1, 2}},
		{"Fortran times row", []int{2, 3}, [][]int{{1, 2}, {0, 1}}, []int{1, 2}},
		{"they disagree", []int{2, 3}, [][]int{{1, 2}, {3, 1}}, []int{3, 1}},
		{"reversed", []int{2, 3}, [][]int{{-1, -2}, {-1, -2}}, []int{1, 2}},
		{"outer product", []int{2, 3}, [][]int{{1, 0}, {0, 1}}, []int{3, 1}},
		{"scalars", []int{2, 3}, [][]int{{0, 0}, {0, 0}}, []int{3, 1}},
		{"channels first", []int{2, 3, 4}, [][]int{{1, 8, 2}, {0, 0, 0}}, []int{1, 8, 2}},
	} {
		if got := KeepOrder(c.shape, c.operands...); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// A fresh result holds its elements side by side, whatever the operands.
func TestKeepOrderIsPacked(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 2000 {
		shape, operands := randomNest(r)
		for i := range shape {
			shape[i] = max(shape[i], 1)
		}
		strides := KeepOrder(shape, operands[0], operands[1])
		size, err := Size(shape)
		lo, hi, boundsErr := Bounds(shape, strides)
		if err != nil || boundsErr != nil || lo != 0 || hi != size-1 || SelfOverlaps(shape, strides) {
			t.Fatalf("KeepOrder(%v, %v) = %v", shape, operands, strides)
		}
	}
}

// What runs before every multiply leaves its arguments on the caller's stack.
func TestStridesAllocateNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		var buf [8]int
		shape, row := []int{4, 3, 2}, []int{3, 1}
		strides, err := Strides(buf[:0], row, []int{1, 7}, shape)
		if err != nil || strides[1] != 1 {
			t.Fatal(err)
		}
		if _, _, err := Bounds(shape, strides); err != nil || IsContiguous(shape, strides) {
			t.Fatal(err)
		}
		Contiguous(buf[:0], shape)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkStrides(b *testing.B) {
	shape, strides, target := []int{3, 1}, []int{1, 7}, []int{4, 3, 2}
	b.ReportAllocs()
	for b.Loop() {
		var buf [8]int
		if _, err := Strides(buf[:0], shape, strides, target); err != nil {
			b.Fatal(err)
		}
	}
}
