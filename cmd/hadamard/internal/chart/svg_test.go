package chart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// inside holds that what is drawn is within the picture.
func inside(t *testing.T, d *Drawing) {
	t.Helper()
	check := func(what string, x, y float64) {
		if x < 0 || x > d.Width || y < 0 || y > d.Height {
			t.Errorf("%s: %s is at %v, %v", d.Title, what, x, y)
		}
	}
	for _, w := range d.Words {
		left := w.X
		switch width := svgLetter * float64(len(w.Text)); w.Anchor {
		case "middle":
			left -= width / 2
		case "end":
			left -= width
		}
		check(w.Text, left, w.Y)
		check(w.Text, left+svgLetter*float64(len(w.Text)), w.Y)
	}
	for _, l := range d.Lines {
		for part := range strings.FieldsFuncSeq(l.Path, func(r rune) bool { return r == 'M' || r == 'L' }) {
			var x, y float64
			if _, err := fmt.Sscan(part, &x, &y); err != nil {
				t.Errorf("%s: %v", l.Path, err)
			}
			check(l.Class, x, y)
		}
	}
}

func TestDrawings(t *testing.T) {
	c := &Chart{
		X: "elements", Y: "GB/s read and written",
		Panels: []Panel{
			{
				Title: "left",
				Lines: []Line{{Name: "up", Points: []Point{{2048, 3}, {1e8, 170}}}, {Name: "top", Bound: true, Points: []Point{{2048, 200}, {1e8, 200}}}},
				Marks: []Mark{{9.9e7, "L3 256 MiB"}, {1e12, "outside"}},
			},
			{Title: "right", Lines: []Line{{Name: "down", Points: []Point{{2048, 170}, {1e8, 3}}}}},
		},
	}
	drawings := c.Drawings()
	if len(drawings) != 2 {
		t.Fatalf("%d drawings", len(drawings))
	}
	for _, d := range drawings {
		inside(t, d)
	}
	left := drawings[0]
	if want := "GB/s read and written against elements; top: from 200 at 2048 to 200 at 100 M; up: from 3 at 2048 to 170 at 100 M"; left.Text != want {
		t.Errorf("got %q, want %q", left.Text, want)
	}
	if len(left.Points) != 2 || left.Points[0].Class != "c0" || drawings[1].Points[0].Class != "c1" {
		t.Errorf("points are %+v and %+v", left.Points, drawings[1].Points)
	}
	var words []string
	for _, w := range left.Words {
		words = append(words, w.Text)
	}
	if all := strings.Join(words, "|"); !strings.Contains(all, "L3 256 MiB") || strings.Contains(all, "outside") {
		t.Errorf("words are %q", words)
	}
	if (&Chart{Panels: []Panel{{}}}).Drawings() != nil {
		t.Error("nothing is drawn")
	}
}

func TestRows(t *testing.T) {
	r := &Rows{Title: "rows", X: "times", Names: []string{"one", "two"}, Series: []Series{{"a", 1, []float64{0.3, 0}}, {"b", 2, []float64{40, 7}}}}
	d := r.Drawing()
	inside(t, d)
	if len(d.Points) != 3 || d.Points[0].Text != "one, a: 0.3" || d.Points[2].Class != "c2" {
		t.Errorf("points are %+v", d.Points)
	}
	if want := "times; one, a 0.3, b 40; two, b 7"; d.Text != want {
		t.Errorf("got %q, want %q", d.Text, want)
	}
	if (&Rows{Names: []string{"one"}, Series: []Series{{"a", 0, []float64{0}}}}).Drawing() != nil {
		t.Error("nothing is drawn")
	}
}

// A file is XML, whatever names are, and all of its panels are in the picture.
func TestWriteSVG(t *testing.T) {
	const hostile = `<b onload='x'>"a" & b`
	c := &Chart{Title: hostile, Note: strings.Repeat("what was measured where  ·  ", 20), X: hostile, Y: "y"}
	for i := range 4 {
		p := Panel{Title: hostile}
		for k := range 12 {
			p.Lines = append(p.Lines, Line{Name: fmt.Sprint(hostile, k), Points: []Point{{1, 1 + float64(i)}, {10, 10}}})
		}
		c.Panels = append(c.Panels, p)
	}
	var out strings.Builder
	if err := c.WriteSVG(&out); err != nil {
		t.Fatal(err)
	}
	texts, panels, height := map[string]int{}, 0, 0.
	for d := xml.NewDecoder(strings.NewReader(out.String())); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.CharData:
			texts[string(x)]++
		case xml.StartElement:
			for _, a := range x.Attr {
				if x.Name.Local == "svg" && a.Name.Local == "height" {
					fmt.Sscan(a.Value, &height)
				}
				if a.Name.Local == "transform" {
					panels++
					var left, top float64
					if _, err := fmt.Sscanf(a.Value, "translate(%g %g)", &left, &top); err != nil || top+svgHeight > height {
						t.Errorf("%v: a panel at %v, %v of a picture of %v", err, left, top, height)
					}
				}
			}
		}
	}
	if panels != 4 || texts[hostile] < 9 || texts[hostile+"11"] < 1 {
		t.Errorf("%d panels, texts are %v", panels, texts)
	}
	if err := (&Chart{}).WriteSVG(&out); err == nil {
		t.Error("nothing is drawn")
	}
}

// As many lines look different as colours and shapes together allow.
func TestStyles(t *testing.T) {
	seen := map[[2]int]bool{}
	for i := range Colours * Shapes {
		s := Style{Number: i}
		seen[[2]int{s.Colour(), s.Shape()}] = true
	}
	if len(seen) != Colours*Shapes {
		t.Errorf("%d of %d look different", len(seen), Colours*Shapes)
	}
}
