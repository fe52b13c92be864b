package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagetest"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/npy"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// savePixels writes samples of h rows as a PNG of so many channels, of 8 bits,
// or of 16 if there are twice as many bytes.
func savePixels(t *testing.T, path string, w, h, channels int, pix []byte) {
	t.Helper()
	size := len(pix) / (w * h * channels)
	p := imagetest.PNG{Width: w, Height: h, Depth: byte(8 * size), Kind: [...]byte{1: 0, 2: 4, 3: 2, 4: 6}[channels]}
	for row := range slices.Chunk(pix, w*channels*size) {
		p.Rows = append(append(p.Rows, 0), row...)
	}
	save(t, path, p.Bytes())
}

// loadPixels reads a picture's samples, which must be of the dtype and shape.
func loadPixels(t *testing.T, path string, dtype ndarray.DType, shape ...int) []byte {
	t.Helper()
	p, err := imagefile.Decode([]byte(contents(t, filepath.Dir(path), filepath.Base(path))), imagefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Array.DType != dtype || !slices.Equal(p.Array.Shape, shape) {
		t.Fatalf("%s is %v %v, want %v %v", path, p.Array.DType, p.Array.Shape, dtype, shape)
	}
	out := make([]byte, p.Array.Len()*dtype.Size())
	if err := p.Array.Gather(out, p.Array.Offset, p.Array.Shape, p.Array.Strides); err != nil {
		t.Fatal(err)
	}
	return out
}

// times is the product of two fractions of full scale.
func times(x, y, full int) int { return int((2*int64(x)*int64(y) + int64(full)) / (2 * int64(full))) }

// noise returns n bytes without a pattern, the same for one seed.
func noise(n, seed int) []byte {
	out := make([]byte, n)
	x := uint32(seed)*2654435761 + 1
	for i := range out {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		out[i] = byte(x >> 11)
	}
	return out
}

// A mask gives the same picture in whatever form it was saved.
func TestMaskInAllClothes(t *testing.T) {
	const w, h = 96, 64
	dir := t.TempDir()
	t.Chdir(dir)
	photo := noise(3*w*h, 1)
	savePixels(t, "photo.png", w, h, 3, photo)

	var disc, soft []byte // 0 and 255
	for i := range w * h {
		x, y := i%w-w/2, i/w-h/2
		d := x*x + y*y
		disc = append(disc, 0)
		if d < 28*28 {
			disc[i] = 255
		}
		soft = append(soft, byte(max(0, min(255, 255+28*28-d))))
	}
	// each makes a pixel of a value
	each := func(mask []byte, f func(v byte) []byte) []byte {
		var out []byte
		for _, v := range mask {
			out = append(out, f(v)...)
		}
		return out
	}
	savePixels(t, "grey.png", w, h, 1, disc)
	savePixels(t, "soft.png", w, h, 1, soft)
	savePixels(t, "16.png", w, h, 1, each(disc, func(v byte) []byte { return []byte{v, v} }))
	savePixels(t, "alpha.png", w, h, 2, each(disc, func(v byte) []byte { return []byte{v, 255} }))
	savePixels(t, "rgb.png", w, h, 3, each(disc, func(v byte) []byte { return []byte{v, v, v} }))
	savePixels(t, "soft-rgb.png", w, h, 3, each(soft, func(v byte) []byte { return []byte{v, v, v} }))
	savePixels(t, "soft-16.png", w, h, 1, each(soft, func(v byte) []byte { return []byte{v, v} }))
	savePixels(t, "rgba.png", w, h, 4, each(disc, func(v byte) []byte { return []byte{v, v, v, 255} }))
	savePixels(t, "in-alpha.png", w, h, 4, each(disc, func(v byte) []byte { return []byte{0, 0, 0, v} }))
	savePixels(t, "01.png", w, h, 1, each(disc, func(v byte) []byte { return []byte{v & 1} }))
	bits := imagetest.PNG{Width: w, Height: h, Depth: 1, Kind: 0}
	for row := range slices.Chunk(disc, w) {
		bits.Rows = append(bits.Rows, 0)
		for eight := range slices.Chunk(row, 8) {
			b := byte(0)
			for _, v := range eight {
				b = b<<1 | v&1
			}
			bits.Rows = append(bits.Rows, b)
		}
	}
	save(t, "1bit.png", bits.Bytes())
	palette := &image.Paletted{Pix: each(disc, func(v byte) []byte { return []byte{v & 1} }), Stride: w, Rect: image.Rect(0, 0, w, h), Palette: color.Palette{color.Black, color.White}}
	savePNG(t, "palette.png", palette)
	labels := *palette
	labels.Palette = append(color.Palette{color.Black, color.RGBA{128, 0, 0, 255}}, make(color.Palette, 254)...)
	for i := 2; i < 256; i++ {
		labels.Palette[i] = color.RGBA{byte(i), 9, 9, 255}
	}
	savePNG(t, "labels.png", &labels)
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, &image.Gray{Pix: disc, Stride: w, Rect: image.Rect(0, 0, w, h)}, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	save(t, "grey.jpg", buf.Bytes())
	saveNPY(t, "bool.npy", ndarray.Bool, []int{h, w, 1}, each(disc, func(v byte) []byte { return []byte{v & 1} }))
	saveNPY(t, "uint8.npy", ndarray.Uint8, []int{h, w, 1}, disc)

	tests := []struct {
		mask  string
		shape []int // of the product
		full  int
		of    []byte
		near  int    // how far a JPEG is from what was saved
		warns string // in a warning, "" for none
	}{
		{"grey.png", nil, 255, disc, 0, ""},
		{"1bit.png", nil, 255, disc, 0, ""},
		{"alpha.png", []int{h, w, 4}, 255, disc, 0, ""},
		{"rgb.png", nil, 255, disc, 0, ""},
		{"rgba.png", []int{h, w, 4}, 255, disc, 0, ""},
		{"palette.png", nil, 255, disc, 0, ""},
		{"grey.jpg", nil, 255, disc, 40, ""},
		{"16.png", nil, 65535, disc, 0, ""},
		{"01.png:mask", nil, 255, disc, 0, ""},
		{"labels.png:mask", nil, 255, disc, 0, ""},
		{"in-alpha.png:alpha", nil, 255, disc, 0, ""},
		{"rgba.png:rgb", nil, 255, disc, 0, ""},
		{"alpha.png:grey", nil, 255, disc, 0, ""},
		{"bool.npy", nil, 255, disc, 0, ""},
		{"uint8.npy:unorm", nil, 255, disc, 0, ""},
		{"uint8.npy:mask", nil, 255, disc, 0, ""},
		{"soft.png", nil, 255, soft, 0, ""},
		{"soft-rgb.png", nil, 255, soft, 0, ""},
		{"soft-16.png", nil, 65535, soft, 0, ""},

		// What is probably not meant, and said to be.
		{"01.png", nil, 255, each(disc, func(v byte) []byte { return []byte{v & 1} }), 0, "01.png: no sample is above a sixteenth"},
		{"labels.png", nil, 255, nil, 0, "labels.png: its palette has 2 colours in use"},
		{"in-alpha.png", []int{h, w, 4}, 255, make([]byte, w*h), 0, "in-alpha.png: all its colours are 0 and its alpha varies"},
	}
	for _, test := range tests {
		for _, args := range [][]string{{"photo.png", test.mask}, {test.mask, "photo.png"}} {
			_, stderr := ok(t, dir, append([]string{"multiply", "-o", "out.png"}, args...)...)
			if test.warns == "" && stderr != "" || !strings.Contains(stderr, test.warns) || strings.Count(stderr, "\n") > 1 {
				t.Errorf("%s: %q, want %q", args, stderr, test.warns)
			}
			if test.of == nil {
				continue
			}
			shape, dtype, step := []int{h, w, 3}, ndarray.UNorm8, 1
			if test.shape != nil {
				shape = test.shape
			}
			if test.full > 255 {
				dtype, step = ndarray.UNorm16, 0x101
			}
			got := loadPixels(t, "out.png", dtype, shape...)
			if dtype.Size() == 2 {
				got = eighth(got)
			}
			c := shape[2]
			for i, m := range test.of {
				for k := range 3 {
					v := int(photo[3*i+k])
					want := times(v, int(m), 255)
					if dtype.Size() == 2 {
						want = times(v*step, int(m)*step, 65535) >> 8
					}
					if d := int(got[i*c+k]) - want; d > test.near || -d > test.near {
						t.Fatalf("%s: pixel %d, channel %d is %d, want %d", args, i, k, got[i*c+k], want)
					}
				}
			}
		}
	}
}

// eighth returns the high bytes of words.
func eighth(words []byte) []byte {
	var out []byte
	for i := 0; i < len(words); i += 2 {
		out = append(out, byte(binary.NativeEndian.Uint16(words[i:])>>8))
	}
	return out
}

// Pictures of any two kinds of channels, in 8 and 16 bits and both: a missing
// alpha is 1, grey serves every colour.
func TestPicturesOfAllChannels(t *testing.T) {
	const w, h = 7, 5
	dir := t.TempDir()
	t.Chdir(dir)
	pix := map[string][]byte{}
	for c := 1; c <= 4; c++ {
		for size := 1; size <= 2; size++ {
			name := fmt.Sprintf("%d-%d.png", c, size)
			pix[name] = noise(w*h*c*size, 10*c+size)
			savePixels(t, name, w, h, c, pix[name])
		}
	}
	// at returns a channel of a pixel of the product, as a fraction of full.
	at := func(name string, c, size, pixel, channel, full int) int {
		colours := imagefile.Channels(c).Colours()
		switch {
		case channel < 3 && colours == 1:
			channel = 0
		case channel == 3 && c%2 == 1:
			return full
		case channel == 3:
			channel = c - 1
		}
		i := (pixel*c + channel) * size
		v := int(pix[name][i])
		if size == 2 {
			return v<<8 | int(pix[name][i+1])
		}
		return v * full / 255
	}
	for a := 1; a <= 4; a++ {
		for b := 1; b <= 4; b++ {
			for _, sizes := range [][2]int{{1, 1}, {2, 2}, {1, 2}, {2, 1}} {
				first, second := fmt.Sprintf("%d-%d.png", a, sizes[0]), fmt.Sprintf("%d-%d.png", b, sizes[1])
				colours := max(imagefile.Channels(a).Colours(), imagefile.Channels(b).Colours())
				alpha := max(imagefile.Channels(a).Alpha(), imagefile.Channels(b).Alpha())
				full, dtype := 255, ndarray.UNorm8
				if sizes[0]+sizes[1] > 2 {
					full, dtype = 65535, ndarray.UNorm16
				}
				var want []byte
				for i := range w * h {
					for k := range colours + alpha {
						if k == colours {
							k = 3
						}
						v := times(at(first, a, sizes[0], i, k, full), at(second, b, sizes[1], i, k, full), full)
						if full == 255 {
							want = append(want, byte(v))
						} else {
							want = binary.NativeEndian.AppendUint16(want, uint16(v))
						}
					}
				}
				ok(t, dir, "multiply", first, second, "-o", "out.png")
				if got := loadPixels(t, "out.png", dtype, h, w, colours+alpha); !bytes.Equal(got, want) {
					t.Errorf("%s by %s:\n%v, want\n%v", first, second, got, want)
				}
				// As an array the product is the same integers.
				if sizes == [2]int{1, 1} {
					continue
				}
				ok(t, dir, "multiply", first, second, "-o", "out.npy")
				a, err := npy.Decode([]byte(contents(t, dir, "out.npy")))
				if err != nil || a.DType != dtype.Stored() || !bytes.Equal(a.Data, want) {
					t.Errorf("%s by %s as an array: %v %v %v", first, second, a.DType, a.Shape, err)
				}
			}
		}
	}
	// Three at once, and a bool mask, which has no alpha either.
	ok(t, dir, "multiply", "3-1.png", "2-1.png", "1-1.png:mask", "-o", "out.png")
	got := loadPixels(t, "out.png", ndarray.UNorm8, h, w, 4)
	for i := range w * h {
		for k := range 4 {
			want := times(at("3-1.png", 3, 1, i, k, 255), at("2-1.png", 2, 1, i, k, 255), 255)
			if k < 3 && pix["1-1.png"][i] == 0 {
				want = 0
			}
			if int(got[4*i+k]) != want {
				t.Fatalf("pixel %d, channel %d is %d, want %d", i, k, got[4*i+k], want)
			}
		}
	}
}

// Every part of pictures of all channels by every other.
func TestPartsOfAllChannels(t *testing.T) {
	const w, h = 5, 4
	dir := t.TempDir()
	t.Chdir(dir)
	type part struct {
		name     string
		channels int
		pix      []byte
	}
	var parts []part
	for c := 1; c <= 4; c++ {
		name, pix := fmt.Sprintf("%d.png", c), noise(w*h*c, c)
		savePixels(t, name, w, h, c, pix)
		take := func(view string, channels ...int) {
			p := part{name: name + view, channels: len(channels)}
			for pixel := range slices.Chunk(pix, c) {
				for _, k := range channels {
					p.pix = append(p.pix, pixel[k])
				}
			}
			parts = append(parts, p)
		}
		take("", []int{0, 1, 2, 3}[:c]...)
		if c%2 == 0 {
			take(":alpha", c-1)
		}
		if c > 2 {
			take(":rgb", 0, 1, 2)
		} else {
			take(":rgb", 0, 0, 0)
			take(":grey", 0)
		}
	}
	at := func(p part, pixel, k int) int {
		c := imagefile.Channels(p.channels)
		switch {
		case k == 3 && c.Alpha() == 0:
			return 255
		case k == 3:
			k = p.channels - 1
		case c.Colours() == 1:
			k = 0
		}
		return int(p.pix[pixel*p.channels+k])
	}
	for _, a := range parts {
		for _, b := range parts {
			colours := max(imagefile.Channels(a.channels).Colours(), imagefile.Channels(b.channels).Colours())
			alpha := max(imagefile.Channels(a.channels).Alpha(), imagefile.Channels(b.channels).Alpha())
			channels := []int{0, 1, 2}[:colours]
			if alpha == 1 {
				channels = append(slices.Clone(channels), 3)
			}
			var want []byte
			for i := range w * h {
				for _, k := range channels {
					want = append(want, byte(times(at(a, i, k), at(b, i, k), 255)))
				}
			}
			ok(t, dir, "multiply", "-q", a.name, b.name, "-o", "out.png")
			if got := loadPixels(t, "out.png", ndarray.UNorm8, h, w, len(channels)); !bytes.Equal(got, want) {
				t.Errorf("%s by %s:\n%v, want\n%v", a.name, b.name, got, want)
			}
		}
	}
}

// A picture between two steps changes nothing.
func TestIntermediatePicture(t *testing.T) {
	const w, h = 11, 9
	dir := t.TempDir()
	t.Chdir(dir)
	for c := 1; c <= 4; c++ {
		for size := 1; size <= 2; size++ {
			for i, name := range []string{"g.png", "k.png", "h.png"} {
				savePixels(t, name, w, h, c, noise(w*h*c*size, 100*c+10*size+i))
			}
			ok(t, dir, "multiply", "g.png", "k.png", "-o", "gk.png")
			ok(t, dir, "multiply", "gk.png", "h.png", "-o", "steps.png")
			ok(t, dir, "multiply", "g.png", "k.png", "h.png", "-o", "once.png")
			ok(t, dir, "multiply", "g.png", "k.png", "-o", "gk.npy")
			ok(t, dir, "multiply", "gk.npy:unorm", "h.png", "-o", "array.png")
			dtype := []ndarray.DType{ndarray.UNorm8, ndarray.UNorm16}[size-1]
			want := loadPixels(t, "once.png", dtype, h, w, c)
			for _, name := range []string{"steps.png", "array.png"} {
				if !bytes.Equal(loadPixels(t, name, dtype, h, w, c), want) {
					t.Errorf("%d channels of %d bytes: %s is another picture than in one step", c, size, name)
				}
			}
		}
	}
}

// Integers as stored, and what does not go together.
func TestStored(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	savePixels(t, "labels.png", 3, 1, 1, []byte{0, 7, 2})
	savePixels(t, "photo.png", 3, 1, 3, []byte{1, 2, 3, 4, 5, 60, 70, 80, 90})
	savePixels(t, "depth.png", 2, 1, 1, []byte{1, 2, 3, 4})
	saveNPY(t, "area.npy", ndarray.Uint8, []int{3, 1}, []uint8{10, 20, 30})
	saveNPY(t, "float.npy", ndarray.Float32, []int{1, 3, 1}, []float32{1, 2, 3})
	saveNPY(t, "plane.npy", ndarray.Uint8, []int{1, 4}, []uint8{255, 255, 0, 1})

	_, stderr := ok(t, dir, "multiply", "labels.png:stored", "area.npy", "-o", "out.npy")
	if got, want := loadNPY[uint8](t, "out.npy", ndarray.Uint8, []int{1, 3, 1}), []uint8{0, 140, 60}; !slices.Equal(got, want) || stderr != "" {
		t.Errorf("%v, want %v; %q", got, want, stderr)
	}
	ok(t, dir, "multiply", "depth.png:stored", "depth.png:mask", "-o", "out.npy")
	if got, want := loadNPY[uint16](t, "out.npy", ndarray.Uint16, []int{1, 2, 1}), []uint16{0x102, 0x304}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// Fractions in arrays are integers, of which a line tells how to read them.
	ok(t, dir, "multiply", "photo.png", "photo.png", "-o", "twice.png")
	for name, operand := range map[string]string{"fractions.npy": "fractions.npy:unorm", "fractions.npz": "fractions.npz:arr_0:unorm"} {
		_, stderr = ok(t, dir, "multiply", "photo.png", "photo.png", "-o", name)
		if want := "hadamard: " + name + " holds fractions of full scale as uint8, 255 being 1; " + operand + " reads them as such\n"; stderr != want {
			t.Errorf("%q, want %q", stderr, want)
		}
		ok(t, dir, "multiply", operand, "labels.png:mask", "-o", "read.png")
		ok(t, dir, "multiply", "twice.png", "labels.png:mask", "-o", "want.png")
		if contents(t, dir, "read.png") != contents(t, dir, "want.png") {
			t.Errorf("%s is not what %s holds", operand, name)
		}
		if _, stderr = ok(t, dir, "multiply", "-q", "photo.png", "photo.png", "-o", name); stderr != "" {
			t.Errorf("-q: %q", stderr)
		}
		if _, stderr = ok(t, dir, "multiply", "depth.png", "depth.png", "-o", name); !strings.Contains(stderr, " as uint16, 65535 being 1; "+operand) {
			t.Errorf("%q", stderr)
		}
	}

	for _, test := range []struct{ args, want string }{
		{"photo.png plane.npy:unorm", "(the last axis of photo.png is its channels, red, green and blue: an array with a number for each pixel has shape (1,3,1))"},
		{"photo.png photo.png:alpha", "photo.png:alpha: the picture has no alpha, its channels are red, green and blue"},
		{"photo.png photo.png:red", `photo.png:red: no part of a picture is called "red", only :stored, :mask`},
		{"float.npy:unorm photo.png", "float.npy:unorm: fractions (:unorm) are kept as uint8 or uint16, this is float32"},
		{"float.npy:mask photo.png", "float.npy:mask: masks (:mask) are read from arrays of bool, uint8 or int8, this is float32"},
		{"float.npy:alpha photo.png", `float.npy:alpha: an array has no "alpha"`},
		{"photo.png depth.png", "photo.png, depth.png: shapes (1,3,3) (1,2,1) do not broadcast: axis -2 has sizes 3 and 2"},
	} {
		code, _, stderr := hadamard(t, dir, strings.Fields("multiply -o no.png "+test.args)...)
		if code == exitOK || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit code %d, %q, want %q", test.args, code, stderr, test.want)
		}
	}
}

