package exec

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestPermutedAxes multiplies, and copies, arrays whose axes lie in memory in any order, by rules that
// have all kernels and by some that have few, on one thread and on several, also in place. The extents
// are those around which tiles, bands and blocks begin.
func TestPermutedAxes(t *testing.T) {
	defer func(bytes int) { SharedFrom = bytes }(SharedFrom)
	SharedFrom = 16 << 10
	testPermuted[uint8](t)
	testPermuted[uint16](t)
	testPermuted[int32](t)
	testPermuted[int64](t)
	testPermuted[complex128](t)
}

func testPermuted[T uint8 | uint16 | int32 | int64 | complex128](t *testing.T) {
	size := int(unsafe.Sizeof(T(0)))
	product := generated.MulOf[T]()()
	for seed := range uint64(24) {
		r := rand.New(rand.NewPCG(seed, uint64(size)))
		shape, n := make([]int, 2+r.IntN(3)), 1
		for i := range shape {
			most := 200000 / size / n
			shape[i] = min([]int{1, 2, 3, 5, 8, 16, 17, 23, 40, 65, 70, 129, 260}[r.IntN(13)], max(most, 1))
			n *= shape[i]
		}
		// packed returns strides of axes in any order, and some of 0.
		packed := func(constant bool) (strides []int, n int) {
			strides, n = make([]int, len(shape)), 1
			for _, axis := range r.Perm(len(shape)) {
				if constant && r.IntN(5) == 0 {
					continue
				}
				strides[axis] = n
				n *= shape[axis]
			}
			return strides, n
		}
		var strides [3][]int
		var data [3][]T
		for i := range data {
			var n int
			strides[i], n = packed(i > 0)
			data[i] = make([]T, n)
			x := T(1)
			for k := range data[i] {
				data[i][k] = x
				x += 3
			}
		}
		if r.IntN(2) == 0 {
			strides[0] = broadcast.Contiguous(nil, shape)
		}
		if r.IntN(3) == 0 {
			strides[2], data[2] = strides[0], data[0] // in place
		}
		before := slices.Clone(data[0])
		want, copied := make([]T, n), make([]T, n)
		index := make([]int, len(shape))
		for range n {
			var at [3]int
			for axis, i := range index {
				for k := range at {
					at[k] += i * strides[k][axis]
				}
			}
			want[at[0]], copied[at[0]] = data[1][at[1]]*data[2][at[2]], data[1][at[1]]
			for axis := len(index) - 1; axis >= 0; axis-- {
				if index[axis]++; index[axis] < shape[axis] {
					break
				}
				index[axis] = 0
			}
		}
		for level := range levels() {
			for _, rule := range []*kernel.Rule{product, few(product)} {
				for threads := 1; threads < 4; threads += 2 {
					copy(data[0], before)
					out, a, b := view(t, data[0], shape, strides[0]), view(t, data[1], shape, strides[1]), view(t, data[2], shape, strides[2])
					if err := Multiply(ruleAt(rule, level), out, a, b, threads); err != nil {
						t.Fatal(err)
					}
					if !slices.Equal(data[0], want) {
						t.Errorf("%T, %v, shape %v, strides %v, all kernels %v, %d threads: wrong product", T(0), level, shape, strides, rule.Default, threads)
					}
				}
			}
			copy(data[0], before)
			if &data[2][0] != &data[0][0] {
				Copy(ruleAt(product.A.Move, level), shape, unsafe.Pointer(&data[0][0]), strides[0], unsafe.Pointer(&data[1][0]), strides[1])
				if !slices.Equal(data[0], copied) {
					t.Errorf("%T, %v, shape %v, strides %v: wrong copy", T(0), level, shape, strides[:2])
				}
			}
		}
	}
}

// few returns a rule that has kernels of few patterns.
func few(r *kernel.Rule) *kernel.Rule {
	rule, set := *r, *r.Kernels
	for level := range set {
		for p := range set[level] {
			switch kernel.Pattern(p) {
			case kernel.VV, kernel.VC, kernel.CV, kernel.II:
			default:
				set[level][p] = kernel.Entry{}
			}
		}
	}
	rule.Default, rule.Kernels = false, &set
	return &rule
}
