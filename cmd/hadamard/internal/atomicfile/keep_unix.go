//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// keep gives a file the owner and the group of the old file, as far as the user may, and
// its mode. Another group gets no more than both that and all others had.
func keep(f *os.File, target string, old fs.FileInfo) error {
	mode := old.Mode().Perm()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	was, ok := old.Sys().(*syscall.Stat_t)
	is, isOK := info.Sys().(*syscall.Stat_t)
	if ok && isOK {
		if was.Uid != is.Uid && os.Geteuid() == 0 {
			if err := f.Chown(int(was.Uid), -1); err != nil {
				return err
			}
		}
		if was.Gid != is.Gid && f.Chown(-1, int(was.Gid)) != nil {
			mode = withoutGroup(mode)
		}
	}
	if !keepACL(f, target) {
		mode = withoutGroup(mode)
	}
	return f.Chmod(mode)
}

// withoutGroup returns a mode in which the group may do what all others may as well.
func withoutGroup(mode fs.FileMode) fs.FileMode {
	return mode&^0o070 | mode&(mode<<3)&0o070
}

// replaceable returns why a file can not be renamed over, though its directory may be
// written to.
func replaceable(target string) error {
	if isMountPoint(target) {
		return errors.New("it is a mount point")
	}
	dir, err := os.Stat(filepath.Dir(target))
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	me := os.Geteuid()
	if dir.Mode()&fs.ModeSticky == 0 || me == 0 {
		return nil
	}
	for _, owned := range []fs.FileInfo{dir, info} {
		if s, ok := owned.Sys().(*syscall.Stat_t); !ok || int(s.Uid) == me {
			return nil
		}
	}
	return errors.New("another user owns it, in a directory where only owners may do so (the sticky bit)")
}

// hasLinks reports whether a file has more names than one.
func hasLinks(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Nlink > 1
}
