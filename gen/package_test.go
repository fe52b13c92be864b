package gen

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// mix is a package such as somebody else has.
func mix(rules ...Rule) Package { return Package{Name: "mix", Dir: "mix", Rules: rules} }

var half = Rule{Name: "half", Out: "int16", Expr: "x >> 1 * y"}

func TestPackagesRefused(t *testing.T) {
	with := func(change func(*Package)) Package {
		p := mix(Rule{Name: "half", Out: "int16", Expr: "x"})
		change(&p)
		return p
	}
	own := func(d DType) Package { return with(func(p *Package) { p.DTypes = []DType{d} }) }
	for want, p := range map[string]Package{
		`package a b: it is called "a b": Name must be what programs call the package`:                                                                   with(func(p *Package) { p.Name = "a b" }),
		`package main: it is called "main"`:                                                                                                              with(func(p *Package) { p.Name = "main" }),
		"package mix: it has no Dir: name a folder":                                                                                                      with(func(p *Package) { p.Dir = "" }),
		"package mix: its Dir ../mix is not below that of -out":                                                                                          with(func(p *Package) { p.Dir = "../mix" }),
		"package mix: its Dir a/../../mix is not below":                                                                                                  with(func(p *Package) { p.Dir = "a/../../mix" }),
		"package mix: it has no Rules":                                                                                                                   mix(),
		"package mix: rule int16: that is the name of a dtype: package generated has its product":                                                        mix(Rule{Name: "int16", Expr: "x * y"}),
		"package mix: rule test_kernels: its value would be TestKernels, which is a function: give":                                                      mix(Rule{Name: "test_kernels", Out: "int16", Expr: "x"}),
		"package mix: rule rules: its value would be Rules, which is a function: give the rule another name":                                             mix(Rule{Name: "rules", Out: "int16", Expr: "x"}),
		"package mix: dtype sample: Type is Rules, which is a function of the package: give":                                                             own(DType{Name: "sample", Type: "Rules", Under: "int16"}),
		"package mix: dtype sample: Type is Kernels, which is a function of the package: give":                                                           own(DType{Name: "sample", Type: "Kernels", Under: "int16"}),
		`package mix: dtype sample: Path is "no good path"; it must be what a program imports`:                                                           own(DType{Name: "sample", Type: "Sample", Under: "int16", Path: "no good path"}),
		`package mix: dtype sample: Path is "a\"b"; it must be`:                                                                                          own(DType{Name: "sample", Type: "Sample", Under: "int16", Path: `a"b`}),
		`package mix: dtype sample: Path is "./abs"; it must be`:                                                                                         own(DType{Name: "sample", Type: "Sample", Under: "int16", Path: "./abs"}),
		`package mix: dtype sample: Path is "/abs"; it must be`:                                                                                          own(DType{Name: "sample", Type: "Sample", Under: "int16", Path: "/abs"}),
		`package mix: its Doc has a line that begins with //, which is no text but another comment or a directive: "//go:build ignore"`:                  with(func(p *Package) { p.Doc = "x\n\n//go:build ignore" }),
		`package mix: its Doc has a line that begins with +build`:                                                                                        with(func(p *Package) { p.Doc = "x\n\n+build ignore\n" }),
		`package mix: its Doc has a line that begins with /*`:                                                                                            with(func(p *Package) { p.Doc = "x\n /* y" }),
		`package mix: rule "Half": a name begins with a letter`:                                                                                          mix(Rule{Name: "Half", Out: "int16", Expr: "x"}),
		`package mix: rule "` + strings.Repeat("a", 80) + `": a name has 64 letters at most, since files and symbols are called by it, and this has 300`: mix(Rule{Name: strings.Repeat("a", 300), Out: "int16", Expr: "x"}),
		`package mix: a rule has no Name, that of Expr "x * y": give it one`:                                                                             mix(Rule{Out: "int16", Expr: "x * y"}),
		`package mix: dtype "a\nb": a name begins with a letter`:                                                                                         own(DType{Name: "a\nb", Type: "Sample", Under: "int16"}),
		`package mix: rule "a__b": a name begins with a letter`:                                                                                          mix(Rule{Name: "a__b", Out: "int16", Expr: "x"}),
		"package mix: rule half, column 5, x / y: integers are divided by constants":                                                                     mix(Rule{Name: "half", Out: "int16", Expr: "1 + x / y"}),
		"package mix: rule half: Out: there is no dtype int12, but bfloat16, bool, complex128":                                                           mix(Rule{Name: "half", Out: "int12", Expr: "x"}),
		"package mix: rule conjugate_complex64, column ":                                                                                                 mix(Rule{Name: "conjugate_complex64", Out: "complex64", Expr: "x"}),
		`package mix: dtype sample: Type is "sample" and Under "int16"; they must be`:                                                                    own(DType{Name: "sample", Type: "sample", Under: "int16"}),
		`package mix: dtype sample: Type is "Sample" and Under ""; they must be`:                                                                         own(DType{Name: "sample", Type: "Sample"}),
		`package mix: dtype sample: no element is stored as "int12" in 0 bytes; bool, complex128`:                                                        own(DType{Name: "sample", Type: "Sample", Under: "int12"}),
		"package mix: dtype sample (UNorm8): the name or the type stands in two rows":                                                                    own(DType{Name: "sample", Type: "UNorm8", Under: "uint8"}),
		"package mix: rule half: its value would be Half, which is the type of dtype sample: give the rule another":                                      own(DType{Name: "sample", Type: "Half", Under: "int16"}),
		"package mix: rule half: that is the name of a dtype: give the rule a name of its own, as mul_half":                                              own(DType{Name: "half", Type: "Fraction", Under: "int16"}),
		"package mix: rule a, column 1: invalid operation: operator && not defined on x (variable of type int16)\nrule b, column 1: undefined: z":        mix(half, Rule{Name: "a", Out: "int16", Expr: "x && y"}, Rule{Name: "b", Out: "int16", Expr: "z"}),
	} {
		r, err := render([]Package{p})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
		if r != nil {
			t.Errorf("%q: it was written", want)
		}
	}
}

