package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/npy"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// hadamard runs the command line in dir and returns the exit code, stdout and
// stderr.
func hadamard(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(dir)
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

// ok fails the test if the command does.
func ok(t *testing.T, dir string, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := hadamard(t, dir, args...)
	if code != exitOK {
		t.Fatalf("hadamard %s: exit code %d: %s", strings.Join(args, " "), code, stderr)
	}
	return stdout, stderr
}

// asBytes views elements as the bytes that they are.
func asBytes[T any](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(*new(T))))
}

func save(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// saveNPY writes values in C order.
func saveNPY[T runtime.Element](t *testing.T, path string, dtype ndarray.DType, shape []int, values []T) {
	t.Helper()
	save(t, path, append(npy.EncodeHeader(dtype, shape, false), asBytes(values)...))
}

// loadNPY reads values in C order.
func loadNPY[T runtime.Element](t *testing.T, path string, dtype ndarray.DType, shape []int) []T {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := npy.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if a.DType != dtype || !slices.Equal(a.Shape, shape) {
		t.Fatalf("%s is %v %v, want %v %v", path, a.DType, a.Shape, dtype, shape)
	}
	values := make([]T, a.Len())
	if err := a.Gather(asBytes(values), 0, a.Shape, a.Strides); err != nil {
		t.Fatal(err)
	}
	return values
}

// only fails the test unless dir holds the named files and no others.
func only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Errorf("directory holds %q, want %q", got, names)
	}
}

