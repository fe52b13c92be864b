package runtime

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

func noAllocs(t *testing.T, name string, run func() error) {
	t.Helper()
	var err error
	n := testing.AllocsPerRun(20, func() { err = run() })
	if exec.RaceDetector {
		n = 0 // what is read and written is told to the detector, which takes memory
	}
	if n != 0 || err != nil {
		t.Errorf("%s: %v allocations, error %v", name, n, err)
	}
}

// TestStackArrays multiplies arrays that live on the stack if nothing moves them.
func TestStackArrays(t *testing.T) {
	for _, n := range []int{3, 16, 60} {
		noAllocs(t, fmt.Sprint("MulSlice ", n), func() error {
			var dst, a, b [60]float32
			a[0] = 2
			return MulSlice(dst[:n], a[:n], b[:n])
		})
		noAllocs(t, fmt.Sprint("ScaleSlice ", n), func() error {
			var dst, a [60]complex128
			return ScaleSlice(dst[:n], a[:n], 2i)
		})
		noAllocs(t, fmt.Sprint("MulSlice in place ", n), func() error {
			var dst [60]Float16
			return MulSlice(dst[:n], dst[:n], dst[:n])
		})
	}
}

func TestMultiplyToDoesNotAllocate(t *testing.T) {
	zeros := func(shape ...int) Array[int32] {
		x, err := Zeros[int32](shape...)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	every2 := func(x Array[int32]) Array[int32] {
		for axis := range x.Rank() {
			v, err := x.Slice(axis, None, None, 2)
			if err != nil {
				t.Fatal(err)
			}
			x = v
		}
		return x
	}
	reversed := func(x Array[int32]) Array[int32] {
		v, err := x.Transpose()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	shape := []int{}
	for rank := 0; rank <= 8; rank++ {
		full, row := zeros(shape...), zeros()
		if rank > 0 {
			row = zeros(shape[rank-1])
		}
		wide := make([]int, rank)
		alternating := make([]int, rank)
		for i := range wide {
			wide[i] = 2 * shape[i]
			alternating[i] = 1 + (shape[i]-1)*(i%2)
		}
		strided := every2(zeros(wide...))
		square := make([]int, rank)
		for i := range square {
			square[i] = 2
		}
		for _, c := range []struct {
			name      string
			out, a, b Array[int32]
		}{
			{"contiguous", full, zeros(shape...), zeros(shape...)},
			{"in place", full, full, full},
			{"scalar", full, zeros(), full},
			{"row", full, full, row},
			{"alternating axes", full, zeros(alternating...), full},
			{"strided", strided, every2(zeros(wide...)), full},
			{"strided in place", strided, strided, strided},
			{"transposed", zeros(square...), reversed(zeros(square...)), zeros(square...)},
		} {
			noAllocs(t, fmt.Sprintf("rank %d, %s", rank, c.name), func() error { return MultiplyTo(c.out, c.a, c.b) })
		}
		shape = append(shape, 2+rank%3)
	}
}

func TestPlanRunDoesNotAllocate(t *testing.T) {
	x, err := Zeros[float64](6, 6)
	if err != nil {
		t.Fatal(err)
	}
	transposed, err := x.Transpose()
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(x, transposed, x)
	if err != nil {
		t.Fatal(err)
	}
	noAllocs(t, "Run with a copy", p.Run)

	shape, strides := slices.Repeat([]int{2}, 10), make([]int, 10)
	for i := range strides {
		strides[len(strides)-1-i] = 2<<i - 1 // axes that do not merge
	}
	memory := make([]float64, 1<<11)
	out, shifted := must(View(memory, 0, shape, strides)), must(View(memory, 1, shape, strides))
	p, err = NewPlan(out, shifted, out)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(p.String(), ", copies a") {
		t.Error(p)
	}
	noAllocs(t, "Run with a copy of many axes", p.Run)
}

func TestAccessDoesNotAllocate(t *testing.T) {
	x, err := Zeros[float64](6, 6)
	if err != nil {
		t.Fatal(err)
	}
	noAllocs(t, "At and Set", func() error {
		v, err := x.At(1, 2)
		if err != nil {
			return err
		}
		return x.Set(v+1, -1, 2)
	})
}

// TestOverlapOnTheStack copies an operand that lies on a stack which is small
// and moves as it grows.
func TestOverlapOnTheStack(t *testing.T) {
	multiply := func() error {
		var memory [200]float32
		for i := range memory {
			memory[i] = float32(i)
		}
		if err := MulSlice(memory[1:], memory[:199], memory[:199]); err != nil {
			return err
		}
		for i, v := range memory[1:] {
			if v != float32(i*i) {
				return fmt.Errorf("element %d is %v, want %d", i+1, v, i*i)
			}
		}
		return nil
	}
	const goroutines = 100
	errs := make(chan error)
	for range goroutines {
		go func() { errs <- multiply() }()
	}
	for range goroutines {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestGrowingStacks multiplies and copies on stacks that grow, and move, at any of the
// calls underway: scratch memory and operands on the stack move too.
func TestGrowingStacks(t *testing.T) {
	a, b, out := counting(64, 64), counting(64, 64), counting(64, 64)
	ta, tb := must(a.Transpose()), must(b.Transpose())
	run := func(out, a, b Array[uint8]) func() error {
		return func() error {
			return exec.Multiply(ruleAt(generated.MulOf[uint8]()(), PureGo), out.operand, a.operand, b.operand, 0)
		}
	}
	for name, run := range map[string]func() error{
		"transposed":      run(out, a, tb),
		"both transposed": run(out, ta, tb),
		"copy": func() error {
			exec.Copy(copyOf[uint8](), out.operand.Lay.Shape, out.operand.Base, out.operand.Lay.Strides, ta.operand.Base, ta.operand.Lay.Strides)
			return nil
		},
		"slices on the stack": func() error { // whose kernels call a function, which needs stack
			var dst, x, y [40]Float16
			hidden := func(p *[40]Float16) unsafe.Pointer { return exec.Hidden(unsafe.Pointer(p)) }
			for i := range x {
				x[i], y[i] = Float16(storage(a)[i])<<4, Float16(storage(b)[i])<<4
			}
			err := MulSlice(dst[:], x[:], y[:])
			r := ruleAt(generated.MulOf[Float16]()(), PureGo)
			exec.Flat(r, r.On.Machine, kernel.VV, hidden(&x), hidden(&dst), hidden(&y), len(x))
			for i, v := range x {
				storage(out)[i] = uint8(v >> 2)
			}
			return err
		},
	} {
		onGrowingStacks(t, name, out, run)
	}
}

// onGrowingStacks compares what run writes to out on stacks of many depths with
// what it writes here.
func onGrowingStacks(t *testing.T, name string, out Array[uint8], run func() error) {
	t.Helper()
	data, _ := out.Data()
	clear(data)
	if err := run(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	want := slices.Clone(data)
	step := 1
	if testing.Short() {
		step = 4 // which few frames are smaller than
	}
	for depth := 0; depth < 900; depth += step { // 32 bytes and more each
		clear(data)
		done := make(chan error)
		go func() { done <- below(depth, run) }()
		if err := <-done; err != nil || !slices.Equal(data, want) {
			t.Fatalf("%s, %d calls deep: error %v, or another result", name, depth, err)
		}
	}
}

//go:noinline
func below(depth int, run func() error) error {
	if depth > 0 {
		return below(depth-1, run)
	}
	return run()
}

// counting returns an array of odd numbers.
func counting(shape ...int) Array[uint8] {
	x := must(Zeros[uint8](shape...))
	data, _ := x.Data()
	for i := range data {
		data[i] = uint8(i*7+i/64*3) | 1
	}
	return x
}

func must[V any](x V, err error) V {
	if err != nil {
		panic(err)
	}
	return x
}
