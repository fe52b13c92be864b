package ndarray

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unsafe"
)

// ByteOrder is the order of the bytes of an element, or of a part of a complex number.
type ByteOrder uint8

// The byte orders. LittleEndian is the zero value, and that of nearly all files and machines.
const (
	LittleEndian ByteOrder = iota
	BigEndian
)

// NativeEndian returns the byte order of this machine.
func NativeEndian() ByteOrder {
	const bytes = "\x00\x01" // which the compiler reads, where it would store a slice, and wait for that
	if binary.NativeEndian.Uint16(unsafe.Slice(unsafe.StringData(bytes), len(bytes))) == 1 {
		return BigEndian
	}
	return LittleEndian
}

// String returns "little-endian" or "big-endian".
func (o ByteOrder) String() string {
	if o == BigEndian {
		return "big-endian"
	}
	return "little-endian"
}

// codes are NumPy's of a kind and a size. NumPy has no bfloat16, arrays of which package
// ml_dtypes saves as "<V2".
var codes = map[string]DType{
	"b1": Bool,
	"i1": Int8, "i2": Int16, "i4": Int32, "i8": Int64,
	"u1": Uint8, "u2": Uint16, "u4": Uint32, "u8": Uint64,
	"f2": Float16, "f4": Float32, "f8": Float64,
	"c8": Complex64, "c16": Complex128,
	"V2": BFloat16,
}

// characters are NumPy's codes of one character, those of C's types, on a machine whose pointers
// and long have 64 bits.
var characters = map[string]DType{
	"?": Bool,
	"b": Int8, "h": Int16, "i": Int32, "l": Int64, "q": Int64, "p": Int64,
	"B": Uint8, "H": Uint16, "I": Uint32, "L": Uint64, "Q": Uint64, "P": Uint64,
	"e": Float16, "f": Float32, "d": Float64,
	"F": Complex64, "D": Complex128,
}

// names are NumPy's, which take no byte order, beside those that dtypes have here.
var names = map[string]DType{
	"bool_": Bool, "bool8": Bool,
	"byte": Int8, "short": Int16, "intc": Int32,
	"int": Int64, "int_": Int64, "long": Int64, "longlong": Int64, "intp": Int64, "int0": Int64,
	"ubyte": Uint8, "ushort": Uint16, "uintc": Uint32,
	"uint": Uint64, "ulong": Uint64, "ulonglong": Uint64, "uintp": Uint64, "uint0": Uint64,
	"half": Float16, "single": Float32, "double": Float64, "float": Float64, "float_": Float64,
	"csingle": Complex64, "singlecomplex": Complex64,
	"cdouble": Complex128, "cfloat": Complex128, "complex": Complex128, "complex_": Complex128,
}

// ParseDType returns the dtype and byte order that a text names as NumPy reads it: a code such as
// "<f4", ">i2", "|u1" or "?", a name such as "float32" or "double", or one of those that NumPy
// lacks, "bfloat16", "unorm8" and "unorm16". "<V2" is bfloat16, too. Where no order is named, as
// in "f4", it is that of this machine.
//
// The error is a *[NameError].
func ParseDType(name string) (DType, ByteOrder, error) {
	order, code := byte('='), name
	if code != "" && strings.IndexByte("<>=|", code[0]) >= 0 {
		order, code = code[0], code[1:]
	}
	d, known := characters[code]
	if len(code) > 1 {
		d, known = codes[code[:1]+decimal(code[1:])]
		if d == BFloat16 && (order == '|' || code == name) {
			known = false // two bytes of anything
		}
	}
	switch {
	case known && order == '<':
		return d, LittleEndian, nil
	case known && order == '>':
		return d, BigEndian, nil
	case known:
		return d, NativeEndian(), nil
	}
	if d, known = names[name]; known {
		return d, NativeEndian(), nil
	}
	for d, row := range dtypes {
		if d := DType(d); d != Invalid && row.name == name {
			return d, NativeEndian(), nil
		}
	}
	return Invalid, NativeEndian(), &NameError{Name: name}
}

// decimal returns the digits of a size as C reads them, or what is no size.
func decimal(s string) string {
	digits := strings.TrimLeft(s, " \t\n\v\f\r")
	digits = strings.TrimPrefix(digits, "+")
	if n, err := strconv.ParseUint(digits, 10, 31); err == nil {
		return strconv.FormatUint(n, 10)
	}
	return s
}

// Code returns NumPy's code of the dtype in a byte order, such as "<f4" or "|u1": that of what is
// stored where NumPy has no such dtype.
func (d DType) Code(order ByteOrder) string {
	d = d.Stored()
	for code, of := range codes {
		switch {
		case of != d:
		case d.Size() == 1:
			return "|" + code
		case order == BigEndian:
			return ">" + code
		default:
			return "<" + code
		}
	}
	return ""
}
