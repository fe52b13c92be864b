package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	goruntime "runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/runtime"
)

const benchLong = `Time the multiplies that a file of cases describes.

One JSON object a case is printed when it is measured. The folder bench of the
repository has the generator of the cases, drivers of other libraries that print
the same, and what compares them. Each call is one runtime.MultiplyTo, or
runtime.Product of three operands and more, on views that are made beforehand, by
the protocol that the file describes.

Cases that need what the library does not have are skipped, and counted by
reason on standard error at the end.`

type benchFlags struct {
	cases, filter, level, label string
	threads                     int
	dram, quick                 bool
}

func newBench() *cobra.Command {
	var flags benchFlags
	levels := []string{runtime.PureGo.String(), runtime.AVX2.String(), runtime.AVX512.String()}
	cmd := &cobra.Command{
		Use:     "bench --cases FILE",
		Short:   "Time the multiplies that a file of cases describes",
		Long:    benchLong,
		Example: "  hadamard bench --cases cases.json --filter image --level avx2",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case flags.cases == "":
				return usagef("bench needs a file of cases: --cases FILE")
			case flags.threads < 1:
				return usagef("--threads is %d, want 1 or more", flags.threads)
			case flags.level != "" && !slices.Contains(levels, flags.level):
				return usagef("--level is %q, want %s", flags.level, strings.Join(levels, ", "))
			case flags.level != "" && flags.level != os.Getenv("HADAMARD_LEVEL"):
				return again(cmd, "HADAMARD_LEVEL="+flags.level)
			}
			return measure(cmd.Context(), flags, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.cases, "cases", "", "file of cases (.json)")
	f.StringVar(&flags.filter, "filter", "", "run only this group, or cases with this in their name")
	f.BoolVar(&flags.dram, "dram", false, "run only the cases that are larger than caches")
	f.IntVar(&flags.threads, "threads", 1, "processors to use")
	f.StringVar(&flags.level, "level", "", "level to run at: "+strings.Join(levels, ", ")+" (default the best)")
	f.StringVar(&flags.label, "label", "", `name of the peer to print (default "hadamard", with threads "hadamard-2t")`)
	f.BoolVar(&flags.quick, "quick", false, "repeat little, to see whether results are right")
	return cmd
}

// again runs the program again with the same arguments and a variable more in the
// environment: the level is chosen when a process starts.
func again(cmd *cobra.Command, variable string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.CommandContext(cmd.Context(), self, os.Args[1:]...)
	child.Env = append(os.Environ(), variable)
	child.Stdout, child.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
	err = child.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.Exited() {
		os.Exit(exit.ExitCode()) // it has said why
	}
	return err
}

// measure runs the cases that the flags choose.
func measure(ctx context.Context, flags benchFlags, stdout, stderr io.Writer) error {
	if _, err := runtime.ActiveLevel(); err != nil {
		return err
	}
	cases, err := bench.Load(flags.cases)
	if err != nil {
		return err
	}
	cases = slices.DeleteFunc(cases, func(c bench.Case) bool {
		return flags.dram && !c.DRAM || !strings.Contains(c.Name, flags.filter) && c.Group != flags.filter
	})
	if len(cases) == 0 {
		return fmt.Errorf("%s: no case is in a group %q or has it in its name", flags.cases, flags.filter)
	}
	label := flags.label
	if label == "" {
		label = "hadamard"
		if flags.threads > 1 {
			label += fmt.Sprintf("-%dt", flags.threads)
		}
	}
	defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(flags.threads))

	skipped := map[string]int{}
	var reasons []string // in the order of the file
	for i := range cases {
		c := &cases[i]
		if reason := c.Unsupported(); reason != "" {
			if skipped[reason]++; skipped[reason] == 1 {
				reasons = append(reasons, reason)
			}
			continue
		}
		m, err := c.Measure(ctx, flags.quick)
		if errors.Is(err, context.Canceled) {
			return errors.New("interrupted")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", flags.cases, err)
		}
		if err := bench.Print(stdout, c, label, m); err != nil {
			return err
		}
	}
	for _, reason := range reasons {
		fmt.Fprintf(stderr, "skipped %s: %s\n", count(skipped[reason], "case"), reason)
	}
	return nil
}
