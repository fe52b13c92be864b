package signalfile

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// put appends numbers, the least byte first: of Go's sizes, and strings as they are.
func put(values ...any) []byte {
	var b []byte
	for _, v := range values {
		switch v := v.(type) {
		case string:
			b = append(b, v...)
		case []byte:
			b = append(b, v...)
		case uint16:
			b = little.AppendUint16(b, v)
		case uint32:
			b = little.AppendUint32(b, v)
		case uint64:
			b = little.AppendUint64(b, v)
		case float32:
			b = little.AppendUint32(b, math.Float32bits(v))
		case float64:
			b = little.AppendUint64(b, math.Float64bits(v))
		default:
			panic(fmt.Sprintf("%T", v))
		}
	}
	return b
}

// chunkOf is a chunk with what makes its bytes even.
func chunkOf(id string, content []byte) []byte {
	return put(id, uint32(len(content)), content, make([]byte, len(content)%2))
}

// riff is a file of chunks.
func riff(chunks ...[]byte) []byte {
	body := slices.Concat(chunks...)
	return put("RIFF", uint32(4+len(body)), "WAVE", body)
}

// format is the content of a fmt chunk.
func format(tag, channels, bits int) []byte {
	frame := channels * ((bits + 7) / 8)
	return put(uint16(tag), uint16(channels), uint32(48000), uint32(48000*frame), uint16(frame), uint16(bits))
}

// extensible is one that says more.
func extensible(tag, channels, bits int) []byte {
	return put(format(tagExtensible, channels, bits), uint16(22), uint16(bits), uint32(3), uint16(tag), subformat)
}

// all returns the elements of a signal, as bytes.
func all(s *Signal) []byte {
	a := &s.Array
	dst, gather := make([]byte, a.Len()*a.DType.Size()), a.Gather
	if d := s.Decoder(); d != nil {
		gather = d.Gather
	}
	if err := gather(dst, 0, a.Shape, a.Strides); err != nil {
		panic(err)
	}
	return dst
}

// pcm stores integers in an encoding.
func pcm(e Encoding, values ...int64) []byte {
	var b []byte
	for _, v := range values {
		for i := range e.Size() {
			b = append(b, byte(v>>(8*i)))
		}
	}
	return b
}

// values are all integers of an encoding of up to 16 bits, and those at the ends and in the
// middle of larger ones.
func values(e Encoding) (all []int64) {
	least, most := e.limits()
	if e.Size() <= 2 {
		for v := int64(least); v <= int64(most); v++ {
			all = append(all, v)
		}
		return all
	}
	for i := range int64(100) {
		all = append(all, int64(least)+i, int64(most)-i, i-50, 1<<24+i, 1<<24-i, (i-50)*997*7919)
	}
	return slices.DeleteFunc(all, func(v int64) bool { return v < int64(least) || v > int64(most) })
}

