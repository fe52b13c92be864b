package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
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
	if err := exec.Command(self, "-test.list=^$").Run(); errors.Is(err, syscall.ENOEXEC) {
		t.Skip("the tests run in an emulator, which does not start processes")
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), programVariable+"=1")
	return cmd
}
