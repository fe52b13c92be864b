package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

type multiplyFlags struct {
	arithmetic
	dtypeName, castingName, orderName string // by the command line
	where                             string

	output         string
	quality        int
	setQuality     bool // by the command line
	verbose, quiet bool
	how            reading
	as             string
	inPlace        bool
	to             string               // what is written where the name does not say
	rate           int64                // of a WAV, 0 for that of the first operand that is one
	bits           string               // by the command line
	depth          *signalfile.Encoding // of a WAV, nil for that of the first operand that is one
}

// addTo gives a command the flags, and has it run by them.
func (flags *multiplyFlags) addTo(cmd *cobra.Command) {
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return fileExtensions, cobra.ShellCompDirectiveFilterFileExt
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for i, arg := range args {
			args[i] = unmarked(arg)
		}
		if err := flags.check(cmd, args); err != nil {
			return err
		}
		notes := cmd.ErrOrStderr()
		if flags.quiet {
			notes = io.Discard
		}
		return multiply(cmd.Context(), args, *flags, notes)
	}
	f := cmd.Flags()
	f.VarP(single{&flags.output}, "output", "o", "write to `FILE`, a .npy, .npz, .png, .jpg or .wav, raw samples as .cs16, or - for standard output")
	f.BoolVar(&flags.inPlace, "in-place", false, "write into the file that is there, where it can not be replaced")
	f.StringVar(&flags.dtypeName, "dtype", "", "have a result of `DTYPE`, such as float32 or uint8")
	f.StringVar(&flags.castingName, "casting", "", "convert by `RULE`: no, equiv, safe, same_kind, unsafe or saturate")
	f.StringVar(&flags.orderName, "order", "K", "write axes in `ORDER` C or F, K as the operands or A as all of them")
	f.IntVar(&flags.quality, "quality", imagefile.DefaultQuality, "quality of a .jpg, `N` from 1 to 100")
	f.Int64Var(&flags.how.pictures.MaxPixels, "max-pixels", maxPixels, "refuse pictures of more than `N` pixels")
	f.BoolVar(&flags.how.pictures.AsStored, "as-stored", false, "do not turn pictures as their EXIF data say")
	f.StringVar(&flags.as, "as", "", "read files whose name says nothing as raw `FORMAT`: cf32, cs16, cs8 or cu8")
	f.StringVar(&flags.to, "to", "", "write `FORMAT`, such as png or cs16, where the name says nothing")
	f.Int64Var(&flags.rate, "rate", 0, "have `N` frames a second in a .wav, not as many as its first operand")
	f.StringVar(&flags.bits, "bits", "", "store samples of a .wav as `N`: 8, 16, 24, 32, float32 or float64")
	f.BoolVarP(&flags.quiet, "quiet", "q", false, "say nothing but errors: no progress, no warnings")
	f.BoolVarP(&flags.verbose, "verbose", "v", false, "say what ran, and how fast, on standard error")
	if err := cmd.MarkFlagFilename("output", written...); err != nil {
		panic(err) // there is no such flag
	}
	for name, values := range map[string][]string{
		"as": rawFormats(), "to": written, "bits": signalfile.Depths(),
		"dtype": dtypes(), "casting": castings(), "order": {"K", "C", "F", "A"},
	} {
		if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // there is no such flag
		}
	}
}

// single is a text that a command line has once: a second one would take the place of the first without
// a word.
type single struct{ text *string }

func (s single) String() string {
	if s.text == nil { // of the zero value, which help looks at
		return ""
	}
	return *s.text
}

func (s single) Type() string { return "string" }

// Set takes the text.
func (s single) Set(text string) error {
	if *s.text != "" {
		return fmt.Errorf("there is %q already", *s.text)
	}
	*s.text = text
	return nil
}

// check checks the command line, and takes what it says.
func (flags *multiplyFlags) check(cmd *cobra.Command, args []string) error {
	flags.output, flags.where = unmarked(flags.output), unmarked(flags.where)
	switch {
	case flags.output == "":
		return usagef("%s needs an output file: %s", cmd.Name(), outputHint(args))
	case flags.quality < 1 || flags.quality > 100:
		return usagef("--quality is %d, want 1 to 100", flags.quality)
	case flags.quiet && flags.verbose:
		return usagef("--quiet and --verbose exclude each other")
	case flags.how.pictures.MaxPixels < 1:
		return usagef("--max-pixels is %d, want 1 or more", flags.how.pictures.MaxPixels)
	case fromStdin(append(slices.Clip(args), flags.where)) > 1:
		return usagef("standard input (-) can be one operand only")
	}
	flags.setQuality = cmd.Flags().Changed("quality")
	if err := flags.ofArrays(); err != nil {
		return err
	}
	return flags.ofSignals(cmd.Flags().Changed("rate"))
}

// ofArrays checks the flags of what is multiplied, and takes what they say.
func (flags *multiplyFlags) ofArrays() error {
	var ok bool
	if flags.dtypeName != "" {
		dtype, order, err := ndarray.ParseDType(flags.dtypeName)
		switch {
		case err != nil:
			return usagef("--dtype is %q, want %s", flags.dtypeName, listed(dtypes()))
		case order != ndarray.NativeEndian() && dtype.WordSize() > 1:
			return usagef("--dtype is %q, but results have the byte order of this machine", flags.dtypeName)
		}
		flags.dtype = dtype
	}
	if flags.castingName != "" {
		if flags.casting, ok = ndarray.ParseCasting(flags.castingName); !ok {
			return usagef("--casting is %q, want %s", flags.castingName, listed(castings()))
		}
	}
	if flags.order, ok = ndarray.ParseOrder(strings.ToUpper(flags.orderName)); !ok {
		return usagef("--order is %q, want K, C, F or A", flags.orderName)
	}
	return nil
}

// dtypes returns their names.
func dtypes() (names []string) {
	for _, d := range ndarray.DTypes() {
		names = append(names, d.String())
	}
	return names
}

// castings returns the names of casting rules.
func castings() []string {
	return []string{"no", "equiv", "safe", "same_kind", "unsafe", "saturate"}
}
