package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/atomicfile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/report"
	"github.com/hadamard-go/hadamard/internal/memory"
	"github.com/hadamard-go/hadamard/runtime"
)

// plainGo is the name of a plain loop.
const plainGo = "plain Go"

// upTo returns the powers of two below n, and n.
func upTo(n int) (all []int) {
	for k := 1; k < n; k *= 2 {
		all = append(all, k)
	}
	return append(all, n)
}

// writeReport measures the cases by the library, by plain loops and by NumPy, and writes
// report.html when all of that is done. Until then there is no file, not even a temporary one.
func writeReport(ctx context.Context, suite *bench.Suite, flags benchFlags, stdout, stderr io.Writer) error {
	if _, err := runtime.ActiveLevel(); err != nil {
		return err
	}
	name := filepath.Join(flags.report, "report.html")
	if err := inFolder(flags.report, name, func(*atomicfile.File) error { return nil }); err != nil {
		return err // which is better known now
	}
	b := newReportBench(ctx, suite, flags)
	fmt.Fprintf(stderr, "%s by %s: about %s\n", count(len(suite.Cases), "case"), strings.Join(b.peers(), ", "), b.estimate().Round(10*time.Second))
	b.progress = terminalProgress(stderr, 0)
	page, err := b.run()
	b.progress.finish()
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if err != nil {
		return err
	}
	err = inFolder(flags.report, name, func(file *atomicfile.File) error {
		if err := page.Write(file); err != nil {
			return err
		}
		return file.Commit(ctx)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, name)
	return err
}

// inFolder makes a folder, unless it is there, and a file in it, which write may commit. What is
// not committed leaves no folder that was not there.
func inFolder(folder, name string, write func(*atomicfile.File) error) error {
	if err := os.Mkdir(folder, 0o777); err == nil {
		defer os.Remove(folder) // if it is empty
	} else if !errors.Is(err, os.ErrExist) {
		return err
	}
	return create(name, write)
}

// reportBench measures what is in a report.
type reportBench struct {
	ctx      context.Context
	suite    *bench.Suite
	flags    benchFlags
	machine  machine
	numpy    *bench.NumPy // nil if there is none
	progress *progress
	tooLarge int // cases for this process
	remarks  []string
	results  []bench.Result

	start       time.Time
	done, total float64 // seconds, as expected
}

func newReportBench(ctx context.Context, suite *bench.Suite, flags benchFlags) *reportBench {
	b := &reportBench{ctx: ctx, suite: suite, flags: flags, machine: describeMachine(), numpy: bench.FindNumPy(ctx), start: time.Now()}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil { // where there is none, nothing is said
		b.remarks = append(b.remarks, busy(string(load))...)
	}
	if b.numpy == nil {
		b.remarks = append(b.remarks, "NumPy was not measured: there is no Python that has it")
	}
	for i := range suite.Cases {
		c := &suite.Cases[i]
		for _, f := range b.runs(c) {
			b.total += b.seconds(c) * f
		}
	}
	return b
}

// busy remarks that other programs run, from the load averages of the system, whose first is that of the
// last minute.
func busy(load string) []string {
	const idle = .5
	last, _, _ := strings.Cut(load, " ")
	if n, err := strconv.ParseFloat(last, 64); err != nil || n < idle {
		return nil
	}
	return []string{"other programs ran in the minute before, " + last + " processes on average: figures may be too low, and those of threads most"}
}

// peers lists what is measured, the library first.
func (b *reportBench) peers() []string {
	all := []string{b.flags.peer(b.flags.threads[0])}
	if b.numpy != nil {
		all = append(all, b.numpy.Label())
	}
	return append(all, plainGo)
}

// threads lists on how many threads the library runs a case.
func (b *reportBench) threads(c *bench.Case) []int {
	if !c.Shared() {
		return b.flags.threads[:1]
	}
	return b.flags.threads
}

// runs returns, for each time that a case is run, how long that takes beside the library.
func (b *reportBench) runs(c *bench.Case) (factors []float64) {
	for range b.threads(c) {
		factors = append(factors, 1)
	}
	if c.HasLoops() {
		factors = append(factors, 2)
	}
	if b.numpy != nil {
		factors = append(factors, 1.5)
	}
	return factors
}

// seconds is how long a run takes, as far as one can tell beforehand.
func (b *reportBench) seconds(c *bench.Case) float64 {
	repeats := c.Repeats
	if b.flags.quick {
		repeats = 3
	}
	const nsPerByte, nsPerElement = .1, 8 // of a call; to make operands and look at the result
	return 1e-9 * (max(1.4*c.BatchNs, nsPerByte*float64(c.Bytes))*float64(repeats+3) + nsPerElement*float64(c.Elements))
}

func (b *reportBench) estimate() time.Duration {
	return max(time.Duration(b.total*float64(time.Second)), 10*time.Second)
}

// step says that a case was run, which takes such a factor of the library's time.
func (b *reportBench) step(c *bench.Case, factor float64) {
	if b.done += b.seconds(c) * factor; b.progress != nil {
		part := min(b.done/b.total, 1)
		b.progress.draw(barLine("bench", c.Group, part, time.Since(b.start)))
	}
}

// run measures group by group, so that what else the machine does slows all alike.
func (b *reportBench) run() (*report.Report, error) {
	var groups []string
	members := map[string][]bench.Case{}
	for _, c := range b.suite.Cases {
		if !slices.Contains(groups, c.Group) {
			groups = append(groups, c.Group)
		}
		members[c.Group] = append(members[c.Group], c)
	}
	for _, group := range groups {
		if err := b.group(members[group]); err != nil {
			return nil, err
		}
	}
	if b.tooLarge > 0 {
		b.remarks = append(b.remarks, "left out "+count(b.tooLarge, "case")+": more memory than this process can have")
	}
	if len(b.results) == 0 {
		return nil, fmt.Errorf("%s: no case could be run: %s", b.suite.Name, b.remarks[len(b.remarks)-1])
	}
	r := &report.Report{
		Title: b.machine.CPU.Name, Facts: b.machine.facts(), Remarks: b.remarks,
		Suite: b.suite, Peers: b.peers(), Results: b.results,
	}
	if r.Title == "" {
		r.Title = "an unknown CPU"
	}
	limit := memory.Least()
	r.Facts = append(r.Facts,
		report.Fact{Name: "memory", Value: fmt.Sprintf("%.3g GiB at most: %s", float64(limit.Bytes)/(1<<30), limit.By)},
		report.Fact{Name: "measured", Value: fmt.Sprintf("%s, %s of the library, in %s", time.Now().Format("2006-01-02 15:04"),
			count(b.flags.threads[0], "thread"), time.Since(b.start).Round(time.Second))},
		report.Fact{Name: "beside", Value: strings.Join(b.peers()[1:], ", ") + ", on one thread"})
	if b.flags.quick {
		r.Remarks = append(r.Remarks, "measured with --quick, a few calls each: this shows that it works, not how fast")
	}
	return r, nil
}

// group measures the cases of a group.
func (b *reportBench) group(cases []bench.Case) error {
	var run []bench.Case
	for i := range cases {
		c := &cases[i]
		switch err := b.own(c); {
		case errors.As(err, new(*runtime.MemoryError)):
			b.tooLarge++
		case err != nil:
			return fmt.Errorf("%s: %w", b.suite.Name, err)
		default:
			run = append(run, *c)
		}
	}
	if b.numpy == nil || len(run) == 0 {
		return b.ctx.Err()
	}
	results, err := b.numpy.Measure(b.ctx, run, b.flags.quick)
	if err != nil {
		if b.ctx.Err() == nil { // the page is worth having without
			b.remarks, err = append(b.remarks, fmt.Sprintf("%s: %v", cases[0].Group, err)), nil
		}
	}
	b.results = append(b.results, results...)
	for i := range run {
		b.step(&run[i], 1.5)
	}
	return err
}

// own measures a case by the library and by plain loops.
func (b *reportBench) own(c *bench.Case) error {
	for _, threads := range b.threads(c) {
		how := bench.Options{Planned: b.flags.planned, Quick: b.flags.quick}
		if err := b.measure(c, b.flags.peer(threads), threads, how, 1); err != nil {
			return err
		}
	}
	if !c.HasLoops() {
		return nil
	}
	return b.measure(c, plainGo, 1, bench.Options{Plain: true, Quick: b.flags.quick}, 2)
}

func (b *reportBench) measure(c *bench.Case, peer string, threads int, how bench.Options, factor float64) error {
	defer useThreads(threads)()
	m, err := c.Measure(b.ctx, how)
	if err != nil {
		return err
	}
	b.results = append(b.results, bench.NewResult(c, peer, m, setting(&b.machine, threads)))
	b.step(c, factor)
	return nil
}
