package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
	root.SetArgs(markOperands(args))
	out := &watched{w: stdout}
	root.SetOut(out)
	root.SetErr(stderr)
	addCompletion(root)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = out.err // cobra's help does not return it
	}
	if err == nil {
		return exitOK
	}
	line := strings.NewReplacer("\n", "; ", operandMark+"-", "-", `\x00-`, "-").Replace(err.Error())
	if errors.As(err, new(usageError)) {
		fmt.Fprintf(stderr, "hadamard: %s (see %s --help)\n", line, cmd.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(stderr, "hadamard: %s\n", line)
	return exitError
}

// watched keeps the first error of a writer, and takes what comes after it as written.
type watched struct {
	w   io.Writer
	err error
}

func (w *watched) Write(data []byte) (int, error) {
	if w.err == nil {
		_, w.err = w.w.Write(data)
	}
	return len(data), nil
}

// operandMark stands before operands such as "-:mask" and "-0.5", which would be taken for flags.
// No argument of a process has it.
const operandMark = "\x00"

func markOperands(args []string) []string {
	marked := slices.Clone(args)
	for i, arg := range args {
		_, number, _ := parseNumber(arg)
		if strings.HasPrefix(arg, stdinName+":") || number && strings.HasPrefix(arg, "-") {
			marked[i] = operandMark + arg
		}
	}
	return marked
}

// unmarked returns an argument as it was given.
func unmarked(arg string) string { return strings.TrimPrefix(arg, operandMark) }

const rootLong = `Multiply arrays in files element by element, as NumPy broadcasts them.

Files are NumPy's .npy and .npz, pictures, and signals: WAV and raw I/Q samples.
Shapes need not be equal: a mask of one channel multiplies a photograph of
three, a row multiplies each row of a table.

The exit status is 0 when the work is done, 1 when it failed, 2 when the command
line is wrong, and 128 plus its number when a signal ended it. Errors are one
line on standard error; then no file has changed.`

const rootExample = `  hadamard multiply photo.jpg mask.png -o masked.png
  hadamard multiply photo.jpg 0.5 -o dark.jpg
  hadamard help multiply`

// usageTemplate is cobra's with the groups of commands and without the repetitions.
const usageTemplate = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND{{else}}{{.UseLine}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- range $group := .Groups}}

{{.Title}}{{range $.Commands}}{{if and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}
{{- if and .HasAvailableSubCommands (not .AllChildCommandsHaveGroup)}}

Commands:{{range .Commands}}{{if and (eq .GroupID "") .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableSubCommands}}

"{{.Root.Name}} help{{with .Parent}} {{$.Name}}{{end}} COMMAND" says more about a command.{{end}}
`

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "hadamard COMMAND",
		Short:         "Multiply arrays in files element by element, as NumPy broadcasts them",
		Long:          rootLong,
		Example:       rootExample,
		Args:          subcommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,

		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return emptyFlag(cmd.Flags()) },

		DisableFlagsInUseLine:      true,
		SuggestionsMinimumDistance: 2,
	}
	root.SetVersionTemplate("hadamard {{.Version}}\n")
	root.Flags().Bool("version", false, "print the version, as the command does") // without cobra's -v, which is --verbose
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// In "hadamard mul a b -o c" the mistake is mul, though -o is what root does not know.
		if args := cmd.Flags().Args(); cmd == root && len(args) > 0 {
			err = subcommand(cmd, args)
		}
		return usageError{flagError(err)}
	})
	root.SetUsageTemplate(usageTemplate)
	const work, machine, others = "work", "machine", "others"
	root.AddGroup(&cobra.Group{ID: work, Title: "To multiply files:"}, &cobra.Group{ID: machine, Title: "To know this machine:"}, &cobra.Group{ID: others, Title: "Others:"})
	for _, command := range []struct {
		group string
		*cobra.Command
	}{{work, newMultiply()}, {work, newConvert()}, {machine, newBench()}, {machine, newInfo()}, {others, newVersion()}} {
		command.GroupID = command.group
		root.AddCommand(command.Command)
	}
	root.SetHelpCommandGroupID(others)
	root.SetCompletionCommandGroupID(others)
	addHelp(root)
	return root
}

// addHelp adds cobra's command, which shows the help of the program for what it does not
// know.
func addHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil {
		panic(err) // it has just been added
	}
	help.Use, help.Short = "help [COMMAND]", "Say more about a command"
	help.Long = "Say more about a command, or what commands there are."
	help.DisableFlagsInUseLine = true
	help.Args = func(_ *cobra.Command, args []string) error {
		of, rest, err := root.Find(args)
		switch {
		case err != nil:
			return usageError{err}
		case len(rest) > 0 && of == root:
			return subcommand(root, rest)
		case len(rest) > 0:
			return usagef("%s has no command %q", of.CommandPath(), rest[0])
		}
		return nil
	}
}

// addCompletion adds cobra's command, which shows its help for shells that it does not
// know. The scripts go where the output goes by then.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	completion, _, err := root.Find([]string{"completion"})
	if err != nil {
		panic(err) // it has just been added
	}
	completion.Short = "Print what a shell needs to complete commands"
	completion.Long = `Print what a shell needs to complete commands, flags and file names. Each
command says how its shell takes it.`
	var shells []string
	for _, shell := range completion.Commands() {
		shells = append(shells, shell.Name())
		shell.Short = "Print the script for " + shell.Name()
	}
	completion.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usagef("unknown shell %q, want %s", args[0], strings.Join(shells, ", "))
		}
		return nil
	}
	completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// flagError says what is wrong with a flag in words of people.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) && strings.HasPrefix(invalid.GetFlag().Value.Type(), "int") {
		return fmt.Errorf("--%s is %q, want a number", invalid.GetFlag().Name, invalid.GetValue())
	}
	var missing *pflag.ValueRequiredError
	if errors.As(err, &missing) {
		value, _ := pflag.UnquoteUsage(missing.GetFlag())
		return fmt.Errorf("--%s needs %s behind it", missing.GetFlag().Name, value)
	}
	return err
}

// emptyFlag refuses flags that are given nothing, as those of a variable that is not set.
func emptyFlag(flags *pflag.FlagSet) (err error) {
	flags.Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "string" && f.Value.String() == "" {
			value, _ := pflag.UnquoteUsage(f)
			err = usagef("--%s needs %s behind it", f.Name, value)
		}
	})
	return err
}

// subcommand refuses arguments of the root: they are misspelt commands, or the command
// is missing.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if names := cmd.SuggestionsFor(args[0]); len(names) > 0 {
		return usagef("unknown command %q, did you mean %s?", args[0], strings.Join(names, " or "))
	}
	if _, err := os.Stat(args[0]); err == nil || filepath.Ext(args[0]) != "" {
		return usagef("%q is no command, did you mean hadamard multiply %s -o OUT?", args[0], strings.Join(args, " "))
	}
	return usagef("unknown command %q", args[0])
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, got %q", cmd.Name(), args[0])
	}
	return nil
}
