//go:build !man

// Command hadamard multiplies arrays in files element by element, with NumPy's
// broadcasting: .npy files, members of .npz archives, pictures, WAV files and raw I/Q samples.
//
//	hadamard multiply photo.jpg mask.png -o masked.png
//	hadamard info
//
// Run "hadamard help multiply" for the details.
package main

import (
	"context"
	"errors"
	"os"
)

func main() {
	ctx := untilSignal(context.Background())
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	var by interrupted
	if code != exitOK && errors.As(context.Cause(ctx), &by) {
		code = by.exitCode()
	}
	os.Exit(code)
}
