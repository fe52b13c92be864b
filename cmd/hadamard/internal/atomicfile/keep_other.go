//go:build !unix

package atomicfile

import (
	"io/fs"
	"os"
)

func keep(f *os.File, _ string, old fs.FileInfo) error { return f.Chmod(old.Mode().Perm()) }

func replaceable(string) error { return nil }

func hasLinks(fs.FileInfo) bool { return false }
