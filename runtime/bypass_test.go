package runtime

import (
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
)

func TestBypassing(t *testing.T) {
	var memory [3]uint64
	out, a, b := unsafe.Pointer(&memory[0]), unsafe.Pointer(&memory[1]), unsafe.Pointer(&memory[2])
	const vv, vc, vvn, vcn, ii = generated.VV, generated.VC, generated.VVN, generated.VCN, generated.II
	for _, c := range []struct {
		name    string
		pattern generated.Pattern
		row     int
		a, b    unsafe.Pointer
		want    generated.Pattern
	}{
		{"large", vv, bypassRow, a, b, vvn},
		{"large by a constant", vc, bypassRow, a, b, vcn},
		{"any stride", ii, bypassRow, a, b, ii},
		{"short rows", vv, bypassRow - 1, a, b, vv},
		{"in place on a", vv, bypassRow, out, b, vv},
		{"in place on b", vv, bypassRow, a, out, vv},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := bypassing(c.pattern, c.row, out, c.a, c.b); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestBypasses(t *testing.T) {
	defer func(bytes int) { lastLevel = bytes }(lastLevel)
	const mib = 1 << 20
	for _, c := range []struct {
		cache, written, bytes int // MiB
		want                  bool
	}{
		{32, 7, 21, false},
		{32, 8, 24, true},
		{32, 13, 26, false},
		{32, 14, 28, true},
		{32, 50, 50, false},
		{32, 52, 52, true},
		{1, 1, 3, true},
		{0, 1000, 3000, false}, // unknown
		{-1, 1000, 3000, false},
	} {
		lastLevel = c.cache * mib
		if got := bypasses(c.written*mib, c.bytes*mib); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

// TestBypassedLayouts repeats the tests of large layouts with results that
// bypass the caches however small they are.
func TestBypassedLayouts(t *testing.T) {
	defer func(bytes int) { lastLevel = bytes }(lastLevel)
	lastLevel = 1
	forDTypes(t, func(t *testing.T, d dtypeTest) { d.large(t) })
}
