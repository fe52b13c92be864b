package runtime

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestSmall says of which arrays of few axes a kernel gets all elements as they lie, by one call:
// those that need no layout.
func TestSmall(t *testing.T) {
	const asItIs, otherwise, copied, refused = "as it is", "otherwise", "copied", "refused"
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
		taken     string
	}{
		{"same shape", packed(0, 3, 3), packed(10, 3, 3), packed(20, 3, 3), asItIs},
		{"row", packed(0, 3, 3), packed(10, 3, 3), packed(20, 3), asItIs},
		{"column by row", packed(0, 3, 3), packed(10, 3, 1), packed(20, 3), asItIs},
		{"scalar", packed(0, 3), packed(10), packed(20, 3), asItIs},
		{"read-only operand", packed(10, 3, 3), wide, packed(20, 3), asItIs},
		{"transposed", packed(0, 4, 4), at(20, []int{4, 4}, []int{1, 4}), packed(40, 4, 4), asItIs},
		{"backwards", at(8, []int{3, 3}, []int{-3, -1}), at(28, []int{3}, []int{-1}), packed(40, 3, 1), asItIs},
		{"spaced", at(0, []int{3, 3}, []int{9, 2}), packed(30, 3, 3), packed(40, 3, 3), asItIs},
		{"in place", at(0, []int{3, 3}, []int{5, 1}), at(0, []int{3, 3}, []int{5, 1}), packed(40, 3), asItIs},
		{"largest", packed(0, 8, 8), packed(64, 8, 8), packed(130, 8), asItIs},
		{"larger", packed(0, 5, 13), packed(65, 5, 13), packed(130, 13), asItIs},
		{"larger by column", packed(0, 5, 13), packed(65, 5, 13), packed(130, 5, 1), asItIs},
		{"larger outer product", packed(0, 5, 16), packed(80, 5, 1), packed(90, 16), asItIs},
		{"larger outer product of short rows", packed(0, 6, 15), packed(90, 6, 1), packed(100, 15), asItIs},
		{"larger pixels", packed(0, 32, 3), packed(100, 32, 1), packed(140, 3), asItIs},
		{"larger run", at(0, []int{66}, []int{2}), packed(133, 66), packed(133), asItIs},
		{"larger row of one", at(0, []int{1, 66}, []int{1, 2}), packed(133, 66), packed(133), asItIs},
		{"larger, an operand backwards", packed(0, 5, 13), at(129, []int{5, 13}, []int{-13, -1}), packed(130, 13), asItIs},
		{"larger transposed", packed(0, 9, 8), at(72, []int{9, 8}, []int{1, 9}), packed(144, 8), otherwise},
		{"long rows", packed(0, 2, 65), packed(0, 2, 65), packed(130, 65), asItIs},
		{"larger, out backwards", at(64, []int{5, 13}, []int{13, -1}), packed(130, 5, 13), packed(20, 13), otherwise},
		{"larger, out upwards", at(52, []int{5, 13}, []int{-13, 1}), packed(65, 5, 13), packed(130, 13), asItIs},
		{"larger, out transposed", at(0, []int{5, 13}, []int{1, 5}), packed(65, 5, 13), packed(130, 13), otherwise},
		{"larger, one run in two axes", at(0, []int{6, 11}, []int{22, 2}), packed(133, 6, 11), packed(133), otherwise},
		{"larger, one run in two axes, an operand backwards", packed(0, 6, 11), at(131, []int{6, 11}, []int{-11, -1}), packed(133, 6, 11), otherwise},
		{"larger columns of one", at(0, []int{66, 1}, []int{2, 1}), packed(133, 66, 1), packed(133), otherwise},
		{"empty", packed(0, 0, 3), packed(10, 0, 3), packed(20, 3), otherwise},
		{"three axes", packed(0, 2, 2, 2), packed(10, 2, 2, 2), packed(20, 2), otherwise},
		{"operand of more axes", packed(0, 3), packed(10, 1, 3), packed(20, 3), refused},
		{"misfit", packed(0, 3, 3), packed(10, 3, 3), packed(20, 2), refused},
		{"misfit of rows", packed(0, 3, 3), packed(10, 2, 3), packed(20, 3), refused},
		{"read-only out", wide, packed(10, 3, 3), packed(20, 3), refused},
		{"out repeats", at(0, []int{3, 3}, []int{1, 1}), packed(10, 3, 3), packed(20, 3), refused},
		{"in place, transposed", packed(0, 3, 3), at(0, []int{3, 3}, []int{1, 3}), packed(20, 3), copied},
		{"row of out", packed(0, 3, 3), packed(10, 3, 3), packed(0, 3), copied},
		{"shifted", packed(1, 3, 3), packed(0, 3, 3), packed(20, 3), copied},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range memory {
				memory[i] = float32(i%13) - 5
			}
			before, want := slices.Clone(memory), slices.Clone(memory)
			if c.taken != refused {
				origin := int(uintptr(c.out.operand.Base)-uintptr(start(memory))) / 4
				at := positions(c.out)
				for i, v := range expected(t, c.out.Shape(), c.a, c.b) {
					want[origin+at[i]] = v
				}
			}
			for level := range levels() {
				var nests []kernel.Nest
				copy(memory, before)
				err := exec.Multiply(ruleAt(watched(generated.MulOf[float32]()(), &nests), level), c.out.operand, c.a.operand, c.b.operand, 1)
				compare(t, "small", memory, want, level.String)
				taken := otherwise
				switch p := c.out.operand.Lay.Plane; {
				case err != nil:
					taken = refused
				case len(nests) != 1:
				case outside(memory, nests[0].A) || outside(memory, nests[0].B):
					taken = copied
				case nests[0].Cols == p.Cols && nests[0].DstCol == 4*p.Col && nests[0].Rows == p.Rows && (p.Rows == 1 || nests[0].DstRow == 4*p.Row):
					taken = asItIs
				}
				if taken != c.taken {
					t.Errorf("level %v: %s, want %s: %+v, %v", level, taken, c.taken, nests, err)
				}
			}
			if c.taken == asItIs || c.taken == otherwise {
				noAllocs(t, "MultiplyTo", func() error { return MultiplyTo(c.out, c.a, c.b) })
			}
		})
	}
}

// outside reports whether p points at none of the elements.
func outside(elements []float32, p unsafe.Pointer) bool {
	return uintptr(p)-uintptr(start(elements)) >= uintptr(4*len(elements))
}

// watched returns a rule whose kernels note their nests.
func watched(of *kernel.Rule, nests *[]kernel.Nest) *kernel.Rule {
	r, set := *of, *of.Kernels
	for level := range set {
		for pattern := range set[level] {
			if entry := &set[level][pattern]; entry.Func != nil {
				kernelOf := entry.Func
				entry.Func = func(nest *kernel.Nest) {
					*nests = append(*nests, *nest)
					kernelOf(nest)
				}
			}
		}
	}
	r.Kernels = &set
	return &r
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
