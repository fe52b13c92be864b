package memory

import (
	"syscall"
	"unsafe"
)

// addressesTaken returns the bytes of address space that the program has taken when it starts,
// beside those of the heap, if there is a limit: Go reserves half a gigabyte and more for tables
// of its own, and gives none of it back. Later there may be mapped files, too, which can be.
func addressesTaken() int64 {
	if softLimit(syscall.RLIMIT_AS) >= AddressSpace {
		return 0
	}
	return beside(readFile("/proc/self/maps"), uint64(uintptr(unsafe.Pointer(inHeap))))
}

var inHeap = new(int64)

// beside returns the bytes of what is mapped, as /proc/self/maps lists it in order, but for the
// mapping that holds an address and those that adjoin.
func beside(maps string, address uint64) int64 {
	var all, run, end uint64
	holds := false // of the run of mappings that adjoin
	for maps != "" {
		var line string
		line, maps = cut(maps, '\n')
		line, _ = cut(line, ' ')
		first, last := cut(line, '-')
		from, to := hex(first), hex(last)
		if from != end {
			run, holds = 0, false
		}
		all, run, end = all+to-from, run+to-from, to
		if holds || from <= address && address < to {
			all, run, holds = all-run, 0, true
		}
	}
	return bytes(all)
}

// hex returns the number that lower-case digits are, as the kernel writes them.
func hex(digits string) (n uint64) {
	for _, c := range []byte(digits) {
		if c >= 'a' {
			c -= 'a' - '9' - 1
		}
		n = n<<4 | uint64(c-'0')
	}
	return n
}
