package imagefile

import (
	"encoding/binary"
	"math"
)

// The tags that are read.
const (
	tagSubfileType     = 254
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagOrientation     = 274
	tagSamplesPerPixel = 277
	tagRowsPerStrip    = 278
	tagXResolution     = 282
	tagYResolution     = 283
	tagPlanarConfig    = 284
	tagT4Options       = 292
	tagResolutionUnit  = 296
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagSubIFDs         = 330
	tagExtraSamples    = 338
	tagProfile         = 34675
)

// ifd is the first directory of a TIFF file, which EXIF data are too. Reading
// a tag that is missing, or broken, gives nothing.
type ifd struct {
	data    []byte
	order   binary.ByteOrder
	entries []byte // of 12 bytes
	more    bool   // another directory follows
}

// parseIFD reads the directory; what is damaged has no entries.
func parseIFD(data []byte) ifd {
	d := ifd{data: data}
	switch {
	case begins(data, "II*\x00"):
		d.order = binary.LittleEndian
	case begins(data, "MM\x00*"):
		d.order = binary.BigEndian
	default:
		return d
	}
	if len(data) < 8 {
		return d
	}
	at := uint64(d.order.Uint32(data[4:]))
	if at+2 > uint64(len(data)) {
		return d
	}
	n := 12 * uint64(d.order.Uint16(data[at:]))
	at += 2
	end := min(at+n, uint64(len(data)))
	d.entries = data[at:end]
	d.more = end+4 <= uint64(len(data)) && d.order.Uint32(data[end:]) != 0
	return d
}

// value returns the bytes of a tag's value and the size of one element.
func (d *ifd) value(tag uint16) (value []byte, size int) {
	sizes := [...]int{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
	for e := d.entries; len(e) >= 12; e = e[12:] {
		if d.order.Uint16(e) != tag {
			continue
		}
		kind := int(d.order.Uint16(e[2:]))
		if kind >= len(sizes) || sizes[kind] == 0 {
			return nil, 0
		}
		size := sizes[kind]
		n := uint64(d.order.Uint32(e[4:])) * uint64(size)
		if n <= 4 {
			return e[8 : 8+n], size
		}
		at := uint64(d.order.Uint32(e[8:]))
		if at+n > uint64(len(d.data)) {
			return nil, 0
		}
		return d.data[at : at+n], size
	}
	return nil, 0
}

// uints returns the whole numbers of a tag.
func (d *ifd) uints(tag uint16) []int {
	value, size := d.value(tag)
	var all []int
	for ; len(value) >= size && len(value) > 0; value = value[size:] {
		switch size {
		case 1:
			all = append(all, int(value[0]))
		case 2:
			all = append(all, int(d.order.Uint16(value)))
		case 4:
			all = append(all, int(d.order.Uint32(value)))
		default:
			return nil
		}
	}
	return all
}

// uint returns the first of uints, or what stands for none.
func (d *ifd) uint(tag uint16, none int) int {
	if all := d.uints(tag); len(all) > 0 {
		return all[0]
	}
	return none
}

// ratio returns a positive fraction, or 0.
func (d *ifd) ratio(tag uint16) float64 {
	value, size := d.value(tag)
	if size != 8 || len(value) != 8 {
		return 0
	}
	x := float64(d.order.Uint32(value)) / float64(d.order.Uint32(value[4:]))
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// resolution returns the pixels per metre, where there is a unit.
func (d *ifd) resolution() Resolution {
	r := Resolution{d.ratio(tagXResolution), d.ratio(tagYResolution)}
	switch d.uint(tagResolutionUnit, 2) {
	case 2:
		return r.times(perInch)
	case 3:
		return r.times(perCentimetre)
	}
	return Resolution{}
}

// takeEXIF reads orientation and resolution from EXIF data.
func (s *source) takeEXIF(data []byte) {
	d := parseIFD(data)
	s.orientation = d.uint(tagOrientation, 1)
	if s.Resolution == (Resolution{}) {
		s.Resolution = d.resolution()
	}
}
