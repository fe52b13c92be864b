package npy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/stream"
)

// IsArchive reports whether data starts like a zip file, which a .npz is.
func IsArchive(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06"))
}

// Member returns the .npy file of the array with the given name in a .npz
// archive: a part of archive if the member is stored, as savez does, else
// inflated into memory. Its checksum is compared, which reads all of it. An empty
// name stands for the only array.
func Member(archive []byte, name string) ([]byte, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if errors.Is(err, zip.ErrFormat) {
		return nil, errors.New("the .npz archive is truncated or damaged: its end does not say what is in it")
	}
	if err != nil {
		return nil, fmt.Errorf("not a readable .npz archive: %w", err)
	}
	f, err := find(r.File, name)
	if err != nil {
		return nil, err
	}
	data, err := extract(archive, f)
	if errors.Is(err, zip.ErrChecksum) {
		err = errors.New("it is damaged: its checksum is wrong")
	}
	if err != nil {
		return nil, fmt.Errorf("member %q: %w", f.Name, err)
	}
	return data, nil
}

// suffix is what names of arrays have in an archive, and leave out elsewhere.
const suffix = ".npy"

// find returns the member that has the name, or else the one that has it with the
// suffix; of several with one name the last, as Python does.
func find(files []*zip.File, name string) (*zip.File, error) {
	byName := map[string]*zip.File{}
	var arrays, all []string // without the suffix
	for _, f := range files {
		if f.FileInfo().IsDir() {
			continue
		}
		short, isArray := strings.CutSuffix(f.Name, suffix)
		if isArray {
			arrays = append(arrays, short)
		}
		all = append(all, short)
		byName[f.Name] = f
	}
	if name == "" {
		if len(arrays) == 0 {
			arrays = all
		}
		switch len(arrays) {
		case 0:
			return nil, errors.New("the archive holds no arrays")
		case 1:
			name = arrays[0]
		default:
			return nil, fmt.Errorf("the archive holds several arrays: choose one with :NAME from %s", listed(arrays))
		}
	}
	for _, name := range []string{name, name + suffix} {
		if f := byName[name]; f != nil {
			return f, nil
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the archive holds no arrays")
	}
	return nil, fmt.Errorf("no array %q in the archive: it holds %s", clip(name), listed(all))
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

// CreateMember begins the first member of an archive, which holds the array of a name as
// savez has it, and returns what takes the bytes of its .npy file. They are aligned as in
// that, so that a mapping of the archive can be used as it is.
func CreateMember(archive *zip.Writer, name string) (io.Writer, error) {
	const (
		local     = 30 // bytes of a local header beside its name
		timestamp = 9  // bytes of the date, as package zip adds it
		paddingID = 0xd935
		empty     = 4 // bytes of a field without content
	)
	h := &zip.FileHeader{Name: name + suffix, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	padding := alignment - (local+len(h.Name)+timestamp+empty)%alignment
	h.Extra = binary.LittleEndian.AppendUint16(h.Extra, paddingID)
	h.Extra = binary.LittleEndian.AppendUint16(h.Extra, uint16(padding))
	h.Extra = append(h.Extra, make([]byte, padding)...)
	return archive.CreateHeader(h)
}

// methods names the compressions that people meet.
var methods = map[uint16]string{9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}

func extract(archive []byte, f *zip.File) ([]byte, error) {
	const encrypted = 1
	switch {
	case f.Flags&encrypted != 0:
		return nil, errors.New("it is encrypted")
	case f.Method == zip.Store:
		return stored(archive, f)
	case f.Method == zip.Deflate:
		return inflate(f)
	}
	method := methods[f.Method]
	if method == "" {
		method = fmt.Sprintf("method %d", f.Method)
	}
	return nil, fmt.Errorf("its compression, %s, is not supported: store or deflate it, as numpy.savez and savez_compressed do", method)
}

func stored(archive []byte, f *zip.File) ([]byte, error) {
	start, err := f.DataOffset()
	if err != nil {
		return nil, err
	}
	size := f.UncompressedSize64
	if start < 0 || start > int64(len(archive)) || size > uint64(int64(len(archive))-start) {
		return nil, fmt.Errorf("the archive is truncated: %d bytes from offset %d, it has %d", size, start, len(archive))
	}
	end := start + int64(size)
	data := archive[start:end:end]
	if crc32.ChecksumIEEE(data) != f.CRC32 {
		return nil, zip.ErrChecksum
	}
	return data, nil
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
