package runtime

import (
	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
)

// What an operation can refuse besides shapes and lengths that do not fit; test for one with
// errors.Is. Errors about shapes are, or wrap, a *[ShapeError], errors about numbers of
// elements a *[LengthError].
var (
	// ErrNoArray is about the zero Array, which has no elements and no shape.
	ErrNoArray = fault.ErrNoArray

	// ErrReadOnly is about writing to a view that only reads, see [Array.BroadcastTo].
	ErrReadOnly = fault.ErrReadOnly

	// ErrSelfOverlap is about an output in which two indexes name one element, or may do so: of
	// three and more axes whose strides are intricate, the search for such indexes is given up
	// after a while.
	ErrSelfOverlap = fault.ErrSelfOverlap

	// ErrRange is about an axis, an index or a view outside of what is there.
	ErrRange = fault.ErrRange

	// ErrAxes is about axes that exist but can not be meant: one given twice, not all of them
	// where all are to be ordered, two that are left open, or one to be removed that is not 1.
	ErrAxes = fault.ErrAxes

	// ErrStep is about a slice with a step of 0.
	ErrStep = fault.ErrStep

	// ErrNoView is about a shape that no strides give to the elements where they are, see
	// [Array.Reshape].
	ErrNoView = fault.ErrNoView

	// ErrNoOperands is about a product of nothing, which has no shape.
	ErrNoOperands = fault.ErrNoOperands

	// ErrElement is about a type that no array can have: elements have 1, 2, 4, 8 or 16 bytes, and
	// hold no pointers.
	ErrElement = fault.ErrElement

	// ErrNoRule is about the zero Rule.
	ErrNoRule = fault.ErrNoRule

	// ErrNoPlan is about the zero Plan, or none.
	ErrNoPlan = fault.ErrNoPlan

	// ErrPlan is about arrays, or a rule, that a plan was not made for, see [Plan.RunOn].
	ErrPlan = fault.ErrPlan

	// ErrThreads is about a negative number of threads.
	ErrThreads = fault.ErrThreads

	// ErrUnknownLevel and ErrUnsupportedLevel are about HADAMARD_LEVEL, see [LevelError].
	ErrUnknownLevel     = fault.ErrUnknownLevel
	ErrUnsupportedLevel = fault.ErrUnsupportedLevel

	// ErrMemory is about memory that this process can not have, see [MemoryError].
	ErrMemory = fault.ErrMemory
)

// ShapeError says which shapes do not fit together, on which axis, and both sizes.
type ShapeError = broadcast.ShapeError

// SizeError says why no array can have a shape or strides.
type SizeError = broadcast.SizeError

// LengthError says that a slice has another number of elements than what it goes with, or an
// array another than a shape. Its fields are Operand, the name of what has Len elements; Len and
// Want, the numbers; and Shape and From, the shapes that are asked for and reshaped, if any.
type LengthError = fault.LengthError

// MemoryError says that a result or a copy takes more memory than this process can ever
// have: more than the machine's physical memory and swap space, the control group's
// limit or that of a group around it, the limits on data and address space (ulimit -d
// and -v, of which Go takes half a gigabyte and more for itself), or the address space. They
// are read once, when an allocation of 64 MiB or more is first asked for; smaller ones are not
// looked at.
//
// It unwraps to [ErrMemory].
// Its fields are Asked and Limit, in bytes, and LimitedBy, what sets the limit.
type MemoryError = fault.MemoryError
