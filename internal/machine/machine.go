// Package machine says what is known of the machine that a program runs on: the level that it
// multiplies at, which CPU it is, its caches, and what follows from them. All of it is one
// value, which is made of facts alone.
package machine

import "github.com/hadamard-go/hadamard/runtime/kernel"

// Level is a bundle of instruction sets.
type Level = kernel.Level

// The variables of the environment that say something of the machine.
const (
	LevelVariable = "HADAMARD_LEVEL" // the level to multiply at
	CacheVariable = "HADAMARD_CACHE" // bytes of the last-level cache to count on, for measurements
)

// Facts are what a machine says of itself and what the environment says of it.
type Facts struct {
	Features []Feature
	CPUID    func(leaf, sub uint32) Registers // nil where there is none, or no assembly
	Level    string                           // the value of LevelVariable
	Cache    string                           // the value of CacheVariable
}

// Machine is what is known of a machine. What short multiplies ask for comes first, in one cache line:
// where arrays fill the first-level cache, each line more pushes one of theirs out, and that the next.
type Machine struct {
	Level    Level          // that multiplies run at, if the environment can be followed
	Best     Level          // that the machine and the build support
	Features kernel.Feature // beyond levels, that kernels may use
	Halves   kernel.Halving // where kernels of half the width are faster, at AVX-512
	Nearest  int            // the first-level cache holds what is less, or nearly, in bytes; 0 if unknown
	Second   int            // the second-level cache holds what is less; 0 if unknown
	Ways     int            // of the first-level cache, 0 if unknown
	Turned   int            // elements from which on two loops that are no neighbours are worth tiles
	Lines    int            // bytes of lines that such loops touch, from which on elements of 8 bytes and more are
	Block    int            // bytes in a block of what takes several steps, as far as the second-level cache does not hold it

	Limits

	CPU     CPU
	Caches  []Cache  // of data, that the CPU reports, nearest first
	Refused *Refusal // why the environment can not be followed, nil if it can
}

// Refusal is a variable of the environment that can not be followed.
type Refusal struct {
	Variable, Value string
	Missing         []string // for a level that is one: the features that are missing
}

// This returns what is known of this machine.
func This() Machine { return Of(Read()) }

// Of returns what is known of a machine with these facts.
func Of(f Facts) Machine {
	m := Machine{Halves: kernel.Whole, Block: blockOf(CPU{})}
	m.Turned, m.Lines = turnedOf(CPU{})
	if f.CPUID != nil {
		m.CPU, m.Caches = cpuOf(f.CPUID), cachesOf(f.CPUID)
		m.Halves, m.Block = halvingOf(m.CPU, f.CPUID), blockOf(m.CPU)
		m.Turned, m.Lines = turnedOf(m.CPU)
		if len(m.Caches) > 0 && m.Caches[0].Level == 1 {
			m.Ways, m.Nearest = m.Caches[0].Ways, nearestOf(m.Caches[0].Bytes)
		}
		if len(m.Caches) > 1 && m.Caches[1].Level == 2 {
			m.Second = m.Caches[1].Bytes
		}
		m.Limits = limitsOf(m.CPU, m.Caches)
	} else {
		m.Limits = LimitsOf(0)
	}
	m.decide(f)
	if f.Cache != "" {
		m.count(f.Cache)
	}
	return m
}
