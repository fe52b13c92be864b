package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/report"
	"github.com/hadamard-go/hadamard/conversions"
	"github.com/hadamard-go/hadamard/generated"
	known "github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

const infoLong = `Show what this machine is, and what the library runs on it.

A level is a bundle of instruction sets. The best one that the machine supports
is used, except that CPUs which AVX-512 slows down use avx2. The environment
variable HADAMARD_LEVEL names another one: purego, avx2 or avx512. Results have
the same bits at each level. On some CPUs kernels of half the width are faster
in part of the layouts, and are used there.

Results that the last-level cache can not hold are written past the caches. From
how many bytes on is said for two arrays and their product together; results
that are more of the bytes are written past the caches later. How much of the
cache a program can count on follows from the CPU. For measurements the
environment variable HADAMARD_CACHE says it instead, in bytes, 0 for results
that are never written past the caches.

--kernels shows which machine code multiplies each dtype in each layout; --json
shows all that is known, for programs.`

const infoExample = `  hadamard info
  HADAMARD_LEVEL=avx2 hadamard info --kernels
  hadamard info --json | jq -r .level.active`

func newInfo() *cobra.Command {
	var kernels, asJSON bool
	cmd := &cobra.Command{
		Use:        "info [--kernels | --json]",
		Short:      "Show the CPU, its caches, the level in use and why, and the dtypes",
		SuggestFor: []string{"cpu", "level", "levels", "kernels", "dtypes"},
		Long:       infoLong,
		Example:    infoExample,
		Args:       noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if kernels && asJSON {
				return usagef("--json shows the kernels too, leave --kernels out")
			}
			w := cmd.OutOrStdout()
			level, levelErr := runtime.ActiveLevel()
			switch {
			case asJSON:
				return errors.Join(printInfoJSON(w, describeMachine(), level), levelErr)
			case kernels && levelErr == nil:
				return kernelTable(w, level, known.This().Features)
			default:
				return errors.Join(printInfo(w, describeMachine()), levelErr)
			}
		},
	}
	cmd.Flags().BoolVar(&kernels, "kernels", false, "show the kernel of each dtype in each layout")
	cmd.Flags().BoolVar(&asJSON, "json", false, "show all as JSON, the kernels too")
	return cmd
}

// machine is what info shows first. Programs read it by its tags.
type machine struct {
	Version string  `json:"version"` // of this program
	CPU     cpu     `json:"cpu"`
	Caches  []cache `json:"caches"`
	Stores  stores  `json:"stores"`
	Level   level   `json:"level"`
	Threads threads `json:"threads"`
}

type cpu struct {
	Name   string `json:"name"`
	Vendor string `json:"vendor"`
	Family int    `json:"family"`
	Model  int    `json:"model"`
	Halves bool   `json:"halves_vectors"` // takes two steps for a vector of 512 bits
	Half   string `json:"half_width"`     // where kernels of half the width are faster than those of 512 bits
	Lowers bool   `json:"lowers_clock"`   // for vectors of 512 bits
}

// halfWidth says where kernels of half the width are faster.
var halfWidth = map[kernel.Halving]string{
	kernel.Whole:  "nowhere",
	kernel.Split:  "in long rows",
	kernel.Beyond: "beyond the first-level cache",
	kernel.Picks:  "at strides in the second-level cache",
}

// cache is a cache that the CPU reports.
type cache struct {
	bench.Cache
	Ways      int  `json:"ways,omitempty"`
	Sharing   int  `json:"sharing,omitempty"` // logical processors, at most
	Inclusive bool `json:"inclusive"`         // of nearer ones
}

// stores says from how many bytes on, of operands and result together, what is done otherwise;
// nil is never.
type stores struct {
	Cache   int          `json:"cache"`             // bytes of the last-level cache to count on, 0 if unknown
	Source  known.Source `json:"source"`            // how they are known
	Asked   string       `json:"asked"`             // by HADAMARD_CACHE
	Refused bool         `json:"refused,omitempty"` // what was asked for is no number of bytes
	Far     *int         `json:"far"`               // the caches no longer hold all
	Past    *int         `json:"past"`              // results that are a third of the bytes are written past the caches
	Crowded *int         `json:"crowded"`           // rows of a result of so many bytes push each other out
}

type level struct {
	Active    string   `json:"active"` // empty if HADAMARD_LEVEL can not be followed
	Why       string   `json:"why"`
	Best      string   `json:"best"`
	Supported []string `json:"supported"`
	Features  []string `json:"features,omitempty"` // beyond the best, that kernels use
	Asked     string   `json:"asked"`              // by HADAMARD_LEVEL
}

type threads struct {
	Used       int `json:"used"`
	Processors int `json:"processors"`
}

