package exec

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestMoved multiplies three of four channels, narrow rows by a column, and strides, of one block and
// of several, and holds what lies between elements of out to what it was.
func TestMoved(t *testing.T) {
	for level := range levels() {
		t.Run(level.String(), func(t *testing.T) {
			testMoved[uint8](t, level)
			testMoved[uint16](t, level)
			testMoved[int32](t, level)
		})
	}
}

func testMoved[T uint8 | uint16 | int32](t *testing.T, level kernel.Level) {
	type lie struct {
		shape     []int
		out, a, b []int
	}
	var lies []lie
	for _, pixels := range []int{171, 700} {
		gap, dense := []int{4, 1}, []int{3, 1}
		for _, out := range [][]int{gap, dense} {
			for _, a := range [][]int{gap, dense} {
				for _, b := range [][]int{gap, dense, {0, 1}, {1, 0}, {0, 0}, {2, 0}, {5, 1}} {
					lies = append(lies, lie{[]int{pixels, 3}, out, a, b}, lie{[]int{pixels, 3}, out, b, a})
				}
			}
		}
	}
	for _, b := range [][]int{{0, 0, 1}, {3, 0, 1}, {1, 0, 1}, {1, 0, 0}, {7, 1, 0}} { // what repeats in a nest may differ in the next
		lies = append(lies, lie{[]int{3, 200, 3}, []int{900, 4, 1}, []int{4000, 4, 1}, b})
	}
	for _, a := range [][]int{{1, 300, 5}, {1, 700, 16}} { // the loops of a nest are not next to each other
		lies = append(lies, lie{[]int{16, 5, 40}, []int{200, 40, 1}, a, []int{0, 7, 5}}, lie{[]int{16, 5, 40}, []int{1000, 200, 5}, a, []int{0, 7, 1}})
	}
	for cols := 4; cols <= 18; cols++ {
		for _, rows := range []int{131, 500, 1300} {
			lies = append(lies, lie{[]int{rows, cols}, []int{cols, 1}, []int{cols, 1}, []int{1, 0}})
		}
	}
	for _, steps := range [][3]int{{1, 1, 5}, {1, 5, 5}, {5, 5, 5}, {6, 6, 6}, {7, 7, 7}, {8, 8, 8}, {1, 2, 3}, {2, 5, 7}, {2, 3, 0}, {1, 8, -1}, {6, 1, 1}, {1, -2, 5}, {1, 9, 5}} {
		for _, n := range []int{511, 2500} {
			lies = append(lies, lie{[]int{n}, []int{steps[0]}, []int{steps[1]}, []int{steps[2]}})
		}
		lies = append(lies, lie{[]int{40, 20}, []int{20*steps[0] + 3, steps[0]}, []int{20 * steps[1], steps[1]}, []int{500, steps[2]}})
	}
	ways := map[way]int{}
	for _, l := range lies {
		for _, inPlace := range []bool{false, true} {
			if inPlace && !slices.Equal(l.out, l.a) {
				continue
			}
			lay := func(strides []int, by int) (memory []T, first int) {
				last := 0
				for axis, n := range l.shape {
					last += (n - 1) * max(strides[axis], 0)
					first -= (n - 1) * min(strides[axis], 0)
				}
				memory = make([]T, first+last+1)
				for i := range memory {
					memory[i] = T(i*by + 1)
				}
				return memory, first
			}
			out, out0 := lay(l.out, 5)
			a, a0 := lay(l.a, 7)
			b, b0 := lay(l.b, 11)
			if inPlace {
				a = out
			}
			want := slices.Clone(out)
			each(l.shape, func(at []int) {
				place := func(first int, strides []int) int {
					for axis, i := range at {
						first += i * strides[axis]
					}
					return first
				}
				want[place(out0, l.out)] = a[place(a0, l.a)] * b[place(b0, l.b)]
			})
			operand := func(memory []T, first int, strides []int) Operand {
				lay, err := layout.New(l.shape, strides)
				if err != nil {
					t.Fatal(err)
				}
				return Operand{unsafe.Pointer(&memory[first]), lay}
			}
			var j Job
			if err := j.Resolve(ruleAt(generated.MulOf[T]()(), level), operand(out, out0, l.out), operand(a, a0, l.a), operand(b, b0, l.b)); err != nil {
				t.Fatal(err)
			}
			ways[j.walk.way]++
			j.Run(1)
			for i, got := range out {
				if got != want[i] {
					t.Fatalf("%T, %+v, in place %v, way %d: element %d is %d, want %d", got, l, inPlace, j.walk.way, i, got, want[i])
				}
			}
		}
	}
	if moves := level > kernel.PureGo && unsafe.Sizeof(T(0)) <= ShortMost; moves != (ways[laidOut] > 0) {
		t.Errorf("%T: %v of %d went in blocks", *new(T), ways, len(lies))
	}
}

// each calls f with all indexes of a shape.
func each(shape []int, f func(at []int)) {
	n, err := broadcast.Size(shape)
	if err != nil {
		panic(err)
	}
	at := make([]int, len(shape))
	for i := range n {
		for axis := len(shape) - 1; axis >= 0; axis-- {
			at[axis] = i % shape[axis]
			i /= shape[axis]
		}
		f(at)
	}
}
