// Vignette darkens a photograph towards its corners and warms its colours, in place.
//
//	go run ./examples/vignette [PHOTO OUT.png]
//
// The pixels of an [image.RGBA] are multiplied where they lie, by float32 factors, rounded to the
// nearest, half-way to the even one, and clamped: a factor above 1 brightens, and nothing wraps.
// The colours are a view of shape (H,W,3) that steps over alpha. The factors are a vignette,
// (H,W,1), times a gain for each colour, (3,): made once, for as many pictures of the size as
// there are.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg"
	"image/png"
	"log"
	"os"

	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
)

// warm is what each colour is multiplied by.
var warm = []float32{1.15, 1.02, 0.85}

func main() {
	log.SetFlags(0)
	args := []string{"examples/photo.jpg", "vignette.png"}
	copy(args, os.Args[1:])
	if err := run(args[0], args[1]); err != nil {
		log.Fatal("vignette: ", err)
	}
	fmt.Println("wrote", args[1])
}

func run(photo, out string) error {
	picture, err := read(photo)
	if err != nil {
		return err
	}
	size := picture.Rect.Size()
	factors, err := factors(size.Y, size.X, warm)
	if err != nil {
		return err
	}
	if err := apply(picture, factors); err != nil {
		return err
	}
	return write(out, picture)
}

// apply multiplies the colours of a picture by factors that broadcast to (H,W,3). Colours of a
// picture that is not opaque are multiplied by alpha already, and must not be above it: such
// pictures are not for factors above 1.
func apply(picture *image.RGBA, factors runtime.Array[float32]) error {
	size := picture.Rect.Size()
	colours, err := runtime.View(picture.Pix, 0, []int{size.Y, size.X, 3}, []int{picture.Stride, 4, 1})
	if err != nil {
		return err
	}
	return rules.GainUint8.MultiplyTo(colours, colours, factors)
}

// factors returns a vignette times a gain for each colour, (H,W,1) * (3,).
func factors(h, w int, gains []float32) (runtime.Array[float32], error) {
	falloff := make([]float32, 0, h*w)
	for y := range h {
		for x := range w {
			// From the centre of the picture, 1 at an edge.
			dy, dx := 2*(float32(y)+0.5)/float32(h)-1, 2*(float32(x)+0.5)/float32(w)-1
			falloff = append(falloff, 1-0.3*(dy*dy+dx*dx))
		}
	}
	vignette, err := runtime.New(falloff, h, w, 1)
	if err != nil {
		return runtime.Array[float32]{}, err
	}
	colours, err := runtime.New(gains, 3)
	if err != nil {
		return runtime.Array[float32]{}, err
	}
	return runtime.Multiply(vignette, colours)
}

func read(name string) (*image.RGBA, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	source, _, err := image.Decode(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	picture := image.NewRGBA(source.Bounds())
	draw.Draw(picture, picture.Rect, source, source.Bounds().Min, draw.Src)
	return picture, nil
}

func write(name string, picture image.Image) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(file, picture), file.Close())
}
