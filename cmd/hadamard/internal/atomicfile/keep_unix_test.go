//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func status(t *testing.T, name string) *syscall.Stat_t {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t)
}

// Root keeps owner and group; nobody reads more at any moment.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give files to others")
	}
	defer syscall.Umask(syscall.Umask(0))
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	write(t, name, "old", 0o640)
	if err := os.Chown(name, 1234, 5678); err != nil {
		t.Skip(err)
	}
	f, err := Create(name, false)
	if err != nil {
		t.Fatal(err)
	}
	if s := status(t, f.temp.Name()); s.Mode&0o777 != 0o640 || s.Uid != 1234 || s.Gid != 5678 {
		t.Errorf("the temporary file has mode %o and belongs to %d:%d", s.Mode&0o777, s.Uid, s.Gid)
	}
	if err := f.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := status(t, name); s.Mode&0o777 != 0o640 || s.Uid != 1234 || s.Gid != 5678 {
		t.Errorf("the new file has mode %o and belongs to %d:%d", s.Mode&0o777, s.Uid, s.Gid)
	}
}

// At no moment more people can read or write what is written than the old file, however it
// gets there, nor at the first before it has owner and group of that.
func TestModeWhileWriting(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	for _, test := range []struct {
		old          fs.FileMode
		inPlace      bool
		first, later uint32 // of the temporary file, as it is made and from then on
	}{
		{0o600, false, 0o600, 0o600},
		{0o640, false, 0o600, 0o640},
		{0o604, false, 0o600, 0o604},
		{0o660, false, 0o600, 0o660},
		{0o666, false, 0o600, 0o666},
		{0o600, true, 0o600, 0o600},
		{0o666, true, 0o600, 0o600},
		{0, false, 0o666, 0o666}, // no old file: what the user's mask lets
	} {
		os.Remove(name)
		if test.old != 0 {
			write(t, name, "old", test.old)
		}
		count := 0
		check := func(f *os.File, want uint32) {
			t.Helper()
			if got := uint32(status(t, f.Name()).Mode & 0o777); got != want {
				t.Errorf("%o, in place %v: mode %o, want %o", test.old, test.inPlace, got, want)
			}
		}
		opened = func(f *os.File) {
			count++
			check(f, test.first)
		}
		f, err := Create(name, test.inPlace)
		opened = func(*os.File) {}
		if err != nil {
			t.Fatal(err)
		}
		if count != 1 {
			t.Errorf("%d temporary files", count)
		}
		check(f.temp, test.later)
		if _, err := f.Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		check(f.temp, test.later)
		if err := f.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := uint32(test.old)
		if test.old == 0 {
			want = 0o666
		}
		if got := uint32(status(t, name).Mode & 0o777); got != want {
			t.Errorf("%o, in place %v: the new file has mode %o", test.old, test.inPlace, got)
		}
	}
}

func TestWithoutGroup(t *testing.T) {
	for mode, want := range map[fs.FileMode]fs.FileMode{0o640: 0o600, 0o664: 0o644, 0o666: 0o666, 0o604: 0o604, 0o755: 0o755, 0o777: 0o777, 0o751: 0o711} {
		if got := withoutGroup(mode); got != want {
			t.Errorf("%o: %o, want %o", mode, got, want)
		}
	}
}

const (
	nobody       = 65534
	asNobodyName = "HADAMARD_TEST_NOBODY"
)

// What users without privileges meet; root runs it as nobody.
func TestAsNobody(t *testing.T) {
	dir := os.Getenv(asNobodyName)
	if dir == "" {
		asNobody(t)
		return
	}
	for _, test := range []struct{ name, why string }{
		{"locked/out", "write in " + filepath.Join(dir, "locked") + ": permission denied"},
		{"sticky/out", "another user owns it"},
	} {
		name := filepath.Join(dir, test.name)
		var refused *ReplaceError
		if _, err := Create(name, false); !errors.As(err, &refused) || !strings.Contains(err.Error(), test.name+" can not be replaced: "+test.why) {
			t.Errorf("%s: error %v", test.name, err)
		}
		replace(t, name, "new", true)
		if content(t, name) != "new" {
			t.Errorf("%s: not written in place", test.name)
		}
	}
	// A group that the user is not in.
	name := filepath.Join(dir, "open", "out")
	f, err := Create(name, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	if s := status(t, f.temp.Name()); s.Mode&0o777 != 0o600 || s.Gid == 5678 {
		t.Errorf("mode %o of group %d", s.Mode&0o777, s.Gid)
	}
}

func asNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root becomes another user")
	}
	if name, err := os.ReadFile("/proc/self/comm"); err == nil && strings.HasPrefix(string(name), "qemu-") {
		t.Skip("the tests run in an emulator, which does not start processes")
	}
	dir, err := os.MkdirTemp("", "hadamard-test")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Skip("this system does not have what it takes:", err)
		}
	}
	do(os.Chmod(dir, 0o755))
	for _, d := range []struct {
		name    string
		owner   int
		mode    fs.FileMode
		fileOf  int
		groupOf int
	}{
		{"locked", 0, 0o755, nobody, nobody},
		{"sticky", 0, 0o777 | fs.ModeSticky, 1234, nobody},
		{"open", nobody, 0o755, nobody, 5678},
	} {
		at := filepath.Join(dir, d.name)
		do(os.Mkdir(at, 0o700))
		write(t, filepath.Join(at, "out"), "old", map[bool]fs.FileMode{true: 0o666, false: 0o640}[d.name == "sticky"])
		do(os.Chown(filepath.Join(at, "out"), d.fileOf, d.groupOf))
		do(os.Chown(at, d.owner, d.owner))
		do(os.Chmod(at, d.mode))
	}
	self, err := os.Executable()
	do(err)
	program, err := os.ReadFile(self) // which only root can reach where it is
	do(err)
	do(os.WriteFile(filepath.Join(dir, "test"), program, 0o700))
	do(os.Chmod(filepath.Join(dir, "test"), 0o755))
	cmd := exec.Command(filepath.Join(dir, "test"), "-test.run=^TestAsNobody$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asNobodyName+"="+dir, "TMPDIR=/tmp")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	text, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(text), "--- PASS: TestAsNobody") {
		t.Errorf("%v: %s", err, text)
	}
}
