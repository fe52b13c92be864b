package gen

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hadamard-go/hadamard/gen/templates"
)

// A folder holds generated files and nothing else, except folders, which are left alone:
// what is not rendered is removed.
type folder struct {
	dir     string
	pattern string // the file names that count
}

// names lists the files in the folder that count; a missing folder has none.
func (f folder) names() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		if !e.Type().IsRegular() {
			return nil, fmt.Errorf("%s is not a generated file: is %s the right folder?", filepath.Join(f.dir, e.Name()), f.dir)
		}
		if f.matches(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func (f folder) matches(name string) bool {
	ok, _ := path.Match(f.pattern, name)
	return ok
}

// matching lists the names of the files that count.
func (f folder) matching(files map[string][]byte) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return !f.matches(name) })
}

// diff names the files that a change would touch.
func (f folder) diff(files map[string][]byte) ([]string, error) {
	have, err := f.names()
	if err != nil {
		return nil, err
	}
	var drift []string
	for _, name := range f.matching(files) {
		text, err := os.ReadFile(filepath.Join(f.dir, name))
		switch {
		case os.IsNotExist(err):
			drift = append(drift, name+": missing")
		case err != nil:
			return nil, err
		case !bytes.Equal(text, files[name]):
			drift = append(drift, name+": differs")
		}
	}
	for _, name := range have {
		if files[name] == nil {
			drift = append(drift, name+": not generated")
		}
	}
	return drift, nil
}

// A change is what becomes of a folder, in steps of which commit alone touches what was there.
type change struct {
	folder
	files map[string][]byte
	names []string // of the files that are written
	have  []string // generated files that are there, which count
	stale []string // folders that a run which was ended has left
	made  []string // folders that are made for this one, the outermost first
	fresh string   // where files are written before they take their places
}

// scratch is how the folders begin in which files are written first. They lie in the folder that the
// files are for, so that what can not be written there is found out before anything is replaced.
const scratch = ".generated-"

// change looks whether the folder can be made to hold the files, and writes nothing.
func (f folder) change(files map[string][]byte) (*change, error) {
	c := &change{folder: f, files: files}
	var err error
	if c.have, err = f.names(); err != nil {
		return nil, err
	}
	if err := ours(f.dir, c.have); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	c.names = f.matching(files)
	for _, e := range entries {
		name := filepath.Join(f.dir, e.Name())
		switch {
		case !e.IsDir():
		case slices.Contains(c.names, e.Name()):
			return nil, fmt.Errorf("%s is a folder, and the name of a file to be written: move it", name)
		case strings.HasPrefix(e.Name(), scratch) && left(name):
			c.stale = append(c.stale, name)
		}
	}
	return c, nil
}

// left tells whether a folder is one that this generator has left: with its files alone, of which the
// last may not be whole.
func left(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		head, err := readHead(filepath.Join(dir, e.Name()))
		if n := min(len(head), len(generatedHead)); err != nil || !e.Type().IsRegular() || string(head[:n]) != generatedHead[:n] {
			return false
		}
	}
	return true
}

// write writes the files beside those that are there.
func (c *change) write() error {
	for _, dir := range c.stale {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	for dir := filepath.Clean(c.dir); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			break
		}
		c.made = append([]string{dir}, c.made...)
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	var err error
	if c.fresh, err = os.MkdirTemp(c.dir, scratch+"*"); err != nil {
		return err
	}
	for _, name := range c.names {
		if err := os.WriteFile(filepath.Join(c.fresh, name), c.files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// commit lets the files take their places. What is not rendered goes last.
func (c *change) commit() error {
	for _, name := range c.names {
		if err := os.Rename(filepath.Join(c.fresh, name), filepath.Join(c.dir, name)); err != nil {
			return err
		}
	}
	for _, name := range c.have {
		if c.files[name] != nil {
			continue
		}
		if err := os.Remove(filepath.Join(c.dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// clean removes what write made and commit did not take: folders that are not empty stay.
func (c *change) clean() {
	if c.fresh != "" {
		os.RemoveAll(c.fresh)
	}
	for _, dir := range slices.Backward(c.made) {
		os.Remove(dir)
	}
}

// replace changes folders, or, where a folder can not be read or written, none.
func replace(changes []*change) error {
	defer func() {
		for _, c := range slices.Backward(changes) {
			c.clean()
		}
	}()
	for _, c := range changes {
		if err := c.write(); err != nil {
			return err
		}
	}
	for _, c := range changes {
		if err := c.commit(); err != nil {
			return err
		}
	}
	return nil
}

// generatedHead begins every file of this generator.
const generatedHead = "// Code generated by " + templates.Generator + "."

// ours makes sure that a folder about to be replaced holds files of this generator
// only: a slip in -out or in Dir must not delete someone's work.
func ours(dir string, names []string) error {
	for _, name := range names {
		head, err := readHead(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(head, []byte(generatedHead)) {
			return &fs.PathError{Op: "replace", Path: filepath.Join(dir, name), Err: fmt.Errorf("this generator did not write it, so %s is left alone", dir)}
		}
	}
	return nil
}

func readHead(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head := make([]byte, 64)
	n, err := file.Read(head)
	if err != nil && n == 0 {
		return nil, nil //nolint:nilerr // an empty file has no head
	}
	return head[:n], nil
}
