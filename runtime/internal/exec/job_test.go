package exec

import (
	"testing"

	"github.com/hadamard-go/hadamard/runtime/internal/layout"
)

func TestOneRun(t *testing.T) {
	packed := func(shape ...int) *layout.Layout {
		lay, err := layout.Packed(shape)
		if err != nil {
			t.Fatal(err)
		}
		return lay
	}
	transposed, _, err := packed(3, 3).Transpose("Transpose", nil)
	if err != nil {
		t.Fatal(err)
	}
	locked := *packed(3, 3)
	locked.ReadOnly = true
	for _, c := range []struct {
		name      string
		out, a, b *layout.Layout
		want      bool
	}{
		{"same shape", packed(3, 3), packed(3, 3), packed(3, 3), true},
		{"one element", packed(), packed(), packed(), true},
		{"read-only operands", packed(3, 3), &locked, &locked, true},
		{"read-only out", &locked, packed(3, 3), packed(3, 3), false},
		{"other extents", packed(3, 2), packed(2, 3), packed(3, 2), false},
		{"other extents of b", packed(3, 2), packed(3, 2), packed(2, 3), false},
		{"fewer axes", packed(3), packed(3), packed(), false},
		{"more axes", packed(3), packed(1, 3), packed(3), false},
		{"transposed out", transposed, packed(3, 3), packed(3, 3), false},
		{"transposed operand", packed(3, 3), packed(3, 3), transposed, false},
		{"four axes", packed(2, 3, 4, 5), packed(2, 3, 4, 5), packed(2, 3, 4, 5), true},
		{"too many axes", packed(1, 2, 3, 4, 5), packed(1, 2, 3, 4, 5), packed(1, 2, 3, 4, 5), false},
		{"no out", nil, packed(3), packed(3), false},
		{"no operand", packed(3), packed(3), nil, false},
	} {
		if got := OneRun(c.out, c.a) && OneRun(c.out, c.b); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
