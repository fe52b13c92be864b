package memory

import (
	"testing"
	"unsafe"
)

func TestBeside(t *testing.T) {
	const program = "00400000-00401000 r--p 00000000 00:00 1 /program\n00401000-004ff000 r-xp 00001000 00:00 1 /program\n"
	const heap = "c000000000-c000400000 rw-p 00000000 00:00 0 \nc000400000-c004000000 ---p 00000000 00:00 0 \n"
	const stack = "7ffd7f3c0000-7ffd7f3e2000 rw-p 00000000 00:00 0 [stack]"
	for _, c := range []struct {
		maps    string
		address uint64
		want    int64
	}{
		{"", 0, 0},
		{program, 0xc000012340, 0xff000},
		{program + heap, 0xc000012340, 0xff000},
		{program + heap + stack, 0xc000012340, 0xff000 + 0x22000},
		{program + heap + stack, 0xc003ffffff, 0xff000 + 0x22000},
		{program + heap + stack, 0xc004000000, 0xff000 + 0x4000000 + 0x22000},
		{program + heap + stack, 0x7ffd7f3c0000, 0xff000 + 0x4000000},
	} {
		if got := beside(c.maps, c.address); got != c.want {
			t.Errorf("%q, %#x: %#x, want %#x", c.maps, c.address, got, c.want)
		}
	}
	maps, at := readFile("/proc/self/maps"), uint64(uintptr(unsafe.Pointer(inHeap)))
	all, taken := beside(maps, 0), beside(maps, at)
	if taken < 1<<20 || all-taken < 1<<20 {
		t.Errorf("this program has %d bytes, %d of them beside the heap", all, taken)
	}
}
