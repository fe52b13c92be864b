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
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Motion is how an operand moves along the innermost loop.
type Motion uint8

// The motions. An operand that is Fixed has stride 0: it is a constant of the
// row.
const (
	Unit Motion = iota
	Fixed
	Strided  // any stride
	Reversed // stride -1
	Step2    // stride 2
	Step3
	Step4
	Transposed // any stride, but 1 from row to row
	Several    // a list of operands, each Unit or Fixed
)

// Kernels of patterns with a transposed operand take tiles: rows and columns
// in multiples of these.
const (
	TileRows = 8
	TileCols = 16
)

// Kernels multiply while they transpose where elements have DirectSize or more. Shorter
// ones are copied by T, to be multiplied in whole vectors. Tiles then have so many bytes
// down a column and across a row; those of patterns of whole lines have LineBytes of both.
const (
	DirectSize   = 4
	DirectDown   = 16
	DirectAcross = 32
	LineBytes    = 64
)

// Pattern is a combination of motions that has kernels of its own. Rules by which a and b may
// change places have those of one order alone.
type Pattern struct {
	Name      string // in IDs: one character for each operand
	Func      string // in Go names
	Doc       string
	Dst, A, B Motion
	// Cols is the number of columns of a pattern for short rows that are
	// adjacent in out and a, so that all of them together are contiguous; 0 where
	// any number will do.
	Cols int
	// Bytes is the length of a row of a pattern for rows that are adjacent in out and a
	// and all multiplied by the same row b, in elements of the widest of their types; 0 where
	// rows may be anything. SameA says that a and b have changed places.
	Bytes int
	SameA bool
	// Bypass marks a pattern whose kernels write past the caches. Out shares no
	// memory with an operand.
	Bypass bool
	// Lines marks a pattern whose tiles are as wide and as high as a cache line, so that
	// each line is touched once, however many of them compete for a place in the cache.
	Lines bool
	// Halved lists the rules, by whose code it is, of which rows are multiplied faster by kernels of half the
	// width where the CPU takes two steps for a vector of 512 bits: measured on Zen 4, from
	// HalvedFrom bytes a row on, or 128 if that is 0. HalvedFar says that this goes for all
	// rules where the caches do not hold the rows, from 1,024 on.
	Halved     []string
	HalvedFrom int
	HalvedFar  bool
	// OneRow marks a pattern of one row, of at least one column, whose kernels take it as
	// arguments, not in a nest: for rows that take less time than to write one.
	OneRow bool
	// Moves marks a pattern whose kernels copy a: they serve all rules whose
	// results are of one size, as kernels of the rule Move.
	Moves bool
	// General names a pattern whose kernels accept all that this one accepts.
	// They stand in where the pattern has none of its own. A pattern without one
	// has portable kernels.
	General string
}

// The rules of several patterns' Halved: those that loads and stores limit, of them
// those that are not widened, and those that gain where every third element is picked.
var (
	halvedLoads  = append([]string{"float16"}, halvedPicks...)
	halvedPicks  = []string{"bool", "int16", "int32", "float32", "float64"}
	halvedThirds = []string{"int32", "float32", "float64"}
)

