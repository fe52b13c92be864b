package ndarray

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime"
)

func fatal[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// elements prints all elements, in C order.
func elements(x Array) []string {
	var list []string
	var walk func(Array)
	walk = func(x Array) {
		if x.Rank() == 0 {
			list = append(list, fmt.Sprint(fatal(x.At())))
			return
		}
		for i := range x.Shape()[0] {
			walk(fatal(x.Index(i)))
		}
	}
	walk(x)
	return list
}

// Any bytes, seen by any shape, strides and byte order, and random views of that, against one
// element at a time.
func TestViewsOfBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	data := make([]byte, 1000)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	odd := 0
	for range 2000 {
		d := DTypes()[rng.IntN(17)]
		shape, strides := make([]int, rng.IntN(4)), []int{}
		for i := range shape {
			shape[i] = rng.IntN(5)
			step := rng.IntN(41) - 20
			if rng.IntN(2) == 0 {
				step = step / d.Size() * d.Size()
			}
			strides = append(strides, step)
		}
		order := ByteOrder(rng.IntN(2))
		at := 300 + rng.IntN(50)
		x, err := View(data, d, order, at, shape, strides)
		if err != nil {
			t.Fatal(err)
		}
		if x.operand.Lay.Item != 0 {
			odd++
		}
		if got := x.Shape(); !slices.Equal(got, shape) {
			t.Fatalf("shape %v, want %v", got, shape)
		}
		for axis, stride := range x.Strides() {
			if shape[axis] > 1 && x.Len() > 1 && stride != strides[axis] {
				t.Fatalf("%v: strides %v, want %v", d, x.Strides(), strides)
			}
		}
		want := naive(data, d, order, at, shape, strides)
		if got := elements(x); !slices.Equal(got, want) {
			t.Fatalf("%v %v of shape %v, strides %v: %v, want %v", order, d, shape, strides, got, want)
		}
		if len(shape) == 0 {
			continue
		}
		axis := rng.IntN(len(shape))
		flipped := fatal(x.Flip(axis))
		turned := fatal(fatal(flipped.Transpose()).Slice(-1-axis, runtime.None, runtime.None, -1))
		if got := elements(fatal(turned.Transpose())); !slices.Equal(got, want) {
			t.Fatalf("turned twice it is %v, want %v", got, want)
		}
		wide := fatal(fatal(x.ExpandDims(0)).BroadcastTo(append([]int{2}, shape...)...))
		if got := elements(wide); !slices.Equal(got, append(want, want...)) || !wide.IsReadOnly() {
			t.Fatalf("stretched it is %v", got)
		}
		if got := elements(fatal(fatal(x.ExpandDims(-1)).Squeeze(-1))); !slices.Equal(got, want) {
			t.Fatalf("with an axis more and without it again it is %v, want %v", got, want)
		}
		if flat, err := x.Reshape(-1); err == nil {
			if got := elements(flat); !slices.Equal(got, want) {
				t.Fatalf("flat it is %v, want %v", got, want)
			}
		} else if !errors.Is(err, runtime.ErrNoView) && x.Len() > 0 {
			t.Fatal(err)
		}
	}
	if odd < 100 {
		t.Errorf("%d arrays of odd strides", odd)
	}
}

// naive prints the elements by other means.
func naive(data []byte, d DType, order ByteOrder, at int, shape, strides []int) []string {
	if len(shape) == 0 {
		b := bytes.Clone(data[at : at+d.Size()])
		for word := range slices.Chunk(b, d.WordSize()) {
			if order != NativeEndian() {
				slices.Reverse(word)
			}
		}
		return []string{fmt.Sprint(fatal(fatal(FromBytes(b, d, NativeEndian())).At()))}
	}
	var list []string
	for i := range shape[0] {
		list = append(list, naive(data, d, order, at+i*strides[0], shape[1:], strides[1:])...)
	}
	return list
}

func TestFromBytes(t *testing.T) {
	x := fatal(FromBytes([]byte{0, 1, 0, 2, 0, 3, 1, 0}, Int16, BigEndian, 2, 2))
	if got, want := x.String(), "[[  1   2]\n [  3 256]]"; got != want {
		t.Errorf("printed\n%v\nwant\n%v", got, want)
	}
	if got := x.Strides(); !slices.Equal(got, []int{4, 2}) || x.ByteOrder() != BigEndian || !x.IsContiguous() {
		t.Errorf("strides %v, %v", got, x.ByteOrder())
	}
	if b, ok := x.Bytes(); !ok || len(b) != 8 {
		t.Errorf("bytes %v", b)
	}
	if b, ok := fatal(x.Transpose()).Bytes(); ok {
		t.Errorf("bytes %v of a transposed array", b)
	}
	y := fatal(FromBytes([]byte{0, 5, 1}, Bool, BigEndian, 3))
	if y.String() != "[false  true  true]" || y.ByteOrder() != NativeEndian() {
		t.Errorf("bools %v, %v", y, y.ByteOrder())
	}
	z := fatal(x.ViewAs(UNorm16))
	if z.DType() != UNorm16 || fatal(z.At(0, 0)) != any(runtime.UNorm16(1)) {
		t.Errorf("as fractions %v", z)
	}
	if r := x.ReadOnly(); !r.IsReadOnly() || x.IsReadOnly() || !r.ReadOnly().IsReadOnly() {
		t.Error("ReadOnly changed the array itself, or not its view")
	}
}

