package runtime_test

import (
	"encoding/binary"
	"math"

	"github.com/hadamard-go/hadamard/generated"
)

// A lane is what the kernel tests know of a rule without asking the
// generated code: the product of two elements, given as their bytes, and the
// values at which products go wrong.
type lane struct {
	multiply func(dst, a, b []byte)
	isNaN    func(v []byte) bool // nil where no value is a NaN
	specials []uint64            // bits of components
	size     int                 // bytes of a component
	fraction int                 // a float's fraction bits, 0 for others
}

var ne = binary.NativeEndian

// lanes holds the rules by name. Products of halves are computed exactly in
// float64 and rounded by scaling; those of complex numbers as written, with
// every product rounded.
var lanes = map[string]lane{
	"bool": {size: 1, specials: []uint64{0, 1}, multiply: func(dst, a, b []byte) { dst[0] = a[0] & b[0] }},
	"int8": {size: 1, specials: integers(8), multiply: low8}, "uint8": {size: 1, specials: integers(8), multiply: low8},
	"int16": {size: 2, specials: integers(16), multiply: low16}, "uint16": {size: 2, specials: integers(16), multiply: low16},
	"int32": {size: 4, specials: integers(32), multiply: low32}, "uint32": {size: 4, specials: integers(32), multiply: low32},
	"int64": {size: 8, specials: integers(64), multiply: low64}, "uint64": {size: 8, specials: integers(64), multiply: low64},
	"unorm8": {size: 1, specials: integers(8), multiply: func(dst, a, b []byte) {
		dst[0] = byte(nearest(uint64(a[0])*uint64(b[0]), 1<<8-1))
	}},
	"unorm16": {size: 2, specials: integers(16), multiply: func(dst, a, b []byte) {
		ne.PutUint16(dst, uint16(nearest(uint64(ne.Uint16(a))*uint64(ne.Uint16(b)), 1<<16-1)))
	}},
	"float16": {size: 2, fraction: 10, specials: floats(16, 10), isNaN: nan16(0x7c00), multiply: func(dst, a, b []byte) {
		p := decodeSmall(ne.Uint16(a), 10, -24) * decodeSmall(ne.Uint16(b), 10, -24)
		ne.PutUint16(dst, encodeSmall(p, 10, -24))
	}},
	"bfloat16": {size: 2, fraction: 7, specials: floats(16, 7), isNaN: nan16(0x7f80), multiply: func(dst, a, b []byte) {
		p := decodeSmall(ne.Uint16(a), 7, -133) * decodeSmall(ne.Uint16(b), 7, -133)
		ne.PutUint16(dst, encodeSmall(p, 7, -133))
	}},
	"float32": {size: 4, fraction: 23, specials: floats(32, 23), isNaN: nan32, multiply: func(dst, a, b []byte) {
		putFloat32(dst, float32Of(a)*float32Of(b))
	}},
	"float64": {size: 8, fraction: 52, specials: floats(64, 52), isNaN: nan64, multiply: func(dst, a, b []byte) {
		putFloat64(dst, float64Of(a)*float64Of(b))
	}},
	"complex64": {size: 4, fraction: 23, specials: floats(32, 23), isNaN: nan32, multiply: func(dst, a, b []byte) {
		ar, ai, br, bi := float32Of(a), float32Of(a[4:]), float32Of(b), float32Of(b[4:])
		rr, ii, ri, ir := float32(ar*br), float32(ai*bi), float32(ar*bi), float32(ai*br)
		putFloat32(dst, rr-ii)
		putFloat32(dst[4:], ri+ir)
	}},
	"complex128": {size: 8, fraction: 52, specials: floats(64, 52), isNaN: nan64, multiply: func(dst, a, b []byte) {
		ar, ai, br, bi := float64Of(a), float64Of(a[8:]), float64Of(b), float64Of(b[8:])
		rr, ii, ri, ir := float64(ar*br), float64(ai*bi), float64(ar*bi), float64(ai*br)
		putFloat64(dst, rr-ii)
		putFloat64(dst[8:], ri+ir)
	}},
}

// The low halves of products of integers, which are the same with and without a sign.
func low8(dst, a, b []byte) { dst[0] = byte(uint64(a[0]) * uint64(b[0])) }

