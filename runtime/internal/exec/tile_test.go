package exec

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestTransposedBlocks multiplies one or two transposed operands, in the blocks that
// first-level caches of any ways and last ones of some sizes are given, and holds the elements beside out to what they
// were. Rows 4 KiB apart compete for the same lines.
func TestTransposedBlocks(t *testing.T) {
	for level := range levels() {
		for _, ways := range []int{0, fewWays, fewWays + 4} {
			for _, last := range []int{100 << 10, 32 << 20} { // crowded or not
				t.Run(fmt.Sprintf("%v/%d ways/%d KiB", level, ways, last>>10), func(t *testing.T) {
					testTransposedBlocks[uint8](t, level, ways, last)
					testTransposedBlocks[int32](t, level, ways, last)
					testTransposedBlocks[int64](t, level, ways, last)
				})
			}
		}
	}
}

func testTransposedBlocks[T int32 | int64 | uint8](t *testing.T, level kernel.Level, ways, last int) {
	defer restore(active)
	active.Ways, active.Limits = ways, machine.LimitsOf(last)
	size := int(unsafe.Sizeof(T(0)))
	const narrow = 45 // columns of rows that go chunk by chunk
	shapes := [][2]int{{narrowBlock/(narrow*size) + 100, narrow}}
	for _, rows := range []int{20, bothLines*TileLine/size + 21} {
		for _, cols := range []int{40, bothCols + 37, directCols + 5} {
			shapes = append(shapes, [2]int{rows, cols})
		}
	}
	for _, shape := range shapes {
		rows, cols := shape[0], shape[1]
		for _, step := range []int{cols, cols + 3, 4096 / size} {
			if step < cols {
				continue
			}
			memory := make([]T, rows*step)
			for i := range memory {
				memory[i] = T(i*5 + 3)
			}
			column, row := make([]T, rows*cols), make([]T, rows*cols)
			for i := range column {
				column[i], row[i] = T(i*7+1), T(i*3+2)
			}
			out := view(t, memory, []int{rows, cols}, []int{step, 1})
			a := view(t, column, []int{rows, cols}, []int{1, rows})
			for _, both := range []bool{false, true} {
				b := view(t, row, []int{rows, cols}, []int{cols, 1})
				if both {
					b = view(t, row, []int{rows, cols}, []int{1, rows})
				}
				if err := Multiply(ruleAt(generated.MulOf[T]()(), level), out, a, b, 1); err != nil {
					t.Fatal(err)
				}
				for i, got := range memory {
					r, c := i/step, i%step
					want := T(i*5 + 3)
					switch {
					case c < cols && both:
						want = column[c*rows+r] * row[c*rows+r]
					case c < cols:
						want = column[c*rows+r] * row[r*cols+c]
					}
					if got != want {
						t.Fatalf("%T, %d rows of %d, %d apart, both %v: element (%d,%d) is %d, want %d", got, rows, cols, step, both, r, c, got, want)
					}
				}
			}
		}
	}
}

// TestColumns multiplies one or two transposed operands of 16 bytes, whose columns lie so that their lines
// compete for places in the first-level cache or not, from the caches and from memory.
func TestColumns(t *testing.T) {
	defer restore(active)
	for level := range levels() {
		for _, last := range []int{8 << 10, 32 << 20} {
			for _, pitch := range []int{70, 256} {
				active.Limits = machine.LimitsOf(last)
				testColumns(t, level, 2*TileCols+5, 67, pitch)
			}
		}
	}
}

func testColumns(t *testing.T, level kernel.Level, cols, rows, pitch int) {
	t.Helper()
	memory, column, row := make([]complex128, rows*(cols+1)), make([]complex128, cols*pitch), make([]complex128, rows*cols)
	for i := range column {
		column[i] = complex(float64(i%101), 1)
	}
	for i := range row {
		row[i] = complex(2, float64(i%103))
	}
	out, a := view(t, memory, []int{rows, cols}, []int{cols + 1, 1}), view(t, column, []int{rows, cols}, []int{1, pitch})
	for _, both := range []bool{false, true} {
		b := view(t, row, []int{rows, cols}, []int{cols, 1})
		if both {
			b = view(t, column, []int{rows, cols}, []int{1, pitch})
		}
		if err := Multiply(ruleAt(generated.MulOf[complex128]()(), level), out, a, b, 1); err != nil {
			t.Fatal(err)
		}
		for i, got := range memory {
			r, c := i/(cols+1), i%(cols+1)
			want := complex128(0)
			switch {
			case c < cols && both:
				want = column[c*pitch+r] * column[c*pitch+r]
			case c < cols:
				want = column[c*pitch+r] * row[r*cols+c]
			}
			if got != want {
				t.Fatalf("%v, columns %d apart, both %v: element (%d,%d) is %v, want %v", level, pitch, both, r, c, got, want)
			}
		}
	}
}

