package runtime

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/internal/fault"

	"github.com/hadamard-go/hadamard/broadcast"
)

// count returns the array 0, 1, 2 … of a shape.
func count(t *testing.T, shape ...int) Array[int64] {
	t.Helper()
	size, err := broadcast.Size(shape)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]int64, size)
	for i := range data {
		data[i] = int64(i)
	}
	x, err := New(data, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestViews(t *testing.T) {
	type array = Array[int64]
	for _, c := range []struct {
		name    string
		from    array
		op      func(array) (array, error)
		shape   []int
		strides []int
		values  []int64
	}{
		{"Index", count(t, 2, 3), func(x array) (array, error) { return x.Index(-1) }, []int{3}, []int{1}, []int64{3, 4, 5}},
		{"Index of all axes", count(t, 2, 3), func(x array) (array, error) { return x.Index(1, 1) }, []int{}, []int{}, []int64{4}},
		{"Index of none", count(t, 2), func(x array) (array, error) { return x.Index() }, []int{2}, []int{1}, []int64{0, 1}},
		{"Slice", count(t, 2, 4), func(x array) (array, error) { return x.Slice(1, 1, 4, 2) }, []int{2, 2}, []int{4, 2}, []int64{1, 3, 5, 7}},
		{"Slice backwards", count(t, 2, 4), func(x array) (array, error) { return x.Slice(-1, None, None, -2) }, []int{2, 2}, []int{4, -2}, []int64{3, 1, 7, 5}},
		{"Slice of nothing", count(t, 4), func(x array) (array, error) { return x.Slice(0, 3, 1, 1) }, []int{0}, []int{1}, nil},
		{"Slice beyond", count(t, 3), func(x array) (array, error) { return x.Slice(0, -100, 100, None) }, []int{3}, []int{1}, []int64{0, 1, 2}},
		{"Slice by the largest step", count(t, 3), func(x array) (array, error) { return x.Slice(0, 1, None, math.MaxInt) }, []int{1}, []int{1}, []int64{1}},
		{"Slice by the largest step back", count(t, 3), func(x array) (array, error) { return x.Slice(0, 1, None, -math.MaxInt) }, []int{1}, []int{1}, []int64{1}},
		{"Transpose", count(t, 2, 3), func(x array) (array, error) { return x.Transpose() }, []int{3, 2}, []int{1, 3}, []int64{0, 3, 1, 4, 2, 5}},
		{"Transpose by axes", count(t, 1, 2, 3), func(x array) (array, error) { return x.Transpose(1, -1, 0) }, []int{2, 3, 1}, []int{3, 1, 6}, []int64{0, 1, 2, 3, 4, 5}},
		{"Transpose of rank 0", count(t), func(x array) (array, error) { return x.Transpose() }, []int{}, []int{}, []int64{0}},
		{"Flip", count(t, 2, 2), func(x array) (array, error) { return x.Flip() }, []int{2, 2}, []int{-2, -1}, []int64{3, 2, 1, 0}},
		{"Flip an axis", count(t, 2, 2), func(x array) (array, error) { return x.Flip(-1) }, []int{2, 2}, []int{2, -1}, []int64{1, 0, 3, 2}},
		{"Flip nothing", count(t, 0, 2), func(x array) (array, error) { return x.Flip() }, []int{0, 2}, []int{2, -1}, nil},
		{"ExpandDims", count(t, 3), func(x array) (array, error) { return x.ExpandDims(-1) }, []int{3, 1}, []int{1, 0}, []int64{0, 1, 2}},
		{"ExpandDims in front", count(t, 3), func(x array) (array, error) { return x.ExpandDims(0) }, []int{1, 3}, []int{0, 1}, []int64{0, 1, 2}},
		{"Squeeze", count(t, 1, 2, 1), func(x array) (array, error) { return x.Squeeze() }, []int{2}, []int{1}, []int64{0, 1}},
		{"Squeeze an axis", count(t, 1, 2, 1), func(x array) (array, error) { return x.Squeeze(-1) }, []int{1, 2}, []int{2, 1}, []int64{0, 1}},
		{"BroadcastTo", count(t, 2, 1), func(x array) (array, error) { return x.BroadcastTo(2, 2, 2) }, []int{2, 2, 2}, []int{0, 1, 0}, []int64{0, 0, 1, 1, 0, 0, 1, 1}},
		{"BroadcastTo nothing", count(t, 1), func(x array) (array, error) { return x.BroadcastTo(3, 0) }, []int{3, 0}, []int{0, 0}, nil},
		{"Reshape", count(t, 2, 3), func(x array) (array, error) { return x.Reshape(3, 2) }, []int{3, 2}, []int{2, 1}, []int64{0, 1, 2, 3, 4, 5}},
		{"Reshape with -1", count(t, 2, 3), func(x array) (array, error) { return x.Reshape(-1) }, []int{6}, []int{1}, []int64{0, 1, 2, 3, 4, 5}},
		{"Reshape nothing", count(t, 0, 3), func(x array) (array, error) { return x.Reshape(-1, 5) }, []int{0, 5}, []int{5, 1}, nil},
		{"Reshape to rank 0", count(t, 1, 1), func(x array) (array, error) { return x.Reshape() }, []int{}, []int{}, []int64{0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := c.op(c.from)
			if err != nil {
				t.Fatal(err)
			}
			got := slices.Collect(x.Values())
			if !slices.Equal(x.Shape(), c.shape) || !slices.Equal(x.Strides(), c.strides) || !slices.Equal(got, c.values) {
				t.Errorf("shape %v, strides %v, elements %v; want %v, %v, %v", x.Shape(), x.Strides(), got, c.shape, c.strides, c.values)
			}
			if want := strings.HasPrefix(c.name, "BroadcastTo"); x.IsReadOnly() != want {
				t.Errorf("read-only: %v", x.IsReadOnly())
			}
		})
	}
}

// TestReadOnly follows the mark of BroadcastTo through views and copies.
func TestReadOnly(t *testing.T) {
	x, err := count(t, 3).BroadcastTo(3)
	if err != nil {
		t.Fatal(err)
	}
	view, err := x.Flip()
	if err != nil {
		t.Fatal(err)
	}
	if !view.IsReadOnly() || !errors.Is(view.Set(1, 0), ErrReadOnly) {
		t.Error("a view of a read-only view can be written to")
	}
	if !x.Contiguous().IsReadOnly() {
		t.Error("Contiguous made a copy of contiguous elements")
	}
	clone := x.Clone()
	if err := clone.Set(7, 0); err != nil {
		t.Error(err)
	}
	if v, _ := x.At(0); v != 0 {
		t.Error("the clone shares memory")
	}
	product, err := Multiply(x, x)
	if err != nil || product.IsReadOnly() {
		t.Errorf("read-only product %v, error %v", product.IsReadOnly(), err)
	}
}

// TestResultTooLarge makes products of views that repeat a single element.
func TestResultTooLarge(t *testing.T) {
	column, err := Scalar[uint8](1).BroadcastTo(fault.MaxBytes/2, 1)
	if err != nil {
		t.Fatal(err)
	}
	row, err := Scalar[uint8](1).BroadcastTo(3)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("Multiply: shape (%d,3): ", fault.MaxBytes/2)
	if _, err := Multiply(column, row); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s…", err, want)
	}
}

