// Package bytearray holds arrays as files deliver them: bytes with a dtype, a shape, strides
// and a byte order. A part of one is an array to multiply, or a packed copy in the byte order of
// the machine.
package bytearray

import (
	"encoding/binary"
	"math/bits"
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

// Gather copies the elements that shape and strides (in elements, from the
// start of src) reach into dst, in C order and native byte order. Bools become
// 0 or 1: as in NumPy, any byte but 0 is true. len(dst) must be the bytes of
// that many elements.
func Gather(dst, src []byte, dtype ndarray.DType, swapped bool, shape, strides []int) {
	a := Array{DType: dtype, Data: src, Swapped: swapped}
	a.Gather(dst, 0, shape, strides)
}

// Gather is the function Gather for the array's data, whose element start is
// the first.
func (a *Array) Gather(dst []byte, start int, shape, strides []int) {
	if len(dst) == 0 {
		return
	}
	size := a.DType.Size()
	gather(dst, a.Data, start*size, size, shape, strides)
	if a.Swapped {
		Swap(dst, a.DType.WordSize())
	}
	if a.DType == ndarray.Bool {
		Clean(dst)
	}
}

// gather copies elements of size bytes, the first of which is at src[at], and
// returns the rest of dst.
func gather(dst, src []byte, at, size int, shape, strides []int) []byte {
	// The longest packed tail is one copy.
	run := len(shape)
	for n := 1; run > 0 && (shape[run-1] == 1 || strides[run-1] == n); run-- {
		n *= shape[run-1]
	}
	if run == 0 {
		n := product(shape) * size
		copy(dst[:n], src[at:at+n])
		return dst[n:]
	}
	if len(shape) == 1 {
		return gatherRow(dst, src, at, size, shape[0], strides[0]*size)
	}
	for i := range shape[0] {
		dst = gather(dst, src, at+i*strides[0]*size, size, shape[1:], strides[1:])
	}
	return dst
}

// gatherRow copies n elements that lie step bytes apart.
func gatherRow(dst, src []byte, at, size, n, step int) []byte {
	order := binary.NativeEndian
	row, rest := dst[:n*size], dst[n*size:]
	switch size {
	case 1:
		for i := range row {
			row[i] = src[at+i*step]
		}
	case 2:
		for ; len(row) >= 2; row, at = row[2:], at+step {
			order.PutUint16(row, order.Uint16(src[at:]))
		}
	case 4:
		for ; len(row) >= 4; row, at = row[4:], at+step {
			order.PutUint32(row, order.Uint32(src[at:]))
		}
	case 8:
		for ; len(row) >= 8; row, at = row[8:], at+step {
			order.PutUint64(row, order.Uint64(src[at:]))
		}
	default:
		for ; len(row) >= size; row, at = row[size:], at+step {
			copy(row[:size], src[at:])
		}
	}
	return rest
}

// Swap reverses the bytes of every word of word bytes, in place.
func Swap(data []byte, word int) {
	order := binary.NativeEndian
	switch word {
	case 2:
		for ; len(data) >= 2; data = data[2:] {
			order.PutUint16(data, bits.ReverseBytes16(order.Uint16(data)))
		}
	case 4:
		for ; len(data) >= 4; data = data[4:] {
			order.PutUint32(data, bits.ReverseBytes32(order.Uint32(data)))
		}
	case 8:
		for ; len(data) >= 8; data = data[8:] {
			order.PutUint64(data, bits.ReverseBytes64(order.Uint64(data)))
		}
	}
}

// Clean sets every byte that is not 0 to 1.
func Clean(data []byte) {
	for i, b := range data {
		data[i] = (b | -b) >> 7
	}
}

func product(shape []int) int {
	n := 1
	for _, extent := range shape {
		n *= extent
	}
	return n
}
