package main

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/npy"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

func TestParseNumber(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for text, want := range map[string]any{
		"2": int64(2), "-3": int64(-3), "+4": int64(4), "007": int64(7),
		"9223372036854775807": int64(math.MaxInt64), "9223372036854775808": uint64(1 << 63), "-9223372036854775808": int64(math.MinInt64),
		"0.5": 0.5, "-.5": -0.5, "1e-3": 1e-3, "2.": 2.0, "1e999": inf, "inf": inf, "-inf": -inf, "nan": nan, "-0.0": math.Copysign(0, -1),
		"2j": 2i, "1+2j": 1 + 2i, "-1.5-2e3j": -1.5 - 2000i, "1e-3+1e+2j": 1e-3 + 100i, "-2j": -2i, "0j": 0i,
		"1_000": nil, "0x10": nil, "0x1p3": nil, "j": nil, "-j": nil, "1+j": nil, "1+2": nil, "1+2i": nil, "1 2": nil, "": nil, "-": nil,
		"1+2jj": nil, "a.npy": nil, "1e": nil, "--1": nil, "-:mask": nil, "1.2.3": nil,
	} {
		n, is, err := parseNumber(text)
		if is != (want != nil) || err != nil {
			t.Errorf("%q is a number: %v, %v", text, is, err)
			continue
		}
		if got, err := n.At(); is && (err != nil || got != want && (text != "nan" || got == got)) {
			t.Errorf("%q is %v (%T), want %v", text, got, got, want)
		}
	}
	if _, is, err := parseNumber("18446744073709551616"); !is || err == nil {
		t.Errorf("2^64 is a number: %v, %v", is, err)
	}
}

// Numbers take the dtype of what they are multiplied by, and dtypes are promoted, as in NumPy 2.
func TestMultiplyNumbers(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	saveNPY(t, "i8.npy", ndarray.Int8, []int{3}, []int8{1, -2, 100})
	saveNPY(t, "u8.npy", ndarray.Uint8, []int{3}, []uint8{1, 2, 200})
	saveNPY(t, "f32.npy", ndarray.Float32, []int{3}, []float32{0.5, 1, -2})
	saveNPY(t, "c64.npy", ndarray.Complex64, []int{3}, []complex64{1i, 2, 1 + 1i})
	saveNPY(t, "b.npy", ndarray.Bool, []int{3}, []bool{true, false, true})
	saveNPY(t, "7", ndarray.Int8, []int{}, []int8{3}) // which goes before the number
	i8, u8, f32 := []int{3}, []int{3}, []int{3}
	check(t, "i8.npy 2", ndarray.Int8, i8, []int8{2, -4, -56})
	check(t, "i8.npy -1", ndarray.Int8, i8, []int8{-1, 2, -100})
	check(t, "-1 i8.npy", ndarray.Int8, i8, []int8{-1, 2, -100})
	check(t, "i8.npy 7", ndarray.Int8, i8, []int8{3, -6, 44})
	check(t, "i8.npy 0.5", ndarray.Float64, i8, []float64{0.5, -1, 50})
	check(t, "i8.npy u8.npy", ndarray.Int16, i8, []int16{1, -4, 20000})
	check(t, "i8.npy u8.npy f32.npy", ndarray.Float32, i8, []float32{0.5, -4, -40000})
	check(t, "u8.npy f32.npy 2", ndarray.Float32, u8, []float32{1, 4, -800})
	check(t, "f32.npy -.5", ndarray.Float32, f32, []float32{-0.25, -0.5, 1})
	check(t, "f32.npy 1+2j", ndarray.Complex64, f32, []complex64{0.5 + 1i, 1 + 2i, -2 - 4i})
	check(t, "c64.npy f32.npy", ndarray.Complex64, f32, []complex64{0.5i, 2, -2 - 2i})
	check(t, "b.npy 3", ndarray.Int64, f32, []int64{3, 0, 3})
	check(t, "b.npy b.npy i8.npy", ndarray.Int8, i8, []int8{1, 0, 100})
	check(t, "3 4", ndarray.Int64, []int{}, []int64{12})
	check(t, "-q i8.npy -2", ndarray.Int8, i8, []int8{-2, 4, 56})

	// The dtype that is asked for, and how it is come by.
	check(t, "i8.npy i8.npy --dtype int16", ndarray.Int16, i8, []int16{1, 4, 10000})
	check(t, "i8.npy i8.npy --dtype int16 --casting saturate", ndarray.Int16, i8, []int16{1, 4, 10000})
	check(t, "u8.npy 2.5 --dtype uint8 --casting saturate", ndarray.Uint8, u8, []uint8{2, 5, 255})
	check(t, "u8.npy 2.5 --dtype uint8 --casting unsafe", ndarray.Uint8, u8, []uint8{2, 4, 144}) // operands are converted, as in NumPy
	swapped := map[ndarray.ByteOrder]string{ndarray.LittleEndian: ">f8", ndarray.BigEndian: "<f8"}[ndarray.NativeEndian()]
	check(t, "f32.npy f32.npy --dtype "+swapped, ndarray.Invalid, nil, []int8(nil))
	check(t, "f32.npy f32.npy --dtype f8", ndarray.Float64, f32, []float64{0.25, 1, 4})
	check(t, "f32.npy u8.npy --dtype float16", ndarray.Float16, f32, []runtime.Float16{runtime.NewFloat16(0.5), runtime.NewFloat16(2), runtime.NewFloat16(-400)})

	// Elsewhere the first array stays.
	check(t, "i8.npy 2 --where b.npy", ndarray.Int8, i8, []int8{2, -2, -56})
	check(t, "2 i8.npy --where b.npy", ndarray.Int8, i8, []int8{2, -2, -56})
	check(t, "u8.npy 2.5 --dtype uint8 --casting saturate --where b.npy", ndarray.Uint8, u8, []uint8{2, 2, 255})
	check(t, "i8.npy u8.npy f32.npy --where b.npy", ndarray.Float32, i8, []float32{0.5, -2, -40000})
	saveNPY(t, "m.npy", ndarray.Uint8, []int{2, 1}, []uint8{0, 9})
	check(t, "i8.npy 2 --where m.npy:mask", ndarray.Int8, []int{2, 3}, []int8{1, -2, 100, 2, -4, -56})
}

