package ndarray

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime"
)

// A plan gives what calls give: run again with other elements, and on other arrays, of which some
// share memory and the last is shorter.
func TestPlan(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, test := range []struct {
		name     string
		o        Options
		out      DType
		operands []DType
		order    ByteOrder
	}{
		{"plain", Options{}, Float32, []DType{Float32, Float32}, NativeEndian()},
		{"fused", Options{}, Float32, []DType{Uint8, Float32}, NativeEndian()},
		{"fused, turned", Options{}, Float32, []DType{Float32, Uint8}, NativeEndian()},
		{"narrowed", Options{Casting: Saturate}, Uint8, []DType{Float32, Uint8}, NativeEndian()},
		{"swapped bytes", Options{}, Float64, []DType{Int32, Float32}, 1 - NativeEndian()},
		{"three", Options{Casting: Unsafe}, Int16, []DType{Uint8, Float32, Int8}, NativeEndian()},
		{"one", Options{}, Float64, []DType{Int16}, NativeEndian()},
		{"masked", Options{Where: fatal(Zeros(Bool, 6, 40))}, Complex64, []DType{Float32, Complex64}, NativeEndian()},
	} {
		made := func() (out Array, xs []Array) {
			for _, d := range test.operands {
				xs = append(xs, random(rng, d, test.order, 6, 40))
			}
			return fatal(Zeros(test.out, 6, 40)), xs
		}
		check := func(what string, out Array, xs []Array, run func() error) {
			t.Helper()
			want := fatal(out.Clone())
			how := test.o
			if masked := how.Where.DType() != Invalid; masked {
				how.Where, xs = xs[len(xs)-1], xs[:len(xs)-1]
			}
			copies := make([]Array, len(xs))
			for i := range xs {
				copies[i] = fatal(xs[i].Clone())
			}
			if err := how.Product(want, copies...); err != nil {
				t.Fatalf("%s, %s: %v", test.name, what, err)
			}
			if err := run(); err != nil {
				t.Fatalf("%s, %s: %v", test.name, what, err)
			}
			have, _ := fatal(out.Clone()).Bytes()
			if expected, _ := want.Bytes(); !bytes.Equal(have, expected) {
				t.Errorf("%s, %s: got %v, want %v", test.name, what, out, want)
			}
		}
		all := func(xs []Array, mask Array) []Array {
			if test.o.Where.DType() != Invalid {
				xs = append(xs, mask)
			}
			return xs
		}
		out, xs := made()
		p, err := test.o.NewPlan(out, xs...)
		if err != nil {
			t.Fatal(err)
		}
		mask := fatal(random(rng, Bool, NativeEndian(), 6, 40).Clone())
		check("run", out, all(xs, test.o.Where), p.Run)
		other, ys := made()
		check("run on", other, all(ys, mask), func() error { return p.RunOn(other, all(ys, mask)...) })
		check("run again", out, all(xs, test.o.Where), p.Run)
		part := func(x Array) Array { return fatal(x.Slice(0, 0, 2, 1)) }
		var zs []Array
		for _, y := range ys {
			zs = append(zs, part(y))
		}
		check("a part", part(other), all(zs, part(mask)), func() error { return p.RunOn(part(other), all(zs, part(mask))...) })
		if test.operands[0] == test.out && test.order == NativeEndian() {
			check("in place", ys[0], all(ys, mask), func() error { return p.RunOn(ys[0], all(ys, mask)...) })
		}
	}
}

func TestPlanErrors(t *testing.T) {
	out, x, y := fatal(Zeros(Float32, 3)), fatal(Zeros(Uint8, 3)), fatal(Zeros(Float32, 3))
	p, err := NewPlan(out, y, x)
	if err != nil {
		t.Fatal(err)
	}
	masked, err := Options{Where: fatal(Zeros(Bool, 3))}.NewPlan(out, y, x)
	if err != nil {
		t.Fatal(err)
	}
	four := fatal(Zeros(Float32, 4))
	single, err := NewPlan(out, x)
	if err != nil {
		t.Fatal(err)
	}
	number, err := NewPlan(fatal(Zeros(Int64)), Scalar(int64(1)), Weak(2))
	if err != nil {
		t.Fatal(err)
	}
	planned := func(out Array, xs ...Array) error { _, err := NewPlan(out, xs...); return err }
	for _, test := range []struct {
		err  error
		is   error
		want string
	}{
		{planned(out), runtime.ErrNoOperands, "NewPlan: "},
		{planned(out, four, x), nil, "operand a does not fit out"},
		{planned(out, x, four), nil, "operand b does not fit out"},
		{planned(out, four), nil, "operand 0 does not fit out"},
		{single.RunOn(out, Array{}), runtime.ErrNoArray, "operand 0"},
		{single.RunOn(out, fatal(Zeros(Uint8, 4))), runtime.ErrPlan, "operand 0, shape (4,)"},
		{single.RunOn(out, y), runtime.ErrPlan, "0 is " + NativeEndian().String() + " float32"},
		{planned(x, x, y), nil, "out can not be cast from float32 to uint8"},
		{planned(Array{}, x, y), runtime.ErrNoArray, "operand out"},
		{(*Plan)(nil).Run(), runtime.ErrNoPlan, "Run: "},
		{new(Plan).RunOn(out, x, y), runtime.ErrNoPlan, "RunOn: "},
		{p.RunOn(out, y), runtime.ErrPlan, "the plan takes 2 arrays beside out, got 1"},
		{p.RunOn(out, x, y), runtime.ErrPlan, "a is " + NativeEndian().String() + " uint8, that of the plan " + NativeEndian().String() + " float32"},
		{p.RunOn(out, four, x), runtime.ErrPlan, "operand a, shape (4,)"},
		{p.RunOn(out, y, Array{}), runtime.ErrNoArray, "operand b"},
		{p.RunOn(out.ReadOnly(), y, x), runtime.ErrReadOnly, ""},
		{
			number.RunOn(fatal(Zeros(Int64)), Scalar(int64(1)), Scalar(int64(2))), runtime.ErrPlan,
			"b is " + NativeEndian().String() + " int64, that of the plan a weak int64",
		},
		{masked.RunOn(out, y, x), runtime.ErrPlan, "the plan takes 3 arrays beside out, got 2"},
		{masked.RunOn(out, y, x, fatal(Zeros(Bool, 1))), runtime.ErrPlan, "the mask, shape (1,)"},
		{masked.RunOn(out, y, x, x), runtime.ErrPlan, "where is " + NativeEndian().String() + " uint8"},
	} {
		if test.err == nil || test.is != nil && !errors.Is(test.err, test.is) || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("got %v, want %q", test.err, test.want)
		}
	}
	if err := p.RunOn(out, y, x); err != nil {
		t.Error(err)
	}
}
