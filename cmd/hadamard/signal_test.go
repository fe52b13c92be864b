package main

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// saveWAV writes numbers as they are stored, of 24 bits if they are int32 and so asked for.
func saveWAV[T runtime.Element](t *testing.T, path string, dtype ndarray.DType, shape []int, o signalfile.Options, values []T) {
	t.Helper()
	var file strings.Builder
	if o.Rate == 0 {
		o.Rate = 8000
	}
	w, err := signalfile.NewWriter(&file, signalfile.WAV, dtype, shape, o)
	if err == nil {
		_, err = w.Write(asBytes(values))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	save(t, path, []byte(file.String()))
}

// loadWAV reads what a WAV has stored.
func loadWAV[T runtime.Element](t *testing.T, path string, shape ...int) (*signalfile.Signal, []T) {
	t.Helper()
	s, err := signalfile.Decode(signalfile.WAV, []byte(contents(t, filepath.Dir(path), filepath.Base(path))), signalfile.Stored)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Array.Shape, shape) {
		t.Fatalf("%s has shape %v, want %v", path, s.Array.Shape, shape)
	}
	values, gather := make([]T, s.Array.Len()), s.Array.Gather
	if d := s.Decoder(); d != nil {
		gather = d.Gather
	}
	if err := gather(asBytes(values), 0, s.Array.Shape, s.Array.Strides); err != nil {
		t.Fatal(err)
	}
	return s, values
}

// A gain curve on a WAV of 16 bits: one number for each frame, two channels, rounded and
// clamped, in the format that it had.
func TestMultiplyWAV(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	notes := append([]byte("LIST\x04\x00\x00\x00"), "INFO"...)
	meta := signalfile.Meta{Rate: 44100, Speakers: 3, Chunks: [][]byte{notes}}
	saveWAV(t, "a.wav", ndarray.Int16, []int{3, 2}, signalfile.Options{Meta: meta}, []int16{100, -100, 3, 5, 30000, -30000})
	saveWAV(t, "mono.wav", ndarray.Int16, []int{3}, signalfile.Options{Meta: signalfile.Meta{Rate: 44100}}, []int16{16384, -32768, 32767})
	saveNPY(t, "gain.npy", ndarray.Float32, []int{3, 1}, []float32{0.5, 0.5, 2})
	saveNPY(t, "row.npy", ndarray.Float32, []int{3}, []float32{0.5, 0.5, 2})

	_, stderr := ok(t, dir, "multiply", "a.wav", "gain.npy", "-o", "out.wav")
	s, got := loadWAV[int16](t, "out.wav", 3, 2)
	if want := []int16{50, -50, 2, 2, 32767, -32768}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if s.Rate != 44100 || s.Speakers != 3 || s.Encoding != signalfile.Int16 || len(s.Chunks) != 1 {
		t.Errorf("%d a second, speakers %d, %v, %d chunks", s.Rate, s.Speakers, s.Encoding, len(s.Chunks))
	}
	if want := "hadamard: warning: out.wav: 2 of 6 samples were beyond full scale (up to 1.83 times) and are clamped\n"; stderr != want {
		t.Errorf("stderr %q, want %q", stderr, want)
	}
	if _, stderr := ok(t, dir, "multiply", "a.wav", "gain.npy", "-q", "-o", "out.wav"); stderr != "" {
		t.Errorf("-q: stderr %q", stderr)
	}

	// As an array they are fractions.
	ok(t, dir, "multiply", "a.wav", "gain.npy", "-o", "out.npy")
	fractions := loadNPY[float32](t, "out.npy", ndarray.Float32, []int{3, 2})
	if want := []float32{50. / 32768, -50. / 32768, 1.5 / 32768, 2.5 / 32768, 60000. / 32768, -60000. / 32768}; !slices.Equal(fractions, want) {
		t.Errorf("got %v, want %v", fractions, want)
	}
	// As stored they are integers, which wrap.
	ok(t, dir, "multiply", "a.wav:stored", "a.wav:stored", "-o", "out.npy")
	if got, want := loadNPY[int16](t, "out.npy", ndarray.Int16, []int{3, 2}), []int16{10000, 10000, 9, 25, -5888, -5888}; !slices.Equal(got, want) {
		t.Errorf("as stored: got %v, want %v", got, want)
	}
	// One channel serves all, and alone is (N,).
	ok(t, dir, "multiply", "mono.wav", "a.wav", "-o", "out.wav")
	if s, got := loadWAV[int16](t, "out.wav", 3, 2); !slices.Equal(got, []int16{50, -50, -3, -5, 29999, -29999}) || s.Speakers != 0 {
		t.Errorf("one channel by two: got %v, speakers %d", got, s.Speakers)
	}
	ok(t, dir, "multiply", "mono.wav", "row.npy", "-o", "mono.wav")
	if _, got := loadWAV[int16](t, "mono.wav", 3); !slices.Equal(got, []int16{8192, -16384, 32767}) {
		t.Errorf("one channel in place: got %v", got)
	}
	code, _, stderr := hadamard(t, dir, "multiply", "a.wav", "row.npy", "-o", "out.wav")
	if want := "(the last axis of a.wav is its channels: an array with a number for each frame has shape (3,1))"; code != exitError || !strings.Contains(stderr, want) {
		t.Errorf("exit code %d, %q, want %q", code, stderr, want)
	}
}

