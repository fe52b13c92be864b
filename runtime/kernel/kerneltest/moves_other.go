//go:build !amd64 || purego

package kerneltest

import "unsafe"

// moves are none.
var moves []struct {
	loads, stores int
	by            [2][2]func(dst, src unsafe.Pointer, turns int)
}
