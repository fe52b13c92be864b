//go:build !race

package runtime

import "unsafe"

// raceDetector tells whether this build looks for data races.
const raceDetector = false

func announce([3]int, operand, ...operand) {}

func announceRuns(sizes [3]int, n int, dst, a, b unsafe.Pointer) {}
