package npy

import (
	"fmt"
	"strings"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// parseDescr returns the dtype of a code such as '<f4', as NumPy reads it, and whether it is in the
// byte order that this machine does not have. NumPy has no fractions.
//
// NumPy has no bfloat16 either. Arrays of the ml_dtypes package are saved as '<V2', or as 'bfloat16'
// by those who patch the header, and both are read as bfloat16. NumPy's own two-byte void has no
// byte order: '|V2' may be anything and is refused.
func parseDescr(descr string) (ndarray.DType, bool, error) {
	dtype, order, err := ndarray.ParseDType(descr)
	if err != nil || dtype.Stored() != dtype {
		return ndarray.Invalid, false, fmt.Errorf("dtype %q is not supported%s", clip(descr), reason(descr))
	}
	return dtype, dtype.Size() > 1 && order != ndarray.NativeEndian(), nil
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
