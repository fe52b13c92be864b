package exec

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestEntryFor says which kernel rows get on CPUs where halves are faster, and on others.
func TestEntryFor(t *testing.T) {
	defer restore(active)
	float16, complex64, float32 := generated.MulOf[kernel.Float16]()(), generated.MulOf[complex64]()(), generated.MulOf[float32]()()
	const least, leastFar = 128, 1024
	for r, want := range map[*kernel.Rule]uint32{
		float16:   (least>>1 | 0x1f) << kernel.Split,
		complex64: (leastFar>>1 | uint32(far|Past)) << kernel.Split,
		float32:   (least>>1|0x1f)<<kernel.Split | (least>>1|uint32(Near|held))<<kernel.Beyond,
	} {
		if entry := &r.Kernels[kernel.AVX512][kernel.VV]; entry.Level == kernel.AVX512 && entry.Halves != want {
			t.Errorf("%s has halves elsewhere: %+v", r.ID(entry), entry)
		}
	}
	for _, c := range []struct {
		of       *kernel.Rule
		pattern  kernel.Pattern
		halves   kernel.Halving
		bytes    int
		reach    Reach
		wantHalf bool
	}{
		{float16, kernel.VV, kernel.Whole, 1 << 20, far, false},
		{float16, kernel.VV, kernel.Split, least - 1, far, false},
		{float16, kernel.VV, kernel.Split, least, Nearest, true},
		{float16, kernel.VV, kernel.Split, least, Near, true},
		{float16, kernel.II, kernel.Split, leastFar, far, false},
		{complex64, kernel.VV, kernel.Split, leastFar, Near, false},
		{complex64, kernel.VV, kernel.Split, leastFar - 1, far, false},
		{complex64, kernel.VV, kernel.Split, leastFar, far, true},
		{float32, kernel.VV, kernel.Beyond, 1 << 20, Nearest, false},
		{float32, kernel.VV, kernel.Beyond, least - 1, Near, false},
		{float32, kernel.VV, kernel.Beyond, least, Near, true},
		{float32, kernel.VV, kernel.Beyond, least, held, true},
		{float32, kernel.VV, kernel.Beyond, 1 << 20, far, false},
		{float32, kernel.VV, kernel.Beyond, 1 << 20, Past, false},
		{float32, kernel.VV, kernel.Whole, 1 << 20, Near, false},
		{complex64, kernel.VV, kernel.Beyond, 1 << 20, Near, false},
		{float32, kernel.VV, kernel.Picks, 1 << 20, Near, false},
		{float32, kernel.S2, kernel.Picks, 2*least - 1, Near, false},
		{float32, kernel.S2, kernel.Picks, 2 * least, Near, true},
		{float32, kernel.S2, kernel.Picks, 2 * least, Nearest, false},
		{float32, kernel.S2, kernel.Picks, 1 << 20, held, false},
	} {
		active.Halves, active.Features = c.halves, 0
		want := &c.of.Kernels[kernel.AVX512][c.pattern]
		if c.wantHalf && want.Level == kernel.AVX512 { // not in a build without kernels
			want = &c.of.Kernels[kernel.AVX2][c.pattern]
		}
		if got := ruleAt(c.of, kernel.AVX512).EntryFor(c.pattern, c.bytes, c.reach); got != want {
			t.Errorf("%+v: %s, want %s", c, c.of.ID(got), c.of.ID(want))
		}
	}
	of := generated.MulOf[kernel.Float16]()()
	active.Halves, active.Features = kernel.Split, kernel.FP16
	half := of.Kernels[kernel.AVX512][kernel.VV].Level == kernel.AVX512
	if got := ruleAt(of, kernel.AVX512).EntryFor(kernel.VV, least, far); half && got != &of.Kernels[kernel.AVX2][kernel.VV] {
		t.Errorf("on a CPU with %v that halves vectors: %s", active.Features, of.ID(got))
	}
	active.Halves = kernel.Whole
	for level, feature := range map[kernel.Level]kernel.Feature{kernel.AVX2: 0, kernel.AVX512: of.Override.Feature} {
		got := ruleAt(of, level).EntryFor(kernel.VV, 1<<20, far)
		if got.Feature != feature || feature != 0 && got != &of.Override.Kernels[kernel.VV] {
			t.Errorf("on a CPU with %v, at %v: %s", active.Features, level, of.ID(got))
		}
	}
}

