package exec

import (
	"testing"
	"time"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// BenchmarkSmallStaged is a product of one block of a rule that has few kernels.
func BenchmarkSmallStaged(b *testing.B) {
	r := withFew(generated.MulOf[float32]()())
	var out, x, y [1024]float32
	lay, err := layout.New([]int{256}, []int{1})
	if err != nil {
		b.Fatal(err)
	}
	back, err := layout.New([]int{256}, []int{-1})
	if err != nil {
		b.Fatal(err)
	}
	var j Job
	if err := j.Resolve(Rule{&r, here}, Operand{unsafe.Pointer(&out), lay}, Operand{unsafe.Pointer(&x), lay}, Operand{unsafe.Pointer(&y[255]), back}); err != nil {
		b.Fatal(err)
	}
	best := time.Duration(1 << 60)
	for b.Loop() {
		start := time.Now()
		for range 32 {
			j.Run(1)
		}
		best = min(best, time.Since(start))
	}
	b.ReportMetric(float64(best.Nanoseconds())/32, "min-ns")
}

// BenchmarkSmallMixed is what multiplies of one block cost beside their kernels, which do nothing.
func BenchmarkSmallMixed(b *testing.B) {
	nothing := func(out, a int) *kernel.Rule {
		r := &kernel.Rule{Out: ofSize(out).Out, A: ofSize(a).Out, B: ofSize(a).Out, Commutes: true, Kernels: new(kernel.Set)}
		for level := range r.Kernels {
			for _, p := range []kernel.Pattern{kernel.VV, kernel.VC, kernel.II, kernel.V} {
				r.Kernels[level][p].Func = func(*kernel.Nest) {}
			}
		}
		return r
	}
	var memory [3][4096]byte
	array := func(i int, shape ...int) Operand {
		lay, err := layout.Packed(shape)
		if err != nil {
			b.Fatal(err)
		}
		return Operand{unsafe.Pointer(&memory[i]), lay}
	}
	for _, c := range []struct {
		name         string
		m            Mixed
		out, a, b, w Operand
	}{
		{"operand", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}}, array(0, 256), array(1, 256), array(2, 256), Operand{}},
		{"scalar", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}}, array(0, 256), array(1, 256), array(2), Operand{}},
		{"converted scalar", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}, B: Storage{By: nothing(4, 8)}}, array(0, 256), array(1, 256), array(2), Operand{}},
		{"all", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}, B: Storage{By: nothing(4, 8)}, Out: Storage{By: nothing(1, 4)}}, array(0, 256), array(1, 256), array(2, 256), Operand{}},
		{"pixels", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}}, array(0, 8, 8, 3), array(1, 8, 8, 3), array(2, 3), Operand{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.m.On = here
			best := time.Duration(1 << 60)
			for b.Loop() {
				start := time.Now()
				for range 32 {
					if err := c.m.Multiply(1, c.out, c.a, c.b, c.w); err != nil {
						b.Fatal(err)
					}
				}
				best = min(best, time.Since(start))
			}
			b.ReportMetric(float64(best.Nanoseconds())/32, "min-ns")
		})
	}
}
