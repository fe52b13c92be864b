package machine

import (
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

func TestDetect(t *testing.T) {
	const pureGo, avx2, avx512 = kernel.PureGo, kernel.AVX2, kernel.AVX512
	// but returns all features but those given.
	but := func(without ...string) []Feature {
		f := []Feature{
			{"AVX2", avx2, true, 0},
			{"F16C", avx2, true, 0},
			{"AVX512F", avx512, true, 0},
			{"AVX512VL", avx512, true, 0},
		}
		for i := range f {
			f[i].Has = !slices.Contains(without, f[i].Name)
		}
		return f
	}
	lowering := mute(intel, 0x50654).cpuid
	for _, c := range []struct {
		name        string
		value       string
		features    []Feature
		cpuid       func(leaf, sub uint32) Registers
		level, best Level
		refused     bool
		missing     []string
	}{
		{"all", "", but(), nil, avx512, avx512, false, nil},
		{"no features", "", nil, nil, avx512, avx512, false, nil},
		{"AVX-512 lowers the clock", "", but(), lowering, avx2, avx512, false, nil},
		{"and is asked for", "avx512", but(), lowering, avx512, avx512, false, nil},
		{"and is not there", "", but("F16C"), lowering, pureGo, pureGo, false, nil},
		{"one part of AVX-512 missing", "", but("AVX512VL"), nil, avx2, avx2, false, nil},
		{"no F16C: AVX-512 includes AVX2", "", but("F16C"), nil, pureGo, pureGo, false, nil},
		{"lowered", "avx2", but(), nil, avx2, avx512, false, nil},
		{"purego", "purego", but(), nil, pureGo, avx512, false, nil},
		{"named", "avx512", but(), nil, avx512, avx512, false, nil},
		{"unsupported", "avx512", but("AVX512F", "AVX512VL"), nil, pureGo, avx2, true, []string{"AVX512F", "AVX512VL"}},
		{"unsupported too", "avx2", but("F16C"), nil, pureGo, pureGo, true, []string{"F16C"}},
		{"unknown", "AVX2", but(), nil, pureGo, avx512, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Of(Facts{Features: c.features, CPUID: c.cpuid, Level: c.value})
			if m.Level != c.level || m.Best != c.best {
				t.Errorf("level %v, best %v; want %v, %v", m.Level, m.Best, c.level, c.best)
			}
			switch r := m.Refused; {
			case (r != nil) != c.refused:
				t.Errorf("refused: %v, want %v", r, c.refused)
			case r != nil && (r.Variable != LevelVariable || r.Value != c.value || !slices.Equal(r.Missing, c.missing)):
				t.Errorf("refused: %+v, want %s and missing %v", *r, c.value, c.missing)
			}
			if levels := m.Supported(); len(levels) != int(c.best)+1 || levels[0] != pureGo || levels[c.best] != c.best {
				t.Errorf("supported %v, best %v", levels, c.best)
			}
		})
	}
}

// TestFeatures checks that every level is decided by the CPU, or refused by the build.
func TestFeatures(t *testing.T) {
	all, this := Read().Features, This()
	if len(Missing(all, kernel.PureGo)) != 0 {
		t.Error("a machine that lacks something for pure Go")
	}
	for _, level := range []Level{kernel.AVX2, kernel.AVX512} {
		if level <= this.Best != (len(Missing(all, level)) == 0) {
			t.Errorf("best level %v, missing %v for %v", this.Best, Missing(all, level), level)
		}
	}
}
