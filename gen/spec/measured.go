package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// What stands in this file was measured. It says which kernels there are beside the needed
// ones and when they are chosen, and nothing of what they are: with other numbers in it all
// results are the same.

// Budget is the number of instructions that a kernel may have. Code that is not in the
// instruction cache is slow however few cycles it takes. (Zen 5, 23 November 2026.)
const Budget = 460

// Longest is the number of instructions that a kernel may have where no more general one would
// stand in for it, but portable Go, which takes 7 times as long and more: for 24 and 64
// products and sums of int32, of 4,096 elements, 36.6 and 152 microseconds beside 4.9 and 21.3 by
// AVX2. (Zen 5, 29 November 2026.)
const Longest = 4 * Budget

// WorthTable is the number of elements from which on a row of bytes gains by a table of what they become by
// a constant: 512 take 0.80 of the time without, 4,096 take 0.40. (Zen 5, 30 November 2026.) A table is
// 256 products, so that it is worth it from 256/(1-r) elements on and a few for the call, where a look takes
// r of the time of a product: 0.34 here, 0.36 of an Intel by what its ports allow. It would have to
// be above 1/2 for another number.
const WorthTable = 512

// WorthUnpacking is the number of elements from which on a row of bytes or words by a constant gains where
// they are unpacked into float32 products: 500 words take 0.73 to 0.80 of the time, bytes 0.86 to 0.90, and
// 64 up to 1.19, since the factor is clamped before. (Zen 5, 30 November 2026.)
const WorthUnpacking = 256

// Pays tells whether a kernel is faster than the one of the level below, or for short rows, as
// docs/measurements/2026-11-23-zen5.md says of Zen 5 and docs/model.md of other CPUs, in the
// mean of them. At avx512, what is put together from single elements, or from 16 bytes of which
// none are wasted, is not: loading limits both.
func Pays(k Kernel) bool {
	p, size := k.Pattern, max(k.Rule.Out.Size, k.Rule.A.Size, k.Rule.B.Size)
	if p.Does == Copies && size == 16 && p.A.Picks() {
		return false // a load and a store each, as at any stride
	}
	if p.A == Listed {
		return k.Level.Name == "avx2" // whose vectors are of 16 bytes
	}
	switch step := max(steps(p.A), steps(p.Dst)); { // or else rows, or single elements, are about as fast
	case p.Zips():
		return size <= 2 // no program of one longer dtype has room for them
	case p.Does == Copies && p.DstRow != 0:
		return size <= 2
	case p.Does == Copies && size == 1 && (p.A.Step() == 6 || p.A.Step() == 7) && k.Level.Name == "avx512":
		return false // no instructions of the level arrange bytes so
	case p.Does == Copies && step > 4 && p.Dst == Unit:
		return size <= 2
	case p.Does == Copies && step > 4:
		return size*step <= 6
	}
	if p.Does == Converts && p.Bypass { // vectors of any width wait for memory
		return k.Level.Name == "avx2" && k.Rule.Out.Size >= max(4, k.Rule.A.Size)
	}
	switch {
	case k.Level.Name != "avx512", p.B == Several:
		return true
	case p.Dst == Strided, p.A == Strided, p.A == Transposed && p.Does != Copies && !p.Lines:
		return false
	case p.Does == Copies && size == 16:
		return p.A == Reversed || p.Dst == Reversed
	case size == 16:
		return p.B == Unit || p.B == Fixed || p.B == Reversed
	}
	return true
}

// steps is by how many elements a motion picks one, or 0.
func steps(m Motion) int {
	if m.Picks() {
		return m.Step()
	}
	return 0
}

// The kinds of CPU by where kernels of half the width are faster: where their bits are in what Halves
// returns.
const (
	Split  = 0  // a vector of 512 bits takes two steps
	Beyond = 10 // vectors of 512 bits are slow beyond the first-level cache
	Picks  = 20 // they are in the second one if elements are picked from them
	Whole  = 30 // neither
)

// A halving is where kernels of half the width multiply rows faster: those of some rules, by whose
// code it is, of so many bytes a row and more, and those of all rules where the caches do not hold them.
type halving struct {
	rules []string
	from  int // 128 if it is 0
	far   bool
}

// A kind of CPU has halvings by pattern, of which those of rules are where all that is multiplied may be.
type kind struct {
	shift, where int
	halvings     map[string]halving
}

// kinds lists them.
var kinds = []kind{{Split, anywhere, split}, {Beyond, near | held, beyond}, {Picks, near, picks}}

