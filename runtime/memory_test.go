package runtime

import (
	"errors"
	"fmt"
	"math"
	"os"
	osexec "os/exec"
	"regexp"
	goruntime "runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/internal/fault"

	"github.com/hadamard-go/hadamard/internal/memory"
)

// limitMemory makes the process have so many bytes until the test ends.
func limitMemory(t *testing.T, bytes int64) {
	t.Helper()
	before := fault.MemoryLimit
	fault.MemoryLimit = func() memory.Limit { return memory.Limit{Bytes: bytes, By: "the test"} }
	t.Cleanup(func() { fault.MemoryLimit = before })
}

// asMemoryError checks an error about memory that there is not.
func asMemoryError(t *testing.T, err error, asked int64, want string) {
	t.Helper()
	var e *MemoryError
	if !errors.Is(err, ErrMemory) || !errors.As(err, &e) {
		t.Fatalf("error %v does not wrap ErrMemory and a *MemoryError", err)
	}
	if e.Asked != asked || e.Limit <= 0 || e.Limit >= asked || e.LimitedBy == "" {
		t.Errorf("%+v: want %d bytes asked for", *e, asked)
	}
	if got := err.Error(); !strings.HasPrefix(got, want) || !strings.Contains(got, " do not fit into the ") {
		t.Errorf("error %q, want %q", got, want)
	}
}

// What no machine that runs tests can hold.
func TestMoreMemoryThanThereIs(t *testing.T) {
	if math.MaxInt > 1<<40 {
		if limit := memory.Least().Bytes; limit >= 1<<40 {
			t.Skipf("this machine has %d bytes", limit)
		}
		side := 1 << (math.MaxInt >> 62 * 20) // 2^20, which the compiler takes for an int of any size
		_, err := Zeros[int8](side * side)
		asMemoryError(t, err, 1<<40, "Zeros: shape (1099511627776,): ")
		_, err = Zeros[float32](side, side)
		asMemoryError(t, err, 4<<40, "Zeros: shape (1048576,1048576): ")
		_, err = Multiply(repeated(t, side, 1), repeated(t, side))
		asMemoryError(t, err, 1<<40, "Multiply: shape (1048576,1048576): ")
	}
	asked := int64(math.MaxInt64) // as much as can be told
	if math.MaxInt == math.MaxInt32 {
		asked = math.MaxInt32 * 16
	}
	_, err := Zeros[complex128](math.MaxInt)
	asMemoryError(t, err, asked, fmt.Sprintf("Zeros: shape (%d,): ", math.MaxInt))
	_, err = View([]complex128{1}, 0, []int{math.MaxInt}, []int{0})
	asMemoryError(t, err, asked, fmt.Sprintf("View: shape (%d,): ", math.MaxInt))
	_, err = Scalar(1i).BroadcastTo(math.MaxInt)
	asMemoryError(t, err, asked, fmt.Sprintf("BroadcastTo: shape (%d,): ", math.MaxInt))
	for _, err := range []error{second(Zeros[int8](math.MaxInt, math.MaxInt)), second(Multiply(repeated(t, fault.MaxBytes, 1), repeated(t, fault.MaxBytes)))} {
		if !errors.Is(err, ErrMemory) || !errors.As(err, new(*SizeError)) {
			t.Errorf("more elements than an int counts: error %v", err)
		}
	}
}

func second[A any](_ A, err error) error { return err }

