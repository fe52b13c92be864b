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
	"time"

	"github.com/spf13/cobra"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/runtime"
)

const multiplyLong = `Multiply arrays element by element and write the product.

Shapes broadcast as in NumPy: they are aligned at their last axes, and an axis
that is missing or has size 1 repeats. Three and more operands are multiplied
from left to right in one pass.

Operands are told apart by their content:

  x.npy         NumPy array; mapped, so it may be larger than memory
  x.npz:name    array of an archive, mapped unless it is compressed; a
                path that exists as it stands is that file
  x.png, x.jpg  picture of shape (H,W,C), C = 1 grey, 2 grey and alpha,
                3 RGB, 4 RGB and alpha; also TIFF, BMP, WebP, GIF (the
                first frame) and binary PBM, PGM, PPM. It is turned as
                its EXIF data say
  x.wav         signal of shape (N,C), or (N,) of one channel, which
                serves all channels of others: float32 of 8, 16, 24 or 32
                bits, as fractions of full scale, or of floats
  x.cf32, x.cs16, x.cs8, x.cu8
                raw I/Q samples, complex64 of shape (N,), likewise. --as
                reads files of other names so
  0.5, 1+2j     number, unless a file is called so; it takes the dtype of
                what it is multiplied by, as Python's do in NumPy 2, and
                leaves the alpha of pictures alone
  -             standard input, any of these files, also with a part
                behind it, as -:mask (a file called so is ./-:mask). From
                pipes and devices no more is read than the array takes

The samples of a picture are fractions of full scale, 0 black and 1 white, in
the dtype unorm8, or unorm16 where there are more than 8 bits: white times white
is white. The alpha is straight. In a product of pictures an alpha that is
missing is 1, and grey serves every colour. Behind the name stands which part of
a file to read, unless a file has the whole name:

  x.png:mask    bool, (H,W,1): true where any stored colour is not 0
  x.png:stored  the integers in the file, uint8 or uint16; labels,
                depth; of a palette the indexes
  x.png:alpha   alpha alone, (H,W,1); likewise :rgb (H,W,3) and :grey
                (H,W,1)
  x.wav:stored  the numbers in the file, 24 bits as int32; of raw samples
                their parts, (N,2)
  x.npy:unorm   uint8 or uint16 as fractions; also behind a member's
                name
  x.npy:mask    bool, true where a bool, uint8 or int8 is not 0

Dtypes are promoted as in NumPy 2: int8 by uint8 is int16, uint8 by float32 is
float32, fractions by floats are floats. Integers wrap around. bfloat16, which
NumPy lacks, is read and written as the ml_dtypes package does ('<V2'). --dtype
is what is multiplied in and what the result is, where the casting rule allows
that: same_kind, unless --casting says no, equiv, safe, unsafe or saturate. By
saturate, which NumPy lacks, the operands stay, and the product is rounded, half
to even, and clamped.

--where multiplies where a mask is true: a bool array, uint8:mask, or a picture,
whose colours are true where they are not 0. Elsewhere the first array stays.

The output is a .npy file, or by its extension a .png or .jpg picture
(fractions, unsigned integers of as many bits, or bool as black and white).
Floats are written as fractions, rounded and clamped, with a warning where one
is above 1, below 0 or NaN; but a picture by a number or by floats is multiplied
as it is stored and rounded once, so that 2 brightens and nothing wraps. A .png
has the alpha of the product; a .jpg has none, so one that is not 1 everywhere
is an error, and rounds fractions to 8 bits. Colour profile and resolution of
the first picture with as many colours are kept. A .npz holds one member, arr_0,
as numpy.savez makes it. Both .npy and .npz hold fractions as uint8 or uint16.
"-" is standard output, and gets a .npy unless --to says else. Where that was
closed (>&-), the program finds /dev/null in its place, and the product is lost.

A .wav holds floats, rounded to the bits of the first operand that is one, half
to even, and clamped, with a warning where they were beyond full scale; rate,
speakers, titles and marks are those of that operand. --bits and --rate say it
otherwise. uint8, int16 and int32 are written as the samples that they are. Raw
files hold complex numbers likewise, or their parts, (N,2).

The output is written beside the old file and renamed when complete: if anything
fails the old file stays, and an output may be one of the operands. A file that
is mounted by itself, or whose folder can not be written to, can not be renamed
over: --in-place writes into it, when the result is complete in another file,
which is named until all is on the disk.`

