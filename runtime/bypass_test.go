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
		name       string
		pattern    generated.Pattern
		bytes, row int
		a, b       unsafe.Pointer
		want       generated.Pattern
	}{
		{"large", vv, bypassBytes, bypassRow, a, b, vvn},
		{"large by a constant", vc, bypassBytes, bypassRow, a, b, vcn},
		{"any stride", ii, bypassBytes, bypassRow, a, b, ii},
		{"fits the cache", vv, bypassBytes - 1, bypassRow, a, b, vv},
		{"short rows", vv, bypassBytes, bypassRow - 1, a, b, vv},
		{"in place on a", vv, bypassBytes, bypassRow, out, b, vv},
		{"in place on b", vv, bypassBytes, bypassRow, a, out, vv},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := bypassing(c.pattern, c.bytes, c.row, out, c.a, c.b); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	for cache, want := range map[int]int{0: maxBytes, 32 << 20: 32 << 20 / 10 * 7} {
		if got := bypassFrom(cache); got != want {
			t.Errorf("a cache of %d bytes: from %d bytes on, want %d", cache, got, want)
		}
	}
}

// TestBypassedLayouts repeats the tests of large layouts with results that
// bypass the caches however small they are.
func TestBypassedLayouts(t *testing.T) {
	defer func(bytes int) { bypassBytes = bytes }(bypassBytes)
	bypassBytes = 0
	forDTypes(t, func(t *testing.T, d dtypeTest) { d.large(t) })
}
