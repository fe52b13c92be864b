package broadcast_test

import (
	"errors"
	"fmt"

	"github.com/hadamard-go/hadamard/broadcast"
)

func ExampleShape() {
	shape, _ := broadcast.Shape([]int{512, 512, 3}, []int{512, 1}, []int{3})
	fmt.Println(broadcast.FormatShape(shape))

	_, err := broadcast.Shape([]int{2, 3}, []int{4})
	fmt.Println(err)
	var e *broadcast.ShapeError
	if errors.As(err, &e) {
		fmt.Println(e.Axis, e.Sizes)
	}
	// Output:
	// (512,512,3)
	// shapes (2,3) (4,) do not broadcast: axis -1 has sizes 3 and 4
	// -1 [3 4]
}

func ExampleBounds() {
	// Every second column of a 4 by 6 array, bottom row first.
	lo, hi, _ := broadcast.Bounds([]int{4, 3}, []int{-6, 2})
	fmt.Println(lo, hi)
	// Output: -18 4
}

func ExampleStrides() {
	strides, _ := broadcast.Strides(nil, []int{4, 1}, []int{1, 1}, []int{2, 4, 3})
	fmt.Println(strides)

	_, err := broadcast.Strides(nil, []int{4}, []int{1}, []int{2, 3})
	fmt.Println(err)
	// Output:
	// [0 1 0]
	// shape (4,) does not broadcast to (2,3): axis -1 has sizes 4 and 3
}

func ExampleKeepOrder() {
	// Two operands in Fortran order make a result in Fortran order.
	fmt.Println(broadcast.KeepOrder([]int{2, 3}, []int{1, 2}, []int{1, 2}))
	// Output: [1 2]
}

func ExampleOverlaps() {
	// The left and the right half of an array of 100 rows and 8 columns.
	shape, strides := []int{100, 4}, []int{8, 1}
	fmt.Println(broadcast.Overlaps(shape, strides, shape, strides, 4))
	fmt.Println(broadcast.Overlaps(shape, strides, shape, strides, 3))
	// Output:
	// false
	// true
}

func ExampleNormalize() {
	var l broadcast.Layout
	// An RGB image times one gain per channel: rows and columns become one loop.
	broadcast.Normalize(&l, []int{512, 512, 3}, []int{1536, 3, 1}, []int{1536, 3, 1}, []int{0, 0, 1})
	fmt.Println(&l)

	// All reversed is all forward, from the other end.
	broadcast.Normalize(&l, []int{10}, []int{-1}, []int{-1}, []int{-1})
	fmt.Println(&l)
	// Output:
	// 262144x3 out(3,1) a(3,1) b(0,1)
	// 10 out(1)-9 a(1)-9 b(1)-9
}

// An image times a colour, as the arrays lie in memory.
func ExampleLayout_Fit() {
	image := broadcast.Strided{Shape: []int{512, 512, 3}, Strides: []int{1536, 3, 1}}
	colour := broadcast.Strided{Shape: []int{3}, Strides: []int{1}}
	var l broadcast.Layout
	fmt.Println(l.Fit(&image, &image, &colour), &l)
	// Output: true 262144x3 out(3,1) a(3,1) b(0,1)
}
