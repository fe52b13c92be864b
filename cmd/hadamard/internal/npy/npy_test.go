package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// native returns the array's bytes in C order and this machine's byte order.
func native(a bytearray.Array) []byte {
	data := make([]byte, a.Len()*a.DType.Size())
	if err := a.Gather(data, 0, a.Shape, a.Strides); err != nil {
		panic(err)
	}
	return data
}

// counting returns 0, 1, 2, … as testdata/make.py makes them.
func counting(dtype ndarray.DType, n int) []byte {
	var out []byte
	order := binary.NativeEndian
	for i := range n {
		switch dtype {
		case ndarray.Bool:
			out = append(out, byte(i%2))
		case ndarray.Int8, ndarray.Uint8:
			out = append(out, byte(i))
		case ndarray.Int16, ndarray.Uint16:
			out = order.AppendUint16(out, uint16(i))
		case ndarray.Int32, ndarray.Uint32:
			out = order.AppendUint32(out, uint32(i))
		case ndarray.Int64, ndarray.Uint64:
			out = order.AppendUint64(out, uint64(i))
		case ndarray.Float16:
			halves := []uint16{0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500}
			out = order.AppendUint16(out, halves[i])
		case ndarray.BFloat16:
			out = order.AppendUint16(out, uint16(math.Float32bits(float32(i))>>16))
		case ndarray.Float32:
			out = order.AppendUint32(out, math.Float32bits(float32(i)))
		case ndarray.Float64:
			out = order.AppendUint64(out, math.Float64bits(float64(i)))
		case ndarray.Complex64:
			out = order.AppendUint32(out, math.Float32bits(float32(i)))
			out = order.AppendUint32(out, math.Float32bits(float32(0-i)))
		case ndarray.Complex128:
			out = order.AppendUint64(out, math.Float64bits(float64(i)))
			out = order.AppendUint64(out, math.Float64bits(float64(0-i)))
		}
	}
	return out
}

func TestDecode(t *testing.T) {
	type row struct {
		file  string
		dtype ndarray.DType
		shape []int
	}
	rows := []row{
		{"version1.npy", ndarray.Float32, []int{2, 3}},
		{"version2.npy", ndarray.Float32, []int{2, 3}},
		{"version3.npy", ndarray.Float32, []int{2, 3}},
		{"fortran.npy", ndarray.Int16, []int{2, 3, 4}},
		{"fortran-big.npy", ndarray.Int16, []int{2, 3, 4}},
		{"scalar.npy", ndarray.Float64, []int{}},
		{"empty.npy", ndarray.Float32, []int{3, 0, 2}},
		{"rank32.npy", ndarray.Uint8, append(slices.Repeat([]int{1}, 30), 2, 3)},
		{"growth.npy", ndarray.Uint8, []int{1000}},
		{"bfloat16.npy", ndarray.BFloat16, []int{4}},
	}
	for _, d := range ndarray.DTypes() {
		if d != ndarray.BFloat16 && d == d.Stored() { // NumPy has it
			rows = append(rows, row{d.String() + ".npy", d, []int{2, 3}}, row{d.String() + "-big.npy", d, []int{2, 3}})
		}
	}
	for _, r := range rows {
		t.Run(r.file, func(t *testing.T) {
			file := fixture(t, r.file)
			a, err := Decode(file)
			if err != nil {
				t.Fatal(err)
			}
			if a.DType != r.dtype || !slices.Equal(a.Shape, r.shape) {
				t.Fatalf("got %v %v, want %v %v", a.DType, a.Shape, r.dtype, r.shape)
			}
			if got, want := native(a), counting(r.dtype, a.Len()); !sameNumbers(got, want) {
				t.Errorf("got % x\nwant % x", got, want)
			}
			if len(a.Data) > 0 && &a.Data[0] != &file[len(file)-len(a.Data)] {
				t.Error("the data was copied")
			}
		})
	}
}

// sameNumbers lets NumPy's -0 for the imaginary part of 0 - 0j pass.
func sameNumbers(got, want []byte) bool {
	got = bytes.Clone(got)
	for i := range got {
		if got[i] == 0x80 && want[i] == 0 {
			got[i] = 0
		}
	}
	return bytes.Equal(got, want)
}

