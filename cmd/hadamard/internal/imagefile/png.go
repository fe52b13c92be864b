package imagefile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

const oneFrame = "only the first of several frames is read"

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngChunk is a chunk of a PNG file, which lies at byte at.
type pngChunk struct {
	name string
	data []byte
	raw  []byte // with length, name and checksum
	at   int
}

// pngFile is what the decoder needs of a PNG file.
type pngFile struct {
	header []byte // of IHDR
	before []byte // the chunks before the pixels, with the signature
	pixels []pngChunk
}

// openPNG reads the chunks of a PNG file. It hands on to the decoder those that
// make the picture, and none else, so that damage to others does no harm.
func openPNG(data []byte) (*source, error) {
	s := new(source)
	file := &pngFile{before: []byte(pngSignature)}
	transparent, ended := false, false
	for at := len(pngSignature); at < len(data) && !ended; {
		c, err := nextChunk(data, at)
		if err == nil && crc32.ChecksumIEEE(c.raw[4:len(c.raw)-4]) != binary.BigEndian.Uint32(c.raw[len(c.raw)-4:]) {
			err = fmt.Errorf("the checksum of chunk %s at byte %d is wrong", c.name, at)
		}
		if err == nil && file.header == nil && c.name != "IHDR" {
			err = fmt.Errorf("the first chunk is %s, not IHDR", c.name)
		}
		if err != nil {
			// What is not needed for the pixels is left out.
			beyond := len(file.pixels) > 0 && c.name != "IDAT"
			if !beyond && (c.raw == nil || isCritical(c.name)) {
				return nil, err
			}
			s.warnf("%v: %s", err, consequence(c.name))
			if c.raw == nil {
				ended = true
				break
			}
			at += len(c.raw)
			ended = c.name == "IEND"
			continue
		}
		at += len(c.raw)
		switch c.name {
		case "IHDR":
			if file.header != nil || len(c.data) != 13 {
				return nil, fmt.Errorf("chunk IHDR at byte %d is of %d bytes, or not the first", c.at, len(c.data))
			}
			file.header = c.data
			file.before = append(file.before, c.raw...)
		case "PLTE":
			file.before = append(file.before, c.raw...)
		case "tRNS":
			transparent = true
			file.before = append(file.before, c.raw...)
		case "IDAT":
			file.pixels = append(file.pixels, c)
		case "IEND":
			ended = true
		case "eXIf":
			s.takeEXIF(c.data)
		case "acTL":
			if len(c.data) == 8 && binary.BigEndian.Uint32(c.data) > 1 {
				s.warnf(oneFrame)
			}
		case "pHYs":
			s.Resolution = parsePHYs(c.data)
		case "iCCP":
			if s.Profile, err = parseICCP(c.data); err != nil {
				s.warnf("the colour profile is left out: %v", err)
			}
		default:
			if isCritical(c.name) {
				return nil, fmt.Errorf("unknown critical chunk %s at byte %d, without which the picture is another", c.name, c.at)
			}
		}
	}
	switch {
	case len(file.pixels) == 0:
		return nil, io.ErrUnexpectedEOF
	case !ended:
		s.warnf("the end, chunk IEND, is missing; the pixels are all there")
	}
	s.decode = func() (image.Image, error) { return file.decode(s) }
	return s, file.describe(s, transparent)
}

// nextChunk returns the chunk at byte at. Of one that is cut short it returns
// the name and an error.
func nextChunk(data []byte, at int) (pngChunk, error) {
	c := pngChunk{at: at}
	rest := data[at:]
	if len(rest) < 8 {
		return c, fmt.Errorf("truncated: the file ends in the head of a chunk at byte %d", at)
	}
	for _, b := range rest[4:8] {
		if lower := b | 0x20; lower < 'a' || lower > 'z' {
			return c, fmt.Errorf("at byte %d, where a chunk should be, is none", at)
		}
	}
	c.name = string(rest[4:8])
	n := uint64(binary.BigEndian.Uint32(rest))
	if n+12 > uint64(len(rest)) {
		return c, fmt.Errorf("truncated: the last %d bytes of chunk %s, which begins at byte %d, are missing", n+12-uint64(len(rest)), c.name, at)
	}
	c.data, c.raw = rest[8:8+n], rest[:12+n]
	return c, nil
}

