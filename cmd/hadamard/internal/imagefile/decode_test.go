package imagefile

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagetest"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// Pictures of one row, in every colour type and depth: fractions of full
// scale, and the integers as stored.
func TestPNG(t *testing.T) {
	palette := imagetest.Chunk("PLTE", []byte{255, 255, 255, 0, 0, 0, 10, 20, 30, 40, 50, 60})
	transparent := func(data ...byte) []byte { return imagetest.Chunk("tRNS", data) }
	const one, two = ndarray.UNorm8, ndarray.UNorm16
	tests := []struct {
		name     string
		depth    byte
		kind     byte
		before   []byte
		width    int
		row      []byte
		dtype    ndarray.DType
		want     []byte // fractions
		stored   []byte
		channels int // of the file
	}{
		{"grey 1", 1, 0, nil, 3, []byte{0b10100000}, one, []byte{255, 0, 255}, []byte{1, 0, 1}, 1},
		{"grey 2", 2, 0, nil, 4, []byte{0b00011011}, one, []byte{0, 85, 170, 255}, []byte{0, 1, 2, 3}, 1},
		{"grey 4", 4, 0, nil, 3, []byte{0x0f, 0x70}, one, []byte{0, 255, 119}, []byte{0, 15, 7}, 1},
		{"grey 8", 8, 0, nil, 2, []byte{7, 200}, one, []byte{7, 200}, []byte{7, 200}, 1},
		{"grey 16", 16, 0, nil, 2, []byte{1, 2, 3, 4}, two, words(0x102, 0x304), words(0x102, 0x304), 1},
		{"RGB", 8, 2, nil, 2, []byte{1, 2, 3, 4, 5, 60}, one, []byte{1, 2, 3, 4, 5, 60}, []byte{1, 2, 3, 4, 5, 60}, 3},
		{"RGB 16", 16, 2, nil, 1, []byte{1, 2, 3, 4, 55, 6}, two, words(0x102, 0x304, 0x3706), words(0x102, 0x304, 0x3706), 3},
		{"grey and alpha", 8, 4, nil, 2, []byte{200, 1, 4, 0}, one, []byte{200, 1, 4, 0}, []byte{200, 1, 4, 0}, 2},
		{"grey and alpha 16", 16, 4, nil, 1, []byte{99, 2, 3, 4}, two, words(0x6302, 0x304), words(0x6302, 0x304), 2},
		{"straight alpha", 8, 6, nil, 2, []byte{200, 100, 50, 1, 4, 5, 6, 0}, one, []byte{200, 100, 50, 1, 4, 5, 6, 0}, []byte{200, 100, 50, 1, 4, 5, 6, 0}, 4},
		{"straight alpha 16", 16, 6, nil, 1, []byte{99, 1, 0, 2, 0, 3, 0, 4}, two, words(0x6301, 2, 3, 4), words(0x6301, 2, 3, 4), 4},

		{"palette 1", 1, 3, palette[:8+6+4], 2, []byte{0x80}, one, nil, nil, 0},
		{"palette 2", 2, 3, palette, 4, []byte{0b00011011}, one, []byte{255, 255, 255, 0, 0, 0, 10, 20, 30, 40, 50, 60}, []byte{0, 1, 2, 3}, 1},
		{"palette 4", 4, 3, palette, 2, []byte{0x21}, one, []byte{10, 20, 30, 0, 0, 0}, []byte{2, 1}, 1},
		{"palette of black and white", 8, 3, palette, 2, []byte{1, 0}, one, []byte{0, 0, 0, 255, 255, 255}, []byte{1, 0}, 1},
		{"index without a colour", 8, 3, palette, 2, []byte{0, 9}, one, []byte{255, 255, 255, 0, 0, 0}, []byte{0, 9}, 1},
		{
			"palette with alpha", 8, 3, slices.Concat(palette, transparent(9, 255)), 2,
			[]byte{0, 2},
			one,
			[]byte{255, 255, 255, 9, 10, 20, 30, 255},
			[]byte{0, 2},
			1,
		},
		{"transparent grey", 4, 0, transparent(0, 7), 2, []byte{0x7f}, one, []byte{119, 0, 255, 255}, []byte{7, 15}, 1},
		{"transparent colour", 8, 2, transparent(0, 1, 0, 2, 0, 3), 2, []byte{1, 2, 3, 4, 5, 60}, one, []byte{1, 2, 3, 0, 4, 5, 60, 255}, []byte{1, 2, 3, 4, 5, 60}, 3},
		{
			"opaque all the same", 8, 6, nil, 1,
			[]byte{200, 100, 50, 255},
			one,
			[]byte{200, 100, 50, 255},
			[]byte{200, 100, 50, 255},
			4,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := (&imagetest.PNG{Width: test.width, Height: 1, Depth: test.depth, Kind: test.kind, Before: test.before, Rows: append([]byte{0}, test.row...)}).Bytes()
			if test.want == nil {
				_, err := Decode(data, Options{})
				wantError(t, err, "PLTE")
				return
			}
			size := test.dtype.Size()
			p := read(t, data, Options{}, test.dtype, 1, test.width, len(test.want)/size/test.width)
			wantSamples(t, p, test.want)
			stored := read(t, data, Options{View: Stored}, test.dtype.Stored(), 1, test.width, test.channels)
			wantSamples(t, stored, test.stored)
			wantWarnings(t, stored)

			mask := make([]byte, test.width)
			for i := range mask {
				colours := Channels(test.channels).Colours() * size
				for _, b := range test.stored[i*test.channels*size:][:colours] {
					if b != 0 {
						mask[i] = 1
					}
				}
			}
			wantSamples(t, read(t, data, Options{View: Mask}, ndarray.Bool, 1, test.width, 1), mask)
		})
	}
}

