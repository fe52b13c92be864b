package ndarray

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// multiply multiplies as m says: by a rule that converts one operand as it multiplies, if there is
// one, which has the same bits.
func (o *Options) multiply(m *exec.Mixed, dtype DType, out, a, b Array) error {
	x, y := a, b
	fused := o.fused(m, dtype, out, a, b, m.B)
	if fused.By == nil {
		fused = o.fused(m, dtype, out, b, a, m.A)
		x, y = b, a
	}
	if fused.By == nil || fused.Multiply(o.Threads, out.operand, x.operand, y.operand, o.Where.operand) != nil {
		return m.Multiply(o.Threads, out.operand, a.operand, b.operand, o.Where.operand) // which knows what operands are called
	}
	return nil
}

// fused returns m by a rule that takes x as it is, or one without a rule. Y becomes elements of the
// dtype as stored says.
func (o *Options) fused(m *exec.Mixed, dtype DType, out, x, y Array, stored exec.Storage) exec.Mixed {
	f := exec.Mixed{On: m.On, A: storedAs(x), B: stored, Out: m.Out}
	switch {
	case x.isOne() || x.isWeak(): // converted once
	case x.dtype != dtype && x.dtype == out.dtype:
		if f.By = narrowing(dtype, x.dtype, o.Casting); f.By != nil {
			f.Out = storedAs(out)
			break
		}
		f.By = widening(x.dtype, dtype)
	case x.dtype != dtype:
		f.By = widening(x.dtype, dtype)
	case y.dtype != dtype && CanCast(y.dtype, dtype, Safe): // halves are multiplied as float32
		if f.By = narrowing(Float32, dtype, SameKind); f.By != nil {
			f.B, _ = Unsafe.storage("", y, Float32, true)
		}
	}
	return f
}

// isOne reports whether there is one element.
func (x Array) isOne() bool { return x.operand.Lay != nil && x.operand.Lay.Size == 1 }

// storedAs returns how the elements of x are stored, if they stay of its dtype.
func storedAs(x Array) exec.Storage {
	s, _ := Unsafe.storage("", x, x.dtype, true)
	return s
}

// widening returns the rule that multiplies an x by a y of a wider dtype in that.
func widening(x, dtype DType) *kernel.Rule {
	switch dtype {
	case Float32:
		switch x {
		case Bool:
			return ruleOf(rules.ScaleBool)
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
		case Float32:
			return ruleOf(rules.DoubleFloat32)
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
