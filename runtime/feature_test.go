package runtime_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestFeatureOnAllPairs compares the products of float16 by kernels that use a feature with those by
// kernels of their level that do not: all float16 by every 255th one, or by all with
// HADAMARD_EXHAUSTIVE, which takes a second or more.
func TestFeatureOnAllPairs(t *testing.T) {
	rule, has := generated.MulOf[kernel.Float16]()(), machine.This().Features
	of := rule.Override
	if of == nil || of.Feature&has == 0 {
		t.Skip("compares kernels that need AVX512-FP16, and assembly in the build: this CPU, or this build, has none")
	}
	step := 255
	if os.Getenv("HADAMARD_EXHAUSTIVE") != "" {
		step = 1
	}
	const n, bytesOfAll = 1 << 16, 2 << 16
	all, got, want := make([]byte, bytesOfAll), make([]byte, bytesOfAll), make([]byte, bytesOfAll)
	for i := range n {
		binary.NativeEndian.PutUint16(all[2*i:], uint16(i))
	}
	for y := 0; y < n; y += step {
		by := uint16(y)
		multiply := func(dst []byte, entry *kernel.Entry) {
			entry.Func(&kernel.Nest{Dst: unsafe.Pointer(&dst[0]), A: unsafe.Pointer(&all[0]), B: unsafe.Pointer(&by), Rows: 1, Cols: n})
		}
		multiply(got, &of.Kernels[kernel.VC])
		multiply(want, &rule.Kernels[of.Level][kernel.VC])
		if bytes.Equal(got, want) {
			continue
		}
		nan := func(h uint16) bool { return h&0x7fff > 0x7c00 }
		for i := range n {
			x, y := binary.NativeEndian.Uint16(got[2*i:]), binary.NativeEndian.Uint16(want[2*i:])
			if x != y && !(nan(x) && nan(y)) {
				t.Fatalf("%#x * %#x is %#x by %s, %#x by %s", i, by, x, of.Feature, y, of.Level)
			}
		}
	}
}
