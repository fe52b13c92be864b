package runtime

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"unsafe"
)

// The oracle multiplies element by element, with indexes and roundings of its own.

// product is the rule of multiplication, every rounding spelt out.
func product[T Element](a, b T) T {
	var r any
	switch a := any(a).(type) {
	case bool:
		r = a && any(b).(bool)
	case int8:
		r = a * any(b).(int8)
	case int16:
		r = a * any(b).(int16)
	case int32:
		r = a * any(b).(int32)
	case int64:
		r = a * any(b).(int64)
	case uint8:
		r = a * any(b).(uint8)
	case uint16:
		r = a * any(b).(uint16)
	case uint32:
		r = a * any(b).(uint32)
	case uint64:
		r = a * any(b).(uint64)
	case UNorm8:
		r = UNorm8(math.Round(float64(a) * float64(any(b).(UNorm8)) / 255))
	case UNorm16:
		r = UNorm16(math.Round(float64(a) * float64(any(b).(UNorm16)) / 65535))
	case Float16:
		r = Float16(binary16().multiply(uint16(a), uint16(any(b).(Float16))))
	case BFloat16:
		r = BFloat16(bfloat16().multiply(uint16(a), uint16(any(b).(BFloat16))))
	case float32:
		r = float32(a * any(b).(float32))
	case float64:
		r = float64(a * any(b).(float64))
	case complex64:
		b := any(b).(complex64)
		ac, bd := float32(real(a)*real(b)), float32(imag(a)*imag(b))
		ad, bc := float32(real(a)*imag(b)), float32(imag(a)*real(b))
		r = complex(float32(ac-bd), float32(ad+bc))
	case complex128:
		b := any(b).(complex128)
		ac, bd := float64(real(a)*real(b)), float64(imag(a)*imag(b))
		ad, bc := float64(real(a)*imag(b)), float64(imag(a)*real(b))
		r = complex(float64(ac-bd), float64(ad+bc))
	}
	return r.(T)
}

// half is a 16-bit float format as a table of its values: their products are
// exact in float64, and the table is searched for the nearest.
type half struct {
	fraction, bias int
	value          [1 << 16]float64
	finite         int // how many bit patterns from 0 up are finite
}

func newHalf(fraction, bias int) *half {
	h := &half{fraction: fraction, bias: bias}
	exponents := 1 << (15 - fraction)
	h.finite = (exponents - 1) << fraction
	for bits := range h.value {
		e := bits >> fraction & (exponents - 1)
		m := float64(bits & (1<<fraction - 1))
		var v float64
		switch {
		case e == exponents-1 && m == 0:
			v = math.Inf(1)
		case e == exponents-1:
			v = math.NaN()
		case e == 0:
			v = math.Ldexp(m, 1-bias-fraction)
		default:
			v = math.Ldexp(m+float64(int(1)<<fraction), e-bias-fraction)
		}
		h.value[bits] = math.Copysign(v, 1-2*float64(bits>>15))
	}
	return h
}

var (
	binary16 = sync.OnceValue(func() *half { return newHalf(10, 15) })
	bfloat16 = sync.OnceValue(func() *half { return newHalf(7, 127) })
)

func (h *half) multiply(a, b uint16) uint16 {
	exact := h.value[a] * h.value[b]
	sign := uint16(0)
	if math.Signbit(exact) {
		sign = 1 << 15
	}
	x := math.Abs(exact)
	if math.IsNaN(x) {
		return uint16(h.finite | 1)
	}
	// low is the highest finite number that is not above x.
	low, high := 0, h.finite
	for high-low > 1 {
		if mid := (low + high) / 2; h.value[mid] <= x {
			low = mid
		} else {
			high = mid
		}
	}
	// What follows the last finite number, for rounding, is one step further.
	next := 2*h.value[low] - h.value[max(low-1, 0)]
	if low+1 < h.finite {
		next = h.value[low+1]
	}
	below, above := x-h.value[low], next-x
	if below > above || below == above && low&1 == 1 {
		low++
	}
	return sign | uint16(low)
}

