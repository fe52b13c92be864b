package main

import (
	"fmt"
	"io"
	"os"
	goruntime "runtime"
	"strings"
	"text/tabwriter"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime"
)

func newInfo() *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Print the CPU, its caches, the level, and the kernel in use per dtype and pattern",
		Long: `Print the CPU, its caches, the level, and the kernel in use per dtype and pattern.

A level is a bundle of instruction sets. The best one that the machine supports
is used, except that CPUs which AVX-512 slows down use avx2. The environment
variable HADAMARD_LEVEL names another one: purego, avx2 or avx512.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return info(cmd.OutOrStdout()) },
	}
}

func info(w io.Writer) error {
	level, levelErr := runtime.ActiveLevel()
	setting := "is not set"
	if value, set := os.LookupEnv("HADAMARD_LEVEL"); set {
		setting = "is " + value
	}
	active := level.String()
	if levelErr != nil {
		active = "none"
	}
	var supported []string
	for _, l := range runtime.Supported() {
		supported = append(supported, l.String())
	}

	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "CPU\t%s\n", cpu())
	fmt.Fprintf(t, "threads\t%d of %d in use\n", goruntime.GOMAXPROCS(0), goruntime.NumCPU())
	fmt.Fprintf(t, "caches\t%s\n", caches())
	fmt.Fprintf(t, "level\t%s, best %s, supported %s; HADAMARD_LEVEL %s\n", active, runtime.BestLevel(), strings.Join(supported, " "), setting)
	if err := t.Flush(); err != nil {
		return err
	}
	if levelErr != nil {
		return levelErr
	}

	fmt.Fprintln(w)
	return kernelTable(w, level)
}

// kernelTable prints the dtypes of each lane class, and the kernel that serves
// each class and pattern at a level.
func kernelTable(w io.Writer, level runtime.Level) error {
	dtypes := map[string][]string{}
	var classes []generated.DType // the first dtype of each
	for _, d := range generated.DTypes() {
		if dtypes[d.Class] == nil {
			classes = append(classes, d)
		}
		dtypes[d.Class] = append(dtypes[d.Class], d.Name)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "class\tdtypes")
	for _, c := range classes {
		fmt.Fprintf(t, "%s\t%s\n", c.Class, strings.Join(dtypes[c.Class], ", "))
	}
	fmt.Fprintln(t, "\npattern\tin the innermost loop")
	for p := generated.Pattern(0); p < generated.NumPatterns; p++ {
		fmt.Fprintf(t, "%s\t%s\n", p, p.Doc())
	}
	if err := t.Flush(); err != nil {
		return err
	}

	fmt.Fprint(w, "\nThe kernel of a class and pattern is CLASS-mul-PATTERN-LEVEL, or for t, which\ncopies, bBITS-move-t-LEVEL, the level being:\n\n")
	fmt.Fprint(t, "pattern")
	for _, c := range classes {
		fmt.Fprintf(t, "\t%s", c.Class)
	}
	fmt.Fprintln(t)
	for p := generated.Pattern(0); p < generated.NumPatterns; p++ {
		fmt.Fprint(t, p)
		for _, c := range classes {
			id := c.Mul[level][p].ID
			for _, prefix := range []string{
				fmt.Sprintf("%s-mul-%s-", c.Class, p),
				fmt.Sprintf("b%d-move-%s-", 8*c.Size, p),
				c.Class + "-mul-", // another pattern's kernel stands in
			} {
				if end, ok := strings.CutPrefix(id, prefix); ok {
					id = end
					break
				}
			}
			fmt.Fprintf(t, "\t%s", id)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

func cpu() string {
	name := strings.TrimSpace(cpuid.CPU.BrandName)
	if name == "" {
		name = "unknown"
	}
	if cpuid.CPU.Family > 0 {
		name += fmt.Sprintf(" family %d model %d", cpuid.CPU.Family, cpuid.CPU.Model)
	}
	return fmt.Sprintf("%s, %s/%s", name, goruntime.GOOS, goruntime.GOARCH)
}

func caches() string {
	var known []string
	for _, c := range cacheSizes() {
		known = append(known, c.Name)
	}
	if len(known) == 0 {
		return "unknown"
	}
	return strings.Join(known, ", ")
}

// cacheSizes returns the caches that are known, their sizes in their names.
func cacheSizes() (known []bench.Cache) {
	for _, c := range []bench.Cache{
		{Name: "L1d", Bytes: cpuid.CPU.Cache.L1D},
		{Name: "L2", Bytes: cpuid.CPU.Cache.L2},
		{Name: "L3", Bytes: cpuid.CPU.Cache.L3},
	} {
		if c.Bytes > 0 {
			c.Name += " " + binarySize(c.Bytes)
			known = append(known, c)
		}
	}
	return known
}

// binarySize writes a cache size in its usual unit.
func binarySize(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<19) == 0:
		return fmt.Sprintf("%g MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%g KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