const multiplyExample = `  # a mask that is white where the photograph is to stay
  hadamard multiply photo.jpg mask.png -o masked.png

  # a picture of labels: all that is not 0 stays
  hadamard multiply photo.jpg labels.png:mask -o kept.png

  # half as bright; only where a mask is white
  hadamard multiply photo.jpg 0.5 -o dark.jpg
  hadamard multiply photo.jpg 0.5 --where mask.png -o dim.jpg

  # integers by a gain, rounded and clamped
  hadamard multiply u8.npy 1.5 --dtype uint8 --casting saturate -o o.npy

  # a recording of I/Q samples by an oscillator
  hadamard multiply recording.cs16 oscillator.cf32 -o mixed.cs16

  # three arrays in one pass, and how fast
  hadamard multiply signal.npy carrier.npy window.npz:hann -o out.npy -v`

// oldMaxRank is the number of axes that NumPy had at most before version 2.
const oldMaxRank = 32

// maxPixels is the number of pixels of a picture that is read without being asked twice:
// more than any camera has.
const maxPixels = 250_000_000

// The extensions of files that are written, and of those that are read.
var (
	written        = []string{"npy", "npz", "png", "jpg", "jpeg", "wav", "cf32", "cs16", "cs8", "cu8"}
	fileExtensions = append(slices.Clip(written), "tif", "tiff", "bmp", "webp", "gif", "pbm", "pgm", "ppm")
)

func newMultiply() *cobra.Command {
	var flags multiplyFlags
	cmd := &cobra.Command{
		Use:        "multiply A B [C ...] -o OUT",
		Short:      "Multiply arrays in files and write the product",
		SuggestFor: []string{"product", "times", "mask"},
		Long:       multiplyLong,
		Example:    multiplyExample,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("multiply takes at least 2 operands, got %d", len(args))
			}
			return nil
		},
	}
	cmd.Flags().Var(single{&flags.where}, "where", "multiply where `MASK` is true; elsewhere the first array stays")
	flags.addTo(cmd)
	return cmd
}

func newConvert() *cobra.Command {
	var flags multiplyFlags
	cmd := &cobra.Command{
		Use:        "convert IN -o OUT",
		Short:      "Write an array, a picture or a signal as another file",
		SuggestFor: []string{"copy", "write", "cast"},
		Long:       convertLong,
		Example:    convertExample,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("convert takes 1 operand, got %d", len(args))
			}
			return nil
		},
	}
	flags.addTo(cmd)
	return cmd
}

// outputHint says how to name the output, which the last argument may have been meant to be.
func outputHint(args []string) string {
	last := args[len(args)-1]
	if _, err := os.Stat(last); err != nil && len(args) > 2 && slices.Contains(written, strings.TrimPrefix(strings.ToLower(filepath.Ext(last)), ".")) {
		return "did you mean -o " + last + "?"
	}
	return "-o OUT"
}

// fromStdin counts the operands that standard input is.
func fromStdin(names []string) (n int) {
	for _, name := range names {
		if _, is := stdinPart(name); is {
			n++
		}
	}
	return n
}

// warn tells of what may make the result another one than meant.
func warn(stderr io.Writer, format string, args ...any) {
	fmt.Fprintf(stderr, "hadamard: warning: "+format+"\n", args...)
}

