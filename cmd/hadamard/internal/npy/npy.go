// Package npy reads and writes NumPy's .npy files and reads the members of .npz
// archives. Format versions 1, 2 and 3, both byte orders, C and Fortran order.
// It works on bytes, mapped or not, and never copies the data of an array.
package npy

import (
	"fmt"
	"math"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
)

// IsMagic reports whether data starts like a .npy file.
func IsMagic(data []byte) bool {
	return len(data) >= len(magic) && string(data[:len(magic)]) == magic
}

// Decode returns the array in the bytes of a .npy file, without a copy. As in
// NumPy, bytes after the data are ignored: several arrays may share a file.
func Decode(file []byte) (bytearray.Array, error) {
	h, start, err := parseHeader(file)
	if err != nil {
		return bytearray.Array{}, err
	}
	size, err := h.size()
	if err != nil {
		return bytearray.Array{}, err
	}
	if have := len(file) - start; have < size {
		return bytearray.Array{}, fmt.Errorf("data is truncated: shape %s of %s takes %d bytes, the file has %d",
			broadcast.FormatShape(h.Shape), h.DType, size, have)
	}
	a := bytearray.Packed(h.DType, h.Shape, h.Fortran, file[start:start+size:start+size])
	a.Swapped = h.Swapped
	return a, nil
}

// Needed returns how many bytes of a .npy file are needed from the start, as far as the
// first bytes tell: no more than they are if they tell all, or are of no such file.
func Needed(start []byte) int {
	_, from, end, err := parsePrefix(start)
	switch {
	case len(start) < len(magic)+2:
		return len(magic) + 2
	case len(start) < from:
		return from
	case err != nil:
		return len(start)
	case len(start) < end:
		return end
	}
	h, err := parseDict(string(start[from:end]), start[6])
	if err != nil {
		return len(start)
	}
	size, err := h.size()
	if err != nil || size > math.MaxInt-end {
		return len(start)
	}
	return end + size
}
