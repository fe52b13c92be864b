// Package imagefile reads pictures as arrays of shape (H,W,C) and writes such
// arrays as PNG and JPEG.
//
// C is 1 for grey, 2 for grey with alpha, 3 for RGB and 4 for RGB with alpha.
// The alpha is straight: colours are not multiplied by it. Palettes and CMYK
// become RGB. Samples are fractions of full scale: up to 8 bits are unorm8,
// fewer than 8 being scaled exactly, and up to 16 bits are unorm16. What a
// picture shows changes neither its dtype nor its shape; it may cause a
// warning. A [View] reads other parts of a picture, or the integers as stored.
//
// A picture that is to be turned or mirrored before it is shown, as its EXIF
// data say, comes as a view that is. Gamma and colour profiles are not applied.
//
// # The way of a format
//
// Its open reads the header, notes profile, resolution and orientation, and judges what is damaged;
// the size is checked before memory is taken; a decoder of the standard library or of x/image
// makes the pixels; they are taken as the format, not the picture, says; a part is chosen; strides
// turn it. What those decoders refuse and people have is mended before them, in the bytes: chunks
// that do not matter are left out, checksums that are known to be wrong are made right, Huffman
// tables that are implied are written out, a height comes to where it belongs. Components of a JPEG
// that differ in resolution as image/jpeg does not know, or whose restarts it looks for in the wrong
// place, are sorted into grey pictures without being decoded (jpegplanes.go). FuzzFilters compares
// with the decoders alone on all that they read.
//
// PNG is written by pngwrite.go, because image/png has no grey with alpha, drops an alpha that is 1
// throughout and writes no profile.
package imagefile

import (
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/stream"
)

// Format is a picture format.
type Format string

// The formats. PNG and JPEG are written, all are read.
const (
	PNG  Format = "PNG"
	JPEG Format = "JPEG"
	TIFF Format = "TIFF"
	BMP  Format = "BMP"
	WebP Format = "WebP"
	GIF  Format = "GIF"
	PNM  Format = "PNM" // the binary kinds: PBM, PGM and PPM
)

// formats says how files of each format begin, ? being any byte, and opens them.
var formats = []struct {
	Format
	magic string
	open  func(data []byte) (*source, error)
}{
	{PNG, pngSignature, openPNG},
	{JPEG, "\xff\xd8\xff", openJPEG},
	{TIFF, "II*\x00", openTIFF},
	{TIFF, "MM\x00*", openTIFF},
	{WebP, "RIFF????WEBP", openWebP},
	{GIF, "GIF87a", openGIF},
	{GIF, "GIF89a", openGIF},
	{BMP, "BM????\x00\x00\x00\x00", openBMP},
	{PNM, "P4\n", openPNM},
	{PNM, "P5\n", openPNM},
	{PNM, "P6\n", openPNM},
	{PNM, "P4 ", openPNM},
	{PNM, "P5 ", openPNM},
	{PNM, "P6 ", openPNM},
	{PNM, "P4\r", openPNM},
	{PNM, "P5\r", openPNM},
	{PNM, "P6\r", openPNM},
	{PNM, "P4\t", openPNM},
	{PNM, "P5\t", openPNM},
	{PNM, "P6\t", openPNM},
}

// Sniff returns the format that the data starts like, or "".
func Sniff(data []byte) Format {
	for _, f := range formats {
		if begins(data, f.magic) {
			return f.Format
		}
	}
	return ""
}

func begins(data []byte, magic string) bool {
	if len(data) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != data[i] {
			return false
		}
	}
	return true
}

// Picture is a picture that was read.
type Picture struct {
	Format Format
	View   View            // which part of it was read
	Array  bytearray.Array // of shape (H,W,C)
	Turned bool            // rows were columns in the file
	Meta
	Warnings []string // what may make it another picture than meant
}

// Channels says which channels the array has.
func (p *Picture) Channels() Channels { return Channels(p.Array.Shape[2]) }

// Meta is what a picture says of its samples beside them.
type Meta struct {
	Profile    []byte     // ICC profile, nil for none
	Resolution Resolution // of the picture as shown
}

// Options say how to read a picture.
type Options struct {
	View      View  // which part
	AsStored  bool  // turn and mirror nothing
	MaxPixels int64 // more are a *SizeError, 0 for any number
}

// source is a picture file whose header has been read.
type source struct {
	width, height int
	channels      int  // as the format says: 1 to 4
	stored        int  // samples of a pixel in the file, 1 for palettes
	max           int  // the largest that a stored sample can be
	palette       bool // stored samples are indexes
	inverted      bool // a stored 0 is white
	premultiplied bool // the colours are multiplied by alpha
	video         bool // luma goes from 16 to 235, as WebP has it
	lossy         bool // stored samples are near what was meant
	memory        int64
	orientation   int // as in EXIF, 1 to 8; 0 is 1
	Meta
	warnings []string

	decode func() (image.Image, error)
}

