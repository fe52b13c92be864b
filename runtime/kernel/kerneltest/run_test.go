package kerneltest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Tables that are wrong in one way each.
func TestWrongTables(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(p *Package)
		want  string // "" where the table is right
	}{
		{"as they should be", func(*Package) {}, ""},
		{"nothing", func(p *Package) { *p = Package{} }, "there is nothing to test: 0 kernels of 0 rules"},
		{"no kernels", func(p *Package) { p.Kernels = nil }, "there is nothing to test: 0 kernels of 3 rules"},
		{"twice", func(p *Package) { p.Kernels = append(p.Kernels, p.Kernels[0]) }, "sum-ii-purego is listed twice"},
		{"not listed", func(p *Package) { p.Kernels = p.Kernels[1:] }, "sum: entry sum-ii-purego at purego is not in the list of kernels"},
		{"shared and not listed", func(p *Package) { p.Kernels = p.Kernels[:len(p.Kernels)-1] }, "sum_too: entry sum-vc-purego at purego is not in the list of kernels"},
		{"of no rule", func(p *Package) { p.Rules = p.Rules[1:] }, "sum-ii-purego is of rule sum, which is not of the package"},
		{"in no set", func(p *Package) { p.Kernels = append(p.Kernels, sum.info(kernel.VR, loop(plus))) }, "sum-vr-purego is in no set"},
		{"no kernel of a pattern", func(p *Package) { p.Rules[1].Kernels[kernel.PureGo][kernel.CV].Func = nil }, "apart: pattern cv has no kernel at purego"},
		{"wrong size", func(p *Package) { p.Kernels[3].BSize = 1 }, "apart: entry apart-ii-purego at purego has the wrong kernel"},
		{"wrong pattern", func(p *Package) {
			p.Rules[0].Kernels[kernel.AVX2][kernel.VV] = p.Rules[0].Kernels[kernel.PureGo][kernel.VC]
		}, "sum: entry sum-vc-purego at avx2 has the wrong kernel"},
		{"wrong rule", func(p *Package) { p.Kernels[0].Rule = "apart" }, "sum: entry sum-ii-purego at purego has the wrong kernel"},
		{"too high a level", func(p *Package) {
			p.Kernels[0].Level, p.Kernels[0].ID, p.Kernels[0].Code = kernel.AVX2, "sum-ii-avx2", "sum-ii-avx2"
			p.Kernels[6].ID = "sum_too-ii-avx2"
			p.Rules[0].Kernels[kernel.PureGo][kernel.II].Level = kernel.AVX2
		}, "sum: entry sum-ii-avx2 at purego has the wrong kernel"},
		{"wrong half", func(p *Package) {
			p.Rules[0].Kernels[kernel.AVX512][kernel.VV].Halves = (128>>1 | 2) << kernel.Beyond
		}, "sum: entry sum-vv-purego at avx512 has no half"},
		{"another kernel's half", func(p *Package) {
			k := p.Kernels[1]
			k.ID, k.Code, k.Level = "sum-vv-avx512", "sum-vv-avx512", kernel.AVX512
			p.Kernels = append(p.Kernels, k)
			p.Rules[0].Kernels[kernel.AVX512][kernel.VV] = kernel.Entry{Func: k.Func, Pattern: kernel.VV, Level: kernel.AVX512, Halves: (128>>1 | 2) << kernel.Split}
			p.Rules[0].Kernels[kernel.AVX2][kernel.VV] = p.Rules[0].Kernels[kernel.PureGo][kernel.VC]
		}, "sum: entry sum-vv-avx512 at avx512 has no half"},
		{"a feature", override, ""},
		{"a feature that is not listed", func(p *Package) { override(p); p.Kernels = p.Kernels[:len(p.Kernels)-1] }, "sum: entry sum-vv-avx512-fp16 at avx512-fp16 is not in the list of kernels"},
		{"a feature that no entry tells", func(p *Package) {
			override(p)
			p.Rules[0].Kernels[kernel.AVX512][kernel.VV].Override = 0
		}, `sum: pattern vv at avx512 is overridden by "fp16", and by "" in its entry`},
		{"a feature without an override", func(p *Package) {
			override(p)
			p.Rules[0].Kernels[kernel.AVX512][kernel.VV] = p.Rules[0].Override.Kernels[kernel.VV]
		}, "sum: entry sum-vv-avx512-fp16 at avx512 has the wrong kernel"},
		{"another function", func(p *Package) { p.Rules[0].Kernels[kernel.AVX2][kernel.VV].Func = func(*kernel.Nest) {} }, "sum: entry sum-vv-purego at avx2 has the wrong kernel"},
		{"a rule that is nil", func(p *Package) { p.Rules = append(p.Rules, nil) }, "1 of the rules are nil"},
		{"a rule twice", func(p *Package) { p.Rules = append(p.Rules, p.Rules[0]) }, "rule sum is listed twice"},
		{"a rule without kernels", func(p *Package) { p.Rules[1].Kernels = nil }, "apart has no kernels"},
		{"a kernel that is nil", func(p *Package) { p.Kernels[0].Func = nil }, "sum-ii-purego has no Func"},
		{"no such pattern", func(p *Package) { p.Kernels[0].Pattern = 200 }, "sum-ii-purego is of pattern 200 at level 0, which there are not"},
		{"no such pattern in a set", func(p *Package) { p.Rules[0].Kernels[kernel.PureGo][kernel.VV].Pattern = 200 }, "sum: the entry of pattern vv at purego has pattern 200"},
		{"out of another size", func(p *Package) { p.Kernels[0].OutSize = 2 }, "sum-ii-purego: out, a and b have elements of [2 1 1] bytes, and those of rule sum [1 1 1]"},
		{"elements of no size", func(p *Package) { p.Rules[0].A.Size = 0; p.Kernels[0].ASize = 0 }, "sum-ii-purego: no element has 0 bytes"},
		{"moved by another size", func(p *Package) { p.Rules[1].B.Move = kernel.Moves()[4] }, "apart: elements of int16 have 2 bytes, and are moved by move128"},
		{"operands that must not change places", func(p *Package) { p.Rules[1].Commutes = true }, "apart: x is of uint8 and y of int16, so that they can not change places"},
		{"operands that change what comes", func(p *Package) { *p = packageOf(less) }, "less: of "},
		{"a product of no rule", func(p *Package) {
			p.Products = map[string]Product{"sums": func(dst, a, b []byte) {}}
		}, `"sums" is in Products`},
		{"a product that is nil", func(p *Package) { p.Products = map[string]Product{"sum": nil} }, `"sum" is in Products`},
		{"a dtype that is not there", func(p *Package) { p.Stored = stored }, `"sample" is in Stored, as "float32"`},
		{"stored as nothing", func(p *Package) { p.Stored = map[string]string{"int16": "half"} }, `"int16" is in Stored, as "half"`},
		{"another name", func(p *Package) { p.Kernels[0].Level = kernel.AVX2 }, "sum-ii-purego is of pattern ii at avx2"},
		{"wrong code", func(p *Package) { p.Kernels[6].Code = "sum-vc-purego" }, "sum_too-ii-purego has the wrong code"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := shared(packageOf(sum, apart))
			c.spoil(&p)
			err := newRun(p).table()
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			for _, k := range p.Kernels { // whatever is wrong, what finds it is an error
				newRun(p).try(k, t.Name(), (*trial).nests) //nolint:errcheck // most kernels are right
			}
		})
	}
}

