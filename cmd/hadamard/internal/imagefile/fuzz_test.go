package imagefile

import (
	"bytes"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagetest"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// Any bytes are read or refused, within the limit and without a panic; what is
// read has the samples that it says.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "")
	}
	seeds(f, func(data []byte) {
		for _, view := range append(Views(), Whole) {
			f.Add(data, string(view))
		}
	})
	f.Add([]byte("P6 2 1 255\nabcdef"), "stored")
	f.Add([]byte("P4 2 1\n\x80"), "mask")
	f.Fuzz(func(t *testing.T, data []byte, view string) {
		p, err := Decode(data, Options{View: View(view), MaxPixels: 1 << 20})
		if err != nil {
			return
		}
		a := &p.Array
		if len(a.Shape) != 3 || a.Len() < 1 || p.Channels() < 1 || p.Channels() > 4 {
			t.Fatalf("%v %v", a.DType, a.Shape)
		}
		samples(a) // every element is within the data
	})
}

// seeds are small pictures of both formats that have filters, whole and not.
func seeds(f *testing.F, add func([]byte)) {
	good := onePNG(8, 2, 2, nil, 1, 2, 3, 4, 5, 60)
	add(good)
	add(good[:len(good)-12])
	add(insert(good, 33, wronged("tEXt", nil)))
	add(onePNG(4, 3, 2, imagetest.Chunk("PLTE", make([]byte, 9)), 0x12))
	add(onePNG(16, 0, 1, imagetest.Chunk("tRNS", []byte{0, 1}), 0, 1))
	jpg := asJPEG(f, gradient(9, 8))
	add(jpg)
	add(jpg[:len(jpg)-2])
	tables, scan := bytes.Index(jpg, []byte{0xff, markerDHT}), bytes.Index(jpg, []byte{0xff, markerSOS})
	add(slices.Concat(jpg[:tables], jpg[scan:]))
}

// What Go's decoders read, these do, too, and as the same picture: the filters
// do no harm.
func FuzzFilters(f *testing.F) {
	seeds(f, func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := png.DecodeConfig(bytes.NewReader(data))
		decode := png.Decode
		if Sniff(data) == JPEG {
			decode = jpeg.Decode
			config, err = jpeg.DecodeConfig(bytes.NewReader(data))
		}
		if err != nil || config.Width*config.Height > 1<<16 || config.Width == 0 || config.Height == 0 {
			return
		}
		want, err := decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		open := openPNG
		if Sniff(data) == JPEG {
			open = openJPEG
		}
		if f := (&jpegFile{data: data}); Sniff(data) == JPEG {
			for range f.segments() {
			}
			if f.apart() {
				return // which package jpeg reads wrongly
			}
		}
		s, err := open(data)
		if err != nil {
			if bytes.Contains([]byte(err.Error()), []byte("critical")) {
				return // which package png does not mind
			}
			t.Fatal(err)
		}
		img, err := s.decode()
		if err != nil {
			t.Fatal(err)
		}
		b := want.Bounds()
		if img.Bounds() != b || s.width != b.Dx() || s.height != b.Dy() {
			t.Fatalf("%d x %d, decoded %v, want %v", s.width, s.height, img.Bounds(), b)
		}
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				if img.At(x, y) != want.At(x, y) {
					t.Fatalf("pixel (%d,%d) is %v, want %v", x, y, img.At(x, y), want.At(x, y))
				}
			}
		}
	})
}

// What is written as PNG is read again, whatever the samples.
func FuzzPNGRoundTrip(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 60, 7, 8, 9, 10, 11, 12}, uint8(2), uint8(3), false)
	f.Add(bytes.Repeat([]byte{0, 255, 128}, 40), uint8(5), uint8(4), true)
	f.Add(make([]byte, 64), uint8(1), uint8(1), false)
	f.Fuzz(func(t *testing.T, data []byte, width, channels uint8, deep bool) {
		dtype := ndarray.UNorm8
		if deep {
			dtype = ndarray.UNorm16
		}
		w, c := 1+int(width), 1+int(channels%4)
		h := len(data) / (w * c * dtype.Size())
		if h == 0 {
			return
		}
		data = data[:h*w*c*dtype.Size()]
		p := read(t, encode(t, PNG, bytearray.Packed(dtype, []int{h, w, c}, false, data), EncodeOptions{}), Options{}, dtype, h, w, c)
		wantSamples(t, p, data)
	})
}
