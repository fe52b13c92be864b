//go:build !unix

package kerneltest

import "testing"

// guarded tells whether pages can be such that a kernel must not touch them.
const guarded = false

// guardedPages returns plain buffers: without mmap there are no guards, and the
// test checks only that kernels run at the ends of a buffer.
func guardedPages(t *testing.T, bytes int) [3][]byte {
	t.Helper()
	return [3][]byte{make([]byte, bytes), make([]byte, bytes), make([]byte, bytes)}
}
