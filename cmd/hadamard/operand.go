package main

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// operand delivers the blocks of an input as arrays of T: views of the file
// where its bytes are values of T as they lie, else converted copies.
type operand[T runtime.Element] struct {
	*bytearray.Array
	strides []int // in elements, stretched to the result
	values  []T   // all of the data, where every block is a view
	one     T

	table   *[256]T             // what bytes become, where the input is of another dtype
	spread  *spread             // what channels become, where there are to be others
	decoder *signalfile.Decoder // of samples that are stored as something else, else nil

	// The last copy: a block that another one repeats is converted once.
	copied []T
	bytes  []byte
	pixels []T
	shape  []int
	offset int
}

// newOperand returns an input as an operand of a product of the dtype, whose
// type is T and whose 1 is one.
func newOperand[T runtime.Element](in *input, strides []int, one T, dtype ndarray.DType) operand[T] {
	a := &in.array
	o := operand[T]{Array: a, strides: strides, one: one, spread: in.spread}
	if in.signal != nil {
		o.decoder = in.signal.Decoder()
	}
	switch {
	case o.decoder != nil:
	case a.DType == ndarray.Bool:
		o.table = new([256]T)
		o.table[1] = one
	case a.DType != dtype: // unorm8 in a product of unorm16: 255 becomes 65535
		o.table = new([256]T)
		for i := range o.table {
			binary.NativeEndian.PutUint16(asBytes(o.table[i:i+1]), uint16(i*0x101))
		}
	case a.Direct() && o.spread == nil:
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
	// What broadcasting repeats is needed once, but for channels that become others: those
	// of grey that is read as RGB are repeated, too.
	shape := slices.Clone(b.extent)
	size := 1
	for i := range shape {
		if o.strides[i] == 0 && (o.spread == nil || i < len(shape)-1) {
			shape[i] = 1
		}
		size *= shape[i]
	}
	if o.isBits() && broadcast.IsContiguous(shape, o.strides) {
		if data := o.Data[offset : offset+size]; bytearray.IsClean(data) {
			return runtime.New(asElements[T](data), shape...)
		}
	}
	if o.copied == nil || offset != o.offset || !slices.Equal(shape, o.shape) {
		o.copied = resize(o.copied, size)
		o.convert(offset, shape)
		o.shape, o.offset = shape, offset
	}
	return runtime.New(o.copied, shape...)
}

// isBits reports whether bytes of 0 and 1 are values of T as they lie.
func (o *operand[T]) isBits() bool {
	return o.DType == ndarray.Bool && o.spread == nil && unsafe.Sizeof(o.one) == 1 && asBytes([]T{o.one})[0] == 1
}

// convert copies the elements that shape reaches from offset on to o.copied.
func (o *operand[T]) convert(offset int, shape []int) {
	if o.spread == nil {
		o.gather(o.copied, offset, shape)
		return
	}
	last := len(shape) - 1
	pixels := len(o.copied) / shape[last]
	shape = slices.Clone(shape)
	shape[last] = o.spread.from
	o.pixels = resize(o.pixels, pixels*o.spread.from)
	o.gather(o.pixels, offset, shape)
	out, in := o.copied, o.pixels
	for range pixels {
		for k, from := range o.spread.channels {
			if out[k] = o.one; from >= 0 {
				out[k] = in[from]
			}
		}
		out, in = out[len(o.spread.channels):], in[o.spread.from:]
	}
}

// gather copies elements, as T.
func (o *operand[T]) gather(dst []T, offset int, shape []int) {
	if o.decoder != nil {
		o.decoder.Gather(asBytes(dst), offset, shape, o.strides)
		return
	}
	if o.table == nil {
		o.Gather(asBytes(dst), offset, shape, o.strides)
		return
	}
	o.bytes = resize(o.bytes, len(dst))
	o.Gather(o.bytes, offset, shape, o.strides)
	for i, b := range o.bytes {
		dst[i] = o.table[b]
	}
}

// resize returns n elements, in the memory of s if they fit.
func resize[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }

// asElements views bytes, which must be aligned and in native order, as
// elements.
func asElements[T runtime.Element](data []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/int(unsafe.Sizeof(*new(T))))
}
