package ndarray

import (
	"reflect"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
)

// A runtime.Array is an operand that knows its type, and this package has to know the operand.
const _ = -(unsafe.Sizeof(runtime.Array[int8]{}) - unsafe.Sizeof(exec.Operand{}))

// From returns the array as one whose dtype is known when the program runs, without a copy: the same
// elements, in the same layout, and read-only if a is. The zero Array stays the zero Array, which
// arrays become whose type has no dtype here, see [DTypeOf].
func From[T runtime.Element](a runtime.Array[T]) Array {
	operand, dtype := *(*exec.Operand)(unsafe.Pointer(&a)), DTypeOf[T]()
	if operand.Lay == nil || dtype == Invalid {
		return Array{}
	}
	return Array{operand: operand, dtype: dtype, order: NativeEndian()}
}

// New returns a view of data in C order, without a copy, see [runtime.New]. The error may
// also wrap [ErrDType], see [DTypeOf].
func New[T runtime.Element](data []T, shape ...int) (Array, error) {
	a, err := runtime.New(data, shape...)
	if err == nil && DTypeOf[T]() == Invalid {
		err = fault.InOp("New", noDType[T]())
	}
	return From(a), err
}

// noDType is about a type that has no dtype.
func noDType[T runtime.Element]() error {
	return fault.About(ErrDType, reflect.TypeFor[T]().String()+" has no dtype in this package")
}

// Scalar returns an array of rank 0 that holds v. Its dtype is that of T, and counts as that of any
// array does; see [Weak] for numbers that take the dtype of what they are multiplied by.
func Scalar[T runtime.Element](v T) Array { return From(runtime.Scalar(v)) }

// As returns the array as one of a type of Go, without a copy: the same elements, in the same
// layout, and read-only if x is.
//
// The error wraps a *[TypeError] when T is of another dtype, [ErrDType] when it is of none,
// [ErrBytes] when the elements are no values of Go where they lie (in the other byte order, at
// addresses or strides that are no multiples of their size, or bools that are neither 0 nor 1):
// [Array.Clone] makes such. It wraps [runtime.ErrNoArray] of the zero Array.
func As[T runtime.Element](x Array) (runtime.Array[T], error) {
	want := DTypeOf[T]()
	var err error
	switch {
	case want == Invalid:
		err = noDType[T]()
	case x.operand.Lay == nil:
		err = runtime.ErrNoArray
	case want != x.dtype:
		err = &TypeError{Have: x.dtype, Want: want}
	case x.order != NativeEndian():
		err = fault.Because(ErrBytes, "the elements are %v, this machine is not", x.order)
	case !x.isNative():
		err = fault.Because(ErrBytes, "the elements lie at addresses that are no multiples of the size of a %v", x.dtype)
	case x.raw && !x.isClean():
		err = fault.About(ErrBytes, "bools are bytes other than 0 and 1")
	}
	if err != nil {
		return runtime.Array[T]{}, fault.InOp("As", err)
	}
	return *(*runtime.Array[T])(unsafe.Pointer(&x.operand)), nil
}

// isClean reports whether all bytes of an array of bools are 0 or 1.
func (x Array) isClean() bool {
	bytes := *(*runtime.Array[uint8])(unsafe.Pointer(&x.operand))
	for b := range bytes.Values() {
		if b > 1 {
			return false
		}
	}
	return true
}

// At returns one element, as a value of the type of Go that has its dtype. There is one index per
// axis; a negative one counts from the end. The error wraps [runtime.ErrRange] or
// [runtime.ErrNoArray].
func (x Array) At(index ...int) (any, error) {
	offset, err := x.operand.Lay.Element("At", index)
	if err != nil {
		return nil, err
	}
	return x.value(offset), nil
}

// value returns the element at an offset within the bounds of the layout.
func (x Array) value(offset int) any {
	var e [2]uint64 // aligned
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&e)), x.dtype.Size())
	copy(bytes, unsafe.Slice((*byte)(unsafe.Add(x.operand.Base, offset*x.unit())), len(bytes)))
	if x.order != NativeEndian() {
		swap(bytes, x.dtype.WordSize())
	}
	p := unsafe.Pointer(&e)
	switch x.dtype {
	case Bool:
		return bytes[0] != 0
	case Int8:
		return *(*int8)(p)
	case Int16:
		return *(*int16)(p)
	case Int32:
		return *(*int32)(p)
	case Int64:
		return *(*int64)(p)
	case Uint8:
		return *(*uint8)(p)
	case Uint16:
		return *(*uint16)(p)
	case Uint32:
		return *(*uint32)(p)
	case Uint64:
		return *(*uint64)(p)
	case UNorm8:
		return *(*runtime.UNorm8)(p)
	case UNorm16:
		return *(*runtime.UNorm16)(p)
	case Float16:
		return *(*runtime.Float16)(p)
	case BFloat16:
		return *(*runtime.BFloat16)(p)
	case Float32:
		return *(*float32)(p)
	case Float64:
		return *(*float64)(p)
	case Complex64:
		return *(*complex64)(p)
	}
	return *(*complex128)(p)
}
