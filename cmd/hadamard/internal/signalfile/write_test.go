package signalfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// asBytes views elements as the bytes that they are.
func asBytes[T any](s []T) []byte {
	var b bytes.Buffer
	for _, v := range s {
		switch v := any(v).(type) {
		case float32:
			b.Write(binary.NativeEndian.AppendUint32(nil, math.Float32bits(v)))
		case float64:
			b.Write(binary.NativeEndian.AppendUint64(nil, math.Float64bits(v)))
		case int16:
			b.Write(binary.NativeEndian.AppendUint16(nil, uint16(v)))
		case int32:
			b.Write(binary.NativeEndian.AppendUint32(nil, uint32(v)))
		case uint8:
			b.WriteByte(v)
		}
	}
	return b.Bytes()
}

// Fractions are rounded half to even and clamped, and what was beyond full scale is counted.
func TestRounding(t *testing.T) {
	inf := math.Inf(1)
	for _, test := range []struct {
		Encoding
		in      []float64 // of a unit, 1/scale
		want    []int64
		clipped int64
	}{
		{Int16, []float64{0, 0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 0.51, 32766.5, 32767.4}, []int64{0, 0, 2, 2, 0, -2, 0, 1, 32766, 32767}, 0},
		{Int16, []float64{32767.5, 32768, -32768, -32768.4}, []int64{32767, 32767, -32768, -32768}, 1},
		{Int16, []float64{40000, -40000, 1e30, inf, -inf}, []int64{32767, -32768, 32767, 32767, -32768}, 5},
		{Uint8, []float64{0, 1, -1, 127, -128, 0.5, 1.5}, []int64{128, 129, 127, 255, 0, 128, 130}, 0},
		{Uint8, []float64{128, 129, -129}, []int64{255, 255, 0}, 2},
		{Uint8Mid, []float64{0.5, -0.5, 127.5, -127.5, 0, 1, -1}, []int64{128, 127, 255, 0, 128, 128, 126}, 0},
		{Int8, []float64{0.5, 127, -128, 127.5}, []int64{0, 127, -128, 127}, 0},
		{Int24, []float64{0.5, 8388607, -8388608, 8388608}, []int64{0, 8388607, -8388608, 8388607}, 0},
		{Int32, []float64{0.5, 2147483647, -2147483648, 2147483648}, []int64{0, 2147483647, -2147483648, 2147483647}, 0},
	} {
		e := encoder{Encoding: test.Encoding}
		in := slices.Clone(test.in)
		for i := range in {
			in[i] /= encodings[test.Encoding].scale
		}
		got := e.encode(nil, asBytes(in), ndarray.Float64)
		if want := pcm(test.Encoding, test.want...); !bytes.Equal(got, want) || e.clipped != test.clipped || e.nans != 0 {
			t.Errorf("%v: %v became % x, want % x; %d clipped, want %d", test.Encoding, test.in, got, want, e.clipped, test.clipped)
		}
	}
	e := encoder{Encoding: Uint8}
	if got := e.encode(nil, asBytes([]float32{float32(math.NaN()), 0}), ndarray.Float32); !bytes.Equal(got, []byte{128, 128}) || e.nans != 1 {
		t.Errorf("NaN became % x, counted %d times", got, e.nans)
	}
	if got, want := strings.Join(e.warnings(2), "; "), "1 of 2 samples were NaN and are written as 0"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	e = encoder{Encoding: Int24}
	if got := e.encode(nil, asBytes([]int32{1 << 23, -1 << 31, -5}), ndarray.Int32); !bytes.Equal(got, pcm(Int24, 1<<23-1, -1<<23, -5)) {
		t.Errorf("int32 of more than 24 bits became % x", got)
	}
	if got, want := strings.Join(e.warnings(3), "; "), "2 of 3 samples were beyond full scale (up to 256 times) and are clamped"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What is written: a file that is read again, with its parts in their places.
func TestWrite(t *testing.T) {
	list := chunkOf("LIST", []byte("abc"))
	depth := func(e Encoding) *Encoding { return &e }
	for name, test := range map[string]struct {
		dtype ndarray.DType
		shape []int
		o     Options
		want  []byte
	}{
		"16 bits": {
			ndarray.Float32,
			[]int{1, 2},
			Options{Meta: Meta{Rate: 48000}, Source: depth(Int16)},
			riff(chunkOf("fmt ", format(tagPCM, 2, 16)), chunkOf("data", pcm(Int16, 16384, -16384))),
		},
		"8 bits, odd, with notes": {
			ndarray.Float32,
			[]int{1},
			Options{Meta: Meta{Rate: 48000, Chunks: [][]byte{list}}, Depth: depth(Uint8)},
			riff(chunkOf("fmt ", format(tagPCM, 1, 8)), chunkOf("data", []byte{192}), list),
		},
		"speakers": {
			ndarray.Float32,
			[]int{1, 2},
			Options{Meta: Meta{Rate: 48000, Speakers: 3}, Depth: depth(Int24)},
			riff(chunkOf("fmt ", extensible(tagPCM, 2, 24)), chunkOf("data", pcm(Int24, 1<<22, -1<<22))),
		},
		"floats": {
			ndarray.Float32,
			[]int{2},
			Options{Meta: Meta{Rate: 48000}},
			riff(chunkOf("fmt ", put(format(tagFloat, 1, 32), uint16(0))), chunkOf("fact", put(uint32(2))), chunkOf("data", put(float32(0.5), float32(-0.5)))),
		},
		"float64": {
			ndarray.Float64,
			[]int{2},
			Options{Meta: Meta{Rate: 48000}},
			riff(chunkOf("fmt ", put(format(tagFloat, 1, 64), uint16(0))), chunkOf("fact", put(uint32(2))), chunkOf("data", put(0.5, -0.5))),
		},
		"nothing": {
			ndarray.Float32,
			[]int{0},
			Options{Meta: Meta{Rate: 48000}, Source: depth(Int16)},
			riff(chunkOf("fmt ", format(tagPCM, 1, 16)), chunkOf("data", nil)),
		},
	} {
		n := 1
		for _, extent := range test.shape {
			n *= extent
		}
		elements := asBytes([]float32{0.5, -0.5}[:n])
		if test.dtype == ndarray.Float64 {
			elements = asBytes([]float64{0.5, -0.5}[:n])
		}
		var got bytes.Buffer
		w, err := NewWriter(&got, WAV, test.dtype, test.shape, test.o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		head := int64(got.Len())
		if _, err := w.Write(elements); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), test.want) {
			t.Errorf("%s:\n% x, want\n% x", name, got.Bytes(), test.want)
		}
		if w.Bytes() != int64(got.Len())-head {
			t.Errorf("%s: %d bytes behind the header, not %d", name, int64(got.Len())-head, w.Bytes())
		}
	}
}

