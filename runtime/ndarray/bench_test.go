package ndarray

import (
	"fmt"
	"testing"
	"time"
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

// BenchmarkPairs multiplies all pairs of dtypes, arrays of so many bytes together, and reports how
// many times as long that takes as the slowest of what it is made of: the conversion of an operand,
// and the product of the wider dtype. All take their turn in each iteration; the fastest counts.
func BenchmarkPairs(b *testing.B) {
	for _, bytes := range []int{1 << 20, 64 << 20} {
		for _, x := range DTypes() {
			for _, y := range DTypes() {
				b.Run(fmt.Sprintf("%v_by_%v/%dMiB", x, y, bytes>>20), func(b *testing.B) {
					dtype := Promote(x, y)
					n := bytes / (x.Size() + y.Size() + dtype.Size())
					a, c, out := small(x, n), small(y, n), small(dtype, n)
					wideA, wideC := small(dtype, n), small(dtype, n)
					ways := []func() error{
						func() error { return MultiplyTo(out, a, c) },
						func() error { return MultiplyTo(out, wideA, wideC) },
						func() error { return ConvertTo(wideA, a, SameKind) },
						func() error { return ConvertTo(wideC, c, SameKind) },
					}
					var least [4]time.Duration
					for b.Loop() {
						for i, way := range ways {
							for k := range 3 {
								start := time.Now()
								if err := way(); err != nil {
									b.Fatal(err)
								}
								if took := time.Since(start); k > 0 && (least[i] == 0 || took < least[i]) {
									least[i] = took
								}
							}
						}
					}
					alone := max(least[1], least[2], least[3])
					b.ReportMetric(float64(least[0])/float64(alone), "x-slowest-alone")
					b.ReportMetric(float64(least[0])/1000, "µs")
					b.ReportMetric(float64(least[1])/1000, "µs-product")
					b.ReportMetric(float64(max(least[2], least[3]))/1000, "µs-conversion")
				})
			}
		}
	}
}

// small returns an array of small numbers, with a sign and a fraction where the dtype has them.
func small(d DType, n int) Array {
	const rows = 16
	values := make([]float64, (n+rows-1)/rows)
	for i := range values {
		values[i] = float64(i%13-6) / 4
	}
	x := fatal(Zeros(d, rows, len(values)))
	if err := ConvertTo(x, fatal(New(values, len(values))), Unsafe); err != nil {
		panic(err)
	}
	return fatal(fatal(x.Reshape(rows*len(values))).Slice(0, 0, n, 1))
}
