package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime"
)

// kernelTable prints the dtypes of each lane class, what patterns are, and what serves
// each class and pattern at a level.
func kernelTable(w io.Writer, level runtime.Level) error {
	dtypes := map[string][]string{}
	var classes []generated.DType // the first dtype of each
	for _, d := range generated.DTypes() {
		if dtypes[d.Class] == nil {
			classes = append(classes, d)
		}
		dtypes[d.Class] = append(dtypes[d.Class], d.Name)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "class\tdtypes")
	for _, c := range classes {
		fmt.Fprintf(t, "%s\t%s\n", c.Class, strings.Join(dtypes[c.Class], ", "))
	}
	fmt.Fprintln(t, "\npattern\tin the innermost loop")
	for p := generated.Pattern(0); p < generated.NumPatterns; p++ {
		fmt.Fprintf(t, "%s\t%s\n", p, p.Doc())
	}
	if err := t.Flush(); err != nil {
		return err
	}

	fmt.Fprint(w, `
The kernel of a class and pattern is CLASS-mul-PATTERN-LEVEL, or for t, which copies,
bBITS-move-t-LEVEL. Here is the level, and for classes that differ theirs. A pattern
before the level is another one's, whose kernel stands in.

`)
	fmt.Fprintln(t, "pattern\tlevel")
	for p := generated.Pattern(0); p < generated.NumPatterns; p++ {
		fmt.Fprintf(t, "%s\t%s\n", p, served(classes, p, level))
	}
	return t.Flush()
}

// served says by what kernels classes are served in a pattern: the end of the name that
// most have, then those of others and whose they are.
func served(classes []generated.DType, p generated.Pattern, level runtime.Level) string {
	var ends []string
	members := map[string][]string{}
	for _, c := range classes {
		end := kernelEnd(c, p, level)
		if members[end] == nil {
			ends = append(ends, end)
		}
		members[end] = append(members[end], c.Class)
	}
	slices.SortStableFunc(ends, func(a, b string) int { return len(members[b]) - len(members[a]) })
	texts := []string{ends[0]}
	for _, end := range ends[1:] {
		texts = append(texts, strings.Join(members[end], " ")+": "+end)
	}
	return strings.Join(texts, "; ")
}

// kernelEnd is the name of the kernel that serves a class in a pattern, without what the
// class and the pattern say already.
func kernelEnd(c generated.DType, p generated.Pattern, level runtime.Level) string {
	id := c.Mul[level][p].ID
	for _, prefix := range []string{
		fmt.Sprintf("%s-mul-%s-", c.Class, p),
		fmt.Sprintf("b%d-move-%s-", 8*c.Size, p),
		c.Class + "-mul-", // another pattern's kernel stands in
	} {
		if end, ok := strings.CutPrefix(id, prefix); ok {
			return end
		}
	}
	return id
}
