//go:build !race

package exec

import (
	"unsafe"
)

// RaceDetector tells whether this build looks for data races.
const RaceDetector = false

// Announce has nobody to tell.
func Announce([3]int, Operand, ...Operand) {}

// AnnounceRuns has nobody to tell.
func AnnounceRuns(sizes [3]int, n int, dst, a, b unsafe.Pointer) {}

func AnnounceAll([]Array, bool) {}
