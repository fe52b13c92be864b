package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
)

// isTerminal reports whether a person reads what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// reporter prints what bench measures, while it does.
type reporter interface {
	begin(c *bench.Case) error // c will be measured
	end(r bench.Result) error  // it has been
	fail()                     // it can not be
}

// lineReporter prints a JSON line for each case, for programs.
type lineReporter struct{ w io.Writer }

func (l lineReporter) begin(*bench.Case) error  { return nil }
func (l lineReporter) end(r bench.Result) error { return r.Print(l.w) }
func (l lineReporter) fail()                    {}

// tableReporter prints a table for people: a row for each case, which begins before it
// is measured, and a title for each group.
type tableReporter struct {
	w     io.Writer
	name  int    // the width of the column of names
	group string // the last one
	many  bool   // there are several groups, one behind the other
}

// newTable prints what is measured, and the head of the table.
func newTable(w io.Writer, suite *bench.Suite, on bench.Setting) *tableReporter {
	t := &tableReporter{w: w, name: len("case")}
	groups, changes := map[string]bool{}, 0
	for i := range suite.Cases {
		c := &suite.Cases[i]
		t.name = max(t.name, len(c.Name))
		groups[c.Group] = true
		if i > 0 && c.Group != suite.Cases[i-1].Group {
			changes++
		}
	}
	t.many = changes > 0 && changes == len(groups)-1
	what := suite.Name
	if suite.Title != "" {
		what += ", " + suite.Title
	}
	fmt.Fprintf(w, "%s of %s\n%s, level %s, %s\n\n", count(len(suite.Cases), "case"), what, on.CPU, on.Level, count(on.Threads, "thread"))
	fmt.Fprintf(w, "%-*s  %-10s  %12s  %10s  %8s\n", t.name, "case", "dtype", "elements", "time", "GB/s")
	return t
}

func (t *tableReporter) begin(c *bench.Case) error {
	if t.many && c.Group != t.group {
		t.group = c.Group
		fmt.Fprintf(t.w, "\n%s\n", c.Group)
	}
	_, err := fmt.Fprintf(t.w, "%-*s  %-10s  %12d  ", t.name, c.Name, c.Out.DType, c.Elements)
	return err
}

func (t *tableReporter) end(r bench.Result) error {
	_, err := fmt.Fprintf(t.w, "%10s  %8.1f\n", bench.PerCall(r.NsPerCall), r.GBPerS)
	return err
}

// fail ends the row, so that an error has a line of its own.
func (t *tableReporter) fail() { fmt.Fprintln(t.w) }
