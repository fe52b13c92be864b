//go:build !unix

package main

import (
	"os"
	"syscall"
)

// endingSignals end the program: Ctrl-C, and on Windows a console that is closed.
var endingSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}