// Patterns lists the patterns.
var Patterns = []Pattern{
	{Name: "vv", Func: "VV", Doc: "out and both operands are contiguous", Halved: halvedLoads, HalvedFar: true},
	{Name: "vc", Func: "VC", Doc: "out and a are contiguous, b is one constant in each row", B: Fixed, Halved: []string{"float16"}, HalvedFar: true},
	{Name: "ii", Func: "II", Doc: "out and both operands have any stride", Dst: Strided, A: Strided, B: Strided},
	{Name: "vvn", Func: "VVN", Doc: "out and both operands are contiguous, out bypasses the caches", Bypass: true, HalvedFar: true, General: "vv"},
	{Name: "vcn", Func: "VCN", Doc: "out and a are contiguous, b is one constant in each row, out bypasses the caches", B: Fixed, Bypass: true, HalvedFar: true, General: "vc"},
	{Name: "vv1", Func: "VV1", Doc: "out and both operands are contiguous, in one row", OneRow: true, General: "vv"},
	{Name: "vc1", Func: "VC1", Doc: "out and a are contiguous, b is one constant, in one row", B: Fixed, OneRow: true, General: "vc"},
	{Name: "ivv", Func: "IVV", Doc: "both operands are contiguous, out has any stride", Dst: Strided, General: "ii"},
	{Name: "2vv", Func: "O2VV", Doc: "both operands are contiguous, out takes every second element", Dst: Step2, General: "ivv"},
	{Name: "3vv", Func: "O3VV", Doc: "both operands are contiguous, out takes every third element", Dst: Step3, General: "ivv"},
	{Name: "4vv", Func: "O4VV", Doc: "both operands are contiguous, out takes every fourth element", Dst: Step4, General: "ivv"},
	{Name: "222", Func: "O222", Doc: "out and both operands take every second element", Dst: Step2, A: Step2, B: Step2, General: "ii"},
	{Name: "333", Func: "O333", Doc: "out and both operands take every third element", Dst: Step3, A: Step3, B: Step3, General: "ii"},
	{Name: "444", Func: "O444", Doc: "out and both operands take every fourth element", Dst: Step4, A: Step4, B: Step4, General: "ii"},
	{Name: "22c", Func: "O22C", Doc: "out and a take every second element, b is one constant in each row", Dst: Step2, A: Step2, B: Fixed, General: "ii"},
	{Name: "33c", Func: "O33C", Doc: "out and a take every third element, b is one constant in each row", Dst: Step3, A: Step3, B: Fixed, General: "ii"},
	{Name: "44c", Func: "O44C", Doc: "out and a take every fourth element, b is one constant in each row", Dst: Step4, A: Step4, B: Fixed, General: "ii"},
	{Name: "vr", Func: "VR", Doc: "out and a are contiguous, b runs backwards", B: Reversed, General: "ii"},
	{Name: "rr", Func: "RR", Doc: "out is contiguous, both operands run backwards", A: Reversed, B: Reversed, Halved: []string{"float16"}, General: "ii"},
	{Name: "v2", Func: "V2", Doc: "out and a are contiguous, b takes every second element", B: Step2, Halved: halvedPicks, General: "ii"},
	{Name: "22", Func: "S2", Doc: "out is contiguous, both operands take every second element", A: Step2, B: Step2, Halved: halvedPicks, General: "ii"},
	{Name: "v3", Func: "V3", Doc: "out and a are contiguous, b takes every third element", B: Step3, Halved: halvedThirds, HalvedFrom: 384, General: "ii"},
	{Name: "33", Func: "S3", Doc: "out is contiguous, both operands take every third element", A: Step3, B: Step3, Halved: halvedThirds, HalvedFrom: 384, General: "ii"},
	{Name: "v4", Func: "V4", Doc: "out and a are contiguous, b takes every fourth element", B: Step4, Halved: []string{"int8", "float64"}, General: "ii"},
	{Name: "44", Func: "S4", Doc: "out is contiguous, both operands take every fourth element", A: Step4, B: Step4, Halved: []string{"int8", "float64", "complex64"}, General: "ii"},
	{Name: "vrn", Func: "VRN", Doc: "out and a are contiguous, b runs backwards, out bypasses the caches", B: Reversed, Bypass: true, General: "vr"},
	{Name: "rrn", Func: "RRN", Doc: "out is contiguous, both operands run backwards, out bypasses the caches", A: Reversed, B: Reversed, Bypass: true, General: "rr"},
	{Name: "v2n", Func: "V2N", Doc: "out and a are contiguous, b takes every second element, out bypasses the caches", B: Step2, Bypass: true, General: "v2"},
	{Name: "22n", Func: "S2N", Doc: "out is contiguous, both operands take every second element, out bypasses the caches", A: Step2, B: Step2, Bypass: true, General: "22"},
	{Name: "v3n", Func: "V3N", Doc: "out and a are contiguous, b takes every third element, out bypasses the caches", B: Step3, Bypass: true, General: "v3"},
	{Name: "33n", Func: "S3N", Doc: "out is contiguous, both operands take every third element, out bypasses the caches", A: Step3, B: Step3, Bypass: true, General: "33"},
	{Name: "v4n", Func: "V4N", Doc: "out and a are contiguous, b takes every fourth element, out bypasses the caches", B: Step4, Bypass: true, General: "v4"},
	{Name: "44n", Func: "S4N", Doc: "out is contiguous, both operands take every fourth element, out bypasses the caches", A: Step4, B: Step4, Bypass: true, General: "44"},
	{Name: "vc2", Func: "VC2", Doc: "out and a are contiguous in rows of 2, b is one constant in each row", B: Fixed, Cols: 2, General: "vc"},
	{Name: "vc3", Func: "VC3", Doc: "out and a are contiguous in rows of 3, b is one constant in each row", B: Fixed, Cols: 3, HalvedFar: true, General: "vc"},
	{Name: "vc4", Func: "VC4", Doc: "out and a are contiguous in rows of 4, b is one constant in each row", B: Fixed, Cols: 4, Halved: halvedPicks, HalvedFrom: 1024, General: "vc"},
	{Name: "vc2n", Func: "VC2N", Doc: "out and a are contiguous in rows of 2, b is one constant in each row, out bypasses the caches", B: Fixed, Cols: 2, Bypass: true, General: "vc2"},
	{Name: "vc3n", Func: "VC3N", Doc: "out and a are contiguous in rows of 3, b is one constant in each row, out bypasses the caches", B: Fixed, Cols: 3, Bypass: true, General: "vc3"},
	{Name: "vc4n", Func: "VC4N", Doc: "out and a are contiguous in rows of 4, b is one constant in each row, out bypasses the caches", B: Fixed, Cols: 4, Bypass: true, General: "vc4"},
	{Name: "vp96", Func: "VP96", Doc: "out and a are contiguous in rows of 96 bytes, b is the same in each row", Bytes: 96, Halved: []string{"float16"}, HalvedFar: true, General: "vv"},
	{Name: "vp128", Func: "VP128", Doc: "out and a are contiguous in rows of 128 bytes, b is the same in each row", Bytes: 128, Halved: []string{"float16"}, General: "vv"},
	{Name: "cv", Func: "CV", Doc: "out and b are contiguous, a is one constant in each row", A: Fixed},
	{Name: "cvn", Func: "CVN", Doc: "out and b are contiguous, a is one constant in each row, out bypasses the caches", A: Fixed, Bypass: true, General: "cv"},
	{Name: "cv1", Func: "CV1", Doc: "out and b are contiguous, a is one constant, in one row", A: Fixed, OneRow: true, General: "cv"},
	{Name: "cv3", Func: "CV3", Doc: "out and b are contiguous in rows of 3, a is one constant in each row", A: Fixed, Cols: 3, General: "cv"},
	{Name: "pv96", Func: "PV96", Doc: "out and b are contiguous in rows of 96 bytes, a is the same in each row", Bytes: 96, SameA: true, General: "vv"},
	{Name: "pv128", Func: "PV128", Doc: "out and b are contiguous in rows of 128 bytes, a is the same in each row", Bytes: 128, SameA: true, General: "vv"},
	{Name: "vs", Func: "VS", Doc: "out and a are contiguous, b is several factors, each contiguous or one constant", B: Several},
	{Name: "vsn", Func: "VSN", Doc: "out and a are contiguous, b is several factors, each contiguous or one constant, out bypasses the caches", B: Several, Bypass: true, HalvedFar: true, General: "vs"},
	{Name: "tv", Func: "TV", Doc: "out and b are contiguous, a runs along the columns", A: Transposed, General: "ii"},
	{Name: "tt", Func: "TT", Doc: "out is contiguous, both operands run along the columns", A: Transposed, B: Transposed, General: "ii"},
	{Name: "tvw", Func: "TVW", Doc: "out and b are contiguous, a runs along the columns, in tiles of whole cache lines", A: Transposed, Lines: true, General: "tv"},
	{Name: "ttw", Func: "TTW", Doc: "out is contiguous, both operands run along the columns, in tiles of whole cache lines", A: Transposed, B: Transposed, Lines: true, General: "tt"},
	{Name: "tvwn", Func: "TVWN", Doc: "out and b are contiguous, a runs along the columns, in tiles of whole cache lines, out bypasses the caches", A: Transposed, Lines: true, Bypass: true, General: "tvw"},
	{Name: "ttwn", Func: "TTWN", Doc: "out is contiguous, both operands run along the columns, in tiles of whole cache lines, out bypasses the caches", A: Transposed, B: Transposed, Lines: true, Bypass: true, General: "ttw"},
	{Name: "i", Func: "FromI", Doc: "out is contiguous, a has any stride and is copied; b is not used", A: Strided, B: Fixed, Moves: true},
	{Name: "r", Func: "FromR", Doc: "out is contiguous, a runs backwards and is copied; b is not used", A: Reversed, B: Fixed, Moves: true, General: "i"},
	{Name: "2", Func: "From2", Doc: "out is contiguous, every second element of a is copied; b is not used", A: Step2, B: Fixed, Moves: true, General: "i"},
	{Name: "3", Func: "From3", Doc: "out is contiguous, every third element of a is copied; b is not used", A: Step3, B: Fixed, Moves: true, General: "i"},
	{Name: "4", Func: "From4", Doc: "out is contiguous, every fourth element of a is copied; b is not used", A: Step4, B: Fixed, Moves: true, General: "i"},
	{Name: "t", Func: "T", Doc: "out is contiguous, a runs along the columns and is copied; b is not used", A: Transposed, B: Fixed, Moves: true, General: "i"},
	{Name: "oi", Func: "ToI", Doc: "out has any stride, a is contiguous and is copied; b is not used", Dst: Strided, B: Fixed, Moves: true},
	{Name: "or", Func: "ToR", Doc: "out runs backwards, a is contiguous and is copied; b is not used", Dst: Reversed, B: Fixed, Moves: true, General: "oi"},
	{Name: "o2", Func: "To2", Doc: "out takes every second element, a is contiguous and is copied; b is not used", Dst: Step2, B: Fixed, Moves: true, General: "oi"},
	{Name: "o3", Func: "To3", Doc: "out takes every third element, a is contiguous and is copied; b is not used", Dst: Step3, B: Fixed, Moves: true, General: "oi"},
	{Name: "o4", Func: "To4", Doc: "out takes every fourth element, a is contiguous and is copied; b is not used", Dst: Step4, B: Fixed, Moves: true, General: "oi"},
}