// Flags say what a WAV is to be, and the first operand where they do not.
func TestWAVFlags(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	saveWAV(t, "16.wav", ndarray.Int16, []int{2}, signalfile.Options{}, []int16{16384, 1})
	depth := signalfile.Int24
	saveWAV(t, "24.wav", ndarray.Int32, []int{2}, signalfile.Options{Depth: &depth, Meta: signalfile.Meta{Rate: 48000}}, []int32{1 << 22, 1 << 8})
	saveWAV(t, "float.wav", ndarray.Float32, []int{2}, signalfile.Options{}, []float32{2, 0.25})
	saveNPY(t, "ones.npy", ndarray.Float32, []int{2}, []float32{1, 1})
	saveNPY(t, "doubles.npy", ndarray.Float64, []int{2}, []float64{0.5, 3})
	saveNPY(t, "ints.npy", ndarray.Int32, []int{2}, []int32{1, -2})
	for args, want := range map[string]struct {
		encoding signalfile.Encoding
		rate     uint32
		warning  string
	}{
		"16.wav ones.npy":                        {signalfile.Int16, 8000, ""},
		"ones.npy 24.wav":                        {signalfile.Int24, 48000, ""},
		"24.wav:stored ints.npy":                 {signalfile.Int24, 48000, ""},
		"24.wav:stored ints.npy --bits 32":       {signalfile.Int32, 48000, ""},
		"16.wav 24.wav":                          {signalfile.Int16, 8000, "24.wav has 48000 frames a second, 16.wav 8000, which the product takes"},
		"16.wav 24.wav --rate 96000":             {signalfile.Int16, 96000, ""},
		"float.wav ones.npy":                     {signalfile.Float32, 8000, ""},
		"float.wav ones.npy --bits 8":            {signalfile.Uint8, 8000, "out.wav: 1 of 2 samples were beyond full scale (up to 2 times) and are clamped"},
		"16.wav ones.npy --bits float64":         {signalfile.Float64, 8000, ""},
		"ones.npy ones.npy --rate 11025":         {signalfile.Float32, 11025, ""},
		"doubles.npy doubles.npy --rate 1":       {signalfile.Float64, 1, ""},
		"ints.npy ints.npy --rate 1":             {signalfile.Int32, 1, ""},
		"ints.npy ints.npy --rate 1 --bits 24":   {signalfile.Int24, 1, ""},
		"16.wav ones.npy --to wav --rate 4e9.":   {},
		"16.wav ones.npy --bits 12":              {},
		"ones.npy ones.npy":                      {},
		"ones.npy ones.npy --rate 0":             {},
		"ones.npy ones.npy --rate 4294967296":    {},
		"ints.npy ints.npy --rate 1 --bits 16":   {},
		"16.wav ones.npy --as wav":               {},
		"16.wav ones.npy --as cs16":              {},
		"16.wav ones.npy --to png":               {},
		"16.wav ones.npy --to mp3":               {},
		"16.wav:mask ones.npy":                   {},
		"ones.npy ones.npy --rate 1 --bits wide": {},
	} {
		code, _, stderr := hadamard(t, dir, append([]string{"multiply", "-o", "out.wav"}, strings.Fields(args)...)...)
		if want.rate == 0 {
			if code == exitOK || strings.Count(stderr, "\n") != 1 {
				t.Errorf("%s: exit code %d, %q", args, code, stderr)
			}
			continue
		}
		if want.warning != "" {
			want.warning = "hadamard: warning: " + want.warning + "\n"
		}
		if code != exitOK || stderr != want.warning {
			t.Errorf("%s: exit code %d, %q, want %q", args, code, stderr, want.warning)
			continue
		}
		s, err := signalfile.Decode(signalfile.WAV, []byte(contents(t, dir, "out.wav")), "")
		if err != nil || s.Encoding != want.encoding || s.Rate != want.rate {
			t.Errorf("%s: %v, %d a second, %v", args, s.Encoding, s.Rate, err)
		}
	}
	for args, want := range map[string]string{
		"ones.npy ones.npy -o out.wav":                 "hadamard: out.wav: no operand says how many frames a second it has: --rate says it (see",
		"ones.npy ones.npy -o out.npy --rate 1":        "--rate and --bits are those of a .wav, but the output is out.npy",
		"16.wav ones.npy -o out.wav --as cs16":         "--as is for files whose name does not say what they are, but those of all operands do",
		"16.wav ones.npy -o out.wav --to png":          "--to is png, but the output is out.wav",
		"16.wav ones.npy -o out --to mp3":              `--to is "mp3", want npy, npz, png, jpg, jpeg, wav, cf32, cs16, cs8 or cu8`,
		"16.wav ones.npy -o out.cs16":                  "out.cs16: a .cs16 holds complex numbers of shape (N,), or their parts, int16 of shape (N,2), not float32 of shape (2,)",
		"ones.npy ones.npy -o x.wav --rate 4294967296": "--rate is 4294967296, want 1 to 4294967295",
	} {
		code, _, stderr := hadamard(t, dir, append([]string{"multiply"}, strings.Fields(args)...)...)
		if code == exitOK || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %q, want %q", args, code, stderr, want)
		}
	}
}