// check compares a product with what it is to be; Invalid is an error.
func check[T runtime.Element](t *testing.T, args string, dtype ndarray.DType, shape []int, want []T) {
	t.Helper()
	code, _, stderr := hadamard(t, ".", append(strings.Fields("multiply -o out.npy"), strings.Fields(args)...)...)
	if dtype == ndarray.Invalid {
		if code == exitOK {
			t.Errorf("%s: no error", args)
		}
		return
	}
	if code != exitOK || stderr != "" {
		t.Errorf("%s: exit code %d, %q", args, code, stderr)
		return
	}
	if got := loadNPY[T](t, "out.npy", dtype, shape); !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", args, got, want)
	}
}

// A picture by a number or floats is a picture by one multiply of what is stored, as the gain
// rules have it.
func TestPictureGain(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	const w, h = 16, 9
	for _, depth := range []int{1, 2} {
		for channels := 1; channels <= 4; channels++ {
			n := w * h * channels
			savePixels(t, "in.png", w, h, channels, noise(n*depth, channels))
			gains := make([]float32, h*w)
			for i := range gains {
				gains[i] = float32(i)/40 - 0.3
			}
			gains[5] = float32(math.NaN())
			saveNPY(t, "gain.npy", ndarray.Float32, []int{h, w, 1}, gains)
			array, number := make([]float32, n), make([]float32, n)
			for i := range n {
				array[i], number[i] = gains[i/channels], 1.7
				if channels%2 == 0 && i%channels == channels-1 {
					number[i] = 1 // alpha, which a number leaves alone
				}
			}
			for args, by := range map[string][]float32{"in.png gain.npy": array, "gain.npy in.png": array, "in.png 1.7": number, "1.7 in.png": number} {
				if _, stderr := ok(t, dir, append(strings.Fields("multiply -o out.png"), strings.Fields(args)...)...); stderr != "" {
					t.Errorf("%s: %q", args, stderr)
				}
				dtype := [...]ndarray.DType{1: ndarray.UNorm8, 2: ndarray.UNorm16}[depth]
				in, got := loadPixels(t, "in.png", dtype, h, w, channels), loadPixels(t, "out.png", dtype, h, w, channels)
				want := make([]byte, len(in))
				var err error
				if depth == 1 {
					err = rules.GainUint8.MulSlice(want, in, by)
				} else {
					err = rules.GainUint16.MulSlice(asElements[uint16](want), asElements[uint16](in), by)
				}
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%s, %d channels of %d bytes: %v\n% x\n% x", args, channels, depth, err, got, want)
				}
			}
		}
	}
}

