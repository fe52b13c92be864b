package runtime_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/hadamard-go/hadamard/conversions"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime"
)

func ExampleNewConversion() {
	toPixels := runtime.NewConversion[uint8, float32](&conversions.SaturateFloat32ToUint8)
	light, _ := runtime.New([]float32{-1, 0.5, 1.5, 254.6, 1000}, 5)
	pixels, err := toPixels.Convert(light)
	fmt.Println(pixels, err)
	// Output: [  0   0   2 255 255] <nil>
}

// TestWrongTypes makes sure that rules of other types than those of arrays write nothing.
func TestWrongTypes(t *testing.T) {
	memory := bytes.Repeat([]byte{7}, 256)
	out := must(runtime.New(memory[:8], 8))(t)
	a, b := must(runtime.Zeros[float32](8))(t), must(runtime.Zeros[uint8](8))(t)
	for name, err := range map[string]error{
		"a wider result":     runtime.NewConversion[uint8, float32](&conversions.Float32ToFloat64).ConvertTo(out, a),
		"another operand":    runtime.NewConversion[uint8, float32](&conversions.Float64ToUint8).ConvertTo(out, a),
		"another kind":       runtime.NewConversion[uint8, uint8](&conversions.Uint8ToInt8).ConvertTo(out, b),
		"two operands":       runtime.NewConversion[uint8, uint8](generated.MulOf[uint8]()()).ConvertTo(out, b),
		"a wider product":    runtime.NewRule[uint8, float32, float32](generated.MulOf[float32]()()).MultiplyTo(out, a, a),
		"one operand":        runtime.NewRule[uint8, float32, float32](&conversions.Float32ToUint8).MultiplyTo(out, a, a),
		"a wider conversion": second(runtime.NewConversion[uint8, float32](&conversions.Float32ToFloat64).Convert(a)),
	} {
		if !errors.Is(err, runtime.ErrElement) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !bytes.Equal(memory, bytes.Repeat([]byte{7}, 256)) {
		t.Error("memory was written to")
	}
	whole := runtime.NewConversion[int, float32](&conversions.Float32ToInt64)
	if x, err := whole.Convert(a); err != nil || x.Len() != 8 {
		t.Errorf("int as int64: %v", err)
	}
	if _, err := runtime.NewConversion[runtime.UNorm8, float32](&conversions.Float32ToUnorm8).Convert(a); err != nil {
		t.Error(err)
	}
}

// TestConversionErrors makes sure that errors name what a caller of a conversion names.
func TestConversionErrors(t *testing.T) {
	c := runtime.NewConversion[int64, int8](&conversions.Int8ToInt64)
	out, a := must(runtime.Zeros[int64](2, 3))(t), must(runtime.Zeros[int8](4))(t)
	for _, test := range []struct {
		err  error
		want string
	}{
		{c.ConvertTo(out, a), "ConvertTo: operand a does not fit out: shape (4,) does not broadcast to (2,3): axis -1 has sizes 4 and 3"},
		{c.ConvertTo(out, runtime.Array[int8]{}), "ConvertTo: operand a: " + runtime.ErrNoArray.Error()},
		{c.ConvertTo(runtime.Array[int64]{}, a), "ConvertTo: operand out: " + runtime.ErrNoArray.Error()},
		{second(c.Convert(runtime.Array[int8]{})), "Convert: operand a: " + runtime.ErrNoArray.Error()},
		{c.ConvertWhere(out, a, must(runtime.Zeros[bool](2, 3))(t)), "ConvertWhere: operand a does not fit out: shape (4,) does not broadcast to (2,3): axis -1 has sizes 4 and 3"},
	} {
		if test.err == nil || test.err.Error() != test.want {
			t.Errorf("%v\nwant %s", test.err, test.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }
