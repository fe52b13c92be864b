// Package signalfile reads sampled signals as arrays and writes them: WAV files, and raw
// I/Q samples.
//
// A WAV of one channel has shape (N,), one of more (N,C). Integers are fractions of full
// scale in float32, so that -1 is the least of them: n/32768 of 16 bits, (n-128)/128 of 8,
// which WAV has without a sign. Floats are what they are, float32 or float64. I/Q samples are
// complex64 of shape (N,), n/32768 for each part of cs16, n/128 of cs8, (n-127.5)/128 of cu8.
//
// [Stored] reads the numbers as they are stored instead, those of 24 bits as int32, and I/Q
// samples as (N,2). Nothing is decoded before a part of it is asked for, so that what is
// mapped may be larger than memory. What is written is encoded as blocks come. FuzzDecode writes
// all that it reads and reads it again.
package signalfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// Format is a kind of file.
type Format string

// The formats. What is raw has no header: its name tells it, or who reads it.
const (
	WAV  Format = "WAV"
	CF32 Format = "cf32"
	CS16 Format = "cs16"
	CS8  Format = "cs8"
	CU8  Format = "cu8"
)

// raw says how the parts of raw samples are stored.
var raw = []struct {
	Format
	Encoding
}{{CF32, Float32}, {CS16, Int16}, {CS8, Int8}, {CU8, Uint8Mid}}

// Raw returns the raw formats.
func Raw() (all []Format) {
	for _, f := range raw {
		all = append(all, f.Format)
	}
	return all
}

// Named returns the format of files with an extension such as ".wav", or "".
func Named(ext string) Format {
	ext = strings.ToLower(ext)
	if ext == ".wav" || ext == ".wave" {
		return WAV
	}
	for _, f := range raw {
		if ext == "."+string(f.Format) {
			return f.Format
		}
	}
	return ""
}

// IsRaw reports whether files of the format have no header.
func (f Format) IsRaw() bool { return f != "" && f != WAV }

// Stored is the view of a signal as the numbers that are stored.
const Stored = "stored"

// Signal is a file that was read.
type Signal struct {
	Format   Format
	Encoding Encoding
	// Array has the samples, without data where they are to be decoded.
	Array    bytearray.Array
	Warnings []string
	Meta

	data   []byte
	stored bool // Array has the numbers as they are
}

// Meta is what a WAV says of its samples.
type Meta struct {
	Rate     uint32   // frames a second
	Speakers uint32   // which the channels are for, a bit each, as in an extensible header; 0 for unknown
	Chunks   [][]byte // which say something of the signal, but not how large samples are
}

// Decode reads a file of the format; view is "" or Stored.
func Decode(format Format, data []byte, view string) (*Signal, error) {
	if view != "" && view != Stored {
		return nil, fmt.Errorf("no part of a signal is called %q, only :%s", view, Stored)
	}
	if format == WAV {
		return decodeWAV(data, view == Stored)
	}
	i := slices.IndexFunc(raw, func(f struct {
		Format
		Encoding
	},
	) bool {
		return f.Format == format
	})
	if i < 0 {
		return nil, fmt.Errorf("no format is called %q", format)
	}
	s := &Signal{Format: format, Encoding: raw[i].Encoding, data: data, stored: view == Stored}
	sample := 2 * s.Encoding.Size()
	n, rest := len(data)/sample, len(data)%sample
	if rest != 0 {
		return nil, &FormatError{format, fmt.Sprintf("a sample has %d bytes, and %d are %d samples and %d bytes", sample, len(data), n, rest)}
	}
	s.view(n, 2)
	return s, nil
}

// view makes the array of n frames.
func (s *Signal) view(n, channels int) {
	isComplex := s.Format != WAV && !s.stored
	shape := []int{n, channels}
	if isComplex || s.Format == WAV && channels == 1 {
		shape = shape[:1]
	}
	dtype := s.Encoding.fraction()
	switch {
	case isComplex:
		dtype = ndarray.Complex64
	case s.stored:
		dtype = s.Encoding.dtype()
	}
	data := s.data
	if s.decodes() {
		data = nil
	}
	s.Array = bytearray.Packed(dtype, shape, false, data)
	s.Array.Swapped = bigEndian && s.Encoding.Size() > 1 && data != nil
}

// decodes reports whether samples are other bytes in memory than in the file, up to their
// order.
func (s *Signal) decodes() bool {
	return s.Encoding == Int24 || !s.stored && !s.Encoding.isFloat()
}

// Decoder returns what decodes the samples, or nil if the array has them.
func (s *Signal) Decoder() *Decoder {
	if !s.decodes() {
		return nil
	}
	words := 1 // of an element
	if s.Array.DType == ndarray.Complex64 {
		words = 2
	}
	return &Decoder{
		bytes:    bytearray.Array{DType: ndarray.Uint8, Data: s.data},
		size:     words * s.Encoding.Size(),
		encoding: s.Encoding,
		stored:   s.stored,
	}
}

// Bytes returns how many bytes of the file hold samples.
func (s *Signal) Bytes() int { return len(s.data) }

// Decoder decodes parts of a signal.
type Decoder struct {
	bytes    bytearray.Array
	size     int // of an element
	encoding Encoding
	stored   bool

	buffer []byte
}

// Gather is that of the signal's array: it decodes into dst what shape and strides, in
// elements, reach from element start on.
func (d *Decoder) Gather(dst []byte, start int, shape, strides []int) error {
	n := d.size
	var extents, steps []int // of bytes, which may have no room for an axis more
	for i, extent := range shape {
		if n *= extent; extent != 1 {
			extents, steps = append(extents, extent), append(steps, d.size*strides[i])
		}
	}
	d.buffer = slices.Grow(d.buffer[:0], n)[:n]
	if err := d.bytes.Gather(d.buffer, d.size*start, append(extents, d.size), append(steps, 1)); err != nil {
		return err
	}
	d.encoding.decode(dst, d.buffer, d.stored)
	return nil
}

// FormatError is a file that is not what its beginning or its name says.
type FormatError struct {
	Format  Format
	Problem string
}

func (e *FormatError) Error() string { return fmt.Sprintf("damaged %s: %s", e.Format, e.Problem) }

// UnsupportedError is a file that is well, but is not read.
type UnsupportedError struct {
	Format Format
	What   string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("the %s can not be read: %s are not supported: %s", e.Format, e.What, advice)
}

const advice = "convert it with another program, to a WAV of 16 or 24 bits for example"
