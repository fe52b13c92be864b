package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
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
	if raceDetector && active.err == nil {
		announceRuns(mulOf[T]().sizes(), n, unsafe.Pointer(dst), unsafe.Pointer(a), unsafe.Pointer(b))
	}
	return mulEqual[T]()(dst, a, b, n)
}

// mulEqual returns the function that multiplies n elements. Called where it is returned, it
// costs no call. What most rows need comes first.
func mulEqual[T Element]() func(dst, a, b *T, n int) error {
	return func(dst, a, b *T, n int) error {
		if pd, pa, pb := unsafe.Pointer(dst), unsafe.Pointer(a), unsafe.Pointer(b); isRow(n) {
			bytes := n * elementSize[T]()
			if wellApart(pd, pa, bytes) && wellApart(pd, pb, bytes) {
				generated.MulRow[T]()(pd, pa, pb, n)
				return nil
			}
			if sameOrApart(pd, pa, bytes) && sameOrApart(pd, pb, bytes) {
				generated.MulRow[T]()(pd, pa, pb, n)
				return nil
			}
		}
		return mulLong(dst, a, b, n)
	}
}

// mulLong is mulEqual for whatever is no row. Its frame would cost a row a nanosecond.
func mulLong[T Element](dst, a, b *T, n int) error {
	if active.err != nil {
		return inOp("MulSlice", active.err)
	}
	pd, pa, pb := unsafe.Pointer(dst), unsafe.Pointer(a), unsafe.Pointer(b)
	bytes := n * elementSize[T]()
	// mulRuns is for all cases, but its calls are half the time of most.
	if bytes <= wholeBytes && sameOrApart(pd, pa, bytes) && sameOrApart(pd, pb, bytes) {
		var nest kernel.Nest // field by field: to build one and copy it takes longer than a small kernel
		nest.Dst, nest.A, nest.B, nest.Cols, nest.Rows = pd, pa, pb, n, 1
		entryFor(mulOf[T]().kernels(), kernel.VV, bytes, near).Func(hideNest(&nest))
		return nil
	}
	// Hidden: slices are never shared out among threads, and a copy does not point to what it copies.
	return mulRuns(mulOf[T](), noescape(pd), noescape(pa), noescape(pb), n)
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
		return inOp("ScaleSlice", active.err)
	}
	to, from := unsafe.SliceData(dst), unsafe.SliceData(a)
	pd, pa := unsafe.Pointer(to), unsafe.Pointer(from)
	if raceDetector {
		announceRuns(mulOf[T]().sizes(), n, pd, pa, nil)
	}
	if isRow(n) && sameOrApart(pd, pa, n*elementSize[T]()) {
		generated.ScaleRow[T]()(pd, pa, unsafe.Pointer(&s), n)
		return nil
	}
	// Hidden: slices are never shared out among threads; s is of this call.
	return scaleRun(mulOf[T](), noescape(pd), noescape(pa), noescape(unsafe.Pointer(&s)), n)
}

// scaleRun multiplies n elements of a by the one b.
func scaleRun(r rule, dst, a, b unsafe.Pointer, n int) error {
	a, err := uncrossed(r, dst, a, 0, n)
	if err != nil {
		return inOp("ScaleSlice", err)
	}
	flat(r, kernel.VC, dst, a, b, n)
	return nil
}

// mulRuns multiplies runs of n elements, copying those that clash with dst.
func mulRuns(r rule, dst, a, b unsafe.Pointer, n int) (err error) {
	if a, err = uncrossed(r, dst, a, 0, n); err == nil {
		b, err = uncrossed(r, dst, b, 1, n)
	}
	if err != nil {
		return inOp("MulSlice", err)
	}
	flat(r, kernel.VV, dst, a, b, n)
	return nil
}

// uncrossed returns a run of n elements of an operand, a or b, or a copy of it if it clashes with
// dst.
func uncrossed(r rule, dst, x unsafe.Pointer, which, n int) (unsafe.Pointer, error) {
	out, size := n*r.Out.Size, r.operand(which).Size
	if x == dst && size == r.Out.Size || apart(dst, out, x, n*size) {
		return x, nil
	}
	x, err := copyRun(x, n*size)
	if err != nil {
		return nil, uncopied(string(rune('a'+which)), err)
	}
	return x, nil
}

// lengths says which slice has another length than dst.
func lengths(op string, dst, a, b int) error {
	name, n := "a", a
	if a == dst {
		name, n = "b", b
	}
	return inOp(op, &LengthError{Operand: name, Len: n, Want: dst})
}
