// Package stream reads what cannot be mapped: pipes, devices, compressed data. What a
// file claims to hold takes no memory before it has arrived, and no more is read than is
// asked for.
package stream

import (
	"io"

	"github.com/hadamard-go/hadamard/internal/memory"
	"github.com/hadamard-go/hadamard/runtime"
)

// Need says how many bytes from the start are needed, as far as those that are there
// tell; no more than they are when that is all.
type Need func(start []byte) (int, error)

// Read reads as much as is needed. A stream that ends before is no error: what was read
// tells how much is missing.
func Read(r io.Reader, need Need) ([]byte, error) {
	var data []byte
	for {
		n, err := need(data)
		if err != nil || n <= len(data) {
			return data, err
		}
		if data, err = Append(data, r, n); err != nil {
			return nil, err
		}
		if len(data) < n {
			return data, nil
		}
	}
}

// firstBytes is what a buffer begins with. It then grows as it is filled.
const firstBytes = 4 << 10

// Append reads from r until data has n bytes, or r ends. It is a *runtime.MemoryError if
// this process cannot hold as many.
func Append(data []byte, r io.Reader, n int) ([]byte, error) {
	if err := MayHold(int64(n)); err != nil {
		return nil, err
	}
	for len(data) < n {
		if len(data) == cap(data) {
			grown := make([]byte, len(data), len(data)+min(n-len(data), max(len(data), firstBytes)))
			copy(grown, data)
			data = grown
		}
		part, err := r.Read(data[len(data):min(n, cap(data))])
		data = data[:len(data)+part]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}

// MayHold returns a *runtime.MemoryError if this process can not have so many bytes of
// memory.
func MayHold(bytes int64) error {
	if l := memory.Least(); bytes > l.Bytes {
		return &runtime.MemoryError{Asked: bytes, Limit: l.Bytes, LimitedBy: l.By}
	}
	return nil
}
