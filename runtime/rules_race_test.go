//go:build race

package runtime_test

import (
	"testing"

	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
)

// plantedByRules are pairs of calls on two goroutines, as planted in race_test.go. Each race is
// about the last of the elements, so that elements of another size would miss it.
func plantedByRules() map[string][2]func() error {
	const n = 300
	var (
		samples, wide = make([]uint8, 4*n), make([]float32, 4*n)
		factors       = make([]float32, 4*n)
		tones, out    = make([]int16, 4*n), make([]int32, 4*n)
		selected      = make([]bool, 4*n)
		left, right   = make([]complex64, n), make([]complex64, n)
	)
	type pair = [2]func() error
	for i := range selected {
		selected[i] = i%3 == 0
	}
	return map[string]pair{
		"race, MulSlice reads what a loop writes":     {func() error { return rules.ScaleUint8.MulSlice(wide[:n], samples[:n], factors[:n]) }, func() error { samples[n-1] = 1; return nil }},
		"race, MulSlice writes what a loop reads":     {func() error { return rules.WideningInt16.MulSlice(out[:n], tones[:n], tones[n:2*n]) }, func() error { out[n-1]++; return nil }},
		"race, MulSlice reads the other operand":      {func() error { return rules.GainUint8.MulSlice(samples[:n], samples[:n], factors[:n]) }, func() error { factors[n-1] = 1; return nil }},
		"race, ScaleSlice writes what MulSlice reads": {func() error { return rules.GainUint8.ScaleSlice(samples[:n], samples[:n], 2) }, func() error { return rules.ScaleUint8.MulSlice(wide[:n], samples[:n], factors[:n]) }},
		"race, channels of which one is read":         {channel(wide, samples, factors, 2), func() error { samples[4*n-2] = 1; return nil }},
		"race, channels of which one is written":      {channel(wide, samples, factors, 2), func() error { wide[4*n-2] = 1; return nil }},
		"race, a plan of channels":                    {channelPlan(wide, samples, factors, 1), func() error { wide[4*n-3] = 1; return nil }},
		"race, Multiply": {func() error {
			_, err := rules.ConjugateComplex64.Multiply(orPanic(runtime.New(left, n)), orPanic(runtime.New(right, n)))
			return err
		}, func() error { right[n-1] = 1; return nil }},
		"race, MultiplyWhere writes":                {where(wide, samples, factors, selected), func() error { wide[n-3] = 1; return nil }},
		"race, MultiplyWhere reads the mask":        {where(wide, samples, factors, selected), func() error { selected[n-1] = false; return nil }},
		"race, MultiplyWhere reads":                 {where(wide, samples, factors, selected), func() error { samples[n-2] = 1; return nil }},
		"no race, what a mask does not select":      {where(wide, samples, factors, selected), func() error { wide[n-2], wide[n-1] = 1, 1; return nil }},
		"race, ProductBy":                           {product(samples, factors), func() error { factors[2*n-1] = 1; return nil }},
		"race, ProductBy writes":                    {product(samples, factors), func() error { samples[n-1] = 1; return nil }},
		"no race, slices side by side":              {func() error { return rules.ScaleUint8.MulSlice(wide[:n], samples[:n], factors[:n]) }, func() error { return rules.ScaleUint8.MulSlice(wide[n:2*n], samples[:n], factors[:n]) }},
		"no race, alternate channels":               {channel(wide, samples, factors, 0), channel(wide, samples, factors, 3)},
		"no race, plans of alternate channels":      {channelPlan(wide, samples, factors, 0), channelPlan(wide, samples, factors, 1)},
		"no race, beyond elements that are short":   {func() error { return rules.ScaleUint8.MulSlice(wide[:n], samples[:n], factors[:n]) }, func() error { samples[n], wide[n], factors[n] = 1, 1, 1; return nil }},
		"no race, beyond products":                  {product(samples, factors), func() error { samples[n], factors[2*n] = 1, 1; return nil }},
		"no race, lengths differ":                   {func() error { _ = rules.ScaleUint8.MulSlice(wide, samples, factors[:1]); return nil }, func() error { wide[0] = 1; return nil }},
		"no race, the zero rule":                    {func() error { _ = runtime.Rule[float32, uint8, float32]{}.MulSlice(wide, samples, factors); return nil }, func() error { wide[0] = 1; return nil }},
		"no race, both read what neither writes to": {func() error { return rules.ScaleUint8.MulSlice(wide[:n], samples[:n], factors[:n]) }, func() error { return rules.GainUint8.MulSlice(samples[n:2*n], samples[:n], factors[:n]) }},
	}
}

// every takes channel k of four.
func every[T any](s []T, k int) runtime.Array[T] {
	return orPanic(runtime.View(s, k, []int{len(s) / 4}, []int{4}))
}

func channel(out []float32, a []uint8, b []float32, k int) func() error {
	return func() error { return rules.ScaleUint8.MultiplyTo(every(out, k), every(a, k), every(b, k)) }
}

func where(out []float32, a []uint8, b []float32, mask []bool) func() error {
	n := len(out) / 4
	return func() error {
		return rules.ScaleUint8.MultiplyWhere(orPanic(runtime.New(out[:n], n)), orPanic(runtime.New(a[:n], n)), orPanic(runtime.New(b[:n], n)), orPanic(runtime.New(mask[:n], n)))
	}
}

func channelPlan(out []float32, a []uint8, b []float32, k int) func() error {
	return orPanic(rules.ScaleUint8.NewPlan(every(out, k), every(a, k), every(b, k))).Run
}

// product multiplies the first quarter of out by the second of the factors, and by one.
func product(out []uint8, factors []float32) func() error {
	n := len(out) / 4
	x := orPanic(runtime.New(out[:n], n))
	return func() error {
		return runtime.ProductBy(rules.GainUint8, x, x, orPanic(runtime.New(factors[n:2*n], n)), runtime.Scalar[float32](2))
	}
}

func TestPlantedByRules(t *testing.T) { runtime.RunPlanted(t, plantedByRules) }

func TestRacesByRulesAreFound(t *testing.T) {
	runtime.FindPlanted(t, "TestPlantedByRules", len(plantedByRules()))
}
