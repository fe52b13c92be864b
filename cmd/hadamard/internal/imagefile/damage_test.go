package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagetest"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// wronged returns a chunk whose checksum is wrong.
func wronged(name string, data []byte) []byte {
	chunk := imagetest.Chunk(name, data)
	chunk[len(chunk)-1] ^= 1
	return chunk
}

// damaged is a file that is read with warnings, or refused with an error.
type damaged struct {
	name  string
	data  []byte
	warns []string
	err   string
}

// runDamaged reads files, which hold these samples in so many rows, columns and channels if
// they are read at all.
func runDamaged(t *testing.T, tests []damaged, want []byte, shape ...int) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.err != "" {
				_, err := Decode(test.data, Options{})
				wantError(t, err, test.err)
				return
			}
			p := read(t, test.data, Options{}, ndarray.UNorm8, shape...)
			wantWarnings(t, p, test.warns...)
			wantSamples(t, p, want)
		})
	}
}

// PNG files that are damaged where it does not matter are read, with a
// warning; others are refused, and the error says what is wrong.
func TestDamagedPNG(t *testing.T) {
	const w, h = 24, 16
	picture := imagetest.PNG{Width: w, Height: h, Depth: 8, Kind: 2}
	colours := rgb(gradient(w, h))
	for y := range h {
		picture.Rows = append(append(picture.Rows, 0), colours[y*3*w:(y+1)*3*w]...)
	}
	good := picture.Bytes()
	pixels := bytes.Index(good, []byte("IDAT")) - 4
	end := len(good) - 12
	stream := imagetest.Deflate(picture.Rows)
	with := func(stream []byte) []byte {
		return append(appendChunk(bytes.Clone(good[:pixels]), "IDAT", stream), pngEnd...)
	}
	flipped := func(data []byte, at int) []byte {
		data = bytes.Clone(data)
		data[(at+len(data))%len(data)] ^= 1
		return data
	}
	half := len(stream) / 2
	big := picture
	big.Height = 8192
	big.Width = 8192

	tests := []damaged{
		{name: "whole", data: good},
		{name: "text of wrong checksum", data: insert(good, pixels, wronged("tEXt", []byte("a\x00b"))), warns: []string{"the checksum of chunk tEXt at byte 33 is wrong"}},
		{name: "transparency of wrong checksum", data: insert(good, pixels, wronged("tRNS", make([]byte, 6))), warns: []string{"read without its transparency"}},
		{name: "no end", data: good[:end], warns: []string{"chunk IEND, is missing"}},
		{name: "cut in the end", data: good[:end+5], warns: []string{"the file ends in the head of a chunk"}},
		{name: "cut in the end's checksum", data: good[:end+9], warns: []string{"the last 3 bytes of chunk IEND"}},
		{name: "end of wrong checksum", data: flipped(good, -1), warns: []string{"the checksum of chunk IEND"}},
		{name: "cut behind the pixels", data: insert(good, end, imagetest.Chunk("tEXt", make([]byte, 99)))[:end+50], warns: []string{"chunk tEXt"}},
		{name: "no chunk behind the pixels", data: insert(good, end, []byte("\x00\x00\x00\x00....")), warns: []string{"where a chunk should be, is none"}},
		{name: "behind the end", data: append(bytes.Clone(good), "junk"...)},
		{name: "pixels in two", data: append(appendChunk(appendChunk(bytes.Clone(good[:pixels]), "IDAT", stream[:half]), "IDAT", stream[half:]), pngEnd...)},
		{name: "pixels in two, text between", data: append(appendChunk(appendChunk(appendChunk(bytes.Clone(good[:pixels]), "IDAT", stream[:half]), "tEXt", nil), "IDAT", stream[half:]), pngEnd...)},
		{name: "no pixels, then pixels", data: insert(good, pixels, imagetest.Chunk("IDAT", nil))},
		{name: "wrong Adler-32", data: with(flipped(stream, -3)), warns: []string{"the checksum of the pixels does not fit"}},
		{name: "no Adler-32", data: with(stream[:len(stream)-4]), warns: []string{"the checksum of the pixels does not fit"}},
		{name: "more pixels", data: with(imagetest.Deflate(append(bytes.Clone(picture.Rows), "more"...))), warns: []string{"data after the last pixel"}},
		{name: "more bytes behind the stream", data: with(append(bytes.Clone(stream), "more"...))},
		{name: "wrong head", data: with(flipped(stream, 1)), warns: []string{"the head of the compressed pixels"}},

		{name: "pixels of wrong checksum", data: flipped(good, end-1), err: "the checksum of chunk IDAT at byte 33 is wrong"},
		{name: "header of wrong checksum", data: flipped(good, pixels-1), err: "the checksum of chunk IHDR at byte 8"},
		{name: "palette of wrong checksum", data: insert(good, pixels, wronged("PLTE", make([]byte, 6))), err: "the checksum of chunk PLTE"},
		{name: "cut in the pixels", data: good[:end-28], err: "truncated: the last 28 bytes of chunk IDAT, which begins at byte 33, are missing"},
		{name: "cut before the pixels", data: good[:pixels], err: "truncated"},
		{name: "cut in the header", data: good[:20], err: "truncated: the last 13 bytes of chunk IHDR"},
		{name: "the signature alone", data: good[:8], err: "truncated"},
		{name: "unknown critical chunk", data: insert(good, pixels, imagetest.Chunk("ABCD", nil)), err: "unknown critical chunk ABCD at byte 33"},
		{name: "no header", data: append([]byte(pngSignature), good[pixels:]...), err: "the first chunk is IDAT"},
		{name: "second header", data: insert(good, pixels, imagetest.Chunk("IHDR", picture.Head())), err: "chunk IHDR at byte 33"},
		{name: "no chunk", data: insert(good, pixels, make([]byte, 8)), err: "at byte 33, where a chunk should be, is none"},
		{name: "too few rows", data: with(imagetest.Deflate(picture.Rows[:5*(1+3*w)+7])), err: "the compressed pixels end in row 6 of 16"},
		{name: "nonsense", data: with(append(bytes.Clone(stream[:2]), 0xff, 0xff, 0xff)), err: "the compressed pixels are damaged in row 1 of 16"},
		{name: "no stream", data: with(nil), err: "truncated: there are no pixels"},
		{name: "more pixels than bytes", data: big.Bytes(), err: "claims 8192 x 8192 pixels, more than"},
	}
	runDamaged(t, tests, colours, h, w, 3)
}

