// Package spec is the vocabulary of the generator: dtypes, rules, patterns,
// levels, and the names of the kernels that they span. It depends on std alone
// and emits nothing; package templates turns it into Go and package avo into
// assembly.
//
// A kernel is one point of rule x pattern x level. Its ID, for example
// float32-vv-avx2, names the symbol, the sub-test, the benchmark and the row
// that the command line prints.
package spec

import (
	"fmt"
	"slices"
	"strings"
)

// Resolve returns the kernel that serves a place of a set: its own where it
// exists, else that of the highest assembly level below, else what serves the
// more general pattern at its level, else the portable one. A place with a feature
// has the kernel of the feature, or what serves it without.
func Resolve(place Kernel, exists func(Kernel) bool) (Kernel, error) {
	if exists(place) {
		return place, nil
	}
	place.Feature = Feature{}
	for l := slices.IndexFunc(Levels, func(l Level) bool { return l.Name == place.Level.Name }); l > 0; l-- {
		k := place
		k.Level = Levels[l]
		if exists(k) {
			return k, nil
		}
	}
	k := place
	if place.Pattern.General == "" {
		if k.Level = Levels[0]; exists(k) {
			return k, nil
		}
		return k, fmt.Errorf("%s: no kernel serves it", place.ID())
	}
	var err error
	if k.Pattern, err = ParsePattern(place.Pattern.General); err != nil {
		return k, err
	}
	return Resolve(k, exists)
}

// Level is an instruction-set bundle.
type Level struct {
	Name string // in IDs and in HADAMARD_LEVEL
	Func string // in Go names
	Doc  string
	// ISA lists the extensions that a kernel of the level may use, in avo's
	// spelling; it is empty for portable Go.
	ISA []string
}

var (
	isaAVX2   = []string{"MMX+" /* SFENCE; legacy SSE is refused by its registers */, "CMOV" /* every amd64 */, "AVX", "AVX2", "FMA3", "F16C", "BMI", "BMI2"}
	isaAVX512 = append(slices.Clone(isaAVX2), "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL")
)

// Levels lists the levels from the lowest to the highest.
var Levels = []Level{
	{Name: "purego", Func: "PureGo", Doc: "portable Go, on every architecture"},
	{Name: "avx2", Func: "AVX2", Doc: "AVX2, FMA, F16C, BMI1 and BMI2", ISA: isaAVX2},
	{Name: "avx512", Func: "AVX512", Doc: "AVX2's bundle and AVX-512 F, BW, DQ and VL", ISA: isaAVX512},
}

// Feature is an instruction set beyond those of a level, which some of its CPUs have. Kernels that
// use one stand beside those of the level, for rules and patterns that gain by it: see [Overrides].
type Feature struct {
	Name string // in IDs
	Func string // in Go names
	Doc  string
	// ISA lists what a kernel of the feature may use beside its level's, in avo's spelling.
	ISA []string
}

// Features lists the features. There can be 8.
var Features = []Feature{
	{Name: "fp16", Func: "FP16", Doc: "AVX512-FP16", ISA: []string{"AVX512FP16"}},
	{Name: "vbmi", Func: "VBMI", Doc: "AVX-512 VBMI", ISA: []string{"AVX512VBMI"}},
}

// Portable tells whether the level is Go rather than assembly.
func (l Level) Portable() bool { return len(l.ISA) == 0 }

// NestOperands and NestLoops list the fields of the struct through which a kernel learns
// what to do, in memory order: pointers to where the operands start, then its two loops,
// all of them int. Fields that only the any-stride kernels read stand last.
var (
	NestOperands = []string{"Dst", "A", "B"}
	NestLoops    = []string{
		"Cols", "Rows",
		"DstRow", "ARow", "BRow",
		"DstCol", "ACol", "BCol",
	}
	// NestMask lists those that follow where a nest has a mask: a pointer, and bytes from row to row.
	NestMask = []string{"Mask", "MaskRow"}
)

// NestOffset returns the offset in bytes of a field of the nest on a 64-bit
// machine.
func NestOffset(field string) int {
	i := slices.Index(slices.Concat(NestOperands, NestLoops, NestMask), field)
	if i < 0 {
		panic("spec: a nest has no field " + field)
	}
	return 8 * i
}

// Kernel is what multiplies by one rule in one pattern at one level, with a feature beyond that
// or, as most, with none.
type Kernel struct {
	Rule    Rule
	Pattern Pattern
	Level   Level
	Feature Feature
}

// ID returns the name of the kernel: "float32-vv-avx2", "float16-vv-avx512-fp16".
func (k Kernel) ID() string {
	return strings.Join([]string{k.Rule.Name, k.Pattern.Name, k.Target()}, "-")
}

// Target returns what the kernel's vector code is for: its level, "avx512", or that with its
// feature, "avx512-fp16".
func (k Kernel) Target() string {
	if k.Feature.Name == "" {
		return k.Level.Name
	}
	return k.Level.Name + "-" + k.Feature.Name
}

// ISA lists the extensions that the kernel may use.
func (k Kernel) ISA() []string { return slices.Concat(k.Level.ISA, k.Feature.ISA) }

// Code returns the ID of the kernel whose code is that of this one: its own, or that of
// the rule whose code this one's shares.
func (k Kernel) Code() string {
	k.Rule.Name = k.Rule.Code
	return k.ID()
}

// Symbol returns the Go name of the kernel's code: "float32_vv_avx2".
func (k Kernel) Symbol() string { return strings.ReplaceAll(k.Code(), "-", "_") }

// Enumerate lists the kernels of rules that [Check] found right. Portable kernels exist for
// all patterns that have no more general one, but products under a mask, which are copied under it
// where there is no kernel, others where has says so of the rule whose code
// it is, unless portable ones are enough for that, or what was measured says that they do not
// pay; those of a feature where a row of [Overrides] and has say so.
func Enumerate(rules []Rule, has func(Kernel) bool) []Kernel {
	named := map[string]Rule{}
	for _, r := range rules {
		named[r.Name] = r
	}
	var ks []Kernel
	for _, r := range rules {
		for _, l := range Levels {
			for _, p := range Patterns {
				k, code := Kernel{Rule: r, Pattern: p, Level: l}, Kernel{Rule: named[r.Code], Pattern: p, Level: l}
				if !r.Has(p) {
					continue
				}
				exists := p.General == "" && !p.Under
				if !l.Portable() {
					exists = !code.Rule.Portable && Pays(code) && has(code)
				}
				if exists {
					ks = append(ks, k)
				}
				for _, o := range Overrides {
					k.Feature, code.Feature = o.feature(), o.feature()
					if o.of(code) && has(code) {
						ks = append(ks, k)
					}
				}
			}
		}
	}
	return ks
}
