package runtime

import (
	"iter"
	"slices"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Element lists the dtypes: bool, the integers, floats and complex numbers of Go, the
// fractions [UNorm8] and [UNorm16], and the half types [Float16] and [BFloat16]. A type
// declared over one of Go's is multiplied as that one is; int, uint and uintptr are as the
// integers of their size.
//
// Types declared over uint8 and uint16, or over the types of this package, are none: they may
// be fractions or half-precision numbers, which are not multiplied as integers are. [CastSlice]
// makes Elements of them.
type Element = kernel.Element

// UNorm8 is a fraction of full scale in 8 bits: the number n stands for n/255. Samples of
// pictures and masks are such fractions. Their product is exact, rounded once to the nearest:
// 255 times 255 is 255. Converting a UNorm8 to an integer type of Go gives n, and a
// [UNorm16] as well as a float32 hold all of its values.
type UNorm8 = kernel.UNorm8

// UNorm16 is a fraction of full scale in 16 bits: the number n stands for n/65535.
type UNorm16 = kernel.UNorm16

// NewUNorm8 returns the UNorm8 nearest to x, ties to even. What is more than 1 becomes 1; what
// is less than 0, and NaN, becomes 0.
func NewUNorm8(x float32) UNorm8 { return kernel.NewUNorm8(x) }

// NewUNorm16 returns the UNorm16 nearest to x, ties to even. What is more than 1 becomes 1;
// what is less than 0, and NaN, becomes 0.
func NewUNorm16(x float32) UNorm16 { return kernel.NewUNorm16(x) }

// Float16 is an IEEE 754 binary16 number.
type Float16 = kernel.Float16

// BFloat16 is the upper half of a float32.
type BFloat16 = kernel.BFloat16

// NewFloat16 rounds x to the nearest Float16, ties to even.
func NewFloat16(x float32) Float16 { return kernel.NewFloat16(x) }

// NewBFloat16 rounds x to the nearest BFloat16, ties to even.
func NewBFloat16(x float32) BFloat16 { return kernel.NewBFloat16(x) }

// Array is a strided view of elements in memory, of rank 0 to 64: what NumPy
// calls an ndarray. It is two words and meant to be passed by value; copies
// share the elements, and so do the views made by its methods, unless they say
// otherwise. A view keeps the memory that it shows alive.
//
// Shapes count elements per axis and strides count elements, not bytes, from
// one index to the next.
//
// Elements are of any type without pointers that has 1, 2, 4, 8 or 16 bytes. The functions of
// this package multiply those of the dtypes, see [Element]; a [Rule] multiplies those of its own
// types. [Cast] views elements as another type that is stored the same way.
//
// Reading an Array is safe from several goroutines, writing is not. The zero
// Array holds nothing; operations on it return [ErrNoArray].
type Array[T any] struct {
	_       [0]*T // keeps Go from converting an Array into one of another T, of other sizes of elements
	operand exec.Operand
}

// New returns a view of data in C order (the last axis fastest), without a
// copy. The product of the extents must be len(data); no extents at all make
// an array of rank 0, which holds one element.
//
// The error wraps a *[LengthError] when data has another number of elements, a
// *[SizeError] when no array can have the shape, or [ErrElement] when none can have the type.
func New[T any](data []T, shape ...int) (Array[T], error) {
	lay, err := layout.Packed(shape)
	if err == nil {
		err = checkElement[T]()
	}
	if err != nil {
		return Array[T]{}, fault.InOp("New", err)
	}
	if lay.Size != len(data) {
		return Array[T]{}, fault.InOp("New", &LengthError{Operand: "data", Len: len(data), Want: lay.Size, Shape: lay.Shape})
	}
	return Array[T]{operand: exec.Operand{Base: unsafe.Pointer(unsafe.SliceData(data)), Lay: lay}}, nil
}

// View returns a view of data whose element (0,…,0) is data[offset], without a
// copy. There is one stride per axis, counted in elements, of any sign. Every
// index must lie within data.
//
// The error wraps [ErrRange] when the view reaches outside of data, a *[SizeError] when no
// array can have the shape and strides, [ErrMemory] when it would have more elements than
// there can be memory, or [ErrElement] when no array can have the type.
func View[T any](data []T, offset int, shape, strides []int) (Array[T], error) {
	lay, err := layout.New(slices.Clone(shape), slices.Clone(strides))
	if err == nil {
		err = checkElement[T]()
	}
	if err == nil {
		err = lay.Addressable(elementSize[T]())
	}
	if err != nil {
		return Array[T]{}, fault.InOp("View", err)
	}
	if offset < 0 || offset >= len(data) && (lay.Size > 0 || offset > len(data)) {
		return Array[T]{}, fault.InOp("View", fault.OutOfRange("offset %d is outside of the data, which has %s", offset, fault.Number(len(data), "element", "elements")))
	}
	if lay.Size == 0 {
		return Array[T]{operand: exec.Operand{Base: unsafe.Pointer(unsafe.SliceData(data)), Lay: lay}}, nil
	}
	if lay.Lo < -offset || lay.Hi >= len(data)-offset {
		return Array[T]{}, fault.InOp("View", fault.OutOfRange("shape %s with strides %s and offset %d reaches from element %d to %d, the data has %d",
			broadcast.FormatShape(shape), broadcast.FormatShape(strides), offset, offset+lay.Lo, uint(offset)+uint(lay.Hi), len(data)))
	}
	lay.Overlapping = broadcast.SelfOverlaps(lay.Shape, lay.Strides)
	return Array[T]{operand: exec.Operand{Base: unsafe.Pointer(&data[offset]), Lay: lay}}, nil
}

// Scalar returns an array of rank 0 that holds v. Of a type that no array can have, see
// [ErrElement], it is the zero Array.
func Scalar[T any](v T) Array[T] {
	if checkElement[T]() != nil {
		return Array[T]{}
	}
	p := new(T)
	*p = v
	return Array[T]{operand: exec.Operand{Base: unsafe.Pointer(p), Lay: layout.Scalar}}
}

// Zeros returns a fresh array in C order whose elements are 0. The error is, or wraps, a
// *[SizeError], [ErrMemory] where this process can not have as much memory, or [ErrElement] when
// no array can have the type.
func Zeros[T any](shape ...int) (Array[T], error) {
	if err := checkElement[T](); err != nil {
		return Array[T]{}, fault.InOp("Zeros", err)
	}
	lay, err := layout.Packed(shape)
	if err != nil {
		return Array[T]{}, fault.InOp("Zeros", fault.Unallocatable(err))
	}
	x, err := allocate[T](lay)
	if err != nil {
		return Array[T]{}, fault.InOp("Zeros", err)
	}
	return x, nil
}

// allocate returns a fresh array; lay must be packed with no stride below 0.
func allocate[T any](lay *layout.Layout) (Array[T], error) {
	if err := lay.Addressable(elementSize[T]()); err != nil {
		return Array[T]{}, err
	}
	if err := fault.MayHave(lay.Size * elementSize[T]()); err != nil {
		return Array[T]{}, fault.OfShape(lay.Shape, err)
	}
	return Array[T]{operand: exec.Operand{Base: unsafe.Pointer(unsafe.SliceData(make([]T, lay.Size))), Lay: lay}}, nil
}

// Shape returns the extents of the axes, outermost first, in a slice of the caller's own.
func (x Array[T]) Shape() []int {
	if x.operand.Lay == nil {
		return nil
	}
	return append([]int{}, x.operand.Lay.Shape...)
}

// Strides returns the strides in elements, in a slice of the caller's own.
func (x Array[T]) Strides() []int {
	if x.operand.Lay == nil {
		return nil
	}
	return append([]int{}, x.operand.Lay.Strides...)
}

// Rank returns the number of axes.
func (x Array[T]) Rank() int {
	if x.operand.Lay == nil {
		return 0
	}
	return len(x.operand.Lay.Shape)
}

// Len returns the number of elements, the product of the extents.
func (x Array[T]) Len() int {
	if x.operand.Lay == nil {
		return 0
	}
	return x.operand.Lay.Size
}

// IsContiguous reports whether the elements lie side by side in C order.
func (x Array[T]) IsContiguous() bool { return x.operand.Lay != nil && x.operand.Lay.Contiguous }

// IsReadOnly reports whether x is made by [Array.BroadcastTo] or a view of such.
func (x Array[T]) IsReadOnly() bool { return x.operand.Lay != nil && x.operand.Lay.ReadOnly }

// At returns one element. There is one index per axis; a negative one counts
// from the end. The error wraps [ErrRange] or [ErrNoArray].
func (x Array[T]) At(index ...int) (T, error) {
	offset, err := x.operand.Lay.Element("At", index)
	if err != nil {
		var zero T
		return zero, err
	}
	return *x.element(offset), nil
}

// Set changes one element, see [Array.At]. The error may also wrap [ErrReadOnly].
func (x Array[T]) Set(v T, index ...int) error {
	offset, err := x.operand.Lay.Element("Set", index)
	if err != nil {
		return err
	}
	if x.operand.Lay.ReadOnly {
		return fault.InOp("Set", ErrReadOnly)
	}
	*x.element(offset) = v
	return nil
}

// element returns the element at an offset within the bounds of the layout.
func (x Array[T]) element(offset int) *T {
	return (*T)(unsafe.Add(x.operand.Base, offset*elementSize[T]()))
}

// Data returns the elements as a flat slice that shares their memory, and
// true, if they lie side by side in C order. Of a read-only view the slice
// must not be written to.
func (x Array[T]) Data() ([]T, bool) {
	if !x.IsContiguous() {
		return nil, false
	}
	return unsafe.Slice((*T)(x.operand.Base), x.operand.Lay.Size), true
}

// Contiguous returns x itself if its elements lie side by side in C order, and
// a [Array.Clone] otherwise.
func (x Array[T]) Contiguous() Array[T] { return orPanic(x.contiguous("Contiguous")) }

// TryContiguous is [Array.Contiguous] with an error that wraps [ErrMemory] in place of the
// panic of Clone.
func (x Array[T]) TryContiguous() (Array[T], error) { return x.contiguous("TryContiguous") }

func (x Array[T]) contiguous(op string) (Array[T], error) {
	if x.operand.Lay == nil || x.operand.Lay.Contiguous {
		return x, nil
	}
	return x.clone(op)
}

// Clone returns a fresh copy in C order, which can be written to. The clone of
// the zero Array is the zero Array.
//
// A view may be larger than any memory: BroadcastTo makes such from a single element.
// Where this process can not have as much, Clone panics with an error that wraps
// [ErrMemory]; [Array.TryClone] returns it.
func (x Array[T]) Clone() Array[T] { return orPanic(x.clone("Clone")) }

// TryClone is [Array.Clone] with an error that wraps [ErrMemory] in place of a panic.
func (x Array[T]) TryClone() (Array[T], error) { return x.clone("TryClone") }

// orPanic panics with the one error of a function that returns none.
func orPanic[T any](x Array[T], err error) Array[T] {
	if err != nil {
		panic(err)
	}
	return x
}

func (x Array[T]) clone(op string) (Array[T], error) {
	if x.operand.Lay == nil {
		return x, nil
	}
	lay := x.operand.Lay
	if !lay.Contiguous || lay.ReadOnly {
		lay = layout.Pack(lay.Shape, lay.Size)
	}
	c, err := allocate[T](lay)
	if err != nil {
		return c, fault.InOp(op, err)
	}
	if exec.RaceDetector {
		exec.Announce(copyOf[T]().Sizes(), c.operand, x.operand)
	}
	exec.Copy(copyOf[T](), lay.Shape, c.operand.Base, lay.Strides, x.operand.Base, x.operand.Lay.Strides)
	return c, nil
}

// Values returns the elements in C order, as they are when they are reached.
func (x Array[T]) Values() iter.Seq[T] {
	return func(yield func(T) bool) {
		if x.operand.Lay != nil && x.operand.Lay.Size > 0 {
			x.walk(0, 0, yield)
		}
	}
}

// walk yields the elements under an offset on the given axis, until told to stop.
func (x Array[T]) walk(axis, offset int, yield func(T) bool) bool {
	if axis == len(x.operand.Lay.Shape) {
		return yield(*x.element(offset))
	}
	stride := x.operand.Lay.Strides[axis]
	for range x.operand.Lay.Shape[axis] {
		if !x.walk(axis+1, offset, yield) {
			return false
		}
		offset += stride
	}
	return true
}
