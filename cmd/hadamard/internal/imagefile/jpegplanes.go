package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/bits"
	"slices"
)

// planes are the components of a JPEG, which become grey JPEGs. A part of the picture has
// some blocks of 8 x 8 samples of every component, more of those of higher resolution.
type planes struct {
	width, height int
	h, v          int // the most blocks that a component has in a part, across and down
	components    []plane
	progressive   bool

	// What is in force where the file has been read to.
	tables      [2][4]*codes // of DC and AC
	restart     int          // parts between two restarts, 0 for none
	jfif, adobe bool
	transform   byte // as Adobe's segment has it
}

// plane is a component.
type plane struct {
	id            byte
	h, v          int // blocks of a part, across and down
	columns, rows int // blocks that show something
	file          bitWriter
	grey          *image.Gray

	// In a scan.
	dc, ac   byte // its tables
	last     int  // the DC coefficient of the block before, as in the file
	written  int  // as in the grey JPEG
	sortable []codedBlock
}

// codedBlock is a block of a scan of several components.
type codedBlock struct {
	dc int       // coefficient, or one more bit of it
	ac bitReader // is where the others begin
	n  int       // bits that they take
}

// apart reports whether package jpeg would read the file wrongly: in scans of a single
// component with more than one block in a part it looks for restarts where they are not.
func (f *jpegFile) apart() bool {
	several := false
	for i := 7; i < len(f.frame); i += 3 {
		several = several || f.frame[i] != 0x11
	}
	return f.alone && several
}

// decodePlanes decodes pictures whose components have any resolutions, of which package
// jpeg knows the usual cases alone. It makes a grey JPEG of each component and decodes
// those. Scans of a single component are coded as a grey picture's, and are taken over as
// they are. Those of several have a block of one beside a block of another: they are
// sorted, bit by bit, and the DC coefficients, which are coded as differences to the block
// before, are coded anew.
func (f *jpegFile) decodePlanes() (image.Image, error) {
	p, err := f.planes()
	if err != nil {
		return nil, err
	}
	for s := range f.segments() {
		if err := p.take(s); err != nil {
			return nil, err
		}
	}
	for i := range p.components {
		if err := p.components[i].decode(); err != nil {
			return nil, fmt.Errorf("component %d of %d: %w", i+1, len(p.components), err)
		}
	}
	return p.image(), nil
}

// canSplit reports whether the file is of the kind that decodePlanes knows.
func (f *jpegFile) canSplit() bool {
	n := len(f.frame)
	return f.kind <= markerSOF2 && f.frame[0] == 8 && (n == 6+3*3 || n == 6+3*4) && n == 6+3*int(f.frame[5])
}

