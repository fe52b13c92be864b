//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/npy"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
	"golang.org/x/sys/unix"
)

// namedPipe makes a named pipe and returns its path.
func namedPipe(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := syscall.Mkfifo(path, 0o600); errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EPERM) {
		t.Skip("there are no named pipes on the file system of TMPDIR, set it to one that has them: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return path
}

// Of a standard output that is closed nothing is known, as the help says: Go opens /dev/null in its
// place before the program starts.
func TestStdoutClosed(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Float32, []int{4}, make([]float32, 4))
	cmd := program(t, dir, "multiply", "a.npy", "a.npy", "-o", "-")
	cmd.Args = append([]string{"sh", "-c", `"$0" "$@" >&-`}, cmd.Args...)
	cmd.Path = "/bin/sh"
	if stderr, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s; the help of multiply says that the product is lost", err, stderr)
	}
}

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

// The work is done though nobody can be told.
func TestMultiplyStderrFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full:", err)
	}
	defer full.Close()
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Float32, []int{3}, []float32{1, 2, 3})
	cmd := program(t, dir, "multiply", "a.npy", "a.npy", "-v", "-o", "out.npy")
	cmd.Stderr = full
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
	only(t, dir, "a.npy", "out.npy")
}

var signals = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// heeded returns those of them that programs heed which these tests start: under nohup, not all.
func heeded(t *testing.T) (heeded []syscall.Signal) {
	for _, s := range signals {
		if signal.Ignored(s) {
			t.Logf("%v is ignored here by whoever started the tests", s)
			continue
		}
		heeded = append(heeded, s)
	}
	return heeded
}

// end waits for a command that a signal has ended.
func end(t *testing.T, cmd *exec.Cmd, signal syscall.Signal, stderr *bytes.Buffer) {
	t.Helper()
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 128+int(signal) {
		t.Errorf("%v: %v, want exit code %d", signal, err, 128+int(signal))
	}
	if got := stderr.String(); got != "hadamard: interrupted, nothing was written\n" {
		t.Errorf("%v: stderr %q", signal, got)
	}
}

// Ctrl-C in the middle leaves no half file, nor do other signals.
func TestMultiplySignal(t *testing.T) {
	for _, signal := range heeded(t) {
		const tries = 5
		for try := 1; !interruptedBy(t, signal); try++ {
			if try == tries {
				t.Fatalf("%v: the result was complete before the signal came, %d times", signal, tries)
			}
		}
	}
}

// interruptedBy sends a signal to a program that has begun to write, and reports whether it came
// before the result was complete, as it does unless the machine has much else to do.
func interruptedBy(t *testing.T, signal syscall.Signal) bool {
	t.Helper()
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
	out := filepath.Join(dir, "out.npy")
	complete := func() bool {
		_, err := os.Stat(out)
		return err == nil
	}
	for deadline := time.Now().Add(time.Minute); !complete(); time.Sleep(time.Millisecond) {
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
	if complete() {
		cmd.Wait()
		return false
	}
	end(t, cmd, signal, &stderr)
	only(t, dir, "row.npy", "column.npy")
	return true
}

// waits returns when a process waits for somebody to open a pipe, as far as the system tells, and
// else when that is likely.
func waits(pid int) {
	for range 200 {
		time.Sleep(10 * time.Millisecond)
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/wchan", pid))
		for _, task := range tasks {
			if where, _ := os.ReadFile(task); string(where) == "wait_for_partner" {
				return
			}
		}
	}
}

// A single signal ends a command that waits for a pipe: one that nobody has opened, and
// one that delivers a part of an array.
func TestMultiplySignalWaiting(t *testing.T) {
	for i, signal := range heeded(t) {
		dir := t.TempDir()
		pipe := namedPipe(t, dir, "pipe")
		saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Int16, []int{3}, []int16{1, 2, 3})
		cmd := program(t, dir, "multiply", "a.npy", "pipe", "-o", "out.npy")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for the reader
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if _, err := w.WriteString("\x93NUMPY\x01\x00"); err != nil {
				t.Fatal(err)
			}
		} else {
			waits(cmd.Process.Pid)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		end(t, cmd, signal, &stderr)
		only(t, dir, "a.npy", "pipe")
	}
}

