package imagefile

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
)

// openGIF reads the first frame of a GIF file.
func openGIF(data []byte) (*source, error) {
	config, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &source{width: config.Width, height: config.Height, channels: 3, stored: 1, max: 0xff, palette: true}
	s.setMemory(2)
	frames, table := parseGIF(data)
	if frames > 1 {
		s.warnf(oneFrame)
	}
	s.decode = func() (image.Image, error) {
		img, err := gif.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		frame := img.(*image.Paletted)
		s.max = max(1, len(frame.Palette)-1)
		// The decoder marks the colour that the format calls transparent, and forgets it.
		for i, c := range frame.Palette {
			if _, _, _, a := c.RGBA(); a == 0 {
				s.channels = 4
				if len(table) >= 3*i+3 {
					frame.Palette[i] = color.NRGBA{table[3*i], table[3*i+1], table[3*i+2], 0}
				}
			}
		}
		all := image.Rect(0, 0, s.width, s.height)
		if frame.Rect == all {
			return frame, nil
		}
		s.channels = 4
		return spread(frame, all), nil
	}
	return s, nil
}

// parseGIF counts the frames of a GIF file, up to two, as far as it is whole, and returns
// the colours of the first.
func parseGIF(data []byte) (frames int, colours []byte) {
	take := func(at, n int) []byte { return data[min(at, len(data)):min(at+n, len(data))] }
	skip := func(n int) { data = data[min(n, len(data)):] }
	byteAt := func(i int) int {
		if i >= len(data) {
			return 0
		}
		return int(data[i])
	}
	// A table of colours has 2 to 256 of three bytes, if there is one.
	table := func(flags int) int {
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (1 + flags&7)
	}
	blocks := func() {
		for byteAt(0) > 0 {
			skip(1 + byteAt(0))
		}
		skip(1)
	}
	colours = take(13, table(byteAt(10)))
	skip(13 + len(colours))
	for {
		switch byteAt(0) {
		case 0x21: // an extension
			skip(2)
			blocks()
		case 0x2c: // a frame: ten bytes, a table, a size and what is coded
			if frames++; frames > 1 {
				return frames, colours
			}
			if n := table(byteAt(9)); n > 0 {
				colours = take(10, n)
			}
			skip(11 + table(byteAt(9)))
			blocks()
		default:
			return frames, colours
		}
	}
}

// spread puts a frame into a larger picture, which is transparent around it
// unless the frame uses up all colours that a palette can have.
func spread(frame *image.Paletted, all image.Rectangle) *image.Paletted {
	clear := -1
	for i, c := range frame.Palette {
		if _, _, _, a := c.RGBA(); a == 0 {
			clear = i
		}
	}
	palette := frame.Palette
	if clear < 0 {
		clear = 0
		if len(palette) < 256 {
			clear = len(palette)
			palette = append(palette[:clear:clear], color.RGBA{})
		}
	}
	out := image.NewPaletted(all, palette)
	for i := range out.Pix {
		out.Pix[i] = byte(clear)
	}
	for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
		copy(out.Pix[out.PixOffset(frame.Rect.Min.X, y):], frame.Pix[frame.PixOffset(frame.Rect.Min.X, y):][:frame.Rect.Dx()])
	}
	return out
}
