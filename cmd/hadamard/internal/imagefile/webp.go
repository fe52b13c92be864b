package imagefile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"

	"golang.org/x/image/webp"
)

// openWebP reads the chunks of a WebP file.
func openWebP(data []byte) (*source, error) {
	s := &source{channels: 3, max: 0xff}
	var canvas image.Point
	var frame []byte // the picture alone, in the simple format
	for rest := data[12:]; len(rest) >= 8; {
		name := string(rest[:4])
		n := int64(binary.LittleEndian.Uint32(rest[4:]))
		padded := min(8+n+n&1, int64(len(rest)))
		raw := rest[:padded]
		body := raw[8:min(8+n, int64(len(raw)))]
		switch {
		case name == "ANIM":
			return nil, unsupportedf("animations")
		case name == "VP8X" && len(body) == 10:
			size := func(at int) int { return 1 + (int(body[at]) | int(body[at+1])<<8 | int(body[at+2])<<16) }
			canvas = image.Pt(size(4), size(7))
			if body[0]&0x10 != 0 {
				s.channels = 4
			}
		case name == "VP8 ":
			s.lossy, s.video = true, true
			frame = simpleWebP(raw)
		case name == "VP8L":
			// Bit 28 behind the signature says whether there is an alpha.
			if s.channels = 3; len(body) >= 5 && body[4]&0x10 != 0 {
				s.channels = 4
			}
			frame = simpleWebP(raw)
		case name == "ICCP":
			s.Profile = bytes.Clone(body)
		case name == "EXIF":
			body, _ := bytes.CutPrefix(body, []byte("Exif\x00\x00"))
			s.takeEXIF(body)
		}
		rest = rest[padded:]
	}
	config, err := webp.DecodeConfig(bytes.NewReader(frame))
	if err != nil {
		return nil, err
	}
	s.width, s.height, s.stored = config.Width, config.Height, s.channels
	if canvas != (image.Point{}) && canvas != image.Pt(s.width, s.height) {
		// An alpha of the other size would take memory that was not counted.
		return nil, fmt.Errorf("it is of %d x %d pixels, and its picture of %d x %d", canvas.X, canvas.Y, s.width, s.height)
	}
	s.setMemory(8)
	s.decode = func() (image.Image, error) { return webp.Decode(bytes.NewReader(data)) }
	return s, nil
}

// simpleWebP returns a file of one chunk.
func simpleWebP(chunk []byte) []byte {
	file := append([]byte("RIFF\x00\x00\x00\x00WEBP"), chunk...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}
