package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/atomicfile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/runtime"
)

const benchLong = `Time multiplies, and plot what was timed.

Without --cases it is the seed benchmark: arrays of shape (x,2048), float32 and
float64, multiplied element by element, from 2,048 elements to 100 million. That
takes half a minute and 2.4 GB of memory; --filter f32 runs half of it, --filter
seed_1x the smallest two.

At a terminal there is a table with the time of a call, and the GB/s (10⁹ bytes per
second) that are read and written. To a file or a pipe, or with --json, each case is
a JSON object on a line, with the machine, the level and the day. The folder bench of
the repository has the generator of cases, drivers of other libraries that print the
same, and what compares them.

Each call is one runtime.MultiplyTo, or runtime.Product of three operands and more,
on views that are made beforehand, by the protocol that the file of cases describes.
With --planned two operands are multiplied by a runtime.Plan, also made beforehand:
as by programs that know their layouts when they are compiled.

--plot draws GB/s against the number of elements: a panel for each dtype, in it a
line for each peer, and where operands and result fill a cache. It measures first,
unless there are files of results, lines that drivers printed; then it draws those
that are of the cases.

Cases that need what the library does not have are skipped, and counted by reason on
standard error at the end.`

const benchExample = `  # the two smallest cases, at a level that is not the best
  hadamard bench --filter seed_1x --level avx2

  # a plot of all sizes
  hadamard bench --plot seed.png

  # other layouts, kept for a plot beside NumPy's
  hadamard bench --cases cases.json --filter image --json >hadamard.jsonl
  hadamard bench --cases cases.json --plot image.png numpy.jsonl hadamard.jsonl`

type benchFlags struct {
	cases, filter, level, label, plot string
	threads                           int
	dram, planned, quick, json        bool
}

func newBench() *cobra.Command {
	var flags benchFlags
	levels := []string{runtime.PureGo.String(), runtime.AVX2.String(), runtime.AVX512.String()}
	cmd := &cobra.Command{
		Use:        "bench [--cases FILE] [--plot PNG [RESULTS ...]]",
		Short:      "Time multiplies, and plot what was timed",
		SuggestFor: []string{"benchmark", "time", "plot"},
		Long:       benchLong,
		Example:    benchExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && flags.plot == "":
				return usagef("bench takes results only with --plot, got %q", args)
			case flags.plot != "" && !strings.EqualFold(filepath.Ext(flags.plot), ".png"):
				return usagef("--plot is %q, want the name of a .png", flags.plot)
			case flags.threads < 1:
				return usagef("--threads is %d, want 1 or more", flags.threads)
			case flags.level != "" && !slices.Contains(levels, flags.level):
				return usagef("--level is %q, want %s", flags.level, strings.Join(levels, ", "))
			case flags.level != "" && flags.level != os.Getenv("HADAMARD_LEVEL"):
				return again(cmd, "HADAMARD_LEVEL="+flags.level)
			}
			return runBench(cmd.Context(), flags, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.cases, "cases", "", "time the cases in `FILE`, a .json, instead of the seed benchmark")
	f.StringVar(&flags.plot, "plot", "", "draw the results into `FILE`, a .png")
	f.StringVar(&flags.filter, "filter", "", "run only the group `NAME`, or cases with NAME in theirs")
	f.BoolVar(&flags.dram, "dram", false, "run only cases that are larger than caches")
	f.IntVar(&flags.threads, "threads", 1, "use `N` processors")
	f.BoolVar(&flags.planned, "planned", false, "plan before the clock starts")
	f.StringVar(&flags.level, "level", "", "run at `LEVEL`: "+strings.Join(levels, ", ")+" (default the one that info shows)")
	f.StringVar(&flags.label, "label", "", "print `NAME` as the peer's (default \"hadamard\", or such as \"hadamard-planned-2t\")")
	f.BoolVar(&flags.json, "json", false, "print JSON lines at a terminal too")
	f.BoolVar(&flags.quick, "quick", false, "repeat little: whether it works, not how fast")
	for _, err := range []error{
		cmd.MarkFlagFilename("plot", "png"),
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

// runBench measures the cases that the flags choose, or takes files of results,
// and draws them if there is a plot.
func runBench(ctx context.Context, flags benchFlags, files []string, stdout, stderr io.Writer) error {
	suite, err := loadSuite(flags)
	if err != nil {
		return err
	}
	var file *atomicfile.File // what is wrong with its name shows before any work
	if flags.plot != "" {
		if file, err = atomicfile.Create(flags.plot); err != nil {
			return err
		}
		defer file.Abort()
	}
	var results []bench.Result
	if len(files) > 0 {
		results, err = bench.ReadResults(files)
	} else {
		results, err = measure(ctx, suite, flags, stdout, stderr)
	}
	if err != nil || file == nil {
		return err
	}
	chart, err := bench.Chart(suite, results)
	if err != nil {
		return err
	}
	if err := chart.WritePNG(file); err != nil {
		return err
	}
	return file.Commit()
}

// loadSuite returns the cases that the flags choose.
func loadSuite(flags benchFlags) (suite *bench.Suite, err error) {
	if flags.cases == "" {
		suite, err = bench.Seed()
	} else {
		suite, err = bench.Load(flags.cases)
	}
	if err != nil {
		return nil, err
	}
	var groups []string
	for _, c := range suite.Cases {
		if !slices.Contains(groups, c.Group) {
			groups = append(groups, c.Group)
		}
	}
	suite.Cases = slices.DeleteFunc(suite.Cases, func(c bench.Case) bool {
		return flags.dram && !c.DRAM || !strings.Contains(c.Name, flags.filter) && c.Group != flags.filter
	})
	if len(suite.Cases) == 0 {
		return nil, fmt.Errorf("%s: no case is in a group %q or has it in its name; the groups are %s", suite.Name, flags.filter, strings.Join(groups, ", "))
	}
	return suite, nil
}

// useThreads lets multiplies have n processors, until restore is called.
func useThreads(n int) (restore func()) {
	before := goruntime.GOMAXPROCS(n)
	return func() { goruntime.GOMAXPROCS(before) }
}

// measure runs the cases, and prints each result when it is there.
func measure(ctx context.Context, suite *bench.Suite, flags benchFlags, stdout, stderr io.Writer) ([]bench.Result, error) {
	level, err := runtime.ActiveLevel()
	if err != nil {
		return nil, err
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

	setting := bench.Setting{
		CPU: describeMachine().CPU.String(), Level: level.String(), Threads: flags.threads,
		Date: time.Now().Format(time.DateOnly), Caches: cacheSizes(),
	}
	var report reporter = lineReporter{stdout}
	if isTerminal(stdout) && !flags.json {
		report = newTable(stdout, suite, setting)
	}
	var results []bench.Result
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
			return nil, err
		}
		m, err := c.Measure(ctx, bench.Options{Planned: flags.planned, Quick: flags.quick})
		if errors.Is(err, context.Canceled) {
			return nil, errors.New("interrupted")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", suite.Name, err)
		}
		results = append(results, bench.NewResult(c, label, m, &setting))
		if err := report.end(results[len(results)-1]); err != nil {
			return nil, err
		}
	}
	for _, reason := range reasons {
		fmt.Fprintf(stderr, "skipped %s: %s\n", count(skipped[reason], "case"), reason)
	}
	return results, nil
}
