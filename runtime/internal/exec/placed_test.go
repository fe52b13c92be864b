package exec

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/guard"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestPlaced multiplies arrays of short rows of which one or both repeat along any axes, and may have
// gaps along others, between pages that may not be touched.
func TestPlaced(t *testing.T) {
	defer restore(active)
	pages := guard.Pages(t, 1<<20)
	for level := range levels() {
		for _, cache := range []int{32 << 20, 1} {
			active.Limits = machine.LimitsOf(cache)
			testPlaced[uint8](t, level, pages)
			testPlaced[uint16](t, level, pages)
			testPlaced[int32](t, level, pages)
			testPlaced[int64](t, level, pages)
			testPlaced[complex128](t, level, pages)
		}
	}
}

func testPlaced[T uint8 | uint16 | int32 | int64 | complex128](t *testing.T, level kernel.Level, pages [3][]byte) {
	size := int(unsafe.Sizeof(T(0)))
	rule := ruleAt(generated.MulOf[T]()(), level)
	went := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, uint64(size)))
		rank := 3 + r.IntN(3)
		shape, n := make([]int, rank), 1
		for i := rank - 1; i >= 0; i-- {
			extents := []int{2, 3, 4, 5, 6, 7, 8, 11, 16, 17, 40}
			shape[i] = extents[r.IntN(len(extents))]
			if i == 0 {
				shape[i] = max(2, min(1+r.IntN(4000), 1<<15/size/n))
			}
			n *= shape[i]
		}
		var strides [3][]int
		var data [3][]T
		lower := r.IntN(2) == 0
		for i := range strides {
			at, last := 1, 0
			strides[i] = make([]int, rank)
			for axis := rank - 1; axis >= 0; axis-- {
				if i > 0 && r.IntN(3) == 0 {
					continue
				}
				if r.IntN(12) == 0 {
					at += r.IntN(9)
				}
				strides[i][axis] = at
				last += (shape[axis] - 1) * at
				at *= shape[axis]
			}
			if (last+1)*size > len(pages[i]) {
				continue
			}
			page := pages[i][len(pages[i])-(last+1)*size:]
			if lower {
				page = pages[i]
			}
			data[i] = unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(page))), last+1)
			x := T(1)
			for k := range data[i] {
				data[i][k] = x
				x += [...]T{3, 5, 7}[i]
			}
		}
		if data[0] == nil || data[1] == nil || data[2] == nil {
			continue
		}
		want := slices.Clone(data[0])
		each(shape, func(index []int) {
			var at [3]int
			for axis, i := range index {
				for k := range at {
					at[k] += i * strides[k][axis]
				}
			}
			want[at[0]] = data[1][at[1]] * data[2][at[2]]
		})
		operand := func(i int) Operand {
			lay, err := layout.New(shape, strides[i])
			if err != nil {
				t.Fatal(err)
			}
			return Operand{unsafe.Pointer(unsafe.SliceData(data[i])), lay}
		}
		var j Job
		if err := j.Resolve(rule, operand(0), operand(1), operand(2)); err != nil {
			t.Fatal(err)
		}
		if j.walk.way == inPlaces {
			went++
		}
		j.Run(1)
		for i, got := range data[0] {
			if got != want[i] {
				t.Fatalf("%T, %v, shape %v, strides %v, way %d: element %d is %v, want %v", got, level, shape, strides, j.walk.way, i, got, want[i])
			}
		}
	}
	if went == 0 {
		t.Errorf("%T, %v: %d products went in such blocks", T(0), level, went)
	}
}

// A list is no longer than there is room for, and reads no farther than is copied where an operand ends.
func TestListsFit(t *testing.T) {
	var scratch [placedRoom + listBytes]byte
	tried := 0
	for _, size := range []int{1, 2} {
		r := rand.New(rand.NewPCG(3, uint64(size)))
		for range 3000 {
			var l broadcast.Layout
			rank := 2 + r.IntN(3)
			shape, out, b := make([]int, rank), make([]int, rank), make([]int, rank)
			n, dense := 1, 1
			for i := rank - 1; i >= 0; i-- {
				shape[i] = 2 + r.IntN(20)
				out[i] = n
				n *= shape[i]
				if r.IntN(2) == 0 {
					b[i] = dense
					dense *= shape[i]
				}
			}
			broadcast.Normalize(&l, shape, out, out, b)
			w := Walk{rule: ruleAt(ofSize(size).Rule, active.Best), wide: size}
			at := w.placeable(&l, 1<<20)
			if at < 0 {
				continue
			}
			tried++
			c := placing{Walk: &w, layout: &l, at: at, within: 1}
			for i := at + 1; i < l.Rank; i++ {
				c.within *= l.At(i).Extent
			}
			c.most = placedBytes / (c.within * size)
			x := placed{scratch: unsafe.Pointer(&scratch), of: broadcast.B, size: size, move: w.rule.B.Move}
			x.list.set(&c, &x)
			if p := &x.list; p.places == 0 || p.places*2*p.wide > listBytes || p.reach > listReach+listOf+TileLine || p.bytes < c.within*size/p.steps {
				t.Fatalf("%d bytes, %v by %v: %+v", size, shape, b, x.list)
			}
		}
	}
	if tried < 500 {
		t.Errorf("%d layouts have lists", tried)
	}
}
