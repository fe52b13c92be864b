package main

import (
	"fmt"
	"os"
	"strings"

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

	picture  *imagefile.Picture // what array was read from, nil if it is none
	spread   *spread            // how its channels become those of the product
	warnings []string

	file *mapfile.File // nil when the array is in memory
}

// openInput opens a .npy file, a .npz member or a picture, told apart by their
// content. A picture that is stored on its side is turned unless asStored.
func openInput(name string, asStored bool) (*input, error) {
	exists := func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	}
	path, member := npy.SplitPath(name, exists)
	if member == "" {
		path, member = splitView(path, exists)
	}
	file, err := mapfile.Open(path)
	if err != nil {
		return nil, err
	}
	in := &input{name: name, file: file}
	if err := in.guard(func() error { return in.decode(member, asStored) }); err != nil {
		in.close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return in, nil
}

// decode reads the file's member, or the file as the view that member names.
func (in *input) decode(member string, asStored bool) (err error) {
	data := in.file.Data
	picture := imagefile.Sniff(data)
	switch {
	case npy.IsArchive(data):
		in.format = "npz"
		whole, view := data, ""
		if data, err = npy.Member(whole, member); err != nil {
			// A member as a view.
			i := strings.LastIndexByte(member, ':')
			if i < 0 {
				return err
			}
			var again error
			if data, again = npy.Member(whole, member[:i]); again != nil {
				return err
			}
			view = member[i+1:]
		}
		if in.array, err = npy.Decode(data); err == nil {
			in.array, err = viewArray(in.array, view)
		}
	case npy.IsMagic(data):
		in.format = "npy"
		if in.array, err = npy.Decode(data); err == nil {
			in.array, err = viewArray(in.array, member)
		}
	case picture != "":
		return in.decodePicture(imagefile.View(member), asStored)
	case len(data) == 0:
		return fmt.Errorf("the file is empty")
	default:
		return fmt.Errorf("not a .npy, .npz or picture file (PNG, JPEG, TIFF, BMP, WebP, GIF, PNM)")
	}
	return err
}

func (in *input) decodePicture(view imagefile.View, asStored bool) error {
	p, err := imagefile.Decode(in.file.Data, imagefile.Options{View: view, AsStored: asStored})
	if err != nil {
		return err
	}
	in.format, in.array, in.warnings = string(p.Format), p.Array, p.Warnings
	if view != imagefile.Stored {
		in.picture = p
	}
	return in.close() // the pixels are in memory
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
