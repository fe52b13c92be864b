package machine

import "github.com/hadamard-go/hadamard/runtime/kernel"

// Registers are what the CPUID instruction leaves in EAX, EBX, ECX and EDX.
type Registers struct{ A, B, C, D uint32 }

// CPU is which CPU it is, as leaves 0 and 1 of CPUID tell.
type CPU struct {
	Vendor        string
	Family, Model int
}

// The vendors of which something was measured.
const (
	amd   = "AuthenticAMD"
	intel = "GenuineIntel"
)

func cpuOf(cpuid func(leaf, sub uint32) Registers) CPU {
	r := cpuid(0, 0)
	var vendor []byte
	for _, part := range []uint32{r.B, r.D, r.C} {
		vendor = append(vendor, byte(part), byte(part>>8), byte(part>>16), byte(part>>24))
	}
	return modelOf(string(vendor), cpuid(1, 0).A)
}

// modelOf takes apart a signature, of which families from 15 on use further bits.
func modelOf(vendor string, signature uint32) CPU {
	family := signature >> 8 & 0xf
	if family == 0xf {
		family += signature >> 20 & 0xff
	}
	return CPU{vendor, int(family), int(signature>>4&0xf | signature>>12&0xf0)}
}

// preferred is the level above which the CPU had better not go unasked.
func (c CPU) preferred() Level {
	if c.LowersClock() {
		return kernel.AVX2
	}
	return kernel.AVX512
}

// LowersClock tells whether the CPU pays for 512-bit vectors with the clock of all that its
// core runs: Intel's family 6, model 85, which is Skylake-X, Cascade Lake and Cooper Lake.
func (c CPU) LowersClock() bool {
	return c.Vendor == intel && c.Family == 6 && c.Model == 85
}

// halvingOf returns which halving is that of a CPU. AMD's family 25 splits vectors, if it has them: that is Zen 4. Family 26 is Zen 5.
// Intel's first version of AVX10 is that of Granite Rapids, which virtual machines call by other
// models; Emerald Rapids, with AVX-512 and the same caches, was not measured to lose anything.
func halvingOf(c CPU, cpuid func(leaf, sub uint32) Registers) kernel.Halving {
	switch {
	case c.Vendor == amd && c.Family == 25:
		return kernel.Split
	case c.Vendor == amd && c.Family == 26:
		return kernel.Picks
	case c.Vendor == intel && avx10(cpuid) == 1:
		return kernel.Beyond
	}
	return kernel.Whole
}

// blockOf returns how many bytes, of the widest elements, are converted or put under a mask at a time
// where operands come from beyond the second-level cache. AMD's family 26 gains up to a tenth by
// longer blocks (docs/measurements/2026-11-30-zen5-mixed.md), Emerald Rapids loses.
func blockOf(c CPU) int {
	if c.Vendor == amd && c.Family == 26 {
		return 8 << 10
	}
	return 2 << 10
}

// turnedOf returns from how many elements on two loops that are no neighbours are worth tiles, and from how
// many bytes of lines on elements of 8 bytes and more are: on AMD's family 26 however many
// (docs/measurements/2026-11-30-zen5-permuted.md).
func turnedOf(c CPU) (elements, lines int) {
	if c.Vendor == amd && c.Family == 26 {
		return 256, 0
	}
	return 400, 512 << 10
}

// avx10 returns the version of AVX10 that the CPU has, or 0.
func avx10(cpuid func(leaf, sub uint32) Registers) int {
	const leaf, has = 0x24, 1 << 19
	if cpuid(0, 0).A < leaf || cpuid(7, 0).A < 1 || cpuid(7, 1).D&has == 0 {
		return 0
	}
	return int(cpuid(leaf, 0).B & 0xff)
}

// hiddenCache returns the bytes of third-level cache to count on where the CPU reports none,
// as some virtual machines make it: those of family 23 have 8 or 16 MiB for each group of
// cores, and of what came later 32 MiB suit servers.
func (c CPU) hiddenCache() int {
	switch {
	case c.Vendor == amd && c.Family < 23:
		return 0 // there are some that have none
	case c.Vendor == amd && c.Family == 23:
		return 16 << 20
	}
	return 32 << 20
}