// Arrays of 0 and 1 as fractions are nearly black, as pictures of them are.
func TestDarkArray(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	savePixels(t, "rgb.png", 2, 1, 3, noise(6, 2))
	saveNPY(t, "01.npy", ndarray.Uint8, []int{2, 1}, []uint8{0, 1})
	saveNPY(t, "grey.npy", ndarray.Uint8, []int{2, 1}, []uint8{0, 16})
	saveNPY(t, "zeros.npy", ndarray.Uint16, []int{2, 1}, []uint16{0, 0})
	saveNPY(t, "255.npy", ndarray.Uint16, []int{2, 1}, []uint16{0, 255})
	saveNPY(t, "deep.npy", ndarray.Uint16, []int{2, 1}, []uint16{0, 4096})
	saveNPY(t, "none.npy", ndarray.Uint8, []int{0, 1}, []uint8{})
	swapped := strings.NewReplacer("'<", "'>", "'>", "'<").Replace(contents(t, dir, "255.npy"))
	save(t, "swapped.npy", []byte(swapped)) // 255 is then 0xff00
	for array, want := range map[string]string{
		"01.npy":      "01.npy:unorm: no element is above a sixteenth of full scale (the largest is 1 of 255), so it multiplies to nearly black; for a mask of 0 and 1 write :mask in place of :unorm\n",
		"255.npy":     "(the largest is 255 of 65535)",
		"zeros.npy":   "zeros.npy:unorm: all its elements are 0, so the product is black\n",
		"grey.npy":    "",
		"deep.npy":    "",
		"swapped.npy": "",
	} {
		if _, stderr := ok(t, dir, "multiply", "rgb.png", array+":unorm", "-o", "out.png"); !strings.Contains(stderr, want) || want == "" && stderr != "" {
			t.Errorf("%s: %q, want %q", array, stderr, want)
		}
	}
	if _, stderr := ok(t, dir, "multiply", "none.npy:unorm", "none.npy:unorm", "-o", "out.npy"); strings.Contains(stderr, "warning") {
		t.Errorf("no elements: %q", stderr)
	}
}

