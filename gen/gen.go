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
// quick look at one kernel.
//
// Everything is rendered in memory first and then replaces the content of the folders, so a
// failure changes nothing, and a file that no row asks for any more disappears. The same rows
// give the same bytes.
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
				fmt.Fprintf(stdout, "%s: %s\n", tree.dir, d)
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
		fmt.Fprintln(stderr, "gen: what is there differs from what the rows say: run the generator without -check")
		return 1
	}
	return 0
}
