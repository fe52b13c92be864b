//go:build amd64 && !purego

package machine

import (
	"testing"

	"golang.org/x/sys/cpu"
)

// TestCPUFeatures asks another package for the same features.
func TestCPUFeatures(t *testing.T) {
	want := map[string]bool{
		"AVX2": cpu.X86.HasAVX2, "FMA": cpu.X86.HasFMA, "BMI1": cpu.X86.HasAVX2 && cpu.X86.HasBMI1, "BMI2": cpu.X86.HasAVX2 && cpu.X86.HasBMI2,
		"F16C":    cpu.X86.HasAVX2, // it does not tell
		"AVX512F": cpu.X86.HasAVX512F, "AVX512BW": cpu.X86.HasAVX512BW, "AVX512DQ": cpu.X86.HasAVX512DQ, "AVX512VL": cpu.X86.HasAVX512VL,
	}
	got := Read().Features
	for _, f := range got {
		if has, known := want[f.Name]; !known || has != f.Has {
			t.Errorf("%+v, want %v", f, has)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d features, want %d", len(got), len(want))
	}
}
