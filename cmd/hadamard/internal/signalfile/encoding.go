package signalfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// Encoding is how a sample, or a part of a complex one, is stored: the least byte first.
type Encoding uint8

// The encodings. Of bytes without a sign, 128 is 0 in Uint8, and 127.5 in Uint8Mid.
const (
	Uint8 Encoding = iota
	Uint8Mid
	Int8
	Int16
	Int24
	Int32
	Float32
	Float64
)

// encodings say what stored integers n are: the fractions (n-zero)/scale.
var encodings = [...]struct {
	name        string
	size        int
	stored      ndarray.DType
	zero, scale float64
}{
	Uint8:    {"8 bits", 1, ndarray.Uint8, 128, 1 << 7},
	Uint8Mid: {"8 bits", 1, ndarray.Uint8, 127.5, 1 << 7},
	Int8:     {"8 bits", 1, ndarray.Int8, 0, 1 << 7},
	Int16:    {"16 bits", 2, ndarray.Int16, 0, 1 << 15},
	Int24:    {"24 bits", 3, ndarray.Int32, 0, 1 << 23},
	Int32:    {"32 bits", 4, ndarray.Int32, 0, 1 << 31},
	Float32:  {"float32", 4, ndarray.Float32, 0, 1},
	Float64:  {"float64", 8, ndarray.Float64, 0, 1},
}

func (e Encoding) String() string { return encodings[e].name }

// Size returns the bytes of a sample.
func (e Encoding) Size() int { return encodings[e].size }

func (e Encoding) dtype() ndarray.DType { return encodings[e].stored }

func (e Encoding) isFloat() bool { return e >= Float32 }

// fraction returns the dtype that holds the samples as fractions.
func (e Encoding) fraction() ndarray.DType {
	if e == Float64 {
		return ndarray.Float64
	}
	return ndarray.Float32
}

// limits returns the least and the largest stored integer.
func (e Encoding) limits() (least, most float64) {
	half := float64(int64(1) << (8*e.Size() - 1))
	if e.dtype() == ndarray.Uint8 {
		return 0, 2*half - 1
	}
	return -half, half - 1
}

var (
	little    = binary.LittleEndian
	bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1
)

// decode turns packed samples into elements in the byte order of the machine: fractions in
// float32, or int32 of 24 bits as they are stored.
func (e Encoding) decode(dst, src []byte, stored bool) {
	if stored {
		out := as[int32](dst)
		for i := range out {
			out[i] = int24(src[3*i:])
		}
		return
	}
	out := as[float32](dst)
	zero, unit := float32(encodings[e].zero), float32(1/encodings[e].scale)
	switch e.dtype() {
	case ndarray.Uint8:
		for i, n := range src[:len(out)] {
			out[i] = (float32(n) - zero) * unit
		}
	case ndarray.Int8:
		for i, n := range src[:len(out)] {
			out[i] = float32(int8(n)) * unit
		}
	case ndarray.Int16:
		for i := range out {
			out[i] = float32(int16(little.Uint16(src[2*i:]))) * unit
		}
	case ndarray.Int32:
		if e == Int24 {
			for i := range out {
				out[i] = float32(int24(src[3*i:])) * unit
			}
			return
		}
		for i := range out { // rounded once, to the 24 bits that float32 has
			out[i] = float32(int32(little.Uint32(src[4*i:]))) * unit
		}
	}
}

// int24 reads three bytes.
func int24(b []byte) int32 {
	return int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24) >> 8
}

// encoder turns elements into samples, and notes what full scale does not hold.
type encoder struct {
	Encoding
	clipped, nans int64
	largest       float64 // of those that were clipped, without its sign
}

// floats appends fractions as samples: rounded to the nearest stored number, half-way to
// the even one, and clamped. NaN is 0.
func (e *encoder) floats(dst []byte, v float64) []byte {
	switch e.Encoding {
	case Float32:
		return little.AppendUint32(dst, math.Float32bits(float32(v)))
	case Float64:
		return little.AppendUint64(dst, math.Float64bits(v))
	}
	switch {
	case v != v:
		e.nans++
		v = 0
	case v > 1 || v < -1:
		e.clipped++
		e.largest = max(e.largest, math.Abs(v))
	}
	row := &encodings[e.Encoding]
	scaled := v * row.scale // exact, or too large for any
	least, most := e.limits()
	return e.integer(dst, int64(min(max(math.RoundToEven(scaled+row.zero), least), most)))
}

// integer appends a stored number, of which the low bytes count.
func (e *encoder) integer(dst []byte, n int64) []byte {
	for range e.Size() {
		dst = append(dst, byte(n))
		n >>= 8
	}
	return dst
}

// encode appends the elements of a dtype as samples: fractions of floats, and integers as
// the samples that they are.
func (e *encoder) encode(dst, elements []byte, dtype ndarray.DType) []byte {
	switch dtype {
	case ndarray.Float32, ndarray.Complex64:
		for _, v := range as[float32](elements) {
			dst = e.floats(dst, float64(v))
		}
	case ndarray.Float64, ndarray.Complex128:
		for _, v := range as[float64](elements) {
			dst = e.floats(dst, v)
		}
	case ndarray.Uint8, ndarray.Int8:
		dst = append(dst, elements...)
	case ndarray.Int16:
		for _, n := range as[int16](elements) {
			dst = e.integer(dst, int64(n))
		}
	case ndarray.Int32:
		least, most := e.limits()
		for _, n := range as[int32](elements) {
			if v := float64(n); v < least || v > most {
				e.clipped++
				e.largest = max(e.largest, math.Abs(v)/encodings[e.Encoding].scale)
				n = int32(min(max(v, least), most))
			}
			dst = e.integer(dst, int64(n))
		}
	}
	return dst
}

// warnings says what became of samples that have no number.
func (e *encoder) warnings(total int) (all []string) {
	if e.clipped > 0 {
		all = append(all, fmt.Sprintf("%d of %d samples were beyond full scale (up to %.3g times) and are clamped", e.clipped, total, e.largest))
	}
	if e.nans > 0 {
		all = append(all, fmt.Sprintf("%d of %d samples were NaN and are written as 0", e.nans, total))
	}
	return all
}

// as views bytes, which are aligned, as elements.
func as[T any](data []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/int(unsafe.Sizeof(*new(T))))
}
