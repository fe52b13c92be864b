package avo

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Instructions that neither avo nor Go's assembler knows are written as their bytes, once their
// registers are allocated.

// An encoding is what tells an instruction of two sources from others with an EVEX prefix: the
// extension, the map of opcodes, the bits W and pp, and the opcode.
type encoding struct {
	isa          string
	opcodes      byte
	wide, prefix byte
	opcode       byte
}

// encodings lists them by mnemonic.
var encodings = map[string]encoding{
	"VMULPH": {isa: "AVX512FP16", opcodes: 5, opcode: 0x59},
}

// unknown emits an instruction of [encodings]. Only the second source may be in memory, which is
// the first operand here.
func (e *emitter) unknown(mnemonic string, second, first operand.Op, to reg.VecVirtual) {
	e.Instruction(&ir.Instruction{
		Opcode:   mnemonic,
		Operands: []operand.Op{second, first, to},
		Inputs:   []operand.Op{second, first},
		Outputs:  []operand.Op{to},
		ISA:      []string{encodings[mnemonic].isa},
	})
}

// encodeAll replaces such instructions by their bytes, with a comment of what they are.
func encodeAll(fn *ir.Function) error {
	for _, node := range fn.Nodes {
		i, ok := node.(*ir.Instruction)
		if !ok {
			continue
		}
		if enc, unknown := encodings[i.Opcode]; unknown {
			code, err := enc.encode(i.Operands)
			if err != nil {
				return fmt.Errorf("%s: %w", text(i), err)
			}
			i.Opcode, i.Operands = directives(code)+" // "+text(i), nil
		}
	}
	return nil
}

// directives are those of Go's assembler that put bytes into the code.
func directives(code []byte) string {
	var all []string
	for ; len(code) >= 4; code = code[4:] {
		all = append(all, fmt.Sprintf("LONG $0x%08x", binary.LittleEndian.Uint32(code)))
	}
	for _, b := range code {
		all = append(all, fmt.Sprintf("BYTE $0x%02x", b))
	}
	return strings.Join(all, "; ")
}

// encode returns the bytes of an instruction, whose operands are the second source, the first one
// and the result.
func (enc encoding) encode(ops []operand.Op) ([]byte, error) {
	first, to := ops[1].(reg.VecPhysical), ops[2].(reg.VecPhysical)
	bytes := to.Size()
	v, r := first.PhysicalIndex(), to.PhysicalIndex()

	var b, x reg.Index // the numbers of which the prefix holds the upper bits
	var rest []byte    // ModRM and what follows
	modrm := byte(r & 7 << 3)
	switch second := ops[0].(type) {
	case reg.VecPhysical:
		b = second.PhysicalIndex()
		x = b >> 1 // its fifth bit takes the place of an index register's fourth
		rest = []byte{0xc0 | modrm | byte(b&7)}
	case operand.Mem:
		if second.Symbol.Name != "" || second.Base == nil {
			return nil, fmt.Errorf("there is no encoding of %s here", second.Asm())
		}
		const sib, noIndex = 4, 4
		b, x = second.Base.(reg.GPPhysical).PhysicalIndex(), noIndex
		base := byte(b & 7)
		rm, scale := base, byte(0)
		if second.Index != nil {
			x, scale = second.Index.(reg.GPPhysical).PhysicalIndex(), byte(log2(int(second.Scale)))
			rm = sib
		}
		if base == sib { // in ModRM that says that more follows
			rm = sib
		}
		const short, long = 1 << 6, 2 << 6 // how long a displacement is; a short one counts vectors
		at, mode := second.Disp, byte(0)
		switch by := at / int(bytes); {
		case at == 0 && base != 5: // which without one is another form
		case at%int(bytes) == 0 && by == int(int8(by)):
			at, mode = by, short
		default:
			mode = long
		}
		rest = []byte{mode | modrm | rm}
		if rm == sib {
			rest = append(rest, scale<<6|byte(x&7)<<3|base)
		}
		switch mode {
		case short:
			rest = append(rest, byte(at))
		case long:
			rest = binary.LittleEndian.AppendUint32(rest, uint32(at))
		}
	default:
		return nil, fmt.Errorf("%s is no second source", second.Asm())
	}

	// Bits of registers are inverted.
	not := func(i reg.Index, bit, place int) byte { return byte(^i>>bit&1) << place }
	length := map[uint]byte{16: 0, 32: 1, 64: 2}[bytes]
	prefix := []byte{
		0x62,
		not(r, 3, 7) | not(x, 3, 6) | not(b, 3, 5) | not(r, 4, 4) | enc.opcodes,
		enc.wide<<7 | byte(^v&15)<<3 | 1<<2 | enc.prefix,
		length<<5 | not(v, 4, 3),
		enc.opcode,
	}
	return append(prefix, rest...), nil
}
