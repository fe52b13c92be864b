package kerneltest

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/guard"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// wrongKernels are wrong in one way each, or, where nothing finds them, right.
var wrongKernels = []struct {
	name    string
	rule    tiny
	pattern kernel.Pattern
	kernel  func(n *kernel.Nest)
	found   string // by these checks, and by no others
}{
	{"as it should be", sum, kernel.VV, loop(plus), ""},
	{"an element too far", sum, kernel.VV, func(n *kernel.Nest) {
		n.Cols++
		loop(plus)(n)
	}, "Lengths InPlace Nests Guard"},
	{"wrong tail", sum, kernel.VV, func(n *kernel.Nest) {
		n.Cols -= n.Cols % 32 / 31
		loop(plus)(n)
	}, "Lengths InPlace Nests"},
	{"reads beyond", sum, kernel.VV, func(n *kernel.Nest) {
		loop(plus)(n)
		touch(at(n.A, n.Cols))
	}, "Guard"},
	{"reads before", sum, kernel.VV, func(n *kernel.Nest) {
		loop(plus)(n)
		touch(at(n.B, -1))
	}, "Guard"},
	{"writes beyond what was there", sum, kernel.VV, func(n *kernel.Nest) {
		loop(plus)(n)
		*(*uint8)(at(n.Dst, n.Cols)) = touch(at(n.Dst, n.Cols))
	}, "Guard"},
	{"the last elements twice", sum, kernel.VV, func(n *kernel.Nest) {
		loop(plus)(n)
		if n.Cols >= 4 && n.Rows > 0 {
			loop(plus)(&kernel.Nest{
				Dst: at(n.Dst, n.Cols-4), A: at(n.A, n.Cols-4), B: at(n.B, n.Cols-4),
				Cols: 4, Rows: 1, DstCol: 1, ACol: 1, BCol: 1,
			})
		}
	}, "InPlace"},
	{"one pair of values", sum, kernel.VV, loop(func(dst, a, b unsafe.Pointer) {
		x, y := *(*uint8)(a), *(*uint8)(b)
		*(*uint8)(dst) = x + y
		if x == 77 && y == 201 {
			*(*uint8)(dst)++
		}
	}), "Values"},
	{"steps of rows are those of out", sum, kernel.VV, func(n *kernel.Nest) {
		n.ARow = n.DstRow
		loop(plus)(n)
	}, "Nests"},
	{"a row at least", sum, kernel.VC, func(n *kernel.Nest) {
		n.Rows = max(n.Rows, 1)
		loop(plus)(n)
	}, "Nests"},
	{"wrong at one alignment", sum, kernel.VV, func(n *kernel.Nest) {
		loop(plus)(n)
		if uintptr(n.Dst)%16 == 3 && n.Rows > 0 && n.Cols > 0 {
			*(*uint8)(n.Dst)++
		}
	}, "Lengths InPlace Nests"},
	{"wrong in long rows", sum, kernel.VC, func(n *kernel.Nest) {
		loop(plus)(n)
		if n.Cols > 32768 {
			*(*uint8)(at(n.Dst, 32768))++
		}
	}, "Lengths"},
	{"an operand changes", sum, kernel.VC, func(n *kernel.Nest) {
		loop(plus)(n)
		if n.Cols == 33 && n.A != n.Dst {
			*(*uint8)(n.A)++
		}
	}, "Lengths Nests Guard"},
	{"an operand is written with what it was", sum, kernel.VV, func(n *kernel.Nest) {
		loop(plus)(n)
		if n.Cols > 0 && n.Rows > 0 && n.B != n.Dst {
			*(*uint8)(n.B) = touch(n.B)
		}
	}, "Guard"},
	{"operands are one, apart from out", sum, kernel.VV, func(n *kernel.Nest) {
		loop(plus)(n)
		if n.A == n.B && n.A != n.Dst && n.Cols > 0 && n.Rows > 0 {
			*(*uint8)(n.Dst)++
		}
	}, "Nests"},
	{"products under a mask", sum, kernel.VVU, under(func(n *kernel.MaskedNest, r int) int { return r * n.MaskRow }), ""},
	{"what is not selected is written", sum, kernel.VVU, loop(plus), "Lengths InPlace Nests Guard"},
	{"all rows have the mask of the first", sum, kernel.VVU, under(func(*kernel.MaskedNest, int) int { return 0 }), "InPlace Nests"},
	{"the mask is read beyond its end", sum, kernel.VVU, func(n *kernel.Nest) {
		m := (*kernel.MaskedNest)(unsafe.Pointer(n))
		touch(at(m.Mask, n.Cols))
		under(func(n *kernel.MaskedNest, r int) int { return r * n.MaskRow })(n)
	}, "Guard"},
	{"gaps of out are written", apart, kernel.II, func(n *kernel.Nest) {
		loop(func(dst, a, b unsafe.Pointer) {
			minus(dst, a, b)
			if n.DstCol == 8 {
				*(*int32)(at(dst, 4)) = 5
			}
		})(n)
	}, "Nests"},
	{"operands change places", apart, kernel.VV, loop(func(dst, a, b unsafe.Pointer) {
		minus(dst, a, b)
		*(*int32)(dst) = -*(*int32)(dst)
	}), "Lengths Nests Values"},
	{"narrow in between", apart, kernel.VV, loop(func(dst, a, b unsafe.Pointer) {
		*(*int32)(dst) = int32(int16(*(*uint8)(a)) - *(*int16)(b))
	}), "Lengths Nests Values"},
	{"NaN becomes a number", times, kernel.VV, loop(func(dst, a, b unsafe.Pointer) {
		if product(dst, a, b); *(*float32)(dst) != *(*float32)(dst) {
			*(*float32)(dst) = 0
		}
	}), "Lengths InPlace Nests Values"},
	{"another NaN", times, kernel.VV, loop(func(dst, a, b unsafe.Pointer) {
		if product(dst, a, b); *(*float32)(dst) != *(*float32)(dst) {
			*(*uint32)(dst) = 0xffc12345
		}
	}), ""},
	{"the sign of zero", times, kernel.VC, loop(func(dst, a, b unsafe.Pointer) {
		if product(dst, a, b); *(*float32)(dst) == 0 {
			*(*float32)(dst) = 0
		}
	}), "Lengths InPlace Nests Values"},
	{"no subnormal numbers", times, kernel.VV, loop(func(dst, a, b unsafe.Pointer) {
		if product(dst, a, b); *(*uint32)(dst)&0x7f800000 == 0 {
			*(*uint32)(dst) &= 1 << 31
		}
	}), "Lengths InPlace Nests Values"},
}

