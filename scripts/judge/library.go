//go:build judge

package main

// #include <stdint.h>
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// call is a call of package ndarray, as the judge writes it.
type call struct {
	Op      string // multiply, multiply_to, convert or convert_to
	Out     *array
	A, B    *array
	Where   *array
	Casting string
	DType   string
	Order   string
	Threads int
	Into    memory // where bytes of a fresh result go
}

// memory is some of NumPy's.
type memory struct {
	Address uintptr
	Bytes   int
}

func (m memory) slice() []byte {
	// The judge keeps the memory, which is not Go's.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&m.Address)), m.Bytes)
}

// array is one of NumPy's, or one of Python's numbers.
type array struct {
	DType          string
	Memory         memory
	Offset         int
	Shape, Strides []int
	ReadOnly       bool

	Int     *int64
	Float   *float64
	Complex *[2]float64
	Bool    *bool
}

func (x *array) array() (ndarray.Array, error) {
	switch {
	case x == nil:
		return ndarray.Array{}, nil
	case x.Int != nil:
		return ndarray.Weak(*x.Int), nil
	case x.Float != nil:
		return ndarray.Weak(*x.Float), nil
	case x.Complex != nil:
		return ndarray.Weak(complex(x.Complex[0], x.Complex[1])), nil
	case x.Bool != nil:
		return ndarray.Weak(*x.Bool), nil
	}
	dtype, order, err := ndarray.ParseDType(x.DType)
	if err != nil {
		return ndarray.Array{}, err
	}
	a, err := ndarray.View(x.Memory.slice(), dtype, order, x.Offset, x.Shape, x.Strides)
	if x.ReadOnly {
		a = a.ReadOnly()
	}
	return a, err
}

// answer is what became of a call.
type answer struct {
	Error, Text    string // the class of an error, and what it says
	DType          string // of a fresh result
	Shape, Strides []int
}

// Call does what a call says and writes the answer to memory of a size, and how long it is, both
// being JSON.
//
//export Call
func Call(text *C.char, length C.int, to *C.char, size C.int) C.int {
	var c call
	if err := json.Unmarshal(unsafe.Slice((*byte)(unsafe.Pointer(text)), int(length)), &c); err != nil {
		panic(err) // the judge's own
	}
	a, err := c.do()
	if err != nil {
		a = answer{Error: class(err), Text: err.Error()}
	}
	out, err := json.Marshal(a)
	if err != nil || len(out) > int(size) {
		panic(fmt.Sprint("no room for the answer: ", err))
	}
	return C.int(copy(unsafe.Slice((*byte)(unsafe.Pointer(to)), int(size)), out))
}

func (c *call) do() (answer, error) {
	var arrays [4]ndarray.Array
	for i, x := range []*array{c.Out, c.A, c.B, c.Where} {
		var err error
		if arrays[i], err = x.array(); err != nil {
			return answer{}, fmt.Errorf("array %d: %w", i, err)
		}
	}
	out, a, b := arrays[0], arrays[1], arrays[2]
	o := ndarray.Options{Where: arrays[3], Threads: c.Threads}
	var known bool
	if o.Casting, known = ndarray.ParseCasting(c.Casting); !known {
		return answer{}, fmt.Errorf("casting %q", c.Casting)
	}
	if o.Order, known = ndarray.ParseOrder(c.Order); !known {
		return answer{}, fmt.Errorf("order %q", c.Order)
	}
	if c.DType != "" {
		var err error
		if o.DType, _, err = ndarray.ParseDType(c.DType); err != nil {
			return answer{}, err
		}
	}
	var err error
	switch c.Op {
	case "multiply":
		out, err = o.Multiply(a, b)
	case "multiply_to":
		return answer{}, o.MultiplyTo(out, a, b)
	case "convert":
		out, err = ndarray.Convert(a, o.DType, o.Casting)
	case "convert_to":
		return answer{}, o.ConvertTo(out, a)
	default:
		err = fmt.Errorf("no operation %q", c.Op)
	}
	if err != nil {
		return answer{}, err
	}
	return c.give(out)
}

// give copies a fresh result as it lies in memory.
func (c *call) give(x ndarray.Array) (answer, error) {
	// A packed array of any order of axes is in C order once they are sorted by their strides.
	axes, strides := []int{}, x.Strides()
	for axis := range strides {
		at := len(axes)
		for at > 0 && strides[axes[at-1]] < strides[axis] {
			at--
		}
		axes = append(axes[:at], append([]int{axis}, axes[at:]...)...)
	}
	sorted := x
	if len(axes) > 0 {
		var err error
		if sorted, err = x.Transpose(axes...); err != nil {
			return answer{}, err
		}
	}
	bytes, packed := sorted.Bytes()
	if !packed || len(bytes) > c.Into.Bytes {
		return answer{}, fmt.Errorf("a fresh array of shape %v has strides %v", x.Shape(), strides)
	}
	copy(c.Into.slice(), bytes)
	return answer{DType: x.DType().Code(x.ByteOrder()), Shape: x.Shape(), Strides: strides}, nil
}

// class is what the judge calls an error.
func class(err error) string {
	var (
		cast   *ndarray.CastError
		number *ndarray.NumberError
		shape  *runtime.ShapeError
	)
	switch {
	case errors.As(err, &cast):
		return "cast"
	case errors.As(err, &number):
		return "number"
	case errors.As(err, &shape):
		return "shape"
	case errors.Is(err, runtime.ErrReadOnly):
		return "read-only"
	case errors.Is(err, runtime.ErrSelfOverlap):
		return "self-overlap"
	}
	return "other"
}
