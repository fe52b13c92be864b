package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/atomicfile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagefile"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/ndarray"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/npy"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/stream"
)

// format is what a result is written as.
type format string

const npyFormat format = "npy"

// formatOf tells the format from the extension. Devices and pipes without one
// get .npy.
func formatOf(path string) (format, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".npy":
		return npyFormat, nil
	case ".png":
		return format(imagefile.PNG), nil
	case ".jpg", ".jpeg":
		return format(imagefile.JPEG), nil
	case ".npz":
		return "", usagef("%s: .npz archives are only read, write a .npy", path)
	}
	if info, err := os.Stat(path); err == nil {
		switch {
		case info.IsDir():
			return "", fmt.Errorf("%s is a directory", path)
		case !info.Mode().IsRegular():
			return npyFormat, nil
		}
	}
	return "", usagef("%s: the extension must be .npy, .png, .jpg or .jpeg", path)
}

// output is the file that a product goes to. Nothing is at its path until
// commit.
type output struct {
	file    *atomicfile.File
	format  format
	quality int
	product *product
	written int64
	pixels  bytes.Buffer // of a picture, which is encoded as a whole
}

// createOutput checks that the product can be written there before any work is
// done.
func createOutput(path string, format format, quality int, p *product) (*output, error) {
	size, err := p.bytes()
	if err != nil {
		return nil, err
	}
	if format != npyFormat {
		if err := imagefile.Check(imagefile.Format(format), p.dtype, p.shape); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	o := &output{file: file, format: format, quality: quality, product: p}
	if format != npyFormat {
		if err := stream.MayHold(int64(size)); err != nil {
			file.Abort()
			return nil, fmt.Errorf("%s: a picture of shape %s: %w", path, broadcast.FormatShape(p.shape), err)
		}
		o.pixels.Grow(size)
		return o, nil
	}
	header := npy.EncodeHeader(p.dtype, p.shape, p.fortran)
	if err = file.Reserve(int64(len(header) + size)); err == nil {
		err = o.write(header)
	}
	if err != nil {
		file.Abort()
		return nil, err
	}
	return o, nil
}

// Write takes the next part of the product's data.
func (o *output) Write(data []byte) (int, error) {
	if o.format != npyFormat {
		return o.pixels.Write(data)
	}
	return len(data), o.write(data)
}

func (o *output) write(data []byte) error {
	n, err := o.file.Write(data)
	o.written += int64(n)
	return err
}

// commit completes the file and puts it in its place.
func (o *output) commit(ctx context.Context) error {
	if o.format != npyFormat {
		a := ndarray.Packed(o.product.dtype, o.product.shape, false, o.pixels.Bytes())
		w := &cancelWriter{ctx, o.file, &o.written}
		options := imagefile.EncodeOptions{Meta: o.product.meta, Quality: o.quality}
		if err := imagefile.Encode(w, imagefile.Format(o.format), &a, options); err != nil {
			return err
		}
	}
	return o.file.Commit()
}

// cancelWriter fails once the context is done, and counts.
type cancelWriter struct {
	ctx     context.Context
	w       io.Writer
	written *int64
}

func (c *cancelWriter) Write(data []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.w.Write(data)
	*c.written += int64(n)
	return n, err
}
