package runtime

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
)

// Cast returns x as an array of another dtype that is stored the same way: the same elements
// of memory, which are not converted, in the same layout, and read-only if x is. A UNorm8 of
// 255 becomes a uint8 of 255, and a uint16 of 0x3c00 a Float16 of 1. The caller says by it that
// the bits are numbers of the other type.
//
// From and To have the same underlying type of Go. Otherwise the error wraps a *[CastError],
// or it wraps [ErrNoArray].
func Cast[To, From any](x Array[From]) (Array[To], error) {
	if err := castable[To, From](); err != nil {
		return Array[To]{}, fault.InOp("Cast", err)
	}
	if x.operand.Lay == nil {
		return Array[To]{}, fault.InOp("Cast", ErrNoArray)
	}
	return Array[To]{operand: exec.Operand{Base: x.operand.Base, Lay: x.operand.Lay}}, nil
}

// CastSlice returns s as a slice of another type whose elements are stored the same way: the
// same memory, which is not converted, of the same length and capacity; nil stays nil. It
// makes an [Element] of a type that is none because uint8 or uint16 lies under it, and back:
//
//	type Sample uint8 // of some other package
//	fractions, err := runtime.CastSlice[runtime.UNorm8](samples)
//
// The caller says by it that the bits are numbers of the other type: of a foreign
// half-precision type that they are those of [Float16] or of [BFloat16], of a Sample that 255
// is full scale.
//
// From and To have the same underlying type, one of those of an Element; any other pair is a
// *[CastError].
func CastSlice[To, From any](s []From) ([]To, error) {
	if err := castable[To, From](); err != nil {
		return nil, fault.InOp("CastSlice", err)
	}
	return unsafe.Slice((*To)(unsafe.Pointer(unsafe.SliceData(s))), cap(s))[:len(s)], nil
}

// castable returns an error unless both types have the same underlying type, one of numbers
// or bool.
func castable[To, From any]() error {
	to, from := reflect.TypeFor[To](), reflect.TypeFor[From]()
	if kind := to.Kind(); kind != from.Kind() || kind < reflect.Bool || kind > reflect.Complex128 {
		return &CastError{From: from, To: to}
	}
	return nil
}

// CastError says between which types there is no cast.
type CastError struct{ From, To reflect.Type }

func (e *CastError) Error() string {
	switch {
	case e.From == nil || e.To == nil:
		return fmt.Sprintf("no cast from %v to %v", e.From, e.To)
	case e.From.Kind() == e.To.Kind():
		return fmt.Sprintf("no cast from %s to %s: %v holds no number", typeName(e.From), typeName(e.To), e.From.Kind())
	}
	return fmt.Sprintf("no cast from %s to %s: one is stored as %v, the other as %v", typeName(e.From), typeName(e.To), e.From.Kind(), e.To.Kind())
}

// typeName is the name by which callers know a type: some of package kernel have one here.
func typeName(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[UNorm8](), reflect.TypeFor[UNorm16](), reflect.TypeFor[Float16](), reflect.TypeFor[BFloat16]():
		return "runtime." + t.Name()
	}
	return t.String()
}
