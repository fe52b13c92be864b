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
	product := generated.MulOf[float32]()()
	r := *product
	set := *product.Kernels
	for level := range set {
		for p := range set[level] {
			if p := kernel.Pattern(p); p != kernel.VV && p != kernel.VC && p != kernel.II {
				set[level][p] = kernel.Entry{}
			}
		}
	}
	r.Default, r.Kernels = false, &set
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
	if err := j.Resolve(Rule{&r, &active}, Operand{unsafe.Pointer(&out), lay}, Operand{unsafe.Pointer(&x), lay}, Operand{unsafe.Pointer(&y[255]), back}); err != nil {
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
