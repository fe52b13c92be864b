package flow

import (
	"testing"
	"time"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// BenchmarkSmallMixed is what multiplies of one block cost beside their kernels, which do nothing.
func BenchmarkSmallMixed(b *testing.B) {
	nothing := func(out, a int) *kernel.Rule {
		r := &kernel.Rule{Out: productOf(out).Out, A: productOf(a).Out, B: productOf(a).Out, Commutes: true, Kernels: new(kernel.Set)}
		for level := range r.Kernels {
			for _, p := range []kernel.Pattern{kernel.VV, kernel.VC, kernel.II, kernel.V} {
				r.Kernels[level][p].Func = func(*kernel.Nest) {}
			}
		}
		return r
	}
	var memory [3][4096]byte
	array := func(i int, shape ...int) exec.Operand {
		lay, err := layout.Packed(shape)
		if err != nil {
			b.Fatal(err)
		}
		return exec.Operand{Base: unsafe.Pointer(&memory[i]), Lay: lay}
	}
	for _, c := range []struct {
		name         string
		m            Mixed
		out, a, b, w exec.Operand
	}{
		{"operand", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}}, array(0, 256), array(1, 256), array(2, 256), exec.Operand{}},
		{"scalar", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}}, array(0, 256), array(1, 256), array(2), exec.Operand{}},
		{"converted scalar", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}, B: Storage{By: nothing(4, 8)}}, array(0, 256), array(1, 256), array(2), exec.Operand{}},
		{"all", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}, B: Storage{By: nothing(4, 8)}, Out: Storage{By: nothing(1, 4)}}, array(0, 256), array(1, 256), array(2, 256), exec.Operand{}},
		{"pixels", Mixed{By: nothing(4, 4), A: Storage{By: nothing(4, 1)}}, array(0, 8, 8, 3), array(1, 8, 8, 3), array(2, 3), exec.Operand{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.m.On = siteAt(active.Level)
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
