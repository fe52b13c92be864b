package exec

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestInBlocks compares nests that go in blocks, of one and of several, with single elements, by
// products that have the kernels that all rules have. Movers of each kind bring all operands.
func TestInBlocks(t *testing.T) {
	memory := make([]uint64, 3*blockRoom/8)
	rnd := rand.New(rand.NewPCG(11, 7))
	for i := range memory {
		memory[i] = rnd.Uint64() & 0x0101010101010101 // no product of them is NaN, no bool is but 0 or 1
	}
	for level := range levels() {
		several := 0
		moved := [3]map[kernel.Pattern]int{{}, {}, {}} // a, b and out by what moves them
		for _, d := range generated.DTypes() {
			r := withFew(d.Mul)
			for range 60 {
				m := judgeBlocks(t, ruleAt(&r, level), rnd, memory)
				for i, x := range []mover{m.a, m.b, m.out} {
					if x.by != nil {
						moved[i][x.by.Pattern]++
					}
					if x.repeats {
						moved[i][kernel.VV]++ // stands for it
					}
				}
				if m.several {
					several++
				}
			}
		}
		if several < 100 {
			t.Errorf("%v: %d nests of several blocks", level, several)
		}
		want := []kernel.Pattern{kernel.VV, kernel.FromI}
		if level > kernel.PureGo {
			want = append(want, kernel.FromR, kernel.From2, kernel.From3, kernel.From5, kernel.FromT, kernel.FromX, kernel.FromC)
		}
		for _, p := range want {
			for i := range 2 {
				if moved[i][p] == 0 && (i == 1 || p != kernel.FromC) { // a constant on the left changes places
					t.Errorf("%v: operand %d is never moved by %v", level, i, p)
				}
			}
		}
		want = []kernel.Pattern{kernel.ToI}
		if level > kernel.PureGo {
			want = append(want, kernel.ToR, kernel.ToX)
		}
		if level == kernel.AVX512 {
			want = append(want, kernel.To2, kernel.To3, kernel.To5)
		}
		for _, p := range want {
			if moved[2][p] == 0 {
				t.Errorf("%v: out is never moved by %v", level, p)
			}
		}
	}
}

// withFew returns a rule that has those kernels of a product alone that all rules have.
func withFew(product *kernel.Rule) kernel.Rule {
	r, set := *product, *product.Kernels
	for level := range set {
		for p := range set[level] {
			entry := &set[level][p]
			if p := kernel.Pattern(p); p != kernel.VV && p != kernel.VC && p != kernel.VC3 && p != kernel.II {
				*entry = kernel.Entry{}
			}
			entry.Override = 0
		}
	}
	r.Default, r.Kernels, r.Override = false, &set, nil
	return r
}

// blockRoom is the bytes of memory for an array of a nest.
const blockRoom = 64 << 10

// movedNest is how a nest was moved.
type movedNest struct {
	moving
	several bool
}

// judgeBlocks multiplies a nest in memory that has room for three arrays.
func judgeBlocks(t *testing.T, r Rule, rnd *rand.Rand, memory []uint64) (m movedNest) {
	size := r.Out.Size
	n := kernel.Nest{Rows: 1 + rnd.IntN(20), Cols: 1 + rnd.IntN(24)}
	switch most := blockRoom / 6 / size; rnd.IntN(6) {
	case 0:
		n.Cols, n.Rows = 3, 1+rnd.IntN(most/3)
	case 1:
		n.Rows = 1 + rnd.IntN(most/n.Cols)
	case 2:
		n.Cols = 1 + rnd.IntN(most/n.Rows)
	}
	start := unsafe.Pointer(unsafe.SliceData(memory))
	array := func(i int) (at unsafe.Pointer, row, col int) {
		col = []int{size, size, 2 * size, 3 * size, 5 * size, -size, 0}[rnd.IntN(7-(1-min(i, 1)))]
		row = Distance(col)*n.Cols + size*rnd.IntN(2)
		switch {
		case col == 0 && rnd.IntN(2) == 0:
			row = size
		case i > 0 && rnd.IntN(3) == 0:
			row, col = size, size*n.Rows // turned
		case i > 0 && rnd.IntN(4) == 0:
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
	r.Entries()[kernel.II].Func(&single)
	want := slices.Clone(memory)
	copy(memory, before)
	w := Walk{nest: n, rule: r, wide: size, way: laidOut}
	if n.ACol == 0 {
		w.swap() // as stage does
	}
	w.multiply(nil)
	if !slices.Equal(memory, want) {
		t.Fatalf("%s, level %v, nest %+v: another result", r.Name, r.On.Level, n)
	}
	copy(memory, before)
	w.shape(&m.moving, w.move(&m.moving))
	m.several = m.cols < n.Cols || m.rows < n.Rows
	return m
}

// TestRowsThatRepeatAreBroughtAgain multiplies by a row that all rows of a nest share, such that the
// last block of one nest begins where the first of the next does, and is narrower.
func TestRowsThatRepeatAreBroughtAgain(t *testing.T) {
	const nests, rows, cols = 2, 3, 5001
	product := withFew(generated.MulOf[int16]()())
	for level := range levels() {
		r := ruleAt(&product, level)
		resolve := func(step int, out, a, b []int16) (j Job) {
			operand := func(data []int16, first int, strides ...int) Operand {
				lay, err := layout.New([]int{nests, rows, cols}, strides)
				if err != nil {
					t.Fatal(err)
				}
				return Operand{unsafe.Pointer(&data[first]), lay}
			}
			if err := j.Resolve(r, operand(out, 0, rows*cols, cols, 1), operand(a, 0, rows*cols, cols, 1), operand(b, 2*cols, step, 0, -1)); err != nil {
				t.Fatal(err)
			}
			return j
		}
		out, a, b := make([]int16, nests*rows*cols), make([]int16, nests*rows*cols), make([]int16, 3*cols)
		for i := range a {
			a[i] = int16(i%250 + 1)
		}
		for i := range b {
			b[i] = int16(i%127 + 1)
		}
		j := resolve(0, out, a, b)
		var m moving
		j.walk.shape(&m, j.walk.move(&m))
		last := (cols - 1) / m.cols * m.cols // where the last block begins
		if j.walk.way != laidOut || last == 0 || cols-last == m.cols || m.b.repeats {
			t.Fatalf("%v: blocks of %d columns, way %d: not what this test is of", level, m.cols, j.walk.way)
		}
		j = resolve(-last, out, a, b)
		j.Run(1)
		for i, got := range out {
			nest, col := i/(rows*cols), i%cols
			if want := a[i] * b[2*cols-nest*last-col]; got != want {
				t.Fatalf("%v: element %d is %d, want %d", level, i, got, want)
			}
		}
	}
}
