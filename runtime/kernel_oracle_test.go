package runtime_test

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"

	"github.com/hadamard-go/hadamard/runtime/kernel/kerneltest"
)

var ne = binary.NativeEndian

// products holds the rules by name: each computes an element of the result from the bytes of
// those of the operands, in another way than the rule's expression where there is one. Most
// compute exactly what is then rounded or clamped; those of complex numbers are as written,
// with every product rounded.
var products = map[string]kerneltest.Product{
	"bool": func(dst, a, b []byte) { dst[0] = a[0] & b[0] },
	"int8": low, "uint8": low, "int16": low, "uint16": low, "int32": low, "uint32": low, "int64": low, "uint64": low,
	"unorm8":   func(dst, a, b []byte) { putInteger(dst, nearest(unsigned(a)*unsigned(b), 1<<8-1)) },
	"unorm16":  func(dst, a, b []byte) { putInteger(dst, nearest(unsigned(a)*unsigned(b), 1<<16-1)) },
	"float16":  halves(math.RoundToEven),
	"bfloat16": func(dst, a, b []byte) { ne.PutUint16(dst, encodeSmall(bfloatOf(a)*bfloatOf(b), 7, -133)) },
	"float32":  func(dst, a, b []byte) { putFloat32(dst, float32Of(a)*float32Of(b)) },
	"float64":  func(dst, a, b []byte) { putFloat64(dst, float64Of(a)*float64Of(b)) },
	"complex64": func(dst, a, b []byte) {
		textbook32(dst, float32Of(a), float32Of(a[4:]), float32Of(b), float32Of(b[4:]))
	},
	"complex128": func(dst, a, b []byte) {
		textbook64(dst, float64Of(a), float64Of(a[8:]), float64Of(b), float64Of(b[8:]))
	},

	"saturating_int8": saturatingSigned, "saturating_int16": saturatingSigned, "saturating_int32": saturatingSigned,
	"saturating_uint8": saturatingUnsigned, "saturating_uint16": saturatingUnsigned, "saturating_uint32": saturatingUnsigned,
	"q7": fixedPoint, "q15": fixedPoint, "q31": fixedPoint,
	"conjugate_complex64": func(dst, a, b []byte) {
		textbook32(dst, float32Of(a), float32Of(a[4:]), float32Of(b), -float32Of(b[4:]))
	},
	"conjugate_complex128": func(dst, a, b []byte) {
		textbook64(dst, float64Of(a), float64Of(a[8:]), float64Of(b), -float64Of(b[8:]))
	},
	"widening_int8": wideningSigned, "widening_int16": wideningSigned, "widening_int32": wideningSigned,
	"widening_uint8": wideningUnsigned, "widening_uint16": wideningUnsigned, "widening_uint32": wideningUnsigned,
	"uint8_by_int16": low, "uint8_by_uint16": low, "uint8_by_int32": low, "uint8_by_uint32": low,
	"uint16_by_int32": low, "uint16_by_uint32": low,
	"int8_by_int16": lowSigned, "int8_by_int32": lowSigned, "int16_by_int32": lowSigned, "int32_by_int64": lowSigned,
	"real_complex64": func(dst, a, b []byte) {
		putFloat32(dst, exact32(float64Of32(a), float64Of32(b)))
		putFloat32(dst[4:], exact32(float64Of32(a), float64Of32(b[4:])))
	},
	"real_complex128": func(dst, a, b []byte) {
		putFloat64(dst, fused(float64Of(a), float64Of(b)))
		putFloat64(dst[8:], fused(float64Of(a), float64Of(b[8:])))
	},

	"float32_by_complex64":  func(dst, a, b []byte) { textbook32(dst, float32Of(a), 0, float32Of(b), float32Of(b[4:])) },
	"float64_by_complex128": func(dst, a, b []byte) { textbook64(dst, float64Of(a), 0, float64Of(b), float64Of(b[8:])) },

	"scale_uint8": scaleUnsigned, "scale_uint16": scaleUnsigned, "scale_bool": scaleUnsigned,
	"scale_int8": scaleSigned, "scale_int16": scaleSigned,
	"storage_float16":  func(dst, a, b []byte) { putFloat32(dst, exact32(halfOf(a), float64Of32(b))) },
	"storage_bfloat16": func(dst, a, b []byte) { putFloat32(dst, exact32(bfloatOf(a), float64Of32(b))) },
	"half_float16":     halfProducts(math.RoundToEven),
	"half_bfloat16": func(dst, a, b []byte) {
		ne.PutUint16(dst, encodeSmall(float64(exact32(bfloatOf(a), float64Of32(b))), 7, -133))
	},
	"double_float32": func(dst, a, b []byte) { putFloat64(dst, fused(float64Of32(a), float64Of(b))) },
	"double_int32":   double, "double_int64": double,
	"double_uint64":        func(dst, a, b []byte) { doubleUnsigned(dst, unsigned(a), b) },
	"double_int64_uint64":  func(dst, a, b []byte) { doubleBoth(dst, signed(a), unsigned(b)) },
	"double_int32_float32": func(dst, a, b []byte) { putFloat64(dst, fused(float64(signed(a)), float64Of32(b))) },
	"gain_uint8":           func(dst, a, b []byte) { gain(dst, float64(unsigned(a)), b, 0, 1<<8-1) },
	"gain_uint16":          func(dst, a, b []byte) { gain(dst, float64(unsigned(a)), b, 0, 1<<16-1) },
	"gain_int16":           func(dst, a, b []byte) { gain(dst, float64(signed(a)), b, -1<<15, 1<<15-1) },
}

