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
