// Package atomicfile replaces files as a whole: the new content is written to a
// temporary file beside the target, synced, and renamed over it. Until then the
// old file stands, whatever fails, and afterwards nothing temporary is left.
//
// A file that can not be renamed over, or is to remain the same file, can be
// written in place: the new content is complete in another file before the first
// byte of the target is touched, and that file is kept until the copy is on the
// disk.
package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// File is a file being written. Exactly one of Commit and Abort ends it; Abort
// after either does nothing, so it can be deferred.
type File struct {
	temp    *os.File // the target itself where it is written directly
	target  string   // what temp becomes; "" where it is written directly
	name    string   // as given, for errors
	inPlace bool     // temp is copied into target
	linked  bool     // the target that is replaced has other names
	done    bool
}

// A ReplaceError says why a file that is there can not be renamed over. It can be
// written in place.
type ReplaceError struct {
	Path string
	Err  error
}

func (e *ReplaceError) Error() string {
	return fmt.Sprintf("%s can not be replaced: %v", e.Path, e.Err)
}
func (e *ReplaceError) Unwrap() error { return e.Err }

// An IncompleteError says where the new content is, which could not be put in its
// place. The target is damaged if it is written in place, and otherwise as it was.
type IncompleteError struct {
	Path, Complete string
	Err            error
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("%s: %v; the complete result is in %s", e.Path, e.Err, e.Complete)
}
func (e *IncompleteError) Unwrap() error { return e.Err }

// Create prepares to replace or create the named file. It checks at once what
// would make Commit fail: the directory must exist and take new files, an
// existing target must be writable and no directory, and one that can not be
// renamed over is a *ReplaceError, unless it is to be written in place.
//
// Symbolic links are followed, to a target that is yet to be made too. The mode of an
// existing file is kept, for root its owner and group as well; where they can not be, the
// new file has fewer permissions rather than more. Devices and pipes are written directly.
func Create(name string, inPlace bool) (*File, error) {
	if name == "" {
		return nil, errors.New("the name of the output is empty")
	}
	info, err := os.Stat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory", name)
	}
	if err == nil {
		// Renaming would replace a read-only file without a word.
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return Direct(f, name), nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	target, err := follow(name)
	if err != nil {
		return nil, err
	}
	switch {
	case info == nil:
		return create(name, target)
	case inPlace:
		return createInPlace(name, target)
	}
	if err := replaceable(target); err != nil {
		return nil, &ReplaceError{name, err}
	}
	return createOver(name, target, info)
}

// Direct writes to a file that is open, such as standard output, which Commit closes.
func Direct(f *os.File, name string) *File { return &File{temp: f, name: name} }

// IsDirect reports whether what is written can not be taken back.
func (f *File) IsDirect() bool { return f.target == "" }

// InPlace returns the name of the file that is copied into the target, or "" if the
// target is replaced or written directly.
func (f *File) InPlace() string {
	if !f.inPlace {
		return ""
	}
	return f.temp.Name()
}

// HasOtherNames reports whether the file that is replaced has other names, hard links, which
// keep its old content.
func (f *File) HasOtherNames() bool { return f.linked }

// follow returns the file that a name stands for, through symbolic links; it need not
// exist, but its directory must.
func follow(name string) (string, error) {
	for range 100 {
		dir, file := filepath.Split(name)
		if dir == "" {
			dir = "."
		}
		real, err := directory(dir)
		if err != nil {
			return "", err
		}
		path := filepath.Join(real, file)
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil // what is wrong with it, opening it will tell
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		name = link
		if !filepath.IsAbs(link) {
			name = real + string(filepath.Separator) + link // as it stands: .. leads out of where links lead to
		}
	}
	return "", fmt.Errorf("%s: too many symbolic links", name)
}

// directory returns a directory without symbolic links in its path.
func directory(dir string) (string, error) {
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("directory %s does not exist", filepath.Clean(dir))
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", fmt.Errorf("%s is not a directory", filepath.Clean(dir))
	}
	return filepath.EvalSymlinks(dir)
}

// create makes the temporary file of a target that is not there.
func create(name, target string) (*File, error) {
	temp, err := tempIn(filepath.Dir(target), 0o666)
	if err != nil {
		return nil, err
	}
	return &File{temp: temp, target: target, name: name}, nil
}

// createOver makes the temporary file of a target that is there, which at no moment more
// people can read.
func createOver(name, target string, old fs.FileInfo) (*File, error) {
	temp, err := tempIn(filepath.Dir(target), 0o600)
	if err != nil {
		return nil, &ReplaceError{name, err}
	}
	f := &File{temp: temp, target: target, name: name, linked: hasLinks(old)}
	if err := keep(temp, target, old); err != nil {
		f.Abort()
		return nil, err
	}
	return f, nil
}