func (s *source) warnf(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// setMemory notes how much decoding takes, a pixel taking so many bytes in the
// decoder, for which the array is not counted.
func (s *source) setMemory(perPixel int) {
	pixels, each := int64(s.width)*int64(s.height), int64(perPixel+s.channels*s.size())
	if s.memory = pixels * each; pixels > math.MaxInt64/each {
		s.memory = math.MaxInt64
	}
}

// size returns the bytes of a sample.
func (s *source) size() int {
	if s.max > 0xff {
		return 2
	}
	return 1
}

// Decode reads a picture file.
func Decode(data []byte, o Options) (*Picture, error) {
	for _, f := range formats {
		if begins(data, f.magic) {
			return decode(f.Format, f.open, data, o)
		}
	}
	return nil, errors.New("not a picture that can be read")
}

func decode(format Format, open func([]byte) (*source, error), data []byte, o Options) (*Picture, error) {
	s, err := open(data)
	if err != nil {
		return nil, broken(format, err)
	}
	if err := s.check(format, int64(len(data)), o.MaxPixels); err != nil {
		return nil, err
	}
	img, err := s.decode()
	if err != nil {
		return nil, broken(format, err)
	}
	if size := img.Bounds().Size(); size != image.Pt(s.width, s.height) {
		return nil, fmt.Errorf("the %s is damaged: it has %d x %d pixels, its header says %d x %d", format, size.X, size.Y, s.width, s.height)
	}
	array, err := s.view(img, o.View)
	if err != nil {
		return nil, err
	}
	p := &Picture{Format: format, View: o.View, Array: array, Meta: s.Meta, Warnings: s.warnings}
	if !o.AsStored {
		p.turn(s.orientation)
	}
	return p, nil
}

// maxRatio bounds the pixels that a byte of a PNG or a JPEG can stand for: a
// deflated byte makes at most 1032 bytes of 8 one-bit pixels.
const maxRatio = 1032 * 8

// check refuses pictures that are not worth decoding, and those that the process does not
// have the memory for.
func (s *source) check(format Format, fileBytes, maxPixels int64) error {
	switch {
	case s.width < 1 || s.height < 1:
		return fmt.Errorf("the %s has no pixels: its header says %d x %d", format, s.width, s.height)
	case int64(s.width) > math.MaxInt32 || int64(s.height) > math.MaxInt32:
		return fmt.Errorf("the %s claims %d x %d pixels, more than any picture has", format, s.width, s.height)
	case (format == PNG || format == JPEG) && int64(s.width)*int64(s.height) > maxRatio*fileBytes:
		return fmt.Errorf("the %s claims %d x %d pixels, more than its %d bytes can hold", format, s.width, s.height, fileBytes)
	case maxPixels > 0 && int64(s.width)*int64(s.height) > maxPixels:
		return &SizeError{format, s.width, s.height, s.memory, maxPixels}
	}
	if err := stream.MayHold(s.memory); err != nil {
		return fmt.Errorf("the %s has %d x %d pixels: %w", format, s.width, s.height, err)
	}
	return nil
}

// SizeError is a picture of more pixels than it may have.
type SizeError struct {
	Format        Format
	Width, Height int
	Bytes         int64 // that decoding would take
	MaxPixels     int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("the %s claims %d x %d pixels, which take %.1f GB to decode; the limit is %d pixels",
		e.Format, e.Width, e.Height, float64(e.Bytes)/1e9, e.MaxPixels)
}

// unsupportedError is something in a file that is not read.
type unsupportedError struct{ what string }

func (e *unsupportedError) Error() string { return e.what + " are not supported" }

func unsupportedf(format string, args ...any) error {
	return &unsupportedError{fmt.Sprintf(format, args...)}
}

// advice is what to do with pictures that are not read.
const advice = "convert it with another program, to PNG for example"

func broken(format Format, err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the %s is truncated", format)
	case errors.Is(err, bmp.ErrUnsupported), errors.As(err, new(tiff.UnsupportedError)), errors.As(err, new(jpeg.UnsupportedError)), errors.As(err, new(*unsupportedError)):
		return fmt.Errorf("the %s can not be read: %w: %s", format, err, advice)
	}
	return fmt.Errorf("the %s can not be read: %w", format, err)
}

// others are what people have beside the formats, by their beginnings.
var others = []struct{ magic, name string }{
	{"????ftypheic", "HEIC"},
	{"????ftypheix", "HEIC"},
	{"????ftypmif1", "HEIC"},
	{"????ftypavif", "AVIF"},
	{"????ftypcrx ", "raw"},
	{"\x00\x00\x00\x0cjP  ", "JPEG 2000"},
	{"\xff\x4f\xff\x51", "JPEG 2000"},
	{"\x00\x00\x00\x0cJXL ", "JPEG XL"},
	{"\xff\x0a", "JPEG XL"},
	{"II+\x00", "BigTIFF"},
	{"MM\x00+", "BigTIFF"},
	{"8BPS", "Photoshop"},
	{"gimp xcf", "GIMP"},
	{"%PDF", "PDF"},
	{"<svg", "SVG"},
	{"<?xml", "XML (SVG)"},
	{"v/1\x01", "OpenEXR"},
	{"#?RADIANCE", "Radiance"},
	{"\x00\x00\x01\x00", "icon"},
	{"P1?", "PBM text"},
	{"P2?", "PGM text"},
	{"P3?", "PPM text"},
	{"P7\n", "PAM"},
}

// Other returns an error for data that start like a format that is not read, or nil.
func Other(data []byte) error {
	for _, f := range others {
		if begins(data, f.magic) {
			return fmt.Errorf("%s files are not read: %s", f.name, advice)
		}
	}
	return nil
}
