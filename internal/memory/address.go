//go:build !wasm

package memory

import "math"

// AddressSpace bounds the bytes of a single allocation: on 64-bit machines Go addresses
// at most 2^48 bytes, half of which belong to the system, and elsewhere the length of a
// slice is an int.
const AddressSpace = min(1<<47, math.MaxInt)
