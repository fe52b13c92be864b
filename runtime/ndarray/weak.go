package ndarray

import (
	"math"
	"strconv"
)

// Number lists the types of [Weak] numbers.
type Number interface {
	bool | int | int64 | uint64 | float64 | complex128
}

// Weak returns a number, of rank 0, that takes its dtype from what it is multiplied by, as Python's
// numbers do in NumPy 2 (NEP 50): an int8 array by Weak(2) is int8, a float16 array by Weak(0.5)
// float16. It makes the result of a higher kind where it must: integers by a float are float64,
// floats of up to 32 bits by a complex number complex64. Fractions by a number are float32. A bool is
// as any array of bool.
//
// An integer that the dtype can not hold is a *[NumberError] where it is multiplied, other numbers
// are rounded: 70000.0 is infinite as a float16. Numbers by numbers are int64 (uint64 from 2^63 on),
// float64 or complex128. A view of the array is not weak.
func Weak[N Number](v N) Array {
	switch v := any(v).(type) {
	case bool:
		return Scalar(v)
	case int:
		return weak(Scalar(int64(v)), intKind)
	case int64:
		return weak(Scalar(v), intKind)
	case uint64:
		if v <= math.MaxInt64 {
			return weak(Scalar(int64(v)), intKind)
		}
		return weak(Scalar(v), intKind)
	case float64:
		return weak(Scalar(v), floatKind)
	case complex128:
		return weak(Scalar(v), complexKind)
	}
	return Array{}
}

func weak(x Array, k kind) Array {
	x.weak = k
	return x
}

// isWeak reports whether x takes its dtype from what it is multiplied by.
func (x *Array) isWeak() bool { return x.weak != noKind }

// fits returns an error when a weak integer is beyond the range of an integer dtype.
func (x *Array) fits(operand string, d DType) error {
	if x.weak != intKind || d.kind() != intKind && d.kind() != uintKind {
		return nil
	}
	bits := 8 * d.Size()
	switch v := x.value(0).(type) {
	case int64:
		if d.kind() == intKind && v<<(64-bits)>>(64-bits) == v || d.kind() == uintKind && v >= 0 && (bits == 64 || v>>bits == 0) {
			return nil
		}
		return &NumberError{Operand: operand, Number: strconv.FormatInt(v, 10), DType: d}
	case uint64:
		if d == Uint64 {
			return nil
		}
		return &NumberError{Operand: operand, Number: strconv.FormatUint(v, 10), DType: d}
	}
	return nil
}

// ResultType returns the dtype that arrays promote to together, numbers among them: the smallest
// that holds all values of each, in whatever order they come, see [Promote] and [Weak]. Of none, or
// if one is the zero Array, it is Invalid.
func ResultType(xs ...Array) DType {
	const all = ^set(0)
	arrays, numbers, weak := all, all, noKind
	for i := range xs {
		x := &xs[i]
		if x.isWeak() {
			numbers &= dtypes[x.dtype].held
			weak = max(weak, x.weak)
		} else {
			arrays &= dtypes[x.dtype].held // nothing holds those of Invalid
		}
	}
	switch {
	case arrays == all && weak == noKind:
		return Invalid
	case arrays == all:
		return numbers.smallest()
	case weak == noKind || arrays == 0:
		return arrays.smallest()
	}
	return withWeak(arrays.smallest(), weak)
}
