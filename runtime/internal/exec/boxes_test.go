package exec

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/guard"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestBoxes multiplies arrays whose axes lie in memory in any orders, and of which some may be repeated or
// run backwards or have gaps, between pages that may not be touched.
func TestBoxes(t *testing.T) {
	defer restore(active)
	pages := guard.Pages(t, 1<<20)
	for level := range levels() {
		for _, cache := range []int{32 << 20, 1} {
			active.Limits = machine.LimitsOf(cache)
			testBoxes[uint8](t, level, pages)
			testBoxes[uint16](t, level, pages)
			testBoxes[int32](t, level, pages)
			testBoxes[int64](t, level, pages)
		}
	}
}

func testBoxes[T uint8 | uint16 | int32 | int64](t *testing.T, level kernel.Level, pages [3][]byte) {
	size := int(unsafe.Sizeof(T(0)))
	rule := ruleAt(generated.MulOf[T]()(), level)
	went := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, uint64(size)))
		rank := 3 + r.IntN(3)
		shape, n := make([]int, rank), 1
		for _, i := range r.Perm(rank) {
			extents := []int{2, 3, 4, 5, 7, 8, 9, 16, 17, 24, 33, 64, 65, 130}
			shape[i] = max(1, min(extents[r.IntN(len(extents))], 1<<16/size/n))
			n *= shape[i]
		}
		lower, inPlace := r.IntN(2) == 0, r.IntN(6) == 0
		var strides [3][]int
		var data [3][]T
		var first [3]int
		for i := range strides {
			at, low, high := 1, 0, 0
			strides[i] = make([]int, rank)
			order := r.Perm(rank)
			if i == 0 && r.IntN(2) == 0 {
				slices.Sort(order)
				slices.Reverse(order)
			}
			for _, axis := range order {
				if i > 0 && r.IntN(8) == 0 {
					continue
				}
				if r.IntN(12) == 0 {
					at += r.IntN(9)
				}
				strides[i][axis] = at
				high += (shape[axis] - 1) * at
				at *= shape[axis]
				if i > 0 && r.IntN(16) == 0 {
					strides[i][axis] = -strides[i][axis]
					high -= (shape[axis] - 1) * -strides[i][axis]
					low -= (shape[axis] - 1) * -strides[i][axis]
				}
			}
			elements := high - low + 1
			if elements*size > len(pages[i]) {
				t.Fatalf("shape %v, strides %v: %d elements", shape, strides[i], elements)
			}
			page := pages[i][len(pages[i])-elements*size:]
			if lower {
				page = pages[i]
			}
			data[i], first[i] = unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(page))), elements), -low
		}
		if inPlace {
			strides[1], data[1], first[1] = strides[0], data[0], first[0]
		}
		for i := range data {
			x := T(1)
			for k := range data[i] {
				data[i][k] = x
				x += [...]T{3, 5, 7}[i]
			}
		}
		want, a := slices.Clone(data[0]), slices.Clone(data[1])
		each(shape, func(index []int) {
			at := first
			for axis, i := range index {
				for k := range at {
					at[k] += i * strides[k][axis]
				}
			}
			want[at[0]] = a[at[1]] * data[2][at[2]]
		})
		operand := func(i int) Operand {
			lay, err := layout.New(shape, strides[i])
			if err != nil {
				t.Fatal(err)
			}
			return Operand{unsafe.Pointer(&data[i][first[i]]), lay}
		}
		var j Job
		if err := j.Resolve(rule, operand(0), operand(1), operand(2)); err != nil {
			t.Fatal(err)
		}
		if j.walk.way == inBoxes {
			went++
		}
		j.Run(1)
		for i, got := range data[0] {
			if got != want[i] {
				t.Fatalf("%T, %v, shape %v, strides %v, way %d: element %d is %v, want %v", got, level, shape, strides, j.walk.way, i, got, want[i])
			}
		}
	}
	if least := map[bool]int{true: 30, false: 5}[size <= ShortMost]; went < least { // longer ones are not zipped
		t.Errorf("%T, %v: %d products went in boxes", T(0), level, went)
	}
}
