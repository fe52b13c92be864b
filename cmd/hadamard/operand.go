package main

import (
	"math"
	"slices"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// operand delivers the blocks of an input: views of the file where its elements are those of the
// array, whatever their byte order and wherever they lie, else decoded copies.
type operand struct {
	*bytearray.Array
	strides []int // in elements, stretched to the result
	number  ndarray.Array
	stored  bool // a picture as the integers that its samples are

	spread  *spread             // what channels become, where there are to be others
	decoder *signalfile.Decoder // of samples that are stored as something else, else nil

	// The last copy: a block that another one repeats is decoded once.
	copied []byte
	pixels []byte
	shape  []int
	offset int
}

// newOperand returns an input as an operand.
func newOperand(in *input, strides []int, stored bool) *operand {
	o := &operand{Array: &in.array, strides: strides, number: in.number, stored: stored, spread: in.spread}
	if in.signal != nil {
		o.decoder = in.signal.Decoder()
	}
	return o
}

// load returns the block's part of the operand, which broadcasts to the block.
func (o *operand) load(b *block) (ndarray.Array, error) {
	if o.number.DType() != ndarray.Invalid {
		return o.number, nil
	}
	part, err := o.part(o.Offset+b.offset(o.strides), b.extent)
	if err == nil && o.stored {
		return part.ViewAs(o.DType.Stored())
	}
	return part, err
}

func (o *operand) part(offset int, extent []int) (ndarray.Array, error) {
	if o.decoder == nil && o.spread == nil {
		return o.View(offset, extent, o.strides)
	}
	// What broadcasting repeats is needed once, but for channels that become others: those
	// of grey that is read as RGB are repeated, too.
	shape := slices.Clone(extent)
	size := o.DType.Size()
	for i := range shape {
		if o.strides[i] == 0 && (o.spread == nil || i < len(shape)-1) {
			shape[i] = 1
		}
		size *= shape[i]
	}
	if o.copied == nil || offset != o.offset || !slices.Equal(shape, o.shape) {
		o.copied = resize(o.copied, size)
		load := o.join
		if o.decoder != nil {
			load = func(offset int, shape []int) error { return o.decoder.Gather(o.copied, offset, shape, o.strides) }
		}
		if err := load(offset, shape); err != nil {
			return ndarray.Array{}, err
		}
		o.shape, o.offset = shape, offset
	}
	return ndarray.FromBytes(o.copied, o.DType, ndarray.NativeEndian(), shape...)
}

// join copies the pixels that shape reaches from offset on to o.copied, with the channels that
// they are to have.
func (o *operand) join(offset int, shape []int) error {
	size, last := o.DType.Size(), len(shape)-1
	pixels := len(o.copied) / (shape[last] * size)
	shape = slices.Clone(shape)
	shape[last] = o.spread.from
	o.pixels = resize(o.pixels, pixels*o.spread.from*size)
	if err := o.Gather(o.pixels, offset, shape, o.strides); err != nil {
		return err
	}
	one := byte(math.MaxUint8) // of which a fraction that is 1 consists
	if o.DType == ndarray.Bool {
		one = 1
	}
	out, in := o.copied, o.pixels
	for range pixels {
		for k, from := range o.spread.channels {
			for i := range size {
				if out[k*size+i] = one; from >= 0 {
					out[k*size+i] = in[from*size+i]
				}
			}
		}
		out, in = out[len(o.spread.channels)*size:], in[o.spread.from*size:]
	}
	return nil
}

// resize returns n elements, in the memory of s if they fit.
func resize[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }
