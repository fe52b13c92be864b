package imagefile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagetest"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

func encode(t *testing.T, format Format, a bytearray.Array, o EncodeOptions) []byte {
	t.Helper()
	if o.Quality == 0 {
		o.Quality = DefaultQuality
	}
	var buf bytes.Buffer
	if err := Encode(&buf, format, &a, o); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// array returns an array whose bytes have no pattern.
func array(dtype ndarray.DType, shape ...int) bytearray.Array {
	a := bytearray.Packed(dtype, shape, false, nil)
	a.Data = make([]byte, a.Len()*dtype.Size())
	for i := range a.Data {
		a.Data[i] = byte(i*i*7 + i>>3 + 1)
		if dtype == ndarray.Bool {
			a.Data[i] &= 1
		}
	}
	return a
}

// What is written as PNG is read again as the same samples and channels, an
// alpha that is opaque everywhere included; package image/png agrees.
func TestPNGRoundTrip(t *testing.T) {
	for _, dtype := range []ndarray.DType{ndarray.UNorm8, ndarray.UNorm16, ndarray.Uint8, ndarray.Uint16, ndarray.Bool} {
		for _, shape := range [][]int{{3, 5}, {3, 5, 1}, {3, 5, 2}, {3, 5, 3}, {3, 5, 4}, {1, 1, 4}, {70, 300, 3}, {1, 1}} {
			t.Run(fmt.Sprint(dtype, shape), func(t *testing.T) {
				a := array(dtype, shape...)
				want := a.Data
				if dtype == ndarray.Bool {
					want = white(&a).Data
				}
				data := encode(t, PNG, a, EncodeOptions{})
				full := append(slices.Clone(shape), 1)[:3]
				wantSamples(t, read(t, data, Options{}, fractionOf(dtype.Size()), full...), want)
				stored := read(t, data, Options{View: Stored}, integerOf(dtype.Size()), full...)
				wantSamples(t, stored, want)
				img, err := png.Decode(bytes.NewReader(data))
				if err != nil || img.Bounds().Size() != image.Pt(shape[1], shape[0]) {
					t.Errorf("image/png: %v, %v", img.Bounds(), err)
				}
			})
		}
	}
	opaque := bytearray.Packed(ndarray.UNorm8, []int{1, 2, 4}, false, []byte{1, 2, 3, 255, 4, 50, 6, 255})
	wantSamples(t, read(t, encode(t, PNG, opaque, EncodeOptions{}), Options{}, ndarray.UNorm8, 1, 2, 4), opaque.Data)
}

// Rows are filtered: a smooth picture is smaller than its pixels by far.
func TestPNGIsFiltered(t *testing.T) {
	const w, h = 400, 300
	a := bytearray.Packed(ndarray.UNorm8, []int{h, w, 3}, false, nil)
	for i := range w * h {
		x, y := i%w, i/w
		a.Data = append(a.Data, byte(x/2+y/3), byte(x*y/400), byte(x))
	}
	got := len(encode(t, PNG, a, EncodeOptions{}))
	var buf bytes.Buffer
	rgba := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		copy(rgba.Pix[4*i:], append(slices.Clone(a.Data[3*i:3*i+3]), 255))
	}
	if err := png.Encode(&buf, rgba); err != nil {
		t.Fatal(err)
	}
	if got > buf.Len()*11/10 {
		t.Errorf("%d bytes, image/png makes %d", got, buf.Len())
	}
}

func TestJPEGRoundTrip(t *testing.T) {
	for _, shape := range [][]int{{16, 24}, {16, 24, 1}, {16, 24, 2}, {16, 24, 3}, {16, 24, 4}} {
		channels := channelsOf(shape)
		img := rgb(gradient(24, 16))
		var data, want []byte
		for i := range 16 * 24 {
			data = append(data, img[3*i:][:Channels(channels).Colours()]...)
			want = append(want, img[3*i:][:Channels(channels).Colours()]...)
			if channels%2 == 0 {
				data = append(data, 255)
			}
		}
		a := bytearray.Packed(ndarray.UNorm8, shape, false, data)
		p := read(t, encode(t, JPEG, a, EncodeOptions{Quality: 100}), Options{}, ndarray.UNorm8, 16, 24, Channels(channels).Colours())
		wantNear(t, p, want, 16)
		if channels%2 == 0 {
			a.Data[5*channels-1] = 254
			err := Encode(&bytes.Buffer{}, JPEG, &a, EncodeOptions{Quality: 90})
			wantError(t, err, "a JPEG has no alpha, and that of row 0, column 4 is 254 of 255")
		}
	}
	deep := bytearray.Packed(ndarray.UNorm16, []int{8, 8}, false, bytes.Repeat(words(0x8080-129), 64)) // just below 127.5 of 255
	wantNear(t, read(t, encode(t, JPEG, deep, EncodeOptions{Quality: 100}), Options{}, ndarray.UNorm8, 8, 8, 1), bytes.Repeat([]byte{127}, 64), 0)
	small, large := encode(t, JPEG, array(ndarray.Uint8, 64, 64), EncodeOptions{Quality: 5}), encode(t, JPEG, array(ndarray.Uint8, 64, 64), EncodeOptions{Quality: 100})
	if len(small) >= len(large) {
		t.Errorf("quality 5 takes %d bytes, 100 %d", len(small), len(large))
	}
}

// profile returns what looks like an ICC profile of a colour space.
func profile(space string, size int) []byte {
	p := make([]byte, size)
	for i := range p {
		p[i] = byte(i * i >> 4)
	}
	copy(p[16:], space)
	return p
}

// Profile and resolution are written where they fit, and read again.
func TestMeta(t *testing.T) {
	print := Resolution{300, 300}.times(perInch)
	scan := Resolution{118, 59}.times(perCentimetre)
	odd := Resolution{1234, 5678}
	tests := []struct {
		name     string
		format   Format
		channels int
		meta     Meta
		profile  bool
		want     Resolution
	}{
		{"RGB", PNG, 3, Meta{profile("RGB ", 600), print}, true, Resolution{11811, 11811}},
		{"RGBA", PNG, 4, Meta{profile("RGB ", 600), odd}, true, odd},
		{"grey", PNG, 2, Meta{profile("GRAY", 300), scan}, true, scan},
		{"RGB's for grey", PNG, 1, Meta{profile("RGB ", 600), print}, false, Resolution{11811, 11811}},
		{"grey's for RGB", PNG, 3, Meta{profile("GRAY", 600), Resolution{}}, false, Resolution{}},
		{"CMYK's", PNG, 3, Meta{profile("CMYK", 600), Resolution{}}, false, Resolution{}},
		{"no profile", PNG, 3, Meta{[]byte("RGB "), Resolution{}}, false, Resolution{}},
		{"RGB in JPEG", JPEG, 3, Meta{profile("RGB ", 600), print}, true, print},
		{"grey in JPEG", JPEG, 1, Meta{profile("GRAY", 600), scan}, true, scan},
		{"of a megabyte", JPEG, 3, Meta{profile("RGB ", 1<<20), Resolution{}}, true, Resolution{}},
		{"too dense", JPEG, 3, Meta{nil, Resolution{1e9, 1e9}}, false, Resolution{}},
		{"from a PNG", JPEG, 3, Meta{nil, Resolution{11811, 11811}}, false, print},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := encode(t, test.format, array(ndarray.UNorm8, 8, 8, test.channels), EncodeOptions{Meta: test.meta})
			p, err := Decode(data, Options{})
			if err != nil {
				t.Fatal(err)
			}
			wantWarnings(t, p)
			if test.profile && !bytes.Equal(p.Profile, test.meta.Profile) || !test.profile && p.Profile != nil {
				t.Errorf("profile of %d bytes, want %v", len(p.Profile), test.profile)
			}
			if math.Abs(p.Resolution.X-test.want.X) > 1e-6 || math.Abs(p.Resolution.Y-test.want.Y) > 1e-6 {
				t.Errorf("resolution %v, want %v", p.Resolution, test.want)
			}
			if test.format == JPEG {
				if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// Profiles that are damaged are left out, with a warning.
func TestDamagedProfile(t *testing.T) {
	whole := deflate(profile("RGB ", 600))
	for name, data := range map[string][]byte{"cut": whole[:len(whole)-9], "no stream": []byte("name\x00\x00"), "no name": []byte("name")} {
		png := onePNG(8, 0, 1, imagetest.Chunk("iCCP", data), 200)
		p := read(t, png, Options{}, ndarray.UNorm8, 1, 1, 1)
		wantWarnings(t, p, "the colour profile is left out")
		if p.Profile != nil {
			t.Errorf("%s: a profile of %d bytes", name, len(p.Profile))
		}
	}
	jpg := asJPEG(t, gradient(8, 8))
	part := func(i, n byte) []byte {
		return imagetest.Segment(markerAPP2, []byte(profileName), []byte{i, n}, make([]byte, 200))
	}
	p := read(t, insert(jpg, 2, part(1, 2)), Options{}, ndarray.UNorm8, 8, 8, 3)
	wantWarnings(t, p, "parts of it are missing")
	inks := fixture(t, "cmyk.jpg")
	p = read(t, insert(inks, 2, part(1, 1)), Options{}, ndarray.UNorm8, 16, 24, 3)
	if wantWarnings(t, p, "its inks are converted without their colour profile"); p.Profile != nil {
		t.Errorf("a profile of %d bytes for RGB", len(p.Profile))
	}
	p = read(t, insert(insert(jpg, 2, part(1, 2)), 2, part(2, 2)), Options{}, ndarray.UNorm8, 8, 8, 3)
	if wantWarnings(t, p); len(p.Profile) != 400 {
		t.Errorf("a profile of %d bytes, want 400", len(p.Profile))
	}
}

// A resolution without a unit is none.
func TestResolutionUnits(t *testing.T) {
	phys := func(unit byte) []byte {
		data := binary.BigEndian.AppendUint32(nil, 100)
		return append(binary.BigEndian.AppendUint32(data, 200), unit)
	}
	if got := parsePHYs(phys(1)); got != (Resolution{100, 200}) {
		t.Error(got)
	}
	jfif := func(unit byte) []byte { return []byte{'J', 'F', 'I', 'F', 0, 1, 2, unit, 0, 100, 0, 200, 0, 0} }
	if got := parseJFIF(jfif(2)); got != (Resolution{10000, 20000}) {
		t.Error(got)
	}
	// JFIF's goes before that of EXIF data.
	dense := imagetest.Segment(markerAPP1, []byte("Exif\x00\x00"), imagetest.EXIF(binary.BigEndian, nil, map[uint16]uint32{tagXResolution: 72, tagYResolution: 72}))
	for _, head := range [][]byte{slices.Concat(dense, imagetest.Segment(markerAPP0, jfif(2))), slices.Concat(imagetest.Segment(markerAPP0, jfif(2)), dense)} {
		p := read(t, insert(asJPEG(t, gradient(8, 8)), 2, head), Options{}, ndarray.UNorm8, 8, 8, 3)
		if p.Resolution != (Resolution{10000, 20000}) {
			t.Error(p.Resolution)
		}
	}
	for _, got := range []Resolution{
		parsePHYs(phys(0)), parsePHYs(phys(1)[:8]), parseJFIF(jfif(0)), parseJFIF(jfif(1)[:9]), parseJFIF([]byte("Adobe")),
		Resolution{0, 5}.times(1), Resolution{-1, 5}.times(1), Resolution{math.Inf(1), 1}.times(1), Resolution{math.NaN(), 1}.times(1),
	} {
		if got != (Resolution{}) {
			t.Error(got)
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
		{PNG, ndarray.UNorm8, []int{2, 3}, ""},
		{PNG, ndarray.UNorm16, []int{2, 3, 4}, ""},
		{PNG, ndarray.Uint16, []int{2, 3, 2}, ""},
		{PNG, ndarray.Bool, []int{2, 3, 1}, ""},
		{JPEG, ndarray.UNorm8, []int{2, 3, 4}, ""},
		{JPEG, ndarray.Bool, []int{2, 3}, ""},
		{GIF, ndarray.UNorm8, []int{2, 3}, "written as PNG or JPEG, not GIF"},
		{PNG, ndarray.Float32, []int{2, 3}, "a PNG holds fractions (unorm), uint8, uint16 or bool, not float32"},
		{PNG, ndarray.Int8, []int{2, 3}, "not int8"},
		{JPEG, ndarray.UNorm16, []int{2, 3}, ""},
		{JPEG, ndarray.Uint16, []int{2, 3}, "a JPEG holds 8 bits a sample, not uint16: write a PNG"},
		{PNG, ndarray.Uint8, []int{6}, "a PNG has shape (H,W) or (H,W,C) with 1 to 4 channels, not (6,)"},
		{PNG, ndarray.Uint8, []int{2, 3, 5}, "not (2,3,5)"},
		{PNG, ndarray.Uint8, []int{1, 2, 3, 4}, "not (1,2,3,4)"},
		{PNG, ndarray.Uint8, []int{}, "not ()"},
		{PNG, ndarray.Uint8, []int{0, 3}, "not 0 x 3"},
		{JPEG, ndarray.Uint8, []int{70000, 3}, "1 to 65535 rows and columns, not 70000 x 3"},
	}
	for _, test := range tests {
		err := Check(test.format, test.dtype, test.shape)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s %v %v: %v", test.format, test.dtype, test.shape, err)
			}
			continue
		}
		wantError(t, err, test.want)
		a := bytearray.Packed(test.dtype, test.shape, false, nil)
		if Encode(&bytes.Buffer{}, test.format, &a, EncodeOptions{Quality: 90}) == nil {
			t.Errorf("%s %v %v: Encode takes what Check refuses", test.format, test.dtype, test.shape)
		}
	}
}
