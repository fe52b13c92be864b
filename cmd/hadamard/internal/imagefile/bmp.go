package imagefile

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/bmp"
)

// openBMP reads the header of a BMP file. Only headers longer than the usual
// 40 bytes say that there is an alpha, and where.
func openBMP(data []byte) (*source, error) {
	config, err := bmp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	// The config was read, so there are 54 bytes and more.
	length, bits := binary.LittleEndian.Uint32(data[14:]), binary.LittleEndian.Uint16(data[28:])
	s := &source{width: config.Width, height: config.Height, channels: 3, stored: 3, max: 0xff}
	perPixel := 4
	switch {
	case bits <= 8:
		s.palette, s.stored, s.max = true, 1, 1<<bits-1
		perPixel = 1
	case bits == 32 && length > 40 && len(data) >= 70 && binary.LittleEndian.Uint32(data[66:]) != 0:
		s.channels, s.stored = 4, 4
	}
	s.setMemory(perPixel)
	perMetre := func(at int) float64 { return float64(int32(binary.LittleEndian.Uint32(data[at:]))) }
	s.Resolution = Resolution{perMetre(38), perMetre(42)}.times(1)
	s.decode = func() (image.Image, error) { return bmp.Decode(bytes.NewReader(data)) }
	return s, nil
}
