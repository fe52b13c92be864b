// Command hadamard-plot draws what "hadamard bench --json" and other drivers measured. It
// is a program of its own because what draws is many times the rest of hadamard.
//
//	hadamard bench --json | hadamard-plot -o seed.png -
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/atomicfile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/figure"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/pngchart"
)

const usage = `Draw GB/s against the number of elements, as a PNG: a panel for each dtype, in
it a line for each peer, and where operands and result fill a cache.

RESULTS are files of JSON lines, as "hadamard bench --json" and the drivers in
the folder bench of the repository print them; - is standard input. Lines of
other cases are left out. Of a peer's results for as many elements the fastest
is drawn. CPU, level, threads and day are written as far as lines say them.

With -threads it draws how many times as fast hadamard is on several threads, a
line for each group, from the results of several "hadamard bench --threads N".

Usage:
  hadamard-plot -o PLOT.png [-threads] [-cases FILE] [-filter NAME] RESULTS ...

Examples:
  # all sizes
  hadamard bench --json | hadamard-plot -o seed.png -

  # other layouts, beside NumPy
  hadamard-plot -o image.png -cases cases.json numpy.jsonl ours.jsonl

  # what threads gain
  hadamard bench --threads 1,2,4,8 --json | hadamard-plot -threads -o threads.png -

Flags:
`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run draws, and returns the exit code: 0, 1 if it failed, 2 if the command line is wrong.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("hadamard-plot", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	output := flags.String("o", "", "write to `PLOT.png`")
	cases := flags.String("cases", "", "take the cases in `FILE`, a .json, instead of the seed benchmark's")
	threads := flags.Bool("threads", false, "draw how many times as fast hadamard is on several threads, by group")
	filter := flags.String("filter", "", "draw only the group `NAME`, or cases with NAME in theirs")

	files, err := parse(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return 0
	case err != nil:
	case len(files) == 0:
		err = errors.New("no results to draw")
	case !strings.EqualFold(filepath.Ext(*output), ".png"):
		err = fmt.Errorf("-o is %q, want the name of a .png", *output)
	default:
		if err := draw(*output, *cases, *filter, *threads, files, stdin); err != nil {
			fmt.Fprintf(stderr, "hadamard-plot: %v\n", err)
			return 1
		}
		return 0
	}
	fmt.Fprintf(stderr, "hadamard-plot: %v (see hadamard-plot -help)\n", err)
	return 2
}

// parse parses flags, which may stand behind files as they may elsewhere, and returns the
// files.
func parse(flags *flag.FlagSet, args []string) (files []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return files, nil
		}
		if last := len(args) - flags.NArg() - 1; last >= 0 && args[last] == "--" {
			return append(files, flags.Args()...), nil
		}
		files = append(files, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

// draw reads results and writes their plot.
func draw(output, cases, filter string, threads bool, files []string, stdin io.Reader) error {
	suite, err := bench.Open(cases)
	if err != nil {
		return err
	}
	if err := suite.Select(filter, false); err != nil {
		return err
	}
	results, err := bench.ReadResults(files, stdin)
	if err != nil {
		return err
	}
	of := figure.BySize
	if threads {
		of = figure.ByThreads
	}
	chart, err := of(suite, results)
	if err != nil {
		return err
	}
	file, err := atomicfile.Create(output, false)
	if err != nil {
		return err
	}
	defer file.Abort()
	if err := pngchart.Write(file, chart); err != nil {
		return err
	}
	return file.Commit(context.Background())
}