// TestBeyond says from how many bytes on, of all that is touched, runs, nests and plans take halves
// where these are faster beyond the first-level cache.
func TestBeyond(t *testing.T) {
	defer restore(active)
	active.Halves, active.Nearest, active.Limits = kernel.Beyond, 72<<10, machine.LimitsOf(32<<20)
	of := generated.MulOf[float64]()()
	set := *of.Kernels
	var called kernel.Level
	for l := range set {
		for p := range set[l] {
			set[l][p].Func = func(*kernel.Nest) { called = set[l][p].Level }
		}
	}
	counted := *of
	counted.Kernels = &set
	r := ruleAt(&counted, kernel.AVX512)
	var memory [3][1 << 13]float64
	at := func(i int) unsafe.Pointer { return unsafe.Pointer(&memory[i]) }
	rows := func(i, n int) Operand { return view(t, memory[i][:], []int{n / 64, 64}, []int{72, 1}) }
	for name, c := range map[string]struct {
		arrays int
		call   func(n int)
	}{
		"runs":         {3, func(n int) { Flat(r, r.On.Machine, kernel.VV, at(0), at(1), at(2), n) }},
		"a run by one": {2, func(n int) { Flat(r, r.On.Machine, kernel.VC, at(0), at(1), at(2), n) }},
		"a nest": {3, func(n int) {
			if err := Multiply(r, rows(0, n), rows(1, n), rows(2, n), 1); err != nil {
				t.Error(err)
			}
		}},
		"a job": {3, func(n int) {
			var j Job
			if err := j.Resolve(r, rows(0, n), rows(1, n), rows(2, n)); err != nil {
				t.Error(err)
			}
			j.Run(1)
		}},
	} {
		n := active.Nearest / 8 / c.arrays
		for n, want := range map[int]kernel.Level{n - 64: kernel.AVX512, n + 64: kernel.AVX2} {
			want = min(want, set[kernel.AVX512][kernel.VV].Level) // in a build without kernels
			if c.call(n); called != want {
				t.Errorf("%s, %d elements: %v, want %v", name, n, called, want)
			}
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
		{"rows apart", 11, 9, 11 + TileLine, true, false},
		{"a mask of all", 16, 9, 16, true, false},
		{"two halves", 40, 9, 40, true, false},
		{"long", stallRow + 11, 3, stallRow + 11, true, false},
	} {
		a := unsafe.Pointer(&other)
		if c.inPlace {
			a = unsafe.Pointer(&out)
		}
		w := Walk{nest: kernel.Nest{Dst: unsafe.Pointer(&out), A: a, B: unsafe.Pointer(&other)}}
		outer := broadcast.Loop{Extent: c.rows, Stride: [3]int{c.step, c.step, 1}}
		inner := broadcast.Loop{Extent: c.cols, Stride: [3]int{1, 1, 0}}
		want := &of.Kernels[kernel.AVX512][kernel.VC]
		if c.wantUnmask && want.Level == kernel.AVX512 { // not in a build without kernels
			want = &of.Kernels[kernel.AVX2][kernel.VC]
		}
		w.rule = ruleAt(of, kernel.AVX512)
		if got := w.setNest(&outer, &inner, Nearest); got != want {
			t.Errorf("%s: %s, want %s", c.name, of.ID(got), of.ID(want))
		}
	}
}

// TestStallsOfFew: few rows by a row take a kernel under no mask, too, where they would stall in place.
func TestStallsOfFew(t *testing.T) {
	of := generated.MulOf[uint8]()()
	set := *of.Kernels
	var called kernel.Level
	for l := range set {
		for p := range set[l] {
			set[l][p].Func = func(*kernel.Nest) { called = set[l][p].Level }
		}
	}
	watched := *of
	watched.Kernels = &set
	var memory [3][1 << 12]byte
	for _, n := range []int{12, 20, 48} {
		for _, inPlace := range []bool{false, true} {
			out := view(t, memory[0][:], []int{n, n}, []int{n, 1})
			a := view(t, memory[1][:], []int{n, n}, []int{n, 1})
			if inPlace {
				a = out
			}
			if err := Multiply(ruleAt(&watched, kernel.AVX512), out, a, view(t, memory[2][:], []int{n}, []int{1}), 1); err != nil {
				t.Fatal(err)
			}
			want := set[kernel.AVX512][kernel.VV].Level
			if inPlace && n < TileLine/2 {
				want = min(want, kernel.AVX2)
			}
			if called != want {
				t.Errorf("%d rows, in place: %v: %v, want %v", n, inPlace, called, want)
			}
		}
	}
}

// TestNoFunctionSkipsItsStop: a stop-the-world that finds assembly running waits for a
// function that begins by looking whether it is to stop, see CallNest. One that does not,
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
