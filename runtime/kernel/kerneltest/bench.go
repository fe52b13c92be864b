package kerneltest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Bench runs, in turn, a kernel of a rule and that of the product of the widest of its types in
// the same pattern, and reports the ratio of their best times, each for the bytes that it moves:
// 1 is as fast as a product of which loads and stores are all the work. Rules that are products
// of a dtype themselves are left out, and so are those of types that have no product here.
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
		n := 4096
		if k.Pattern.Form().Bypass {
			n = 1 << 22
		}
		b.Run(fmt.Sprintf("%s/%d", k.ID, n), func(b *testing.B) { beside(b, newRow(k, n), newRow(product, n)) })
	}
}

// beside times a row of a rule and one of the product, in turn.
func beside(b *testing.B, rule, product *row) {
	const calls = 16 // in one reading of the clock
	timed := func(r *row) time.Duration {
		start := time.Now()
		for range calls {
			r.Func(&r.nest)
		}
		return time.Since(start)
	}
	var own, other time.Duration = 1 << 62, 1 << 62
	for b.Loop() {
		own, other = min(own, timed(rule)), min(other, timed(product))
	}
	b.ReportMetric(float64(own)/float64(rule.moved)/(float64(other)/float64(product.moved)), "x-"+product.Rule)
	b.ReportMetric(float64(own.Nanoseconds())/calls, "ns/call")
	b.ReportMetric(0, "ns/op")
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
		for i := range buf { // floats of any width lie near 1, bools are 0 and 1
			switch {
			case size == 1:
				buf[i] = byte(rng.Uint32()) & 1
			case i%2 == 0:
				buf[i] = byte(rng.Uint32())
			default:
				buf[i] = 0x3c | byte(rng.Uint32())&3
			}
		}
		return buf
	}
	r.nest.Dst = addr(elements(k.OutSize, r.nest.DstCol))
	r.nest.A = addr(elements(k.ASize, r.nest.ACol))
	r.nest.B = addr(elements(k.BSize, r.nest.BCol))
	return r
}