// Interlaced rows are mended as others are: the bytes of seven pictures.
func TestDamagedInterlacedPNG(t *testing.T) {
	for w := 1; w <= 9; w++ {
		for h := 1; h <= 9; h++ {
			picture := imagetest.PNG{Width: w, Height: h, Depth: 8, Kind: 0}
			want := make([]byte, w*h)
			for _, p := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
				for y := p[1]; y < h && p[0] < w; y += p[3] {
					picture.Rows = append(picture.Rows, 0)
					for x := p[0]; x < w; x += p[2] {
						want[y*w+x] = byte(100 + 10*y + x)
						picture.Rows = append(picture.Rows, want[y*w+x])
					}
				}
			}
			picture.Rows = append(picture.Rows, "more"...)
			data := picture.Bytes()
			data[8+8+12] = 1 // the way of interlacing
			binary.BigEndian.PutUint32(data[29:], binary.BigEndian.Uint32(imagetest.Chunk("IHDR", data[16:29])[21:]))
			p := read(t, data, Options{}, ndarray.UNorm8, h, w, 1)
			wantWarnings(t, p, "data after the last pixel")
			wantSamples(t, p, want)
		}
	}
}

// JPEG files likewise.
func TestDamagedJPEG(t *testing.T) {
	const w, h = 40, 24
	good := asJPEG(t, gradient(w, h))
	want := samples(&read(t, good, Options{}, ndarray.UNorm8, h, w, 3).Array)
	frame := bytes.Index(good, []byte{0xff, markerSOF0})
	tables := bytes.Index(good, []byte{0xff, markerDHT})
	scan := bytes.Index(good, []byte{0xff, markerSOS})
	sized := func(at int, size uint16) []byte {
		data := bytes.Clone(good)
		binary.BigEndian.PutUint16(data[frame+at:], size)
		return data
	}
	flat := sized(5, 0) // no height
	end := len(good) - 2
	dnl := func(lines uint16) []byte {
		return imagetest.Segment(markerDNL, binary.BigEndian.AppendUint16(nil, lines))
	}
	tests := []damaged{
		{name: "whole", data: good},
		{name: "no Huffman tables", data: append(bytes.Clone(good[:tables]), good[scan:]...)},
		{name: "height behind the scan", data: insert(flat, end, dnl(h))},
		{name: "both", data: append(bytes.Clone(flat[:tables]), insert(flat, end, dnl(h))[scan:]...)},
		{name: "no end", data: good[:end], warns: []string{"the end marker is missing"}},
		{name: "behind the end", data: append(bytes.Clone(good), "junk"...)},
		{name: "a thumbnail in EXIF data", data: insert(good, 2, imagetest.Segment(markerAPP1, []byte("Exif\x00\x00junk"), good))},
		{name: "filled before a marker", data: insert(good, frame, []byte{0xff, 0xff})},

		{name: "no height", data: flat, err: "40 columns and 0 rows"},
		{name: "no height behind the scan", data: insert(flat, end, dnl(0)), err: "40 columns and 0 rows"},
		{name: "no width", data: sized(7, 0), err: "0 columns and 24 rows"},
		{name: "cut in the pixels", data: good[:end-10], err: "truncated: the file ends within the pixels"},
		{name: "half", data: good[:scan+(end-scan)/2], err: "truncated: the file ends within the pixels"},
		{name: "cut in the tables", data: good[:tables+9], err: "truncated"},
		{name: "cut in its header", data: good[:30], err: "no frame header"},
		{name: "nothing", data: []byte("\xff\xd8\xff\xff\x00\x00\x00"), err: "no frame header"},
	}
	runDamaged(t, tests, want, h, w, 3)
}

// Pixels are refused before memory is taken for them.
func TestMaxPixels(t *testing.T) {
	data := (&imagetest.PNG{Width: 200, Height: 100, Depth: 1, Kind: 0, Rows: make([]byte, 100*26)}).Bytes()
	read(t, data, Options{MaxPixels: 200 * 100}, ndarray.UNorm8, 100, 200, 1)
	_, err := Decode(data, Options{MaxPixels: 200*100 - 1})
	wantError(t, err, "the PNG claims 200 x 100 pixels, which take 0.0 GB to decode; the limit is 19999 pixels")
	var size *SizeError
	if !errors.As(err, &size) || size.Bytes != 200*100*2 {
		t.Errorf("error %#v: want the bytes that decoding takes", err)
	}
}

// Nothing is decoded that the process has no memory for.
func TestTooMuchMemory(t *testing.T) {
	huge := []byte("P6 2000000000 2000000000 65535\n")
	_, err := Decode(huge, Options{})
	if !errors.Is(err, runtime.ErrMemory) {
		t.Errorf("error %v", err)
	}
}
