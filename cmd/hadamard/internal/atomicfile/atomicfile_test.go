package atomicfile

import (
	"context"
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
		f, err := Create(name, false)
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
		if err := f.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.Abort()
		if err := f.Commit(t.Context()); err == nil {
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
	f, err := Create(name, false)
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

// A target that became a directory meanwhile can not be renamed over. The content is
// complete, and stays.
func TestCommitFails(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	f, err := Create(name, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(name, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	checkIncomplete(t, f.Commit(t.Context()), "new", "it can not be replaced: ")
	f.Abort()
}

// checkIncomplete checks an error that names the file in which the content is.
func checkIncomplete(t *testing.T, err error, want, text string) {
	t.Helper()
	var incomplete *IncompleteError
	if !errors.As(err, &incomplete) {
		t.Fatalf("error %v, want an IncompleteError", err)
	}
	if got := content(t, incomplete.Complete); got != want {
		t.Errorf("%s holds %d bytes, want %d", incomplete.Complete, len(got), len(want))
	}
	if got := err.Error(); !strings.Contains(got, text) || !strings.HasSuffix(got, "; the complete result is in "+incomplete.Complete) {
		t.Errorf("error %q", got)
	}
}

// replace writes a file as a whole.
func replace(t *testing.T, name, text string, inPlace bool) {
	t.Helper()
	f, err := Create(name, inPlace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A canceled context leaves everything as it was.
func TestCommitCanceled(t *testing.T) {
	for _, inPlace := range []bool{false, true} {
		dir := t.TempDir()
		name := filepath.Join(dir, "out")
		write(t, name, "old", 0o600)
		f, err := Create(name, inPlace)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for f.sync(ctx) == nil { // either may be first
		}
		if err := f.Commit(ctx); err == nil && !inPlace {
			continue // the disk was faster
		} else if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		only(t, dir, "out")
		if content(t, name) != "old" {
			t.Error("the old file changed")
		}
	}
}

// In place the file stays the same: its hard links see the new content, longer or shorter.
func TestInPlace(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "out"), filepath.Join(dir, "link")
	write(t, name, "old content", 0o640)
	if err := os.Link(name, link); err != nil {
		t.Skip("this file system has no links:", err)
	}
	for _, text := range []string{"new", "", strings.Repeat("long", 1000)} {
		replace(t, name, text, true)
		if content(t, link) != text {
			t.Errorf("the link holds %q, want %q", content(t, link), text)
		}
		only(t, dir, "link", "out")
	}
	fresh := filepath.Join(dir, "fresh")
	replace(t, fresh, "new", true)
	if content(t, fresh) != "new" {
		t.Error("a file that was not there is not written")
	}
	only(t, dir, "fresh", "link", "out")
}

// countdown is canceled when it has been asked so many times.
type countdown struct {
	context.Context
	n int
}

func (c *countdown) Err() error {
	if c.n--; c.n < 0 {
		return context.Canceled
	}
	return nil
}

// What goes wrong while the target is written leaves the content elsewhere.
func TestInPlaceFails(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	write(t, name, "old", 0o600)
	text := strings.Repeat("0123456789abcdef", 1<<20+1)
	for asked, want := range map[int]string{1: "out: interrupted; ", 2: "out: it is damaged, since copying into it ended: interrupted; "} {
		f, err := Create(name, true)
		if err != nil {
			t.Fatal(err)
		}
		if f.InPlace() == "" || f.InPlace() == name {
			t.Errorf("the content is in %q", f.InPlace())
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		checkIncomplete(t, f.Commit(&countdown{t.Context(), asked}), text, want)
		f.Abort()
	}
	f, err := Create(name, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	checkIncomplete(t, f.Commit(t.Context()), "", "out: ")
	if content(t, f.InPlace()) != "" {
		t.Error("another content")
	}
}

// Links are followed to what is not there yet, from where they are.
func TestDanglingLinks(t *testing.T) {
	for name, links := range map[string]map[string]string{
		"relative":        {"link": "real/new"},
		"absolute":        {"link": "/real/new"},
		"several":         {"link": "second", "second": "real/third", "real/third": "new"},
		"out of a folder": {"link": "folder/../new", "folder": "real/inner"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "real", "inner"), 0o700); err != nil {
				t.Fatal(err)
			}
			for link, to := range links {
				if strings.HasPrefix(to, "/") {
					to = dir + to
				}
				if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
					t.Skip("this system or user can not make symbolic links:", err)
				}
			}
			replace(t, filepath.Join(dir, "link"), "new", false)
			if got := content(t, filepath.Join(dir, "real", "new")); got != "new" {
				t.Errorf("content %q", got)
			}
			if info, err := os.Lstat(filepath.Join(dir, "link")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
				t.Errorf("the link is gone: %v %v", info, err)
			}
		})
	}
	dir := t.TempDir()
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Skip(err)
	}
	if _, err := Create(loop, false); err == nil {
		t.Error("a loop is no error")
	}
}

func TestSymlink(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	target, link := filepath.Join(other, "target"), filepath.Join(dir, "link")
	write(t, target, "old", 0o600)
	if err := os.Symlink(target, link); err != nil {
		t.Skip("this system or user can not make symbolic links:", err)
	}
	f, err := Create(link, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(t.Context()); err != nil {
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
			f, err := Create(test.path, false)
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
	if _, err := Create(name, false); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("read-only file: %v", err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	if _, err := Create(filepath.Join(dir, "new"), false); err == nil && runtime.GOOS != "windows" {
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
	f, err := Create("/dev/full", false)
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
