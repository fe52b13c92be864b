//go:build amd64 && !purego

#include "textflag.h"

// LOOP is a loop that loads and stores so many vectors of some bytes a turn, and does nothing else.
#define LOAD1(r, bytes) VMOVUPS 0*bytes(SI), r
#define LOAD2(r, bytes) LOAD1(r, bytes); VMOVUPS 1*bytes(SI), r
#define LOAD3(r, bytes) LOAD2(r, bytes); VMOVUPS 2*bytes(SI), r
#define LOAD4(r, bytes) LOAD3(r, bytes); VMOVUPS 3*bytes(SI), r
#define LOAD5(r, bytes) LOAD4(r, bytes); VMOVUPS 4*bytes(SI), r
#define STORE1(store, r, bytes) store r, 0*bytes(DI)
#define STORE2(store, r, bytes) STORE1(store, r, bytes); store r, 1*bytes(DI)
#define STORE4(store, r, bytes) STORE2(store, r, bytes); store r, 2*bytes(DI); store r, 3*bytes(DI)
#define LOOP(load, loads, stores, storing, store, r, bytes) \
	MOVQ dst+0(FP), DI; \
	MOVQ src+8(FP), SI; \
	MOVQ turns+16(FP), CX; \
turn: \
	load(r, bytes); \
	storing(store, r, bytes); \
	ADDQ $(loads*bytes), SI; \
	ADDQ $(stores*bytes), DI; \
	DECQ CX; \
	JNZ turn; \
	VZEROUPPER; \
	RET

TEXT ·moves4to4by256(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 4, STORE4, VMOVUPS, Y0, 32)

TEXT ·moves4to4by256past(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 4, STORE4, VMOVNTPS, Y0, 32)

TEXT ·moves4to4by512(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 4, STORE4, VMOVUPS, Z0, 64)

TEXT ·moves4to4by512past(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 4, STORE4, VMOVNTPS, Z0, 64)

TEXT ·moves4to2by256(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 2, STORE2, VMOVUPS, Y0, 32)

TEXT ·moves4to2by256past(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 2, STORE2, VMOVNTPS, Y0, 32)

TEXT ·moves4to2by512(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 2, STORE2, VMOVUPS, Z0, 64)

TEXT ·moves4to2by512past(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 2, STORE2, VMOVNTPS, Z0, 64)

TEXT ·moves3to1by256(SB), NOSPLIT, $0-24
	LOOP(LOAD3, 3, 1, STORE1, VMOVUPS, Y0, 32)

TEXT ·moves3to1by256past(SB), NOSPLIT, $0-24
	LOOP(LOAD3, 3, 1, STORE1, VMOVNTPS, Y0, 32)

TEXT ·moves3to1by512(SB), NOSPLIT, $0-24
	LOOP(LOAD3, 3, 1, STORE1, VMOVUPS, Z0, 64)

TEXT ·moves3to1by512past(SB), NOSPLIT, $0-24
	LOOP(LOAD3, 3, 1, STORE1, VMOVNTPS, Z0, 64)

TEXT ·moves4to1by256(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 1, STORE1, VMOVUPS, Y0, 32)

TEXT ·moves4to1by256past(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 1, STORE1, VMOVNTPS, Y0, 32)

TEXT ·moves4to1by512(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 1, STORE1, VMOVUPS, Z0, 64)

TEXT ·moves4to1by512past(SB), NOSPLIT, $0-24
	LOOP(LOAD4, 4, 1, STORE1, VMOVNTPS, Z0, 64)

TEXT ·moves5to1by256(SB), NOSPLIT, $0-24
	LOOP(LOAD5, 5, 1, STORE1, VMOVUPS, Y0, 32)

TEXT ·moves5to1by256past(SB), NOSPLIT, $0-24
	LOOP(LOAD5, 5, 1, STORE1, VMOVNTPS, Y0, 32)

TEXT ·moves5to1by512(SB), NOSPLIT, $0-24
	LOOP(LOAD5, 5, 1, STORE1, VMOVUPS, Z0, 64)

TEXT ·moves5to1by512past(SB), NOSPLIT, $0-24
	LOOP(LOAD5, 5, 1, STORE1, VMOVNTPS, Z0, 64)

TEXT ·moves2to4by256(SB), NOSPLIT, $0-24
	LOOP(LOAD2, 2, 4, STORE4, VMOVUPS, Y0, 32)

TEXT ·moves2to4by256past(SB), NOSPLIT, $0-24
	LOOP(LOAD2, 2, 4, STORE4, VMOVNTPS, Y0, 32)

TEXT ·moves2to4by512(SB), NOSPLIT, $0-24
	LOOP(LOAD2, 2, 4, STORE4, VMOVUPS, Z0, 64)

TEXT ·moves2to4by512past(SB), NOSPLIT, $0-24
	LOOP(LOAD2, 2, 4, STORE4, VMOVNTPS, Z0, 64)

TEXT ·moves3to2by256(SB), NOSPLIT, $0-24
	LOOP(LOAD3, 3, 2, STORE2, VMOVUPS, Y0, 32)

TEXT ·moves3to2by256past(SB), NOSPLIT, $0-24
	LOOP(LOAD3, 3, 2, STORE2, VMOVNTPS, Y0, 32)

TEXT ·moves3to2by512(SB), NOSPLIT, $0-24
	LOOP(LOAD3, 3, 2, STORE2, VMOVUPS, Z0, 64)

TEXT ·moves3to2by512past(SB), NOSPLIT, $0-24
	LOOP(LOAD3, 3, 2, STORE2, VMOVNTPS, Z0, 64)

TEXT ·moves1to4by256(SB), NOSPLIT, $0-24
	LOOP(LOAD1, 1, 4, STORE4, VMOVUPS, Y0, 32)

TEXT ·moves1to4by256past(SB), NOSPLIT, $0-24
	LOOP(LOAD1, 1, 4, STORE4, VMOVNTPS, Y0, 32)

TEXT ·moves1to4by512(SB), NOSPLIT, $0-24
	LOOP(LOAD1, 1, 4, STORE4, VMOVUPS, Z0, 64)

TEXT ·moves1to4by512past(SB), NOSPLIT, $0-24
	LOOP(LOAD1, 1, 4, STORE4, VMOVNTPS, Z0, 64)

TEXT ·moves5to4by256(SB), NOSPLIT, $0-24
	LOOP(LOAD5, 5, 4, STORE4, VMOVUPS, Y0, 32)

TEXT ·moves5to4by256past(SB), NOSPLIT, $0-24
	LOOP(LOAD5, 5, 4, STORE4, VMOVNTPS, Y0, 32)

TEXT ·moves5to4by512(SB), NOSPLIT, $0-24
	LOOP(LOAD5, 5, 4, STORE4, VMOVUPS, Z0, 64)

TEXT ·moves5to4by512past(SB), NOSPLIT, $0-24
	LOOP(LOAD5, 5, 4, STORE4, VMOVNTPS, Z0, 64)
