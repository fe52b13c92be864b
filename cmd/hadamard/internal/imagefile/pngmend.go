package imagefile

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/adler32"
	"io"
)

// mendedIDAT reads as IDAT chunks that hold the pixels of a PNG file, as many
// bytes as the picture needs, under the right checksums, but not compressed:
// what the file's own stream has wrong after the last pixel is not in it.
type mendedIDAT struct {
	in   *bufio.Reader // the file's stream
	flat io.ReadCloser // and what it inflates to
	need int64         // bytes of pixels
	done int64
	row  int64 // bytes of a row, 0 where rows are interlaced
	sum  hash.Hash32

	chunk    []byte // what is still to be read
	warnings []string
	err      error
}

func newMendedIDAT(f *pngFile) *mendedIDAT {
	var parts []io.Reader
	for _, c := range f.pixels {
		parts = append(parts, bytes.NewReader(c.data))
	}
	m := &mendedIDAT{in: bufio.NewReader(io.MultiReader(parts...)), sum: adler32.New()}
	m.need, m.row = f.pixelBytes()
	head := make([]byte, 2)
	if _, err := io.ReadFull(m.in, head); err != nil {
		m.err = errors.New("truncated: there are no pixels")
	} else if head[0]&15 != 8 || head[1]&0x20 != 0 {
		m.err = errors.New("the pixels are not compressed as a PNG's are")
	} else if binary.BigEndian.Uint16(head)%31 != 0 {
		m.warnings = append(m.warnings, "the head of the compressed pixels is damaged; the pixels are all there")
	}
	m.flat = flate.NewReader(m.in)
	return m
}

// pixelBytes returns how many bytes the rows of a picture are, filter types
// included, and how many one is.
func (f *pngFile) pixelBytes() (all, row int64) {
	w, h := int64(binary.BigEndian.Uint32(f.header)), int64(binary.BigEndian.Uint32(f.header[4:]))
	samples := [...]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[f.header[9]]
	bits := samples * int64(f.header[8])
	rowOf := func(w int64) int64 { return 1 + (w*bits+7)/8 }
	if f.header[12] == 0 {
		return h * rowOf(w), rowOf(w)
	}
	// Adam7: where each pass begins, and how far apart its pixels are.
	for _, p := range [7][4]int64{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		if w, h := (w-p[0]+p[2]-1)/p[2], (h-p[1]+p[3]-1)/p[3]; w > 0 && h > 0 {
			all += h * rowOf(w)
		}
	}
	return all, 0
}

// Read reads the chunks.
func (m *mendedIDAT) Read(p []byte) (int, error) {
	if len(m.chunk) == 0 && m.err == nil {
		if m.done == m.need {
			return 0, io.EOF
		}
		m.err = m.fill()
	}
	if m.err != nil {
		return 0, m.err
	}
	n := copy(p, m.chunk)
	m.chunk = m.chunk[n:]
	return n, nil
}

// fill makes the next chunk, of one stored block.
func (m *mendedIDAT) fill() error {
	const most = 0xffff
	var stream []byte
	if m.done == 0 {
		stream = append(stream, 0x78, 0x01)
	}
	n := min(m.need-m.done, most)
	last := byte(0)
	if m.done+n == m.need {
		last = 1
	}
	stream = append(stream, last)
	stream = binary.LittleEndian.AppendUint16(stream, uint16(n))
	stream = binary.LittleEndian.AppendUint16(stream, ^uint16(n))
	at := len(stream)
	stream = append(stream, make([]byte, n)...)
	got, err := io.ReadFull(m.flat, stream[at:])
	m.sum.Write(stream[at : at+got])
	m.done += int64(got)
	if err != nil {
		return m.damage(err)
	}
	if last == 1 {
		m.look()
		stream = m.sum.Sum(stream)
	}
	m.chunk = appendChunk(nil, "IDAT", stream)
	return nil
}

// damage says where the pixels end.
func (m *mendedIDAT) damage(err error) error {
	what := "are damaged"
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		what = "end"
	}
	if m.row == 0 {
		return fmt.Errorf("the compressed pixels %s after %d of %d bytes", what, m.done, m.need)
	}
	return fmt.Errorf("the compressed pixels %s in row %d of %d", what, m.done/m.row+1, m.need/m.row)
}

// look finds what is wrong after the last pixel.
func (m *mendedIDAT) look() {
	const more = "there is data after the last pixel, which is left out"
	var next [4]byte
	n, err := io.ReadFull(m.flat, next[:1])
	switch {
	case n > 0:
		m.warnings = append(m.warnings, more)
		return
	case err != io.EOF:
		m.warnings = append(m.warnings, "the compressed pixels do not end after the last one")
		return
	}
	if _, err := io.ReadFull(m.in, next[:]); err != nil || binary.BigEndian.Uint32(next[:]) != m.sum.Sum32() {
		m.warnings = append(m.warnings, "the checksum of the pixels does not fit them: some may be wrong")
	}
	if _, err := m.in.ReadByte(); err == nil {
		m.warnings = append(m.warnings, more)
	}
}
