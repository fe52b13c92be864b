package kerneltest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Bench runs in turn a kernel of a rule, that of the product of the widest of its types in the same
// pattern, and on amd64 a loop which does nothing but load and store as many bytes by vectors of the level.
// It reports how many times as long the rule takes as the product, each for the bytes that it moves,
// and as the loop: 1 is as fast as the bytes can be moved. Rows are of 4,096 elements, beside which stands what
// [Package.Goal] says, of 16 MiB in all, and, of kernels that write past the caches, of 128 MiB. Rules
// that are products of a dtype themselves are left out, and so are those of types that have no product
// here.
func Bench(b *testing.B, p Package) {
	m := machine.This()
	levels := m.Supported()
	products := map[string]kernel.Info{}
	for _, k := range slices.Concat(generated.Kernels(), p.Kernels) {
		products[k.ID] = k
	}
	rules := map[string]*kernel.Rule{}
	for _, r := range p.Rules {
		rules[r.Name] = r
	}
	for _, k := range p.Kernels {
		r := rules[k.Rule]
		if r == nil || r.Default || k.Code != k.ID || !slices.Contains(levels, k.Level) || k.Feature&^m.Features != 0 {
			continue
		}
		of := k.Pattern
		switch of {
		case kernel.VV, kernel.VC, kernel.VVN, kernel.VCN:
		case kernel.CV: // the product commutes
			of = kernel.VC
		case kernel.CVN:
			of = kernel.VCN
		default:
			continue
		}
		widest := slices.MaxFunc([]kernel.Operand{r.Out, r.A, r.B}, func(x, y kernel.Operand) int { return x.Size - y.Size })
		product, found := products[fmt.Sprintf("%s-%s-%s", widest.DType, of, k.Level)]
		if !found {
			continue
		}
		const inCache = 4096
		form := k.Pattern.Form()
		run := func(size string, n int) {
			b.Run(k.ID+"/"+size, func(b *testing.B) {
				beside(b, newRow(k, n), newRow(product, n))
				if p.Goal != nil && p.Goal(k) != 0 && n == inCache {
					b.ReportMetric(p.Goal(k), "goal")
				}
			})
		}
		elements := func(bytes int) int { return bytes / perElement(k) &^ 63 }
		if form.Bypass {
			run("128MiB", elements(128<<20))
		} else {
			run(strconv.Itoa(inCache), inCache)
			run("16MiB", elements(16<<20))
		}
	}
}

// perElement returns the bytes that a kernel of contiguous operands and constants moves for one of out.
func perElement(k kernel.Info) int {
	form := k.Pattern.Form()
	return k.OutSize + form.A*k.ASize + form.B*k.BSize
}

// beside times a row of a rule, one of the product, and the loop that moves what the rule moves, in turn.
func beside(b *testing.B, rule, product *row) {
	calls := max(1, 1<<18/rule.moved) // in one reading of the clock
	timed := func(call func()) time.Duration {
		call() // brings back what the others have driven out of the caches
		start := time.Now()
		for range calls {
			call()
		}
		return time.Since(start)
	}
	never := time.Duration(math.MaxInt64)
	own, other, least := never, never, never
	mover := rule.mover()
	for b.Loop() {
		own = min(own, timed(func() { rule.Func(&rule.nest) }))
		other = min(other, timed(func() { product.Func(&product.nest) }))
		if mover != nil {
			least = min(least, timed(mover))
		}
	}
	b.ReportMetric(float64(own)/float64(rule.moved)/(float64(other)/float64(product.moved)), "x-"+product.Rule)
	if mover != nil {
		b.ReportMetric(float64(own)/float64(least), "x-moved")
	}
	b.ReportMetric(float64(own.Nanoseconds())/float64(calls), "ns/call")
	b.ReportMetric(0, "ns/op")
}

// mover returns what loads and stores as many bytes as a row, by vectors of its level, or nil.
func (r *row) mover() func() {
	form := r.Pattern.Form()
	stores := r.OutSize
	loads := perElement(r.Info) - stores
	for _, m := range moves {
		if loads*m.stores != stores*m.loads || r.Level == kernel.PureGo {
			continue
		}
		wide, past, vector := 0, 0, 32
		if r.Level == kernel.AVX512 {
			wide, vector = 1, 64
		}
		if form.Bypass {
			past = 1
		}
		turns := r.nest.Cols * stores / (m.stores * vector)
		dst, src := aligned(turns*m.stores*vector), aligned(turns*m.loads*vector)
		for i := range src { // of lines of zeros some CPUs write more a second
			src[i] = byte(i) | 1
		}
		return func() { m.by[wide][past](addr(dst), addr(src), turns) }
	}
	return nil
}

// A row is n elements of out, made by a kernel of contiguous operands and constants.
type row struct {
	kernel.Info
	nest  kernel.Nest
	moved int // bytes that it reads and writes
}

func newRow(k kernel.Info, n int) *row {
	rng := rand.New(rand.NewPCG(1, 2))
	form := k.Pattern.Form()
	r := &row{Info: k, nest: kernel.Nest{
		Cols: n, Rows: 1, DstCol: k.OutSize, ACol: form.A * k.ASize, BCol: form.B * k.BSize,
	}}
	elements := func(size, step int) []byte {
		bytes := size + (n-1)*step
		r.moved += bytes
		buf := aligned(bytes)
		const random = 1 << 16                    // and again
		for i := range buf[:min(bytes, random)] { // floats of any width lie near 1, bools are 0 and 1
			switch {
			case size == 1:
				buf[i] = byte(rng.Uint32()) & 1
			case i%2 == 0:
				buf[i] = byte(rng.Uint32())
			default:
				buf[i] = 0x3c | byte(rng.Uint32())&3
			}
		}
		for filled := random; filled < bytes; filled *= 2 {
			copy(buf[filled:], buf[:filled])
		}
		return buf
	}
	r.nest.Dst = addr(elements(k.OutSize, r.nest.DstCol))
	r.nest.A = addr(elements(k.ASize, r.nest.ACol))
	r.nest.B = addr(elements(k.BSize, r.nest.BCol))
	return r
}
