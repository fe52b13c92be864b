//go:build man

// With the tag man the program writes manual pages for the one without it, from the same
// texts, into the folder that is its argument:
//
//	go run -tags man github.com/hadamard-go/hadamard/cmd/hadamard@latest ~/.local/share/man/man1
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/man"
)

func main() {
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintln(os.Stderr, "usage: go run -tags man ./cmd/hadamard FOLDER")
		os.Exit(exitUsage)
	}
	if err := man.Write(newRoot(), os.Args[1], moduleVersion()); err != nil {
		fmt.Fprintln(os.Stderr, "hadamard:", err)
		os.Exit(exitError)
	}
}
