package avo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/lower"
	"github.com/hadamard-go/hadamard/gen/spec"
)

// withBody gives a body to a rule of a test.
func withBody(t *testing.T, name string, b *body) {
	t.Helper()
	bodies[name] = b
	t.Cleanup(func() { delete(bodies, name) })
}

// floats is a rule of float32, of some name.
func floats(name string) spec.Rule {
	d := spec.Predeclared("float32")
	return spec.Rule{Name: name, Out: d, A: d, B: d, Code: name}
}

// keep leaves b as it is.
func keep(_ int, b operand.Op) prepared { return prepared{b} }

// repeating is a body of so many instructions.
func repeating(instructions int) *body {
	return &body{1, func(e *emitter) product {
		return product{prepare: keep, multiply: func(n int, a operand.Op, b prepared) reg.VecVirtual {
			r := e.inRegister(e.fit(n), a)
			for range instructions {
				e.VMULPS(as(e.fit(n), b[0]), r, r)
			}
			return r
		}}
	}, nil}
}

// TestTooLong makes sure that a kernel with a long body unrolls less, that one with a longer
// body is left out, and that both are said.
func TestTooLong(t *testing.T) {
	k := spec.Kernel{Rule: floats("long"), Pattern: patternNamed(t, "vcn"), Level: levelNamed(t, "avx512")}
	for _, tt := range []struct {
		instructions int
		has          bool
		told         []Notice
	}{
		{20, true, nil},
		{30, true, []Notice{{k, Shorter, false, "long-vcn-avx512: has 499 instructions, more than 460"}}},
		{35, true, []Notice{{k, Shorter, false, "long-vcn-avx512: has 490 instructions, more than 460"}}},
		{spec.Budget, false, []Notice{{k, Absent, false, "long-vcn-avx512: has 4234 instructions, more than 460"}}},
	} {
		withBody(t, "long", repeating(tt.instructions))
		var told []Notice
		a := &Assembler{Notice: func(n Notice) { told = append(told, n) }}
		if a.Has(k) != tt.has {
			t.Errorf("%d instructions: Has(%s) = %v", tt.instructions, k.ID(), !tt.has)
		}
		text, err := a.Render([]spec.Kernel{k})
		if (err == nil) != tt.has || tt.has && !strings.Contains(string(text), "TEXT ·"+k.Symbol()) {
			t.Errorf("%d instructions: rendered %d bytes and error %v", tt.instructions, len(text), err)
		}
		if fmt.Sprint(told) != fmt.Sprint(tt.told) {
			t.Errorf("%d instructions: told %v, want %v", tt.instructions, told, tt.told)
		}
	}
}

// TestTooManyRegisters makes sure that a kernel for which there are too few registers is left
// to a more general pattern, which is said, or is an error where there is none.
func TestTooManyRegisters(t *testing.T) {
	for level, want := range map[string]string{
		"avx2":   " is not in level avx2",
		"avx512": ": failed to allocate registers",
	} {
		withBody(t, "wide", &body{1, func(e *emitter) product {
			return product{prepare: keep, multiply: func(int, operand.Op, prepared) reg.VecVirtual {
				var live []reg.VecVirtual
				for range 33 / (64 / e.width) {
					r := e.vec(e.width)
					e.VMOVUPS(operand.Mem{Base: e.nest}, r)
					live = append(live, r)
				}
				for _, r := range live {
					e.VADDPS(r, live[0], live[0])
				}
				return live[0]
			}}
		}, nil})
		var told []Notice
		a := &Assembler{Notice: func(n Notice) { told = append(told, n) }}
		k := spec.Kernel{Rule: floats("wide"), Pattern: patternNamed(t, "vvn"), Level: levelNamed(t, level)}
		if a.Has(k) || len(told) != 1 || told[0].Became != Absent || !told[0].Registers || !strings.HasSuffix(told[0].Detail, want) {
			t.Errorf("%s: told %v, want none of it and %q", k.ID(), told, want)
		}
		k.Pattern = patternNamed(t, "vv")
		if _, err := a.Render([]spec.Kernel{k}); err == nil || !strings.HasPrefix(err.Error(), "rule wide takes more registers than there are at "+level) || len(told) != 1 {
			t.Errorf("%s: got error %v, told %v", k.ID(), err, told[1:])
		}
	}
}

// TestFailuresNameTheKernel makes sure that what goes wrong in a body, and registers that are
// too few, are errors that say of which kernel.
func TestFailuresNameTheKernel(t *testing.T) {
	withBody(t, "float32", repeating(1))
	good := spec.Kernel{Rule: floats("float32"), Pattern: patternNamed(t, "vv"), Level: levelNamed(t, "avx512")}
	k := good
	k.Rule = floats("bad")
	failing := func(multiply func(e *emitter) reg.VecVirtual) *body {
		return &body{1, func(e *emitter) product {
			return product{prepare: keep, multiply: func(int, operand.Op, prepared) reg.VecVirtual { return multiply(e) }}
		}, nil}
	}
	for want, b := range map[string]*body{
		"bad-vv-avx512: no such constant": failing(func(*emitter) reg.VecVirtual { panic("no such constant") }),
		"bad-vv-avx512: panic: runtime error: index out of range": failing(func(*emitter) reg.VecVirtual {
			return []reg.VecVirtual{}[len(levels)]
		}),
		"rule bad takes more registers than there are at avx512, in kernels of pattern vv": failing(func(e *emitter) reg.VecVirtual {
			var live []reg.VecVirtual
			for range 33 {
				r := e.ZMM()
				e.VPXORD(r, r, r)
				live = append(live, r)
			}
			for _, r := range live {
				e.VADDPS(r, live[0], live[0])
			}
			return live[0]
		}),
	} {
		withBody(t, "bad", b)
		if _, err := new(Assembler).Render([]spec.Kernel{good, k}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got error %v, want one that begins with %q", err, want)
		}
	}
}

func patternNamed(t *testing.T, name string) spec.Pattern {
	t.Helper()
	for _, p := range spec.Patterns {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no pattern %s", name)
	return spec.Pattern{}
}

// TestFetchesAhead makes sure that operands are fetched ahead where much is computed of a line, and
// nowhere else.
func TestFetchesAhead(t *testing.T) {
	light, heavy := mixedRule("light", "uint8", "uint8", "float32", "RoundUint8(float32(x) * y)"), mixedRule("heavy", "int16", "float64", "float64", "RoundInt16(float32(x / y / y / y / y / y / y))")
	for _, tt := range []struct {
		rule       spec.Rule
		kernel     string
		prefetches int // of 4 vectors a turn, and lines of each
	}{
		{heavy, "vv-avx2", 4},
		{heavy, "vc-avx2", 2},
		{light, "vv-avx512", 0},
		{light, "vc-avx2", 0},
	} {
		pattern, level, _ := strings.Cut(tt.kernel, "-")
		k := spec.Kernel{Rule: tt.rule, Pattern: patternNamed(t, pattern), Level: levelNamed(t, level)}
		a := &Assembler{Codes: map[string]map[string]*lower.Code{tt.rule.Name: derive(t, tt.rule)}}
		text, err := a.Render([]spec.Kernel{k})
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "PREFETCHT0"); n != tt.prefetches {
			t.Errorf("%s: %d instructions that fetch ahead, not %d", k.ID(), n, tt.prefetches)
		}
	}
}
