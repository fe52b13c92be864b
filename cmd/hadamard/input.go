package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/mapfile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/npy"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// input is an operand: an array and the file it may still be mapped from.
type input struct {
	name   string // as on the command line
	path   string // without the part that is read
	format string
	array  bytearray.Array
	number ndarray.Array // the operand is a number, which has no dtype of its own

	picture  *imagefile.Picture // what array was read from, nil if it is none
	spread   *spread            // how its channels become those of the product
	signal   *signalfile.Signal // what array was read from, nil if it is none
	asTold   bool               // raw, because --as says so
	warnings []string

	file *mapfile.File // nil when the array is in memory
}

// isNumber reports whether the operand is a number.
func (in *input) isNumber() bool { return in.number.DType() != ndarray.Invalid }

// sample returns an array like the operand, but without elements.
func (in *input) sample() (ndarray.Array, error) {
	if in.isNumber() {
		return in.number, nil
	}
	order := ndarray.NativeEndian()
	if in.array.Swapped {
		order = 1 - order
	}
	return ndarray.FromBytes(nil, in.array.DType, order, 0)
}

// stdinName is standard input as an operand.
const stdinName = "-"

// reading says how operands are read.
type reading struct {
	pictures imagefile.Options
	as       signalfile.Format // what files are whose name says nothing, "" to see by their content
	isMask   bool              // of a picture, what is not 0
}

