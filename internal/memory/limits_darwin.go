package memory

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// limits counts as swap what is swapped out and what is free on the volume that it goes
// to, since the system makes swap files as it needs them.
func limits() []Limit {
	all := resourceLimits()
	memory, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return all
	}
	usage, err := unix.SysctlRaw("vm.swapusage") // total, available and used bytes
	if err != nil || len(usage) < 24 {
		return all
	}
	var volume unix.Statfs_t
	if err := unix.Statfs("/private/var/vm", &volume); err != nil {
		return all
	}
	used := binary.NativeEndian.Uint64(usage[16:])
	free := volume.Bavail * uint64(volume.Bsize)
	return append(all, Limit{plus(plus(bytes(memory), bytes(used)), bytes(free)), "physical memory and swap"})
}