// Raw samples by a carrier, by their names and as they are told.
func TestMultiplyRaw(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	carrier := []complex64{1i, -1, 0.5}
	saveNPY(t, "carrier.npy", ndarray.Complex64, []int{3}, carrier)
	var cf32, cs16 []byte
	for _, v := range []float32{0.5, -0.25, 1, 1, 0.25, -0.5} {
		cf32 = binary.LittleEndian.AppendUint32(cf32, math.Float32bits(v))
	}
	for _, v := range []int16{16384, -8192, 32767, -32768, 8192, -16384} {
		cs16 = binary.LittleEndian.AppendUint16(cs16, uint16(v))
	}
	save(t, "x.cf32", cf32)
	save(t, "x.CS16", cs16)
	save(t, "x.bin", cs16)
	save(t, "x.cs8", []byte{64, 0xe0, 127, 0x80, 32, 0xc0})
	save(t, "x.cu8", []byte{0, 255, 128, 127, 127, 128})
	save(t, "short.cs16", cs16[:10])
	save(t, "empty.cf32", nil)
	for args, want := range map[string][]complex64{
		"x.cf32 carrier.npy":           {0.25 + 0.5i, -1 - 1i, 0.125 - 0.25i},
		"x.CS16 carrier.npy":           {0.25 + 0.5i, complex(-32767./32768, 1), 0.125 - 0.25i},
		"x.bin carrier.npy --as cs16":  {0.25 + 0.5i, complex(-32767./32768, 1), 0.125 - 0.25i},
		"x.cs8 carrier.npy":            {0.25 + 0.5i, complex(-127./128, 1), 0.125 - 0.25i},
		"x.cu8 carrier.npy":            {complex(-127.5/128, -127.5/128), complex(-0.5/128, 0.5/128), complex(-0.25/128, 0.25/128)},
		"x.cu8 carrier.npy x.cf32 -v":  nil,
		"x.cf32 carrier.npy --as cu8":  nil,
		"short.cs16 carrier.npy":       nil,
		"x.bin carrier.npy --as cf64":  nil,
		"x.bin:mask carrier.npy":       nil,
		"empty.cf32 carrier.npy":       nil,
		"x.bin carrier.npy":            nil,
		"x.bin:stored x.bin --as cs16": nil,
	} {
		code, _, stderr := hadamard(t, dir, append([]string{"multiply", "-o", "out.npy"}, strings.Fields(args)...)...)
		switch {
		case strings.Contains(args, "-v"):
			if code != exitOK || !strings.Contains(stderr, "cu8") {
				t.Errorf("%s: exit code %d, %q", args, code, stderr)
			}
		case want == nil:
			if code == exitOK || strings.Count(stderr, "\n") != 1 {
				t.Errorf("%s: exit code %d, %q", args, code, stderr)
			}
		case code != exitOK || stderr != "":
			t.Errorf("%s: exit code %d, %q", args, code, stderr)
		default:
			if got := loadNPY[complex64](t, "out.npy", ndarray.Complex64, []int{3}); !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", args, got, want)
			}
		}
	}
	code, _, stderr := hadamard(t, dir, "multiply", "short.cs16", "carrier.npy", "-o", "out.npy")
	if want := "hadamard: short.cs16: damaged cs16: a sample has 4 bytes, and 10 are 2 samples and 2 bytes\n"; code != exitError || stderr != want {
		t.Errorf("%q, want %q", stderr, want)
	}

	// Back to raw samples, rounded and clamped, and the parts as they are stored.
	saveNPY(t, "gain.npy", ndarray.Complex64, []int{}, []complex64{2})
	saveNPY(t, "one.npy", ndarray.Int16, []int{}, []int16{1})
	for args, want := range map[string]string{
		"x.cs8 gain.npy -o out.cs8":                string([]byte{127, 0xc0, 127, 0x80, 64, 0x80}),
		"x.cs8 gain.npy -o out.iq --to cu8":        string([]byte{255, 64, 255, 0, 192, 0}),
		"x.CS16:stored one.npy -o out.cs16":        string(cs16),
		"x.bin:stored one.npy --as cs16 -o a.cs16": string(cs16),
	} {
		fields := strings.Fields(args)
		_, stderr := ok(t, dir, append([]string{"multiply"}, fields...)...)
		name := fields[slices.Index(fields, "-o")+1]
		if got := contents(t, dir, name); got != want {
			t.Errorf("%s: % x, want % x", args, got, want)
		}
		if clamps := strings.Contains(args, "gain"); clamps != strings.Contains(stderr, name+": 2 of 6 samples were beyond full scale") {
			t.Errorf("%s: %q", args, stderr)
		}
	}
}