// testDType multiplies (3,4) by (4,), by a bool (3,1), and by the swapped
// bytes of itself in one run.
func testDType[T runtime.Element](t *testing.T, dtype ndarray.DType, of func(int) T, mul func(a, b T) T) {
	t.Run(dtype.String(), func(t *testing.T) {
		dir := t.TempDir()
		a, b, want := make([]T, 12), make([]T, 4), make([]T, 12)
		mask := []bool{true, false, true}
		for i := range b {
			b[i] = of(i + 2)
		}
		for i := range a {
			a[i] = of(i)
			var gate T
			if mask[i/4] {
				gate = of(1)
			}
			want[i] = mul(mul(mul(a[i], b[i%4]), gate), a[i])
		}
		saveNPY(t, filepath.Join(dir, "a.npy"), dtype, []int{3, 4}, a)
		saveNPY(t, filepath.Join(dir, "b.npy"), dtype, []int{4}, b)
		saveNPY(t, filepath.Join(dir, "mask.npy"), ndarray.Bool, []int{3, 1}, mask)
		swapped := bytes.Clone(asBytes(a))
		for word := range slices.Chunk(swapped, dtype.WordSize()) {
			slices.Reverse(word)
		}
		header := string(npy.EncodeHeader(dtype, []int{3, 4}, false))
		header = strings.NewReplacer("'<", "'>", "'>", "'<").Replace(header)
		save(t, filepath.Join(dir, "swapped.npy"), append([]byte(header), swapped...))

		ok(t, dir, "multiply", "a.npy", "b.npy", "mask.npy", "swapped.npy", "-o", "out.npy")
		if got := loadNPY[T](t, filepath.Join(dir, "out.npy"), dtype, []int{3, 4}); !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
}

func testNumber[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64](t *testing.T, dtype ndarray.DType) {
	testDType(t, dtype, func(i int) T { return T(i) }, func(a, b T) T { return a * b })
}

func TestMultiplyDTypes(t *testing.T) {
	testDType(t, ndarray.Bool, func(i int) bool { return i%3 > 0 }, func(a, b bool) bool { return a && b })
	testNumber[int8](t, ndarray.Int8)
	testNumber[int16](t, ndarray.Int16)
	testNumber[int32](t, ndarray.Int32)
	testNumber[int64](t, ndarray.Int64)
	testNumber[uint8](t, ndarray.Uint8)
	testNumber[uint16](t, ndarray.Uint16)
	testNumber[uint32](t, ndarray.Uint32)
	testNumber[uint64](t, ndarray.Uint64)
	testNumber[float32](t, ndarray.Float32)
	testNumber[float64](t, ndarray.Float64)
	testDType(t, ndarray.Float16, func(i int) runtime.Float16 { return runtime.NewFloat16(float32(i)) },
		func(a, b runtime.Float16) runtime.Float16 { return runtime.NewFloat16(a.Float32() * b.Float32()) })
	testDType(t, ndarray.BFloat16, func(i int) runtime.BFloat16 { return runtime.NewBFloat16(float32(i)) },
		func(a, b runtime.BFloat16) runtime.BFloat16 { return runtime.NewBFloat16(a.Float32() * b.Float32()) })
	// Whole numbers this small are exact by any formula.
	testDType(t, ndarray.Complex64, func(i int) complex64 { return complex(float32(i), 0) }, func(a, b complex64) complex64 { return a * b })
	testDType(t, ndarray.Complex128, func(i int) complex128 { return complex(float64(i), 0) }, func(a, b complex128) complex128 { return a * b })
}

// A result of many blocks, cut along axis 1: rows are larger than a block.
func TestMultiplyBlocks(t *testing.T) {
	dir := t.TempDir()
	const rows, cols = 3, blockBytes/4 + 12345
	a, b, want := make([]float32, rows*cols), make([]float32, cols), make([]float32, rows*cols)
	mask := make([]byte, cols)
	for i := range b {
		b[i] = float32(i % 77)
		mask[i] = byte(i%5) * 50 // any byte but 0 is true
	}
	for i := range a {
		a[i] = float32(i % 1001)
		if want[i] = a[i] * b[i%cols]; mask[i%cols] == 0 {
			want[i] = 0
		}
	}
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Float32, []int{rows, cols}, a)
	saveNPY(t, filepath.Join(dir, "b.npy"), ndarray.Float32, []int{cols}, b)
	saveNPY(t, filepath.Join(dir, "mask.npy"), ndarray.Bool, []int{1, cols}, mask)
	_, stderr := ok(t, dir, "multiply", "mask.npy", "b.npy", "a.npy", "-o", "out.npy", "-v")
	if got := loadNPY[float32](t, filepath.Join(dir, "out.npy"), ndarray.Float32, []int{rows, cols}); !slices.Equal(got, want) {
		t.Error("the product is wrong")
	}
	if !strings.Contains(stderr, " in 27 blocks of ") {
		t.Errorf("want 27 blocks:\n%s", stderr)
	}
}

// NumPy's order K: the result is in Fortran order if the operands are.
func TestMultiplyFortran(t *testing.T) {
	dir := t.TempDir()
	f := append(npy.EncodeHeader(ndarray.Int16, []int{2, 3}, true), asBytes([]int16{1, 4, 2, 5, 3, 6})...)
	save(t, filepath.Join(dir, "f.npy"), f)
	saveNPY(t, filepath.Join(dir, "c.npy"), ndarray.Int16, []int{2, 3}, []int16{1, 2, 3, 4, 5, 6})
	saveNPY(t, filepath.Join(dir, "row.npy"), ndarray.Int16, []int{3}, []int16{1, 2, 3})
	for _, test := range []struct {
		args    []string
		fortran string
		want    []int16
	}{
		{[]string{"f.npy", "f.npy"}, "True", []int16{1, 4, 9, 16, 25, 36}},
		{[]string{"f.npy", "c.npy"}, "False", []int16{1, 4, 9, 16, 25, 36}},
		{[]string{"row.npy", "f.npy"}, "True", []int16{1, 4, 9, 4, 10, 18}},
	} {
		ok(t, dir, append([]string{"multiply", "-o", "out.npy"}, test.args...)...)
		if got := loadNPY[int16](t, filepath.Join(dir, "out.npy"), ndarray.Int16, []int{2, 3}); !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.args, got, test.want)
		}
		file, _ := os.ReadFile(filepath.Join(dir, "out.npy"))
		if !bytes.Contains(file, []byte("'fortran_order': "+test.fortran)) {
			t.Errorf("%v: want fortran_order %s: %q", test.args, test.fortran, file)
		}
	}
}

