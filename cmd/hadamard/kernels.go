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

// bypassing ends what is said of patterns that are others with such an out.
const bypassing = ", out bypasses the caches"

// kernelTable prints what the rules are, what patterns are, and what serves each rule and
// pattern at a level.
func kernelTable(w io.Writer, level runtime.Level) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "rule\tkernels\ttypes\tan element of the result")
	for _, r := range generated.Rules() {
		types := r.Out
		if r.A != r.Out || r.B != r.Out {
			types = fmt.Sprintf("%s * %s = %s", r.A, r.B, r.Out)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.Name, r.Code, types, r.Expr)
	}
	fmt.Fprintln(t, "\npattern\tin the innermost loop")
	for p := generated.Pattern(0); p < generated.NumPatterns; p++ {
		if strings.HasSuffix(p.Doc(), bypassing) {
			continue
		}
		name := p.String()
		for line := range lines(strings.Split(p.Doc(), ", "), 70) {
			fmt.Fprintf(t, "%s\t%s\n", name, line)
			name = ""
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}

	fmt.Fprint(w, `
A pattern with an n behind it, as vvn, is the same with an out that bypasses
the caches.

The kernel of a rule and pattern is RULE-PATTERN-LEVEL, or for t, which copies,
moveBITS-t-LEVEL; where another rule's kernels serve, it has that one's name.
Here is the level, and for rules that differ theirs. A pattern before the level
is another one's, whose kernel stands in.

`)
	fmt.Fprintln(t, "pattern\tlevel")
	for p := generated.Pattern(0); p < generated.NumPatterns; p++ {
		fmt.Fprintf(t, "%s\t%s\n", p, served(p, level))
	}
	return t.Flush()
}

// served says by what kernels rules are served in a pattern: the end of the name that
// most have, then those of others and whose they are.
func served(p generated.Pattern, level runtime.Level) string {
	var ends []string
	members := map[string][]string{}
	for _, r := range generated.Rules() {
		if r.Code != r.Name {
			continue
		}
		end := kernelEnd(r, p, level)
		if members[end] == nil {
			ends = append(ends, end)
		}
		members[end] = append(members[end], r.Name)
	}
	slices.SortStableFunc(ends, func(a, b string) int { return len(members[b]) - len(members[a]) })
	texts := []string{ends[0]}
	for _, end := range ends[1:] {
		texts = append(texts, strings.Join(members[end], " ")+": "+end)
	}
	return strings.Join(texts, "; ")
}

// kernelEnd is the name of the kernel that serves a rule in a pattern, without what the
// rule and the pattern say already.
func kernelEnd(r generated.Rule, p generated.Pattern, level runtime.Level) string {
	id := r.Set[level][p].ID
	of, end, _ := strings.Cut(id, "-") // a rule's name has no hyphen
	if of == r.Name || p.Form().Moves {
		end = strings.TrimPrefix(end, p.String()+"-") // or another pattern's kernel stands in
		return end
	}
	return id
}
