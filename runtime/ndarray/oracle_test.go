package ndarray

import (
	"math"
	"math/big"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime"
)

// The oracle converts and multiplies elements one at a time, by other means than the kernels do.

// number is the value of an element. Those of integers, of bools and what fractions are stored as
// are whole; others have parts.
type number struct {
	whole  *big.Int
	re, im float64
	full   int64 // of fractions, full scale
	truth  bool  // of a bool
}

func numberOf(v any) number {
	whole := func(n int64) number { return number{whole: big.NewInt(n)} }
	switch v := v.(type) {
	case bool:
		n := whole(0)
		if n.truth = true; v {
			n.whole.SetInt64(1)
		}
		return n
	case int8:
		return whole(int64(v))
	case int16:
		return whole(int64(v))
	case int32:
		return whole(int64(v))
	case int64:
		return whole(v)
	case uint8:
		return whole(int64(v))
	case uint16:
		return whole(int64(v))
	case uint32:
		return whole(int64(v))
	case uint64:
		return number{whole: new(big.Int).SetUint64(v)}
	case runtime.UNorm8:
		return number{whole: big.NewInt(int64(v)), full: 255}
	case runtime.UNorm16:
		return number{whole: big.NewInt(int64(v)), full: 65535}
	case runtime.Float16:
		return number{re: float64(v.Float32())}
	case runtime.BFloat16:
		return number{re: float64(v.Float32())}
	case float32:
		return number{re: float64(v)}
	case float64:
		return number{re: v}
	case complex64:
		return number{re: float64(real(v)), im: float64(imag(v))}
	}
	c := v.(complex128)
	return number{re: real(c), im: imag(c)}
}

// formats are those of floats: significant bits, and the exponent of the least normal number.
var formats = map[DType]struct{ digits, low int }{
	Float16: {11, -14}, BFloat16: {8, -126}, Float32: {24, -126}, Float64: {53, -1022},
}

// to returns the number as an element of a dtype.
func (n number) to(d DType, saturate bool) any {
	switch d.kind() {
	case boolKind:
		return n.whole != nil && n.whole.Sign() != 0 || n.re != 0 || n.im != 0
	case uintKind, intKind, unormKind:
		return n.integer(d, saturate)
	}
	switch d {
	case Float16:
		return runtime.NewFloat16(float32(n.float(d)))
	case BFloat16:
		return runtime.NewBFloat16(float32(n.float(d)))
	case Float32:
		return float32(n.float(d))
	case Complex64:
		return complex(float32(n.float(Float32)), float32(rounded(n.im, Float32)))
	case Complex128:
		return complex(n.float(Float64), n.im)
	}
	return n.float(d)
}

// float returns the real part, rounded to a dtype of floats.
func (n number) float(d DType) float64 {
	switch {
	case n.full != 0 && d == Float32:
		return float64(float32(n.whole.Int64()) / float32(n.full))
	case n.full != 0:
		return rounded(float64(n.whole.Int64())/float64(n.full), d)
	case n.whole != nil:
		x, _ := new(big.Float).SetPrec(uint(formats[d].digits)).SetInt(n.whole).Float64()
		return rounded(x, d)
	}
	return rounded(n.re, d)
}

// rounded returns x rounded to a dtype of floats, half to even.
func rounded(x float64, d DType) float64 {
	f := formats[d]
	if d == Float64 || x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	_, exponent := math.Frexp(x)
	quantum := math.Ldexp(1, max(exponent-1, f.low)-f.digits+1)
	if x = math.RoundToEven(x/quantum) * quantum; math.Abs(x) >= math.Ldexp(1, 2-f.low) {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return x
}

// integer returns the number as an element of a dtype of integers, or of fractions.
func (n number) integer(d DType, saturate bool) any {
	bits := uint(8 * d.Size())
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), bits)
	if d.kind() == intKind {
		high.Rsh(high, 1)
		low.Neg(high)
	}
	high.Sub(high, big.NewInt(1))
	full := high.Int64()
	whole := new(big.Int)
	switch {
	case n.whole == nil && d.kind() == unormKind:
		whole.SetInt64(scaled(n.re, full))
	case n.whole == nil && (n.re != n.re || math.IsInf(n.re, 0)):
		switch {
		case n.re > 0:
			whole.Set(high)
		case n.re < 0:
			whole.Set(low)
		}
	case n.whole == nil && saturate:
		big.NewFloat(math.RoundToEven(n.re)).Int(whole)
	case n.whole == nil:
		big.NewFloat(math.Trunc(n.re)).Int(whole)
	case d.kind() == unormKind && n.truth:
		whole.Mul(n.whole, high)
	case d.kind() == unormKind && n.full != 0: // rounded: (n*full + half) / n.full
		whole.SetInt64((2*n.whole.Int64()*full + n.full) / (2 * n.full))
	default:
		whole.Set(n.whole)
	}
	if saturate || n.whole == nil {
		if whole.Cmp(low) < 0 {
			whole.Set(low)
		}
		if whole.Cmp(high) > 0 {
			whole.Set(high)
		}
	}
	u := new(big.Int).And(whole, new(big.Int).SetUint64(math.MaxUint64)).Uint64() // two's complement
	element, _ := Zeros(d)
	*(*uint64)(element.operand.Base) = u << (64 - bits) >> (64 - bits)
	if NativeEndian() == BigEndian {
		*(*uint64)(element.operand.Base) = u << (64 - bits)
	}
	return element.value(0)
}

