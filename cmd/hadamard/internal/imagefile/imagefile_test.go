package imagefile

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
)

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// words returns 16-bit values in the machine's order.
func words(values ...uint16) []byte {
	var out []byte
	for _, v := range values {
		out = binary.NativeEndian.AppendUint16(out, v)
	}
	return out
}

// Pictures of 1 row and 2 columns, and their pixels.
func TestDecodePNG(t *testing.T) {
	rect := image.Rect(0, 0, 2, 1)
	palette := func(colors ...color.Color) image.Image {
		return &image.Paletted{Pix: []byte{0, 1}, Stride: 2, Rect: rect, Palette: colors}
	}
	tests := []struct {
		name  string
		img   image.Image
		dtype ndarray.DType
		c     int
		want  []byte
	}{
		{"grey", &image.Gray{Pix: []byte{7, 200}, Stride: 2, Rect: rect}, ndarray.Uint8, 1, []byte{7, 200}},
		{"grey 16", &image.Gray16{Pix: []byte{1, 2, 3, 4}, Stride: 4, Rect: rect}, ndarray.Uint16, 1, words(0x102, 0x304)},
		{
			"RGB", &image.RGBA{Pix: []byte{1, 2, 3, 255, 4, 5, 6, 255}, Stride: 8, Rect: rect},
			ndarray.Uint8, 3,
			[]byte{1, 2, 3, 4, 5, 6},
		},
		{
			"RGB 16", &image.RGBA64{Pix: []byte{0, 1, 0, 2, 0, 3, 255, 255, 4, 0, 5, 0, 6, 0, 255, 255}, Stride: 16, Rect: rect},
			ndarray.Uint16, 3, words(1, 2, 3, 0x400, 0x500, 0x600),
		},
		{
			"straight alpha", &image.NRGBA{Pix: []byte{200, 100, 50, 1, 4, 5, 6, 0}, Stride: 8, Rect: rect},
			ndarray.Uint8, 4,
			[]byte{200, 100, 50, 1, 4, 5, 6, 0},
		},
		{
			"straight alpha 16", &image.NRGBA64{Pix: []byte{0, 1, 0, 2, 0, 3, 0, 4, 5, 0, 6, 0, 7, 0, 8, 0}, Stride: 16, Rect: rect},
			ndarray.Uint16, 4, words(1, 2, 3, 4, 0x500, 0x600, 0x700, 0x800),
		},
		{"palette of colours", palette(color.RGBA{1, 2, 3, 255}, color.RGBA{4, 5, 6, 255}), ndarray.Uint8, 3, []byte{1, 2, 3, 4, 5, 6}},
		{"palette with alpha", palette(color.NRGBA{200, 2, 3, 9}, color.RGBA{4, 5, 6, 255}), ndarray.Uint8, 4, []byte{200, 2, 3, 9, 4, 5, 6, 255}},
		{"palette of greys", palette(color.Gray{3}, color.Gray{9}), ndarray.Uint8, 1, []byte{3, 9}},
		{"palette as mask", palette(color.White, color.Black), ndarray.Bool, 1, []byte{1, 0}},

		{"mask", &image.Gray{Pix: []byte{0, 255}, Stride: 2, Rect: rect}, ndarray.Bool, 1, []byte{0, 1}},
		{"mask of 0 and 1", &image.Gray{Pix: []byte{1, 0}, Stride: 2, Rect: rect}, ndarray.Bool, 1, []byte{1, 0}},
		{"mask 16", &image.Gray16{Pix: []byte{0, 0, 1, 0}, Stride: 4, Rect: rect}, ndarray.Bool, 1, []byte{0, 1}},
		{"all black", &image.Gray{Pix: []byte{0, 0}, Stride: 2, Rect: rect}, ndarray.Bool, 1, []byte{0, 0}},
		{"all white", &image.Gray{Pix: []byte{255, 255}, Stride: 2, Rect: rect}, ndarray.Bool, 1, []byte{1, 1}},
		{"all white 16", &image.Gray16{Pix: []byte{255, 255, 255, 255}, Stride: 4, Rect: rect}, ndarray.Bool, 1, []byte{1, 1}},
		{"all grey is no mask", &image.Gray{Pix: []byte{128, 128}, Stride: 2, Rect: rect}, ndarray.Uint8, 1, []byte{128, 128}},
		{"black and white RGB is no mask", palette(color.Black, color.RGBA{255, 255, 254, 255}), ndarray.Uint8, 3, []byte{0, 0, 0, 255, 255, 254}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := Decode(encodePNG(t, test.img))
			if err != nil {
				t.Fatal(err)
			}
			if a.DType != test.dtype || !slices.Equal(a.Shape, []int{1, 2, test.c}) || !a.IsC() || a.Swapped {
				t.Errorf("got %v %v, want %v (1,2,%d)", a.DType, a.Shape, test.dtype, test.c)
			}
			if !bytes.Equal(a.Data, test.want) {
				t.Errorf("pixels %v, want %v", a.Data, test.want)
			}
		})
	}
}

