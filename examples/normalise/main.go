// Normalise turns the bytes of photographs into the numbers a vision model wants.
//
//	go run ./examples/normalise [PHOTO]
//
// Each colour of each pixel is multiplied by a factor of its own, in one call and without an
// array in between: a batch of uint8 (N,H,W,3) by float32 (3,), which broadcasting repeats for
// each pixel. The model wants colours first, (N,3,H,W): the result is written through a
// transposed view of it. The bytes are read where the picture has them, beside an alpha that
// the view steps over.
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
	"slices"

	"github.com/hadamard-go/hadamard/rules"
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
	pixels, err := batch(asRGBA(picture))
	if err != nil {
		log.Fatal("normalise: ", err)
	}
	input, err := normalise(pixels, factors())
	if err != nil {
		log.Fatal("normalise: ", err)
	}
	fmt.Println("shape:", input.Shape())
	for colour, name := range []string{"red", "green", "blue"} {
		plane, err := input.Index(0, colour) // (H,W)
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

// factors takes each colour from 0 to 255 to what the model knows.
func factors() []float32 {
	values := slices.Clone(scale)
	for i := range values {
		values[i] /= 255
	}
	return values
}

// normalise returns pixels of shape (N,H,W,3) as (N,3,H,W), each colour multiplied by its factor.
func normalise(pixels runtime.Array[uint8], factors []float32) (runtime.Array[float32], error) {
	var none runtime.Array[float32]
	colours, err := runtime.New(factors, 3)
	if err != nil {
		return none, err
	}
	shape := pixels.Shape()
	n, h, w := shape[0], shape[1], shape[2]
	planes, err := runtime.New(make([]float32, n*3*h*w), n, 3, h, w)
	if err != nil {
		return none, err
	}
	view, err := planes.Transpose(0, 2, 3, 1) // (N,H,W,3)
	if err != nil {
		return none, err
	}
	return planes, rules.ScaleUint8.MultiplyTo(view, pixels, colours)
}

// batch views the colours of one picture as (1,H,W,3), where they lie.
func batch(picture *image.RGBA) (runtime.Array[uint8], error) {
	size := picture.Rect.Size()
	return runtime.View(picture.Pix, 0, []int{1, size.Y, size.X, 3}, []int{len(picture.Pix), picture.Stride, 4, 1})
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
