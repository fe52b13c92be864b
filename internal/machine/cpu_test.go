package machine

import (
	"testing"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

func TestModel(t *testing.T) {
	for _, c := range []struct {
		name, vendor string
		signature    uint32
		lowersClock  bool
		halves       kernel.Halving
	}{
		{"Skylake-X", "GenuineIntel", 0x50654, true, kernel.Whole},
		{"Cascade Lake", "GenuineIntel", 0x50657, true, kernel.Whole},
		{"Cooper Lake", "GenuineIntel", 0x5065b, true, kernel.Whole},
		{"Skylake", "GenuineIntel", 0x506e3, false, kernel.Whole},
		{"Haswell", "GenuineIntel", 0x306c3, false, kernel.Whole},
		{"Ice Lake, a client", "GenuineIntel", 0x706e5, false, kernel.Whole},
		{"Ice Lake, a server", "GenuineIntel", 0x606a6, false, kernel.Whole},
		{"Sapphire Rapids", "GenuineIntel", 0x806f8, false, kernel.Whole},
		{"Zen 2", "AuthenticAMD", 0x830f10, false, kernel.Whole},
		{"Zen 4, a server", "AuthenticAMD", 0xa10f11, false, kernel.Split},
		{"Zen 4, a desktop", "AuthenticAMD", 0xa60f12, false, kernel.Split},
		{"Zen 5", "AuthenticAMD", 0xb00f21, false, kernel.Picks},
		{"no Intel", "AuthenticAMD", 0x50654, false, kernel.Whole},
		{"no AMD", "GenuineIntel", 0xa10f11, false, kernel.Whole},
	} {
		m := modelOf(c.vendor, c.signature)
		if got := m.LowersClock(); got != c.lowersClock {
			t.Errorf("%s lowers its clock: %v, want %v", c.name, got, c.lowersClock)
		}
		if got := halvingOf(m, mute(c.vendor, c.signature).cpuid); got != c.halves {
			t.Errorf("%s: halving %v, want %v", c.name, got, c.halves)
		}
	}
}
