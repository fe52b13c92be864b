package avo

import (
	"strings"
	"testing"
)

// TestJoinLines holds that joined lines have the instructions that they are made of, in order, and that
// go vet sees what it checks.
func TestJoinLines(t *testing.T) {
	asm := `
TEXT ·product(SB), NOSPLIT, $0-8
	MOVQ nest+0(FP), AX
	MOVQ (AX), CX
	MOVQ 8(AX), DX

	// rows
	VMOVUPS (CX), X0
	LONG $0x0874f562; BYTE $0x59; BYTE $0xc0 // VMULPH X0, X1, X0
	VMOVUPS X0, (DX)
	DECQ SI
	JNZ loop
	ADDQ $1, AX
	JMP loop

loop:
	VZEROUPPER
	RET
`
	want := `
TEXT ·product(SB), NOSPLIT, $0-8
	MOVQ nest+0(FP), AX
	MOVQ (AX), CX; MOVQ 8(AX), DX

	// rows
	VMOVUPS (CX), X0
	LONG $0x0874f562; BYTE $0x59; BYTE $0xc0 // VMULPH X0, X1, X0
	VMOVUPS X0, (DX); DECQ SI; JNZ loop
	ADDQ $1, AX
	JMP loop

loop:
	VZEROUPPER
	RET
`
	if got := string(joinLines([]byte(asm))); got != want {
		t.Errorf("got %s", got)
	}
	var long strings.Builder
	for range 100 {
		long.WriteString("\tVMOVUPS (CX), X0\n")
	}
	for line := range strings.Lines(string(joinLines([]byte(long.String())))) {
		if len(line) > 110 || !strings.HasPrefix(line, "\tVMOVUPS") {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
	if n := strings.Count(string(joinLines([]byte(long.String()))), "VMOVUPS"); n != 100 {
		t.Errorf("%d instructions of 100", n)
	}
}
