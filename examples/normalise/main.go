// Normalise turns the bytes of a photograph into the numbers a vision model wants.
//
//	go run ./examples/normalise [PHOTO]
//
// Pixels become float32 from 0 to 1 by one constant, then each colour is scaled by
// its own factor: (H,W,3) * (3,). The model wants colours first, (3,H,W): a
// transposed view, copied once.
package main

import (
	"bufio"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg"
	_ "image/png"
	"log"
	"os"

	"github.com/hadamard-go/hadamard/runtime"
)

// scale is what a model of natural images divides its colours by: their standard
// deviations over a large collection.
var scale = []float32{1 / 0.229, 1 / 0.224, 1 / 0.225}

func main() {
	log.SetFlags(0)
	name := "examples/photo.jpg"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	picture, err := read(name)
	if err != nil {
		log.Fatal("normalise: ", err)
	}
	input, err := normalise(picture)
	if err != nil {
		log.Fatal("normalise: ", err)
	}
	fmt.Println("shape:", input.Shape())
	for colour, name := range []string{"red", "green", "blue"} {
		plane, err := input.Index(colour) // (H,W)
		if err != nil {
			log.Fatal("normalise: ", err)
		}
		low, high := float32(0), float32(0)
		for v := range plane.Values() {
			low, high = min(low, v), max(high, v)
		}
		fmt.Printf("%-5s %.3f to %.3f\n", name, low, high)
	}
}

// normalise returns the pixels of a picture as (3,H,W), scaled.
func normalise(picture image.Image) (runtime.Array[float32], error) {
	var none runtime.Array[float32]
	bounds := picture.Bounds()
	values := make([]float32, 0, bounds.Dy()*bounds.Dx()*3)
	rgba := asRGBA(picture)
	for y := range bounds.Dy() {
		row := rgba.Pix[y*rgba.Stride:][:4*bounds.Dx()]
		for ; len(row) > 0; row = row[4:] {
			values = append(values, float32(row[0]), float32(row[1]), float32(row[2]))
		}
	}

	// One constant for all: flat slices need no shape.
	if err := runtime.ScaleSlice(values, values, 1.0/255); err != nil {
		return none, err
	}

	// One factor per colour: the last axis of both has three elements.
	pixels, err := runtime.New(values, bounds.Dy(), bounds.Dx(), 3)
	if err != nil {
		return none, err
	}
	factors, err := runtime.New(scale, 3)
	if err != nil {
		return none, err
	}
	if err := runtime.MultiplyTo(pixels, pixels, factors); err != nil {
		return none, err
	}

	// Colours first; Contiguous lays them out so in memory.
	planes, err := pixels.Transpose(2, 0, 1)
	if err != nil {
		return none, err
	}
	return planes.Contiguous(), nil
}

// asRGBA returns a picture whose pixels can be read from memory. Asking a picture for
// one pixel after the other, by At, takes several times as long.
func asRGBA(picture image.Image) *image.RGBA {
	if rgba, is := picture.(*image.RGBA); is {
		return rgba
	}
	rgba := image.NewRGBA(picture.Bounds())
	draw.Draw(rgba, rgba.Rect, picture, rgba.Rect.Min, draw.Src)
	return rgba
}

func read(name string) (image.Image, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	picture, _, err := image.Decode(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return picture, nil
}
