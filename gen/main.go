// Command gen writes package generated: the kernels of every rule, pattern and
// level, and the tables that bind them.
//
// Everything is rendered in memory first and then replaces the content of the
// output folder, so a failure changes nothing, and a file that no row asks for
// any more disappears. The same rows give the same bytes.
//
// Usage:
//
//	gen [-out DIR] [-check] [-only PATTERN]
//
// With -check nothing is written; the exit status is 1 when the folder differs
// from what would be written, and each difference is named. -only limits both to
// the files whose name matches a shell pattern, for a quick look at one kernel.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path"

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
	out := flags.String("out", "generated", "folder to `write`")
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
	tree := folder{dir: *out, pattern: *only}
	if *check {
		drift, err := tree.diff(r.files)
		if err != nil {
			fmt.Fprintln(stderr, "gen:", err)
			return 1
		}
		for _, d := range drift {
			fmt.Fprintln(stdout, d)
		}
		if len(drift) > 0 {
			fmt.Fprintf(stderr, "gen: %s differs from what the rows say: run go generate . at the top\n", *out)
			return 1
		}
		return 0
	}
	if err := tree.replace(r.files); err != nil {
		fmt.Fprintln(stderr, "gen:", err)
		return 1
	}
	fmt.Fprintf(stdout, "%s: %d kernels in %d files\n", *out, r.kernels, len(r.files))
	return 0
}

// rendering is package generated: the content of each file by its name, and lines that say
// which kernels are other than asked for.
type rendering struct {
	files   map[string][]byte
	kernels int
	log     []string
}

func render(dtypes []templates.DType, rules []templates.Rule) (*rendering, error) {
	table, err := templates.NewTable(dtypes, rules)
	if err != nil {
		return nil, err
	}
	var log []string
	codes, err := derive(table)
	if err != nil {
		return nil, err
	}
	assembler := &avo.Assembler{Log: func(line string) { log = append(log, line) }, Codes: codes}
	ks := spec.Enumerate(table.Rules, assembler.Has)
	files, err := templates.Render(table, ks)
	if err != nil {
		return nil, err
	}
	groups := map[string][]spec.Kernel{}
	for _, k := range ks {
		if !k.Level.Portable() && k.Code() == k.ID() {
			name := templates.FileName(k) + "_amd64.s"
			groups[name] = append(groups[name], k)
		}
	}
	for name, group := range groups {
		if files[name], err = assembler.Render(group); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return &rendering{files, len(ks), log}, nil
}
