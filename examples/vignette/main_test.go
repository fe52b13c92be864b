package main

import (
	"bytes"
	"fmt"
	"image"
	"math"
	"testing"

	"github.com/hadamard-go/hadamard/runtime"
)

// Each colour is the nearest to its product, clamped; alpha and what is beside the picture stay.
func TestApply(t *testing.T) {
	whole := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range whole.Pix {
		whole.Pix[i] = byte(i * 37)
	}
	before := bytes.Clone(whole.Pix)
	picture := whole.SubImage(image.Rect(5, 4, 31, 23)).(*image.RGBA)
	size := picture.Rect.Size()
	factors, err := factors(size.Y, size.X, []float32{1.9, 1, 0.4})
	if err != nil {
		t.Fatal(err)
	}
	if err := apply(picture, factors); err != nil {
		t.Fatal(err)
	}
	by, _ := factors.Data()
	clamped := 0
	for i, was := range before {
		x, y, c := i/4%40, i/160, i%4
		want := was
		if (image.Point{x, y}).In(picture.Rect) && c < 3 {
			product := float32(was) * by[((y-4)*size.X+x-5)*3+c]
			if product > 255 {
				clamped++
			}
			want = byte(min(math.RoundToEven(float64(product)), 255))
		}
		if whole.Pix[i] != want {
			t.Fatalf("pixel (%d,%d), channel %d: %d became %d, want %d", x, y, c, was, whole.Pix[i], want)
		}
	}
	if clamped == 0 {
		t.Error("nothing was clamped")
	}
}

// Factors of another size are an error.
func TestApplyOtherSize(t *testing.T) {
	factors, err := factors(3, 4, warm)
	if err != nil {
		t.Fatal(err)
	}
	if err := apply(image.NewRGBA(image.Rect(0, 0, 5, 3)), factors); err == nil {
		t.Error("no error")
	}
}

// A gain for each colour of two pixels: the factors need be no larger than that.
func Example() {
	picture := image.NewRGBA(image.Rect(0, 0, 2, 1))
	copy(picture.Pix, []uint8{200, 101, 1, 255, 10, 20, 30, 255})
	gains, err := runtime.New([]float32{1.5, 0.5, 0.5}, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(apply(picture, gains), picture.Pix)
	// Output:
	// <nil> [255 50 0 255 15 10 15 255]
}
