package chart

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"iter"
	"strings"
)

// The size of a panel as SVG, in units that are pixels on a phone. Where there is more room it
// grows.
const (
	svgWidth  = 360.
	svgHeight = 270.
	svgLeft   = 46. // of the axes
	svgRight  = 18. // where half of a label may stand
	svgTop    = 24.
	svgBottom = 40.
	svgLetter = 6. // the width of one, on average
)

// Drawing is what is drawn of a panel, or of rows of values, for templates. Its colours are those
// of classes: c0 and so on, bound, grid, axis, mark, faint.
type Drawing struct {
	Title, Text   string // Text says what can be seen
	Width, Height float64
	Lines         []Stroke
	Points        []Symbol
	Words         []Word
}

// Stroke is a line through points.
type Stroke struct{ Class, Path string }

// Symbol is a shape that is filled, with a text that is shown beside a pointer.
type Symbol struct{ Class, Path, Text string }

// Word is a text that begins, ends or has its middle at a place.
type Word struct {
	X, Y          float64
	Anchor, Class string
	Text          string
}

//go:embed svg.html
var svg string

// Templates are "svg", which draws a *Drawing, "legend", which shows a []Style, and "style", what
// both need of CSS.
func Templates() *template.Template {
	return template.Must(template.New("chart").Funcs(template.FuncMap{
		"sample": func(s Style) Symbol { return Symbol{Class: s.class(), Path: symbol(s.Shape(), 12, 6)} },
		"colours": func() (all []int) {
			for i := range Colours {
				all = append(all, i)
			}
			return all
		},
	}).Parse(svg))
}

var file = Templates()

// WriteSVG draws the chart as a file.
func (c *Chart) WriteSVG(w io.Writer) error {
	type panel struct {
		*Drawing
		X, Y float64
	}
	drawings := c.Drawings()
	if len(drawings) == 0 {
		return errors.New("there is nothing to draw")
	}
	const gap, most = 16., 3
	columns := min(len(drawings), most)
	head := &Drawing{Width: gap + float64(columns)*(svgWidth+gap)}
	y := 28.
	head.word(gap, y, "start", "title", c.Title)
	for line := range wrapped(strings.Split(c.Note, "  ·  "), " · ", head.Width-2*gap) {
		y += 16
		head.word(gap, y, "start", "faint", line)
	}
	y += 22
	x := gap
	for _, s := range c.Styles() {
		width := 30 + svgLetter*float64(len(s.Name))
		if x+width > head.Width-gap {
			x, y = gap, y+18
		}
		head.Lines = append(head.Lines, Stroke{"line " + s.class(), fmt.Sprintf("M%.1f %.1fh24", x, y)})
		if !s.Bound {
			head.Points = append(head.Points, Symbol{s.class(), symbol(s.Shape(), x+12, y), s.Name})
		}
		head.word(x+30, y+4, "start", "", s.Name)
		x += width + gap
	}
	y += 16
	var panels []panel
	for i, d := range drawings {
		panels = append(panels, panel{d, gap + float64(i%columns)*(svgWidth+gap), y + float64(i/columns)*(svgHeight+gap)})
	}
	head.Height = y + float64((len(drawings)-1)/columns+1)*(svgHeight+gap)
	return file.ExecuteTemplate(w, "file", struct {
		Title         string
		Width, Height float64
		Head          *Drawing
		Panels        []panel
	}{c.Title, head.Width, head.Height, head, panels})
}

// wrapped joins parts to lines of at most so wide.
func wrapped(parts []string, between string, width float64) iter.Seq[string] {
	return func(yield func(string) bool) {
		line := parts[0]
		for _, part := range parts[1:] {
			if svgLetter*float64(len(line)+len(between)+len(part)) > width {
				if !yield(line) {
					return
				}
				line = part
				continue
			}
			line += between + part
		}
		if line != "" {
			yield(line)
		}
	}
}

func (s Style) class() string {
	if s.Bound {
		return "bound"
	}
	return fmt.Sprintf("c%d", s.Colour())
}

// Drawings returns one for each panel.
func (c *Chart) Drawings() (all []*Drawing) {
	x, y, ok := c.Ranges()
	if !ok {
		return nil
	}
	styles := map[string]Style{}
	for _, s := range c.Styles() {
		styles[s.Name] = s
	}
	for _, p := range c.Panels {
		all = append(all, c.drawing(&p, styles, x, y))
	}
	return all
}

