package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// copyStrided copies elements from one walk over shape to another, which the caller has
// announced. Copying is executed as a multiply is, by kernels that ignore b.
func copyStrided(size int, shape []int, dst unsafe.Pointer, dstStrides []int, src unsafe.Pointer, srcStrides []int) {
	var layout broadcast.Layout
	broadcast.Normalize(&layout, shape, dstStrides, srcStrides, srcStrides)
	copyAlong(&layout, size, dst, src)
}

// copyAlong is copyStrided for a layout that is known.
func copyAlong(layout *broadcast.Layout, size int, dst, src unsafe.Pointer) {
	if layout.Empty {
		return
	}
	var w walk
	// Hidden: w ends with this call, and no thread shares a copy.
	w.set(copyRule(size), layout, near, noescape(dst), noescape(src), noescape(src))
	w.multiply(layout)
}

// copyRule returns a rule of one level that copies elements of a size in bytes.
func copyRule(size int) rule {
	switch size {
	case 1:
		return rule{Rule: &copies1}
	case 2:
		return rule{Rule: &copies2}
	case 4:
		return rule{Rule: &copies4}
	case 8:
		return rule{Rule: &copies8}
	}
	return rule{Rule: &copies16}
}

var (
	copies1  = copiesOf(1, copyNest[uint8])
	copies2  = copiesOf(2, copyNest[uint16])
	copies4  = copiesOf(4, copyNest[uint32])
	copies8  = copiesOf(8, copyNest[uint64])
	copies16 = copiesOf(16, copyNest[[2]uint64])
)

func copiesOf(size int, by kernel.Func) kernel.Rule {
	set := new(kernel.Set)
	for pattern := range set[PureGo] {
		set[PureGo][pattern].Func = by
	}
	x := kernel.Operand{Size: size, Move: &kernel.Rule{Kernels: set}}
	return kernel.Rule{Out: x, A: x, B: x, Commutes: true, Kernels: set}
}

// copyNest is a kernel: dst[r][c] = a[r][c]. As of any kernel the race detector is told what it
// does beforehand: of bytes one by one it forgets most.
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