// Left tells whether it is a that is a constant or the same in each row, and not b.
func (p Pattern) Left() bool { return p.A == Fixed || p.SameA }

// needed tells whether every rule has kernels of the pattern, and not only products of dtypes:
// rows of contiguous elements and constants, pixels, and any stride.
func (p Pattern) needed() bool {
	contiguous := func(m Motion) bool { return m == Unit || m == Fixed }
	return p.Dst == Strided && p.A == Strided ||
		p.Dst == Unit && contiguous(p.A) && contiguous(p.B) && (p.Cols == 0 || p.Cols == 3 && !p.Bypass)
}

// Resolve returns the kernel that serves a place of a set: its own where it
// exists, else that of the highest assembly level below, else what serves the
// more general pattern at its level, else the portable one.
func Resolve(place Kernel, exists func(Kernel) bool) (Kernel, error) {
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
	g := slices.IndexFunc(Patterns, func(p Pattern) bool { return p.Name == place.Pattern.General })
	if g < 0 {
		return k, fmt.Errorf("pattern %s: its more general pattern %s does not exist", place.Pattern.Name, place.Pattern.General)
	}
	k.Pattern = Patterns[g]
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
	isaAVX2   = []string{"MMX+" /* SFENCE; legacy SSE is refused by its registers */, "AVX", "AVX2", "FMA3", "F16C", "BMI", "BMI2"}
	isaAVX512 = append(slices.Clone(isaAVX2), "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL")
)

