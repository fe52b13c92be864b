package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// isRow reports whether n elements, side by side, are called as a row: to write a nest and
// find its kernel would take longer than to multiply them. No elements are no row, and
// nothing is where there is an error to return.
func isRow(n int) bool { return uint(n-1) < active.row }

// MulSlice sets dst[i] = a[i] * b[i]. The three slices must have the same
// length; they may share memory in any way, and the result is as if a and b
// had been copied first. No memory is allocated unless a or b overlaps dst
// without being the same elements, and arrays on the stack stay there.
//
// The error wraps a *[LengthError] when lengths differ, [ErrMemory] where this process can
// not have the memory of a copy, or a *[LevelError].
func MulSlice[T Element](dst, a, b []T) error { // short enough to be inlined, which leaves one call
	return mulRun(unsafe.SliceData(dst), unsafe.SliceData(a), unsafe.SliceData(b), len(dst), len(a), len(b))
}

// mulRun is MulSlice for slices in as many words as fit into registers. It begins by looking
// whether it is to stop, see walk.callBy.
func mulRun[T Element](dst, a, b *T, n, na, nb int) error {
	if na != n || nb != n {
		return lengths("MulSlice", n, na, nb)
	}
	if exec.RaceDetector && active.err == nil {
		exec.AnnounceRuns(mulOf[T]().Sizes(), n, unsafe.Pointer(dst), unsafe.Pointer(a), unsafe.Pointer(b))
	}
	return mulEqual[T]()(dst, a, b, n)
}

// mulEqual returns the function that multiplies n elements. Called where it is returned, it
// costs no call. What most rows need comes first.
func mulEqual[T Element]() func(dst, a, b *T, n int) error {
	return func(dst, a, b *T, n int) error {
		pd, pa, pb := unsafe.Pointer(dst), unsafe.Pointer(a), unsafe.Pointer(b)
		bytes := n * elementSize[T]()
		if isRow(n) {
			if exec.SameOrApart(pd, pa, bytes) && exec.SameOrApart(pd, pb, bytes) {
				generated.MulRow[T]()(pd, pa, pb, n)
				return nil
			}
		} else if active.err == nil && exec.SameOrApart(pd, pa, bytes) && exec.SameOrApart(pd, pb, bytes) {
			// Hidden: slices are never shared out among threads.
			exec.Flat(on[T](generated.MulOf[T]()()), &active.Machine, kernel.VV, exec.Hidden(pd), exec.Hidden(pa), exec.Hidden(pb), n)
			return nil
		}
		return mulCopies(dst, a, b, n)
	}
}

// mulCopies is mulEqual where an operand clashes with dst.
func mulCopies[T Element](dst, a, b *T, n int) error {
	if active.err != nil {
		return fault.InOp("MulSlice", active.err)
	}
	// Hidden: slices are never shared out among threads, and a copy does not point to what it copies.
	pd, pa, pb := exec.Hidden(unsafe.Pointer(dst)), exec.Hidden(unsafe.Pointer(a)), exec.Hidden(unsafe.Pointer(b))
	return fault.InOp("MulSlice", exec.Run(on[T](generated.MulOf[T]()()), kernel.VV, pd, pa, pb, n))
}

// ScaleSlice sets dst[i] = a[i] * s. Both slices must have the same length;
// they may share memory in any way, and the result is as if a had been copied
// first. No memory is allocated unless a overlaps dst without being the same
// elements, and arrays on the stack stay there.
//
// The error wraps a *[LengthError] when lengths differ, [ErrMemory] where this process can
// not have the memory of a copy, or a *[LevelError].
func ScaleSlice[T Element](dst, a []T, s T) error {
	n := len(dst)
	if len(a) != n {
		return lengths("ScaleSlice", n, len(a), n)
	}
	if active.err != nil {
		return fault.InOp("ScaleSlice", active.err)
	}
	to, from := unsafe.SliceData(dst), unsafe.SliceData(a)
	pd, pa := unsafe.Pointer(to), unsafe.Pointer(from)
	if exec.RaceDetector {
		exec.AnnounceRuns(mulOf[T]().Sizes(), n, pd, pa, nil)
	}
	apart := exec.SameOrApart(pd, pa, n*elementSize[T]())
	if apart && isRow(n) {
		generated.ScaleRow[T]()(pd, pa, unsafe.Pointer(&s), n)
		return nil
	}
	r := on[T](generated.MulOf[T]()())
	// Hidden: slices are never shared out among threads; s is of this call.
	hd, ha, hs := exec.Hidden(pd), exec.Hidden(pa), exec.Hidden(unsafe.Pointer(&s))
	if apart {
		exec.Flat(r, &active.Machine, kernel.VC, hd, ha, hs, n)
		return nil
	}
	return fault.InOp("ScaleSlice", exec.Run(r, kernel.VC, hd, ha, hs, n))
}

// lengths says which slice has another length than dst.
func lengths(op string, dst, a, b int) error {
	name, n := "a", a
	if a == dst {
		name, n = "b", b
	}
	return fault.InOp(op, &LengthError{Operand: name, Len: n, Want: dst})
}
