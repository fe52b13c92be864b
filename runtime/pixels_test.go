package runtime_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/hadamard-go/hadamard/conversions"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
)

// TestRulesOfPixels multiplies and converts three of four channels as it does what lies side by side, and
// leaves the fourth one as it is.
func TestRulesOfPixels(t *testing.T) {
	for _, size := range [][2]int{{1, 5}, {3, 107}, {11, 29}, {17, 64}, {40, 27}, {90, 61}} {
		pixels(t, rules.GainUint8, size)
		pixels(t, rules.GainUint16, size)
		pixels(t, rules.GainInt16, size)
		pixels(t, rules.ScaleUint8, size)
		pixels(t, rules.ScaleInt16, size)
		pixels(t, rules.HalfFloat16, size)
		pixels(t, rules.SaturatingUint8, size)
		pixels(t, rules.DoubleFloat32, size)
		converted(t, runtime.NewConversion[float32, uint8](&conversions.Uint8ToFloat32), size)
		converted(t, runtime.NewConversion[uint8, float32](&conversions.SaturateFloat32ToUint8), size)
		converted(t, runtime.NewConversion[float64, uint16](&conversions.Uint16ToFloat64), size)
		converted(t, runtime.NewConversion[runtime.UNorm16, runtime.UNorm8](&conversions.Unorm8ToUnorm16), size)
		converted(t, runtime.NewConversion[runtime.Float16, runtime.UNorm8](conversions.Between("float16", "unorm8", false)), size)
	}
}

// rowsOfThree is a layout of (H,W,3).
type rowsOfThree struct {
	name    string
	strides func(h, w int) []int
}

var (
	pixelsOfFour = rowsOfThree{"of four", func(_, w int) []int { return []int{4 * w, 4, 1} }}
	cut          = rowsOfThree{"of four, of wider rows", func(_, w int) []int { return []int{4*w + 20, 4, 1} }}
	adjacent     = rowsOfThree{"adjacent", func(_, w int) []int { return []int{3 * w, 3, 1} }}
	repeated     = rowsOfThree{"a row", func(int, int) []int { return []int{0, 0, 1} }}
	column       = rowsOfThree{"a column", func(_, w int) []int { return []int{w, 1, 0} }}
	single       = rowsOfThree{"one", func(int, int) []int { return []int{0, 0, 0} }}
	turned       = rowsOfThree{"planes", func(h, w int) []int { return []int{w, 1, h * w} }}
)

// of lays random elements out, those between rows among them.
func of[T any](t *testing.T, l rowsOfThree, size [2]int, rng *rand.Rand) (runtime.Array[T], []T) {
	h, w := size[0], size[1]
	memory := make([]T, h*(4*w+20))
	for i := range memory {
		switch v := any(&memory[i]).(type) {
		case *float32:
			*v = rng.Float32()*300 - 20
		case *float64:
			*v = rng.Float64()*300 - 20
		case *runtime.Float16:
			*v = runtime.NewFloat16(rng.Float32()*30 - 5)
		default:
			for k := range unsafe.Slice((*byte)(unsafe.Pointer(&memory[i])), unsafe.Sizeof(memory[i])) {
				unsafe.Slice((*byte)(unsafe.Pointer(&memory[i])), unsafe.Sizeof(memory[i]))[k] = byte(rng.Uint32())
			}
		}
	}
	return must(runtime.View(memory, 0, []int{h, w, 3}, l.strides(h, w)))(t), memory
}

func asBytes[T any](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0])))
}

// scattered is memory with elements where a layout has them, put there one by one.
func scattered[T any](t *testing.T, memory []T, l rowsOfThree, size [2]int, values []T) []T {
	want := append([]T(nil), memory...)
	s, i := l.strides(size[0], size[1]), 0
	for y := range size[0] {
		for x := range size[1] {
			for c := range 3 {
				want[y*s[0]+x*s[1]+c*s[2]] = values[i]
				i++
			}
		}
	}
	return want
}

func pixels[Out, A, B any](t *testing.T, r runtime.Rule[Out, A, B], size [2]int) {
	rng := rand.New(rand.NewPCG(3, uint64(size[1])))
	for _, lo := range []rowsOfThree{pixelsOfFour, cut, adjacent, turned} {
		for _, la := range []rowsOfThree{pixelsOfFour, cut, adjacent, repeated, single} {
			for _, lb := range []rowsOfThree{pixelsOfFour, adjacent, repeated, column, single} {
				t.Run(fmt.Sprint(r.Name(), size, lo.name, la.name, lb.name), func(t *testing.T) {
					out, memory := of[Out](t, lo, size, rng)
					a, _ := of[A](t, la, size, rng)
					b, _ := of[B](t, lb, size, rng)
					inPlace := lo.name == la.name && unsafe.Sizeof(*new(Out)) == unsafe.Sizeof(*new(A)) && rng.IntN(2) == 0
					if inPlace {
						if same, err := runtime.Cast[A](out); err == nil {
							a = same
						}
					}
					values, _ := must(r.Multiply(a.Clone(), b.Clone()))(t).Data()
					want := scattered(t, memory, lo, size, values)
					if err := r.MultiplyTo(out, a, b); err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(asBytes(memory), asBytes(want)) {
						t.Errorf("another product, or more was written, in place: %v", inPlace)
					}
				})
			}
		}
	}
}

