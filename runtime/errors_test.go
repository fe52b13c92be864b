package runtime

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestErrors makes every mistake that there is an error for, of every public function: it
// says what is wrong, can be told from others, and came before anything was written.
func TestErrors(t *testing.T) {
	limitMemory(t, 64<<20-1)
	var memories [][]int64
	watch := func(x Array[int64]) Array[int64] {
		memories = append(memories, storage(x))
		return x
	}
	x, row, flat, pair := watch(count(t, 2, 3)), watch(count(t, 3)), watch(count(t, 1, 3)), watch(count(t, 2))
	data, _ := x.Data()
	var none Array[int64]
	repeated := watch(must(View([]int64{2, 3, 4}, 0, []int{2, 2}, []int{1, 1})))
	zeroStride := watch(must(View([]int64{2, 3, 4}, 0, []int{3}, []int{0})))
	wide := must(watch(count(t, 3)).BroadcastTo(2, 3))
	transposed := must(x.Transpose())
	many := must(Scalar[int64](2).BroadcastTo(8 << 20))
	by := NewRule[int64, int64, int64](generated.MulOf[int64]()())
	deep := slices.Repeat([]int{1}, 65)
	deepest := watch(count(t, deep[:64]...))
	var (
		shapes *ShapeError
		sizes  *SizeError
		length *LengthError
		cast   *CastError
		memory *MemoryError
	)
	before := make([][]int64, len(memories))
	for i, m := range memories {
		before[i] = slices.Clone(m)
	}
	refused := map[string]bool{}
	for _, c := range []struct {
		call func() error
		is   any    // a sentinel, or a pointer to an error type
		want string // the text, or up to a colon its beginning
	}{
		{func() error { return second(New([]int64{1}, 2, 3)) }, &length, "New: shape (2,3) has 6 elements, the data 1"},
		{func() error { return second(New([]int64{1, 2})) }, &length, "New: shape () has 1 element, the data 2"},
		{func() error { return second(New([]int64{1}, -1)) }, &sizes, "New: shape (-1,): axis 0 has negative size -1"},
		{func() error { return second(New([]int64{1}, math.MaxInt, 3)) }, &sizes, fmt.Sprintf("New: shape (%d,3): the number of elements overflows int", math.MaxInt)},
		{func() error { return second(New([]int64{1}, deep...)) }, &sizes, "New: shape " + broadcast.FormatShape(deep) + " has 65 axes, at most 64 are supported"},
		{func() error { return second(Zeros[int64](2, -3)) }, &sizes, "Zeros: shape (2,-3): axis 1 has negative size -3"},
		{func() error { return second(View([]int64{1, 2}, 0, []int{2}, []int{1, 1})) }, &sizes, "View: shape (2,) has 1 axis, strides (1,1) are for 2 axes"},
		{func() error { return second(View([]int64{1, 2}, 0, []int{2}, []int{2})) }, ErrRange, "View: shape (2,) with strides (2,) and offset 0 reaches from element 0 to 2, the data has 2"},
		{func() error { return second(View([]int64{1, 2}, 1, []int{2, 2}, []int{-1, -1})) }, ErrRange, "View: shape (2,2) with strides (-1,-1) and offset 1 reaches from element -1 to 1, the data has 2"},
		{func() error { return second(View([]int64{1, 2}, 2, []int{}, nil)) }, ErrRange, "View: offset 2 is outside of the data, which has 2 elements"},
		{func() error { return second(View([]int64{1, 2}, -1, []int{1}, []int{1})) }, ErrRange, "View: offset -1 is outside of the data, which has 2 elements"},
		{func() error { return second(View([]int64{1}, 2, []int{0}, []int{1})) }, ErrRange, "View: offset 2 is outside of the data, which has 1 element"},
		{func() error { return second(View([]int64{1}, 0, []int{3, 2}, []int{math.MaxInt, math.MinInt})) }, &sizes, fmt.Sprintf("View: shape (3,2) with strides (%d,%d): element offsets overflow int", math.MaxInt, math.MinInt)},

		{func() error { return second(x.At(0)) }, ErrRange, "At: 1 index for an array of 2 axes, shape (2,3)"},
		{func() error { return second(x.At(0, 3)) }, ErrRange, "At: index 3 is out of range for axis 1 of size 3 in shape (2,3)"},
		{func() error { return second(x.At(-3, 0)) }, ErrRange, "At: index -3 is out of range for axis 0 of size 2 in shape (2,3)"},
		{func() error { return x.Set(1, 2, 0) }, ErrRange, "Set: index 2 is out of range for axis 0 of size 2 in shape (2,3)"},
		{func() error { return wide.Set(1, 0, 0) }, ErrReadOnly, "Set: the view is read-only, as those of BroadcastTo are (Clone it to write)"},
		{func() error { return second(x.Index(1, 2, 3)) }, ErrRange, "Index: 3 indexes for an array of 2 axes, shape (2,3)"},
		{func() error { return second(x.Index(5)) }, ErrRange, "Index: index 5 is out of range for axis 0 of size 2 in shape (2,3)"},
		{func() error { return second(x.Slice(2, 0, 1, 1)) }, ErrRange, "Slice: axis 2 is out of range for an array of 2 axes"},
		{func() error { return second(x.Slice(-1, 0, 1, 0)) }, ErrStep, "Slice: the step is 0 on axis 1 of shape (2,3)"},
		{func() error { return second(x.Transpose(0)) }, ErrAxes, "Transpose: [0] orders 1 axis, shape (2,3) has 2"},
		{func() error { return second(x.Transpose(0, -2)) }, ErrAxes, "Transpose: axis -2 is given twice in [0 -2]"},
		{func() error { return second(x.Transpose(0, 2)) }, ErrRange, "Transpose: axis 2 is out of range for an array of 2 axes"},
		{func() error { return second(x.Flip(-3)) }, ErrRange, "Flip: axis -3 is out of range for an array of 2 axes"},
		{func() error { return second(x.Flip(1, 1)) }, ErrAxes, "Flip: axis 1 is given twice in [1 1]"},
		{func() error { return second(x.ExpandDims(3)) }, ErrRange, "ExpandDims: axis 3 is out of range for a result of 3 axes"},
		{func() error { return second(deepest.ExpandDims(0)) }, &sizes, "ExpandDims: shape " + broadcast.FormatShape(deep) + " has 65 axes, at most 64 are supported"},
		{func() error { return second(x.Squeeze(1)) }, ErrAxes, "Squeeze: axis 1 of shape (2,3) has size 3, not 1"},
		{func() error { return second(count(t).Squeeze(0)) }, ErrRange, "Squeeze: axis 0 is out of range for an array of 0 axes"},
		{func() error { return second(x.BroadcastTo(3)) }, &shapes, "BroadcastTo: shape (2,3) does not broadcast to (3,): it has 2 axes, the target 1 axis"},
		{func() error { return second(x.BroadcastTo(2, 4)) }, &shapes, "BroadcastTo: shape (2,3) does not broadcast to (2,4): axis -1 has sizes 3 and 4"},
		{func() error { return second(x.BroadcastTo(-2, 2, 3)) }, &sizes, "BroadcastTo: shape (-2,2,3): axis 0 has negative size -2"},
		{func() error { return second(x.Reshape(4, 2)) }, &length, "Reshape: shape (2,3) has 6 elements, which do not fill shape (4,2)"},
		{func() error { return second(x.Reshape(-1, 4)) }, &length, "Reshape: shape (2,3) has 6 elements, which do not fill shape (-1,4)"},
		{func() error { return second(Scalar[int64](1).Reshape(2)) }, &length, "Reshape: shape () has 1 element, which does not fill shape (2,)"},
		{func() error { return second(x.Reshape(-1, 2, -1)) }, ErrAxes, "Reshape: shape (-1,2,-1) leaves two axes open, 0 and 2"},
		{func() error { return second(x.Reshape(-2, 3)) }, &sizes, "Reshape: shape (-2,3): axis 0 has negative size -2"},
		{func() error { return second(x.Reshape(-1, -5)) }, &sizes, "Reshape: shape (-1,-5): axis 1 has negative size -5"},
		{func() error { return second(x.Reshape(2, -1, math.MaxInt)) }, &sizes, fmt.Sprintf("Reshape: shape (2,-1,%d): the number of elements overflows int", math.MaxInt)},
		{func() error { return second(count(t, 0, 3).Reshape(0, -1)) }, &length, "Reshape: shape (0,3) has 0 elements, which do not fill shape (0,-1)"},
		{func() error { return second(transposed.Reshape(-1)) }, ErrNoView, "Reshape: shape (3,2) with strides (1,3) has no view of shape (6,) without a copy: Clone it first"},

		{func() error { return second(none.At()) }, ErrNoArray, "At: " + ErrNoArray.Error()},
		{func() error { return none.Set(1) }, ErrNoArray, "Set: " + ErrNoArray.Error()},
		{func() error { return second(none.Index()) }, ErrNoArray, "Index: " + ErrNoArray.Error()},
		{func() error { return second(none.Slice(0, 0, 0, 1)) }, ErrNoArray, "Slice: " + ErrNoArray.Error()},
		{func() error { return second(none.Transpose()) }, ErrNoArray, "Transpose: " + ErrNoArray.Error()},
		{func() error { return second(none.Flip()) }, ErrNoArray, "Flip: " + ErrNoArray.Error()},
		{func() error { return second(none.ExpandDims(0)) }, ErrNoArray, "ExpandDims: " + ErrNoArray.Error()},
		{func() error { return second(none.Squeeze()) }, ErrNoArray, "Squeeze: " + ErrNoArray.Error()},
		{func() error { return second(none.BroadcastTo(1)) }, ErrNoArray, "BroadcastTo: " + ErrNoArray.Error()},
		{func() error { return second(none.Reshape(1)) }, ErrNoArray, "Reshape: " + ErrNoArray.Error()},

		{func() error { return second(Multiply(x, count(t, 3, 2))) }, &shapes, "Multiply: shapes (2,3) (3,2) do not broadcast: axis -1 has sizes 3 and 2"},
		{func() error { return second(Multiply(none, x)) }, ErrNoArray, "Multiply: operand a: " + ErrNoArray.Error()},
		{func() error { return second(Multiply(x, none)) }, ErrNoArray, "Multiply: operand b: " + ErrNoArray.Error()},
		{func() error { return MultiplyTo(x, x, pair) }, &shapes, "MultiplyTo: operand b does not fit out: shape (2,) does not broadcast to (2,3): axis -1 has sizes 2 and 3"},
		{func() error { return MultiplyTo(row, x, x) }, &shapes, "MultiplyTo: operand a does not fit out: shape (2,3) does not broadcast to (3,): it has 2 axes, the target 1 axis"},
		{func() error { return MultiplyTo(flat, x, x) }, &shapes, "MultiplyTo: operand a does not fit out: shape (2,3) does not broadcast to (1,3): axis -2 has sizes 2 and 1"},
		{func() error { return MultiplyWhere(x, x, x, Array[bool]{}) }, ErrNoArray, "MultiplyWhere: the mask: " + ErrNoArray.Error()},
		{func() error { return MultiplyTo(none, x, x) }, ErrNoArray, "MultiplyTo: operand out: " + ErrNoArray.Error()},
		{func() error { return MultiplyTo(x, none, x) }, ErrNoArray, "MultiplyTo: operand a: " + ErrNoArray.Error()},
		{func() error { return MultiplyTo(x, x, none) }, ErrNoArray, "MultiplyTo: operand b: " + ErrNoArray.Error()},
		{func() error { return MultiplyTo(wide, x, x) }, ErrReadOnly, "MultiplyTo: out, shape (2,3): " + ErrReadOnly.Error()},
		{func() error { return MultiplyTo(repeated, repeated, repeated) }, ErrSelfOverlap, "MultiplyTo: out, shape (2,2) with strides (1,1): " + ErrSelfOverlap.Error()},
		{func() error { return MultiplyTo(zeroStride, zeroStride, zeroStride) }, ErrSelfOverlap, "MultiplyTo: out, shape (3,) with strides (0,): " + ErrSelfOverlap.Error()},
		{func() error { return second(NewPlan(wide, x, x)) }, ErrReadOnly, "NewPlan: out, shape (2,3): " + ErrReadOnly.Error()},
		{func() error { return second(NewPlan(x, x, none)) }, ErrNoArray, "NewPlan: operand b: " + ErrNoArray.Error()},
		{func() error { return second(NewPlan(row, x, x)) }, &shapes, "NewPlan: operand a does not fit out: shape (2,3) does not broadcast to (3,): it has 2 axes, the target 1 axis"},
		{func() error { return new(Plan[int8]).Run() }, ErrNoPlan, "Run: the zero Plan holds no arrays (make one with NewPlan)"},
		{func() error { return second(x.Squeeze(-2, 0)) }, ErrAxes, "Squeeze: axis 0 is given twice in [-2 0]"},
		{func() error { return second(Zeros[int64](1<<10, 1<<13)) }, &memory, "Zeros: shape (1024,8192): "},
		{func() error { return second(Zeros[int64](1<<20, 1<<20)) }, ErrMemory, "Zeros: shape (1048576,1048576): "},
		{func() error { return second(many.TryClone()) }, ErrMemory, "TryClone: shape (8388608,): "},
		{func() error { return second(many.TryContiguous()) }, &memory, "TryContiguous: shape (8388608,): "},
		{func() error { return second(Multiply(many, many)) }, ErrMemory, "Multiply: shape (8388608,): "},
		{func() error { return second(Cast[uint64](x)) }, &cast, "Cast: no cast from int64 to uint64: one is stored as int64, the other as uint64"},
		{func() error { return second(Cast[int64](none)) }, ErrNoArray, "Cast: " + ErrNoArray.Error()},
		{func() error { return second(CastSlice[string]([]int64{1})) }, &cast, "CastSlice: no cast from int64 to string: one is stored as int64, the other as string"},

		{func() error { return MulSlice(data, data[:5], data) }, &length, "MulSlice: a has 5 elements, dst has 6"},
		{func() error { return MulSlice(data, data, data[:1]) }, &length, "MulSlice: b has 1 element, dst has 6"},
		{func() error { return MulSlice(data[:1], data, data) }, &length, "MulSlice: a has 6 elements, dst has 1"},
		{func() error { return MulSlice(nil, data, nil) }, &length, "MulSlice: a has 6 elements, dst has 0"},
		{func() error { return ScaleSlice(data, data[1:], 3) }, &length, "ScaleSlice: a has 5 elements, dst has 6"},
		{func() error { return ScaleSlice(data[:0], data, 3) }, &length, "ScaleSlice: a has 6 elements, dst has 0"},

		{func() error { return Product(x) }, ErrNoOperands, "Product: there are no operands"},
		{func() error { return Product(none, x, x, x) }, ErrNoArray, "Product: operand out: " + ErrNoArray.Error()},
		{func() error { return Product(x, x, x, none) }, ErrNoArray, "Product: operand 2: " + ErrNoArray.Error()},
		{func() error { return Product(x, x, x, pair) }, &shapes, "Product: operand 2 does not fit out: shape (2,) does not broadcast to (2,3): axis -1 has sizes 2 and 3"},
		{func() error { return Product(wide, x) }, ErrReadOnly, "Product: out, shape (2,3): " + ErrReadOnly.Error()},
		{func() error { return Product(repeated, repeated, pair, pair) }, ErrSelfOverlap, "Product: out, shape (2,2) with strides (1,1): " + ErrSelfOverlap.Error()},
		{func() error { return ProductThreads(2, x) }, ErrNoOperands, "ProductThreads: there are no operands"},
		{func() error { return ProductThreads(-1, x, x, x) }, ErrThreads, "ProductThreads: -1 threads: their number can not be negative"},
		{func() error { return ProductThreads(-7, x, x, x, x) }, ErrThreads, "ProductThreads: -7 threads: their number can not be negative"},
		{func() error { return ProductBy(Rule[int64, int64, int64]{}, x, x) }, ErrNoRule, "ProductBy: the zero Rule multiplies nothing (packages of kernels have rules)"},
		{func() error { return ProductBy(by, x, x, pair) }, &shapes, "ProductBy: operand 1 does not fit out: "},
		{func() error { return by.MultiplyTo(x, none, x) }, ErrNoArray, "MultiplyTo: operand a: " + ErrNoArray.Error()},
		{func() error { return by.MulSlice(make([]int64, 2), make([]int64, 3), make([]int64, 2)) }, &length, "MulSlice: a has 3 elements, dst has 2"},
		{func() error { return by.ScaleSlice(make([]int64, 2), make([]int64, 1), 3) }, &length, "ScaleSlice: a has 1 element, dst has 2"},
		{func() error { return second(by.NewPlan(wide, x, x)) }, ErrReadOnly, "NewPlan: out, shape (2,3): the view is read-only, as those of BroadcastTo are (Clone it to write)"},
		{func() error { return second(by.Multiply(none, x)) }, ErrNoArray, "Multiply: operand a: " + ErrNoArray.Error()},
		{func() error { return second(by.KernelID(kernel.FromT)) }, ErrRange, "KernelID: rule int64 has no kernel of pattern t"},
		{func() error { return second(SetThreads(-2)) }, ErrThreads, "SetThreads: -2 threads: their number can not be negative"},
		{func() error { return must(NewPlan(x, x, x)).SetThreads(-3) }, ErrThreads, "SetThreads: -3 threads: their number can not be negative"},
		{func() error { return new(Plan[int8]).SetThreads(1) }, ErrNoPlan, "SetThreads: the zero Plan holds no arrays (make one with NewPlan)"},
		{func() error { return (*Plan[int8])(nil).SetThreads(1) }, ErrNoPlan, "SetThreads: the zero Plan holds no arrays (make one with NewPlan)"},
		{func() error { return new(Plan[int64]).RunOn(x, x, x) }, ErrNoPlan, "RunOn: the zero Plan holds no arrays (make one with NewPlan)"},
		{func() error { return second(Conversion[int64, int64]{}.Convert(x)) }, ErrNoRule, "Convert: " + ErrNoRule.Error()},
		{func() error { return Conversion[int64, int64]{}.ConvertTo(x, x) }, ErrNoRule, "ConvertTo: " + ErrNoRule.Error()},
		{func() error { return Conversion[int64, int64]{}.ConvertWhere(x, x, Array[bool]{}) }, ErrNoArray, "ConvertWhere: the mask: " + ErrNoArray.Error()},
		{func() error { return (*Plan[int8])(nil).Run() }, ErrNoPlan, "Run: the zero Plan holds no arrays (make one with NewPlan)"},
		{func() error { return second(KernelID[int64](kernel.CV)) }, ErrRange, "KernelID: pattern cv, which elements of this type have no need of"},
		{func() error { return second(KernelID[int64](kernel.NumPatterns)) }, ErrRange, fmt.Sprintf("KernelID: pattern %[1]d, there are %[1]d", kernel.NumPatterns)},
	} {
		t.Run(c.want, func(t *testing.T) {
			err := c.call()
			if err == nil || err.Error() != c.want && !(strings.HasSuffix(c.want, ": ") && strings.HasPrefix(err.Error(), c.want)) {
				t.Fatalf("error %q", err)
			}
			switch is := c.is.(type) {
			case error:
				if !errors.Is(err, is) {
					t.Errorf("%v is not %v", err, is)
				}
			default:
				if !errors.As(err, is) {
					t.Errorf("%v is not a %T", err, is)
				}
			}
			for i, m := range memories {
				if !slices.Equal(m, before[i]) {
					t.Fatalf("memory was written: %v, before %v", m, before[i])
				}
			}
		})
		op, _, _ := strings.Cut(c.want, ":")
		refused[op] = true
	}
	for _, f := range refusing(t) {
		if !refused[f] && f != "ActiveLevel" { // see TestLevelError
			t.Errorf("%s returns errors, but no mistake of its is here", f)
		}
	}
}

