package avo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// TestCheckRefuses compiles kernels that are wrong in one way each.
func TestCheckRefuses(t *testing.T) {
	end := func(c *build.Context) { c.VZEROUPPER(); c.RET() }
	half := func(c *build.Context) {
		e := &emitter{Context: c}
		e.unknown("VMULPH", c.ZMM(), c.ZMM(), c.ZMM())
		end(c)
	}
	tests := []struct {
		name  string
		level string
		want  string // "" when the kernel is right
		emit  func(c *build.Context)
		may   []string // beyond the level
	}{
		{"a right kernel", "avx2", "", func(c *build.Context) {
			c.VPMULLD(reg.Y1, reg.Y2, reg.Y3)
			end(c)
		}, nil},
		{"an instruction of a higher level", "avx2", "AVX512DQ is not in level avx2", func(c *build.Context) {
			c.VPMULLQ(reg.Y1, reg.Y2, reg.Y3)
			end(c)
		}, nil},
		{"the same where it belongs", "avx512", "", func(c *build.Context) {
			c.VPMULLQ(reg.Z1, reg.Z2, reg.Z3)
			end(c)
		}, nil},
		{"an extension of no level", "avx512", "AVX512VBMI is not in level avx512", func(c *build.Context) {
			c.VPERMB(reg.Z1, reg.Z2, reg.Z3)
			end(c)
		}, nil},
		{"an instruction of a feature", "avx512", "AVX512FP16 is not in level avx512", half, nil},
		{"an extension of a feature", "avx512", "", func(c *build.Context) {
			c.VPERMB(reg.Z1, reg.Z2, reg.Z3)
			end(c)
		}, []string{"AVX512VBMI"}},
		{"the same where the CPU has it", "avx512", "", half, []string{"AVX512FP16"}},
		{"a register above 15", "avx2", "Y16 is not in level avx2", func(c *build.Context) {
			c.VMULPS(reg.Y1, reg.Y2, reg.Y16)
			end(c)
		}, nil},
		{"a register above 15 that VEX has no room for", "avx512", "VINSERTF128 is encoded with registers up to 15 alone", func(c *build.Context) {
			c.VINSERTF128(operand.U8(1), reg.X1, reg.Y16, reg.Y2)
			end(c)
		}, nil},
		{"the same in an encoding that has", "avx512", "", func(c *build.Context) {
			c.VINSERTF32X4(operand.U8(1), reg.X1, reg.Y16, reg.Y2)
			end(c)
		}, nil},
		{"more live registers than there are", "avx2", "is not in level avx2", func(c *build.Context) {
			var live []reg.VecVirtual
			for range 17 {
				r := c.YMM()
				c.VPCMPEQD(r, r, r)
				live = append(live, r)
			}
			for _, r := range live {
				c.VMULPS(r, live[0], r)
			}
			end(c)
		}, nil},
		{"an opmask", "avx2", "is not in level avx2", func(c *build.Context) {
			c.KXORW(reg.K1, reg.K1, reg.K1)
			end(c)
		}, nil},
		{"a ZMM register", "avx2", "Z1 is not in level avx2", func(c *build.Context) {
			c.VMULPS(reg.Z1, reg.Z1, reg.Z1)
			end(c)
		}, nil},
		{"legacy SSE", "avx2", "legacy SSE on X1", func(c *build.Context) {
			c.MULPS(reg.X0, reg.X1)
			end(c)
		}, nil},
		{"no VZEROUPPER", "avx2", "no VZEROUPPER before it", func(c *build.Context) {
			c.VMULPS(reg.Y1, reg.Y2, reg.Y3)
			c.RET()
		}, nil},
		{"a jump past VZEROUPPER", "avx2", "no VZEROUPPER before it", func(c *build.Context) {
			c.TESTQ(reg.RAX, reg.RAX)
			c.JZ(operand.LabelRef("out"))
			c.VZEROUPPER()
			c.Label("out")
			c.RET()
		}, nil},
		{"too much code", "avx2", fmt.Sprintf("has %d instructions", spec.Budget+2), func(c *build.Context) {
			for range spec.Budget {
				c.VMULPS(reg.Y1, reg.Y2, reg.Y3)
			}
			end(c)
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := build.NewContext()
			c.Function("kernel")
			c.SignatureExpr("func()")
			tt.emit(c)
			file, err := c.Result()
			if err != nil {
				t.Fatal(err)
			}
			if err := pass.Compile.Execute(file); err != nil {
				t.Fatal(err)
			}
			err = check(file.Functions()[0], spec.Kernel{Level: levelNamed(t, tt.level), Feature: spec.Feature{ISA: tt.may}}, spec.Budget)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestRenderNamesTheKernel makes sure that a refusal says which kernel it is of.
func TestRenderNamesTheKernel(t *testing.T) {
	withBody(t, "float32", repeating(1))
	k := spec.Kernel{Rule: floats("float32"), Pattern: spec.Patterns[0], Level: levelNamed(t, "avx512")}
	k.Level.ISA = levelNamed(t, "avx2").ISA // a level that promises less than its kernels need
	if _, err := new(Assembler).Render([]spec.Kernel{k}); err == nil || !strings.HasPrefix(err.Error(), "float32-vv-avx512: ") {
		t.Errorf("got error %v, want one that begins with the kernel's ID", err)
	}
	k.Rule = floats("q15")
	if _, err := new(Assembler).Render([]spec.Kernel{k}); err == nil || !strings.Contains(err.Error(), "q15-vv-avx512: no body") {
		t.Errorf("got error %v, want one about the missing body", err)
	}
}

func levelNamed(t *testing.T, name string) spec.Level {
	t.Helper()
	for _, l := range spec.Levels {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("no level %s", name)
	return spec.Level{}
}
