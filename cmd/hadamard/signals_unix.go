//go:build unix

package main

import (
	"os"
	"syscall"
)

// endingSignals end the program: Ctrl-C, kill, a terminal that is closed, and Ctrl-\.
var endingSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
