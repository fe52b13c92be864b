package avo

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/lower"
	"github.com/hadamard-go/hadamard/gen/spec"
)

// mixedRules are rules of operands that differ in size: each way that sizes can differ in,
// whatever rules the table has. Some have bodies written by hand, the others derived ones.
var mixedRules = []struct {
	rule spec.Rule
	body *body
}{
	// Shorter than out, on the left: vectors of 4 or 8 bytes.
	{mixedRule("bytes_floats", "float32", "uint8", "float32", "float32(x) * y"), converted(4, true, bytesToFloats, products, nil)},
	// Both shorter than out.
	{mixedRule("long_words", "int32", "int16", "int16", "int32(x) * int32(y)"), words},
	// Out shorter than an operand: vectors of 8 bytes are stored.
	{mixedRule("floats_bytes", "uint8", "float32", "uint8", "RoundUint8(x * float32(y))"), converted(4, false, bytesToFloats, products, toBytes)},
	// Eight times shorter: vectors of 2 or 4 bytes.
	{mixedRule("bytes_doubles", "float64", "uint8", "float64", "float64(x) * y"), converted(8, true, func(e *emitter, n int, x operand.Op, r reg.VecVirtual) {
		half := e.vec(max(16, 4*n))
		e.VPMOVZXBD(x, half)
		e.VCVTDQ2PD(half, r)
	}, func(e *emitter, x operand.Op, y, r reg.VecVirtual) { e.VMULPD(x, y, r) }, nil)},
	// Elements of 16 bytes, which no address scales.
	{mixedRule("complex_doubles", "complex128", "complex128", "float64", "complex(real(x)*y, imag(x)*y)"), converted(16, false, twice,
		func(e *emitter, x operand.Op, y, r reg.VecVirtual) { e.VMULPD(x, y, r) }, nil)},

	{rule: mixedRule("derived_bytes_floats", "float32", "uint8", "float32", "float32(x) * y")},
	{rule: mixedRule("derived_floats_bytes", "uint8", "float32", "uint8", "RoundUint8(x * float32(y))")},
	{rule: mixedRule("derived_words_floats", "int16", "int16", "float32", "RoundInt16(float32(x) * y)")},
	{rule: mixedRule("derived_long_bytes", "int16", "int8", "int8", "int16(x) * int16(y)")},
	{rule: mixedRule("derived_long_ints", "uint64", "uint32", "uint32", "uint64(x) * uint64(y)")},
	{rule: mixedRule("derived_floats_doubles", "float64", "float32", "float64", "float64(x) * y")},
	{rule: mixedRule("derived_short", "int8", "int32", "int16", "int8(x) - int8(y>>3)")},
	// Vectors of 8 bytes, of which a register holds more, and what is narrowed as it is loaded.
	{rule: mixedRule("derived_bytes_longs", "uint8", "uint64", "uint8", "uint8(x>>56) * y")},
	{rule: mixedRule("derived_bytes_doubles", "uint8", "uint8", "float64", "RoundUint8(float32(x) * float32(y))")},
	// Of one size: divisions, and conversions that avx2 has no instruction for.
	{rule: mixedRule("derived_quotients", "int32", "int16", "int32", "int32(x) / 7 - y")},
	{rule: mixedRule("derived_remainders", "uint16", "uint16", "uint8", "x % 10 * uint16(y)")},
	{rule: mixedRule("derived_halved", "int8", "int8", "int8", "x / 16 * y")},
	{rule: mixedRule("derived_ratios", "float32", "uint32", "float32", "float32(x) / y")},
	{rule: mixedRule("derived_long_ratios", "float64", "uint64", "float64", "float64(x) / y")},
	{rule: mixedRule("derived_unsigned_doubles", "float64", "uint32", "float64", "float64(x) * y")},
	// Of y alone, by the bounds of x, and of a product that wraps before it is widened.
	{rule: mixedRule("derived_of_nothing", "int16", "uint8", "uint8", "RoundInt16(float32(int32(x)>>8) * float32(y))")},
	{rule: mixedRule("derived_least", "float64", "uint8", "uint8", "float64(min(x, 0)) + float64(y)")},
	{rule: mixedRule("derived_wrapped", "int32", "int16", "int16", "int32(x * y)")},
	{rule: mixedRule("derived_bytes_words", "uint8", "uint16", "uint8", "uint8(x) * y")},
}

func mixedRule(name, out, a, b, expr string) spec.Rule {
	return spec.Rule{Name: name, Out: spec.Predeclared(out), A: spec.Predeclared(a), B: spec.Predeclared(b), Expr: expr, Code: name}
}

// mixedDeclarations are what their expressions may name.
const mixedDeclarations = "package rules\nfunc RoundUint8(x float32) uint8\nfunc RoundInt16(x float32) int16\n"

func bytesToFloats(e *emitter, _ int, x operand.Op, r reg.VecVirtual) {
	e.VPMOVZXBD(x, r)
	e.VCVTDQ2PS(r, r)
}

