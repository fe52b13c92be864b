package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// programVariable makes the test binary run as the program itself, for what a
// process has to be its own for: signals, limits and the environment.
const programVariable = "HADAMARD_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program returns a command that runs hadamard in dir as a process.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// QEMU's user mode starts no process of its own architecture, and its fork hangs now
	// and then, so that trying is no way to find out.
	if name, err := os.ReadFile("/proc/self/comm"); err == nil && strings.HasPrefix(string(name), "qemu-") {
		t.Skip("the tests run in an emulator, which does not start processes")
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), programVariable+"=1")
	return cmd
}
