//go:build !unix

// Package guard has memory for tests that ends where nothing may be touched.
package guard

import "testing"

// Real tells whether pages can be such that a kernel must not touch them.
const Real = false

// Pages returns plain buffers: without mmap there are no guards, and the
// test checks only that kernels run at the ends of a buffer.
func Pages(t testing.TB, bytes int) [3][]byte {
	t.Helper()
	return [3][]byte{make([]byte, bytes), make([]byte, bytes), make([]byte, bytes)}
}

// Protect does nothing.
func Protect([]byte, bool) error { return nil }
