package main

import (
	"fmt"
	"os"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/mapfile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/npy"
)

// input is an operand: an array and the file it may still be mapped from.
type input struct {
	name   string // as on the command line
	format string
	array  ndarray.Array
	file   *mapfile.File // nil when the array is in memory
}

// openInput opens a .npy file, a .npz member or a picture, told apart by their
// content.
func openInput(name string) (*input, error) {
	path, member := npy.SplitPath(name, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
	file, err := mapfile.Open(path)
	if err != nil {
		return nil, err
	}
	in := &input{name: name, file: file}
	if err := in.guard(func() error { return in.decode(member) }); err != nil {
		in.close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return in, nil
}

func (in *input) decode(member string) (err error) {
	data := in.file.Data
	picture := imagefile.Sniff(data)
	switch {
	case npy.IsArchive(data):
		in.format = "npz"
		if data, err = npy.Member(data, member); err != nil {
			return err
		}
		in.array, err = npy.Decode(data)
	case member != "":
		return fmt.Errorf("not a .npz archive, so it has no member %q", member)
	case npy.IsMagic(data):
		in.format = "npy"
		in.array, err = npy.Decode(data)
	case picture != "":
		in.format = string(picture)
		if in.array, err = imagefile.Decode(data); err != nil {
			return err
		}
		err = in.close() // the pixels are in memory
	case len(data) == 0:
		return fmt.Errorf("the file is empty")
	default:
		return fmt.Errorf("not a .npy, .npz, PNG or JPEG file")
	}
	return err
}

// layout says how the elements lie in the file.
func (in *input) layout() string {
	layout := "C order"
	if !in.array.IsC() {
		layout = "Fortran order"
	}
	if in.array.Swapped {
		layout += ", swapped bytes"
	}
	if in.file != nil && in.file.Mapped {
		layout += ", mapped"
	}
	return layout
}

// check reports an error if the file was truncated since it was mapped.
func (in *input) check() error {
	if in.file == nil {
		return nil
	}
	return in.file.Check()
}

// firstError calls f for the inputs until one fails.
func firstError(inputs []*input, f func(*input) error) error {
	for _, in := range inputs {
		if err := f(in); err != nil {
			return err
		}
	}
	return nil
}

func (in *input) close() error {
	if in.file == nil {
		return nil
	}
	file := in.file
	in.file = nil
	return file.Close()
}