// less says that it commutes, and does not.
var less = tiny{"less", "x - y", uint8s, uint8s, uint8s, true, func(dst, a, b unsafe.Pointer) { *(*uint8)(dst) = *(*uint8)(a) - *(*uint8)(b) }}

// override gives the rule of the first kernels one for a feature.
func override(p *Package) {
	k := p.Kernels[1]
	k.ID, k.Code, k.Level, k.Feature = "sum-vv-avx512-fp16", "sum-vv-avx512-fp16", kernel.AVX512, kernel.FP16
	p.Kernels = append(p.Kernels, k)
	o := &kernel.Override{Level: kernel.AVX512, Feature: kernel.FP16, Kernels: p.Rules[0].Kernels[kernel.AVX512]}
	o.Kernels[kernel.VV] = kernel.Entry{Func: k.Func, Pattern: kernel.VV, Level: kernel.AVX512, Feature: kernel.FP16}
	p.Rules[0].Override = o
	p.Rules[0].Kernels[kernel.AVX512][kernel.VV].Override = kernel.FP16
}

// Kernels of features that a machine lacks do not count as missed, others do.
func TestMissedFeatures(t *testing.T) {
	p := packageOf(sum)
	override(&p)
	r := newRun(p)
	r.levels = []kernel.Level{kernel.PureGo, kernel.AVX512}
	ran := map[target]int{{}: r.count(target{})}
	for has, want := range map[kernel.Feature]string{0: "", kernel.FP16: "level avx512-fp16: 0 kernels were tested, and there are 1"} {
		r.features = has
		if err := r.missed(ran); (err != nil) != (want != "") || err != nil && err.Error() != want {
			t.Errorf("with %q: got %v, want %q", has, err, want)
		}
	}
}

