package runtime

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
)

// folded returns the product of the operands, stretched to shape, in C order.
func folded[T Element](t *testing.T, shape []int, operands []Array[T]) []T {
	t.Helper()
	var products []T
	for i, x := range operands {
		wide, err := x.BroadcastTo(shape...)
		if err != nil {
			t.Fatal(err)
		}
		for j, p := range positions(wide) {
			if i == 0 {
				products = append(products, *wide.element(p))
			} else {
				products[j] = product(products[j], *wide.element(p))
			}
		}
	}
	return products
}

// testProduct multiplies one random layout at every level. Each array has memory
// of its own, that of out at any place, or is out.
func testProduct[T Element](t *testing.T, choose chooser) {
	shape := randomShape(choose)
	n := 1 + choose(6)
	if choose(4) == 0 { // lists on the stack have room for fewer
		n += choose(7)
	}
	spreads := []spread{randomSpread(choose, shape)}
	const own, shared, same = 0, 1, 2
	kinds := []int{same}
	for range n {
		kind := max(choose(5)-2, own)
		x := randomOperand(choose, shape)
		if kind == same {
			x = spreads[0]
		}
		spreads, kinds = append(spreads, x), append(kinds, kind)
	}
	low, high := 0, 0
	for _, s := range spreads {
		low, high = min(low, s.lo), max(high, s.hi)
	}
	slack := choose(4)
	size := high - low + 1 + 2*slack
	r := rand.New(rand.NewPCG(uint64(choose(256)), 11))
	var pools [][]T
	var origins []int
	outOrigin := -spreads[0].lo + choose(size-(spreads[0].hi-spreads[0].lo))
	for i, s := range spreads {
		pools = append(pools, randomElements[T](r, size))
		if kinds[i] != own {
			pools[i] = pools[0]
		}
		origin := outOrigin
		if kinds[i] != same {
			origin = -s.lo + choose(size-(s.hi-s.lo))
		}
		origins = append(origins, origin)
	}
	before := slices.Clone(pools[0])
	var views []Array[T]
	for i, s := range spreads {
		v, err := View(pools[i], origins[i], s.shape, s.strides)
		if err != nil {
			t.Fatal(err)
		}
		views = append(views, v)
	}
	want := slices.Clone(before)
	at := positions(views[0])
	for i, v := range folded(t, shape, views[1:]) {
		want[outOrigin+at[i]] = v
	}
	for level := range levels() {
		copy(pools[0], before)
		describe := func() string { return fmt.Sprintf("level %v\n%v\nat %v, kinds %v", level, spreads, origins, kinds) }
		if err := productAt(level, views[0], views[1:]...); err != nil {
			t.Fatalf("%v\n%s", err, describe())
		}
		compare(t, "Product", pools[0], want, describe)
	}
}

// productAt is Product at a given level.
func productAt[T Element](level Level, out Array[T], operands ...Array[T]) error {
	var xs []operand
	for _, x := range operands {
		xs = append(xs, x.operand)
	}
	return flow.Product(ruleAt(generated.MulOf[T]()(), level), 0, out.operand, xs)
}