// Levels lists the levels from the lowest to the highest.
var Levels = []Level{
	{Name: "purego", Func: "PureGo", Doc: "portable Go, on every architecture"},
	{Name: "avx2", Func: "AVX2", Doc: "AVX2, FMA, F16C, BMI1 and BMI2", ISA: isaAVX2},
	{Name: "avx512", Func: "AVX512", Doc: "AVX2's bundle and AVX-512 F, BW, DQ and VL", ISA: isaAVX512},
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
)

// NestOffset returns the offset in bytes of a field of the nest on a 64-bit
// machine.
func NestOffset(field string) int {
	i := slices.Index(slices.Concat(NestOperands, NestLoops), field)
	if i < 0 {
		panic("spec: a nest has no field " + field)
	}
	return 8 * i
}

// Kernel is what multiplies by one rule in one pattern at one level.
type Kernel struct {
	Rule    Rule
	Pattern Pattern
	Level   Level
}

// At returns the kernel that stands at a place of the set of a rule.
func At(r Rule, p Pattern, l Level) Kernel {
	if p.Moves {
		r = Move(r.Out.Size)
	}
	return Kernel{r, p, l}
}

// ID returns the name of the kernel: "float32-vv-avx2".
func (k Kernel) ID() string {
	return strings.Join([]string{k.Rule.Name, k.Pattern.Name, k.Level.Name}, "-")
}

