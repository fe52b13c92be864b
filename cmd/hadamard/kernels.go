package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// bypassing ends what is said of patterns that are others with such an out.
const bypassing = ", out bypasses the caches"

// kernelTable prints what the rules are, what patterns are, and what serves each rule and
// pattern at a level, with features beyond it.
func kernelTable(w io.Writer, level runtime.Level, has kernel.Feature) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "rule\ttypes\tan element of the result")
	for _, r := range allRules() {
		types := r.Out.DType
		switch {
		case r.Unary:
			types = fmt.Sprintf("%s to %s", r.A.DType, r.Out.DType)
		case r.A != r.Out || r.B != r.Out:
			types = fmt.Sprintf("%s * %s = %s", r.A.DType, r.B.DType, r.Out.DType)
		}
		expr := r.Expr
		switch {
		case len(r.Via) > 0:
			expr += ", by " + strings.Join(via(r), " and ")
		case r.Code != r.Name:
			expr += ", by the kernels of " + r.Code
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Name, types, expr)
	}
	fmt.Fprintln(t, "\npattern\tin the innermost loop")
	for p := kernel.Pattern(0); p < kernel.NumPatterns; p++ {
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

The kernel of a rule and pattern is RULE-PATTERN-LEVEL, or of those that copy,
moveBITS-PATTERN-LEVEL. Here is the level, and for rules that differ theirs. A
pattern before the level is another one's, whose kernel stands in. Those of
maskBITS copy elements that a mask selects.

`)
	rules := slices.DeleteFunc(slices.Concat(allRules(), kernel.Masked()), func(r *kernel.Rule) bool { return r.Code != r.Name || len(r.Via) > 0 })
	fmt.Fprintln(t, "pattern\tlevel, of products of dtypes")
	for p := kernel.Pattern(0); p < kernel.NumPatterns; p++ {
		var s serving
		for _, r := range rules {
			if r.Default {
				s.add(r.Name, kernelEnd(r, p, level, has))
			}
		}
		s.print(t, p.String())
	}
	fmt.Fprintln(t, "\nother rule\tlevel, and of patterns that differ theirs")
	for _, r := range rules {
		var s serving
		for p := kernel.Pattern(0); p < kernel.NumPatterns && !r.Default; p++ {
			if e := &r.At(level, has)[p]; e.Func != nil {
				_, end, _ := strings.Cut(r.ID(e), "-"+e.Pattern.String()+"-")
				s.add(p.String(), end)
			}
		}
		s.print(t, r.Name)
	}
	return t.Flush()
}

// via names the rules that a rule is made of.
func via(r *kernel.Rule) (names []string) {
	for _, step := range r.Via {
		names = append(names, step.Name)
	}
	return names
}

// serving says by what kernels rules, or patterns, are served: the ends of the kernels'
// names, and whose they are.
type serving struct {
	ends    []string
	members map[string][]string
}

func (s *serving) add(member, end string) {
	if end == "" {
		return
	}
	if s.members == nil {
		s.members = map[string][]string{}
	}
	if s.members[end] == nil {
		s.ends = append(s.ends, end)
	}
	s.members[end] = append(s.members[end], member)
}

// print prints the end that most have, then those of others and whose they are, behind a
// name, or nothing if nobody is served.
func (s *serving) print(w io.Writer, name string) {
	slices.SortStableFunc(s.ends, func(a, b string) int { return len(s.members[b]) - len(s.members[a]) })
	line := ""
	for i, end := range s.ends {
		words := append(slices.Clone(s.members[end]), "")
		if words[len(words)-2] += ":"; i == 0 {
			words = words[len(words)-1:]
		}
		words[len(words)-1] = end
		if i < len(s.ends)-1 {
			words[len(words)-1] += ";"
		}
		for _, word := range words {
			if line != "" && len(line)+1+len(word) > 58 {
				fmt.Fprintf(w, "%s\t%s\n", name, line)
				name, line = "", ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
	}
	if line != "" {
		fmt.Fprintf(w, "%s\t%s\n", name, line)
	}
}

// kernelEnd is the name of the kernel that serves a rule in a pattern, without what the
// rule and the pattern say already, or "" if there is none.
func kernelEnd(r *kernel.Rule, p kernel.Pattern, level runtime.Level, has kernel.Feature) string {
	id := r.ID(r.Entry(level, has, p))
	of, end, _ := strings.Cut(id, "-") // a rule's name has no hyphen
	if of == r.Name || p.Form().Moves {
		return strings.TrimPrefix(end, p.String()+"-") // or another pattern's kernel stands in
	}
	return id
}
