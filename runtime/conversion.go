package runtime

import (
	"reflect"
	"strconv"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Conversion makes elements of type Out of those of type A, one of each: [NewConversion] makes one
// of a rule of package conversions.
//
// Arrays may be any views and share memory in any way, and large ones are shared out among threads,
// as in multiplies. The zero Conversion converts nothing; its methods return [ErrNoRule].
type Conversion[Out, A any] struct {
	_    [0]func(A) Out // keeps Go from turning a Conversion into one of other types
	rule *kernel.Rule
}

// NewConversion returns a conversion by a rule of one operand, such as those of package
// conversions:
//
//	toPixels := runtime.NewConversion[uint8, float32](&conversions.SaturateFloat32ToUint8)
//
// The types are those of the rule's elements, or stored as they are. With others the methods return
// [ErrElement].
func NewConversion[Out, A any](r *kernel.Rule) Conversion[Out, A] {
	return Conversion[Out, A]{rule: r}
}

// Name returns the name of the conversion.
func (c Conversion[Out, A]) Name() string { return Rule[Out, A, A]{rule: c.rule}.Name() }

// String returns the Go expression of x that the conversion is.
func (c Conversion[Out, A]) String() string { return Rule[Out, A, A]{rule: c.rule}.String() }

// Convert returns the fresh array of a's elements, converted, which is laid out as a is. The error
// wraps [ErrMemory], [ErrNoArray] or [ErrNoRule], or is a *[LevelError].
func (c Conversion[Out, A]) Convert(a Array[A]) (Array[Out], error) {
	out, err := c.fresh(a)
	if err == nil {
		err = c.to(out, a, exec.Operand{})
	}
	if err != nil {
		return Array[Out]{}, fault.InOp("Convert", err)
	}
	return out, nil
}

// stores reports whether values of a type are stored as elements of a dtype are.
func stores[T any](dtype string) bool {
	dtype = kernel.StoredAs(dtype)
	t := reflect.TypeFor[T]()
	switch kind := t.Kind(); kind {
	case reflect.Int:
		return dtype == "int"+strconv.Itoa(t.Bits())
	case reflect.Uint, reflect.Uintptr:
		return dtype == "uint"+strconv.Itoa(t.Bits())
	default:
		return dtype == kind.String()
	}
}

func (c Conversion[Out, A]) fresh(a Array[A]) (out Array[Out], err error) {
	lay, err := resultLayout(a.operand, a.operand)
	if err != nil {
		return out, fault.Unallocatable(err)
	}
	return allocate[Out](lay)
}

// ConvertTo writes the elements of a, converted, to out. a broadcasts to the shape of out. Errors
// are those of [MultiplyTo].
func (c Conversion[Out, A]) ConvertTo(out Array[Out], a Array[A]) error {
	if err := c.to(out, a, exec.Operand{}); err != nil {
		return fault.InOp("ConvertTo", err)
	}
	return nil
}

// ConvertWhere writes the elements of a, converted, to out where the mask is true, see
// [MultiplyWhere].
func (c Conversion[Out, A]) ConvertWhere(out Array[Out], a Array[A], mask Array[bool]) error {
	err := ErrNoArray
	if mask.operand.Lay != nil {
		err = c.to(out, a, mask.operand)
	} else {
		err = fault.Regarding("the mask", err)
	}
	if err != nil {
		return fault.InOp("ConvertWhere", err)
	}
	return nil
}

func (c Conversion[Out, A]) to(out Array[Out], a Array[A], mask exec.Operand) error {
	by, err := ruleOf[Out, A, A](c.rule, true)
	if err != nil {
		return err
	}
	if !stores[Out](by.Out.DType) || !stores[A](by.A.DType) {
		return wrongTypes[Out, A](c.rule)
	}
	m := flow.Mixed{On: by.On, By: by.Rule, Only: "a"}
	return m.Convert(0, out.operand, a.operand, mask)
}
