package kerneltest

import (
	"encoding/binary"
	"sync"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A format is how the elements of a dtype are stored, and the values at which products go
// wrong.
type format struct {
	size     int      // bytes of a component
	specials []uint64 // bits of components
	fraction int      // a float's fraction bits, 0 for others
	mask     bool     // any byte is true or false
}

// fractions are the fraction bits of the dtypes whose components are floats, and sizes of these.
var fractions = map[string]struct{ size, bits int }{
	"float16": {2, 10}, "bfloat16": {2, 7}, "float32": {4, 23}, "float64": {8, 52},
	"complex64": {4, 23}, "complex128": {8, 52},
}

// formatOf returns the format of a dtype. One of an unknown name is taken as what stores it if package
// kernel declares it, else as integers.
func (r *run) formatOf(dtype string, size int) format {
	if stored, declared := r.Stored[dtype]; declared {
		dtype = stored
	} else if _, float := fractions[dtype]; !float {
		dtype = kernel.StoredAs(dtype)
	}
	if f, float := fractions[dtype]; float {
		return format{size: f.size, fraction: f.bits, specials: floats(8*f.size, f.bits)}
	}
	if dtype == "bool" {
		return format{size: 1, specials: []uint64{0, 1}}
	}
	part := min(size, 8)
	return format{size: part, specials: integers(8 * part)}
}

// bool tells whether elements are 0 or 1, and nothing else.
func (f format) bool() bool { return len(f.specials) == 2 }

// like tells whether elements of two formats are stored alike, and have the same special values.
func (f format) like(g format) bool {
	return f.size == g.size && f.fraction == g.fraction && len(f.specials) == len(g.specials) && f.mask == g.mask
}

// same compares two elements bit for bit, NaNs as a class.
func (f format) same(x, y []byte) bool {
	for i := 0; i < len(x); i += f.size {
		p, q := x[i:i+f.size], y[i:i+f.size]
		if string(p) != string(q) && (!f.isNaN(p) || !f.isNaN(q)) {
			return false
		}
	}
	return true
}

// isNaN tells whether a component is a NaN: more than infinity, without its sign.
func (f format) isNaN(v []byte) bool {
	if f.fraction == 0 {
		return false
	}
	sign := uint64(1) << (8*f.size - 1)
	return f.get(v)&^sign > sign-uint64(1)<<f.fraction
}

// get reads the bits of one component.
func (f format) get(src []byte) uint64 {
	switch f.size {
	case 1:
		return uint64(src[0])
	case 2:
		return uint64(binary.NativeEndian.Uint16(src))
	case 4:
		return uint64(binary.NativeEndian.Uint32(src))
	default:
		return binary.NativeEndian.Uint64(src)
	}
}

// put writes the bits of one component.
func (f format) put(dst []byte, bits uint64) {
	switch f.size {
	case 1:
		dst[0] = byte(bits)
	case 2:
		binary.NativeEndian.PutUint16(dst, uint16(bits))
	case 4:
		binary.NativeEndian.PutUint32(dst, uint32(bits))
	default:
		binary.NativeEndian.PutUint64(dst, bits)
	}
}

// all lists the values of an element of up to two bytes, or returns nil.
func (f format) all(size int) []uint64 {
	if f.size > 2 || f.size != size || f.bool() {
		return nil
	}
	return counted()[: 1<<(8*f.size) : 1<<(8*f.size)]
}

var counted = sync.OnceValue(func() []uint64 {
	values := make([]uint64, 1<<16)
	for i := range values {
		values[i] = uint64(i)
	}
	return values
})

// few lists three of the special values, others for each name.
func (f format) few(name string) []uint64 {
	n := uint32(len(f.specials))
	first := digest([]byte(name))
	return []uint64{f.specials[first%n], f.specials[(first+n/3)%n], f.specials[(first+2*n/3)%n]}
}

// integers lists the values of a width around which products wrap.
func integers(bits int) []uint64 {
	top := uint64(1) << (bits - 1)
	half := uint64(1) << (bits / 2)
	return []uint64{0, 1, 2, 3, half - 1, half, half + 1, top - 1, top, top + 1, ^uint64(0), ^uint64(0) - 1, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa}
}

// floats lists, for a format of the given width and fraction, both signs of:
// zero, the least and the greatest subnormal and normal numbers, numbers around
// 1 and around the square roots of the range, odd fractions that make ties,
// infinity, and the least and the greatest signalling and quiet NaNs.
func floats(bits, fraction int) []uint64 {
	one := uint64(1)<<(bits-2) - uint64(1)<<fraction
	inf := uint64(1)<<(bits-1) - uint64(1)<<fraction
	least := uint64(1) << fraction
	positive := []uint64{
		0, 1, 2, 3, least - 1, least, least + 1, least << 1, inf - 1, inf - least,
		one, one + 1, one - 1, one + least/2, one + least/2 + 1, one + least, one - least, one - least + 1,
		one / 2, one/2 + 1, one/2 + least, (one + inf) / 2, (one+inf)/2 - 1, (one+inf)/2 - least, one + 3, one + 5,
		inf, inf + 1, inf + least/2 - 1, inf + least/2, inf + least - 1,
	}
	all := positive
	for _, v := range positive {
		all = append(all, v|1<<(bits-1))
	}
	return all
}
