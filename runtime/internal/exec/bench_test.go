package exec

import (
	"testing"
	"time"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
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