func TestDirectBlock(t *testing.T) {
	defer restore(active)
	active.Limits = machine.LimitsOf(8 << 20)
	const few, many = fewWays, fewWays + 4
	for _, c := range []struct {
		name               string
		ways, size         int
		rows, cols, apart  int // of out and of b; apart in bytes
		both               bool
		wantRows, wantCols int
	}{
		{"short elements", few, 2, 500, 500, 1000, false, 0, 0},
		{"small", many, 4, 32, 32, 128, false, 32, directCols},
		{"small, both", few, 8, 32, 32, 256, true, 32, directCols},
		{"large", many, 4, 500, 500, 2000, false, 16, directCols},
		{"large, few ways", few, 4, 500, 500, 2000, false, 16, directCols},
		{"large, both", many, 8, 500, 500, 4000, true, 8, directCols},
		{"large, both, few ways", few, 8, 500, 500, 4000, true, 8 * bothLines, bothCols},
		{"crowded", many, 4, 1024, 1024, 4096, false, 0, 0},
		{"crowded, ways unknown", 0, 4, 1024, 1024, 4096, false, 0, 0},
		{"crowded, few ways", few, 4, 1024, 1024, 4096, false, 16, directCols},
		{"crowded, few ways, in the cache", few, 4, 256, 1024, 4096, false, 0, 0},
		{"crowded, both", many, 4, 1024, 1024, 4096, true, 0, 0},
		{"crowded, both, few ways", few, 4, 1024, 1024, 4096, true, 16 * bothLines, bothCols},
	} {
		active.Ways = c.ways
		w := Walk{rule: ofSize(c.size), wide: c.size, nest: kernel.Nest{Rows: c.rows, Cols: c.cols, DstRow: c.apart, DstCol: c.size}}
		w.nest.BRow, w.nest.BCol = c.apart, c.size
		if c.both {
			w.nest.BRow, w.nest.BCol = c.size, c.rows*c.size
		}
		if rows, cols := w.directBlock(c.rows, c.cols); rows != c.wantRows || cols != c.wantCols {
			t.Errorf("%s: %dx%d, want %dx%d", c.name, rows, cols, c.wantRows, c.wantCols)
		}
	}
}

func TestWholeLines(t *testing.T) {
	defer restore(active)
	mul := generated.MulOf[float32]()()
	built := mul.Kernels[kernel.AVX512][kernel.TVW].Level == kernel.AVX512 // not without assembly
	for _, c := range []struct {
		name              string
		cache             int // MiB
		rows, cols, apart int // of out and of b; apart in bytes
		want              bool
	}{
		{"in the caches", 32, 500, 500, 2000, false},
		{"whole tiles", 32, 64, 64, 256, true},
		{"few whole tiles", 32, 32, 32, 128, false},
		{"beyond a share of them", 32, 1201, 1200, 4800, true},
		{"caches unknown", 0, 1201, 1200, 4800, false},
		{"rows that share few places", 32, 129, 128, 512, false},
		{"rows that share places", 32, 256, 256, 1024, true},
		{"the same, caches unknown", 0, 256, 256, 1024, true},
		{"too few rows", 32, 15, 4096, 16384, false},
		{"too few columns", 32, 4096, 15, 4096, false},
	} {
		active.Limits = machine.LimitsOf(c.cache << 20)
		w := Walk{rule: ruleAt(mul, kernel.AVX512), wide: 4, nest: kernel.Nest{Rows: c.rows, Cols: c.cols, DstRow: c.apart, BRow: c.apart, DstCol: 4, BCol: 4}}
		if got, want := w.wholeLines(c.rows, c.cols), c.want && built; got != want {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
		if w.rule = ruleAt(mul, kernel.AVX2); w.wholeLines(c.rows, c.cols) {
			t.Errorf("%s: tiles of whole lines without kernels", c.name)
		}
	}
}
