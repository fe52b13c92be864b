// Mask keeps the part of a photograph that a mask selects and darkens the rest.
//
//	go run ./examples/mask [PHOTO MASK OUT.png]
//
// Samples are fractions of full scale, [runtime.UNorm8]: 255 means 1, so that white
// keeps a colour as it is and grey darkens it. It multiplies in place, in the memory of
// an [image.NRGBA]: the colours are a view of shape (H,W,3) that steps over alpha, the
// mask is (H,W,1), and broadcasting stretches it over the three colours.
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
	"unsafe"

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

// apply multiplies the colours of picture by the brightness of mask.
func apply(picture *image.NRGBA, mask image.Image) error {
	size := picture.Rect.Size()

	// A view of the pixels as they lie in memory: strides count elements, and a
	// pixel has four of them, of which this shape takes three.
	colours, err := runtime.View(fractions(picture.Pix), 0, []int{size.Y, size.X, 3}, []int{picture.Stride, 4, 1})
	if err != nil {
		return err
	}

	// The mask becomes one fraction per pixel.
	bounds := mask.Bounds()
	grey := image.NewGray(bounds)
	draw.Draw(grey, bounds, mask, bounds.Min, draw.Src)
	keep, err := runtime.New(fractions(grey.Pix), bounds.Dy(), bounds.Dx(), 1)
	if err != nil {
		return err
	}

	// (H,W,3) * (H,W,1): a mask of another size is an error that names the axis.
	return runtime.MultiplyTo(colours, colours, keep)
}

// fractions views samples as what they mean, without a copy: a UNorm8 is a byte.
func fractions(pix []uint8) []runtime.UNorm8 {
	return unsafe.Slice((*runtime.UNorm8)(unsafe.SliceData(pix)), len(pix))
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