// emulated holds the rules that the emulator, Bochs 2.7, gets wrong, as it has them. Its VCVTPS2PH
// rounds what is half-way between two halves away from zero, not to even. Its VCVTUDQ2PS and
// VCVTUQQ2PD drop the last bit of integers that have the first one, before they round. Its VCVTTPS2UQQ
// and VCVTTPD2UQQ take what is from 2^63 on for out of range.
var emulated = map[string]kerneltest.Product{
	"float16":             halves(math.Round),
	"half_float16":        halfProducts(math.Round),
	"float32_to_float16":  func(dst, a, _ []byte) { ne.PutUint16(dst, roundSmall(float64Of32(a), 10, -24, math.Round)) },
	"float64_to_float16":  func(dst, a, _ []byte) { ne.PutUint16(dst, roundSmall(float64Of(a), 10, -24, math.Round)) },
	"float32_to_uint64":   toUint64("float32", float64Of32),
	"float64_to_uint64":   toUint64("float64", float64Of),
	"uint32_to_float32":   func(dst, a, _ []byte) { putFloat32(dst, 2*float32(unsigned(a)>>1)) },
	"uint64_to_float64":   func(dst, a, _ []byte) { putFloat64(dst, 2*float64(unsigned(a)>>1)) },
	"double_uint64":       func(dst, a, b []byte) { doubleUnsigned(dst, unsigned(a)&^(unsigned(a)>>63), b) },
	"double_int64_uint64": func(dst, a, b []byte) { doubleBoth(dst, signed(a), unsigned(b)&^(unsigned(b)>>63)) },
}

// toUint64 converts floats of a dtype to uint64 as the emulator does.
func toUint64(dtype string, read func([]byte) float64) kerneltest.Product {
	right := conversion(storedOf("uint64"), storedOf(dtype), false)
	return func(dst, a, b []byte) {
		if v := read(a); v >= 1<<63 && v < 1<<64 {
			putInteger(dst, math.MaxUint64)
			return
		}
		right(dst, a, b)
	}
}

// halves is the product of float16, by what rounds to whole numbers.
func halves(round func(float64) float64) kerneltest.Product {
	return func(dst, a, b []byte) { ne.PutUint16(dst, roundSmall(halfOf(a)*halfOf(b), 10, -24, round)) }
}

