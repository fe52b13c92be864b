package exec

import (
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

func TestBypassing(t *testing.T) {
	var memory [3 * TileLine]byte
	out := unsafe.Pointer(&memory[-uintptr(unsafe.Pointer(&memory))%TileLine])
	a, b := unsafe.Add(out, 5), unsafe.Add(out, 7)
	const vv, vc, vvn, vcn, ii = kernel.VV, kernel.VC, kernel.VVN, kernel.VCN, kernel.II
	const vr, vrn = kernel.VR, kernel.VRN
	const vc2, vc3, vc4, vc2n, vc3n, vc4n = kernel.VC2, kernel.VC3, kernel.VC4, kernel.VC2N, kernel.VC3N, kernel.VC4N
	const run = BypassRun
	for _, c := range []struct {
		name      string
		pattern   kernel.Pattern
		run, row  int
		size      int
		out, a, b unsafe.Pointer
		want      kernel.Pattern
	}{
		{"large", vv, run, run, 4, out, a, b, vvn},
		{"large by a constant", vc, run, run, 4, out, a, b, vcn},
		{"any stride", ii, run, run, 4, out, a, b, ii},
		{"short rows", vv, run - 1, run - 1, 4, out, a, b, vv},
		{"in place on a", vv, run, run, 4, out, out, b, vv},
		{"in place on b", vv, run, run, 4, out, a, out, vv},
		{"pairs", vc2, run, 32, 16, out, a, b, vc2n},
		{"pixels", vc3, run, 12, 4, unsafe.Add(out, 4), a, b, vc3n},
		{"pixels of bytes", vc3, run, 3, 1, unsafe.Add(out, 1), a, b, vc3n},
		{"pixels between elements", vc3, run, 12, 4, unsafe.Add(out, 2), a, b, vc3},
		{"pixels of 4", vc4, run, 16, 4, unsafe.Add(out, 16), a, b, vc4n},
		{"pixels of 4, never at a line", vc4, run, 16, 4, unsafe.Add(out, 8), a, b, vc4},
		{"backwards", vr, run, run, 4, out, a, b, vrn},
		{"backwards in place", vr, run, run, 4, out, out, b, vr},
		{"backwards, rows anywhere", vr, run, run + 4, 4, out, a, b, vr},
		{"backwards, long rows anywhere", vr, bypassPicked, bypassPicked + 4, 4, unsafe.Add(out, 4), a, b, vrn},
		{"backwards between elements", vr, bypassPicked, bypassPicked, 4, unsafe.Add(out, 2), a, b, vr},
		{"few pixels", vc4, run - 1, 16, 4, out, a, b, vc4},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := Walk{rule: ofSize(c.size), wide: c.size}
			w.nest = kernel.Nest{Dst: c.out, A: c.a, B: c.b, DstRow: c.row}
			if got := w.bypassing(c.pattern, c.run); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestReachOf(t *testing.T) {
	defer restore(active)
	const mib = 1 << 20
	for _, c := range []struct {
		cache, written, bytes int // MiB
		want                  Reach
	}{
		{32, 0, 0, Nearest},
		{32, 0, 1, Near},
		{32, 1, 2, held},
		{32, 3, 9, held},
		{32, 3, 10, far},
		{32, 7, 21, far},
		{32, 8, 24, Past},
		{32, 13, 26, far},
		{32, 14, 28, Past},
		{32, 50, 50, far},
		{32, 52, 52, Past},
		{1, 1, 3, Past},
		{0, 1000, 3000, held}, // unknown
		{-1, 1000, 3000, held},
	} {
		active.Limits, active.Nearest, active.Second = machine.LimitsOf(c.cache*mib), mib, 2*mib
		if got := ruleAt(generated.MulOf[int8]()(), kernel.PureGo).ReachOf(c.written*mib, c.bytes*mib); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

// TestReachEarly says what changes where results are written past the caches early.
func TestReachEarly(t *testing.T) {
	defer restore(active)
	const mib = 1 << 20
	active.Limits, active.Nearest, active.Second = machine.LimitsOf(32*mib), 0, 0
	active.Early = 6 * mib
	active.Near = active.Early
	for _, c := range []struct {
		written, bytes int // MiB
		want           Reach
	}{
		{1, 5, held},
		{2, 6, Past},
		{6, 6, held},
		{10, 10, far},
		{5, 10, Past},
		{15, 15, far},
		{16, 16, Past},
	} {
		if got := ruleAt(generated.MulOf[int8]()(), kernel.PureGo).ReachOf(c.written*mib, c.bytes*mib); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}
