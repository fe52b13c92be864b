package imagefile

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"strconv"
)

// openPNM reads the header of a binary PBM, PGM or PPM file.
func openPNM(data []byte) (*source, error) {
	rest := data[2:]
	number := func() (int, error) {
		for len(rest) > 0 {
			if rest[0] == '#' {
				_, rest, _ = bytes.Cut(rest, []byte{'\n'})
			} else if bytes.IndexByte([]byte(" \t\r\n\v\f"), rest[0]) >= 0 {
				rest = rest[1:]
			} else {
				break
			}
		}
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		value, err := strconv.Atoi(string(rest[:n]))
		if err != nil {
			return 0, errors.New("its header is damaged")
		}
		rest = rest[n:]
		return value, nil
	}
	var sizes [3]int // width, height, largest sample
	sizes[2] = 1
	n := 3
	if data[1] == '4' {
		n = 2
	}
	for i := range n {
		var err error
		if sizes[i], err = number(); err != nil {
			return nil, err
		}
	}
	const most = 1<<31 - 1
	w, h := sizes[0], sizes[1]
	if w < 1 || h < 1 || w > most || h > most || sizes[2] < 1 || sizes[2] > 0xffff {
		return nil, fmt.Errorf("its header says %d columns, %d rows and samples up to %d", w, h, sizes[2])
	}
	if len(rest) > 0 {
		rest = rest[1:] // one blank
	}
	s := &source{width: w, height: h, channels: 1, max: sizes[2]}
	if data[1] == '6' {
		s.channels = 3
	}
	s.stored = s.channels
	s.inverted = data[1] == '4'
	s.setMemory((s.channels + s.channels/3) * s.size())
	s.decode = func() (image.Image, error) { return s.decodePNM(rest) }
	return s, nil
}

// decodePNM takes the samples, scaled as those of other formats are.
func (s *source) decodePNM(data []byte) (image.Image, error) {
	n := s.width * s.channels // of a row
	row := n * s.size()
	if s.inverted {
		row = (n + 7) / 8
	}
	if len(data)/row < s.height {
		return nil, fmt.Errorf("truncated: it has %d of %d rows", len(data)/row, s.height)
	}
	// Colours get the fourth sample that package image has.
	alpha := bytes.Repeat([]byte{0xff}, s.size())
	pix := make([]byte, 0, s.width*s.height*s.size()*(s.channels+s.channels/3))
	for y := range s.height {
		line := data[y*row : (y+1)*row]
		for i := range n {
			switch {
			case s.inverted:
				pix = append(pix, line[i/8]>>(7-i%8)&1-1)
			case s.size() == 1:
				pix = append(pix, byte(scale(int(line[i]), s.max, 0xff)))
			default:
				v := scale(int(line[2*i])<<8|int(line[2*i+1]), s.max, 0xffff)
				pix = append(pix, byte(v>>8), byte(v))
			}
			if s.channels == 3 && i%3 == 2 {
				pix = append(pix, alpha...)
			}
		}
	}
	rect, stride := image.Rect(0, 0, s.width, s.height), len(pix)/s.height
	switch {
	case s.channels == 1 && s.size() == 1:
		return &image.Gray{Pix: pix, Stride: stride, Rect: rect}, nil
	case s.channels == 1:
		return &image.Gray16{Pix: pix, Stride: stride, Rect: rect}, nil
	case s.size() == 1:
		return &image.RGBA{Pix: pix, Stride: stride, Rect: rect}, nil
	}
	return &image.RGBA64{Pix: pix, Stride: stride, Rect: rect}, nil
}
