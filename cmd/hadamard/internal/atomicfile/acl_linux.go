package atomicfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const aclName = "system.posix_acl_access"

// keepACL gives a file the access control list of the target, or takes away what the
// directory gave it, and reports whether it has no other.
func keepACL(f *os.File, target string) bool {
	acl := make([]byte, 1<<16) // the most that an attribute has
	n, err := unix.Getxattr(target, aclName, acl)
	if err == nil {
		return unix.Fsetxattr(int(f.Fd()), aclName, acl[:n], 0) == nil
	}
	err = unix.Fremovexattr(int(f.Fd()), aclName)
	return err == nil || errors.Is(err, unix.ENODATA) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS)
}

// isMountPoint reports whether a file is mounted, as containers mount single files. It is
// false on kernels before 5.8, which do not tell.
func isMountPoint(path string) bool {
	var s unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, 0, &s)
	return err == nil && s.Attributes_mask&s.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}
