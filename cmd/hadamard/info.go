package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

const infoLong = `Show what this machine is, and what the library runs on it.

A level is a bundle of instruction sets. The best one that the machine supports
is used, except that CPUs which AVX-512 slows down use avx2. The environment
variable HADAMARD_LEVEL names another one: purego, avx2 or avx512. Results have
the same bits at each level.

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
				return kernelTable(w, level)
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
	Version string        `json:"version"` // of this program
	CPU     cpu           `json:"cpu"`
	Caches  []bench.Cache `json:"caches"`
	Level   level         `json:"level"`
	Threads threads       `json:"threads"`
}

type cpu struct {
	Name   string `json:"name"`
	Vendor string `json:"vendor"`
	Family int    `json:"family"`
	Model  int    `json:"model"`
}

type level struct {
	Active    string   `json:"active"` // empty if HADAMARD_LEVEL can not be followed
	Why       string   `json:"why"`
	Best      string   `json:"best"`
	Supported []string `json:"supported"`
	Asked     string   `json:"asked"` // by HADAMARD_LEVEL
}

type threads struct {
	Used       int `json:"used"`
	Processors int `json:"processors"`
}

func describeMachine() machine {
	m := machine{
		Version: version(),
		CPU: cpu{
			Name:   strings.TrimSpace(cpuid.CPU.BrandName),
			Vendor: cpuid.CPU.VendorID.String(),
			Family: cpuid.CPU.Family,
			Model:  cpuid.CPU.Model,
		},
		Caches:  cacheSizes(),
		Threads: threads{goruntime.GOMAXPROCS(0), goruntime.NumCPU()},
		Level:   level{Best: runtime.BestLevel().String(), Asked: os.Getenv("HADAMARD_LEVEL")},
	}
	for _, l := range runtime.Supported() {
		m.Level.Supported = append(m.Level.Supported, l.String())
	}
	active, err := runtime.ActiveLevel()
	if err == nil {
		m.Level.Active = active.String()
	}
	switch {
	case m.Level.Asked != "":
		m.Level.Why = "HADAMARD_LEVEL is " + m.Level.Asked
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

// cacheSizes returns the caches that are known.
func cacheSizes() (known []bench.Cache) {
	for _, c := range []bench.Cache{
		{Name: "L1d", Bytes: cpuid.CPU.Cache.L1D},
		{Name: "L2", Bytes: cpuid.CPU.Cache.L2},
		{Name: "L3", Bytes: cpuid.CPU.Cache.L3},
	} {
		if c.Bytes > 0 {
			known = append(known, c)
		}
	}
	return known
}

// printInfo writes what matters to people, in a dozen lines.
func printInfo(w io.Writer, m machine) error {
	active := m.Level.Active
	if active == "" {
		active = "none"
	}
	caches := "unknown"
	if len(m.Caches) > 0 {
		caches = joined(m.Caches, ", ")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "version\t%s\n", m.Version)
	fmt.Fprintf(t, "CPU\t%s\n", m.CPU)
	fmt.Fprintf(t, "caches\t%s\n", caches)
	fmt.Fprintf(t, "level\t%s: %s\n", active, m.Level.Why)
	fmt.Fprintf(t, "levels\t%s\n", strings.Join(m.Level.Supported, ", "))
	fmt.Fprintf(t, "threads\t%d of %s\n", m.Threads.Used, count(m.Threads.Processors, "processor"))
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

// allRules lists the products of the dtypes, and the other rules.
func allRules() []*kernel.Rule { return slices.Concat(generated.Rules(), rules.Rules()) }

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
		Name     string `json:"name"`
		Out      string `json:"out"`
		A        string `json:"a"`
		B        string `json:"b"`
		Expr     string `json:"expression"`
		Commutes bool   `json:"commutes"`
		Code     string `json:"code"` // the rule whose kernels serve
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
	for _, d := range generated.DTypes() {
		kernels := map[string]string{}
		for p := kernel.Pattern(0); p < kernel.NumPatterns && m.Level.Active != ""; p++ {
			kernels[p.String()] = d.Mul.Entry(level, p).ID
		}
		all.DTypes = append(all.DTypes, dtype{d.Name, d.Size, kernels})
	}
	for _, r := range allRules() {
		all.Rules = append(all.Rules, rule{r.Name, r.Out.DType, r.A.DType, r.B.DType, r.Expr, r.Commutes, r.Code})
	}
	for p := kernel.Pattern(0); p < kernel.NumPatterns; p++ {
		all.Patterns = append(all.Patterns, pattern{p.String(), p.Doc()})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(all)
}
