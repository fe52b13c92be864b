package imagefile

import (
	"encoding/binary"
	"fmt"
	"image"
	"slices"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// View is a way to read a picture.
type View string

// The views.
const (
	Whole  View = ""       // all channels, as fractions of full scale
	Stored View = "stored" // the integers in the file; of a palette, the indexes
	Mask   View = "mask"   // bool, (H,W,1): whether any stored colour is not 0
	Alpha  View = "alpha"  // (H,W,1)
	RGB    View = "rgb"    // (H,W,3); grey is all three
	Grey   View = "grey"   // (H,W,1), of pictures without colour
)

// Views are those that have a name.
func Views() []View { return []View{Stored, Mask, Alpha, RGB, Grey} }

// IsColour reports whether the view shows colours as they are meant, to which
// profile and resolution of the picture apply.
func (v View) IsColour() bool { return v == Whole || v == RGB || v == Grey }

// Channels says which channels a picture has: 1 is grey, 2 grey with alpha, 3
// RGB and 4 RGB with alpha.
type Channels int

// Colours returns how many channels are no alpha, 1 or 3.
func (c Channels) Colours() int { return int(c - 1 + c%2) }

// Alpha returns how many are alpha, 0 or 1.
func (c Channels) Alpha() int { return int(c+1) % 2 }

func (c Channels) String() string {
	names := [...]string{1: "grey", 2: "grey and alpha", 3: "red, green and blue", 4: "red, green, blue and alpha"}
	if c < 1 || int(c) >= len(names) {
		return fmt.Sprintf("%d channels", int(c))
	}
	return names[c]
}

// view takes the part of a decoded picture that was asked for.
func (s *source) view(img image.Image, view View) (bytearray.Array, error) {
	switch view {
	case Stored, Mask:
		a, err := s.integers(img)
		if err != nil {
			return a, err
		}
		if s.lossy {
			s.warnf("JPEG and lossy WebP keep samples only nearly, so what was 0 may be stored as another number")
		}
		if view == Mask {
			colours := s.stored
			if !s.palette {
				colours = Channels(s.stored).Colours()
			}
			a = maskOf(&a, colours)
		}
		return a, nil
	}
	a, err := s.fractions(img)
	if err != nil {
		return a, err
	}
	colours := Channels(s.channels).Colours()
	switch view {
	case Whole:
		s.look(&a, colours)
		s.lookAtPalette(img)
		return a, nil
	case Alpha:
		if colours == s.channels {
			return a, fmt.Errorf("the picture has no alpha, its channels are %s", Channels(s.channels))
		}
		a = a.Narrow(2, colours, 1)
		s.look(&a, 1)
		return a, nil
	case RGB:
		s.look(&a, colours)
		a = a.Narrow(2, 0, colours)
		if colours == 1 {
			a.Shape, a.Strides = slices.Clone(a.Shape), slices.Clone(a.Strides)
			a.Shape[2], a.Strides[2] = 3, 0
		}
		return a, nil
	case Grey:
		if colours > 1 {
			return a, fmt.Errorf("the picture has no grey, its channels are %s", Channels(s.channels))
		}
		s.look(&a, colours)
		return a.Narrow(2, 0, 1), nil
	}
	return a, fmt.Errorf("no part of a picture is called %q, only :%s, :%s, :%s, :%s and :%s", view, Stored, Mask, Alpha, RGB, Grey)
}

// maskOf says where any of the first channels is not 0.
func maskOf(a *bytearray.Array, colours int) bytearray.Array {
	size, n := a.DType.Size(), a.Strides[1]*a.DType.Size()
	mask := make([]byte, a.Shape[0]*a.Shape[1])
	for i := range mask {
		for _, b := range a.Data[i*n : i*n+colours*size] {
			if b != 0 {
				mask[i] = 1
			}
		}
	}
	return bytearray.Packed(ndarray.Bool, []int{a.Shape[0], a.Shape[1], 1}, false, mask)
}

// look warns of pictures that are nearly black, the first channels being its
// colours and one more its alpha.
func (s *source) look(a *bytearray.Array, colours int) {
	size := a.DType.Size()
	full := 1<<(8*size) - 1
	sample := func(at int) int {
		if size == 1 {
			return int(a.Data[at])
		}
		return int(binary.NativeEndian.Uint16(a.Data[2*at:]))
	}
	brightest := 0
	varies := false
	pixels, step := a.Shape[0]*a.Shape[1], a.Strides[1]
	first := a.Offset
	for i := range pixels {
		at := first + i*step
		for k := range colours {
			if brightest = max(brightest, sample(at+k)); 16*brightest > full {
				return
			}
		}
		if colours < a.Shape[2] && sample(at+colours) != sample(first+colours) {
			varies = true
		}
	}
	switch {
	case brightest == 0 && varies:
		s.warnf("all its colours are 0 and its alpha varies; if the alpha is what is meant, write :alpha behind the name")
		return
	case brightest == 0:
		s.warnf("all its samples are 0, so the product is black")
		return
	}
	s.warnf("no sample is above a sixteenth of full scale (the largest is %d of %d), so it multiplies to nearly black; "+
		"for a mask of 0 and 1 write :mask behind the name, for labels or depth :stored", scale(brightest, full, s.max), s.max)
}

// lookAtPalette warns of what may be labels: few of the colours that the
// indexes could name, and not all of them grey.
func (s *source) lookAtPalette(img image.Image) {
	indexes, is := img.(*image.Paletted)
	if !is || !s.palette {
		return
	}
	var used [256]bool
	for y := range s.height {
		for _, i := range indexes.Pix[y*indexes.Stride:][:s.width] {
			used[i] = true
		}
	}
	count, coloured := 0, false
	for i, p := range indexes.Palette {
		if used[i] {
			r, g, b, _ := p.RGBA()
			count++
			coloured = coloured || r != g || g != b
		}
	}
	if coloured && 8*count <= s.max+1 {
		s.warnf("its palette has %d colours in use, by which it multiplies; if they stand for labels, "+
			"write :stored behind the name for the indexes, or :mask for what is not index 0", count)
	}
}

// turn makes the array the picture as shown, from EXIF's orientation.
func (p *Picture) turn(orientation int) {
	turns := [9]struct{ swap, down, across bool }{
		2: {across: true},
		3: {down: true, across: true},
		4: {down: true},
		5: {swap: true},
		6: {swap: true, across: true},
		7: {swap: true, down: true, across: true},
		8: {swap: true, down: true},
	}
	if orientation < 2 || orientation > 8 {
		return
	}
	turn := turns[orientation]
	if turn.swap {
		p.Turned = true
		p.Array = p.Array.SwapAxes(0, 1)
		p.Resolution.X, p.Resolution.Y = p.Resolution.Y, p.Resolution.X
	}
	if turn.down {
		p.Array = p.Array.Flip(0)
	}
	if turn.across {
		p.Array = p.Array.Flip(1)
	}
}
