package bench

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/chart"
)

func TestReadResults(t *testing.T) {
	const good = `{"case": "a", "peer": "p", "ns_per_call": 2, "check": 7}`
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{good + "\n" + good, ""},
		{good + "\nx", "f: line 2: invalid character"},
		{good + "\n\n", "f: line 2: unexpected end"},
		{`{"peer": "p", "ns_per_call": 2}`, `f: line 1: needs a case and a peer, got "" and "p"`},
		{`{"case": "a", "ns_per_call": 2}`, `f: line 1: needs a case and a peer, got "a" and ""`},
		{`{"case": "a", "peer": "p"}`, "f: line 1: ns_per_call is 0, want more than 0"},
		{`{"case": "a", "peer": "p", "ns_per_call": 1e999}`, "f: line 1: "},
		{strings.Repeat("x", 1<<17), "f: bufio.Scanner: token too long"},
	} {
		results, err := readResults(strings.NewReader(test.text), "f")
		switch {
		case test.want == "" && (err != nil || len(results) != strings.Count(test.text, "case")):
			t.Errorf("%s: got %v, %v", test.text, results, err)
		case test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)):
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func TestChart(t *testing.T) {
	of := func(name, dtype string, elements int) Case {
		return Case{Name: name, Out: Operand{DType: dtype}, Elements: elements, Bytes: 12 * elements}
	}
	suite := &Suite{Name: "f.json", Title: "title", Cases: []Case{
		of("large", "float32", 100), of("small", "float32", 10), of("same", "float32", 10), of("other", "float64", 10), of("none", "float32", 0),
	}}
	result := func(name, peer string, ns float64, on *Setting) Result {
		return Result{Case: name, Peer: peer, NsPerCall: ns, On: on}
	}
	one := &Setting{CPU: "a CPU", Level: "avx2", Threads: 1, Date: "2026-11-25", Caches: []Cache{{"L1", 1200}}}
	two := &Setting{CPU: "a CPU", Level: "avx2", Threads: 2, Date: "2026-11-26", Caches: []Cache{{"L1", 1200}}}
	results := []Result{
		result("large", "limit", 100, nil),
		result("large", "zebra", 300, nil),
		result("large", "hadamard", 200, one),
		result("small", "hadamard", 60, two),
		result("small", "hadamard", 30, two),
		result("same", "hadamard", 40, one),
		result("none", "hadamard", 1, nil),
		result("unknown", "hadamard", 1, nil),
	}
	got, err := Chart(suite, results)
	if err != nil {
		t.Fatal(err)
	}
	want := []chart.Panel{{
		Title: "float32",
		Lines: []chart.Line{
			{Name: "hadamard", Points: []chart.Point{{X: 10, Y: 4}, {X: 100, Y: 6}}},
			{Name: "zebra", Points: []chart.Point{{X: 100, Y: 4}}},
			{Name: "limit", Bound: true, Points: []chart.Point{{X: 100, Y: 12}}},
		},
		Marks: []chart.Mark{{X: 100, Name: "L1 1.171875 KiB"}},
	}}
	if want := "a CPU  ·  level avx2  ·  1 thread and 2 threads  ·  2026-11-25 and 2026-11-26"; got.Note != want {
		t.Errorf("the note is %q, want %q", got.Note, want)
	}
	if got.Title != "title" || !reflect.DeepEqual(got.Panels, want) {
		t.Errorf("got  %+v\nwant %+v", got.Panels, want)
	}

	if got, err := Chart(suite, results[:2]); err != nil || got.Note != "" || got.Panels[0].Marks != nil {
		t.Errorf("results that do not say where they are from: %v, %+v", err, got)
	}

	for _, results := range [][]Result{nil, {result("unknown", "hadamard", 1, one)}, {result("none", "hadamard", 1, one)}} {
		if _, err := Chart(suite, results); err == nil || !strings.Contains(err.Error(), `is of a case of f.json, such as "large"`) {
			t.Errorf("got %v", err)
		}
	}
}

// The seed benchmark is what a program can run.
func TestSeed(t *testing.T) {
	suite, err := Seed()
	if err != nil {
		t.Fatal(err)
	}
	least, most := suite.Cases[0].Elements, 0
	for i := range suite.Cases {
		c := &suite.Cases[i]
		if reason := c.Unsupported(); reason != "" {
			t.Errorf("%s: %s", c.Name, reason)
		}
		least, most = min(least, c.Elements), max(most, c.Elements)
	}
	if least != 2048 || most < 100e6 {
		t.Errorf("from %d to %d elements", least, most)
	}
}

func TestBinarySize(t *testing.T) {
	for n, want := range map[int]string{100: "100 B", 32 << 10: "32 KiB", 48 << 10: "48 KiB", 1 << 20: "1 MiB", 3 << 19: "1.5 MiB", 1<<20 + 1<<18: "1280 KiB", 32 << 20: "32 MiB"} {
		if got := binarySize(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
