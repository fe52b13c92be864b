package runtime_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
)

// TestRulesInBoxes multiplies arrays whose axes lie in memory in any orders by rules of elements of
// several sizes, and compares with the products of copies that lie in the order of their shape.
func TestRulesInBoxes(t *testing.T) {
	rulesInBoxes(t, rules.WideningUint8)
	rulesInBoxes(t, rules.Uint8ByUint16)
	rulesInBoxes(t, rules.ScaleUint8)
	rulesInBoxes(t, rules.GainUint8)
	rulesInBoxes(t, rules.Q15)
	rulesInBoxes(t, rules.DoubleFloat32)
}

type boxNumber interface {
	uint8 | int16 | uint16 | float32 | float64
}

func rulesInBoxes[Out, A, B boxNumber](t *testing.T, rule runtime.Rule[Out, A, B]) {
	t.Helper()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		shape := make([]int, 3+r.IntN(2))
		n := 1
		for _, i := range r.Perm(len(shape)) {
			extents := []int{2, 3, 4, 7, 8, 16, 17, 33, 64, 100}
			shape[i] = max(1, min(extents[r.IntN(len(extents))], 1<<15/n))
			n *= shape[i]
		}
		out, _ := permutedArray(t, r, shape, func(int) Out { return 0 })
		a, plainA := permutedArray(t, r, shape, func(i int) A { return A(i % 251) })
		b, plainB := permutedArray(t, r, shape, func(i int) B { return B(i % 13) })
		want, err := runtime.New(make([]Out, n), shape...)
		if err == nil {
			err = rule.MultiplyTo(want, plainA, plainB)
		}
		if err == nil {
			err = rule.MultiplyTo(out, a, b)
		}
		if err != nil {
			t.Fatal(err)
		}
		index := make([]int, len(shape))
		for i := range n {
			for axis := len(shape) - 1; axis >= 0; axis-- {
				index[axis] = i % shape[axis]
				i /= shape[axis]
			}
			got, err := out.At(index...)
			if err != nil {
				t.Fatal(err)
			}
			if expected, err := want.At(index...); err != nil || got != expected {
				t.Fatalf("%T by %T, shape %v, strides %v by %v: element %v is %v, want %v, %v", *new(A), *new(B), shape, a.Strides(), b.Strides(), index, got, expected, err)
			}
		}
	}
}

// permutedArray returns an array whose axes lie in memory in some order, and one with the same elements
// in the order of its shape.
func permutedArray[T runtime.Element](t *testing.T, r *rand.Rand, shape []int, element func(i int) T) (permuted, plain runtime.Array[T]) {
	t.Helper()
	strides, n := make([]int, len(shape)), 1
	for _, axis := range r.Perm(len(shape)) {
		strides[axis] = n
		n *= shape[axis]
	}
	data := make([]T, n)
	permuted, err := runtime.View(data, 0, shape, strides)
	if err != nil {
		t.Fatal(err)
	}
	copied := make([]T, n)
	for i := range copied {
		copied[i] = element(i)
		at, left := 0, i
		for axis, extent := range slices.Backward(shape) {
			at += left % extent * strides[axis]
			left /= extent
		}
		data[at] = copied[i]
	}
	plain, err = runtime.New(copied, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return permuted, plain
}
