package runtime

import (
	"testing"

	"github.com/hadamard-go/hadamard/generated"
)

// TestEntryFor says which kernel rows get on a CPU that halves vectors, and on others.
func TestEntryFor(t *testing.T) {
	defer func(is bool) { halved = is }(halved)
	always, atFar := &kernelsOf[Float16](AVX512)[generated.VV], &kernelsOf[complex64](AVX512)[generated.VV]
	for _, entry := range []*generated.Entry{always, atFar} {
		if entry.Level == AVX512 && (entry.Half == nil || entry.HalfFar != (entry == atFar)) {
			t.Errorf("%s has no half, or at another reach", entry.ID)
		}
	}
	for _, c := range []struct {
		from      *kernels
		pattern   generated.Pattern
		halved    bool
		bytes     int
		reach     reach
		wantWhole bool
	}{
		{kernelsOf[Float16](AVX512), generated.VV, false, 1 << 20, far, true},
		{kernelsOf[Float16](AVX512), generated.VV, true, halfRun - 1, far, true},
		{kernelsOf[Float16](AVX512), generated.VV, true, halfRun, near, false},
		{kernelsOf[Float16](AVX512), generated.II, true, halfRun, far, true},
		{kernelsOf[complex64](AVX512), generated.VV, true, halfRun, near, true},
		{kernelsOf[complex64](AVX512), generated.VV, true, halfRun - 1, far, true},
		{kernelsOf[complex64](AVX512), generated.VV, true, halfRun, far, false},
	} {
		halved = c.halved
		want := &c.from[c.pattern]
		if !c.wantWhole && want.Half != nil { // it is nil in a build without kernels
			want = want.Half
		}
		if got := entryFor(c.from, c.pattern, c.bytes, c.reach); got != want {
			t.Errorf("%+v: %s, want %s", c, got.ID, want.ID)
		}
	}
}
