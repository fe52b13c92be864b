package machine

import "testing"

func TestModel(t *testing.T) {
	for _, c := range []struct {
		name, vendor               string
		signature                  uint32
		lowersClock, halvesVectors bool
	}{
		{"Skylake-X", "GenuineIntel", 0x50654, true, false},
		{"Cascade Lake", "GenuineIntel", 0x50657, true, false},
		{"Cooper Lake", "GenuineIntel", 0x5065b, true, false},
		{"Skylake", "GenuineIntel", 0x506e3, false, false},
		{"Haswell", "GenuineIntel", 0x306c3, false, false},
		{"Ice Lake, a client", "GenuineIntel", 0x706e5, false, false},
		{"Ice Lake, a server", "GenuineIntel", 0x606a6, false, false},
		{"Sapphire Rapids", "GenuineIntel", 0x806f8, false, false},
		{"Zen 2", "AuthenticAMD", 0x830f10, false, false},
		{"Zen 4, a server", "AuthenticAMD", 0xa10f11, false, true},
		{"Zen 4, a desktop", "AuthenticAMD", 0xa60f12, false, true},
		{"Zen 5", "AuthenticAMD", 0xb00f21, false, false},
		{"no Intel", "AuthenticAMD", 0x50654, false, false},
		{"no AMD", "GenuineIntel", 0xa10f11, false, false},
	} {
		m := modelOf(c.vendor, c.signature)
		if got := m.LowersClock(); got != c.lowersClock {
			t.Errorf("%s lowers its clock: %v, want %v", c.name, got, c.lowersClock)
		}
		if got := m.halvesVectors(); got != c.halvesVectors {
			t.Errorf("%s halves vectors: %v, want %v", c.name, got, c.halvesVectors)
		}
	}
}
