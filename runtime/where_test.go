package runtime_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
)

func ExampleMultiplyWhere() {
	signal, _ := runtime.New([]float32{1, 2, 3, 4}, 4)
	loud, _ := runtime.New([]bool{false, false, true, true}, 4)
	if err := runtime.MultiplyWhere(signal, signal, runtime.Scalar[float32](0.5), loud); err != nil {
		fmt.Println(err)
	}
	fmt.Println(signal)
	// Output: [  1   2 1.5   2]
}

func ExamplePlan_RunOn() {
	gain, _ := runtime.New([]uint16{1, 2, 3}, 3)
	first, _ := runtime.New([]uint16{1, 1, 1, 1, 1, 1}, 2, 3)
	plan, err := runtime.NewPlan(first, first, gain)
	if err != nil {
		fmt.Println(err)
		return
	}
	last, _ := runtime.New([]uint16{5, 5, 5}, 1, 3) // of a series of blocks
	for _, block := range []runtime.Array[uint16]{first, last} {
		if err := plan.RunOn(block, block, gain); err != nil {
			fmt.Println(err)
		}
		fmt.Println(block)
	}
	// Output:
	// [[1 2 3]
	//  [1 2 3]]
	// [[ 5 10 15]]
}

// TestMultiplyWhere multiplies pixels under masks of any shape.
func TestMultiplyWhere(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const rows, cols = 40, 30
	for _, shape := range [][]int{{}, {1}, {3}, {cols, 1}, {cols, 3}, {rows, 1, 1}, {rows, 1, 3}, {rows, cols, 1}, {rows, cols, 3}} {
		size := 1
		for _, n := range shape {
			size *= n
		}
		samples, factors, selected := make([]uint8, rows*cols*3), make([]float32, 3), make([]bool, size)
		for i := range samples {
			samples[i] = uint8(r.Uint32())
		}
		for i := range factors {
			factors[i] = r.Float32() * 2
		}
		for i := range selected {
			selected[i] = r.IntN(2) == 0
		}
		pixels, mask := orPanic(runtime.New(samples, rows, cols, 3)), orPanic(runtime.New(selected, shape...))
		all := orPanic(rules.GainUint8.Multiply(pixels, orPanic(runtime.New(factors, 3))))
		before := slices.Clone(samples)
		whole, _ := all.Data()
		where, err := mask.BroadcastTo(rows, cols, 3)
		if err != nil {
			t.Fatal(err)
		}
		where = where.Clone()
		is, _ := where.Data()
		if err := rules.GainUint8.MultiplyWhere(pixels, pixels, orPanic(runtime.New(factors, 3)), mask); err != nil {
			t.Fatal(err)
		}
		for i, got := range samples {
			want := before[i]
			if is[i] {
				want = whole[i]
			}
			if got != want {
				t.Fatalf("mask %v: element %d is %d, want %d", shape, i, got, want)
			}
		}
	}
}

// TestRunOn compares plans on other arrays with multiplies.
func TestRunOn(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	memory := make([]int16, 1<<14)
	view := func(shape []int, step int) runtime.Array[int16] {
		strides := make([]int, len(shape))
		at := step
		for axis := len(shape) - 1; axis >= 0; axis-- {
			strides[axis], at = at, at*shape[axis]
		}
		return orPanic(runtime.View(memory, r.IntN(len(memory)-at+1), shape, strides))
	}
	moved := 0
	for range 3000 {
		shape := make([]int, r.IntN(4))
		for i := range shape {
			shape[i] = 1 + r.IntN(12)
		}
		steps := [3]int{1 + r.IntN(2), 1 + r.IntN(3), 1 + r.IntN(2)}
		bShape := shape[min(len(shape), r.IntN(3)):]
		arrays := func(rows int) [3]runtime.Array[int16] {
			shape, bShape := slices.Clone(shape), slices.Clone(bShape)
			if rows > 0 {
				shape[0] = rows
				if len(bShape) == len(shape) {
					bShape[0] = rows
				}
			}
			x := [3]runtime.Array[int16]{view(shape, steps[0]), view(shape, steps[1]), view(bShape, steps[2])}
			if steps[0] == steps[1] && r.IntN(3) == 0 {
				x[1] = x[0]
			}
			return x
		}
		made := arrays(0)
		plan, err := runtime.NewPlan(made[0], made[1], made[2])
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			rows := 0
			if len(shape) > 0 && r.IntN(3) == 0 {
				rows = 1 + r.IntN(shape[0])
			}
			x := arrays(rows)
			for i := range memory {
				memory[i] = int16(r.Uint32())
			}
			before := slices.Clone(memory)
			if err := runtime.MultiplyTo(x[0], x[1], x[2]); err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(memory)
			copy(memory, before)
			if err := plan.RunOn(x[0], x[1], x[2]); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(memory, want) {
				t.Fatalf("shape %v, %d rows, steps %v: %v differs", shape, rows, steps, plan)
			}
			moved++
		}
	}
	if moved == 0 {
		t.Error("nothing ran")
	}
}

