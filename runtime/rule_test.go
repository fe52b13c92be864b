package runtime_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
)

func array[T any](t *testing.T, data []T, shape ...int) runtime.Array[T] {
	t.Helper()
	x, err := runtime.New(data, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestRuleCalls goes through all that a rule does, by one of three types.
func TestRuleCalls(t *testing.T) {
	samples, gains := []uint8{0, 1, 200, 255}, []float32{2, 0.5, 1, -3}
	want := []float32{0, 0.5, 200, -765}
	got := make([]float32, 4)
	check := func(call string, err error, want []float32) {
		t.Helper()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", call, got, err, want)
		}
		clear(got)
	}
	rule := rules.ScaleUint8
	check("MulSlice", rule.MulSlice(got, samples, gains), want)
	check("ScaleSlice", rule.ScaleSlice(got, samples, 0.5), []float32{0, 0.5, 100, 127.5})
	out, a, b := array(t, got, 2, 2), array(t, samples, 2, 2), array(t, gains, 2, 2)
	check("MultiplyTo", rule.MultiplyTo(out, a, b), want)
	product, err := rule.Multiply(a, b)
	copy(got, slices.Collect(product.Values()))
	check("Multiply", err, want)
	plan, err := rule.NewPlan(out, a, b)
	if err != nil {
		t.Fatal(err)
	}
	check("a plan of "+plan.String(), plan.Run(), want)

	// A reversed column by a row, through blocks.
	column, err := array(t, samples, 4, 1).Flip(0)
	if err != nil {
		t.Fatal(err)
	}
	outer, err := rule.Multiply(column, array(t, gains[:2], 2))
	if err != nil || !slices.Equal(slices.Collect(outer.Values()), []float32{510, 127.5, 400, 100, 2, 0.5, 0, 0}) {
		t.Errorf("an outer product: %v, %v", outer, err)
	}
	if rule.Name() != "scale_uint8" || rule.String() != "float32(x) * y" {
		t.Errorf("%s, %v", rule.Name(), rule)
	}
}

// TestProductBy multiplies from left to right, by elements of another type, and in place.
func TestProductBy(t *testing.T) {
	loudness := []int16{1000, -2000, 30000, 7}
	x := array(t, loudness, 4)
	if err := runtime.ProductBy(rules.GainInt16, x, x, array(t, []float32{2, 2, 2, 2}, 4), runtime.Scalar[float32](0.25), array(t, []float32{1, 3, 1, 1}, 4)); err != nil {
		t.Fatal(err)
	}
	if want := []int16{500, -3000, 8192, 4}; !slices.Equal(loudness, want) { // 60000 saturates first, 3.5 is rounded to even
		t.Errorf("%v, want %v", loudness, want)
	}
}

// TestConjugates multiplies by conjugates in every order and kind of operand.
func TestConjugates(t *testing.T) {
	x, y := []complex64{1 + 2i, 3 - 1i, -2i, 4}, []complex64{2 + 1i, 1i, 5, 1 - 1i}
	conj := func(v complex64) complex64 { return complex(real(v), -imag(v)) }
	rule := rules.ConjugateComplex64
	a, b, s := array(t, x, 4), array(t, y, 4), runtime.Scalar(y[0])
	flipped := func(x runtime.Array[complex64]) runtime.Array[complex64] {
		f, err := x.Flip()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, tt := range []struct {
		name string
		a, b runtime.Array[complex64]
		x, y func(i int) complex64
	}{
		{"vectors", a, b, func(i int) complex64 { return x[i] }, func(i int) complex64 { return y[i] }},
		{"vectors, the other way", b, a, func(i int) complex64 { return y[i] }, func(i int) complex64 { return x[i] }},
		{"scalar last", a, s, func(i int) complex64 { return x[i] }, func(int) complex64 { return y[0] }},
		{"scalar first", s, a, func(int) complex64 { return y[0] }, func(i int) complex64 { return x[i] }},
		{"reversed first", flipped(a), b, func(i int) complex64 { return x[3-i] }, func(i int) complex64 { return y[i] }},
		{"reversed last", a, flipped(b), func(i int) complex64 { return x[i] }, func(i int) complex64 { return y[3-i] }},
	} {
		out, err := rule.Multiply(tt.a, tt.b)
		i := 0
		for got := range out.Values() {
			if want := tt.x(i) * conj(tt.y(i)); got != want {
				t.Errorf("%s: element %d is %v, want %v", tt.name, i, got, want)
			}
			i++
		}
		if err != nil || i != 4 {
			t.Errorf("%s: %d elements, %v", tt.name, i, err)
		}
	}
	want := y[0] * conj(x[0])
	if err := rule.MulSlice(x, y, x); err != nil || x[0] != want {
		t.Errorf("in place: %v, %v", x[0], err)
	}
}

type pair struct{ Left, Right int16 }

// TestElements says what arrays may hold.
func TestElements(t *testing.T) {
	frames := array(t, []pair{{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}, {11, 12}}, 2, 3)
	turned, err := frames.Transpose()
	if err != nil {
		t.Fatal(err)
	}
	if got := turned.Clone().String(); got != "[[  {1 2}   {7 8}]\n [  {3 4}  {9 10}]\n [  {5 6} {11 12}]]" {
		t.Error(got)
	}
	refused := func(err error, want string) {
		t.Helper()
		if !errors.Is(err, runtime.ErrElement) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err = runtime.New([]string{"a"}, 1)
	refused(err, "New: string can not be the type of elements: it holds pointers")
	_, err = runtime.New([][3]byte{{1, 2, 3}}, 1)
	refused(err, "New: [3]uint8 can not be the type of elements: it has 3 bytes, not 1, 2, 4, 8 or 16")
	_, err = runtime.Zeros[struct{}](1)
	refused(err, "Zeros: struct {} can not be the type of elements: it has 0 bytes, not 1, 2, 4, 8 or 16")
	_, err = runtime.View([]struct{ p *int }{{}}, 0, nil, nil)
	refused(err, "View: struct { p *int } can not be the type of elements: it holds pointers")
	if x := runtime.Scalar("text"); x.Len() != 0 || x.Rank() != 0 {
		t.Error("a scalar that is no element")
	}
	var none runtime.Rule[int8, int8, int8]
	if err := none.MulSlice(nil, nil, nil); !errors.Is(err, runtime.ErrNoRule) || none.Name() != "" || none.String() != "no rule" {
		t.Error(err)
	}
}
