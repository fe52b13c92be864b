package main

import (
	"slices"
	"strings"
	"testing"
)

// listing is what objdump writes of a symbol with an outer loop, a main loop of two
// vectors, and a loop of single elements.
const listing = `
program:	file format elf64-x86-64

0000000000001000 <m/generated.float32_vv_avx512.abi0>:
    1000:      	movq	0x20(%rsp), %rax
    1005:      	jb	0x1030 <m/generated.float32_vv_avx512.abi0+0x30>
    1010:      	vmovups	(%r10), %zmm0
    1016:      	vmulps	(%r11), %zmm0, %zmm0
    101c:      	vmovups	%zmm0, (%r9)
    1020:      	vpmovzxbw	(%r10), %zmm1
    1022:      	vmovdqu	%ymm1, 0x40(%r9)
    1026:      	addq	$0x60, %r9              # imm = 0x60
    102a:      	jae	0x1010 <m/generated.float32_vv_avx512.abi0+0x10>
    1030:      	vmovss	%xmm0, (%r9)
    1034:      	jae	0x1030 <m/generated.float32_vv_avx512.abi0+0x30>
    1038:      	addq	0x10(%rax), %rcx
    103c:      	jne	0x1005 <m/generated.float32_vv_avx512.abi0+0x5>
    1040:      	retq

0000000000001050 <m/other>:
    1050:      	vmovups	%zmm0, (%r9)
    1056:      	retq
`

func TestMainLoop(t *testing.T) {
	code := disassembled(listing)
	l, err := mainLoop(code["m/generated.float32_vv_avx512.abi0"])
	if err != nil {
		t.Fatal(err)
	}
	if l.out != 96 || l.loads != (accesses{wide: 2, narrow: 1}) || l.stores != (accesses{wide: 1, narrow: 1}) {
		t.Errorf("%+v", l)
	}
	want := []string{
		"vmovups\t(%r10), %zmm0", "vmulps\t(%r11), %zmm0, %zmm0", "vmovups\t%zmm0, (%r9)",
		"vpmovzxbw\t(%r10), %zmm1", "vmovdqu\t%ymm1, 0x40(%r9)", "addq\t$0x60, %r9", "jae\t0",
	}
	if !slices.Equal(l.code, want) {
		t.Errorf("%q", l.code)
	}
	for _, symbol := range []string{"m/other", "m/missing"} {
		if _, err := mainLoop(code[symbol]); err == nil {
			t.Errorf("%s has no loop, and no error", symbol)
		}
	}
}

func TestMeasure(t *testing.T) {
	for _, c := range []struct {
		code          string
		out           int
		loads, stores accesses
	}{
		{"vcvtps2ph\t$0x0, %zmm0, (%r9)", 32, accesses{}, accesses{narrow: 1}},
		{"vpmovwb\t%zmm0, (%r9)", 32, accesses{}, accesses{narrow: 1}},
		{"vextracti128\t$0x1, %ymm0, (%r9)", 16, accesses{}, accesses{narrow: 1}},
		{"vpextrw\t$0x1, %xmm0, (%r9,%rsi)", 2, accesses{}, accesses{narrow: 1}},
		{"vpgatherdd\t(%r9,%zmm1), %zmm0 {%k1}", 0, accesses{narrow: 16}, accesses{}},
		{"vgatherqps\t(%r9,%zmm1), %ymm0 {%k1}", 0, accesses{narrow: 8}, accesses{}},
		{"vscatterqps\t%ymm0, (%r9,%zmm1) {%k1}", 32, accesses{}, accesses{narrow: 8}},
		{"vpscatterdd\t%zmm0, (%r9,%zmm1) {%k1}", 64, accesses{}, accesses{narrow: 16}},
		{"vmulps\t(%r9){1to16}, %zmm0, %zmm0", 0, accesses{narrow: 1}, accesses{}},
		{"leaq\t(%r9,%rsi,2), %r9", 0, accesses{}, accesses{}},
		{"vmovdqu32\t%zmm0, (%r9) {%k1}; addq\t$0x30, %r9", 48, accesses{}, accesses{wide: 1}},
	} {
		var code []instruction
		for text := range strings.SplitSeq(c.code, "; ") {
			code = append(code, instruction{text: text})
		}
		l, err := measure(code)
		if err != nil || l.out != c.out || l.loads != c.loads || l.stores != c.stores {
			t.Errorf("%s: %+v, %v", c.code, l, err)
		}
	}
	for _, unknown := range []string{"vmovfoo\t%zmm0, (%r9)", "vmovdqu32\t%zmm0, (%r9) {%k1}"} {
		if l, err := measure([]instruction{{text: unknown}}); err == nil {
			t.Errorf("%s: %+v, want an error", unknown, l)
		}
	}
}
