package memory

import (
	"math"
	"syscall"
)

// readFile is os.ReadFile, which makes a program larger by a sixth: it asks for the size,
// and with it, to the linker, for all that can be done with times.
func readFile(name string) string {
	file, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer syscall.Close(file)
	var text []byte
	part := make([]byte, 4096)
	for {
		n, err := syscall.Read(file, part)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return ""
		case n == 0:
			return string(text)
		default:
			text = append(text, part[:n]...)
		}
	}
}

func limits() []Limit {
	swap := int64(math.MaxInt64) // unknown
	all := resourceLimits()
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err == nil {
		unit := bytes(max(info.Unit, 1))
		swap = bytes(info.Totalswap) * unit
		all = append(all, Limit{plus(bytes(info.Totalram)*unit, swap), "physical memory and swap"})
	}
	return append(all, groupLimits(readFile, swap)...)
}
