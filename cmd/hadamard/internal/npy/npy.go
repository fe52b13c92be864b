// Package npy reads and writes NumPy's .npy files and reads the members of .npz
// archives. Format versions 1, 2 and 3, both byte orders, C and Fortran order.
// It works on bytes, mapped or not, and never copies the data of an array.
package npy

import (
	"fmt"
	"strings"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
)

// IsMagic reports whether data starts like a .npy file.
func IsMagic(data []byte) bool {
	return len(data) >= len(magic) && string(data[:len(magic)]) == magic
}

// Decode returns the array in the bytes of a .npy file, without a copy. As in
// NumPy, bytes after the data are ignored: several arrays may share a file.
func Decode(file []byte) (ndarray.Array, error) {
	h, start, err := parseHeader(file)
	if err != nil {
		return ndarray.Array{}, err
	}
	size, err := h.size()
	if err != nil {
		return ndarray.Array{}, err
	}
	if have := len(file) - start; have < size {
		return ndarray.Array{}, fmt.Errorf("data is truncated: shape %s of %s takes %d bytes, the file has %d",
			broadcast.FormatShape(h.Shape), h.DType, size, have)
	}
	a := ndarray.Packed(h.DType, h.Shape, h.Fortran, file[start:start+size:start+size])
	a.Swapped = h.Swapped
	return a, nil
}

// SplitPath splits "archive.npz:name" at the first ".npz:" whose left part
// exists says is there, for archives with colons in their names. A path without
// a member, or one that exists as it stands, is returned whole.
func SplitPath(path string, exists func(string) bool) (file, member string) {
	const mark = ".npz:"
	if !strings.Contains(path, mark) || exists(path) {
		return path, ""
	}
	first := -1
	for from := 0; ; {
		i := strings.Index(path[from:], mark)
		if i < 0 {
			break
		}
		colon := from + i + len(mark) - 1
		if exists(path[:colon]) {
			return path[:colon], path[colon+1:]
		}
		if first < 0 {
			first = colon
		}
		from = colon
	}
	return path[:first], path[first+1:]
}
