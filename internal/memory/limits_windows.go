package memory

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var globalMemoryStatusEx = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")

// memoryStatus is MEMORYSTATUSEX.
type memoryStatus struct {
	length, load                          uint32
	totalPhysical, availablePhysical      uint64
	totalCommit, availableCommit          uint64
	totalVirtual, availableVirtual, extra uint64
}

func limits() []Limit {
	status := memoryStatus{length: uint32(unsafe.Sizeof(memoryStatus{}))}
	if ok, _, _ := globalMemoryStatusEx.Call(uintptr(unsafe.Pointer(&status))); ok == 0 {
		return nil
	}
	return []Limit{
		{bytes(status.totalCommit), "physical memory and page files"},
		{bytes(status.totalVirtual), "the address space"},
	}
}
