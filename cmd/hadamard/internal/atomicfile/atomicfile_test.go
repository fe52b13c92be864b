package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// only fails the test unless dir holds the named files and no others.
func only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("directory holds %q, want %q", got, names)
	}
}

func content(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, name, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

func TestCommit(t *testing.T) {
	for _, old := range []bool{false, true} {
		dir := t.TempDir()
		name := filepath.Join(dir, "out")
		if old {
			write(t, name, "old", 0o640)
		}
		f, err := Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Reserve(1 << 16); err != nil {
			t.Error(err)
		}
		if _, err := f.Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		if old && content(t, name) != "old" {
			t.Error("the old file changed before Commit")
		}
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		f.Abort()
		if err := f.Commit(); err == nil {
			t.Error("a second Commit is no error")
		}
		only(t, dir, "out")
		if got := content(t, name); got != "new" {
			t.Errorf("content %q", got)
		}
		if old && runtime.GOOS != "windows" {
			if info, _ := os.Stat(name); info.Mode() != 0o640 {
				t.Errorf("mode %v, want that of the old file", info.Mode())
			}
		}
	}
}

func TestAbort(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	write(t, name, "old", 0o600)
	f, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	f.Abort()
	only(t, dir, "out")
	if content(t, name) != "old" {
		t.Error("the old file changed")
	}
}

// A target that became a directory meanwhile can not be renamed over.
func TestCommitFails(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	f, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(name, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil {
		t.Error("no error")
	}
	only(t, dir, "out")
}

func TestSymlink(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	target, link := filepath.Join(other, "target"), filepath.Join(dir, "link")
	write(t, target, "old", 0o600)
	if err := os.Symlink(target, link); err != nil {
		t.Skip("this system or user can not make symbolic links:", err)
	}
	f, err := Create(link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
	if content(t, target) != "new" {
		t.Error("the target is unchanged")
	}
	only(t, other, "target")
}

func TestCreateErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "", 0o600)
	tests := []struct{ name, path, want string }{
		{"directory", dir, dir + " is a directory"},
		{"no directory", filepath.Join(dir, "missing", "out"), "directory " + filepath.Join(dir, "missing") + " does not exist"},
		{"below a file", filepath.Join(file, "out"), ""},
		{"empty", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := Create(test.path)
			if err == nil {
				f.Abort()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
	only(t, dir, "file")
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	write(t, name, "old", 0o400)
	if f, err := os.OpenFile(name, os.O_WRONLY, 0); err == nil {
		f.Close()
		t.Skip("this user may write to read-only files")
	}
	if _, err := Create(name); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("read-only file: %v", err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	if _, err := Create(filepath.Join(dir, "new")); err == nil && runtime.GOOS != "windows" {
		t.Error("read-only directory: no error")
	} else if err != nil && strings.Contains(err.Error(), ".tmp") {
		t.Errorf("read-only directory: the error %q names a temporary file", err)
	}
}

// /dev/full is written to directly, and every write fails.
func TestDevice(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	f, err := Create("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	if err := f.Reserve(1 << 62); err != nil {
		t.Error(err)
	}
	if _, err := f.Write([]byte("x")); err == nil || !strings.Contains(err.Error(), "/dev/full: no space left") {
		t.Errorf("error %v", err)
	}
}
