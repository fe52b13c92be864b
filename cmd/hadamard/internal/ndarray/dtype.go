package ndarray

// DType names an element type at run time.
type DType uint8

// The dtypes, in the project's usual order. Invalid is the zero value.
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
	UNorm8
	UNorm16
	Float16
	BFloat16
	Float32
	Float64
	Complex64
	Complex128
	numDTypes
)

var dtypes = [numDTypes]struct {
	name string
	size int // bytes of one element
	word int // bytes of the machine word whose order matters: half a complex
}{
	Invalid:    {"invalid", 0, 0},
	Bool:       {"bool", 1, 1},
	Int8:       {"int8", 1, 1},
	Int16:      {"int16", 2, 2},
	Int32:      {"int32", 4, 4},
	Int64:      {"int64", 8, 8},
	Uint8:      {"uint8", 1, 1},
	Uint16:     {"uint16", 2, 2},
	Uint32:     {"uint32", 4, 4},
	Uint64:     {"uint64", 8, 8},
	UNorm8:     {"unorm8", 1, 1},
	UNorm16:    {"unorm16", 2, 2},
	Float16:    {"float16", 2, 2},
	BFloat16:   {"bfloat16", 2, 2},
	Float32:    {"float32", 4, 4},
	Float64:    {"float64", 8, 8},
	Complex64:  {"complex64", 8, 4},
	Complex128: {"complex128", 16, 8},
}

// All returns every dtype but Invalid.
func All() []DType {
	all := make([]DType, 0, numDTypes-1)
	for d := Invalid + 1; d < numDTypes; d++ {
		all = append(all, d)
	}
	return all
}

// String returns NumPy's name of the dtype.
func (d DType) String() string { return dtypes[d.known()].name }

// Size returns the bytes of one element.
func (d DType) Size() int { return dtypes[d.known()].size }

// Word returns the bytes of the unit that byte order applies to: the
// component of a complex number, else the element.
func (d DType) Word() int { return dtypes[d.known()].word }

// Stored returns the dtype as which NumPy and .npy files know the elements: the integers
// that stand for fractions, else the dtype itself.
func (d DType) Stored() DType {
	switch d {
	case UNorm8:
		return Uint8
	case UNorm16:
		return Uint16
	}
	return d
}

func (d DType) known() DType {
	if d < numDTypes {
		return d
	}
	return Invalid
}
