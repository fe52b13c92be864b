package main

import (
	"bytes"
	"image"
	"image/color"
	"path/filepath"
	"strings"
	"testing"
)

// The written picture has the photograph's colours where the mask is white, and is
// black and opaque elsewhere.
func TestRun(t *testing.T) {
	const photoFile, maskFile = "../photo.jpg", "../mask.png"
	out := filepath.Join(t.TempDir(), "masked.png")
	if err := run(photoFile, maskFile, out); err != nil {
		t.Fatal(err)
	}
	photo, mask, got := load(t, photoFile), load(t, maskFile), load(t, out)
	if got.Bounds() != photo.Bounds() {
		t.Fatalf("bounds %v, want %v", got.Bounds(), photo.Bounds())
	}
	kept := 0
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			want := color.NRGBA{A: 255}
			if r, _, _, _ := mask.At(x, y).RGBA(); r != 0 {
				want = color.NRGBAModel.Convert(photo.At(x, y)).(color.NRGBA)
				kept++
			}
			if c := color.NRGBAModel.Convert(got.At(x, y)); c != want {
				t.Fatalf("pixel (%d,%d) is %v, want %v", x, y, c, want)
			}
		}
	}
	if all := got.Bounds().Dx() * got.Bounds().Dy(); kept < all/4 || kept > all*3/4 {
		t.Errorf("the mask keeps %d of %d pixels: not a mask of the bowl", kept, all)
	}
}

// A soft mask darkens: by half is half as bright, rounded to the nearest.
func TestApplySoftMask(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	mask := image.NewGray(picture.Rect)
	copy(mask.Pix, []byte{0, 128, 255})
	for i := range picture.Pix {
		picture.Pix[i] = byte(200 + i)
	}
	want := []byte{0, 0, 0, 203, 102, 103, 103, 207, 208, 209, 210, 211}
	if err := apply(picture, mask); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(picture.Pix, want) {
		t.Errorf("pixels %v, want %v", picture.Pix, want)
	}
}

func TestApplyRefusesAnotherSize(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 4, 3))
	err := apply(picture, image.NewGray(image.Rect(0, 0, 5, 3)))
	if err == nil {
		t.Fatal("a mask of another width was accepted")
	}
	for _, want := range []string{"(3,4,3)", "(3,5,1)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error %q does not quote the shape %s", err, want)
		}
	}
}

func load(t *testing.T, name string) image.Image {
	t.Helper()
	picture, err := read(name)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}
