package main

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"testing"
)

func TestNormalise(t *testing.T) {
	picture, err := read("../photo.jpg")
	if err != nil {
		t.Fatal(err)
	}
	bounds := picture.Bounds()
	input, err := normalise(picture)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{3, bounds.Dy(), bounds.Dx()}; !slices.Equal(input.Shape(), want) {
		t.Fatalf("shape %v, want %v", input.Shape(), want)
	}
	got, flat := input.Data()
	if !flat {
		t.Fatal("the result is not contiguous")
	}
	for i, v := range got {
		colour, pixel := i/(bounds.Dy()*bounds.Dx()), i%(bounds.Dy()*bounds.Dx())
		r, g, b, _ := picture.At(pixel%bounds.Dx(), pixel/bounds.Dx()).RGBA()
		level := float32([]uint32{r, g, b}[colour] >> 8)
		unit := float32(level * (1.0 / 255))
		if want := unit * scale[colour]; v != want {
			t.Fatalf("colour %d, pixel %d: %v, want %v", colour, pixel, v, want)
		}
	}
}

// Pictures of every kind become the same numbers as pixel by pixel, parts of
// pictures included.
func TestNormaliseKinds(t *testing.T) {
	rect := image.Rect(3, 5, 10, 9)
	kinds := []draw.Image{
		image.NewRGBA(rect), image.NewNRGBA(rect), image.NewRGBA64(rect), image.NewGray(rect),
		image.NewPaletted(rect, color.Palette{color.Black, color.White, color.RGBA{200, 100, 50, 255}}),
		image.NewRGBA(image.Rect(0, 0, 20, 20)).SubImage(rect).(*image.RGBA),
	}
	for _, picture := range kinds {
		for y := rect.Min.Y; y < rect.Max.Y; y++ {
			for x := rect.Min.X; x < rect.Max.X; x++ {
				picture.Set(x, y, color.NRGBA{byte(20 * x), byte(30 * y), byte(x * y), 255})
			}
		}
		input, err := normalise(picture)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := input.Data()
		for i, v := range got {
			colour, pixel := i/(rect.Dy()*rect.Dx()), i%(rect.Dy()*rect.Dx())
			r, g, b, _ := picture.At(rect.Min.X+pixel%rect.Dx(), rect.Min.Y+pixel/rect.Dx()).RGBA()
			unit := float32(float32([]uint32{r, g, b}[colour]>>8) * (1.0 / 255))
			if want := unit * scale[colour]; v != want {
				t.Fatalf("%T, colour %d, pixel %d: %v, want %v", picture, colour, pixel, v, want)
			}
		}
	}
}

// A white and a black pixel reach exactly the ends of the range.
func TestNormaliseEnds(t *testing.T) {
	picture := image.NewGray(image.Rect(0, 0, 2, 1))
	picture.Pix[0] = 255
	input, err := normalise(picture)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := input.Data()
	want := []float32{scale[0], 0, scale[1], 0, scale[2], 0}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