func TestArrayErrors(t *testing.T) {
	data := make([]byte, 16)
	aligned := fatal(Zeros(Int32, 4))
	memory, _ := aligned.Bytes()
	var none Array
	swapped := fatal(FromBytes(memory, Int32, 1-NativeEndian(), 4))
	for _, row := range []struct {
		err  error
		is   error
		text string
	}{
		{second(FromBytes(data, Invalid, LittleEndian, 1)), ErrDType, "FromBytes: no dtype"},
		{second(FromBytes(data, Int8, 7, 16)), ErrOrder, "FromBytes: 7 is no byte order"},
		{second(FromBytes(data, Int32, LittleEndian, 3)), nil, "FromBytes: shape (3,) has 3 elements, the data 4"},
		{second(FromBytes(data[:15], Int32, LittleEndian, 3)), runtime.ErrRange, "FromBytes: data has 15 bytes, which end within a int32"},
		{second(FromBytes(data, Int8, LittleEndian, -1)), nil, "FromBytes: "},
		{second(View(data, Int32, LittleEndian, 0, []int{2}, []int{13})), runtime.ErrRange, "View: shape (2,) of int32 with strides (13,) and offset 0 reaches from byte 0 to 16, the data has 16"},
		{second(View(data, Int32, LittleEndian, 4, []int{2}, []int{-5})), runtime.ErrRange, "View: shape (2,) of int32 with strides (-5,) and offset 4 reaches from byte -1 to 7, the data has 16"},
		{second(View(data, Int32, LittleEndian, 13, nil, nil)), runtime.ErrRange, "View: "},
		{second(View(data, Int32, LittleEndian, 17, []int{0}, []int{4})), runtime.ErrRange, "View: offset 17 is outside of the data, which has 16 bytes"},
		{second(View(data, Int32, LittleEndian, 0, []int{1, 2}, []int{4})), nil, "View: "},
		{second(View(data, Int32, LittleEndian, 0, []int{math.MaxInt / 2}, []int{0})), runtime.ErrMemory, "View: shape ("},
		{second(Zeros(Invalid, 1)), ErrDType, "Zeros: no dtype"},
		{second(Zeros(Int8, math.MaxInt/2, math.MaxInt/2)), runtime.ErrMemory, "Zeros: "},
		{second(Zeros(Complex128, math.MaxInt/8)), runtime.ErrMemory, "Zeros: "},
		{second(New([]int8{1}, 2)), nil, "New: "},
		{second(As[int8](none)), runtime.ErrNoArray, "As: "},
		{second(As[int64](aligned)), nil, "As: the array's dtype is int32, not int64"},
		{second(As[int32](swapped)), ErrBytes, "As: the elements are "},
		{second(As[int32](fatal(View(memory, Int32, NativeEndian(), 1, []int{2}, []int{4})))), ErrBytes, "As: the elements lie at addresses that are no multiples of the size of a int32"},
		{second(As[int32](fatal(View(memory, Int32, NativeEndian(), 0, []int{2}, []int{6})))), ErrBytes, "As: the elements lie at addresses that are no multiples of the size of a int32"},
		{second(As[bool](fatal(FromBytes([]byte{1, 2}, Bool, LittleEndian, 2)))), ErrBytes, "As: bools are bytes other than 0 and 1"},
		{second(none.Index(0)), runtime.ErrNoArray, "Index: "},
		{second(none.BroadcastTo(2)), runtime.ErrNoArray, "BroadcastTo: "},
		{second(none.ViewAs(Int8)), runtime.ErrNoArray, "ViewAs: "},
		{second(none.At()), runtime.ErrNoArray, "At: "},
		{second(aligned.At(4)), runtime.ErrRange, "At: index 4 is out of range"},
		{second(aligned.ViewAs(Int16)), ErrDType, "ViewAs: a int32 has 4 bytes, a int16 2"},
		{second(fatal(swapped.Reshape(2, 2)).Reshape(3)), nil, "Reshape: "},
	} {
		if row.err == nil || row.is != nil && !errors.Is(row.err, row.is) || !strings.HasPrefix(row.err.Error(), row.text) {
			t.Errorf("%v\nwant %s", row.err, row.text)
		}
	}
	if x, err := As[bool](fatal(FromBytes([]byte{1, 0}, Bool, LittleEndian, 2))); err != nil || x.String() != "[ true false]" {
		t.Errorf("%v, %v", x, err)
	}
	if none.String() != "no array" || none.Shape() != nil || none.Strides() != nil || none.Len() != 0 || none.Rank() != 0 || none.IsContiguous() || none.IsReadOnly() || none.ReadOnly().IsReadOnly() {
		t.Error("the zero Array holds something")
	}
}

func second[T any](_ T, err error) error { return err }
