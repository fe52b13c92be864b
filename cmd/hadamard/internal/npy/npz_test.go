package npy

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
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
		{"none", fixture(t, "none.npz"), "a", "the archive holds no arrays"},
		{"method", fixture(t, "lzma.npz"), "a", "unsupported compression algorithm"},
		{"no archive", []byte("PK\x03\x04 but no more"), "a", "not a readable .npz archive"},
		{"cut", stored[:len(stored)/2], "a", "not a readable .npz archive"},
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
