package ndarray

import (
	"cmp"
	"slices"
	"sync"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/conversions"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Convert returns the elements of x as those of another dtype, in a fresh array that is laid out
// like x, in this machine's byte order. To integers, floats are cut off by [Unsafe], and rounded and
// clamped by [Saturate]. Integers and fractions become each other as the numbers that are stored: a
// uint8 of 255 is a unorm8 of 1.
//
// The error wraps a *[CastError] when the rule does not allow it, [runtime.ErrMemory] when this
// process can not have the memory, [runtime.ErrNoArray], [ErrDType], [ErrCasting], a *[NumberError]
// or a *[runtime.LevelError].
func Convert(x Array, dtype DType, by Casting) (Array, error) {
	return convert("Convert", x, dtype, by, alike)
}

// ConvertTo writes the elements of x, which broadcasts to the shape of out, to out as those of its
// dtype. They may share memory in any way; the result is as if x had been copied first.
//
// The error wraps a *[runtime.ShapeError] when x does not broadcast to out, [runtime.ErrReadOnly] or
// [runtime.ErrSelfOverlap] when out can not be written to, or one of those of [Convert].
func ConvertTo(out, x Array, by Casting) error { return Options{Casting: by}.ConvertTo(out, x) }

// ConvertTo is the function [ConvertTo] by the options' casting rule, mask and threads.
func (o Options) ConvertTo(out, x Array) error {
	if err := o.convertTo(out, x); err != nil {
		return fault.InOp("ConvertTo", err)
	}
	return nil
}

// Clone returns a fresh copy in C order and this machine's byte order, which can be written to, and
// whose elements are values of Go, see [As]. The error wraps [runtime.ErrMemory] or
// [runtime.ErrNoArray].
func (x Array) Clone() (Array, error) {
	return convert("Clone", x, x.dtype, SameKind, func(x Array) []int { return broadcast.Contiguous(nil, x.operand.Lay.Shape) })
}

// convert returns a fresh array, whose strides in elements a function says.
func convert(op string, x Array, dtype DType, by Casting, order func(Array) []int) (Array, error) {
	o := Options{Casting: by}
	if err := x.convertible(dtype, o); err != nil {
		return Array{}, fault.InOp(op, err)
	}
	lay, err := layout.New(x.Shape(), order(x))
	if err != nil {
		return Array{}, fault.InOp(op, err)
	}
	out, err := allocate(dtype, lay)
	if err == nil {
		err = o.convertTo(out, x)
	}
	if err != nil {
		return Array{}, fault.InOp(op, err)
	}
	return out, nil
}

// alike returns the strides in elements of a fresh array whose axes lie as those of x do, the
// longer strides outside.
func alike(x Array) []int {
	shape, strides := x.Shape(), x.Strides()
	switch {
	case x.IsContiguous():
		return broadcast.Contiguous(strides, shape)
	case x.isFortran():
		return fortran(shape)
	}
	axes := make([]int, len(shape))
	for i := range axes {
		axes[i] = i
	}
	slices.SortStableFunc(axes, func(i, j int) int { return cmp.Compare(max(strides[j], -strides[j]), max(strides[i], -strides[i])) })
	step := 1
	for _, axis := range slices.Backward(axes) {
		strides[axis] = step
		step *= max(shape[axis], 1)
	}
	return strides
}

// convertible returns an error when there is nothing to convert, or nothing to convert to.
func (x Array) convertible(dtype DType, o Options) error {
	switch {
	case x.operand.Lay == nil:
		return fault.Regarding("operand x", runtime.ErrNoArray)
	case !dtype.isValid():
		return fault.Because(ErrDType, "%d is no dtype", uint8(dtype))
	}
	if err := o.check(); err != nil {
		return err
	}
	return x.fits("x", dtype)
}

// convertTo converts where the options say.
func (o Options) convertTo(out, x Array) error {
	if out.operand.Lay == nil {
		return fault.Regarding("operand out", runtime.ErrNoArray)
	}
	if err := x.convertible(out.dtype, o); err != nil {
		return err
	}
	if o.Casting == No && x.dtype == out.dtype && x.order == out.order {
		o.Casting = Equiv // bytes stay in their order, whichever that is
	}
	m := flow.Mixed{On: this(), Only: "x"}
	var err error
	if m.A, err = o.Casting.storage("x", &x, out.dtype, true); err != nil {
		return err
	}
	if m.Out, err = o.Casting.storage("out", &out, out.dtype, false); err != nil {
		return err
	}
	m.By, m.A.By = m.A.By, nil
	if m.By == nil {
		m.By = product(out.dtype).Out.Move
	}
	return m.Convert(o.Threads, out.operand, x.operand, o.Where.operand)
}

// conversion returns the rule that makes elements of one dtype of those of another, nil if there is
// nothing to do. Raw ones are bools of any bytes, of which those of Go are made first.
func conversion(from, to DType, raw, saturate bool) *kernel.Rule {
	if raw {
		from = rawBool
	}
	if saturate {
		return between().saturating[to][from]
	}
	return between().plain[to][from]
}

// rawBool stands for bools of any bytes where there are rules by dtypes.
const rawBool = Invalid

// ruleTable holds rules by the dtypes of the result and of the operand.
type ruleTable [numDTypes][numDTypes]*kernel.Rule

// between is what [conversions.Between] says of all dtypes, looked up once: to do so by names takes as
// long as to multiply a few elements.
var between = sync.OnceValue(func() *struct{ plain, saturating ruleTable } {
	tables := new(struct{ plain, saturating ruleTable })
	for to := Invalid + 1; to < numDTypes; to++ {
		for from := Invalid + 1; from < numDTypes; from++ {
			tables.plain[to][from] = conversions.Between(to.String(), from.String(), false)
			tables.saturating[to][from] = conversions.Between(to.String(), from.String(), true)
		}
		tables.plain[to][rawBool] = afterCleaning(tables.plain[to][Bool])
		tables.saturating[to][rawBool] = afterCleaning(tables.saturating[to][Bool])
	}
	return tables
})

// afterCleaning returns the rule that makes bools of Go of any bytes, and then goes on by a rule, if
// there is one.
func afterCleaning(rule *kernel.Rule) *kernel.Rule {
	clean := conversions.Between(Bool.String(), Uint8.String(), false)
	if rule == nil {
		return clean
	}
	steps := []*kernel.Rule{clean, rule}
	if rule.Via != nil {
		steps = append(steps[:1], rule.Via...)
	}
	return &kernel.Rule{Name: rule.Name, Out: rule.Out, A: clean.A, B: clean.B, Unary: true, Via: steps}
}