// openInput opens a .npy file, a .npz member, a picture or a WAV, told apart by their
// content, or raw samples, as their name says. The name is that of a file, or FILE:PART, or else a
// number.
func openInput(name string, how reading) (*input, error) {
	if !how.isMask && isNumber(name) {
		number, _, err := parseNumber(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return &input{name: name, format: "number", number: number, array: bytearray.Array{DType: number.DType()}}, nil
	}
	path := stdinName
	part, isStdin := stdinPart(name)
	if !isStdin {
		path, part = splitPart(name, func(path string) bool {
			_, err := os.Stat(path)
			return err == nil
		})
	}
	raw := how.raw(path)
	need := needed
	if raw != "" {
		need = neededWhole
	}
	var file *mapfile.File
	var err error
	if isStdin {
		file, err = mapfile.From(os.Stdin, "standard input", need)
	} else {
		file, err = mapfile.Open(path, need)
	}
	if err != nil {
		return nil, err
	}
	in := &input{name: name, path: path, file: file}
	in.asTold = raw != "" && !signalfile.Named(filepath.Ext(path)).IsRaw()
	if err := in.guard(func() error { return in.decode(part, raw, how) }); err != nil {
		in.close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return in, nil
}

// openMask opens what says where to multiply: of a picture what is not 0.
func openMask(name string, how reading) (*input, error) {
	how.isMask = true
	in, err := openInput(name, how)
	if err == nil && in.array.DType != ndarray.Bool {
		hint := fmt.Sprintf(":%s reads what is not 0 of uint8 and int8 as true", imagefile.Mask)
		if in.picture != nil {
			hint = fmt.Sprintf("%s alone is true where a sample is not 0", in.path)
		}
		err = fmt.Errorf("--where %s is %s, not bool: %s", name, in.array.DType, hint)
		in.close()
	}
	return in, err
}

// raw returns which raw samples a file holds, "" where its content tells what it is.
func (how reading) raw(path string) signalfile.Format {
	ext := filepath.Ext(path)
	if format := signalfile.Named(ext); format.IsRaw() {
		return format
	}
	if path != stdinName && slices.Contains(fileExtensions, strings.TrimPrefix(strings.ToLower(ext), ".")) {
		return ""
	}
	return how.as
}

// stdinPart reports whether an operand is standard input, and which part of it. What files
// are called does not matter, so that a command means the same in every folder.
func stdinPart(name string) (part string, is bool) {
	file, part, _ := strings.Cut(name, ":")
	return part, file == stdinName
}

// splitPart splits FILE:PART, where PART is a member of an archive or what to read of
// a picture or an array. Of several ways to split it, the longest FILE that exists
// counts, the whole name first; failing that, what looks like an archive.
func splitPart(name string, exists func(path string) bool) (file, part string) {
	for i := len(name); i > 0; i = strings.LastIndexByte(name[:i], ':') {
		if exists(name[:i]) {
			return name[:i], strings.TrimPrefix(name[i:], ":")
		}
	}
	for i := range name {
		if ext := strings.ToLower(filepath.Ext(name[:i])); name[i] == ':' && (ext == ".npz" || ext == ".zip") {
			return name[:i], name[i+1:]
		}
	}
	return name, ""
}

const (
	sniffed   = 16      // bytes that tell which kind of file it is
	mostPiped = 1 << 30 // of what is needed as a whole
)

// needed says how much of a file that can not be mapped is needed.
func needed(start []byte) (int, error) {
	switch {
	case npy.IsMagic(start):
		return npy.Needed(start), nil
	case signalfile.IsWAV(start):
		if n := signalfile.Needed(start, mostPiped+1); n <= mostPiped {
			return n, nil
		}
	case !npy.IsArchive(start) && imagefile.Sniff(start) == "":
		return sniffed, nil
	}
	return neededWhole(start)
}

// neededWhole is needed for files that are of no use in part.
func neededWhole(start []byte) (int, error) {
	if len(start) > mostPiped {
		return 0, fmt.Errorf("more than %d bytes that can not be mapped: save them as a file", mostPiped)
	}
	return mostPiped + 1, nil
}

// decode reads a part of the file, which holds raw samples if it is said that it does.
func (in *input) decode(member string, raw signalfile.Format, how reading) (err error) {
	data := in.file.Data
	picture := imagefile.Sniff(data)
	switch {
	case len(data) == 0 && (raw == "" || in.asTold): // or else its name says what there is none of
		return errors.New("the file is empty")
	case raw != "":
		return in.decodeSignal(raw, member)
	case signalfile.IsWAV(data):
		return in.decodeSignal(signalfile.WAV, member)
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
		pictures := how.pictures
		if pictures.View = imagefile.View(member); how.isMask && member == "" {
			pictures.View = imagefile.Mask
		}
		return in.decodePicture(pictures)
	default:
		if err := cmp.Or(imagefile.Other(data), signalfile.Other(data)); err != nil {
			return err
		}
		return errors.New("not a .npy, .npz, .wav or picture file (PNG, JPEG, TIFF, BMP, WebP, GIF, PNM); --as reads raw samples")
	}
	if d := in.array.DType; err == nil && d != d.Stored() {
		if text := darkWarning(&in.array); text != "" {
			in.warnings = append(in.warnings, text)
		}
	}
	return err
}

func (in *input) decodePicture(o imagefile.Options) error {
	p, err := imagefile.Decode(in.file.Data, o)
	var size *imagefile.SizeError
	if errors.As(err, &size) {
		return fmt.Errorf("%w, which --max-pixels raises", err)
	}
	if err != nil {
		return err
	}
	in.format, in.array, in.warnings = string(p.Format), p.Array, p.Warnings
	if o.View != imagefile.Stored {
		in.picture = p
	}
	return in.close() // the pixels are in memory
}

func (in *input) decodeSignal(format signalfile.Format, view string) error {
	s, err := signalfile.Decode(format, in.file.Data, view)
	if err != nil {
		return err
	}
	in.format, in.array, in.signal, in.warnings = string(format), s.Array, s, s.Warnings
	if format == signalfile.WAV {
		in.format = fmt.Sprintf("WAV, %v, %d Hz", s.Encoding, s.Rate)
	}
	return nil
}

// bytes returns how many bytes of the file hold the array.
func (in *input) bytes() int {
	if in.signal != nil {
		return in.signal.Bytes()
	}
	return len(in.array.Data)
}

// layout says how the elements lie in the file.
func (in *input) layout() string {
	layout := "C order"
	switch {
	case in.isNumber():
		return "takes the dtype of the others"
	case in.spread != nil:
		layout = fmt.Sprintf("of %s", imagefile.Channels(in.spread.from))
	case in.array.IsC():
	case in.picture != nil:
		layout = "a view of it"
	default:
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
