package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
)

// A result that the caches can not hold is written past them: it would push
// out the operands, and each of its lines would be read before it is written.

// bypassBytes is the size of result and operands together from which on that
// pays: 0.7 of the last-level cache, by measurement.
var bypassBytes = bypassFrom(lastLevelCache())

func bypassFrom(cache int) int {
	if cache <= 0 {
		return maxBytes // unknown: never
	}
	return cache / 10 * 7
}

// bypassRow is the number of bytes from which on a row is worth it.
const bypassRow = 1024

// bypassing returns the pattern that takes the place of a contiguous one when
// so many bytes take part and rows have row bytes, out being at dst.
func bypassing(pattern generated.Pattern, bytes, row int, dst, a, b unsafe.Pointer) generated.Pattern {
	if bytes < bypassBytes || row < bypassRow || dst == a || dst == b {
		return pattern
	}
	switch pattern {
	case generated.VV:
		return generated.VVN
	case generated.VC:
		return generated.VCN
	}
	return pattern
}
