// Package report writes what was measured on a machine as a page of HTML that needs no other
// file: to read, and to attach to an issue.
package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/chart"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/figure"
)

// Report is what was measured, and where.
type Report struct {
	Title   string // the machine
	Facts   []Fact // of the machine
	Remarks []string
	Suite   *bench.Suite
	Peers   []string // the first is this library, on the first number of threads, the others are sorted
	Results []bench.Result
}

// Fact is something that is known of the machine.
type Fact struct{ Name, Value string }

// words says what groups are.
var words = map[string]string{
	"seed":         "two arrays of shape (x,2048)",
	"seed-between": "two arrays of shape (x,2048), sizes in between",
	"contig-small": "contiguous, in the first-level cache",
	"contig-L2":    "contiguous, in the second-level cache",
	"contig-L3":    "contiguous, in the third-level cache",
	"contig-DRAM":  "contiguous, from memory",
	"scalar":       "an array by a scalar",
	"row":          "a table by a row",
	"col":          "a table by a column",
	"outer":        "outer products",
	"transposed":   "transposed and permuted operands",
	"strided":      "every n-th element, parts of rows",
	"reversed":     "operands that run backwards",
	"image":        "pictures by masks and factors",
	"batch":        "tensors of rank 3 and 4",
	"tiny":         "1 to 16 elements",
	"mixed":        "operands of two dtypes",
	"inplace":      "the result is an operand",
	"chain":        "three and four arrays",
	"where":        "masked results",
}

// sizes is how many there are at least of a dtype that has a plot.
const sizes = 4

//go:embed page.html
var page string

var pageTemplate = template.Must(chart.Templates().New("page").Parse(page))

// view is what the page shows.
type view struct {
	*Report
	Others  []string // peers, without their versions
	Speed   *chart.Rows
	Sizes   *chart.Chart
	Scaling *figure.Scaling
	Threads *chart.Rows
	Groups  []group
	Totals  []group
}

// group is some of the cases.
type group struct {
	Name, Words string
	Rows        []row
	GBPerS      string   // the geometric mean
	Times       []string // as fast as each of the others, the geometric mean
	Least       []string // the least of them
	times       []float64
}

// row is a case.
type row struct {
	*bench.Case
	Time, GBPerS string
	Times        []string // as fast as each of the others
	rate         float64
	times        []float64 // 0 where the other did not run it
}

// Write writes the page.
func (r Report) Write(w io.Writer) error {
	r.Remarks = slices.Clone(r.Remarks)
	v := &view{Report: &r, Speed: &chart.Rows{Title: "how many times as fast", X: "times as fast, geometric mean of a group"}}
	ns, others := r.fastest(), r.Peers[1:]
	for _, peer := range others {
		name, _, _ := strings.Cut(peer, "-")
		v.Others = append(v.Others, name)
	}
	for i := range r.Suite.Cases {
		c := &r.Suite.Cases[i]
		own := ns[r.Peers[0]][c.Name]
		if own == 0 {
			continue
		}
		at := slices.IndexFunc(v.Groups, func(g group) bool { return g.Name == c.Group })
		if at < 0 {
			at = len(v.Groups)
			v.Groups = append(v.Groups, group{Name: c.Group, Words: words[c.Group]})
		}
		one := row{Case: c, Time: bench.PerCall(own), rate: float64(c.Bytes) / own}
		one.GBPerS = digits(one.rate)
		for _, peer := range others {
			times := ns[peer][c.Name] / own
			one.times = append(one.times, times)
			one.Times = append(one.Times, digits(times))
		}
		v.Groups[at].Rows = append(v.Groups[at].Rows, one)
	}
	all, large := group{Name: "all"}, group{Name: "all but tiny"}
	for i := range v.Groups {
		g := &v.Groups[i]
		g.sum(len(v.Others))
		all.Rows = append(all.Rows, g.Rows...)
		if g.Name != "tiny" {
			large.Rows = append(large.Rows, g.Rows...)
		}
		v.Speed.Names = append(v.Speed.Names, g.Name)
	}
	for _, g := range []*group{&all, &large} {
		if g.sum(len(v.Others)); len(v.Groups) > 1 && (g == &all || len(large.Rows) < len(all.Rows)) {
			v.Totals = append(v.Totals, *g)
		}
	}
	for k, peer := range v.Others {
		s := chart.Series{Name: "beside " + peer, Number: k + 1}
		for _, g := range v.Groups {
			s.Values = append(s.Values, g.times[k])
		}
		v.Speed.Series = append(v.Speed.Series, s)
	}
	r.draw(v)
	return pageTemplate.Execute(w, v)
}

// draw adds the charts, as far as there is something to draw.
func (r *Report) draw(v *view) {
	if suite := figure.Contiguous(r.Suite, sizes); len(suite.Cases) > 0 {
		first := slices.DeleteFunc(slices.Clone(r.Results), func(x bench.Result) bool { return !slices.Contains(r.Peers, x.Peer) })
		if c, err := figure.BySize(suite, first); err == nil { // else none of these was measured
			v.Sizes = c
		}
	}
	if v.Scaling = figure.Scale(r.Suite, r.Results); v.Scaling != nil {
		v.Threads = v.Scaling.Rows()
	}
}

// fastest returns nanoseconds by peer and case, without those of a peer whose result is another one
// than that of the first, which it remarks.
func (r *Report) fastest() map[string]map[string]float64 {
	ns := map[string]map[string]float64{}
	checks := map[string]float64{}
	for _, x := range r.Results {
		if x.Peer == r.Peers[0] {
			checks[x.Case] = x.Check
		}
	}
	for _, x := range r.Results {
		if check, found := checks[x.Case]; found && check != x.Check {
			r.Remarks = append(r.Remarks, fmt.Sprintf("%s: the result of %s is not that of %s, and left out", x.Case, x.Peer, r.Peers[0]))
			continue
		}
		if ns[x.Peer] == nil {
			ns[x.Peer] = map[string]float64{}
		}
		if before := ns[x.Peer][x.Case]; before == 0 || x.NsPerCall < before {
			ns[x.Peer][x.Case] = x.NsPerCall
		}
	}
	return ns
}

// sum fills in what is known of all rows together.
func (g *group) sum(others int) {
	var rates []float64
	for _, r := range g.Rows {
		rates = append(rates, r.rate)
	}
	g.GBPerS = digits(mean(rates))
	g.times, g.Times, g.Least = nil, nil, nil
	for k := range others {
		var times []float64
		for _, r := range g.Rows {
			if r.times[k] > 0 {
				times = append(times, r.times[k])
			}
		}
		least := 0.
		if len(times) > 0 {
			least = slices.Min(times)
		}
		g.times = append(g.times, mean(times))
		g.Times, g.Least = append(g.Times, digits(mean(times))), append(g.Least, digits(least))
	}
}

// mean is the geometric one, 0 of nothing.
func mean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}

// digits writes a number with some three digits, and a dash for none.
func digits(v float64) string {
	switch {
	case v == 0:
		return "–"
	case v < 9.995:
		return fmt.Sprintf("%.2f", v)
	case v < 99.95:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// Scaled returns what a number of threads gains in a group.
func (v *view) Scaled(times float64) string { return digits(times) }

// Shapes writes the shapes of the operands.
func (r row) Shapes() string {
	var all []string
	for _, in := range r.Inputs {
		shape := strings.ReplaceAll(strings.Trim(fmt.Sprint(in.Shape), "[]"), " ", "×")
		if shape == "" {
			shape = "scalar"
		}
		all = append(all, shape)
	}
	return strings.Join(all, " · ")
}
