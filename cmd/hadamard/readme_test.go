package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var (
	command = regexp.MustCompile("(?m)(?:^|`|cmd/hadamard |hadamard@latest )(?:hadamard )?((?:multiply|convert|bench|info|version)\\b[^`\n]*)")
	after   = regexp.MustCompile(` (?:#|\| [a-z]|>).*`) // comments and other programs
	option  = regexp.MustCompile(`(?:^|[\s\[(])--?([a-z][a-z-]*)`)
)

// Commands and flags that documents and help name exist.
func TestNamedCommands(t *testing.T) {
	texts := map[string]string{}
	for _, pattern := range []string{"../../*.md", "../../*/*.md"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			texts[path] = string(text)
		}
	}
	for _, cmd := range newRoot().Commands() {
		texts["help of "+cmd.Name()] = strings.ReplaceAll(cmd.Example, "  ", "")
	}
	named := 0
	for where, text := range texts {
		for _, match := range command.FindAllStringSubmatch(text, -1) {
			line := after.ReplaceAllString(match[1], "")
			named++
			if unknown := unknownFlags(line); len(unknown) > 0 {
				t.Errorf("%s: %q has no %q", where, line, unknown)
			}
		}
	}
	if named < 15 {
		t.Errorf("only %d commands were found", named)
	}
	for line, want := range map[string]int{"multiply a b -o c": 0, "multiply a --fast": 1, "info [--kernels | --json]": 0, "bench (--cases F) [-x]": 1} {
		if got := unknownFlags(line); len(got) != want {
			t.Errorf("%q: %q are unknown, want %d", line, got, want)
		}
	}
}

// unknownFlags returns what a line names as flags and its command does not have.
func unknownFlags(line string) (unknown []string) {
	var cmd *cobra.Command
	name, _, _ := strings.Cut(line, " ")
	for _, c := range newRoot().Commands() {
		if c.Name() == name {
			cmd = c
		}
	}
	for _, match := range option.FindAllStringSubmatch(line, -1) {
		if cmd.Flags().Lookup(match[1]) == nil && (len(match[1]) > 1 || cmd.Flags().ShorthandLookup(match[1]) == nil) {
			unknown = append(unknown, match[1])
		}
	}
	return unknown
}
