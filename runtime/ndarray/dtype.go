package ndarray

import (
	"reflect"

	"github.com/hadamard-go/hadamard/runtime"
)

// DType is the type of an array's elements. A DType says nothing of the order of their bytes,
// which is the array's: see [ByteOrder].
type DType uint8

// The dtypes. Invalid is the zero value, and that of no array.
const (
	Invalid DType = iota
	Bool
	Int8
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	UNorm8  // a fraction of full scale, see [runtime.UNorm8]
	UNorm16 // a fraction of full scale, see [runtime.UNorm16]
	Float16
	BFloat16
	Float32
	Float64
	Complex64
	Complex128
	numDTypes
)

// kind orders dtypes by what they can express; a number of Go that has no dtype has a kind alone.
type kind uint8

const (
	noKind kind = iota
	boolKind
	uintKind
	intKind
	unormKind
	floatKind
	complexKind
)

// set is a set of dtypes, a bit each.
type set uint32

func (s set) has(d DType) bool { return s>>d&1 != 0 }

// The dtypes that hold each value of a dtype, as NumPy has it: 64-bit integers are counted as
// held by float64. They are what the casting rule "safe" allows.
const (
	ofComplex128 set = 1 << Complex128
	ofComplex64      = ofComplex128 | 1<<Complex64
	ofFloat64        = ofComplex128 | 1<<Float64
	ofFloat32        = ofFloat64 | ofComplex64 | 1<<Float32
	ofFloat16        = ofFloat32 | 1<<Float16
	ofBFloat16       = ofFloat32 | 1<<BFloat16
	ofUNorm16        = ofFloat32 | 1<<UNorm16
	ofUNorm8         = ofUNorm16 | 1<<UNorm8
	ofInt64          = ofFloat64 | 1<<Int64
	ofInt32          = ofInt64 | 1<<Int32
	ofInt16          = ofInt32 | ofFloat32 | 1<<Int16
	ofInt8           = ofInt16 | ofFloat16 | ofBFloat16 | 1<<Int8
	ofUint64         = ofFloat64 | 1<<Uint64
	ofUint32         = ofUint64 | ofInt64 | 1<<Uint32
	ofUint16         = ofUint32 | ofInt32 | ofFloat32 | 1<<Uint16
	ofUint8          = ofUint16 | ofInt16 | ofFloat16 | ofBFloat16 | 1<<Uint8
	ofBool           = ofInt8 | ofUint8 | ofUNorm8 | 1<<Bool
)

var dtypes = [numDTypes]struct {
	name string
	size int // bytes of an element
	word int // bytes of the unit that byte order applies to: half a complex number
	kind kind
	held set // by the dtypes that hold all of its values
}{
	Invalid:    {"invalid", 0, 0, noKind, 0},
	Bool:       {"bool", 1, 1, boolKind, ofBool},
	Int8:       {"int8", 1, 1, intKind, ofInt8},
	Int16:      {"int16", 2, 2, intKind, ofInt16},
	Int32:      {"int32", 4, 4, intKind, ofInt32},
	Int64:      {"int64", 8, 8, intKind, ofInt64},
	Uint8:      {"uint8", 1, 1, uintKind, ofUint8},
	Uint16:     {"uint16", 2, 2, uintKind, ofUint16},
	Uint32:     {"uint32", 4, 4, uintKind, ofUint32},
	Uint64:     {"uint64", 8, 8, uintKind, ofUint64},
	UNorm8:     {"unorm8", 1, 1, unormKind, ofUNorm8},
	UNorm16:    {"unorm16", 2, 2, unormKind, ofUNorm16},
	Float16:    {"float16", 2, 2, floatKind, ofFloat16},
	BFloat16:   {"bfloat16", 2, 2, floatKind, ofBFloat16},
	Float32:    {"float32", 4, 4, floatKind, ofFloat32},
	Float64:    {"float64", 8, 8, floatKind, ofFloat64},
	Complex64:  {"complex64", 8, 4, complexKind, ofComplex64},
	Complex128: {"complex128", 16, 8, complexKind, ofComplex128},
}

// DTypes returns all dtypes but Invalid, in the order in which they are declared.
func DTypes() []DType {
	all := make([]DType, 0, numDTypes-1)
	for d := Invalid + 1; d < numDTypes; d++ {
		all = append(all, d)
	}
	return all
}

// String returns NumPy's name of the dtype, such as "float32".
func (d DType) String() string { return dtypes[d.known()].name }

// Size returns the bytes of an element; 0 of Invalid.
func (d DType) Size() int { return dtypes[d.known()].size }

// WordSize returns the bytes of the unit that byte order applies to: those of a part of a complex
// number, else those of an element.
func (d DType) WordSize() int { return dtypes[d.known()].word }

// Stored returns the dtype as which NumPy and .npy files know the elements: of fractions the
// integers in which they are stored, else the dtype itself.
func (d DType) Stored() DType {
	switch d {
	case UNorm8:
		return Uint8
	case UNorm16:
		return Uint16
	}
	return d
}

func (d DType) kind() kind { return dtypes[d.known()].kind }

// isValid reports whether an array can have the dtype.
func (d DType) isValid() bool { return d.known() != Invalid }

func (d DType) known() DType {
	if d < numDTypes {
		return d
	}
	return Invalid
}

// DTypeOf returns the dtype of a type of Go: int, uint and uintptr have that of their size, and a
// type that is declared over one of Go's has that one's. It is Invalid of dtypes that were added to
// package kernel: they have a product of their own, which this package does not know.
func DTypeOf[T runtime.Element]() DType {
	t := reflect.TypeFor[T]()
	switch t {
	case reflect.TypeFor[runtime.UNorm8]():
		return UNorm8
	case reflect.TypeFor[runtime.UNorm16]():
		return UNorm16
	case reflect.TypeFor[runtime.Float16]():
		return Float16
	case reflect.TypeFor[runtime.BFloat16]():
		return BFloat16
	}
	if t.PkgPath() == reflect.TypeFor[runtime.UNorm8]().PkgPath() {
		return Invalid
	}
	kinds := [...]DType{
		reflect.Bool: Bool,
		reflect.Int8: Int8, reflect.Int16: Int16, reflect.Int32: Int32, reflect.Int64: Int64,
		reflect.Uint8: Uint8, reflect.Uint16: Uint16, reflect.Uint32: Uint32, reflect.Uint64: Uint64,
		reflect.Float32: Float32, reflect.Float64: Float64,
		reflect.Complex64: Complex64, reflect.Complex128: Complex128,
	}
	if d := kinds[t.Kind()]; d != Invalid {
		return d
	}
	// int, uint or uintptr
	is64 := t.Size() == 8
	switch {
	case t.Kind() == reflect.Int && is64:
		return Int64
	case t.Kind() == reflect.Int:
		return Int32
	case is64:
		return Uint64
	}
	return Uint32
}
