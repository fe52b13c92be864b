package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// write multiplies and writes the data of the result to w, in the order of
// memory. It calls report with the bytes done so far.
func (p *product) write(ctx context.Context, w io.Writer, report func(done int)) error {
	defer func(start time.Time) { p.total = time.Since(start) }(time.Now())
	inputs := p.all()
	shape := slices.Clone(p.shape)
	strides, err := p.strides(inputs)
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
	operands := make([]*operand, len(inputs))
	for i, in := range inputs {
		operands[i] = newOperand(in, strides[i], in == p.gain)
	}
	size := p.dtype.Size()
	var out []byte
	done := 0
	for b := range blocks(shape, p.limit()/size) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := firstError(inputs, (*input).check); err != nil {
			return err
		}
		if out == nil {
			out = make([]byte, b.size*size) // no later block is larger
		}
		start := time.Now()
		if err := p.block(out[:b.size*size], operands, &b); err != nil {
			return err
		}
		p.multiply += time.Since(start)
		if _, err := w.Write(out[:b.size*size]); err != nil {
			return err
		}
		p.blocks++
		done += b.size * size
		report(done)
	}
	return nil
}

// limit returns how many bytes of the result a block has at most.
func (p *product) limit() int {
	if len(p.inputs) > 2 {
		return blockBytes / 8 // so that products are near when they are multiplied again
	}
	return blockBytes
}

// block multiplies the operands' parts in the block.
func (p *product) block(data []byte, operands []*operand, b *block) error {
	out, err := ndarray.FromBytes(data, p.dtype, ndarray.NativeEndian(), b.extent...)
	if err != nil {
		return err
	}
	parts := make([]ndarray.Array, len(operands))
	for i, o := range operands {
		if parts[i], err = o.load(b); err != nil {
			return err
		}
	}
	var where ndarray.Array
	if n := len(p.inputs); p.where != nil {
		where, parts = parts[n], parts[:n]
		// Elsewhere the first array stays.
		kept := max(0, slices.IndexFunc(p.inputs, func(in *input) bool { return !in.isNumber() }))
		if err := p.keep(out, parts[kept], operands[kept]); err != nil {
			return err
		}
	}
	product, last := parts[0], len(parts)-1
	if last > 1 && p.gain == nil && !p.isFraction() && p.isOneDType() {
		return ndarray.Options{DType: p.steps[last], Casting: p.cast(), Where: where}.Product(out, parts...)
	}
	for i := 1; i < last; i++ {
		to := ndarray.Array{}
		if p.where == nil && p.gain == nil && p.steps[i] == p.dtype {
			to = out
		}
		if product, err = p.partial(i, to, product, parts[i], b); err != nil {
			return err
		}
	}
	step := p.steps[last]
	switch {
	case p.isFraction():
		// What is no fraction is counted before it is clamped.
		if product, err = p.partial(last, ndarray.Array{}, product, parts[last], b); err != nil {
			return err
		}
		p.count(product)
		if p.where == nil {
			return ndarray.ConvertTo(out, product, ndarray.Saturate)
		}
		parts[last] = ndarray.Weak(1.0)
	case last == 0:
		return ndarray.ConvertTo(out, product, p.cast())
	case p.gain != nil:
		if out, err = out.ViewAs(p.dtype.Stored()); err != nil {
			return err
		}
	}
	return ndarray.Options{DType: step, Casting: p.cast(), Where: where}.MultiplyTo(out, product, parts[last])
}

// cast is how products become the result: what is allowed was looked at before.
func (p *product) cast() ndarray.Casting {
	if p.casting == ndarray.Saturate {
		return ndarray.Saturate
	}
	return ndarray.Unsafe
}

// isOneDType reports whether all products are of one dtype, so that they take one pass.
func (p *product) isOneDType() bool {
	return !slices.ContainsFunc(p.steps[1:], func(d ndarray.DType) bool { return d != p.steps[1] })
}

// isFraction reports whether floats become fractions.
func (p *product) isFraction() bool {
	step := p.steps[len(p.steps)-1]
	return p.gain == nil && p.dtype != p.dtype.Stored() && (step == ndarray.Float32 || step == ndarray.Float64)
}

// keep writes an operand to the result, as it is without a product.
func (p *product) keep(out, part ndarray.Array, o *operand) (err error) {
	if o.stored {
		if part, err = part.ViewAs(o.DType); err != nil {
			return err
		}
	}
	return ndarray.ConvertTo(out, part, p.cast())
}

// partial returns the product with operand i, or the first one itself, in the dtype that it is
// multiplied in: in an array if there is one, else in scratch memory.
func (p *product) partial(i int, to, product, part ndarray.Array, b *block) (_ ndarray.Array, err error) {
	dtype := p.steps[i]
	if to.DType() == ndarray.Invalid {
		p.scratch[i] = resize(p.scratch[i], b.size*dtype.Size())
		if to, err = ndarray.FromBytes(p.scratch[i], dtype, ndarray.NativeEndian(), b.extent...); err != nil {
			return to, err
		}
	}
	if i == 0 {
		return to, ndarray.ConvertTo(to, product, ndarray.Unsafe)
	}
	return to, ndarray.Options{DType: dtype, Casting: ndarray.Unsafe}.MultiplyTo(to, product, part)
}

// count counts what is no fraction.
func (p *product) count(product ndarray.Array) {
	data, _ := product.Bytes()
	if product.DType() == ndarray.Float64 {
		countIn(p, asElements[float64](data))
	} else {
		countIn(p, asElements[float32](data))
	}
}

func countIn[T float32 | float64](p *product, data []T) {
	for _, v := range data {
		switch {
		case v > 1:
			p.above++
		case v >= 0:
		default: // or NaN
			p.below++
		}
	}
}

// warnings says what became of numbers that a picture can not hold.
func (p *product) warnings() []string {
	const rest = "; in a picture floats are fractions"
	n, _ := broadcast.Size(p.shape) // which is known
	var all []string
	if p.above > 0 {
		all = append(all, fmt.Sprintf("%d of %d numbers are above 1, which is white, and are clamped%s", p.above, n, rest))
	}
	if p.below > 0 {
		all = append(all, fmt.Sprintf("%d of %d numbers are below 0 or NaN, and become 0%s", p.below, n, rest))
	}
	return all
}

// plan says in which dtypes is multiplied.
func (p *product) plan() string {
	var s strings.Builder
	for i, in := range p.inputs {
		if i > 0 {
			s.WriteString(" by ")
		}
		switch {
		case in.isNumber():
			s.WriteString(in.name)
		case in == p.gain:
			s.WriteString(in.array.DType.Stored().String())
		default:
			s.WriteString(in.array.DType.String())
		}
	}
	last := p.steps[len(p.steps)-1]
	fmt.Fprintf(&s, ", in %s", last)
	if p.dtype != last {
		fmt.Fprintf(&s, ", to %s", p.dtype)
	}
	if level, err := runtime.ActiveLevel(); err == nil {
		fmt.Fprintf(&s, ", at %s", level)
	}
	return s.String()
}

// asElements views bytes, which must be aligned and in native order, as elements.
func asElements[T runtime.Element](data []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/int(unsafe.Sizeof(*new(T))))
}
