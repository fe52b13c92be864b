package runtime_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// TestRuleErrors holds what rules refuse to what it is called.
func TestRuleErrors(t *testing.T) {
	rule := rules.ScaleUint8
	out, a, b := array(t, make([]float32, 6), 2, 3), array(t, make([]uint8, 6), 2, 3), array(t, make([]float32, 2), 2)
	samples := array(t, make([]uint8, 6), 2, 3)
	fixed := orPanic(b.BroadcastTo(3, 2))
	mask, masked := array(t, make([]bool, 6), 2, 3), runtime.NewRule[float32, float32, bool](&kernel.Masked4) // copies
	var none runtime.Rule[float32, uint8, float32]
	planned := func(_ *runtime.Plan[float32], err error) error { return err }
	fresh := func(_ runtime.Array[float32], err error) error { return err }
	for _, c := range []struct {
		err  error
		is   error
		want string
	}{
		{rule.MulSlice(make([]float32, 2), make([]uint8, 2), nil), nil, "MulSlice: b has 0 elements, dst has 2"},
		{rule.ScaleSlice(nil, make([]uint8, 1), 2), nil, "ScaleSlice: a has 1 element, dst has 0"},
		{fresh(rule.Multiply(a, b)), nil, "Multiply: shapes (2,3) (2,) do not broadcast: axis -1 has sizes 3 and 2"},
		{rule.MultiplyTo(out, a, b), nil, "MultiplyTo: operand b does not fit out: "},
		{rule.MultiplyTo(fixed, orPanic(a.Reshape(3, 2)), b), runtime.ErrReadOnly, "MultiplyTo: out, shape (3,2): "},
		{rule.MultiplyTo(out, runtime.Array[uint8]{}, b), runtime.ErrNoArray, "MultiplyTo: operand a: "},
		{planned(rule.NewPlan(out, a, b)), nil, "NewPlan: operand b does not fit out: "},
		{runtime.ProductBy(rules.GainUint8, samples, a, out, b), nil, "ProductBy: operand 2 does not fit out: "},
		{runtime.ProductBy(rules.GainUint8, samples, runtime.Array[uint8]{}, out), runtime.ErrNoArray, "ProductBy: operand 0: "},
		{none.MulSlice(nil, nil, nil), runtime.ErrNoRule, "MulSlice: the zero Rule"},
		{none.ScaleSlice(nil, nil, 1), runtime.ErrNoRule, "ScaleSlice: the zero Rule"},
		{none.MultiplyTo(out, a, b), runtime.ErrNoRule, "MultiplyTo: the zero Rule"},
		{fresh(none.Multiply(a, b)), runtime.ErrNoRule, "Multiply: the zero Rule"},
		{planned(none.NewPlan(out, a, b)), runtime.ErrNoRule, "NewPlan: the zero Rule"},
		{none.RunOn(nil, out, a, b), runtime.ErrNoRule, "RunOn: the zero Rule"},
		{masked.MulSlice(nil, nil, nil), runtime.ErrElement, "MulSlice: rule mask32"},
		{masked.MultiplyTo(out, out, mask), runtime.ErrElement, "MultiplyTo: rule mask32"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), c.want) || c.is != nil && !errors.Is(c.err, c.is) {
			t.Errorf("got %v, want %q", c.err, c.want)
		}
	}
	if err := errors.Join(rule.MulSlice(nil, nil, nil), rule.ScaleSlice(nil, nil, 1)); err != nil {
		t.Error("no elements:", err)
	}
}

// TestRuleKernels holds the names of kernels to the rule, the pattern and a level.
func TestRuleKernels(t *testing.T) {
	active, err := runtime.ActiveLevel()
	if err != nil {
		t.Fatal(err)
	}
	rule := rules.ConjugateComplex64
	for p := kernel.Pattern(0); p <= kernel.NumPatterns; p++ {
		id, err := rule.KernelID(p)
		switch name, level := rule.Name()+"-", id[strings.LastIndexByte(id, '-')+1:]; {
		case err != nil && (id != "" || !errors.Is(err, runtime.ErrRange)),
			p == kernel.NumPatterns && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("pattern %d", p))):
			t.Errorf("%v: %q, %v", p, id, err)
		case err == nil && (!strings.HasPrefix(id, name) || level != "purego" && (active == runtime.PureGo || level > active.String())):
			t.Errorf("%v: %s at level %v", p, id, active)
		}
	}
	for _, p := range []kernel.Pattern{kernel.VV, kernel.VC, kernel.CV, kernel.II} {
		if _, err := rule.KernelID(p); err != nil {
			t.Error(err)
		}
	}
}