// A square grey picture by an array of its rows and columns has a product, which nobody
// means.
func TestPlaneWarning(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	savePixels(t, "grey.png", 5, 5, 1, noise(25, 1))
	savePixels(t, "rgb.png", 5, 5, 3, noise(75, 2))
	saveNPY(t, "plane.npy", ndarray.Bool, []int{5, 5}, make([]bool, 25))
	saveNPY(t, "pixels.npy", ndarray.Bool, []int{5, 5, 1}, make([]bool, 25))
	saveNPY(t, "features.npy", ndarray.Bool, []int{5, 5, 16}, make([]bool, 400))
	for args, want := range map[string]string{
		"grey.png:mask plane.npy":         "hadamard: warning: the product has shape (5,5,5): the last axis of grey.png:mask is its channel, and that of plane.npy its columns; an array with a number for each pixel has shape (5,5,1)\n",
		"plane.npy rgb.png:mask":          "hadamard: warning: the product has shape (5,5,5): the last axis of rgb.png:mask is its channel, and that of plane.npy",
		"grey.png:mask pixels.npy":        "",
		"grey.png:mask features.npy":      "",
		"grey.png:stored grey.png:stored": "",
	} {
		if _, stderr := ok(t, dir, append([]string{"multiply", "-o", "out.npy"}, strings.Fields(args)...)...); !strings.HasPrefix(stderr, want) || want == "" && stderr != "" {
			t.Errorf("%s: %q, want %q", args, stderr, want)
		}
	}
}

