//go:build amd64 && !purego

package machine

import (
	"os"

	"golang.org/x/sys/cpu"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Read returns the facts of this machine. x/sys/cpu reports AVX2 and the parts of AVX-512 only
// if the operating system saves the registers, and GODEBUG (cpu.avx2=off, cpu.avx512=off)
// switches off the bits HasAVX2 and HasAVX512.
func Read() Facts {
	const avx2, avx512 = kernel.AVX2, kernel.AVX512
	const f16c = 1 << 29 // which the version of x/sys/cpu for Go 1.25 does not tell
	return Facts{
		Features: []Feature{
			{"AVX2", avx2, cpu.X86.HasAVX2},
			{"FMA", avx2, cpu.X86.HasFMA},
			{"F16C", avx2, cpuid(1, 0).C&f16c != 0},
			{"BMI1", avx2, cpu.X86.HasBMI1},
			{"BMI2", avx2, cpu.X86.HasBMI2},
			{"AVX512F", avx512, cpu.X86.HasAVX512 && cpu.X86.HasAVX512F},
			{"AVX512BW", avx512, cpu.X86.HasAVX512BW},
			{"AVX512DQ", avx512, cpu.X86.HasAVX512DQ},
			{"AVX512VL", avx512, cpu.X86.HasAVX512VL},
		},
		CPUID: cpuid,
		Level: os.Getenv(LevelVariable),
		Cache: os.Getenv(CacheVariable),
	}
}

// cpuid returns what the CPUID instruction puts into the four registers.
func cpuid(leaf, sub uint32) Registers {
	a, b, c, d := registers(leaf, sub)
	return Registers{a, b, c, d}
}

func registers(leaf, sub uint32) (eax, ebx, ecx, edx uint32)
