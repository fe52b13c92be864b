package ndarray

import (
	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
)

// Options say how to multiply. The zero Options are NumPy's defaults, by which [Multiply] and
// [MultiplyTo] go.
type Options struct {
	// Where says which elements to multiply: an array of bools that broadcasts with the operands,
	// or the zero Array for all elements. Others of an output are neither read nor written, so that
	// other goroutines may have them; those of a fresh array are 0.
	Where Array

	// Casting says which conversions are allowed: of the operands to the dtype that is multiplied
	// in, and of the product to the dtype of an output.
	Casting Casting

	// DType is the dtype that is multiplied in, and that of a fresh result. Invalid stands for that
	// which the operands promote to, see [Promote] and [Weak].
	DType DType

	// Order is that of the axes of a fresh result in memory.
	Order Order

	// Threads is the number of threads among which the work is shared out at most, 0 the default:
	// see [runtime.SetThreads].
	Threads int
}

// Order is that of the axes of a fresh array in memory.
type Order uint8

// The orders of axes, as in NumPy. OrderK is the zero value.
const (
	OrderK Order = iota // like the operands: C order unless they agree on another
	OrderC              // the last axis fastest
	OrderF              // the first axis fastest
	OrderA              // F if all operands are in F order, otherwise C
	numOrders
)

// String returns NumPy's letter of the order.
func (o Order) String() string {
	if o >= numOrders {
		return "invalid"
	}
	return "KCFA"[o : o+1]
}

// ParseOrder returns the order of a letter.
func ParseOrder(letter string) (Order, bool) {
	for o := range numOrders {
		if o.String() == letter {
			return o, true
		}
	}
	return 0, false
}

// check returns an error about the options themselves.
func (o *Options) check() error {
	switch {
	case o.Casting >= numCastings:
		return fault.Because(ErrCasting, "%d is no casting rule", o.Casting)
	case o.Order >= numOrders:
		return fault.Because(ErrOrder, "%d is no order of axes", o.Order)
	case o.DType != Invalid && !o.DType.isValid():
		return fault.Because(ErrDType, "%d is no dtype", uint8(o.DType))
	case o.Threads < 0:
		return fault.Because(runtime.ErrThreads, "%d threads: their number can not be negative", o.Threads)
	case o.Where.operand.Lay != nil && o.Where.dtype != Bool:
		return &CastError{Operand: "where", From: o.Where.dtype, To: Bool, Casting: Safe}
	}
	_, err := runtime.ActiveLevel()
	return err
}

// resultLayout returns the layout of a fresh result of operands, of which some may have none.
func resultLayout(order Order, operands ...Array) (*layout.Layout, error) {
	var shapes [3][]int
	n := 0
	for _, x := range operands {
		if x.operand.Lay != nil {
			operands[n], shapes[n] = x, x.operand.Lay.Shape
			n++
		}
	}
	operands = operands[:n]
	shape, err := broadcast.Shape(shapes[:n]...)
	if err != nil {
		return nil, fault.Unallocatable(err)
	}
	if order == OrderA {
		order = OrderF
		for _, x := range operands {
			if !x.isFortran() {
				order = OrderC
			}
		}
	}
	var strides []int
	switch order {
	case OrderC:
		strides = broadcast.Contiguous(nil, shape)
	case OrderF:
		strides = fortran(shape)
	default:
		var stretched [3][]int
		for i, x := range operands {
			if stretched[i], err = broadcast.Strides(nil, shapes[i], x.Strides(), shape); err != nil {
				return nil, err
			}
		}
		strides = broadcast.KeepOrder(shape, stretched[:n]...)
	}
	return layout.New(shape, strides)
}

// fortran returns the strides in elements of a fresh array in F order.
func fortran(shape []int) []int {
	strides, step := make([]int, len(shape)), 1
	for axis, extent := range shape {
		strides[axis] = step
		step *= max(extent, 1)
	}
	return strides
}

// isFortran reports whether the elements lie side by side with the first axis fastest.
func (x Array) isFortran() bool {
	step := x.dtype.Size()
	for axis, stride := range x.Strides() {
		extent := x.operand.Lay.Shape[axis]
		if extent > 1 && stride != step {
			return x.operand.Lay.Size == 0
		}
		step *= extent
	}
	return true
}
