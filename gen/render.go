package gen

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	"github.com/hadamard-go/hadamard/gen/avo"
	"github.com/hadamard-go/hadamard/gen/spec"
	"github.com/hadamard-go/hadamard/gen/templates"
)

// rendering is all packages, and lines that say which kernels are other than asked for.
type rendering struct {
	packages []rendered
	log      []string
}

// rendered is a package: the content of each file by its name.
type rendered struct {
	folder  string
	files   map[string][]byte
	kernels int
}

// render renders packages in memory. All that is wrong with rows of any of them is in the error.
func render(packages []Package) (*rendering, error) {
	r := &rendering{}
	var errs []error
	tables := make([]*templates.Table, len(packages))
	assemblers := make([]*avo.Assembler, len(packages))
	folders := map[string]string{}
	for i, p := range packages {
		dir := filepath.Clean(p.Dir)
		if other, taken := folders[dir]; taken {
			errs = append(errs, fmt.Errorf("package %s: its Dir %s is that of package %s, too", p.Name, p.Dir, other))
		}
		folders[dir] = p.Name
		var err error
		if tables[i], assemblers[i], err = p.resolve(); err != nil {
			errs = append(errs, fmt.Errorf("package %s: %w", p.Name, err))
			continue
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for i, p := range packages {
		if err := r.add(p, tables[i], assemblers[i]); err != nil {
			return nil, fmt.Errorf("package %s: %w", p.Name, err)
		}
	}
	return r, nil
}

// resolve checks the rows of a package and makes the vector code of its rules.
func (p Package) resolve() (*templates.Table, *avo.Assembler, error) {
	table, err := p.table()
	if err != nil || p.kind == vocabulary {
		return table, &avo.Assembler{}, err
	}
	codes, err := derive(table, p.byHand)
	return table, &avo.Assembler{Codes: codes}, err
}

// add renders a package: its kernels, and what it has beside.
func (r *rendering) add(p Package, table *templates.Table, assembler *avo.Assembler) error {
	var notices []avo.Notice
	assembler.Notice = func(n avo.Notice) { notices = append(notices, n) }
	pkg := templates.Package{Name: p.Name, Doc: p.Doc, Table: table, Kernels: spec.Enumerate(table.Rules, assembler.Has)}
	log, err := told(notices, pkg.Kernels)
	if err != nil {
		return err
	}
	r.log = append(r.log, log...)
	beside := pkg.Values
	switch p.kind {
	case products:
		beside = pkg.Products
	case conversions:
		beside = pkg.Conversions
	case vocabulary:
		pkg.Path = spec.KernelPath
		beside = pkg.Vocabulary
	}
	files, err := pkg.Code()
	if err != nil {
		return err
	}
	others, err := beside()
	if err != nil {
		return err
	}
	maps.Copy(files, others)
	if p.shipped == nil { // those of the repository are tested together, by what proves their expressions, too
		tests, err := pkg.Tests()
		if err != nil {
			return err
		}
		maps.Copy(files, tests)
	}
	groups := map[string][]spec.Kernel{}
	for _, k := range pkg.Kernels {
		if !k.Level.Portable() && k.Code() == k.ID() {
			name := templates.FileName(k) + "_amd64.s"
			groups[name] = append(groups[name], k)
		}
	}
	for name, group := range groups {
		if files[name], err = assembler.Render(group); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	r.packages = append(r.packages, rendered{p.Dir, files, len(pkg.Kernels)})
	return nil
}
