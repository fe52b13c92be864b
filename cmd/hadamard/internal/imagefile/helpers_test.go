package imagefile

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// gradient is a picture without repetition, all of whose samples differ from
// their neighbours'.
func gradient(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			copy(img.Pix[img.PixOffset(x, y):], []byte{byte(10 * x), byte(15 * y), byte(5 * (x + y)), 255})
		}
	}
	return img
}

// rgb returns the colours of an image.
func rgb(img *image.RGBA) []byte {
	var out []byte
	for i := 0; i < len(img.Pix); i += 4 {
		out = append(out, img.Pix[i:i+3]...)
	}
	return out
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// insert returns data with more at byte at.
func insert(data []byte, at int, more []byte) []byte {
	return slices.Concat(data[:at], more, data[at:])
}

// words returns 16-bit values in the machine's order.
func words(values ...uint16) []byte {
	var out []byte
	for _, v := range values {
		out = binary.NativeEndian.AppendUint16(out, v)
	}
	return out
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// samples returns the array's samples in C order.
func samples(a *bytearray.Array) []byte {
	out := make([]byte, a.Len()*a.DType.Size())
	if err := a.Gather(out, a.Offset, a.Shape, a.Strides); err != nil {
		panic(err)
	}
	return out
}

// read reads a picture, which must be of the dtype and shape.
func read(t *testing.T, data []byte, o Options, dtype ndarray.DType, shape ...int) *Picture {
	t.Helper()
	p, err := Decode(data, o)
	if err != nil {
		t.Fatal(err)
	}
	if p.Array.DType != dtype || !slices.Equal(p.Array.Shape, shape) {
		t.Fatalf("%v %v, want %v %v", p.Array.DType, p.Array.Shape, dtype, shape)
	}
	return p
}

// wantSamples compares samples exactly.
func wantSamples(t *testing.T, p *Picture, want []byte) {
	t.Helper()
	if got := samples(&p.Array); !bytes.Equal(got, want) {
		t.Errorf("samples\n%v, want\n%v", clip(got), clip(want))
	}
}

// wantNear compares samples of 8 bits up to so many steps.
func wantNear(t *testing.T, p *Picture, want []byte, steps int) {
	t.Helper()
	got := samples(&p.Array)
	if len(got) != len(want) {
		t.Fatalf("%d samples, want %d", len(got), len(want))
	}
	for i := range got {
		if distance(int(got[i]), int(want[i])) > steps {
			t.Fatalf("sample %d is %d, want %d or so", i, got[i], want[i])
		}
	}
}

func clip(b []byte) []byte { return b[:min(len(b), 64)] }

// wantWarnings wants one warning for each text, in which it is.
func wantWarnings(t *testing.T, p *Picture, texts ...string) {
	t.Helper()
	ok := len(p.Warnings) == len(texts)
	for i := range texts {
		ok = ok && strings.Contains(p.Warnings[i], texts[i])
	}
	if !ok {
		t.Errorf("warnings %q, want %q", p.Warnings, texts)
	}
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want %q", err, text)
	}
}