// A file whose real name ends like a view is that file.
func TestViewOrName(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	savePixels(t, "a.png", 1, 1, 1, []byte{100})
	saveNPY(t, "x.npy", ndarray.Uint8, []int{1}, []uint8{51})
	member := append(npy.EncodeHeader(ndarray.Uint8, []int{1}, false), 51)
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for _, name := range []string{"w.npy", "u.npy", "u:unorm.npy"} {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "u:unorm.npy" {
			member[len(member)-1] = 7
		}
		if _, err := f.Write(member); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	save(t, "s.npz", archive.Bytes())

	ok(t, dir, "multiply", "x.npy:unorm", "s.npz:w:unorm", "-o", "out.npy")
	if got := loadNPY[uint8](t, "out.npy", ndarray.Uint8, []int{1}); got[0] != 10 { // a fifth of a fifth
		t.Errorf("a fifth of a fifth is %d of 255", got[0])
	}
	ok(t, dir, "multiply", "x.npy", "s.npz:u:unorm", "-o", "out.npy") // the member of that name
	if got := loadNPY[uint8](t, "out.npy", ndarray.Uint8, []int{1}); got[0] != 51*7%256 {
		t.Errorf("got %d", got[0])
	}
	if runtime.GOOS == "windows" {
		return // no file has such a name
	}
	savePixels(t, "a.png:mask", 1, 1, 1, []byte{200})
	ok(t, dir, "multiply", "a.png:mask", "a.png", "-o", "out.png")
	if got := loadPixels(t, "out.png", ndarray.UNorm8, 1, 1, 1); got[0] != 78 {
		t.Errorf("got %d, want 200 x 100 of 255, 78", got[0])
	}
}

// A photograph that is stored on its side multiplies as it is shown.
func TestTurnedPicture(t *testing.T) {
	const w, h = 5, 3
	dir := t.TempDir()
	t.Chdir(dir)
	for size := 1; size <= 2; size++ {
		pix := noise(w*h*size, size)
		data := imagetest.EXIF(binary.BigEndian, map[uint16]uint16{274: 6}, nil)
		picture := imagetest.PNG{Width: w, Height: h, Depth: byte(8 * size), Kind: 0, Before: imagetest.Chunk("eXIf", data)}
		for row := range slices.Chunk(pix, w*size) {
			picture.Rows = append(append(picture.Rows, 0), row...)
		}
		save(t, "side.png", picture.Bytes())
		// What is at the left of the last row comes first.
		var want []byte
		for x := range w {
			for y := range h {
				i := ((h-1-y)*w + x) * size
				if size == 1 {
					want = append(want, pix[i])
				} else {
					want = binary.NativeEndian.AppendUint16(want, binary.BigEndian.Uint16(pix[i:]))
				}
			}
		}
		savePixels(t, "white.png", h, w, 4, bytes.Repeat([]byte{255}, w*h*4))
		dtype := []ndarray.DType{ndarray.UNorm8, ndarray.UNorm16}[size-1]
		ok(t, dir, "multiply", "side.png", "white.png:alpha", "-o", "out.png")
		if got := loadPixels(t, "out.png", dtype, w, h, 1); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %v, want %v", size, got, want)
		}
		// As a mask and with more channels, which are copies.
		ok(t, dir, "multiply", "side.png:mask", "white.png", "-o", "out.png")
		for i, v := range loadPixels(t, "out.png", ndarray.UNorm8, w, h, 4) {
			pixel := want[i/4*size : (i/4+1)*size]
			if on := i%4 == 3 || !bytes.Equal(pixel, make([]byte, size)); on != (v == 255) {
				t.Fatalf("sample %d is %d", i, v)
			}
		}
		ok(t, dir, "multiply", "side.png", "white.png", "-o", "out.png")
		got := loadPixels(t, "out.png", dtype, w, h, 4)
		for i := range w * h {
			if !bytes.Equal(got[4*i*size:][:size], want[i*size:][:size]) {
				t.Fatalf("pixel %d: %v", i, got)
			}
		}
		// An array of it has NumPy's order K, and the same elements.
		ok(t, dir, "multiply", "side.png", "side.png:mask", "-o", "out.npy")
		a, err := npy.Decode([]byte(contents(t, dir, "out.npy")))
		if err != nil {
			t.Fatal(err)
		}
		elements := make([]byte, len(want))
		if err := a.Gather(elements, a.Offset, a.Shape, a.Strides); err != nil || !bytes.Equal(elements, want) {
			t.Errorf("%d bytes, as an array: %v, want %v", size, elements, want)
		}

		savePixels(t, "flat.png", w, h, 1, bytes.Repeat([]byte{255}, w*h))
		ok(t, dir, "multiply", "side.png", "flat.png", "-o", "out.png", "--as-stored")
		loadPixels(t, "out.png", dtype, h, w, 1)
		if code, _, stderr := hadamard(t, dir, "multiply", "side.png", "flat.png", "-o", "out.png"); code != exitError || !strings.Contains(stderr, "side.png was turned as its EXIF data say; --as-stored") {
			t.Errorf("pictures of two shapes: exit code %d, %q", code, stderr)
		}
	}
}

