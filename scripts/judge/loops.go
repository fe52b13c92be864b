//go:build judge

package main

// #include <stdint.h>
//
// // A loop of NumPy's: args and steps of two operands and of out, n[0] elements.
// typedef void (*loop)(char **args, intptr_t *n, intptr_t *steps, void *data);
//
// static void call(void *f, char **args, intptr_t *n, intptr_t *steps, void *data) {
// 	((loop)f)(args, n, steps, data);
// }
//
// extern void multiplyLoop(int, char **, intptr_t *, intptr_t *, void *);
//
// // NumPy tells a loop its dtype by which function it calls.
// #define LOOP(i) static void loop##i(char **args, intptr_t *n, intptr_t *steps, void *data) { multiplyLoop(i, args, n, steps, data); }
// LOOP(0) LOOP(1) LOOP(2) LOOP(3) LOOP(4) LOOP(5) LOOP(6) LOOP(7) LOOP(8) LOOP(9) LOOP(10) LOOP(11) LOOP(12) LOOP(13)
// static const loop loops[] = {loop0, loop1, loop2, loop3, loop4, loop5, loop6, loop7, loop8, loop9, loop10, loop11, loop12, loop13};
// static void *loopOf(int i) { return (void *)loops[i]; }
import "C"

import (
	"sync/atomic"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// places are the loops that stand in for NumPy's.
var places [14]struct {
	dtype  ndarray.DType
	theirs unsafe.Pointer
}

// What reached them.
var calls, elements, left atomic.Int64

// Loop returns the loop at a place, which is that of a dtype from now on; Theirs says which loop
// it stands in for, that is called for what this library leaves to it.
//
//export Loop
func Loop(place C.int, dtype *C.char) unsafe.Pointer {
	d, _, err := ndarray.ParseDType(C.GoString(dtype))
	if err != nil {
		panic(err) // the judge's own
	}
	places[place].dtype = d
	return C.loopOf(place)
}

//export Theirs
func Theirs(place C.int, loop unsafe.Pointer) { places[place].theirs = loop }

// Reached stores the calls of loops, of how many elements, and how many were left to NumPy.
//
//export Reached
func Reached(to *C.int64_t) {
	for i, n := range []*atomic.Int64{&calls, &elements, &left} {
		unsafe.Slice(to, 3)[i] = C.int64_t(n.Load())
	}
}

//export multiplyLoop
func multiplyLoop(place C.int, args **C.char, n, steps *C.intptr_t, data unsafe.Pointer) {
	p, arg, step := &places[place], (*[3]unsafe.Pointer)(unsafe.Pointer(args)), (*[3]C.intptr_t)(unsafe.Pointer(steps))
	var x [3]ndarray.Array
	var err error
	sequential := false
	for i := range x {
		if x[i], err = along(p.dtype, arg[i], int(*n), int(step[i])); err != nil {
			break
		}
	}
	last := int(*n) - 1
	for i := range x[:2] { // as in accumulate, where products go on with products
		if arg[i] != arg[2] || step[i] != step[2] {
			sequential = sequential || overlap(arg[i], last*int(step[i]), arg[2], last*int(step[2]), p.dtype.Size())
		}
	}
	if err == nil && !sequential {
		err = ndarray.MultiplyTo(x[2], x[0], x[1])
	}
	if err != nil || sequential { // of the errors there is that of an out of one element, as in reduce
		left.Add(1)
		C.call(p.theirs, args, n, steps, data)
		return
	}
	calls.Add(1)
	elements.Add(int64(*n))
}

// overlap reports whether runs from p and q on, whose last elements are so far away, share memory.
func overlap(p unsafe.Pointer, pReach int, q unsafe.Pointer, qReach, size int) bool {
	d := int(uintptr(q)) - int(uintptr(p))
	return d+min(qReach, 0) < max(pReach, 0)+size && min(pReach, 0) < d+max(qReach, 0)+size
}

// along returns the view of n elements a step apart.
func along(d ndarray.DType, p unsafe.Pointer, n, step int) (ndarray.Array, error) {
	reach := max(n-1, 0) * step
	low, high := min(reach, 0), max(reach, 0)
	data := unsafe.Slice((*byte)(unsafe.Add(p, low)), high-low+d.Size())
	return ndarray.View(data, d, ndarray.NativeEndian(), -low, []int{n}, []int{step})
}
