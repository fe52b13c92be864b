package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
)

// planes are the components of a JPEG whose pixels stand in one scan, a part of
// the picture after the other. Each part has some blocks of 8 x 8 samples of
// every component, more of those of higher resolution.
type planes struct {
	width, height int
	across, parts int // parts in a row, and in all
	components    []plane
	tables        [2][4]*codes // of DC and AC
	quantisation  []byte       // segments, as they are in the file
	huffman       []byte
	restart       int // parts between two restarts, 0 for none
	transform     byte
	adobe         bool
}

// plane is a component.
type plane struct {
	h, v   int // blocks of a part across and down
	header []byte
	dc, ac byte // its tables
	bits   bitWriter
	pix    []byte // its blocks as a picture that is one part wide
}

// decodePlanes decodes CMYK whose components have any resolutions, of which
// package jpeg knows two cases alone. It sorts the coded blocks by component,
// bit by bit as they are, into a grey JPEG for each, and decodes those. The
// blocks of a component follow one another as in the file, so that what is
// coded as a difference to the block before stays right; in the grey pictures
// they lie in that order, not where they belong.
//
// It does so for the usual coding, of one scan; for others it returns refusal.
func (f *jpegFile) decodePlanes(refusal error) (image.Image, error) {
	p, scan, err := f.readPlanes(refusal)
	if err != nil {
		return nil, err
	}
	if err := p.sort(scan); err != nil {
		return nil, err
	}
	for i := range p.components {
		if err := p.decode(&p.components[i]); err != nil {
			return nil, fmt.Errorf("component %d of %d: %w", i+1, len(p.components), err)
		}
	}
	return p.image(), nil
}

// readPlanes reads the headers and returns the coded pixels.
func (f *jpegFile) readPlanes(refusal error) (p *planes, scan []byte, err error) {
	refused := fmt.Errorf("CMYK of components that differ in resolution, in more than one scan: %w", refusal)
	if f.kind >= markerSOF2 || f.frame[0] != 8 || len(f.frame) != 6+3*4 {
		return nil, nil, refused
	}
	p = &planes{width: int(binary.BigEndian.Uint16(f.frame[3:])), height: int(binary.BigEndian.Uint16(f.frame[1:]))}
	if p.height == 0 {
		p.height = f.lines
	}
	hs, vs := 0, 0
	for c := range slices.Chunk(f.frame[6:], 3) {
		h, v := int(c[1]>>4), int(c[1]&15)
		if h < 1 || h > 4 || v < 1 || v > 4 {
			return nil, nil, fmt.Errorf("component %d has %d x %d blocks", c[0], h, v)
		}
		p.components = append(p.components, plane{h: h, v: v, header: c})
		hs, vs = max(hs, h), max(vs, v)
	}
	p.across = (p.width + 8*hs - 1) / (8 * hs)
	p.parts = p.across * ((p.height + 8*vs - 1) / (8 * vs))

	if !f.tables {
		p.takeTables(standardTables()[4:])
	}
	for s := range f.segments() {
		switch s.marker {
		case markerDQT:
			p.quantisation = append(p.quantisation, jpegSegment(s.marker, s.data)...)
		case markerDHT:
			p.takeTables(s.data)
		case markerDRI:
			if len(s.data) == 2 {
				p.restart = int(binary.BigEndian.Uint16(s.data))
			}
		case markerAPP14:
			if len(s.data) >= 12 && bytes.HasPrefix(s.data, []byte("Adobe")) {
				p.adobe, p.transform = true, s.data[11]
			}
		}
	}
	start := bytes.Index(f.data[f.at:], []byte{0xff, markerSOS, 0, 6 + 2*4, 4})
	if start < 0 || f.at+start+4+12 > len(f.data) {
		return nil, nil, refused
	}
	header := f.data[f.at+start+4:]
	for i := range p.components {
		c := &p.components[i]
		if header[1+2*i] != c.header[0] {
			return nil, nil, refused
		}
		c.dc, c.ac = header[2+2*i]>>4&3, header[2+2*i]&3
		if p.tables[0][c.dc] == nil || p.tables[1][c.ac] == nil {
			return nil, nil, errors.New("a Huffman table is missing")
		}
	}
	return p, header[12:], nil
}

