// Package atomicfile replaces files as a whole: the new content is written to a
// temporary file beside the target, synced, and renamed over it. Until then the
// old file stands, whatever fails, and afterwards nothing temporary is left.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// File is a file being written. Exactly one of Commit and Abort ends it; Abort
// after either does nothing, so it can be deferred.
type File struct {
	temp   *os.File
	target string // what temp becomes; "" for a device or pipe, written directly
	name   string // as given, for errors
	done   bool
}

// Create prepares to replace or create the named file. It checks at once what
// would make Commit fail: the directory must exist and take new files, an
// existing target must be writable and no directory. Symbolic links are
// followed, the mode of an existing file is kept, devices and pipes are written
// directly.
func Create(name string) (*File, error) {
	info, err := os.Stat(name)
	switch {
	case name == "":
		return nil, errors.New("the name of the output is empty")
	case errors.Is(err, fs.ErrNotExist):
		return create(name, name, nil)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", name)
	}
	// Renaming would replace a read-only file without a word.
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return &File{temp: f, name: name}, nil
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	return create(name, target, info)
}

func create(name, target string, old fs.FileInfo) (*File, error) {
	dir := filepath.Dir(target)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("directory %s does not exist", dir)
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is not a directory", dir)
	}
	for {
		temp := filepath.Join(dir, fmt.Sprintf(".hadamard-%08x.tmp", rand.Uint32()))
		f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, &fs.PathError{Op: "write in", Path: dir, Err: errors.Unwrap(err)}
		}
		a := &File{temp: f, target: target, name: name}
		if old != nil {
			if err := f.Chmod(old.Mode().Perm()); err != nil {
				a.Abort()
				return nil, err
			}
		}
		return a, nil
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

// Commit makes the written content the target's.
func (f *File) Commit() error {
	if f.done {
		return fs.ErrClosed
	}
	if f.target == "" {
		f.done = true
		return f.rename(f.temp.Close())
	}
	defer f.Abort()
	if err := f.temp.Sync(); err != nil {
		return f.rename(err)
	}
	if err := f.temp.Close(); err != nil {
		return f.rename(err)
	}
	if err := os.Rename(f.temp.Name(), f.target); err != nil {
		return err
	}
	f.done = true
	syncDir(filepath.Dir(f.target))
	return nil
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
