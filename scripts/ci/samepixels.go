//go:build ignore

// Samepixels exits with 1 unless two PNG files hold the same picture.
//
//	go run scripts/ci/samepixels.go A.png B.png
package main

import (
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: samepixels A.png B.png")
	}
	a, b := read(os.Args[1]), read(os.Args[2])
	if a.Bounds() != b.Bounds() {
		log.Fatalf("samepixels: %v and %v", a.Bounds(), b.Bounds())
	}
	size := a.Bounds()
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			p, q := color.NRGBA64Model.Convert(a.At(x, y)), color.NRGBA64Model.Convert(b.At(x, y))
			if p != q {
				log.Fatalf("samepixels: at (%d,%d) %v and %v", x, y, p, q)
			}
		}
	}
	log.Printf("%s and %s: the same %d pixels", os.Args[1], os.Args[2], size.Dx()*size.Dy())
}

func read(name string) image.Image {
	file, err := os.Open(name)
	if err != nil {
		log.Fatal("samepixels: ", err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		log.Fatalf("samepixels: %s: %v", name, err)
	}
	return picture
}