// createInPlace makes the file for the new content beside the target if it can, and
// otherwise where temporary files go.
func createInPlace(name, target string) (*File, error) {
	temp, err := tempIn(filepath.Dir(target), 0o600)
	if err != nil {
		if temp, err = tempIn(os.TempDir(), 0o600); err != nil {
			return nil, err
		}
	}
	return &File{temp: temp, target: target, name: name, inPlace: true}, nil
}

// opened is called with each temporary file before anything else is done to it. Tests set it.
var opened = func(*os.File) {}

// tempIn makes a temporary file, whose name is absolute, since messages tell it.
func tempIn(dir string, mode fs.FileMode) (*os.File, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for {
		name := filepath.Join(dir, fmt.Sprintf(".hadamard-%08x.tmp", rand.Uint32()))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, &fs.PathError{Op: "write in", Path: dir, Err: errors.Unwrap(err)}
		}
		opened(f)
		return f, nil
	}
}

// Write writes the next part of the content.
func (f *File) Write(data []byte) (int, error) {
	n, err := f.temp.Write(data)
	return n, f.rename(err)
}

// rename puts the name that the caller knows into an error.
func (f *File) rename(err error) error {
	if perr := (*fs.PathError)(nil); errors.As(err, &perr) {
		return &fs.PathError{Op: perr.Op, Path: f.name, Err: perr.Err}
	}
	return err
}

// Reserve takes the disk space for size bytes, so that a disk too small fails
// now and not hours later. Where the system can not tell, it does nothing.
func (f *File) Reserve(size int64) error {
	if f.target == "" || size == 0 {
		return nil
	}
	if err := reserve(f.temp, size); err != nil {
		return &fs.PathError{Op: "reserve space for", Path: f.name, Err: err}
	}
	return nil
}

// Commit makes the written content the target's. Until all of it is on the disk ctx may
// end it: then the target is as it was. If only the last step fails, or in place any of the
// copy, it is an *IncompleteError, and the content is kept.
func (f *File) Commit(ctx context.Context) error {
	if f.done {
		return fs.ErrClosed
	}
	if f.target == "" {
		f.done = true
		return f.rename(f.temp.Close())
	}
	defer f.Abort()
	if err := f.sync(ctx); err != nil {
		return f.rename(err)
	}
	if f.inPlace {
		return f.copy(ctx)
	}
	if err := f.temp.Close(); err != nil {
		return f.rename(err)
	}
	f.done = true // whatever happens, the content stays
	if err := os.Rename(f.temp.Name(), f.target); err != nil {
		if link := (*os.LinkError)(nil); errors.As(err, &link) {
			err = link.Err
		}
		return &IncompleteError{f.name, f.temp.Name(), fmt.Errorf("it can not be replaced: %w", err)}
	}
	syncDir(filepath.Dir(f.target))
	return nil
}

// sync waits for the disk, or for ctx.
func (f *File) sync(ctx context.Context) error {
	synced := make(chan error, 1)
	go func() { synced <- f.temp.Sync() }()
	select {
	case err := <-synced:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// copy writes the content into the target. It stays where it is until that is done.
func (f *File) copy(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	size, err := f.temp.Seek(0, io.SeekEnd)
	if err != nil {
		return f.rename(err)
	}
	touched, err := f.copyTo(ctx, size)
	if err == nil {
		return nil // and Abort removes what was copied
	}
	f.done = true
	f.temp.Close()
	err = unwrapPath(err)
	if touched {
		err = fmt.Errorf("it is damaged, since copying into it ended: %w", err)
	}
	return &IncompleteError{f.name, f.temp.Name(), err}
}

// copyTo copies so many bytes into the target, and reports whether it changed anything.
func (f *File) copyTo(ctx context.Context, size int64) (touched bool, err error) {
	target, err := os.OpenFile(f.target, os.O_WRONLY, 0)
	if err != nil {
		return false, err
	}
	defer target.Close()
	if err := reserve(target, size); err != nil {
		return false, err
	}
	if _, err := f.temp.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	const part = 16 << 20
	for left := size; left > 0; left -= part {
		if ctx.Err() != nil {
			return left < size, errors.New("interrupted")
		}
		if _, err := io.CopyN(target, f.temp, min(part, left)); err != nil {
			return true, err
		}
	}
	if err := target.Truncate(size); err != nil {
		return true, err
	}
	if err := target.Sync(); err != nil {
		return true, err
	}
	return true, target.Close()
}

// unwrapPath returns an error without the path that it is about.
func unwrapPath(err error) error {
	if perr := (*fs.PathError)(nil); errors.As(err, &perr) {
		return perr.Err
	}
	return err
}

// Abort removes what was written and leaves the target as it was.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	f.temp.Close()
	if f.target != "" {
		os.Remove(f.temp.Name())
	}
}
