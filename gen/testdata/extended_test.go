package runtime_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

func TestExtendedDTypes(t *testing.T) {
	gain := []kernel.Fixed{0x8000, -0x18000, 3}
	halves := []kernel.Fixed{1, -1, 0x10000, 0x7fffffff} // halves round up, what does not fit wraps
	pixels := []kernel.RGBA{0x10001, 7}
	for _, err := range []error{
		runtime.MulSlice(halves, halves, []kernel.Fixed{0x8000, 0x8000, -3, 0x20000}),
		runtime.ScaleSlice(gain, gain, 0x8000),
		runtime.MulSlice(pixels, pixels, pixels),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	mul := generated.MulOf[kernel.RGBA]()()
	got := fmt.Sprintln(gain, halves, pixels, mul.ID(mul.Entry(kernel.PureGo, 0, kernel.VV)))
	if want := "[16384 -49152 2] [1 0 -3 -2] [131073 49] int32-vv-purego\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExtendedPatterns(t *testing.T) {
	extended[int16](t, "int16")
	extended[float32](t, "float32")
}

// extended multiplies views of which some take every ninth element.
func extended[T int16 | float32](t *testing.T, name string) {
	level, err := runtime.ActiveLevel()
	if err != nil {
		t.Fatal(err)
	}
	const n = 1000
	view := func(first T, step int) (runtime.Array[T], []T) {
		data := make([]T, n*step)
		for i := range data {
			data[i] = first + T(i%89)
		}
		x, err := runtime.View(data, 0, []int{n}, []int{step})
		if err != nil {
			t.Fatal(err)
		}
		return x, data
	}
	for _, tt := range []struct {
		pattern kernel.Pattern
		steps   [3]int
	}{
		{kernel.V9, [3]int{1, 1, 9}},
		{kernel.V9, [3]int{1, 9, 1}},
		{kernel.S9, [3]int{1, 9, 9}},
	} {
		out, got := view(1, tt.steps[0])
		a, x := view(2, tt.steps[1])
		b, y := view(3, tt.steps[2])
		want := slices.Clone(got)
		for i := range n {
			want[i*tt.steps[0]] = x[i*tt.steps[1]] * y[i*tt.steps[2]]
		}
		plan, err := runtime.NewPlan(out, a, b)
		if err != nil {
			t.Fatal(err)
		}
		if err := plan.Run(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s %v: a wrong product, %v", name, tt.steps, err)
		}
		id := fmt.Sprintf("%s-%v-", name, tt.pattern)
		own := level == kernel.AVX512 || level == kernel.AVX2 && tt.steps[0] == 1
		mul := generated.MulOf[T]()()
		if plan.Kernel() != mul.ID(mul.Entry(level, 0, tt.pattern)) || own != strings.HasPrefix(plan.Kernel(), id) {
			t.Errorf("steps of %v: %v, want %s…", tt.steps, plan, id)
		}
	}
}