// TestLengthError looks into the fields.
func TestLengthError(t *testing.T) {
	x := count(t, 2, 3)
	for _, c := range []struct {
		err  error
		want LengthError
	}{
		{MulSlice(make([]int8, 3), make([]int8, 3), make([]int8, 4)), LengthError{Operand: "b", Len: 4, Want: 3}},
		{ScaleSlice(make([]int8, 3), make([]int8, 2), 1), LengthError{Operand: "a", Len: 2, Want: 3}},
		{second(New([]int8{1}, 2, 4)), LengthError{Operand: "data", Len: 1, Want: 8, Shape: []int{2, 4}}},
		{second(x.Reshape(4, -1)), LengthError{Operand: "x", Len: 6, Want: 4, Shape: []int{4, -1}, From: []int{2, 3}}},
	} {
		var e *LengthError
		if !errors.As(c.err, &e) || e.Operand != c.want.Operand || e.Len != c.want.Len || e.Want != c.want.Want || !slices.Equal(e.Shape, c.want.Shape) || !slices.Equal(e.From, c.want.From) {
			t.Errorf("%v: got %+v, want %+v", c.err, e, c.want)
		}
	}
}

// refusing lists the public functions and methods that return an error.
func refusing(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || f.Type.Results == nil || f.Name.Name == "Unwrap" {
				continue
			}
			last := f.Type.Results.List[len(f.Type.Results.List)-1]
			if id, ok := last.Type.(*ast.Ident); ok && id.Name == "error" {
				names = append(names, f.Name.Name)
			}
		}
	}
	if len(names) < 25 {
		t.Fatalf("only %q return errors", names)
	}
	return names
}
