package memory

import (
	"runtime"
	"syscall"
)

// arena is how much address space Go reserves at a time for the heap.
const arena = 64 << 20

// addressesTaken returns the bytes of address space that the program has taken when it starts,
// beside what the heap may use, if there is a limit: Go reserves half a gigabyte and more for
// tables of its own, and gives none of it back. Later there may be mapped files, too, which can
// be.
func addressesTaken() int64 {
	if softLimit(syscall.RLIMIT_AS) >= AddressSpace {
		return 0
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return max(sizeIn(readFile("/proc/self/status"))-int64(m.HeapSys+m.StackSys)-arena, 0)
}

// sizeIn returns what the line "VmSize:    702744 kB" says in /proc/self/status, and 0 if there
// is none.
func sizeIn(status string) int64 {
	for status != "" {
		var line string
		line, status = cut(status, '\n')
		if name, value := cut(line, ':'); name == "VmSize" {
			var n int64
			for _, c := range []byte(value) {
				if c >= '0' && c <= '9' && n < AddressSpace/1024 {
					n = 10*n + int64(c-'0')
				}
			}
			return n * 1024
		}
	}
	return 0
}
