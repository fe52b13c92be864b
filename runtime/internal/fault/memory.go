package fault

import (
	"errors"
	"math"
	"math/bits"
	"runtime/debug"
	"strconv"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/internal/memory"
)

// Go ends the program where memory can not be had. Allocations that can not succeed,
// because the machine or the process may not have as much, are therefore errors.

// ErrMemory is about memory that this process can not have, see [MemoryError].
var ErrMemory = errors.New("not enough memory")

// MemoryError says that a result or a copy takes more memory than this process can ever
// have: more than the machine's physical memory and swap space, the control group's
// limit or that of a group around it, the limits on data and address space (ulimit -d
// and -v, of which Go takes half a gigabyte and more for itself), or the address space. They
// are read once, when an allocation of 64 MiB or more is first asked for; smaller ones are not
// looked at.
//
// It unwraps to [ErrMemory].
type MemoryError struct {
	Asked     int64  // bytes; math.MaxInt64 if they are even more
	Limit     int64  // bytes, at most
	LimitedBy string // what sets the limit, such as "physical memory and swap"
}

// Error says how much is asked for and how much there is. GOMEMLIMIT, which does not keep
// a program from having more, is mentioned.
func (e *MemoryError) Error() string {
	asked, limit := binarySize(e.Asked), binarySize(e.Limit)
	switch {
	case e.Asked == math.MaxInt64:
		asked += " and more"
	case asked == limit:
		asked, limit = strconv.FormatInt(e.Asked, 10)+" bytes", strconv.FormatInt(e.Limit, 10)+" bytes"
	}
	s := asked + " do not fit into the " + limit + " of " + e.LimitedBy
	if soft := debug.SetMemoryLimit(-1); soft != math.MaxInt64 {
		s += ", and GOMEMLIMIT is " + binarySize(soft)
	}
	return s
}

// Unwrap returns ErrMemory.
func (e *MemoryError) Unwrap() error { return ErrMemory }

// binarySize writes bytes in powers of 1024.
func binarySize(n int64) string {
	if n < 1<<10 {
		return Number(int(n), "byte", "bytes")
	}
	at := (bits.Len64(uint64(n)) - 1) / 10
	return strconv.FormatFloat(float64(n)/float64(int64(1)<<(10*at)), 'f', 1, 64) + " " + "KMGTPE"[at-1:at] + "iB"
}

// CheckedFrom is the Number of bytes from which on an allocation is checked. Even a phone
// has as much, and what takes milliseconds to fill does not notice.
const CheckedFrom = 64 << 20

// MaxBytes bounds the bytes that an array may span, so that no size which is
// accepted makes the allocation of a copy panic.
const MaxBytes = memory.AddressSpace

// MemoryLimit is what allocations are held against.
var MemoryLimit = memory.Least

// MayHave returns a *MemoryError if the process can not have so many bytes. It comes
// before each allocation whose size the caller chooses, and before anything is written.
func MayHave(bytes int) error {
	if bytes < CheckedFrom {
		return nil
	}
	return tooLarge(bytes)
}

func tooLarge(bytes int) error {
	if l := MemoryLimit(); int64(bytes) > l.Bytes {
		return &MemoryError{Asked: int64(bytes), Limit: l.Bytes, LimitedBy: l.By}
	}
	return nil
}

// Addressable returns an error when so many elements of a shape, laid side by side, are more
// than the address space can hold.
func Addressable(shape []int, size, elementSize int) error {
	if size <= MaxBytes/elementSize {
		return nil
	}
	asked := int64(math.MaxInt64)
	if int64(size) <= math.MaxInt64/int64(elementSize) {
		asked = int64(size) * int64(elementSize)
	}
	return OfShape(shape, &MemoryError{Asked: asked, Limit: MaxBytes, LimitedBy: "the address space"})
}

// OfShape says which array an error is about.
func OfShape(shape []int, err error) error {
	return Regarding("shape "+broadcast.FormatShape(shape), err)
}

// Unallocatable adds ErrMemory to the error of a shape of more elements than an int
// can count.
func Unallocatable(err error) error {
	if errors.Is(err, broadcast.ErrOverflow) {
		return uncounted{err}
	}
	return err
}

// uncounted is about a shape of more elements than an int can count.
type uncounted struct{ error }

func (e uncounted) Error() string   { return e.error.Error() + ": " + ErrMemory.Error() }
func (e uncounted) Unwrap() []error { return []error{e.error, ErrMemory} }
