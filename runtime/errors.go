package runtime

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/hadamard-go/hadamard/broadcast"
)

// What an operation can refuse besides shapes that do not fit; test for one
// with errors.Is. Errors about shapes are, or wrap, a *[ShapeError].
var (
	// ErrNoArray is about the zero Array, which has no elements and no shape.
	ErrNoArray = errors.New("the zero Array holds no data (make one with New, View, Scalar or Zeros)")

	// ErrReadOnly is about writing to a view that only reads, see [Array.BroadcastTo].
	ErrReadOnly = errors.New("a view made by BroadcastTo is read-only (Clone it to write)")

	// ErrSelfOverlap is about an output in which two indexes name one element.
	ErrSelfOverlap = errors.New("several of its indexes share an element of memory")

	// ErrRange is about an axis, an index or a view outside of what is there.
	ErrRange = errors.New("out of range")

	errNoPlan = errors.New("Run: the zero Plan holds no arrays (make one with NewPlan)")

	// ErrUnknownLevel and ErrUnsupportedLevel are about HADAMARD_LEVEL, see [LevelError].
	ErrUnknownLevel     = errors.New("unknown level")
	ErrUnsupportedLevel = errors.New("unsupported level")
)

// ShapeError says which shapes do not fit together, on which axis, and both sizes.
type ShapeError = broadcast.ShapeError

// SizeError says why no array can have a shape or strides.
type SizeError = broadcast.SizeError

// rangeError is an error about a place that is not there; it unwraps to ErrRange.
type rangeError string

func (e rangeError) Error() string { return string(e) }
func (e rangeError) Unwrap() error { return ErrRange }

func outOfRange(format string, args ...any) error {
	return rangeError(fmt.Sprintf(format, args...))
}

// inOp puts the operation, and for a multiply the operand, in front of err.
func inOp(op string, err error) error {
	return fmt.Errorf("%s: %w", op, err)
}

// number writes "1 axis", "2 axes".
func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
