// Package pngchart draws charts as PNGs.
package pngchart

import (
	"errors"
	"image/color"
	"io"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/chart"
)

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

// Write draws a chart.
func Write(w io.Writer, c *chart.Chart) error {
	x, y, ok := c.Ranges()
	if !ok {
		return errors.New("there is nothing to draw")
	}
	styles := stylesOf(c)
	var plots []*plot.Plot
	for i := range c.Panels {
		p := panel(&c.Panels[i], styles, x, y, c.XTicks)
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

// stylesOf returns those of all lines.
func stylesOf(c *chart.Chart) (all []style) {
	for _, s := range c.Styles() {
		if s.Bound {
			all = append(all, style{name: s.Name, line: draw.LineStyle{Color: ink, Width: 1.2, Dashes: []vg.Length{5, 3}}})
			continue
		}
		colour := colours[s.Colour()]
		all = append(all, style{
			s.Name,
			draw.LineStyle{Color: colour, Width: 1.8},
			draw.GlyphStyle{Color: colour, Radius: 2.6, Shape: shapes[s.Shape()]},
		})
	}
	return all
}

func panel(p *chart.Panel, styles []style, x, y chart.Interval, at []float64) *plot.Plot {
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
		if x.Contains(m.X) {
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
	setAxis(&plt.X, x, x.Ticks(at, 1))
	setAxis(&plt.Y, y, y.Ticks(nil, 1, 2, 5))
	return plt
}

// setAxis makes an axis logarithmic.
func setAxis(a *plot.Axis, r chart.Interval, at []chart.Tick) {
	a.Min, a.Max = r.Min, r.Max
	a.Scale = plot.LogScale{}
	a.Padding = 0
	a.LineStyle.Color, a.LineStyle.Width = faint, 0.7
	a.Tick.LineStyle, a.Tick.Length = a.LineStyle, 4
	a.Tick.Marker = plot.ConstantTicks(ticks(at))
	a.Tick.Label = letters(9, ink, a.Tick.Label.XAlign, a.Tick.Label.YAlign)
	a.Label.TextStyle = letters(10, ink, a.Label.TextStyle.XAlign, a.Label.TextStyle.YAlign)
	a.Label.Padding = 4
}

func ticks(all []chart.Tick) (plots []plot.Tick) {
	for _, t := range all {
		plots = append(plots, plot.Tick(t))
	}
	return plots
}

// marks are drawn in one go, for the sake of their names.
type marks []chart.Mark

// Plot draws the marks and their names.
func (all marks) Plot(c draw.Canvas, plt *plot.Plot) {
	style := letters(8, faint, text.XLeft, text.YBottom)
	var at, widths []float64
	for _, m := range all {
		x := c.X(plt.X.Norm(m.X))
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: 0.7, Dashes: []vg.Length{1.5, 2.5}}, x, c.Min.Y, x, c.Max.Y)
		at, widths = append(at, float64(x)), append(widths, float64(style.Width(m.Name)))
	}
	for i, label := range chart.PlaceLabels(at, widths, float64(c.Max.X)) {
		y := c.Min.Y + 4 + vg.Length(label.Row)*(style.Height("L")+3)
		c.FillText(style, vg.Point{X: vg.Length(label.X), Y: y}, all[i].Name)
	}
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