// takeTables reads Huffman tables: kind and number, how many codes there are
// of each length, and what they stand for.
func (p *planes) takeTables(data []byte) {
	p.huffman = append(p.huffman, jpegSegment(markerDHT, data)...)
	for len(data) >= 17 {
		n := 0
		for _, count := range data[1:17] {
			n += int(count)
		}
		if len(data) < 17+n || data[0]>>4 > 1 || data[0]&15 > 3 {
			return
		}
		p.tables[data[0]>>4][data[0]&15] = &codes{data[1:17], data[17 : 17+n]}
		data = data[17+n:]
	}
}

// sort gives each component its bits.
func (p *planes) sort(scan []byte) error {
	in := bitReader{data: scan}
	for part := range p.parts {
		if p.restart > 0 && part > 0 && part%p.restart == 0 {
			if err := in.restart(); err != nil {
				return err
			}
			for i := range p.components {
				p.components[i].bits.restart()
			}
		}
		for i := range p.components {
			c := &p.components[i]
			for range c.h * c.v {
				if err := in.copyBlock(&c.bits, p.tables[0][c.dc], p.tables[1][c.ac]); err != nil {
					return fmt.Errorf("the pixels are damaged in part %d of %d: %w", part+1, p.parts, err)
				}
			}
		}
	}
	return nil
}

// decode decodes a component as a grey picture whose rows are of as many
// blocks as there are parts in a row.
func (p *planes) decode(c *plane) error {
	c.bits.pad()
	width, height := 8*p.across, 8*(p.parts/p.across)*c.h*c.v
	if width > 0xffff || height > 0xffff {
		return errors.New("it is too large")
	}
	frame := []byte{8}
	frame = binary.BigEndian.AppendUint16(frame, uint16(height))
	frame = binary.BigEndian.AppendUint16(frame, uint16(width))
	frame = append(frame, 1, 1, 0x11, c.header[2])
	file := slices.Concat([]byte{0xff, markerSOI}, p.quantisation, p.huffman, jpegSegment(markerSOF0+1, frame))
	if p.restart > 0 {
		file = append(file, jpegSegment(markerDRI, binary.BigEndian.AppendUint16(nil, uint16(p.restart*c.h*c.v)))...)
	}
	file = append(file, jpegSegment(markerSOS, []byte{1, 1, c.dc<<4 | c.ac, 0, 63, 0})...)
	file = append(append(file, c.bits.data...), 0xff, markerEOI)
	img, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		return err
	}
	grey := img.(*image.Gray)
	for y := range height {
		c.pix = append(c.pix, grey.Pix[y*grey.Stride:][:width]...)
	}
	return nil
}

// at returns the component's sample for a pixel of the picture, hs and vs being
// the most blocks that a component has across and down.
func (p *planes) at(c *plane, x, y, hs, vs int) byte {
	x, y = x*c.h/hs, y*c.v/vs
	column, row := x/8, y/8
	part := row/c.v*p.across + column/c.h
	block := part*c.h*c.v + row%c.v*c.h + column%c.h
	return c.pix[(block/p.across*8+y%8)*8*p.across+block%p.across*8+x%8]
}

// image joins the components. Adobe's files, and there are no others, count
// inks from 255 down, or their colours as YCbCr.
func (p *planes) image() image.Image {
	img := image.NewCMYK(image.Rect(0, 0, p.width, p.height))
	hs, vs := 0, 0
	for _, c := range p.components {
		hs, vs = max(hs, c.h), max(vs, c.v)
	}
	for y := range p.height {
		for x := range p.width {
			out := img.Pix[img.PixOffset(x, y):][:4]
			for i := range out {
				out[i] = 255 - p.at(&p.components[i], x, y, hs, vs)
			}
			if p.adobe && p.transform != 0 {
				out[0], out[1], out[2] = color.YCbCrToRGB(255-out[0], 255-out[1], 255-out[2])
			}
		}
	}
	return img
}

