// Package spec is the vocabulary of the generator: dtypes, ops, patterns,
// levels, and the names of the kernels that they span. It depends on std alone
// and emits nothing; package templates turns it into Go and package avo into
// assembly.
//
// A kernel is one point of class x op x pattern x level. Its ID, for example
// f32-mul-vv-avx2, names the symbol, the sub-test, the benchmark and the row
// that the command line prints.
package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// DType is one element type as it appears in the public API.
type DType struct {
	// Name is NumPy's name: "float32".
	Name string
	// Type is the Go type: "float32", or the name of a type that package
	// generated declares, as "Float16".
	Type string
	// Under is the underlying Go type of a declared type, "" of a predeclared
	// one.
	Under string
	// Class is the lane class. Dtypes of one class share their kernels: the low
	// product of int32 and uint32 is the same.
	Class string
	// Size is the size of an element in bytes.
	Size int
}

// Predeclared describes a dtype stored in the Go type of the same name.
func Predeclared(name, class string) DType {
	return DType{Name: name, Type: name, Class: class, Size: storage[name]}
}

// Declared describes a dtype for which package generated declares a type over
// an underlying one.
func Declared(name, typ, under, class string) DType {
	return DType{Name: name, Type: typ, Under: under, Class: class, Size: storage[under]}
}

// Underlying returns the predeclared type that stores an element.
func (d DType) Underlying() string {
	if d.Under != "" {
		return d.Under
	}
	return d.Type
}

// Class is a set of dtypes that share kernels.
type Class struct {
	Name   string
	Size   int
	DTypes []DType // in the order of the rows; the first lends the class its Go type
}

// Classes groups rows by lane class, in order of first appearance. It refuses
// rows that could not share kernels.
func Classes(rows []DType) ([]Class, error) {
	var classes []Class
	names, types := map[string]bool{}, map[string]bool{}
	for _, d := range rows {
		switch {
		case d.Name == "" || d.Type == "" || d.Class == "":
			return nil, fmt.Errorf("dtype %+v: a name, a type and a class are needed", d)
		case names[d.Name] || types[d.Type]:
			return nil, fmt.Errorf("dtype %s (%s): the name or the type stands in two rows", d.Name, d.Type)
		case d.Size == 0 || storage[d.Underlying()] != d.Size:
			return nil, fmt.Errorf("dtype %s: no element is stored as %q in %d bytes", d.Name, d.Underlying(), d.Size)
		}
		names[d.Name], types[d.Type] = true, true
		i := slices.IndexFunc(classes, func(c Class) bool { return c.Name == d.Class })
		if i < 0 {
			classes = append(classes, Class{Name: d.Class, Size: d.Size})
			i = len(classes) - 1
		}
		c := &classes[i]
		if c.Size != d.Size {
			return nil, fmt.Errorf("dtype %s: class %s has elements of %d bytes, not %d", d.Name, c.Name, c.Size, d.Size)
		}
		c.DTypes = append(c.DTypes, d)
	}
	return classes, nil
}

// storage lists the sizes of the types that can hold an element.
var storage = map[string]int{
	"bool": 1,
	"int8": 1, "int16": 2, "int32": 4, "int64": 8,
	"uint8": 1, "uint16": 2, "uint32": 4, "uint64": 8,
	"float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
}

// Op is a rule that makes one element of two.
type Op struct {
	Name  string // in IDs: "mul"
	Func  string // in Go names, elements by elements: "Mul"
	Const string // in Go names, elements by one constant: "Scale"
	Verb  string // in docs: "multiplies"
	Sign  string // in docs: "*"
}

// Mul is the multiply: integers wrap, bool is AND, floats round once, complex
// products follow the textbook formula with every product rounded.
var Mul = Op{Name: "mul", Func: "Mul", Const: "Scale", Verb: "multiplies", Sign: "*"}

// Ops lists the rules.
var Ops = []Op{Mul}

// Move copies a. It is no rule: its kernels serve every op.
var Move = Op{Name: "move", Verb: "copies"}

// At returns the kernel that stands at a place of the set of a class and op.
func At(c Class, op Op, p Pattern, l Level) Kernel {
	if p.Moves {
		c, op = Class{Name: fmt.Sprintf("b%d", 8*c.Size), Size: c.Size}, Move
	}
	return Kernel{c, op, p, l}
}

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

// Pattern is a combination of motions that has kernels of its own. Multiplying
// commutes, so one order of a and b is enough.
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
	// and all multiplied by the same row b; 0 where rows may be anything.
	Bytes int
	// Bypass marks a pattern whose kernels write past the caches. Out shares no
	// memory with an operand.
	Bypass bool
	// Lines marks a pattern whose tiles are as wide and as high as a cache line, so that
	// each line is touched once, however many of them compete for a place in the cache.
	Lines bool
	// Halved lists the classes of which rows are multiplied faster by kernels of half the
	// width where the CPU takes two steps for a vector of 512 bits: measured on Zen 4, from
	// HalvedFrom bytes a row on, or 128 if that is 0. HalvedFar says that this goes for all
	// classes where the caches do not hold the rows, from 1,024 on.
	Halved     []string
	HalvedFrom int
	HalvedFar  bool
	// OneRow marks a pattern of one row, of at least one column, whose kernels take it as
	// arguments, not in a nest: for rows that take less time than to write one.
	OneRow bool
	// Moves marks a pattern whose kernels copy a: they serve all classes of one
	// size, by the op Move, and any op by other kernels before or after.
	Moves bool
	// General names a pattern whose kernels accept all that this one accepts.
	// They stand in where the pattern has none of its own. A pattern without one
	// has portable kernels.
	General string
}

