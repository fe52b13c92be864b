package signalfile

import (
	"bytes"
	"fmt"
	"math"
	"slices"
)

// The header of a WAV: RIFF, RF64 or BW64, a size, WAVE; then chunks, each an identifier, a
// size, and so many bytes, which one more makes an even number.
const (
	riffBytes  = 12
	chunkBytes = 8
	noSize     = math.MaxUint32 // in RF64 the size is elsewhere; else whoever wrote it did not know
)

// IsWAV reports whether data starts like a WAV.
func IsWAV(data []byte) bool {
	return len(data) >= riffBytes && isRIFF(data) && string(data[8:12]) == "WAVE"
}

func isRIFF(data []byte) bool {
	return slices.Contains([]string{"RIFF", "RF64", "BW64"}, string(data[:4]))
}

// others are what people have beside WAV, by their beginnings.
var others = []struct{ magic, name string }{
	{"RIFX", "RIFX (WAV of big-endian machines)"},
	{"FORM", "AIFF"},
	{"fLaC", "FLAC"},
	{"OggS", "Ogg"},
	{"ID3", "MP3"},
	{"\xff\xfb", "MP3"},
	{".snd", "AU"},
	{"riff\x2e\x91\xcf\x11", "Wave64"},
	{"caff", "CAF"},
}

// Other returns an error for data that start like a format of signals that is not read, or
// nil.
func Other(data []byte) error {
	for _, f := range others {
		if bytes.HasPrefix(data, []byte(f.magic)) {
			return fmt.Errorf("%s files are not read: %s", f.name, advice)
		}
	}
	return nil
}

// chunk is a part of the file.
type chunk struct {
	id   string
	at   int    // of its content
	size uint64 // of that, as the file says
}

// end returns where the content ends, and next where the next chunk begins.
func (c chunk) end() uint64  { return uint64(c.at) + c.size }
func (c chunk) next() uint64 { return c.end() + c.size%2 }

// wav is a file as far as it has been looked at.
type wav struct {
	data    []byte
	riffEnd uint64 // as the file says
	big     uint64 // bytes of data by RF64's ds64, 0 if there is none
	next    int    // chunk
}

func newWAV(data []byte) *wav {
	return &wav{data: data, riffEnd: 8 + uint64(little.Uint32(data[4:])), next: riffBytes}
}

// chunk returns the next chunk, if its head is there.
func (w *wav) chunk() (chunk, bool) {
	if len(w.data)-w.next < chunkBytes {
		return chunk{}, false
	}
	head := w.data[w.next:]
	c := chunk{id: string(head[:4]), at: w.next + chunkBytes, size: uint64(little.Uint32(head[4:]))}
	if c.id == "data" && c.size == noSize && w.big > 0 && w.big < math.MaxInt64/2 {
		c.size = w.big
	}
	return c, true
}

// skip goes behind a chunk and reports whether the file has all of it.
func (w *wav) skip(c chunk) bool {
	if c.id == "ds64" && c.size >= 16 && len(w.data)-c.at >= 16 && string(w.data[:4]) != "RIFF" {
		w.big = little.Uint64(w.data[c.at+8:])
	}
	w.next = int(min(w.after(c), uint64(len(w.data))))
	return c.end() <= uint64(len(w.data))
}

// after returns where the next chunk begins. Some programs leave out the byte that makes those of a
// chunk an even number: it is 0, with which no name of a chunk begins.
func (w *wav) after(c chunk) uint64 {
	if end := c.end(); c.size%2 == 1 && end+4 <= uint64(len(w.data)) {
		if id := string(w.data[end : end+4]); id == "data" || id == "fmt " || slices.Contains(kept, id) {
			return end
		}
	}
	return c.next()
}

// isOpen reports whether the size of the data is not that of the samples: whoever wrote them
// to a pipe, or was ended, did not know it. What there is, to the end of the file, is then meant.
func (w *wav) isOpen(c chunk) bool {
	switch {
	case c.size == 0:
		return w.riffEnd <= uint64(c.at) || w.riffEnd > noSize
	case c.end() <= uint64(len(w.data)):
		return false
	}
	const sox, arecord = 0x7ffff000, 0x80000000 // write about as much
	return c.size <= noSize && c.size >= noSize-0xff || c.size >= sox && c.size <= arecord
}