// Profile and resolution of the first picture with as many colours are kept,
// orientation is not; a JPEG drops an alpha that is 1, and no other.
func TestPictureMeta(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	profile := func(space string, last byte) []byte {
		p := make([]byte, 200)
		copy(p[16:], space)
		p[199] = last
		return p
	}
	write := func(name string, channels int, profile []byte, perMetre float64) {
		a := bytearray.Packed(ndarray.UNorm8, []int{8, 8, channels}, false, bytes.Repeat([]byte{255}, 64*channels))
		var buf bytes.Buffer
		meta := imagefile.Meta{Profile: profile, Resolution: imagefile.Resolution{X: perMetre, Y: perMetre}}
		if err := imagefile.Encode(&buf, imagefile.PNG, &a, imagefile.EncodeOptions{Meta: meta}); err != nil {
			t.Fatal(err)
		}
		save(t, name, buf.Bytes())
	}
	write("photo.png", 3, profile("RGB ", 1), 11811)
	write("other.png", 4, profile("RGB ", 2), 5000)
	write("plain.png", 3, nil, 0)
	write("grey.png", 1, profile("GRAY", 3), 4000)
	for _, test := range []struct {
		args    string
		out     string
		profile byte // the last of it, 0 for none
		warns   string
	}{
		{"photo.png grey.png", "out.png", 1, ""},
		{"grey.png photo.png", "out.jpg", 1, ""},
		{"grey.png grey.png", "out.png", 3, ""},
		{"grey.png grey.png", "out.jpg", 3, ""},
		{"photo.png other.png", "out.png", 1, "other.png has another colour profile than photo.png, which the product takes"},
		{"other.png plain.png", "out.jpg", 2, ""},
		{"plain.png plain.png", "out.png", 0, ""},
		{"plain.png photo.png", "out.png", 1, ""},
		{"plain.png other.png photo.png", "out.jpg", 2, "photo.png has another colour profile than other.png"},
		{"photo.png:mask grey.png", "out.png", 3, ""},
		{"other.png:alpha photo.png", "out.png", 1, ""},
	} {
		args := append([]string{"multiply", "-o", test.out}, strings.Fields(test.args)...)
		_, stderr := ok(t, dir, args...)
		if test.warns == "" && stderr != "" || !strings.Contains(stderr, test.warns) {
			t.Errorf("%s: %q, want %q", test.args, stderr, test.warns)
		}
		p, err := imagefile.Decode([]byte(contents(t, dir, test.out)), imagefile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Profile) == 0 && test.profile != 0 || len(p.Profile) > 0 && p.Profile[199] != test.profile {
			t.Errorf("%s: profile %v, want %d", test.args, p.Profile, test.profile)
		}
		want := map[byte]float64{0: 0, 1: 11811, 2: 5000, 3: 4000}[test.profile]
		if got := p.Resolution.X; got < want-1 || got > want+1 {
			t.Errorf("%s: %v pixels per metre, want %v", test.args, got, want)
		}
	}
	savePixels(t, "clear.png", 2, 1, 2, []byte{200, 255, 200, 9})
	code, _, stderr := hadamard(t, dir, "multiply", "clear.png", "clear.png", "-o", "no.jpg")
	if code != exitError || !strings.Contains(stderr, "a JPEG has no alpha, and that of row 0, column 1 is 0 of 255") {
		t.Errorf("exit code %d: %q", code, stderr)
	}
	if _, err := os.Stat("no.jpg"); err == nil {
		t.Error("no.jpg was written")
	}
}

