// Package imagefile reads PNG and JPEG pictures as arrays of shape (H,W,C) and
// writes such arrays as pictures.
//
// C is 1 for grey, 3 for RGB and 4 for RGB with alpha. The alpha is straight:
// colours are not multiplied by it, as in the PNG format itself. Palettes and
// CMYK become grey or RGB. Eight bits or fewer per channel are uint8, sixteen
// are uint16. The pixels are taken as they are stored: gamma, colour profiles
// and the orientation in EXIF data are ignored.
//
// A grey picture is a mask, and read as bool, if every pixel is either 0 or one
// single other value, and at least one is 0 or the other value is white. So
// black and white pictures are masks, all black and all white ones included,
// and so are label pictures of 0 and 1.
package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
)

// Format is a picture format.
type Format string

// The formats.
const (
	PNG  Format = "PNG"
	JPEG Format = "JPEG"
)

// Sniff returns the format that the data starts like, or "".
func Sniff(data []byte) Format {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return JPEG
	}
	return ""
}

// maxRatio bounds the pixels that a byte of a picture can stand for: a deflated
// byte makes at most 1032 bytes of 8 one-bit pixels.
const maxRatio = 1032 * 8

// Decode returns the pixels of a PNG or JPEG file, of shape (H,W,C).
func Decode(data []byte) (ndarray.Array, error) {
	decodeConfig, decode := png.DecodeConfig, png.Decode
	format := Sniff(data)
	switch format {
	case PNG:
		// as above
	case JPEG:
		decodeConfig, decode = jpeg.DecodeConfig, jpeg.Decode
	default:
		return ndarray.Array{}, errors.New("neither a PNG nor a JPEG picture")
	}
	config, err := decodeConfig(bytes.NewReader(data))
	if err != nil {
		return ndarray.Array{}, broken(format, err)
	}
	if int64(config.Width)*int64(config.Height) > maxRatio*int64(len(data)) {
		return ndarray.Array{}, fmt.Errorf("%s claims %d x %d pixels, more than its %d bytes can hold", format, config.Width, config.Height, len(data))
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return ndarray.Array{}, broken(format, err)
	}
	a := fromImage(img)
	if isMask(&a) {
		a = maskOf(&a)
	}
	return a, nil
}

func broken(format Format, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s is truncated", format)
	}
	return fmt.Errorf("broken %s: %w", format, err)
}

// fromImage takes the pixels out of what the decoders return.
func fromImage(img image.Image) ndarray.Array {
	switch img := img.(type) {
	case *image.Gray:
		return take(img.Rect, ndarray.Uint8, 1, img.Pix, img.Stride, 1)
	case *image.Gray16:
		return take(img.Rect, ndarray.Uint16, 1, img.Pix, img.Stride, 1)
	case *image.RGBA: // the decoder's word for opaque
		return take(img.Rect, ndarray.Uint8, 3, img.Pix, img.Stride, 4)
	case *image.RGBA64:
		return take(img.Rect, ndarray.Uint16, 3, img.Pix, img.Stride, 4)
	case *image.NRGBA:
		return take(img.Rect, ndarray.Uint8, 4, img.Pix, img.Stride, 4)
	case *image.NRGBA64:
		return take(img.Rect, ndarray.Uint16, 4, img.Pix, img.Stride, 4)
	case *image.Paletted:
		return fromPaletted(img)
	}
	// YCbCr and CMYK.
	rgba := image.NewRGBA(img.Bounds())
	draw.Draw(rgba, rgba.Rect, img, rgba.Rect.Min, draw.Src)
	return fromImage(rgba)
}

// take copies the first c of every n channels and turns 16-bit words, which
// package image keeps big-endian, to the machine's order.
func take(rect image.Rectangle, dtype ndarray.DType, c int, pix []byte, stride, n int) ndarray.Array {
	h, w, size := rect.Dy(), rect.Dx(), dtype.Size()
	data := make([]byte, h*w*c*size)
	shape := []int{h, w, c}
	swapped := size > 1 && binary.NativeEndian.Uint16([]byte{0, 1}) != 1
	ndarray.Gather(data, pix, dtype, swapped, shape, []int{stride / size, n, 1})
	return ndarray.Packed(dtype, shape, false, data)
}

// fromPaletted expands a palette to grey if all its colours are, else to RGB,
// with alpha if any of them is not opaque.
func fromPaletted(img *image.Paletted) ndarray.Array {
	c := 1
	colors := make([][4]byte, len(img.Palette))
	for i, p := range img.Palette {
		q := color.NRGBAModel.Convert(p).(color.NRGBA)
		colors[i] = [4]byte{q.R, q.G, q.B, q.A}
		switch {
		case q.A != 0xff:
			c = 4
		case c == 1 && (q.R != q.G || q.G != q.B):
			c = 3
		}
	}
	h, w := img.Rect.Dy(), img.Rect.Dx()
	data := make([]byte, 0, h*w*c)
	for y := range h {
		for _, index := range img.Pix[y*img.Stride : y*img.Stride+w] {
			data = append(data, colors[index][:c]...)
		}
	}
	return ndarray.Packed(ndarray.Uint8, []int{h, w, c}, false, data)
}