// TestWhereErrors holds what masks, conversions and plans refuse to what it is called.
func TestWhereErrors(t *testing.T) {
	x, y := orPanic(runtime.Zeros[int16](2, 3)), orPanic(runtime.Zeros[int16](3, 2))
	mask, row := orPanic(runtime.Zeros[bool](4)), orPanic(runtime.Zeros[int16](3))
	plan := orPanic(runtime.NewPlan(x, x, row))
	samples, factors := orPanic(runtime.Zeros[uint8](2)), orPanic(runtime.Zeros[float32](2))
	gain := orPanic(rules.GainUint8.NewPlan(samples, samples, factors))
	var none runtime.Conversion[float32, uint8]
	for _, c := range []struct {
		err  error
		is   error
		want string
	}{
		{runtime.MultiplyWhere(x, x, row, mask), nil, "MultiplyWhere: the mask does not fit out: "},
		{runtime.MultiplyWhere(x, x, row, runtime.Array[bool]{}), runtime.ErrNoArray, "MultiplyWhere: the mask: "},
		{runtime.MultiplyWhere(x, y, row, orPanic(runtime.Zeros[bool](2, 3))), nil, "MultiplyWhere: operand a does not fit out: "},
		{runtime.MultiplyWhere(orPanic(row.BroadcastTo(2, 3)), x, x, mask), runtime.ErrReadOnly, "MultiplyWhere: out, shape (2,3): "},
		{plan.RunOn(y, y, row), runtime.ErrPlan, "RunOn: out, shape (3,2) with strides (2,1), is not laid out as that of the plan, shape (2,3) with strides (3,1)"},
		{plan.RunOn(x, x, x), runtime.ErrPlan, "RunOn: b, "},
		{plan.RunOn(x, x, runtime.Array[int16]{}), runtime.ErrNoArray, "RunOn: operand b: "},
		{(*runtime.Plan[int16])(nil).RunOn(x, x, row), runtime.ErrNoPlan, "RunOn: "},
		{gain.RunOn(samples, samples, samples), runtime.ErrPlan, "RunOn: the plan is of rule gain_uint8, whose operands"},
		{rules.SaturatingUint8.RunOn(gain, samples, samples, samples), runtime.ErrPlan, "RunOn: the plan is of rule gain_uint8, not of saturating_uint8"},
		{none.ConvertTo(factors, samples), runtime.ErrNoRule, "ConvertTo: "},
		{none.ConvertWhere(factors, samples, runtime.Array[bool]{}), runtime.ErrNoArray, "ConvertWhere: the mask: "},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), c.want) || c.is != nil && !errors.Is(c.err, c.is) {
			t.Errorf("got %v, want %q", c.err, c.want)
		}
	}
	if err := rules.GainUint8.RunOn(gain, samples, samples, factors); err != nil {
		t.Error(err)
	}
}

// whereCalls are calls whose arrays are on the stack if nothing moves them.
func whereCalls() map[string]func() error {
	type arrays struct {
		out  [600]float32
		a    [600]uint8
		b    [600]float32
		mask [600]bool
	}
	call := func(n, step int) func() error {
		return func() error {
			var s arrays
			for i := range s.a {
				s.out[i], s.a[i], s.b[i], s.mask[i] = -1, uint8(i%100), 2, i%3 == 0
			}
			shape, strides := []int{n}, []int{step}
			err := rules.ScaleUint8.MultiplyWhere(orPanic(runtime.View(s.out[:], 0, shape, strides)), orPanic(runtime.View(s.a[:], 0, shape, strides)),
				orPanic(runtime.View(s.b[:], 0, shape, strides)), orPanic(runtime.View(s.mask[:], 0, shape, strides)))
			for i, got := range s.out {
				want := float32(-1)
				if i%step == 0 && i < n*step && i%3 == 0 {
					want = float32(2 * (i % 100))
				}
				if got != want {
					return cmp.Or(err, fmt.Errorf("element %d is %v, want %v", i, got, want))
				}
			}
			return err
		}
	}
	return map[string]func() error{"MultiplyWhere": call(300, 1), "MultiplyWhere through blocks": call(300, 2), "MultiplyWhere of few": call(5, 1)}
}

func TestWhereOperands(t *testing.T) { runtime.OnStacks(t, whereCalls()) }

func TestWhereDoesNotAllocate(t *testing.T) {
	image, planes := orPanic(runtime.Zeros[uint8](40, 60, 3)), orPanic(orPanic(runtime.Zeros[float32](3, 40, 60)).Transpose(1, 2, 0))
	channels, mask := orPanic(runtime.Zeros[float32](3)), orPanic(runtime.Zeros[bool](40, 60, 1))
	x, all := orPanic(runtime.Zeros[float32](200)), orPanic(runtime.Zeros[bool](200))
	plan := orPanic(runtime.NewPlan(x, x, x))
	other := orPanic(runtime.Zeros[float32](200))
	for name, call := range map[string]func() error{
		"in place":       func() error { return rules.GainUint8.MultiplyWhere(image, image, channels, mask) },
		"to planes":      func() error { return rules.ScaleUint8.MultiplyWhere(planes, image, channels, mask) },
		"runs":           func() error { return runtime.MultiplyWhere(x, x, x, all) },
		"a plan":         func() error { return plan.RunOn(other, other, other) },
		"another layout": func() error { return plan.RunOn(other, x, other) },
	} {
		runtime.NoAllocs(t, name, call)
	}
}