// under is a kernel of sums under a mask, of which a row begins so many bytes after the first.
func under(row func(n *kernel.MaskedNest, r int) int) kernel.Func {
	return func(n *kernel.Nest) {
		m := (*kernel.MaskedNest)(unsafe.Pointer(n))
		for r := range n.Rows {
			for c := range n.Cols {
				if touch(at(m.Mask, row(m, r)+c)) != 0 {
					plus(at(n.Dst, r*n.DstRow+c), at(n.A, r*n.ARow+c), at(n.B, r*n.BRow+c))
				}
			}
		}
	}
}

// touch reads a byte.
//
//go:noinline
func touch(p unsafe.Pointer) byte { return *(*byte)(p) }

func TestWrongKernels(t *testing.T) {
	pages, masks := guard.Pages(t, guardedBytes()), guard.Pages(t, guardedBytes())[0]
	for _, w := range wrongKernels {
		t.Run(w.name, func(t *testing.T) {
			r := newRun(packageOf(w.rule))
			r.pages, r.masks = pages, masks
			k := w.rule.info(w.pattern, w.kernel)
			want := strings.Fields(w.found)
			for _, c := range slices.Concat(checks, []check{{"Guard", (*trial).guard}}) {
				if c.name == "Guard" && !guard.Real {
					continue
				}
				err := r.try(k, t.Name()+"/"+c.name, c.run)
				if found := slices.Contains(want, c.name); found != (err != nil) {
					t.Errorf("%s: found %v, want %v: %v", c.name, !found, found, err)
				}
			}
		})
	}
}

// A fault in assembly is reported like any other, and the next kernel is tried.
func TestFaults(t *testing.T) {
	if !guard.Real {
		t.Skip("this system has no pages that may not be touched")
	}
	p := Package{Kernels: generated.Kernels(), Rules: generated.Rules()}
	r := newRun(p)
	r.pages = guard.Pages(t, guardedBytes())
	tried := 0
	for _, k := range r.Kernels {
		if k.Rule != "float32" || k.Pattern != kernel.VV || !slices.Contains(r.levels, k.Level) {
			continue
		}
		tried++
		if err := r.try(k, t.Name(), (*trial).guard); err != nil {
			t.Errorf("%s: %v", k.ID, err)
		}
		right := k.Func
		k.Func = func(n *kernel.Nest) {
			n.Cols++
			right(n)
		}
		var fault runtime.Error
		if err := r.try(k, t.Name(), (*trial).guard); !errors.As(err, &fault) {
			t.Errorf("%s, an element too far: got %v, want a fault", k.ID, err)
		}
	}
	if tried < len(r.levels) {
		t.Errorf("%d kernels were tried at %d levels", tried, len(r.levels))
	}
}