// planes begins the grey JPEGs.
func (f *jpegFile) planes() (*planes, error) {
	p := &planes{
		width: int(binary.BigEndian.Uint16(f.frame[3:])), height: int(binary.BigEndian.Uint16(f.frame[1:])),
		progressive: f.kind == markerSOF2,
	}
	if p.height == 0 {
		p.height = f.lines
	}
	for c := range slices.Chunk(f.frame[6:], 3) {
		h, v := int(c[1]>>4), int(c[1]&15)
		if h < 1 || h > 4 || v < 1 || v > 4 {
			return nil, fmt.Errorf("component %d has %d x %d blocks", c[0], h, v)
		}
		p.components = append(p.components, plane{id: c[0], h: h, v: v})
		p.h, p.v = max(p.h, h), max(p.v, v)
	}
	for i := range p.components {
		c := &p.components[i]
		width, height := ceil(p.width*c.h, p.h), ceil(p.height*c.v, p.v)
		c.columns, c.rows = ceil(width, 8), ceil(height, 8)
		frame := binary.BigEndian.AppendUint16([]byte{8}, uint16(height))
		frame = binary.BigEndian.AppendUint16(frame, uint16(width))
		kind := byte(markerSOF0 + 1)
		if p.progressive {
			kind = markerSOF2
		}
		c.file.data = append([]byte{0xff, markerSOI}, jpegSegment(kind, frame, []byte{1, 1, 0x11, f.frame[8+3*i]})...)
	}
	if !f.tables {
		p.takeTables(standardTables()[4:])
	}
	return p, nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

// take goes on by a segment of the file.
func (p *planes) take(s segment) error {
	switch s.marker {
	case markerDQT:
		for i := range p.components {
			file := &p.components[i].file
			file.data = append(file.data, jpegSegment(s.marker, s.data)...)
		}
	case markerDHT:
		p.takeTables(s.data)
	case markerDRI:
		if len(s.data) == 2 {
			p.restart = int(binary.BigEndian.Uint16(s.data))
		}
	case markerAPP0:
		p.jfif = p.jfif || bytes.HasPrefix(s.data, []byte("JFIF\x00"))
	case markerAPP14:
		if len(s.data) >= 12 && bytes.HasPrefix(s.data, []byte("Adobe")) {
			p.adobe, p.transform = true, s.data[11]
		}
	case markerSOS:
		return p.takeScan(s.data, s.pixels)
	}
	return nil
}

// takeTables reads Huffman tables: kind and number, how many codes there are
// of each length, and what they stand for.
func (p *planes) takeTables(data []byte) {
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

// takeScan gives each component what a scan has of it.
func (p *planes) takeScan(head, pixels []byte) error {
	if len(head) < 6 || len(head) != 4+2*int(head[0]) {
		return errors.New("the head of a scan is damaged")
	}
	var scan []*plane
	for id := range slices.Chunk(head[1:len(head)-3], 2) {
		i := slices.IndexFunc(p.components, func(c plane) bool { return c.id == id[0] })
		if i < 0 || slices.Contains(scan, &p.components[i]) {
			return fmt.Errorf("a scan names component %d", id[0])
		}
		c := &p.components[i]
		c.dc, c.ac = id[1]>>4&3, id[1]&3
		c.last, c.written = 0, 0
		scan = append(scan, c)
	}
	part := head[len(head)-3:] // the first coefficient, the last, and which bits of them
	if !p.progressive {
		part = []byte{0, 63, 0}
	}
	if len(scan) == 1 {
		c := scan[0]
		p.begin(c, p.restart, p.tables[0][c.dc], part)
		c.file.data = append(c.file.data, pixels...)
		return nil
	}
	if p.progressive && (part[0] != 0 || part[1] != 0) {
		return errors.New("a scan of several components has others than DC coefficients")
	}
	for _, c := range scan {
		if part[2]>>4 == 0 && p.tables[0][c.dc] == nil || !p.progressive && p.tables[1][c.ac] == nil {
			return errors.New("a Huffman table is missing")
		}
		p.begin(c, 0, &flatCodes, part)
	}
	return p.sort(scan, part[2]>>4 != 0, pixels)
}

// flatCodes are those of differences of DC coefficients of any size.
var flatCodes = codes{
	counts: []byte{4: 16, 15: 0},
	values: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
}

// begin begins a scan of a grey JPEG.
func (p *planes) begin(c *plane, restart int, dc *codes, part []byte) {
	for kind, t := range []*codes{dc, p.tables[1][c.ac]} {
		if t != nil {
			c.file.data = append(c.file.data, jpegSegment(markerDHT, []byte{byte(kind << 4)}, t.counts, t.values)...)
		}
	}
	c.file.data = append(c.file.data, jpegSegment(markerDRI, binary.BigEndian.AppendUint16(nil, uint16(restart)))...)
	c.file.data = append(c.file.data, jpegSegment(markerSOS, []byte{1, 1, 0}, part)...)
}

// sort sorts a scan of several components. It may refine DC coefficients by a bit.
func (p *planes) sort(scan []*plane, refine bool, pixels []byte) error {
	in := bitReader{data: pixels}
	across, down := ceil(p.width, 8*p.h), ceil(p.height, 8*p.v)
	for _, c := range scan {
		c.sortable = make([]codedBlock, across*c.h*c.v)
	}
	for part := range across * down {
		if p.restart > 0 && part > 0 && part%p.restart == 0 {
			if err := in.restart(); err != nil {
				return err
			}
			for _, c := range scan {
				c.last = 0
			}
		}
		x, y := part%across, part/across
		for _, c := range scan {
			for i := range c.h * c.v {
				b, err := p.read(&in, c, refine)
				if err != nil {
					return fmt.Errorf("the pixels are damaged in part %d of %d: %w", part+1, across*down, err)
				}
				c.sortable[i/c.h*across*c.h+x*c.h+i%c.h] = b
			}
			if x == across-1 {
				if err := c.writeRows(y, refine); err != nil {
					return err
				}
			}
		}
	}
	for _, c := range scan {
		c.file.pad()
	}
	return nil
}

// read reads a block of a scan of several components.
func (p *planes) read(in *bitReader, c *plane, refine bool) (b codedBlock, err error) {
	if refine {
		bit, err := in.read(1)
		return codedBlock{dc: int(bit)}, err
	}
	size, err := in.code(p.tables[0][c.dc])
	if err == nil && size > 15 {
		err = errors.New("a number is too large")
	}
	if err != nil {
		return b, err
	}
	v, err := in.read(int(size))
	if d := int(v); size > 0 && d < 1<<(size-1) {
		c.last += d - (1<<size - 1)
	} else {
		c.last += d
	}
	b = codedBlock{dc: c.last, ac: *in}
	if !p.progressive && err == nil {
		err = in.skipAC(p.tables[1][c.ac])
		b.n = in.count - b.ac.count
	}
	return b, err
}

// writeRows writes the blocks of a row of parts, row by row, without those that show
// nothing.
func (c *plane) writeRows(part int, refine bool) error {
	width := len(c.sortable) / c.v
	for y := range min(c.v, c.rows-part*c.v) {
		for _, b := range c.sortable[y*width:][:c.columns] {
			if refine {
				c.file.write(uint32(b.dc), 1)
				continue
			}
			d := b.dc - c.written
			c.written = b.dc
			size := bits.Len(uint(max(d, -d)))
			if size > 15 {
				return errors.New("a DC coefficient is too large")
			}
			if d < 0 {
				d += 1<<size - 1
			}
			c.file.write(uint32(size), 5)
			c.file.write(uint32(d), size)
			for left := b.n; left > 0; left -= 16 {
				n := min(left, 16)
				v, err := b.ac.read(n)
				if err != nil {
					return err
				}
				c.file.write(v, n)
			}
		}
	}
	return nil
}

// decode decodes the grey JPEG.
func (c *plane) decode() error {
	img, err := jpeg.Decode(bytes.NewReader(append(c.file.data, 0xff, markerEOI)))
	if err != nil {
		return err
	}
	c.grey = img.(*image.Gray)
	return nil
}

// at returns the component's sample for a pixel of the picture.
func (p *planes) at(c *plane, x, y int) byte {
	return c.grey.Pix[y*c.v/p.v*c.grey.Stride+x*c.h/p.h]
}

// image joins the components. Inks are counted from 255 down, as Adobe's files have them,
// and there are hardly others, or stand for colours as YCbCr, which are the inks that are
// missing.
func (p *planes) image() image.Image {
	pix := make([]byte, 0, 4*p.width*p.height)
	c := p.components
	inks := len(c) == 4
	ycc := p.adobe && p.transform != 0
	if !inks {
		ycc = p.jfif || ycc || !p.adobe && string([]byte{c[0].id, c[1].id, c[2].id}) != "RGB"
	}
	for y := range p.height {
		for x := range p.width {
			r, g, b, a := p.at(&c[0], x, y), p.at(&c[1], x, y), p.at(&c[2], x, y), byte(0xff)
			switch {
			case ycc:
				r, g, b = color.YCbCrToRGB(r, g, b)
			case inks:
				r, g, b = 255-r, 255-g, 255-b
			}
			if inks {
				a = 255 - p.at(&c[3], x, y)
			}
			pix = append(pix, r, g, b, a)
		}
	}
	rect := image.Rect(0, 0, p.width, p.height)
	if inks {
		return &image.CMYK{Pix: pix, Stride: 4 * p.width, Rect: rect}
	}
	return &image.RGBA{Pix: pix, Stride: 4 * p.width, Rect: rect}
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

	count int // bits read
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
	r.count += n
	return r.bits >> r.n & (1<<n - 1), nil
}

// code reads a code and returns what it stands for.
func (r *bitReader) code(t *codes) (byte, error) {
	code, first, at := 0, 0, 0
	for _, count := range t.counts {
		bit, err := r.read(1)
		if err != nil {
			return 0, err
		}
		code = code<<1 | int(bit)
		if code-first < int(count) {
			return t.values[at+code-first], nil
		}
		at += int(count)
		first = (first + int(count)) << 1
	}
	return 0, errors.New("there is no such code")
}

// skipAC reads over the 63 coefficients of a block behind the first.
func (r *bitReader) skipAC(t *codes) error {
	for k := 1; k < 64; k++ {
		code, err := r.code(t)
		if err != nil {
			return err
		}
		zeros, size := int(code>>4), int(code&15)
		if size == 0 && zeros != 15 {
			break // the others are 0
		}
		k += zeros
		if _, err := r.read(size); err != nil {
			return err
		}
	}
	return nil
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
	data []byte
	bits uint32
	n    int
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
