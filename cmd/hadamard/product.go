package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// blockBytes is how much of a result is made and written at a time: little
// enough to stay in a cache, enough that a block's overhead is lost in it.
const blockBytes = 1 << 20

// product is the product of several arrays, to be written in one pass.
type product struct {
	inputs  []*input
	dtype   ndarray.DType
	shape   []int
	fortran bool           // the order to write it in
	meta    imagefile.Meta // of the picture, if it is written as one
	signal  signalfile.Options

	// What became of it.
	plan     string // how the first block was multiplied
	blocks   int
	multiply time.Duration // in the kernels and what feeds them
	total    time.Duration // and with the writing
}

// newProduct checks that the operands have a product.
func newProduct(inputs []*input) (*product, error) {
	p := &product{inputs: inputs, dtype: ndarray.Bool}
	shapes := make([][]int, len(inputs))
	joinPictures(inputs)
	joinSignals(inputs)
	var names []string
	var typed *input // the first that is no bool
	for i, in := range inputs {
		shapes[i] = in.array.Shape
		names = append(names, in.name)
		switch d := in.array.DType; {
		case d == ndarray.Bool:
		case typed == nil, d == ndarray.UNorm16 && p.dtype == ndarray.UNorm8:
			typed, p.dtype = in, d
		case d == ndarray.UNorm8 && p.dtype == ndarray.UNorm16:
		case d != p.dtype:
			return nil, dtypeError(typed, in)
		}
	}
	var err error
	if p.shape, err = broadcast.Shape(shapes...); err != nil {
		return nil, fmt.Errorf("%s: %w%s", strings.Join(names, ", "), err, cmp.Or(pictureHint(inputs), signalHint(inputs)))
	}
	p.fortran, err = p.keepsFortran()
	return p, err
}

// dtypeError says that two operands have no product, and what to do.
func dtypeError(a, b *input) error {
	advice := "only bool multiplies with any other, so convert one first"
	for _, in := range []*input{a, b} {
		if in.picture != nil {
			advice = fmt.Sprintf("pictures multiply with pictures, bool arrays and fractions (FILE:%s reads uint8 and uint16 as such, FILE:%s what is not 0 as true); %s:%s reads the picture's integers",
				unormView, imagefile.Mask, in.path, imagefile.Stored)
		}
	}
	return fmt.Errorf("dtypes differ: %s is %s and %s is %s; %s", a.name, a.array.DType, b.name, b.array.DType, advice)
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

// keepsFortran reports whether the operands agree on Fortran order, as in
// NumPy's order K. Any other order is written as C order, as NumPy saves it.
func (p *product) keepsFortran() (bool, error) {
	strides, err := p.strides()
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
	reversed := slices.Clone(p.shape)
	slices.Reverse(reversed)
	slices.Reverse(kept)
	return broadcast.IsContiguous(reversed, kept), nil
}

// strides returns those of the operands, stretched to the result.
func (p *product) strides() ([][]int, error) {
	all := make([][]int, len(p.inputs))
	for i, in := range p.inputs {
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

// write multiplies and writes the data of the result to w, in the order of
// memory. It calls report with the bytes done so far.
func (p *product) write(ctx context.Context, w io.Writer, report func(done int)) error {
	one16, onebf := runtime.NewFloat16(1), runtime.NewBFloat16(1)
	switch p.dtype {
	case ndarray.Bool:
		return writeProduct(ctx, p, true, w, report)
	case ndarray.Int8:
		return writeProduct[int8](ctx, p, 1, w, report)
	case ndarray.Int16:
		return writeProduct[int16](ctx, p, 1, w, report)
	case ndarray.Int32:
		return writeProduct[int32](ctx, p, 1, w, report)
	case ndarray.Int64:
		return writeProduct[int64](ctx, p, 1, w, report)
	case ndarray.Uint8:
		return writeProduct[uint8](ctx, p, 1, w, report)
	case ndarray.Uint16:
		return writeProduct[uint16](ctx, p, 1, w, report)
	case ndarray.Uint32:
		return writeProduct[uint32](ctx, p, 1, w, report)
	case ndarray.Uint64:
		return writeProduct[uint64](ctx, p, 1, w, report)
	case ndarray.UNorm8:
		return writeProduct(ctx, p, runtime.NewUNorm8(1), w, report)
	case ndarray.UNorm16:
		return writeProduct(ctx, p, runtime.NewUNorm16(1), w, report)
	case ndarray.Float16:
		return writeProduct(ctx, p, one16, w, report)
	case ndarray.BFloat16:
		return writeProduct(ctx, p, onebf, w, report)
	case ndarray.Float32:
		return writeProduct[float32](ctx, p, 1, w, report)
	case ndarray.Float64:
		return writeProduct[float64](ctx, p, 1, w, report)
	case ndarray.Complex64:
		return writeProduct[complex64](ctx, p, 1, w, report)
	case ndarray.Complex128:
		return writeProduct[complex128](ctx, p, 1, w, report)
	}
	return fmt.Errorf("dtype %s has no product", p.dtype)
}

// writeProduct is write for one dtype; one is its 1.
func writeProduct[T runtime.Element](ctx context.Context, p *product, one T, w io.Writer, report func(int)) error {
	defer func(start time.Time) { p.total = time.Since(start) }(time.Now())
	shape := slices.Clone(p.shape)
	strides, err := p.strides()
	if err != nil {
		return err
	}
	if p.fortran {
		// The result is then the C order of the reversed axes.
		slices.Reverse(shape)
		for _, s := range strides {
			slices.Reverse(s)
		}
	}
	operands := make([]operand[T], len(p.inputs))
	for i, in := range p.inputs {
		operands[i] = newOperand(in, strides[i], one, p.dtype)
	}
	size := int(unsafe.Sizeof(one))
	var out []T
	done := 0
	for b := range blocks(shape, blockBytes/size) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := firstError(p.inputs, (*input).check); err != nil {
			return err
		}
		if out == nil {
			out = make([]T, b.size) // no later block is larger
		}
		start := time.Now()
		if err := multiplyBlock(p, out[:b.size], operands, &b); err != nil {
			return err
		}
		p.multiply += time.Since(start)
		if _, err := w.Write(asBytes(out[:b.size])); err != nil {
			return err
		}
		p.blocks++
		done += b.size * size
		report(done)
	}
	return nil
}

// multiplyBlock multiplies the operands' parts in the block.
func multiplyBlock[T runtime.Element](p *product, dst []T, operands []operand[T], b *block) error {
	out, err := runtime.New(dst, b.extent...)
	if err != nil {
		return err
	}
	parts := make([]runtime.Array[T], len(operands))
	for i := range operands {
		if parts[i], err = operands[i].load(b); err != nil {
			return err
		}
	}
	if n := len(parts); n > 2 {
		p.plan = fmt.Sprintf("%d operands from left to right, in parts that the first-level cache holds", n)
		return runtime.Product(out, parts...)
	}
	plan, err := runtime.NewPlan(out, parts[0], parts[1])
	if err != nil {
		return err
	}
	if p.blocks == 0 {
		p.plan = plan.String()
	}
	return plan.Run()
}

// asBytes views elements as the bytes that they are.
func asBytes[T runtime.Element](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(*new(T))))
}