// Standard output takes arrays, from pipes as well, and the exit status tells whether it
// has all.
func TestMultiplyStdout(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Int16, []int{3}, []int16{1, 2, 3})
	cmd := program(t, dir, "multiply", "a.npy", "-", "-o", "-")
	cmd.Stdin = strings.NewReader(contents(t, dir, "a.npy"))
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	ok(t, dir, "multiply", "a.npy", "a.npy", "-o", "out.npy")
	if string(text) != contents(t, dir, "out.npy") {
		t.Errorf("%q", text)
	}

	// Fractions go from one program to the next as the line on standard error says.
	savePixels(t, filepath.Join(dir, "g.png"), 2, 1, 1, []byte{51, 255})
	var first, second bytes.Buffer
	cmd = program(t, dir, "multiply", "g.png", "g.png", "-o", "-")
	cmd.Stderr = &first
	text, err = cmd.Output()
	if want := "hadamard: standard output holds fractions of full scale as uint8, 255 being 1; -:unorm reads them as such\n"; err != nil || first.String() != want {
		t.Errorf("%v, %q, want %q", err, first.String(), want)
	}
	cmd = program(t, dir, "multiply", "-:unorm", "g.png", "-o", "three.png")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(text), &second
	if err := cmd.Run(); err != nil || second.Len() > 0 {
		t.Errorf("%v, %q", err, second.String())
	}
	if got := loadPixels(t, filepath.Join(dir, "three.png"), ndarray.UNorm8, 1, 2, 1); !bytes.Equal(got, []byte{2, 255}) {
		t.Errorf("got %v", got)
	}

	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full:", err)
	}
	defer full.Close()
	var stderr bytes.Buffer
	cmd = program(t, dir, "multiply", "a.npy", "a.npy", "-o", "-")
	cmd.Stdout, cmd.Stderr = full, &stderr
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != exitError || stderr.String() != "hadamard: write standard output: no space left on device\n" {
		t.Errorf("%v, %q", err, stderr.String())
	}
	only(t, dir, "a.npy", "g.png", "out.npy", "three.png")
}

// Signals that the program was started to ignore stay ignored, as nohup wants it.
func TestMultiplyIgnoredSignal(t *testing.T) {
	dir := t.TempDir()
	pipe := namedPipe(t, dir, "pipe")
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Int16, []int{3}, []int16{1, 2, 3})
	cmd := program(t, dir, "multiply", "a.npy", "pipe", "-o", "out.npy")
	signal.Ignore(syscall.SIGHUP) // which processes inherit
	err := cmd.Start()
	signal.Reset(syscall.SIGHUP)
	if err != nil {
		t.Fatal(err)
	}
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString(contents(t, dir, "a.npy")); err != nil {
		t.Fatal(err)
	}
	// The pipe is left open: the array is complete.
	defer w.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	only(t, dir, "a.npy", "out.npy", "pipe")
}

// tooLarge reports whether an error says that the machine can not hold something; a small
// one can not even count it.
func tooLarge(text string) bool {
	return strings.Contains(text, " do not fit into the ") || math.MaxInt == math.MaxInt32 && strings.Contains(text, " overflows ")
}

