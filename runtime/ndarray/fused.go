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
	for _, f := range [...]struct {
		x, y Array
		of   exec.Storage
	}{{a, b, m.B}, {b, a, m.A}} {
		if f.x.dtype == dtype && out.dtype == dtype || f.x.isOne() || f.x.isWeak() {
			continue // there is nothing to convert, or once
		}
		fused := exec.Mixed{On: m.On, A: storedAs(f.x), B: f.of, Out: m.Out}
		if m.Out.By != nil && out.dtype == f.x.dtype {
			fused.By = narrowing(dtype, out.dtype, o.Casting)
		}
		if fused.By != nil {
			fused.Out = storedAs(out)
		} else if fused.By = widening(f.x.dtype, dtype); fused.By == nil {
			continue
		}
		if fused.Multiply(o.Threads, out.operand, f.x.operand, f.y.operand, o.Where.operand) == nil {
			return nil
		}
		break // m knows what operands are called
	}
	return m.Multiply(o.Threads, out.operand, a.operand, b.operand, o.Where.operand)
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
