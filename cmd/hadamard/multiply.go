package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/runtime"
)

const multiplyLong = `Multiply arrays element by element and write the product.

Shapes broadcast as in NumPy: they are aligned at their last axes, and an axis
that is missing or has size 1 repeats. Three and more operands are multiplied
from left to right in one pass.

Operands are told apart by their content:

  x.npy         NumPy array; mapped, so it may be larger than memory
  x.npz:name    array of an archive, mapped unless it is compressed; a path that
                exists as it stands is that file
  x.png, x.jpg  picture of shape (H,W,C), C = 1 grey, 3 RGB, 4 RGB and straight
                alpha; uint8, or uint16 for 16 bits; orientation in EXIF data is
                ignored. A grey picture with no more values than black (0) and
                one other is a mask and reads as bool.

The output is a .npy file, or by its extension a .png (uint8, uint16 or bool)
or .jpg (uint8 or bool) picture. It is written beside the old file and renamed
when complete: if anything fails the old file stays, and an output may be one of
the operands.

All dtypes must be the same, except that bool multiplies with any: as 0 and 1,
giving the other dtype. Integers wrap around, as in NumPy. bfloat16, which NumPy
lacks, is read and written as the ml_dtypes package does ('<V2').`

const multiplyExample = `  hadamard multiply photo.jpg mask.png -o masked.png
  hadamard multiply signal.npy carrier.npy window.npz:hann -o out.npy -v`

type multiplyFlags struct {
	output  string
	quality int
	verbose bool
}

var fileExtensions = []string{"npy", "npz", "png", "jpg", "jpeg"}

func newMultiply() *cobra.Command {
	var flags multiplyFlags
	cmd := &cobra.Command{
		Use:     "multiply A B [C ...] -o OUT",
		Short:   "Multiply arrays in files and write the product",
		Long:    multiplyLong,
		Example: multiplyExample,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("multiply takes at least 2 operands, got %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return fileExtensions, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case flags.output == "":
				return usagef("multiply needs an output file: -o OUT")
			case flags.quality < 1 || flags.quality > 100:
				return usagef("--quality is %d, want 1 to 100", flags.quality)
			}
			return multiply(cmd.Context(), args, flags, cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&flags.output, "output", "o", "", "file to write (.npy, .png, .jpg)")
	f.IntVar(&flags.quality, "quality", imagefile.DefaultQuality, "quality of a .jpg, 1 to 100")
	f.BoolVarP(&flags.verbose, "verbose", "v", false, "say what ran, and how fast, on standard error")
	if err := cmd.MarkFlagFilename("output", "npy", "png", "jpg", "jpeg"); err != nil {
		panic(err) // there is no such flag
	}
	return cmd
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
	format, err := formatOf(flags.output)
	if err != nil {
		return err
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
		if err := ctx.Err(); err != nil {
			return err
		}
		in, err := openInput(name)
		if err != nil {
			return err
		}
		inputs = append(inputs, in)
	}
	p, err := newProduct(inputs)
	if err != nil {
		return err
	}
	if format != npyFormat {
		p.fortran = false
	}
	out, err := createOutput(flags.output, format, flags.quality, p)
	if err != nil {
		return err
	}
	defer out.file.Abort()

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
		summary = describe(p, flags.output, format, size)
	}
	// Windows does not rename over a file that is mapped.
	if err := closeAll(); err != nil {
		return err
	}
	start := time.Now()
	if err := out.commit(ctx); err != nil {
		return err
	}
	if flags.verbose {
		_, err = fmt.Fprintf(stderr, "%swrote     %s of %s in %s\n", summary, decimalSize(int(out.written)), flags.output, round(time.Since(start)))
	}
	return err
}
