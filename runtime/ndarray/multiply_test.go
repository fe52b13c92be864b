package ndarray

import (
	"bytes"
	"errors"
	"math"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime"
)

// TestNumbers multiplies by numbers that take the dtype of an array, and by those that do not.
func TestNumbers(t *testing.T) {
	half := runtime.NewFloat16
	for _, row := range []struct {
		a, b Array
		want any // the one element of the product, or an error
	}{
		{Scalar(int8(3)), Weak(-5), int8(-15)},
		{Scalar(int8(3)), Weak(127), int8(125)}, // wraps
		{Scalar(int8(3)), Weak(128), "b"},
		{Scalar(int8(3)), Weak(-129), "b"},
		{Weak(300), Scalar(uint8(1)), "a"},
		{Weak(-1), Scalar(uint64(1)), "a"},
		{Weak(int64(math.MinInt64)), Scalar(int64(1)), int64(math.MinInt64)},
		{Weak(uint64(math.MaxUint64)), Scalar(uint64(1)), uint64(math.MaxUint64)},
		{Weak(uint64(math.MaxUint64)), Scalar(int64(1)), "a"},
		{Weak(uint64(7)), Scalar(int8(1)), int8(7)},
		{Scalar(uint8(3)), Weak(0.5), 1.5},
		{Scalar(true), Weak(7), int64(7)},
		{Scalar(true), Weak(true), true},
		{Scalar(int32(2)), Weak(true), int32(2)},
		{Scalar(half(1)), Weak(70000.0), half(float32(math.Inf(1)))},
		{Scalar(half(1)), Weak(70000), half(float32(math.Inf(1)))},
		{Scalar(half(1)), Weak(0.5), half(0.5)},
		{Scalar(runtime.NewBFloat16(2)), Weak(0.5), runtime.NewBFloat16(1)},
		{Scalar(float32(2)), Weak(1e300), float32(math.Inf(1))},
		{Scalar(float32(2)), Weak(1 + 2i), complex64(2 + 4i)},
		{Scalar(2.0), Weak(1 + 2i), 2 + 4i},
		{Scalar(int8(2)), Weak(1i), 2i},
		{Scalar(runtime.UNorm8(255)), Weak(0.5), float32(0.5)},
		{Scalar(runtime.UNorm8(255)), Weak(2), float32(2)},
		{Weak(2), Weak(3), int64(6)},
		{Weak(2), Weak(0.5), 1.0},
		{Weak(2), Weak(1i), 2i},
		{Scalar(uint8(1)), Scalar(int64(300)), int64(300)},
		{Scalar(float32(1)), Scalar(2.5), 2.5},
	} {
		x, err := Multiply(row.a, row.b)
		if operand, fails := row.want.(string); fails {
			var e *NumberError
			if !errors.As(err, &e) || e.Operand != operand {
				t.Errorf("%v %v by %v %v: %v, want a NumberError", row.a.dtype, row.a, row.b.dtype, row.b, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v %v by %v %v: %v", row.a.dtype, row.a, row.b.dtype, row.b, err)
		} else if got := fatal(x.At()); got != row.want {
			t.Errorf("%v %v by %v %v is %T %v, want %T %v", row.a.dtype, row.a, row.b.dtype, row.b, got, got, row.want, row.want)
		}
	}
	// A view of a number is an array as any other.
	if x := fatal(Multiply(Scalar(int8(2)), fatal(Weak(300).Reshape(1)))); x.dtype != Int64 {
		t.Errorf("by a view of a number: %v", x.dtype)
	}
}

// Strides are bytes in errors, too, however the elements lie.
func TestStridesOfErrors(t *testing.T) {
	data := make([]byte, 100)
	view := func(d DType, strides ...int) Array {
		return fatal(View(data, d, NativeEndian(), 0, []int{4, 4}, strides))
	}
	x, y := fatal(Zeros(Int16, 4, 4)), fatal(Zeros(Float32, 4, 4))
	plan := func(out Array, xs ...Array) *Plan {
		p, err := NewPlan(out, xs...)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	f := fatal(x.Transpose())
	second := func(_ Array, err error) error { return err }
	for _, test := range []struct {
		err  error
		want string
	}{
		{MultiplyTo(view(Int16, 2, 6), x, x), "out, shape (4,4) with strides (2,6): several"},
		{MultiplyTo(view(Int16, 3, 6), x, x), "out, shape (4,4) with strides (3,6): several"},
		{MultiplyTo(view(Float64, 8, 16), x, y), "out, shape (4,4) with strides (8,16): several"},
		{Product(view(Int16, 2, 6), x, x, x), "out, shape (4,4) with strides (2,6): several"},
		{ConvertTo(view(Float32, 4, 8), x, Safe), "out, shape (4,4) with strides (4,8): several"},
		{second(f.Reshape(16)), "shape (4,4) with strides (2,8) has no view"},
		{plan(x, x, x).RunOn(x, f, x), "operand a, shape (4,4) with strides (2,8), is not laid out as that of the plan, shape (4,4) with strides (8,2)"},
		{plan(y, x, y).RunOn(y, f, y), "operand a, shape (4,4) with strides (2,8), is not laid out as that of the plan, shape (4,4) with strides (8,2)"},
		{plan(y, x, y).RunOn(y, x, fatal(y.Transpose())), "operand b, shape (4,4) with strides (4,16), is not laid out as that of the plan, shape (4,4) with strides (16,4)"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("got %v, want %q", test.err, test.want)
		}
	}
}

// By the rule No a product needs this machine's byte order, of one operand, too, as NumPy's positive
// does; a conversion does not, as NumPy's copyto.
func TestNoCastingOfOne(t *testing.T) {
	for _, order := range []ByteOrder{LittleEndian, BigEndian} {
		x := fatal(FromBytes(make([]byte, 8), Float32, order, 2))
		o, native := Options{Casting: No}, order == NativeEndian()
		if err := o.Product(x, x); native != (err == nil) || !native && !errors.As(err, new(*CastError)) {
			t.Errorf("a product of one that is %v: %v", order, err)
		}
		if err := o.ConvertTo(x, x); err != nil {
			t.Errorf("a conversion of one that is %v: %v", order, err)
		}
	}
}

func TestOrders(t *testing.T) {
	zeros := func(shape ...int) Array { return fatal(Zeros(Float32, shape...)) }
	turned := func(x Array, axes ...int) Array { return fatal(x.Transpose(axes...)) }
	c, f, p := zeros(3, 4), turned(zeros(4, 3)), turned(zeros(2, 3, 4), 1, 0, 2)
	for _, row := range []struct {
		order Order
		a, b  Array
		want  []int // strides in elements
	}{
		{OrderK, c, c, []int{4, 1}},
		{OrderK, f, f, []int{1, 3}},
		{OrderK, c, f, []int{4, 1}},
		{OrderK, f, Weak(2), []int{1, 3}},
		{OrderK, fatal(f.Flip()), zeros(3, 1), []int{1, 3}},
		{OrderK, p, Weak(2), []int{4, 12, 1}},
		{OrderC, f, f, []int{4, 1}},
		{OrderC, p, p, []int{8, 4, 1}},
		{OrderF, c, c, []int{1, 3}},
		{OrderF, p, zeros(4), []int{1, 3, 6}},
		{OrderA, f, f, []int{1, 3}},
		{OrderA, f, c, []int{4, 1}},
		{OrderA, f, Weak(2), []int{1, 3}},
		{OrderA, p, p, []int{8, 4, 1}},
	} {
		x, err := Options{Order: row.order}.Multiply(row.a, row.b)
		if err != nil {
			t.Fatal(err)
		}
		got := x.Strides()
		for axis := range got {
			got[axis] /= x.dtype.Size()
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("order %v of strides %v and %v: %v, want %v", row.order, row.a.Strides(), row.b.Strides(), got, row.want)
		}
	}
	// The mask is an operand, too.
	mask := fatal(Zeros(Bool, 2, 3, 4))
	if x := fatal(Options{Where: mask}.Multiply(f, f)); !slices.Equal(x.Shape(), []int{2, 3, 4}) {
		t.Errorf("where a mask of shape (2,3,4) is true: %v", x.Shape())
	}
	for o := range numOrders {
		if got, ok := ParseOrder(o.String()); got != o || !ok {
			t.Errorf("order %v is read as %v, %v", o, got, ok)
		}
	}
	if _, ok := ParseOrder("invalid"); ok {
		t.Error("an order that there is not is read")
	}
}

func TestMultiplyErrors(t *testing.T) {
	x, y := fatal(Zeros(Int16, 2, 3)), fatal(Zeros(Float32, 2, 3))
	out, none := fatal(Zeros(Int16, 2, 3)), Array{}
	most := int(min(1<<44, uint64(math.MaxInt)/2)) // more than there is memory for, also where an int is short
	same := fatal(View(make([]byte, 20), Int16, NativeEndian(), 0, []int{2, 3}, []int{2, 2}))
	for _, row := range []struct {
		err  error
		is   error
		text string
	}{
		{second(Multiply(x, none)), runtime.ErrNoArray, "Multiply: operand b: "},
		{MultiplyTo(none, x, y), runtime.ErrNoArray, "MultiplyTo: operand out: "},
		{second(Multiply(x, fatal(Zeros(Int8, 4)))), nil, "Multiply: shapes (2,3) (4,) do not broadcast: axis -1 has sizes 3 and 4"},
		{MultiplyTo(out, x, fatal(Zeros(Int8, 4))), nil, "MultiplyTo: operand b does not fit out: "},
		{MultiplyTo(out, x, y), nil, "MultiplyTo: out can not be cast from float32 to int16 by the rule same_kind"},
		{Options{DType: Int16}.MultiplyTo(out, x, y), nil, "MultiplyTo: b can not be cast from float32 to int16 by the rule same_kind"},
		{Options{Casting: Safe}.MultiplyTo(out, x, y), nil, "MultiplyTo: out can not be cast from float32 to int16 by the rule safe"},
		{second(Options{Casting: No}.Multiply(x, y)), nil, "Multiply: a can not be cast from int16 to float32 by the rule no"},
		{MultiplyTo(out.ReadOnly(), x, x), runtime.ErrReadOnly, "MultiplyTo: "},
		{MultiplyTo(same, x, x), runtime.ErrSelfOverlap, "MultiplyTo: "},
		{second(Options{Where: x}.Multiply(x, x)), nil, "Multiply: where can not be cast from int16 to bool by the rule safe"},
		{Options{Where: fatal(Zeros(Bool, 3, 2))}.MultiplyTo(out, x, x), nil, "MultiplyTo: the mask does not fit out: "},
		{second(Options{Casting: 99}.Multiply(x, x)), ErrCasting, "Multiply: 99 is no casting rule"},
		{second(Options{Order: 99}.Multiply(x, x)), ErrOrder, "Multiply: 99 is no order of axes"},
		{second(Options{DType: 99}.Multiply(x, x)), ErrDType, "Multiply: 99 is no dtype"},
		{Options{Threads: -1}.MultiplyTo(out, x, x), runtime.ErrThreads, "MultiplyTo: -1 threads"},
		{second(Multiply(x, Weak(int64(1<<40)))), nil, "Multiply: b, the number 1099511627776, is out of the range of int16"},
		{second(Convert(none, Int8, Unsafe)), runtime.ErrNoArray, "Convert: operand x: "},
		{second(Convert(y, Int8, SameKind)), nil, "Convert: x can not be cast from float32 to int8 by the rule same_kind"},
		{second(Convert(y, 99, Unsafe)), ErrDType, "Convert: 99 is no dtype"},
		{second(Convert(y, Int8, 99)), ErrCasting, "Convert: 99 is no casting rule"},
		{second(Convert(Weak(1000), Int8, Unsafe)), nil, "Convert: x, the number 1000, is out of the range of int8"},
		{second(Convert(fatal(Zeros(Complex64, 1)), Int8, Saturate)), nil, "Convert: x can not be cast from complex64 to int8 by the rule saturate"},
		{ConvertTo(out, fatal(Zeros(Int8, 4)), Safe), nil, "ConvertTo: operand x does not fit out: shape (4,) does not broadcast to (2,3)"},
		{Options{Where: fatal(Zeros(Bool, 4))}.ConvertTo(out, x), nil, "ConvertTo: the mask does not fit out: "},
		{ConvertTo(out, none, Safe), runtime.ErrNoArray, "ConvertTo: operand x: "},
		{ConvertTo(out, y, Safe), nil, "ConvertTo: x can not be cast from float32 to int16 by the rule safe"},
		{Product(out, fatal(Zeros(Int8, 4))), nil, "Product: operand 0 does not fit out: "},
		{Product(out, none), runtime.ErrNoArray, "Product: operand 0: "},
		{Product(out, y), nil, "Product: out can not be cast from float32 to int16 by the rule same_kind"},
		{Options{DType: Int16}.Product(out, y), nil, "Product: 0 can not be cast from float32 to int16 by the rule same_kind"},
		{Product(out, x, none), runtime.ErrNoArray, "Product: operand b: "},
		{Product(out, x, x, fatal(Zeros(Int8, 4))), nil, "Product: operand 2 does not fit out: "},
		{second(fatal(x.Transpose()).Reshape(6)), runtime.ErrNoView, "Reshape: shape (3,2) with strides "},
		{ConvertTo(none, x, Safe), runtime.ErrNoArray, "ConvertTo: operand out: "},
		{second(none.Clone()), runtime.ErrNoArray, "Clone: operand x: "},
		{second(Multiply(fatal(Scalar(1.0).BroadcastTo(most)), Weak(2))), runtime.ErrMemory, "Multiply: shape ("},
	} {
		if row.err == nil || row.is != nil && !errors.Is(row.err, row.is) || !strings.HasPrefix(row.err.Error(), row.text) {
			t.Errorf("%v\nwant %s", row.err, row.text)
		}
	}
}

// TestManyAxes multiplies arrays of as many axes as there can be as it does those of few.
func TestManyAxes(t *testing.T) {
	shape := slices.Repeat([]int{1}, 64)
	for axis := 2; axis <= 52; axis += 5 {
		shape[axis] = 2
	}
	values, mask := make([]float32, 1<<11), make([]bool, 1<<11)
	for i := range values {
		values[i], mask[i] = float32(i)-0.25, i%3 > 0
	}
	behind := func(n int) []int { return append([]int{2}, slices.Repeat([]int{1}, n)...) }
	factors, few := []int16{3, -7}, slices.Repeat([]int{2}, 11)
	many, where := fatal(New(values, shape...)), fatal(New(mask, shape...))
	fewer, whereFewer := fatal(New(values, few...)), fatal(New(mask, few...))
	for _, row := range []struct{ x, by, where, fewer, whereFewer Array }{
		{many, fatal(New(factors, behind(11)...)), where, fewer, whereFewer},
		{fatal(many.Transpose()), fatal(New(factors, behind(2)...)), fatal(where.Transpose()), fatal(fewer.Transpose()), fatal(whereFewer.Transpose())},
		{many, fatal(New(factors, behind(11)...)), fatal(where.Flip()), fewer, fatal(whereFewer.Flip())},
	} {
		want := fatal(Options{Where: row.whereFewer}.Multiply(row.fewer, fatal(New(factors, 2))))
		got := fatal(Options{Where: row.where}.Multiply(row.x, row.by))
		if !slices.Equal(got.Shape(), row.x.Shape()) || got.DType() != Float32 || !slices.Equal(elementsOf(got), elementsOf(want)) {
			t.Errorf("%v of shape %v: another product", got.DType(), got.Shape())
		}
	}
	var size *runtime.SizeError
	if _, err := many.ExpandDims(0); !errors.As(err, &size) {
		t.Errorf("of 65 axes: %v", err)
	}
}

// TestThreads shares out what is large enough among as many threads as the options say, with the same
// elements.
func TestThreads(t *testing.T) {
	const rows, cols = 1 << 10, 3 << 10
	x := make([]uint8, rows*cols)
	for i := range x {
		x[i] = uint8(i * 7 >> 3)
	}
	a, b := fatal(New(x, rows, cols)), fatal(New([]float64{0.1}, 1))
	product := func(threads int) (Array, float64) {
		out := fatal(Zeros(Float64, rows, cols))
		allocated := testing.AllocsPerRun(1, func() {
			if err := (Options{Threads: threads}).MultiplyTo(out, a, b); err != nil {
				t.Fatal(err)
			}
		})
		return out, allocated
	}
	one, without := product(1)
	two, with := product(2)
	if with <= without { // what threads share is on the heap
		t.Errorf("%v allocations on two threads, %v on one", with, without)
	}
	first, _ := one.Bytes()
	second, _ := two.Bytes()
	if !bytes.Equal(first, second) {
		t.Error("another product on two threads")
	}
}

// TestMultiplyAllocates holds that multiplying into an array takes no memory of its size.
func TestMultiplyAllocates(t *testing.T) {
	const n = 1 << 16
	out, x, y := fatal(Zeros(Float32, n)), fatal(Zeros(Uint8, n)), fatal(Zeros(Float32, n))
	mask := fatal(Zeros(Bool, n))
	var before, after goruntime.MemStats
	const runs = 20
	goruntime.ReadMemStats(&before)
	for range runs {
		if err := (Options{Where: mask, Threads: 1}).MultiplyTo(out, x, y); err != nil {
			t.Fatal(err)
		}
	}
	goruntime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / runs; got > 4<<10 {
		t.Errorf("%d bytes for each multiply", got)
	}
}
