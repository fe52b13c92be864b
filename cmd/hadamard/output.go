package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/atomicfile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/npy"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/stream"
)

// format is what a result is written as.
type format string

const (
	npyFormat format = "npy"
	npzFormat format = "npz"
)

// formats are those of results, by what stands behind the point of a name.
var formats = map[string]format{
	"npy": npyFormat, "npz": npzFormat,
	"png": format(imagefile.PNG), "jpg": format(imagefile.JPEG), "jpeg": format(imagefile.JPEG),
	"wav":  format(signalfile.WAV),
	"cf32": format(signalfile.CF32), "cs16": format(signalfile.CS16), "cs8": format(signalfile.CS8), "cu8": format(signalfile.CU8),
}

// isPicture reports whether the result is encoded as a picture.
func (f format) isPicture() bool { return f == format(imagefile.PNG) || f == format(imagefile.JPEG) }

// isArray reports whether the file says the shape and dtype of the result.
func (f format) isArray() bool { return f == npyFormat || f == npzFormat }

// isSignal reports whether the result is written as a WAV or raw samples.
func (f format) isSignal() bool { return !f.isPicture() && !f.isArray() }

// stdoutName is standard output as the output.
const stdoutName = "-"

// formatOf tells the format from the extension, or from to, which is what files get whose
// name says nothing. Standard output, and devices and pipes, get .npy unless it says otherwise.
func formatOf(path, to string) (format, error) {
	wanted, ok := formats[to]
	if to != "" && !ok {
		return "", usagef("--to is %q, want %s", to, listed(written))
	}
	if f, ok := formats[strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")]; ok && path != stdoutName {
		if to != "" && f != wanted {
			return "", usagef("--to is %s, but the output is %s", to, path)
		}
		return f, nil
	}
	if to != "" {
		return wanted, nil
	}
	if path == stdoutName {
		return npyFormat, nil
	}
	if info, err := os.Stat(path); err == nil {
		switch {
		case info.IsDir():
			return "", fmt.Errorf("%s is a directory", path)
		case !info.Mode().IsRegular():
			return npyFormat, nil
		}
	}
	return "", usagef("%s: the extension must be one of %s; --to says it otherwise", path, listed(written))
}

// listed joins names, the last two by or.
func listed(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// output is the file that a product goes to. Nothing is at its path until
// commit.
type output struct {
	file    *atomicfile.File
	format  string    // as people know it
	written int64     // bytes in the file
	data    io.Writer // takes the product's data
	// finish completes the file, where more than the data belongs to it.
	finish func(ctx context.Context) error
	// warnings says what became of elements that the file can not hold, nil for none.
	warnings func() []string
}

// createOutput checks that the product can be written there before any work is
// done.
func createOutput(flags multiplyFlags, format format, p *product) (*output, error) {
	path := flags.output
	var err error
	switch {
	case format.isPicture():
		err = imagefile.Check(imagefile.Format(format), p.dtype, p.shape)
	case format.isSignal():
		err = signalfile.Check(signalfile.Format(format), p.dtype, p.shape, p.signal)
		if errors.Is(err, signalfile.ErrRate) {
			return nil, usagef("%s: %w: --rate says it", path, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	file, err := createFile(path, flags.inPlace)
	if err != nil {
		return nil, err
	}
	o := &output{file: file, format: string(format)}
	if err := o.begin(flags, format, p); err != nil {
		file.Abort()
		return nil, err
	}
	return o, nil
}

func createFile(path string, inPlace bool) (*atomicfile.File, error) {
	if path == stdoutName {
		if term.IsTerminal(int(os.Stdout.Fd())) {
			return nil, usagef("standard output is a terminal, which does not show arrays: redirect it, or name a file")
		}
		return atomicfile.Direct(os.Stdout, "standard output"), nil
	}
	file, err := atomicfile.Create(path, inPlace)
	if errors.As(err, new(*atomicfile.ReplaceError)) {
		err = fmt.Errorf("%w; --in-place writes into it", err)
	}
	return file, err
}

// begin writes what stands before the data, and takes the space for all of it.
func (o *output) begin(flags multiplyFlags, format format, p *product) error {
	size, err := p.bytes()
	if err != nil {
		return err
	}
	switch {
	case format.isPicture():
		return o.beginPicture(flags, format, p, size)
	case format.isSignal():
		return o.beginSignal(format, p)
	}
	header := npy.EncodeHeader(p.dtype, p.shape, p.fortran)
	reserved := len(header) + size
	o.data = counter{o.file, &o.written}
	if format == npzFormat {
		archive := zip.NewWriter(o.data)
		if o.data, err = npy.CreateMember(archive, soleMember); err != nil {
			return err
		}
		o.finish = func(context.Context) error { return archive.Close() }
		reserved += archiveBytes
	}
	if err := o.file.Reserve(int64(reserved)); err != nil {
		return err
	}
	_, err = o.data.Write(header)
	return err
}

const (
	soleMember   = "arr_0" // what numpy.savez calls an array without a name
	archiveBytes = 512     // of an archive around its member, at most
)

// beginPicture collects the pixels, since pictures are encoded as a whole.
func (o *output) beginPicture(flags multiplyFlags, format format, p *product, size int) error {
	if err := stream.MayHold(int64(size)); err != nil {
		return fmt.Errorf("%s: a picture of shape %s: %w", flags.output, broadcast.FormatShape(p.shape), err)
	}
	pixels := new(bytes.Buffer)
	pixels.Grow(size)
	o.data = pixels
	o.finish = func(ctx context.Context) error {
		a := bytearray.Packed(p.dtype, p.shape, false, pixels.Bytes())
		w := &cancelWriter{ctx, counter{o.file, &o.written}}
		options := imagefile.EncodeOptions{Meta: p.meta, Quality: flags.quality}
		return imagefile.Encode(w, imagefile.Format(format), &a, options)
	}
	return nil
}

// beginSignal writes the header, and has samples encoded as they come.
func (o *output) beginSignal(format format, p *product) error {
	w, err := signalfile.NewWriter(counter{o.file, &o.written}, signalfile.Format(format), p.dtype, p.shape, p.signal)
	if err != nil {
		return err
	}
	if format == formats["wav"] {
		o.format = fmt.Sprintf("WAV, %v, %d Hz", w.Encoding(), p.signal.Rate)
	}
	o.data = w
	o.finish = func(context.Context) error { return w.Close() }
	o.warnings = w.Warnings
	return o.file.Reserve(o.written + w.Bytes())
}

// Write takes the next part of the product's data.
func (o *output) Write(data []byte) (int, error) { return o.data.Write(data) }

// commit completes the file and puts it in its place.
func (o *output) commit(ctx context.Context) error {
	if o.finish != nil {
		if err := o.finish(ctx); err != nil {
			return err
		}
	}
	return o.file.Commit(ctx)
}

// counter counts what is written.
type counter struct {
	w       io.Writer
	written *int64
}

func (c counter) Write(data []byte) (int, error) {
	n, err := c.w.Write(data)
	*c.written += int64(n)
	return n, err
}

// cancelWriter fails once the context is done.
type cancelWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c *cancelWriter) Write(data []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(data)
}
