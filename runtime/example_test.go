package runtime_test

import (
	"errors"
	"fmt"

	"github.com/hadamard-go/hadamard/runtime"
)

// A picture of 2x2 RGB pixels times a mask of one number per pixel.
func Example() {
	pixels, err := runtime.New([]uint8{
		10, 20, 30, 40, 50, 60,
		70, 80, 90, 100, 110, 120,
	}, 2, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	mask, err := runtime.New([]uint8{1, 0, 0, 2}, 2, 2, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	masked, err := runtime.Multiply(pixels, mask)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(masked)
	// Output:
	// [[[ 10  20  30]
	//   [  0   0   0]]
	//
	//  [[  0   0   0]
	//   [200 220 240]]]
}

func ExampleMultiply() {
	column, _ := runtime.New([]float32{1, 2, 3}, 3, 1)
	row, _ := runtime.New([]float32{10, 0.5}, 2)
	table, err := runtime.Multiply(column, row)
	fmt.Println(table, err)

	three, _ := runtime.New([]float32{1, 2, 3}, 3)
	_, err = runtime.Multiply(table, three)
	fmt.Println(err)
	// Output:
	// [[ 10 0.5]
	//  [ 20   1]
	//  [ 30 1.5]] <nil>
	// Multiply: shapes (3,2) (3,) do not broadcast: axis -1 has sizes 2 and 3
}

func ExampleMultiplyTo() {
	signal, _ := runtime.New([]complex64{1, 2, 3, 4}, 4)
	gain := runtime.Scalar[complex64](1 + 1i)
	if err := runtime.MultiplyTo(signal, signal, gain); err != nil {
		fmt.Println(err)
	}
	fmt.Println(signal)

	first, _ := signal.Slice(0, 0, 3, 1)
	last, _ := signal.Slice(0, 1, 4, 1)
	if err := runtime.MultiplyTo(last, first, last); err != nil { // overlaps, as if copied first
		fmt.Println(err)
	}
	fmt.Println(signal)

	var shapes *runtime.ShapeError
	err := runtime.MultiplyTo(first, signal, gain)
	fmt.Println(err)
	fmt.Println(errors.As(err, &shapes))
	// Output:
	// [(1+1i) (2+2i) (3+3i) (4+4i)]
	// [ (1+1i)  (0+4i) (0+12i) (0+24i)]
	// MultiplyTo: operand a does not fit out: shape (4,) does not broadcast to (3,): axis -1 has sizes 4 and 3
	// true
}

func ExampleProduct() {
	image, _ := runtime.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	gains, _ := runtime.New([]float32{1, 10, 100}, 3) // for each column
	mask, _ := runtime.New([]float32{1, 0}, 2, 1)     // for each row
	err := runtime.Product(image, image, gains, mask) // in place
	fmt.Println(image, err)

	columns, _ := runtime.New([]float32{1, 2}, 2)
	fmt.Println(runtime.Product(image, gains, mask, columns))
	// Output:
	// [[  1  20 300]
	//  [  0   0   0]] <nil>
	// Product: operand 2 does not fit out: shape (2,) does not broadcast to (2,3): axis -1 has sizes 2 and 3
}

func ExampleMulSlice() {
	samples := []int16{100, -200, 300}
	window := []int16{1, 2, 1}
	if err := runtime.MulSlice(samples, samples, window); err != nil {
		fmt.Println(err)
	}
	fmt.Println(samples)
	fmt.Println(runtime.MulSlice(samples, samples, window[:2]))
	// Output:
	// [100 -400 300]
	// MulSlice: b has 2 elements, dst has 3
}

func ExampleScaleSlice() {
	pixels := []uint8{0, 51, 255}
	normal := make([]float64, len(pixels))
	for i, p := range pixels {
		normal[i] = float64(p)
	}
	if err := runtime.ScaleSlice(normal, normal, 1/255.0); err != nil {
		fmt.Println(err)
	}
	fmt.Println(normal)
	// Output: [0 0.2 1]
}

func ExampleNewPlan() {
	frame, _ := runtime.Zeros[uint16](2, 3)
	gain, _ := runtime.New([]uint16{1, 2, 3}, 3)
	plan, err := runtime.NewPlan(frame, frame, gain)
	if err != nil {
		fmt.Println(err)
		return
	}
	pixels, _ := frame.Data()
	for i := range pixels {
		pixels[i] = uint16(i)
	}
	for range 2 { // once per frame, say
		if err := plan.Run(); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(frame)
	// Output:
	// [[ 0  4 18]
	//  [ 3 16 45]]
}

func ExampleView() {
	// The red channel of RGBA pixels, bottom row first.
	pixels := []uint8{
		1, 9, 9, 9, 2, 9, 9, 9,
		3, 9, 9, 9, 4, 9, 9, 9,
	}
	red, err := runtime.View(pixels, 8, []int{2, 2}, []int{-8, 4})
	fmt.Println(red, err)

	_, err = runtime.View(pixels, 8, []int{3, 2}, []int{-8, 4})
	fmt.Println(err)
	// Output:
	// [[3 4]
	//  [1 2]] <nil>
	// View: shape (3,2) with strides (-8,4) and offset 8 reaches from element -8 to 12, the data has 16
}

func ExampleArray_Slice() {
	x, _ := runtime.New([]int8{0, 1, 2, 3, 4, 5, 6}, 7)
	const None = runtime.None
	for _, s := range [][3]int{{2, 5, 1}, {None, None, 3}, {-3, None, 1}, {None, None, -2}} {
		v, err := x.Slice(0, s[0], s[1], s[2])
		fmt.Println(v, err)
	}
	// Output:
	// [2 3 4] <nil>
	// [0 3 6] <nil>
	// [4 5 6] <nil>
	// [6 4 2 0] <nil>
}

func ExampleArray_Transpose() {
	x, _ := runtime.New([]int8{1, 2, 3, 4, 5, 6}, 2, 3)
	v, err := x.Transpose()
	fmt.Println(v, v.Strides(), err)
	// Output:
	// [[1 4]
	//  [2 5]
	//  [3 6]] [1 3] <nil>
}

func ExampleArray_Reshape() {
	x, _ := runtime.New([]int8{1, 2, 3, 4, 5, 6}, 2, 3)
	v, err := x.Reshape(3, -1)
	fmt.Println(v, err)

	x, _ = x.Transpose()
	_, err = x.Reshape(6)
	fmt.Println(err)
	v, err = x.Contiguous().Reshape(6)
	fmt.Println(v, err)
	// Output:
	// [[1 2]
	//  [3 4]
	//  [5 6]] <nil>
	// Reshape: shape (3,2) with strides (1,3) has no view of shape (6,) without a copy: Clone it first
	// [1 4 2 5 3 6] <nil>
}

func ExampleArray_BroadcastTo() {
	x, _ := runtime.New([]int8{1, 2, 3}, 3)
	v, err := x.BroadcastTo(2, 3)
	fmt.Println(v, v.Strides(), err)
	fmt.Println(v.Set(7, 0, 0))
	// Output:
	// [[1 2 3]
	//  [1 2 3]] [0 1] <nil>
	// Set: the view is read-only, as those of BroadcastTo are (Clone it to write)
}

func ExampleArray_Values() {
	x, _ := runtime.New([]int8{1, 2, 3, 4}, 2, 2)
	x, _ = x.Transpose()
	for v := range x.Values() {
		fmt.Print(v, " ")
	}
	// Output: 1 3 2 4
}

// White times white is white, and half of half is a quarter.
func ExampleUNorm8() {
	photo := []runtime.UNorm8{255, 255, 128, 40}
	mask := []runtime.UNorm8{255, 128, 128, 0}
	if err := runtime.MulSlice(photo, photo, mask); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d\n", photo)
	fmt.Println(photo)
	fmt.Println(runtime.NewUNorm8(0.5).UNorm16().Float32())
	// Output:
	// [255 128 64 0]
	// [1 0.5019608 0.2509804 0]
	// 0.5019608
}

// Samples of another package become fractions of full scale without a copy.
func ExampleCastSlice() {
	type Sample uint8
	samples := []Sample{255, 102, 51}
	fractions, err := runtime.CastSlice[runtime.UNorm8](samples)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = runtime.ScaleSlice(fractions, fractions, runtime.NewUNorm8(0.2))
	fmt.Println(samples, err)

	_, err = runtime.CastSlice[runtime.UNorm16](samples)
	fmt.Println(err)
	// Output:
	// [51 20 10] <nil>
	// CastSlice: no cast from runtime_test.Sample to runtime.UNorm16: one is stored as uint8, the other as uint16
}

func ExampleLengthError() {
	err := runtime.MulSlice(make([]float32, 3), make([]float32, 3), make([]float32, 4))
	var length *runtime.LengthError
	if errors.As(err, &length) {
		fmt.Println(err)
		fmt.Println(length.Operand, length.Len, length.Want)
	}
	// Output:
	// MulSlice: b has 4 elements, dst has 3
	// b 4 3
}
