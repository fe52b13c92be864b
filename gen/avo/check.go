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
// its level and feature: instructions and registers outside the bundle, legacy SSE beside
// VEX, a RET that leaves the upper halves of the registers in use.
func check(fn *ir.Function, k spec.Kernel, budget int) error {
	l, may := k.Level, k.ISA()
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
			if !slices.Contains(may, isa) {
				refuse(i, "%s is not in level %s", isa, k.Target())
			}
		}
		for _, r := range registers(i) {
			switch r.Kind() {
			case reg.KindVector:
				if !strings.HasPrefix(i.Opcode, "V") && !strings.HasPrefix(i.Opcode, "K") {
					refuse(i, "legacy SSE on %s", r.Asm())
				}
				switch p, ok := r.(reg.Physical); {
				case !ok:
				case r.Size() > 32 && !wide:
					refuse(i, "%s is not in level %s", r.Asm(), l.Name)
				case p.PhysicalIndex() > 15 && beyond == nil && !wide:
					beyond = &misfitError{fmt.Sprintf("%s: %s is not in level %s", text(i), r.Asm(), l.Name), false}
				case p.PhysicalIndex() > 15 && beyond == nil && lowRegisters[i.Opcode]:
					beyond = &misfitError{fmt.Sprintf("%s: %s is encoded with registers up to 15 alone", text(i), i.Opcode), false}
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
	case count > budget:
		return &misfitError{fmt.Sprintf("has %d instructions, more than %d", count, budget), true}
	}
	return nil
}

// lowRegisters are the instructions that name no vector register above 15, at any level: VEX
// has no room for more, and they have no other encoding.
var lowRegisters = setOf(`
	VADDSUBPD VADDSUBPS VBLENDPD VBLENDPS VBLENDVPD VBLENDVPS VPBLENDD VPBLENDVB VPBLENDW
	VBROADCASTF128 VBROADCASTI128 VEXTRACTF128 VEXTRACTI128 VINSERTF128 VINSERTI128 VPERM2F128 VPERM2I128
	VHADDPD VHADDPS VHSUBPD VHSUBPS VPHADDD VPHADDSW VPHADDW VPHSUBD VPHSUBSW VPHSUBW VDPPD VDPPS VMPSADBW
	VPAND VPANDN VPOR VPXOR VPSIGNB VPSIGND VPSIGNW VPTEST VTESTPD VTESTPS
	VCMPPD VCMPPS VCMPSD VCMPSS VPCMPEQB VPCMPEQD VPCMPEQQ VPCMPEQW VPCMPGTB VPCMPGTD VPCMPGTQ VPCMPGTW
	VMOVDQA VMOVDQU VLDDQU VMASKMOVPD VMASKMOVPS VPMASKMOVD VPMASKMOVQ VMOVMSKPD VMOVMSKPS VPMOVMSKB
	VRCPPS VRCPSS VRSQRTPS VRSQRTSS VROUNDPD VROUNDPS VROUNDSD VROUNDSS`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
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
