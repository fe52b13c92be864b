package runtime

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
)

type (
	foreignByte uint8  // no Element
	foreignHalf uint16 // no Element
)

func TestCastSlice(t *testing.T) {
	samples := make([]foreignByte, 3, 5)
	copy(samples, []foreignByte{0, 51, 255})
	fractions, err := CastSlice[UNorm8](samples)
	if err != nil || len(fractions) != 3 || cap(fractions) != 5 || unsafe.Pointer(&fractions[0]) != unsafe.Pointer(&samples[0]) {
		t.Fatalf("%v of capacity %d, %v: other memory than that of samples", fractions, cap(fractions), err)
	}
	if err := MulSlice(fractions, fractions, fractions); err != nil {
		t.Fatal(err)
	}
	if want := []foreignByte{0, 10, 255}; !slices.Equal(samples, want) {
		t.Errorf("got %v, want %v", samples, want)
	}
	if back, err := CastSlice[foreignByte](fractions); err != nil || &back[0] != &samples[0] {
		t.Errorf("back: %v, %v", back, err)
	}
	if halves, err := CastSlice[Float16]([]foreignHalf{0x3c00}); err != nil || halves[0].Float32() != 1 {
		t.Errorf("%v, %v", halves, err)
	}
	if none, err := CastSlice[uint8]([]foreignByte(nil)); none != nil || err != nil {
		t.Errorf("nil became %v, %v", none, err)
	}
	if empty, err := CastSlice[uint8]([]foreignByte{}); empty == nil || len(empty) != 0 || err != nil {
		t.Errorf("an empty slice became %v, %v", empty, err)
	}
}

// TestCastOnStack casts a local array, which stays where it is.
func TestCastOnStack(t *testing.T) {
	if allocs := testing.AllocsPerRun(100, func() {
		var samples [16]foreignByte
		fractions, err := CastSlice[UNorm8](samples[:])
		if err == nil {
			err = MulSlice(fractions, fractions, fractions)
		}
		if err != nil || samples[0] != 0 {
			t.Error(err)
		}
	}); allocs != 0 && !exec.RaceDetector {
		t.Errorf("%v allocations", allocs)
	}
}

func TestCast(t *testing.T) {
	x := must(New([]uint8{0, 51, 255, 3, 4, 5}, 2, 3))
	for name, view := range map[string]Array[uint8]{
		"contiguous": x,
		"transposed": must(x.Transpose()),
		"read-only":  must(must(x.Index(0)).BroadcastTo(4, 3)),
		"empty":      must(Zeros[uint8](0, 3)),
		"rank 0":     Scalar[uint8](7),
	} {
		y, err := Cast[UNorm8](view)
		if err != nil || !slices.Equal(y.Shape(), view.Shape()) || !slices.Equal(y.Strides(), view.Strides()) || y.IsReadOnly() != view.IsReadOnly() || y.operand.Base != view.operand.Base {
			t.Errorf("%s: %v, %v", name, y, err)
		}
	}
	y := must(Cast[UNorm8](x))
	if err := y.Set(NewUNorm8(1), 1, 0); err != nil || must(x.At(1, 0)) != 255 {
		t.Errorf("the memory is not shared: %v, %v", x, err)
	}
	if err := must(Cast[UNorm8](must(x.BroadcastTo(2, 2, 3)))).Set(0, 0, 0, 0); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a read-only view can be written to: %v", err)
	}
}

// TestArraysOfOtherTypes holds that Go itself converts no Array to one of other elements: it
// would reach beyond its memory.
func TestArraysOfOtherTypes(t *testing.T) {
	from := reflect.TypeFor[Array[uint8]]()
	for _, to := range []reflect.Type{reflect.TypeFor[Array[complex128]](), reflect.TypeFor[Array[int8]](), reflect.TypeFor[Array[UNorm8]]()} {
		if from.ConvertibleTo(to) {
			t.Errorf("%v(x) compiles for an x of %v", to, from)
		}
	}
	// Lists of arrays are looked at as lists of operands.
	if unsafe.Sizeof(Array[uint8]{}) != unsafe.Sizeof(exec.Operand{}) || unsafe.Offsetof(Array[uint8]{}.operand) != 0 {
		t.Error("an Array is more than an operand")
	}
}

func TestCastErrors(t *testing.T) {
	slice := func(_ any, err error) error { return err }
	array := func(_ any, err error) error { return err }
	var zero Array[uint8]
	for _, c := range []struct {
		err  error
		want string
	}{
		{slice(CastSlice[Float16]([]foreignByte{1})), "CastSlice: no cast from runtime.foreignByte to runtime.Float16: one is stored as uint8, the other as uint16"},
		{slice(CastSlice[float32]([]uint32{1})), "one is stored as uint32, the other as float32"},
		{slice(CastSlice[int64]([]int{1})), "one is stored as int, the other as int64"},
		{slice(CastSlice[string]([]string{""})), "string holds no number"},
		{slice(CastSlice[*int]([]*int{nil})), "ptr holds no number"},
		{array(Cast[int8](must(Zeros[uint8](3)))), "Cast: no cast from uint8 to int8: one is stored as uint8, the other as int8"},
		{array(Cast[UNorm16](must(Zeros[uint8](3)))), "one is stored as uint8, the other as uint16"},
	} {
		var as *CastError
		if !errors.As(c.err, &as) || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("got %v, want %q", c.err, c.want)
		}
	}
	if _, err := Cast[UNorm8](zero); !errors.Is(err, ErrNoArray) {
		t.Errorf("the zero Array: %v", err)
	}
}
