package ndarray_test

import (
	"fmt"

	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// Samples of a file that another machine wrote, every second frame of them.
func ExampleView() {
	file := []byte{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6}
	dtype, order, err := ndarray.ParseDType(">i2")
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := ndarray.View(file, dtype, order, 0, []int{3}, []int{4})
	fmt.Println(x, x.DType(), x.Strides(), err)
	// Output: [1 3 5] int16 [4] <nil>
}

func ExampleAs() {
	x, _ := ndarray.New([]float32{1, 2, 3}, 3)
	typed, err := ndarray.As[float32](x) // the same memory
	fmt.Println(typed, err)

	_, err = ndarray.As[float64](x)
	fmt.Println(err)
	// Output:
	// [1 2 3] <nil>
	// As: the array's dtype is float32, not float64
}

func ExampleFrom() {
	a, _ := runtime.New([]runtime.UNorm8{0, 255}, 2)
	fmt.Println(ndarray.From(a).DType())
	// Output: unorm8
}

func ExamplePromote() {
	fmt.Println(ndarray.Promote(ndarray.Int8, ndarray.Uint8))
	fmt.Println(ndarray.Promote(ndarray.Int32, ndarray.Float32))
	fmt.Println(ndarray.Promote(ndarray.BFloat16, ndarray.Float16))
	fmt.Println(ndarray.Promote(ndarray.UNorm8, ndarray.Complex64))
	// Output:
	// int16
	// float64
	// float32
	// complex64
}

func ExampleCanCast() {
	fmt.Println(ndarray.CanCast(ndarray.Int64, ndarray.Float16, ndarray.SameKind))
	fmt.Println(ndarray.CanCast(ndarray.Float32, ndarray.Int64, ndarray.SameKind))
	// Output:
	// true
	// false
}

// Pixels by a float are floats; into pixels they are rounded and clamped.
func ExampleMultiply() {
	pixels, _ := ndarray.New([]uint8{10, 100, 255}, 3)
	gain := ndarray.Weak(1.5)

	product, err := ndarray.Multiply(pixels, gain)
	fmt.Println(product, product.DType(), err)

	err = ndarray.MultiplyTo(pixels, pixels, gain)
	fmt.Println(err)

	err = ndarray.Options{Casting: ndarray.Saturate}.MultiplyTo(pixels, pixels, gain)
	fmt.Println(pixels, err)
	// Output:
	// [   15   150 382.5] float64 <nil>
	// MultiplyTo: out can not be cast from float64 to uint8 by the rule same_kind
	// [ 15 150 255] <nil>
}

// Elements that the mask leaves out stay as they are.
func ExampleOptions() {
	x, _ := ndarray.New([]int16{1, 2, 3, 4}, 2, 2)
	mask, _ := ndarray.New([]bool{true, false}, 2)
	err := ndarray.Options{Where: mask}.MultiplyTo(x, x, ndarray.Weak(10))
	fmt.Println(x, err)
	// Output:
	// [[10  2]
	//  [30  4]] <nil>
}

func ExampleConvert() {
	x, _ := ndarray.New([]float32{-1.5, 2.5, 300}, 3)
	cut, _ := ndarray.Convert(x, ndarray.Int16, ndarray.Unsafe)
	rounded, _ := ndarray.Convert(x, ndarray.Uint8, ndarray.Saturate)
	_, err := ndarray.Convert(x, ndarray.Int16, ndarray.SameKind)
	fmt.Println(cut, rounded)
	fmt.Println(err)
	// Output:
	// [ -1   2 300] [  0   2 255]
	// Convert: x can not be cast from float32 to int16 by the rule same_kind
}

func ExampleWeak() {
	x, _ := ndarray.New([]int8{1, 2}, 2)
	product, err := ndarray.Multiply(x, ndarray.Weak(100))
	fmt.Println(product, product.DType(), err)

	_, err = ndarray.Multiply(x, ndarray.Weak(300))
	fmt.Println(err)
	// Output:
	// [100 -56] int8 <nil>
	// Multiply: b, the number 300, is out of the range of int8
}

// Pixels by a gain for each colour and by a vignette, rounded and clamped, in one pass.
func ExampleProduct() {
	pixels, _ := ndarray.New([]uint8{100, 200, 100, 200, 100, 200}, 1, 2, 3)
	gain, _ := ndarray.New([]float32{1, 1.1, 2}, 3)
	vignette, _ := ndarray.New([]float32{1, 0.5}, 1, 2, 1)
	err := ndarray.Options{Casting: ndarray.Saturate}.Product(pixels, pixels, gain, vignette)
	fmt.Println(pixels, err)
	// Output:
	// [[[100 220 200]
	//   [100  55 200]]] <nil>
}

// Blocks of samples by a window, from two buffers in turn; the last block is shorter.
func ExamplePlan_RunOn() {
	window, _ := ndarray.New([]float32{0.5, 1}, 2)
	samples := [2][]int16{{1, 2, 3, 4}, {5, 6}}
	first, _ := ndarray.New(samples[0], 2, 2)
	out, _ := ndarray.Zeros(ndarray.Float32, 2, 2)
	plan, err := ndarray.NewPlan(out, first, window)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = plan.Run()
	fmt.Println(out, err)

	last, _ := ndarray.New(samples[1], 1, 2)
	part, _ := out.Slice(0, 0, 1, 1)
	err = plan.RunOn(part, last, window)
	fmt.Println(part, err)
	// Output:
	// [[0.5   2]
	//  [1.5   4]] <nil>
	// [[2.5   6]] <nil>
}
