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
	if processor.lowersClock() {
		return AVX2
	}
	return AVX512
}

// halvesVectors tells what the method of the same name says of this CPU.
func halvesVectors() bool { return processor.halvesVectors() }

// processor is this CPU.
var processor = thisCPU()

// cpuModel is which CPU it is, as leaves 0 and 1 of CPUID tell.
type cpuModel struct {
	vendor        string
	family, model uint32
}

func thisCPU() cpuModel {
	_, b, c, d := cpuid(0, 0)
	var vendor []byte
	for _, part := range []uint32{b, d, c} {
		vendor = append(vendor, byte(part), byte(part>>8), byte(part>>16), byte(part>>24))
	}
	signature, _, _, _ := cpuid(1, 0)
	return modelOf(string(vendor), signature)
}

// modelOf takes apart a signature, of which families from 15 on use further bits.
func modelOf(vendor string, signature uint32) cpuModel {
	family := signature >> 8 & 0xf
	if family == 0xf {
		family += signature >> 20 & 0xff
	}
	return cpuModel{vendor, family, signature>>4&0xf | signature>>12&0xf0}
}

// lowersClock tells whether the CPU pays for 512-bit vectors with the clock of all that its
// core runs: Intel's family 6, model 85, which is Skylake-X, Cascade Lake and Cooper Lake.
func (m cpuModel) lowersClock() bool {
	return m.vendor == "GenuineIntel" && m.family == 6 && m.model == 85
}

// halvesVectors tells whether the CPU takes two steps for a vector of 512 bits, if it has
// them: AMD's family 25, of which that is Zen 4.
func (m cpuModel) halvesVectors() bool {
	return m.vendor == "AuthenticAMD" && m.family == 25
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
