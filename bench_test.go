package hadamard_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
	"github.com/hadamard-go/hadamard/runtime/kernel/kerneltest"
)

// sizes are elements: a call, a few vectors, L1, L2, and beyond the caches.
var sizes = []int{16, 256, 4096, 65536, 1 << 22}

// BenchmarkKernel times every kernel of the table at every level of the
// machine. Bytes are those of the elements of the operands and the result.
//
//	go test -bench Kernel/float32
func BenchmarkKernel(b *testing.B) {
	for _, k := range slices.Concat(kernel.Kernels(), generated.Kernels(), rules.Kernels()) {
		if !runs(k) || listed(k) || k.Code != k.ID {
			continue // several factors are a list, not memory; shared code is timed once
		}
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/%d", k.ID, n), func(b *testing.B) {
				m := newMemory(k, n)
				nest := m.nest(k.Pattern)
				b.SetBytes(int64(m.moved(nest.Nest)))
				for b.Loop() {
					k.Func(&nest.Nest)
				}
			})
		}
	}
}

// BenchmarkSpeedup runs, in turn, the loop that a Go programmer would write and
// the contiguous kernel of each level, and reports the ratio of their best
// times: how many times faster the kernel is.
//
//	go test -bench Speedup/int8
func BenchmarkSpeedup(b *testing.B) {
	for _, d := range generated.DTypes() {
		plain := plainLoops[d.Name]
		if plain == nil {
			continue // a dtype of somebody's own
		}
		for _, l := range runtime.Supported() {
			entry := d.Mul.Kernels[l][kernel.VV]
			if entry.Level != l {
				continue
			}
			for _, n := range sizes[2:3] {
				b.Run(fmt.Sprintf("%s/%s/%d", d.Name, d.Mul.ID(&entry), n), func(b *testing.B) {
					m := newMemory(kernel.Info{OutSize: d.Size, ASize: d.Size, BSize: d.Size}, n)
					nest := m.nest(kernel.VV)
					var base, own time.Duration = 1 << 62, 1 << 62
					for b.Loop() {
						base = min(base, timed(func() { plain(m) }))
						own = min(own, timed(func() { entry.Func(&nest.Nest) }))
					}
					b.ReportMetric(float64(base)/float64(own), "x-plain")
					b.ReportMetric(float64(own.Nanoseconds())/calls, "kernel-ns")
					b.ReportMetric(float64(base.Nanoseconds())/calls, "plain-ns")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
	}
}

// BenchmarkLevels runs, in turn, a kernel of each assembly level and the one of the
// same rule and pattern at the level below, or one that uses a feature and the one of its level
// that does not, and reports the ratio of their best times: how many times faster the higher one
// is. Nests of short rows come before rows that fit the first-level and the second-level cache.
//
//	go test -bench Levels/float32-v2
func BenchmarkLevels(b *testing.B) {
	lower := map[string]kernel.Info{}
	for _, k := range slices.Concat(kernel.Kernels(), generated.Kernels(), rules.Kernels()) {
		name := k.Rule + "-" + k.Pattern.String()
		below, found := lower[name]
		lower[name] = k
		if !found || below.Level == kernel.PureGo || listed(k) || k.Code != k.ID || !runs(k) {
			continue
		}
		own, other := strings.TrimPrefix(k.ID, name+"-"), strings.TrimPrefix(below.ID, name+"-")
		if k.Feature != 0 {
			name = k.ID
		}
		for _, shape := range [][2]int{{3, 3}, {100, 3}, {64, 7}, {12, 12}, {16, 33}, {16, 128}, {1, 4 << 10 / k.OutSize}, {1, 64 << 10 / k.OutSize}} {
			b.Run(fmt.Sprintf("%s/%dx%d", name, shape[0], shape[1]), func(b *testing.B) {
				m := newMemory(k, shape[0]*shape[1])
				nest := m.rows(k.Pattern, shape[0], shape[1])
				var base, best time.Duration = 1 << 62, 1 << 62
				for b.Loop() {
					base = min(base, timed(func() { below.Func(&nest.Nest) }))
					best = min(best, timed(func() { k.Func(&nest.Nest) }))
				}
				b.ReportMetric(float64(base)/float64(best), "x-"+other)
				b.ReportMetric(float64(best.Nanoseconds())/calls, own+"-ns")
				b.ReportMetric(float64(base.Nanoseconds())/calls, other+"-ns")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// BenchmarkRules times rules beside the products of dtypes, see [kerneltest.Bench].
//
//	go test -run xxx -bench 'Rules/.*-avx.*/4096' -benchtime 300x -count 5 .
func BenchmarkRules(b *testing.B) {
	kerneltest.Bench(b, kerneltest.Package{Kernels: rules.Kernels(), Rules: rules.Rules(), Goal: goal})
}

// goal is what docs/performance.md says of rules in lanes of 8 and 16 bits, and of products of integers
// by floats.
func goal(k kernel.Info) float64 {
	kind, _, _ := strings.Cut(k.Rule, "_")
	switch {
	case kind == "gain" && k.OutSize == 1:
		return 2
	case kind == "gain", kind == "scale":
		return 1.3
	case max(k.OutSize, k.ASize, k.BSize) <= 2:
		return 1.5
	}
	return 0
}

// runs tells whether this machine has what a kernel needs.
func runs(k kernel.Info) bool {
	return slices.Contains(runtime.Supported(), k.Level) && k.Feature&^here.Features == 0
}

// listed tells whether a kernel's b is a list.
func listed(k kernel.Info) bool {
	form := k.Pattern.Form()
	return form.Several || form.Lists
}

var here = machine.This()

const calls = 16 // in one reading of the clock

func timed(f func()) time.Duration {
	start := time.Now()
	for range calls {
		f()
	}
	return time.Since(start)
}

// memory is two operands and a result of n elements, and the sizes of these.
type memory struct {
	dst, a, b          unsafe.Pointer
	size, aSize, bSize int
	n                  int
	mask               unsafe.Pointer // half of which is true at random
}

func newMemory(k kernel.Info, n int) *memory {
	rng := rand.New(rand.NewPCG(1, 2))
	buffer := func(size int) unsafe.Pointer {
		words := make([]uint32, 5*size*n/4+16) // room for the steps of nest
		for i := range words {
			words[i] = 0x3c003c00 | rng.Uint32()&0x03ff03ff // floats of any width lie near 1
			if size == 1 {
				words[i] = rng.Uint32() & 0x01010101 // bools are 0 and 1
			}
		}
		return unsafe.Pointer(&words[0])
	}
	return &memory{buffer(k.OutSize), buffer(k.ASize), buffer(k.BSize), k.OutSize, k.ASize, k.BSize, n, buffer(1)}
}

// nest is the memory as a pattern walks it: n elements of out, in one row or, if
// the pattern fixes the columns, in as many as it takes. Steps that the pattern
// leaves free are 5.
func (m *memory) nest(p kernel.Pattern) kernel.MaskedNest { return m.rows(p, 1, m.n) }

// rows is the same in adjacent rows of so many columns, where the pattern lets
// rows have any; a transposed operand has whole tiles of them.
func (m *memory) rows(p kernel.Pattern, rows, cols int) kernel.MaskedNest {
	form := p.Form()
	step := func(elements, size int) int {
		if elements == kernel.AnyStep {
			elements = 5
		}
		return elements * size
	}
	n := kernel.Nest{Cols: cols, Rows: rows, DstCol: step(form.Dst, m.size), ACol: step(form.A, m.aSize), BCol: step(form.B, m.bSize)}
	n.DstRow, n.ARow, n.BRow = cols*n.DstCol, cols*n.ACol, cols*n.BCol
	factor, factorSize := &n.BRow, m.bSize
	if form.Left {
		factor, factorSize = &n.ARow, m.aSize
	}
	short := func(cols, down int) { // adjacent rows, where a factor's begin so far apart
		n.Cols, n.Rows = cols, m.n/cols
		n.DstRow, n.ARow, n.BRow = cols*m.size, cols*m.aSize, cols*m.bSize
		*factor = down
	}
	if form.Cols > 0 {
		short(form.Cols, factorSize)
	}
	switch {
	case form.DstRow > 0:
		n.DstRow, n.ARow = form.DstRow*m.size, form.ARow*m.aSize
	case form.DstRow < 0: // narrow rows
		n.Cols, n.Rows = min(cols, 7), rows*cols/min(cols, 7)
		n.DstRow, n.ARow = n.Cols*m.size, m.aSize
	}
	if form.Transposed { // whole tiles, of a cache line of each column
		n.Rows = max(64/m.size, kernel.TileRows)
		n.Cols = m.n / n.Rows / kernel.TileCols * kernel.TileCols
		n.DstRow, n.ARow, n.ACol = n.Cols*m.size, m.size, n.Rows*m.size
		if form.B == kernel.AnyStep {
			n.BRow, n.BCol = n.ARow, n.ACol
		}
	}
	if cols := form.Bytes / max(m.size, m.aSize, m.bSize); cols > 0 {
		short(cols, 0)
	}
	n.Dst, n.A, n.B = m.start(m.dst, n.DstCol), m.start(m.a, n.ACol), m.start(m.b, n.BCol)
	return kernel.MaskedNest{Nest: n, Mask: m.mask, MaskRow: n.Cols}
}

// moved is the bytes that a nest reads and writes; a constant is read once in a row.
func (m *memory) moved(n kernel.Nest) int {
	count := func(step int) int {
		if step == 0 {
			return n.Rows
		}
		return m.n
	}
	return m.n*m.size + count(n.ACol)*m.aSize + count(n.BCol)*m.bSize
}

// start is the element of the memory that a walk of n steps begins at.
func (m *memory) start(p unsafe.Pointer, step int) unsafe.Pointer {
	if step < 0 {
		return unsafe.Add(p, -step*(m.n-1))
	}
	return p
}

type number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64 | ~complex64 | ~complex128
}

// plainLoops holds, by dtype, the loop without this library.
var plainLoops = map[string]func(*memory){
	"bool": func(m *memory) {
		dst, a, b := slicesOf[bool](m)
		for i := range dst {
			dst[i] = a[i] && b[i]
		}
	},
	"int8": plain[int8], "int16": plain[int16], "int32": plain[int32], "int64": plain[int64],
	"uint8": plain[uint8], "uint16": plain[uint16], "uint32": plain[uint32], "uint64": plain[uint64],
	"unorm8": func(m *memory) {
		dst, a, b := slicesOf[runtime.UNorm8](m)
		for i := range dst {
			dst[i] = runtime.UNorm8((uint32(a[i])*uint32(b[i]) + 127) / 255)
		}
	},
	"unorm16": func(m *memory) {
		dst, a, b := slicesOf[runtime.UNorm16](m)
		for i := range dst {
			dst[i] = runtime.UNorm16((uint32(a[i])*uint32(b[i]) + 32767) / 65535)
		}
	},
	"float16": func(m *memory) {
		dst, a, b := slicesOf[runtime.Float16](m)
		for i := range dst {
			dst[i] = kernel.NewFloat16(a[i].Float32() * b[i].Float32())
		}
	},
	"bfloat16": func(m *memory) {
		dst, a, b := slicesOf[runtime.BFloat16](m)
		for i := range dst {
			dst[i] = kernel.NewBFloat16(a[i].Float32() * b[i].Float32())
		}
	},
	"float32": plain[float32], "float64": plain[float64],
	"complex64": plain[complex64], "complex128": plain[complex128],
}

func plain[T number](m *memory) {
	dst, a, b := slicesOf[T](m)
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func slicesOf[T any](m *memory) (dst, a, b []T) {
	dst = unsafe.Slice((*T)(m.dst), m.n)
	return dst, unsafe.Slice((*T)(m.a), m.n)[:len(dst)], unsafe.Slice((*T)(m.b), m.n)[:len(dst)]
}
