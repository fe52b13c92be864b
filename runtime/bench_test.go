package runtime

import (
	"fmt"
	goruntime "runtime"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
)

func BenchmarkMulSlice(b *testing.B) {
	for _, n := range []int{1, 2, 3, 4, 6, 8, 12, 16, 64, 4096} {
		b.Run(fmt.Sprint("uint8/", n), func(b *testing.B) { benchMulSlice[uint8](b, n) })
		b.Run(fmt.Sprint("Float16/", n), func(b *testing.B) { benchMulSlice[Float16](b, n) })
		b.Run(fmt.Sprint("int16/", n), func(b *testing.B) { benchMulSlice[int16](b, n) })
		b.Run(fmt.Sprint("float32/", n), func(b *testing.B) { benchMulSlice[float32](b, n) })
		b.Run(fmt.Sprint("float64/", n), func(b *testing.B) { benchMulSlice[float64](b, n) })
		b.Run(fmt.Sprint("int64/", n), func(b *testing.B) { benchMulSlice[int64](b, n) })
		b.Run(fmt.Sprint("complex64/", n), func(b *testing.B) { benchMulSlice[complex64](b, n) })
		b.Run(fmt.Sprint("complex128/", n), func(b *testing.B) { benchMulSlice[complex128](b, n) })
	}
}

func benchMulSlice[T Element](b *testing.B, n int) {
	dst, x, y := make([]T, n), make([]T, n), make([]T, n)
	for b.Loop() {
		if err := MulSlice(dst, x, y); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMultiplyTo(b *testing.B) {
	full := func(shape ...int) Array[float32] { x, _ := Zeros[float32](shape...); return x }
	t33, _ := full(3, 3).Transpose()
	t44, _ := full(4, 4).Transpose()
	t88, _ := full(8, 8).Transpose()
	t416, _ := full(4, 16).Transpose()
	for _, c := range []struct {
		name      string
		out, x, y Array[float32]
	}{
		{"1", full(1), full(1), full(1)},
		{"4", full(4), full(4), full(4)},
		{"16", full(16), full(16), full(16)},
		{"3*scalar", full(3), full(3), full()},
		{"3x3", full(3, 3), full(3, 3), full(3, 3)},
		{"3x3*scalar", full(3, 3), full(3, 3), full()},
		{"3x3*row", full(3, 3), full(3, 3), full(3)},
		{"3x3*column", full(3, 3), full(3, 3), full(3, 1)},
		{"3x3*3x3.T", full(3, 3), full(3, 3), t33},
		{"4x4", full(4, 4), full(4, 4), full(4, 4)},
		{"4x4*column", full(4, 4), full(4, 4), full(4, 1)},
		{"4x4*4x4.T", full(4, 4), full(4, 4), t44},
		{"8x8*row", full(8, 8), full(8, 8), full(8)},
		{"8x8*8x8.T", full(8, 8), full(8, 8), t88},
		{"16x4*16x4.F", full(16, 4), full(16, 4), t416},
		{"12x12*row", full(12, 12), full(12, 12), full(12)},
		{"2x2x2x2*2x1x2x1", full(2, 2, 2, 2), full(2, 2, 2, 2), full(2, 1, 2, 1)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := MultiplyTo(c.out, c.x, c.y); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/plan", func(b *testing.B) {
			p, err := NewPlan(c.out, c.x, c.y)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := p.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/kernel", func(b *testing.B) {
			p, err := NewPlan(c.out, c.x, c.y)
			if err != nil {
				b.Fatal(err)
			}
			call, _ := p.job.Call()
			for b.Loop() {
				call(p.job.Nest())
			}
		})
	}
}

// BenchmarkResolve plans multiplies whose axes do not merge.
func BenchmarkResolve(b *testing.B) {
	shape := []int{6, 5, 7, 9}
	for rank := 1; rank <= len(shape); rank++ {
		alternating := slices.Clone(shape[:rank])
		for i := 0; i < rank; i += 2 {
			alternating[i] = 1
		}
		out, _ := Zeros[float32](shape[:rank]...)
		x, _ := Zeros[float32](shape[:rank]...)
		y, _ := Zeros[float32](alternating...)
		from := mulOf[float32]()
		b.Run(fmt.Sprint("rank ", rank), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var j exec.Job
				if err := j.Resolve(from, out.operand, x.operand, y.operand); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkThreads multiplies arrays of so many bytes, out and operands together, on
// one thread and on several.
func BenchmarkThreads(b *testing.B) {
	for kib := 512; kib <= 256<<10; kib *= 2 {
		var x [3]Array[float32]
		for i := range x {
			x[i] = must(Zeros[float32](kib << 10 / 12))
			clear(storage(x[i]))
		}
		for threads := 1; threads <= goruntime.GOMAXPROCS(0); threads *= 2 {
			b.Run(fmt.Sprintf("%dKiB/%d", kib, threads), func(b *testing.B) {
				for b.Loop() {
					if err := ProductThreads(threads, x[0], x[1], x[2]); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
