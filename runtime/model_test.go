package runtime

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/internal/fault"
)

// A model of an array: its shape and, in C order, where each element is in the
// data. Random chains of view operations must agree with it.

type model struct {
	shape []int
	at    []int
}

// indexes returns all indexes of a shape in C order.
func indexes(shape []int) [][]int {
	all := [][]int{{}}
	for _, extent := range shape {
		var next [][]int
		for _, index := range all {
			for i := range extent {
				next = append(next, append(slices.Clone(index), i))
			}
		}
		all = next
	}
	return all
}

func (m model) element(index []int) int {
	flat := 0
	for axis, i := range index {
		flat = flat*m.shape[axis] + i
	}
	return m.at[flat]
}

// view returns the model of another shape whose element at an index is m's at from(index).
func (m model) view(shape []int, from func(index []int) []int) model {
	v := model{shape: shape}
	for _, index := range indexes(shape) {
		v.at = append(v.at, m.element(from(index)))
	}
	return v
}

func (m model) slice(axis, start, stop, step int) model {
	var picked []int
	n := m.shape[axis]
	bound := func(b, omitted int) int {
		switch {
		case b == None:
			return omitted
		case b < 0:
			return max(b+n, -1)
		}
		return min(b, n)
	}
	if step > 0 {
		for i := max(bound(start, 0), 0); i < bound(stop, n); i += step {
			picked = append(picked, i)
		}
	} else {
		for i := min(bound(start, n-1), n-1); i > bound(stop, -1); i += step {
			picked = append(picked, i)
		}
	}
	shape := slices.Clone(m.shape)
	shape[axis] = len(picked)
	return m.view(shape, func(index []int) []int {
		index[axis] = picked[index[axis]]
		return index
	})
}

// strided reports whether one stride per axis leads to the elements in C order under shape.
func (m model) strided(shape []int) bool {
	m.shape = shape
	strides := make([]int, len(shape))
	for axis, extent := range shape {
		if extent > 1 {
			unit := make([]int, len(shape))
			unit[axis] = 1
			strides[axis] = m.element(unit) - m.at[0]
		}
	}
	for i, index := range indexes(shape) {
		want := m.at[0]
		for axis, i := range index {
			want += i * strides[axis]
		}
		if m.at[i] != want {
			return false
		}
	}
	return true
}

// check compares an array over the data 0, 1, 2 … with its model.
func (m model) check(t *testing.T, trail []string, x Array[int64]) {
	t.Helper()
	if !slices.Equal(x.Shape(), m.shape) || x.Rank() != len(m.shape) || x.Len() != len(m.at) {
		t.Fatalf("%v: shape %v, %d elements; want %v, %d", trail, x.Shape(), x.Len(), m.shape, len(m.at))
	}
	var got []int
	for v := range x.Values() {
		got = append(got, int(v))
	}
	if !slices.Equal(got, m.at) {
		t.Fatalf("%v: elements %v, want %v", trail, got, m.at)
	}
	got = got[:0]
	for v := range x.Clone().Values() {
		got = append(got, int(v))
	}
	if !slices.Equal(got, m.at) {
		t.Fatalf("%v: the clone has elements %v, want %v", trail, got, m.at)
	}
	run := true
	for i, at := range m.at {
		run = run && at == m.at[0]+i
	}
	data, flat := x.Data()
	if flat != run || flat != x.IsContiguous() || flat && len(data) != len(m.at) {
		t.Fatalf("%v: contiguous %v, data %v, want %v", trail, x.IsContiguous(), data, run)
	}
	if !x.operand.Lay.Overlapping {
		sorted := slices.Sorted(slices.Values(m.at))
		if len(slices.Compact(sorted)) != len(m.at) {
			t.Fatalf("%v: elements %v repeat unnoticed", trail, m.at)
		}
	}
	if len(m.at) > 0 {
		lo, hi := slices.Min(m.at)-m.at[0], slices.Max(m.at)-m.at[0]
		if x.operand.Lay.Lo != lo || x.operand.Lay.Hi != hi {
			t.Fatalf("%v: bounds %d to %d, want %d to %d", trail, x.operand.Lay.Lo, x.operand.Lay.Hi, lo, hi)
		}
	}
}

