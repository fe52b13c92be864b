//go:build unix && !linux

package atomicfile

import "os"

func keepACL(*os.File, string) bool { return true }

func isMountPoint(string) bool { return false }
