//go:build amd64 && !purego

package runtime

import "golang.org/x/sys/cpu"

// features lists what the levels need. x/sys/cpu reports AVX2 and the parts of
// AVX-512 only if the operating system saves the registers, and GODEBUG
// (cpu.avx2=off, cpu.avx512=off) switches off the bits HasAVX2 and HasAVX512.
func features() []feature {
	return []feature{
		{"AVX2", AVX2, cpu.X86.HasAVX2},
		{"FMA", AVX2, cpu.X86.HasFMA},
		{"F16C", AVX2, hasF16C()},
		{"BMI1", AVX2, cpu.X86.HasBMI1},
		{"BMI2", AVX2, cpu.X86.HasBMI2},
		{"AVX512F", AVX512, cpu.X86.HasAVX512 && cpu.X86.HasAVX512F},
		{"AVX512BW", AVX512, cpu.X86.HasAVX512BW},
		{"AVX512DQ", AVX512, cpu.X86.HasAVX512DQ},
		{"AVX512VL", AVX512, cpu.X86.HasAVX512VL},
	}
}

// hasF16C asks the CPU: the version of x/sys/cpu for Go 1.25 does not tell.
func hasF16C() bool {
	const f16c = 1 << 29
	_, _, features, _ := cpuid(1, 0)
	return features&f16c != 0
}

// preferred is the level above which this CPU had better not go unasked.
func preferred() Level {
	_, b, c, d := cpuid(0, 0)
	signature, _, _, _ := cpuid(1, 0)
	if lowersClock([3]uint32{b, d, c}, signature) {
		return AVX2
	}
	return AVX512
}

// lowersClock tells whether the CPU of a vendor and a signature, as leaves 0 and 1 of
// CPUID give them, pays for 512-bit vectors with the clock of all that its core runs:
// Intel's family 6, model 85, which is Skylake-X, Cascade Lake and Cooper Lake.
func lowersClock(vendor [3]uint32, signature uint32) bool {
	intel := [3]uint32{0x756e6547, 0x49656e69, 0x6c65746e} // "GenuineIntel"
	family := signature >> 8 & 0xf
	model := signature>>4&0xf | signature>>12&0xf0
	return vendor == intel && family == 6 && model == 85
}

// dataCaches returns the ways of the first-level data cache and the bytes of the
// largest, 0 if the CPU reports none.
func dataCaches() (firstWays, largest int) {
	leaf := uint32(4) // Intel
	if top, _, _, _ := cpuid(0x8000_0000, 0); top >= 0x8000_001d {
		if _, _, extended, _ := cpuid(0x8000_0001, 0); extended&(1<<22) != 0 { // AMD's topology extensions
			leaf = 0x8000_001d
		}
	}
	if top, _, _, _ := cpuid(0, 0); leaf == 4 && top < 4 {
		return 0, 0
	}
	for sub := uint32(0); sub < 16; sub++ {
		kind, shape, sets, _ := cpuid(leaf, sub)
		line, partitions, ways := shape&0xfff+1, shape>>12&0x3ff+1, shape>>22+1
		switch kind & 0x1f {
		case 0: // no more caches
			return firstWays, largest
		case 1, 3: // data, unified
			if level := kind >> 5 & 7; level == 1 {
				firstWays = int(ways)
			}
			largest = max(largest, int(line)*int(partitions)*int(ways)*int(sets+1))
		}
	}
	return firstWays, largest
}

// cpuid returns what the CPUID instruction puts into the four registers.
func cpuid(leaf, sub uint32) (eax, ebx, ecx, edx uint32)
