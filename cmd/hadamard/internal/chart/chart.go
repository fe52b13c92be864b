// Package chart says what is in a drawing of lines on logarithmic axes, and draws it as SVG.
// Package pngchart draws the same as a PNG.
package chart

import (
	"fmt"
	"math"
	"slices"
)

// Chart is rows of panels that share their axes and a legend.
type Chart struct {
	Title  string
	Note   string // below the title: what was measured where, and when
	X, Y   string
	XTicks []float64 // the values of X that have labels, powers of ten if none are given
	Panels []Panel
}

// Panel is a set of lines; the first is on top.
type Panel struct {
	Title string
	Lines []Line
	Marks []Mark
}

// Line is drawn through its points, which are positive and sorted by X. Lines
// of one name look the same in all panels.
type Line struct {
	Name   string
	Bound  bool // dashed and grey: a limit, not a measurement
	Points []Point
}

// Point is a value at a place.
type Point struct{ X, Y float64 }

// Mark is a faint vertical line; one outside the range of the points is left out.
type Mark struct {
	X    float64
	Name string
}

// Style is how the lines of a name look. What is measured has a number, a bound has none.
type Style struct {
	Name   string
	Bound  bool
	Number int
}

// Colours and Shapes are how many there are of each. As many lines look different as both
// together allow.
const (
	Colours = 6
	Shapes  = 3
)

// Colour returns which colour the lines have, from 0 on.
func (s Style) Colour() int { return s.Number % Colours }

// Shape returns which shape the points have, from 0 on.
func (s Style) Shape() int { return (s.Number + s.Number/Colours) % Shapes }

// Styles returns those of all lines, in the order in which names appear.
func (c *Chart) Styles() (all []Style) {
	measured := 0
	for _, p := range c.Panels {
		for _, l := range p.Lines {
			if slices.ContainsFunc(all, func(s Style) bool { return s.Name == l.Name }) {
				continue
			}
			s := Style{Name: l.Name, Bound: l.Bound}
			if !l.Bound {
				s.Number = measured
				measured++
			}
			all = append(all, s)
		}
	}
	return all
}

// Interval is what an axis shows.
type Interval struct{ Min, Max float64 }

// Contains reports whether the axis shows v.
func (r Interval) Contains(v float64) bool { return r.Min <= v && v <= r.Max }

// Part returns how far along the axis v is, from 0 to 1.
func (r Interval) Part(v float64) float64 { return math.Log(v/r.Min) / math.Log(r.Max/r.Min) }

// Ranges returns the intervals that hold all points: with some room beside them,
// and from and to a labelled tick. ok is false where there are no points.
func (c *Chart) Ranges() (x, y Interval, ok bool) {
	x, y = Interval{math.Inf(1), 0}, Interval{math.Inf(1), 0}
	for _, p := range c.Panels {
		for _, l := range p.Lines {
			for _, at := range l.Points {
				x = Interval{min(x.Min, at.X), max(x.Max, at.X)}
				y = Interval{min(y.Min, at.Y), max(y.Max, at.Y)}
			}
		}
	}
	if x.Min > x.Max {
		return x, y, false
	}
	return Interval{x.Min / 1.3, x.Max * 1.3}, around(y), true
}

// around returns an interval that holds another one, from and to a labelled tick.
func around(r Interval) Interval {
	r = Interval{1 / rounded(1/r.Min), rounded(r.Max)}
	if r.Min == r.Max {
		r.Max *= 10
	}
	return r
}

// rounded returns v or the next above of …, 1, 2, 5, 10, 20, …
func rounded(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 5} {
		if v <= n*unit {
			return n * unit
		}
	}
	return 10 * unit
}

// Tick is a place on an axis, with a label or none.
type Tick struct {
	Value float64
	Label string
}

// Ticks returns the ticks of an axis, with labels at the given values or, if there are none, at
// the given multiples of powers of ten.
func (r Interval) Ticks(at []float64, multiples ...float64) (all []Tick) {
	for _, v := range at {
		if r.Contains(v) {
			all = append(all, Tick{v, Short(v)})
		}
	}
	if len(at) > 0 {
		return all
	}
	if r.Max/r.Min < 100 { // which may hold no more than one power of ten
		multiples = []float64{1, 2, 5}
	}
	for unit := math.Pow(10, math.Floor(math.Log10(r.Min))); unit <= r.Max; unit *= 10 {
		for n := 1.0; n < 10; n++ {
			t := Tick{Value: n * unit}
			if !r.Contains(t.Value) { // it would get room beside the panel
				continue
			}
			if slices.Contains(multiples, n) {
				t.Label = Short(t.Value)
			}
			all = append(all, t)
		}
	}
	return all
}

// Short writes a number, from 10 k on with the prefix of its thousands.
func Short(v float64) string {
	for _, unit := range []struct {
		size   float64
		prefix string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= unit.size && v >= 1e4 {
			return fmt.Sprintf("%.4g %s", v/unit.size, unit.prefix)
		}
	}
	return fmt.Sprintf("%.4g", v)
}

// Label says where the name of a mark begins, and in which row of names, the lowest being 0.
type Label struct {
	X   float64
	Row int
}

// PlaceLabels puts the names of marks beside their lines: to the right, unless they would
// leave the panel there, and each in the lowest row where it meets no other.
func PlaceLabels(at, widths []float64, right float64) (labels []Label) {
	const gap = 3
	for i, x := range at {
		l := Label{X: x + gap}
		if l.X+widths[i] > right {
			l.X = x - gap - widths[i]
		}
		for j := 0; j < i; j++ {
			if labels[j].Row == l.Row && l.X < labels[j].X+widths[j]+gap && labels[j].X < l.X+widths[i]+gap {
				l.Row, j = l.Row+1, -1 // look at all of them again
			}
		}
		labels = append(labels, l)
	}
	return labels
}