func TestMultiplyShapes(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "scalar.npy"), ndarray.Float64, []int{}, []float64{3})
	saveNPY(t, filepath.Join(dir, "empty.npy"), ndarray.Float64, []int{0, 1}, []float64{})
	saveNPY(t, filepath.Join(dir, "column.npy"), ndarray.Float64, []int{2, 1}, []float64{5, 7})
	saveNPY(t, filepath.Join(dir, "row.npy"), ndarray.Float64, []int{1, 3}, []float64{1, 2, math.Inf(1)})
	deep := append(slices.Repeat([]int{1}, 62), 2, 1)
	saveNPY(t, filepath.Join(dir, "deep.npy"), ndarray.Float64, deep, []float64{5, 7})
	saveNPY(t, filepath.Join(dir, "yes.npy"), ndarray.Bool, []int{}, []bool{true})
	for _, test := range []struct {
		args  []string
		shape []int
		want  []float64
	}{
		{[]string{"scalar.npy", "scalar.npy"}, []int{}, []float64{9}},
		{[]string{"scalar.npy", "yes.npy"}, []int{}, []float64{3}},
		{[]string{"scalar.npy", "empty.npy"}, []int{0, 1}, []float64{}},
		{[]string{"row.npy", "empty.npy"}, []int{0, 3}, []float64{}},
		{[]string{"column.npy", "row.npy"}, []int{2, 3}, []float64{5, 10, math.Inf(1), 7, 14, math.Inf(1)}},
		{[]string{"row.npy", "scalar.npy", "column.npy"}, []int{2, 3}, []float64{15, 30, math.Inf(1), 21, 42, math.Inf(1)}},
		{[]string{"deep.npy", "scalar.npy"}, deep, []float64{15, 21}},
	} {
		_, stderr := ok(t, dir, append([]string{"multiply", "-v", "-o", "out.npy"}, test.args...)...)
		if got := loadNPY[float64](t, filepath.Join(dir, "out.npy"), ndarray.Float64, test.shape); !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.args, got, test.want)
		}
		if !strings.Contains(stderr, "write") {
			t.Errorf("%v: -v says %q", test.args, stderr)
		}
	}
}

