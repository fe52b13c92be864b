package runtime

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"

	"github.com/hadamard-go/hadamard/generated"
)

// TestSmall says which multiplies need no layout. Those that do must leave out as it is.
func TestSmall(t *testing.T) {
	memory := make([]float32, 200)
	at := func(offset int, shape, strides []int) Array[float32] {
		t.Helper()
		x, err := View(memory, offset, shape, strides)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	packed := func(offset int, shape ...int) Array[float32] {
		t.Helper()
		x, err := New(memory[offset:], len(memory)-offset)
		if err == nil {
			size := 1
			for _, extent := range shape {
				size *= extent
			}
			x, err = x.Slice(0, None, size, 1)
		}
		if err == nil {
			x, err = x.Reshape(shape...)
		}
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	wide, err := packed(0, 3).BroadcastTo(3, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		out, a, b Array[float32]
		want      bool
	}{
		{"same shape", packed(0, 3, 3), packed(10, 3, 3), packed(20, 3, 3), true},
		{"row", packed(0, 3, 3), packed(10, 3, 3), packed(20, 3), true},
		{"column by row", packed(0, 3, 3), packed(10, 3, 1), packed(20, 3), true},
		{"scalar", packed(0, 3), packed(10), packed(20, 3), true},
		{"read-only operand", packed(10, 3, 3), wide, packed(20, 3), true},
		{"transposed", packed(0, 4, 4), at(20, []int{4, 4}, []int{1, 4}), packed(40, 4, 4), true},
		{"backwards", at(8, []int{3, 3}, []int{-3, -1}), at(28, []int{3}, []int{-1}), packed(40, 3, 1), true},
		{"spaced", at(0, []int{3, 3}, []int{9, 2}), packed(30, 3, 3), packed(40, 3, 3), true},
		{"in place", at(0, []int{3, 3}, []int{5, 1}), at(0, []int{3, 3}, []int{5, 1}), packed(40, 3), true},
		{"largest", packed(0, 8, 8), packed(64, 8, 8), packed(130, 8), true},
		{"larger", packed(0, 5, 13), packed(65, 5, 13), packed(130, 13), true},
		{"larger by column", packed(0, 5, 13), packed(65, 5, 13), packed(130, 5, 1), true},
		{"larger outer product", packed(0, 5, 16), packed(80, 5, 1), packed(90, 16), true},
		{"larger outer product of short rows", packed(0, 6, 15), packed(90, 6, 1), packed(100, 15), true},
		{"larger pixels", packed(0, 32, 3), packed(100, 32, 1), packed(140, 3), true},
		{"larger run", at(0, []int{66}, []int{2}), packed(133, 66), packed(133), true},
		{"larger row of one", at(0, []int{1, 66}, []int{1, 2}), packed(133, 66), packed(133), true},
		{"larger, an operand backwards", packed(0, 5, 13), at(129, []int{5, 13}, []int{-13, -1}), packed(130, 13), true},
		{"larger transposed", packed(0, 9, 8), at(72, []int{9, 8}, []int{1, 9}), packed(144, 8), true},
		{"long rows", packed(0, 2, 65), packed(0, 2, 65), packed(130, 65), true},
		{"larger, out backwards", at(64, []int{5, 13}, []int{13, -1}), packed(65, 5, 13), packed(130, 13), false},
		{"larger, out upwards", at(52, []int{5, 13}, []int{-13, 1}), packed(65, 5, 13), packed(130, 13), false},
		{"larger, out transposed", at(0, []int{5, 13}, []int{1, 5}), packed(65, 5, 13), packed(130, 13), false},
		{"larger, one run in two axes", at(0, []int{6, 11}, []int{22, 2}), packed(133, 6, 11), packed(133), true},
		{"larger, one run in two axes, an operand backwards", packed(0, 6, 11), at(131, []int{6, 11}, []int{-11, -1}), packed(133, 6, 11), true},
		{"larger columns of one", at(0, []int{66, 1}, []int{2, 1}), packed(133, 66, 1), packed(133), false},
		{"empty", packed(0, 0, 3), packed(10, 0, 3), packed(20, 3), false},
		{"three axes", packed(0, 2, 2, 2), packed(10, 2, 2, 2), packed(20, 2), false},
		{"operand of more axes", packed(0, 3), packed(10, 1, 3), packed(20, 3), false},
		{"misfit", packed(0, 3, 3), packed(10, 3, 3), packed(20, 2), false},
		{"misfit of rows", packed(0, 3, 3), packed(10, 2, 3), packed(20, 3), false},
		{"read-only out", wide, packed(10, 3, 3), packed(20, 3), false},
		{"out repeats", at(0, []int{3, 3}, []int{1, 1}), packed(10, 3, 3), packed(20, 3), false},
		{"in place, transposed", packed(0, 3, 3), at(0, []int{3, 3}, []int{1, 3}), packed(20, 3), false},
		{"row of out", packed(0, 3, 3), packed(10, 3, 3), packed(0, 3), false},
		{"shifted", packed(1, 3, 3), packed(0, 3, 3), packed(20, 3), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range memory {
				memory[i] = float32(i%13) - 5
			}
			want := slices.Clone(memory)
			if c.want {
				origin := int(uintptr(c.out.operand.Base)-uintptr(start(memory))) / 4
				at := positions(c.out)
				for i, v := range expected(t, c.out.Shape(), c.a, c.b) {
					want[origin+at[i]] = v
				}
			}
			for level := range levels() {
				pool := slices.Clone(memory)
				if got := exec.Plane(ruleAt(generated.MulOf[float32]()(), level), c.out.operand, c.a.operand, c.b.operand); got != c.want {
					t.Errorf("level %v: %v, want %v", level, got, c.want)
				}
				compare(t, "small", memory, want, level.String)
				copy(memory, pool)
			}
			if c.want {
				noAllocs(t, "MultiplyTo", func() error { return MultiplyTo(c.out, c.a, c.b) })
			}
		})
	}
}

// TestRuns multiplies runs of elements of one memory, apart and over each other.
func TestRuns(t *testing.T) {
	t.Run("int8", testRuns[int8])
	t.Run("Float16", testRuns[Float16])
	t.Run("int64", testRuns[int64])
	t.Run("complex128", testRuns[complex128])
}

func testRuns[T Element](t *testing.T) {
	r := rand.New(rand.NewPCG(11, 3))
	before := randomElements[T](r, 140)
	for _, shape := range [][]int{{}, {0}, {1}, {2}, {5}, {8}, {9}, {31}, {2, 2}, {3, 3}, {2, 0}, {2, 3, 4}} {
		size := 1
		for _, extent := range shape {
			size *= extent
		}
		for aShift := -3; aShift <= 3; aShift++ {
			for _, bShift := range []int{-40, -1, 0, 2, 40} {
				memory, want := slices.Clone(before), slices.Clone(before)
				at := func(shift int) Array[T] { return must(New(memory[50+shift:][:size], shape...)) }
				copy(want[50:], expected(t, shape, at(aShift), at(bShift)))
				if err := MultiplyTo(at(0), at(aShift), at(bShift)); err != nil {
					t.Fatal(err)
				}
				compare(t, "run", memory, want, func() string { return fmt.Sprint(shape, aShift, bShift) })
				for _, cShift := range []int{-45, -size, -1, 0, 3, size, 45} {
					memory, want = slices.Clone(before), slices.Clone(before)
					copy(want[50:], folded(t, shape, []Array[T]{at(aShift), at(bShift), at(cShift)}))
					if err := Product(at(0), at(aShift), at(bShift), at(cShift)); err != nil {
						t.Fatal(err)
					}
					compare(t, "product of runs", memory, want, func() string { return fmt.Sprint(shape, aShift, bShift, cShift) })
				}
			}
		}
	}
}