// halfProducts is that of a float16 and a float32, rounded to a float16.
func halfProducts(round func(float64) float64) kerneltest.Product {
	return func(dst, a, b []byte) {
		ne.PutUint16(dst, roundSmall(float64(exact32(halfOf(a), float64Of32(b))), 10, -24, round))
	}
}

// low is the low half of a product of integers, which is the same with and without a sign.
func low(dst, a, b []byte) { putInteger(dst, unsigned(a)*unsigned(b)) }

func saturatingSigned(dst, a, b []byte) {
	p, end := signed(a)*signed(b), int64(1)<<(8*len(dst)-1)
	switch {
	case p >= end:
		p = end - 1
	case p < -end:
		p = -end
	}
	putInteger(dst, uint64(p))
}

func saturatingUnsigned(dst, a, b []byte) {
	p := unsigned(a) * unsigned(b)
	if p>>(8*len(dst)) != 0 {
		p = math.MaxUint64
	}
	putInteger(dst, p)
}

// fixedPoint counts steps, of which 1 has half as many as the type has values. What is half a
// step is one; 1 itself is too large.
func fixedPoint(dst, a, b []byte) {
	p, one := signed(a)*signed(b), int64(1)<<(8*len(dst)-1)
	q := p / one
	r := p - q*one
	if r < 0 {
		q, r = q-1, r+one
	}
	if r >= one-r {
		q++
	}
	putInteger(dst, uint64(min(q, one-1)))
}

func wideningSigned(dst, a, b []byte) {
	x, y := signed(a), signed(b)
	_, p := bits.Mul64(uint64(max(x, -x)), uint64(max(y, -y)))
	if (x < 0) != (y < 0) {
		p = -p
	}
	putInteger(dst, p)
}

func wideningUnsigned(dst, a, b []byte) {
	_, p := bits.Mul64(unsigned(a), unsigned(b))
	putInteger(dst, p)
}

// lowSigned is low where a is shorter than the result, and has a sign.
func lowSigned(dst, a, b []byte) { putInteger(dst, uint64(signed(a))*unsigned(b)) }

func scaleUnsigned(dst, a, b []byte) { putFloat32(dst, exact32(float64(unsigned(a)), float64Of32(b))) }

func scaleSigned(dst, a, b []byte) { putFloat32(dst, exact32(float64(signed(a)), float64Of32(b))) }

func double(dst, a, b []byte) {
	x, _ := new(big.Float).SetInt64(signed(a)).Float64()
	putFloat64(dst, fused(x, float64Of(b)))
}

// doubleUnsigned is double of an x of another kind.
func doubleUnsigned(dst []byte, x uint64, b []byte) {
	rounded, _ := new(big.Float).SetUint64(x).Float64()
	putFloat64(dst, fused(rounded, float64Of(b)))
}

// doubleBoth rounds both numbers to a float64 before their product.
func doubleBoth(dst []byte, x int64, y uint64) {
	a, _ := new(big.Float).SetInt64(x).Float64()
	b, _ := new(big.Float).SetUint64(y).Float64()
	putFloat64(dst, fused(a, b))
}

// gain rounds a product of float32 by what is left of it beyond a whole number.
func gain(dst []byte, x float64, b []byte, least, most float64) {
	p := float64(exact32(x, float64Of32(b)))
	switch whole := math.Floor(p); {
	case p != p:
		p = 0
	case p <= least:
		p = least
	case p >= most:
		p = most
	case p-whole > 0.5 || p-whole == 0.5 && math.Mod(whole, 2) != 0:
		p = whole + 1
	default:
		p = whole
	}
	putInteger(dst, uint64(int64(p)))
}

// exact32 rounds a product once that float64 holds exactly, as it does those of float32.
func exact32(x, y float64) float32 { return float32(x * y) }

// fused is the product, rounded once, where the product of a zero keeps its sign.
func fused(x, y float64) float64 { return math.FMA(x, y, math.Copysign(0, x)*math.Copysign(1, y)) }

