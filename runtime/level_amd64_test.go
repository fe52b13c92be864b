//go:build amd64 && !purego

package runtime

import "testing"

func TestLowersClock(t *testing.T) {
	vendor := func(name string) (v [3]uint32) {
		for i := range name {
			v[i/4] |= uint32(name[i]) << (i % 4 * 8)
		}
		return v
	}
	for _, c := range []struct {
		name, vendor string
		signature    uint32
		want         bool
	}{
		{"Skylake-X", "GenuineIntel", 0x50654, true},
		{"Cascade Lake", "GenuineIntel", 0x50657, true},
		{"Cooper Lake", "GenuineIntel", 0x5065b, true},
		{"Skylake", "GenuineIntel", 0x506e3, false},
		{"Haswell", "GenuineIntel", 0x306c3, false},
		{"Ice Lake, a client", "GenuineIntel", 0x706e5, false},
		{"Ice Lake, a server", "GenuineIntel", 0x606a6, false},
		{"Sapphire Rapids", "GenuineIntel", 0x806f8, false},
		{"Zen 4", "AuthenticAMD", 0xa10f11, false},
		{"Zen 5", "AuthenticAMD", 0xb00f21, false},
		{"no Intel", "AuthenticAMD", 0x50654, false},
	} {
		if got := lowersClock(vendor(c.vendor), c.signature); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
