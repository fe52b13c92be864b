package exec

import (
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/internal/guard"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestCopiesOfChannels copies three of four channels to a run, and a run to them, up to the end of the
// memory, and looks which kernels did it.
func TestCopiesOfChannels(t *testing.T) {
	const most = 40_000
	pages := guard.Pages(t, 4*most*16)
	seen := map[kernel.Pattern]bool{}
	for _, size := range []int{1, 2, 4, 8, 16} {
		for level := range levels() {
			for _, pixels := range []int{1, 2, 7, 64, 1000, most / size} {
				r := ruleAt(ofSize(size).A.Move, level)
				shape, run, apart := []int{pixels, 3}, []int{3, 1}, []int{4, 1}
				long, short := pages[0][len(pages[0])-(4*pixels-1)*size:], pages[1][len(pages[1])-3*pixels*size:]
				for i := range long {
					long[i] = byte(i * 7)
				}
				Copy(r, shape, unsafe.Pointer(&short[0]), run, unsafe.Pointer(&long[0]), apart)
				for i := range short {
					if pixel := 3 * size; short[i] != byte((i/pixel*4*size+i%pixel)*7) {
						t.Fatalf("%d pixels of %d bytes at %v: byte %d is wrong", pixels, size, level, i)
					}
					short[i] = byte(i * 11)
				}
				Copy(r, shape, unsafe.Pointer(&long[0]), apart, unsafe.Pointer(&short[0]), run)
				for i := range long {
					want := byte(i * 7) // the fourth channel
					if pixel := 4 * size; i%pixel < 3*size {
						want = byte((i/pixel*3*size + i%pixel) * 11)
					}
					if long[i] != want {
						t.Fatalf("to %d pixels of %d bytes at %v: byte %d is wrong", pixels, size, level, i)
					}
				}
				for _, strides := range [][2][]int{{run, apart}, {apart, run}} {
					var layout broadcast.Layout
					broadcast.Normalize(&layout, shape, strides[0], strides[1], strides[1])
					var w Walk
					seen[w.Set(r, &layout, Near, unsafe.Pointer(&long[0]), unsafe.Pointer(&long[0]), unsafe.Pointer(&long[0])).Pattern] = true
				}
			}
		}
	}
	best := ruleAt(ofSize(1).A.Move, active.Best).Entries()
	for _, p := range []kernel.Pattern{kernel.FromX, kernel.ToX} {
		if has := best[p].Pattern == p; has != seen[p] {
			t.Errorf("a kernel of %v: there is one %v, one copied %v", p, has, seen[p])
		}
	}
}
