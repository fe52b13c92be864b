package runtime_test

import (
	"flag"
	"maps"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/conversions"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
	"github.com/hadamard-go/hadamard/runtime/kernel/kerneltest"
)

// On an emulated machine the oracle is asked beforehand, on the real one:
//
//	k.test -record=FILE -test.run='^TestKernels$/^(Lengths|InPlace|Nests)$'
//	k.test -replay=FILE -test.run='^TestKernels$'
var (
	record = flag.String("record", "", "write the digests of the results that kernels should have to a `file`, and run no kernel")
	replay = flag.String("replay", "", "compare kernels with the digests in a `file`; the CPU is emulated")
)

// TestKernels tests all kernels of this module, so that one without a test cannot exist.
func TestKernels(t *testing.T) {
	known := maps.Clone(products) // a copy of this module may have fewer rules, see TestProducts
	maps.DeleteFunc(known, func(name string, _ kerneltest.Product) bool { return !isRule(name) })
	kerneltest.Run(t, kerneltest.Package{
		Kernels:   slices.Concat(kernel.Kernels(), generated.Kernels(), rules.Kernels(), conversions.Kernels()),
		Rules:     allRules(),
		Under:     under(),
		Products:  known,
		Emulation: kerneltest.Emulation{Record: *record, Replay: *replay, Products: emulated},
	})
}

// under returns the kernels under masks, by the names of rules.
func under() map[string]*kernel.Set {
	sets := map[string]*kernel.Set{}
	for _, d := range generated.DTypes() {
		sets[d.Name] = d.Under
	}
	return sets
}

func allRules() []*kernel.Rule {
	return slices.Concat(kernel.Moves(), kernel.Masked(), generated.Rules(), rules.Rules(), conversions.Rules())
}

func isRule(name string) bool {
	return slices.ContainsFunc(allRules(), func(r *kernel.Rule) bool { return r.Name == name })
}

// TestProducts checks that what the oracle knows are rules.
func TestProducts(t *testing.T) {
	for _, list := range []map[string]kerneltest.Product{products, emulated} {
		for name := range list {
			if !isRule(name) {
				t.Errorf("the oracle has %q, which is no rule", name)
			}
		}
	}
}

// TestDTypes checks that each dtype has the kernels of its product, that the levels of this
// machine have at least those of contiguous operands and of constants, and which rules have no
// oracle here.
func TestDTypes(t *testing.T) {
	named := map[string]*kernel.Rule{}
	for _, r := range slices.Concat(generated.Rules(), rules.Rules()) {
		named[r.Name] = r
		if products[r.Name] == nil {
			t.Logf("rule %s has no oracle here: its expression stands in", r.Name)
		}
	}
	for _, d := range generated.DTypes() {
		if r := named[d.Name]; r == nil || !r.Default || r.Kernels != d.Mul.Kernels {
			t.Errorf("%s: the dtype has other kernels than the rule", d.Name)
		}
	}
	for _, l := range runtime.Supported() {
		n := 0
		for _, k := range generated.Kernels() {
			if k.Level == l {
				n++
			}
		}
		if least := 2 * len(generated.DTypes()); n < least {
			t.Errorf("level %s has %d kernels, at least %d were expected", l, n, least)
		}
	}
}
