// Mask keeps the part of a photograph that a mask selects and blackens the rest.
//
//	go run ./examples/mask [PHOTO MASK OUT.png]
//
// It multiplies in place, in the memory of an [image.NRGBA]: the colours are a view
// of shape (H,W,3) that steps over alpha, the mask is (H,W,1), and broadcasting
// stretches it over the three colours.
package main

import (
	"bufio"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg"
	"image/png"
	"log"
	"os"

	"github.com/hadamard-go/hadamard/runtime"
)

func main() {
	log.SetFlags(0)
	args := []string{"examples/photo.jpg", "examples/mask.png", "masked.png"}
	copy(args, os.Args[1:])
	if err := run(args[0], args[1], args[2]); err != nil {
		log.Fatal("mask: ", err)
	}
	fmt.Println("wrote", args[2])
}

func run(photo, mask, out string) error {
	source, err := read(photo)
	if err != nil {
		return err
	}
	shape, err := read(mask)
	if err != nil {
		return err
	}
	picture := image.NewNRGBA(source.Bounds())
	draw.Draw(picture, picture.Rect, source, source.Bounds().Min, draw.Src)
	if err := apply(picture, shape); err != nil {
		return err
	}
	return write(out, picture)
}

// apply multiplies the colours of picture by 1 where mask is bright and by 0 elsewhere.
func apply(picture *image.NRGBA, mask image.Image) error {
	size := picture.Rect.Size()

	// A view of the pixels as they lie in memory: strides count elements, and a
	// pixel has four of them, of which this shape takes three.
	colours, err := runtime.View(picture.Pix, 0, []int{size.Y, size.X, 3}, []int{picture.Stride, 4, 1})
	if err != nil {
		return err
	}

	// The mask becomes zeros and ones, one per pixel.
	bounds := mask.Bounds()
	ones := make([]uint8, bounds.Dy()*bounds.Dx())
	for i := range ones {
		r, g, b, _ := mask.At(bounds.Min.X+i%bounds.Dx(), bounds.Min.Y+i/bounds.Dx()).RGBA()
		if (r+g+b)/3 > 0x7fff {
			ones[i] = 1
		}
	}
	keep, err := runtime.New(ones, bounds.Dy(), bounds.Dx(), 1)
	if err != nil {
		return err
	}

	// (H,W,3) * (H,W,1): a mask of another size is an error that names the axis.
	return runtime.MultiplyTo(colours, colours, keep)
}

func read(name string) (image.Image, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoded, _, err := image.Decode(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return decoded, nil
}

func write(name string, picture image.Image) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := png.Encode(file, picture); err != nil {
		file.Close()
		return fmt.Errorf("%s: %w", name, err)
	}
	return file.Close()
}
