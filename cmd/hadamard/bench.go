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
	"time"

	"github.com/spf13/cobra"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/runtime"
)

const benchLong = `Time multiplies of all sizes and layouts.

Without --cases it is the seed benchmark: arrays of shape (x,2048), float32 and
float64, multiplied element by element, from 2,048 elements to 100 million. That
takes half a minute and 2.4 GB of memory; --filter f32 runs half of it, --filter
seed_1x the smallest two.

At a terminal there is a table with the time of a call, and the GB/s (10⁹ bytes
per second) that are read and written. To a file or a pipe, or with --json, each
case is a JSON object on a line, with the machine, the level and the day. The
folder bench of the repository has the generator of cases, drivers of other
libraries that print the same, and what compares them.

Each call is one runtime.MultiplyTo, or runtime.Product of three operands and
more, on views that are made beforehand, by the protocol that the file of cases
describes. With --planned two operands are multiplied by a runtime.Plan, also
made beforehand: as by programs that know their layouts when they are compiled.

The program hadamard-plot draws such lines, and installs by itself:
go install github.com/hadamard-go/hadamard/cmd/hadamard/hadamard-plot@latest

Cases that need what the library does not have are skipped, and counted by
reason on standard error at the end.`

const benchExample = `  # the two smallest cases, at a level that is not the best
  hadamard bench --filter seed_1x --level avx2

  # a plot of all sizes
  hadamard bench --json | hadamard-plot -o seed.png -

  # other layouts, kept for a plot beside NumPy's
  hadamard bench --cases cases.json --filter image --json >ours.jsonl
  hadamard-plot -o image.png -cases cases.json numpy.jsonl ours.jsonl`

type benchFlags struct {
	cases, filter, level, label string
	threads                     int
	dram, planned, quick, json  bool
}

func newBench() *cobra.Command {
	var flags benchFlags
	levels := []string{runtime.PureGo.String(), runtime.AVX2.String(), runtime.AVX512.String()}
	cmd := &cobra.Command{
		Use:        "bench [--cases FILE] [--filter NAME]",
		Short:      "Time multiplies of all sizes and layouts",
		SuggestFor: []string{"benchmark", "time", "plot"},
		Long:       benchLong,
		Example:    benchExample,
		Args:       noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case flags.threads < 1:
				return usagef("--threads is %d, want 1 or more", flags.threads)
			case flags.level != "" && !slices.Contains(levels, flags.level):
				return usagef("--level is %q, want %s", flags.level, strings.Join(levels, ", "))
			case flags.level != "" && flags.level != os.Getenv("HADAMARD_LEVEL"):
				return again(cmd, "HADAMARD_LEVEL="+flags.level)
			}
			suite, err := bench.Open(flags.cases)
			if err != nil {
				return err
			}
			if err := suite.Select(flags.filter, flags.dram); err != nil {
				return err
			}
			return measure(cmd.Context(), suite, flags, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.cases, "cases", "", "time the cases in `FILE`, a .json, instead of the seed benchmark")
	f.StringVar(&flags.filter, "filter", "", "run only the group `NAME`, or cases with NAME in theirs")
	f.BoolVar(&flags.dram, "dram", false, "run only cases that are larger than caches")
	f.IntVar(&flags.threads, "threads", 1, "use `N` processors")
	f.BoolVar(&flags.planned, "planned", false, "plan before the clock starts")
	f.StringVar(&flags.level, "level", "", "run at `LEVEL`: "+strings.Join(levels, ", ")+" (default the one that info shows)")
	f.StringVar(&flags.label, "label", "", "call what is measured `NAME` (default \"hadamard\", with \"-planned\" and \"-2t\" behind it as flags have it)")
	f.BoolVar(&flags.json, "json", false, "print JSON lines at a terminal too")
	f.BoolVar(&flags.quick, "quick", false, "repeat little: whether it works, not how fast")
	for _, err := range []error{
		cmd.MarkFlagFilename("cases", "json"),
		cmd.RegisterFlagCompletionFunc("level", cobra.FixedCompletions(levels, cobra.ShellCompDirectiveNoFileComp)),
	} {
		if err != nil {
			panic(err) // there is no such flag
		}
	}
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

// useThreads lets multiplies have n processors, until restore is called.
func useThreads(n int) (restore func()) {
	before := goruntime.GOMAXPROCS(n)
	return func() { goruntime.GOMAXPROCS(before) }
}

// measure runs the cases, and prints each result when it is there.
func measure(ctx context.Context, suite *bench.Suite, flags benchFlags, stdout, stderr io.Writer) error {
	level, err := runtime.ActiveLevel()
	if err != nil {
		return err
	}
	label := flags.label
	if label == "" {
		label = "hadamard"
		if flags.planned {
			label += "-planned"
		}
		if flags.threads > 1 {
			label += fmt.Sprintf("-%dt", flags.threads)
		}
	}
	defer useThreads(flags.threads)()

	machine := describeMachine()
	setting := bench.Setting{
		CPU: machine.CPU.String(), Level: level.String(), Threads: flags.threads,
		Date: time.Now().Format(time.DateOnly), Caches: cacheSizes(machine.Caches),
	}
	var report reporter = lineReporter{stdout}
	if isTerminal(stdout) && !flags.json {
		report = newTable(stdout, suite, setting)
	}
	skipped := map[string]int{}
	var reasons []string // in the order of the file
	for i := range suite.Cases {
		c := &suite.Cases[i]
		if reason := c.Unsupported(); reason != "" {
			if skipped[reason]++; skipped[reason] == 1 {
				reasons = append(reasons, reason)
			}
			continue
		}
		if err := report.begin(c); err != nil {
			return err
		}
		m, err := c.Measure(ctx, bench.Options{Planned: flags.planned, Quick: flags.quick})
		if err != nil {
			report.fail()
		}
		if errors.Is(err, context.Canceled) {
			return errors.New("interrupted")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", suite.Name, err)
		}
		if err := report.end(bench.NewResult(c, label, m, &setting)); err != nil {
			return err
		}
	}
	for _, reason := range reasons {
		fmt.Fprintf(stderr, "skipped %s: %s\n", count(skipped[reason], "case"), reason)
	}
	return nil
}
