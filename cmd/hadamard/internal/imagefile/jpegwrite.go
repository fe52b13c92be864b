package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
)

// encodeJPEG writes a JPEG of 8 bits a sample.
func encodeJPEG(w io.Writer, a *bytearray.Array, o EncodeOptions) error {
	height, width, channels := a.Shape[0], a.Shape[1], channelsOf(a.Shape)
	if channels%2 == 0 {
		if err := isOpaque(a.Data, channels, width); err != nil {
			return err
		}
	}
	rect := image.Rect(0, 0, width, height)
	var img image.Image
	if channels <= 2 {
		grey := image.NewGray(rect)
		for i := range grey.Pix {
			grey.Pix[i] = a.Data[i*channels]
		}
		img = grey
	} else {
		rgba := image.NewRGBA(rect)
		for i := range height * width {
			copy(rgba.Pix[4*i:], a.Data[i*channels:][:3])
			rgba.Pix[4*i+3] = 0xff
		}
		img = rgba
	}
	head, err := jpegHead(o.Meta)
	if err != nil {
		return err
	}
	return jpeg.Encode(&insertion{w, len("\xff\xd8"), head}, img, &jpeg.Options{Quality: o.Quality})
}

// isOpaque returns an error unless the alpha of every pixel is 1.
func isOpaque(pix []byte, channels, width int) error {
	for i := channels - 1; i < len(pix); i += channels {
		if pix[i] != 0xff {
			pixel := i / channels
			return fmt.Errorf("a JPEG has no alpha, and that of row %d, column %d is %d of 255: write a PNG, or leave alpha out by :rgb or :grey behind the names",
				pixel/width, pixel%width, pix[i])
		}
	}
	return nil
}

// jpegHead returns the segments that say what the encoder does not.
func jpegHead(meta Meta) ([]byte, error) {
	var out []byte
	put := func(marker byte, parts ...[]byte) {
		body := bytes.Join(parts, nil)
		out = append(out, 0xff, marker)
		out = binary.BigEndian.AppendUint16(out, uint16(2+len(body)))
		out = append(out, body...)
	}
	// By inch or by centimetre, whichever is nearer to whole numbers.
	unit := byte(1)
	x, y, off, ok := meta.Resolution.whole(perInch, 0xffff)
	if cx, cy, coff, cok := meta.Resolution.whole(perCentimetre, 0xffff); cok && (!ok || coff < off) {
		x, y, ok, unit = cx, cy, true, 2
	}
	if ok {
		density := binary.BigEndian.AppendUint16(nil, uint16(x))
		density = binary.BigEndian.AppendUint16(density, uint16(y))
		put(markerAPP0, []byte("JFIF\x00\x01\x02"), []byte{unit}, density, []byte{0, 0})
	}
	const most = 0xffff - 2 - len(profileName) - 2
	n := (len(meta.Profile) + most - 1) / most
	if n > 255 {
		return nil, errors.New("the colour profile is too large for a JPEG")
	}
	for i := range n {
		part := meta.Profile[i*most:]
		put(markerAPP2, []byte(profileName), []byte{byte(i + 1), byte(n)}, part[:min(len(part), most)])
	}
	return out, nil
}

// insertion writes to w, and extra behind the first bytes.
type insertion struct {
	w     io.Writer
	first int // bytes still to come before extra
	extra []byte
}

func (i *insertion) Write(p []byte) (int, error) {
	if i.extra == nil || len(p) < i.first {
		n, err := i.w.Write(p)
		i.first -= min(n, i.first)
		return n, err
	}
	n, err := i.w.Write(p[:i.first])
	if err != nil {
		return n, err
	}
	if _, err := i.w.Write(i.extra); err != nil {
		return n, err
	}
	i.first, i.extra = 0, nil
	rest, err := i.w.Write(p[n:])
	return n + rest, err
}
