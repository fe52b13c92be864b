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
		Features: features(),
		CPUID:    cpuid,
		Level:    os.Getenv(LevelVariable),
		Cache:    os.Getenv(CacheVariable),
	}
}

// The features that levels need: by which bits leaf 1, in ECX, or leaf 7, in EBX, tells them.
var needed = [...]struct {
	name  string
	level Level
	leaf  uint8
	bit   uint8
}{
	{"AVX2", kernel.AVX2, 7, 5},
	{"FMA", kernel.AVX2, 1, 12},
	{"F16C", kernel.AVX2, 1, 29},
	{"BMI1", kernel.AVX2, 7, 3},
	{"BMI2", kernel.AVX2, 7, 8},
	{"AVX512F", kernel.AVX512, 7, 16},
	{"AVX512BW", kernel.AVX512, 7, 30},
	{"AVX512DQ", kernel.AVX512, 7, 17},
	{"AVX512VL", kernel.AVX512, 7, 31},
}

func features() (all []Feature) {
	one, seven := cpuid(1, 0).C, uint32(0)
	if cpuid(0, 0).A >= 7 {
		seven = cpuid(7, 0).B
	}
	var usable [kernel.NumLevels]bool // the registers of which levels are saved
	const saves = 1 << 27             // the system says what it saves
	if one&saves != 0 {
		usable[kernel.AVX2], usable[kernel.AVX512] = saved()
	}
	for _, n := range needed {
		register := one
		if n.leaf == 7 {
			register = seven
		}
		all = append(all, Feature{n.name, n.level, usable[n.level] && register>>n.bit&1 != 0})
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
