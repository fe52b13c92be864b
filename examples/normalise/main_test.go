package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/runtime"
)

func TestNormalise(t *testing.T) {
	picture, err := read("../photo.jpg")
	if err != nil {
		t.Fatal(err)
	}
	bounds := picture.Bounds()
	input := normalised(t, picture)
	if want := []int{1, 3, bounds.Dy(), bounds.Dx()}; !slices.Equal(input.Shape(), want) {
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
		if want := level * (scale[colour] / 255); v != want {
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
		input := normalised(t, picture)
		got, _ := input.Data()
		for i, v := range got {
			colour, pixel := i/(rect.Dy()*rect.Dx()), i%(rect.Dy()*rect.Dx())
			r, g, b, _ := picture.At(rect.Min.X+pixel%rect.Dx(), rect.Min.Y+pixel/rect.Dx()).RGBA()
			if want := float32([]uint32{r, g, b}[colour]>>8) * (scale[colour] / 255); v != want {
				t.Fatalf("%T, colour %d, pixel %d: %v, want %v", picture, colour, pixel, v, want)
			}
		}
	}
}

// A white and a black pixel reach the ends of the range.
func TestNormaliseEnds(t *testing.T) {
	picture := image.NewGray(image.Rect(0, 0, 2, 1))
	picture.Pix[0] = 255
	got, _ := normalised(t, picture).Data()
	for colour, largest := range scale {
		if white, black := got[2*colour], got[2*colour+1]; black != 0 || math.Abs(float64(white/largest-1)) > 1e-6 {
			t.Errorf("colour %d: white %v, black %v, want %v and 0", colour, white, black, largest)
		}
	}
}

func normalised(t *testing.T, picture image.Image) runtime.Array[float32] {
	t.Helper()
	pixels, err := batch(asRGBA(picture))
	if err != nil {
		t.Fatal(err)
	}
	input, err := normalise(pixels, factors())
	if err != nil {
		t.Fatal(err)
	}
	return input
}

// Two pictures of a red and a blue pixel, colours last, and what a model gets, colours first.
func Example() {
	pixels, err := runtime.New([]uint8{
		255, 0, 0, 0, 0, 255,
		51, 0, 0, 0, 0, 102,
	}, 2, 1, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	planes, err := normalise(pixels, []float32{2, 1, 0.5})
	fmt.Println(planes.Shape(), err)
	for colour, name := range []string{"red", "green", "blue"} {
		of, err := planes.Slice(1, colour, colour+1, 1)
		if err == nil {
			of, err = of.Reshape(2, 2)
		}
		fmt.Println(name, err)
		fmt.Println(of)
	}
	// Output:
	// [2 3 1 2] <nil>
	// red <nil>
	// [[510   0]
	//  [102   0]]
	// green <nil>
	// [[0 0]
	//  [0 0]]
	// blue <nil>
	// [[    0 127.5]
	//  [    0    51]]
}
