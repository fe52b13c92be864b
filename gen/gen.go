// Package gen writes packages of kernels: portable Go and assembly for AVX2 and AVX-512, which
// follow from rows of a name, types, and a Go expression of x and y.
//
// A generator of rules of your own is a program of a few lines,
//
//	package main
//
//	import "github.com/hadamard-go/hadamard/gen"
//
//	func main() {
//		gen.Main(gen.Package{Name: "mix", Dir: "mix", Rules: []gen.Rule{
//			{Name: "q15", Out: "int16", Expr: "int16(min((int32(x)*int32(y)+1<<14)>>15, 1<<15-1))"},
//		}})
//	}
//
// which a line such as
//
//	//go:generate go run ./gen
//
// runs. Package mix then has mix.Q15, a value that multiplies arrays and slices, and tests that
// compare each of its kernels with the expression. It imports packages runtime and
// runtime/kernel of this repository, and has to be written anew with versions of them that
// declare another kernel.Version1; one that was not does not compile.
//
// What expressions may be is said in docs/rules.md of the repository.
package gen

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// Main is the main function of a generator. It writes the packages, as the command line says,
// and ends the program:
//
//	[-out DIR] [-check] [-only PATTERN]
//
// The folders of the packages lie in DIR, the current one if it is left out. With -check nothing
// is written; the exit status is 1 when a folder differs from what would be written, and each
// difference is named. -only limits both to the files whose name matches a shell pattern, for a
// quick look at one kernel; it is an error if there are none.
//
// Everything is rendered in memory, and all folders are looked at, before the first file is written;
// files are written to a folder .generated-… in that of the package, and take their places when all
// of all packages are there. So neither wrong rows, nor a file that is not the generator's, nor a full
// disk change anything. The files take their places one by one: a program that is ended just
// then, or a system that refuses it, may leave some that are new and others that are not. Running
// the generator again mends that, and removes what a run that was ended has left; two must not
// run at once. A file that no row asks for any more disappears. The same rows give the same bytes.
func Main(packages ...Package) {
	os.Exit(run(os.Args[1:], func() (*rendering, error) { return render(packages) }, os.Stdout, os.Stderr))
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
	found, folders := 0, make([]folder, len(r.packages))
	for i, pkg := range r.packages {
		folders[i] = folder{dir: filepath.Join(*out, pkg.folder), pattern: *only}
		have, err := folders[i].names()
		if err != nil {
			fmt.Fprintln(stderr, "gen:", err)
			return 1
		}
		found += len(have) + len(folders[i].matching(pkg.files))
	}
	if found == 0 {
		fmt.Fprintf(stderr, "gen: -only %q is the name of no file\n", *only)
		return 1
	}
	do := r.write
	if *check {
		do = r.check
	} else {
		for _, line := range r.log {
			fmt.Fprintln(stderr, "gen:", line)
		}
	}
	if err := do(folders, stdout); err != nil {
		fmt.Fprintln(stderr, "gen:", err)
		return 1
	}
	return 0
}

// check names each difference between what is rendered and what is there.
func (r *rendering) check(folders []folder, stdout io.Writer) error {
	differs := false
	for i, pkg := range r.packages {
		drift, err := folders[i].diff(pkg.files)
		if err != nil {
			return err
		}
		for _, d := range drift {
			fmt.Fprintf(stdout, "%s: %s\n", folders[i].dir, d)
		}
		differs = differs || len(drift) > 0
	}
	if differs {
		return errors.New("what is there differs from what the rows say: run the generator without -check")
	}
	return nil
}

// write lets the folders hold what is rendered, all of them or none.
func (r *rendering) write(folders []folder, stdout io.Writer) error {
	changes := make([]*change, len(folders))
	for i, pkg := range r.packages {
		var err error
		if changes[i], err = folders[i].change(pkg.files); err != nil {
			return err
		}
	}
	if err := replace(changes); err != nil {
		return err
	}
	for i, pkg := range r.packages {
		if written := len(changes[i].names); written < len(pkg.files) {
			fmt.Fprintf(stdout, "%s: %d of %d files\n", folders[i].dir, written, len(pkg.files))
		} else {
			fmt.Fprintf(stdout, "%s: %d kernels in %d files\n", folders[i].dir, pkg.kernels, written)
		}
	}
	return nil
}
