package exec

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestOneBlock compares nests that are one block with single elements, by products that have the
// kernels that all rules have.
func TestOneBlock(t *testing.T) {
	blocks, nests := 0, 0
	memory := make([]uint64, 3*blockRoom/8)
	rnd := rand.New(rand.NewPCG(11, 7))
	for i := range memory {
		memory[i] = rnd.Uint64() & 0x0101010101010101 // no product of them is NaN, no bool is but 0 or 1
	}
	for _, d := range generated.DTypes() {
		r, set := *d.Mul, *d.Mul.Kernels
		for level := range set {
			for p := range set[level] {
				if p := kernel.Pattern(p); p != kernel.VV && p != kernel.VC && p != kernel.II {
					set[level][p] = kernel.Entry{}
				}
			}
		}
		r.Default, r.Kernels = false, &set
		for level := range levels() {
			by := ruleAt(&r, level)
			for range 60 {
				blocks += judgeBlock(t, by, rnd, memory)
				nests++
			}
		}
	}
	if blocks < nests/2 {
		t.Errorf("%d of %d nests are blocks", blocks, nests)
	}
}

// blockRoom is the bytes of memory for an array of a block.
const blockRoom = 16 << 10

// judgeBlock multiplies a nest in memory that has room for three arrays, and returns 1 if it was a
// block.
func judgeBlock(t *testing.T, r Rule, rnd *rand.Rand, memory []uint64) int {
	size := r.Out.Size
	n := kernel.Nest{Rows: 1 + rnd.IntN(8), Cols: 5 + rnd.IntN(20)}
	start := unsafe.Pointer(unsafe.SliceData(memory))
	array := func(i int) (at unsafe.Pointer, row, col int) {
		col = []int{size, size, 2 * size, 3 * size, 5 * size, -size, 0}[rnd.IntN(7-(1-min(i, 1)))]
		row = distance(col)*n.Cols + size*rnd.IntN(2)
		if i > 0 && rnd.IntN(3) == 0 {
			row, col = size, size*n.Rows // turned
		} else if i > 0 && rnd.IntN(4) == 0 {
			row = 0
		}
		at = unsafe.Add(start, i*blockRoom)
		if col < 0 {
			at = unsafe.Add(at, -col*(n.Cols-1))
		}
		return at, row, col
	}
	n.Dst, n.DstRow, n.DstCol = array(0)
	n.A, n.ARow, n.ACol = array(1)
	n.B, n.BRow, n.BCol = array(2)
	if rnd.IntN(4) == 0 {
		n.A, n.ARow, n.ACol = n.Dst, n.DstRow, n.DstCol
	}
	before := slices.Clone(memory)
	single := n
	r.kernels()[kernel.II].Func(&single)
	want := slices.Clone(memory)
	copy(memory, before)
	w := walk{nest: n, rule: r, wide: size}
	if n.ACol == 0 {
		w.swap() // as stage does
	}
	if !w.oneBlock(0, 0, 0) {
		return 0
	}
	if !slices.Equal(memory, want) {
		t.Fatalf("%s, level %v, nest %+v: another result", r.Name, r.On.Level, n)
	}
	copy(memory, before)
	return 1
}
