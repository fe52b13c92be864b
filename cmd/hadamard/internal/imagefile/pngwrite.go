package imagefile

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
)

// encodePNG writes a PNG. The encoder of package image/png has no grey with
// alpha, drops an alpha that is 1 everywhere, and writes no profiles.
func encodePNG(w io.Writer, a *bytearray.Array, meta Meta) error {
	height, width, channels := a.Shape[0], a.Shape[1], channelsOf(a.Shape)
	size := a.DType.Size()
	head := binary.BigEndian.AppendUint32(nil, uint32(width))
	head = binary.BigEndian.AppendUint32(head, uint32(height))
	head = append(head, byte(8*size), [...]byte{1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
	out := appendChunk([]byte(pngSignature), "IHDR", head)
	if meta.Profile != nil {
		out = appendChunk(out, "iCCP", deflate(meta.Profile))
	}
	if x, y, _, ok := meta.Resolution.whole(1, 1<<31-1); ok {
		data := binary.BigEndian.AppendUint32(nil, x)
		data = binary.BigEndian.AppendUint32(data, y)
		out = appendChunk(out, "pHYs", append(data, 1))
	}
	if _, err := w.Write(out); err != nil {
		return err
	}
	idat := bufio.NewWriterSize(chunkWriter{w}, 1<<15)
	stream := zlib.NewWriter(idat)
	f := filter{pixel: channels * size}
	row := width * f.pixel
	for y := range height {
		if _, err := stream.Write(f.row(a.Data[y*row:][:row], size)); err != nil {
			return err
		}
	}
	if err := stream.Close(); err != nil {
		return err
	}
	if err := idat.Flush(); err != nil {
		return err
	}
	_, err := w.Write(pngEnd)
	return err
}

// deflate returns the data of an iCCP chunk.
func deflate(profile []byte) []byte {
	buf := bytes.NewBufferString("ICC profile\x00\x00")
	z := zlib.NewWriter(buf)
	z.Write(profile) // a bytes.Buffer takes everything
	z.Close()
	return buf.Bytes()
}

// chunkWriter writes IDAT chunks.
type chunkWriter struct{ w io.Writer }

func (c chunkWriter) Write(p []byte) (int, error) {
	if _, err := c.w.Write(appendChunk(nil, "IDAT", p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// filter predicts the bytes of rows, each in the way that leaves the least.
type filter struct {
	pixel       int // bytes of one
	last, this  []byte
	best, other []byte // the type, and what the prediction leaves
}

// row returns a row, in native byte order, behind the type of its filter.
func (f *filter) row(data []byte, size int) []byte {
	if f.last == nil {
		f.last, f.this = make([]byte, len(data)), make([]byte, len(data))
		f.best, f.other = make([]byte, 1+len(data)), make([]byte, 1+len(data))
	}
	f.last, f.this = f.this, f.last
	copy(f.this, data)
	if size == 2 {
		for i := 0; i < len(data); i += 2 {
			binary.BigEndian.PutUint16(f.this[i:], binary.NativeEndian.Uint16(data[i:]))
		}
	}
	least := -1
	for kind := range byte(5) {
		f.predict(kind)
		left := 0
		for _, b := range f.other[1:] {
			left += distance(int(int8(b)), 0)
		}
		if least < 0 || left < least {
			least = left
			f.best, f.other = f.other, f.best
		}
	}
	return f.best
}

// predict writes a row as filtered to f.other. What lies left of the first
// pixel is 0.
func (f *filter) predict(kind byte) {
	n := min(f.pixel, len(f.this))
	out, this, last := f.other[1:], f.this, f.last
	f.other[0] = kind
	switch kind {
	case 0: // none
		copy(out, this)
	case 1: // left
		copy(out, this[:n])
		for i := n; i < len(this); i++ {
			out[i] = this[i] - this[i-n]
		}
	case 2: // up
		for i := range this {
			out[i] = this[i] - last[i]
		}
	case 3: // the mean of both
		for i := range n {
			out[i] = this[i] - last[i]/2
		}
		for i := n; i < len(this); i++ {
			out[i] = this[i] - byte((int(this[i-n])+int(last[i]))/2)
		}
	case 4: // the nearest of left, up and up left to left + up - up left
		for i := range n {
			out[i] = this[i] - last[i]
		}
		for i := n; i < len(this); i++ {
			out[i] = this[i] - paeth(this[i-n], last[i], last[i-n])
		}
	}
}

func paeth(left, up, corner byte) byte {
	a, b, c := int(left), int(up), int(corner)
	toLeft, toUp, toCorner := distance(b, c), distance(a, c), distance(a+b, 2*c)
	switch {
	case toLeft <= toUp && toLeft <= toCorner:
		return left
	case toUp <= toCorner:
		return up
	}
	return corner
}

func distance(a, b int) int { return max(a-b, b-a) }
