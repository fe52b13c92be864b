package runtime

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

func TestSlices(t *testing.T) {
	forDTypes(t, func(t *testing.T, d dtypeTest) { d.slices(t) })
}

// testSlices multiplies runs of one piece of memory at all distances from each other.
func testSlices[T Element](t *testing.T) {
	r := rand.New(rand.NewPCG(11, 13))
	for _, n := range []int{0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 33, generated.MostRow, generated.MostRow + 1} {
		distances := []int{0, 1, -1, n / 2, -n / 2, n - 1, 1 - n, n, -n, n + 1}
		for _, da := range distances {
			for _, db := range distances {
				origin := n + 1
				before := randomElements[T](r, 3*n+4)
				at := func(memory []T, distance int) []T { return memory[origin+distance:][:n] }

				want := slices.Clone(before)
				a, b := at(before, da), at(before, db)
				for i := range n {
					at(want, 0)[i] = product(a[i], b[i])
				}
				describe := func() string { return fmt.Sprintf("%d elements, a at %+d, b at %+d", n, da, db) }
				check := func(what string, multiply func(dst, a, b []T) error) {
					t.Helper()
					memory := slices.Clone(before)
					if err := multiply(at(memory, 0), at(memory, da), at(memory, db)); err != nil {
						t.Fatal(err)
					}
					compare(t, what, memory, want, describe)
				}
				check("MulSlice", MulSlice[T])
				for level := range levels() {
					check(level.String(), func(dst, a, b []T) error {
						exec.Run(ruleAt(generated.MulOf[T]()(), level), kernel.VV, start(dst), start(a), start(b), n)
						return nil
					})
				}
			}
			if n == 0 {
				continue
			}
			origin := n + 1
			memory := randomElements[T](r, 3*n+4)
			dst, a, s := memory[origin:][:n], memory[origin+da:][:n], memory[origin]
			want := slices.Clone(memory)
			for i := range n {
				want[origin+i] = product(a[i], s)
			}
			if err := ScaleSlice(dst, a, s); err != nil {
				t.Fatal(err)
			}
			compare(t, "ScaleSlice", memory, want, func() string { return fmt.Sprintf("%d elements, a at %+d", n, da) })
		}
	}
}

func start[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }

// TestSlicesOverlapByPart shifts complex numbers by one component.
func TestSlicesOverlapByPart(t *testing.T) {
	for _, n := range []int{4, 100} {
		memory := make([]float32, 2*n+1)
		for i := range memory {
			memory[i] = float32(i%7) - 2
		}
		whole := func(s []float32) []complex64 {
			return unsafe.Slice((*complex64)(unsafe.Pointer(&s[0])), n)
		}
		for _, c := range []struct {
			name   string
			dst, a int
		}{{"up", 1, 0}, {"down", 0, 1}} {
			t.Run(fmt.Sprint(n, c.name), func(t *testing.T) {
				pool := slices.Clone(memory)
				dst, a := whole(pool[c.dst:]), whole(pool[c.a:])
				want := make([]complex64, n)
				for i := range want {
					want[i] = product(a[i], a[i])
				}
				if err := MulSlice(dst, a, a); err != nil {
					t.Fatal(err)
				}
				compare(t, "MulSlice", dst, want, t.Name)

				copy(pool, memory)
				out, _ := New(dst, n)
				x, _ := New(a, n)
				if err := MultiplyTo(out, x, x); err != nil {
					t.Fatal(err)
				}
				compare(t, "MultiplyTo", dst, want, t.Name)

				copy(pool, memory)
				out, _ = out.Slice(0, None, None, -1)
				x, _ = x.Slice(0, None, None, -1)
				if err := MultiplyTo(out, x, x); err != nil {
					t.Fatal(err)
				}
				compare(t, "MultiplyTo reversed", dst, want, t.Name)
			})
		}
	}
}

func TestSliceLengths(t *testing.T) {
	dst, a := make([]int32, 4), make([]int32, 5)
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"a", MulSlice(dst, a, dst), "MulSlice: a has 5 elements, dst has 4"},
		{"b", MulSlice(dst, dst, a[:1]), "MulSlice: b has 1 element, dst has 4"},
		{"nil", MulSlice(nil, a, a), "MulSlice: a has 5 elements, dst has 0"},
		{"scale", ScaleSlice(dst, a, 2), "ScaleSlice: a has 5 elements, dst has 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.err == nil || c.err.Error() != c.want {
				t.Errorf("error %q, want %q", c.err, c.want)
			}
		})
	}
	if err := MulSlice[int32](nil, nil, nil); err != nil {
		t.Error(err)
	}
	if err := ScaleSlice[int32](nil, nil, 1); err != nil {
		t.Error(err)
	}
}

func TestKernelID(t *testing.T) {
	id, err := KernelID[uint32](kernel.VC)
	if err != nil || !strings.HasPrefix(id, "int32-vc-") {
		t.Errorf("%q, %v", id, err)
	}
	if _, err := KernelID[uint32](kernel.NumPatterns); err == nil {
		t.Error("no error for an unknown pattern")
	}
}
