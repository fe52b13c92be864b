package bytearray

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

func TestPacked(t *testing.T) {
	tests := []struct {
		shape   []int
		fortran bool
		want    []int
		isC     bool
	}{
		{[]int{}, false, []int{}, true},
		{[]int{}, true, []int{}, true},
		{[]int{5}, true, []int{1}, true},
		{[]int{2, 3, 4}, false, []int{12, 4, 1}, true},
		{[]int{2, 3, 4}, true, []int{1, 2, 6}, false},
		{[]int{1, 3}, true, []int{1, 1}, true},
	}
	for _, test := range tests {
		a := Packed(ndarray.Int8, test.shape, test.fortran, nil)
		if !slices.Equal(a.Strides, test.want) || a.IsC() != test.isC {
			t.Errorf("%v, Fortran %v: strides %v, C %v; want %v, %v", test.shape, test.fortran, a.Strides, a.IsC(), test.want, test.isC)
		}
	}
}

// Random layouts against one element at a time.
func TestGather(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	src := make([]byte, 1<<14)
	for i := range src {
		src[i] = byte(rng.Uint32())
	}
	for range 3000 {
		d := ndarray.DTypes()[rng.IntN(len(ndarray.DTypes()))]
		shape, strides := make([]int, rng.IntN(5)), []int{}
		for i := range shape {
			shape[i] = rng.IntN(5)
			strides = append(strides, rng.IntN(40))
		}
		if rng.IntN(2) == 0 { // often packed, as in files
			strides = Packed(d, shape, rng.IntN(2) == 0, nil).Strides
		}
		swapped := rng.IntN(2) == 0
		want := gatherPlain(nil, src, d, swapped, shape, strides)
		got := make([]byte, len(want))
		a := Array{DType: d, Data: src, Swapped: swapped}
		if err := a.Gather(got, 0, shape, strides); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v %v strides %v swapped %v: %v\ngot  % x\nwant % x", d, shape, strides, swapped, err, got, want)
		}
	}
}

func gatherPlain(dst, src []byte, d ndarray.DType, swapped bool, shape, strides []int) []byte {
	if len(shape) > 0 {
		for i := range shape[0] {
			dst = gatherPlain(dst, src[i*strides[0]*d.Size():], d, swapped, shape[1:], strides[1:])
		}
		return dst
	}
	element := bytes.Clone(src[:d.Size()])
	if swapped {
		for word := range slices.Chunk(element, d.WordSize()) {
			slices.Reverse(word)
		}
	}
	if d == ndarray.Bool && element[0] != 0 {
		element[0] = 1
	}
	return append(dst, element...)
}

// Elements are put in order where they are, and what does not reach them is an error.
func TestGatherInPlace(t *testing.T) {
	a := Packed(ndarray.Uint16, []int{3}, false, []byte{1, 2, 3, 4, 5, 6})
	a.Swapped = true
	if err := a.Gather(a.Data, 0, a.Shape, a.Strides); err != nil || !bytes.Equal(a.Data, []byte{2, 1, 4, 3, 6, 5}) {
		t.Errorf("% x, %v", a.Data, err)
	}
	if err := a.Gather(make([]byte, 6), 1, a.Shape, a.Strides); err == nil {
		t.Error("an element that is not there was copied")
	}
	if err := a.Gather(make([]byte, 5), 0, a.Shape, a.Strides); err == nil {
		t.Error("elements were copied to where there is no room for them")
	}
}

// Parts as arrays of any byte order.
func TestView(t *testing.T) {
	a := Packed(ndarray.Uint16, []int{2, 3}, false, []byte{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6})
	a.Swapped = ndarray.NativeEndian() == ndarray.LittleEndian
	part, err := a.View(2, []int{2, 2}, []int{3, -1})
	if err != nil || part.ByteOrder() != ndarray.BigEndian {
		t.Fatal(part.ByteOrder(), err)
	}
	if got, want := part.String(), "[[3 2]\n [6 5]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func BenchmarkGather(b *testing.B) {
	const rows, cols = 512, 512
	for _, d := range []ndarray.DType{ndarray.Bool, ndarray.Int16, ndarray.Float32, ndarray.Float64, ndarray.Complex128} {
		for _, fortran := range []bool{false, true} {
			b.Run(fmt.Sprintf("%v/fortran=%v", d, fortran), func(b *testing.B) {
				a := Packed(d, []int{rows, cols}, fortran, make([]byte, rows*cols*d.Size()))
				a.Swapped = true
				dst := make([]byte, len(a.Data))
				b.SetBytes(int64(len(dst)))
				for b.Loop() {
					if err := a.Gather(dst, 0, a.Shape, a.Strides); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// A flipped and a transposed view of (2,3), gathered.
func TestViews(t *testing.T) {
	a := Packed(ndarray.Uint8, []int{2, 3}, false, []byte{1, 2, 3, 4, 5, 6})
	tests := []struct {
		name  string
		view  Array
		shape []int
		want  []byte
	}{
		{"rows backwards", a.Flip(0), []int{2, 3}, []byte{4, 5, 6, 1, 2, 3}},
		{"columns backwards", a.Flip(1), []int{2, 3}, []byte{3, 2, 1, 6, 5, 4}},
		{"both", a.Flip(0).Flip(1), []int{2, 3}, []byte{6, 5, 4, 3, 2, 1}},
		{"twice", a.Flip(0).Flip(0), []int{2, 3}, a.Data},
		{"transposed", a.SwapAxes(0, 1), []int{3, 2}, []byte{1, 4, 2, 5, 3, 6}},
		{"a quarter turn", a.SwapAxes(0, 1).Flip(1), []int{3, 2}, []byte{4, 1, 5, 2, 6, 3}},
		{"the last column", a.Narrow(1, 2, 1), []int{2, 1}, []byte{3, 6}},
	}
	for _, test := range tests {
		got := make([]byte, test.view.Len())
		if err := test.view.Gather(got, test.view.Offset, test.view.Shape, test.view.Strides); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(test.view.Shape, test.shape) || !bytes.Equal(got, test.want) {
			t.Errorf("%s: %v %v, want %v %v", test.name, test.view.Shape, got, test.shape, test.want)
		}
	}
	if !slices.Equal(a.Shape, []int{2, 3}) || !slices.Equal(a.Strides, []int{3, 1}) || a.Offset != 0 {
		t.Errorf("the views changed the array: %v", a)
	}
}
