package ndarray

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime"
)

var judged = flag.Int("judge", 1500, "random calls that are judged")

// call is a random call: all arrays lie in one memory, apart or not.
type call struct {
	rng     *rand.Rand
	memory  []byte
	apart   bool
	room    int
	shape   []int
	arrays  [4]arrayAt // out, a, b and the mask
	options Options
}

// arrayAt is an array in the memory of a call.
type arrayAt struct {
	dtype          DType
	order          ByteOrder
	at             int
	shape, strides []int
}

func (x *arrayAt) in(memory []byte) Array {
	if x.dtype == Invalid {
		return Array{}
	}
	return fatal(View(memory, x.dtype, x.order, x.at, x.shape, x.strides))
}

func (x *arrayAt) String() string {
	return fmt.Sprintf("%v %v %v strides %v at %d", x.order, x.dtype, x.shape, x.strides, x.at)
}

func newCall(rng *rand.Rand) *call {
	c := &call{rng: rng, apart: rng.IntN(5) < 3}
	size := 1
	for range rng.IntN(5) {
		n := []int{1, 2, 3, 4, 5, 9, 33, 100}[rng.IntN(8)]
		if size *= n; size > 1500 {
			size, n = size/n, 1
		}
		c.shape = append(c.shape, n)
	}
	dtype := func() DType { return DTypes()[rng.IntN(17)] }
	for i := range c.arrays {
		c.arrays[i] = c.lay(dtype(), i == 0)
	}
	if rng.IntN(6) == 0 {
		c.arrays[1+rng.IntN(2)] = c.arrays[0] // in place
	}
	if c.arrays[3].dtype = Bool; rng.IntN(2) == 0 {
		c.arrays[3].dtype = Invalid
	}
	c.options.Casting = []Casting{SameKind, SameKind, Unsafe, Saturate, Saturate, Safe}[rng.IntN(6)]
	c.options.Threads = rng.IntN(3)
	if rng.IntN(5) == 0 {
		c.options.DType = dtype()
	}
	c.memory = make([]byte, c.room)
	for i := range c.memory {
		c.memory[i] = byte(rng.Uint32())
	}
	for _, x := range c.arrays[1:3] {
		if rng.IntN(3) > 0 {
			c.tame(x)
		}
	}
	return c
}

// lay returns an array that broadcasts with the others.
func (c *call) lay(d DType, out bool) arrayAt {
	rng := c.rng
	shape := slices.Clone(c.shape)
	for axis := range shape {
		if !out && rng.IntN(6) == 0 {
			shape[axis] = 1
		}
	}
	if !out && rng.IntN(4) == 0 {
		shape = shape[rng.IntN(len(shape)+1):]
	}
	x := arrayAt{dtype: d, order: NativeEndian(), shape: shape, strides: make([]int, len(shape))}
	if rng.IntN(5) == 0 && d.WordSize() > 1 {
		x.order = 1 - x.order
	}
	step, low, high := d.Size(), 0, 0
	axes := rng.Perm(len(shape))
	if rng.IntN(3) > 0 {
		slices.Sort(axes)
		slices.Reverse(axes)
	}
	for _, axis := range axes {
		if rng.IntN(6) == 0 {
			step += d.Size() * rng.IntN(3)
		}
		if rng.IntN(25) == 0 {
			step += rng.IntN(8)
		}
		stride := step
		switch {
		case rng.IntN(6) == 0:
			stride = -step
		case rng.IntN(15) == 0 && !out:
			stride = 0
		}
		x.strides[axis] = stride
		reach := stride * (shape[axis] - 1)
		low, high = low+min(reach, 0), high+max(reach, 0)
		step = max(step, step*shape[axis])
	}
	slack := 16 * rng.IntN(3)
	if rng.IntN(4) == 0 {
		slack = rng.IntN(40)
	}
	x.at = slack - low
	if c.apart {
		x.at += c.room
	}
	c.room = max(c.room, (x.at+high+d.Size()+15)/16*16)
	return x
}

// tame sets the elements to small numbers.
func (c *call) tame(x arrayAt) {
	for at := range offsets(x.shape, x.strides) {
		v := number{re: float64(c.rng.IntN(12)-5) * 0.37}
		put(c.memory[x.at+at:], v.to(x.dtype, true), x.dtype, x.order)
	}
}

// offsets yields those of the elements in C order.
func offsets(shape, strides []int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		index := make([]int, len(shape))
		for {
			at := 0
			for axis, i := range index {
				at += i * strides[axis]
			}
			if !yield(at) {
				return
			}
			axis := len(shape) - 1
			for ; axis >= 0; axis-- {
				if index[axis]++; index[axis] < shape[axis] {
					break
				}
				index[axis] = 0
			}
			if axis < 0 {
				return
			}
		}
	}
}

