package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// blockBytes is how much of a result is made and written at a time: little
// enough to stay in a cache, enough that a block's overhead is lost in it.
const blockBytes = 1 << 20

// product is the product of several arrays, to be written in one pass. That of one array is its
// elements, converted.
type product struct {
	inputs  []*input
	where   *input // what is multiplied, nil for all
	dtype   ndarray.DType
	shape   []int
	fortran bool           // the order to write it in
	meta    imagefile.Meta // of the picture, if it is written as one
	signal  signalfile.Options

	// How it is multiplied.
	steps   []ndarray.DType // what the first operand is of, and each product with the next
	casting ndarray.Casting
	gain    *input         // a picture that is multiplied as the integers in which it is stored
	above   int            // fractions that were above 1
	below   int            // and those that were below 0, or NaN
	scratch map[int][]byte // of products that are not the last

	// What became of it.
	blocks   int
	multiply time.Duration // in the kernels and what feeds them
	total    time.Duration // and with the writing
}

// arithmetic is how to multiply, by the command line.
type arithmetic struct {
	dtype   ndarray.DType // Invalid for that of the operands
	casting ndarray.Casting
	order   ndarray.Order
}

// newProduct checks that the operands have a product that can be written in a format.
func newProduct(inputs []*input, where *input, how arithmetic, format format) (*product, error) {
	p := &product{inputs: inputs, where: where, scratch: map[int][]byte{}}
	joinPictures(inputs)
	joinSignals(inputs)
	shapes := make([][]int, 0, len(inputs)+1)
	var names []string
	for _, in := range p.all() {
		shapes = append(shapes, in.array.Shape)
		if in == where {
			names = append(names, "--where "+in.name)
		} else {
			names = append(names, in.name)
		}
	}
	var err error
	if p.shape, err = broadcast.Shape(shapes...); err != nil {
		return nil, fmt.Errorf("%s: %w%s", strings.Join(names, ", "), err, cmp.Or(pictureHint(inputs), signalHint(inputs)))
	}
	if err := p.setDTypes(how, format); err != nil {
		return nil, err
	}
	if format.isArray() {
		p.fortran, err = p.isFortran(how.order)
	}
	return p, err
}

// all returns the operands and the mask.
func (p *product) all() []*input {
	if p.where == nil {
		return p.inputs
	}
	return append(slices.Clip(p.inputs), p.where)
}

// pictureHint says why the shape of a picture may be another than expected: what
// its last axis is, for those who multiply it with arrays, and that it was turned.
func pictureHint(inputs []*input) string {
	arrays := slices.ContainsFunc(inputs, func(in *input) bool { return in.picture == nil })
	for _, in := range inputs {
		if in.picture != nil && in.picture.Turned {
			return fmt.Sprintf(" (%s was turned as its EXIF data say; --as-stored leaves pictures as they are)", in.name)
		}
		if in.picture != nil && arrays {
			shape := in.array.Shape
			return fmt.Sprintf(" (the last axis of %s is its channels, %s: an array with a number for each pixel has shape %s)",
				in.name, imagefile.Channels(shape[2]), broadcast.FormatShape([]int{shape[0], shape[1], 1}))
		}
	}
	return ""
}

// planeWarning returns a warning where an array has the rows and columns of a grey picture
// that is square: by NumPy's rules its columns are then those of channels.
func planeWarning(inputs []*input, shape []int) string {
	for _, pic := range inputs {
		if pic.picture == nil || pic.picture.Channels() != 1 {
			continue
		}
		for _, in := range inputs {
			if plane := pic.array.Shape[:2]; in.picture == nil && plane[1] > 1 && slices.Equal(in.array.Shape, plane) {
				return fmt.Sprintf("the product has shape %s: the last axis of %s is its channel, and that of %s its columns; an array with a number for each pixel has shape %s",
					broadcast.FormatShape(shape), pic.name, in.name, broadcast.FormatShape([]int{plane[0], plane[1], 1}))
			}
		}
	}
	return ""
}

// isFortran reports whether the result is to be in Fortran order. By order K it is if the operands
// agree on it; any other order is written as C order, as NumPy saves it.
func (p *product) isFortran(order ndarray.Order) (bool, error) {
	reversed := slices.Clone(p.shape)
	slices.Reverse(reversed)
	first := bytearray.Packed(p.dtype, p.shape, true, nil).Strides
	if order == ndarray.OrderC || broadcast.IsContiguous(p.shape, first) {
		return false, nil // or it is in both
	}
	switch order {
	case ndarray.OrderF:
		return true, nil
	case ndarray.OrderA:
		return !slices.ContainsFunc(p.inputs, func(in *input) bool {
			fortran := bytearray.Packed(in.array.DType, in.array.Shape, true, nil)
			return in.spread != nil || !slices.Equal(in.array.Strides, fortran.Strides)
		}), nil
	}
	strides, err := p.strides(p.inputs)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(p.inputs, func(in *input) bool { return in.spread != nil }) {
		return false, nil // channels stay together
	}
	kept := broadcast.KeepOrder(p.shape, strides...)
	if broadcast.IsContiguous(p.shape, kept) {
		return false, nil
	}
	slices.Reverse(kept)
	return broadcast.IsContiguous(reversed, kept), nil
}

// strides returns those of arrays, stretched to the result.
func (p *product) strides(inputs []*input) ([][]int, error) {
	all := make([][]int, len(inputs))
	for i, in := range inputs {
		var err error
		if all[i], err = broadcast.Strides(nil, in.array.Shape, in.array.Strides, p.shape); err != nil {
			return nil, fmt.Errorf("%s: %w", in.name, err)
		}
	}
	return all, nil
}

// bytes returns the size of the result.
func (p *product) bytes() (int, error) {
	n, err := broadcast.Size(p.shape)
	if err == nil && n > math.MaxInt/p.dtype.Size() {
		err = fmt.Errorf("the result, %s of shape %s, overflows the address space", p.dtype, broadcast.FormatShape(p.shape))
	}
	return n * p.dtype.Size(), err
}
