package ndarray

import (
	_ "embed"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime"
)

// dtypesJSON holds what NumPy answers; testdata/dtypes.py makes it.
//
//go:embed testdata/dtypes.json
var dtypesJSON []byte

type golden struct {
	Promote  map[string]map[string]string
	Weak     map[string]map[string]string
	Safe     map[string][]string
	SameKind map[string][]string `json:"same_kind"`
}

func readGolden(t *testing.T) golden {
	var g golden
	if err := json.Unmarshal(dtypesJSON, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Promote) != 17 || len(g.Weak) != 17 || len(g.Safe) != 17 || len(g.SameKind) != 17 {
		t.Fatal("the table is not whole")
	}
	return g
}

func TestPromoteAsNumPy(t *testing.T) {
	g := readGolden(t)
	for _, a := range DTypes() {
		for _, b := range DTypes() {
			if got, want := Promote(a, b).String(), g.Promote[a.String()][b.String()]; got != want {
				t.Errorf("%v by %v is %v, want %v", a, b, got, want)
			}
		}
		if Promote(a, Invalid) != Invalid || Promote(DType(200), a) != Invalid {
			t.Errorf("%v by no dtype is one", a)
		}
	}
}

func TestWeakAsNumPy(t *testing.T) {
	g := readGolden(t)
	numbers := map[string]Array{"bool": Weak(true), "int": Weak(1), "float": Weak(1.0), "complex": Weak(1i)}
	for _, d := range DTypes() {
		x, err := Zeros(d, 1)
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range numbers {
			want := g.Weak[d.String()][name]
			if got := ResultType(x, n).String(); got != want {
				t.Errorf("%v by a Python %s is %v, want %v", d, name, got, want)
			}
			if got := ResultType(n, x).String(); got != want {
				t.Errorf("a Python %s by %v is %v, want %v", name, d, got, want)
			}
		}
	}
	if got := ResultType(Weak(1), Weak(2.5)); got != Float64 {
		t.Errorf("an int by a float is %v", got)
	}
}

func TestCastingAsNumPy(t *testing.T) {
	g := readGolden(t)
	for _, a := range DTypes() {
		for _, b := range DTypes() {
			for _, row := range []struct {
				casting Casting
				want    bool
			}{
				{No, a == b},
				{Equiv, a == b},
				{Safe, slices.Contains(g.Safe[a.String()], b.String())},
				{SameKind, slices.Contains(g.SameKind[a.String()], b.String())},
				{Unsafe, true},
				{Saturate, a.kind() != complexKind || b.kind() == complexKind},
				{numCastings, false},
			} {
				if got := CanCast(a, b, row.casting); got != row.want {
					t.Errorf("%v to %v by the rule %v: %v", a, b, row.casting, got)
				}
			}
		}
		if CanCast(a, Invalid, Unsafe) || CanCast(DType(99), a, Unsafe) {
			t.Error("what is no dtype can be cast")
		}
	}
	for c := range numCastings {
		if got, ok := ParseCasting(c.String()); got != c || !ok {
			t.Errorf("%v is parsed as %v, %v", c, got, ok)
		}
	}
	if _, ok := ParseCasting("invalid"); ok || numCastings.String() != "invalid" {
		t.Error("an invalid rule has a name")
	}
}

func TestDTypes(t *testing.T) {
	if n := len(DTypes()); n != 17 {
		t.Errorf("%d dtypes, want 17", n)
	}
	for _, d := range DTypes() {
		if d.Size()%d.WordSize() != 0 || d.kind() == noKind || set(1<<d).smallest() != d {
			t.Errorf("%v: size %d, word %d, kind %d", d, d.Size(), d.WordSize(), d.kind())
		}
		if got, order, err := ParseDType(d.String()); got != d || order != NativeEndian() || err != nil {
			t.Errorf("%v is read as %v, %v, %v", d, got, order, err)
		}
		for _, order := range []ByteOrder{LittleEndian, BigEndian} {
			got, gotOrder, err := ParseDType(d.Code(order))
			if got != d.Stored() || d.WordSize() > 1 && gotOrder != order || err != nil {
				t.Errorf("%v has code %q, which is read as %v, %v, %v", d, d.Code(order), got, gotOrder, err)
			}
		}
	}
	if d := DType(200); d.String() != "invalid" || d.Size() != 0 || d.Code(LittleEndian) != "" {
		t.Errorf("DType(200) is %v of %d bytes", d, d.Size())
	}
	for _, row := range []struct {
		name  string
		want  DType
		order ByteOrder
	}{
		{"<f4", Float32, LittleEndian},
		{">i2", Int16, BigEndian},
		{"=c16", Complex128, NativeEndian()},
		{"?", Bool, NativeEndian()},
		{"|u1", Uint8, NativeEndian()},
		{"d", Float64, NativeEndian()},
		{"double", Float64, NativeEndian()},
		{"<V2", BFloat16, LittleEndian},
		{"uint16", Uint16, NativeEndian()},
	} {
		if d, order, err := ParseDType(row.name); d != row.want || order != row.order || err != nil {
			t.Errorf("%q is %v, %v, %v", row.name, d, order, err)
		}
	}
	for _, name := range []string{"", "<", "f3", "V2", "|V2", "invalid", "<float32", "O", "S3", "<M8"} {
		var e *NameError
		if d, _, err := ParseDType(name); !errors.As(err, &e) || d != Invalid {
			t.Errorf("%q is %v, %v", name, d, err)
		}
	}
}

// sample is a type declared over one of Go's.
type sample float32

// TestTypes holds that DTypeOf, As, At and From agree on what a type of Go is.
func TestTypes(t *testing.T) {
	isType[bool](t, Bool)
	isType[int8](t, Int8)
	isType[int16](t, Int16)
	isType[int32](t, Int32)
	isType[int64](t, Int64)
	isType[uint8](t, Uint8)
	isType[uint16](t, Uint16)
	isType[uint32](t, Uint32)
	isType[uint64](t, Uint64)
	isType[runtime.UNorm8](t, UNorm8)
	isType[runtime.UNorm16](t, UNorm16)
	isType[runtime.Float16](t, Float16)
	isType[runtime.BFloat16](t, BFloat16)
	isType[float32](t, Float32)
	isType[float64](t, Float64)
	isType[complex64](t, Complex64)
	isType[complex128](t, Complex128)
	word := map[uintptr]DType{4: Int32, 8: Int64}[unsafe.Sizeof(0)]
	if DTypeOf[sample]() != Float32 || DTypeOf[int]() != word || DTypeOf[uint]() != word+4 || DTypeOf[uintptr]() != word+4 {
		t.Error("declared types and int have other dtypes")
	}
}

func isType[T runtime.Element](t *testing.T, want DType) {
	t.Helper()
	values := make([]T, 6)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*int(unsafe.Sizeof(values[0])))
	for i := range bytes {
		bytes[i] = byte(i & 1) // of bools, too
	}
	x, err := New(values, 2, 3)
	if err != nil || x.DType() != want || x.DType().Size() != int(unsafe.Sizeof(values[0])) {
		t.Fatalf("%v: %v, %v", want, x.DType(), err)
	}
	typed, err := As[T](x)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := typed.At(1, 2)
	if got, err := x.At(1, -1); err != nil || got != any(one) {
		t.Errorf("%v: At is %v, %v, want %v", want, got, err, one)
	}
	if err := typed.Set(one, 0, 0); err != nil || values[0] != one {
		t.Errorf("%v: As made a copy", want)
	}
	if x.String() != typed.String() {
		t.Errorf("%v prints\n%v\n, want\n%v", want, x, typed)
	}
}

// TestResultTypeOfMany says what np.result_type does of several dtypes, in each order.
func TestResultTypeOfMany(t *testing.T) {
	for _, row := range []struct {
		of   [3]DType
		want DType
	}{
		{[3]DType{Int8, Uint16, Float32}, Float32},
		{[3]DType{Uint8, Int8, Float16}, Float16},
		{[3]DType{Int16, Uint16, Complex64}, Complex64},
		{[3]DType{Int8, Uint8, Uint16}, Int32},
		{[3]DType{Int64, Uint64, Float32}, Float64},
		{[3]DType{Int32, Float32, Complex64}, Complex128},
		{[3]DType{Bool, Bool, Int8}, Int8},
	} {
		for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			var xs []Array
			for _, i := range order {
				xs = append(xs, fatal(Zeros(row.of[i], 1)))
			}
			if got := ResultType(xs...); got != row.want {
				t.Errorf("%v in order %v: %v, want %v", row.of, order, got, row.want)
			}
		}
	}
	if got := ResultType(Array{}, Weak(1)); got != Invalid {
		t.Errorf("of the zero Array: %v", got)
	}
}

// TestViewsAreStrong makes sure that no view of a number is one.
func TestViewsAreStrong(t *testing.T) {
	x, n := fatal(Zeros(Uint8, 1)), Weak(2)
	for i, view := range []Array{
		n.ReadOnly(), fatal(n.ViewAs(Int64)), fatal(n.Reshape()), fatal(n.Transpose()), fatal(n.Index()),
		fatal(n.Flip()), fatal(n.ExpandDims(0)), fatal(n.Squeeze()), fatal(n.BroadcastTo(2)), fatal(n.Clone()),
	} {
		if got := ResultType(x, view); got != Int64 {
			t.Errorf("view %d: uint8 by it is %v", i, got)
		}
	}
}

// TestCopyWithoutCasting copies between arrays of one byte order, which "no" allows.
func TestCopyWithoutCasting(t *testing.T) {
	big := fatal(FromBytes([]byte{1, 2, 3, 4}, Int16, BigEndian, 2))
	out := fatal(FromBytes(make([]byte, 4), Int16, BigEndian, 2))
	if err := ConvertTo(out, big, No); err != nil || fatal(out.At(1)) != int16(0x304) {
		t.Errorf("%v: %v", out, err)
	}
	var cast *CastError
	if err := ConvertTo(fatal(FromBytes(make([]byte, 4), Int16, LittleEndian, 2)), big, No); !errors.As(err, &cast) {
		t.Errorf("into another byte order: %v", err)
	}
}
