package gen

import (
	"strings"
	"testing"
)

// TestNotices makes sure that what is said of long expressions is said of rules, patterns and levels, not of
// registers by name, and names what serves.
func TestNotices(t *testing.T) {
	products := func(n int) string { // each waits for the one before, and for its factor
		return strings.Repeat("(", n) + "x" + strings.Repeat(")*y + 7919", n)
	}
	var tree func(deep int) string // of products, which wait for each other
	tree = func(deep int) string {
		if deep == 0 {
			return "(x ^ y)"
		}
		return "(" + tree(deep-1) + " * (x + " + strings.Repeat("1", deep) + ") * (" + tree(deep-1) + " ^ " + strings.Repeat("2", deep) + "*y))"
	}
	r, err := render([]Package{mix(Rule{Name: "long", Out: "int32", Expr: products(24)}, Rule{Name: "wide", Out: "int16", Expr: tree(3)})})
	if err != nil {
		t.Fatal(err)
	}
	log := strings.Join(r.log, "\n")
	for _, want := range []string{
		"rule long at avx2: kernels of these patterns are slower than others, since its expression is long: vv, vc, cv",
		"rule long at avx2: these patterns have no kernels of their own, but are served, since its expression is long: vv1 by vv, vc1 by vc, cv1 by cv",
		"rule wide at avx2: these patterns have no kernels of their own, but are served, since its expression needs more registers than there are: vp96 by vv, vp128 by vv",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("there is no %q in\n%s", want, log)
		}
	}
	for _, word := range []string{"Y16", "VP", "instructions"} {
		if strings.Contains(log, word) {
			t.Errorf("there is %q in\n%s", word, log)
		}
	}
}
