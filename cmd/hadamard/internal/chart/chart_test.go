package chart

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// example has a line along each edge of two panels.
func example() *Chart {
	return &Chart{
		Title: "title", X: "x", Y: "y",
		Panels: []Panel{
			{Title: "left", Lines: []Line{{Name: "up", Points: []Point{{10, 10}, {1000, 1000}}}, {Name: "top", Bound: true, Points: []Point{{10, 1000}, {1000, 1000}}}}},
			{Title: "right", Lines: []Line{{Name: "down", Points: []Point{{10, 1000}, {1000, 10}}}}, Marks: []Mark{{100, "mark"}, {1e9, "outside"}}},
		},
	}
}

func render(t *testing.T, c *Chart) image.Image {
	t.Helper()
	var out bytes.Buffer
	if err := c.WritePNG(&out); err != nil {
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

func TestWritePNG(t *testing.T) {
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

// A panel is as high, and one or two as wide, whatever is in them.
func TestSize(t *testing.T) {
	one := Panel{Lines: []Line{{Name: "a point", Points: []Point{{1, 1}}}, {Name: "nothing"}}}
	for n, width := range []int{1: 1200, 2: 1200, 3: 1800} {
		if n == 0 {
			continue
		}
		c := &Chart{}
		for range n {
			c.Panels = append(c.Panels, one)
		}
		if size := render(t, c).Bounds().Size(); size != (image.Point{width, 800}) {
			t.Errorf("%d panels: %v", n, size)
		}
	}
}

func TestNothing(t *testing.T) {
	for _, c := range []*Chart{{}, {Panels: []Panel{{Lines: []Line{{Name: "nothing"}}}}}} {
		if err := c.WritePNG(&bytes.Buffer{}); err == nil || err.Error() != "there is nothing to draw" {
			t.Errorf("got %v", err)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestWriteError(t *testing.T) {
	if err := example().WritePNG(full{}); err == nil {
		t.Error("no error")
	}
}

func TestRounded(t *testing.T) {
	for v, want := range map[float64]float64{1: 1, 1.1: 2, 2: 2, 4: 5, 5: 5, 6: 10, 99: 100, 0.03: 0.05, 230: 500} {
		if got := rounded(v); got != want {
			t.Errorf("%v: got %v, want %v", v, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{1: "1", 500: "500", 1000: "1000", 1e4: "10 k", 1e8: "100 M", 2e9: "2 G"} {
		if got := short(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
}