// isMask reports whether the picture is a mask, as the package comment says.
func isMask(a *ndarray.Array) bool {
	if a.Shape[2] != 1 {
		return false
	}
	size := a.DType.Size()
	white := bytes.Repeat([]byte{0xff}, size)
	zero := make([]byte, size)
	var other []byte
	zeros := false
	for at := 0; at < len(a.Data); at += size {
		switch pixel := a.Data[at : at+size]; {
		case bytes.Equal(pixel, zero):
			zeros = true
		case other == nil:
			other = pixel
		case !bytes.Equal(pixel, other):
			return false
		}
	}
	return zeros || bytes.Equal(other, white)
}

func maskOf(a *ndarray.Array) ndarray.Array {
	size := a.DType.Size()
	data := make([]byte, len(a.Data)/size)
	for i := range data {
		for _, b := range a.Data[i*size : (i+1)*size] {
			data[i] |= b
		}
	}
	ndarray.Clean(data)
	return ndarray.Packed(ndarray.Bool, a.Shape, false, data)
}

// Check returns an error if the format can not hold an array of the dtype and
// shape. Both hold (H,W), (H,W,1) and (H,W,3), PNG also (H,W,4); both hold
// uint8 and bool (as black and white), PNG also uint16.
func Check(format Format, dtype ndarray.DType, shape []int) error {
	switch {
	case dtype == ndarray.Uint8, dtype == ndarray.Bool:
	case dtype == ndarray.Uint16 && format == PNG:
	case format == PNG:
		return fmt.Errorf("a PNG holds uint8, uint16 or bool, not %s", dtype)
	default:
		return fmt.Errorf("a JPEG holds uint8 or bool, not %s", dtype)
	}
	channels := 1
	if len(shape) == 3 {
		channels = shape[2]
	}
	if len(shape) != 2 && len(shape) != 3 || channels != 1 && channels != 3 && (channels != 4 || format != PNG) {
		alpha := " or (H,W,4)"
		if format != PNG {
			alpha = ""
		}
		return fmt.Errorf("a %s has shape (H,W), (H,W,1) or (H,W,3)%s, not %s", format, alpha, broadcast.FormatShape(shape))
	}
	limit := 1<<31 - 1
	if format == JPEG {
		limit = 1<<16 - 1
	}
	if h, w := shape[0], shape[1]; h < 1 || w < 1 || h > limit || w > limit {
		return fmt.Errorf("a %s has 1 to %d rows and columns, not %d x %d", format, limit, h, w)
	}
	return nil
}

// DefaultQuality is the quality of JPEG files, 1 to 100, unless asked otherwise.
const DefaultQuality = 92

// Encode writes an array as a picture; Check says which it can. The data must
// be in C order and the machine's byte order. PNG drops an alpha channel that
// is opaque everywhere.
func Encode(w io.Writer, format Format, a *ndarray.Array, quality int) error {
	if err := Check(format, a.DType, a.Shape); err != nil {
		return err
	}
	img := toImage(a)
	if format == JPEG {
		return jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
	}
	return png.Encode(w, img)
}

func toImage(a *ndarray.Array) image.Image {
	rect := image.Rect(0, 0, a.Shape[1], a.Shape[0])
	channels := 1
	if len(a.Shape) == 3 {
		channels = a.Shape[2]
	}
	pix, size := a.Data, a.DType.Size()
	switch {
	case a.DType == ndarray.Bool:
		pix = make([]byte, len(a.Data))
		for i, b := range a.Data {
			if b != 0 {
				pix[i] = 0xff
			}
		}
	case size == 2 && binary.NativeEndian.Uint16([]byte{0, 1}) != 1:
		pix = bytes.Clone(pix)
		ndarray.Swap(pix, 2)
	}
	if channels == 3 {
		pix = addAlpha(pix, 3*size, size)
	}
	stride := rect.Dx() * size
	switch {
	case channels == 1 && size == 1:
		return &image.Gray{Pix: pix, Stride: stride, Rect: rect}
	case channels == 1:
		return &image.Gray16{Pix: pix, Stride: stride, Rect: rect}
	case channels == 3 && size == 1:
		return &image.RGBA{Pix: pix, Stride: 4 * stride, Rect: rect}
	case channels == 3:
		return &image.RGBA64{Pix: pix, Stride: 4 * stride, Rect: rect}
	case size == 1:
		return &image.NRGBA{Pix: pix, Stride: 4 * stride, Rect: rect}
	}
	return &image.NRGBA64{Pix: pix, Stride: 4 * stride, Rect: rect}
}

// addAlpha puts an opaque alpha of size bytes behind every pixel.
func addAlpha(pix []byte, pixel, size int) []byte {
	out := bytes.Repeat([]byte{0xff}, len(pix)/pixel*(pixel+size))
	for to := out; len(pix) > 0; pix, to = pix[pixel:], to[pixel+size:] {
		copy(to[:pixel], pix)
	}
	return out
}