// Stored members lie at any alignment, and are the same as deflated ones.
func TestMultiplyArchive(t *testing.T) {
	data := fixtures(t)
	out := filepath.Join(t.TempDir(), "out.npy")
	for _, name := range []string{"stored.npz", "deflated.npz", "zip64.npz"} {
		ok(t, data, "multiply", name+":a", "stored.npz:a.npy", "-o", out)
		want := []float32{0, 1, 4, 9, 16, 25}
		if got := loadNPY[float32](t, out, ndarray.Float32, []int{2, 3}); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	ok(t, data, "multiply", "one.npz", "one.npz:arr_0", "-o", out)
	if got, want := loadNPY[uint8](t, out, ndarray.Uint8, []int{5}), []uint8{0, 1, 4, 9, 16}; !slices.Equal(got, want) {
		t.Errorf("one.npz: got %v, want %v", got, want)
	}
}

// fixtures is the directory of files made by NumPy.
func fixtures(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("internal/npy/testdata")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func savePNG(t *testing.T, path string, img image.Image) {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	save(t, path, buf.Bytes())
}

func loadImage(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestMultiplyPictures(t *testing.T) {
	dir := t.TempDir()
	rect := image.Rect(0, 0, 40, 30)
	photo, deep, mask := image.NewNRGBA(rect), image.NewNRGBA64(rect), image.NewGray(rect)
	for i := range photo.Pix {
		photo.Pix[i] = byte(i*31 + 3)
	}
	for i := range deep.Pix {
		deep.Pix[i] = byte(i*17 + 3)
	}
	opaque := image.NewRGBA(rect)
	for y := range 30 {
		for x := range 40 {
			opaque.SetRGBA(x, y, color.RGBA{byte(x), byte(y), 99, 255})
			if (x-20)*(x-20)+(y-15)*(y-15) < 100 {
				mask.SetGray(x, y, color.Gray{255})
			}
		}
	}
	savePNG(t, filepath.Join(dir, "rgb.png"), opaque)
	savePNG(t, filepath.Join(dir, "alpha.png"), photo)
	savePNG(t, filepath.Join(dir, "deep.png"), deep)
	savePNG(t, filepath.Join(dir, "mask.png"), mask)
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, opaque, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join(dir, "rgb.jpg"), buf.Bytes())

	in := func(x, y int) bool { return mask.GrayAt(x, y).Y > 0 }
	tests := []struct {
		args []string
		want func(x, y int) color.Color // inside of the mask
	}{
		{[]string{"rgb.png", "mask.png"}, func(x, y int) color.Color { return opaque.At(x, y) }},
		{[]string{"mask.png", "rgb.png", "mask.png"}, func(x, y int) color.Color { return opaque.At(x, y) }},
		{[]string{"alpha.png", "mask.png"}, func(x, y int) color.Color { return photo.At(x, y) }},
		{[]string{"deep.png", "mask.png"}, func(x, y int) color.Color { return deep.At(x, y) }},
		{[]string{"mask.png", "mask.png"}, func(int, int) color.Color { return color.White }},
	}
	for _, test := range tests {
		ok(t, dir, append([]string{"multiply", "-o", "out.png"}, test.args...)...)
		got := loadImage(t, filepath.Join(dir, "out.png"))
		if got.Bounds() != rect {
			t.Fatalf("%v: bounds %v", test.args, got.Bounds())
		}
		for y := range 30 {
			for x := range 40 {
				want := test.want(x, y)
				if !in(x, y) {
					// The colours are black, the alpha stays.
					_, _, _, a := want.RGBA()
					want = color.RGBA64{A: uint16(a)}
				}
				r, g, b, a := got.At(x, y).RGBA()
				wr, wg, wb, wa := want.RGBA()
				if r != wr || g != wg || b != wb || a != wa {
					t.Fatalf("%v: pixel (%d,%d) is %v, want %v", test.args, x, y, got.At(x, y), want)
				}
			}
		}
	}

	// A JPEG is not exact, but the mask is.
	ok(t, dir, "multiply", "rgb.jpg", "mask.png", "-o", "out.png")
	got := loadImage(t, filepath.Join(dir, "out.png"))
	if c := got.At(0, 0); c != (color.RGBA{0, 0, 0, 255}) {
		t.Errorf("outside of the mask: %v", c)
	}
	if _, _, b, _ := got.At(20, 15).RGBA(); b>>8 < 90 || b>>8 > 108 {
		t.Errorf("inside of the mask: %v", got.At(20, 15))
	}
	ok(t, dir, "multiply", "rgb.jpg", "mask.png", "-o", "small.JPG", "--quality", "5")
	ok(t, dir, "multiply", "rgb.jpg", "mask.png", "-o", "large.jpeg", "--quality", "100")
	if small, large := len(contents(t, dir, "small.JPG")), len(contents(t, dir, "large.jpeg")); small >= large {
		t.Errorf("quality 5 takes %d bytes, quality 100 %d", small, large)
	}
	// Pictures may become arrays, and arrays of Fortran order pictures.
	ok(t, dir, "multiply", "rgb.png", "mask.png", "-o", "out.npy")
	loadNPY[uint8](t, filepath.Join(dir, "out.npy"), ndarray.Uint8, []int{30, 40, 3})
	save(t, filepath.Join(dir, "f.npy"), append(npy.EncodeHeader(ndarray.Uint8, []int{2, 3}, true), 1, 4, 2, 5, 3, 6))
	ok(t, dir, "multiply", "f.npy", "f.npy", "-o", "f.png")
	if img, is := loadImage(t, filepath.Join(dir, "f.png")).(*image.Gray); !is || !bytes.Equal(img.Pix, []byte{1, 4, 9, 16, 25, 36}) {
		t.Errorf("from Fortran order: %v", img)
	}
}

func contents(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The output may be an operand, under any of its names.
func TestMultiplyInPlace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npy")
	saveNPY(t, path, ndarray.Int32, []int{3}, []int32{1, 2, 3})
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	names := []string{"a.npy", "." + string(filepath.Separator) + "a.npy", path}
	if os.Symlink("a.npy", filepath.Join(dir, "link.npy")) == nil {
		names = append(names, "link.npy")
	}
	want := []int32{1, 2, 3}
	for _, name := range names {
		ok(t, dir, "multiply", "a.npy", "a.npy", "-o", name)
		for i, v := range want {
			want[i] = v * v
		}
		if got := loadNPY[int32](t, path, ndarray.Int32, []int{3}); !slices.Equal(got, want) {
			t.Errorf("-o %s: got %v, want %v", name, got, want)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o640 && got != 0o666 { // Windows has no others
		t.Errorf("mode %v, want that of the old file", got)
	}
}

// Whatever is refused, the old output stays and nothing else appears.
func TestMultiplyErrors(t *testing.T) {
	dir := t.TempDir()
	float := func(name string, shape ...int) {
		a := bytearray.Packed(ndarray.Float32, shape, false, nil)
		saveNPY(t, filepath.Join(dir, name), a.DType, shape, make([]float32, a.Len()))
	}
	float("a.npy", 2, 3)
	float("b.npy", 4)
	saveNPY(t, filepath.Join(dir, "u1.npy"), ndarray.Uint8, []int{2, 3}, make([]uint8, 6))
	saveNPY(t, filepath.Join(dir, "mask.npy"), ndarray.Bool, []int{2, 3}, make([]bool, 6))
	for axis, name := range []string{"x.npy", "y.npy", "z.npy"} {
		shape := []int{1, 1, 1}
		shape[axis] = 1 << 21
		saveNPY(t, filepath.Join(dir, name), ndarray.Bool, shape, make([]bool, 1<<21))
	}
	save(t, filepath.Join(dir, "short.npy"), append(npy.EncodeHeader(ndarray.Float32, []int{2, 3}, false), 1, 2, 3))
	save(t, filepath.Join(dir, "text.npy"), []byte("1 2 3\n"))
	save(t, filepath.Join(dir, "empty.npy"), nil)
	save(t, filepath.Join(dir, "cut.png"), []byte("\x89PNG\r\n\x1a\n\x00\x00"))
	save(t, filepath.Join(dir, "old.npy"), []byte("old"))
	save(t, filepath.Join(dir, "old.png"), []byte("old"))
	if err := os.Mkdir(filepath.Join(dir, "dir.npy"), 0o700); err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join(dir, "s.npz"), []byte(contents(t, fixtures(t), "stored.npz")))
	save(t, filepath.Join(dir, "big.npy"), []byte(strings.NewReplacer("<f4", ">f4", ">f4", "<f4").Replace(contents(t, dir, "a.npy"))))
	savePixels(t, filepath.Join(dir, "rgba.png"), 3, 2, 4, make([]byte, 24))
	before := snapshot(t, dir)

	tests := []struct {
		args string
		code int
		want string
	}{
		{"a.npy b.npy -o old.npy", exitError, "a.npy, b.npy: shapes (2,3) (4,) do not broadcast: axis -1 has sizes 3 and 4"},
		{"a.npy u1.npy --dtype uint8 -o old.npy", exitError, "a.npy by u1.npy: float32 is no uint8 by the casting rule same_kind; --casting unsafe cuts off what does not fit, --casting saturate rounds and clamps"},
		{"u1.npy a.npy --casting no -o old.npy", exitError, "u1.npy by a.npy: uint8 is no float32 by the casting rule no"},
		{"a.npy big.npy --casting no -o old.npy", exitError, "a.npy by big.npy: the byte order of one is not this machine's, and stays by the casting rule no; --casting equiv changes it alone"},
		{"u1.npy 256 -o old.npy", exitError, "u1.npy by 256: the number 256 is out of the range of uint8"},
		{"a.npy 99999999999999999999 -o old.npy", exitError, "99999999999999999999: no dtype has so large an integer; with .0 behind it, it is a float"},
		{"a.npy 1j --dtype float32 --casting saturate -o old.npy", exitError, "complex64 is no float32 by the casting rule saturate; --casting unsafe leaves out the imaginary part"},
		{"a.npy a.npy --where u1.npy -o old.npy", exitError, "--where u1.npy is uint8, not bool: :mask reads what is not 0 of uint8 and int8 as true"},
		{"a.npy a.npy --where rgba.png:alpha -o old.npy", exitError, "--where rgba.png:alpha is unorm8, not bool: rgba.png alone is true where a sample is not 0"},
		{"a.npy a.npy --where b.npy:mask -o old.npy", exitError, "b.npy:mask: masks (:mask) are read from arrays of bool, uint8 or int8, this is float32"},
		{"a.npy a.npy --where z.npy -o old.npy", exitError, "a.npy, a.npy, --where z.npy: shapes (2,3) (2,3) (1,1,2097152) do not broadcast"},
		{"a.npy a.npy --where missing.npy -o old.npy", exitError, "open missing.npy: "},
		{"a.npy a.npy --where 1 -o old.npy", exitError, "open 1: "},
		{"a.npy 1+j -o old.npy", exitError, "open 1+j: "},
		{"x.npy y.npy z.npy x.npy -o old.npy", exitError, "overflow"},
		{"a.npy missing.npy -o old.npy", exitError, "open missing.npy: "},
		{"a.npy short.npy -o old.npy", exitError, "short.npy: data is truncated: shape (2,3) of float32 takes 24 bytes, the file has 3"},
		{"a.npy text.npy -o old.npy", exitError, "text.npy: not a .npy, .npz, .wav or picture file"},
		{"a.npy empty.npy -o old.npy", exitError, "empty.npy: the file is empty"},
		{"a.npy cut.png -o old.npy", exitError, "cut.png: the PNG can not be read: truncated"},
		{"a.npy dir.npy -o old.npy", exitError, "dir.npy: is a directory"},
		{"a.npy s.npz:c -o old.npy", exitError, `s.npz:c: no array "c" in the archive: it holds "a", "b"`},
		{"a.npy s.npz -o old.npy", exitError, `s.npz: the archive holds several arrays: choose one with :NAME from "a", "b"`},
		{"a.npy missing.npz:c -o old.npy", exitError, "open missing.npz: "},
		{"a.npy a.npy:c -o old.npy", exitError, "a.npy:c: "},
		{"a.npy 1j -o old.png", exitError, "old.png: a PNG holds fractions (unorm), uint8, uint16 or bool, not complex64"},
		{"a.npy a.npy --dtype float64 -o old.png", exitError, "old.png: a PNG holds fractions (unorm), uint8, uint16 or bool, not float64"},
		{"u1.npy s.npz:b -o old.png", exitError, "(2,3) (4,) do not broadcast"},
		{"z.npy z.npy -o old.png", exitError, "old.png: a PNG has shape (H,W) or (H,W,C) with 1 to 4 channels"},
		{"a.npy a.npy -o dir.npy", exitError, "dir.npy is a directory"},
		{"a.npy a.npy -o dir.npy/", exitError, "dir.npy"},
		{"a.npy a.npy -o none/out.npy", exitError, "directory none does not exist"},
		{"a.npy a.npy -o old.npy/out.npy", exitError, "old.npy"},

		{"a.npy a.npy -o .", exitError, ". is a directory"},
		{"a.npy a.npy -o out.tif", exitUsage, "out.tif: the extension must be one of npy, npz, png, jpg, jpeg, wav, cf32, cs16, cs8 or cu8; --to says it otherwise"},
		{"a.npy a.npy -o out", exitUsage, "out: the extension must be"},
		{"a.npy a.npy", exitUsage, "multiply needs an output file: -o OUT"},
		{"a.npy -o old.npy", exitUsage, "multiply takes at least 2 operands, got 1"},
		{"-o old.npy", exitUsage, "at least 2 operands, got 0"},
		{"a.npy a.npy -o old.png --quality 0", exitUsage, "--quality is 0, want 1 to 100"},
		{"a.npy a.npy -o old.png --quality high", exitUsage, "high"},
		{"a.npy a.npy -o old.npy --fast", exitUsage, "unknown flag: --fast"},
		{"a.npy a.npy -o old.npy --dtype f3", exitUsage, `--dtype is "f3", want bool, int8, `},
		{"a.npy a.npy -o old.npy --casting none", exitUsage, `--casting is "none", want no, equiv, safe, same_kind, unsafe or saturate`},
		{"a.npy a.npy -o old.npy --order X", exitUsage, `--order is "X", want K, C, F or A`},
		{"a.npy a.npy -o old.npy --where", exitUsage, "--where needs MASK behind it"},
		{"a.npy - -o old.npy --where -:mask", exitUsage, "standard input (-) can be one operand only"},
		{"a.npy a.npy -o old.npy --rate -5", exitUsage, "--rate is \"-5\", want a number"},
		{"a.npy a.npy -o", exitUsage, "--output needs FILE behind it"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			code, stdout, stderr := hadamard(t, dir, append([]string{"multiply"}, strings.Fields(test.args)...)...)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			line, rest, _ := strings.Cut(stderr, "\n")
			if !strings.HasPrefix(line, "hadamard: ") || !strings.Contains(line, test.want) {
				t.Errorf("error %q does not say %q", line, test.want)
			}
			if rest != "" {
				t.Errorf("more than one line: %q", rest)
			}
			if stdout != "" {
				t.Errorf("stdout %q", stdout)
			}
			if after := snapshot(t, dir); after != before {
				t.Errorf("the directory changed from\n%s\nto\n%s", before, after)
			}
		})
	}
}

// snapshot lists the files of a directory with their sizes and starts.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for _, e := range entries {
		if e.IsDir() {
			fmt.Fprintln(&s, e.Name())
			continue
		}
		data := contents(t, dir, e.Name())
		fmt.Fprintf(&s, "%s %d %q\n", e.Name(), len(data), data[:min(len(data), 10)])
	}
	return s.String()
}

