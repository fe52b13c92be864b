package runtime_test

import (
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/hadamard-go/hadamard/conversions"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// BenchmarkMixed runs, in turn, multiplies of mixed types or under a mask, the plain product of the
// wider type on as many elements, and where there is one the rule that does the same at once. It
// reports how many times as long the first takes as the others, and the best time of each.
func BenchmarkMixed(b *testing.B) {
	f32, f64 := generated.MulOf[float32]()(), generated.MulOf[float64]()()
	between := func(out, a string) flow.Storage { return flow.Storage{By: conversions.Between(out, a, false)} }
	saturated := flow.Storage{By: &conversions.SaturateFloat32ToUint8}
	for _, c := range []mixedCase{
		{name: "uint8*float32", m: flow.Mixed{By: f32, A: between("float32", "uint8")}, fused: ruleOf(rules.ScaleUint8)},
		{name: "uint8*float32-by-one", m: flow.Mixed{By: f32, A: between("float32", "uint8")}, fused: ruleOf(rules.ScaleUint8), one: true},
		{name: "uint8*float32-to-uint8", m: flow.Mixed{By: f32, A: between("float32", "uint8"), Out: saturated}, fused: ruleOf(rules.GainUint8)},
		{name: "int16*float32", m: flow.Mixed{By: f32, A: between("float32", "int16")}, fused: ruleOf(rules.ScaleInt16)},
		{name: "bfloat16*float32", m: flow.Mixed{By: f32, A: between("float32", "bfloat16")}},
		{name: "float16*float32", m: flow.Mixed{By: f32, A: between("float32", "float16")}},
		{name: "float32*float64", m: flow.Mixed{By: f64, A: between("float64", "float32")}},
		{name: "float32*complex64", m: flow.Mixed{By: generated.MulOf[complex64]()(), A: between("complex64", "float32")}},
		{name: "where-half-float32", m: flow.Mixed{By: f32, Under: generated.UnderOf[float32]()()}, selects: func(i int) bool { return rand.IntN(2) == 0 }},
		{name: "where-few-float32", m: flow.Mixed{By: f32, Under: generated.UnderOf[float32]()()}, selects: func(i int) bool { return rand.IntN(100) == 0 }},
		{name: "where-runs-float32", m: flow.Mixed{By: f32, Under: generated.UnderOf[float32]()()}, selects: func(i int) bool { return i/5000%2 == 0 }},
		{name: "where-half-uint8", m: flow.Mixed{By: generated.MulOf[uint8]()(), Under: generated.UnderOf[uint8]()()}, selects: func(i int) bool { return rand.IntN(2) == 0 }},
		{name: "where-few-uint8", m: flow.Mixed{By: generated.MulOf[uint8]()(), Under: generated.UnderOf[uint8]()()}, selects: func(i int) bool { return rand.IntN(100) == 0 }},
		{name: "where-runs-uint8", m: flow.Mixed{By: generated.MulOf[uint8]()(), Under: generated.UnderOf[uint8]()()}, selects: func(i int) bool { return i/5000%2 == 0 }},
		{name: "where-half-float64", m: flow.Mixed{By: f64, Under: generated.UnderOf[float64]()()}, selects: func(i int) bool { return rand.IntN(2) == 0 }},
	} {
		for _, size := range []struct {
			name  string
			bytes int
		}{{"L1", 8 << 10}, {"L2", 256 << 10}, {"L3", 8 << 20}, {"memory", 128 << 20}} {
			b.Run(c.name+"/"+size.name, func(b *testing.B) { c.run(b, size.bytes) })
		}
	}
}

func ruleOf[Out, A, B any](r runtime.Rule[Out, A, B]) *kernel.Rule {
	for _, x := range rules.Rules() {
		if x.Name == r.Name() {
			return x
		}
	}
	return nil
}

type mixedCase struct {
	name    string
	m       flow.Mixed
	fused   *kernel.Rule
	one     bool             // b is one element
	selects func(i int) bool // of a mask
}

// run times the case on arrays of so many bytes together.
func (c mixedCase) run(b *testing.B, bytes int) {
	on := machine.This()
	c.m.On = &exec.Site{Machine: &on, Moves: exec.InBlocks()}
	a, out := &c.m.By.A, &c.m.By.Out
	if c.m.A.By != nil {
		a = &c.m.A.By.A
	}
	if c.m.Out.By != nil {
		out = &c.m.Out.By.Out
	}
	each := a.Size + out.Size + c.m.By.B.Size
	if c.one {
		each -= c.m.By.B.Size
	}
	if c.selects != nil {
		each++
	}
	n := bytes / each
	array := func(n, size int, shape ...int) exec.Operand {
		lay, err := layout.Packed(shape)
		if err != nil {
			b.Fatal(err)
		}
		words := make([]uint64, (n*size+7)/8)
		for i := range words {
			words[i] = 0x3c00_3c00_3c00_3c00
		}
		return exec.Operand{Base: unsafe.Pointer(unsafe.SliceData(words)), Lay: lay}
	}
	wide := c.m.By
	y := array(n, wide.B.Size, n)
	if c.one {
		y = array(1, wide.B.Size)
	}
	x, to := array(n, a.Size, n), array(n, out.Size, n)
	wideX, wideTo := array(n, wide.A.Size, n), array(n, wide.Out.Size, n)
	var mask exec.Operand
	if c.selects != nil {
		selected := make([]bool, n)
		for i := range selected {
			selected[i] = c.selects(i)
		}
		mask = array(n, 1, n)
		copy(unsafe.Slice((*bool)(mask.Base), n), selected)
	}
	calls := []func() error{
		func() error { return c.m.Multiply(1, to, x, y, mask) },
		func() error { return exec.Multiply(exec.Rule{Rule: wide, On: c.m.On}, wideTo, wideX, y, 1) },
	}
	if c.fused != nil {
		calls = append(calls, func() error { return exec.Multiply(exec.Rule{Rule: c.fused, On: c.m.On}, to, x, y, 1) })
	}
	best := []time.Duration{1 << 62, 1 << 62, 1 << 62}
	repeat := max(1<<16/bytes, 1)
	for b.Loop() {
		for i, call := range calls {
			start := time.Now()
			for range repeat {
				if err := call(); err != nil {
					b.Fatal(err)
				}
			}
			best[i] = min(best[i], time.Since(start))
		}
	}
	ns := func(i int) float64 { return float64(best[i].Nanoseconds()) / float64(repeat) }
	b.ReportMetric(ns(0), "mixed-ns")
	b.ReportMetric(ns(0)/ns(1), "mixed/plain")
	b.ReportMetric(float64(bytes)/ns(0), "GB/s")
	if c.fused != nil {
		b.ReportMetric(ns(0)/ns(2), "mixed/fused")
	}
	b.ReportMetric(0, "ns/op")
}
