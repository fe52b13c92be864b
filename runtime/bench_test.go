package runtime

import (
	"fmt"
	"testing"
)

func BenchmarkMulSlice(b *testing.B) {
	for _, n := range []int{1, 2, 4, 6, 8, 10, 12, 16, 64, 4096} {
		b.Run(fmt.Sprint("float32/", n), func(b *testing.B) { benchMulSlice[float32](b, n) })
	}
	for _, n := range []int{1, 2, 4, 8, 12, 16, 64} {
		b.Run(fmt.Sprint("complex64/", n), func(b *testing.B) { benchMulSlice[complex64](b, n) })
		b.Run(fmt.Sprint("uint8/", n), func(b *testing.B) { benchMulSlice[uint8](b, n) })
		b.Run(fmt.Sprint("Float16/", n), func(b *testing.B) { benchMulSlice[Float16](b, n) })
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
	for _, c := range []struct {
		name      string
		out, x, y Array[float32]
	}{
		{"1", full(1), full(1), full(1)},
		{"3x3", full(3, 3), full(3, 3), full(3, 3)},
		{"3x3*scalar", full(3, 3), full(3, 3), full()},
		{"3x3*row", full(3, 3), full(3, 3), full(3)},
		{"3x3*column", full(3, 3), full(3, 3), full(3, 1)},
		{"3x3*3x3.T", full(3, 3), full(3, 3), t33},
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
	}
}
