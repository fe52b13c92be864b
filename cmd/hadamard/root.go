package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK    = 0
	exitError = 1 // the work failed
	exitUsage = 2 // the command line is wrong
)

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run runs the command line and returns the exit code. Errors go to stderr as
// one line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	line := strings.ReplaceAll(err.Error(), "\n", "; ")
	if errors.As(err, new(usageError)) {
		fmt.Fprintf(stderr, "hadamard: %s (see %s --help)\n", line, cmd.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(stderr, "hadamard: %s\n", line)
	return exitError
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "hadamard",
		Short:         "Multiply arrays in files element by element, as NumPy broadcasts them",
		Args:          subcommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
	}
	root.SetVersionTemplate("hadamard {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newMultiply(), newBench(), newInfo(), newVersion())
	return root
}

// subcommand refuses arguments of the root: they are misspelt commands.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if names := cmd.SuggestionsFor(args[0]); len(names) > 0 {
		hint = ", did you mean " + strings.Join(names, " or ") + "?"
	}
	return usagef("unknown command %q%s", args[0], hint)
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, got %q", cmd.Name(), args[0])
	}
	return nil
}
