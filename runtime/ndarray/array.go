package ndarray

import (
	"fmt"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
)

// Array is a strided view of elements in memory whose dtype is known when the program runs. It is
// meant to be passed by value; copies share the elements, and so do the views made by its methods,
// unless they say otherwise. A view keeps the memory that it shows alive.
//
// Shapes count elements per axis, and strides count bytes from one index to the next, of any sign
// and of any number. Elements may lie at any address and be of either byte order; of a bool every
// byte but 0 is true. A rank is at most 64.
//
// Reading an Array is safe from several goroutines, writing is not. The zero Array holds nothing;
// operations on it return [runtime.ErrNoArray].
type Array struct {
	operand exec.Operand
	dtype   DType
	order   ByteOrder
	raw     bool // bools of any bytes, where those that Go has are 0 and 1
	weak    kind // of a number of Go without a dtype, see Weak; otherwise noKind
}

// FromBytes returns a view of the elements in data, which lie side by side in C order, without a
// copy. No extents at all make an array of rank 0, which holds one element.
//
// The error wraps a *[runtime.LengthError] when data holds another number of elements,
// [runtime.ErrRange] when it ends within one, a *[runtime.SizeError] when no array can have the
// shape, [ErrDType], or [ErrOrder].
func FromBytes(data []byte, dtype DType, order ByteOrder, shape ...int) (Array, error) {
	x, err := ofBytes(dtype, order)
	if err != nil {
		return Array{}, fault.InOp("FromBytes", err)
	}
	lay, err := layout.Packed(shape)
	if err != nil {
		return Array{}, fault.InOp("FromBytes", err)
	}
	size := dtype.Size()
	switch n := len(data) / size; {
	case n != lay.Size:
		return Array{}, fault.InOp("FromBytes", &runtime.LengthError{Operand: "data", Len: n, Want: lay.Size, Shape: lay.Shape})
	case n*size != len(data):
		return Array{}, fault.InOp("FromBytes", fault.OutOfRange("data has %s, which end within a %v", fault.Number(len(data), "byte", "bytes"), dtype))
	}
	x.operand = exec.Operand{Base: unsafe.Pointer(unsafe.SliceData(data)), Lay: lay}
	return x, nil
}

// View returns a view of data whose element (0,…,0) begins at byte offset, without a copy. There is
// one stride per axis, in bytes, of any sign. Every element must lie within data.
//
// The error wraps [runtime.ErrRange] when the view reaches outside of data, a *[runtime.SizeError]
// when no array can have the shape and strides, [runtime.ErrMemory] when it would have more
// elements than there can be memory, [ErrDType], or [ErrOrder].
func View(data []byte, dtype DType, order ByteOrder, offset int, shape, strides []int) (Array, error) {
	x, err := ofBytes(dtype, order)
	if err != nil {
		return Array{}, fault.InOp("View", err)
	}
	lo, hi, err := broadcast.Bounds(shape, strides)
	if err != nil {
		return Array{}, fault.InOp("View", err)
	}
	size := dtype.Size()
	lay, err := strided(shape, strides, size)
	if err == nil {
		err = lay.Addressable(size)
	}
	switch {
	case err != nil:
		return Array{}, fault.InOp("View", err)
	case offset < 0 || offset > len(data):
		return Array{}, fault.InOp("View", fault.OutOfRange("offset %d is outside of the data, which has %s", offset, fault.Number(len(data), "byte", "bytes")))
	case lay.Size > 0 && (lo < -offset || hi > len(data)-offset-size):
		return Array{}, fault.InOp("View", fault.OutOfRange("shape %s of %v with strides %s and offset %d reaches from byte %d to %d, the data has %d",
			broadcast.FormatShape(shape), dtype, broadcast.FormatShape(strides), offset, offset+lo, uint(offset)+uint(hi)+uint(size-1), len(data)))
	}
	lay.Overlapping = lay.Size > 0 && lay.SelfOverlaps()
	x.operand = exec.Operand{Base: unsafe.Add(unsafe.Pointer(unsafe.SliceData(data)), offset), Lay: lay}
	return x, nil
}

// ofBytes returns an array without a layout, of elements that are bytes.
func ofBytes(dtype DType, order ByteOrder) (Array, error) {
	switch {
	case !dtype.isValid():
		return Array{}, ErrDType
	case order > BigEndian:
		return Array{}, fault.Because(ErrOrder, "%d is no byte order", order)
	case dtype.WordSize() == 1:
		order = NativeEndian()
	}
	return Array{dtype: dtype, order: order, raw: dtype == Bool}, nil
}

