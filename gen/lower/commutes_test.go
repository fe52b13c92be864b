package lower

import "testing"

func TestCommutes(t *testing.T) {
	for rule, want := range map[string]bool{
		"int8 int8 int8 x * y": true, "float32 float32 float32 x * y": true, "int16 int8 int8 int16(y) * int16(x)": true,
		"int8 int8 int8 x - y": false, "int32 int32 int32 x - y": false, "int8 int8 int8 x ^ y ^ 3": true, "uint8 uint8 uint8 (x + y) * (y + x)": true,
		"int8 int8 int8 -(x - y) * (y - x)":   true, // tried
		"int16 int16 int16 (x + 1) * (y + 1)": true, "int16 int16 int16 (x + 1) * y": false, "float32 uint8 float32 float32(x) * y": false,
		"Q15 Q15 Q15 Q15(min((int32(x)*int32(y)+1<<14)>>15, 1<<15-1))": true,

		"bool bool bool x && y": true, "bool bool bool x && !y": false, "bool int16 int16 x == y": true, "bool int16 int16 x < y": false,
		"int16 int16 int16 (x*y + 127) / 255":                                     true,
		"float32 float32 float32 x * y * x":                                       false, // it does not, and xy*x is not yx*y
		"int64 int64 int64 x*y + y*x":                                             true,
		"Float16 Float16 Float16 NewFloat16(y.Float32() * x.Float32())":           true,
		"float32 Float16 Float16 x.Float32() - y.Float32()":                       false,
		"int16 int16 int16 min(x, y) << 1":                                        true,
		"int16 int16 int16 max(x, min(y, 3))":                                     false,
		"int16 int16 int16 max(min(x, 3), min(3, y), 1)":                          true,
		"int32 int32 int32 -(x * y)":                                              true,
		"float32 float32 float32 -x * y":                                          false, // it does, which does not show
		"int16 uint8 int8 int16(x) * int16(y)":                                    false, // of two types
		"float64 float32 float32 float64(x) * float64(y)":                         true,
		"float64 float32 float32 float64(x) * float64(float32(float64(y)))":       false,
		"int16 int16 int16 x*3 + y*5":                                             false,
		"int16 int16 int16 x*3 + y*3":                                             true,
		"complex64 complex64 complex64 complex(real(x)*real(y), imag(x)*real(y))": false,
		"complex64 complex64 complex64 complex(float32(real(x)*real(y))-float32(imag(x)*imag(y)), float32(real(x)*imag(y))+float32(imag(x)*real(y)))": true,
		"complex64 complex64 complex64 complex(float32(real(x)*real(y))+float32(imag(x)*imag(y)), float32(imag(x)*real(y))-float32(real(x)*imag(y)))": false,
		"uint16 uint16 uint16 func(t uint32) uint16 { return uint16((t + t>>16) >> 16) }(uint32(x)*uint32(y) + 32768)":                                true,
		"int16 int16 int16 func(x, y int16) int16 { return x - y }(y, y)":                                                                             false,
		"int16 int16 int16 func(y, x int16) int16 { return x * y }(x+1, y+1)":                                                                         true,
		"int16 int16 int16 func(a, b int16) int16 { return a - b }(x*y, x+y)":                                                                         true,
	} {
		if got := compile(t, rule).Commutes(); got != want {
			t.Errorf("%s commutes: %t", rule, got)
		}
	}
}
