package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

const (
	magic = "\x93NUMPY"

	// The dict of an array of 64 axes takes under 2 KiB; NumPy itself refuses
	// headers above 10,000 bytes unless told to trust the file.
	maxHeader = 1 << 16
	maxRank   = 64
	alignment = 64 // of the data, from the start of the file
)

// Header is what a .npy file says about its data.
type Header struct {
	DType   ndarray.DType
	Shape   []int
	Fortran bool // axis 0 varies fastest
	Swapped bool // not in this machine's byte order
}

// size returns the bytes of the data, and an error if they overflow an int.
func (h *Header) size() (int, error) {
	n := h.DType.Size()
	for _, extent := range h.Shape {
		if extent == 0 {
			return 0, nil
		}
	}
	for _, extent := range h.Shape {
		if extent > math.MaxInt/n {
			return 0, fmt.Errorf("shape %s of %s overflows the address space", broadcast.FormatShape(h.Shape), h.DType)
		}
		n *= extent
	}
	return n, nil
}

// parsePrefix parses magic, version and length, and returns the version and
// where the dict starts and ends in data.
func parsePrefix(data []byte) (version byte, start, end int, err error) {
	if !IsMagic(data) {
		return 0, 0, 0, errors.New(`not a .npy file: it does not start with "\x93NUMPY"`)
	}
	if len(data) < len(magic)+2 {
		return 0, 0, 0, fmt.Errorf("header is truncated: the file has %d bytes", len(data))
	}
	version, minor := data[6], data[7]
	if version < 1 || version > 3 || minor != 0 {
		return 0, 0, 0, fmt.Errorf("format version %d.%d is not supported: 1.0, 2.0 and 3.0 are", version, minor)
	}
	start = 10
	if version > 1 {
		start = 12
	}
	if len(data) < start {
		return 0, start, 0, fmt.Errorf("header is truncated: the file has %d bytes", len(data))
	}
	length := uint32(binary.LittleEndian.Uint16(data[8:]))
	if version > 1 {
		length = binary.LittleEndian.Uint32(data[8:])
	}
	if length > maxHeader {
		return 0, 0, 0, fmt.Errorf("header of %d bytes is longer than the %d supported", length, maxHeader)
	}
	return version, start, start + int(length), nil
}

// parseHeader parses the start of a file and returns where the data starts.
func parseHeader(data []byte) (*Header, int, error) {
	version, start, end, err := parsePrefix(data)
	if err != nil {
		return nil, 0, err
	}
	if len(data) < end {
		return nil, 0, fmt.Errorf("header is truncated: it takes %d bytes, the file has %d", end, len(data))
	}
	h, err := parseDict(string(data[start:end]), version)
	if err != nil {
		return nil, 0, fmt.Errorf("header: %w", err)
	}
	return h, end, nil
}

// parseDict parses the Python literal
//
//	{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
//
// with these keys and no others, in any order.
func parseDict(source string, version byte) (*Header, error) {
	if version >= 3 && !utf8.ValidString(source) {
		return nil, errors.New("not UTF-8")
	}
	literal, err := parseLiteral(source, version < 3)
	if err != nil {
		return nil, err
	}
	d, ok := literal.(dict)
	if !ok {
		return nil, fmt.Errorf("%s, want a dict", kindOf(literal))
	}
	for _, item := range d {
		if key, ok := item.key.(text); !ok || key != "descr" && key != "fortran_order" && key != "shape" {
			return nil, fmt.Errorf("unknown key %s", kindOf(item.key))
		}
	}
	h := &Header{}
	for _, key := range []struct {
		name string
		set  func(value any) error
	}{{"descr", h.setDescr}, {"fortran_order", h.setOrder}, {"shape", h.setShape}} {
		value, ok := d.get(key.name)
		if !ok {
			return nil, fmt.Errorf("key %q is missing", key.name)
		}
		if err := key.set(value); err != nil {
			return nil, fmt.Errorf("%s: %w", key.name, err)
		}
	}
	return h, nil
}

// kindOf describes a value that is not what is wanted.
func kindOf(value any) string {
	switch v := value.(type) {
	case text:
		return strconv.Quote(clip(string(v)))
	case other:
		return clip(string(v))
	case whole:
		return strconv.Itoa(int(v))
	case huge:
		return clip(string(v))
	case truth:
		return map[truth]string{false: "False", true: "True"}[v]
	case tuple:
		return "a tuple"
	case list:
		return "a list"
	}
	return "a dict"
}

func (h *Header) setOrder(value any) error {
	order, ok := value.(truth)
	if !ok {
		return fmt.Errorf("%s, want True or False", kindOf(value))
	}
	h.Fortran = bool(order)
	return nil
}

func (h *Header) setShape(value any) error {
	extents, ok := value.(tuple)
	if n, single := value.(whole); single {
		return fmt.Errorf("(%d) is a number, not a tuple: want (%d,)", n, n)
	}
	if !ok {
		return fmt.Errorf("%s, want a tuple", kindOf(value))
	}
	if len(extents) > maxRank {
		return fmt.Errorf("more than %d axes", maxRank)
	}
	h.Shape = make([]int, len(extents))
	for axis, extent := range extents {
		if n, ok := extent.(huge); ok {
			return fmt.Errorf("axis %d has size %s, too large for this machine", axis, clip(string(n)))
		}
		n, ok := extent.(whole)
		switch {
		case !ok:
			return fmt.Errorf("axis %d is %s, want a size", axis, kindOf(extent))
		case n < 0:
			return fmt.Errorf("axis %d has negative size %d", axis, n)
		}
		h.Shape[axis] = int(n)
	}
	return nil
}

func (h *Header) setDescr(value any) (err error) {
	switch v := value.(type) {
	case text:
		h.DType, h.Swapped, err = parseDescr(string(v))
		return err
	case tuple:
		if len(v) == 2 && isEmptyTuple(v[1]) {
			return h.setDescr(v[0]) // sub-arrays of no axes
		}
		return errors.New("dtypes of arrays are not supported")
	case list:
		return errors.New("structured dtypes are not supported")
	}
	return fmt.Errorf("%s, want a string", kindOf(value))
}

// EncodeHeader returns the header of a file in this machine's byte order, of the dtype as it
// is stored, as
// NumPy writes it: padded so that the data is aligned to 64 bytes, with room
// for the outermost axis to grow in place. 64 axes still fit in version 1.0.
func EncodeHeader(dtype ndarray.DType, shape []int, fortran bool) []byte {
	order, outer := "False", 0
	if fortran {
		order, outer = "True", len(shape)-1
	}
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", dtype.Code(ndarray.NativeEndian()), order, formatShape(shape))
	pad := 0
	if len(shape) > 0 {
		const growth = 21 // digits, as in NumPy
		pad = growth - len(strconv.Itoa(shape[outer]))
	}
	const prefix = len(magic) + 4
	end := prefix + len(dict) + pad + 1
	pad += alignment - end%alignment // NumPy adds a full line when aligned already
	length := len(dict) + pad + 1

	out := append(make([]byte, 0, prefix+length), magic...)
	out = append(out, 1, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(length))
	out = append(out, dict...)
	out = append(out, strings.Repeat(" ", pad)...)
	return append(out, '\n')
}

// formatShape writes a shape as Python does.
func formatShape(shape []int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, extent := range shape {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(extent))
	}
	if len(shape) == 1 {
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}

// clip shortens hostile text for a message.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

func isEmptyTuple(value any) bool {
	t, ok := value.(tuple)
	return ok && len(t) == 0
}