// featuresOf lists what the machine has beyond its levels and kernels use.
func featuresOf(m *known.Machine) []string {
	if m.Features == 0 {
		return nil
	}
	return strings.Split(m.Features.String(), "+")
}

func describeMachine() machine {
	is := known.This()
	m := machine{
		Version: version(),
		CPU: cpu{
			Name:   strings.TrimSpace(cpuid.CPU.BrandName),
			Vendor: cpuid.CPU.VendorID.String(),
			Family: cpuid.CPU.Family,
			Model:  cpuid.CPU.Model,
			Halves: is.Halves == kernel.Split,
			Half:   halfWidth[is.Halves],
			Lowers: is.CPU.LowersClock(),
		},
		Caches:  cachesOf(&is),
		Stores:  storesOf(&is),
		Threads: threads{goruntime.GOMAXPROCS(0), goruntime.NumCPU()},
		Level:   level{Best: runtime.BestLevel().String(), Asked: os.Getenv(known.LevelVariable), Features: featuresOf(&is)},
	}
	for _, l := range runtime.Supported() {
		m.Level.Supported = append(m.Level.Supported, l.String())
	}
	active, err := runtime.ActiveLevel()
	if err == nil {
		m.Level.Active = active.String()
	}
	switch {
	case is.Refused != nil && is.Refused.Variable != known.LevelVariable:
		m.Level.Why = is.Refused.Variable + " can not be followed"
	case m.Level.Asked != "":
		m.Level.Why = "HADAMARD_LEVEL is " + shown(m.Level.Asked)
	case active == runtime.PureGo:
		m.Level.Why = "there is no assembly for this machine or in this build"
	case active < runtime.BestLevel():
		m.Level.Why = fmt.Sprintf("%s would lower the clock of this CPU", m.Level.Best)
	default:
		m.Level.Why = "the best that this machine supports"
	}
	return m
}

// String names a CPU as people know it.
func (c cpu) String() string {
	name := c.Name
	if name == "" {
		name = "unknown"
	}
	if c.Family > 0 {
		name += fmt.Sprintf(", family %d model %d", c.Family, c.Model)
	}
	return name
}

// cachesOf returns the caches that are known.
func cachesOf(is *known.Machine) (caches []cache) {
	for _, c := range is.Caches {
		name := fmt.Sprintf("L%d", c.Level)
		if c.Level == 1 {
			name = "L1d"
		}
		caches = append(caches, cache{bench.Cache{Name: name, Bytes: c.Bytes}, c.Ways, c.Sharing, c.Inclusive})
	}
	if len(caches) > 0 {
		return caches
	}
	for _, c := range []bench.Cache{
		{Name: "L1d", Bytes: cpuid.CPU.Cache.L1D},
		{Name: "L2", Bytes: cpuid.CPU.Cache.L2},
		{Name: "L3", Bytes: cpuid.CPU.Cache.L3},
	} {
		if c.Bytes > 0 {
			caches = append(caches, cache{Cache: c})
		}
	}
	return caches
}

// cacheSizes returns the names and sizes of caches.
func cacheSizes(caches []cache) (sizes []bench.Cache) {
	for _, c := range caches {
		sizes = append(sizes, c.Cache)
	}
	return sizes
}

func storesOf(m *known.Machine) stores {
	l := &m.Limits
	from := func(bytes int) *int {
		if bytes == math.MaxInt {
			return nil
		}
		return &bytes
	}
	return stores{
		Cache: l.Cache, Source: l.Source, Far: from(l.Far), Past: from(l.PastFrom()), Crowded: from(l.Crowded),
		Asked:   os.Getenv(known.CacheVariable),
		Refused: m.Refused != nil && m.Refused.Variable == known.CacheVariable,
	}
}

// why says in words how the bytes of the last-level cache are known.
func (s stores) why() string {
	switch s.Source {
	case known.Reported:
		return "as the CPU reports"
	case known.Shared:
		return "a part of what all share"
	case known.Hidden:
		return "assumed, none is reported"
	case known.Told:
		return "told by " + known.CacheVariable
	}
	return "the last-level cache is unknown"
}

// String says where results are written, and why.
func (s stores) String() string {
	if s.Refused {
		return fmt.Sprintf("%s is %q, no number of bytes", known.CacheVariable, s.Asked)
	}
	if s.Past == nil {
		return "to the caches: " + s.why()
	}
	from := bench.Cache{Bytes: *s.Past}.Size()
	if *s.Past >= 1<<20 {
		from = fmt.Sprintf("%.3g MiB", float64(*s.Past)/(1<<20))
	}
	return fmt.Sprintf("past the caches from %s in all on; last-level cache %s, %s", from, bench.Cache{Bytes: s.Cache}.Size(), s.why())
}