func TestDecodeDirtyBool(t *testing.T) {
	a, err := Decode(fixture(t, "bool-dirty.npy"))
	if err != nil {
		t.Fatal(err)
	}
	if a.DType != ndarray.Bool {
		t.Errorf("dtype %v, want bool", a.DType)
	}
	if got, want := native(a), []byte{0, 1, 1, 1, 0, 1}; !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The writer makes the very bytes that NumPy makes.
func TestEncodeHeader(t *testing.T) {
	files := []string{"scalar.npy", "empty.npy", "growth.npy", "fortran.npy", "rank32.npy", "bfloat16.npy"}
	for _, d := range ndarray.DTypes() {
		if d != ndarray.BFloat16 && d == d.Stored() {
			files = append(files, d.String()+".npy")
		}
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			file := fixture(t, name)
			a, err := Decode(file)
			if err != nil {
				t.Fatal(err)
			}
			want := string(file[:len(file)-len(a.Data)])
			if ndarray.NativeEndian() == ndarray.BigEndian {
				want = strings.Replace(want, "'<", "'>", 1)
			}
			got := string(EncodeHeader(a.DType, a.Shape, strings.Contains(want, "'fortran_order': True")))
			if got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestEncodeHeaderRoundTrip(t *testing.T) {
	shapes := [][]int{{}, {0}, {7}, {2, 3}, {math.MaxInt, 0}, slices.Repeat([]int{1}, maxRank), slices.Repeat([]int{1, 1 << 30}, 32)}
	for _, d := range ndarray.DTypes() {
		for _, shape := range shapes {
			for _, fortran := range []bool{false, true} {
				file := EncodeHeader(d, shape, fortran)
				if len(file)%alignment != 0 {
					t.Errorf("%v %v: header of %d bytes is not aligned", d, shape, len(file))
				}
				h, end, err := parseHeader(file)
				if err != nil {
					t.Fatalf("%v %v: %v", d, shape, err)
				}
				if h.DType != d.Stored() || h.Fortran != fortran || h.Swapped || end != len(file) || !slices.Equal(h.Shape, shape) {
					t.Errorf("%v %v %v: read back as %+v", d, shape, fortran, h)
				}
			}
		}
	}
}

// versioned puts a dict behind the prefix of a version.
func versioned(version byte, dict string) []byte {
	out := append([]byte(magic), version, 0)
	if version == 1 {
		out = binary.LittleEndian.AppendUint16(out, uint16(len(dict)))
	} else {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(dict)))
	}
	return append(out, dict...)
}

func TestDecodeHeaderForms(t *testing.T) {
	tests := []struct {
		name    string
		version byte
		dict    string
	}{
		{"other order of keys", 1, "{'shape': (2,3), 'fortran_order': False, 'descr': '|u1'}"},
		{"double quotes", 1, `{"descr": "|u1", "fortran_order": False, "shape": (2, 3), }`},
		{"no spaces", 1, `{'descr':'|u1','fortran_order':False,'shape':(2,3)}`},
		{"many spaces", 3, " { 'descr' : '|u1' ,\t'fortran_order' : False , 'shape' : ( 2 , 3 , ) , } \r\n\n"},
		{"longs of Python 2", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }"},
		{"byte order of bytes", 1, "{'descr': '>u1', 'fortran_order': False, 'shape': (2, 3), }"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := Decode(append(versioned(test.version, test.dict), 0, 1, 2, 3, 4, 5))
			if err != nil {
				t.Fatal(err)
			}
			if a.DType != ndarray.Uint8 || a.Swapped || !slices.Equal(a.Shape, []int{2, 3}) {
				t.Errorf("got %+v", a)
			}
		})
	}
}

