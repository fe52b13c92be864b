package avo

import (
	"fmt"
	"testing"

	"github.com/hadamard-go/hadamard/gen/lower"
	"github.com/hadamard-go/hadamard/gen/spec"
)

// TestSparing makes sure that rules which take too many registers, or are too long, have kernels
// of the patterns that nothing more general stands in for, and that this is said.
func TestSparing(t *testing.T) {
	// Each doubling has twice as many terms, which a tree of products waits for.
	var tree func(deep, k int) string
	tree = func(deep, k int) string {
		if deep == 0 {
			return fmt.Sprintf("(x ^ (y + %d))", 77*k)
		}
		return "(" + tree(deep-1, 2*k) + " * " + tree(deep-1, 2*k+1) + ")"
	}
	long := "x"
	for i := range 24 {
		long = fmt.Sprintf("(%s)*y + %d", long, 7919*i+3)
	}
	for _, tt := range []struct {
		rule      spec.Rule
		registers bool
	}{
		{mixedRule("wide", "int16", "int16", "int16", tree(3, 1)), true},
		{mixedRule("wider", "int16", "int16", "int16", tree(4, 1)), true},
		{mixedRule("long", "int32", "int32", "int32", long), false},
	} {
		codes := map[string]map[string]*lower.Code{tt.rule.Name: derive(t, tt.rule)}
		for _, l := range []string{"avx2", "avx512"} {
			var kernels []spec.Kernel
			sparing := 0
			a := &Assembler{Codes: codes, Notice: func(n Notice) {
				if n.Became == Sparing && n.Registers == tt.registers {
					sparing++
				}
			}}
			for _, p := range []string{"vv", "vc", "cv", "ii"} {
				k := spec.Kernel{Rule: tt.rule, Pattern: patternNamed(t, p), Level: levelNamed(t, l)}
				if !a.Has(k) {
					t.Errorf("there is no %s", k.ID())
				}
				kernels = append(kernels, k)
			}
			if _, err := a.Render(kernels); err != nil {
				t.Error(err)
			}
			if l == "avx2" && sparing == 0 {
				t.Errorf("%s at %s: no kernel was told to be slower", tt.rule.Name, l)
			}
		}
	}
}

// TestFrugal makes sure that the order of instructions is one, of all that the result needs, and
// that a tree takes no more registers than its depth.
func TestFrugal(t *testing.T) {
	r := mixedRule("tree", "int32", "int32", "int32", "((x^1)*(y^2) ^ (x^3)*(y^4)) * ((x^5)*(y^6) ^ (x^7)*(y^8))")
	c := derive(t, r)["avx2"]
	list := frugal(c)
	if len(list) != len(c.List) {
		t.Fatalf("%d instructions of %d", len(list), len(c.List))
	}
	most := func(list []lower.Instruction) int {
		uses := c.Uses()
		live, most := map[lower.Value]bool{}, 0
		for _, i := range list {
			for _, a := range i.Args {
				if a >= 2 && !c.IsConst(a) && !live[a] {
					t.Fatalf("%v is used before it is computed", a)
				}
				if uses[a]--; uses[a] == 0 {
					delete(live, a)
				}
			}
			live[i.To] = true
			most = max(most, len(live))
		}
		return most
	}
	if n := most(list); n > 4 {
		t.Errorf("%d results wait at once", n)
	}
}
