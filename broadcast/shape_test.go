package broadcast

import (
	"errors"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestFormatShape(t *testing.T) {
	for _, c := range []struct {
		shape []int
		want  string
	}{
		{nil, "()"},
		{[]int{3}, "(3,)"},
		{[]int{2, 3}, "(2,3)"},
		{[]int{0, -1, math.MaxInt}, "(0,-1," + big.NewInt(math.MaxInt).String() + ")"},
	} {
		if got := FormatShape(c.shape); got != c.want {
			t.Errorf("FormatShape(%v) = %q, want %q", c.shape, got, c.want)
		}
	}
}

func TestShape(t *testing.T) {
	for _, c := range []struct {
		name   string
		shapes [][]int
		want   []int
	}{
		{"none", nil, []int{}},
		{"scalars", [][]int{{}, {}}, []int{}},
		{"scalar and vector", [][]int{{}, {3}}, []int{3}},
		{"row and column", [][]int{{3}, {2, 1}}, []int{2, 3}},
		{"image and gains", [][]int{{512, 512, 3}, {3}}, []int{512, 512, 3}},
		{"three", [][]int{{8, 1, 6, 1}, {7, 1, 5}, {5}}, []int{8, 7, 6, 5}},
		{"unit stretches to nothing", [][]int{{0}, {1}}, []int{0}},
		{"empty and huge", [][]int{{0, 1}, {math.MaxInt}}, []int{0, math.MaxInt}},
	} {
		got, err := Shape(c.shapes...)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestShapeOwnsItsResult(t *testing.T) {
	in := []int{2, 3}
	got, _ := Shape(in)
	got[0] = 9
	if in[0] != 2 {
		t.Error("the result shares memory with a shape")
	}
}

func TestShapeErrors(t *testing.T) {
	high := slices.Repeat([]int{1}, MaxRank+1)
	for _, c := range []struct {
		shapes [][]int
		text   string
	}{
		{[][]int{{2, 3}, {4}}, "shapes (2,3) (4,) do not broadcast: axis -1 has sizes 3 and 4"},
		{[][]int{{2, 1, 3}, {5, 1, 1}}, "shapes (2,1,3) (5,1,1) do not broadcast: axis -3 has sizes 2 and 5"},
		{[][]int{{0}, {2}}, "shapes (0,) (2,) do not broadcast: axis -1 has sizes 0 and 2"},
		{[][]int{{1, 2}, {2}, {3, 1, 4}}, "shapes (1,2) (2,) (3,1,4) do not broadcast: axis -1 has sizes 2 and 4"},
		{[][]int{{2}, {3, -1}}, "shape (3,-1): axis 1 has negative size -1"},
		{[][]int{{2}, high}, "has 65 axes, at most 64 are supported"},
		{
			[][]int{{1 << 30, 1, 1 << 30}, {1 << 30, 1}},
			"shape (1073741824,1073741824,1073741824): the number of elements overflows int",
		},
	} {
		got, err := Shape(c.shapes...)
		if err == nil || got != nil || !strings.HasSuffix(err.Error(), c.text) {
			t.Errorf("Shape(%v) = %v, %v, want %q", c.shapes, got, err, c.text)
		}
	}
}

func TestShapeErrorFields(t *testing.T) {
	shapes := [][]int{{2, 3}, {4, 1}}
	_, err := Shape(shapes...)
	var e *ShapeError
	if !errors.As(err, &e) || e.Axis != -2 || e.Sizes != [2]int{2, 4} || e.Target {
		t.Fatalf("got %#v", err)
	}
	shapes[0][0] = 7
	if e.Shapes[0][0] != 2 {
		t.Error("the error shares memory with a shape")
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		shape []int
		want  int
		err   error
	}{
		{nil, 1, nil},
		{[]int{7}, 7, nil},
		{[]int{2, 3, 4}, 24, nil},
		{[]int{math.MaxInt}, math.MaxInt, nil},
		{[]int{math.MaxInt, 2}, 0, ErrOverflow},
		{[]int{math.MaxInt/2 + 1, 2}, 0, ErrOverflow},
		{[]int{math.MaxInt / 2, 2}, math.MaxInt - 1, nil},
		{[]int{math.MaxInt, math.MaxInt, math.MaxInt}, 0, ErrOverflow},
		{[]int{math.MaxInt, math.MaxInt, 0}, 0, nil},
		{[]int{0, math.MaxInt, math.MaxInt}, 0, nil},
		{[]int{0, -1}, 0, ErrNegative},
		{[]int{math.MinInt}, 0, ErrNegative},
		{slices.Repeat([]int{1}, MaxRank), 1, nil},
		{slices.Repeat([]int{1}, MaxRank+1), 0, ErrRank},
	} {
		got, err := Size(c.shape)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("Size(%v) = %d, %v, want %d, %v", c.shape, got, err, c.want, c.err)
		}
	}
}

// extents near the edges of int, so that products meet its limits.
func edgeExtent(r *rand.Rand) int {
	switch r.IntN(4) {
	case 0:
		return r.IntN(5)
	case 1:
		return 1<<r.IntN(bits.UintSize-2) + r.IntN(3) - 1
	case 2:
		return math.MaxInt / (1 + r.IntN(6))
	}
	return 1 + r.IntN(3)
}

func TestSizeAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		shape := make([]int, r.IntN(5))
		want := big.NewInt(1)
		for i := range shape {
			shape[i] = edgeExtent(r)
			want.Mul(want, big.NewInt(int64(shape[i])))
		}
		got, err := Size(shape)
		if fits := want.Cmp(big.NewInt(math.MaxInt)) <= 0; fits != (err == nil) || fits && want.Cmp(big.NewInt(int64(got))) != 0 {
			t.Fatalf("Size(%v) = %d, %v, want %v", shape, got, err, want)
		}
	}
}

// FuzzShape holds Shape to the definition of broadcasting, by element.
func FuzzShape(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte{2, 3}, []byte{4})
	f.Add([]byte{5, 1, 3}, []byte{5, 3})
	f.Add([]byte{0}, []byte{1, 1})
	f.Add([]byte{0, 255, 255}, []byte{255, 1, 1})
	f.Add([]byte{7}, slices.Repeat([]byte{1}, MaxRank+1))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		shapes := [2][]int{ints(a), ints(b)}
		got, err := Shape(shapes[:]...)
		rank := max(len(a), len(b))
		size := func(shape []int, axis int) int {
			if axis += len(shape) - rank; axis >= 0 {
				return shape[axis]
			}
			return 1
		}
		var want []int
		for axis := range rank {
			x, y := size(shapes[0], axis), size(shapes[1], axis)
			if x == 1 {
				x = y
			}
			if y != 1 && x != y {
				break
			}
			want = append(want, x)
		}
		_, sizeErr := Size(want)
		if fails := rank > MaxRank || len(want) < rank || sizeErr != nil; fails != (err != nil) {
			t.Fatalf("Shape(%v) = %v, %v", shapes, got, err)
		}
		if err != nil {
			if text := err.Error(); text == "" {
				t.Fatal("empty error")
			}
			return
		}
		if !slices.Equal(got, want) {
			t.Fatalf("Shape(%v) = %v, want %v", shapes, got, want)
		}
		for _, shape := range shapes {
			strides, err := Strides(nil, shape, Contiguous(nil, shape), got)
			if err != nil || len(strides) != len(got) {
				t.Fatalf("Strides(%v to %v) = %v, %v", shape, got, strides, err)
			}
		}
	})
}

func ints(b []byte) []int {
	s := make([]int, len(b))
	for i := range b {
		s[i] = int(b[i])
	}
	return s
}
