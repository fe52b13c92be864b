package runtime

import (
	"reflect"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/fault"
)

// checkElement returns an error unless an array may hold elements of type T.
func checkElement[T any]() error {
	t := reflect.TypeFor[T]()
	if kind := t.Kind(); kind >= reflect.Bool && kind <= reflect.Complex128 {
		return nil // numbers have no other sizes
	}
	switch {
	case !plain(t):
		return fault.About(ErrElement, typeName(t)+" can not be the type of elements: it holds pointers")
	case !sized(unsafe.Sizeof(*new(T))):
		return fault.About(ErrElement, typeName(t)+" can not be the type of elements: it has "+fault.Number(int(t.Size()), "byte", "bytes")+", not 1, 2, 4, 8 or 16")
	}
	return nil
}

// sized reports whether there are kernels that copy elements of so many bytes.
func sized(size uintptr) bool { return size > 0 && size <= 16 && size&(size-1) == 0 }

// plain reports whether values of a type hold no pointers.
func plain(t reflect.Type) bool {
	switch kind := t.Kind(); {
	case kind >= reflect.Bool && kind <= reflect.Complex128:
		return true
	case kind == reflect.Array:
		return t.Len() == 0 || plain(t.Elem())
	case kind == reflect.Struct:
		for i := range t.NumField() {
			if !plain(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}
