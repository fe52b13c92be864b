package signalfile

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// depths are the encodings that a WAV can be asked to have.
var depths = []struct {
	name string
	Encoding
}{{"8", Uint8}, {"16", Int16}, {"24", Int24}, {"32", Int32}, {"float32", Float32}, {"float64", Float64}}

// Depths returns their names.
func Depths() (names []string) {
	for _, d := range depths {
		names = append(names, d.name)
	}
	return names
}

// Depth returns the encoding of a name.
func Depth(name string) (e Encoding, ok bool) {
	for _, d := range depths {
		if d.name == name {
			return d.Encoding, true
		}
	}
	return 0, false
}

// Options say how to write a signal.
type Options struct {
	Meta             // of a WAV
	Depth  *Encoding // that was asked for, nil for none
	Source *Encoding // what the WAV that it comes from has, nil for none
}

// Check returns an error if the format can not hold an array of the dtype and shape: a WAV
// holds (N,) and (N,C), floats as fractions, uint8, int16 and int32 as the samples that they
// are; raw formats complex numbers of shape (N,), and what their parts are stored as, (N,2).
func Check(format Format, dtype ndarray.DType, shape []int, o Options) error {
	_, err := encodingOf(format, dtype, shape, o)
	if err == nil && format == WAV && o.Rate == 0 {
		err = ErrRate
	}
	return err
}

// encodingOf returns how samples of a dtype and shape are written, or why they are not.
func encodingOf(format Format, dtype ndarray.DType, shape []int, o Options) (Encoding, error) {
	if format != WAV {
		return encodingOfRaw(format, dtype, shape)
	}
	if len(shape) != 1 && len(shape) != 2 {
		return 0, fmt.Errorf("a WAV has shape (N,) or (N,C), not %s", broadcast.FormatShape(shape))
	}
	e, err := depthOf(dtype, o)
	if err != nil {
		return 0, err
	}
	most := math.MaxUint16 / e.Size()
	if c := channelsOf(shape); c < 1 || c > most {
		return 0, fmt.Errorf("a WAV of %v has 1 to %d channels, not %d: its shape is (N,) or (N,C)", e, most, c)
	}
	return e, nil
}

// depthOf returns how a WAV holds a dtype: fractions as was asked for, else as the file that
// they come from; integers as what they are.
func depthOf(dtype ndarray.DType, o Options) (Encoding, error) {
	if dtype == ndarray.Float32 || dtype == ndarray.Float64 {
		switch {
		case o.Depth != nil:
			return *o.Depth, nil
		case o.Source != nil:
			return *o.Source, nil
		case dtype == ndarray.Float64:
			return Float64, nil
		}
		return Float32, nil
	}
	var fits []Encoding // the first is that of no wish
	switch dtype {
	case ndarray.Uint8:
		fits = []Encoding{Uint8}
	case ndarray.Int16:
		fits = []Encoding{Int16}
	case ndarray.Int32:
		fits = []Encoding{Int32, Int24}
	case ndarray.Complex64, ndarray.Complex128:
		return 0, fmt.Errorf("a WAV holds no complex numbers: write %s as .cf32 or .cs16", dtype)
	default:
		return 0, fmt.Errorf("a WAV holds fractions in float32 or float64, or samples in uint8, int16 or int32, not %s", dtype)
	}
	switch {
	case o.Depth != nil && !slices.Contains(fits, *o.Depth):
		return 0, fmt.Errorf("%s is written as the samples that it is, of %v, not %v", dtype, fits[0], *o.Depth)
	case o.Depth != nil:
		return *o.Depth, nil
	case o.Source != nil && slices.Contains(fits, *o.Source):
		return *o.Source, nil
	}
	return fits[0], nil
}

func encodingOfRaw(format Format, dtype ndarray.DType, shape []int) (Encoding, error) {
	for _, f := range raw {
		if f.Format != format {
			continue
		}
		isComplex := dtype == ndarray.Complex64 || dtype == ndarray.Complex128
		if isComplex && len(shape) == 1 || dtype == f.dtype() && len(shape) == 2 && shape[1] == 2 {
			return f.Encoding, nil
		}
		return 0, fmt.Errorf("a .%s holds complex numbers of shape (N,), or their parts, %s of shape (N,2), not %s of shape %s",
			format, f.dtype(), dtype, broadcast.FormatShape(shape))
	}
	return 0, fmt.Errorf("no format is called %q", format)
}

func channelsOf(shape []int) int {
	if len(shape) == 2 {
		return shape[1]
	}
	return 1
}

// ErrRate is a WAV whose rate is not known.
var ErrRate = errors.New("no operand says how many frames a second it has")

