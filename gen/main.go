// Command gen writes the packages of kernels: runtime/kernel, which says what a kernel is and
// copies elements, and generated, with the kernels of every rule, pattern and level.
//
// Everything is rendered in memory first and then replaces the content of the
// folders, so a failure changes nothing, and a file that no row asks for
// any more disappears. The same rows give the same bytes.
//
// Usage:
//
//	gen [-out DIR] [-check] [-only PATTERN]
//
// The folders lie in DIR, the root of the repository. With -check nothing is written; the exit
// status is 1 when a folder differs from what would be written, and each difference is named.
// -only limits both to the files whose name matches a shell pattern, for a quick look at one
// kernel.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"

	"github.com/hadamard-go/hadamard/gen/avo"
	"github.com/hadamard-go/hadamard/gen/spec"
	"github.com/hadamard-go/hadamard/gen/templates"
)

func main() {
	render := func() (*rendering, error) { return render(templates.DTypes, templates.Rules) }
	os.Exit(run(os.Args[1:], render, os.Stdout, os.Stderr))
}

func run(args []string, render func() (*rendering, error), stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", ".", "folder in which to write the `folders` of the packages")
	check := flags.Bool("check", false, "write nothing, report differences")
	only := flags.String("only", "*", "file names to write or check, as a shell `pattern`")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "gen: unexpected argument %q\n", flags.Arg(0))
		return 2
	}
	if _, err := path.Match(*only, ""); err != nil {
		fmt.Fprintf(stderr, "gen: -only %q: %v\n", *only, err)
		return 2
	}

	r, err := render()
	if err != nil {
		fmt.Fprintln(stderr, "gen:", err)
		return 1
	}
	for _, line := range r.log {
		fmt.Fprintln(stderr, "gen:", line)
	}
	differs := false
	for _, pkg := range r.packages {
		tree := folder{dir: filepath.Join(*out, pkg.folder), pattern: *only}
		if *check {
			drift, err := tree.diff(pkg.files)
			if err != nil {
				fmt.Fprintln(stderr, "gen:", err)
				return 1
			}
			for _, d := range drift {
				fmt.Fprintln(stdout, d)
			}
			differs = differs || len(drift) > 0
			continue
		}
		if err := tree.replace(pkg.files); err != nil {
			fmt.Fprintln(stderr, "gen:", err)
			return 1
		}
		fmt.Fprintf(stdout, "%s: %d kernels in %d files\n", tree.dir, pkg.kernels, len(pkg.files))
	}
	if differs {
		fmt.Fprintf(stderr, "gen: %s differs from what the rows say: run go generate . at the top\n", *out)
		return 1
	}
	return 0
}

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

func render(dtypes []templates.DType, rules []templates.Rule) (*rendering, error) {
	table, err := templates.NewTable(dtypes, rules)
	if err != nil {
		return nil, err
	}
	codes, err := derive(table)
	if err != nil {
		return nil, err
	}
	r := &rendering{}
	assembler := &avo.Assembler{Log: func(line string) { r.log = append(r.log, line) }, Codes: codes}
	moves := &templates.Table{DTypes: table.DTypes, Rules: spec.Moves()}
	vocabulary := templates.KernelPackage(moves, spec.Enumerate(moves.Rules, assembler.Has))
	products := templates.ProductPackage(table, spec.Enumerate(table.Rules, assembler.Has))
	return r, errors.Join(
		r.add("runtime/kernel", vocabulary, vocabulary.Vocabulary, assembler),
		r.add("generated", products, products.Products, assembler),
	)
}

// add renders a package into a folder: its kernels, and what it has beside.
func (r *rendering) add(folder string, p templates.Package, beside func() (map[string][]byte, error), assembler *avo.Assembler) error {
	files, err := p.Code()
	if err != nil {
		return err
	}
	others, err := beside()
	if err != nil {
		return err
	}
	maps.Copy(files, others)
	groups := map[string][]spec.Kernel{}
	for _, k := range p.Kernels {
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
	r.packages = append(r.packages, rendered{folder, files, len(p.Kernels)})
	return nil
}
