//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
	"golang.org/x/sys/unix"
)

// A disk that is full, as a limit on the size of files looks to the program.
func TestMultiplyDiskFull(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Float32, []int{1 << 20}, make([]float32, 1<<20))
	save(t, filepath.Join(dir, "out.npy"), []byte("old"))

	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, dir, "multiply", "a.npy", "a.npy", "-o", "out.npy")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	limit := old
	limit.Cur = 1 << 20 // inherited by the process
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	err := cmd.Start()
	if restore := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); restore != nil {
		t.Fatal(restore)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitError {
		t.Errorf("%v, want exit code 1", err)
	}
	if got := stderr.String(); !strings.HasPrefix(got, "hadamard: ") || !strings.Contains(got, "out.npy: file too large") {
		t.Errorf("stderr %q", got)
	}
	only(t, dir, "a.npy", "out.npy")
	if contents(t, dir, "out.npy") != "old" {
		t.Error("the old file changed")
	}
}

func TestMultiplyDeviceFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Float32, []int{3}, []float32{1, 2, 3})
	code, _, stderr := hadamard(t, dir, "multiply", "a.npy", "a.npy", "-o", "/dev/full")
	if code != exitError || stderr != "hadamard: write /dev/full: no space left on device\n" {
		t.Errorf("exit code %d: %q", code, stderr)
	}
}

// Ctrl-C in the middle leaves no half file.
func TestMultiplySignal(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		dir := t.TempDir()
		const n = 20000 // 400 MB
		saveNPY(t, filepath.Join(dir, "row.npy"), ndarray.Uint8, []int{n}, make([]uint8, n))
		saveNPY(t, filepath.Join(dir, "column.npy"), ndarray.Uint8, []int{n, 1}, make([]uint8, n))
		cmd := program(t, dir, "multiply", "row.npy", "column.npy", "-o", "out.npy")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			if temps, _ := filepath.Glob(filepath.Join(dir, ".hadamard-*.tmp")); len(temps) > 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("nothing is written")
			}
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitError {
			t.Errorf("%v: %v, want exit code 1", signal, err)
		}
		if got := stderr.String(); got != "hadamard: interrupted, nothing was written\n" {
			t.Errorf("%v: stderr %q", signal, got)
		}
		only(t, dir, "row.npy", "column.npy")
	}
}

// Operands and results may be pipes.
func TestMultiplyPipes(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("this file system has no pipes:", err)
	}
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Int16, []int{3}, []int16{1, 2, 3})
	done := make(chan error, 1)
	go func() { done <- os.WriteFile(pipe, []byte(contents(t, dir, "a.npy")), 0) }()
	ok(t, dir, "multiply", "pipe", "a.npy", "-o", "out.npy")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got, want := loadNPY[int16](t, filepath.Join(dir, "out.npy"), ndarray.Int16, []int{3}), []int16{1, 4, 9}; !slices.Equal(got, want) {
		t.Errorf("from a pipe: got %v, want %v", got, want)
	}

	cmd := program(t, dir, "multiply", "a.npy", "a.npy", "-o", "/dev/fd/"+strconv.Itoa(3))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.ExtraFiles = []*os.File{w}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	w.Close()
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	if buf.String() != contents(t, dir, "out.npy") {
		t.Errorf("to a pipe: %q", buf.String())
	}
}