// Needed returns how many bytes of a WAV are needed from the start, as far as the first
// bytes tell: no more than they are if they tell all, and limit where only its end will.
func Needed(start []byte, limit int) int {
	if len(start) < riffBytes {
		return riffBytes
	}
	w := newWAV(start)
	hasFormat, end := false, 0 // of the data
	for {
		c, ok := w.chunk()
		if !ok {
			return max(end, w.next+chunkBytes)
		}
		switch {
		case c.id == "data" && w.isOpen(c):
			return limit
		case c.id == "data":
			end = int(min(c.end(), uint64(limit)))
		case c.id == "fmt ":
			hasFormat = true
		}
		if hasFormat && end > 0 {
			return max(end, int(min(c.end(), uint64(limit))))
		}
		if !w.skip(c) {
			return int(min(c.next(), uint64(limit)))
		}
	}
}

func damaged(format string, args ...any) error {
	return &FormatError{WAV, fmt.Sprintf(format, args...)}
}

// decodeWAV finds the samples.
func decodeWAV(data []byte, stored bool) (*Signal, error) {
	if len(data) < riffBytes {
		return nil, damaged("it ends within its header, after %d bytes", len(data))
	}
	if !IsWAV(data) {
		return nil, damaged("it does not begin with RIFF and WAVE")
	}
	s := &Signal{Format: WAV, stored: stored}
	w := newWAV(data)
	var found *fmtChunk
	hasData, open := false, false
	for found == nil || !hasData {
		c, ok := w.chunk()
		switch {
		case !ok && found == nil:
			return nil, damaged("it has no fmt chunk, which says what its samples are")
		case !ok:
			return nil, damaged("it has no data chunk, which holds the samples")
		case c.id == "data" && hasData, c.id == "fmt " && found != nil:
			return nil, twice(c)
		case c.id == "data" && w.isOpen(c):
			c.size, open = uint64(len(data)-c.at), true
		case c.end() > uint64(len(data)):
			return nil, damaged("truncated: its %s chunk has %d bytes, and %d are there", name(c.id), c.size, len(data)-c.at)
		}
		w.skip(c)
		content := data[c.at:int(c.end())]
		switch c.id {
		case "data":
			hasData, s.data = true, content[:len(content):len(content)]
		case "fmt ":
			f, err := parseFormat(content)
			if err != nil {
				return nil, err
			}
			found = f
			if f.warning != "" {
				s.Warnings = append(s.Warnings, f.warning)
			}
		default:
			s.keep(c.id, content)
		}
	}
	frame := found.channels * found.encoding.Size()
	n := len(s.data) / frame
	switch rest := len(s.data) % frame; {
	case rest != 0 && !open:
		return nil, damaged("a frame of %d samples has %d bytes, and its %d bytes of data are %d frames and %d bytes", found.channels, frame, len(s.data), n, rest)
	case rest > 1 || rest == 1 && len(s.data)%2 == 1: // one may be what makes the bytes even
		s.Warnings = append(s.Warnings, fmt.Sprintf("it ends within a frame, whose %d bytes are left out", rest))
	}
	s.data = s.data[:n*frame]
	s.Encoding, s.Rate, s.Speakers = found.encoding, found.rate, found.speakers
	s.view(n, found.channels)
	for { // what is behind the samples matters less
		at := w.next
		c, ok := w.chunk()
		if ok && (c.id == "data" || c.id == "fmt ") {
			return nil, twice(c)
		}
		if !ok || !w.skip(c) {
			if left := len(data) - at; left > 0 && n == 0 {
				s.Warnings = append(s.Warnings, fmt.Sprintf("it says that it has no samples, and %d bytes behind them are no chunk, which may be some", left))
			}
			return s, nil
		}
		s.keep(c.id, data[c.at:int(c.end())])
	}
}

// twice is about a chunk of which there is one too many: which of them counts, readers do not agree.
func twice(c chunk) error { return damaged("it has two %s chunks", name(c.id)) }

// kept are the chunks that say something of a signal but not how large its samples are:
// titles, notes and when it was recorded; marks and loops.
var kept = []string{"LIST", "bext", "iXML", "id3 ", "cue ", "smpl", "inst"}

// mostKept bounds the bytes of chunks that are kept.
const mostKept = 1 << 20

