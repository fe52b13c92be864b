package npy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

func TestMember(t *testing.T) {
	tests := []struct {
		file, member string
		dtype        ndarray.DType
		shape        []int
		inPlace      bool
	}{
		{"stored.npz", "a", ndarray.Float32, []int{2, 3}, true},
		{"stored.npz", "a.npy", ndarray.Float32, []int{2, 3}, true},
		{"stored.npz", "b", ndarray.Bool, []int{4}, true},
		{"deflated.npz", "a", ndarray.Float32, []int{2, 3}, false},
		{"deflated.npz", "b", ndarray.Int64, []int{500}, false},
		{"one.npz", "", ndarray.Uint8, []int{5}, true},
		{"one.npz", "arr_0", ndarray.Uint8, []int{5}, true},
		{"zip64.npz", "a", ndarray.Float32, []int{2, 3}, true},
	}
	for _, test := range tests {
		t.Run(test.file+":"+test.member, func(t *testing.T) {
			archive := fixture(t, test.file)
			data, err := Member(archive, test.member)
			if err != nil {
				t.Fatal(err)
			}
			a, err := Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if a.DType != test.dtype || !slices.Equal(a.Shape, test.shape) {
				t.Errorf("got %v %v, want %v %v", a.DType, a.Shape, test.dtype, test.shape)
			}
			if got, want := native(a), counting(test.dtype, a.Len()); !bytes.Equal(got, want) {
				t.Errorf("got % x\nwant % x", got, want)
			}
			if i := bytes.Index(archive, data); (i >= 0 && &archive[i] == &data[0]) != test.inPlace {
				t.Errorf("in place: want %v", test.inPlace)
			}
		})
	}
}

// member is what zipOf stores: an array of one uint8, the number of the member.
type member struct {
	name    string
	flags   uint16
	method  uint16
	damaged bool
}

func zipOf(t *testing.T, members ...member) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i, m := range members {
		var data []byte
		if !strings.HasSuffix(m.name, "/") {
			data = append(EncodeHeader(ndarray.Uint8, []int{1}, false), byte(i))
		}
		h := &zip.FileHeader{Name: m.name, Flags: m.flags, Method: m.method, CRC32: crc32.ChecksumIEEE(data), CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))}
		if m.damaged {
			data[len(data)-1] ^= 1
		}
		part, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// The exact name comes before the name with .npy, and members need not end in it: as
// numpy.load has it.
func TestMemberNames(t *testing.T) {
	archive := zipOf(t, member{name: "w.npy.npy"}, member{name: "w.npy"}, member{name: "bare"}, member{name: "folder/"}, member{name: "folder/x.npy"}, member{name: "again.npy"}, member{name: "again.npy"})
	for _, test := range []struct {
		name string
		want byte
	}{{"w", 1}, {"w.npy", 1}, {"w.npy.npy", 0}, {"bare", 2}, {"folder/x", 4}, {"folder/x.npy", 4}, {"again", 6}} {
		data, err := Member(archive, test.name)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if got := data[len(data)-1]; got != test.want {
			t.Errorf("%s: member %d, want %d", test.name, got, test.want)
		}
	}
	for want, archive := range [][]byte{zipOf(t, member{name: "bare"}), zipOf(t, member{name: "bare"}, member{name: "a.npy"})} {
		data, err := Member(archive, "")
		if err != nil || data[len(data)-1] != byte(want) {
			t.Errorf("the only array: got % x, %v, want member %d", data, err, want)
		}
	}
}

// An archive that is written is read back without a copy.
func TestCreateMember(t *testing.T) {
	for _, name := range []string{"arr_0", "x", strings.Repeat("long", 20)} {
		var buf bytes.Buffer
		w := zip.NewWriter(&buf)
		part, err := CreateMember(w, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(append(EncodeHeader(ndarray.Float64, []int{1}, false), make([]byte, 8)...)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		data, err := Member(buf.Bytes(), name)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(buf.Bytes(), data); at%alignment != 0 {
			t.Errorf("%s: the member starts at byte %d", name, at)
		}
	}
}

func TestMemberErrors(t *testing.T) {
	deflated := fixture(t, "deflated.npz")
	flip := bytes.Clone(deflated)
	flip[bytes.Index(flip, []byte("a.npy"))+60] ^= 0x55
	stored := fixture(t, "stored.npz")
	// The central directory's offset of the first member, beyond the file.
	lost := bytes.Clone(stored)
	binary.LittleEndian.PutUint32(lost[bytes.Index(lost, []byte("PK\x01\x02"))+42:], 1<<31-1)

	tests := []struct {
		name    string
		archive []byte
		member  string
		want    string
	}{
		{"missing", stored, "c", `no array "c" in the archive: it holds "a", "b"`},
		{"not chosen", stored, "", `several arrays: choose one with :NAME from "a", "b"`},
		{"none", fixture(t, "none.npz"), "a", `no array "a" in the archive: it holds "readme.txt"`},
		{"empty", zipOf(t), "a", "the archive holds no arrays"},
		{"empty, not chosen", zipOf(t, member{name: "folder/"}), "", "the archive holds no arrays"},
		{"stored and damaged", zipOf(t, member{name: "a.npy", damaged: true}), "a", `member "a.npy": it is damaged: its checksum is wrong`},
		{"encrypted", zipOf(t, member{name: "a.npy", flags: 1}), "a", `member "a.npy": it is encrypted`},
		{"encrypted by AES", zipOf(t, member{name: "a.npy", flags: 1, method: 99}), "a", `member "a.npy": it is encrypted`},
		{"Zstandard", zipOf(t, member{name: "a.npy", method: 93}), "a", `member "a.npy": its compression, Zstandard, is not supported`},
		{"method of nobody", zipOf(t, member{name: "a.npy", method: 77}), "a", `member "a.npy": its compression, method 77, is not supported`},
		{"method", fixture(t, "lzma.npz"), "a", `member "a.npy": its compression, LZMA, is not supported`},
		{"no archive", []byte("PK\x03\x04 but no more"), "a", "the .npz archive is truncated or damaged"},
		{"cut", stored[:len(stored)/2], "a", "the .npz archive is truncated or damaged"},
		{"flipped byte", flip, "a", `member "a.npy"`},
		{"lost member", lost, "a", `member "a.npy"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Member(test.archive, test.member)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v does not say %q", err, test.want)
			}
		})
	}
}
