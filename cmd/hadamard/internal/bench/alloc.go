package bench

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/stream"
	"github.com/hadamard-go/hadamard/runtime"
)

const (
	line     = 64      // bytes of a cache line
	hugePage = 2 << 20 // bytes of a huge page on amd64 and arm64
	hugeFrom = 4 << 20 // bytes from which a buffer is in huge pages, as NumPy asks for them too

	maxBytes = min(1<<40, math.MaxInt) // of a buffer; more is a mistake in the file
)

// alloc returns a buffer of n elements that starts at a cache line, or, where it
// is large and the system has them, in huge pages. free gives it back.
func alloc[T runtime.Element](n int) (buf []T, free func(), err error) {
	bytes := n * int(unsafe.Sizeof(*new(T)))
	free = func() {}
	var memory []byte
	if bytes >= hugeFrom {
		if err = stream.MayHold(int64(hugeSpan(bytes))); err == nil {
			memory, free, err = allocHuge(bytes)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("a buffer of %d bytes: %w", bytes, err)
		}
	} else {
		memory = aligned(make([]byte, bytes+line), line)
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(memory))), n), free, nil
}

// hugeSpan returns the bytes to ask for so that as many can begin at a huge page: an odd
// number of times 4 MiB. Buffers are then as far apart. On Zen 4 distances that are no
// multiple of 4 MiB cost 4% in the last-level cache, and one of 768 MiB cost 30% in memory.
func hugeSpan(bytes int) int {
	const step = 2 * hugePage
	return (bytes+hugePage+2*step-1)/(2*step)*(2*step) + step
}

// aligned drops what is before a multiple of align.
func aligned(memory []byte, align int) []byte {
	past := int(uintptr(unsafe.Pointer(unsafe.SliceData(memory))) % uintptr(align))
	return memory[(align-past)%align:]
}