// What else becomes a picture: floats are fractions.
func TestFloatPictures(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	savePixels(t, "in.png", 2, 1, 1, []byte{100, 255})
	savePixels(t, "deep.png", 2, 1, 1, []byte{100, 0, 255, 255})
	savePixels(t, "mask.png", 2, 1, 1, []byte{0, 1})
	saveNPY(t, "f.npy", ndarray.Float32, []int{1, 2, 1}, []float32{0.5, 1})
	saveNPY(t, "above.npy", ndarray.Float64, []int{1, 2, 1}, []float64{-3, 1.5})
	saveNPY(t, "below.npy", ndarray.Float32, []int{1, 2, 1}, []float32{-0.5, float32(math.NaN())})
	saveNPY(t, "half.npy", ndarray.Float16, []int{1, 2, 1}, []runtime.Float16{runtime.NewFloat16(0.25), runtime.NewFloat16(1)})
	saveNPY(t, "ints.npy", ndarray.Uint8, []int{1, 2, 1}, []uint8{2, 2})
	for args, test := range map[string]struct {
		dtype   ndarray.DType
		want    [2]int
		warning string
	}{
		"multiply f.npy f.npy":                              {ndarray.UNorm8, [2]int{64, 255}, ""},
		"multiply f.npy f.npy --dtype unorm16":              {ndarray.UNorm16, [2]int{16384, 65535}, ""},
		"multiply f.npy above.npy":                          {ndarray.UNorm8, [2]int{0, 255}, "warning: out.png: 1 of 2 numbers are above 1, which is white, and are clamped; in a picture floats are fractions"},
		"multiply f.npy above.npy --where mask.png":         {ndarray.UNorm8, [2]int{128, 255}, "warning: out.png: 1 of 2 numbers are above 1"},
		"multiply half.npy half.npy":                        {ndarray.UNorm8, [2]int{16, 255}, ""},
		"convert f.npy":                                     {ndarray.UNorm8, [2]int{128, 255}, ""},
		"convert above.npy":                                 {ndarray.UNorm8, [2]int{0, 255}, "warning: out.png: 1 of 2 numbers are above 1"},
		"convert below.npy":                                 {ndarray.UNorm8, [2]int{0, 0}, "warning: out.png: 2 of 2 numbers are below 0 or NaN, and become 0"},
		"convert in.png":                                    {ndarray.UNorm8, [2]int{100, 255}, ""},
		"convert in.png --dtype unorm16":                    {ndarray.UNorm16, [2]int{25700, 65535}, ""},
		"convert in.png:stored":                             {ndarray.UNorm8, [2]int{100, 255}, ""},
		"convert half.npy --dtype uint8 --casting saturate": {ndarray.UNorm8, [2]int{0, 1}, "warning"},
		"multiply in.png 0.5":                               {ndarray.UNorm8, [2]int{50, 128}, ""},
		"multiply in.png 0.5 --where mask.png":              {ndarray.UNorm8, [2]int{100, 128}, ""},
		"multiply 0.5 in.png --where mask.png":              {ndarray.UNorm8, [2]int{100, 128}, ""},
		"multiply in.png deep.png 2":                        {ndarray.UNorm16, [2]int{20078, 65535}, ""},
		"multiply in.png deep.png 2 --where mask.png":       {ndarray.UNorm16, [2]int{25700, 65535}, ""},
		"multiply in.png 0.5 --dtype unorm16":               {ndarray.UNorm16, [2]int{12850, 32768}, ""},
		"multiply in.png in.png":                            {ndarray.UNorm8, [2]int{39, 255}, ""},
		"multiply in.png ints.npy":                          {ndarray.UNorm8, [2]int{200, 255}, "warning: ints.npy is uint8, by whose numbers fractions are multiplied: :unorm reads them as fractions"},
		"multiply in.png f.npy f.npy":                       {ndarray.UNorm8, [2]int{25, 255}, ""},
		"multiply in.png -1":                                {ndarray.UNorm8, [2]int{0, 0}, "warning: colours by -1 are no colours, and become 0"},
		"multiply nan in.png 2":                             {ndarray.UNorm8, [2]int{0, 0}, "warning: colours by NaN are no colours, and become 0"},
		"multiply -1 in.png -1":                             {ndarray.UNorm8, [2]int{100, 255}, ""},
		"multiply in.png:mask f.npy":                        {ndarray.UNorm8, [2]int{128, 255}, ""},
	} {
		_, stderr := ok(t, dir, append(strings.Fields(args), "-o", "out.png")...)
		if test.warning != "warning" && (!strings.Contains(stderr, test.warning) || test.warning == "" && stderr != "") {
			t.Errorf("%s: %q, want %q", args, stderr, test.warning)
		}
		shape := []int{1, 2, 1}
		data := loadPixels(t, "out.png", test.dtype, shape...)
		got := [2]int{int(data[0]), int(data[len(data)/2])}
		if test.dtype == ndarray.UNorm16 {
			words := asElements[uint16](data)
			got = [2]int{int(words[0]), int(words[1])}
		}
		if got != test.want {
			t.Errorf("%s: got %v, want %v", args, got, test.want)
		}
	}
}