// jpegSegment returns a segment with its marker.
func jpegSegment(marker byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(2+len(body))), body...)
}

// codes is a Huffman table: how many codes there are of each length from 1 on,
// and what they stand for in order.
type codes struct {
	counts []byte
	values []byte
}

// bitReader reads coded pixels, in which a 0 follows a byte of 255.
type bitReader struct {
	data []byte
	bits uint32 // the last n are still to be read
	n    int
}

var errPixelsEnd = errors.New("they end")

// read reads up to 16 bits.
func (r *bitReader) read(n int) (uint32, error) {
	for r.n < n {
		if len(r.data) == 0 {
			return 0, errPixelsEnd
		}
		b := r.data[0]
		r.data = r.data[1:]
		if b == 0xff {
			if len(r.data) == 0 || r.data[0] != 0 {
				return 0, errPixelsEnd
			}
			r.data = r.data[1:]
		}
		r.bits = r.bits<<8 | uint32(b)
		r.n += 8
	}
	r.n -= n
	return r.bits >> r.n & (1<<n - 1), nil
}

// copy reads bits and writes them.
func (r *bitReader) copy(w *bitWriter, n int) error {
	bits, err := r.read(n)
	w.write(bits, n)
	return err
}

// copyCode copies a code and returns what it stands for.
func (r *bitReader) copyCode(w *bitWriter, t *codes) (byte, error) {
	code, first, at := 0, 0, 0
	for i, count := range t.counts {
		bit, err := r.read(1)
		if err != nil {
			return 0, err
		}
		code = code<<1 | int(bit)
		if code-first < int(count) {
			w.write(uint32(code), i+1)
			return t.values[at+code-first], nil
		}
		at += int(count)
		first = (first + int(count)) << 1
	}
	return 0, errors.New("there is no such code")
}

// copyBlock copies the 64 coefficients of a block.
func (r *bitReader) copyBlock(w *bitWriter, dc, ac *codes) error {
	size, err := r.copyCode(w, dc)
	if err == nil && size > 16 {
		err = errors.New("a number is too large")
	}
	if err == nil {
		err = r.copy(w, int(size))
	}
	for k := 1; err == nil && k < 64; k++ {
		var code byte
		if code, err = r.copyCode(w, ac); err != nil {
			break
		}
		zeros, size := int(code>>4), int(code&15)
		if size == 0 && zeros != 15 {
			break // the others are 0
		}
		k += zeros
		err = r.copy(w, size)
	}
	return err
}

// restart goes on behind the next restart marker.
func (r *bitReader) restart() error {
	r.n = 0
	if len(r.data) < 2 || r.data[0] != 0xff || r.data[1] < markerRST0 || r.data[1] > markerRST7 {
		return errors.New("a restart marker is missing")
	}
	r.data = r.data[2:]
	return nil
}

// bitWriter is the way back.
type bitWriter struct {
	data     []byte
	bits     uint32
	n        int
	restarts byte
}

func (w *bitWriter) write(bits uint32, n int) {
	w.bits, w.n = w.bits<<n|bits, w.n+n
	for ; w.n >= 8; w.n -= 8 {
		b := byte(w.bits >> (w.n - 8))
		w.data = append(w.data, b)
		if b == 0xff {
			w.data = append(w.data, 0)
		}
	}
}

// pad fills the last byte up.
func (w *bitWriter) pad() {
	if w.n > 0 {
		w.write(1<<(8-w.n)-1, 8-w.n)
	}
}

// restart writes a restart marker.
func (w *bitWriter) restart() {
	w.pad()
	w.data = append(w.data, 0xff, markerRST0+w.restarts%8)
	w.restarts++
}
