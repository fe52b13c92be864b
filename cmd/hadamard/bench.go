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
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/figure"
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
more, or runtime.MultiplyWhere under a mask, or where dtypes differ one of
package ndarray's, on views that are made beforehand, by the protocol that the
file of cases describes. With --planned two operands, those whose dtypes differ,
and those under a mask are multiplied by a Plan, also made beforehand: as by
programs that know their layouts when they are compiled.

With several numbers of --threads all cases are run on the first, then on the
next, and so on. --plot PLOT.svg draws, when all have run, how many times as
fast several are, by group, in cases of 16 MiB and more, which threads share;
for one number, the GB/s by the number of elements.

--report DIR writes DIR/report.html instead, a page to read and to attach to an
issue: what this machine is, and in plots and tables how fast the library is on
it, beside a plain loop in Go and, where a Python has it, NumPy. It has the seed
benchmark and 18 groups of other layouts, cases that are large enough for
several threads on 1, 2, 4 and so on up to as many as there are processors, and
takes some five minutes, as it says beforehand, on a machine that should do
nothing else. The variable PYTHON names the Python. Interrupted, it writes
nothing.

The program hadamard-plot draws such lines, and installs by itself:
go install github.com/hadamard-go/hadamard/cmd/hadamard/hadamard-plot@latest`

const benchExample = `  # the two smallest cases, at a level that is not the best
  hadamard bench --filter seed_1x --level avx2

  # a plot of all sizes
  hadamard bench --json | hadamard-plot -o seed.png -

  # how much several threads gain
  hadamard bench --threads 1,2,4,8 --plot threads.svg

  # a page about this machine
  hadamard bench --report here

  # other layouts, kept for a plot beside NumPy's
  hadamard bench --cases cases.json --filter image --json >ours.jsonl
  hadamard-plot -o image.png -cases cases.json numpy.jsonl ours.jsonl`

type benchFlags struct {
	cases, filter, level, label, plot, report string
	threads                                   []int
	dram, planned, quick, json                bool
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
			case !eachOnce(flags.threads, mostThreads):
				return usagef("--threads is %s, want 1 to %d, each once", strings.Trim(fmt.Sprint(flags.threads), "[]"), mostThreads)
			case flags.report != "" && (flags.json || flags.plot != ""):
				return usagef("--report has the results as JSON and in plots, leave --json and --plot out")
			case flags.plot != "" && !strings.EqualFold(filepath.Ext(flags.plot), ".svg"):
				return usagef("--plot is %q, want the name of a .svg", flags.plot)
			case flags.level != "" && !slices.Contains(levels, flags.level):
				return usagef("--level is %q, want %s", flags.level, strings.Join(levels, ", "))
			case flags.level != "" && flags.level != os.Getenv("HADAMARD_LEVEL"):
				return again(cmd, "HADAMARD_LEVEL="+flags.level)
			}
			open := func() (*bench.Suite, error) { return bench.Open(flags.cases) }
			if flags.report != "" && flags.cases == "" {
				open = bench.All
			}
			suite, err := open()
			if err != nil {
				return err
			}
			if err := suite.Select(flags.filter, flags.dram); err != nil {
				return err
			}
			if flags.report != "" {
				if !cmd.Flags().Changed("threads") {
					flags.threads = upTo(goruntime.NumCPU())
				}
				return writeReport(cmd.Context(), suite, flags, cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return measureAll(cmd.Context(), suite, flags, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.cases, "cases", "", "time the cases in `FILE`, a .json, instead of the seed benchmark")
	f.StringVar(&flags.filter, "filter", "", "run only the group `NAME`, or cases with NAME in theirs")
	f.BoolVar(&flags.dram, "dram", false, "run only cases that are larger than caches")
	f.IntSliceVar(&flags.threads, "threads", []int{1}, "use `N` processors, or several numbers of them in turn: 1,2,4")
	f.BoolVar(&flags.planned, "planned", false, "plan before the clock starts")
	f.StringVar(&flags.level, "level", "", "run at `LEVEL`: "+strings.Join(levels, ", ")+" (default the one that info shows)")
	f.StringVar(&flags.label, "label", "", "call what is measured `NAME` (default \"hadamard\", with \"-planned\" and \"-2t\" behind it as flags have it)")
	f.StringVar(&flags.plot, "plot", "", "draw what is measured to `PLOT.svg` as well")
	f.StringVar(&flags.report, "report", "", "write a page of all groups beside a plain loop and NumPy to `DIR`/report.html")
	f.BoolVar(&flags.json, "json", false, "print JSON lines at a terminal too")
	f.BoolVar(&flags.quick, "quick", false, "repeat little: whether it works, not how fast")
	for _, err := range []error{
		cmd.MarkFlagFilename("cases", "json"),
		cmd.MarkFlagFilename("plot", "svg"),
		cmd.MarkFlagDirname("report"),
		cmd.RegisterFlagCompletionFunc("level", cobra.FixedCompletions(levels, cobra.ShellCompDirectiveNoFileComp)),
	} {
		if err != nil {
			panic(err) // there is no such flag
		}
	}
	return cmd
}

// mostThreads is more than machines have processors, and less than Go's limit on threads, beyond which a
// program ends.
const mostThreads = 4096

// eachOnce tells whether there are numbers, all of them from 1 to most and different.
func eachOnce(numbers []int, most int) bool {
	sorted := slices.Sorted(slices.Values(numbers))
	return len(sorted) > 0 && sorted[0] >= 1 && sorted[len(sorted)-1] <= most && len(slices.Compact(sorted)) == len(numbers)
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

// peer is the name of what is measured.
func (f *benchFlags) peer(threads int) string {
	name := f.label
	if name == "" {
		name = "hadamard"
		if f.planned {
			name += "-planned"
		}
	}
	if threads > 1 && (f.label == "" || len(f.threads) > 1) {
		name += fmt.Sprintf("-%dt", threads)
	}
	return name
}

// setting says where and when it is measured.
func setting(m *machine, threads int) *bench.Setting {
	return &bench.Setting{
		CPU: m.CPU.String(), Level: m.Level.Active, Threads: threads,
		Date: time.Now().Format(time.DateOnly), Caches: cacheSizes(m.Caches),
	}
}

// measureAll runs the cases on each number of threads, and draws them.
func measureAll(ctx context.Context, suite *bench.Suite, flags benchFlags, stdout io.Writer) error {
	if flags.plot != "" {
		if err := create(flags.plot, func(*atomicfile.File) error { return nil }); err != nil {
			return err // which is better known now
		}
	}
	var all []bench.Result
	for _, threads := range flags.threads {
		results, err := measure(ctx, suite, flags, threads, stdout)
		if err != nil {
			return err
		}
		all = append(all, results...)
	}
	if flags.plot == "" {
		return nil
	}
	of := figure.BySize
	if len(flags.threads) > 1 {
		of = figure.ByThreads
	}
	drawn, err := of(suite, all)
	if err != nil {
		return err
	}
	return create(flags.plot, func(file *atomicfile.File) error {
		if err := drawn.WriteSVG(file); err != nil {
			return err
		}
		return file.Commit(ctx)
	})
}

// create makes a file, which write may commit.
func create(name string, write func(*atomicfile.File) error) error {
	file, err := atomicfile.Create(name, false)
	if err != nil {
		return err
	}
	defer file.Abort()
	return write(file)
}

// measure runs the cases, and prints each result when it is there.
func measure(ctx context.Context, suite *bench.Suite, flags benchFlags, threads int, stdout io.Writer) (results []bench.Result, err error) {
	if _, err := runtime.ActiveLevel(); err != nil {
		return nil, err
	}
	defer useThreads(threads)()
	label := flags.peer(threads)
	machine := describeMachine()
	on := setting(&machine, threads)
	var report reporter = lineReporter{stdout}
	if isTerminal(stdout) && !flags.json {
		report = newTable(stdout, suite, *on)
	}
	for i := range suite.Cases {
		c := &suite.Cases[i]
		if err := report.begin(c); err != nil {
			return nil, err
		}
		m, err := c.Measure(ctx, bench.Options{Planned: flags.planned, Quick: flags.quick})
		if err != nil {
			report.fail()
		}
		if errors.Is(err, context.Canceled) {
			return nil, errors.New("interrupted")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", suite.Name, err)
		}
		result := bench.NewResult(c, label, m, on)
		if err := report.end(result); err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}
