package ndarray

import (
	"fmt"
	"testing"
)

// BenchmarkMultiply multiplies pairs of dtypes into an array of theirs.
func BenchmarkMultiply(b *testing.B) {
	for _, pair := range [][2]DType{{Float32, Float32}, {Uint8, Float32}, {Int16, Float32}, {Float32, Float64}, {Float16, Float32}, {Float32, Complex64}, {Int8, Uint8}} {
		for _, n := range []int{1, 64, 4 << 10, 256 << 10} {
			x, y := fatal(Zeros(pair[0], n)), fatal(Zeros(pair[1], n))
			out := fatal(Zeros(Promote(pair[0], pair[1]), n))
			b.Run(fmt.Sprintf("%v_by_%v/%d", pair[0], pair[1], n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := MultiplyTo(out, x, y); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/element")
			})
		}
	}
	x, out := fatal(Zeros(Float32, 1024)), fatal(Zeros(Float32, 1024))
	b.Run("float32_by_number/1024", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := MultiplyTo(out, x, Weak(0.5)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