func (c *Chart) drawing(p *Panel, styles map[string]Style, x, y Interval) *Drawing {
	const right, bottom = svgWidth - svgRight, svgHeight - svgBottom
	d := &Drawing{Title: p.Title, Width: svgWidth, Height: svgHeight}
	across := func(v float64) float64 { return svgLeft + x.Part(v)*(right-svgLeft) }
	up := func(v float64) float64 { return bottom - y.Part(v)*(bottom-svgTop) }
	for _, t := range x.Ticks(c.XTicks, 1) {
		if t.Label != "" {
			d.line("grid", across(t.Value), svgTop, across(t.Value), bottom)
			d.word(across(t.Value), bottom+14, "middle", "", t.Label)
		}
	}
	for _, t := range y.Ticks(nil, 1, 2, 5) {
		if t.Label != "" {
			d.line("grid", svgLeft, up(t.Value), right, up(t.Value))
			d.word(svgLeft-5, up(t.Value)+4, "end", "", t.Label)
		}
	}
	d.line("axis", svgLeft, svgTop, svgLeft, bottom)
	d.line("axis", svgLeft, bottom, right, bottom)
	d.word(svgLeft, 14, "start", "strong", p.Title)
	d.word(right, 14, "end", "faint", c.Y)
	d.word((svgLeft+right)/2, svgHeight-8, "middle", "", c.X)

	var shown []Mark
	var at, widths []float64
	for _, m := range p.Marks {
		if x.Contains(m.X) {
			shown, at, widths = append(shown, m), append(at, across(m.X)), append(widths, svgLetter*float64(len(m.Name)))
		}
	}
	for i, l := range PlaceLabels(at, widths, right) {
		d.line("mark", at[i], svgTop, at[i], bottom)
		d.word(l.X, bottom-5-13*float64(l.Row), "start", "faint", shown[i].Name)
	}

	said := []string{fmt.Sprintf("%s against %s", c.Y, c.X)}
	for i := len(p.Lines) - 1; i >= 0; i-- { // the first is on top
		l, path := &p.Lines[i], ""
		s := styles[l.Name]
		for k, v := range l.Points {
			path += fmt.Sprintf("%c%.1f %.1f", "LM"[max(0, 1-k)], across(v.X), up(v.Y))
			if !l.Bound {
				text := fmt.Sprintf("%s: %.3g at %s", l.Name, v.Y, Short(v.X))
				d.Points = append(d.Points, Symbol{s.class(), symbol(s.Shape(), across(v.X), up(v.Y)), text})
			}
		}
		if n := len(l.Points) - 1; n >= 0 {
			d.Lines = append(d.Lines, Stroke{"line " + s.class(), path})
			said = append(said, fmt.Sprintf("%s: from %.3g at %s to %.3g at %s", l.Name, l.Points[0].Y, Short(l.Points[0].X), l.Points[n].Y, Short(l.Points[n].X)))
		}
	}
	d.Text = strings.Join(said, "; ")
	return d
}

func (d *Drawing) line(class string, x0, y0, x1, y1 float64) {
	d.Lines = append(d.Lines, Stroke{class, fmt.Sprintf("M%.1f %.1fL%.1f %.1f", x0, y0, x1, y1)})
}

func (d *Drawing) word(x, y float64, anchor, class, text string) {
	d.Words = append(d.Words, Word{x, y, anchor, class, text})
}

// symbol returns the path of a shape around a place.
func symbol(shape int, x, y float64) string {
	switch shape {
	case 0: // a circle
		return fmt.Sprintf("M%.1f %.1fa3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", x-3, y)
	case 1: // a square
		return fmt.Sprintf("M%.1f %.1fh5.4v5.4h-5.4z", x-2.7, y-2.7)
	}
	return fmt.Sprintf("M%.1f %.1fl3.6 6.4h-7.2z", x, y-3.8)
}

// Rows are values by name on a logarithmic axis, a row for each name, a series for each style.
type Rows struct {
	Title, X string
	Names    []string
	Series   []Series
}

// Series has a value for each name, 0 where there is none.
type Series struct {
	Name   string
	Number int // of its style
	Values []float64
}

// Styles returns those of the series.
func (r *Rows) Styles() (all []Style) {
	for _, s := range r.Series {
		all = append(all, Style{Name: s.Name, Number: s.Number})
	}
	return all
}

// Drawing draws the rows, or nothing where there are no values.
func (r *Rows) Drawing() *Drawing {
	const left, row, top = 98., 19., 24.
	bounds, any := Interval{1, 1}, false
	for _, s := range r.Series {
		for _, v := range s.Values {
			if v > 0 {
				bounds, any = Interval{min(bounds.Min, v), max(bounds.Max, v)}, true
			}
		}
	}
	if !any {
		return nil
	}
	bounds = around(bounds)
	const right = svgWidth - svgRight
	bottom := top + row*float64(len(r.Names))
	d := &Drawing{Title: r.Title, Width: svgWidth, Height: bottom + svgBottom}
	across := func(v float64) float64 { return left + bounds.Part(v)*(right-left) }
	labels := []float64{1, 2, 5}
	if bounds.Max/bounds.Min > 300 {
		labels = []float64{1}
	}
	for _, t := range bounds.Ticks(nil, labels...) {
		if t.Label == "" {
			continue
		}
		class := "grid"
		if t.Value == 1 {
			class = "axis"
		}
		d.line(class, across(t.Value), top, across(t.Value), bottom)
		d.word(across(t.Value), bottom+14, "middle", "", t.Label)
	}
	d.word(left, 14, "start", "strong", r.Title)
	d.word((left+right)/2, d.Height-8, "middle", "", r.X)
	said := []string{r.X}
	for i, name := range r.Names {
		y := top + row*(float64(i)+.5)
		d.word(left-7, y+4, "end", "", name)
		d.line("grid", left, y, right, y)
		text := name
		for k, s := range r.Styles() {
			v := r.Series[k].Values[i]
			if v <= 0 {
				continue
			}
			d.Points = append(d.Points, Symbol{s.class(), symbol(s.Shape(), across(v), y), fmt.Sprintf("%s, %s: %.3g", name, s.Name, v)})
			text += fmt.Sprintf(", %s %.3g", s.Name, v)
		}
		said = append(said, text)
	}
	d.Text = strings.Join(said, "; ")
	return d
}
