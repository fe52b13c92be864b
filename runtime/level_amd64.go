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
	return cpuid1()&f16c != 0
}

// cpuid1 returns the feature bits that CPUID leaf 1 puts in ECX.
func cpuid1() uint32
