package runtime

import (
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
)

// SetThreads sets the number of threads among which a multiply is shared out at
// most, the caller's own included, and returns the number that was set before. 0,
// which is how a program starts, stands for [runtime.GOMAXPROCS]; with 1
// everything runs on the goroutine of the caller.
//
// It takes effect on multiplies that start afterwards. A single one can have a
// number of its own by [ProductThreads].
//
// Threads change the time a multiply takes, never its result. They are used
// for arrays only, not by [MulSlice] and [ScaleSlice], and only where that pays:
// from 16 MiB on, of result and operands together.
//
// A negative number is an error that wraps [ErrThreads]; before is then what stays set.
func SetThreads(n int) (before int, err error) {
	if n < 0 {
		return int(exec.DefaultThreads.Load()), fault.InOp("SetThreads", negative(n))
	}
	return int(exec.DefaultThreads.Swap(int64(n))), nil
}

// negative is the error of a number of threads.
func negative(threads int) error {
	return fault.Because(ErrThreads, "%d threads: their number can not be negative", threads)
}