// strided returns the layout of strides in bytes: in elements, if they are whole ones or do not
// matter.
func strided(shape, strides []int, size int) (*layout.Layout, error) {
	odd, whole := false, make([]int, len(strides))
	for axis, stride := range strides {
		whole[axis] = stride / size
		odd = odd || stride%size != 0 && shape[axis] > 1
	}
	if n, _ := broadcast.Size(shape); odd && n > 1 {
		whole = append(whole[:0], strides...)
		return layout.NewBytes(append([]int(nil), shape...), whole, size)
	}
	return layout.New(append([]int(nil), shape...), whole)
}

// Zeros returns a fresh array in C order and this machine's byte order whose elements are 0. The
// error is, or wraps, a *[runtime.SizeError], [runtime.ErrMemory] where this process can not have as
// much memory, or [ErrDType].
func Zeros(dtype DType, shape ...int) (Array, error) {
	if !dtype.isValid() {
		return Array{}, fault.InOp("Zeros", ErrDType)
	}
	lay, err := layout.Packed(shape)
	if err != nil {
		return Array{}, fault.InOp("Zeros", fault.Unallocatable(err))
	}
	x, err := allocate(dtype, lay)
	if err != nil {
		return Array{}, fault.InOp("Zeros", err)
	}
	return x, nil
}

// allocate returns a fresh array; lay must be packed with no stride below 0, and count elements.
func allocate(dtype DType, lay *layout.Layout) (Array, error) {
	size := dtype.Size()
	if err := lay.Addressable(size); err != nil {
		return Array{}, err
	}
	if err := fault.MayHave(lay.Size * size); err != nil {
		return Array{}, fault.OfShape(lay.Shape, err)
	}
	memory := make([]uint64, (lay.Size*size+7)/8) // aligned for all dtypes
	return Array{operand: exec.Operand{Base: unsafe.Pointer(unsafe.SliceData(memory)), Lay: lay}, dtype: dtype, order: NativeEndian()}, nil
}

// DType returns the dtype of the elements; Invalid of the zero Array.
func (x Array) DType() DType { return x.dtype }

// ByteOrder returns the byte order of the elements; of those of single bytes that of this machine.
func (x Array) ByteOrder() ByteOrder { return x.order }

// Shape returns the extents of the axes, outermost first, in a slice of the caller's own.
func (x Array) Shape() []int {
	if x.operand.Lay == nil {
		return nil
	}
	return append([]int{}, x.operand.Lay.Shape...)
}

// Strides returns the strides in bytes, in a slice of the caller's own.
func (x Array) Strides() []int {
	if x.operand.Lay == nil {
		return nil
	}
	strides := append([]int{}, x.operand.Lay.Strides...)
	for axis := range strides {
		strides[axis] *= x.unit()
	}
	return strides
}

// unit returns the bytes that a stride of 1 of the layout takes.
func (x Array) unit() int {
	if x.operand.Lay.Item != 0 {
		return 1
	}
	return x.dtype.Size()
}

// Rank returns the number of axes.
func (x Array) Rank() int {
	if x.operand.Lay == nil {
		return 0
	}
	return len(x.operand.Lay.Shape)
}

// Len returns the number of elements, the product of the extents.
func (x Array) Len() int {
	if x.operand.Lay == nil {
		return 0
	}
	return x.operand.Lay.Size
}

// IsContiguous reports whether the elements lie side by side in C order.
func (x Array) IsContiguous() bool { return x.operand.Lay != nil && x.operand.Lay.Contiguous }

// IsReadOnly reports whether x is made by [Array.BroadcastTo] or [Array.ReadOnly], or a view of such.
func (x Array) IsReadOnly() bool { return x.operand.Lay != nil && x.operand.Lay.ReadOnly }

// isNative reports whether the elements are values of Go where they lie, but for bools.
func (x Array) isNative() bool {
	return x.order == NativeEndian() && x.operand.Lay.Item == 0 &&
		uintptr(x.operand.Base)%uintptr(min(x.dtype.WordSize(), 8)) == 0
}

// Bytes returns the elements as bytes that share their memory, in their byte order, and true, if
// they lie side by side in C order. Of a read-only view the bytes must not be written to.
func (x Array) Bytes() ([]byte, bool) {
	if !x.IsContiguous() {
		return nil, false
	}
	return unsafe.Slice((*byte)(x.operand.Base), x.operand.Lay.Size*x.dtype.Size()), true
}

// String prints the elements in brackets, one pair per axis, columns aligned. Of more than 1000
// elements it prints those at the ends of the axes.
func (x Array) String() string {
	if x.operand.Lay == nil {
		return "no array"
	}
	return x.operand.Lay.Text(func(offset int) string { return fmt.Sprint(x.value(offset)) })
}