// Damage is named: as a warning where the pixels are whole, else as an error.
func TestDamagedPicture(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	picture := imagetest.PNG{Width: 2, Height: 1, Depth: 8, Kind: 0, Rows: []byte{0, 100, 200}}
	good := picture.Bytes()
	save(t, "good.png", good)
	save(t, "noend.png", good[:len(good)-12])
	save(t, "cut.png", good[:len(good)-20])
	_, stderr := ok(t, dir, "multiply", "noend.png", "noend.png", "-o", "twice.png")
	if strings.Count(stderr, "warning") != 1 {
		t.Errorf("a file twice: %q", stderr)
	}
	_, stderr = ok(t, dir, "multiply", "good.png", "noend.png", "-o", "out.png")
	if stderr != "hadamard: warning: noend.png: the end, chunk IEND, is missing; the pixels are all there\n" {
		t.Errorf("%q", stderr)
	}
	if got := loadPixels(t, "out.png", ndarray.UNorm8, 1, 2, 1); !bytes.Equal(got, []byte{39, 157}) {
		t.Errorf("%v", got)
	}
	code, _, stderr := hadamard(t, dir, "multiply", "good.png", "cut.png", "-o", "no.png")
	if code != exitError || !strings.Contains(stderr, "cut.png: the PNG can not be read: truncated: the last 8 bytes of chunk IDAT") {
		t.Errorf("exit code %d: %q", code, stderr)
	}
}
