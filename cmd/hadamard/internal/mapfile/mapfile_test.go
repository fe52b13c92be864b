package mapfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"unsafe"
)

// all needs everything.
func all(start []byte) (int, error) { return len(start) + 1, nil }

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	content := strings.Repeat("0123456789abcdef", 1000)
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := Open(name, all)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Mapped {
		t.Error("a plain file is not mapped")
	}
	if string(m.Data) != content {
		t.Error("the content differs")
	}
	first := uintptr(unsafe.Pointer(&m.Data[0]))
	if !m.Contains(first) || !m.Contains(first+uintptr(len(content))-1) || m.Contains(first-1) || m.Contains(first+uintptr(len(content))) {
		t.Error("Contains is wrong about the ends")
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if m.Contains(first) {
		t.Error("a closed file contains an address")
	}
}

func TestOpenEmpty(t *testing.T) {
	name := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := Open(name, all)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Data) != 0 || m.Check() != nil || m.Close() != nil {
		t.Errorf("an empty file: %+v", m)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "missing"), all); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(dir, all); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("directory: %v", err)
	}
}

// A pipe can not be mapped, and is read.
func TestOpenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("through a pipe"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	m := &File{Name: "pipe", file: r}
	if err := m.load(all); err != nil {
		t.Fatal(err)
	}
	if m.Mapped || string(m.Data) != "through a pipe" || m.Check() != nil {
		t.Errorf("got %+v", m)
	}
}

// What can not be had of a pipe is an error that names it.
func TestOpenPipeErrors(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.WriteString("through a pipe"); err != nil {
		t.Fatal(err)
	}
	need := func(start []byte) (int, error) {
		if len(start) < 5 {
			return 5, nil
		}
		return 0, io.ErrShortBuffer
	}
	if _, err := From(r, "the pipe", need); !errors.Is(err, io.ErrShortBuffer) || err.Error() != "the pipe: short buffer" {
		t.Errorf("got %v", err)
	}
}

// Of a file that another program has read a part of, the rest is read.
func TestFromTheMiddle(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	m, err := From(f, name, func([]byte) (int, error) { return 3, nil })
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Mapped || string(m.Data) != "456" {
		t.Errorf("got %q, mapped: %v", m.Data, m.Mapped)
	}
}

func TestTruncated(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	size := 4 * os.Getpagesize()
	if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := Open(name, all)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := os.Truncate(name, 10); err != nil {
		t.Logf("this system does not truncate what is mapped: %v", err)
		return
	}
	if err := m.Check(); err == nil || !strings.Contains(err.Error(), "truncated from") {
		t.Errorf("Check: %v", err)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		// Not by its address, which emulators have wrong.
		if fault, ok := recover().(runtime.Error); !ok {
			t.Errorf("got %v, want a fault", fault)
		}
	}()
	t.Error("a byte beyond the end:", m.Data[size-1])
}
