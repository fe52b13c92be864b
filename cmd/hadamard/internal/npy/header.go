package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
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
// with its keys in any order, each exactly once.
func parseDict(text string, version byte) (*Header, error) {
	p := &parser{text: text, python2: version < 3}
	h := &Header{}
	seen := map[string]bool{}
	if err := p.expect('{'); err != nil {
		return nil, err
	}
	for !p.accept('}') {
		key, err := p.str()
		if err != nil {
			return nil, err
		}
		if seen[key] {
			return nil, fmt.Errorf("key %q appears twice", key)
		}
		seen[key] = true
		if err := p.expect(':'); err != nil {
			return nil, err
		}
		switch key {
		case "descr":
			err = p.descr(h)
		case "fortran_order":
			h.Fortran, err = p.boolean()
		case "shape":
			h.Shape, err = p.shape()
		default:
			err = fmt.Errorf("unknown key %q", key)
		}
		if err != nil {
			return nil, err
		}
		if !p.accept(',') {
			if err := p.expect('}'); err != nil {
				return nil, err
			}
			break
		}
	}
	if p.space(); p.pos < len(p.text) {
		return nil, fmt.Errorf("%q after the closing brace", clip(p.text[p.pos:]))
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return nil, fmt.Errorf("key %q is missing", key)
		}
	}
	return h, nil
}

// parser reads the few Python literals that a header is made of.
type parser struct {
	text    string
	pos     int
	python2 bool // sizes may end in L
}

func (p *parser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *parser) accept(c byte) bool {
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) expect(c byte) error {
	if p.accept(c) {
		return nil
	}
	return fmt.Errorf("want %q, found %s", string(c), p.found())
}

// found describes what stands at the current position.
func (p *parser) found() string {
	if p.space(); p.pos == len(p.text) {
		return "the end"
	}
	return strconv.Quote(clip(p.text[p.pos:]))
}

func (p *parser) str() (string, error) {
	p.space()
	if p.pos == len(p.text) || p.text[p.pos] != '\'' && p.text[p.pos] != '"' {
		return "", fmt.Errorf("want a string, found %s", p.found())
	}
	rest := p.text[p.pos+1:]
	n := strings.IndexByte(rest, p.text[p.pos])
	if n < 0 {
		return "", fmt.Errorf("string %q has no end", clip(rest))
	}
	if strings.ContainsAny(rest[:n], "\\\n") {
		return "", fmt.Errorf("string %q holds an escape or a line break", clip(rest[:n]))
	}
	p.pos += n + 2
	return rest[:n], nil
}

// word reads a run of letters, digits, signs and underscores.
func (p *parser) word() string {
	p.space()
	start := p.pos
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '+' || c == '-' || c == '.') {
			break
		}
		p.pos++
	}
	return p.text[start:p.pos]
}

func (p *parser) boolean() (bool, error) {
	start := p.pos
	switch p.word() {
	case "True":
		return true, nil
	case "False":
		return false, nil
	}
	p.pos = start
	return false, fmt.Errorf("fortran_order is %s, want True or False", p.found())
}

func (p *parser) shape() ([]int, error) {
	shape := []int{}
	if err := p.expect('('); err != nil {
		return nil, fmt.Errorf("shape: %w", err)
	}
	for !p.accept(')') {
		extent, err := p.extent(len(shape))
		if err != nil {
			return nil, err
		}
		if len(shape) == maxRank {
			return nil, fmt.Errorf("shape has more than %d axes", maxRank)
		}
		shape = append(shape, extent)
		if p.accept(',') {
			continue
		}
		if err := p.expect(')'); err != nil {
			return nil, fmt.Errorf("shape: %w", err)
		}
		if len(shape) == 1 {
			return nil, fmt.Errorf("shape (%d) is a number, not a tuple: want (%d,)", extent, extent)
		}
		break
	}
	return shape, nil
}

