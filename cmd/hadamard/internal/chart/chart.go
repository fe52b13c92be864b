// Package chart draws lines on logarithmic axes, as a PNG.
package chart

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Chart is rows of panels that share their axes and a legend.
type Chart struct {
	Title  string
	Note   string // below the title: what was measured where, and when
	X, Y   string
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

type Point struct{ X, Y float64 }

// Mark is a faint vertical line; one outside the range of the points is left out.
type Mark struct {
	X    float64
	Name string
}

// Two panels are 1200 x 800 pixels, and one is as wide. Lengths are in points.
const (
	mostColumns   = 4
	pixelsPerInch = 144
	panelWidth    = 300
	height        = 400
	margin        = 12
)

// Colours that the colour-blind tell apart (Okabe and Ito), and what else is drawn.
var (
	colours = []color.Color{
		color.RGBA{0, 114, 178, 255},
		color.RGBA{213, 94, 0, 255},
		color.RGBA{0, 158, 115, 255},
		color.RGBA{204, 121, 167, 255},
		color.RGBA{230, 159, 0, 255},
		color.RGBA{86, 180, 233, 255},
	}
	shapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}}

	ink   = color.Gray{0x33}
	faint = color.Gray{0x80}
	rule  = color.Gray{0xe4}
)

// WritePNG draws the chart.
func (c *Chart) WritePNG(w io.Writer) error {
	x, y := c.ranges()
	if x.min > x.max {
		return errors.New("there is nothing to draw")
	}
	styles := c.styles()
	var plots []*plot.Plot
	for i := range c.Panels {
		p := c.Panels[i].plot(styles, x, y)
		p.Y.Label.Text = c.Y
		plots = append(plots, p)
	}

	columns := min(max(2, len(plots)), mostColumns)
	rows := (len(plots) + columns - 1) / columns
	if len(plots) == 1 {
		columns = 1
	}
	canvas := vgimg.NewWith(vgimg.UseWH(panelWidth*vg.Length(max(2, columns)), height*vg.Length(rows)), vgimg.UseDPI(pixelsPerInch))
	page := draw.New(canvas)
	page.SetColor(color.White)
	page.Fill(page.Path())
	page = draw.Crop(page, margin, -margin, margin, -margin)
	page.Max.Y = drawHead(page, c.Title, c.Note, styles)
	tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: 2 * margin, PadY: 2 * margin}
	label := letters(10, ink, text.XCenter, text.YBottom)
	for i, p := range plots {
		// gonum makes room for its own label of X as if it stood at the middle of
		// a linear axis, which is far to the right on this one.
		tile := tiles.At(page, i%columns, i/columns)
		part := draw.Crop(tile, 0, 0, label.Height(c.X)+4, 0)
		p.Draw(part)
		data := p.DataCanvas(part)
		page.FillText(label, vg.Point{X: data.Center().X, Y: tile.Min.Y}, c.X)
	}
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
	return err
}

// style is how the lines of a name look.
type style struct {
	name  string
	line  draw.LineStyle
	glyph draw.GlyphStyle // without a shape for a bound
}

// styles returns those of all lines, in the order in which names appear.
func (c *Chart) styles() (all []style) {
	measured := 0
	for _, p := range c.Panels {
		for _, l := range p.Lines {
			if slices.ContainsFunc(all, func(s style) bool { return s.name == l.Name }) {
				continue
			}
			if l.Bound {
				all = append(all, style{name: l.Name, line: draw.LineStyle{Color: ink, Width: 1.2, Dashes: []vg.Length{5, 3}}})
				continue
			}
			colour, shape := colours[measured%len(colours)], shapes[measured%len(shapes)]
			all = append(all, style{
				l.Name,
				draw.LineStyle{Color: colour, Width: 1.8},
				draw.GlyphStyle{Color: colour, Radius: 2.6, Shape: shape},
			})
			measured++
		}
	}
	return all
}

// interval is what an axis shows.
type interval struct{ min, max float64 }

func (r interval) contains(v float64) bool { return r.min <= v && v <= r.max }