// Integers are the fraction that their encoding says, nearest to it, and as stored themselves.
func TestIntegers(t *testing.T) {
	tests := []struct {
		Encoding
		format      Format
		zero, scale float64
	}{
		{Uint8, WAV, 128, 128},
		{Int16, WAV, 0, 32768},
		{Int24, WAV, 0, 8388608},
		{Int32, WAV, 0, 2147483648},
		{Uint8Mid, CU8, 127.5, 128},
		{Int8, CS8, 0, 128},
		{Int16, CS16, 0, 32768},
	}
	for _, test := range tests {
		want := values(test.Encoding)
		data := pcm(test.Encoding, want...)
		if test.format == WAV {
			data = riff(chunkOf("fmt ", format(tagPCM, 1, 8*test.Size())), chunkOf("data", data))
		}
		s, err := Decode(test.format, data, "")
		if err != nil {
			t.Fatalf("%s of %v: %v", test.format, test.Encoding, err)
		}
		for i, got := range as[float32](all(s)) {
			exact := new(big.Float).SetFloat64(float64(want[i]) - test.zero)
			nearest, _ := exact.Quo(exact, big.NewFloat(test.scale)).Float32()
			if got != nearest {
				t.Fatalf("%s of %v: %d is %v, want %v", test.format, test.Encoding, want[i], got, nearest)
			}
		}
		if s, err = Decode(test.format, data, Stored); err != nil {
			t.Fatalf("%s of %v: %v", test.format, test.Encoding, err)
		}
		stored := all(s)
		for i, n := range want {
			if got := number(stored, s.Array.DType, i); got != n {
				t.Fatalf("%s of %v: %d is stored as %d", test.format, test.Encoding, n, got)
			}
		}
		// And back.
		var e encoder
		e.Encoding = test.Encoding
		fractions, err := Decode(test.format, data, "")
		if err != nil {
			t.Fatal(err)
		}
		if back := e.encode(nil, all(fractions), ndarray.Float32); test.Size() < 4 && !bytes.Equal(back, pcm(test.Encoding, want...)) || e.clipped+e.nans > 0 {
			t.Errorf("%s of %v does not come back", test.format, test.Encoding)
		}
		if back := e.encode(nil, stored, s.Array.DType); !bytes.Equal(back, pcm(test.Encoding, want...)) || e.clipped > 0 {
			t.Errorf("%s of %v as stored does not come back", test.format, test.Encoding)
		}
	}
}

func number(data []byte, dtype ndarray.DType, i int) int64 {
	switch dtype {
	case ndarray.Uint8:
		return int64(data[i])
	case ndarray.Int8:
		return int64(int8(data[i]))
	case ndarray.Int16:
		return int64(as[int16](data)[i])
	}
	return int64(as[int32](data)[i])
}

// What is asked for in parts is what the whole has there.
func TestGatherParts(t *testing.T) {
	data := riff(chunkOf("fmt ", format(tagPCM, 3, 24)), chunkOf("data", pcm(Int24, values(Int24)[:300]...)))
	s, err := Decode(WAV, data, "")
	if err != nil {
		t.Fatal(err)
	}
	whole := as[float32](all(s))
	d := s.Decoder()
	for _, test := range []struct{ start, rows, columns, row, column int }{
		{0, 100, 3, 3, 1}, {3, 7, 3, 3, 1}, {1, 100, 1, 3, 0}, {299, 10, 3, -3, -1}, {5, 4, 5, 0, 0}, {0, 0, 3, 3, 1},
	} {
		got := make([]float32, test.rows*test.columns)
		dst := make([]byte, 4*len(got))
		if err := d.Gather(dst, test.start, []int{test.rows, test.columns}, []int{test.row, test.column}); err != nil {
			t.Fatal(err)
		}
		for i, v := range as[float32](dst) {
			if want := whole[test.start+i/test.columns*test.row+i%test.columns*test.column]; v != want {
				t.Fatalf("%v: element %d is %v, want %v", test, i, v, want)
			}
		}
	}
}

