//go:build amd64 && !purego

package machine

import (
	"os"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Read returns the facts of this machine. What has registers that the operating system does not
// save is not there.
func Read() Facts {
	return Facts{
		Features: featuresOf(cpuid, saved),
		CPUID:    cpuid,
		Level:    os.Getenv(LevelVariable),
		Cache:    os.Getenv(CacheVariable),
	}
}

// The features that levels need, and those beyond: by which bits of a register leaf 1 or leaf 7
// tells them.
var known = [...]struct {
	name   string
	level  Level
	leaf   uint8
	bit    uint8
	of     func(Registers) uint32
	beyond kernel.Feature
}{
	{"AVX2", kernel.AVX2, 7, 5, ebx, 0},
	{"FMA", kernel.AVX2, 1, 12, ecx, 0},
	{"F16C", kernel.AVX2, 1, 29, ecx, 0},
	{"BMI1", kernel.AVX2, 7, 3, ebx, 0},
	{"BMI2", kernel.AVX2, 7, 8, ebx, 0},
	{"AVX512F", kernel.AVX512, 7, 16, ebx, 0},
	{"AVX512BW", kernel.AVX512, 7, 30, ebx, 0},
	{"AVX512DQ", kernel.AVX512, 7, 17, ebx, 0},
	{"AVX512VL", kernel.AVX512, 7, 31, ebx, 0},
	{"AVX512-VBMI", kernel.AVX512, 7, 1, ecx, kernel.VBMI},
	{"AVX512-FP16", kernel.AVX512, 7, 23, edx, kernel.FP16},
}

func ebx(r Registers) uint32 { return r.B }
func ecx(r Registers) uint32 { return r.C }
func edx(r Registers) uint32 { return r.D }

// featuresOf returns what a CPU has of them, where the system says which registers it saves: of 256
// bits, and those of 512 and the masks.
func featuresOf(cpuid func(leaf, sub uint32) Registers, saved func() (ymm, zmm bool)) (all []Feature) {
	var leaves [8]Registers
	leaves[1] = cpuid(1, 0)
	if cpuid(0, 0).A >= 7 {
		leaves[7] = cpuid(7, 0)
	}
	var usable [kernel.NumLevels]bool // the registers of which levels are saved
	const saves = 1 << 27             // the system says what it saves
	if leaves[1].C&saves != 0 {
		usable[kernel.AVX2], usable[kernel.AVX512] = saved()
	}
	for _, k := range known {
		has := usable[k.level] && k.of(leaves[k.leaf])>>k.bit&1 != 0
		all = append(all, Feature{k.name, k.level, has, k.beyond})
	}
	return all
}

// cpuid returns what the CPUID instruction puts into the four registers.
func cpuid(leaf, sub uint32) Registers {
	a, b, c, d := registers(leaf, sub)
	return Registers{a, b, c, d}
}

func registers(leaf, sub uint32) (eax, ebx, ecx, edx uint32)

// components returns what XGETBV says of the state that the system saves.
func components() uint32
