package avo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// check refuses a compiled kernel that could fault or stall on a processor of
// its level: instructions and registers outside the bundle, legacy SSE beside
// VEX, a RET that leaves the upper halves of the registers in use.
func check(fn *ir.Function, l spec.Level) error {
	var errs []error
	refuse := func(i *ir.Instruction, why string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", text(i), fmt.Sprintf(why, args...)))
	}
	wide := slices.Contains(l.ISA, "AVX512VL")
	var beyond error // of registers that avo hands out and the level does not have
	var before ir.Node
	count := 0
	for _, node := range fn.Nodes {
		if _, ok := node.(*ir.Comment); ok {
			continue
		}
		i, ok := node.(*ir.Instruction)
		if !ok {
			before = node
			continue
		}
		count++
		for _, isa := range i.ISA {
			if !slices.Contains(l.ISA, isa) {
				refuse(i, "%s is not in level %s", isa, l.Name)
			}
		}
		for _, r := range registers(i) {
			switch r.Kind() {
			case reg.KindVector:
				if !strings.HasPrefix(i.Opcode, "V") && !strings.HasPrefix(i.Opcode, "K") {
					refuse(i, "legacy SSE on %s", r.Asm())
				}
				switch p, ok := r.(reg.Physical); {
				case wide || !ok:
				case r.Size() > 32:
					refuse(i, "%s is not in level %s", r.Asm(), l.Name)
				case p.PhysicalIndex() > 15 && beyond == nil:
					beyond = &misfitError{fmt.Sprintf("%s: %s is not in level %s", text(i), r.Asm(), l.Name), false}
				}
			case reg.KindOpmask:
				if !wide {
					refuse(i, "%s is not in level %s", r.Asm(), l.Name)
				}
			}
		}
		if i.Opcode == "RET" {
			if last, ok := before.(*ir.Instruction); !ok || last.Opcode != "VZEROUPPER" {
				refuse(i, "no VZEROUPPER before it")
			}
		}
		before = i
	}
	if last, ok := before.(*ir.Instruction); !ok || last.Opcode != "RET" {
		errs = append(errs, errors.New("does not end in RET"))
	}
	switch {
	case len(errs) > 0:
		return errors.Join(errs...)
	case beyond != nil:
		return beyond
	case count > spec.Budget:
		return &misfitError{fmt.Sprintf("has %d instructions, more than %d", count, spec.Budget), true}
	}
	return nil
}

// A misfitError refuses a kernel that would be right, but takes too many instructions or
// registers, or an order of elements that there is no way to make.
type misfitError struct {
	why  string
	long bool // it could be shorter
}

func (err *misfitError) Error() string { return err.why }

// registers lists the registers that an instruction names.
func registers(i *ir.Instruction) []reg.Register {
	var rs []reg.Register
	for _, op := range i.Operands {
		rs = append(rs, operand.Registers(op)...)
	}
	return rs
}

// text prints an instruction for an error.
func text(i *ir.Instruction) string {
	ops := make([]string, len(i.Operands))
	for n, op := range i.Operands {
		ops[n] = op.Asm()
	}
	return i.OpcodeWithSuffixes() + " " + strings.Join(ops, ", ")
}