// The classes of several patterns' Halved: those that loads and stores limit, of them
// those that are not widened, and those that gain where every third element is picked.
var (
	halvedLoads  = append([]string{"f16"}, halvedPicks...)
	halvedPicks  = []string{"bool", "x16", "x32", "f32", "f64"}
	halvedThirds = []string{"x32", "f32", "f64"}
)

// Patterns lists the patterns.
var Patterns = []Pattern{
	{Name: "vv", Func: "VV", Doc: "out and both operands are contiguous", Halved: halvedLoads, HalvedFar: true},
	{Name: "vc", Func: "VC", Doc: "out and a are contiguous, b is one constant in each row", B: Fixed, Halved: []string{"f16"}, HalvedFar: true},
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
	{Name: "rr", Func: "RR", Doc: "out is contiguous, both operands run backwards", A: Reversed, B: Reversed, Halved: []string{"f16"}, General: "ii"},
	{Name: "v2", Func: "V2", Doc: "out and a are contiguous, b takes every second element", B: Step2, Halved: halvedPicks, General: "ii"},
	{Name: "22", Func: "S2", Doc: "out is contiguous, both operands take every second element", A: Step2, B: Step2, Halved: halvedPicks, General: "ii"},
	{Name: "v3", Func: "V3", Doc: "out and a are contiguous, b takes every third element", B: Step3, Halved: halvedThirds, HalvedFrom: 384, General: "ii"},
	{Name: "33", Func: "S3", Doc: "out is contiguous, both operands take every third element", A: Step3, B: Step3, Halved: halvedThirds, HalvedFrom: 384, General: "ii"},
	{Name: "v4", Func: "V4", Doc: "out and a are contiguous, b takes every fourth element", B: Step4, Halved: []string{"x8", "f64"}, General: "ii"},
	{Name: "44", Func: "S4", Doc: "out is contiguous, both operands take every fourth element", A: Step4, B: Step4, Halved: []string{"x8", "f64", "c64"}, General: "ii"},
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
	{Name: "vp96", Func: "VP96", Doc: "out and a are contiguous in rows of 96 bytes, b is the same in each row", Bytes: 96, Halved: []string{"f16"}, HalvedFar: true, General: "vv"},
	{Name: "vp128", Func: "VP128", Doc: "out and a are contiguous in rows of 128 bytes, b is the same in each row", Bytes: 128, Halved: []string{"f16"}, General: "vv"},
	{Name: "vs", Func: "VS", Doc: "out and a are contiguous, b is several factors, each contiguous or one constant", B: Several},
	{Name: "vsn", Func: "VSN", Doc: "out and a are contiguous, b is several factors, each contiguous or one constant, out bypasses the caches", B: Several, Bypass: true, HalvedFar: true, General: "vs"},
	{Name: "tv", Func: "TV", Doc: "out and b are contiguous, a runs along the columns", A: Transposed, General: "ii"},
	{Name: "tt", Func: "TT", Doc: "out is contiguous, both operands run along the columns", A: Transposed, B: Transposed, General: "ii"},
	{Name: "tvw", Func: "TVW", Doc: "out and b are contiguous, a runs along the columns, in tiles of whole cache lines", A: Transposed, Lines: true, General: "tv"},
	{Name: "ttw", Func: "TTW", Doc: "out is contiguous, both operands run along the columns, in tiles of whole cache lines", A: Transposed, B: Transposed, Lines: true, General: "tt"},
	{Name: "tvwn", Func: "TVWN", Doc: "out and b are contiguous, a runs along the columns, in tiles of whole cache lines, out bypasses the caches", A: Transposed, Lines: true, Bypass: true, General: "tvw"},
	{Name: "ttwn", Func: "TTWN", Doc: "out is contiguous, both operands run along the columns, in tiles of whole cache lines, out bypasses the caches", A: Transposed, B: Transposed, Lines: true, Bypass: true, General: "ttw"},
	{Name: "t", Func: "T", Doc: "out is contiguous, a runs along the columns and is copied; b is not used", A: Transposed, B: Fixed, Moves: true},
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

// Kernel is code for one class, op, pattern and level.
type Kernel struct {
	Class   Class
	Op      Op
	Pattern Pattern
	Level   Level
}

// ID returns the name of the kernel: "f32-mul-vv-avx2".
func (k Kernel) ID() string {
	return strings.Join([]string{k.Class.Name, k.Op.Name, k.Pattern.Name, k.Level.Name}, "-")
}

// Symbol returns the Go name of the kernel: "f32_mul_vv_avx2".
func (k Kernel) Symbol() string { return strings.ReplaceAll(k.ID(), "-", "_") }

// Half returns the kernel that multiplies rows faster where the CPU takes two steps for a
// vector of the kernel's level, if there is one: from how many bytes on, and whether only
// where the caches do not hold the rows.
func (k Kernel) Half(exists func(Kernel) bool) (half Kernel, from int, far, found bool) {
	const short, long = 128, 1024
	l := slices.IndexFunc(Levels, func(l Level) bool { return l.Name == k.Level.Name })
	switch near := slices.Contains(k.Pattern.Halved, k.Class.Name); {
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

// Enumerate lists the kernels of the classes. Portable kernels exist for all
// patterns that have no more general one, others where has says so.
func Enumerate(classes []Class, has func(Kernel) bool) []Kernel {
	var ks []Kernel
	seen := map[string]bool{}
	for _, c := range classes {
		for _, op := range Ops {
			for _, l := range Levels {
				for _, p := range Patterns {
					k := At(c, op, p, l)
					if (l.Portable() && p.General == "" || !l.Portable() && has(k)) && !seen[k.ID()] {
						seen[k.ID()] = true
						ks = append(ks, k)
					}
				}
			}
		}
	}
	return ks
}