// A run in which kernels were left out is none that passed.
func TestMissed(t *testing.T) {
	r := newRun(packageOf(sum))
	r.levels = []kernel.Level{kernel.PureGo}
	for n, want := range map[int]string{0: "no portable kernel was tested", 2: "level purego: 2 kernels were tested, and there are 3", 3: ""} {
		err := r.missed(map[target]int{{}: n})
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d kernels ran: got %v, want %q", n, err, want)
		}
	}
	k := r.Kernels[0]
	if k.Rule = "none"; r.try(k, t.Name(), (*trial).nests) == nil {
		t.Error("a kernel of no rule passes")
	}
}

// Digests that were recorded without a kernel find what the oracle finds.
func TestReplay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "digests")
	away := func(dst, a, b []byte) { dst[0] = a[0] + b[0] + 1 } // as the emulator has it
	kernels := map[string]kernel.Func{
		"right": loop(plus),
		"emulated": loop(func(dst, a, b unsafe.Pointer) {
			plus(dst, a, b)
			*(*uint8)(dst)++
		}),
		"wrong": loop(func(dst, a, b unsafe.Pointer) {
			plus(dst, a, b)
			*(*uint8)(dst)--
		}),
	}
	replay := func(name, test string, e Emulation) error {
		p := packageOf(sum)
		p.Emulation = e
		return newRun(p).try(sum.info(kernel.VV, kernels[name]), test, (*trial).nests)
	}
	unused := func(*kernel.Nest) { t.Error("a kernel runs while digests are recorded") }
	p := packageOf(sum)
	p.Emulation.Record = file
	for _, test := range []string{"A", "B"} {
		if err := newRun(p).try(sum.info(kernel.VV, unused), test, (*trial).nests); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), "\n") != 2 {
		t.Fatalf("%v: %s", err, text)
	}
	long, short := file+"-long", file+"-short"
	a, _, _ := strings.Cut(string(text), "\n")
	for name, line := range map[string]string{long: a + "00000000", short: a[:len(a)-8]} {
		if err := os.WriteFile(name, []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	products := map[string]Product{"sum": away}
	for _, c := range []struct {
		name, test string
		e          Emulation
		want       string
	}{
		{"right", "A", Emulation{Replay: file}, ""},
		{"right", "B", Emulation{Replay: file, Products: products}, ""},
		{"wrong", "B", Emulation{Replay: file, Products: products}, "element 0 after the first of out is"},
		{"emulated", "A", Emulation{Replay: file, Products: products}, ""},
		{"emulated", "A", Emulation{Replay: file}, "element 0 after the first of out is"},
		{"right", "C", Emulation{Replay: file}, "has no digests of C"},
		{"right", "A", Emulation{Replay: long}, "has 1 digests of A more than were asked for"},
		{"right", "A", Emulation{Replay: short}, "has too few digests of A"},
		{"right", "A", Emulation{Replay: file + "-none"}, "digests-none"},
	} {
		err := replay(c.name, c.test, c.e)
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s of %+v: got %v, want %q", c.name, c.test, c.e, err, c.want)
		}
	}
}
