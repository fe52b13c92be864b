package figure

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/chart"
)

// Scaling says how many times as fast multiplies are on several threads.
type Scaling struct {
	Threads []int // the first is what others are compared with
	Groups  []Scaled
	Note    string
}

// Scaled is a group of cases.
type Scaled struct {
	Name  string
	Cases int
	Times []float64 // by threads: the geometric mean of cases that ran on the first and on these, or 0
}

// Scale returns what results that say on how many threads they ran tell of that, by group, or nil if
// there are none of several numbers of threads. Cases that are not shared out say nothing of it, and are
// left out unless all are such.
func Scale(s *bench.Suite, results []bench.Result) *Scaling {
	type run struct {
		name    string
		threads int
	}
	best := map[run]float64{} // ns
	counts, ran := map[int]bool{}, map[string]bool{}
	var settings []bench.Setting
	for _, r := range results {
		if r.On == nil || rank(r.Peer) != ours {
			continue
		}
		at := run{r.Case, r.On.Threads}
		if before, found := best[at]; !found || r.NsPerCall < before {
			best[at] = r.NsPerCall
		}
		counts[r.On.Threads], ran[r.Case] = true, true
		settings = append(settings, *r.On)
	}
	if len(counts) < 2 {
		return nil
	}
	large := slices.ContainsFunc(s.Cases, func(c bench.Case) bool { return c.Shared() && ran[c.Name] })
	scaling := &Scaling{Threads: slices.Sorted(maps.Keys(counts)), Note: note(settings)}
	add := func(name string, in func(c *bench.Case) bool) {
		g := Scaled{Name: name, Times: make([]float64, len(scaling.Threads))}
		for i, threads := range scaling.Threads {
			sum, n := 0., 0
			for k := range s.Cases {
				c := &s.Cases[k]
				one, several := best[run{c.Name, scaling.Threads[0]}], best[run{c.Name, threads}]
				if in(c) && (c.Shared() || !large) && one > 0 && several > 0 {
					sum, n = sum+math.Log(one/several), n+1
				}
			}
			if n > 0 {
				g.Times[i] = math.Exp(sum / float64(n))
			}
			if i > 0 {
				g.Cases = max(g.Cases, n)
			}
		}
		if g.Cases > 0 {
			scaling.Groups = append(scaling.Groups, g)
		}
	}
	var groups []string
	for _, c := range s.Cases {
		if !slices.Contains(groups, c.Group) {
			groups = append(groups, c.Group)
		}
	}
	for _, group := range groups {
		add(group, func(c *bench.Case) bool { return c.Group == group })
	}
	if len(scaling.Groups) == 0 {
		return nil
	}
	if len(scaling.Groups) > 1 {
		add("all", func(*bench.Case) bool { return true })
	}
	return scaling
}

// ByThreads lays out how many times as fast cases of a suite are on several threads, a line for
// each group.
func ByThreads(s *bench.Suite, results []bench.Result) (*chart.Chart, error) {
	scaling := Scale(s, results)
	if scaling == nil {
		return nil, errors.New("there are no results of hadamard on several numbers of threads")
	}
	return scaling.Chart(title(s)), nil
}

// Chart draws it.
func (s *Scaling) Chart(title string) *chart.Chart {
	first := s.Threads[0]
	c := &chart.Chart{Title: title, Note: s.Note, X: "threads", Y: "times as fast as on " + count(first, "thread")}
	p := chart.Panel{Title: "speed-up"}
	ideal := chart.Line{Name: "as many times", Bound: true}
	for _, n := range s.Threads {
		c.XTicks = append(c.XTicks, float64(n))
		ideal.Points = append(ideal.Points, chart.Point{X: float64(n), Y: float64(n) / float64(first)})
	}
	for _, g := range slices.Backward(s.Groups) { // all of them first
		l := chart.Line{Name: fmt.Sprintf("%s (%d)", g.Name, g.Cases)}
		for i, times := range g.Times {
			if times > 0 {
				l.Points = append(l.Points, chart.Point{X: float64(s.Threads[i]), Y: times})
			}
		}
		p.Lines = append(p.Lines, l)
	}
	p.Lines = append(p.Lines, ideal)
	c.Panels = []chart.Panel{p}
	return c
}

// Rows lays it out by group, for what has many: on each number of threads but the first.
func (s *Scaling) Rows() *chart.Rows {
	rows := &chart.Rows{Title: "how many times as fast", X: "times as fast as on " + count(s.Threads[0], "thread")}
	for k, threads := range s.Threads[1:] {
		series := chart.Series{Name: count(threads, "thread"), Number: k}
		for _, g := range s.Groups {
			series.Values = append(series.Values, g.Times[k+1])
		}
		rows.Series = append(rows.Series, series)
	}
	for _, g := range s.Groups {
		rows.Names = append(rows.Names, g.Name)
	}
	return rows
}

// IsOurs reports whether a peer is this library.
func IsOurs(peer string) bool { return strings.HasPrefix(peer, "hadamard") }
