package bench

import "golang.org/x/sys/unix"

func allocHuge(bytes int) (memory []byte, free func(), err error) {
	mapping, err := unix.Mmap(-1, 0, hugeSpan(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, nil, err
	}
	memory = aligned(mapping, hugePage)
	_ = unix.Madvise(memory, unix.MADV_HUGEPAGE) // a kernel without them has small pages
	return memory, func() { _ = unix.Munmap(mapping) }, nil
}
