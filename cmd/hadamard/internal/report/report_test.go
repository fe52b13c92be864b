package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
)

const hostile = `</script><b onload='x'>"a" & b`

// example has a group of contiguous arrays of several sizes, one that threads share, and names that
// are no HTML.
func example() *Report {
	operand := func(n int) bench.Operand {
		return bench.Operand{DType: "float32", Shape: []int{n}, Strides: []int{1}, BufLen: n}
	}
	r := &Report{
		Title: "a CPU <&> more", Facts: []Fact{{"CPU", hostile}}, Remarks: []string{hostile},
		Suite: &bench.Suite{Name: "f.json"}, Peers: []string{"hadamard", "numpy-1", "plain Go"},
	}
	for i, n := range []int{1016, 2000, 100_000, 8 << 20} {
		name, group := []string{"a", "b", hostile, "d"}[i], []string{"tiny", "large", "large", hostile}[i]
		c := bench.Case{Name: name, Group: group, Op: "mul", Elements: n, Bytes: 12 * n, Out: operand(n), Inputs: []bench.Operand{operand(n), operand(n)}}
		r.Suite.Cases = append(r.Suite.Cases, c)
		for k, peer := range append(r.Peers, "hadamard-2t") {
			if peer == "hadamard-2t" && i < 3 || peer == "numpy-1" && i == 1 {
				continue
			}
			on := &bench.Setting{CPU: "a CPU", Threads: 1, Caches: []bench.Cache{{Name: "L1", Bytes: 48 << 10}}}
			if k == 3 {
				on.Threads = 2
			}
			r.Results = append(r.Results, bench.Result{Case: name, Peer: peer, NsPerCall: float64(n) * []float64{1, 2, 8, .5}[k], Check: 7, On: on})
		}
	}
	r.Suite.Cases = append(r.Suite.Cases, bench.Case{Name: "not run", Group: "none"})
	return r
}

// element is an element of a page.
type element struct {
	name  string
	attrs map[string]string
	text  string // of it and what is in it
	inner []*element
}

func (e *element) all(name string) (found []*element) {
	for _, x := range e.inner {
		if x.name == name {
			found = append(found, x)
		}
		found = append(found, x.all(name)...)
	}
	return found
}

// parse reads a page, which must be closed element by element.
func parse(t *testing.T, page string) *element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &element{}
	open := []*element{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			e := &element{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			top := open[len(open)-1]
			top.inner = append(top.inner, e)
			open = append(open, e)
		case xml.EndElement:
			if open[len(open)-1].name != x.Name.Local {
				t.Fatalf("</%s> ends %s", x.Name.Local, open[len(open)-1].name)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(x)
			}
		}
	}
	if len(open) != 1 {
		t.Fatalf("%s has no end", open[len(open)-1].name)
	}
	return root
}

func write(t *testing.T, r *Report) *element {
	t.Helper()
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, outside := range []string{"src=", "href=", "url(", "@import", "http://", "https://", "<b "} {
		if strings.Contains(page, outside) {
			t.Errorf("the page has %q", outside)
		}
	}
	return parse(t, page)
}

func cells(row *element) (texts []string) {
	for _, cell := range row.inner {
		texts = append(texts, cell.text)
	}
	return texts
}

// TestPage holds that all cases are on the page, with what they gain, whatever they are called.
func TestPage(t *testing.T) {
	r := example()
	root := write(t, r)
	rows := map[string][]string{}
	for _, table := range root.all("table") {
		columns := 0
		for _, row := range table.all("tr") {
			texts := cells(row)
			if columns == 0 {
				columns = len(texts)
			}
			if len(texts) != columns {
				t.Errorf("a row has %d cells, want %d: %q", len(texts), columns, texts)
			}
			if head := row.inner[0]; head.name != "th" || head.attrs["scope"] == "" {
				t.Errorf("%q has no head", texts)
			}
			rows[texts[0]] = texts
		}
	}
	for name, want := range map[string][]string{
		"CPU":          {"CPU", hostile},
		"a":            {"a", "1.02 µs", "12.0", "2.00", "8.00", "1016", "float32", "1016 · 1016"},
		"b":            {"b", "2.00 µs", "12.0", "–", "8.00", "2000", "float32", "2000 · 2000"},
		"d":            {"d", "8.39 ms", "12.0", "2.00", "8.00", "8388608", "float32", "8388608 · 8388608"},
		"tiny":         {"tiny", "1", "12.0", "2.00", "2.00", "8.00", "8.00", "1 to 16 elements"},
		"large":        {"large", "2", "12.0", "2.00", "2.00", "8.00", "8.00", ""},
		"all":          {"all", "4", "12.0", "2.00", "2.00", "8.00", "8.00", ""},
		"all but tiny": {"all but tiny", "3", "12.0", "2.00", "2.00", "8.00", "8.00", ""},
		hostile:        {hostile, "100 µs", "12.0", "2.00", "8.00", "100000", "float32", "100000 · 100000"},
		"not run":      nil,
	} {
		if !slices.Equal(rows[name], want) {
			t.Errorf("%s: got %q, want %q", name, rows[name], want)
		}
	}

	for _, e := range []struct{ name, attr, value string }{{"html", "lang", "en"}, {"svg", "role", "img"}} {
		found := root.all(e.name)
		if len(found) == 0 || found[len(found)-1].attrs[e.attr] != e.value {
			t.Errorf("no %s has the %s %q", e.name, e.attr, e.value)
		}
	}
	if title := root.all("title"); title[0].text != "hadamard on a CPU <&> more" {
		t.Errorf("the title is %q", title[0].text)
	}
	drawn := 0
	for _, svg := range root.all("svg") {
		if svg.attrs["aria-hidden"] == "true" {
			continue
		}
		if drawn++; !strings.Contains(svg.attrs["aria-label"], "hadamard") && !strings.Contains(svg.attrs["aria-label"], "beside") && !strings.Contains(svg.attrs["aria-label"], "times as fast") {
			t.Errorf("a plot says %q", svg.attrs["aria-label"])
		}
	}
	if drawn != 3 {
		t.Errorf("%d plots, want those of groups, sizes and threads", drawn)
	}

	scripts := root.all("script")
	if len(scripts) != 1 || scripts[0].attrs["type"] != "application/json" {
		t.Fatalf("%d scripts", len(scripts))
	}
	var results []bench.Result
	if err := json.Unmarshal([]byte(scripts[0].text), &results); err != nil || len(results) != len(r.Results) || results[len(results)-1].Case != "d" {
		t.Errorf("%v: %d results, want %d", err, len(results), len(r.Results))
	}
}

// TestFewResults holds that a page of little is a page.
func TestFewResults(t *testing.T) {
	r := example()
	r.Suite.Cases, r.Results, r.Peers = r.Suite.Cases[:1], r.Results[:1], r.Peers[:1]
	root := write(t, r)
	if n := len(root.all("table")); n != 3 {
		t.Errorf("%d tables, want those of the machine, the groups and the group", n)
	}
	for _, svg := range root.all("svg") {
		t.Errorf("a plot of nothing: %q", svg.attrs["aria-label"])
	}
}

// TestOtherResults holds that a peer that computes something else is left out, and that the page
// says so.
func TestOtherResults(t *testing.T) {
	r := example()
	r.Results[1].Check = 8
	root := write(t, r)
	if want := "a: the result of numpy-1 is not that of hadamard, and left out"; !strings.Contains(root.text, want) {
		t.Errorf("the page does not say %q", want)
	}
	if len(r.Remarks) != 1 {
		t.Errorf("the report has remarks %q", r.Remarks)
	}
}