// A file of more bytes than 32 bits count says so as an RF64.
func TestLargeHeader(t *testing.T) {
	const bytes, tail = 5 << 30, 10
	for _, size := range []uint64{1<<32 - 100, 1<<32 - 40, 1 << 32, bytes} {
		h := header(Int24, 2, size/6*6, tail, Meta{Rate: 48000})
		w := newWAV(h)
		var data chunk
		for c, ok := w.chunk(); ok; c, ok = w.chunk() {
			data = c
			w.skip(c)
		}
		if data.id != "data" || data.size != size/6*6 {
			t.Errorf("%d bytes: the %s chunk has %d", size/6*6, data.id, data.size)
		}
		total := uint64(len(h)) + size/6*6 + tail
		if large := string(h[:4]) == "RF64"; large != (total-8 >= noSize) {
			t.Errorf("a file of %d bytes begins with %s", total, h[:4])
		} else if large && little.Uint64(h[20:]) != total-8 {
			t.Errorf("ds64 says %d bytes, want %d", little.Uint64(h[20:]), total-8)
		} else if !large && little.Uint32(h[4:]) != uint32(total-8) {
			t.Errorf("RIFF says %d bytes, want %d", little.Uint32(h[4:]), total-8)
		}
	}
}

// What no file of a format holds.
func TestCheck(t *testing.T) {
	depth := Int16
	for _, test := range []struct {
		format Format
		dtype  ndarray.DType
		shape  []int
		o      Options
		want   string // "" for well
	}{
		{WAV, ndarray.Float32, []int{3, 2}, Options{Meta: Meta{Rate: 1}}, ""},
		{WAV, ndarray.Int32, []int{3}, Options{Meta: Meta{Rate: 1}}, ""},
		{WAV, ndarray.Float32, []int{}, Options{}, "a WAV has shape (N,) or (N,C), not ()"},
		{WAV, ndarray.Float32, []int{1, 2, 3}, Options{}, "a WAV has shape (N,) or (N,C), not (1,2,3)"},
		{WAV, ndarray.Float32, []int{3, 0}, Options{}, "a WAV of float32 has 1 to 16383 channels, not 0"},
		{WAV, ndarray.Float32, []int{2, 16384}, Options{}, "1 to 16383 channels, not 16384"},
		{WAV, ndarray.Complex64, []int{2}, Options{}, "a WAV holds no complex numbers: write complex64 as .cf32 or .cs16"},
		{WAV, ndarray.UNorm8, []int{2}, Options{}, "a WAV holds fractions in float32 or float64, or samples in uint8, int16 or int32, not unorm8"},
		{WAV, ndarray.Int32, []int{2}, Options{Depth: &depth}, "int32 is written as the samples that it is, of 32 bits, not 16 bits"},
		{CS16, ndarray.Complex64, []int{2}, Options{}, ""},
		{CS16, ndarray.Complex128, []int{2}, Options{}, ""},
		{CS16, ndarray.Int16, []int{9, 2}, Options{}, ""},
		{CU8, ndarray.Uint8, []int{9, 2}, Options{}, ""},
		{CU8, ndarray.Int8, []int{9, 2}, Options{}, "a .cu8 holds complex numbers of shape (N,), or their parts, uint8 of shape (N,2), not int8 of shape (9,2)"},
		{CS16, ndarray.Complex64, []int{2, 3}, Options{}, "not complex64 of shape (2,3)"},
		{CF32, ndarray.Float32, []int{2}, Options{}, "not float32 of shape (2,)"},
		{"mp3", ndarray.Float32, []int{2}, Options{}, `no format is called "mp3"`},
	} {
		err := Check(test.format, test.dtype, test.shape, test.o)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s, %v %v: %v, want %q", test.format, test.dtype, test.shape, err, test.want)
		}
	}
	if err := Check(WAV, ndarray.Float32, []int{2}, Options{}); !errors.Is(err, ErrRate) {
		t.Errorf("no rate: %v", err)
	}
}
