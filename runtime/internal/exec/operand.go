package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/layout"
)

// Operand is an array without the type of its elements.
type Operand struct {
	Base unsafe.Pointer // the element (0,…,0); somewhere in the data, or nil, when there are no elements
	Lay  *layout.Layout // nil in the zero Array; never written to once made
}

// Array is an operand with the bytes of its elements.
type Array struct {
	Operand
	Size, Unit, Offset int // the offset is in bytes, and where loops begin
}

// Start returns where the loops over x begin.
func (x *Array) Start() unsafe.Pointer { return unsafe.Add(x.Base, x.Offset) }