func products(e *emitter, x operand.Op, y, r reg.VecVirtual) { e.VMULPS(x, y, r) }

// converted is a body that converts one operand, a or b, to vectors of so many bytes an
// element, multiplies, and converts the product if there is a way.
func converted(size int, a bool, convert func(e *emitter, n int, x operand.Op, r reg.VecVirtual),
	multiply func(e *emitter, x operand.Op, y, r reg.VecVirtual), finish func(e *emitter, n int, r reg.VecVirtual) reg.VecVirtual,
) *body {
	return &body{1, func(e *emitter) product {
		wide := func(n int, x operand.Op) operand.Op {
			r := e.vec(max(16, size*n))
			convert(e, n, x, r)
			return r
		}
		factor := a == e.swapped // is converted
		return product{
			prepare: func(n int, b operand.Op) prepared {
				if factor {
					b = wide(n, b)
				}
				return prepared{b}
			},
			multiply: func(n int, x operand.Op, b prepared) reg.VecVirtual {
				if !factor {
					x = wide(n, x)
				}
				w := max(16, size*n)
				r := e.vec(w)
				multiply(e, as(w, b[0]), e.inRegister(w, x), r)
				if finish != nil {
					return finish(e, n, r)
				}
				return r
			},
		}
	}, nil}
}

// words multiplies 16 bits by 16, of which 32 come.
var words = &body{1, func(e *emitter) product {
	wide := func(n int, x operand.Op) reg.VecVirtual {
		r := e.vec(max(16, 4*n))
		e.VPMOVSXWD(x, r)
		return r
	}
	return product{
		slow:    true, // so that ends are put together
		prepare: func(n int, b operand.Op) prepared { return prepared{wide(n, b)} },
		multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			r := wide(n, a)
			e.VPMULLD(as(max(16, 4*n), b[0]), r, r)
			return r
		},
	}
}, nil}

// toBytes rounds n floats, to nearest even, and clamps them to bytes.
func toBytes(e *emitter, n int, r reg.VecVirtual) reg.VecVirtual {
	e.VCVTPS2DQ(r, r)
	x := narrow(r, 16)
	if n > 8 {
		zero := e.ZMM()
		e.VPXORD(zero, zero, zero)
		e.VPMAXSD(zero, r, r)
		e.VPMOVUSDB(r, x)
		return x
	}
	high := x
	if n > 4 {
		high = e.XMM()
		e.VEXTRACTI128(operand.U8(1), r, high)
	}
	e.VPACKSSDW(high, x, x)
	e.VPACKUSWB(x, x, x)
	return x
}

// twice repeats each of n doubles, for the parts of a complex number.
func twice(e *emitter, n int, x operand.Op, r reg.VecVirtual) {
	switch n {
	case 1:
		e.VMOVDDUP(x, r)
	case 2:
		e.VPERMQ(operand.U8(0x50), narrow(e.inRegister(16, x), 32), r)
	default:
		index := e.ZMM()
		e.VMOVUPS(e.constantData(numbers(8, 8, func(i int) int { return i / 2 })), index)
		e.VPERMPD(narrow(e.inRegister(32, x), 64), index, r)
	}
}

// mixedPatterns are those that kernels of such rules have.
var mixedPatterns = []string{"vv", "vc", "cv", "vv1", "vc1", "cv1", "vvn", "vcn", "cvn", "vc3", "cv3", "vp96", "vp128", "pv96", "pv128", "ii"}

// TestMixed runs the kernels of rules whose operands differ in size, see testdata/mixed, also
// as they are where they would take too many registers and, with HADAMARD_EXHAUSTIVE, where they
// would be too long, and at every alignment.
func TestMixed(t *testing.T) {
	for turn := unroll; turn > 0; turn /= 2 {
		if turn < unroll && os.Getenv("HADAMARD_EXHAUSTIVE") == "" {
			break
		}
		t.Run(fmt.Sprint(turn, " vectors"), func(t *testing.T) { testMixed(t, turn, false) })
	}
	t.Run("sparing", func(t *testing.T) { testMixed(t, 1, true) })
}

