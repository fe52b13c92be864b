package bench

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// driver has the arrays of one dtype. What it takes as any is a buffer that it made, a []T.
type driver interface {
	size() int
	factors() int                                        // that loops in Go multiply, at most
	buffer(o *Operand) (buf any, free func(), err error) // of zeros
	fill(o *Operand, buf any)
	view(o *Operand, buf any) (ndarray.Array, error)
	check(out ndarray.Array) (float64, error)
	calls(planned bool, out ndarray.Array, in []ndarray.Array, mask ndarray.Array) (multiplier, error)
	loops(c *Case, out any, in []any) multiplier
}

// dtype is what a driver has to know about its elements.
type dtype[T runtime.Element] struct {
	zero, one T
	pattern   func(j int) T
	parts     func(x T) (re, im float64)
	rows      rowLoop[T]
	most      int // factors of rows, 0 where there is no such loop
}

func (dtype[T]) size() int      { return int(unsafe.Sizeof(*new(T))) }
func (d dtype[T]) factors() int { return d.most }

func (dtype[T]) buffer(o *Operand) (any, func(), error) {
	buf, free, err := alloc[T](o.BufLen)
	clear(buf) // also touches every page
	return buf, free, err
}

func (dtype[T]) view(o *Operand, buf any) (ndarray.Array, error) {
	x, err := runtime.View(buf.([]T), o.Offset, o.Shape, o.Strides)
	return ndarray.From(x), err
}

var dtypes = map[string]driver{
	"bool": dtype[bool]{
		one:     true,
		pattern: func(j int) bool { return j%3 == 0 },
		parts: func(x bool) (re, im float64) {
			if x {
				return 1, 0
			}
			return 0, 0
		},
		rows: boolRow,
		most: 2,
	},
	"int8":       number(signed[int8]),
	"int16":      number(signed[int16]),
	"int32":      number(signed[int32]),
	"int64":      number(signed[int64]),
	"uint8":      number(unsigned[uint8]),
	"uint16":     number(unsigned[uint16]),
	"uint32":     number(unsigned[uint32]),
	"uint64":     number(unsigned[uint64]),
	"unorm8":     fraction[runtime.UNorm8](1<<8 - 1),
	"unorm16":    fraction[runtime.UNorm16](1<<16 - 1),
	"float16":    half(runtime.NewFloat16, runtime.Float16.Float32, float16Row, 2),
	"bfloat16":   half(runtime.NewBFloat16, runtime.BFloat16.Float32, nil, 0),
	"float32":    number(quarters[float32]),
	"float64":    number(quarters[float64]),
	"complex64":  plane(func(re, im float64) complex64 { return complex(float32(re), float32(im)) }),
	"complex128": plane(func(re, im float64) complex128 { return complex(re, im) }),
}

func signed[T int8 | int16 | int32 | int64](j int) T       { return T(j%13 - 6) }
func unsigned[T uint8 | uint16 | uint32 | uint64](j int) T { return T(j % 13) }
func quarters[T float32 | float64](j int) T                { return T(j%13-6) / 4 }

// numeric lists what Go converts to float64.
type numeric interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

func number[T numeric](pattern func(j int) T) dtype[T] {
	return dtype[T]{one: 1, pattern: pattern, parts: func(x T) (re, im float64) { return float64(x), 0 }, rows: plainRow[T], most: 4}
}

func half[T runtime.Float16 | runtime.BFloat16](from func(float32) T, to func(T) float32, rows rowLoop[T], most int) dtype[T] {
	return dtype[T]{
		one:     from(1),
		pattern: func(j int) T { return from(quarters[float32](j)) },
		parts:   func(x T) (re, im float64) { return float64(to(x)), 0 },
		rows:    rows,
		most:    most,
	}
}

// fraction is a dtype of fractions of full scale. Its pattern is of a few of them, as integers
// a prime apart, and what is checked are these integers.
func fraction[T runtime.UNorm8 | runtime.UNorm16](full T) dtype[T] {
	return dtype[T]{
		one:     full,
		pattern: func(j int) T { return T(j%13) * (full / 13) },
		parts:   func(x T) (re, im float64) { return float64(x), 0 },
	}
}

func plane[T complex64 | complex128](of func(re, im float64) T) dtype[T] {
	return dtype[T]{
		one:     1,
		pattern: func(j int) T { return of(quarters[float64](j), float64(j%7-3)/4) },
		parts:   func(x T) (re, im float64) { return real(complex128(x)), imag(complex128(x)) },
		rows:    plainRow[T],
		most:    4,
	}
}
