package main

import (
	"image"
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