func TestPackagesInOneFolder(t *testing.T) {
	other := mix(half)
	other.Name, other.Dir = "other", "./mix/"
	if _, err := render([]Package{mix(half), other}); err == nil || err.Error() != "package other: its Dir ./mix/ is that of package mix, too" {
		t.Errorf("got %v", err)
	}
}

// A package of rules of somebody's types, with names that mean something else here.
func TestPackage(t *testing.T) {
	p := mix(half,
		Rule{Name: "fade", Out: "sample", B: "level", Expr: "Sample(int32(x) * int32(y) >> 8)"},
		Rule{Name: "narrow", Out: "unorm8", A: "unorm16", Expr: "min(x.UNorm8(), UNorm8(y))", Portable: true},
		Rule{Name: "real_complex64", Out: "float16", Expr: "NewFloat16(-x.Float32())"})
	p.DTypes = []DType{
		{Name: "sample", Type: "Sample", Under: "int16"},
		{Name: "level", Type: "Level", Under: "uint8", Path: "example.com/desk"},
		{Name: "volume", Type: "Volume", Under: "float32", Path: "example.com/desk"},
	}
	r, err := render([]Package{p})
	if err != nil {
		t.Fatal(err)
	}
	files := r.packages[0].files
	for name, wants := range map[string][]string{
		"rules.go": {
			"\n// Package mix has rules of multiplying, each a value, with their kernels.\npackage mix\n", "\nconst _ = kernel.Version1\n", "\n// Fade makes sample of sample x and level y:\n//\n//\tSample(int32(x) * int32(y) >> 8)\n",
			"\nvar Fade = runtime.NewRule[Sample, Sample, desk.Level](&mulFade)\n", "\nfunc Rules() []*kernel.Rule {\n",
			`Operand{DType: "level", Size: 1, Move: &kernel.Copy1}`,
		},
		"scalar.go":                     {"func ruleFade(x Sample, y desk.Level) Sample {\n\treturn Sample(int32(x) * int32(y) >> 8)\n}\n", "kernel.NewFloat16(-x.Float32())", "min(x.UNorm8(), kernel.UNorm8(y))"},
		"dtypes.go":                     {"\ntype Sample int16\n"},
		"sets_amd64.go":                 {"\nfunc Kernels() []kernel.Info {\n"},
		"sets_generic.go":               {"//go:build !amd64 || purego\n"},
		"fade_avx2_amd64.s":             {"TEXT ·fade_vv_avx2(SB)"},
		"real_complex64_avx512_amd64.s": {"VCVTPH2PS"}, // not the body by hand of that name
		"kernels_test.go":               {"kerneltest.Run(t, tested())", `Stored:  map[string]string{"volume": "float32"},`},
		"half_purego.go":                {},
	} {
		for _, want := range wants {
			if !strings.Contains(string(files[name]), want) {
				t.Errorf("%s has no %q:\n%s", name, want, files[name])
			}
		}
		if files[name] == nil {
			t.Errorf("there is no %s, but %v", name, slices.Sorted(maps.Keys(files)))
		}
	}
	for name, text := range files {
		for _, internal := range []string{"hadamard/generated", "hadamard/internal", "runtime/internal"} {
			if strings.Contains(string(text), internal) {
				t.Errorf("%s names %s", name, internal)
			}
		}
	}
}