// The rules of several patterns that gain where vectors take two steps: those that loads and
// stores limit, of them those that are not widened, and those that gain where every third element
// is picked.
var (
	splitLoads  = append([]string{"float16"}, splitPicks...)
	splitPicks  = []string{"bool", "int16", "int32", "float32", "float64"}
	splitThirds = []string{"int32", "float32", "float64"}
)

// split lists where vectors take two steps. (Zen 4, 26 November 2026,
// docs/measurements/2026-11-26-zen4.md#avx-512-against-avx2.)
var split = map[string]halving{
	"vv":    {rules: splitLoads, far: true},
	"vc":    {rules: []string{"float16"}, far: true},
	"vvn":   {far: true},
	"vcn":   {far: true},
	"rr":    {rules: []string{"float16"}},
	"v2":    {rules: splitPicks},
	"22":    {rules: splitPicks},
	"v3":    {rules: splitThirds, from: 384},
	"33":    {rules: splitThirds, from: 384},
	"v4":    {rules: []string{"int8", "float64"}},
	"44":    {rules: []string{"int8", "float64", "complex64"}},
	"vc3":   {far: true},
	"vc4":   {rules: splitPicks, from: 1024},
	"vp96":  {rules: []string{"float16"}, far: true},
	"vp128": {rules: []string{"float16"}},
	"vsn":   {far: true},
}

// Those that gain beyond the first-level cache are those that loads and stores limit even at half
// the width: products of one instruction, complex ones, and those of two types.
var (
	beyondPlain   = []string{"int16", "int32", "float32", "float64"}
	beyondComplex = []string{"complex64", "complex128", "conjugate_complex64", "conjugate_complex128"}
	beyondMixed   = []string{
		"widening_int8", "widening_int16", "widening_int32", "widening_uint8", "widening_uint16", "widening_uint32",
		"real_complex64", "real_complex128", "scale_uint16", "scale_int16", "storage_float16", "storage_bfloat16",
		"double_float32", "double_int32",
	}
)

// beyond lists where all vectors are slow beyond the first-level cache. (Granite Rapids, 30 November
// 2026, docs/measurements/2026-11-30-intel-halves.md.)
var beyond = map[string]halving{
	"vv":    {rules: slices.Concat(beyondPlain, beyondMixed, []string{"q15"})},
	"vc":    {rules: slices.Concat(beyondPlain, beyondComplex, beyondMixed, []string{"bool", "int8", "q15", "scale_uint8", "scale_int8"})},
	"vr":    {rules: beyondPlain, from: 256},
	"rr":    {rules: beyondPlain, from: 256},
	"v3":    {rules: []string{"float64"}, from: 1984},
	"v4":    {rules: []string{"float64", "complex64"}, from: 1024},
	"44":    {rules: []string{"float64", "complex64"}, from: 1024},
	"vc2":   {rules: append([]string{"unorm16"}, beyondPlain...)},
	"vc3":   {rules: slices.Concat(beyondPlain, beyondMixed, []string{"saturating_int8"})},
	"vc4":   {rules: beyondPlain},
	"vp96":  {rules: slices.Concat(beyondPlain, beyondComplex, beyondMixed, []string{"bool", "int8", "int64", "saturating_int8", "saturating_int16", "saturating_uint16", "q7", "q15", "half_float16"})},
	"vp128": {rules: slices.Concat(beyondPlain, beyondComplex, beyondMixed, []string{"int8", "q7", "q15"})},
	"cv":    {rules: slices.Concat(beyondComplex, beyondMixed, []string{"double_int64"})},
	"cv3":   {rules: beyondMixed},
	"pv96":  {rules: slices.Concat(beyondComplex, beyondMixed, []string{"half_float16", "double_int64"})},
	"pv128": {rules: slices.Concat(beyondComplex, beyondMixed, []string{"double_int64"})},
	"vs":    {rules: append([]string{"bool"}, beyondPlain...), from: 512},
}

// picks lists where those are slow there that elements are picked from, of both operands or by threes.
// (Zen 5, 30 November 2026, docs/measurements/2026-11-30-zen5-halves.md.)
var picks = map[string]halving{
	"22": {rules: append([]string{"bool", "int8", "int16"}, picked...), from: 256},
	"v3": {rules: picked, from: 512},
	"33": {rules: append([]string{"bool", "int8", "int16"}, picked...), from: 512},
	"2":  {rules: []string{"move16", "move32"}, from: 256},
}

var picked = []string{"int32", "int64", "float32", "float64", "complex64"}