// What a picture shows changes neither dtype nor shape.
func TestContentChangesNothing(t *testing.T) {
	fill := map[string]byte{"black": 0, "white": 255, "0 and 1": 1, "grey": 128}
	for name, v := range fill {
		for channels, kind := range map[int]byte{1: 0, 2: 4, 3: 2, 4: 6} {
			for _, size := range []int{1, 2} {
				row := append([]byte{0}, bytes.Repeat([]byte{v}, 5*channels*size)...)
				copy(row[1:], make([]byte, channels*size))
				data := (&imagetest.PNG{Width: 5, Height: 1, Depth: byte(8 * size), Kind: kind, Rows: row}).Bytes()
				p, err := Decode(data, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if p.Array.DType != fractionOf(size) || !slices.Equal(p.Array.Shape, []int{1, 5, channels}) {
					t.Errorf("%s, %d channels of %d bytes: %v %v", name, channels, size, p.Array.DType, p.Array.Shape)
				}
			}
		}
	}
}

// What other encoders write.
func TestOtherFormats(t *testing.T) {
	const w, h = 24, 16
	img := gradient(w, h)
	colours := rgb(img)
	var grey, grey16, alpha []byte
	greyImage, deep, clear := image.NewGray(img.Rect), image.NewGray16(img.Rect), image.NewNRGBA(img.Rect)
	for i := range w * h {
		x, y := i%w, i/w
		grey = append(grey, byte(10*x))
		deep.SetGray16(x, y, color.Gray16{uint16(2000*x + y)})
		grey16 = append(grey16, words(uint16(2000*x+y))...)
		c := color.NRGBA{byte(10 * x), byte(15 * y), byte(5 * (x + y)), byte(255 - 10*y)}
		clear.SetNRGBA(x, y, c)
		alpha = append(alpha, c.R, c.G, c.B, c.A)
	}
	copy(greyImage.Pix, grey)
	white := make([]byte, w*h) // where x is above y
	for i := range white {
		if i%w > i/w {
			white[i] = 255
		}
	}
	encode := func(f func(buf *bytes.Buffer) error) []byte {
		var buf bytes.Buffer
		if err := f(&buf); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	toTIFF := func(img image.Image) []byte {
		return encode(func(buf *bytes.Buffer) error {
			return tiff.Encode(buf, img, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
		})
	}
	toBMP := func(img image.Image) []byte {
		return encode(func(buf *bytes.Buffer) error { return bmp.Encode(buf, img) })
	}
	noMask := longBMP(alpha, w, h)
	copy(noMask[66:70], make([]byte, 4))
	const one, two = ndarray.UNorm8, ndarray.UNorm16
	tests := []struct {
		name     string
		data     []byte
		format   Format
		dtype    ndarray.DType
		channels int
		want     []byte
		near     int
	}{
		{"TIFF, grey", toTIFF(greyImage), TIFF, one, 1, grey, 0},
		{"TIFF, grey 16", toTIFF(deep), TIFF, two, 1, grey16, 0},
		{"TIFF, RGB", toTIFF(img), TIFF, one, 4, alphaOf(colours, nil), 0}, // written as premultiplied
		{"TIFF, RGBA", toTIFF(clear), TIFF, one, 4, alpha, 0},
		{"TIFF, fax", fixture(t, "group4.tif"), TIFF, one, 1, white, 0},
		{"BMP, grey", toBMP(greyImage), BMP, one, 3, repeat(grey, 3), 0},
		{"BMP, RGB", toBMP(img), BMP, one, 3, colours, 0},
		{"BMP, 32 bits of which 24 count", toBMP(clear), BMP, one, 3, colours, 0},
		{"BMP, RGBA", longBMP(alpha, w, h), BMP, one, 4, alpha, 0},
		{"BMP, RGB and a byte that is no alpha", noMask, BMP, one, 3, colours, 0},
		{"WebP, lossy", fixture(t, "lossy.webp"), WebP, one, 3, colours, 16},
		{"WebP, lossy with alpha", fixture(t, "lossy-alpha.webp"), WebP, one, 4, alpha, 16},
		{"WebP, lossless", fixture(t, "lossless.webp"), WebP, one, 3, colours, 0},
		{"WebP, lossless with alpha", fixture(t, "lossless-alpha.webp"), WebP, one, 4, alpha, 0},
		{"JPEG, grey", asJPEG(t, greyImage), JPEG, one, 1, grey, 3},
		{"JPEG, RGB", asJPEG(t, img), JPEG, one, 3, colours, 16},
		{"JPEG, CMYK", fixture(t, "cmyk.jpg"), JPEG, one, 3, colours, 16},
		{"JPEG, CMYK of two resolutions", fixture(t, "cmyk-subsampled.jpg"), JPEG, one, 3, colours, 30},
		{"PBM", append([]byte("P4\n# right to left\n3 2\n"), 0b10100000, 0b01000000), PNM, one, 1, []byte{0, 255, 0, 255, 0, 255}, 0},
		{"PGM of Windows", append([]byte("P5\r\n3 1\r\n255\n"), 1, 2, 99), PNM, one, 1, []byte{1, 2, 99}, 0},
		{"PGM", append([]byte("P5 2 3 255\n"), 1, 2, 3, 4, 5, 60), PNM, one, 1, []byte{1, 2, 3, 4, 5, 60}, 0},
		{"PGM of fewer levels", append([]byte("P5 3 1\n2\n"), 0, 1, 2), PNM, one, 1, []byte{0, 128, 255}, 0},
		{"PGM 16", append([]byte("P5 2 1 65535\n"), 1, 2, 99, 4), PNM, two, 1, words(0x102, 0x6304), 0},
		{"PGM of 10 bits", append([]byte("P5 2 1 1023\n"), 3, 255, 1, 0), PNM, two, 1, words(65535, 16400), 0},
		{"PPM", append([]byte("P6 24 16 255\n"), colours...), PNM, one, 3, colours, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Sniff(test.data); got != test.format {
				t.Fatalf("format %q", got)
			}
			h := len(test.want) / test.dtype.Size() / test.channels / w
			w := w
			if test.format == PNM && test.name != "PPM" {
				w, h = 3, 1
				s, err := openPNM(test.data)
				if err != nil {
					t.Fatal(err)
				}
				w, h = s.width, s.height
			}
			p := read(t, test.data, Options{}, test.dtype, h, w, test.channels)
			wantWarnings(t, p)
			if test.near > 0 {
				wantNear(t, p, test.want, test.near)
			} else {
				wantSamples(t, p, test.want)
			}
			// The integers are what they were: scaling is undone.
			stored, err := Decode(test.data, Options{View: Stored})
			if err != nil {
				t.Fatal(err)
			}
			if test.name == "PGM of 10 bits" {
				wantSamples(t, stored, words(1023, 256))
			}
			if test.name == "PBM" {
				wantSamples(t, stored, []byte{1, 0, 1, 0, 1, 0})
			}
		})
	}
}

// longBMP is a BMP whose header is long enough to speak of an alpha.
func longBMP(pix []byte, w, h int) []byte {
	head := make([]byte, 14+108)
	copy(head, "BM")
	for at, v := range map[int]int{10: len(head), 14: 108, 18: w, 22: -h, 26: 1 | 32<<16, 66: -1 << 24} {
		binary.LittleEndian.PutUint32(head[at:], uint32(v))
	}
	for i := 0; i < len(pix); i += 4 {
		head = append(head, pix[i+2], pix[i+1], pix[i], pix[i+3])
	}
	return head
}

// The components of CMYK that differ in resolution, and those that stand for
// colours as YCbCr, against what they are alone.
func TestPlanes(t *testing.T) {
	data := fixture(t, "cmyk-subsampled.jpg")
	decode := func(data []byte) *image.CMYK {
		s, err := openJPEG(data)
		if err != nil {
			t.Fatal(err)
		}
		img, err := s.decode()
		if err != nil {
			t.Fatal(err)
		}
		return img.(*image.CMYK)
	}
	inks := decode(data)
	adobe := bytes.Index(data, []byte("Adobe"))
	ycck := bytes.Clone(data)
	ycck[adobe+11] = 2
	colours := decode(ycck)
	for i := 0; i < len(inks.Pix); i += 4 {
		c, m, y, k := inks.Pix[i], inks.Pix[i+1], inks.Pix[i+2], inks.Pix[i+3]
		r, g, b := color.YCbCrToRGB(255-c, 255-m, 255-y)
		if got := colours.Pix[i : i+4]; !bytes.Equal(got, []byte{r, g, b, k}) {
			t.Fatalf("pixel %d is %v, want %v", i/4, got, []byte{r, g, b, k})
		}
	}
	large := decode(fixture(t, "cmyk-large.jpg"))
	if !bytes.Equal(decode(fixture(t, "cmyk-restarts.jpg")).Pix, large.Pix) {
		t.Error("restarts make another picture")
	}
	for i := 0; i < len(large.Pix); i += 4 {
		x, y := i/4%64, i/4/64
		for k, want := range []int{255 - 3*x, 255 - 5*y, 255 - x - y, 0} {
			if distance(int(large.Pix[i+k]), want) > 24 {
				t.Fatalf("pixel (%d,%d), ink %d is %d, want %d", x, y, k, large.Pix[i+k], want)
			}
		}
	}

	// Cut anywhere, it is refused or what is left says enough.
	scan := bytes.Index(data, []byte{0xff, markerSOS})
	for n := scan; n < len(data)-2; n++ {
		if _, err := Decode(data[:n], Options{}); err == nil {
			t.Errorf("read although %d of %d bytes are there", n, len(data))
		}
	}
}

// The same components in one scan or several, with restarts or without, are the same
// picture: of those of several scans, in scans of one component and of some, the last parts
// reach over the edge.
func TestScans(t *testing.T) {
	const w, h = 55, 39
	decode := func(name string, o Options) (*Picture, []byte) {
		t.Helper()
		p, err := Decode(fixture(t, name), o)
		if err != nil {
			t.Fatal(name, err)
		}
		wantWarnings(t, p)
		a := p.Array
		if a.Shape[0] < h || a.Shape[1] < w || a.Shape[2] != 3 {
			t.Fatalf("%s is %v", name, a.Shape)
		}
		a = a.Narrow(0, 0, h).Narrow(1, 0, w)
		return p, samples(&a)
	}
	for first, others := range map[string][]string{
		"cmyk-large.jpg": {"cmyk-progressive.jpg", "cmyk-progressive-restarts.jpg", "cmyk-scans.jpg"},
		"colours.jpg":    {"colours-restarts.jpg"},
	} {
		_, want := decode(first, Options{})
		for _, name := range others {
			if _, got := decode(name, Options{}); !bytes.Equal(got, want) {
				t.Errorf("%s is another picture than %s", name, first)
			}
		}
	}
	_, rare := decode("colours-rare.jpg", Options{})
	for i, got := range rare {
		x, y := i/3%w, i/3/w
		if want := []int{3 * x, 5 * y, x + y}[i%3]; distance(int(got), want) > 24 {
			t.Fatalf("pixel (%d,%d), channel %d is %d, want %d", x, y, i%3, got, want)
		}
	}

	// Without its last scan a file is refused if it is cut, and else read with a warning.
	for _, name := range []string{"cmyk-progressive.jpg", "cmyk-scans.jpg", "colours-restarts.jpg"} {
		data := fixture(t, name)
		cut := data[:bytes.LastIndex(data, []byte{0xff, markerSOS})]
		_, err := Decode(cut, Options{})
		wantError(t, err, "truncated: the file ends before the last of its scans")
		p, err := Decode(append(bytes.Clone(cut), 0xff, markerEOI), Options{})
		if err != nil && name != "cmyk-scans.jpg" || err == nil && len(p.Warnings) != 1 {
			t.Errorf("%s: %v", name, err)
		}
		for n := range len(data) - 2 {
			if _, err := Decode(data[:n], Options{}); err == nil {
				t.Errorf("%s: read although %d of %d bytes are there", name, n, len(data))
			}
		}
	}
}

// What no decoder reads is named.
func TestUnsupportedJPEG(t *testing.T) {
	data := fixture(t, "cmyk-subsampled.jpg")
	frame := bytes.Index(data, []byte{0xff, markerSOF0})
	for marker, want := range map[byte]string{
		0xc3: "the JPEG can not be read: those that are lossless are not supported: convert it with another program, to PNG",
		0xc9: "those that are coded arithmetically are not supported: convert",
	} {
		other := bytes.Clone(data)
		other[frame+1] = marker
		_, err := Decode(other, Options{})
		wantError(t, err, want)
	}
	deep := bytes.Clone(data)
	deep[frame+4] = 12
	_, err := Decode(deep, Options{})
	wantError(t, err, "samples of 12 bits are not supported: convert it")
	late := bytes.Clone(data)
	late[frame+1] = markerSOF2
	_, err = Decode(late, Options{})
	wantError(t, err, "a scan of several components has others than DC coefficients")
}

// hugeTIFF is the header of a TIFF file of as many columns as can be written.
func hugeTIFF(rows uint32) []byte { return tagged(map[uint16]uint32{256: 1<<32 - 1, 257: rows}) }

const noTag = 1<<32 - 2

// tagged is a TIFF file of one row of three grey pixels, 200 each, or with tags that say
// otherwise.
func tagged(tags map[uint16]uint32) []byte {
	all := map[uint16]uint32{256: 3, 257: 1, 258: 8, 262: 1, 273: 0, 278: 1, 279: 3}
	maps.Copy(all, tags)
	maps.DeleteFunc(all, func(_ uint16, v uint32) bool { return v == noTag })
	all[273] = uint32(8 + 2 + 12*len(all) + 4)
	out := binary.LittleEndian.AppendUint16([]byte("II*\x00\x08\x00\x00\x00"), uint16(len(all)))
	for _, tag := range slices.Sorted(maps.Keys(all)) {
		out = binary.LittleEndian.AppendUint16(out, tag)
		out = binary.LittleEndian.AppendUint16(out, 4)
		out = binary.LittleEndian.AppendUint32(out, 1)
		out = binary.LittleEndian.AppendUint32(out, all[tag])
	}
	return append(out, 0, 0, 0, 0, 200, 200, 200)
}

// Files that the decoder would take for others are refused, and where a better picture may
// be, is said.
func TestTaggedTIFF(t *testing.T) {
	for _, test := range []struct {
		tags      map[uint16]uint32
		err, warn string
	}{
		{nil, "", ""},
		{map[uint16]uint32{277: 1, 284: 2, 266: 1}, "", ""},
		{map[uint16]uint32{254: 0}, "", ""},
		{map[uint16]uint32{258: noTag}, "", ""},
		{map[uint16]uint32{254: 1}, "", "its first page is a smaller version of a picture that is not read"},
		{map[uint16]uint32{330: 99}, "", "only the first of several pages is read"},
		{map[uint16]uint32{277: 2}, "2 samples a pixel of which 1 have a size are not supported: convert it with another program", ""},
		{map[uint16]uint32{277: 3, 284: 2}, "channels one after the other are not supported", ""},
		{map[uint16]uint32{258: 16, 262: 3}, "palettes of more than 8 bits are not supported", ""},
		{map[uint16]uint32{266: 2}, "bits from right to left are not supported", ""},
		{map[uint16]uint32{258: 1, 259: 3, 292: 1}, "faxes of Group 3 in two dimensions are not supported", ""},
		{map[uint16]uint32{259: 7}, "compression value 7: convert it with another program, to PNG for example", ""},
	} {
		p, err := Decode(tagged(test.tags), Options{})
		if test.err != "" {
			wantError(t, err, test.err)
			continue
		}
		if err != nil {
			t.Fatal(test.tags, err)
		}
		want := []byte{200, 200, 200}
		if test.tags[258] == noTag { // one bit
			want = []byte{255, 255, 0}
		}
		wantSamples(t, p, want)
		if test.warn == "" {
			wantWarnings(t, p)
		} else {
			wantWarnings(t, p, test.warn)
		}
	}
}

// alphaOf puts an alpha behind every three samples, 255 for none.
func alphaOf(colours, alpha []byte) []byte {
	var out []byte
	for i := 0; i < len(colours); i += 3 {
		out = append(out, colours[i:i+3]...)
		if alpha == nil {
			out = append(out, 255)
		} else {
			out = append(out, alpha[i/3])
		}
	}
	return out
}

func repeat(data []byte, n int) []byte {
	var out []byte
	for _, b := range data {
		out = append(out, bytes.Repeat([]byte{b}, n)...)
	}
	return out
}

func TestGIF(t *testing.T) {
	opaque := color.Palette{color.RGBA{1, 2, 3, 255}, color.RGBA{200, 100, 50, 255}}
	clear := append(slices.Clone(opaque), color.RGBA{})
	frame := func(rect image.Rectangle, palette color.Palette, pix ...byte) *image.Paletted {
		return &image.Paletted{Pix: pix, Stride: rect.Dx(), Rect: rect, Palette: palette}
	}
	encode := func(config image.Config, frames ...*image.Paletted) []byte {
		var buf bytes.Buffer
		g := &gif.GIF{Image: frames, Delay: make([]int, len(frames)), Config: config}
		if err := gif.EncodeAll(&buf, g); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	all := image.Rect(0, 0, 2, 1)
	tests := []struct {
		name   string
		data   []byte
		want   []byte
		stored []byte
	}{
		{"opaque", encode(image.Config{}, frame(all, opaque, 0, 1)), []byte{1, 2, 3, 200, 100, 50}, []byte{0, 1}},
		{"the first frame", encode(image.Config{}, frame(all, opaque, 1, 0), frame(all, opaque, 0, 1)), []byte{200, 100, 50, 1, 2, 3}, []byte{1, 0}},
		{"transparent", encode(image.Config{}, frame(all, clear, 2, 1)), []byte{0, 0, 0, 0, 200, 100, 50, 255}, []byte{2, 1}},
		{
			"a frame that is smaller", encode(image.Config{Width: 2, Height: 1, ColorModel: opaque}, frame(image.Rect(1, 0, 2, 1), opaque, 1)),
			[]byte{0, 0, 0, 0, 200, 100, 50, 255},
			[]byte{2, 1},
		},
	}
	// The colour that is transparent is still one, from a table of the frame or of the file.
	white := bytes.Replace(tests[2].data, []byte{200, 100, 50, 0, 0, 0}, []byte{200, 100, 50, 255, 254, 253}, 1)
	global := encode(image.Config{Width: 2, Height: 1, ColorModel: clear}, frame(all, clear, 2, 1))
	for name, data := range map[string][]byte{
		"transparent white":            white,
		"transparent white of a table": bytes.Replace(global, []byte{200, 100, 50, 0, 0, 0}, []byte{200, 100, 50, 255, 254, 253}, 1),
	} {
		tests = append(tests, tests[2])
		last := &tests[len(tests)-1]
		last.name, last.data, last.want = name, data, []byte{255, 254, 253, 0, 200, 100, 50, 255}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := read(t, test.data, Options{}, ndarray.UNorm8, 1, 2, len(test.want)/2)
			wantSamples(t, p, test.want)
			if strings.Contains(test.name, "first") {
				wantWarnings(t, p, "the first of several frames")
			} else {
				wantWarnings(t, p) // all of few colours are in use
			}
			wantSamples(t, read(t, test.data, Options{View: Stored}, ndarray.Uint8, 1, 2, 1), test.stored)
		})
	}
}

// An animation in PNG has more frames where decoders do not look.
func TestAPNG(t *testing.T) {
	control := func(frames uint32) []byte {
		return imagetest.Chunk("acTL", binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, frames), 0))
	}
	wantWarnings(t, read(t, onePNG(8, 0, 1, control(2), 200), Options{}, ndarray.UNorm8, 1, 1, 1), "the first of several frames")
	wantWarnings(t, read(t, onePNG(8, 0, 1, control(1), 200), Options{}, ndarray.UNorm8, 1, 1, 1))
}