// Writer writes a signal.
type Writer struct {
	w       io.Writer
	dtype   ndarray.DType
	encoder encoder
	buffer  []byte
	total   int // samples
	bytes   uint64
	tail    []byte // what follows the samples
}

// NewWriter returns what takes the elements of an array, in C order and the machine's byte
// order, for a file of the format, of which it writes the header. The errors are those of
// [Check] and of w.
func NewWriter(w io.Writer, format Format, dtype ndarray.DType, shape []int, o Options) (*Writer, error) {
	if err := Check(format, dtype, shape, o); err != nil {
		return nil, err
	}
	e, err := encodingOf(format, dtype, shape, o)
	if err != nil {
		return nil, err
	}
	n, err := broadcast.Size(shape)
	if err != nil {
		return nil, err
	}
	if format != WAV && len(shape) == 1 {
		n *= 2
	}
	s := &Writer{w: w, dtype: dtype, encoder: encoder{Encoding: e}, total: n, bytes: uint64(n) * uint64(e.Size())}
	if format != WAV {
		return s, nil
	}
	s.tail = append(make([]byte, s.bytes%2), slices.Concat(o.Chunks...)...)
	_, err = w.Write(header(e, channelsOf(shape), s.bytes, len(s.tail), o.Meta))
	return s, err
}

// Encoding returns how samples are written.
func (s *Writer) Encoding() Encoding { return s.encoder.Encoding }

// Bytes returns how many follow the header.
func (s *Writer) Bytes() int64 { return int64(s.bytes) + int64(len(s.tail)) }

// Write takes the next elements, all of each.
func (s *Writer) Write(elements []byte) (int, error) {
	s.buffer = s.encoder.encode(s.buffer[:0], elements, s.dtype)
	if _, err := s.w.Write(s.buffer); err != nil {
		return 0, err
	}
	return len(elements), nil
}

// Close writes what follows the samples.
func (s *Writer) Close() error {
	_, err := s.w.Write(s.tail)
	return err
}

// Warnings returns what became of elements that have no number.
func (s *Writer) Warnings() []string { return s.encoder.warnings(s.total) }

// header is all of a WAV before its samples. One of 4 GiB and more is an RF64.
func header(e Encoding, channels int, bytes uint64, tail int, m Meta) []byte {
	tag, frame := uint16(tagPCM), channels*e.Size()
	if e.isFloat() {
		tag = tagFloat
	}
	first := tag
	if m.Speakers != 0 {
		first = tagExtensible
	}
	format := little.AppendUint16(nil, first)
	format = little.AppendUint16(format, uint16(channels))
	format = little.AppendUint32(format, m.Rate)
	format = little.AppendUint32(format, atMost32(uint64(m.Rate)*uint64(frame)))
	format = little.AppendUint16(format, uint16(frame))
	format = little.AppendUint16(format, uint16(8*e.Size()))
	switch {
	case m.Speakers != 0:
		format = little.AppendUint16(format, 22) // bytes that follow
		format = little.AppendUint16(format, uint16(8*e.Size()))
		format = little.AppendUint32(format, m.Speakers)
		format = little.AppendUint16(format, tag)
		format = append(format, subformat...)
	case tag != tagPCM:
		format = little.AppendUint16(format, 0)
	}
	frames := bytes / uint64(frame)
	chunks := appendChunk(nil, "fmt ", format)
	if tag != tagPCM { // has one more
		chunks = appendChunk(chunks, "fact", little.AppendUint32(nil, atMost32(frames)))
	}
	chunks = append(chunks, "data"...)
	chunks = little.AppendUint32(chunks, atMost32(bytes))

	id, total := "RIFF", uint64(len("WAVE")+len(chunks)+tail)+bytes
	if total >= noSize {
		const ds64 = 28
		id, total = "RF64", total+chunkBytes+ds64
		sizes := little.AppendUint64(make([]byte, 0, ds64), total)
		sizes = little.AppendUint64(sizes, bytes)
		sizes = little.AppendUint64(sizes, frames)
		sizes = little.AppendUint32(sizes, 0) // no other chunk is as large
		chunks = append(appendChunk(nil, "ds64", sizes), chunks...)
		little.PutUint32(chunks[len(chunks)-4:], noSize)
	}
	return slices.Concat([]byte(id), little.AppendUint32(nil, atMost32(total)), []byte("WAVE"), chunks)
}

// appendChunk appends a chunk of an even number of bytes.
func appendChunk(b []byte, id string, content []byte) []byte {
	b = little.AppendUint32(append(b, id...), uint32(len(content)))
	return append(b, content...)
}

// atMost32 is n, or the largest number that a field of 32 bits has.
func atMost32(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }
