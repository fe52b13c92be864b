package imagefile

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// DefaultQuality is the quality of JPEG files, 1 to 100, unless asked otherwise.
const DefaultQuality = 92

// EncodeOptions say how to write a picture.
type EncodeOptions struct {
	Meta    // left out where it does not fit the picture
	Quality int
}

// Check returns an error if the format can not hold an array of the dtype and
// shape. Both formats hold (H,W) and (H,W,C), C from 1 to 4; both hold fractions,
// which JPEG rounds to 8 bits, uint8 and bool (as black and white), PNG also uint16.
func Check(format Format, dtype ndarray.DType, shape []int) error {
	switch {
	case format != PNG && format != JPEG:
		return fmt.Errorf("pictures are written as PNG or JPEG, not %s", format)
	case dtype == ndarray.Bool, dtype == fractionOf(1), dtype == integerOf(1):
	case dtype != fractionOf(2) && dtype != integerOf(2):
		return fmt.Errorf("a %s holds fractions (unorm), uint8, uint16 or bool, not %s", format, dtype)
	case format == JPEG && dtype == integerOf(2):
		return fmt.Errorf("a JPEG holds 8 bits a sample, not %s: write a PNG", dtype)
	}
	if c := channelsOf(shape); c < 1 || c > 4 {
		return fmt.Errorf("a %s has shape (H,W) or (H,W,C) with 1 to 4 channels, not %s", format, broadcast.FormatShape(shape))
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

// channelsOf returns the channels of a picture of the shape, 0 if it is none.
func channelsOf(shape []int) int {
	switch len(shape) {
	case 2:
		return 1
	case 3:
		return shape[2]
	}
	return 0
}

// Encode writes an array as a picture; Check says which it can. The data must
// be in C order and the machine's byte order. A JPEG has no alpha: one that is
// 1 everywhere is dropped, any other an error.
func Encode(w io.Writer, format Format, a *bytearray.Array, o EncodeOptions) error {
	if err := Check(format, a.DType, a.Shape); err != nil {
		return err
	}
	if !o.Meta.fits(channelsOf(a.Shape)) {
		o.Meta.Profile = nil
	}
	b := *a
	if b.DType == ndarray.Bool {
		b = white(a)
	}
	if format == JPEG {
		if b.DType == fractionOf(2) {
			b = rounded(a)
		}
		return encodeJPEG(w, &b, o)
	}
	return encodePNG(w, &b, o.Meta)
}

// white returns bools as black and white.
func white(a *bytearray.Array) bytearray.Array {
	pix := make([]byte, len(a.Data))
	for i, b := range a.Data {
		if b != 0 {
			pix[i] = 0xff
		}
	}
	return bytearray.Packed(fractionOf(1), a.Shape, false, pix)
}

// rounded returns fractions of 16 bits as the nearest of 8.
func rounded(a *bytearray.Array) bytearray.Array {
	pix := make([]byte, len(a.Data)/2)
	for i := range pix {
		pix[i] = byte(runtime.UNorm16(binary.NativeEndian.Uint16(a.Data[2*i:])).UNorm8())
	}
	return bytearray.Packed(fractionOf(1), a.Shape, false, pix)
}

// fits reports whether the profile is for pictures of so many channels.
func (m *Meta) fits(channels int) bool {
	// Byte 16 begins the name of the colour space, of four letters.
	if len(m.Profile) < 128 {
		return false
	}
	space := string(m.Profile[16:20])
	return space == "GRAY" && channels <= 2 || space == "RGB " && channels >= 3
}
