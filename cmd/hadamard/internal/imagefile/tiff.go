package imagefile

import (
	"bytes"
	"image"

	"golang.org/x/image/tiff"
)

// The colour models and compressions of TIFF that matter here.
const (
	whiteIsZero    = 0
	rgbColours     = 2
	paletteColours = 3

	faxGroup3 = 3
	faxGroup4 = 4

	reduced = 1 // a kind of page
)

// openTIFF reads the first page of a TIFF file.
func openTIFF(data []byte) (*source, error) {
	config, err := tiff.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	d := parseIFD(data)
	if err := misread(&d); err != nil {
		return nil, err
	}
	s := &source{width: config.Width, height: config.Height, channels: 1, stored: 1}
	bits := d.uint(tagBits, 1)
	s.max = 1<<bits - 1
	perPixel := s.size()
	switch d.uint(tagPhotometric, whiteIsZero) {
	case whiteIsZero:
		s.inverted = true
	case paletteColours:
		s.palette = true
		s.channels = 3
	case rgbColours:
		s.channels = len(d.uints(tagBits)) // 3 or 4, else there was an error
		s.stored = s.channels
		s.premultiplied = s.channels == 4 && d.uint(tagExtraSamples, 0) == 1
		perPixel *= 4
	}
	s.setMemory(perPixel)
	if d.uint(tagCompression, 1) > 1 {
		s.memory = max(s.memory, s.memory+unpacked(&d, s.width, int64(len(data)))) // unless it overflows
	}
	s.orientation = d.uint(tagOrientation, 1)
	s.Resolution = d.resolution()
	if profile, size := d.value(tagProfile); size == 1 {
		s.Profile = bytes.Clone(profile)
	}
	_, others := d.value(tagSubIFDs)
	switch {
	case d.uint(tagSubfileType, 0)&reduced != 0:
		s.warnf("its first page is a smaller version of a picture that is not read")
	case d.more || others > 0:
		s.warnf("only the first of several pages is read")
	}
	fax := d.uint(tagCompression, 1)
	negative := !s.inverted && (fax == faxGroup3 || fax == faxGroup4)
	s.decode = func() (image.Image, error) {
		img, err := tiff.Decode(bytes.NewReader(data))
		if grey, is := img.(*image.Gray); is && negative {
			// The decoder has the code for white stand for white, but the
			// format for 0, which is black here.
			for i, v := range grey.Pix {
				grey.Pix[i] = ^v
			}
		}
		return img, err
	}
	return s, nil
}

// misread returns an error for files that the decoder would take for others.
func misread(d *ifd) error {
	compression := d.uint(tagCompression, 1)
	sized := max(len(d.uints(tagBits)), 1)
	samples := d.uint(tagSamplesPerPixel, sized)
	switch {
	case samples > 1 && d.uint(tagPlanarConfig, 1) != 1:
		return unsupportedf("channels one after the other")
	case samples != sized:
		return unsupportedf("%d samples a pixel of which %d have a size", samples, sized)
	case d.uint(tagPhotometric, whiteIsZero) == paletteColours && d.uint(tagBits, 1) > 8:
		return unsupportedf("palettes of more than 8 bits")
	case d.uint(tagFillOrder, 1) != 1 && compression != faxGroup3 && compression != faxGroup4:
		return unsupportedf("bits from right to left")
	case compression == faxGroup3 && d.uint(tagT4Options, 0)&1 != 0:
		return unsupportedf("faxes of Group 3 in two dimensions")
	}
	return nil
}

// unpacked bounds the memory of a strip or a tile, which may be larger than
// the picture.
func unpacked(d *ifd, width int, fileBytes int64) int64 {
	w, h := d.uint(tagTileWidth, width), d.uint(tagTileHeight, d.uint(tagRowsPerStrip, 1<<31-1))
	const most = 1400 // bytes that a byte of any compression becomes
	if w < 0 || h < 0 || h > 0 && int64(w) > most*fileBytes/8/int64(h) {
		return most * fileBytes
	}
	return 8 * int64(w) * int64(h)
}
