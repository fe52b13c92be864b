package runtime_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/runtime"
)

// The golden vectors are products that NumPy computed: 17 dtypes, each in every
// layout of layouts.json. scripts/golden.py makes them and says how.

// goldenView is a view of an operand's pool, in elements.
type goldenView struct {
	Offset         int
	Shape, Strides []int
}

// goldenCase is one layout. Out has NumPy's strides for a fresh result.
type goldenCase struct {
	Name      string
	A, B, Out goldenView
}

type goldenTable struct {
	Pool  int // elements in the pool of either operand
	Cases []goldenCase
}

func TestGolden(t *testing.T) {
	level, err := runtime.ActiveLevel()
	if err != nil {
		t.Fatal(err)
	}
	// Asked for here, the variables are part of what go test caches results by.
	for _, variable := range []string{"HADAMARD_LEVEL", "HADAMARD_REQUIRE_LEVEL"} {
		if want := os.Getenv(variable); want != "" && level.String() != want {
			t.Fatalf("the active level is %v, but %s=%s", level, variable, want)
		}
	}
	var table goldenTable
	text, err := os.ReadFile(filepath.Join("testdata", "golden", "layouts.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Cases) < 100 {
		t.Fatalf("layouts.json holds %d layouts, want at least 100", len(table.Cases))
	}

	count, missing := 0, 0
	for _, dtype := range []struct {
		name string
		test func(*testing.T, string, goldenTable) int
	}{
		{"bool", testGolden[bool]},
		{"int8", testGolden[int8]},
		{"int16", testGolden[int16]},
		{"int32", testGolden[int32]},
		{"int64", testGolden[int64]},
		{"uint8", testGolden[uint8]},
		{"uint16", testGolden[uint16]},
		{"uint32", testGolden[uint32]},
		{"uint64", testGolden[uint64]},
		{"unorm8", testGolden[runtime.UNorm8]},
		{"unorm16", testGolden[runtime.UNorm16]},
		{"float16", testGolden[runtime.Float16]},
		{"bfloat16", testGolden[runtime.BFloat16]},
		{"float32", testGolden[float32]},
		{"float64", testGolden[float64]},
		{"complex64", testGolden[complex64]},
		{"complex128", testGolden[complex128]},
	} {
		if *replay != "" && dtype.name == "float16" { // see sameEmulated
			missing++
			continue
		}
		t.Run(dtype.name, func(t *testing.T) { count += dtype.test(t, dtype.name, table) })
	}
	t.Logf("hadamard-golden level=%v count=%d", level, count)
	if want := (17 - missing) * len(table.Cases); count != want && !t.Failed() {
		t.Errorf("checked %d vectors, want %d", count, want)
	}
}

// testGolden checks every layout of one dtype and returns how many it checked.
func testGolden[T runtime.Element](t *testing.T, dtype string, table goldenTable) (count int) {
	values := readGolden[T](t, dtype)
	poolA, poolB, rest := values[:table.Pool], values[table.Pool:2*table.Pool], values[2*table.Pool:]
	for _, c := range table.Cases {
		size := 1
		for _, extent := range c.Out.Shape {
			size *= extent
		}
		want := rest[:size]
		rest = rest[size:]
		t.Run(c.Name, func(t *testing.T) {
			a := must(runtime.View(poolA, c.A.Offset, c.A.Shape, c.A.Strides))(t)
			b := must(runtime.View(poolB, c.B.Offset, c.B.Shape, c.B.Strides))(t)
			checkGolden(t, c, a, b, want)
		})
		count++
	}
	if len(rest) != 0 {
		t.Errorf("%d products more than layouts.json describes", len(rest))
	}
	return count
}

// checkGolden multiplies a and b in every way there is and compares with want.
func checkGolden[T runtime.Element](t *testing.T, c goldenCase, a, b runtime.Array[T], want []T) {
	shape := c.Out.Shape
	compare := func(what string, got runtime.Array[T]) {
		t.Helper()
		if !slices.Equal(got.Shape(), shape) {
			t.Fatalf("%s: shape %v, want %v", what, got.Shape(), shape)
		}
		i := 0
		for v := range got.Values() {
			if !sameValue(v, want[i]) {
				t.Fatalf("%s: element %d is %v, want %v", what, i, v, want[i])
			}
			i++
		}
		if i != len(want) {
			t.Fatalf("%s: %d elements, want %d", what, i, len(want))
		}
	}

	product := must(runtime.Multiply(a, b))(t)
	compare("Multiply(a, b)", product)
	checkStrides(t, product.Strides(), c.Out)
	compare("Multiply(b, a)", must(runtime.Multiply(b, a))(t))

	into := func(what string, out runtime.Array[T]) {
		t.Helper()
		if err := runtime.MultiplyTo(out, a, b); err != nil {
			t.Fatalf("MultiplyTo %s: %v", what, err)
		}
		compare("MultiplyTo "+what, out)
	}
	into("C order", must(runtime.Zeros[T](shape...))(t))
	reversed := slices.Clone(shape)
	slices.Reverse(reversed)
	fortran := must(runtime.Zeros[T](reversed...))(t)
	into("Fortran order", must(fortran.Transpose())(t))
	into("every second, backwards", gaps[T](t, shape, len(want)))
	if slices.Equal(a.Shape(), shape) {
		out := a.Clone()
		if err := runtime.MultiplyTo(out, out, b); err != nil {
			t.Fatalf("MultiplyTo in place on a: %v", err)
		}
		compare("MultiplyTo in place on a", out)
	}
	if slices.Equal(b.Shape(), shape) {
		out := b.Clone()
		if err := runtime.MultiplyTo(out, a, out); err != nil {
			t.Fatalf("MultiplyTo in place on b: %v", err)
		}
		compare("MultiplyTo in place on b", out)
	}

	out := must(runtime.Zeros[T](shape...))(t)
	plan, err := runtime.NewPlan(out, a, b)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := plan.Run(); err != nil {
			t.Fatal(err)
		}
		compare("Plan.Run", out)
	}

	checkFlat(t, a, b, want)
}

