package runtime_test

import (
	"testing"
	"time"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// BenchmarkBlocks runs, in turn, products of awkward layouts by the kernels that the dtype has,
// by those alone that every rule has, which goes in blocks, and by the one of any strides, element
// by element. It reports how many times as long blocks take as the dtype's kernels, how many
// times as fast they are as single elements, and the best time of each.
func BenchmarkBlocks(b *testing.B) {
	benchBlocks[uint8](b, "uint8")
	benchBlocks[int16](b, "int16")
	benchBlocks[float32](b, "float32")
	benchBlocks[float64](b, "float64")
}

func benchBlocks[T runtime.Element](b *testing.B, name string) {
	sizes := []struct {
		name  string
		bytes int // of result and operands together, with all that lies between
	}{{"L1", 8 << 10}, {"L2", 256 << 10}, {"L3", 8 << 20}, {"memory", 128 << 20}}
	for _, size := range sizes {
		for _, lie := range awkward {
			b.Run(name+"/"+size.name+"/"+lie.name, func(b *testing.B) {
				n := size.bytes / elementSize[T]() / (lie.out.span() + lie.a.span() + lie.b.span())
				rows, cols := 1, n
				for lie.square && cols > 2*rows {
					rows, cols = 2*rows, cols/2
				}
				if lie.few > 0 {
					rows, cols = n/lie.few, lie.few
				}
				product := generated.MulOf[T]()()
				out, x, y := lay[T](b, lie.out, rows, cols), lay[T](b, lie.a, rows, cols), lay[T](b, lie.b, rows, cols)
				var plans [3]*runtime.Plan[T]
				for i, by := range []*kernel.Rule{product, limited(product, hasEveryRule), oneByOne(product)} {
					p, err := runtime.NewRule[T, T, T](by).NewPlan(out, x, y)
					if err == nil {
						err = p.SetThreads(1)
					}
					if err != nil {
						b.Fatal(err)
					}
					plans[i] = p
				}
				inTurn(b, plans)
			})
		}
	}
}

// inTurn reports the best times of plans by a dtype's kernels, in blocks, and element by element.
func inTurn[T any](b *testing.B, plans [3]*runtime.Plan[T]) {
	timed := func(p *runtime.Plan[T], calls int) time.Duration {
		start := time.Now()
		for range calls {
			if err := p.Run(); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start)
	}
	best := [3]time.Duration{1 << 62, 1 << 62, 1 << 62} // of so many calls
	calls := 1
	for timed(plans[1], calls) < 20*time.Microsecond {
		calls *= 2
	}
	for b.Loop() {
		for i, p := range plans {
			best[i] = min(best[i], timed(p, calls))
		}
	}
	ns := func(i int) float64 { return float64(best[i].Nanoseconds()) / float64(calls) }
	b.ReportMetric(ns(1)/ns(0), "blocks/own")
	b.ReportMetric(ns(2)/ns(1), "single/blocks")
	b.ReportMetric(ns(0), "own-ns")
	b.ReportMetric(ns(1), "blocks-ns")
	b.ReportMetric(ns(2), "single-ns")
	b.ReportMetric(0, "ns/op")
}

// A way is how an array lies along its rows: at a step, or transposed.
type way struct {
	step   int
	turned bool
}

var plain = way{step: 1}

// span returns how many elements lie from one to the next.
func (w way) span() int { return max(w.step, -w.step) }

// awkward is layouts of which some operand is not contiguous.
var awkward = []struct {
	name      string
	out, a, b way
	square    bool // as many rows as columns, about
	few       int  // columns, if not 0
}{
	{name: "reversed", out: plain, a: plain, b: way{step: -1}},
	{name: "every2", out: plain, a: plain, b: way{step: 2}},
	{name: "every3", out: plain, a: plain, b: way{step: 3}},
	{name: "every5", out: plain, a: plain, b: way{step: 5}},
	{name: "both-reversed", out: plain, a: way{step: -1}, b: way{step: -1}},
	{name: "both2", out: plain, a: way{step: 2}, b: way{step: 2}},
	{name: "both5", out: plain, a: way{step: 5}, b: way{step: 5}},
	{name: "out2", out: way{step: 2}, a: plain, b: plain},
	{name: "all2", out: way{step: 2}, a: way{step: 2}, b: way{step: 2}},
	{name: "transposed", out: plain, a: plain, b: way{step: 1, turned: true}, square: true},
	{name: "both-transposed", out: plain, a: way{step: 1, turned: true}, b: way{step: 1, turned: true}, square: true},
	{name: "few5", out: plain, a: plain, b: way{step: -1}, few: 5},
	{name: "few5-transposed", out: plain, a: plain, b: way{step: 1, turned: true}, few: 5},
}

// lay returns an array of so many rows and columns whose rows lie as they are to.
func lay[T runtime.Element](b *testing.B, as way, rows, cols int) runtime.Array[T] {
	data := make([]T, rows*cols*as.span())
	for i := range data { // so that there are pages
		data[i] = *new(T)
	}
	strides, offset := []int{cols * as.span(), as.step}, 0
	if as.turned {
		strides = []int{1, rows}
	}
	if as.step < 0 {
		offset = (cols - 1) * as.span()
	}
	x, err := runtime.View(data, offset, []int{rows, cols}, strides)
	if err != nil {
		b.Fatal(err)
	}
	return x
}

// limited returns a rule that has those kernels of a product alone whose patterns it is to have.
func limited(product *kernel.Rule, has func(kernel.Form) bool) *kernel.Rule {
	r, set := *product, *product.Kernels
	for level := range set {
		for p := range set[level] {
			if !has(kernel.Pattern(p).Form()) {
				set[level][p] = kernel.Entry{}
			}
		}
	}
	r.Name, r.Default, r.Kernels = "limited_"+r.Name, false, &set
	return &r
}

// hasEveryRule tells whether every rule has kernels of a form: rows of contiguous elements and
// constants, pixels, and any strides.
func hasEveryRule(f kernel.Form) bool {
	if f.Moves || f.Several || f.Transposed {
		return false
	}
	one := func(step int) bool { return step == 0 || step == 1 }
	return f.Dst == kernel.AnyStep && f.A == kernel.AnyStep ||
		f.Dst == 1 && one(f.A) && one(f.B) && (f.Cols == 0 || f.Cols == 3 && !f.Bypass)
}

// oneByOne returns a product that has no other kernel than that of any strides.
func oneByOne(product *kernel.Rule) *kernel.Rule {
	r, set := *product, *product.Kernels
	for level := range set {
		for p := range set[level] {
			f := kernel.Pattern(p).Form()
			switch {
			case f.OneRow:
			case f.Bypass, f.Several, f.Bytes > 0, f.Transposed && !f.Moves:
				set[level][p] = kernel.Entry{}
			default:
				set[level][p] = set[level][kernel.II]
			}
		}
	}
	r.Kernels = &set
	return &r
}

func elementSize[T any]() int { return int(unsafe.Sizeof(*new(T))) }
