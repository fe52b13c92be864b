package broadcast

import (
	"math"
	"math/bits"
)

// Strides, in elements: of fresh arrays, of stretched operands, and the range
// of offsets that they reach.
// Contract: strides on an axis of extent 1 mean nothing and are ignored.

// Contiguous appends the C-order strides of shape to dst[:0]. As in NumPy an
// extent of 0 counts as 1, so that the strides of an empty array are positive
// too; they saturate where they would not fit in an int, which can not happen
// in an array with elements that [Size] accepts.
func Contiguous(dst, shape []int) []int {
	dst = resize(dst, len(shape))
	stride := 1
	for axis := len(shape) - 1; axis >= 0; axis-- {
		dst[axis] = stride
		stride, _ = mul(stride, max(shape[axis], 1))
	}
	return dst
}

// IsContiguous reports whether the elements lie side by side in C order, the
// last axis fastest. Every array without elements or with a single one is
// contiguous.
func IsContiguous(shape, strides []int) bool {
	if len(shape) != len(strides) {
		return false
	}
	want, packed := 1, true
	for axis := len(shape) - 1; axis >= 0; axis-- {
		extent := shape[axis]
		if extent == 0 {
			return true
		}
		if extent != 1 {
			packed = packed && strides[axis] == want
			want, _ = mul(want, extent)
		}
	}
	return packed
}

// Bounds returns the lowest and the highest offset that an index of shape can
// reach, relative to the element (0,…,0), in elements. Both are 0 for a single
// element; without elements lo is 0 and hi is -1. The error is a *[SizeError]:
// a shape that [Size] refuses, strides for another number of axes, or offsets
// of which the extremes or their span, hi-lo+1, overflow int.
func Bounds(shape, strides []int) (lo, hi int, err error) {
	if len(shape) != len(strides) {
		return 0, 0, sizeError(shape, strides, 0, ErrRank)
	}
	size, err := Size(shape)
	if err != nil {
		return 0, 0, err
	}
	if size == 0 {
		return 0, -1, nil
	}
	// The span starts at one element and stays a valid int throughout, hence
	// so do both ends.
	span := uint(1)
	for axis, extent := range shape {
		if extent == 1 {
			continue
		}
		stride := strides[axis]
		over, reach := bits.Mul(uint(extent-1), magnitude(stride))
		sum, carry := bits.Add(span, reach, 0)
		if over != 0 || carry != 0 || sum > math.MaxInt {
			return 0, 0, sizeError(shape, strides, 0, ErrOverflow)
		}
		span = sum
		if stride < 0 {
			lo -= int(reach)
		} else {
			hi += int(reach)
		}
	}
	return lo, hi, nil
}

// Strided is how the elements of an array lie in memory. Shape and Strides have the same
// length; strides count elements.
type Strided struct{ Shape, Strides []int }

// Along returns the stride along an axis once x is stretched to an extent there, and whether
// it can be: 0 along an axis that x lacks, which is negative, or of which its size is 1.
func (x *Strided) Along(axis, extent int) (stride int, ok bool) {
	if axis < 0 {
		return 0, true
	}
	if x.Shape[axis] == extent {
		return x.Strides[axis], true
	}
	return 0, x.Shape[axis] == 1
}

// Strides appends to dst[:0] the strides of an operand stretched to the shape
// target: 0 on the axes that the operand lacks and on those where its size 1
// meets another size. The error is a *[ShapeError] when the operand does not
// broadcast to target, or a *[SizeError] when shape and strides differ in
// length. dst must not share memory with shape or target.
func Strides(dst, shape, strides, target []int) ([]int, error) {
	if len(shape) != len(strides) {
		return nil, sizeError(shape, strides, 0, ErrRank)
	}
	lead := len(target) - len(shape)
	if lead < 0 {
		return nil, targetError(shape, target, 0, len(shape), len(target))
	}
	dst = resize(dst, len(target))
	x := Strided{shape, strides}
	for axis := len(target) - 1; axis >= 0; axis-- {
		stride, ok := x.Along(axis-lead, target[axis])
		if !ok {
			return nil, targetError(shape, target, axis-len(target), shape[axis-lead], target[axis])
		}
		dst[axis] = stride
	}
	return dst, nil
}

// KeepOrder returns the strides of a fresh, packed array of the given shape
// that is laid out like the operands, NumPy's order='K'. Operands are strides
// already stretched to shape. Of two axes the one with the larger stride goes
// outside; strides of 0 have no say, signs are ignored, and where operands
// disagree or none has a say C order wins. The strides are positive; those of
// an empty shape are as in [Contiguous].
func KeepOrder(shape []int, operands ...[]int) []int {
	// An insertion sort as in NumPy's nditer, innermost axis first: the
	// comparison is not transitive, hence the algorithm is part of the result.
	order := make([]int, len(shape))
	for i := range order {
		axis := len(shape) - 1 - i
		at := i
		for j := i - 1; j >= 0; j-- {
			inside, known := goesInside(shape, operands, axis, order[j])
			if known && !inside {
				break
			}
			if known {
				at = j
			}
		}
		copy(order[at+1:i+1], order[at:i])
		order[at] = axis
	}
	strides := make([]int, len(shape))
	stride := 1
	for _, axis := range order {
		strides[axis] = stride
		stride, _ = mul(stride, max(shape[axis], 1))
	}
	return strides
}

// goesInside reports whether the operands' strides put axis inside of other,
// an axis further right in the shape, and whether they say anything at all.
func goesInside(shape []int, operands [][]int, axis, other int) (inside, known bool) {
	if shape[axis] == 1 || shape[other] == 1 {
		return false, false
	}
	for _, strides := range operands {
		s, t := magnitude(strides[axis]), magnitude(strides[other])
		if s == 0 || t == 0 {
			continue
		}
		if t <= s {
			return false, true // C order, whatever the others say
		}
		inside, known = true, true
	}
	return inside, known
}

// magnitude returns |x|, that of the smallest int included.
func magnitude(x int) uint {
	if x < 0 {
		return -uint(x)
	}
	return uint(x)
}

// resize returns a slice of n ints, in dst's memory where that is enough.
func resize(dst []int, n int) []int {
	if cap(dst) < n {
		return make([]int, n)
	}
	return dst[:n]
}