// beside lists, by pattern, the rules of two types, by whose code it is, that have kernels of it beside
// the needed ones: of pictures of four channels by a mask, which row by row take 2.7 times as long.
// (Zen 5, 30 November 2026.)
var beside = map[string][]string{"vc4": {"scale_uint8", "scale_uint16", "gain_uint8", "gain_uint16"}}

// Where what is multiplied may be: in the first-level cache, in the second one, in those after it,
// partly beyond them, and so that the result is written past them.
const (
	nearest = 1 << iota
	near
	held
	far
	past
	anywhere = nearest | near | held | far | past
)

// Halves returns of which multiplies the kernel of the level below is faster, if it exists, as package
// kernel has it.
func (k Kernel) Halves(exists func(Kernel) bool) (bits uint32) {
	const short, long = 128, 1024
	below := k
	if l := slices.IndexFunc(Levels, func(l Level) bool { return l.Name == k.Level.Name }); l > 0 {
		below.Level = Levels[l-1]
	}
	if k.Feature.Name != "" || below.Level.Portable() || !exists(below) { // by features it was not measured
		return 0
	}
	for _, cpu := range kinds {
		h := cpu.halvings[k.Pattern.Name]
		switch {
		case slices.Contains(h.rules, k.Rule.Code):
			bits |= uint32(cmp.Or(h.from, short)/rowUnit<<5|cpu.where) << cpu.shift
		case h.far:
			bits |= uint32(long/rowUnit<<5|far|past) << cpu.shift
		}
	}
	return bits
}

// rowUnit is what bytes of a row are counted in, to 31.
const rowUnit = 64

// An Override is a row of kernels that use a feature beyond their level and win by it: of some
// rules, by whose code it is, in some patterns. Names are separated by spaces.
type Override struct{ Rules, Patterns, Level, Feature string }

// Overrides lists them. A rule has those of one feature at the most, see [CheckOverrides]. (Intel
// family 6 model 167, 30 November 2026, docs/measurements/2026-11-30-intel-fp16.md and -intel-vbmi.md.)
var Overrides = []Override{
	{
		Rules:    "float16",
		Patterns: "vv vc vr rr v2 22 v3 33 v4 44 vc2 vc3 vc4 vp96 vp128 2vv 3vv 4vv 222 333 444 22c 33c 44c vs",
		Level:    "avx512", Feature: "fp16",
	},
	// Single bytes are permuted across a vector by one instruction.
	{Rules: "bool int8 unorm8", Patterns: "vr rr v2 22 v3 33 vc2 vc3 vc4", Level: "avx512", Feature: "vbmi"},
	{Rules: "int8 unorm8", Patterns: "2vv 3vv 4vv", Level: "avx512", Feature: "vbmi"},
	{Rules: "move8", Patterns: "r 2 3 or lw", Level: "avx512", Feature: "vbmi"},
	{Rules: "move16", Patterns: "lw", Level: "avx512", Feature: "vbmi"},
	// What bytes become by a constant is looked up. (Zen 5, 30 November 2026, 2026-11-30-zen5-rules.md there.)
	{Rules: "gain_uint8", Patterns: "vc", Level: "avx512", Feature: "vbmi"},
}

// of tells whether a kernel is one of the row.
func (o Override) of(k Kernel) bool {
	in := func(names, name string) bool { return slices.Contains(strings.Fields(names), name) }
	return o.Level == k.Level.Name && in(o.Rules, k.Rule.Name) && in(o.Patterns, k.Pattern.Name)
}

// feature returns the feature of the row.
func (o Override) feature() Feature {
	i := slices.IndexFunc(Features, func(f Feature) bool { return f.Name == o.Feature })
	if i < 0 {
		panic("spec: an override by " + o.Feature + ", which is no feature")
	}
	return Features[i]
}

// FeatureOf returns the feature by which kernels of a rule, of whose code it is, may override those of
// a level, if there is one.
func FeatureOf(rule string, l Level) (Feature, bool) {
	for _, o := range Overrides {
		if o.Level == l.Name && slices.Contains(strings.Fields(o.Rules), rule) {
			return o.feature(), true
		}
	}
	return Feature{}, false
}

// CheckOverrides refuses rows by which a rule would have kernels of two features: it has one place for
// those beside its set.
func CheckOverrides(rows []Override) error {
	of := map[string]string{}
	for _, o := range rows {
		for _, rule := range strings.Fields(o.Rules) {
			if other := of[rule]; other != "" && other != o.Feature {
				return fmt.Errorf("rule %s: rows of Overrides have kernels of it by %s and by %s, but a rule has those of one feature", rule, other, o.Feature)
			}
			of[rule] = o.Feature
		}
	}
	return nil
}
