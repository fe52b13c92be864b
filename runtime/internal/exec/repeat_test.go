package exec

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
)

// TestRepeatedRows multiplies rows of up to RepeatRow bytes by one row, few and many of
// them, and holds the elements beside out to what they were.
func TestRepeatedRows(t *testing.T) {
	for level := range levels() {
		for _, past := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/past the caches %v", level, past), func(t *testing.T) {
				testRepeatedRows[uint8](t, level, past)
				testRepeatedRows[uint16](t, level, past)
				testRepeatedRows[int64](t, level, past)
			})
		}
	}
}

func testRepeatedRows[T int64 | uint8 | uint16](t *testing.T, level kernel.Level, past bool) {
	defer restore(active)
	if past {
		active.Limits = machine.LimitsOf(1)
	}
	size := int(unsafe.Sizeof(T(0)))
	for cols := 1; cols*size <= RepeatRow+size; cols++ {
		for _, rows := range []int{2, 27, 28, 29, 33, 39, 40, 41, 47, 64, 100} {
			memory := make([]T, rows*cols+2)
			for i := range memory {
				memory[i] = T(i*5 + 3)
			}
			a, b := make([]T, rows*cols), make([]T, cols)
			for i := range a {
				a[i] = T(i*7 + 1)
			}
			for i := range b {
				b[i] = T(i*3 + 2)
			}
			var j Job
			if err := j.Resolve(ruleAt(generated.MulOf[T]()(), level), view(t, memory[1:1+len(a)], []int{rows, cols}, []int{cols, 1}), view(t, a, []int{rows, cols}, []int{cols, 1}), view(t, b, []int{cols}, []int{1})); err != nil {
				t.Fatal(err)
			}
			j.Run(1)
			for i, got := range memory {
				want := T(i*5 + 3)
				if i > 0 && i <= len(a) {
					want = a[i-1] * b[(i-1)%cols]
				}
				if got != want {
					t.Fatalf("%T, %d rows of %d: element %d is %d, want %d", got, rows, cols, i-1, got, want)
				}
			}
		}
	}
}