// checkFlat uses the flat functions where the operands are flat.
func checkFlat[T runtime.Element](t *testing.T, a, b runtime.Array[T], want []T) {
	dataA, flatA := a.Data()
	dataB, flatB := b.Data()
	if !flatA || !flatB {
		return
	}
	got := make([]T, len(want))
	if len(dataA) == len(dataB) && len(dataA) == len(want) {
		if err := runtime.MulSlice(got, dataA, dataB); err != nil {
			t.Fatal(err)
		}
		compareSlices(t, "MulSlice", got, want)
	}
	if len(dataB) == 1 && len(dataA) == len(want) {
		clear(got)
		if err := runtime.ScaleSlice(got, dataA, dataB[0]); err != nil {
			t.Fatal(err)
		}
		compareSlices(t, "ScaleSlice", got, want)
	}
	if len(dataA) == 1 && len(dataB) == len(want) {
		clear(got)
		if err := runtime.ScaleSlice(got, dataB, dataA[0]); err != nil {
			t.Fatal(err)
		}
		compareSlices(t, "ScaleSlice", got, want)
	}
}

func compareSlices[T runtime.Element](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range want {
		if !sameValue(got[i], want[i]) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// gaps returns an array that leaves every second element of its memory alone and
// runs backwards; when the test ends, the elements between must be as they were.
func gaps[T runtime.Element](t *testing.T, shape []int, size int) runtime.Array[T] {
	t.Helper()
	memory := make([]T, 2*size+1)
	strides := make([]int, len(shape))
	step := -2
	for axis := len(shape) - 1; axis >= 0; axis-- {
		strides[axis] = step
		step *= max(shape[axis], 1)
	}
	t.Cleanup(func() {
		var untouched T
		for i := 0; i < len(memory); i += 2 {
			if memory[i] != untouched {
				t.Errorf("every second, backwards: wrote between the elements, at %d", i)
				return
			}
		}
	})
	return must(runtime.View(memory, max(2*size-1, 0), shape, strides))(t)
}

// checkStrides asserts that a fresh result lies in memory as NumPy's does. The
// strides of axes that hold one element, and of empty arrays, mean nothing.
func checkStrides(t *testing.T, got []int, want goldenView) {
	t.Helper()
	if slices.Contains(want.Shape, 0) {
		return
	}
	for axis, extent := range want.Shape {
		if extent > 1 && got[axis] != want.Strides[axis] {
			t.Errorf("Multiply: strides %v, NumPy's are %v", got, want.Strides)
			return
		}
	}
}

// sameValue says whether two values have the same bits; all NaNs are one value.
func sameValue[T runtime.Element](got, want T) bool {
	switch g := any(got).(type) {
	case runtime.Float16:
		w := any(want).(runtime.Float16)
		return g == w || g&0x7fff > 0x7c00 && w&0x7fff > 0x7c00
	case runtime.BFloat16:
		w := any(want).(runtime.BFloat16)
		return g == w || g&0x7fff > 0x7f80 && w&0x7fff > 0x7f80
	case float32:
		return sameFloat(float64(g), float64(any(want).(float32)))
	case float64:
		return sameFloat(g, any(want).(float64))
	case complex64:
		w := any(want).(complex64)
		return sameFloat(float64(real(g)), float64(real(w))) && sameFloat(float64(imag(g)), float64(imag(w)))
	case complex128:
		w := any(want).(complex128)
		return sameFloat(real(g), real(w)) && sameFloat(imag(g), imag(w))
	}
	return got == want
}

func sameFloat(got, want float64) bool {
	return math.Float64bits(got) == math.Float64bits(want) || math.IsNaN(got) && math.IsNaN(want)
}

// readGolden reads <dtype>.npy: one flat little-endian array. Only what the script
// writes is understood: format version 1.0.
func readGolden[T runtime.Element](t *testing.T, dtype string) []T {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", "golden", dtype+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	const fixed = 10 // magic, version, header length
	if len(file) < fixed || !bytes.HasPrefix(file, []byte("\x93NUMPY\x01\x00")) {
		t.Fatalf("%s.npy: not an npy file of version 1.0", dtype)
	}
	payload := file[fixed+int(binary.LittleEndian.Uint16(file[8:])):]
	var zero T
	values := make([]T, len(payload)/binary.Size(zero))
	if err := binary.Read(bytes.NewReader(payload), binary.LittleEndian, values); err != nil {
		t.Fatalf("%s.npy: %v", dtype, err)
	}
	return values
}

// must turns a call that returns a value and an error into one that ends the test.
func must[V any](v V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(fmt.Errorf("want a result: %w", err))
		}
		return v
	}
}