// Colours multiplied by alpha are divided by it again.
func TestPremultiplied(t *testing.T) {
	s := &source{width: 3, height: 1, channels: 4, premultiplied: true}
	a, err := s.fractions(&image.RGBA{Pix: []byte{50, 100, 0, 100, 0, 0, 0, 0, 9, 8, 7, 255}, Stride: 12, Rect: image.Rect(0, 0, 3, 1)})
	if want := []byte{128, 255, 0, 100, 0, 0, 0, 0, 9, 8, 7, 255}; err != nil || !bytes.Equal(a.Data, want) {
		t.Errorf("%v, %v, want %v", a.Data, err, want)
	}
	a, err = s.fractions(&image.RGBA64{Pix: slices.Concat(bytes.Repeat([]byte{0x40, 0}, 3), []byte{0x80, 0}, make([]byte, 16)), Stride: 24, Rect: image.Rect(0, 0, 3, 1)})
	if want := append(words(0x8000, 0x8000, 0x8000, 0x8000), make([]byte, 16)...); err != nil || !bytes.Equal(a.Data, want) {
		t.Errorf("%v, %v, want %v", a.Data, err, want)
	}
}

// As stored they are what the file has.
func TestPremultipliedStored(t *testing.T) {
	pix := []byte{50, 100, 0, 100, 0, 0, 0, 0, 9, 8, 7, 255}
	var buf bytes.Buffer
	if err := tiff.Encode(&buf, &image.RGBA{Pix: pix, Stride: 12, Rect: image.Rect(0, 0, 3, 1)}, nil); err != nil {
		t.Fatal(err)
	}
	wantSamples(t, read(t, buf.Bytes(), Options{}, ndarray.UNorm8, 1, 3, 4), []byte{128, 255, 0, 100, 0, 0, 0, 0, 9, 8, 7, 255})
	wantSamples(t, read(t, buf.Bytes(), Options{View: Stored}, ndarray.Uint8, 1, 3, 4), pix)
}

