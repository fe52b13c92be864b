//go:build unix

// Package guard has memory for tests that ends where nothing may be touched.
package guard

import (
	"syscall"
	"testing"
)

// Real tells whether pages can be such that a kernel must not touch them.
const Real = true

// Pages returns three buffers of so many bytes or more, each with a page before
// it and a page after it that fault when touched.
func Pages(t testing.TB, bytes int) [3][]byte {
	t.Helper()
	page := syscall.Getpagesize()
	body := (bytes + page - 1) / page * page
	var bufs [3][]byte
	for i := range bufs {
		m, err := syscall.Mmap(-1, 0, body+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			t.Fatal("mmap:", err)
		}
		t.Cleanup(func() {
			if err := syscall.Munmap(m); err != nil {
				t.Error("munmap:", err)
			}
		})
		for _, guard := range [][]byte{m[:page], m[page+body:]} {
			if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
				t.Fatal("mprotect:", err)
			}
		}
		bufs[i] = m[page : page+body : page+body]
	}
	return bufs
}

// Protect makes a buffer of Pages, as a whole, one that can not be written, or one that can again.
func Protect(buf []byte, readOnly bool) error {
	mode := syscall.PROT_READ | syscall.PROT_WRITE
	if readOnly {
		mode = syscall.PROT_READ
	}
	return syscall.Mprotect(buf, mode)
}
