package spec

import (
	"cmp"
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

// Pays tells whether a kernel is faster than the one of the level below, or for short rows, as
// docs/measurements/2026-11-23-zen5.md says of Zen 5 and docs/model.md of other CPUs, in the
// mean of them. At avx512, what is put together from single elements, or from 16 bytes of which
// none are wasted, is not: loading limits both.
func Pays(k Kernel) bool {
	p, size := k.Pattern, max(k.Rule.Out.Size, k.Rule.A.Size, k.Rule.B.Size)
	if p.Does == Copies && size == 16 && p.A.Picks() {
		return false // a load and a store each, as at any stride
	}
	switch step := max(steps(p.A), steps(p.Dst)); { // or else rows, or single elements, are about as fast
	case p.Does == Copies && p.DstRow != 0:
		return size <= 2
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

// A halving is where kernels of half the width multiply rows faster on a CPU that takes two
// steps for a vector of 512 bits: those of some rules, by whose code it is, from so many bytes
// a row on; and where the caches do not hold the rows, of all rules.
type halving struct {
	rules []string
	from  int // 128 if it is 0
	far   bool
}

// The rules of several patterns: those that loads and stores limit, of them those that are not
// widened, and those that gain where every third element is picked.
var (
	halvedLoads  = append([]string{"float16"}, halvedPicks...)
	halvedPicks  = []string{"bool", "int16", "int32", "float32", "float64"}
	halvedThirds = []string{"int32", "float32", "float64"}
)

// halvings lists them by pattern. (Zen 4, 26 November 2026,
// docs/measurements/2026-11-26-zen4.md#avx-512-against-avx2.)
var halvings = map[string]halving{
	"vv":    {rules: halvedLoads, far: true},
	"vc":    {rules: []string{"float16"}, far: true},
	"vvn":   {far: true},
	"vcn":   {far: true},
	"rr":    {rules: []string{"float16"}},
	"v2":    {rules: halvedPicks},
	"22":    {rules: halvedPicks},
	"v3":    {rules: halvedThirds, from: 384},
	"33":    {rules: halvedThirds, from: 384},
	"v4":    {rules: []string{"int8", "float64"}},
	"44":    {rules: []string{"int8", "float64", "complex64"}},
	"vc3":   {far: true},
	"vc4":   {rules: halvedPicks, from: 1024},
	"vp96":  {rules: []string{"float16"}, far: true},
	"vp128": {rules: []string{"float16"}},
	"vsn":   {far: true},
}

// Half tells whether the kernel of the level below multiplies rows faster where the CPU takes two
// steps for a vector of the kernel's level: from how many bytes on, and whether only where the
// caches do not hold the rows.
func (k Kernel) Half(exists func(Kernel) bool) (from int, far, found bool) {
	if k.Feature.Name != "" {
		return 0, false, false // it was not measured
	}
	const short, long = 128, 1024
	l := slices.IndexFunc(Levels, func(l Level) bool { return l.Name == k.Level.Name })
	switch h := halvings[k.Pattern.Name]; {
	case slices.Contains(h.rules, k.Rule.Code):
		from = cmp.Or(h.from, short)
	case h.far:
		from, far = long, true
	default:
		return 0, false, false
	}
	if l <= 0 || Levels[l-1].Portable() {
		return 0, false, false
	}
	k.Level = Levels[l-1]
	return from, far, exists(k)
}

// An Override is a row of kernels that use a feature beyond their level and win by it: of some
// rules, by whose code it is, in some patterns. Names are separated by spaces.
type Override struct{ Rules, Patterns, Level, Feature string }

// Overrides lists them. A rule has those of one feature at the most. (Intel family 6 model 167,
// 30 November 2026, docs/measurements/2026-11-30-intel-fp16.md and -intel-vbmi.md.)
var Overrides = []Override{
	{
		Rules:    "float16",
		Patterns: "vv vc vr rr v2 22 v3 33 v4 44 vc2 vc3 vc4 vp96 vp128 2vv 3vv 4vv 222 333 444 22c 33c 44c vs",
		Level:    "avx512", Feature: "fp16",
	},
	// Single bytes are permuted across a vector by one instruction.
	{Rules: "bool int8 unorm8", Patterns: "vr rr v2 22 v3 33 vc2 vc3 vc4", Level: "avx512", Feature: "vbmi"},
	{Rules: "int8 unorm8", Patterns: "2vv 3vv 4vv", Level: "avx512", Feature: "vbmi"},
	{Rules: "move8", Patterns: "r 2 3 or", Level: "avx512", Feature: "vbmi"},
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

// FeaturesOf lists the features by which kernels of a rule, of whose code it is, may override
// those of a level.
func FeaturesOf(rule string, l Level) []Feature {
	var features []Feature
	for _, o := range Overrides {
		if o.Level == l.Name && slices.Contains(strings.Fields(o.Rules), rule) && !slices.ContainsFunc(features, func(f Feature) bool { return f.Name == o.Feature }) {
			features = append(features, o.feature())
		}
	}
	return features
}
