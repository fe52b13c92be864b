package avo

import (
	"encoding/hex"
	"testing"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// TestEncode compares with what GNU as 2.40 makes of the same instructions.
func TestEncode(t *testing.T) {
	at := func(base, index reg.Register, scale uint8, disp int) operand.Mem {
		return operand.Mem{Base: base, Index: index, Scale: scale, Disp: disp}
	}
	for _, c := range []struct {
		want              string
		second, first, to operand.Op
	}{
		{"62f57c4859c1", reg.Z1, reg.Z0, reg.Z0},
		{"6215444059cd", reg.Z29, reg.Z23, reg.Z9},
		{"6215144059fd", reg.Z29, reg.Z29, reg.Z15},
		{"6245242059c7", reg.Y15, reg.Y27, reg.Y24},
		{"62753c2859f7", reg.Y7, reg.Y8, reg.Y14},
		{"62a5340859ed", reg.X21, reg.X9, reg.X21},
		{"62e5040059c0", reg.X0, reg.X31, reg.X16},
		{"62354c0859e8", reg.X16, reg.X6, reg.X13},
		{"627524205932", at(reg.RDX, nil, 0, 0), reg.Y27, reg.Y14},
		{"62e51420597500", at(reg.RBP, nil, 0, 0), reg.Y29, reg.Y22},
		{"62754448597ef6", at(reg.RSI, nil, 0, -640), reg.Z7, reg.Z15},
		{"62d51c485972c0", at(reg.R10, nil, 0, -4096), reg.Z12, reg.Z6},
		{"62d53c00597e01", at(reg.R14, nil, 0, 16), reg.X24, reg.X7},
		{"62556c4859ba95ffffff", at(reg.R10, nil, 0, -107), reg.Z2, reg.Z15},
		{"62e52c285993f4370000", at(reg.RBX, nil, 0, 14324), reg.Y10, reg.Y18},
		{"62f5340859b42479000000", at(reg.RSP, nil, 0, 121), reg.X9, reg.X6},
		{"62951c08591c1f", at(reg.R15, reg.R11, 1, 0), reg.X12, reg.X3},
		{"62952c40593cce", at(reg.R14, reg.R9, 8, 0), reg.Z26, reg.Z7},
		{"62d51c20597cd7c4", at(reg.R15, reg.RDX, 8, -1920), reg.Y28, reg.Y7},
		{"62e5244059ac860596ffff", at(reg.RSI, reg.RAX, 4, -27131), reg.Z27, reg.Z21},
	} {
		ops := []operand.Op{c.second, c.first, c.to}
		code, err := encodings["VMULPH"].encode(ops)
		if got := hex.EncodeToString(code); got != c.want || err != nil {
			t.Errorf("VMULPH %s, %s, %s: %s, %v; want %s", c.second.Asm(), c.first.Asm(), c.to.Asm(), got, err, c.want)
		}
	}
	for _, second := range []operand.Op{operand.NewDataAddr(operand.NewStaticSymbol("data"), 0), operand.U8(1)} {
		if code, err := encodings["VMULPH"].encode([]operand.Op{second, reg.Z0, reg.Z0}); err == nil {
			t.Errorf("VMULPH of %s is encoded as %x", second.Asm(), code)
		}
	}
	if got, want := directives([]byte{0x62, 0xf5, 0x7c, 0x48, 0x59, 0xc1}), "LONG $0x487cf562; BYTE $0x59; BYTE $0xc1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
