// Package kerneltest tests kernels: all of a package's, at every level of the machine, each at
// every length up to two tiles at alignments of each kind, in place, in nests of any step, on
// special values, and against pages that may not be touched. The tests of a package of kernels
// are a call of it:
//
//	package rules_test
//
//	func TestKernels(t *testing.T) {
//		kerneltest.Run(t, kerneltest.Package{Kernels: rules.Kernels(), Rules: rules.Rules()})
//	}
//
//	func BenchmarkRules(b *testing.B) {
//		kerneltest.Bench(b, kerneltest.Package{Kernels: rules.Kernels(), Rules: rules.Rules()})
//	}
//
// What a kernel should give is the rule's expression, by its portable kernel of any strides, one
// element at a time. That proves loops and assembly, not the expression: a product of
// [Package.Products], computed in another way, proves both.
//
// With HADAMARD_EXHAUSTIVE set in the environment, the tests try every alignment of every length,
// and every 16-bit value with each special one, which takes minutes for many kernels.
package kerneltest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/internal/guard"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Package is what is tested: the kernels of one package or of several, and what they should give.
type Package struct {
	Kernels []kernel.Info  // all of them, as the package lists them
	Rules   []*kernel.Rule // those that the kernels are of

	// Under, by the name of a rule, are its kernels under a mask. Rules that share code share them.
	Under map[string]*kernel.Set

	// Products, by the name of a rule, are the rules in another way than their expressions say
	// it. The expression stands in for one that is missing.
	Products map[string]Product

	// Stored is, by its name, how a dtype is stored that the package declares over a float or a
	// bool: by the dtype "float32" and so on. Others are integers of their size.
	Stored map[string]string

	// Goal, if it is not nil, says how many times as long as [Bench]'s product a kernel is to take at the
	// most for the bytes that it moves, or 0.
	Goal func(kernel.Info) float64

	Emulation Emulation
}

// Product computes an element of a rule's result from one of each operand, all as their bytes in
// memory. a and b must not change; dst may be a.
type Product func(dst, a, b []byte)

// Run tests the package in the sub-tests Table, Lengths, InPlace, Nests, Values, Ways and Guard, of
// which all but Table and Ways have one for each kernel, by its ID; Ways has one for each conversion
// that goes through others, by its name. Kernels of levels that the machine lacks are counted in the
// log and not run, and so are those that use features which it lacks.
func Run(t *testing.T, p Package) {
	t.Helper()
	r := newRun(p)
	t.Run("Table", func(t *testing.T) {
		r.announce(t)
		if err := r.table(); err != nil {
			t.Error(err)
		}
	})
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) { r.each(t, c.run) })
	}
	if p.Emulation.Record == "" {
		t.Run("Ways", r.ways)
	}
	t.Run("Guard", func(t *testing.T) {
		if !guard.Real {
			t.Log("this system has no pages that may not be touched: kernels only run at the ends of a buffer")
		}
		r.pages, r.masks = guard.Pages(t, guardedBytes()), guard.Pages(t, guardedBytes())[0]
		r.each(t, (*trial).guard)
	})
}

// A check tries a kernel, and returns how it is wrong.
type check struct {
	name string
	run  func(*trial) error
}

// checks are those that need nothing but the kernel.
var checks = []check{
	{"Lengths", (*trial).lengths},
	{"InPlace", (*trial).inPlace},
	{"Nests", (*trial).nests},
	{"Values", (*trial).values},
}

// A run is the state of a call of Run. Kernels are tried one after the other, on the same memory:
// without a collector, that of them all would not fit into an emulated machine.
type run struct {
	Package
	levels     []kernel.Level // of this machine
	features   kernel.Feature // beyond them
	exhaustive bool
	rules      map[string]*kernel.Rule
	lost       int               // rules that are nil
	recorded   map[string][]byte // digests by sub-test
	called     kernel.MaskedNest // what a kernel gets
	arenas     arenas
	oracle     *oracle
	pages      [3][]byte // with guards around
	masks      []byte    // as well, for those beside operands
}

func newRun(p Package) *run {
	m := machine.This()
	r := &run{Package: p, levels: m.Supported(), features: m.Features, exhaustive: os.Getenv("HADAMARD_EXHAUSTIVE") != "", rules: map[string]*kernel.Rule{}}
	r.Rules = slices.DeleteFunc(slices.Clone(p.Rules), func(rule *kernel.Rule) bool { return rule == nil })
	r.lost = len(p.Rules) - len(r.Rules)
	for _, rule := range r.Rules {
		r.rules[rule.Name] = rule
	}
	return r
}

// A target is what kernels are for: a level, and the feature beyond it that they use, if any.
type target struct {
	level   kernel.Level
	feature kernel.Feature
}

func (t target) String() string {
	if t.feature == 0 {
		return t.level.String()
	}
	return t.level.String() + "-" + t.feature.String()
}

// has tells whether this machine can execute what is for a target.
func (r *run) has(t target) bool {
	return slices.Contains(r.levels, t.level) && t.feature&^r.features == 0
}

// targets lists the levels, and those with features that there are kernels for.
func (r *run) targets() []target {
	var all []target
	for l := range kernel.Level(kernel.NumLevels) {
		all = append(all, target{l, 0})
	}
	for _, k := range r.Kernels {
		if t := (target{k.Level, k.Feature}); !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

// announce says how many kernels there are. What reads the output counts by these lines.
func (r *run) announce(t *testing.T) {
	t.Helper()
	for _, l := range r.targets() {
		switch n := r.count(l); {
		case r.has(l):
			t.Logf("hadamard-kernels level=%s count=%d", l, n)
		case n > 0:
			t.Logf("level %s: this machine lacks it, its %d kernels are skipped", l, n)
		}
	}
}

// count is the number of kernels for a target.
func (r *run) count(t target) (n int) {
	for _, k := range r.Kernels {
		if (target{k.Level, k.Feature}) == t {
			n++
		}
	}
	return n
}

// each runs a sub-test for every kernel that this machine can execute, and checks that they ran.
func (r *run) each(t *testing.T, check func(*trial) error) {
	t.Helper()
	ran := map[target]int{}
	for _, k := range r.Kernels {
		of := target{k.Level, k.Feature}
		if !r.has(of) && r.Emulation.Record == "" {
			continue
		}
		t.Run(k.ID, func(t *testing.T) {
			if err := r.try(k, t.Name(), check); err != nil {
				t.Error(err)
			}
			ran[of]++
		})
	}
	if filter := flag.Lookup("test.run").Value.String() + flag.Lookup("test.skip").Value.String(); strings.Contains(filter, "/") {
		return // some were not asked for
	}
	if err := r.missed(ran); err != nil {
		t.Error(err)
	}
}

// try checks a kernel in a sub-test.
func (r *run) try(k kernel.Info, name string, check func(*trial) error) error {
	tr, err := r.newTrial(k, name)
	if err != nil {
		return err
	}
	return errors.Join(check(tr), tr.finish())
}

// missed compares what ran with what there is.
func (r *run) missed(ran map[target]int) error {
	var errs []error
	for _, t := range r.targets() {
		if n := r.count(t); r.has(t) && ran[t] < n {
			errs = append(errs, fmt.Errorf("level %s: %d kernels were tested, and there are %d", t, ran[t], n))
		}
	}
	if ran[target{}] == 0 {
		errs = append(errs, errors.New("no portable kernel was tested"))
	}
	return errors.Join(errs...)
}
