package main

import (
	"slices"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
	"github.com/hadamard-go/hadamard/runtime"
)

// operand delivers the blocks of an input as arrays of T: views of the file
// where its bytes are values of T as they lie, else converted copies.
type operand[T runtime.Element] struct {
	*ndarray.Array
	strides []int // in elements, stretched to the result
	values  []T   // all of the data, where every block is a view

	bits [2]T // what false and true become, where the input is bool

	// The last copy: a block that another one repeats is converted once.
	copied []T
	mask   []byte
	shape  []int
	offset int
}

func newOperand[T runtime.Element](a *ndarray.Array, strides []int, one T) operand[T] {
	o := operand[T]{Array: a, strides: strides, bits: [2]T{1: one}}
	if a.Direct() {
		o.values = asElements[T](a.Data)
	}
	return o
}

// load returns the block's part of the operand, which broadcasts to the block.
func (o *operand[T]) load(b *block) (runtime.Array[T], error) {
	offset := o.Offset + b.offset(o.strides)
	if o.values != nil {
		return runtime.View(o.values, offset, b.extent, o.strides)
	}
	// What broadcasting repeats is needed once.
	shape := slices.Clone(b.extent)
	size := 1
	for i := range shape {
		if o.strides[i] == 0 {
			shape[i] = 1
		}
		size *= shape[i]
	}
	if o.DType == ndarray.Bool && unsafe.Sizeof(o.bits[0]) == 1 && broadcast.IsContiguous(shape, o.strides) {
		if data := o.Data[offset : offset+size]; ndarray.IsClean(data) {
			return runtime.New(asElements[T](data), shape...)
		}
	}
	if o.copied == nil || offset != o.offset || !slices.Equal(shape, o.shape) {
		o.convert(offset, shape, size)
		o.shape, o.offset = shape, offset
	}
	return runtime.New(o.copied, shape...)
}

// convert copies size elements, the first of which is at offset, to o.copied.
func (o *operand[T]) convert(offset int, shape []int, size int) {
	o.copied = slices.Grow(o.copied[:0], size)[:size]
	if o.DType != ndarray.Bool {
		o.Gather(asBytes(o.copied), offset, shape, o.strides)
		return
	}
	o.mask = slices.Grow(o.mask[:0], size)[:size]
	o.Gather(o.mask, offset, shape, o.strides)
	for i, b := range o.mask {
		o.copied[i] = o.bits[b&1]
	}
}

// asElements views bytes, which must be aligned and in native order, as
// elements.
func asElements[T runtime.Element](data []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/int(unsafe.Sizeof(*new(T))))
}
