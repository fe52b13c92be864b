package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Copying is executed as a multiply is, by a rule of one operand: its kernels know the layout.

// Copy copies elements by a rule from one walk over shape to another, which the caller has
// announced.
func Copy(by Rule, shape []int, dst unsafe.Pointer, dstStrides []int, src unsafe.Pointer, srcStrides []int) {
	var layout broadcast.Layout
	broadcast.Normalize(&layout, shape, dstStrides, srcStrides, srcStrides)
	copyAlong(by, &layout, dst, src)
}

// copyAlong is Copy for a layout that is known.
func copyAlong(by Rule, layout *broadcast.Layout, dst, src unsafe.Pointer) {
	if layout.Empty {
		return
	}
	var w walk
	// Hidden: w ends with this call, and no thread shares a copy.
	w.set(by, layout, near, Hidden(dst), Hidden(src), Hidden(src))
	w.multiply(layout)
}

// isCopy tells whether a rule copies its one operand.
func (r Rule) isCopy() bool { return r.A.Move == nil }

// setCopy prepares w, whose nest is set, to copy it.
func (w *walk) setCopy() *kernel.Entry {
	n, from := &w.nest, w.rule.kernels()
	var s streams
	s.set(w, 0, 0, 0)
	pattern := kernel.FromI
	switch to, x := &s[0], &s[1]; {
	case to.col == to.size && x.col == x.size, to.col != to.size && x.col != x.size:
		w.kernel = copyNests(to.size)
		w.bound()
		return &from[pattern]
	case to.col != to.size:
		pattern = kernel.SteppingBy(to.col / to.size).To
	case x.turned() && n.Rows >= kernel.TileRows && n.Cols >= kernel.TileCols:
		pattern, w.way = kernel.FromT, staged
		w.cols, w.rows = withinPages(n, min(n.Cols, tileCols), min(n.Rows, max(tileLine/x.size, kernel.TileRows)))
	default:
		pattern = kernel.SteppingBy(x.col / x.size).From
	}
	w.kernel = from[pattern].Func
	if w.way == straight {
		w.bound()
	}
	return &from[pattern]
}

// copyNests returns a kernel that copies elements of a size which lie side by side, or all of
// which lie apart.
func copyNests(size int) kernel.Func {
	switch size {
	case 1:
		return copyNest[uint8]
	case 2:
		return copyNest[uint16]
	case 4:
		return copyNest[uint32]
	case 8:
		return copyNest[uint64]
	}
	return copyNest[[2]uint64]
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
