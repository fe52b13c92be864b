//go:build unix

package atomicfile

import "os"

// syncDir makes the rename itself durable. The data is safe either way, so an
// error here (some file systems can not) is none.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