// Orders of axes, as NumPy has them.
func TestOrder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, order := range map[string]bool{"c.npy": false, "f.npy": true} {
		save(t, name, append(npy.EncodeHeader(ndarray.Int8, []int{2, 3}, order), 1, 2, 3, 4, 5, 6))
	}
	for args, want := range map[string]bool{
		"c.npy c.npy": false, "f.npy f.npy": true, "c.npy f.npy": false, "f.npy 2": true,
		"f.npy f.npy --order C": false, "c.npy c.npy --order F": true, "c.npy c.npy --order f": true,
		"f.npy f.npy --order A": true, "c.npy f.npy --order A": false, "f.npy 2 --order A": true, "c.npy 2 --order A": false,
	} {
		ok(t, dir, append(strings.Fields("multiply -o out.npy"), strings.Fields(args)...)...)
		if got := strings.Contains(contents(t, dir, "out.npy"), "'fortran_order': True"); got != want {
			t.Errorf("%s: Fortran order %v, want %v", args, got, want)
		}
		ok(t, dir, append(strings.Fields("multiply -o plain.npy --order C"), strings.Fields(strings.Split(args, " --")[0])...)...)
		if got, want := loadNPY[int8](t, "out.npy", ndarray.Int8, []int{2, 3}), loadNPY[int8](t, "plain.npy", ndarray.Int8, []int{2, 3}); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", args, got, want)
		}
	}
}

// All that is read becomes all that is written.
func TestConvert(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	savePixels(t, "in.png", 2, 1, 3, []byte{1, 2, 3, 4, 5, 60})
	saveWAV(t, "in.wav", ndarray.Int16, []int{2, 2}, signalfile.Options{}, []int16{1, -2, 3, -4})
	save(t, "in.cs16", []byte{0, 64, 0, 192, 1, 0, 2, 0})
	saveNPY(t, "in.npy", ndarray.Float64, []int{2}, []float64{0.5, -1})
	big := strings.NewReplacer("'<", "'>", "'>", "'<").Replace(string(npy.EncodeHeader(ndarray.Int16, []int{2}, false)))
	save(t, "big.npy", append([]byte(big), swappedWords(1, 2)...))
	for args, want := range map[string]string{ // "" for an error
		"in.png -o a.npy": "uint8 (1,2,3)", "in.png:stored -o a.npz": "uint8 (1,2,3)", "in.png -o a.jpg": "unorm8 (1,2,3)",
		"in.png --dtype float32 -o a.npy": "float32 (1,2,3)", "in.png --dtype bool -o a.npy": "",
		"in.png --dtype bool --casting unsafe -o a.npy": "bool (1,2,3)",
		"in.wav -o a.npy": "float32 (2,2)", "in.wav -o a.wav": "float32 (2,2)", "in.wav:stored -o a.npy": "int16 (2,2)",
		"in.wav -o a.wav --bits 24": "float32 (2,2)", "in.wav:stored -o a.cs16": "complex64 (2,)", "in.wav -o a.png": "unorm8 (2,2,1)",
		"in.cs16 -o a.npy": "complex64 (2,)", "in.cs16 -o a.cu8": "complex64 (2,)", "in.cs16 -o a.wav": "",
		"in.npy -o a.wav --rate 5": "float64 (2,)", "in.npy -o a.wav": "", "in.npy --dtype int8 -o a.npy": "",
		"in.npy --dtype int8 --casting saturate -o a.npy": "int8 (2,)", "in.npy --dtype float32 -o a.npy": "float32 (2,)",
		"in.npy --dtype complex64 -o a.cf32": "complex64 (2,)", "big.npy -o a.npy": "int16 (2,)", "0.5 -o a.npy": "float64 ()",
		"missing.npy -o a.npy": "", "in.npy -o a.npy --order F": "float64 (2,)",
	} {
		code, _, stderr := hadamard(t, dir, append([]string{"convert", "-q"}, strings.Fields(args)...)...)
		if (code == exitOK) != (want != "") {
			t.Errorf("%s: exit code %d, %q", args, code, stderr)
			continue
		}
		if want == "" {
			continue
		}
		fields := strings.Fields(args)
		in, err := openInput(fields[slices.Index(fields, "-o")+1], reading{})
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		if got := in.array.DType.String() + " " + broadcast.FormatShape(in.array.Shape); got != want {
			t.Errorf("%s: got %s, want %s", args, got, want)
		}
		in.close()
	}
	if _, stderr := ok(t, dir, "convert", "in.png", "-o", "a.npy", "-v"); !strings.Contains(stderr, "unorm8") || !strings.Contains(stderr, "convert   ") {
		t.Errorf("-v: %s", stderr)
	}
}

// swappedWords are bytes in the order that the machine does not have.
func swappedWords(values ...uint16) (b []byte) {
	for _, v := range values {
		b = binary.NativeEndian.AppendUint16(b, bits.ReverseBytes16(v))
	}
	return b
}