// testViews applies a random chain of operations to an array and its model.
func testViews(t *testing.T, choose chooser) {
	extents := []int{2, 3, 1, 4, 0, 6}
	shape := make([]int, choose(5))
	size := 1
	for i := range shape {
		shape[i] = extents[choose(len(extents))]
		size *= shape[i]
	}
	data := make([]int64, size)
	for i := range data {
		data[i] = int64(i)
	}
	x, err := New(data, shape...)
	if err != nil {
		t.Fatal(err)
	}
	m := model{shape, make([]int, size)}
	for i := range m.at {
		m.at[i] = i
	}
	var trail []string
	m.check(t, trail, x)
	for range 1 + choose(6) {
		rank := len(m.shape)
		op := choose(9)
		var next Array[int64]
		var want model
		var err error
		fits := true
		switch {
		case op == 0:
			trail = append(trail, "Flip")
			var axes []int
			for axis := range rank {
				if choose(2) == 0 {
					axes = append(axes, axis-rank*choose(2))
				}
			}
			next, err = x.Flip(axes...)
			want = m.view(m.shape, func(index []int) []int {
				for axis, extent := range m.shape {
					if len(axes) == 0 || slices.Contains(axes, axis) || slices.Contains(axes, axis-rank) {
						index[axis] = extent - 1 - index[axis]
					}
				}
				return index
			})
		case op == 1:
			trail = append(trail, "Transpose")
			order := make([]int, rank)
			for i := range order {
				order[i] = rank - 1 - i
			}
			if choose(2) == 0 {
				next, err = x.Transpose()
			} else {
				for i := range order {
					j := i + choose(rank-i)
					order[i], order[j] = order[j], order[i]
				}
				next, err = x.Transpose(order...)
			}
			shape := make([]int, rank)
			for i, from := range order {
				shape[i] = m.shape[from]
			}
			want = m.view(shape, func(index []int) []int {
				from := make([]int, rank)
				for i, axis := range order {
					from[axis] = index[i]
				}
				return from
			})
		case op == 2 && rank > 0:
			trail = append(trail, "Slice")
			axis := choose(rank)
			bound := func() int {
				if choose(3) == 0 {
					return None
				}
				return choose(16) - 8
			}
			start, stop, step := bound(), bound(), choose(7)-3
			if step == 0 {
				step = 1
			}
			next, err = x.Slice(axis-rank*choose(2), start, stop, step)
			want = m.slice(axis, start, stop, step)
		case op == 3 && rank > 0:
			trail = append(trail, "Index")
			index := make([]int, choose(rank+1))
			for i := range index {
				if m.shape[i] == 0 {
					index = index[:i]
					break
				}
				index[i] = choose(m.shape[i])
			}
			given := slices.Clone(index)
			for i := range given {
				given[i] -= m.shape[i] * choose(2)
			}
			next, err = x.Index(given...)
			want = m.view(m.shape[len(index):], func(rest []int) []int { return append(slices.Clone(index), rest...) })
		case op == 4 && rank < 7:
			trail = append(trail, "ExpandDims")
			axis := choose(rank + 1)
			next, err = x.ExpandDims(axis - (rank+1)*choose(2))
			want = model{slices.Insert(slices.Clone(m.shape), axis, 1), m.at}
		case op == 5:
			trail = append(trail, "Squeeze")
			var axes []int
			want.at = m.at
			for axis, extent := range m.shape {
				if extent != 1 {
					want.shape = append(want.shape, extent)
				} else {
					axes = append(axes, axis)
				}
			}
			if choose(2) == 0 {
				axes = nil
			}
			next, err = x.Squeeze(axes...)
		case op == 6 && len(m.at) < 100:
			trail = append(trail, "BroadcastTo")
			shape := slices.Clone(m.shape)
			for axis, extent := range shape {
				if extent == 1 {
					shape[axis] = choose(4)
				}
			}
			extra := choose(3)
			for range extra {
				shape = slices.Insert(shape, 0, 1+choose(2))
			}
			next, err = x.BroadcastTo(shape...)
			want = m.view(shape, func(index []int) []int {
				index = index[extra:]
				for axis, extent := range m.shape {
					index[axis] = min(index[axis], extent-1)
				}
				return index
			})
			if err == nil && !next.IsReadOnly() {
				t.Fatalf("%v: can be written to", trail)
			}
		default:
			trail = append(trail, "Reshape")
			shape := factors(choose, len(m.at))
			given := slices.Clone(shape)
			if free := choose(len(shape) + 1); free < len(shape) && len(m.at) > 0 {
				given[free] = -1
			}
			next, err = x.Reshape(given...)
			want = model{shape, m.at}
			fits = len(m.at) == 0 || m.strided(shape)
		}
		if (err == nil) != fits {
			t.Fatalf("%v: %v from shape %v, strides %v", trail, err, x.Shape(), x.Strides())
		}
		if err != nil {
			continue
		}
		want.check(t, trail, next)
		x, m = next, want
	}
}