func TestNoArray(t *testing.T) {
	var none Array[float32]
	if none.Shape() != nil || none.Strides() != nil || none.Rank() != 0 || none.Len() != 0 || none.IsContiguous() || none.IsReadOnly() {
		t.Error("the zero Array has properties")
	}
	if data, ok := none.Data(); ok || data != nil {
		t.Error("the zero Array has data")
	}
	if none.Contiguous() != none || none.Clone() != none {
		t.Error("a copy of the zero Array is something else")
	}
	for range none.Values() {
		t.Error("the zero Array has elements")
	}
	if s := none.String(); s != "no array" {
		t.Error(s)
	}
}

func TestEmpty(t *testing.T) {
	for _, data := range [][]int64{nil, {}} {
		x, err := New(data, 2, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := x.Data(); !ok || len(got) != 0 {
			t.Errorf("data %v, %v", got, ok)
		}
		if err := MultiplyTo(x, x, count(t)); err != nil {
			t.Error(err)
		}
		if err := MultiplyTo(x, x, count(t, 2, 1)); err != nil {
			t.Error(err)
		}
		product, err := Multiply(x, count(t, 5, 1, 1))
		if err != nil || !slices.Equal(product.Shape(), []int{5, 2, 0}) {
			t.Errorf("shape %v, error %v", product.Shape(), err)
		}
		p, err := NewPlan(x, x, x)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil || !strings.HasPrefix(p.String(), "empty, int64-") {
			t.Errorf("%v: %v", p, err)
		}
	}
}

func TestAccess(t *testing.T) {
	x := count(t, 2, 3)
	if v, err := x.At(-1, 1); v != 4 || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	if err := x.Set(40, 1, -2); err != nil {
		t.Error(err)
	}
	if data, _ := x.Data(); data[4] != 40 {
		t.Errorf("data %v", data)
	}
	if v, err := Scalar(2.5).At(); v != 2.5 || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	shape := x.Shape()
	shape[0] = 7
	if x.Shape()[0] != 2 {
		t.Error("the shape can be changed from outside")
	}
	for v := range x.Values() {
		if v == 2 {
			break
		}
	}
	if h := NewFloat16(1.0009765625); h != 0x3c01 {
		t.Errorf("Float16 %#x", h)
	}
	if h := NewBFloat16(1.0078125); h != 0x3f81 {
		t.Errorf("BFloat16 %#x", h)
	}
}

// TestOrderK checks that a result is laid out like its operands.
func TestOrderK(t *testing.T) {
	transposed, err := count(t, 2, 3).Transpose()
	if err != nil {
		t.Fatal(err)
	}
	backwards, err := transposed.Flip()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		a, b    Array[int64]
		strides []int
	}{
		{"C order", count(t, 3, 2), count(t, 3, 2), []int{2, 1}},
		{"Fortran order", transposed, transposed, []int{1, 3}},
		{"strides become positive", backwards, backwards, []int{1, 3}},
		{"by scalar", transposed, count(t), []int{1, 3}},
		{"disagreement", transposed, count(t, 3, 2), []int{2, 1}},
		{"outer", count(t, 3, 1), count(t, 2), []int{2, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := Multiply(c.a, c.b)
			if err != nil || !slices.Equal(x.Strides(), c.strides) {
				t.Errorf("strides %v, error %v, want %v", x.Strides(), err, c.strides)
			}
		})
	}
}