func TestRandomProducts(t *testing.T) {
	rounds := 400
	if testing.Short() {
		rounds = 60
	}
	forDTypes(t, func(t *testing.T, d dtypeTest) {
		for seed := range rounds {
			r := rand.New(rand.NewPCG(uint64(seed), 12))
			d.product(t, r.IntN)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	})
}

// TestManyOperands multiplies more operands than lists on the stack have room for, into outs that are
// contiguous, have gaps, are transposed, or are an operand.
func TestManyOperands(t *testing.T) {
	const rows, cols = 700, 3
	for n := 6; n <= 13; n++ {
		for _, strides := range [][]int{{cols, 1}, {4 * cols, 4}, {1, rows}, {-cols, 1}} {
			memory := make([]uint16, 4*rows*cols)
			first := max(0, -strides[0]*(rows-1))
			out, err := View(memory, first, []int{rows, cols}, strides)
			if err != nil {
				t.Fatal(err)
			}
			operands := make([]Array[uint16], n)
			for i := range operands {
				elements := make([]uint16, rows*cols)
				for k := range elements {
					elements[k] = uint16(2*k + 2*i + 3)
				}
				if operands[i], err = New(elements, rows, cols); err != nil {
					t.Fatal(err)
				}
			}
			operands[n/2] = out // which is an operand that is still to come
			for i := range memory {
				memory[i] = uint16(2*i + 1)
			}
			want := folded(t, []int{rows, cols}, operands)
			for name, multiply := range map[string]func() error{
				"Product":        func() error { return Product(out, operands...) },
				"ProductThreads": func() error { return ProductThreads(2, out, operands...) },
			} {
				for i := range memory {
					memory[i] = uint16(2*i + 1)
				}
				if err := multiply(); err != nil {
					t.Fatal(err)
				}
				for i, p := range positions(out) {
					if got := *out.element(p); got != want[i] {
						t.Fatalf("%s of %d operands, out at strides %v: element %d is %d, want %d", name, n, strides, i, got, want[i])
					}
				}
			}
		}
	}
}

// TestLargeProducts multiplies layouts that take many blocks, of several extents,
// with the output apart and being each of the operands.
func TestLargeProducts(t *testing.T) {
	t.Run("uint8", testLargeProducts[uint8])
	t.Run("float32", testLargeProducts[float32])
	t.Run("complex128", testLargeProducts[complex128])
}

func testLargeProducts[T Element](t *testing.T) {
	r := rand.New(rand.NewPCG(9, 13))
	fresh := func(shape ...int) Array[T] {
		size := 1
		for _, extent := range shape {
			size *= extent
		}
		x, err := New(randomElements[T](r, size), shape...)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	transposed := func(x Array[T]) Array[T] { return must(x.Transpose()) }
	every2 := func(x Array[T], axis int) Array[T] { return must(x.Slice(axis, None, None, 2)) }
	for _, c := range []struct {
		name     string
		out      Array[T]
		operands []Array[T]
	}{
		{"flat", fresh(41_003), []Array[T]{fresh(41_003), fresh(41_003), fresh(41_003)}},
		{"scalars", fresh(41_003), []Array[T]{fresh(), fresh(41_003), fresh(1), fresh(41_003)}},
		{"scalars first", fresh(41_003), []Array[T]{fresh(), fresh(1), fresh(41_003)}},
		{"row and column", fresh(70, 1201), []Array[T]{fresh(70, 1201), fresh(1201), fresh(70, 1)}},
		{"outer", fresh(70, 1201), []Array[T]{fresh(70, 1), fresh(1201)}},
		{"long rows", fresh(3, 20_001), []Array[T]{fresh(3, 20_001), fresh(3, 1), fresh(20_001)}},
		{"narrow", fresh(20_000, 3), []Array[T]{fresh(20_000, 3), fresh(3), fresh(20_000, 1)}},
		{"transposed", fresh(211, 301), []Array[T]{transposed(fresh(301, 211)), fresh(211, 301), transposed(fresh(301, 211))}},
		{"transposed out", transposed(fresh(301, 211)), []Array[T]{fresh(211, 301), fresh(301), fresh(211, 301)}},
		{"axes reversed", fresh(23, 31, 40), []Array[T]{transposed(fresh(40, 31, 23)), fresh(31, 40), fresh(23, 1, 1)}},
		{"gaps", every2(fresh(101, 602), 1), []Array[T]{every2(fresh(202, 301), 0), fresh(301), every2(fresh(101, 602), 1)}},
		{"copy", fresh(70, 1201), []Array[T]{fresh(1201)}},
		{"five", fresh(50, 900), []Array[T]{fresh(50, 900), fresh(900), fresh(50, 1), fresh(50, 900), fresh()}},
	} {
		for k := -1; k < len(c.operands); k++ {
			operands := slices.Clone(c.operands)
			if k >= 0 {
				operands[k] = c.out
			}
			data := storage(c.out)
			before := slices.Clone(data)
			want := slices.Clone(data)
			at := positions(c.out)
			for i, v := range folded(t, c.out.Shape(), operands) {
				want[at[i]] = v
			}
			for level := range levels() {
				copy(data, before)
				if err := productAt(level, c.out, operands...); err != nil {
					t.Fatal(err)
				}
				compare(t, "Product", data, want, func() string { return fmt.Sprintf("%s, out is operand %d, level %v", c.name, k, level) })
			}
			copy(data, before)
		}
	}
}

// TestBypassedProducts repeats that with results that bypass the caches however
// small they are.
func TestBypassedProducts(t *testing.T) {
	defer restore(active)
	active.Limits = machine.LimitsOf(1)
	testLargeProducts[float32](t)
}

// storage returns the memory from the first to the last element of x, whose strides are positive.
func storage[T Element](x Array[T]) []T {
	return unsafe.Slice((*T)(x.operand.Base), x.operand.Lay.Hi+1)
}

func TestProductErrors(t *testing.T) {
	zeros := func(shape ...int) Array[float32] { return must(Zeros[float32](shape...)) }
	out := zeros(2, 3)
	wide := must(zeros(3).BroadcastTo(2, 3))
	repeated := must(View(make([]float32, 3), 0, []int{2, 3}, []int{0, 1}))
	for _, c := range []struct {
		out      Array[float32]
		operands []Array[float32]
		is       error
		want     string
	}{
		{out, nil, nil, "Product: there are no operands"},
		{Array[float32]{}, []Array[float32]{out}, ErrNoArray, "Product: operand out: the zero Array"},
		{out, []Array[float32]{out, out, {}}, ErrNoArray, "Product: operand 2: the zero Array"},
		{wide, []Array[float32]{out, out}, ErrReadOnly, "Product: out, shape (2,3): "},
		{repeated, []Array[float32]{out}, ErrSelfOverlap, "Product: out, shape (2,3) with strides (0,1): "},
		{out, []Array[float32]{out, out, out, zeros(2)}, nil, "Product: operand 3 does not fit out: shape (2,) does not broadcast to (2,3): axis -1 has sizes 2 and 3"},
		{out, []Array[float32]{zeros(1, 2, 3)}, nil, "Product: operand 0 does not fit out: shape (1,2,3) does not broadcast to (2,3)"},
		{zeros(0, 3), []Array[float32]{zeros(2), zeros(), zeros()}, nil, "Product: operand 0 does not fit out: shape (2,)"},
	} {
		err := Product(c.out, c.operands...)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if shape := new(ShapeError); strings.Contains(c.want, "fit") && !errors.As(err, &shape) {
			t.Errorf("%v: no *ShapeError", err)
		}
	}
	if err := Product(zeros(0, 3), zeros(3), zeros(0, 1), zeros()); err != nil {
		t.Error(err)
	}
}

func TestProductDoesNotAllocate(t *testing.T) {
	zeros := func(shape ...int) Array[float32] { return must(Zeros[float32](shape...)) }
	a, b, d := zeros(2, 3, 2, 2, 3, 2, 2, 3), zeros(2, 1, 2, 1, 3, 1, 2, 1), zeros(1, 3, 1, 2, 1, 2, 1, 3)
	square, other, scalar := zeros(60, 60), zeros(60, 60), zeros()
	transposed := must(square.Clone().Transpose())
	gaps := must(zeros(60, 120).Slice(1, None, None, 2))
	for name, run := range map[string]func() error{
		"copy":         func() error { return Product(a, b) },
		"two":          func() error { return Product(square, square, transposed) },
		"flat":         func() error { return Product(square, square, square, other, scalar) },
		"8 axes":       func() error { return Product(a, b, d, d, b) },
		"in place":     func() error { return Product(a, b, d, a, b) },
		"gaps":         func() error { return Product(gaps, square, transposed, gaps, square) },
		"five in runs": func() error { return Product(square, square, other, scalar, other, other) },
	} {
		noAllocs(t, name, run)
	}
}

func TestProductOnGrowingStacks(t *testing.T) {
	a, b, row, out := counting(64, 64), counting(64, 64), counting(64), counting(64, 64)
	at, bt := must(a.Transpose()), must(b.Transpose())
	for name, operands := range map[string][]Array[uint8]{
		"one":   {at},
		"four":  {at, bt, row, b},
		"seven": {at, bt, row, b, a, row, a},
	} {
		onGrowingStacks(t, name, out, func() error { return productAt(PureGo, out, operands...) })
	}
}

func BenchmarkProduct(b *testing.B) {
	b.Run("float32", benchProduct[float32])
	b.Run("float64", benchProduct[float64])
}

func benchProduct[T Element](b *testing.B) {
	zeros := func(shape ...int) Array[T] {
		x := must(Zeros[T](shape...))
		clear(storage(x)) // pages that were never written to are all the same memory
		return x
	}
	for _, c := range []struct {
		name     string
		operands []Array[T]
	}{
		{"3x3", []Array[T]{zeros(3, 3), zeros(3, 3), zeros(3, 3)}},
		{"3x3*row*column", []Array[T]{zeros(3, 3), zeros(3), zeros(3, 1)}},
		{"16x2048 three", []Array[T]{zeros(16, 2048), zeros(16, 2048), zeros(16, 2048)}},
		{"16x2048 four", []Array[T]{zeros(16, 2048), zeros(16, 2048), zeros(16, 2048), zeros(16, 2048)}},
		{"4096x2048 three", []Array[T]{zeros(4096, 2048), zeros(4096, 2048), zeros(4096, 2048)}},
		{"4096x2048 four", []Array[T]{zeros(4096, 2048), zeros(4096, 2048), zeros(4096, 2048), zeros(4096, 2048)}},
		{"256x2048*row*column", []Array[T]{zeros(256, 2048), zeros(2048), zeros(256, 1)}},
		{"480x640x3*pixel*mask", []Array[T]{zeros(480, 640, 3), zeros(3), zeros(480, 640, 1)}},
		{"1024x1024*T*T", []Array[T]{zeros(1024, 1024), must(zeros(1024, 1024).Transpose()), must(zeros(1024, 1024).Transpose())}},
		{"1024x1024*T*row", []Array[T]{zeros(1024, 1024), must(zeros(1024, 1024).Transpose()), zeros(1024)}},
	} {
		out := zeros(c.operands[0].Shape()...)
		b.Run(c.name+"/Product", func(b *testing.B) {
			for b.Loop() {
				if err := Product(out, c.operands...); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/MultiplyTo", func(b *testing.B) {
			for b.Loop() {
				x := c.operands[0]
				for _, y := range c.operands[1:] {
					if err := MultiplyTo(out, x, y); err != nil {
						b.Fatal(err)
					}
					x = out
				}
			}
		})
	}
}