// Code returns the ID of the kernel whose code is that of this one: its own, or that of
// the rule whose code this one's shares.
func (k Kernel) Code() string {
	k.Rule.Name = k.Rule.Code
	return k.ID()
}

// Symbol returns the Go name of the kernel's code: "float32_vv_avx2".
func (k Kernel) Symbol() string { return strings.ReplaceAll(k.Code(), "-", "_") }

// Half returns the kernel that multiplies rows faster where the CPU takes two steps for a
// vector of the kernel's level, if there is one: from how many bytes on, and whether only
// where the caches do not hold the rows.
func (k Kernel) Half(exists func(Kernel) bool) (half Kernel, from int, far, found bool) {
	const short, long = 128, 1024
	l := slices.IndexFunc(Levels, func(l Level) bool { return l.Name == k.Level.Name })
	switch near := slices.Contains(k.Pattern.Halved, k.Rule.Code); {
	case near:
		from = cmp.Or(k.Pattern.HalvedFrom, short)
	case k.Pattern.HalvedFar:
		from, far = long, true
	default:
		return Kernel{}, 0, false, false
	}
	if l <= 0 || Levels[l-1].Portable() {
		return Kernel{}, 0, false, false
	}
	k.Level = Levels[l-1]
	return k, from, far, exists(k)
}

// Enumerate lists the kernels of rules that [Check] found right. Portable kernels exist for
// all patterns that have no more general one, others where has says so of the rule whose code
// it is, unless portable ones are enough for that.
func Enumerate(rules []Rule, has func(Kernel) bool) []Kernel {
	named := map[string]Rule{}
	for _, r := range rules {
		named[r.Name] = r
	}
	var ks []Kernel
	seen := map[string]bool{}
	for _, r := range rules {
		for _, l := range Levels {
			for _, p := range Patterns {
				k, code := At(r, p, l), At(named[r.Code], p, l)
				if !r.Has(p) || seen[k.ID()] {
					continue
				}
				exists := p.General == ""
				if !l.Portable() {
					exists = !code.Rule.Portable && has(code)
				}
				if exists {
					seen[k.ID()] = true
					ks = append(ks, k)
				}
			}
		}
	}
	return ks
}