// The eight orientations, as EXIF numbers them, of a picture of two rows.
func TestOrientation(t *testing.T) {
	want := map[int]struct {
		shape []int
		pix   []byte
	}{
		1: {[]int{2, 3, 1}, []byte{10, 20, 30, 40, 50, 60}},
		2: {[]int{2, 3, 1}, []byte{30, 20, 10, 60, 50, 40}},
		3: {[]int{2, 3, 1}, []byte{60, 50, 40, 30, 20, 10}},
		4: {[]int{2, 3, 1}, []byte{40, 50, 60, 10, 20, 30}},
		5: {[]int{3, 2, 1}, []byte{10, 40, 20, 50, 30, 60}},
		6: {[]int{3, 2, 1}, []byte{40, 10, 50, 20, 60, 30}},
		7: {[]int{3, 2, 1}, []byte{60, 30, 50, 20, 40, 10}},
		8: {[]int{3, 2, 1}, []byte{30, 60, 20, 50, 10, 40}},
	}
	for orientation, want := range want {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			shorts := map[uint16]uint16{tagOrientation: uint16(orientation), tagResolutionUnit: 3}
			data := imagetest.EXIF(order, shorts, map[uint16]uint32{tagXResolution: 10, tagYResolution: 20})
			picture := imagetest.PNG{Width: 3, Height: 2, Depth: 8, Kind: 0, Rows: []byte{0, 10, 20, 30, 0, 40, 50, 60}, Before: imagetest.Chunk("eXIf", data)}
			p := read(t, picture.Bytes(), Options{}, ndarray.UNorm8, want.shape...)
			wantSamples(t, p, want.pix)
			resolution := Resolution{1000, 2000}
			if orientation > 4 {
				resolution = Resolution{2000, 1000}
			}
			if p.Resolution != resolution {
				t.Errorf("orientation %d: resolution %v, want %v", orientation, p.Resolution, resolution)
			}
			if !bytes.Equal(p.Array.Data, want1) {
				t.Errorf("orientation %d: not a view", orientation)
			}
			wantSamples(t, read(t, picture.Bytes(), Options{AsStored: true}, ndarray.UNorm8, 2, 3, 1), want1)
		}
	}
	// JPEG and WebP carry the same data.
	img := gradient(24, 16)
	turned := imagetest.Segment(markerAPP1, []byte("Exif\x00\x00"), imagetest.EXIF(binary.BigEndian, map[uint16]uint16{tagOrientation: 6}, nil))
	read(t, insert(asJPEG(t, img), 2, turned), Options{}, ndarray.UNorm8, 24, 16, 3)
	p := read(t, fixture(t, "turned.webp"), Options{}, ndarray.UNorm8, 24, 16, 4)
	q := read(t, fixture(t, "lossless-alpha.webp"), Options{}, ndarray.UNorm8, 16, 24, 4)
	q.turn(6)
	wantSamples(t, p, samples(&q.Array))
}

