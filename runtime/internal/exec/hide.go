package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Kernels are called through function values, of which the compiler must assume that
// they keep their arguments: what these point at, a nest or a caller's array, would have
// to move from the stack to the heap. Kernels keep nothing, so pointers are hidden from
// the compiler for the duration of a call.
//
// The contract of a hidden pointer: only the goroutine that hid it follows it, and nothing
// that outlives the call holds it, the heap included. Whoever hides one says beside it,
// after the word Hidden, why that is so; TestHiddenPointersHaveReasons asks for it. A
// Plan keeps its pointers and threads share theirs, so neither may be hidden; what the
// compiler does not see to be shared is given to escape.
//
// What a hidden nest points at stays alive and is followed if the stack moves: the nest's address
// has been taken, which makes it an object of the stack to the collector.

// Hidden returns p such that the compiler does not see where it comes from.
//
// The result is converted, not loaded as a pointer from &x: the compiler keeps
// what is so loaded as an integer, and stacks that grow do not adjust integers.
//
//go:nocheckptr
func Hidden(p unsafe.Pointer) unsafe.Pointer {
	x := uintptr(p)
	return pointer[unsafe.Pointer](x)
}

// pointer is a conversion that go vet warns of, with reason, everywhere else.
//
//go:nocheckptr
func pointer[P ~unsafe.Pointer](x uintptr) P { return P(x) }

// HideNest returns nest for a kernel. It is called where the kernel is, as its argument.
func HideNest(nest *kernel.Nest) *kernel.Nest {
	// Hidden: a kernel runs on the goroutine that calls it, and forgets its nest.
	return (*kernel.Nest)(Hidden(unsafe.Pointer(nest)))
}

// Escape has the compiler put on the heap what x points at, because other goroutines or
// lists on the heap will point there too, by ways that it does not see.
func Escape(x Operand) {
	if escaped.ever {
		escaped.x = x
	}
}

// escaped is never written to, which the compiler does not know.
var escaped struct {
	ever bool
	x    Operand
}