func testMixed(t *testing.T, turn int, sparing bool) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/mixed/main.go")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("main.go", string(text))
	write("go.mod", "module mixed\n\ngo 1.25.0\n")
	write("go.work", fmt.Sprintf("go 1.25.0\n\nuse (\n\t.\n\t%q\n)\n", root))

	var stubs, table, rules strings.Builder
	expected := map[string]int{}
	for _, m := range mixedRules {
		r := m.rule
		fmt.Fprintf(&rules, "\t%q: func(out, a, b []byte) {\n\t\tx, y := *(*%s)(unsafe.Pointer(&a[0])), *(*%s)(unsafe.Pointer(&b[0]))\n\t\t_, _ = x, y\n"+
			"\t\t*(*%s)(unsafe.Pointer(&out[0])) = %s\n\t},\n", r.Name, r.A.Type, r.B.Type, r.Out.Type, r.Expr)
		a := &Assembler{Notice: func(n Notice) { t.Error(n) }, unroll: turn, sparing: sparing}
		if m.body != nil {
			withBody(t, r.Name, m.body)
		} else {
			a.Codes = map[string]map[string]*lower.Code{r.Name: derive(t, r)}
		}
		var kernels []spec.Kernel
		for _, l := range spec.Levels {
			for _, name := range mixedPatterns {
				k := spec.Kernel{Rule: r, Pattern: patternNamed(t, name), Level: l}
				if !a.Has(k) {
					continue
				}
				kernels = append(kernels, k)
				expected[l.Name]++
				mixedStub(&stubs, &table, k)
			}
		}
		asm, err := a.Render(kernels)
		if err != nil {
			t.Fatal(err)
		}
		write(r.Name+"_amd64.s", string(asm))
	}
	// At avx512 short rows are left to avx2. Any strides pay there no more than they do, but are right.
	if n := len(mixedRules); expected["avx2"] != n*16 || expected["avx512"] != n*13 {
		t.Fatalf("there are kernels: %v", expected)
	}
	write("kernels.go", "package main\n\nimport (\n\t\"unsafe\"\n\n\t\"github.com/hadamard-go/hadamard/runtime/kernel\"\n)\n\n"+stubs.String()+"var kernels = []trial{\n"+table.String()+"}\n\nvar rules = map[string]func(out, a, b []byte){\n"+rules.String()+"}\n")

	if testing.Short() || runtime.GOARCH != "amd64" || runtime.GOOS != "linux" {
		t.Skip("kernels run without -short, and on Linux on amd64 alone; here they were compiled")
	}
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK="+filepath.Join(dir, "go.work"), "GOFLAGS=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	if !sparing { // the stubs are the same
		run("go", "vet", ".")
	}
	run("go", "build", "-o", "mixed", ".")
	args := []string{"./mixed"}
	if turn == unroll && os.Getenv("HADAMARD_EXHAUSTIVE") != "" {
		args = append(args, "every")
	}
	out := run(args...)
	t.Log(out)
	for level, n := range expected {
		if strings.Contains(out, level) && !strings.Contains(out, fmt.Sprintln(level, n)) {
			t.Errorf("%d kernels were expected at level %s, and these ran:\n%s", n, level, out)
		}
	}
}

// derive returns the vector code of a rule.
func derive(t *testing.T, r spec.Rule) map[string]*lower.Code {
	t.Helper()
	declared, err := lower.Declare(mixedDeclarations)
	if err != nil {
		t.Fatal(err)
	}
	e, err := declared.Parse(lower.Signature{Name: r.Name, Out: r.Out.Type, A: r.A.Type, B: r.B.Type, Expr: r.Expr})
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]*lower.Code{}
	for name := range levels {
		if codes[name], err = e.Lower(name); err != nil {
			t.Fatal(err)
		}
	}
	return codes
}

// mixedStub declares a kernel to Go and lists it.
func mixedStub(stubs, table *strings.Builder, k spec.Kernel) {
	p, sizes := k.Pattern, sizesOf(k)
	run := k.Symbol()
	if p.OneRow {
		fmt.Fprintf(stubs, "//go:noescape\nfunc %s(dst, a, b *byte, n int)\n\n", run)
		run = fmt.Sprintf("func(n *kernel.Nest) {\n\t\tif n.Cols <= 0 {\n\t\t\treturn\n\t\t}\n\t\tfor r := range n.Rows {\n"+
			"\t\t\t%s((*byte)(unsafe.Add(n.Dst, r*n.DstRow)), (*byte)(unsafe.Add(n.A, r*n.ARow)), (*byte)(unsafe.Add(n.B, r*n.BRow)), n.Cols)\n\t\t}\n\t}", run)
	} else {
		fmt.Fprintf(stubs, "//go:noescape\nfunc %s(nest *kernel.Nest)\n\n", run)
	}
	step := func(m spec.Motion) string {
		return map[spec.Motion]string{spec.Unit: "1", spec.Fixed: "0", spec.Strided: "anyStep"}[m]
	}
	cols, same, once := p.Cols, 0, 0
	factor := 2
	if p.Left() {
		factor = 1
	}
	if p.Cols > 0 {
		once = factor
	}
	if p.Bytes > 0 {
		cols, same = p.Bytes/sizes.widest(), factor
	}
	fmt.Fprintf(table, "\t{%q, %q, %q, %s, [3]int{%d, %d, %d}, [3]int{%s, %s, %s}, %d, %d, %d, %v},\n", k.ID(), k.Rule.Name, k.Level.Name, run,
		sizes.dst, sizes.a, sizes.b, step(p.Dst), step(p.A), step(p.B), cols, same, once, p.Bypass)
}