// sameBits compares bits; all NaNs are one value.
func sameBits[T Element](x, y T) bool {
	switch x := any(x).(type) {
	case Float16:
		y := any(y).(Float16)
		return x == y || x&0x7fff > 0x7c00 && y&0x7fff > 0x7c00
	case BFloat16:
		y := any(y).(BFloat16)
		return x == y || x&0x7fff > 0x7f80 && y&0x7fff > 0x7f80
	case float32:
		return sameFloat(float64(x), float64(any(y).(float32)))
	case float64:
		return sameFloat(x, any(y).(float64))
	case complex64:
		y := any(y).(complex64)
		return sameFloat(float64(real(x)), float64(real(y))) && sameFloat(float64(imag(x)), float64(imag(y)))
	case complex128:
		y := any(y).(complex128)
		return sameFloat(real(x), real(y)) && sameFloat(imag(x), imag(y))
	}
	return x == y
}

func sameFloat(x, y float64) bool {
	return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
}

// randomElements returns n elements: any bits, and numbers of moderate size. Of many, most are
// copies of runs of the first ones: to make each takes longer than to multiply it.
func randomElements[T Element](r *rand.Rand, n int) []T {
	s := make([]T, n)
	first := min(n, 1<<13)
	for i := range s[:first] {
		if r.IntN(2) == 0 {
			s[i] = anyBits[T](r)
		} else {
			s[i] = moderate[T](r)
		}
	}
	for i := first; i < n; {
		i += copy(s[i:], s[r.IntN(first):first])
	}
	return s
}

func anyBits[T Element](r *rand.Rand) (v T) {
	if p, ok := any(&v).(*bool); ok {
		*p = r.IntN(2) == 0
		return v
	}
	bits := unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))
	for i := range bits {
		bits[i] = byte(r.Uint32())
	}
	return v
}

func moderate[T Element](r *rand.Rand) (v T) {
	x, y := r.NormFloat64(), r.NormFloat64()
	switch p := any(&v).(type) {
	case *Float16:
		*p = NewFloat16(float32(x))
	case *BFloat16:
		*p = NewBFloat16(float32(x))
	case *float32:
		*p = float32(x)
	case *float64:
		*p = x
	case *complex64:
		*p = complex(float32(x), float32(y))
	case *complex128:
		*p = complex(x, y)
	default:
		return anyBits[T](r)
	}
	return v
}

// forDTypes runs a test for every dtype.
func forDTypes(t *testing.T, test func(t *testing.T, d dtypeTest)) {
	for _, d := range []dtypeTest{
		dtypeOf[bool]("bool"),
		dtypeOf[int8]("int8"),
		dtypeOf[int16]("int16"),
		dtypeOf[int32]("int32"),
		dtypeOf[int64]("int64"),
		dtypeOf[uint8]("uint8"),
		dtypeOf[uint16]("uint16"),
		dtypeOf[uint32]("uint32"),
		dtypeOf[uint64]("uint64"),
		dtypeOf[UNorm8]("unorm8"),
		dtypeOf[UNorm16]("unorm16"),
		dtypeOf[Float16]("float16"),
		dtypeOf[BFloat16]("bfloat16"),
		dtypeOf[float32]("float32"),
		dtypeOf[float64]("float64"),
		dtypeOf[complex64]("complex64"),
		dtypeOf[complex128]("complex128"),
	} {
		t.Run(d.name, func(t *testing.T) { test(t, d) })
	}
}

// dtypeTest holds the generic tests for one dtype.
type dtypeTest struct {
	name    string
	random  func(t *testing.T, choose chooser)
	small   func(t *testing.T, choose chooser)
	large   func(t *testing.T)
	slices  func(t *testing.T)
	product func(t *testing.T, choose chooser)
}

func dtypeOf[T Element](name string) dtypeTest {
	return dtypeTest{name, testRandomLayout[T], testSmallLayout[T], testLargeLayouts[T], testSlices[T], testProduct[T]}
}

// positions returns the offset of every element of x, in C order, from its
// element (0,…,0).
func positions[T Element](x Array[T]) []int {
	all := []int{0}
	shape, strides := x.Shape(), x.Strides()
	for axis, extent := range shape {
		var next []int
		for _, offset := range all {
			for i := range extent {
				next = append(next, offset+i*strides[axis])
			}
		}
		all = next
	}
	return all
}

// expected returns the products of the elements of a and b, stretched to shape, in C order.
func expected[T Element](t *testing.T, shape []int, a, b Array[T]) []T {
	t.Helper()
	var values [2][]T
	for i, x := range []Array[T]{a, b} {
		// Not Values, which the tests of views rely on.
		wide, err := x.BroadcastTo(shape...)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range positions(wide) {
			values[i] = append(values[i], *wide.element(p))
		}
	}
	products := make([]T, len(values[0]))
	for i := range products {
		products[i] = product(values[0][i], values[1][i])
	}
	return products
}