// repeated returns a single element repeated to a shape.
func repeated(t *testing.T, shape ...int) Array[int8] {
	x, err := Scalar(int8(1)).BroadcastTo(shape...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Each operation that allocates says so, and writes nothing.
func TestMemoryErrors(t *testing.T) {
	const n = fault.CheckedFrom / 8
	buffer := make([]float64, n+1) // its pages are not touched but by the few elements below
	dst, src := buffer[:n], buffer[1:]
	out, a := must(New(dst, n)), must(New(src, n))
	buffer[1], buffer[n] = 3, 5
	many := must(Scalar(2.0).BroadcastTo(n))
	limitMemory(t, fault.CheckedFrom-1)

	tests := []struct {
		name string
		call func() error
		want string
	}{
		{"Zeros", func() error { return second(Zeros[bool](fault.CheckedFrom)) }, "Zeros: shape (67108864,): "},
		{"Multiply", func() error { return second(Multiply(a, a)) }, "Multiply: shape (8388608,): "},
		{"Multiply in another order", func() error { return second(Multiply(many, many)) }, "Multiply: shape (8388608,): "},
		{"MultiplyTo by a", func() error { return MultiplyTo(out, a, out) }, "MultiplyTo: the copy of a, which overlaps the output: "},
		{"MultiplyTo by b", func() error { return MultiplyTo(out, out, a) }, "MultiplyTo: the copy of b, which overlaps the output: "},
		{"NewPlan", func() error { return second(NewPlan(out, out, a)) }, "NewPlan: the copy of b, which overlaps the output: "},
		{"Product", func() error { return Product(out, out, out, a) }, "Product: the copy of operand 2, which overlaps the output: "},
		{"Product of two", func() error { return Product(out, out, a) }, "Product: the copy of operand 1, which overlaps the output: "},
		{"Product of one", func() error { return Product(out, a) }, "Product: the copy of operand 0, which overlaps the output: "},
		{"ProductThreads", func() error { return ProductThreads(2, out, out, a, out) }, "ProductThreads: the copy of operand 1, which overlaps the output: "},
		{"MulSlice by a", func() error { return MulSlice(dst, src, dst) }, "MulSlice: the copy of a, which overlaps the output: "},
		{"MulSlice by b", func() error { return MulSlice(dst, dst, src) }, "MulSlice: the copy of b, which overlaps the output: "},
		{"ScaleSlice", func() error { return ScaleSlice(dst, src, 2) }, "ScaleSlice: the copy of a, which overlaps the output: "},
		{"TryClone", func() error { return second(many.TryClone()) }, "TryClone: shape (8388608,): "},
		{"TryContiguous", func() error { return second(many.TryContiguous()) }, "TryContiguous: shape (8388608,): "},
		{"Clone", func() error { return panicOf(func() { many.Clone() }) }, "Clone: shape (8388608,): "},
		{"Contiguous", func() error { return panicOf(func() { many.Contiguous() }) }, "Contiguous: shape (8388608,): "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			asMemoryError(t, test.call(), fault.CheckedFrom, test.want)
			if buffer[0] != 0 || buffer[1] != 3 || buffer[n-1] != 0 || buffer[n] != 5 {
				t.Error("something was written")
			}
		})
	}
}

// panicOf returns the error that f panics with.
func panicOf(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}

// What is smaller than that is not looked at, and what fits is allocated.
func TestMemoryThatThereIs(t *testing.T) {
	limitMemory(t, fault.CheckedFrom/2)
	if _, err := Zeros[int8](fault.CheckedFrom - 1); err != nil {
		t.Errorf("an allocation that is not to be looked at: %v", err)
	}
	limitMemory(t, fault.CheckedFrom)
	if _, err := Zeros[int8](fault.CheckedFrom); err != nil {
		t.Errorf("an allocation of all there is: %v", err)
	}
	x := must(must(Zeros[int16](3, 2)).Transpose())
	for _, f := range []func() (Array[int16], error){x.TryClone, x.TryContiguous, Array[int16]{}.TryClone, Array[int16]{}.TryContiguous} {
		if _, err := f(); err != nil {
			t.Error(err)
		}
	}
}

func TestMemoryErrorText(t *testing.T) {
	e := &MemoryError{Asked: 640e9, Limit: 25205542912, LimitedBy: "physical memory and swap"}
	const want = "596.0 GiB do not fit into the 23.5 GiB of physical memory and swap"
	if got := e.Error(); got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if got, want := (&MemoryError{Asked: 1000, Limit: 1, LimitedBy: "x"}).Error(), "1000 bytes do not fit into the 1 byte of x"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if got, want := (&MemoryError{Asked: math.MaxInt64, Limit: 1 << 47, LimitedBy: "x"}).Error(), "8.0 EiB and more do not fit into the 128.0 TiB of x"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if got, want := (&MemoryError{Asked: 1<<30 + 1, Limit: 1 << 30, LimitedBy: "x"}).Error(), "1073741825 bytes do not fit into the 1073741824 bytes of x"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(8 << 30))
	if got := e.Error(); got != want+", and GOMEMLIMIT is 8.0 GiB" {
		t.Errorf("error %q", got)
	}
}

// A process whose address space is limited gets the error and lives on.
func TestMemoryOfLimitedProcess(t *testing.T) {
	if os.Getenv("HADAMARD_TEST_LIMITED") != "" {
		for _, n := range []int{5 << 27, 7 << 26} { // of the second, Go leaves too little
			_, err := Zeros[float64](n)
			fmt.Println(err)
		}
		x, err := Multiply(Scalar(int8(6)), Scalar(int8(7)))
		fmt.Println(x, err)
		return
	}
	if goruntime.GOOS != "linux" || math.MaxInt < 1<<40 {
		t.Skip("the limit is set by Linux's prlimit, and is larger than small address spaces")
	}
	if name, err := os.ReadFile("/proc/self/comm"); err == nil && strings.HasPrefix(string(name), "qemu-") {
		t.Skip("the tests run in an emulator, which does not start processes")
	}
	prlimit, err := osexec.LookPath("prlimit")
	if err != nil {
		t.Skip(err)
	}
	limited := func(test string) ([]byte, error) {
		cmd := osexec.Command(prlimit, fmt.Sprintf("--as=%d", int64(4<<30)), os.Args[0], "-test.run="+test)
		cmd.Env = append(os.Environ(), "HADAMARD_TEST_LIMITED=1")
		return cmd.CombinedOutput()
	}
	if text, err := limited("^$"); err != nil {
		t.Skipf("no program starts under such a limit, as with the race detector: %v, %.100q", err, text)
	}
	text, err := limited("^TestMemoryOfLimitedProcess$")
	const limit = ` do not fit into the [23]\.[0-9] GiB of what the program leaves of the limit on the address space, ulimit -v\n`
	want := regexp.MustCompile(`^Zeros: shape \(671088640,\): 5\.0 GiB` + limit + `Zeros: shape \(469762048,\): 3\.5 GiB` + limit + `42 <nil>\n`)
	if err != nil || !want.Match(text) {
		t.Errorf("%v, %q, want %v", err, text, want)
	}
}