// want returns the memory as it is after the multiply, by the oracle, and the elements of out.
func (c *call) want(loop DType) []byte {
	after := bytes.Clone(c.memory)
	out := &c.arrays[0]
	saturate := c.options.Casting == Saturate
	var values [3][]any
	for i, x := range c.arrays[1:] {
		if x.dtype == Invalid {
			continue
		}
		strides, err := broadcast.Strides(nil, x.shape, x.strides, out.shape)
		if err != nil {
			panic(err)
		}
		view := arrayAt{x.dtype, x.order, x.at, nil, nil}
		for at := range offsets(out.shape, strides) {
			view.at = x.at + at
			values[i] = append(values[i], fatal(view.in(c.memory).At()))
		}
	}
	i := 0
	for at := range offsets(out.shape, out.strides) {
		if values[2] == nil || values[2][i].(bool) {
			x, y := numberOf(values[0][i]).to(loop, saturate), numberOf(values[1][i]).to(loop, saturate)
			put(after[out.at+at:], numberOf(productOf(x, y)).to(out.dtype, saturate), out.dtype, out.order)
		}
		i++
	}
	return after
}

// TestJudge compares random multiplies with the oracle, in all of the memory that they lie in.
func TestJudge(t *testing.T) {
	seed := uint64(7)
	cast, done := 0, map[[3]DType]bool{}
	for i := range *judged {
		c := newCall(rand.New(rand.NewPCG(seed, uint64(i))))
		memory := aligned(c.memory)
		out, a, b, mask := c.arrays[0].in(memory), c.arrays[1].in(memory), c.arrays[2].in(memory), c.arrays[3].in(memory)
		o := c.options
		o.Where = mask
		loop := o.DType
		if loop == Invalid {
			loop = Promote(a.dtype, b.dtype)
		}
		err := o.MultiplyTo(out, a, b)
		allowed := CanCast(a.dtype, loop, o.Casting) && CanCast(b.dtype, loop, o.Casting) && CanCast(loop, out.dtype, o.Casting)
		says := func() string {
			return fmt.Sprintf("call %d, %v to %v, casting %v, threads %d:\nout   %v\na     %v\nb     %v\nwhere %v", i, loop, out.dtype, o.Casting, o.Threads, &c.arrays[0], &c.arrays[1], &c.arrays[2], &c.arrays[3])
		}
		var e *CastError
		if !allowed {
			if !errors.As(err, &e) || !bytes.Equal(memory, c.memory) {
				t.Fatalf("%s\n%v, want a CastError", says(), err)
			}
			cast++
			continue
		}
		if err != nil {
			t.Fatalf("%s\n%v", says(), err)
		}
		done[[3]DType{out.dtype, a.dtype, b.dtype}] = true
		want := c.want(loop)
		wanted := c.arrays[0].in(want)
		got, should := elementsOf(out), elementsOf(wanted)
		for k := range got {
			if !same(got[k], should[k]) {
				t.Fatalf("%s\nelement %d is %v, want %v", says(), k, got[k], should[k])
			}
		}
		for at := range offsets(c.arrays[0].shape, c.arrays[0].strides) { // NaNs
			n := out.dtype.Size()
			at += c.arrays[0].at
			copy(memory[at:at+n], want[at:at+n])
		}
		if !bytes.Equal(memory, want) {
			t.Fatalf("%s\nmemory outside of out was written to", says())
		}
		if c.apart && mask.operand.Lay == nil {
			fresh(t, c, o, a, b, loop, says)
		}
	}
	if *judged >= 1500 && (len(done) < 600 || cast < 50) {
		t.Errorf("%d triples of dtypes, %d refused", len(done), cast)
	}
}

// fresh compares a fresh product with one in a native array of its dtype.
func fresh(t *testing.T, c *call, o Options, a, b Array, loop DType, says func() string) {
	x, err := o.Multiply(a, b)
	if err != nil || x.dtype != loop || x.order != NativeEndian() {
		t.Fatalf("%s\nfresh: %v, %v", says(), x.dtype, err)
	}
	y := fatal(Zeros(loop, x.Shape()...))
	if err := o.MultiplyTo(y, a, b); err != nil {
		t.Fatal(err)
	}
	got, want := elementsOf(x), elementsOf(y)
	for i := range got {
		if !same(got[i], want[i]) {
			t.Fatalf("%s\nfresh: element %d is %v, want %v", says(), i, got[i], want[i])
		}
	}
}

