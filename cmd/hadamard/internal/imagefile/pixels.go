package imagefile

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// fractionOf returns the dtype of fractions of so many bytes.
func fractionOf(size int) ndarray.DType {
	if size == 2 {
		return ndarray.UNorm16
	}
	return ndarray.UNorm8
}

// integerOf returns the dtype of stored integers of so many bytes.
func integerOf(size int) ndarray.DType {
	if size == 2 {
		return ndarray.Uint16
	}
	return ndarray.Uint8
}

// scale returns v of from as the nearest fraction of to.
func scale(v, from, to int) int {
	return int((int64(min(v, from))*int64(to) + int64(from)/2) / int64(from))
}

// fractions takes the samples of a decoded picture, with as many channels as
// the format says.
func (s *source) fractions(img image.Image) (bytearray.Array, error) {
	switch img := img.(type) {
	case *image.Gray:
		return s.pick(s.channels, 1, 1, img.Pix, img.Stride)
	case *image.Gray16:
		return s.pick(s.channels, 2, 1, img.Pix, img.Stride)
	case *image.RGBA:
		if s.premultiplied {
			return s.pick(s.channels, 1, 4, straight(img), img.Stride)
		}
		return s.pick(s.channels, 1, 4, img.Pix, img.Stride)
	case *image.RGBA64:
		if s.premultiplied {
			return s.pick(s.channels, 2, 4, straight64(img), img.Stride)
		}
		return s.pick(s.channels, 2, 4, img.Pix, img.Stride)
	case *image.NRGBA:
		return s.pick(s.channels, 1, 4, img.Pix, img.Stride)
	case *image.NRGBA64:
		return s.pick(s.channels, 2, 4, img.Pix, img.Stride)
	case *image.Paletted:
		return s.expand(img), nil
	case *image.NYCbCrA:
		return s.drawn(&img.YCbCr, img.A, img.AStride), nil
	}
	return s.drawn(img, nil, 0), nil
}

// pick takes c channels of pictures that keep n samples of size bytes for a
// pixel: grey, or colours and alpha. Alpha is the last of both.
func (s *source) pick(c, size, n int, pix []byte, stride int) (bytearray.Array, error) {
	whole, step := c == n && stride == s.width*n*size, 1
	if c == 2 {
		step = n - 1
	}
	a := bytearray.Packed(fractionOf(size), []int{s.height, s.width, c}, false, nil)
	if whole {
		a.Data = pix[:s.height*stride]
	} else {
		a.Data = make([]byte, a.Len()*size)
	}
	from := bytearray.Array{DType: a.DType, Data: pix, Swapped: size > 1 && binary.NativeEndian.Uint16([]byte{0, 1}) != 1}
	if whole && !from.Swapped {
		return a, nil
	}
	return a, from.Gather(a.Data, 0, a.Shape, []int{stride / size, n, step})
}

// expand looks colours up.
func (s *source) expand(img *image.Paletted) bytearray.Array {
	c := s.channels
	var colours [256][4]byte
	for i := range colours {
		colours[i][3] = 0xff // as an index without a colour is opaque black
	}
	for i, p := range img.Palette {
		q := color.NRGBAModel.Convert(p).(color.NRGBA)
		colours[i] = [4]byte{q.R, q.G, q.B, q.A}
	}
	data := make([]byte, 0, s.height*s.width*c)
	for y := range s.height {
		for _, index := range img.Pix[y*img.Stride:][:s.width] {
			data = append(data, colours[index][:c]...)
		}
	}
	return bytearray.Packed(fractionOf(1), []int{s.height, s.width, c}, false, data)
}