// scaled returns x times full scale, rounded half to even and clamped.
func scaled(x float64, full int64) int64 {
	switch {
	case x >= 1:
		return full
	case !(x > 0):
		return 0
	}
	product := new(big.Float).SetPrec(200).Mul(big.NewFloat(x), big.NewFloat(float64(full)))
	whole, _ := product.Int64()
	rest, _ := new(big.Float).Sub(product, new(big.Float).SetInt64(whole)).Float64()
	if rest > 0.5 || rest == 0.5 && whole%2 == 1 {
		whole++
	}
	return whole
}

// productOf multiplies two elements of a dtype.
func productOf(x, y any) any {
	switch x := x.(type) {
	case bool:
		return x && y.(bool)
	case int8:
		return x * y.(int8)
	case int16:
		return x * y.(int16)
	case int32:
		return x * y.(int32)
	case int64:
		return x * y.(int64)
	case uint8:
		return x * y.(uint8)
	case uint16:
		return x * y.(uint16)
	case uint32:
		return x * y.(uint32)
	case uint64:
		return x * y.(uint64)
	case runtime.UNorm8:
		return runtime.UNorm8((2*uint64(x)*uint64(y.(runtime.UNorm8)) + 255) / 510)
	case runtime.UNorm16:
		return runtime.UNorm16((2*uint64(x)*uint64(y.(runtime.UNorm16)) + 65535) / 131070)
	case runtime.Float16:
		return numberOf(float64(x.Float32())*float64(y.(runtime.Float16).Float32())).to(Float16, false)
	case runtime.BFloat16:
		return numberOf(float64(x.Float32())*float64(y.(runtime.BFloat16).Float32())).to(BFloat16, false)
	case float32:
		return x * y.(float32)
	case float64:
		return x * y.(float64)
	case complex64:
		a, b, c, d := real(x), imag(x), real(y.(complex64)), imag(y.(complex64))
		return complex(float32(a*c)-float32(b*d), float32(a*d)+float32(b*c))
	}
	a, b, c, d := real(x.(complex128)), imag(x.(complex128)), real(y.(complex128)), imag(y.(complex128))
	return complex(float64(a*c)-float64(b*d), float64(a*d)+float64(b*c))
}

// same reports whether two elements are the same number; NaN is one.
func same(x, y any) bool {
	a, b := numberOf(x), numberOf(y)
	if a.whole != nil && b.whole != nil {
		return a.whole.Cmp(b.whole) == 0 && x == y
	}
	part := func(x, y float64) bool {
		return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
	}
	return part(a.re, b.re) && part(a.im, b.im)
}

// put stores an element in memory, in a byte order.
func put(to []byte, v any, d DType, order ByteOrder) {
	element, _ := Zeros(d)
	p := element.operand.Base
	switch v := v.(type) {
	case bool:
		*(*bool)(p) = v
	case int8:
		*(*int8)(p) = v
	case int16:
		*(*int16)(p) = v
	case int32:
		*(*int32)(p) = v
	case int64:
		*(*int64)(p) = v
	case uint8:
		*(*uint8)(p) = v
	case uint16:
		*(*uint16)(p) = v
	case uint32:
		*(*uint32)(p) = v
	case uint64:
		*(*uint64)(p) = v
	case runtime.UNorm8:
		*(*runtime.UNorm8)(p) = v
	case runtime.UNorm16:
		*(*runtime.UNorm16)(p) = v
	case runtime.Float16:
		*(*runtime.Float16)(p) = v
	case runtime.BFloat16:
		*(*runtime.BFloat16)(p) = v
	case float32:
		*(*float32)(p) = v
	case float64:
		*(*float64)(p) = v
	case complex64:
		*(*complex64)(p) = v
	case complex128:
		*(*complex128)(p) = v
	}
	copy(to, unsafe.Slice((*byte)(p), d.Size()))
	if order != NativeEndian() {
		swap(to[:d.Size()], d.WordSize())
	}
}