var want1 = []byte{10, 20, 30, 40, 50, 60}

// EXIF data that are damaged turn nothing.
func TestDamagedEXIF(t *testing.T) {
	whole := imagetest.EXIF(binary.BigEndian, map[uint16]uint16{tagOrientation: 6}, map[uint16]uint32{tagXResolution: 10})
	for n := range len(whole) {
		s := new(source)
		s.takeEXIF(whole[:n])
		if s.Resolution != (Resolution{}) {
			t.Errorf("%d bytes: resolution %v", n, s.Resolution)
		}
	}
	p := &Picture{Array: bytearray.Packed(ndarray.UNorm8, []int{2, 3, 1}, false, want1)}
	for _, orientation := range []int{-1, 0, 9, 1 << 20} {
		p.turn(orientation)
		wantSamples(t, p, want1)
	}
}

func TestSniff(t *testing.T) {
	for _, data := range []string{"", "GIF", "RIFF0000WAVE", "P4", "P3 1 1", "BMW is a car", "\x93NUMPY"} {
		if got := Sniff([]byte(data)); got != "" {
			t.Errorf("%q: %s", data, got)
		}
		if _, err := Decode([]byte(data), Options{}); err == nil {
			t.Errorf("%q was read", data)
		}
	}
}

// Every format says what it can not read.
func TestRefused(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"TIFF", []byte("II*\x00\x08\x00\x00\x00\x00\x00"), "TIFF"},
		{"TIFF of 2^64 pixels", hugeTIFF(1<<32 - 1), "too large"},
		{"TIFF of a row of 2^32", hugeTIFF(1), "4294967295 x 1 pixels, more than any picture has"},
		{"BMP", append([]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00"), make([]byte, 60)...), "BMP can not be read"},
		{"WebP", []byte("RIFF\x04\x00\x00\x00WEBP"), "WebP"},
		{"animated WebP", []byte("RIFF\x14\x00\x00\x00WEBPANIM\x00\x00\x00\x00"), "animations are not supported: convert it"},
		{"WebP whose alpha has another size", bytes.Replace(fixture(t, "lossy-alpha.webp"), []byte{23, 0, 0, 15, 0, 0}, []byte{23, 0, 0xff, 15, 0, 0xff}, 1), "its picture of 24 x 16"},
		{"GIF", []byte("GIF89a\x01"), "the GIF can not be read"},
		{"PGM without a size", []byte("P5\nx"), "its header is damaged"},
		{"PGM of no columns", []byte("P5 0 3 255\n"), "0 columns, 3 rows"},
		{"PGM that is cut", []byte("P5 2 3 255\n1234"), "truncated: it has 2 of 3 rows"},
		{"PNG without bits", (&imagetest.PNG{Width: 1, Height: 1, Depth: 3, Kind: 0, Rows: []byte{0, 0}}).Bytes(), "bit depth 3"},
		{"PNG of unknown colours", (&imagetest.PNG{Width: 1, Height: 1, Depth: 8, Kind: 5, Rows: []byte{0, 0}}).Bytes(), "colour type 5"},
		{"PNG of no rows", (&imagetest.PNG{Width: 1, Depth: 8}).Bytes(), "claims 1 x 0 pixels"},
	}
	for _, test := range tests {
		_, err := Decode(test.data, Options{})
		if wantError(t, err, test.want); err == nil {
			t.Error(test.name)
		}
	}
}
