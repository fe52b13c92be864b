// Package figure lays out results as charts.
package figure

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/chart"
)

// BySize lays out results of a suite: a panel for each dtype, in it a line for
// each peer, of GB/s by elements, and a mark where operands and result fill a
// cache. Of a peer's results for as many elements the fastest counts. A peer
// whose name begins with limit is the machine. The note says where and when
// results were measured, as far as they say it; so do the caches.
func BySize(s *bench.Suite, results []bench.Result) (*chart.Chart, error) {
	cases := map[string]*bench.Case{}
	for i := range s.Cases {
		if c := &s.Cases[i]; c.Elements > 0 && c.Bytes > 0 {
			cases[c.Name] = c
		}
	}
	type rates map[float64]float64     // GB/s by elements
	dtypes := map[string]*bench.Case{} // a case of each
	peers := map[string]bool{}         // all
	lines := map[[2]string]rates{}     // by dtype and peer
	var settings []bench.Setting
	for _, r := range results {
		c := cases[r.Case]
		if c == nil {
			continue
		}
		dtypes[c.Out.DType], peers[r.Peer] = c, true
		if r.On != nil {
			settings = append(settings, *r.On)
		}
		line := [2]string{c.Out.DType, r.Peer}
		if lines[line] == nil {
			lines[line] = rates{}
		}
		n := float64(c.Elements)
		lines[line][n] = max(lines[line][n], float64(c.Bytes)/r.NsPerCall)
	}
	if len(results) == 0 {
		return nil, errors.New("there are no results to draw: the files have no lines")
	}
	if len(peers) == 0 {
		return nil, fmt.Errorf("none of %d results is of a case of %s, such as %q", len(results), s.Name, s.Cases[0].Name)
	}

	drawn := &chart.Chart{Title: title(s), Note: note(settings), X: "elements of the result", Y: "GB/s read and written"}
	var caches []bench.Cache
	for _, on := range settings[:min(len(settings), 1)] {
		caches = on.Caches
	}
	for _, dtype := range slices.Sorted(maps.Keys(dtypes)) {
		p := chart.Panel{Title: dtype}
		for _, c := range caches {
			example := dtypes[dtype]
			n := float64(c.Bytes) / float64(example.Bytes) * float64(example.Elements)
			p.Marks = append(p.Marks, chart.Mark{X: n, Name: c.String()})
		}
		for _, peer := range slices.SortedFunc(maps.Keys(peers), byRank) {
			points := lines[[2]string{dtype, peer}]
			l := chart.Line{Name: peer, Bound: rank(peer) == limit}
			for _, n := range slices.Sorted(maps.Keys(points)) {
				l.Points = append(l.Points, chart.Point{X: n, Y: points[n]})
			}
			p.Lines = append(p.Lines, l)
		}
		drawn.Panels = append(drawn.Panels, p)
	}
	return drawn, nil
}

// fewElements is up to where the time of a call, not that of elements, is what counts.
const fewElements = 1000

// Contiguous keeps the cases of more than a few elements in which all arrays are contiguous and of
// one shape, of dtypes that have so many sizes.
func Contiguous(s *bench.Suite, sizes int) *bench.Suite {
	found := map[string]map[int]bool{}
	kept := &bench.Suite{Name: s.Name, Title: "contiguous arrays"}
	for _, c := range s.Cases {
		if c.Elements < fewElements || !c.Contiguous() {
			continue
		}
		if found[c.Out.DType] == nil {
			found[c.Out.DType] = map[int]bool{}
		}
		found[c.Out.DType][c.Elements] = true
		kept.Cases = append(kept.Cases, c)
	}
	kept.Cases = slices.DeleteFunc(kept.Cases, func(c bench.Case) bool { return len(found[c.Out.DType]) < sizes })
	return kept
}

// title is the suite's, or that of what is left of it.
func title(s *bench.Suite) string {
	if s.Title != "" {
		return s.Title
	}
	group := s.Cases[0].Group
	if group == "" || slices.ContainsFunc(s.Cases, func(c bench.Case) bool { return c.Group != group }) {
		return s.Name
	}
	return group
}

// note names the machines, levels, threads and days of measurements, each once.
func note(settings []bench.Setting) string {
	if len(settings) == 0 {
		return ""
	}
	each := func(of func(bench.Setting) string) []string {
		seen := map[string]bool{}
		for _, s := range settings {
			seen[of(s)] = true
		}
		return slices.Sorted(maps.Keys(seen))
	}
	levels := each(func(s bench.Setting) string { return s.Level })
	level := "level "
	if len(levels) > 1 {
		level = "levels "
	}
	return strings.Join([]string{
		listed(each(func(s bench.Setting) string { return s.CPU })),
		level + listed(levels),
		listed(each(func(s bench.Setting) string { return count(s.Threads, "thread") })),
		listed(each(func(s bench.Setting) string { return s.Date })),
	}, "  ·  ")
}

// listed joins words as people do.
func listed(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// The ranks of peers in a legend.
const (
	ours = iota
	other
	limit
)

func rank(peer string) int {
	switch {
	case IsOurs(peer):
		return ours
	case strings.HasPrefix(peer, "limit"):
		return limit
	}
	return other
}

func byRank(a, b string) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a, b)) }
