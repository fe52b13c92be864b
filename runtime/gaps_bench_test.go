package runtime_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hadamard-go/hadamard/runtime"
)

// BenchmarkGaps times products of layouts that are neither rows nor constants, by shape and the
// strides of out, a and b, for elements of each size. Two builds are compared by running both in turn.
//
//	go test ./runtime -run xxx -bench Gaps/pixels
func BenchmarkGaps(b *testing.B) {
	for _, l := range gapped {
		b.Run(l.name, func(b *testing.B) {
			benchGapped[uint8](b, l, "uint8")
			benchGapped[runtime.UNorm8](b, l, "unorm8")
			benchGapped[int16](b, l, "int16")
			benchGapped[float32](b, l, "float32")
			benchGapped[float64](b, l, "float64")
		})
	}
}

// A lie is a layout: strides of none are those of out, which may be a itself.
type lie struct {
	name      string
	shape     []int
	out, a, b []int
	inPlace   bool
}

var gapped = append([]lie{
	{name: "pixels/row", shape: []int{520, 768, 3}, out: []int{4 * 768, 4, 1}, a: []int{4 * 768, 4, 1}, b: []int{0, 0, 1}},
	{name: "pixels/mask", shape: []int{520, 768, 3}, out: []int{4 * 768, 4, 1}, a: []int{4 * 768, 4, 1}, b: []int{768, 1, 0}},
	{name: "pixels/constant", shape: []int{520, 768, 3}, out: []int{4 * 768, 4, 1}, a: []int{4 * 768, 4, 1}, b: []int{0, 0, 0}},
	{name: "pixels/picture", shape: []int{520, 768, 3}, out: []int{4 * 768, 4, 1}, a: []int{4 * 768, 4, 1}, b: []int{4 * 768, 4, 1}},
	{name: "pixels/inplace", shape: []int{520, 768, 3}, out: []int{4 * 768, 4, 1}, b: []int{0, 0, 1}, inPlace: true},
	{name: "pixels/from", shape: []int{520, 768, 3}, out: []int{3 * 768, 3, 1}, a: []int{4 * 768, 4, 1}, b: []int{0, 0, 1}},
	{name: "pixels/to", shape: []int{520, 768, 3}, out: []int{4 * 768, 4, 1}, a: []int{3 * 768, 3, 1}, b: []int{0, 0, 1}},
	{name: "pixels/small", shape: []int{20, 30, 3}, out: []int{4 * 30, 4, 1}, a: []int{4 * 30, 4, 1}, b: []int{0, 0, 1}},
	{name: "pixels/part", shape: []int{300, 400, 3}, out: []int{4 * 768, 4, 1}, a: []int{4 * 768, 4, 1}, b: []int{0, 0, 1}},
}, append(narrow(5, 6, 8, 12, 16, 21, 31), apart(5, 6, 7, 8, 9, 16)...)...)

// narrow lists columns by which narrow rows are multiplied.
func narrow(cols ...int) (ls []lie) {
	for _, n := range cols {
		ls = append(ls, lie{name: fmt.Sprint("narrow/", n), shape: []int{20000, n}, out: []int{n, 1}, a: []int{n, 1}, b: []int{1, 0}})
	}
	for _, rows := range []int{40, 75, 150, 300} {
		ls = append(ls, lie{name: fmt.Sprint("narrow/few7x", rows), shape: []int{rows, 7}, out: []int{7, 1}, a: []int{7, 1}, b: []int{1, 0}})
	}
	return ls
}

// apart lists rows at a stride, of one operand, of all, and of out.
func apart(strides ...int) (ls []lie) {
	for _, s := range strides {
		ls = append(ls,
			lie{name: fmt.Sprint("every/b", s), shape: []int{20000}, out: []int{1}, a: []int{1}, b: []int{s}},
			lie{name: fmt.Sprint("every/ab", s), shape: []int{20000}, out: []int{1}, a: []int{s}, b: []int{s}},
			lie{name: fmt.Sprint("every/all", s), shape: []int{20000}, out: []int{s}, a: []int{s}, b: []int{s}})
	}
	return append(ls,
		lie{name: "every/uneven23", shape: []int{20000}, out: []int{1}, a: []int{2}, b: []int{3}},
		lie{name: "every/uneven57", shape: []int{20000}, out: []int{2}, a: []int{5}, b: []int{7}},
		lie{name: "every/outs2a3c", shape: []int{20000}, out: []int{2}, a: []int{3}, b: []int{0}},
		lie{name: "every/small5", shape: []int{200}, out: []int{1}, a: []int{1}, b: []int{5}})
}

func benchGapped[T runtime.Element](b *testing.B, l lie, dtype string) {
	b.Run(dtype, func(b *testing.B) {
		view := func(strides []int) runtime.Array[T] {
			last := 0
			for i, n := range l.shape {
				last += (n - 1) * strides[i]
			}
			data := make([]T, last+1)
			for i := range data { // so that there are pages
				data[i] = *new(T)
			}
			x, err := runtime.View(data, 0, l.shape, strides)
			if err != nil {
				b.Fatal(err)
			}
			return x
		}
		out, y := view(l.out), view(l.b)
		x := out
		if !l.inPlace {
			x = view(l.a)
		}
		calls, best := 1, time.Duration(1<<62)
		timed := func() time.Duration {
			start := time.Now()
			for range calls {
				if err := runtime.MultiplyTo(out, x, y); err != nil {
					b.Fatal(err)
				}
			}
			return time.Since(start)
		}
		for timed() < 50*time.Microsecond {
			calls *= 2
		}
		for b.Loop() {
			best = min(best, timed())
		}
		b.ReportMetric(float64(best.Nanoseconds())/float64(calls), "min-ns")
		b.ReportMetric(0, "ns/op")
	})
}