func TestDecodeJPEG(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 16, 8))
	colour := image.NewRGBA(grey.Rect)
	for i := range grey.Pix {
		grey.Pix[i] = byte(40 + i)
		copy(colour.Pix[4*i:], []byte{200, 100, 50, 255})
	}
	tests := []struct {
		name string
		img  image.Image
		want []int
		at   []byte // roughly the first pixel
	}{
		{"grey", grey, []int{8, 16, 1}, []byte{40}},
		{"colour", colour, []int{8, 16, 3}, []byte{200, 100, 50}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var buf bytes.Buffer
			if err := jpeg.Encode(&buf, test.img, &jpeg.Options{Quality: 100}); err != nil {
				t.Fatal(err)
			}
			a, err := Decode(buf.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if a.DType != ndarray.Uint8 || !slices.Equal(a.Shape, test.want) {
				t.Errorf("got %v %v, want uint8 %v", a.DType, a.Shape, test.want)
			}
			for i, want := range test.at {
				if got := a.Data[i]; int(got) < int(want)-4 || int(got) > int(want)+4 {
					t.Errorf("channel %d is %d, want %d or so", i, got, want)
				}
			}
		})
	}
}

func TestCMYK(t *testing.T) {
	img := &image.CMYK{Pix: []byte{0, 0, 0, 0, 255, 0, 255, 0}, Stride: 8, Rect: image.Rect(0, 0, 2, 1)}
	a := fromImage(img)
	if want := []byte{255, 255, 255, 0, 255, 0}; !slices.Equal(a.Shape, []int{1, 2, 3}) || !bytes.Equal(a.Data, want) {
		t.Errorf("got %v %v, want white and green", a.Shape, a.Data)
	}
}

// What Encode writes, Decode reads.
func TestRoundTripPNG(t *testing.T) {
	for _, dtype := range []ndarray.DType{ndarray.Uint8, ndarray.Uint16, ndarray.Bool} {
		for _, shape := range [][]int{{3, 5}, {3, 5, 1}, {3, 5, 3}, {3, 5, 4}, {1, 1, 3}} {
			n := dtype.Size()
			for _, extent := range shape {
				n *= extent
			}
			data := make([]byte, n)
			for i := range data {
				data[i] = byte(i*7 + 1)
			}
			if dtype == ndarray.Bool {
				for i := range data {
					data[i] &= 1
				}
			}
			a := ndarray.Packed(dtype, shape, false, data)
			var buf bytes.Buffer
			if err := Encode(&buf, PNG, &a, 0); err != nil {
				t.Fatalf("%v %v: %v", dtype, shape, err)
			}
			got, err := Decode(buf.Bytes())
			if err != nil {
				t.Fatalf("%v %v: %v", dtype, shape, err)
			}
			want := data
			switch {
			case dtype == ndarray.Bool && len(shape) == 3 && shape[2] > 1:
				want = nil // as 0 and 255
				for _, b := range data {
					want = append(want, -b)
				}
				dtype := ndarray.Uint8
				if got.DType != dtype {
					t.Errorf("%v: came back as %v", shape, got.DType)
				}
			case got.DType != dtype:
				t.Errorf("%v %v: came back as %v", dtype, shape, got.DType)
			}
			full := append(slices.Clone(shape), 1)[:3]
			if !slices.Equal(got.Shape, full) || !bytes.Equal(got.Data, want) {
				t.Errorf("%v %v: came back as %v\ngot  %v\nwant %v", dtype, shape, got.Shape, got.Data, want)
			}
		}
	}
}

