//go:build amd64 && !purego

package machine

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/cpu"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestCPUFeatures asks another package for the same features.
func TestCPUFeatures(t *testing.T) {
	want := map[string]bool{
		"AVX2": cpu.X86.HasAVX2, "FMA": cpu.X86.HasFMA, "BMI1": cpu.X86.HasAVX2 && cpu.X86.HasBMI1, "BMI2": cpu.X86.HasAVX2 && cpu.X86.HasBMI2,
		"F16C":    cpu.X86.HasAVX2, // it does not tell
		"AVX512F": cpu.X86.HasAVX512F, "AVX512BW": cpu.X86.HasAVX512BW, "AVX512DQ": cpu.X86.HasAVX512DQ, "AVX512VL": cpu.X86.HasAVX512VL,
	}
	got := slices.DeleteFunc(Read().Features, func(f Feature) bool { return f.Beyond != 0 })
	for _, f := range got {
		if has, known := want[f.Name]; !known || has != f.Has {
			t.Errorf("%+v, want %v", f, has)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d features, want %d", len(got), len(want))
	}
}

// TestFeaturesOf says what is made of what a CPU tells of its features, as recorded there, and of
// what it would tell without some of them.
func TestFeaturesOf(t *testing.T) {
	xeon := recorded{ // family 6, model 167
		{0, 0}: {0x24, 0x756e6547, 0x6c65746e, 0x49656e69},
		{1, 0}: {0x000a0671, 0x00020800, 0xfffa3203, 0x1f8bfbff},
		{7, 0}: {0x00000002, 0xf1bf2ffb, 0x1a415f46, 0x23c14010},
	}
	const all = "AVX2 FMA F16C BMI1 BMI2 AVX512F AVX512BW AVX512DQ AVX512VL AVX512-VBMI AVX512-FP16"
	for _, c := range []struct {
		name     string
		cpuid    recorded
		ymm, zmm bool
		want     string
		best     Level
		beyond   kernel.Feature
	}{
		{"Xeon", xeon, true, true, all, kernel.AVX512, kernel.FP16 | kernel.VBMI},
		{"its 512 bits not saved", xeon, true, false, "AVX2 FMA F16C BMI1 BMI2", kernel.AVX2, 0},
		{"nothing saved", xeon, false, false, "", kernel.PureGo, 0},
		{"XGETBV not allowed", xeon.with(1, 0, Registers{C: 0xf7fa3203}), true, true, "", kernel.PureGo, 0},
		{"no leaf 7", xeon.with(0, 0, Registers{A: 6}), true, true, "FMA F16C", kernel.PureGo, 0},
		{"no AVX512DQ", xeon.with(7, 0, Registers{B: 0xf1bd2ffb, C: 0x1a415f46, D: 0x23c14010}), true, true, strings.ReplaceAll(all, "AVX512DQ ", ""), kernel.AVX2, 0},
		{"no FP16", xeon.with(7, 0, Registers{B: 0xf1bf2ffb, C: 0x1a415f46, D: 0x23414010}), true, true, strings.TrimSuffix(all, " AVX512-FP16"), kernel.AVX512, kernel.VBMI},
		{"no VBMI", xeon.with(7, 0, Registers{B: 0xf1bf2ffb, C: 0x1a415f44, D: 0x23c14010}), true, true, strings.ReplaceAll(all, "AVX512-VBMI ", ""), kernel.AVX512, kernel.FP16},
	} {
		features := featuresOf(c.cpuid.cpuid, func() (ymm, zmm bool) { return c.ymm, c.zmm })
		var names []string
		for _, f := range features {
			if f.Has {
				names = append(names, f.Name)
			}
		}
		m := Of(Facts{Features: features})
		if got := strings.Join(names, " "); got != c.want || m.Best != c.best || m.Features != c.beyond {
			t.Errorf("%s: %q, best level %v, beyond %q; want %q, %v, %q", c.name, got, m.Best, m.Features, c.want, c.best, c.beyond)
		}
	}
}

// TestMissingFeature holds that no level lacks what is beyond it.
func TestMissingFeature(t *testing.T) {
	features := featuresOf(recorded{}.cpuid, func() (ymm, zmm bool) { return false, false })
	missing := Missing(features, kernel.AVX512)
	if len(missing) != len(features)-2 || slices.Contains(missing, "AVX512-FP16") || slices.Contains(missing, "AVX512-VBMI") {
		t.Errorf("missing for avx512: %q", missing)
	}
}
