//go:build !man

// Command hadamard multiplies arrays in files element by element, with NumPy's
// broadcasting: .npy files, members of .npz archives, PNG and JPEG pictures.
//
//	hadamard multiply photo.jpg mask.png -o masked.png
//	hadamard info
//
// Run "hadamard help multiply" for the details.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