// keep copies a chunk, as the file may be closed before it is written again.
func (s *Signal) keep(id string, content []byte) {
	if !slices.Contains(kept, id) {
		return
	}
	total := len(content)
	for _, c := range s.Chunks {
		total += len(c)
	}
	if total > mostKept {
		s.Warnings = append(s.Warnings, fmt.Sprintf("its %s chunk, of %d bytes, is not kept", name(id), len(content)))
		return
	}
	c := little.AppendUint32([]byte(id), uint32(len(content)))
	c = append(c, content...)
	s.Chunks = append(s.Chunks, append(c, make([]byte, len(content)%2)...))
}

// name writes an identifier, which may be anything.
func name(id string) string {
	for _, c := range []byte(id) {
		if c < ' ' || c > '~' {
			return fmt.Sprintf("%q", id)
		}
	}
	return string(bytes.TrimRight([]byte(id), " "))
}

// fmtChunk is what the chunk of that name says.
type fmtChunk struct {
	encoding Encoding
	channels int
	rate     uint32
	speakers uint32
	warning  string // of what no sample depends on
}

// The tags of formats.
const (
	tagPCM        = 1
	tagFloat      = 3
	tagExtensible = 0xfffe
)

// subformat is how the identifiers of extensible formats go on that have a tag.
const subformat = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

// tags names what people meet.
var tags = map[uint16]string{
	2: "samples in ADPCM", 6: "samples in A-law", 7: "samples in µ-law", 0x11: "samples in ADPCM",
	0x31: "samples in GSM", 0x50: "samples in MPEG", 0x55: "samples in MP3", 0xff: "samples in AAC",
	0x161: "samples in WMA", 0x2000: "samples in AC-3", 0xf1ac: "samples in FLAC",
}

func parseFormat(b []byte) (*fmtChunk, error) {
	if len(b) < 16 {
		return nil, damaged("its fmt chunk has %d bytes, at least 16 are needed", len(b))
	}
	tag, channels, rate := little.Uint16(b), int(little.Uint16(b[2:])), little.Uint32(b[4:])
	frame, bits := int(little.Uint16(b[12:])), int(little.Uint16(b[14:]))
	f := &fmtChunk{channels: channels, rate: rate}
	if tag == tagExtensible {
		if len(b) < 40 {
			return nil, damaged("its extensible fmt chunk has %d bytes, at least 40 are needed", len(b))
		}
		f.speakers, tag = little.Uint32(b[20:]), little.Uint16(b[24:])
		if string(b[26:40]) != subformat {
			return nil, &UnsupportedError{WAV, fmt.Sprintf("samples of the format %x", b[24:40])}
		}
		if valid := int(little.Uint16(b[18:])); valid > bits { // fewer are the upper ones, 0 says nothing
			return nil, damaged("its fmt chunk says that %d bits of samples of %d are used", valid, bits)
		}
	}
	switch {
	case tag != tagPCM && tag != tagFloat:
		what := tags[tag]
		if what == "" {
			what = fmt.Sprintf("samples of the format with tag %#x", tag)
		}
		return nil, &UnsupportedError{WAV, what}
	case channels == 0:
		return nil, damaged("its fmt chunk says 0 channels")
	case rate == 0:
		return nil, damaged("its fmt chunk says 0 frames a second")
	}
	switch size := (bits + 7) / 8; { // fewer bits are the upper ones
	case tag == tagFloat && bits == 32:
		f.encoding = Float32
	case tag == tagFloat && bits == 64:
		f.encoding = Float64
	case tag == tagPCM && size >= 1 && size <= 4:
		f.encoding = [...]Encoding{1: Uint8, 2: Int16, 3: Int24, 4: Int32}[size]
	case tag == tagFloat:
		return nil, &UnsupportedError{WAV, fmt.Sprintf("floats of %d bits", bits)}
	default:
		return nil, &UnsupportedError{WAV, fmt.Sprintf("samples of %d bits", bits)}
	}
	if want := channels * f.encoding.Size(); frame != want {
		return nil, damaged("its fmt chunk says %d bytes for a frame of %d samples of %d bits, which take %d", frame, channels, bits, want)
	}
	if said, want := little.Uint32(b[8:]), atMost32(uint64(rate)*uint64(frame)); said != want && said != 0 {
		f.warning = fmt.Sprintf("its fmt chunk says %d bytes a second, and %d frames of %d bytes, which are %d", said, rate, frame, want)
	}
	return f, nil
}