func (p *parser) extent(axis int) (int, error) {
	start := p.pos
	word := p.word()
	digits := word
	if p.python2 {
		digits = strings.TrimSuffix(word, "L")
	}
	n, err := strconv.ParseUint(digits, 10, strconv.IntSize-1)
	switch {
	case err == nil && (digits == "0" || digits[0] != '0'):
		return int(n), nil
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("shape: axis %d has size %s, too large for this machine", axis, clip(word))
	case strings.HasPrefix(word, "-"):
		return 0, fmt.Errorf("shape: axis %d has negative size %s", axis, clip(word))
	}
	p.pos = start
	return 0, fmt.Errorf("shape: axis %d is %s, want a size", axis, p.found())
}

// kinds maps NumPy's type codes.
//
// NumPy has no bfloat16. Arrays of the ml_dtypes package are saved as '<V2', or
// as 'bfloat16' by those who patch the header, and both are read as bfloat16.
// NumPy's own two-byte void has no byte order: '|V2' may be anything and is
// refused.
var kinds = map[string]ndarray.DType{
	"b1": ndarray.Bool,
	"i1": ndarray.Int8, "i2": ndarray.Int16, "i4": ndarray.Int32, "i8": ndarray.Int64,
	"u1": ndarray.Uint8, "u2": ndarray.Uint16, "u4": ndarray.Uint32, "u8": ndarray.Uint64,
	"f2": ndarray.Float16, "f4": ndarray.Float32, "f8": ndarray.Float64,
	"c8": ndarray.Complex64, "c16": ndarray.Complex128,
	"V2": ndarray.BFloat16,
}

func (p *parser) descr(h *Header) error {
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == '[' {
		return errors.New("structured dtypes are not supported")
	}
	descr, err := p.str()
	if err != nil {
		return fmt.Errorf("descr: %w", err)
	}
	h.DType, h.Swapped, err = parseDescr(descr)
	return err
}

// parseDescr returns the dtype of a code such as '<f4' and whether it is in the
// byte order that this machine does not have.
func parseDescr(descr string) (ndarray.DType, bool, error) {
	if descr == "bfloat16" {
		return ndarray.BFloat16, false, nil
	}
	if descr != "" {
		order, kind := descr[0], descr[1:]
		dtype, ok := kinds[kind]
		if ok && (strings.IndexByte("<>=", order) >= 0 || order == '|' && dtype.Size() == 1) {
			swapped := dtype.Size() > 1 && (order == '<' && bigEndian || order == '>' && !bigEndian)
			return dtype, swapped, nil
		}
	}
	return ndarray.Invalid, false, fmt.Errorf("dtype %q is not supported%s", clip(descr), reason(descr))
}

// reason explains the codes that people meet.
func reason(descr string) string {
	switch kind := strings.TrimLeft(descr, "<>=|"); {
	case kind == "V2":
		return ": two bytes of anything; bfloat16 is '<V2' or 'bfloat16'"
	case strings.HasPrefix(kind, "O"):
		return ": object arrays hold pickled Python values"
	case strings.HasPrefix(kind, "M"), strings.HasPrefix(kind, "m"):
		return ": dates and times have no product"
	case strings.HasPrefix(kind, "S"), strings.HasPrefix(kind, "U"), strings.HasPrefix(kind, "a"):
		return ": strings have no product"
	case kind == "f12", kind == "f16", kind == "c24", kind == "c32":
		return ": long double differs between machines"
	}
	return ""
}

var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// descrOf returns the code that NumPy writes on this machine.
func descrOf(dtype ndarray.DType) string {
	dtype = dtype.Stored()
	order := "<"
	switch {
	case dtype.Size() == 1:
		order = "|"
	case bigEndian:
		order = ">"
	}
	for kind, d := range kinds {
		if d == dtype {
			return order + kind
		}
	}
	return ""
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
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descrOf(dtype), order, formatShape(shape))
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