func low16(dst, a, b []byte) { ne.PutUint16(dst, uint16(uint64(ne.Uint16(a))*uint64(ne.Uint16(b)))) }

func low32(dst, a, b []byte) { ne.PutUint32(dst, uint32(uint64(ne.Uint32(a))*uint64(ne.Uint32(b)))) }
func low64(dst, a, b []byte) { ne.PutUint64(dst, ne.Uint64(a)*ne.Uint64(b)) }

// laneOf returns the lane of a kernel. A rule that a new row brought has no
// entry above: its portable any-stride kernel, one element at a time, is the
// expression that the others must equal.
func laneOf(k generated.KernelInfo) lane {
	if k.Pattern.Form().Moves {
		part := min(k.OutSize, 8)
		return lane{size: part, specials: integers(8 * part), multiply: func(dst, a, _ []byte) { copy(dst, a) }}
	}
	if l, ok := lanes[k.Rule]; ok {
		return l
	}
	for _, r := range generated.Rules() {
		if r.Name == k.Rule {
			one := r.Set[generated.PureGo][generated.II].Kernel
			return lane{
				size:     k.OutSize,
				specials: integers(8 * k.OutSize),
				multiply: func(dst, a, b []byte) {
					one(&generated.Nest{Dst: addr(dst), A: addr(a), B: addr(b), Cols: 1, Rows: 1})
				},
			}
		}
	}
	panic("no rule " + k.Rule)
}

// same compares two elements bit for bit, NaNs as a class.
func (l lane) same(x, y []byte) bool {
	for i := 0; i < len(x); i += l.size {
		p, q := x[i:i+l.size], y[i:i+l.size]
		if string(p) != string(q) && (l.isNaN == nil || !l.isNaN(p) || !l.isNaN(q)) {
			return false
		}
	}
	return true
}

// put writes the bits of one component.
func (l lane) put(dst []byte, bits uint64) {
	switch l.size {
	case 1:
		dst[0] = byte(bits)
	case 2:
		ne.PutUint16(dst, uint16(bits))
	case 4:
		ne.PutUint32(dst, uint32(bits))
	default:
		ne.PutUint64(dst, bits)
	}
}

// integers lists the values of a width around which products wrap.
func integers(bits int) []uint64 {
	top := uint64(1) << (bits - 1)
	half := uint64(1) << (bits / 2)
	return []uint64{0, 1, 2, 3, half - 1, half, half + 1, top - 1, top, top + 1, ^uint64(0), ^uint64(0) - 1, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa}
}

// floats lists, for a format of the given width and fraction, both signs of:
// zero, the least and the greatest subnormal and normal numbers, numbers around
// 1 and around the square roots of the range, odd fractions that make ties,
// infinity, and quiet and signalling NaNs.
func floats(bits, fraction int) []uint64 {
	one := uint64(1)<<(bits-2) - uint64(1)<<fraction
	inf := uint64(1)<<(bits-1) - uint64(1)<<fraction
	least := uint64(1) << fraction
	positive := []uint64{
		0, 1, 2, 3, least - 1, least, least + 1, least << 1, inf - 1, inf - least,
		one, one + 1, one - 1, one + least/2, one + least/2 + 1, one + least, one - least, one - least + 1,
		one / 2, one/2 + 1, one/2 + least, (one + inf) / 2, (one+inf)/2 - 1, (one+inf)/2 - least, one + 3, one + 5,
		inf, inf + least/2, inf + 1,
	}
	all := positive
	for _, v := range positive {
		all = append(all, v|1<<(bits-1))
	}
	return all
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

func nan16(inf uint16) func([]byte) bool {
	return func(v []byte) bool { return ne.Uint16(v)&0x7fff > inf }
}

func nan32(v []byte) bool { return float32Of(v) != float32Of(v) }
func nan64(v []byte) bool { return float64Of(v) != float64Of(v) }

func float32Of(v []byte) float32 { return math.Float32frombits(ne.Uint32(v)) }
func float64Of(v []byte) float64 { return math.Float64frombits(ne.Uint64(v)) }

func putFloat32(dst []byte, v float32) { ne.PutUint32(dst, math.Float32bits(v)) }
func putFloat64(dst []byte, v float64) { ne.PutUint64(dst, math.Float64bits(v)) }