// Blocks of a signal that is mapped are decoded one by one.
func TestMultiplyLongWAV(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	const n = 400_001
	depth := signalfile.Int24
	values, gains := make([]int32, 3*n), make([]float32, n)
	for i := range values {
		values[i] = int32(i*7919)<<8>>8 - 1<<22
	}
	for i := range gains {
		gains[i] = float32(i%1000) / 1000
	}
	saveWAV(t, "long.wav", ndarray.Int32, []int{n, 3}, signalfile.Options{Depth: &depth}, values)
	values = nil
	saveNPY(t, "gains.npy", ndarray.Float32, []int{n, 1}, gains)
	_, stderr := ok(t, dir, "multiply", "long.wav", "gains.npy", "-o", "out.wav", "-v")
	if !strings.Contains(stderr, "in 5 blocks") || !strings.Contains(stderr, "WAV, 24 bits, 8000 Hz") {
		t.Errorf("%s", stderr)
	}
	_, values = loadWAV[int32](t, "long.wav", n, 3)
	_, got := loadWAV[int32](t, "out.wav", n, 3)
	for i, v := range values {
		product := float32(v) / (1 << 23) * gains[i/3]
		want := int32(math.RoundToEven(float64(product) * (1 << 23)))
		if got[i] != want {
			t.Fatalf("element %d: %d, want %d", i, got[i], want)
		}
	}
}

// Raw samples may be none.
func TestEmptySignal(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, "none.cf32"), nil)
	ok(t, dir, "multiply", "none.cf32", "2", "-o", "out.cs16")
	ok(t, dir, "convert", "out.cs16", "-o", "out.npy")
	if got := contents(t, dir, "out.npy"); !strings.Contains(got, "'shape': (0,)") {
		t.Errorf("got %q", got)
	}
}
