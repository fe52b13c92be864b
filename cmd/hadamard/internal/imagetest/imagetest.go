// Package imagetest makes picture files for tests, down to what no encoder
// writes.
package imagetest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// PNG is a PNG file by its parts, which tests change before they write it.
type PNG struct {
	Width, Height int
	Depth, Kind   byte   // bits of a sample, and the colour type
	Before        []byte // chunks between the header and the pixels
	Rows          []byte // each behind a filter type
}

// Signature begins every PNG file.
const Signature = "\x89PNG\r\n\x1a\n"

// Head returns the data of the chunk IHDR.
func (p *PNG) Head() []byte {
	head := binary.BigEndian.AppendUint32(nil, uint32(p.Width))
	head = binary.BigEndian.AppendUint32(head, uint32(p.Height))
	return append(head, p.Depth, p.Kind, 0, 0, 0)
}

// Bytes returns the file.
func (p *PNG) Bytes() []byte {
	return slices.Concat([]byte(Signature), Chunk("IHDR", p.Head()), p.Before, Chunk("IDAT", Deflate(p.Rows)), Chunk("IEND", nil))
}

// Chunk returns a chunk with its checksum.
func Chunk(name string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// Deflate compresses data as PNG does.
func Deflate(data []byte) []byte {
	var buf bytes.Buffer
	z := zlib.NewWriter(&buf)
	z.Write(data) // a bytes.Buffer takes everything
	z.Close()
	return buf.Bytes()
}

// Segment returns a segment of a JPEG file with its marker.
func Segment(marker byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(2+len(body))), body...)
}

// EXIF returns EXIF data of short numbers and of ratios n/1, by their tags, in
// the byte order.
func EXIF(order binary.AppendByteOrder, shorts map[uint16]uint16, ratios map[uint16]uint32) []byte {
	out := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		out = []byte("MM\x00*")
	}
	var tags []uint16
	for tag := range shorts {
		tags = append(tags, tag)
	}
	for tag := range ratios {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	out = order.AppendUint32(out, 8)
	out = order.AppendUint16(out, uint16(len(tags)))
	at := 8 + 2 + 12*len(tags) + 4
	var values []byte
	for _, tag := range tags {
		out = order.AppendUint16(out, tag)
		if short, is := shorts[tag]; is {
			out = order.AppendUint16(out, 3)
			out = order.AppendUint32(out, 1)
			out = order.AppendUint16(out, short)
			out = order.AppendUint16(out, 0)
			continue
		}
		out = order.AppendUint16(out, 5)
		out = order.AppendUint32(out, 1)
		out = order.AppendUint32(out, uint32(at+len(values)))
		values = order.AppendUint32(values, ratios[tag])
		values = order.AppendUint32(values, 1)
	}
	return append(order.AppendUint32(out, 0), values...)
}
