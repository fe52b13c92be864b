package runtime_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hadamard-go/hadamard/runtime"
)

// BenchmarkLayouts multiplies arrays whose axes lie in memory in different orders, or of which some
// have not all axes, by elements of each size. It reports the best time, the bytes of out and
// operands for each nanosecond, and these bytes, written and in all.
func BenchmarkLayouts(b *testing.B) {
	for _, of := range permuted {
		for _, kib := range []int{24, 600, 12 << 10, 96 << 10} {
			benchLayout[uint8](b, of, kib)
			benchLayout[uint16](b, of, kib)
			benchLayout[float32](b, of, kib)
			benchLayout[float64](b, of, kib)
			benchLayout[complex128](b, of, kib)
		}
	}
}

// permuted is arrays: out, a and b by the letters of their axes, the outermost in memory first, out's
// being in alphabetical order; and the extents of the letters. Those of 0 are alike, such that out has
// a third of the bytes of all.
var permuted = []struct {
	axes    string
	extents []int
}{
	{"ab ab ba", []int{0, 0}},
	{"ab ba ba", []int{0, 0}},
	{"ab ab ba", []int{1024, 1024}},
	{"ab ba ba", []int{1024, 1024}},
	{"ab ab ba", []int{1023, 1025}},
	{"ab ba ba", []int{1023, 1025}},
	{"abc abc cba", []int{0, 0, 0}},
	{"abc abc cba", []int{0, 3, 64}},
	{"abc abc cba", []int{0, 24, 7}},
	{"abc abc cba", []int{32, 32, 0}},
	{"abc abc cab", []int{0, 0, 0}},
	{"abc abc bca", []int{0, 0, 0}},
	{"abc abc bca", []int{0, 8, 48}},
	{"abc abc acb", []int{0, 0, 0}},
	{"abc abc acb", []int{8, 0, 64}}, // channels from the middle to the end
	{"abc abc acb", []int{8, 64, 0}}, // and back
	{"abc abc acb", []int{8, 0, 3}},
	{"abc abc acb", []int{8, 3, 0}},
	{"abc abc acb", []int{8, 0, 4}},
	{"abc abc acb", []int{8, 0, 8}},
	{"abc abc acb", []int{8, 0, 13}},
	{"abc abc acb", []int{8, 0, 16}},
	{"abc abc cba", []int{3, 64, 0}},
	{"abc abc acb", []int{0, 4, 5}},
	{"abc abc bac", []int{0, 16, 20}},
	{"abcd abcd dcba", []int{0, 12, 14, 16}},
	{"abcd abcd cdab", []int{0, 12, 14, 16}},
	{"abcd abcd badc", []int{0, 12, 14, 16}},
	{"abcd abcd bdac", []int{0, 12, 14, 16}},
	{"abc cba cba", []int{0, 0, 0}},
	{"abc cba bca", []int{0, 0, 0}},
	{"abc cab bca", []int{0, 24, 24}},
	{"abc cb ba", []int{0, 24, 24}},
	{"abc abc ac", []int{0, 5, 3}},
	{"abc abc ac", []int{0, 5, 7}},
	{"abc abc ab", []int{0, 5, 3}},
	{"abc abc ab", []int{0, 5, 7}},
	{"abc ac ab", []int{0, 7, 4}},
	{"abc ab bc", []int{0, 7, 5}},
	{"abcd abd acd", []int{0, 7, 6, 3}},
	{"abcd abc bd", []int{0, 7, 6, 5}},
	{"abc abc b", []int{0, 7, 2}},
	{"abc abc bc", []int{0, 5, 3}},
	{"abcd abcd bd", []int{64, 0, 2, 4}},
	{"abcd abcd abd", []int{8, 0, 12, 4}},
}

func benchLayout[T runtime.Element](b *testing.B, of struct {
	axes    string
	extents []int
}, kib int,
) {
	arrays := strings.Fields(of.axes)
	extents := slices.Clone(of.extents)
	n, free := kib<<10/3/elementSize[T](), 0
	for _, extent := range extents {
		if extent == 0 {
			free++
		} else {
			n /= extent
		}
	}
	if free == 0 && kib != 600 || n < 2 && free > 0 {
		return
	}
	for i := range extents {
		if extents[i] == 0 {
			extents[i] = int(math.Round(math.Pow(float64(n), 1/float64(free))))
		}
	}
	name := fmt.Sprintf("%T/%s/%d=%v", *new(T), strings.ReplaceAll(of.axes, " ", ","), kib, extents)
	b.Run(strings.ReplaceAll(strings.Trim(name, "]"), " ", "x"), func(b *testing.B) {
		bytes, written := 0, 0
		var x [3]runtime.Array[T]
		for i, axes := range arrays {
			strides, size := make([]int, len(extents)), 1
			shape := slices.Repeat([]int{1}, len(extents))
			for _, axis := range slices.Backward([]byte(axes)) {
				strides[axis-'a'], shape[axis-'a'] = size, extents[axis-'a']
				size *= extents[axis-'a']
			}
			data := slices.Repeat(make([]T, 1), size) // so that there are pages
			var err error
			if x[i], err = runtime.View(data, 0, shape, strides); err != nil {
				b.Fatal(err)
			}
			bytes += size * elementSize[T]()
			if i == 0 {
				written = bytes
			}
		}
		plan, err := runtime.NewPlan(x[0], x[1], x[2])
		if err == nil {
			err = plan.SetThreads(1)
		}
		if err != nil {
			b.Fatal(err)
		}
		calls := 1
		timed := func() time.Duration {
			start := time.Now()
			for range calls {
				if err := plan.Run(); err != nil {
					b.Fatal(err)
				}
			}
			return time.Since(start)
		}
		for timed() < 20*time.Microsecond {
			calls *= 2
		}
		best := time.Duration(1 << 62)
		for b.Loop() {
			best = min(best, timed())
		}
		ns := float64(best.Nanoseconds()) / float64(calls)
		b.ReportMetric(ns, "min-ns")
		b.ReportMetric(float64(bytes)/ns, "GB/s")
		b.ReportMetric(float64(written), "written")
		b.ReportMetric(float64(bytes), "bytes")
		b.ReportMetric(0, "ns/op")
	})
}