func TestRoundTripJPEG(t *testing.T) {
	for _, shape := range [][]int{{8, 16}, {8, 16, 1}, {8, 16, 3}} {
		data := bytes.Repeat([]byte{120}, 8*16*append(slices.Clone(shape), 1)[2])
		a := ndarray.Packed(ndarray.Uint8, shape, false, data)
		for _, quality := range []int{1, DefaultQuality, 100} {
			var buf bytes.Buffer
			if err := Encode(&buf, JPEG, &a, quality); err != nil {
				t.Fatal(err)
			}
			got, err := Decode(buf.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for i, b := range got.Data {
				if quality > 1 && (b < 117 || b > 123) {
					t.Fatalf("%v at quality %d: byte %d is %d", shape, quality, i, b)
				}
			}
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		format Format
		dtype  ndarray.DType
		shape  []int
		want   string // "" for none
	}{
		{PNG, ndarray.Uint8, []int{2, 3}, ""},
		{PNG, ndarray.Uint16, []int{2, 3, 4}, ""},
		{PNG, ndarray.Bool, []int{2, 3, 1}, ""},
		{JPEG, ndarray.Uint8, []int{2, 3, 3}, ""},
		{JPEG, ndarray.Bool, []int{2, 3}, ""},
		{PNG, ndarray.Float32, []int{2, 3}, "a PNG holds uint8, uint16 or bool, not float32"},
		{PNG, ndarray.Int8, []int{2, 3}, "not int8"},
		{JPEG, ndarray.Uint16, []int{2, 3}, "a JPEG holds uint8 or bool, not uint16"},
		{PNG, ndarray.Uint8, []int{6}, "a PNG has shape (H,W), (H,W,1) or (H,W,3) or (H,W,4), not (6,)"},
		{PNG, ndarray.Uint8, []int{2, 3, 2}, "not (2,3,2)"},
		{PNG, ndarray.Uint8, []int{1, 2, 3, 4}, "not (1,2,3,4)"},
		{PNG, ndarray.Uint8, []int{}, "not ()"},
		{JPEG, ndarray.Uint8, []int{2, 3, 4}, "a JPEG has shape (H,W), (H,W,1) or (H,W,3), not (2,3,4)"},
		{PNG, ndarray.Uint8, []int{0, 3}, "not 0 x 3"},
		{JPEG, ndarray.Uint8, []int{70000, 3}, "1 to 65535 rows and columns, not 70000 x 3"},
	}
	for _, test := range tests {
		err := Check(test.format, test.dtype, test.shape)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s %v %v: error %v, want %q", test.format, test.dtype, test.shape, err, test.want)
		}
		if err != nil {
			a := ndarray.Packed(test.dtype, test.shape, false, nil)
			if Encode(&bytes.Buffer{}, test.format, &a, 90) == nil {
				t.Errorf("%s %v %v: Encode takes what Check refuses", test.format, test.dtype, test.shape)
			}
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	good := encodePNG(t, image.NewNRGBA(image.Rect(0, 0, 40, 30)))
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	// A header that promises a huge picture, with a checksum that is right.
	bomb := bytes.Clone(good)
	binary.BigEndian.PutUint32(bomb[16:], 1<<13)
	binary.BigEndian.PutUint32(bomb[20:], 1<<13)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	flipped := bytes.Clone(good)
	flipped[45] ^= 1

	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"neither", []byte("GIF89a"), "neither a PNG nor a JPEG"},
		{"PNG cut in its header", good[:20], "PNG is truncated"},
		{"PNG cut", good[:len(good)-20], "broken PNG: png: invalid format: unexpected EOF"},
		{"PNG with a flipped bit", flipped, "broken PNG"},
		{"PNG of too many pixels", bomb, "PNG claims 8192 x 8192 pixels"},
		{"JPEG cut in its header", jpg.Bytes()[:30], "JPEG is truncated"},
		{"JPEG cut", jpg.Bytes()[:jpg.Len()-30], "broken JPEG: invalid JPEG format: short Huffman data"},
		{"JPEG of nothing", []byte("\xff\xd8\xff\xff\x00\x00\x00"), "broken JPEG"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Decode(test.data)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v does not say %q", err, test.want)
			}
		})
	}
}
