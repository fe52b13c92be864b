package ndarray

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// multiply multiplies as m says: by a rule that converts one operand as it multiplies, if there is
// one, which has the same bits.
func (o *Options) multiply(m *flow.Mixed, dtype DType, out, a, b *Array) error {
	var f flow.Mixed
	x, y := a, b
	found := o.fused(&f, m, dtype, out, a, b, &m.B)
	if !found {
		x, y = b, a
		found = o.fused(&f, m, dtype, out, b, a, &m.A)
	}
	if found && f.Multiply(o.Threads, out.operand, x.operand, y.operand, o.Where.operand) == nil {
		return nil
	}
	return m.Multiply(o.Threads, out.operand, a.operand, b.operand, o.Where.operand) // which knows what operands are called
}

// fused sets f to m by a rule that takes x as it is, or as a real number where the dtype is complex, and
// reports whether there is one. Y becomes elements of the dtype as stored says.
func (o *Options) fused(f, m *flow.Mixed, dtype DType, out, x, y *Array, stored *flow.Storage) bool {
	if x.isOne() || x.isWeak() { // converted once
		return false
	}
	var by *kernel.Rule
	toOut, ofX, ofY := m.Out, x.storedAsIs(), *stored
	switch {
	case x.dtype != dtype && x.dtype == out.dtype:
		if by = narrowing(dtype, x.dtype, o.Casting); by != nil {
			toOut = out.storedAsIs()
			break
		}
		by = widening(x.dtype, dtype)
	case wideningBoth(x.dtype, y.dtype, dtype) != nil:
		by, ofY = wideningBoth(x.dtype, y.dtype, dtype), y.storedAsIs()
	case wideningBoth(y.dtype, x.dtype, dtype) != nil && !y.isOne(): // turned round it is the case before
	case x.dtype != dtype:
		if by = widening(x.dtype, dtype); by != nil {
			break
		}
		if part := partOf(dtype); x.dtype.kind() != complexKind && part != Invalid {
			by, ofX = widening(part, dtype), x.stored(conversion(x.dtype, part, x.raw, false))
		}
	case y.dtype != dtype && CanCast(y.dtype, dtype, Safe): // halves are multiplied as float32
		if by = narrowing(Float32, dtype, SameKind); by != nil {
			ofY = y.stored(conversion(y.dtype, Float32, y.raw, false))
		}
	}
	if by == nil {
		return false
	}
	f.On, f.By, f.A, f.B, f.Out = m.On, by, ofX, ofY, toOut
	return true
}

// isOne reports whether there is one element.
func (x *Array) isOne() bool { return x.operand.Lay != nil && x.operand.Lay.Size == 1 }

// storedAsIs returns how the elements of x are stored, if they stay of its dtype.
func (x *Array) storedAsIs() flow.Storage {
	if !x.raw {
		return x.stored(nil)
	}
	return x.stored(conversion(x.dtype, x.dtype, x.raw, false))
}

// partOf returns the dtype of the parts of a complex one, Invalid if it is none.
func partOf(dtype DType) DType {
	switch dtype {
	case Complex64:
		return Float32
	case Complex128:
		return Float64
	}
	return Invalid
}

// wideningBoth returns the rule that multiplies an x by a y in a dtype that is wider than either.
func wideningBoth(x, y, dtype DType) *kernel.Rule {
	switch {
	case dtype != Float64:
	case x == Int32 && y == Float32:
		return ruleOf(rules.DoubleInt32Float32)
	case x == Int64 && y == Uint64:
		return ruleOf(rules.DoubleInt64Uint64)
	}
	return nil
}

// widening returns the rule that multiplies an x by a y of a wider dtype in that. Bools are stored as
// the integers 0 and 1.
func widening(x, dtype DType) *kernel.Rule {
	if x == Bool {
		switch dtype {
		case Int8, Uint8:
			return product(dtype)
		case UNorm8: // 1 times what stands for a fraction
			return product(Uint8)
		case UNorm16:
			return ruleOf(rules.Uint8ByUint16)
		case Float32:
			return ruleOf(rules.ScaleBool)
		}
		x = Uint8
	}
	switch dtype {
	case Int16:
		switch x {
		case Int8:
			return ruleOf(rules.Int8ByInt16)
		case Uint8:
			return ruleOf(rules.Uint8ByInt16)
		}
	case Uint16:
		if x == Uint8 {
			return ruleOf(rules.Uint8ByUint16)
		}
	case Int32:
		switch x {
		case Int8:
			return ruleOf(rules.Int8ByInt32)
		case Int16:
			return ruleOf(rules.Int16ByInt32)
		case Uint8:
			return ruleOf(rules.Uint8ByInt32)
		case Uint16:
			return ruleOf(rules.Uint16ByInt32)
		}
	case Uint32:
		switch x {
		case Uint8:
			return ruleOf(rules.Uint8ByUint32)
		case Uint16:
			return ruleOf(rules.Uint16ByUint32)
		}
	case Int64:
		if x == Int32 {
			return ruleOf(rules.Int32ByInt64)
		}
	case Float32:
		switch x {
		case Int8:
			return ruleOf(rules.ScaleInt8)
		case Int16:
			return ruleOf(rules.ScaleInt16)
		case Uint8:
			return ruleOf(rules.ScaleUint8)
		case Uint16:
			return ruleOf(rules.ScaleUint16)
		case Float16:
			return ruleOf(rules.StorageFloat16)
		case BFloat16:
			return ruleOf(rules.StorageBfloat16)
		}
	case Float64:
		switch x {
		case Int32:
			return ruleOf(rules.DoubleInt32)
		case Int64:
			return ruleOf(rules.DoubleInt64)
		case Uint64:
			return ruleOf(rules.DoubleUint64)
		case Float32:
			return ruleOf(rules.DoubleFloat32)
		}
	case Complex64:
		if x == Float32 {
			return ruleOf(rules.Float32ByComplex64)
		}
	case Complex128:
		if x == Float64 {
			return ruleOf(rules.Float64ByComplex128)
		}
	}
	return nil
}

// narrowing returns the rule that multiplies an x by a y of a dtype in that, and casts the product
// to the dtype of x.
func narrowing(dtype, x DType, by Casting) *kernel.Rule {
	switch {
	case dtype != Float32:
	case x == Float16:
		return ruleOf(rules.HalfFloat16)
	case x == BFloat16:
		return ruleOf(rules.HalfBfloat16)
	case by != Saturate:
	case x == Int16:
		return ruleOf(rules.GainInt16)
	case x == Uint8:
		return ruleOf(rules.GainUint8)
	case x == Uint16:
		return ruleOf(rules.GainUint16)
	}
	return nil
}

// ruleOf returns the kernels of a rule, which are all that it holds.
func ruleOf[Out, A, B any](r runtime.Rule[Out, A, B]) *kernel.Rule {
	const _ = -(unsafe.Sizeof(r) - unsafe.Sizeof((*kernel.Rule)(nil)))
	return *(**kernel.Rule)(unsafe.Pointer(&r))
}
