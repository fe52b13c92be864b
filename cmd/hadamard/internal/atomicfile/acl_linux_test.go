package atomicfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// acl is a list by which the user 1234 may read, the group nothing.
func acl() []byte {
	list := binary.LittleEndian.AppendUint32(nil, 2) // the version
	for _, e := range []struct {
		tag, may uint16
		id       uint32
	}{{1, 6, 1<<32 - 1}, {2, 4, 1234}, {4, 0, 1<<32 - 1}, {16, 4, 1<<32 - 1}, {32, 0, 1<<32 - 1}} {
		list = binary.LittleEndian.AppendUint16(list, e.tag)
		list = binary.LittleEndian.AppendUint16(list, e.may)
		list = binary.LittleEndian.AppendUint32(list, e.id)
	}
	return list
}

// The list of the old file goes over, and what the directory hands out does not come in.
func TestAccessControlList(t *testing.T) {
	dir := t.TempDir()
	listed, plain := filepath.Join(dir, "listed"), filepath.Join(dir, "plain")
	write(t, listed, "old", 0o600)
	write(t, plain, "old", 0o640)
	if err := unix.Setxattr(listed, aclName, acl(), 0); err != nil {
		t.Skip("this file system has no lists:", err)
	}
	if err := unix.Setxattr(dir, "system.posix_acl_default", acl(), 0); err != nil {
		t.Skip(err)
	}
	replace(t, listed, "new", false)
	got := make([]byte, 1024)
	if n, err := unix.Getxattr(listed, aclName, got); err != nil || !bytes.Equal(got[:n], acl()) {
		t.Errorf("the list is % x, %v, want % x", got[:max(n, 0)], err, acl())
	}
	replace(t, plain, "new", false)
	if n, err := unix.Getxattr(plain, aclName, got); !errors.Is(err, unix.ENODATA) {
		t.Errorf("a file without a list has % x", got[:max(n, 0)])
	}
	if info, err := os.Stat(plain); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// A file that is mounted, as containers do, is written in place alone.
func TestMountPoint(t *testing.T) {
	dir := t.TempDir()
	source, name := filepath.Join(dir, "source"), filepath.Join(dir, "mounted")
	write(t, source, "old", 0o600)
	write(t, name, "", 0o600)
	if err := unix.Mount(source, name, "", unix.MS_BIND, ""); err != nil {
		t.Skip("this user can not mount:", err)
	}
	defer func() {
		if err := unix.Unmount(name, 0); err != nil {
			t.Error(err)
		}
	}()
	var refused *ReplaceError
	if _, err := Create(name, false); !errors.As(err, &refused) || !strings.HasSuffix(err.Error(), "mounted can not be replaced: it is a mount point") {
		t.Errorf("error %v", err)
	}
	replace(t, name, "new content", true)
	if content(t, source) != "new content" {
		t.Errorf("content %q", content(t, source))
	}
	only(t, dir, "mounted", "source")
}

// A disk without room for the result beside the copy of it leaves the target as it was.
func TestInPlaceDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("this user can not mount:", err)
	}
	defer func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	name := filepath.Join(dir, "out")
	write(t, name, "old", 0o600)
	f, err := Create(name, true)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("0123456789", 70_000)
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	checkIncomplete(t, f.Commit(t.Context()), text, "out: no space left on device; ")
	if got := content(t, name); got != "old" {
		t.Errorf("the target has %d other bytes", len(got))
	}
}
