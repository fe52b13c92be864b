package npy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
)

// codes maps NumPy's codes of a kind and a size.
//
// NumPy has no bfloat16. Arrays of the ml_dtypes package are saved as '<V2', or
// as 'bfloat16' by those who patch the header, and both are read as bfloat16.
// NumPy's own two-byte void has no byte order: '|V2' may be anything and is
// refused.
var codes = map[string]ndarray.DType{
	"b1": ndarray.Bool,
	"i1": ndarray.Int8, "i2": ndarray.Int16, "i4": ndarray.Int32, "i8": ndarray.Int64,
	"u1": ndarray.Uint8, "u2": ndarray.Uint16, "u4": ndarray.Uint32, "u8": ndarray.Uint64,
	"f2": ndarray.Float16, "f4": ndarray.Float32, "f8": ndarray.Float64,
	"c8": ndarray.Complex64, "c16": ndarray.Complex128,
	"V2": ndarray.BFloat16,
}

// chars maps NumPy's codes of one character, those of C's types, on a machine whose
// pointers and long have 64 bits.
var chars = map[string]ndarray.DType{
	"?": ndarray.Bool,
	"b": ndarray.Int8, "h": ndarray.Int16, "i": ndarray.Int32, "l": ndarray.Int64, "q": ndarray.Int64, "p": ndarray.Int64,
	"B": ndarray.Uint8, "H": ndarray.Uint16, "I": ndarray.Uint32, "L": ndarray.Uint64, "Q": ndarray.Uint64, "P": ndarray.Uint64,
	"e": ndarray.Float16, "f": ndarray.Float32, "d": ndarray.Float64,
	"F": ndarray.Complex64, "D": ndarray.Complex128,
}

// names maps NumPy's names, which take no byte order, beside those that dtypes have here.
var names = map[string]ndarray.DType{
	"bool_": ndarray.Bool, "bool8": ndarray.Bool,
	"byte": ndarray.Int8, "short": ndarray.Int16, "intc": ndarray.Int32,
	"int": ndarray.Int64, "int_": ndarray.Int64, "long": ndarray.Int64, "longlong": ndarray.Int64, "intp": ndarray.Int64, "int0": ndarray.Int64,
	"ubyte": ndarray.Uint8, "ushort": ndarray.Uint16, "uintc": ndarray.Uint32,
	"uint": ndarray.Uint64, "ulong": ndarray.Uint64, "ulonglong": ndarray.Uint64, "uintp": ndarray.Uint64, "uint0": ndarray.Uint64,
	"half": ndarray.Float16, "single": ndarray.Float32, "double": ndarray.Float64, "float": ndarray.Float64, "float_": ndarray.Float64,
	"csingle": ndarray.Complex64, "singlecomplex": ndarray.Complex64,
	"cdouble": ndarray.Complex128, "cfloat": ndarray.Complex128, "complex": ndarray.Complex128, "complex_": ndarray.Complex128,
}

// parseDescr returns the dtype of a code such as '<f4', as NumPy reads it, and whether it
// is in the byte order that this machine does not have.
func parseDescr(descr string) (ndarray.DType, bool, error) {
	order, code := byte('='), descr
	if code != "" && strings.IndexByte("<>=|", code[0]) >= 0 {
		order, code = code[0], code[1:]
	}
	dtype, ok := chars[code]
	if len(code) > 1 {
		if dtype, ok = codes[code[:1]+size(code[1:])]; dtype == ndarray.BFloat16 && (order == '|' || code == descr) {
			ok = false
		}
	}
	if ok {
		swapped := dtype.Size() > 1 && (order == '<' && bigEndian || order == '>' && !bigEndian)
		return dtype, swapped, nil
	}
	if dtype, ok = names[descr]; ok {
		return dtype, false, nil
	}
	for _, dtype := range ndarray.All() {
		if dtype.String() == descr && dtype.Stored() == dtype {
			return dtype, false, nil
		}
	}
	return ndarray.Invalid, false, fmt.Errorf("dtype %q is not supported%s", clip(descr), reason(descr))
}

// size returns the digits of a size as C reads them, or what is no size.
func size(s string) string {
	digits := strings.TrimLeft(s, " \t\n\v\f\r")
	digits = strings.TrimPrefix(digits, "+")
	if n, err := strconv.ParseUint(digits, 10, 31); err == nil {
		return strconv.FormatUint(n, 10)
	}
	return s
}

// reason explains the codes that people meet.
func reason(descr string) string {
	switch code := strings.TrimLeft(descr, "<>=|"); {
	case code == "V2":
		return ": two bytes of anything; bfloat16 is '<V2' or 'bfloat16'"
	case strings.HasPrefix(code, "O"), code == "object", code == "object_":
		return ": object arrays hold pickled Python values"
	case strings.HasPrefix(code, "M"), strings.HasPrefix(code, "m"), strings.HasPrefix(code, "datetime"), strings.HasPrefix(code, "timedelta"):
		return ": dates and times have no product"
	case strings.HasPrefix(code, "S"), strings.HasPrefix(code, "U"), strings.HasPrefix(code, "a"), strings.HasPrefix(code, "str"):
		return ": strings have no product"
	case code == "f12", code == "f16", code == "c24", code == "c32", code == "g", code == "G", strings.Contains(code, "long"):
		return ": long double differs between machines"
	case strings.Contains(code, ","):
		return ": structured dtypes have no product"
	}
	return ""
}

// descrOf returns the code that NumPy writes on this machine.
func descrOf(dtype ndarray.DType) string {
	dtype = dtype.Stored()
	order := "<"
	switch {
	case dtype.Size() == 1:
		order = "|"
	case bigEndian:
		order = ">"
	}
	for kind, d := range codes {
		if d == dtype {
			return order + kind
		}
	}
	return ""
}
