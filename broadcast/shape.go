package broadcast

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
)

// Shapes: formatting, number of elements and the result of broadcasting.
// Contract: a shape that is returned without an error has at most MaxRank
// axes, no negative extent, and a number of elements that fits in an int.

// MaxRank is the highest number of axes an array can have, as in NumPy 2.
const MaxRank = 64

// FormatShape writes a shape as NumPy does in its broadcasting errors:
// "(2,3)", "(3,)", "()".
func FormatShape(shape []int) string {
	b := []byte{'('}
	for i, n := range shape {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	if len(shape) == 1 {
		b = append(b, ',')
	}
	return string(append(b, ')'))
}

// Size returns the number of elements of shape: 1 when it has no axes, and 0
// when any extent is 0, however large the others are. The error is a
// *[SizeError]: a negative extent, more than [MaxRank] axes, or a product that
// overflows int.
func Size(shape []int) (int, error) {
	if len(shape) > MaxRank {
		return 0, sizeError(shape, nil, 0, ErrRank)
	}
	n, empty, overflow := 1, false, false
	for axis, extent := range shape {
		switch {
		case extent < 0:
			return 0, sizeError(shape, nil, axis, ErrNegative)
		case extent == 0:
			empty = true
		case !overflow:
			n, overflow = mul(n, extent)
		}
	}
	if empty {
		return 0, nil
	}
	if overflow {
		return 0, sizeError(shape, nil, 0, ErrOverflow)
	}
	return n, nil
}

// Shape returns the shape that the given shapes broadcast to, in a slice of
// its own; no shapes give (). The error is a *[ShapeError] when two sizes on
// an axis differ and neither is 1, or a *[SizeError] when a shape or the
// result is not one that an array can have.
func Shape(shapes ...[]int) ([]int, error) {
	rank := 0
	for _, shape := range shapes {
		rank = max(rank, len(shape))
		if len(shape) > MaxRank {
			return nil, sizeError(shape, nil, 0, ErrRank)
		}
		for axis, extent := range shape {
			if extent < 0 {
				return nil, sizeError(shape, nil, axis, ErrNegative)
			}
		}
	}
	result := make([]int, rank)
	for axis := -1; axis >= -rank; axis-- {
		size := 1
		for _, shape := range shapes {
			if len(shape) < -axis {
				continue
			}
			extent := shape[len(shape)+axis]
			if extent == 1 || extent == size {
				continue
			}
			if size != 1 {
				return nil, shapeError(shapes, axis, size, extent)
			}
			size = extent
		}
		result[rank+axis] = size
	}
	if _, err := Size(result); err != nil {
		return nil, err
	}
	return result, nil
}

// Errors hold copies, so that no caller's slice escapes to the heap. They are made where few bytes of
// code count, not few nanoseconds: calls of what makes them are left calls.

//go:noinline
func sizeError(shape, strides []int, axis int, err error) error {
	return &SizeError{Shape: slices.Clone(shape), Strides: slices.Clone(strides), Axis: axis, Err: err}
}

func shapeError(shapes [][]int, axis, size0, size1 int) error {
	e := &ShapeError{Axis: axis, Sizes: [2]int{size0, size1}}
	for _, shape := range shapes {
		e.Shapes = append(e.Shapes, slices.Clone(shape))
	}
	return e
}

//go:noinline
func targetError(shape, target []int, axis, size0, size1 int) error {
	return &ShapeError{
		Shapes: [][]int{slices.Clone(shape), slices.Clone(target)},
		Target: true,
		Axis:   axis,
		Sizes:  [2]int{size0, size1},
	}
}

// mul multiplies two numbers that are not negative; when the product
// overflows it returns the largest int and true.
func mul(a, b int) (product int, overflow bool) {
	hi, lo := bits.Mul(uint(a), uint(b))
	if hi != 0 || lo > math.MaxInt {
		return math.MaxInt, true
	}
	return int(lo), false
}