// Files of all kinds of headers hold the same four frames of two channels.
func TestHeaders(t *testing.T) {
	samples := pcm(Int16, 1, -2, 3, -4, 5, -6, 7, -8)
	want := []float32{1, -2, 3, -4, 5, -6, 7, -8}
	for i := range want {
		want[i] /= 32768
	}
	pcmFormat, data := chunkOf("fmt ", format(tagPCM, 2, 16)), chunkOf("data", samples)
	list := chunkOf("LIST", put("INFOISFT", uint32(4), "any\x00"))
	open := func(riff, size uint32, behind string) []byte {
		return put("RIFF", riff, "WAVE", pcmFormat, "data", size, samples, behind)
	}
	ds64 := func(size uint64) []byte {
		return chunkOf("ds64", put(uint64(1000), size, uint64(4), uint32(0)))
	}
	big := func(id string, size uint64) []byte {
		return put(id, uint32(noSize), "WAVE", ds64(size), pcmFormat, "data", uint32(noSize), samples, list)
	}
	for name, file := range map[string][]byte{
		"plain":                     riff(pcmFormat, data),
		"more of a format":          riff(chunkOf("fmt ", put(format(tagPCM, 2, 16), uint16(0))), data),
		"extensible":                riff(chunkOf("fmt ", extensible(tagPCM, 2, 16)), data),
		"12 bits":                   riff(chunkOf("fmt ", put(format(tagPCM, 2, 16)[:14], uint16(12))), data),
		"chunks before":             riff(list, chunkOf("junk", make([]byte, 7)), pcmFormat, chunkOf("\x00\x01\x02\x03", []byte("odd")), data),
		"12 bits in use of 16":      riff(chunkOf("fmt ", put(extensible(tagPCM, 2, 16)[:18], uint16(12), extensible(tagPCM, 2, 16)[20:])), data),
		"no word of the bits":       riff(chunkOf("fmt ", put(extensible(tagPCM, 2, 16)[:18], uint16(0), extensible(tagPCM, 2, 16)[20:])), data),
		"no bytes a second":         riff(chunkOf("fmt ", put(format(tagPCM, 2, 16)[:8], uint32(0), format(tagPCM, 2, 16)[12:])), data),
		"frames that are not there": riff(pcmFormat, chunkOf("fact", put(uint32(99))), data),
		"odd chunks without a pad":  riff(put("LIST", uint32(3), "abc"), pcmFormat, put("junk", uint32(1), "x"), data),
		"odd chunks of letters":     riff(put("junk", uint32(3), "abcd"), pcmFormat, data),
		"chunks behind":             riff(pcmFormat, data, list, chunkOf("junk", make([]byte, 3))),
		"the format behind":         riff(data, chunkOf("junk", make([]byte, 3)), pcmFormat),
		"garbage behind":            append(riff(pcmFormat, data), "garbage, of more than a chunk's head"...),
		"half a chunk behind":       append(riff(pcmFormat, data), "LIS"...),
		"RIFF without its size":     put("RIFF", uint32(0), "WAVE", pcmFormat, data),
		"RIFF of a wrong size":      put("RIFF", uint32(77), "WAVE", pcmFormat, data, list),
		"no sizes":                  open(0, 0, ""),
		"no size, as first written": open(36, 0, ""),
		"no size, by ffmpeg":        open(noSize, noSize, ""),
		"no size, by sox":           open(0x7ffff024, 0x7ffff000, ""),
		"no size, by arecord":       open(0x80000024, 0x80000000, ""),
		"RF64":                      big("RF64", 16),
		"BW64":                      big("BW64", 16),
		"RF64 without its size":     put("RF64", uint32(noSize), "WAVE", ds64(0), pcmFormat, "data", uint32(noSize), samples),
		"RF64 of no size":           put("RF64", uint32(noSize), "WAVE", ds64(math.MaxUint64), pcmFormat, "data", uint32(noSize), samples),
		"RF64 that need not be one": put("RF64", uint32(noSize), "WAVE", ds64(99), pcmFormat, data),
	} {
		s, err := Decode(WAV, file, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := as[float32](all(s)); !slices.Equal(got, want) || !slices.Equal(s.Array.Shape, []int{4, 2}) || len(s.Warnings) > 0 || s.Rate != 48000 {
			t.Errorf("%s: got %v %v, %d a second, %q", name, s.Array.Shape, got, s.Rate, s.Warnings)
		}
		// Of a pipe no more is read than is needed.
		start := file[:0]
		for n := Needed(start, len(file)); n > len(start); n = Needed(start, len(file)) {
			start = file[:min(n, len(file))]
			if len(start) == len(file) {
				break
			}
		}
		if s, err = Decode(WAV, start, ""); err != nil || !slices.Equal(as[float32](all(s)), want) {
			t.Errorf("%s: the first %d of %d bytes are not enough: %v", name, len(start), len(file), err)
		}
		if reads := !strings.Contains(name, "size") && strings.HasSuffix(name, "behind") && name != "the format behind"; reads && len(start) >= len(file) {
			t.Errorf("%s: all of it is read", name)
		}
	}
}

// A WAV of which both sizes say that it has no samples has none, but samples behind that are not
// passed over in silence.
func TestNoSamples(t *testing.T) {
	format, none := chunkOf("fmt ", format(tagPCM, 2, 16)), chunkOf("data", nil)
	for name, test := range map[string]struct {
		file  []byte
		warns bool
	}{
		"none":    {riff(format, none), false},
		"a chunk": {riff(format, none, chunkOf("LIST", []byte("INFO"))), false},
		"some":    {riff(format, none, pcm(Int16, 1, -2, 3, -4, 5, -6)), true},
		"one":     {riff(format, none, pcm(Int16, 1, -2)), true},
	} {
		s, err := Decode(WAV, test.file, "")
		if err != nil || s.Array.Len() != 0 || (len(s.Warnings) > 0) != test.warns {
			t.Errorf("%s: %v, %+v", name, err, s)
		}
	}
}

// What is there of other kinds.
func TestKinds(t *testing.T) {
	ends := put(uint16(0x8000), uint16(0x7fff))
	for name, test := range map[string]struct {
		file     []byte
		dtype    ndarray.DType
		shape    []int
		speakers uint32
		warning  string
	}{
		"one channel":       {riff(chunkOf("fmt ", format(tagPCM, 1, 16)), chunkOf("data", ends)), ndarray.Float32, []int{2}, 0, ""},
		"speakers":          {riff(chunkOf("fmt ", extensible(tagPCM, 2, 16)), chunkOf("data", ends)), ndarray.Float32, []int{1, 2}, 3, ""},
		"float32":           {riff(chunkOf("fmt ", format(tagFloat, 1, 32)), chunkOf("data", put(float32(1.5)))), ndarray.Float32, []int{1}, 0, ""},
		"float64":           {riff(chunkOf("fmt ", extensible(tagFloat, 1, 64)), chunkOf("data", put(-2.5))), ndarray.Float64, []int{1}, 3, ""},
		"nothing":           {riff(chunkOf("fmt ", format(tagPCM, 2, 16)), chunkOf("data", nil)), ndarray.Float32, []int{0, 2}, 0, ""},
		"an odd byte":       {riff(chunkOf("fmt ", format(tagPCM, 1, 8)), chunkOf("data", []byte("abc"))), ndarray.Float32, []int{3}, 0, ""},
		"no size, odd":      {put("RIFF", uint32(0), "WAVE", chunkOf("fmt ", format(tagPCM, 1, 24)), "data", uint32(0), "abc\x00"), ndarray.Float32, []int{1}, 0, ""},
		"within a frame":    {put("RIFF", uint32(0), "WAVE", chunkOf("fmt ", format(tagPCM, 2, 16)), "data", uint32(0), "abcdefg"), ndarray.Float32, []int{1, 2}, 0, "it ends within a frame, whose 3 bytes are left out"},
		"no pad":            {riff(chunkOf("fmt ", format(tagPCM, 1, 8)), put("data", uint32(1), "a"), chunkOf("LIST", make([]byte, 4))), ndarray.Float32, []int{1}, 0, ""},
		"bytes a second":    {riff(chunkOf("fmt ", put(format(tagPCM, 1, 16)[:8], uint32(48000), format(tagPCM, 1, 16)[12:])), chunkOf("data", ends)), ndarray.Float32, []int{2}, 0, "its fmt chunk says 48000 bytes a second, and 48000 frames of 2 bytes, which are 96000"},
		"too many a second": {riff(chunkOf("fmt ", put(format(tagPCM, 1, 16)[:4], uint32(math.MaxUint32), uint32(math.MaxUint32), format(tagPCM, 1, 16)[12:])), chunkOf("data", ends)), ndarray.Float32, []int{2}, 0, ""},
		"a chunk too long":  {riff(chunkOf("fmt ", format(tagPCM, 1, 8)), chunkOf("LIST", make([]byte, mostKept+1)), chunkOf("data", nil)), ndarray.Float32, []int{0}, 0, "its LIST chunk, of 1048577 bytes, is not kept"},
	} {
		s, err := Decode(WAV, test.file, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Array.DType != test.dtype || !slices.Equal(s.Array.Shape, test.shape) || s.Speakers != test.speakers || strings.Join(s.Warnings, "; ") != test.warning {
			t.Errorf("%s: %v %v, speakers %x, %q", name, s.Array.DType, s.Array.Shape, s.Speakers, s.Warnings)
		}
	}
	// What is behind a chunk without a pad is found, too.
	if s, err := Decode(WAV, riff(chunkOf("fmt ", format(tagPCM, 1, 8)), put("data", uint32(1), "a"), chunkOf("LIST", make([]byte, 4))), ""); err != nil || len(s.Chunks) != 1 {
		t.Errorf("no pad: %+v, %v", s, err)
	}
	s, err := Decode(CF32, put(float32(1), float32(2), float32(3), float32(4)), "")
	if err != nil || s.Decoder() != nil || !slices.Equal(as[complex64](all(s)), []complex64{1 + 2i, 3 + 4i}) {
		t.Errorf("cf32: %v, %v", all(s), err)
	}
	s, err = Decode(CF32, put(float32(1), float32(2), float32(3), float32(4)), Stored)
	if err != nil || s.Array.DType != ndarray.Float32 || !slices.Equal(s.Array.Shape, []int{2, 2}) {
		t.Errorf("cf32 as stored: %v %v, %v", s.Array.DType, s.Array.Shape, err)
	}
	s, err = Decode(CU8, []byte{0, 255, 127, 128}, "")
	if err != nil || !slices.Equal(as[complex64](all(s)), []complex64{complex(-127.5/128, 127.5/128), complex(-0.5/128, 0.5/128)}) {
		t.Errorf("cu8: %v", err)
	}
}

// Files that are wrong, and what is said of them.
var wrong = []struct {
	name   string
	format Format
	file   []byte
	want   string
}{
	{"short", WAV, []byte("RIFF"), "it ends within its header, after 4 bytes"},
	{"no WAVE", WAV, []byte("RIFF\x04\x00\x00\x00AVI "), "it does not begin with RIFF and WAVE"},
	{"no chunks", WAV, riff(), "it has no fmt chunk, which says what its samples are"},
	{"no data", WAV, riff(chunkOf("fmt ", format(tagPCM, 1, 8))), "it has no data chunk, which holds the samples"},
	{"no format", WAV, riff(chunkOf("data", []byte("ab"))), "it has no fmt chunk"},
	{"two formats", WAV, riff(chunkOf("fmt ", format(tagPCM, 1, 8)), chunkOf("fmt ", format(tagPCM, 1, 8)), chunkOf("data", nil)), "two fmt chunks"},
	{"twice data", WAV, riff(chunkOf("data", nil), chunkOf("data", nil), chunkOf("fmt ", format(tagPCM, 1, 8))), "two data chunks"},
	{"twice data, behind the format", WAV, riff(chunkOf("fmt ", format(tagPCM, 1, 8)), chunkOf("data", []byte("ab")), chunkOf("LIST", []byte("abcd")), chunkOf("data", []byte("cd"))), "two data chunks"},
	{"two formats, around the data", WAV, riff(chunkOf("fmt ", format(tagPCM, 1, 8)), chunkOf("data", []byte("ab")), chunkOf("fmt ", format(tagPCM, 2, 8))), "two fmt chunks"},
	{"more bits than there are", WAV, riff(chunkOf("fmt ", put(extensible(tagPCM, 2, 24)[:18], uint16(32), extensible(tagPCM, 2, 24)[20:]))), "32 bits of samples of 24 are used"},
	{"frames of no bytes", WAV, riff(chunkOf("fmt ", put(format(tagPCM, 2, 16)[:12], uint16(0), uint16(16)))), "0 bytes for a frame of 2 samples of 16 bits, which take 4"},
	{"floats of wrong bytes", WAV, riff(chunkOf("fmt ", put(format(tagFloat, 1, 32)[:12], uint16(8), uint16(32)))), "8 bytes for a frame of 1 samples of 32 bits, which take 4"},
	{"short format", WAV, riff(chunkOf("fmt ", make([]byte, 14))), "its fmt chunk has 14 bytes, at least 16 are needed"},
	{"short extensible", WAV, riff(chunkOf("fmt ", extensible(1, 2, 16)[:38])), "its extensible fmt chunk has 38 bytes, at least 40 are needed"},
	{"no channels", WAV, riff(chunkOf("fmt ", format(tagPCM, 0, 8))), "0 channels"},
	{"no rate", WAV, riff(chunkOf("fmt ", put(uint16(1), uint16(1), uint32(0), uint32(0), uint16(1), uint16(8)))), "0 frames a second"},
	{"frames of wrong bytes", WAV, riff(chunkOf("fmt ", put(format(tagPCM, 2, 16)[:12], uint16(3), uint16(16)))), "3 bytes for a frame of 2 samples of 16 bits, which take 4"},
	{"24 bits in 32", WAV, riff(chunkOf("fmt ", put(format(tagPCM, 1, 24)[:12], uint16(4), uint16(24)))), "4 bytes for a frame of 1 samples of 24 bits"},
	{"half a frame", WAV, riff(chunkOf("fmt ", format(tagPCM, 2, 16)), chunkOf("data", make([]byte, 10))), "a frame of 2 samples has 4 bytes, and its 10 bytes of data are 2 frames and 2 bytes"},
	{"truncated data", WAV, riff(chunkOf("fmt ", format(tagPCM, 2, 16)), chunkOf("data", make([]byte, 16)))[:50], "truncated: its data chunk has 16 bytes, and 6 are there"},
	{"truncated format", WAV, riff(chunkOf("fmt ", format(tagPCM, 2, 16)))[:30], "truncated: its fmt chunk has 16 bytes, and 10 are there"},
	{"a chunk that is too large", WAV, riff(put("LIST", uint32(math.MaxUint32))), "truncated: its LIST chunk has 4294967295 bytes, and 0 are there"},
	{"a chunk of any name", WAV, riff(put("\x00\n\xffa", uint32(5))), `its "\x00\n\xffa" chunk has 5 bytes`},
	{"RF64 of too much", WAV, put("RF64", uint32(noSize), "WAVE", chunkOf("ds64", put(uint64(0), uint64(1)<<40, uint64(0), uint32(0))), chunkOf("fmt ", format(tagPCM, 1, 8)), "data", uint32(noSize), "ab"), "its data chunk has 1099511627776 bytes, and 2 are there"},
	{"half a sample", CS16, make([]byte, 10), "damaged cs16: a sample has 4 bytes, and 10 are 2 samples and 2 bytes"},
	{"half a float", CF32, make([]byte, 7), "damaged cf32: a sample has 8 bytes, and 7 are 0 samples and 7 bytes"},
	{"an odd byte", CU8, make([]byte, 3), "a sample has 2 bytes"},
}

// Files that are well and are not read.
var foreign = []struct {
	name string
	file []byte
	want string
}{
	{"ADPCM", riff(chunkOf("fmt ", format(2, 1, 8))), "samples in ADPCM are not supported: convert it"},
	{"µ-law", riff(chunkOf("fmt ", extensible(7, 1, 8))), "samples in µ-law"},
	{"any tag", riff(chunkOf("fmt ", format(0x4242, 1, 8))), "samples of the format with tag 0x4242"},
	{"any subformat", riff(chunkOf("fmt ", put(extensible(1, 1, 8)[:26], "0123456789abcd"))), "samples of the format 0100303132"},
	{"64 bits", riff(chunkOf("fmt ", format(tagPCM, 1, 64))), "samples of 64 bits"},
	{"no bits", riff(chunkOf("fmt ", format(tagPCM, 1, 0))), "samples of 0 bits"},
	{"half floats", riff(chunkOf("fmt ", format(tagFloat, 1, 16))), "floats of 16 bits"},
}

func TestErrors(t *testing.T) {
	for _, test := range wrong {
		_, err := Decode(test.format, test.file, "")
		if !errors.As(err, new(*FormatError)) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	for _, test := range foreign {
		_, err := Decode(WAV, test.file, "")
		if !errors.As(err, new(*UnsupportedError)) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := Decode(WAV, riff(), "mask"); err == nil || !strings.Contains(err.Error(), `no part of a signal is called "mask", only :stored`) {
		t.Error(err)
	}
	if _, err := Decode("mp3", nil, ""); err == nil {
		t.Error("no format is one")
	}
	for begin, want := range map[string]string{"FORM": "AIFF files are not read: convert", "fLaC": "FLAC", "OggS": "Ogg", "RIFX": "RIFX"} {
		if err := Other([]byte(begin + "....")); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", begin, err)
		}
	}
	if err := Other([]byte("nothing known")); err != nil {
		t.Error(err)
	}
}

// Any bytes are read or refused without a panic; all elements of what is read are there, and
// it comes back when it is written.
func FuzzDecode(f *testing.F) {
	for _, test := range wrong {
		f.Add(string(test.format), test.file, false)
	}
	for _, test := range foreign {
		f.Add("WAV", test.file, true)
	}
	for _, bits := range []int{8, 16, 24, 32} {
		f.Add("WAV", riff(chunkOf("fmt ", extensible(tagPCM, 2, bits)), chunkOf("data", make([]byte, 4*bits)), chunkOf("LIST", []byte("abc"))), bits == 24)
	}
	f.Add("WAV", put("RF64", uint32(noSize), "WAVE", chunkOf("ds64", make([]byte, 28)), chunkOf("fmt ", format(tagFloat, 1, 32)), "data", uint32(noSize), "abcdefgh"), false)
	f.Add("cu8", []byte("abcd"), false)
	f.Fuzz(func(t *testing.T, name string, data []byte, stored bool) {
		view := ""
		if stored {
			view = Stored
		}
		s, err := Decode(Format(name), data, view)
		if n := Needed(data, 1<<30); n < 0 || n > 1<<30 {
			t.Fatalf("%d bytes are needed", n)
		}
		if err != nil {
			return
		}
		elements := all(s)
		var out bytes.Buffer
		o := Options{Meta: s.Meta, Source: &s.Encoding}
		if s.Rate == 0 && s.Format == WAV || s.Array.Len() > 1<<20 {
			t.Fatalf("%d a second, %v", s.Rate, s.Array.Shape)
		}
		w, err := NewWriter(&out, s.Format, s.Array.DType, s.Array.Shape, o)
		if err != nil {
			return // it may have too many channels
		}
		if _, err = w.Write(elements); err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(s.Format, out.Bytes(), view)
		if err != nil {
			t.Fatal(err)
		}
		if got := all(again); !bytes.Equal(got, elements) && !hasNaN(s, elements) || again.Encoding != s.Encoding || again.Rate != s.Rate || again.Speakers != s.Speakers || len(again.Chunks) != len(s.Chunks) {
			t.Fatalf("%v %v came back as %v %v", s.Array.DType, s.Array.Shape, again.Array.DType, again.Array.Shape)
		}
	})
}

// hasNaN reports whether elements are floats that may come back with other bits.
func hasNaN(s *Signal, elements []byte) bool {
	if !s.Encoding.isFloat() {
		return false
	}
	if s.Encoding == Float64 {
		return slices.ContainsFunc(as[float64](elements), func(v float64) bool { return v != v })
	}
	return slices.ContainsFunc(as[float32](elements), func(v float32) bool { return v != v })
}
