package bench

import (
	"github.com/hadamard-go/hadamard/runtime"
)

// What a Go programmer writes who has no library: a loop for each axis, and in the innermost
// one a product of slices where operands are contiguous or constant.

// loops multiplies views of buffers.
type loops[T any] struct {
	rows    rowLoop[T]
	shape   []int
	strides [][]int // of out and the operands, stretched to the shape
	offsets []int
	bufs    [][]T
	nest    []cursor[T] // what rows may change
}

// cursor is where an array is in the two innermost loops.
type cursor[T any] struct {
	buf          []T
	at, row, col int
}

// rowLoop runs the two innermost loops over out and its operands. It may change in.
type rowLoop[T any] func(rows, cols int, out cursor[T], in []cursor[T])

func (d dtype[T]) loops(c *Case, out any, in []any) multiplier {
	l := &loops[T]{rows: d.rows, shape: c.Out.Shape}
	for len(l.shape) < 2 {
		l.shape = append([]int{1}, l.shape...)
	}
	add := func(o *Operand, buf any) {
		strides := make([]int, len(l.shape))
		for i, lead := 0, len(l.shape)-len(o.Shape); i < len(o.Shape); i++ {
			if o.Shape[i] > 1 {
				strides[lead+i] = o.Strides[i]
			}
		}
		l.strides, l.offsets, l.bufs = append(l.strides, strides), append(l.offsets, o.Offset), append(l.bufs, buf.([]T))
	}
	add(&c.Out, out)
	for i := range in {
		add(&c.Inputs[i], in[i])
	}
	return l
}

// times multiplies n times.
func (l *loops[T]) times(n int) error {
	cursors := make([]cursor[T], len(l.bufs))
	l.nest = make([]cursor[T], len(l.bufs))
	for range n {
		for i, buf := range l.bufs {
			last := len(l.shape) - 1
			cursors[i] = cursor[T]{buf, l.offsets[i], l.strides[i][last-1], l.strides[i][last]}
		}
		l.axis(0, cursors)
	}
	return nil
}

func (l *loops[T]) axis(i int, cursors []cursor[T]) {
	if last := len(l.shape) - 1; i == last-1 {
		copy(l.nest, cursors)
		l.rows(l.shape[i], l.shape[last], l.nest[0], l.nest[1:])
		return
	}
	for range l.shape[i] {
		l.axis(i+1, cursors)
		for k := range cursors {
			cursors[k].at += l.strides[k][i]
		}
	}
	for k := range cursors {
		cursors[k].at -= l.shape[i] * l.strides[k][i]
	}
}

// plainRow is that of types that Go multiplies.
func plainRow[T numeric | complex64 | complex128](rows, cols int, out cursor[T], in []cursor[T]) {
	a, b := in[0], in[1]
	for range rows {
		switch {
		case len(in) > 2:
			manyRow(cols, out, in)
		case out.col == 1 && a.col == 1 && b.col == 1:
			to, x, y := out.buf[out.at:][:cols], a.buf[a.at:][:cols], b.buf[b.at:][:cols]
			for i := range to {
				to[i] = x[i] * y[i]
			}
		case out.col == 1 && a.col == 1 && b.col == 0:
			to, x, y := out.buf[out.at:][:cols], a.buf[a.at:][:cols], b.buf[b.at]
			for i := range to {
				to[i] = x[i] * y
			}
		default:
			o, i, j := out.at, a.at, b.at
			for range cols {
				out.buf[o] = a.buf[i] * b.buf[j]
				o, i, j = o+out.col, i+a.col, j+b.col
			}
		}
		out.at, a.at, b.at = out.at+out.row, a.at+a.row, b.at+b.row
		for k := range in[2:] {
			in[2+k].at += in[2+k].row
		}
		in[0].at, in[1].at = a.at, b.at
	}
}

// manyRow multiplies three and four operands.
func manyRow[T numeric | complex64 | complex128](cols int, out cursor[T], in []cursor[T]) {
	a, b, c := in[0], in[1], in[2]
	o, i, j, k := out.at, a.at, b.at, c.at
	if len(in) == 3 {
		for range cols {
			out.buf[o] = a.buf[i] * b.buf[j] * c.buf[k]
			o, i, j, k = o+out.col, i+a.col, j+b.col, k+c.col
		}
		return
	}
	d := in[3]
	l := d.at
	for range cols {
		out.buf[o] = a.buf[i] * b.buf[j] * c.buf[k] * d.buf[l]
		o, i, j, k, l = o+out.col, i+a.col, j+b.col, k+c.col, l+d.col
	}
}

func boolRow(rows, cols int, out cursor[bool], in []cursor[bool]) {
	a, b := in[0], in[1]
	for range rows {
		o, i, j := out.at, a.at, b.at
		for range cols {
			out.buf[o] = a.buf[i] && b.buf[j]
			o, i, j = o+out.col, i+a.col, j+b.col
		}
		out.at, a.at, b.at = out.at+out.row, a.at+a.row, b.at+b.row
	}
}

func float16Row(rows, cols int, out cursor[runtime.Float16], in []cursor[runtime.Float16]) {
	a, b := in[0], in[1]
	for range rows {
		o, i, j := out.at, a.at, b.at
		for range cols {
			out.buf[o] = runtime.NewFloat16(a.buf[i].Float32() * b.buf[j].Float32())
			o, i, j = o+out.col, i+a.col, j+b.col
		}
		out.at, a.at, b.at = out.at+out.row, a.at+a.row, b.at+b.row
	}
}

// HasLoops reports whether loops in Go can run the case, see [Options]: those of one dtype without a
// mask.
func (c *Case) HasLoops() bool {
	for i := range c.Inputs {
		if c.Inputs[i].DType != c.Out.DType {
			return false
		}
	}
	return c.Op != maskedOp && len(c.Inputs) <= dtypes[c.Out.DType].factors()
}