// hostile lists files that are not to be read, with a part of the error.
func hostile() []struct{ name, file, want string } {
	dict := func(descr, order, shape string) string {
		return string(versioned(1, fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n", descr, order, shape)))
	}
	shape := func(shape string) string { return dict("'<f4'", "False", shape) }
	descr := func(descr string) string { return dict(descr, "False", "(2,)") }
	raw := func(text string) string { return string(versioned(1, text)) }
	return []struct{ name, file, want string }{
		{"empty", "", "not a .npy file"},
		{"text", "1 2 3\n", "not a .npy file"},
		{"magic alone", magic, "header is truncated: the file has 6 bytes"},
		{"no length", magic + "\x01\x00\x10", "header is truncated: the file has 9 bytes"},
		{"no long length", magic + "\x02\x00\x10\x00", "header is truncated: the file has 10 bytes"},
		{"no dict", magic + "\x01\x00\x76\x00", "it takes 128 bytes, the file has 10"},
		{"version 0", magic + "\x00\x00", "format version 0.0"},
		{"version 4", magic + "\x04\x00", "format version 4.0"},
		{"version 1.1", magic + "\x01\x01", "format version 1.1"},
		{"huge header", magic + "\x02\x00\xff\xff\xff\xff", "header of 4294967295 bytes"},
		{"empty dict text", raw(""), "it ends too early"},
		{"no keys", raw("{}"), `key "descr" is missing`},
		{"not a dict", raw("[1, 2]"), "a list, want a dict"},
		{"open dict", raw("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), "), "it ends too early"},
		{"open string", raw("{'descr"), "has no end"},
		{"no colon", raw("{'descr' '<f4'}"), "want a dict"},
		{"no comma", raw("{'descr': '<f4' 'shape': ()}"), `want a comma or "}"`},
		{"text behind", raw("{'descr': '|u1', 'fortran_order': False, 'shape': ()} + {}"), `"+ {}" after the end`},
		{"unknown key", raw("{'descr': '<f4', 'order': 'C'}"), `unknown key "order"`},
		{"no shape", raw("{'descr': '<f4', 'fortran_order': False}"), `key "shape" is missing`},
		{"code", raw("__import__('os').system('true')"), "is no value"},
		{"NUL", raw("{'descr': '<f4'\x00}"), "a null byte"},

		{"a bool as a size", dict("'<f4'", "False", "(True,)"), "axis 0 is True, want a size"},
		{"order 0", dict("'<f4'", "0", "()"), "fortran_order: 0, want True or False"},
		{"order lower case", dict("'<f4'", "false", "()"), "is no value"},
		{"order None", dict("'<f4'", "None", "()"), "fortran_order: None, want True or False"},

		{"shape a number", shape("(3)"), "shape: (3) is a number"},
		{"shape a list", shape("[3]"), "shape: a list, want a tuple"},
		{"shape without brackets", shape("3,"), "is no value"},
		{"shape of nothing", shape("(,)"), "is no value"},
		{"shape with a hole", shape("(2,,3)"), "is no value"},
		{"shape open", raw("{'shape': (2, "), "it ends too early"},
		{"shape negative", shape("(2, -3)"), "shape: axis 1 has negative size -3"},
		{"shape most negative", shape("(-9223372036854775808,)"), "shape: axis 0 has negative size"},
		{"shape fraction", shape("(2.0,)"), "shape: axis 0 is"},
		{"shape exponent", shape("(1e3,)"), "shape: axis 0 is"},
		{"shape octal", shape("(010,)"), "is no number"},
		{"shape None", shape("(None,)"), "shape: axis 0 is None"},
		{"shape nested", shape("((2,),)"), "shape: axis 0 is"},
		{"shape long in version 3", string(versioned(3, "{'descr': '<f4', 'fortran_order': False, 'shape': (2L,)}")), "is no number"},
		{"shape beyond int64", shape("(9223372036854775808,)"), "too large for this machine"},
		{"shape beyond all", shape("(" + strings.Repeat("9", 400) + ",)"), "too large for this machine"},
		{"shape overflows", shape("(9223372036854775807,)"), "overflows the address space"},
		{"shape overflows to 0", shape("(4294967296, 4294967296)"), ""},
		{"shape overflows to little", shape("(4611686018427387905,)"), ""},
		{"rank 65", shape("(" + strings.Repeat("1,", 65) + ")"), "more than 64 axes"},
		{"rank of thousands", shape("(" + strings.Repeat("1,", 9000) + ")"), "more than 64 axes"},

		{"descr empty", descr("''"), `dtype "" is not supported`},
		{"descr order only", descr("'<'"), `dtype "<" is not supported`},
		{"descr None", descr("None"), "descr: None, want a string"},
		{"descr open", descr("'f4"), "no prefix of a string"},
		{"descr two orders", descr("'<<f4'"), `dtype "<<f4" is not supported`},
		{"descr of 3 bytes", descr("'<f3'"), `dtype "<f3" is not supported`},
		{"descr bool of 4", descr("'<b4'"), `dtype "<b4" is not supported`},
		{"descr structured", descr("[('x', '<f4'), ('y', '<f4')]"), "structured dtypes are not supported"},
		{"descr object", descr("'|O'"), "pickled"},
		{"descr text", descr("'<U7'"), "strings"},
		{"descr bytes", descr("'|S7'"), "strings"},
		{"descr date", descr("'<M8[ns]'"), "dates"},
		{"descr duration", descr("'<m8[ns]'"), "dates"},
		{"descr long double", descr("'<f16'"), "long double"},
		{"descr void", descr("'|V2'"), "bfloat16 is '<V2'"},
		{"descr endless", descr("'" + strings.Repeat("<", 9000) + "'"), "…"},

		{"no data", shape("(2,)"), "shape (2,) of float32 takes 8 bytes, the file has 0"},
		{"short data", shape("(2,)") + "1234567", "shape (2,) of float32 takes 8 bytes, the file has 7"},
		{"short exabyte", shape("(1000000000000000000,)") + "1234", "takes 4000000000000000000 bytes, the file has 4"},
	}
}

func TestDecodeHostile(t *testing.T) {
	for _, test := range hostile() {
		t.Run(test.name, func(t *testing.T) {
			allocs := testing.AllocsPerRun(1, func() { Decode([]byte(test.file)) })
			a, err := Decode([]byte(test.file))
			if err == nil {
				t.Fatalf("no error, but %v %v", a.DType, a.Shape)
			}
			// Sizes beyond 32 bits are refused earlier on such machines.
			if !strings.Contains(err.Error(), test.want) && !strings.Contains(err.Error(), "too large for this machine") {
				t.Errorf("error %q does not say %q", err, test.want)
			}
			if strings.ContainsAny(err.Error(), "\n\x00") || len(err.Error()) > 300 {
				t.Errorf("error is no short line: %q", err)
			}
			if allocs > 100 {
				t.Errorf("%v allocations", allocs)
			}
		})
	}
}

// Every cut of a file is an error, never a panic.
func TestDecodeTruncated(t *testing.T) {
	for _, name := range []string{"version1.npy", "version2.npy", "version3.npy", "complex128-big.npy"} {
		file := fixture(t, name)
		for n := range file {
			if _, err := Decode(file[:n:n]); err == nil {
				t.Errorf("%s cut to %d of %d bytes: no error", name, n, len(file))
			}
		}
	}
}

func TestDecodeIgnoresTail(t *testing.T) {
	a, err := Decode(append(fixture(t, "float32.npy"), fixture(t, "uint8.npy")...))
	if err != nil || len(a.Data) != 24 {
		t.Errorf("%d bytes, %v: want the 24 of the first array", len(a.Data), err)
	}
}

// Whatever the length of the start, what is needed in the end is the array and no more.
func TestNeeded(t *testing.T) {
	for _, name := range []string{"version1.npy", "version2.npy", "version3.npy", "scalar.npy", "empty.npy"} {
		file := fixture(t, name)
		steps, n := 0, 0
		for more := append(bytes.Clone(file), "behind"...); ; steps++ {
			need := Needed(more[:n])
			if need <= n {
				break
			}
			n = need
		}
		if n != len(file) || steps > 4 {
			t.Errorf("%s: %d bytes in %d steps, want %d", name, n, steps, len(file))
		}
	}
	for _, test := range hostile() {
		for n := range len(test.file) {
			if need := Needed([]byte(test.file[:n])); need < n {
				t.Errorf("%s: %d bytes of %d", test.name, need, n)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.np[yz]")
	if err != nil || len(files) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, test := range hostile() {
		f.Add([]byte(test.file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := Needed(data)
		if IsArchive(data) {
			member, err := Member(data, "a")
			if err != nil {
				return
			}
			data, whole = member, Needed(member)
		}
		a, err := Decode(data)
		if err != nil {
			return
		}
		if again, err := Decode(data[:min(whole, len(data))]); whole < 0 || IsMagic(data) && (err != nil || len(again.Data) != len(a.Data)) {
			t.Fatalf("%d of %d bytes are needed, which give %v", whole, len(data), err)
		}
		if got, want := len(a.Data), a.Len()*a.DType.Size(); got != want {
			t.Fatalf("%v of %v has %d bytes, want %d", a.Shape, a.DType, got, want)
		}
		got := native(a)
		if a.DType == ndarray.Bool && slices.ContainsFunc(got, func(b byte) bool { return b > 1 }) {
			t.Fatalf("bool of % x", got)
		}
		// What was read can be written and read again.
		again, err := Decode(append(EncodeHeader(a.DType, a.Shape, false), got...))
		if err != nil || again.DType != a.DType || !slices.Equal(again.Shape, a.Shape) || !bytes.Equal(again.Data, got) {
			t.Fatalf("%v of %v came back as %v of %v: %v", a.Shape, a.DType, again.Shape, again.DType, err)
		}
	})
}
