// Package fault is what can go wrong: the errors of package runtime, which gives them to its
// users, and how they are worded.
package fault

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/hadamard-go/hadamard/broadcast"
)

// What an operation can refuse besides shapes and lengths that do not fit; test for one with
// errors.Is. Errors about shapes are, or wrap, a *ShapeError, errors about numbers of
// elements a *LengthError.
var (
	// ErrNoArray is about the zero Array, which has no elements and no shape.
	ErrNoArray = errors.New("the zero Array holds no data (make one with New, View, Scalar or Zeros)")

	// ErrReadOnly is about writing to a view that only reads, see Array.BroadcastTo.
	ErrReadOnly = errors.New("the view is read-only, as those of BroadcastTo are (Clone it to write)")

	// ErrSelfOverlap is about an output in which two indexes name one element, or may do so: of
	// three and more axes whose strides are intricate, the search for such indexes is given up
	// after a while.
	ErrSelfOverlap = errors.New("several of its indexes share an element of memory")

	// ErrRange is about an axis, an index or a view outside of what is there.
	ErrRange = errors.New("out of range")

	// ErrAxes is about axes that exist but can not be meant: one given twice, not all of them
	// where all are to be ordered, two that are left open, or one to be removed that is not 1.
	ErrAxes = errors.New("axes that can not be meant")

	// ErrStep is about a slice with a step of 0.
	ErrStep = errors.New("the step is 0")

	// ErrNoView is about a shape that no strides give to the elements where they are, see
	// Array.Reshape.
	ErrNoView = errors.New("no view without a copy")

	// ErrNoOperands is about a product of nothing, which has no shape.
	ErrNoOperands = errors.New("there are no operands")

	// ErrElement is about a type that no array can have: elements have 1, 2, 4, 8 or 16 bytes, and
	// hold no pointers.
	ErrElement = errors.New("no type of elements")

	// ErrNoRule is about the zero Rule.
	ErrNoRule = errors.New("the zero Rule multiplies nothing (packages of kernels have rules)")

	// ErrNoPlan is about the zero Plan, or none.
	ErrNoPlan = errors.New("the zero Plan holds no arrays (make one with NewPlan)")

	// ErrPlan is about arrays, or a rule, that a plan was not made for.
	ErrPlan = errors.New("the plan is not for these arrays")

	// ErrThreads is about a negative Number of threads.
	ErrThreads = errors.New("a negative Number of threads")

	// ErrUnknownLevel and ErrUnsupportedLevel are about HADAMARD_LEVEL, see LevelError.
	ErrUnknownLevel     = errors.New("unknown level")
	ErrUnsupportedLevel = errors.New("unsupported level")
)

// LengthError says that a slice has another Number of elements than what it goes with, or an
// array another than a shape.
type LengthError struct {
	Operand string // what has Len elements: "a", "b", "data", or "x" for the array of Array.Reshape
	Len     int
	Want    int   // the elements of dst or of Shape; of a shape with an open axis those of one step on it
	Shape   []int // the shape that was asked for, nil where dst has Want elements
	From    []int // the shape of the array that is reshaped, otherwise nil
}

// Error names what goes with what, and both numbers.
func (e *LengthError) Error() string {
	switch {
	case e.From != nil:
		return "shape " + broadcast.FormatShape(e.From) + " has " + Number(e.Len, "element, which does", "elements, which do") + " not fill shape " + broadcast.FormatShape(e.Shape)
	case e.Shape != nil:
		return "shape " + broadcast.FormatShape(e.Shape) + " has " + Number(e.Want, "element", "elements") + ", the " + e.Operand + " " + strconv.Itoa(e.Len)
	}
	return e.Operand + " has " + Number(e.Len, "element", "elements") + ", dst has " + strconv.Itoa(e.Want)
}

// about is an error with a text of its own that errors.Is finds a sentinel in.
type about struct {
	sentinel error
	text     string
}

func (e *about) Error() string { return e.text }
func (e *about) Unwrap() error { return e.sentinel }

// Errors are made where few bytes of code count, not few nanoseconds: calls of what makes them are
// left calls.

// Because is about a sentinel, in words of its own.
//
//go:noinline
func Because(sentinel error, format string, args ...any) error {
	return About(sentinel, fmt.Sprintf(format, args...))
}

// About is about a sentinel, in these words. Unlike [Because] it does not make a program larger by
// what formats.
//
//go:noinline
func About(sentinel error, text string) error { return &about{sentinel, text} }

// OutOfRange is about [ErrRange].
func OutOfRange(format string, args ...any) error { return Because(ErrRange, format, args...) }

// InOp puts the operation in front of err, if that is an error.
func InOp(op string, err error) error {
	if err != nil {
		err = Regarding(op, err)
	}
	return err
}

// Regarding says what err is about: an operation, an operand, a shape. fmt.Errorf makes a
// program larger by 13 KiB.
//
//go:noinline
func Regarding(what string, err error) error { return &about{err, what + ": " + err.Error()} }

// Number writes "1 axis", "2 axes".
func Number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