// Endless and hostile operands are looked at before they are read.
func TestMultiplyEndless(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Int16, []int{3}, []int16{1, 2, 3})
	if _, err := os.Stat("/dev/zero"); err == nil {
		code, _, stderr := hadamard(t, dir, "multiply", "a.npy", "/dev/zero", "-o", "out.npy")
		if code != exitError || !strings.HasPrefix(stderr, "hadamard: /dev/zero: not a .npy, .npz, .wav or picture file") {
			t.Errorf("exit code %d, %q", code, stderr)
		}
	}
	cmd := program(t, dir, "multiply", "a.npy", "-", "-o", "out.npy")
	header := npy.EncodeHeader(ndarray.Float64, []int{1 << 16, 1 << 16, 1 << 12}, false) // 128 TiB
	cmd.Stdin = bytes.NewReader(header)
	text, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitError || !tooLarge(string(text)) {
		t.Errorf("exit code %d, %q", code, text)
	}
	only(t, dir, "a.npy")
}

// A picture that the machine can not hold is an error before anything is made.
func TestMultiplyHugePicture(t *testing.T) {
	dir := t.TempDir()
	const n = 10_000_000 // whose square is 10^14 pixels
	saveNPY(t, filepath.Join(dir, "row.npy"), ndarray.Uint8, []int{n}, make([]uint8, n))
	saveNPY(t, filepath.Join(dir, "column.npy"), ndarray.Uint8, []int{n, 1}, make([]uint8, n))
	code, _, stderr := hadamard(t, dir, "multiply", "row.npy", "column.npy", "-o", "out.png")
	if code != exitError || !strings.Contains(stderr, "shape (10000000,10000000): ") || !tooLarge(stderr) {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	only(t, dir, "column.npy", "row.npy")
}

// A mapped picture of too many pixels is refused by its header, unless it is asked for.
func TestMultiplyMaxPixels(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, "bomb.pbm"), append([]byte("P4 20000 20000\n"), make([]byte, 100)...))
	save(t, filepath.Join(dir, "small.pgm"), []byte("P5 2 2 255\n\x00\x01\x02\x03"))
	code, _, stderr := hadamard(t, dir, "multiply", "bomb.pbm", "bomb.pbm", "-o", "out.npy")
	if code != exitError || !strings.Contains(stderr, "20000 x 20000 pixels") || !strings.Contains(stderr, "--max-pixels") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	code, _, stderr = hadamard(t, dir, "multiply", "small.pgm", "small.pgm", "--max-pixels", "3", "-o", "out.npy")
	if code != exitError || !strings.Contains(stderr, "the limit is 3 pixels, which --max-pixels raises") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	only(t, dir, "bomb.pbm", "small.pgm")
	ok(t, dir, "multiply", "small.pgm", "small.pgm", "--max-pixels", "4", "-o", "out.npy")
	if code, _, stderr := hadamard(t, dir, "multiply", "small.pgm", "small.pgm", "--max-pixels", "0", "-o", "out.npy"); code != exitUsage {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// Standard input is an operand, whatever it is.
func TestMultiplyStdin(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "a.npy"), ndarray.Int16, []int{3}, []int16{1, 2, 3})
	saveNPY(t, filepath.Join(dir, "bits.npy"), ndarray.Uint8, []int{3}, []uint8{0, 7, 255})
	file, err := os.Open(filepath.Join(dir, "a.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ok(t, dir, "multiply", "bits.npy", "bits.npy:mask", "-o", "bits.npz")
	save(t, filepath.Join(dir, "-:mask"), []byte(contents(t, dir, "a.npy"))) // which only ./-:mask is
	bits, err := os.Open(filepath.Join(dir, "bits.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer bits.Close()
	for name, test := range map[string]struct {
		in      io.Reader
		operand string
		want    []int16
	}{
		"from a file":    {file, "-", []int16{1, 4, 9}},
		"from a pipe":    {strings.NewReader(contents(t, dir, "a.npy") + "behind"), "-", []int16{1, 4, 9}},
		"a part of it":   {strings.NewReader(contents(t, dir, "bits.npy")), "-:mask", []int16{0, 2, 3}},
		"a file's part":  {bits, "-:mask", []int16{0, 2, 3}},
		"by its device":  {strings.NewReader(contents(t, dir, "bits.npy")), "/dev/stdin:mask", []int16{0, 2, 3}},
		"a member":       {strings.NewReader(contents(t, dir, "bits.npz")), "-:arr_0:mask", []int16{0, 2, 3}},
		"no part of it":  {strings.NewReader(contents(t, dir, "a.npy")), "-:", []int16{1, 4, 9}},
		"a file of it":   {strings.NewReader("not this"), "./-:mask", []int16{1, 4, 9}},
		"not what it is": {strings.NewReader(""), "-", nil},
	} {
		cmd := program(t, dir, "multiply", test.operand, "a.npy", "-o", "out.npy")
		cmd.Stdin = test.in
		text, err := cmd.CombinedOutput()
		if test.want == nil {
			if cmd.ProcessState.ExitCode() != exitError || string(text) != "hadamard: -: the file is empty\n" {
				t.Errorf("%s: %v, %q", name, err, text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v, %q", name, err, text)
		} else if got := loadNPY[int16](t, filepath.Join(dir, "out.npy"), ndarray.Int16, []int{3}); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
	if code, _, stderr := hadamard(t, dir, "multiply", "-", "-", "-o", "out.npy"); code != exitUsage || !strings.Contains(stderr, "standard input (-) can be one operand only") {
		t.Errorf("twice: exit code %d, %q", code, stderr)
	}
}

// Operands and results may be pipes.
func TestMultiplyPipes(t *testing.T) {
	dir := t.TempDir()
	pipe := namedPipe(t, dir, "pipe")
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

// Signals go through pipes: a WAV of unknown length, of which no more is read than it has, and
// raw samples, which end with the pipe.
func TestMultiplySignalPipes(t *testing.T) {
	dir := t.TempDir()
	saveNPY(t, filepath.Join(dir, "half.npy"), ndarray.Float32, []int{}, []float32{0.5})
	saveNPY(t, filepath.Join(dir, "turn.npy"), ndarray.Complex64, []int{}, []complex64{1i})
	saveWAV(t, filepath.Join(dir, "a.wav"), ndarray.Int16, []int{3}, signalfile.Options{}, []int16{100, -200, 300})
	saveWAV(t, filepath.Join(dir, "want.wav"), ndarray.Int16, []int{3}, signalfile.Options{}, []int16{50, -100, 150})
	wav := contents(t, dir, "a.wav")
	open := wav[:4] + "\xff\xff\xff\xff" + wav[8:40] + "\xff\xff\xff\xff" + wav[44:]
	for name, test := range map[string]struct {
		args, in, want string
	}{
		"a WAV":                   {"- half.npy --to wav", wav + "behind", contents(t, dir, "want.wav")},
		"a WAV of unknown length": {"- half.npy --to wav", open, contents(t, dir, "want.wav")},
		"raw samples":             {"- turn.npy --as cs8 --to cs8", "\x01\x02\x03\x04", "\xfe\x01\xfc\x03"},
		"raw samples as stored":   {"-:stored /dev/stdin:stored --as cs8", "", ""},
	} {
		cmd := program(t, dir, append(strings.Fields("multiply -o -"), strings.Fields(test.args)...)...)
		cmd.Stdin = strings.NewReader(test.in)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		if (err == nil) != (test.in != "") || stdout.String() != test.want {
			t.Errorf("%s: %v, %q, got %q, want %q", name, err, stderr.String(), stdout.String(), test.want)
		}
	}
	pipe := namedPipe(t, dir, "pipe.cs8")
	done := make(chan error, 1)
	go func() { done <- os.WriteFile(pipe, []byte("\x01\x02\x03\x04"), 0) }()
	ok(t, dir, "multiply", "pipe.cs8", "turn.npy", "-o", "out.cs8")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := contents(t, dir, "out.cs8"); got != "\xfe\x01\xfc\x03" {
		t.Errorf("from a named pipe: %q", got)
	}
}
