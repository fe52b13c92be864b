// Package bytearray holds arrays as files deliver them: bytes with a dtype, a shape, strides
// and a byte order. A part of one is an array to multiply, or a packed copy in the byte order of
// the machine.
package bytearray

import (
	"slices"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// Array is a read-only array in memory or in a mapped file.
type Array struct {
	DType   ndarray.DType
	Shape   []int
	Strides []int  // in elements, of any sign
	Offset  int    // of element (0,…,0) from the start of Data, in elements
	Data    []byte // holds every element
	Swapped bool   // the words are in the byte order the machine does not have
}

// Packed returns an array over data in C order, or in Fortran order.
func Packed(dtype ndarray.DType, shape []int, fortran bool, data []byte) Array {
	strides := make([]int, len(shape))
	step := 1
	for i := range shape {
		axis := i
		if !fortran {
			axis = len(shape) - 1 - i
		}
		strides[axis] = step
		step *= shape[axis]
	}
	return Array{DType: dtype, Shape: shape, Strides: strides, Data: data}
}

// Flip returns a view with the axis backwards.
func (a Array) Flip(axis int) Array {
	a.Strides = slices.Clone(a.Strides)
	if n := a.Shape[axis]; n > 0 {
		a.Offset += (n - 1) * a.Strides[axis]
	}
	a.Strides[axis] = -a.Strides[axis]
	return a
}

// SwapAxes returns a view with two axes in each other's place.
func (a Array) SwapAxes(i, j int) Array {
	a.Shape, a.Strides = slices.Clone(a.Shape), slices.Clone(a.Strides)
	a.Shape[i], a.Shape[j] = a.Shape[j], a.Shape[i]
	a.Strides[i], a.Strides[j] = a.Strides[j], a.Strides[i]
	return a
}

// Narrow returns a view of n places of the axis, from start on.
func (a Array) Narrow(axis, start, n int) Array {
	a.Shape = slices.Clone(a.Shape)
	a.Shape[axis] = n
	a.Offset += start * a.Strides[axis]
	return a
}

// Len returns the number of elements.
func (a *Array) Len() int { return product(a.Shape) }

// IsC reports whether the elements lie in C order; one axis is in any order.
func (a *Array) IsC() bool { return broadcast.IsContiguous(a.Shape, a.Strides) }

// View returns the part of shape and strides, in elements, that begins at element start.
func (a *Array) View(start int, shape, strides []int) (ndarray.Array, error) {
	order, size := ndarray.NativeEndian(), a.DType.Size()
	if a.Swapped {
		order = ndarray.BigEndian - order
	}
	strides = slices.Clone(strides)
	for i := range strides {
		strides[i] *= size
	}
	return ndarray.View(a.Data, a.DType, order, start*size, shape, strides)
}

// Gather copies the elements that shape and strides (in elements, from element start of the data on)
// reach into dst, in C order and native byte order. Bools become 0 or 1: as in NumPy, any byte but 0
// is true. len(dst) must be the bytes of that many elements; dst may be where they are.
func (a *Array) Gather(dst []byte, start int, shape, strides []int) error {
	if len(dst) == 0 {
		return nil
	}
	from, err := a.View(start, shape, strides)
	if err != nil {
		return err
	}
	to, err := ndarray.FromBytes(dst, a.DType, ndarray.NativeEndian(), shape...)
	if err != nil {
		return err
	}
	return ndarray.ConvertTo(to, from, ndarray.Equiv)
}

func product(shape []int) int {
	n := 1
	for _, extent := range shape {
		n *= extent
	}
	return n
}
