package runtime_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Rules of every shape of types: what they do with layouts depends on sizes, and on whether
// operands may change places.

func TestRulesOnAnyLayout(t *testing.T) {
	runtime.JudgeRules(t, slices.Concat(generated.Rules(), rules.Rules()))
}

// shapesOfRules are one rule of each shape of types.
func shapesOfRules() []*kernel.Rule {
	var shapes []*kernel.Rule
	known := map[[4]int]bool{}
	for _, r := range rules.Rules() {
		shape := [4]int{r.Out.Size, r.A.Size, r.B.Size}
		if r.Commutes {
			shape[3] = 1
		}
		if !known[shape] {
			known[shape] = true
			shapes = append(shapes, r)
		}
	}
	return shapes
}

func TestThreadsByRules(t *testing.T) { runtime.JudgeThreads(t, shapesOfRules()) }

// FuzzRules multiplies layouts that the fuzzer chooses.
func FuzzRules(f *testing.F) {
	for _, seed := range runtime.Seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		rules := shapesOfRules()
		if len(choices) > 0 { // one at a time
			i := int(choices[len(choices)-1]) % len(rules)
			rules = rules[i : i+1]
		}
		runtime.JudgeChoices(t, rules, choices)
	})
}

// ruleCalls are calls by a rule with arrays and slices on the stack, of elements that are 1 to 100
// by 2. Each checks its result.
func ruleCalls[Out, A, B interface {
	~uint8 | ~int16 | ~int32 | ~float32 | ~float64
}](r runtime.Rule[Out, A, B]) map[string]func() error {
	type arrays struct {
		out [4 * 300]Out
		a   [4 * 300]A
		b   [4 * 300]B
	}
	fresh := func() (s arrays) {
		for i := range s.a {
			s.a[i], s.b[i] = A(i%100+1), 2
		}
		return s
	}
	doubled := func(s *arrays, step int) error {
		for i := 0; i < len(s.out); i++ {
			want := Out(0)
			if i%step == 0 && i/step < 300 {
				want = Out(2 * (i%100 + 1))
			}
			if s.out[i] != want {
				return fmt.Errorf("%v: element %d is %v, want %v", r, i, s.out[i], want)
			}
		}
		return nil
	}
	views := func(s *arrays, step int) (runtime.Array[Out], runtime.Array[A], runtime.Array[B]) {
		shape, strides := []int{300}, []int{step}
		return orPanic(runtime.View(s.out[:], 0, shape, strides)), orPanic(runtime.View(s.a[:], 0, shape, strides)), orPanic(runtime.View(s.b[:], 0, shape, strides))
	}
	return map[string]func() error{
		r.Name() + ", MulSlice": func() error {
			s := fresh()
			return cmp.Or(r.MulSlice(s.out[:300], s.a[:300], s.b[:300]), doubled(&s, 1))
		},
		r.Name() + ", ScaleSlice": func() error {
			s := fresh()
			return cmp.Or(r.ScaleSlice(s.out[:300], s.a[:300], 2), doubled(&s, 1))
		},
		r.Name() + ", MultiplyTo": func() error {
			s := fresh()
			out, a, b := views(&s, 1)
			return cmp.Or(r.MultiplyTo(out, a, b), doubled(&s, 1))
		},
		r.Name() + ", MultiplyTo through blocks": func() error {
			s := fresh()
			out, a, b := views(&s, 4)
			return cmp.Or(r.MultiplyTo(out, a, b), doubled(&s, 4))
		},
		r.Name() + ", a plan through blocks": func() error {
			s := fresh()
			p, err := r.NewPlan(views(&s, 4))
			if err != nil {
				return err
			}
			return cmp.Or(p.Run(), p.Run(), doubled(&s, 4))
		},
	}
}

// TestRuleOperands calls rules with what lies on stacks that grow and move.
func TestRuleOperands(t *testing.T) {
	calls := ruleCalls(rules.ScaleUint8)
	maps.Copy(calls, ruleCalls(rules.GainUint8))
	maps.Copy(calls, ruleCalls(rules.WideningInt16))
	maps.Copy(calls, ruleCalls(rules.DoubleInt32))
	maps.Copy(calls, ruleCalls(rules.SaturatingInt16))
	calls["ProductBy"] = func() error {
		var x [300]int16
		var factors [3][300]float32
		for i := range x {
			x[i], factors[0][i], factors[1][i], factors[2][i] = int16(i), 4, 0.5, 3
		}
		out := orPanic(runtime.New(x[:], 30, 10))
		err := runtime.ProductBy(rules.GainInt16, out, out, orPanic(runtime.New(factors[0][:], 30, 10)), orPanic(runtime.New(factors[1][:10], 10)), orPanic(runtime.New(factors[2][:30], 30, 1)))
		for i, v := range x {
			if v != int16(6*i) {
				return fmt.Errorf("element %d is %d", i, v)
			}
		}
		return err
	}
	runtime.OnStacks(t, calls)
}

// TestRulesDoNotAllocate holds calls by rules to what is said of those of dtypes.
func TestRulesDoNotAllocate(t *testing.T) {
	image, small := orPanic(runtime.Zeros[uint8](40, 60, 3)), orPanic(runtime.Zeros[uint8](2, 3))
	planes := orPanic(orPanic(runtime.Zeros[float32](3, 40, 60)).Transpose(1, 2, 0))
	channels, mask := orPanic(runtime.Zeros[float32](3)), orPanic(runtime.Zeros[float32](40, 60, 1))
	out := orPanic(runtime.Zeros[float32](40, 60, 3))
	plan := orPanic(rules.ScaleUint8.NewPlan(planes, image, mask))
	for name, call := range map[string]func() error{
		"MulSlice on the stack": func() error {
			var d, y [60]float32
			var x [60]uint8
			return rules.ScaleUint8.MulSlice(d[:], x[:], y[:])
		},
		"ScaleSlice on the stack": func() error {
			var d, x [60]uint8
			return rules.GainUint8.ScaleSlice(d[:], x[:], 2)
		},
		"by channels":           func() error { return rules.ScaleUint8.MultiplyTo(out, image, channels) },
		"to planes":             func() error { return rules.ScaleUint8.MultiplyTo(planes, image, mask) },
		"in place":              func() error { return rules.GainUint8.MultiplyTo(image, image, mask) },
		"a plan":                plan.Run,
		"ProductBy":             func() error { return runtime.ProductBy(rules.GainUint8, image, image, mask, channels, mask) },
		"ProductBy of few":      func() error { return runtime.ProductBy(rules.GainUint8, small, small, channels) },
		"ProductBy that copies": func() error { return runtime.ProductBy(rules.GainUint8, image, image) },
	} {
		runtime.NoAllocs(t, name, call)
	}
}

func orPanic[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}
