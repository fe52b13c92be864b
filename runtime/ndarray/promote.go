package ndarray

import "math/bits"

// bySize are the dtypes in the order in which a result is looked for: of one size, and bools before
// all, those that are declared first.
var bySize = [...]set{
	1 << Bool,
	1<<Int8 | 1<<Uint8 | 1<<UNorm8,
	1<<Int16 | 1<<Uint16 | 1<<UNorm16 | 1<<Float16 | 1<<BFloat16,
	1<<Int32 | 1<<Uint32 | 1<<Float32,
	1<<Int64 | 1<<Uint64 | 1<<Float64 | 1<<Complex64,
	1 << Complex128,
}

// Promote returns the dtype of a product of two dtypes by the rules of NumPy 2: the smallest that
// holds all values of both. So an int8 by a uint8 is an int16, an int32 by a float32 a float64;
// 64-bit integers of which one is signed and the other not are a float64.
//
// A bfloat16 is as in package ml_dtypes: by a float16 it is a float32. Fractions are of a unorm by
// each other or by a bool, and else floats: a float32 by integers of up to 16 bits and by floats
// of up to 32, otherwise a float64.
//
// Of what is no dtype it is Invalid.
func Promote(a, b DType) DType {
	return (dtypes[a.known()].held & dtypes[b.known()].held).smallest()
}

// smallest returns the dtype in which results are that have one of the set.
func (s set) smallest() DType {
	for _, size := range &bySize {
		if some := s & size; some != 0 {
			return DType(bits.TrailingZeros32(uint32(some)))
		}
	}
	return Invalid
}

// withWeak returns the dtype of a product of a dtype and a number of Go of a kind, NEP 50: the
// number takes the dtype it meets, unless that can not be of its kind.
func withWeak(d DType, number kind) DType {
	of := d.kind()
	switch {
	case of == unormKind && (number == intKind || number == floatKind):
		return Float32
	case number <= of:
		return d
	case number == intKind && of == uintKind:
		return d
	case number == intKind:
		return Int64
	case number == floatKind:
		return Float64
	case d == Float64 || of <= intKind:
		return Complex128
	}
	return Complex64
}