func elementsOf(x Array) []any {
	var list []any
	for at := range offsets(x.operand.Lay.Shape, x.operand.Lay.Strides) {
		list = append(list, x.value(at))
	}
	return list
}

// aligned returns a copy whose first byte is aligned for all dtypes.
func aligned(b []byte) []byte {
	words := make([]uint64, len(b)/8+2)
	c := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(b))
	copy(c, b)
	return c
}

// TestConversionsAsOracle converts special numbers of each dtype to each other one.
func TestConversionsAsOracle(t *testing.T) {
	special := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 1.5, 2.5, -2.5, 126.5, 127.5, 254.5, 255.5, 0.49803922, 65534.5, 65535.5, 1e9, -1e9, 1e300, -1e300, 5e-324, 1e-7, math.Inf(1), math.Inf(-1), math.NaN(), 2147483647.5, 9.3e18, 1.9e19, 65519.9, 65520, 3.4e38, 3.41e38}
	for _, from := range DTypes() {
		var values []any
		for _, x := range special {
			values = append(values, number{re: x, im: -x}.to(from, true))
		}
		x := fatal(Zeros(from, len(values)))
		memory, _ := x.Bytes()
		for i, v := range values {
			put(memory[i*from.Size():], v, from, NativeEndian())
		}
		for _, to := range DTypes() {
			for _, by := range []Casting{Unsafe, Saturate} {
				y, err := Convert(x, to, by)
				if !CanCast(from, to, by) {
					if err == nil {
						t.Errorf("%v to %v by %v: no error", from, to, by)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%v to %v by %v: %v", from, to, by, err)
				}
				for i, v := range elementsOf(y) {
					if want := numberOf(values[i]).to(to, by == Saturate); !same(v, want) {
						t.Errorf("%v %v to %v by %v is %v, want %v", from, values[i], to, by, v, want)
					}
				}
			}
		}
	}
}

// TestProducts compares products of one to five arrays with multiplies in an array of the dtype that
// they promote to.
func TestProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 9))
	for i := range 300 {
		c := newCall(rand.New(rand.NewPCG(11, uint64(i))))
		n := 1 + rng.IntN(5)
		laid := []arrayAt{c.arrays[0]}
		c.apart, c.room = true, len(c.memory)
		for range n {
			laid = append(laid, c.lay(DTypes()[rng.IntN(17)], false))
		}
		c.memory = append(c.memory, make([]byte, c.room-len(c.memory))...)
		for _, x := range laid[1:] {
			c.tame(x)
		}
		c.memory = aligned(c.memory)
		out, xs := laid[0].in(c.memory), []Array(nil)
		for _, x := range laid[1:] {
			xs = append(xs, x.in(c.memory))
		}
		if rng.IntN(4) == 0 {
			xs[rng.IntN(n)] = []Array{Weak(2), Weak(0.5), Weak(-1.5 + 1i)}[rng.IntN(3)]
		}
		loop := ResultType(xs...)
		o := Options{Casting: Saturate, Where: c.arrays[3].in(c.memory)}
		if !CanCast(loop, out.dtype, o.Casting) {
			o.Casting = Unsafe
		}
		want := fatal(Convert(out, out.dtype, o.Casting))
		partial := fatal(Zeros(loop, out.Shape()...))
		err := Options{Casting: o.Casting, DType: loop}.convertTo(partial, xs[0])
		for _, x := range xs[1:] {
			if err == nil {
				err = Options{Casting: o.Casting, DType: loop}.MultiplyTo(partial, partial, x)
			}
		}
		if err == nil {
			err = o.convertTo(want, partial)
		}
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if err := o.Product(out, xs...); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		got, should := elementsOf(out), elementsOf(want)
		for k := range got {
			if !same(got[k], should[k]) {
				t.Fatalf("%d: of %d arrays to %v by way of %v, element %d is %v, want %v", i, n, out.dtype, loop, k, got[k], should[k])
			}
		}
	}
	out := fatal(Zeros(Int8, 2))
	if err := Product(out); !errors.Is(err, runtime.ErrNoOperands) {
		t.Errorf("of nothing: %v", err)
	}
	if err := Product(out, out, out, Array{}); !errors.Is(err, runtime.ErrNoArray) || err.Error()[:18] != "Product: operand 2" {
		t.Errorf("of no array: %v", err)
	}
	var e *CastError
	if err := Product(out, out, Scalar(2.5)); !errors.As(err, &e) {
		t.Errorf("of floats into integers: %v", err)
	}
}
