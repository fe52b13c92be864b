package runtime_test

import (
	"math"
	"math/big"
	"math/bits"
	"strings"

	"github.com/hadamard-go/hadamard/conversions"
	"github.com/hadamard-go/hadamard/runtime/kernel"
	"github.com/hadamard-go/hadamard/runtime/kernel/kerneltest"
)

// Conversions are computed from exact numbers: what an element is, of which then as much is kept
// as the result has room for.
func init() {
	for _, r := range conversions.Rules() {
		products[r.Name] = conversion(storedOf(r.Out.DType), storedOf(r.A.DType), strings.HasPrefix(r.Name, "saturate_"))
	}
}

// stored is how a dtype holds its numbers: the bits of a part, and of a float's fraction.
type stored struct {
	kind     string // the dtype's name without a size
	bits     int
	fraction int
}

func storedOf(dtype string) stored {
	switch dtype {
	case "float16", "bfloat16", "unorm8", "unorm16":
	default: // a number as which it is stored
		dtype = kernel.StoredAs(dtype)
	}
	kind := strings.TrimRight(dtype, "0123456789")
	s := stored{kind: kind, bits: 8}
	for i, c := range dtype[len(kind):] {
		if i == 0 {
			s.bits = 0
		}
		s.bits = 10*s.bits + int(c-'0')
	}
	switch kind {
	case "complex":
		s.bits /= 2
		s.fraction = map[int]int{32: 23, 64: 52}[s.bits]
	case "float":
		s.fraction = map[int]int{16: 10, 32: 23, 64: 52}[s.bits]
	case "bfloat":
		s.fraction = 7
	}
	return s
}

// An exact number is size times 2 to the power of exponent, and, if more, a little beyond that.
type exact struct {
	nan, infinite, negative, more bool
	size                          uint64
	exponent                      int
}

// conversion computes an element of out from one of a.
func conversion(out, a stored, saturate bool) kerneltest.Product {
	counts := func(s stored) bool { return s.kind == "int" || s.kind == "uint" }
	return func(dst, src, _ []byte) {
		v := a.read(src)
		other := exact{}
		if a.kind == "complex" {
			other = a.read(src[len(src)/2:])
		}
		if a.kind == "unorm" && !counts(out) {
			v = fraction(v.size, 1<<a.bits-1)
		}
		switch out.kind {
		case "bool":
			dst[0] = 0
			if v.size != 0 || v.nan || v.infinite || other.size != 0 || other.nan || other.infinite {
				dst[0] = 1
			}
		case "int", "uint":
			out.putWhole(dst, v, counts(a) || a.kind == "unorm" || a.kind == "bool", saturate)
		case "unorm":
			if counts(a) {
				out.putWhole(dst, v, true, saturate)
				return
			}
			putInteger(dst, v.steps(1<<out.bits-1))
		case "complex":
			half := len(dst) / 2
			putInteger(dst[:half], out.nearest(v))
			putInteger(dst[half:], out.nearest(other))
		default:
			putInteger(dst, out.nearest(v))
		}
	}
}

// read reads a part.
func (s stored) read(src []byte) exact {
	v := src[:s.bits/8]
	switch {
	case s.fraction == 0 && s.kind == "int":
		n := signed(v)
		return exact{negative: n < 0, size: uint64(max(n, -n))}
	case s.fraction == 0:
		return exact{size: unsigned(v)}
	}
	word := unsigned(v)
	number := exact{negative: word>>(s.bits-1) != 0}
	word &= 1<<(s.bits-1) - 1
	top := s.bits - 1 - s.fraction // bits of the exponent
	number.size, number.exponent = word&(1<<s.fraction-1), int(word>>s.fraction)
	switch {
	case number.exponent == 1<<top-1:
		return exact{nan: number.size != 0, infinite: number.size == 0, negative: number.negative}
	case number.exponent == 0:
		number.exponent = 1
	default:
		number.size |= 1 << s.fraction
	}
	number.exponent -= 1<<(top-1) - 1 + s.fraction
	return number
}

// fraction is n steps of as many as 1 has.
func fraction(n, full uint64) exact {
	if n == 0 || n == full {
		return exact{size: n / full}
	}
	shift := 0
	for 2*n < full {
		n, shift = 2*n, shift+1
	}
	q, r := bits.Div64(n, 0, full)
	return exact{size: q, more: r != 0, exponent: -64 - shift}
}

// nearest is the float nearest to a number, ties to even.
func (s stored) nearest(v exact) uint64 {
	top := s.bits - 1 - s.fraction
	sign, infinite := uint64(0), uint64(1<<top-1)<<s.fraction
	if v.negative {
		sign = 1 << (s.bits - 1)
	}
	switch {
	case v.nan:
		return sign | infinite | 1<<(s.fraction-1)
	case v.infinite:
		return sign | infinite
	case v.size == 0:
		return sign
	}
	shift := bits.LeadingZeros64(v.size)
	size, exponent := v.size<<shift, v.exponent-shift
	least := 2 - 1<<(top-1) - s.fraction // the exponent of the last bit of the smallest numbers
	place := max(exponent+63-s.fraction, least)
	drop := place - exponent
	kept, lost := uint64(0), size
	switch {
	case drop > 64:
		lost = 1
	case drop < 64:
		kept, lost = size>>drop, size<<(64-drop)
	}
	if half := uint64(1) << 63; lost > half || lost == half && (v.more || kept&1 == 1) {
		kept++
	}
	return sign | min(kept+uint64(place-least)<<s.fraction, infinite)
}

// putWhole writes an integer: one that was an integer wraps, others are made of what stands before
// the point. Saturating, that clamps and rounds.
func (s stored) putWhole(dst []byte, v exact, whole, saturate bool) {
	most := uint64(1)<<s.bits - 1
	least := uint64(0) // of its size
	if s.kind == "int" {
		most, least = 1<<(s.bits-1)-1, 1<<(s.bits-1)
	}
	size, over := v.size, v.infinite
	switch {
	case v.nan:
		size = 0
	case v.exponent > 0 && bits.Len64(size)+v.exponent > 64:
		over = true
	case v.exponent >= 0:
		size <<= v.exponent
	default:
		var lost uint64
		drop := -v.exponent
		switch {
		case drop > 64:
			size, lost = 0, min(size, 1)
		case drop == 64:
			size, lost = 0, size
		default:
			size, lost = size>>drop, size<<(64-drop)
		}
		if saturate && (lost > 1<<63 || lost == 1<<63 && size&1 == 1) {
			size++
		}
	}
	clamp := saturate || !whole
	switch {
	case v.negative && clamp && (over || size > least):
		size = least
	case !v.negative && clamp && (over || size > most):
		size = most
	}
	if v.negative {
		size = -size
	}
	putInteger(dst, size)
}

// steps is how many of so many steps a number has, rounded to even, none if it is not a fraction
// above 0, and all from 1 on.
func (v exact) steps(full int64) uint64 {
	if v.nan || v.negative || v.size == 0 && !v.infinite {
		return 0
	}
	if v.infinite || bits.Len64(v.size)+v.exponent > 0 {
		return uint64(full)
	}
	twice := new(big.Int).Mul(new(big.Int).SetUint64(v.size), big.NewInt(2*full))
	unit := -uint(v.exponent)
	if unit > 2000 {
		return 0
	}
	q := new(big.Int).Rsh(twice, unit).Uint64()
	exactly := twice.TrailingZeroBits() >= unit
	if n := q / 2; q%2 == 0 || exactly && n%2 == 0 && !v.more {
		return n
	}
	return uint64(math.Floor(float64(q)/2)) + 1
}