// drawn converts other colour models to RGB, a few rows at a time, and adds a
// plane of alpha.
func (s *source) drawn(img image.Image, alpha []byte, alphaStride int) bytearray.Array {
	const rows = 16
	c := s.channels
	data := make([]byte, 0, s.height*s.width*c)
	strip := image.NewRGBA(image.Rect(0, 0, s.width, rows))
	from := img.Bounds().Min
	for top := 0; top < s.height; top += rows {
		n := min(rows, s.height-top)
		at := from.Add(image.Pt(0, top))
		if yuv, is := img.(*image.YCbCr); is && s.video {
			drawVideo(strip, yuv, at, n)
		} else {
			draw.Draw(strip, image.Rect(0, 0, s.width, n), img, at, draw.Src)
		}
		for i := range n * s.width {
			data = append(data, strip.Pix[4*i:][:c]...)
			if c == 4 {
				data[len(data)-1] = 0xff
				if alpha != nil {
					data[len(data)-1] = alpha[(top+i/s.width)*alphaStride+i%s.width]
				}
			}
		}
	}
	return bytearray.Packed(fractionOf(1), []int{s.height, s.width, c}, false, data)
}

// drawVideo converts n rows as WebP defines its colours: ITU-R BT.601 with
// luma from 16 to 235 and chroma from 16 to 240. Package image knows the full
// range alone.
func drawVideo(strip *image.RGBA, img *image.YCbCr, at image.Point, n int) {
	// The factors in 1/2^16.
	const luma, red, greenB, greenR, blue = 76309, 104597, 25675, 53279, 132201
	for y := range n {
		row := strip.Pix[y*strip.Stride:]
		for x := range strip.Rect.Dx() {
			i, j := img.YOffset(at.X+x, at.Y+y), img.COffset(at.X+x, at.Y+y)
			l := luma*(int(img.Y[i])-16) + 1<<15
			b, r := int(img.Cb[j])-128, int(img.Cr[j])-128
			for k, v := range [4]int{l + red*r, l - greenB*b - greenR*r, l + blue*b, 0xff << 16} {
				row[4*x+k] = byte(max(0, min(v>>16, 0xff)))
			}
		}
	}
}

// straight divides the colours by alpha.
func straight(img *image.RGBA) []byte {
	for i := 0; i+4 <= len(img.Pix); i += 4 {
		p := img.Pix[i : i+4]
		for k, v := range p[:3] {
			if p[3] != 0 {
				p[k] = byte(scale(int(v), int(p[3]), 0xff))
			}
		}
	}
	return img.Pix
}

// straight64 is straight for 16 bits.
func straight64(img *image.RGBA64) []byte {
	for i := 0; i+8 <= len(img.Pix); i += 8 {
		p := img.Pix[i : i+8]
		alpha := int(binary.BigEndian.Uint16(p[6:]))
		for k := 0; k < 6 && alpha != 0; k += 2 {
			v := scale(int(binary.BigEndian.Uint16(p[k:])), alpha, 0xffff)
			binary.BigEndian.PutUint16(p[k:], uint16(v))
		}
	}
	return img.Pix
}

// integers takes the samples as the file has them: the indexes of a palette,
// and without what a format only says of transparency.
func (s *source) integers(img image.Image) (a bytearray.Array, err error) {
	if indexes, is := img.(*image.Paletted); is && s.palette {
		a, err = s.pick(1, 1, 1, indexes.Pix, indexes.Stride)
	} else {
		s.premultiplied = false // and stay so
		a, err = s.fractions(img)
		if s.stored < s.channels {
			a = a.Narrow(2, 0, s.stored)
		}
	}
	if err != nil {
		return a, err
	}
	return s.asIntegers(a), nil
}

// asIntegers undoes the scaling to fractions, in place.
func (s *source) asIntegers(a bytearray.Array) bytearray.Array {
	size := a.DType.Size()
	a.DType = integerOf(size)
	full := 1<<(8*size) - 1
	if s.palette || s.max == full && !s.inverted {
		return a
	}
	undo := func(v int) int {
		if v = scale(v, full, s.max); s.inverted {
			v = s.max - v
		}
		return v
	}
	if size == 1 {
		for i, v := range a.Data {
			a.Data[i] = byte(undo(int(v)))
		}
		return a
	}
	for i := 0; i+2 <= len(a.Data); i += 2 {
		v := undo(int(binary.NativeEndian.Uint16(a.Data[i:])))
		binary.NativeEndian.PutUint16(a.Data[i:], uint16(v))
	}
	return a
}
