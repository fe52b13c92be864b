package kerneltest

import (
	"fmt"
	"math"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// edges lists the values of a part at which conversions go wrong: the special ones, what lies
// around powers of two and half-way between integers, fractions and numbers of narrower types.
func (f format) edges() []uint64 {
	values := f.specials
	if f.bool() {
		return values
	}
	if f.fraction == 0 {
		for k := range 8 * f.size {
			power := uint64(1) << k
			for _, v := range []uint64{power, 3 * power} {
				for low := range k {
					tie := v + power>>low // in other types the last bit that stays, or half of it
					values = append(values, tie-1, tie, tie+1, -tie-1, -tie, -tie+1)
				}
			}
		}
		return values
	}
	add := func(v float64) {
		bits := math.Float64bits(v)
		switch f.fraction {
		case 23:
			bits = uint64(math.Float32bits(float32(v)))
		case 52:
		default: // all of their values are tried
			return
		}
		sign := uint64(1) << (8*f.size - 1)
		for _, b := range []uint64{bits - 1, bits, bits + 1} {
			values = append(values, b&^sign, b|sign)
		}
	}
	for n := range 300 {
		add(float64(n) + 0.5)
		for _, full := range []float64{1<<8 - 1, 1<<16 - 1} {
			add(float64(n) / full)
			add((float64(n) + 0.5) / full)
			add((full - float64(n) - 0.5) / full)
		}
	}
	for e := -160; e <= 130; e++ {
		power := math.Ldexp(1, e)
		for _, last := range []float64{0, 0x1p-7, 0x1p-8, 0x3p-8, 0x1p-10, 0x1p-11, 0x3p-11, 0x1p-23, 0x1p-24, 0x3p-24} {
			add(power * (1 + last))
			add(power * (2 - last))
			add(power*(1+last) + math.Ldexp(1, -149))
		}
		add(power - 0.5)
		add(power - 1.5)
		add(power + 0.5)
	}
	return values
}

// way checks that the rules that a conversion goes through lead from its operand to its result.
func way(rule *kernel.Rule) error {
	at := rule.A
	for _, step := range rule.Via {
		if step.A != at || !step.Unary || len(step.Via) > 0 {
			return fmt.Errorf("%s: %s takes %s, or has no kernels, where there is %s", rule.Name, step.Name, step.A.DType, at.DType)
		}
		at = step.Out
	}
	if at != rule.Out || !rule.Unary || rule.Kernels != nil {
		return fmt.Errorf("%s: its way leads to %s, or it has kernels", rule.Name, at.DType)
	}
	return nil
}

// ways compares conversions that have no kernels with what they should give, at every level.
func (r *run) ways(t *testing.T) {
	for _, rule := range r.Rules {
		if len(rule.Via) == 0 {
			continue
		}
		t.Run(rule.Name, func(t *testing.T) {
			want := r.Products[rule.Name]
			if want == nil {
				t.Fatal("Products has nothing to compare it with, as a conversion without kernels needs")
			}
			for _, l := range r.levels {
				if err := r.wayAt(rule, l, want); err != nil {
					t.Errorf("%s: %v", l, err)
				}
			}
		})
	}
}

// wayAt converts all values of up to 16 bits, or edges, at a level.
func (r *run) wayAt(rule *kernel.Rule, l kernel.Level, want Product) error {
	from, to := r.formatOf(rule.A.DType, rule.A.Size), r.formatOf(rule.Out.DType, rule.Out.Size)
	values := from.all(rule.A.Size)
	if values == nil {
		values = from.edges()
	}
	x := make([]byte, len(values)*rule.A.Size)
	for i := range values {
		for p := range rule.A.Size / from.size {
			from.put(x[i*rule.A.Size+p*from.size:], values[(i+7*p)%len(values)])
		}
	}
	got := x
	for _, step := range rule.Via {
		next := make([]byte, len(values)*step.Out.Size)
		step.Entry(l, 0, kernel.V).Func(&kernel.Nest{
			Dst: addr(next), A: addr(got), B: addr(got), Rows: 1, Cols: len(values),
			DstCol: step.Out.Size, ACol: step.A.Size, BCol: step.A.Size,
		})
		got = next
	}
	one := make([]byte, rule.Out.Size)
	for i := range values {
		a, b := x[i*rule.A.Size:][:rule.A.Size], got[i*rule.Out.Size:][:rule.Out.Size]
		if want(one, a, a); !to.same(b, one) {
			return fmt.Errorf("%x becomes %x, want %x", a, b, one)
		}
	}
	return nil
}
