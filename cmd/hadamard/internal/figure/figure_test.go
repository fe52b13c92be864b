package figure

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/chart"
)

func TestBySize(t *testing.T) {
	of := func(name, dtype string, elements int) bench.Case {
		return bench.Case{Name: name, Out: bench.Operand{DType: dtype}, Elements: elements, Bytes: 12 * elements}
	}
	suite := &bench.Suite{Name: "f.json", Title: "title", Cases: []bench.Case{
		of("large", "float32", 100), of("small", "float32", 10), of("same", "float32", 10), of("other", "float64", 10), of("none", "float32", 0),
	}}
	result := func(name, peer string, ns float64, on *bench.Setting) bench.Result {
		return bench.Result{Case: name, Peer: peer, NsPerCall: ns, On: on}
	}
	one := &bench.Setting{CPU: "a CPU", Level: "avx2", Threads: 1, Date: "2026-11-25", Caches: []bench.Cache{{Name: "L1", Bytes: 1200}}}
	two := &bench.Setting{CPU: "a CPU", Level: "avx2", Threads: 2, Date: "2026-11-26", Caches: []bench.Cache{{Name: "L1", Bytes: 1200}}}
	results := []bench.Result{
		result("large", "limit", 100, nil),
		result("large", "zebra", 300, nil),
		result("large", "hadamard", 200, one),
		result("small", "hadamard", 60, two),
		result("small", "hadamard", 30, two),
		result("same", "hadamard", 40, one),
		result("none", "hadamard", 1, nil),
		result("unknown", "hadamard", 1, nil),
	}
	got, err := BySize(suite, results)
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

	if got, err := BySize(suite, results[:2]); err != nil || got.Note != "" || got.Panels[0].Marks != nil {
		t.Errorf("results that do not say where they are from: %v, %+v", err, got)
	}

	three := &bench.Setting{CPU: "a CPU", Level: "purego", Threads: 1, Date: "2026-11-25"}
	suite.Title, suite.Cases[0].Group = "", "group"
	got, err = BySize(suite, append(results, result("small", "hadamard", 20, three)))
	if want := "a CPU  ·  levels avx2 and purego  ·  1 thread and 2 threads  ·  2026-11-25 and 2026-11-26"; err != nil || got.Note != want || got.Title != "f.json" {
		t.Errorf("%v: the note is %q, want %q; the title is %q", err, got.Note, want, got.Title)
	}
	suite.Cases = suite.Cases[:1]
	if got, err = BySize(suite, results); err != nil || got.Title != "group" {
		t.Errorf("%v: the title is %q", err, got.Title)
	}

	if _, err := BySize(suite, nil); err == nil || !strings.Contains(err.Error(), "there are no results to draw") {
		t.Errorf("got %v", err)
	}
	for _, results := range [][]bench.Result{{result("unknown", "hadamard", 1, one)}, {result("none", "hadamard", 1, one)}} {
		if _, err := BySize(suite, results); err == nil || !strings.Contains(err.Error(), `is of a case of f.json, such as "large"`) {
			t.Errorf("got %v", err)
		}
	}
}

func TestByThreads(t *testing.T) {
	suite := &bench.Suite{Name: "f.json"}
	var results []bench.Result
	for i, group := range []string{"one", "two", "one", "small"} {
		name := string(rune('a' + i))
		suite.Cases = append(suite.Cases, bench.Case{Name: name, Group: group})
		for _, threads := range []int{1, 2, 8} {
			if group == "small" && threads > 1 || i == 0 && threads == 8 {
				continue
			}
			ns := 800 / float64(threads)
			if group == "two" {
				ns = 800
			}
			for _, slower := range []float64{1, 3} {
				results = append(results, bench.Result{Case: name, Peer: "hadamard", NsPerCall: slower * ns, On: &bench.Setting{CPU: "a CPU", Threads: threads}})
			}
			results = append(results, bench.Result{Case: name, Peer: "zebra", NsPerCall: 1, On: &bench.Setting{Threads: threads}})
		}
	}
	got := Scale(suite, results)
	want := []Scaled{{"one", 2, []float64{1, 2, 8}}, {"two", 1, []float64{1, 1, 1}}, {"all", 3, []float64{1, 1.587, 2.828}}}
	if got == nil || !slices.Equal(got.Threads, []int{1, 2, 8}) || len(got.Groups) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i, g := range got.Groups {
		w := want[i]
		same := slices.EqualFunc(g.Times, w.Times, func(a, b float64) bool { return math.Abs(a-b) < .001 })
		if g.Name != w.Name || g.Cases != w.Cases || !same {
			t.Errorf("got %+v, want %+v", g, w)
		}
	}
	shared := &bench.Suite{Name: suite.Name, Cases: slices.Clone(suite.Cases)}
	shared.Cases[1].Bytes = bench.SharedFrom
	if got := Scale(shared, results); len(got.Groups) != 1 || got.Groups[0].Name != "two" || got.Groups[0].Cases != 1 {
		t.Errorf("with a case that is shared out: got %+v", got)
	}
	rows := got.Rows()
	if !slices.Equal(rows.Names, []string{"one", "two", "all"}) || len(rows.Series) != 2 || rows.Series[1].Name != "8 threads" || rows.Series[1].Values[0] != got.Groups[0].Times[2] {
		t.Errorf("got %+v", rows)
	}
	drawn, err := ByThreads(suite, results)
	if err != nil {
		t.Fatal(err)
	}
	lines := drawn.Panels[0].Lines
	if len(lines) != 4 || lines[0].Name != "all (3)" || !lines[3].Bound || lines[3].Points[2] != (chart.Point{X: 8, Y: 8}) || drawn.Y != "times as fast as on 1 thread" {
		t.Errorf("got %+v", drawn)
	}
	for _, few := range [][]bench.Result{nil, results[:2]} {
		if _, err := ByThreads(suite, few); err == nil || !strings.Contains(err.Error(), "several numbers of threads") {
			t.Errorf("got %v", err)
		}
	}
}

func TestContiguous(t *testing.T) {
	suite, err := bench.All()
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{}
	for _, c := range Contiguous(suite, 4).Cases {
		sizes[c.Out.DType]++
	}
	if len(sizes) != 5 || sizes["float32"] < 18 || sizes["uint8"] != 4 {
		t.Errorf("got %v", sizes)
	}
}