// factors returns a random shape of so many elements.
func factors(choose chooser, size int) []int {
	var shape []int
	for rest := size; rest > 1; {
		factor := 2 + choose(5)
		if rest%factor != 0 {
			factor = rest
		}
		shape = append(shape, factor)
		rest /= factor
	}
	if size == 0 {
		shape = append(shape, 0)
	}
	for range choose(3) {
		shape = slices.Insert(shape, choose(len(shape)+1), 1)
	}
	return shape
}

func TestRandomViews(t *testing.T) {
	for seed := range 3000 {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		testViews(t, r.IntN)
	}
}

// testViewBounds makes a view of random, partly absurd, shape and strides, and
// decides with big integers whether it must be refused.
func testViewBounds(t *testing.T, choose chooser) {
	integers := []int{0, 1, 2, 3, 5, -1, -2, -3, 7, 1000, math.MaxInt, math.MinInt, math.MaxInt - 1, 1 << 30, math.MaxInt/2 + 1}
	integer := func() int { return integers[choose(len(integers))] }
	rank := choose(4)
	shape, strides := make([]int, rank), make([]int, rank)
	for axis := range shape {
		shape[axis], strides[axis] = integer(), integer()
	}
	if choose(16) == 0 {
		strides = append(strides, 1)
	}
	data := make([]int16, choose(20))
	offset := integer()

	valid := len(shape) == len(strides)
	size, empty := big.NewInt(1), false
	lo, hi := big.NewInt(int64(offset)), big.NewInt(int64(offset))
	for axis, extent := range shape {
		valid = valid && extent >= 0
		empty = empty || extent == 0
		size.Mul(size, big.NewInt(int64(extent)))
		if extent > 1 && axis < len(strides) {
			reach := new(big.Int).Mul(big.NewInt(int64(extent)-1), big.NewInt(int64(strides[axis])))
			if reach.Sign() < 0 {
				lo.Add(lo, reach)
			} else {
				hi.Add(hi, reach)
			}
		}
	}
	if empty {
		valid = valid && offset >= 0 && offset <= len(data)
	} else {
		valid = valid && lo.Sign() >= 0 && hi.Cmp(big.NewInt(int64(len(data)))) < 0
		valid = valid && size.Cmp(big.NewInt(fault.MaxBytes/2)) <= 0
	}
	x, err := View(data, offset, shape, strides)
	if (err == nil) != valid {
		t.Fatalf("View of %d elements at %d, shape %v, strides %v: error %v, want one: %v", len(data), offset, shape, strides, err, !valid)
	}
	if err != nil {
		if x.operand.Lay != nil || err.Error() == "" {
			t.Fatalf("an array with an error %v", err)
		}
		return
	}
	if x.Len() < 10000 {
		for range x.Values() {
			continue
		}
		_ = x.String()
	}
}

func TestRandomViewBounds(t *testing.T) {
	for seed := range 20000 {
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		testViewBounds(t, r.IntN)
	}
}