// ranges returns the intervals that hold all points: with some room beside them,
// and from and to a labelled tick.
func (c *Chart) ranges() (x, y interval) {
	x, y = interval{math.Inf(1), 0}, interval{math.Inf(1), 0}
	for _, p := range c.Panels {
		for _, l := range p.Lines {
			for _, at := range l.Points {
				x = interval{min(x.min, at.X), max(x.max, at.X)}
				y = interval{min(y.min, at.Y), max(y.max, at.Y)}
			}
		}
	}
	x = interval{x.min / 1.3, x.max * 1.3}
	y = interval{1 / rounded(1/y.min), rounded(y.max)}
	if y.min == y.max {
		y.max *= 10
	}
	return x, y
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

func (p *Panel) plot(styles []style, x, y interval) *plot.Plot {
	plt := plot.New()
	plt.Title.Text = p.Title
	plt.Title.TextStyle = letters(11, ink, text.XCenter, text.YTop)
	plt.Title.Padding = 6

	lines := plotter.NewGrid()
	lines.Horizontal = draw.LineStyle{Color: rule, Width: 0.7}
	lines.Vertical = lines.Horizontal
	plt.Add(lines)
	var shown marks
	for _, m := range p.Marks {
		if x.contains(m.X) {
			shown = append(shown, m)
		}
	}
	plt.Add(shown)
	for _, l := range slices.Backward(p.Lines) {
		var points plotter.XYs
		for _, at := range l.Points {
			points = append(points, plotter.XY(at))
		}
		s := styles[slices.IndexFunc(styles, func(s style) bool { return s.name == l.Name })]
		plt.Add(&plotter.Line{XYs: points, LineStyle: s.line})
		if s.glyph.Shape != nil {
			plt.Add(&plotter.Scatter{XYs: points, GlyphStyle: s.glyph})
		}
	}
	setAxis(&plt.X, x, 1)
	setAxis(&plt.Y, y, 1, 2, 5)
	return plt
}

// setAxis makes an axis logarithmic, with labels at the given multiples of
// powers of ten.
func setAxis(a *plot.Axis, r interval, labels ...float64) {
	if r.max/r.min < 100 { // which may hold no more than one power of ten
		labels = []float64{1, 2, 5}
	}
	a.Min, a.Max = r.min, r.max
	a.Scale = plot.LogScale{}
	a.Padding = 0
	a.LineStyle.Color, a.LineStyle.Width = faint, 0.7
	a.Tick.LineStyle, a.Tick.Length = a.LineStyle, 4
	a.Tick.Marker = plot.ConstantTicks(ticks(r, labels))
	a.Tick.Label = letters(9, ink, a.Tick.Label.XAlign, a.Tick.Label.YAlign)
	a.Label.TextStyle = letters(10, ink, a.Label.TextStyle.XAlign, a.Label.TextStyle.YAlign)
	a.Label.Padding = 4
}

func ticks(r interval, labels []float64) (all []plot.Tick) {
	for unit := math.Pow(10, math.Floor(math.Log10(r.min))); unit <= r.max; unit *= 10 {
		for n := 1.0; n < 10; n++ {
			t := plot.Tick{Value: n * unit}
			if !r.contains(t.Value) { // it would get room beside the panel
				continue
			}
			if slices.Contains(labels, n) {
				t.Label = short(t.Value)
			}
			all = append(all, t)
		}
	}
	return all
}

// short writes a number, from 10 k on with the prefix of its thousands.
func short(v float64) string {
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

// marks are drawn in one go, for the sake of their names.
type marks []Mark

// Plot draws the marks and their names.
func (all marks) Plot(c draw.Canvas, plt *plot.Plot) {
	style := letters(8, faint, text.XLeft, text.YBottom)
	var at, widths []vg.Length
	for _, m := range all {
		x := c.X(plt.X.Norm(m.X))
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: 0.7, Dashes: []vg.Length{1.5, 2.5}}, x, c.Min.Y, x, c.Max.Y)
		at, widths = append(at, x), append(widths, style.Width(m.Name))
	}
	for i, label := range placeLabels(at, widths, c.Max.X) {
		y := c.Min.Y + 4 + vg.Length(label.row)*(style.Height("L")+3)
		c.FillText(style, vg.Point{X: label.x, Y: y}, all[i].Name)
	}
}

// label says where the name of a mark begins, and in which row of names, the lowest being 0.
type label struct {
	x   vg.Length
	row int
}

// placeLabels puts the names of marks beside their lines: to the right, unless they would
// leave the panel there, and each in the lowest row where it meets no other.
func placeLabels(at, widths []vg.Length, right vg.Length) (labels []label) {
	const gap = 3
	for i, x := range at {
		l := label{x: x + gap}
		if l.x+widths[i] > right {
			l.x = x - gap - widths[i]
		}
		for j := 0; j < i; j++ {
			if labels[j].row == l.row && l.x < labels[j].x+widths[j]+gap && labels[j].x < l.x+widths[i]+gap {
				l.row, j = l.row+1, -1 // look at all of them again
			}
		}
		labels = append(labels, l)
	}
	return labels
}

// drawHead writes the title, the note and the legend, and returns where they end.
func drawHead(c draw.Canvas, title, note string, styles []style) (bottom vg.Length) {
	const sample, space, gap = 24, 5, 22
	y := c.Max.Y
	for _, line := range []struct {
		text  string
		size  vg.Length
		color color.Color
	}{{title, 14, ink}, {note, 9, faint}} {
		if line.text == "" {
			continue
		}
		t := letters(line.size, line.color, text.XCenter, text.YTop)
		if width := t.Width(line.text); width > c.Size().X { // rather small than cut off
			t = letters(line.size*c.Size().X/width, line.color, text.XCenter, text.YTop)
		}
		c.FillText(t, vg.Point{X: c.Center().X, Y: y}, line.text)
		y -= t.Height(line.text) + 6
	}
	y -= 6
	t := letters(10, ink, text.XLeft, text.YCenter)
	entry := func(s style) vg.Length { return sample + space + t.Width(s.name) }
	for len(styles) > 0 {
		n, width := 0, vg.Length(-gap) // what fits on a line
		for n < len(styles) && (n == 0 || width+gap+entry(styles[n]) <= c.Size().X) {
			width += gap + entry(styles[n])
			n++
		}
		x := c.Center().X - width/2
		for _, s := range styles[:n] {
			c.StrokeLine2(s.line, x, y, x+sample, y)
			if s.glyph.Shape != nil {
				c.DrawGlyph(s.glyph, vg.Point{X: x + sample/2, Y: y})
			}
			c.FillText(t, vg.Point{X: x + sample + space, Y: y + 1}, s.name)
			x += entry(s) + gap
		}
		styles = styles[n:]
		y -= 16
	}
	return y
}

func letters(size vg.Length, c color.Color, x text.XAlignment, y text.YAlignment) text.Style {
	sans := font.Font{Typeface: "Liberation", Variant: "Sans"}
	return text.Style{Color: c, Font: font.From(sans, size), XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler}
}