func textbook32(dst []byte, ar, ai, br, bi float32) {
	rr, ii, ri, ir := float32(ar*br), float32(ai*bi), float32(ar*bi), float32(ai*br)
	putFloat32(dst, rr-ii)
	putFloat32(dst[4:], ri+ir)
}

func textbook64(dst []byte, ar, ai, br, bi float64) {
	rr, ii, ri, ir := float64(ar*br), float64(ai*bi), float64(ar*bi), float64(ai*br)
	putFloat64(dst, rr-ii)
	putFloat64(dst[8:], ri+ir)
}

// nearest divides by an odd number and rounds to the nearest whole number.
func nearest(p, odd uint64) uint64 {
	q := p / odd
	if 2*(p-q*odd) > odd {
		q++
	}
	return q
}

// decodeSmall reads a 16-bit float with the given fraction bits, whose least
// positive value is 2 to the power of exponent.
func decodeSmall(bits uint16, fraction, exponent int) float64 {
	sign := 1.0
	if bits>>15 != 0 {
		sign = -1
	}
	bits &= 0x7fff
	frac, exp := int(bits)&(1<<fraction-1), int(bits)>>fraction
	switch {
	case exp == 0x7fff>>fraction && frac != 0:
		return math.NaN()
	case exp == 0x7fff>>fraction:
		return math.Inf(int(sign))
	case exp == 0:
		return sign * math.Ldexp(float64(frac), exponent)
	default:
		return sign * math.Ldexp(float64(frac|1<<fraction), exponent+exp-1)
	}
}

// encodeSmall rounds to nearest even.
func encodeSmall(v float64, fraction, exponent int) uint16 {
	return roundSmall(v, fraction, exponent, math.RoundToEven)
}

func roundSmall(v float64, fraction, exponent int, round func(float64) float64) uint16 {
	sign := uint16(0)
	if math.Signbit(v) {
		sign = 1 << 15
	}
	inf := uint16(0x7fff) &^ (1<<fraction - 1)
	v = math.Abs(v)
	switch {
	case math.IsNaN(v):
		return sign | inf | 1<<(fraction-1)
	case math.IsInf(v, 0):
		return sign | inf
	case v == 0:
		return sign
	}
	_, e := math.Frexp(v)                // v < 2^e
	place := max(e-fraction-1, exponent) // of the last bit that stays
	q := round(math.Ldexp(v, -place))
	// q steps of 2^place; counting in steps from zero is counting in bits.
	n := q + math.Ldexp(float64(place-exponent), fraction)
	if n >= float64(inf) {
		return sign | inf
	}
	return sign | uint16(n)
}

func halfOf(v []byte) float64      { return decodeSmall(ne.Uint16(v), 10, -24) }
func bfloatOf(v []byte) float64    { return decodeSmall(ne.Uint16(v), 7, -133) }
func float64Of32(v []byte) float64 { return float64(float32Of(v)) }

// unsigned and signed read an integer of as many bytes as there are.
func unsigned(v []byte) uint64 {
	switch len(v) {
	case 1:
		return uint64(v[0])
	case 2:
		return uint64(ne.Uint16(v))
	case 4:
		return uint64(ne.Uint32(v))
	}
	return ne.Uint64(v)
}

func signed(v []byte) int64 {
	unused := 64 - 8*len(v)
	return int64(unsigned(v)<<unused) >> unused
}

// putInteger writes the low bytes.
func putInteger(dst []byte, v uint64) {
	switch len(dst) {
	case 1:
		dst[0] = byte(v)
	case 2:
		ne.PutUint16(dst, uint16(v))
	case 4:
		ne.PutUint32(dst, uint32(v))
	default:
		ne.PutUint64(dst, v)
	}
}

func float32Of(v []byte) float32 { return math.Float32frombits(ne.Uint32(v)) }
func float64Of(v []byte) float64 { return math.Float64frombits(ne.Uint64(v)) }

func putFloat32(dst []byte, v float32) { ne.PutUint32(dst, math.Float32bits(v)) }
func putFloat64(dst []byte, v float64) { ne.PutUint64(dst, math.Float64bits(v)) }
