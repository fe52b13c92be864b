package exec

import (
	"math/bits"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Kernels in Go, of elements that lie anywhere. As of any kernel the race detector is told what
// they do beforehand: of bytes one by one it forgets most.

// bySize returns the kernel for elements of a size, or if they may not be aligned of as many bytes.
func bySize(size int, crooked bool, of1, of2, of4, of8, of16, crooked2, crooked4, crooked8, crooked16 kernel.Func) kernel.Func {
	i := bits.Len(uint(size)) - 1
	if crooked {
		return [...]kernel.Func{of1, crooked2, crooked4, crooked8, crooked16}[i]
	}
	return [...]kernel.Func{of1, of2, of4, of8, of16}[i]
}

// CopyNests returns a kernel that copies.
func CopyNests(size int, crooked bool) kernel.Func {
	return bySize(size, crooked, copyNest[uint8], copyNest[uint16], copyNest[uint32], copyNest[uint64], copyNest[[2]uint64],
		copyNest[[2]byte], copyNest[[4]byte], copyNest[[8]byte], copyNest[[16]byte])
}

// copyNest is dst[r][c] = a[r][c].
//
//go:norace
func copyNest[T any](nest *kernel.Nest) {
	size := int(unsafe.Sizeof(*new(T)))
	for r := range nest.Rows {
		dst, a := unsafe.Add(nest.Dst, r*nest.DstRow), unsafe.Add(nest.A, r*nest.ARow)
		if nest.DstCol == size && nest.ACol == size {
			copy(unsafe.Slice((*T)(dst), nest.Cols), unsafe.Slice((*T)(a), nest.Cols))
			continue
		}
		for c := range nest.Cols {
			*(*T)(unsafe.Add(dst, c*nest.DstCol)) = *(*T)(unsafe.Add(a, c*nest.ACol))
		}
	}
}

// MaskedCopies returns the rule that copies elements of a size under a mask.
func MaskedCopies(size int) *kernel.Rule {
	return [...]*kernel.Rule{&kernel.Masked1, &kernel.Masked2, &kernel.Masked4, &kernel.Masked8, &kernel.Masked16}[bits.Len(uint(size))-1]
}

// CrookedPuts returns a kernel that copies elements which may not be aligned under a mask.
func CrookedPuts(size int) kernel.Func {
	return bySize(size, true, putNest[uint8], nil, nil, nil, nil, putNest[[2]byte], putNest[[4]byte], putNest[[8]byte], putNest[[16]byte])
}

// putNest is dst[r][c] = a[r][c] where the byte b[r][c] is not 0. What it does not copy to it does
// not touch.
//
//go:norace
func putNest[T any](nest *kernel.Nest) {
	for r := range nest.Rows {
		dst, a, mask := unsafe.Add(nest.Dst, r*nest.DstRow), unsafe.Add(nest.A, r*nest.ARow), unsafe.Add(nest.B, r*nest.BRow)
		for c := range nest.Cols {
			if *(*byte)(unsafe.Add(mask, c*nest.BCol)) != 0 {
				*(*T)(unsafe.Add(dst, c*nest.DstCol)) = *(*T)(unsafe.Add(a, c*nest.ACol))
			}
		}
	}
}

// RepeatNests returns a kernel that repeats a row.
func RepeatNests(size int) kernel.Func {
	return bySize(size, false, repeatNest[uint8], repeatNest[[2]byte], repeatNest[[4]byte], repeatNest[[8]byte], repeatNest[[16]byte], nil, nil, nil, nil)
}

// repeatNest is dst[r][c] = a[0][c], where rows of dst lie side by side.
//
//go:norace
func repeatNest[T any](nest *kernel.Nest) {
	dst := unsafe.Slice((*T)(nest.Dst), nest.Rows*nest.Cols)
	for c := range dst[:nest.Cols] {
		dst[c] = *(*T)(unsafe.Add(nest.A, c*nest.ACol))
	}
	for filled := nest.Cols; filled < len(dst); {
		filled += copy(dst[filled:], dst[:filled])
	}
}

// SpreadNests returns a kernel that lays a column out.
func SpreadNests(size int) kernel.Func {
	return bySize(size, false, spreadNest[uint8], spreadNest[[2]byte], spreadNest[[4]byte], spreadNest[[8]byte], spreadNest[[16]byte], nil, nil, nil, nil)
}

// spreadNest is dst[r][c] = a[r][0], where rows of dst lie side by side.
//
//go:norace
func spreadNest[T any](nest *kernel.Nest) {
	dst := unsafe.Slice((*T)(nest.Dst), nest.Rows*nest.Cols)
	for r := range nest.Rows {
		row := dst[r*nest.Cols:][:nest.Cols]
		x := *(*T)(unsafe.Add(nest.A, r*nest.ARow))
		for c := range row {
			row[c] = x
		}
	}
}

// SwapNests returns a kernel that turns round the bytes of numbers of so many, in elements of a
// size.
func SwapNests(number, size int) kernel.Func {
	switch number {
	case 2:
		return swapNest2
	case 4:
		if size == 8 {
			return swapNest4x2
		}
		return swapNest4
	}
	if size == 16 {
		return swapNest8x2
	}
	return swapNest8
}

func swapNest2(nest *kernel.Nest)   { swapNest(nest, 1, bits.ReverseBytes16) }
func swapNest4(nest *kernel.Nest)   { swapNest(nest, 1, bits.ReverseBytes32) }
func swapNest8(nest *kernel.Nest)   { swapNest(nest, 1, bits.ReverseBytes64) }
func swapNest4x2(nest *kernel.Nest) { swapNest(nest, 2, bits.ReverseBytes32) }
func swapNest8x2(nest *kernel.Nest) { swapNest(nest, 2, bits.ReverseBytes64) }

// swapNest reverses the bytes of each of so many numbers of an element, which lie side by side.
//
//go:norace
func swapNest[T any](nest *kernel.Nest, numbers int, reverse func(T) T) {
	n := nest.Cols * numbers
	for r := range nest.Rows {
		dst := unsafe.Slice((*T)(unsafe.Add(nest.Dst, r*nest.DstRow)), n)
		a := unsafe.Slice((*T)(unsafe.Add(nest.A, r*nest.ARow)), n)
		for c := range dst {
			dst[c] = reverse(a[c])
		}
	}
}
