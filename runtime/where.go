package runtime

import (
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
)

// MultiplyWhere writes a * b to out where the mask is true, as NumPy's where= does. a, b and the
// mask broadcast to the shape of out.
//
// Elements of out where the mask is false are neither read nor written: other goroutines may use
// them at the same time. Of a and b, and of the mask, all elements may be read. All may share
// memory in any way; the result is as if a, b and the mask had been copied first.
//
// Errors are those of [MultiplyTo], of the mask, too.
func MultiplyWhere[T Element](out, a, b Array[T], mask Array[bool]) error {
	m := flow.Mixed{On: &anyRule, By: generated.MulOf[T]()(), Under: generated.UnderOf[T]()()}
	if err := multiplyWhere(&m, out.operand, a.operand, b.operand, mask.operand); err != nil {
		return fault.InOp("MultiplyWhere", err)
	}
	return nil
}

// MultiplyWhere writes a by b to out where the mask is true, see [MultiplyWhere].
func (r Rule[Out, A, B]) MultiplyWhere(out Array[Out], a Array[A], b Array[B], mask Array[bool]) error {
	by, err := r.at()
	if err == nil {
		err = multiplyWhere(&flow.Mixed{On: &anyRule, By: by.Rule}, out.operand, a.operand, b.operand, mask.operand)
	}
	if err != nil {
		return fault.InOp("MultiplyWhere", err)
	}
	return nil
}

func multiplyWhere(m *flow.Mixed, out, a, b, mask exec.Operand) error {
	if active.err != nil {
		return active.err
	}
	if mask.Lay == nil {
		return fault.Regarding("the mask", ErrNoArray)
	}
	return m.Multiply(0, out, a, b, mask)
}