// isCritical reports whether a decoder must know the chunk.
func isCritical(name string) bool { return name != "" && name[0]&0x20 == 0 }

// consequence says what it means that a chunk is left out.
func consequence(name string) string {
	switch name {
	case "tRNS":
		return "the picture is read without its transparency"
	case "iCCP":
		return "its colour profile is left out"
	case "eXIf":
		return "it is not turned as it may say"
	case "", "IEND":
		return "the pixels are all there"
	}
	return "it is left out, the pixels are all there"
}

// describe takes what IHDR says.
func (f *pngFile) describe(s *source, transparent bool) error {
	w, h := binary.BigEndian.Uint32(f.header), binary.BigEndian.Uint32(f.header[4:])
	if w == 0 || h == 0 || int32(w) < 0 || int32(h) < 0 {
		return fmt.Errorf("it claims %d x %d pixels", w, h)
	}
	s.width, s.height = int(w), int(h)
	depth, kind := f.header[8], f.header[9]
	if depth > 16 {
		return fmt.Errorf("%d bits a sample", depth)
	}
	s.max = 1<<depth - 1
	switch kind {
	case 0:
		s.channels, s.stored = 1, 1
	case 2:
		s.channels, s.stored = 3, 3
	case 3:
		s.channels, s.stored = 3, 1
		s.palette = true
	case 4:
		s.channels, s.stored = 2, 2
	case 6:
		s.channels, s.stored = 4, 4
	default:
		return fmt.Errorf("colour type %d is unknown", kind)
	}
	perPixel := 4 * s.size()
	if transparent && kind <= 3 {
		s.channels++
	} else if kind == 0 || kind == 3 {
		perPixel = s.size()
	}
	s.setMemory(perPixel)
	return nil
}

// decode decodes the pixels. Streams that the decoder refuses are looked at
// more closely.
func (f *pngFile) decode(s *source) (image.Image, error) {
	parts := []io.Reader{bytes.NewReader(f.before)}
	for _, c := range f.pixels {
		parts = append(parts, bytes.NewReader(c.raw))
	}
	parts = append(parts, bytes.NewReader(pngEnd))
	img, err := png.Decode(io.MultiReader(parts...))
	if err == nil || errors.As(err, new(png.UnsupportedError)) {
		return img, err
	}
	mended := newMendedIDAT(f)
	img, mendedErr := png.Decode(io.MultiReader(bytes.NewReader(f.before), mended, bytes.NewReader(pngEnd)))
	switch {
	case mended.err != nil:
		return nil, mended.err
	case mendedErr != nil:
		return nil, err
	}
	s.warnings = append(s.warnings, mended.warnings...)
	return img, nil
}

var pngEnd = appendChunk(nil, "IEND", nil)

// appendChunk appends a chunk.
func appendChunk(out []byte, name string, data []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	at := len(out)
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[at:]))
}

// parsePHYs reads a resolution with a unit.
func parsePHYs(data []byte) Resolution {
	if len(data) != 9 || data[8] != 1 {
		return Resolution{}
	}
	return Resolution{float64(binary.BigEndian.Uint32(data)), float64(binary.BigEndian.Uint32(data[4:]))}.times(1)
}

// maxProfile bounds a profile's size; those of printers have a few megabytes.
const maxProfile = 64 << 20

// parseICCP reads a profile: a name, a method and deflated bytes.
func parseICCP(data []byte) ([]byte, error) {
	_, rest, ok := bytes.Cut(data, []byte{0})
	if !ok || len(rest) == 0 || rest[0] != 0 {
		return nil, errors.New("chunk iCCP is no profile")
	}
	r, err := zlib.NewReader(bytes.NewReader(rest[1:]))
	if err != nil {
		return nil, fmt.Errorf("chunk iCCP: %w", err)
	}
	profile, err := io.ReadAll(io.LimitReader(r, maxProfile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("chunk iCCP: %w", err)
	case len(profile) > maxProfile:
		return nil, errors.New("chunk iCCP is larger than any profile")
	}
	return profile, nil
}