// shown is a value of the environment as it can be told from its surroundings.
func shown(value string) string {
	if strings.ContainsFunc(value, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }) {
		return strconv.Quote(value)
	}
	return value
}

// facts lists what matters to people.
func (m *machine) facts() []report.Fact {
	level := m.Level.Active
	if level == "" {
		level = "none"
	}
	level += ": " + m.Level.Why
	if m.Level.Active == runtime.AVX512.String() && m.CPU.Half != halfWidth[kernel.Whole] {
		level += "; 256 bits " + m.CPU.Half
	}
	caches := "unknown"
	if len(m.Caches) > 0 {
		caches = joined(cacheSizes(m.Caches), ", ")
	}
	levels := strings.Join(m.Level.Supported, ", ")
	if len(m.Level.Features) > 0 {
		levels += "; beyond these " + strings.Join(m.Level.Features, ", ")
	}
	return []report.Fact{
		{Name: "version", Value: m.Version},
		{Name: "CPU", Value: m.CPU.String()},
		{Name: "caches", Value: caches},
		{Name: "stores", Value: m.Stores.String()},
		{Name: "level", Value: level},
		{Name: "levels", Value: levels},
		{Name: "threads", Value: fmt.Sprintf("%d of %s", m.Threads.Used, count(m.Threads.Processors, "processor"))},
	}
}

// printInfo writes what matters to people, in a dozen lines.
func printInfo(w io.Writer, m machine) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range m.facts() {
		fmt.Fprintf(t, "%s\t%s\n", f.Name, f.Value)
	}
	title := "dtypes"
	for line := range lines(dtypeNames(), 72) {
		fmt.Fprintf(t, "%s\t%s\n", title, line)
		title = ""
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nhadamard info --kernels shows what multiplies each of them, --json all of this")
	return err
}

// allRules lists the products of the dtypes, the other rules, and the conversions.
func allRules() []*kernel.Rule {
	return slices.Concat(generated.Rules(), rules.Rules(), conversions.Rules())
}

func dtypeNames() (names []string) {
	for _, d := range generated.DTypes() {
		names = append(names, d.Name)
	}
	return names
}

// lines joins words to lines of at most width characters.
func lines(words []string, width int) iter.Seq[string] {
	return func(yield func(string) bool) {
		line := ""
		for _, word := range words {
			if line != "" && len(line)+2+len(word) > width {
				if !yield(line + ",") {
					return
				}
				line = ""
			}
			if line != "" {
				line += ", "
			}
			line += word
		}
		yield(line)
	}
}

// joined writes values one after the other.
func joined[T fmt.Stringer](values []T, between string) string {
	var texts []string
	for _, v := range values {
		texts = append(texts, v.String())
	}
	return strings.Join(texts, between)
}

// printInfoJSON writes all that is known.
func printInfoJSON(w io.Writer, m machine, level runtime.Level) error {
	type dtype struct {
		Name    string            `json:"name"`
		Bytes   int               `json:"bytes"`
		Kernels map[string]string `json:"kernels"` // by pattern
	}
	type rule struct {
		Name     string   `json:"name"`
		Out      string   `json:"out"`
		A        string   `json:"a"`
		B        string   `json:"b"`
		Expr     string   `json:"expression"`
		Commutes bool     `json:"commutes"`
		Code     string   `json:"code"` // the rule whose kernels serve
		Unary    bool     `json:"unary,omitempty"`
		Via      []string `json:"via,omitempty"` // rules of which the rule is made, which has no kernels
	}
	type pattern struct {
		Name string `json:"name"`
		Doc  string `json:"doc"`
	}
	all := struct {
		machine
		DTypes   []dtype   `json:"dtypes"`
		Rules    []rule    `json:"rules"`
		Patterns []pattern `json:"patterns"`
	}{machine: m}
	has := known.This().Features
	for _, d := range generated.DTypes() {
		kernels := map[string]string{}
		for p := kernel.Pattern(0); p < kernel.NumPatterns && m.Level.Active != ""; p++ {
			kernels[p.String()] = d.Mul.ID(d.Mul.Entry(level, has, p))
		}
		all.DTypes = append(all.DTypes, dtype{d.Name, d.Size, kernels})
	}
	for _, r := range allRules() {
		all.Rules = append(all.Rules, rule{r.Name, r.Out.DType, r.A.DType, r.B.DType, r.Expr, r.Commutes, r.Code, r.Unary, via(r)})
	}
	for p := kernel.Pattern(0); p < kernel.NumPatterns; p++ {
		all.Patterns = append(all.Patterns, pattern{p.String(), p.Doc()})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(all)
}