func TestMultiplyInterrupted(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Float32, []int{3}, []float32{1, 2, 3})
	t.Chdir(dir)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stderr bytes.Buffer
	code := run(ctx, []string{"multiply", "a.npy", "a.npy", "-o", "out.npy"}, &stderr, &stderr)
	if code != exitError || stderr.String() != "hadamard: interrupted, nothing was written\n" {
		t.Errorf("exit code %d: %q", code, stderr.String())
	}
	only(t, dir, "a.npy")
}

// A file that shrinks while it is mapped is an error, not a crash: seen by a
// check before a block, or else as a fault.
func TestMultiplyTruncated(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	saveNPY(t, "a.npy", ndarray.Uint8, []int{3 * blockBytes}, make([]uint8, 3*blockBytes))
	in, err := openInput("a.npy", reading{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	inputs := []*input{in, in}
	p, err := newProduct(inputs, nil, arithmetic{}, npyFormat)
	if err != nil {
		t.Fatal(err)
	}
	truncate := func(int) { err = os.Truncate("a.npy", 1000) }
	got := guard(inputs, func() error { return p.write(context.Background(), &bytes.Buffer{}, truncate) })
	if err != nil {
		t.Logf("this system does not truncate what is mapped: %v", err)
		return
	}
	if got == nil || !strings.Contains(got.Error(), "a.npy: truncated from 3145856 to 1000 bytes while it was read") {
		t.Errorf("error %v", got)
	}
	got = guard(inputs, func() error {
		return fmt.Errorf("read %d beyond the end", in.array.Data[2*blockBytes])
	})
	if got == nil || !strings.Contains(got.Error(), "a.npy: truncated from") {
		t.Errorf("error of a fault: %v", got)
	}
}

// Panics that are no faults of a file pass through.
func TestGuardPanic(t *testing.T) {
	defer func() {
		if recover() != "bug" {
			t.Error("the panic was swallowed")
		}
	}()
	_ = guard(nil, func() error { panic("bug") })
}

func TestVerbose(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Float32, []int{100, 200}, make([]float32, 20000))
	saveNPY(t, filepath.Join(dir, "b.npy"), ndarray.Float32, []int{200}, make([]float32, 200))
	saveNPY(t, filepath.Join(dir, "mask.npy"), ndarray.Bool, []int{100, 1}, make([]bool, 100))
	stdout, stderr := ok(t, dir, "multiply", "a.npy", "b.npy", "mask.npy", "-o", "out.npy", "-v")
	if stdout != "" {
		t.Errorf("stdout %q", stdout)
	}
	for _, want := range []string{
		"read      a.npy     npy  float32  (100,200)  C order",
		"read      b.npy     npy  float32  (200,)     C order",
		"read      mask.npy  npy  bool     (100,1)    C order",
		"write     out.npy   npy  float32  (100,200)  C order\n",
		"multiply  float32 by float32 by bool, in float32, at ",
		"moved     161 kB of operands and product in 1 block of 80 kB\n",
		" GB/s) multiplying, ",
		"wrote     80.1 kB of out.npy in ",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("-v does not say %q:\n%s", want, stderr)
		}
	}

	_, stderr = ok(t, dir, "multiply", "a.npy", "b.npy", "-o", "out.npy", "-v")
	if want := "\nmultiply  float32 by float32, in float32, at "; !strings.Contains(stderr, want) {
		t.Errorf("-v does not say %q:\n%s", want, stderr)
	}
}

func TestBigEndianFixture(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.npy")
	ok(t, fixtures(t), "multiply", "int32.npy", "int32-big.npy", "-o", out)
	want := []int32{0, 1, 4, 9, 16, 25}
	if got := loadNPY[int32](t, out, ndarray.Int32, []int{2, 3}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	header := contents(t, filepath.Dir(out), "out.npy")
	if native := binary.NativeEndian.Uint16([]byte{1, 0}) == 1; strings.Contains(header, "'<i4'") != native {
		t.Errorf("the output is not in native order: %q", header)
	}
}