func TestPlanString(t *testing.T) {
	x := count(t, 4, 6)
	row, err := x.Index(0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(x, x, row)
	if err != nil {
		t.Fatal(err)
	}
	want := "4x6 out(6,1) a(6,1) b(0,1), " + p.Kernel() + ", copies b"
	if p.String() != want || !strings.HasPrefix(p.Kernel(), "int64-vv-") {
		t.Errorf("%q, want %q", p, want)
	}
	var none *Plan[int64]
	if none.String() != "no plan" || none.Kernel() != "" {
		t.Errorf("%q, %q", none, none.Kernel())
	}
}

// TestFormatManyAxes prints a view whose ends of axes are more than any memory could hold.
func TestFormatManyAxes(t *testing.T) {
	x, err := Scalar(true).BroadcastTo(slices.Repeat([]int{2}, 30)...)
	if err != nil {
		t.Fatal(err)
	}
	s := x.String()
	if shown, left := strings.Count(s, "true"), strings.Count(s, "..."); shown != 1<<10 || left != 20 {
		t.Errorf("%d elements and %d axes cut short, want 1024 and 20: %.100s", shown, left, s)
	}
	deep := must(New(make([]bool, 2*6*6*6*6), 2, 6, 6, 6, 6))
	if s := deep.String(); strings.Count(s, "false") != 6*6*6*6 || !strings.HasSuffix(s, "\n\n\n\n ...]") {
		t.Errorf("of five axes: %.100s", s[len(s)-100:])
	}
	if s := must(deep.Index(1)).String(); strings.Count(s, "false") != 6*6*6*6 || strings.Contains(s, "...") {
		t.Errorf("of four axes: %.100s", s)
	}
}

func TestFormat(t *testing.T) {
	big := count(t, 1200)
	square := count(t, 40, 40)
	for _, c := range []struct {
		x    fmt.Stringer
		want string
	}{
		{Scalar(true), "true"},
		{count(t, 3), "[0 1 2]"},
		{count(t, 2, 0), "[], shape (2,0)"},
		{count(t, 1, 2, 6), "[[[ 0  1  2  3  4  5]\n  [ 6  7  8  9 10 11]]]"},
		{count(t, 2, 1, 1, 1), "[[[[0]]]\n\n\n [[[1]]]]"},
		{big, "[   0    1    2 ... 1197 1198 1199]"},
		{square, "[[   0    1    2 ...   37   38   39]\n [  40   41   42 ...   77   78   79]\n [  80   81   82 ...  117  118  119]\n ...\n" +
			" [1480 1481 1482 ... 1517 1518 1519]\n [1520 1521 1522 ... 1557 1558 1559]\n [1560 1561 1562 ... 1597 1598 1599]]"},
		{Scalar(NewFloat16(0.5)), "0.5"},
		{Scalar[complex64](1 - 2i), "(1-2i)"},
	} {
		if got := c.x.String(); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}