func converted[Out, A any](t *testing.T, c runtime.Conversion[Out, A], size [2]int) {
	rng := rand.New(rand.NewPCG(4, uint64(size[1])))
	for _, lo := range []rowsOfThree{pixelsOfFour, cut, adjacent, turned} {
		for _, la := range []rowsOfThree{pixelsOfFour, cut, adjacent, repeated, column, single, turned} {
			t.Run(fmt.Sprint(c.Name(), size, lo.name, la.name), func(t *testing.T) {
				out, memory := of[Out](t, lo, size, rng)
				a, _ := of[A](t, la, size, rng)
				values, _ := must(c.Convert(a.Clone()))(t).Data()
				want := scattered(t, memory, lo, size, values)
				if err := c.ConvertTo(out, a); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(asBytes(memory), asBytes(want)) {
					t.Error("other elements, or more was written")
				}
			})
		}
	}
}

// BenchmarkPixels runs, in turn, rules and conversions of the colours of a picture that has a fourth
// channel beside them, and a plain multiply of as many bytes, and reports how many times as long they take
// and the best time of a colour.
func BenchmarkPixels(b *testing.B) {
	for _, size := range [][2]int{{21, 32}, {64, 96}, {512, 768}, {1365, 2048}} {
		h, w := size[0], size[1]
		n := 3 * h * w
		array := func(n int, shape ...int) runtime.Array[float32] {
			values := make([]float32, n)
			for i := range values {
				values[i] = 0.7
			}
			x, err := runtime.New(values, shape...)
			if err != nil {
				b.Fatal(err)
			}
			return x
		}
		picture, err := runtime.View(make([]uint8, 4*h*w), 0, []int{h, w, 3}, []int{4 * w, 4, 1})
		if err != nil {
			b.Fatal(err)
		}
		full, row, one, out := array(n, h, w, 3), array(3, 3), runtime.Scalar[float32](0.7), array(n, h, w, 3)
		column := array(h*w, h, w, 1)
		floats := runtime.NewConversion[float32, uint8](&conversions.Uint8ToFloat32)
		bytes := runtime.NewConversion[uint8, float32](&conversions.SaturateFloat32ToUint8)
		for _, c := range []struct {
			name  string
			bytes int // of a pixel
			run   func() error
		}{
			{"gain", 20, func() error { return rules.GainUint8.MultiplyTo(picture, picture, full) }},
			{"gain-by-row", 8, func() error { return rules.GainUint8.MultiplyTo(picture, picture, row) }},
			{"gain-by-one", 8, func() error { return rules.GainUint8.MultiplyTo(picture, picture, one) }},
			{"gain-by-column", 12, func() error { return rules.GainUint8.MultiplyTo(picture, picture, column) }},
			{"scale", 28, func() error { return rules.ScaleUint8.MultiplyTo(out, picture, full) }},
			{"scale-by-row", 16, func() error { return rules.ScaleUint8.MultiplyTo(out, picture, row) }},
			{"scale-by-column", 20, func() error { return rules.ScaleUint8.MultiplyTo(out, picture, column) }},
			{"to-floats", 16, func() error { return floats.ConvertTo(out, picture) }},
			{"to-bytes", 16, func() error { return bytes.ConvertTo(picture, out) }},
		} {
			b.Run(fmt.Sprintf("%s/%dx%d", c.name, h, w), func(b *testing.B) {
				x, y, z := make([]float32, c.bytes*h*w/12), make([]float32, c.bytes*h*w/12), make([]float32, c.bytes*h*w/12)
				besideOf(b, n, c.run, func() error { return runtime.MulSlice(x, y, z) })
			})
		}
	}
}

// besideOf reports how many times as long one call takes as another, and what an element of it takes.
func besideOf(b *testing.B, elements int, calls ...func() error) {
	best, many := [2]time.Duration{1 << 62, 1 << 62}, [2]int{1, 1} // of how many calls
	timed := func(i int) time.Duration {
		start := time.Now()
		for range many[i] {
			if err := calls[i](); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}
	for i := range calls {
		for timed(i) < 20*time.Microsecond {
			many[i] *= 2
		}
	}
	for b.Loop() {
		for i := range calls {
			best[i] = min(best[i], timed(i)/time.Duration(many[i]))
		}
	}
	b.ReportMetric(float64(best[0])/float64(best[1]), "x-plain")
	b.ReportMetric(float64(best[0].Nanoseconds())/float64(elements), "ns/colour")
	b.ReportMetric(0, "ns/op")
}
