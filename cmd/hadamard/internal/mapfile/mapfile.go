// Package mapfile reads files through memory mappings, so that a file larger
// than memory is as good as any other, and falls back to plain reading where
// there is nothing to map: pipes, and systems without mappings.
package mapfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"unsafe"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/stream"
)

// File is a file whose content is in Data. A mapping is private to the reader
// but not a snapshot: if the file is truncated, touching a lost page faults
// (see debug.SetPanicOnFault), so call Check between long steps.
type File struct {
	Name   string
	Data   []byte
	Mapped bool // Data is a mapping rather than a copy
	file   *os.File
}

// Open maps the file, or reads as much of it as is needed if it can not be mapped.
// Data is read-only: a write to it faults.
func Open(name string, need stream.Need) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return From(f, name, need)
}

// From is Open for a file that is open, which it owns from then on.
func From(f *os.File, name string, need stream.Need) (*File, error) {
	m := &File{Name: name, file: f}
	if err := m.load(need); err != nil {
		f.Close()
		return nil, err
	}
	return m, nil
}

func (m *File) load(need stream.Need) error {
	info, err := m.file.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return &fs.PathError{Op: "read", Path: m.Name, Err: errors.New("is a directory")}
	}
	if size := info.Size(); info.Mode().IsRegular() && size > 0 && m.fromStart() {
		if size > math.MaxInt {
			return &fs.PathError{Op: "map", Path: m.Name, Err: errors.New("too large for the address space")}
		}
		if m.Data, err = mapFile(m.file, int(size)); err == nil {
			m.Mapped = true
			return nil
		}
	}
	// Also for regular files that claim size 0: those below /proc do.
	if m.Data, err = stream.Read(m.file, need); err != nil && !errors.As(err, new(*fs.PathError)) {
		return fmt.Errorf("%s: %w", m.Name, err)
	}
	return err
}

// fromStart reports whether nothing of the file has been read: standard input may
// have been, by another program.
func (m *File) fromStart() bool {
	at, err := m.file.Seek(0, io.SeekCurrent)
	return err == nil && at == 0
}

// Check reports an error if the file has shrunk below what is mapped.
func (m *File) Check() error {
	if !m.Mapped {
		return nil
	}
	info, err := m.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < int64(len(m.Data)) {
		return fmt.Errorf("%s: truncated from %d to %d bytes while it was read", m.Name, len(m.Data), info.Size())
	}
	return nil
}

// Contains reports whether a memory address lies in the mapping, to tell which
// file a fault belongs to.
func (m *File) Contains(addr uintptr) bool {
	start := uintptr(unsafe.Pointer(unsafe.SliceData(m.Data)))
	return m.Mapped && addr >= start && addr-start < uintptr(len(m.Data))
}

// Close gives the mapping back. Data must not be touched afterwards.
func (m *File) Close() error {
	var err error
	if m.Mapped {
		err = unmap(m.Data)
	}
	m.Data, m.Mapped = nil, false
	return errors.Join(err, m.file.Close())
}
