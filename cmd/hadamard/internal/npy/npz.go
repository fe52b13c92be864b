package npy

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/stream"
)

// IsArchive reports whether data starts like a zip file, which a .npz is.
func IsArchive(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06"))
}

// Member returns the .npy file of the array with the given name in a .npz
// archive: a part of archive if the member is stored, as savez does, else
// inflated into memory. An empty name stands for the only array. The checksum
// of a stored member is not tested, since that would read all of it.
func Member(archive []byte, name string) ([]byte, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("not a readable .npz archive: %w", err)
	}
	f, err := find(r.File, name)
	if err != nil {
		return nil, err
	}
	if f.Method == zip.Store {
		return stored(archive, f)
	}
	data, err := inflate(f)
	if err != nil {
		return nil, fmt.Errorf("member %q: %w", f.Name, err)
	}
	return data, nil
}

// find returns the member; of several with one name the last, as Python does.
func find(files []*zip.File, name string) (*zip.File, error) {
	var found *zip.File
	var names []string
	for _, f := range files {
		short, isArray := strings.CutSuffix(f.Name, ".npy")
		if !isArray {
			continue
		}
		names = append(names, short)
		if name == "" || name == short || name == f.Name {
			found = f
		}
	}
	switch {
	case len(names) == 0:
		return nil, errors.New("the archive holds no arrays")
	case name == "" && len(names) > 1:
		return nil, fmt.Errorf("the archive holds several arrays: choose one with :NAME from %s", listed(names))
	case found == nil:
		return nil, fmt.Errorf("no array %q in the archive: it holds %s", clip(name), listed(names))
	}
	return found, nil
}

// listed quotes the names, but not hundreds of them.
func listed(names []string) string {
	const most = 20
	var b strings.Builder
	for i, name := range names[:min(len(names), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", clip(name))
	}
	if len(names) > most {
		fmt.Fprintf(&b, " and %d more", len(names)-most)
	}
	return b.String()
}

func stored(archive []byte, f *zip.File) ([]byte, error) {
	start, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("member %q: %w", f.Name, err)
	}
	size := f.UncompressedSize64
	if start < 0 || start > int64(len(archive)) || size > uint64(int64(len(archive))-start) {
		return nil, fmt.Errorf("member %q: the archive is truncated: %d bytes from offset %d, it has %d", f.Name, size, start, len(archive))
	}
	end := start + int64(size)
	return archive[start:end:end], nil
}

// inflate reads as much as the member's own header asks for.
func inflate(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := stream.Read(r, func(start []byte) (int, error) { return Needed(start), nil })
	if err != nil {
		return nil, err
	}
	// Reading on to the end compares the checksum.
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, err
	}
	return data, nil
}