// multiply runs the command.
func multiply(ctx context.Context, names []string, flags multiplyFlags, stderr io.Writer) (err error) {
	defer func() {
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted, nothing was written")
		}
	}()
	if _, err := runtime.ActiveLevel(); err != nil {
		return err
	}
	format, err := formatOf(flags.output, flags.to)
	if err != nil {
		return err
	}
	if flags.setQuality && string(format) != string(imagefile.JPEG) {
		return usagef("--quality is that of a .jpg, but the output is %s", flags.output)
	}
	if (flags.rate != 0 || flags.depth != nil) && string(format) != string(signalfile.WAV) {
		return usagef("--rate and --bits are those of a .wav, but the output is %s", flags.output)
	}
	inputs := make([]*input, 0, len(names))
	closeAll := func() error {
		var errs []error
		for _, in := range inputs {
			errs = append(errs, in.close())
		}
		return errors.Join(errs...)
	}
	defer closeAll()
	for _, name := range names {
		in, err := await(ctx, func() (*input, error) { return openInput(name, flags.how) })
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(inputs, func(other *input) bool { return other.name == name }) {
			for _, text := range in.warnings {
				warn(stderr, "%s: %s", name, text)
			}
		}
		inputs = append(inputs, in)
	}
	if flags.as != "" && !slices.ContainsFunc(inputs, func(in *input) bool { return in.asTold }) {
		return usagef("--as is for files whose name does not say what they are, but those of all operands do")
	}
	for _, text := range integerWarnings(inputs) {
		warn(stderr, "%s", text)
	}
	if text := factorWarning(inputs); text != "" && format.isPicture() {
		warn(stderr, "%s", text)
	}
	var where *input
	if flags.where != "" {
		if where, err = await(ctx, func() (*input, error) { return openMask(flags.where, flags.how) }); err != nil {
			return err
		}
		inputs = append(inputs, where) // to be closed
	}
	p, err := newProduct(slices.Clip(inputs[:len(names)]), where, flags.arithmetic, format)
	if err != nil {
		return err
	}
	if text := planeWarning(p.inputs, p.shape); text != "" {
		warn(stderr, "%s", text)
	}
	if rank := len(p.shape); rank > oldMaxRank && format.isArray() {
		warn(stderr, "the result has %d axes; NumPy before version 2 loads no more than %d", rank, oldMaxRank)
	}
	if format.isPicture() {
		var warning string
		if p.meta, warning = pictureMeta(p.inputs, p.shape); warning != "" {
			warn(stderr, "%s", warning)
		}
	}
	if format.isSignal() {
		var warning string
		if p.signal, warning = signalOptions(p.inputs, p.shape, flags); warning != "" {
			warn(stderr, "%s", warning)
		}
	}
	out, err := createOutput(flags, format, p)
	if err != nil {
		return err
	}
	defer out.file.Abort()
	if out.file.HasOtherNames() {
		warn(stderr, "%s has other names (hard links), which keep the old content; --in-place writes into it", flags.output)
	}
	defer func() {
		if out.file.IsDirect() && out.written > 0 && errors.Is(err, context.Canceled) {
			err = errors.New("interrupted, the output is not complete")
		}
	}()

	size, err := p.bytes()
	if err != nil {
		return err
	}
	bar := terminalProgress(stderr, size)
	err = guard(inputs, func() error { return p.write(ctx, out, bar.report) })
	bar.finish()
	if err != nil {
		return err
	}
	var summary string
	if flags.verbose {
		summary = describe(p, flags.output, out.format, size)
	}
	// Windows does not rename over a file that is mapped.
	if err := closeAll(); err != nil {
		return err
	}
	start := time.Now()
	if complete := out.file.InPlace(); complete != "" {
		fmt.Fprintf(stderr, "hadamard: writing into %s; until that is done the result is in %s\n", flags.output, complete)
	}
	// A picture is encoded, and the disk may be slow.
	if err := bar.during("writing   "+filepath.Base(flags.output), func() error { return out.commit(ctx) }); err != nil {
		return err
	}
	texts := p.warnings()
	if out.warnings != nil {
		texts = append(texts, out.warnings()...)
	}
	for _, text := range texts {
		warn(stderr, "%s: %s", flags.output, text)
	}
	if stored := p.dtype.Stored(); format.isArray() && stored != p.dtype {
		whose, name := flags.output, flags.output
		switch {
		case name == stdoutName:
			whose, name = "standard output", stdinName // of the next program
		case format == npzFormat:
			name += ":" + soleMember
		}
		fmt.Fprintf(stderr, "hadamard: %s holds fractions of full scale as %s, %d being 1; %s:%s reads them as such\n",
			whose, stored, 1<<(8*stored.Size())-1, name, unormView)
	}
	if flags.verbose {
		fmt.Fprintf(stderr, "%swrote     %s of %s in %s\n", summary, decimalSize(out.written), flags.output, round(time.Since(start)))
	}
	return nil
}
