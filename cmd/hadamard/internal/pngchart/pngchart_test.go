package pngchart

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/chart"
)

// example has a line along each edge of two panels.
func example() *chart.Chart {
	return &chart.Chart{
		Title: "title", X: "x", Y: "y",
		Panels: []chart.Panel{
			{Title: "left", Lines: []chart.Line{{Name: "up", Points: []chart.Point{{X: 10, Y: 10}, {X: 1000, Y: 1000}}}, {Name: "top", Bound: true, Points: []chart.Point{{X: 10, Y: 1000}, {X: 1000, Y: 1000}}}}},
			{Title: "right", Lines: []chart.Line{{Name: "down", Points: []chart.Point{{X: 10, Y: 1000}, {X: 1000, Y: 10}}}}, Marks: []chart.Mark{{X: 100, Name: "mark"}, {X: 1e9, Name: "outside"}}},
		},
	}
}

func render(t *testing.T, c *chart.Chart) image.Image {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, c); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// count returns how many pixels of a part have that colour.
func count(img image.Image, part image.Rectangle, c color.Color) (n int) {
	r, g, b, _ := c.RGBA()
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if pr, pg, pb, _ := img.At(x, y).RGBA(); pr == r && pg == g && pb == b {
				n++
			}
		}
	}
	return n
}

func TestWrite(t *testing.T) {
	img := render(t, example())
	if size := img.Bounds().Size(); size != (image.Point{1200, 800}) {
		t.Fatalf("the picture is %v", size)
	}
	// Where lines are: below the legend, which has every colour too. The halves of a
	// panel are told apart a little off its middle.
	const head, middle = 160, 420
	lower, upper := image.Rect(120, middle, 330, 800), image.Rect(360, head, 600, middle)
	falling, risen := image.Rect(720, head, 930, middle), image.Rect(960, middle, 1200, 800)
	for _, test := range []struct {
		name  string
		part  image.Rectangle
		c     color.Color
		drawn bool
	}{
		{"up, lower left", lower, colours[0], true},
		{"up, upper right", upper, colours[0], true},
		{"up, in the other panel", image.Rect(600, head, 1200, 800), colours[0], false},
		{"down, upper left", falling, colours[1], true},
		{"down, lower right", risen, colours[1], true},
		{"down, in the other panel", image.Rect(0, head, 600, 800), colours[1], false},
		{"up, in the legend", image.Rect(0, 0, 1200, 110), colours[0], true},
		{"down, in the legend", image.Rect(0, 0, 1200, 110), colours[1], true},
		{"nothing", image.Rect(0, 0, 20, 800), color.White, true},
	} {
		if n := count(img, test.part, test.c); n > 50 != test.drawn {
			t.Errorf("%s: %d pixels", test.name, n)
		}
	}
}

// Whatever must be written stays inside, with white all around it.
func TestLabelsInside(t *testing.T) {
	c := example()
	c.Title = strings.Repeat("a long title ", 20)
	c.Note = strings.Repeat("what was measured where ", 20)
	for i := range 12 {
		c.Panels[0].Lines = append(c.Panels[0].Lines, chart.Line{Name: fmt.Sprintf("library number %d", i), Points: []chart.Point{{X: 20, Y: 20}}})
	}
	c.Panels[1].Marks = []chart.Mark{{X: 900, Name: "a cache at the right edge"}, {X: 990, Name: "and a larger one"}}
	img := render(t, c)
	const edge = 16 // pixels; the margin is 24
	size := img.Bounds().Max
	inner := image.Rect(edge, edge, size.X-edge, size.Y-edge)
	if white, all := count(img, img.Bounds(), color.White)-count(img, inner, color.White), size.X*size.Y-inner.Dx()*inner.Dy(); white != all {
		t.Errorf("of %d pixels at the edges %d are white", all, white)
	}
	if n := count(img, image.Rect(0, 0, size.X, size.Y/4), colours[5]); n < 100 {
		t.Errorf("the legend has %d pixels of its seventh line", n)
	}
}

// Panels are of one size, four to a row, but a single one is as wide as two.
func TestSize(t *testing.T) {
	one := chart.Panel{Lines: []chart.Line{{Name: "a point", Points: []chart.Point{{X: 1, Y: 1}}}, {Name: "nothing"}}}
	for n, want := range map[int]image.Point{1: {1200, 800}, 2: {1200, 800}, 3: {1800, 800}, 4: {2400, 800}, 5: {2400, 1600}, 8: {2400, 1600}} {
		c := &chart.Chart{}
		for range n {
			c.Panels = append(c.Panels, one)
		}
		if size := render(t, c).Bounds().Size(); size != want {
			t.Errorf("%d panels: %v, want %v", n, size, want)
		}
	}
}

func TestNothing(t *testing.T) {
	for _, c := range []*chart.Chart{{}, {Panels: []chart.Panel{{Lines: []chart.Line{{Name: "nothing"}}}}}} {
		if err := Write(&bytes.Buffer{}, c); err == nil || err.Error() != "there is nothing to draw" {
			t.Errorf("got %v", err)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestWriteError(t *testing.T) {
	if err := Write(full{}, example()); err == nil {
		t.Error("no error")
	}
}
