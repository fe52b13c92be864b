package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// Archives are told by their content, whatever they are called.
func TestMultiplyArchiveNames(t *testing.T) {
	dir := t.TempDir()
	archive := []byte(contents(t, fixtures(t), "stored.npz"))
	names := []string{"a.npz", "b.zip", "C.NPZ", "plain"}
	if runtime.GOOS != "windows" {
		names = append(names, "odd:name.npz")
	}
	for _, name := range names {
		save(t, filepath.Join(dir, name), archive)
		ok(t, dir, "multiply", name+":a", name+":a.npy", "-o", "out.npy")
		want := []float32{0, 1, 4, 9, 16, 25}
		if got := loadNPY[float32](t, filepath.Join(dir, "out.npy"), ndarray.Float32, []int{2, 3}); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	if code, _, stderr := hadamard(t, dir, "multiply", "lost.ZIP:a", "a.npz:a", "-o", "out.npy"); code != exitError || !strings.HasPrefix(stderr, "hadamard: open lost.ZIP: ") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// An archive that is written has one member, which is mapped when it is read.
func TestMultiplyToArchive(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Float64, []int{2, 2}, []float64{1, 2, 3, 4})
	ok(t, dir, "multiply", "a.npy", "a.npy", "-o", "out.npz")
	ok(t, dir, "multiply", "out.npz:arr_0", "out.npz", "-o", "again.NPZ")
	in, err := openInput("again.NPZ", reading{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	if !in.file.Mapped {
		t.Error("the member is copied as it is read")
	}
	if got, want := asElements[float64](in.array.Data), []float64{1, 16, 81, 256}; !slices.Equal(got, want) || in.array.DType != ndarray.Float64 {
		t.Errorf("got %v, want %v", got, want)
	}
	ok(t, dir, "multiply", "out.npz", "out.npz", "-o", "out.npz") // the output is an operand
	only(t, dir, "a.npy", "again.NPZ", "out.npz")
}

func TestMultiplyIntoFile(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Int8, []int{2}, []int8{3, 4})
	if err := os.Link(filepath.Join(dir, "a.npy"), filepath.Join(dir, "link.npy")); err != nil {
		t.Skip("this file system has no links:", err)
	}
	_, stderr := ok(t, dir, "multiply", "a.npy", "link.npy", "-o", "a.npy", "--in-place")
	if !strings.HasPrefix(stderr, "hadamard: writing into a.npy; until that is done the result is in ") {
		t.Errorf("stderr %q", stderr)
	}
	if got, want := loadNPY[int8](t, filepath.Join(dir, "link.npy"), ndarray.Int8, []int{2}), []int8{9, 16}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	only(t, dir, "a.npy", "link.npy")
	_, stderr = ok(t, dir, "multiply", "a.npy", "a.npy", "-o", "link.npy")
	if runtime.GOOS != "windows" && stderr != "hadamard: warning: link.npy has other names (hard links), which keep the old content; --in-place writes into it\n" {
		t.Errorf("stderr %q", stderr)
	}
	if got, want := loadNPY[int8](t, filepath.Join(dir, "a.npy"), ndarray.Int8, []int{2}), []int8{9, 16}; !slices.Equal(got, want) {
		t.Errorf("the other name has %v, want %v", got, want)
	}
	if _, stderr = ok(t, dir, "multiply", "a.npy", "a.npy", "-o", "link.npy"); stderr != "" {
		t.Errorf("a file of one name: stderr %q", stderr)
	}
}

// Results of more axes than older NumPy has are written, with a warning.
func TestMultiplyManyAxes(t *testing.T) {
	dir := t.TempDir()
	for rank, warned := range map[int]bool{32: false, 33: true} {
		saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Int8, slices.Repeat([]int{1}, rank), []int8{3})
		_, stderr := ok(t, dir, "multiply", "a.npy", "a.npy", "-o", "out.npy")
		const want = "hadamard: warning: the result has 33 axes; NumPy before version 2 loads no more than 32\n"
		if warned != (stderr == want) || !warned && stderr != "" {
			t.Errorf("%d axes: stderr %q", rank, stderr)
		}
	}
}

// Files of other formats are named, and what to do with them.
func TestMultiplyOtherFormats(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Int8, []int{1}, []int8{3})
	for begin, want := range map[string]string{
		"\x00\x00\x00\x18ftypheic": "HEIC files are not read: convert it with another program, to PNG for example",
		"II+\x00":                  "BigTIFF files are not read: ",
		"P3\n1 1 255 0 0 0":        "PPM text files are not read: ",
		"P3":                       "not a .npy, .npz, .wav or picture file (PNG, JPEG, ",
		"nothing known":            "not a .npy, .npz, .wav or picture file (PNG, JPEG, ",
	} {
		save(t, filepath.Join(dir, "x"), []byte(begin))
		code, _, stderr := hadamard(t, dir, "multiply", "x", "a.npy", "-o", "out.npy")
		if code != exitError || !strings.HasPrefix(stderr, "hadamard: x: "+want) {
			t.Errorf("%q: exit code %d, %q, want %q", begin, code, stderr, want)
		}
	}
	only(t, dir, "a.npy", "x")
}

func TestSplitPart(t *testing.T) {
	files := map[string]bool{"a.npz": true, "x.npz:y": true, "x.npz": true, "dir.npz:b.npz": true, `C:\a.npz`: true, "a.zip": true, "plain": true, "a.png": true}
	tests := []struct{ name, file, part string }{
		{"a.npy", "a.npy", ""},
		{"a.npz", "a.npz", ""},
		{"a.npz:b", "a.npz", "b"},
		{"a.npz:b:c", "a.npz", "b:c"},
		{"a.npz:", "a.npz", ""},
		{"x.npz:y", "x.npz:y", ""},
		{"x.npz:y:mask", "x.npz:y", "mask"},
		{"x.npz:z", "x.npz", "z"},
		{"dir.npz:b.npz:c", "dir.npz:b.npz", "c"},
		{`C:\a.npz:b`, `C:\a.npz`, "b"},
		{"a.zip:b", "a.zip", "b"},
		{"plain:b:mask", "plain", "b:mask"},
		{"a.png:mask", "a.png", "mask"},
		{"lost.npz:b.npz:c", "lost.npz", "b.npz:c"},
		{"lost.png:mask", "lost.png:mask", ""},
		{"a:b.npy", "a:b.npy", ""},
		{"-x.npy", "-x.npy", ""},
		{"", "", ""},
	}
	for _, test := range tests {
		file, part := splitPart(test.name, func(name string) bool { return files[name] })
		if file != test.file || part != test.part {
			t.Errorf("%s: got %q and %q, want %q and %q", test.name, file, part, test.file, test.part)
		}
	}
}
