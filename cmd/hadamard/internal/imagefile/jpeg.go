package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"slices"
)

// The markers of JPEG that matter here.
const (
	markerSOF0  = 0xc0 // baseline
	markerSOF2  = 0xc2 // progressive
	markerDHT   = 0xc4
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDNL   = 0xdc
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP2  = 0xe2
	markerAPP14 = 0xee
)

// jpegFile is what a JPEG file consists of.
type jpegFile struct {
	data   []byte
	frame  []byte // the frame header
	kind   byte   // its marker
	at     int    // where it begins
	tables bool   // Huffman tables come before the first scan
	lines  int    // as a DNL segment says, behind the first scan
	dnl    []int  // where that begins and ends
	ended  bool   // there is an end marker
	scans  int    // begun
	alone  bool   // a scan with restarts is of one component of several

	whole [4][64]bool // which coefficients of each component have all of their bits

	profile [][]byte // parts of a profile, as numbered
}

// openJPEG reads the segments of a JPEG file.
func openJPEG(data []byte) (*source, error) {
	s := &source{max: 0xff, lossy: true}
	f := &jpegFile{data: data}
	for segment := range f.segments() {
		if f.scans > 0 {
			continue
		}
		switch segment.marker {
		case markerAPP0:
			if r := parseJFIF(segment.data); r != (Resolution{}) {
				s.Resolution = r
			}
		case markerAPP1:
			if exif, ok := bytes.CutPrefix(segment.data, []byte("Exif\x00\x00")); ok {
				s.takeEXIF(exif)
			}
		case markerAPP2:
			f.takeProfile(segment.data)
		}
	}
	if f.frame == nil {
		return nil, errors.New("truncated or damaged: it has no frame header")
	}
	s.height, s.width = int(binary.BigEndian.Uint16(f.frame[1:])), int(binary.BigEndian.Uint16(f.frame[3:]))
	if s.height == 0 {
		s.height = f.lines
	}
	if s.width == 0 || s.height == 0 {
		return nil, fmt.Errorf("its header says %d columns and %d rows", s.width, s.height)
	}
	components := int(f.frame[5])
	s.channels = 3
	if components == 1 {
		s.channels = 1
	}
	s.stored = s.channels
	perPixel := components
	if components == 4 || f.apart() {
		perPixel *= 3 // planes may be joined
	}
	if f.kind == markerSOF2 {
		perPixel *= 5 // coefficients are kept, in four bytes each
	}
	s.setMemory(perPixel)
	if s.Profile = slices.Concat(f.profile...); slices.ContainsFunc(f.profile, func(part []byte) bool { return part == nil }) {
		s.Profile = nil
		s.warnf("the colour profile is left out: parts of it are missing")
	}
	if components == 4 && s.Profile != nil {
		s.Profile = nil // of inks, which no RGB picture has
		s.warnf("its inks are converted without their colour profile, so that colours are only near those that were meant")
	}
	switch complete := f.complete(components); {
	case !complete && !f.ended:
		return nil, errors.New("truncated: the file ends before the last of its scans")
	case !complete:
		s.warnf("it ends before all details or colours have come; the last scans may have been lost")
	case !f.ended:
		s.warnf("the end marker is missing; the pixels are all there")
	}
	s.decode = f.decode
	return s, nil
}

// segment is a marker and what follows it.
type segment struct {
	marker byte
	data   []byte
	pixels []byte // that follow the head of a scan, coded
}

// segments walks the file, yields its segments and notes in f what they are. It stops at
// damage: that is for the decoder to tell.
func (f *jpegFile) segments() func(yield func(segment) bool) {
	return func(yield func(segment) bool) {
		f.scans = 0
		restart := false
		for at := 2; ; {
			for at < len(f.data) && f.data[at] != 0xff {
				at++ // the decoder skips it, too
			}
			start := at
			for at < len(f.data) && f.data[at] == 0xff {
				at++
			}
			if at >= len(f.data) {
				return
			}
			marker := f.data[at]
			at++
			switch {
			case marker == markerEOI:
				f.ended = true
				return
			case marker == 0, marker == 1, markerRST0 <= marker && marker <= markerSOI:
				continue // these stand alone
			}
			if len(f.data)-at < 2 {
				return
			}
			n := int(binary.BigEndian.Uint16(f.data[at:]))
			if n < 2 || n > len(f.data)-at {
				return
			}
			body := f.data[at+2 : at+n]
			end := at + n
			switch {
			case marker == markerSOS:
				f.scans++
				f.noteScan(body, restart)
			case marker == markerDRI && len(body) == 2:
				restart = body[0]|body[1] != 0
			case marker == markerDHT && f.scans == 0:
				f.tables = true
			case marker == markerDNL && f.scans == 1 && len(body) == 2:
				f.lines = int(binary.BigEndian.Uint16(body))
				f.dnl = []int{start, end}
			case isFrame(marker) && f.frame == nil && len(body) >= 6:
				f.frame, f.kind, f.at = body, marker, end-len(body)
			}
			if at = end; marker == markerSOS {
				at = skipScan(f.data, at)
			}
			if !yield(segment{marker, body, f.data[end:at]}) {
				return
			}
		}
	}
}

// noteScan notes what a scan brings, by its head.
func (f *jpegFile) noteScan(head []byte, restart bool) {
	if f.frame == nil || len(head) < 6 || len(head) != 4+2*int(head[0]) {
		return
	}
	f.alone = f.alone || restart && head[0] == 1 && f.frame[5] > 1
	part := head[len(head)-3:] // the first coefficient, the last, and which bits of them
	if f.kind != markerSOF2 {
		part = []byte{0, 63, 0}
	}
	for id := range slices.Chunk(head[1:len(head)-3], 2) {
		for i := range min(4, (len(f.frame)-6)/3) {
			if f.frame[6+3*i] != id[0] {
				continue
			}
			for k := int(part[0]); k <= min(int(part[1]), 63); k++ {
				f.whole[i][k] = part[2]&15 == 0
			}
		}
	}
}

// complete reports whether the scans have all of so many components.
func (f *jpegFile) complete(components int) bool {
	for i := range min(4, components) {
		if slices.Contains(f.whole[i][:], false) {
			return false
		}
	}
	return true
}

// isFrame reports whether the marker begins a frame header.
func isFrame(marker byte) bool {
	return 0xc0 <= marker && marker <= 0xcf && marker != markerDHT && marker != 0xc8 && marker != 0xcc
}

// skipScan returns where the next marker is behind the coded pixels at at.
func skipScan(data []byte, at int) int {
	for {
		i := bytes.IndexByte(data[at:], 0xff)
		if i < 0 || at+i+1 >= len(data) {
			return len(data)
		}
		at += i
		if next := data[at+1]; next != 0 && next != 0xff && (next < markerRST0 || next > markerRST7) {
			return at
		}
		at++
	}
}

// decode decodes the file with what is implied in it written out.
func (f *jpegFile) decode() (image.Image, error) {
	if name := unsupported[f.kind]; name != "" {
		return nil, unsupportedf("those that are %s", name)
	}
	if f.frame[0] != 8 {
		return nil, unsupportedf("samples of %d bits", f.frame[0])
	}
	var img image.Image
	var err error
	if split := f.canSplit(); split && f.apart() {
		img, err = f.decodePlanes()
	} else if img, err = jpeg.Decode(io.MultiReader(f.mended()...)); split && errors.As(err, new(jpeg.UnsupportedError)) {
		img, err = f.decodePlanes()
	}
	if err != nil && !f.ended {
		return nil, errors.New("truncated: the file ends within the pixels")
	}
	return img, err
}

// unsupported names the kinds of JPEG that hardly any program writes.
var unsupported = map[byte]string{
	0xc3: "lossless", 0xc5: "hierarchical", 0xc6: "hierarchical", 0xc7: "hierarchical and lossless",
	0xc9: "coded arithmetically", 0xca: "coded arithmetically", 0xcb: "lossless and coded arithmetically",
	0xcd: "hierarchical and coded arithmetically", 0xce: "hierarchical and coded arithmetically", 0xcf: "hierarchical, lossless and coded arithmetically",
}

// mended returns the file in parts: with the standard Huffman tables where
// there are none, with its height in the frame header, and with an end.
func (f *jpegFile) mended() []io.Reader {
	var parts []io.Reader
	put := func(data []byte) { parts = append(parts, bytes.NewReader(data)) }
	at := 2
	put(f.data[:at])
	if !f.tables && f.kind < markerSOF2 {
		put(standardTables())
	}
	if f.frame[1] == 0 && f.frame[2] == 0 && f.dnl != nil {
		put(f.data[at : f.at+1])
		put(binary.BigEndian.AppendUint16(nil, uint16(f.lines)))
		put(f.data[f.at+3 : f.dnl[0]])
		at = f.dnl[1]
	}
	put(f.data[at:])
	if !f.ended {
		put([]byte{0xff, markerEOI})
	}
	return parts
}

// parseJFIF reads a resolution with a unit.
func parseJFIF(data []byte) Resolution {
	rest, ok := bytes.CutPrefix(data, []byte("JFIF\x00"))
	if !ok || len(rest) < 7 {
		return Resolution{}
	}
	r := Resolution{float64(binary.BigEndian.Uint16(rest[3:])), float64(binary.BigEndian.Uint16(rest[5:]))}
	switch rest[2] {
	case 1:
		return r.times(perInch)
	case 2:
		return r.times(perCentimetre)
	}
	return Resolution{}
}

const profileName = "ICC_PROFILE\x00"

// takeProfile notes a part of a profile: the first number says which it is,
// the second how many there are.
func (f *jpegFile) takeProfile(data []byte) {
	rest, ok := bytes.CutPrefix(data, []byte(profileName))
	if !ok || len(rest) < 2 || rest[0] < 1 || rest[0] > rest[1] {
		return
	}
	if f.profile == nil {
		f.profile = make([][]byte, rest[1])
	}
	if i := int(rest[0]) - 1; i < len(f.profile) {
		f.profile[i] = rest[2:]
	}
}
