package exec

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestEntryFor says which kernel rows get on a CPU that halves vectors, and on others.
func TestEntryFor(t *testing.T) {
	defer restore(active)
	always, atFar := &generated.MulOf[kernel.Float16]()().Kernels[kernel.AVX512][kernel.VV], &generated.MulOf[complex64]()().Kernels[kernel.AVX512][kernel.VV]
	const least, leastFar = 128, 1024
	for entry, from := range map[*kernel.Entry]int{always: least, atFar: leastFar} {
		if entry.Level == kernel.AVX512 && (int(entry.HalfFrom) != from || entry.HalfFar != (entry == atFar)) {
			t.Errorf("%+v has no half, or at another length or reach", entry)
		}
	}
	for _, c := range []struct {
		of        *kernel.Rule
		pattern   kernel.Pattern
		halved    bool
		bytes     int
		reach     reach
		wantWhole bool
	}{
		{generated.MulOf[kernel.Float16]()(), kernel.VV, false, 1 << 20, far, true},
		{generated.MulOf[kernel.Float16]()(), kernel.VV, true, least - 1, far, true},
		{generated.MulOf[kernel.Float16]()(), kernel.VV, true, least, near, false},
		{generated.MulOf[kernel.Float16]()(), kernel.II, true, leastFar, far, true},
		{generated.MulOf[complex64]()(), kernel.VV, true, leastFar, near, true},
		{generated.MulOf[complex64]()(), kernel.VV, true, leastFar - 1, far, true},
		{generated.MulOf[complex64]()(), kernel.VV, true, leastFar, far, false},
	} {
		active.Halves, active.Features = c.halved, 0
		want := &c.of.Kernels[kernel.AVX512][c.pattern]
		if !c.wantWhole && want.Level == kernel.AVX512 { // not in a build without kernels
			want = &c.of.Kernels[kernel.AVX2][c.pattern]
		}
		if got := ruleAt(c.of, kernel.AVX512).entryFor(c.pattern, c.bytes, c.reach); got != want {
			t.Errorf("%+v: %s, want %s", c, c.of.ID(got), c.of.ID(want))
		}
	}
	of := generated.MulOf[kernel.Float16]()()
	active.Halves, active.Features = true, kernel.FP16
	half := of.Kernels[kernel.AVX512][kernel.VV].Level == kernel.AVX512
	if got := ruleAt(of, kernel.AVX512).entryFor(kernel.VV, least, far); half && got != &of.Kernels[kernel.AVX2][kernel.VV] {
		t.Errorf("on a CPU with %v that halves vectors: %s", active.Features, of.ID(got))
	}
	active.Halves = false
	for level, feature := range map[kernel.Level]kernel.Feature{kernel.AVX2: 0, kernel.AVX512: of.Override.Feature} {
		got := ruleAt(of, level).entryFor(kernel.VV, 1<<20, far)
		if got.Feature != feature || feature != 0 && got != &of.Override.Kernels[kernel.VV] {
			t.Errorf("on a CPU with %v, at %v: %s", active.Features, level, of.ID(got))
		}
	}
}

// TestStalls says which rows in place get a kernel that stores under no mask.
func TestStalls(t *testing.T) {
	var out, other [1 << 12]byte
	of := generated.MulOf[uint8]()()
	for _, c := range []struct {
		name                string
		cols, rows, step    int
		inPlace, wantUnmask bool
	}{
		{"in place", 11, 9, 11, true, true},
		{"backwards", 11, 9, -11, true, true},
		{"longer", 203, 9, 203, true, true},
		{"not in place", 11, 9, 11, false, false},
		{"one row", 11, 1, 11, true, false},
		{"rows apart", 11, 9, 11 + tileLine, true, false},
		{"a mask of all", 16, 9, 16, true, false},
		{"two halves", 40, 9, 40, true, false},
		{"long", stallRow + 11, 3, stallRow + 11, true, false},
	} {
		a := unsafe.Pointer(&other)
		if c.inPlace {
			a = unsafe.Pointer(&out)
		}
		w := walk{nest: kernel.Nest{Dst: unsafe.Pointer(&out), A: a, B: unsafe.Pointer(&other)}}
		outer := broadcast.Loop{Extent: c.rows, Stride: [3]int{c.step, c.step, 1}}
		inner := broadcast.Loop{Extent: c.cols, Stride: [3]int{1, 1, 0}}
		want := &of.Kernels[kernel.AVX512][kernel.VC]
		if c.wantUnmask && want.Level == kernel.AVX512 { // not in a build without kernels
			want = &of.Kernels[kernel.AVX2][kernel.VC]
		}
		if got := w.setNest(ruleAt(of, kernel.AVX512), &outer, &inner, near); got != want {
			t.Errorf("%s: %s, want %s", c.name, of.ID(got), of.ID(want))
		}
	}
}

// TestNoFunctionSkipsItsStop: a stop-the-world that finds assembly running waits for a
// function that begins by looking whether it is to stop, see walk.callBy. One that does not,
// around the kernels of short rows, let it wait for milliseconds.
func TestNoFunctionSkipsItsStop(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if above, e := filepath.Glob("../../*.go"); e == nil {
		files = append(files, above...)
	}
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("\n//go:nosplit\n")) {
			t.Errorf("%s has a function without a look at the stack", file)
		}
	}
}
