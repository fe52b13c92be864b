package ndarray

import (
	"strconv"
	"sync"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Multiply returns a * b, element by element, as a fresh array of the dtype that they promote to,
// in this machine's byte order. Both are converted to that dtype first, and multiplied as package
// runtime does: a real number by a complex one is a product of complex numbers. Shapes broadcast by
// NumPy's rules, and the result is laid out like the operands.
//
// The error is, or wraps, a *[runtime.ShapeError] when the shapes do not broadcast,
// [runtime.ErrMemory] when this process can not have the memory of the result,
// [runtime.ErrNoArray], a *[NumberError], or a *[runtime.LevelError].
func Multiply(a, b Array) (Array, error) { return Options{}.Multiply(a, b) }

// MultiplyTo writes a * b to out, element by element. The product is of the dtype that a and b
// promote to, and is converted to that of out. a and b broadcast to the shape of out, which may be
// larger than theirs but not smaller.
//
// Arrays may share memory in any way; the result is as if a and b had been copied first. No memory
// of their size is taken, unless an operand overlaps out without being the same view of the same
// memory.
//
// The error wraps a *[CastError] when the product can not be cast to the dtype of out, see
// [SameKind]; a *[runtime.ShapeError] when an operand does not broadcast to out;
// [runtime.ErrReadOnly] or [runtime.ErrSelfOverlap] when out can not be written to; or one of those
// of Multiply.
func MultiplyTo(out, a, b Array) error { return Options{}.MultiplyTo(out, a, b) }

// Multiply is the function [Multiply] by the options. Where takes part in the shape and the layout
// of the result.
//
// The error may also wrap a *[CastError], [ErrCasting], [ErrOrder], [ErrDType] or
// [runtime.ErrThreads].
func (o Options) Multiply(a, b Array) (Array, error) {
	var m flow.Mixed
	xs := [...]Array{a, b}
	dtype, err := o.mixed(&m, xs[:])
	if err != nil {
		return Array{}, fault.InOp("Multiply", err)
	}
	lay, err := resultLayout(o.Order, a, b, o.Where)
	if err != nil {
		return Array{}, fault.InOp("Multiply", err)
	}
	out, err := allocate(dtype, lay)
	if err == nil {
		err = o.multiply(&m, dtype, &out, &xs[0], &xs[1])
	}
	if err != nil {
		return Array{}, fault.InOp("Multiply", err)
	}
	return out, nil
}

// MultiplyTo is the function [MultiplyTo] by the options.
//
// The error may also wrap [ErrCasting], [ErrOrder], [ErrDType] or [runtime.ErrThreads].
func (o Options) MultiplyTo(out, a, b Array) error {
	var m flow.Mixed
	xs := [...]Array{a, b}
	dtype, err := o.mixed(&m, xs[:])
	if err == nil {
		m.Out, err = o.Casting.storage("out", &out, dtype, false)
	}
	if err == nil {
		err = o.multiply(&m, dtype, &out, &xs[0], &xs[1])
	}
	if err != nil {
		return fault.InOp("MultiplyTo", err)
	}
	return nil
}

// mixed sets m, which is zero, to the multiply of operands, and returns the dtype that is multiplied
// in. Here and in what it calls arrays are not copied: a processor waits where it loads by 16 bytes
// what has just been stored by 8.
func (o *Options) mixed(m *flow.Mixed, xs []Array) (dtype DType, err error) {
	if err := o.check(); err != nil {
		return Invalid, err
	}
	for i := range xs {
		if xs[i].operand.Lay == nil {
			return Invalid, fault.Regarding("operand "+nameOf(i, len(xs)), runtime.ErrNoArray)
		}
	}
	result := ResultType(xs...)
	if dtype = o.DType; dtype == Invalid {
		dtype = result
	}
	m.On, m.By, m.Only = this(), product(dtype), "0"
	if o.Where.operand.Lay != nil {
		m.Under = under(dtype)
	}
	if len(xs) > 2 {
		m.Others = make([]flow.Storage, len(xs)-2)
	}
	for i := range xs {
		if err := xs[i].fits(nameOf(i, len(xs)), dtype); err != nil {
			return dtype, err
		}
	}
	for i := range xs {
		s := &m.A
		switch {
		case i == 1:
			s = &m.B
		case i > 1:
			s = &m.Others[i-2]
		}
		if *s, err = o.operand(nameOf(i, len(xs)), &xs[i], result, dtype); err != nil {
			return dtype, err
		}
	}
	return dtype, nil
}

// nameOf returns what errors call an operand of so many.
func nameOf(i, operands int) string {
	if operands == 2 {
		return "ab"[i : i+1]
	}
	return strconv.Itoa(i)
}

// operand returns how x becomes elements of a dtype, in a multiply of operands that promote to
// result.
func (o *Options) operand(name string, x *Array, result, to DType) (flow.Storage, error) {
	if x.isWeak() {
		if withWeak(to, x.weak) == to {
			return Unsafe.storage(name, x, to, true) // it has that dtype
		}
		if !CanCast(result, to, o.Casting) {
			return flow.Storage{}, &CastError{Operand: name, From: result, To: to, Casting: o.Casting}
		}
	}
	return o.Casting.storage(name, x, to, true)
}

// storage returns how elements of x become those of a dtype, if it is an operand, or are made of
// them.
func (c Casting) storage(name string, x *Array, dtype DType, operand bool) (s flow.Storage, err error) {
	if x.operand.Lay == nil {
		return s, fault.Regarding("operand "+name, runtime.ErrNoArray)
	}
	if x.dtype == dtype && !x.raw && x.order == NativeEndian() { // which every rule allows
		return x.stored(nil), nil
	}
	from, to := x.dtype, dtype
	if !operand {
		from, to = dtype, x.dtype
	}
	if !CanCast(from, to, c) || c == No && x.order != NativeEndian() {
		return s, &CastError{Operand: name, From: from, To: to, Casting: c}
	}
	return x.stored(conversion(from, to, x.raw && operand, c == Saturate)), nil
}

// stored returns how the elements of x are stored that a rule converts, or none.
func (x *Array) stored(by *kernel.Rule) flow.Storage {
	s := flow.Storage{By: by}
	if x.operand.Lay.Item != 0 {
		s.Unit = 1
	}
	if x.order != NativeEndian() {
		s.Swap = x.dtype.WordSize()
	}
	return s
}

// this is the machine, looked at once.
var this = sync.OnceValue(func() *exec.Site {
	m := machine.This()
	return &exec.Site{Machine: &m, Moves: exec.InBlocks(), Bytes: true}
})

// product returns the rule by which elements of a dtype are multiplied.
func product(d DType) *kernel.Rule {
	switch d {
	case Bool:
		return generated.MulOf[bool]()()
	case Int8:
		return generated.MulOf[int8]()()
	case Int16:
		return generated.MulOf[int16]()()
	case Int32:
		return generated.MulOf[int32]()()
	case Int64:
		return generated.MulOf[int64]()()
	case Uint8:
		return generated.MulOf[uint8]()()
	case Uint16:
		return generated.MulOf[uint16]()()
	case Uint32:
		return generated.MulOf[uint32]()()
	case Uint64:
		return generated.MulOf[uint64]()()
	case UNorm8:
		return generated.MulOf[runtime.UNorm8]()()
	case UNorm16:
		return generated.MulOf[runtime.UNorm16]()()
	case Float16:
		return generated.MulOf[runtime.Float16]()()
	case BFloat16:
		return generated.MulOf[runtime.BFloat16]()()
	case Float32:
		return generated.MulOf[float32]()()
	case Float64:
		return generated.MulOf[float64]()()
	case Complex64:
		return generated.MulOf[complex64]()()
	case Complex128:
		return generated.MulOf[complex128]()()
	}
	return nil
}

// under returns the kernels by which elements of a dtype are multiplied under a mask.
func under(d DType) *kernel.Set { return unders()[d] }

var unders = sync.OnceValue(func() *[numDTypes]*kernel.Set {
	var sets [numDTypes]*kernel.Set
	for _, of := range generated.DTypes() {
		for d := range sets {
			if dtypes[d].name == of.Name {
				sets[d] = of.Under
			}
		}
	}
	return &sets
})
