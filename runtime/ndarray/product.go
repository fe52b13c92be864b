package ndarray

import (
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
)

// Product writes the product of all operands to out, element by element, from left to right, in one
// pass over memory. All become elements of the dtype that they promote to together, which is also
// that of partial products: a uint8 by a uint8 by a float32 is multiplied in float32 throughout. The
// product is converted to the dtype of out. A single operand is converted by the same rules, as by
// NumPy's positive: with the casting rule [No] it must have this machine's byte order, which
// [ConvertTo] does not ask for.
//
// Errors are those of [MultiplyTo], and wrap [runtime.ErrNoOperands] when there are none; operands
// are counted in them from 0, but two are a and b.
func Product(out Array, operands ...Array) error { return Options{}.Product(out, operands...) }

// Product is the function [Product] by the options.
func (o Options) Product(out Array, operands ...Array) error {
	if err := o.product(out, operands); err != nil {
		return fault.InOp("Product", err)
	}
	return nil
}

func (o *Options) product(out Array, xs []Array) error {
	if len(xs) == 0 {
		return runtime.ErrNoOperands
	}
	var m flow.Mixed
	dtype, err := o.mixed(&m, xs)
	if err == nil {
		m.Out, err = o.Casting.storage("out", &out, dtype, false)
	}
	switch {
	case err != nil:
		return err
	case len(xs) == 2:
		return o.multiply(&m, dtype, &out, &xs[0], &xs[1])
	}
	operands := make([]exec.Operand, len(xs))
	for i, x := range xs {
		operands[i] = x.operand
	}
	return m.Product(o.Threads, out.operand, o.Where.operand, operands...)
}
