package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// ScaleRun multiplies n elements of a by the one b.
func ScaleRun(r Rule, dst, a, b unsafe.Pointer, n int) error {
	a, err := uncrossed(r, dst, a, 0, n)
	if err != nil {
		return fault.InOp("ScaleSlice", err)
	}
	Flat(r, kernel.VC, dst, a, b, n)
	return nil
}

// MulRuns multiplies runs of n elements, copying those that clash with dst.
func MulRuns(r Rule, dst, a, b unsafe.Pointer, n int) (err error) {
	if a, err = uncrossed(r, dst, a, 0, n); err == nil {
		b, err = uncrossed(r, dst, b, 1, n)
	}
	if err != nil {
		return fault.InOp("MulSlice", err)
	}
	Flat(r, kernel.VV, dst, a, b, n)
	return nil
}

// uncrossed returns a run of n elements of an operand, a or b, or a copy of it if it clashes with
// dst.
func uncrossed(r Rule, dst, x unsafe.Pointer, which, n int) (unsafe.Pointer, error) {
	out, size := n*r.Out.Size, r.operand(which).Size
	if x == dst && size == r.Out.Size || Apart(dst, out, x, n*size) {
		return x, nil
	}
	x, err := copyRun(x, n*size)
	if err != nil {
		return nil, uncopied(string(rune('a'+which)), err)
	}
	return x, nil
}
