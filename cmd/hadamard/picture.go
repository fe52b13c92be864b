package main

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// viewArray reads an array that is no picture as something else.
func viewArray(a bytearray.Array, view string) (bytearray.Array, error) {
	switch {
	case view == "":
	case view == unormView && a.DType == ndarray.Uint8:
		a.DType = ndarray.UNorm8
	case view == unormView && a.DType == ndarray.Uint16:
		a.DType = ndarray.UNorm16
	case view == unormView:
		return a, fmt.Errorf("fractions (:%s) are kept as uint8 or uint16, this is %s", unormView, a.DType)
	case view == string(imagefile.Mask) && a.DType.Size() == 1:
		a.DType = ndarray.Bool // any byte but 0 is true
	case view == string(imagefile.Mask):
		return a, fmt.Errorf("masks (:%s) are read from arrays of bool, uint8 or int8, this is %s", imagefile.Mask, a.DType)
	default:
		return a, fmt.Errorf("an array has no %q: :%s reads uint8 and uint16 as fractions, :%s what is not 0 as true", view, unormView, imagefile.Mask)
	}
	return a, nil
}

// darkWarning returns a warning of fractions that make everything nearly black, as masks of
// 0 and 1 do. Pictures have the same.
func darkWarning(a *bytearray.Array) string {
	size := a.DType.Size()
	full, brightest := 1<<(8*size)-1, 0
	for i := 0; i < len(a.Data); i += size {
		v := int(a.Data[i])
		if size == 2 {
			word := binary.NativeEndian.Uint16(a.Data[i:])
			if a.Swapped {
				word = bits.ReverseBytes16(word)
			}
			v = int(word)
		}
		if brightest = max(brightest, v); 16*brightest > full {
			return ""
		}
	}
	switch {
	case len(a.Data) == 0:
		return ""
	case brightest == 0:
		return "all its elements are 0, so the product is black"
	}
	return fmt.Sprintf("no element is above a sixteenth of full scale (the largest is %d of %d), so it multiplies to nearly black; "+
		"for a mask of 0 and 1 write :%s in place of :%s", brightest, full, imagefile.Mask, unormView)
}

// integerWarnings returns warnings where pictures are multiplied by integers, which are often
// meant to be fractions, too.
func integerWarnings(inputs []*input) (all []string) {
	if !slices.ContainsFunc(inputs, func(in *input) bool { return in.picture != nil && in.array.DType != ndarray.Bool }) {
		return nil
	}
	for _, in := range inputs {
		if d := in.array.DType; (in.format == "npy" || in.format == "npz") && (d == ndarray.Uint8 || d == ndarray.Uint16) {
			all = append(all, fmt.Sprintf("%s is %s, by whose numbers fractions are multiplied: :%s reads them as fractions, :%s what is not 0 as true", in.name, d, unormView, imagefile.Mask))
		}
	}
	return all
}

// factorWarning returns a warning where pictures are multiplied by numbers that leave nothing of them.
func factorWarning(inputs []*input) string {
	factor, pictures := 1.0, 0
	for _, in := range inputs {
		switch {
		case in.isNumber():
			re, _ := parts(in.number)
			factor *= re
		case in.picture == nil || in.array.DType == ndarray.Bool:
			return ""
		default:
			pictures++
		}
	}
	if pictures == 0 || factor >= 0 {
		return ""
	}
	return fmt.Sprintf("colours by %v are no colours, and become 0", factor)
}

// unormView reads an array's integers as fractions of their largest.
const unormView = "unorm"

// spread says how the channels of a picture become those of the product.
type spread struct {
	from     int   // channels of the picture
	channels []int // for each of the product which it is, -1 being 1 throughout
}

// joinPictures gives all pictures the channels of their product: grey serves
// every colour, and an alpha that is missing is 1.
func joinPictures(inputs []*input) {
	colours, alpha := 1, 0
	for _, in := range inputs {
		if in.picture != nil {
			c := in.picture.Channels()
			colours, alpha = max(colours, c.Colours()), max(alpha, c.Alpha())
		}
	}
	for _, in := range inputs {
		if in.picture == nil {
			continue
		}
		c := in.picture.Channels()
		if c.Alpha() == alpha && (c.Colours() == colours || alpha == 0) {
			continue // broadcasting does it
		}
		s := &spread{from: int(c)}
		for k := range colours {
			s.channels = append(s.channels, k%c.Colours())
		}
		if c.Alpha() == 1 {
			s.channels = append(s.channels, c.Colours())
		} else {
			s.channels = append(s.channels, -1)
		}
		in.spread = s
		in.array.Shape = slices.Clone(in.array.Shape)
		in.array.Shape[2] = len(s.channels)
	}
	joinNumbers(inputs, colours, alpha)
}

// pictureMeta returns what a picture that is written takes over from the operands that have
// as many colours: the first profile and the first resolution; and a warning where another
// has another profile.
func pictureMeta(inputs []*input, shape []int) (meta imagefile.Meta, warning string) {
	colours := 1
	if len(shape) == 3 {
		colours = imagefile.Channels(shape[2]).Colours()
	}
	var first *input // that has a profile
	for _, in := range inputs {
		if in.picture == nil || in.picture.Channels().Colours() != colours || !in.picture.View.IsColour() {
			continue
		}
		if meta.Resolution == (imagefile.Resolution{}) {
			meta.Resolution = in.picture.Resolution
		}
		switch {
		case in.picture.Profile == nil:
		case first == nil:
			first, meta.Profile = in, in.picture.Profile
		case warning == "" && !slices.Equal(in.picture.Profile, meta.Profile):
			warning = fmt.Sprintf("%s has another colour profile than %s, which the product takes", in.name, first.name)
		}
	}
	return meta, warning
}
