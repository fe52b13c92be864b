package avo

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// TestManyRegisters makes sure that kernels of avx512 have the registers above 15 where their
// bodies hold many constants, whatever loads and stores they have: vectors of 32 bytes, whose
// tails are two ends, too.
func TestManyRegisters(t *testing.T) {
	for _, held := range []int{15, 20} {
		withBody(t, "many", &body{2, func(e *emitter) product {
			var constants []reg.VecVirtual
			for i := range held {
				constants = append(constants, e.repeat32(uint32(i+1)))
			}
			return product{slow: true, prepare: keep, multiply: func(n int, a operand.Op, _ prepared) reg.VecVirtual {
				w := e.fit(n)
				r := e.vec(w)
				e.VMOVUPS(e.inRegister(w, a), r)
				for _, c := range constants {
					e.VMULPS(as(w, c), r, r)
				}
				return r
			}}
		}, nil})
		for _, size := range []string{"int8", "int16", "float32", "float64", "complex128"} {
			for _, name := range []string{"vv", "vc", "ii", "vvn", "vc3", "vp96", "tv", "v2", "v3"} {
				d := spec.Predeclared(size)
				k := spec.Kernel{Rule: spec.Rule{Name: "many", Out: d, A: d, B: d, Code: "many"}, Pattern: patternNamed(t, name), Level: levelNamed(t, "avx512")}
				a := &Assembler{Notice: func(n Notice) {
					if strings.Contains(n.Detail, "registers up to 15") {
						t.Errorf("%s of %s with %d registers held: %s", name, size, held, n.Detail)
					}
				}}
				if !a.Has(k) {
					continue
				}
				if _, err := a.Render([]spec.Kernel{k}); err != nil {
					t.Errorf("%s with %d registers held: %v", size, held, err)
				}
			}
		}
	}
}

// TestLowRegisters gives every vector instruction that there is in a kernel registers above 15:
// those that the assembler refuses are lowRegisters.
func TestLowRegisters(t *testing.T) {
	instruction := regexp.MustCompile(`(?m)(?:^\t|; )(V[A-Z0-9.]+) +([^;\n]*\b[XYZ][0-9][^;\n]*)`)
	register := regexp.MustCompile(`\b([XYZ])([0-9]+)\b`)
	symbol := regexp.MustCompile(`[^ ,]+\(SB\)`)
	var opcodes []string
	source := "TEXT ·f(SB), 4, $0\n"
	seen := map[string]bool{}
	err := filepath.WalkDir("../..", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_amd64.s") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range instruction.FindAllStringSubmatch(string(text), -1) {
			kinds := m[1] + register.ReplaceAllString(symbol.ReplaceAllString(m[2], "m"), "$1")
			if seen[kinds] {
				continue
			}
			seen[kinds] = true
			opcodes = append(opcodes, m[1])
			source += "\t" + m[1] + " " + register.ReplaceAllStringFunc(symbol.ReplaceAllString(m[2], "(AX)"), func(r string) string {
				n, _ := strconv.Atoi(r[1:])
				return fmt.Sprint(r[:1], n%16+16)
			}) + "\n"
		}
		return err
	})
	if err != nil || len(opcodes) < 100 {
		t.Fatalf("%d instructions, error %v", len(opcodes), err)
	}
	file := filepath.Join(t.TempDir(), "high_amd64.s")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "tool", "asm", "-e", "-o", file+".o", file) // the output is removed where lines are refused
	cmd.Env = append(os.Environ(), "GOARCH=amd64")
	out, _ := cmd.CombinedOutput() // it names the lines that it refuses
	for i, opcode := range opcodes {
		refused := strings.Contains(string(out), fmt.Sprintf("high_amd64.s:%d)", i+2))
		if refused != lowRegisters[opcode] {
			t.Errorf("%s with registers above 15: refused by the assembler %v, by check %v", opcode, refused, lowRegisters[opcode])
		}
	}
}
