package main

import (
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
)

// A row begins before its case is measured, so that one sees what takes so long.
func TestTable(t *testing.T) {
	of := func(name, group, dtype string, elements int) bench.Case {
		return bench.Case{Name: name, Group: group, Out: bench.Operand{DType: dtype}, Elements: elements}
	}
	suite := &bench.Suite{Name: "f.json", Title: "a title", Cases: []bench.Case{of("short", "one", "float32", 7), of("a longer name", "one", "complex128", 1e8), of("x", "two", "bool", 1)}}
	var out strings.Builder
	table := newTable(&out, suite, bench.Setting{CPU: "a CPU", Level: "avx2", Threads: 2})
	for i, want := range []string{
		`3 cases of f.json, a title
a CPU, level avx2, 2 threads

case           dtype           elements        time      GB/s

one
short          float32                7  `,
		`   83.4 ns       1.0
a longer name  complex128     100000000  `,
		`   1.23 ms      47.5

two
x              bool                   1  `,
	} {
		if err := table.begin(&suite.Cases[i]); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != want {
			t.Errorf("got\n%q, want\n%q", got, want)
		}
		out.Reset()
		if err := table.end(bench.Result{NsPerCall: []float64{83.42, 1_234_567, 0.1}[i], GBPerS: []float64{1, 47.46, 0}[i]}); err != nil {
			t.Fatal(err)
		}
	}
}

// Groups have titles unless they are mixed, as those of the seed benchmark are.
func TestTableGroups(t *testing.T) {
	for _, groups := range []string{"a", "a a", "a b a"} {
		suite := &bench.Suite{Name: "f.json"}
		for group := range strings.FieldsSeq(groups) {
			suite.Cases = append(suite.Cases, bench.Case{Name: "case", Group: group, Out: bench.Operand{DType: "bool"}})
		}
		var out strings.Builder
		table := newTable(&out, suite, bench.Setting{Threads: 1})
		out.Reset()
		for i := range suite.Cases {
			if err := table.begin(&suite.Cases[i]); err != nil {
				t.Fatal(err)
			}
		}
		if strings.Contains(out.String(), "\n") {
			t.Errorf("%s: %q", groups, out.String())
		}
	}
}

// An error stands on a line of its own.
func TestTableFails(t *testing.T) {
	suite := &bench.Suite{Name: "f.json", Cases: []bench.Case{{Name: "case", Out: bench.Operand{DType: "bool"}}}}
	var out strings.Builder
	table := newTable(&out, suite, bench.Setting{Threads: 1})
	if err := table.begin(&suite.Cases[0]); err != nil {
		t.Fatal(err)
	}
	if table.fail(); !strings.HasSuffix(out.String(), "  \n") {
		t.Errorf("%q", out.String())
	}
}
