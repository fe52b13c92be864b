package gen

import (
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/hadamard-go/hadamard/gen/avo"
	"github.com/hadamard-go/hadamard/gen/spec"
	"github.com/hadamard-go/hadamard/gen/templates"
)

// Rule is a row: what an element of the result is, made of one element of each operand.
type Rule = templates.Rule

// DType is an element type of your own, over one of Go's. In memory an element is what one of
// that is, and expressions convert between them as Go does.
type DType struct {
	// Name is what rows call it: lower-case letters, digits and underscores.
	Name string
	// Type is its name in Go, and Under the type of Go that it is declared over: "Sample",
	// "int16".
	Type, Under string
	// Path is the import path of the package that declares it, which does not import the
	// package of the rules. If it is left out, the type is declared in that.
	Path string
}

// Package is what the generator writes to a folder: kernels and tests of rules, and a value for
// each.
type Package struct {
	// Name is the name of the package. Functions Rules and Kernels list what it has, for tests
	// and reports.
	Name string
	// Dir is its folder, below that of -out, even if it is absolute. It holds no other files; folders
	// in it are left alone.
	Dir string
	// Doc is the comment of the package, after "Package NAME "; it may be left out.
	Doc string
	// DTypes lists element types of your own, which rules may name beside Go's and those of
	// package kernel.
	DTypes []DType
	// Rules lists the rules. That of the name "scale_uint8" has the value ScaleUint8.
	Rules []Rule

	kind    kind
	shipped []templates.DType // those of package kernel; nil outside of the repository
}

// A kind of a package says what it has beside its kernels.
type kind int

const (
	values      kind = iota // a value for each rule
	products                // the choice of a product by type
	conversions             // the choice of a conversion by names of dtypes
	vocabulary              // what a kernel is
)

// byHand tells whether assembly written by hand serves a rule. It belongs to rules of the
// repository, by their names, which others may give to something else.
func (p Package) byHand(r spec.Rule) bool { return p.shipped != nil && avo.ByHand(r) }

// table checks the package and resolves what its rows name.
func (p Package) table() (*templates.Table, error) {
	dtypes := slices.Clone(p.shipped)
	if p.shipped == nil {
		dtypes = slices.Clone(templates.DTypes)
	}
	if p.kind == vocabulary {
		return &templates.Table{DTypes: dtypes, Rules: append(spec.Moves(), spec.Masked()...)}, nil
	}
	if p.kind == conversions {
		return templates.Conversions(dtypes), nil
	}
	if err := p.check(dtypes); err != nil {
		return nil, err
	}
	for _, d := range p.DTypes {
		dtypes = append(dtypes, templates.DType{DType: spec.DeclaredIn(d.Path, d.Name, d.Type, d.Under)})
	}
	return templates.NewTable(dtypes, p.Rules)
}

// check refuses what rows of users can get wrong and those of the repository do not.
func (p Package) check(known []templates.DType) error {
	switch {
	case !token.IsIdentifier(p.Name) || p.Name == "_" || p.Name == "main":
		return fmt.Errorf("it is called %q: Name must be what programs call the package, as \"mix\"", p.Name)
	case p.Dir == "":
		return fmt.Errorf("it has no Dir: name a folder for it, which holds no other files")
	case !filepath.IsLocal(strings.TrimLeft(p.Dir, "/")):
		return fmt.Errorf("its Dir %s is not below that of -out: name a folder there", p.Dir)
	case len(p.Rules) == 0:
		return fmt.Errorf("it has no Rules: there is nothing to write")
	case p.kind == products:
		return nil
	}
	named := map[string]string{}
	for _, d := range known {
		named[d.Name] = "package generated has its product; Multiply uses it"
	}
	taken := map[string]string{}
	for _, name := range []string{"Rules", "Kernels", "TestKernels", "BenchmarkRules"} {
		taken[name] = "a function"
	}
	for line := range strings.Lines(p.Doc) {
		line = strings.TrimLeft(line, " \t")
		for _, directive := range []string{"//", "/*", "+build"} {
			if strings.HasPrefix(line, directive) {
				return fmt.Errorf("its Doc has a line that begins with %s, which is no text but another comment or a directive: %q", directive, strings.TrimSpace(line))
			}
		}
	}
	for _, d := range p.DTypes {
		if !token.IsExported(d.Type) || !token.IsIdentifier(d.Type) || d.Under == "" {
			return fmt.Errorf("dtype %s: Type is %q and Under %q; they must be the name of an exported type and the type of Go that it is declared over", d.Name, d.Type, d.Under)
		}
		if d.Path != "" && !importable(d.Path) {
			return fmt.Errorf("dtype %s: Path is %q; it must be what a program imports, as \"example.com/radio/iq\", or be left out", d.Name, d.Path)
		}
		named[d.Name] = "give the rule a name of its own, as mul_" + d.Name
		if d.Path == "" {
			if what := taken[d.Type]; what != "" {
				return fmt.Errorf("dtype %s: Type is %s, which is %s of the package: give the type another name, or declare it in a package of its own, whose Path you say", d.Name, d.Type, what)
			}
			taken[d.Type] = "the type of dtype " + d.Name
		}
	}
	for _, r := range p.Rules {
		if what, found := named[r.Name]; found {
			return fmt.Errorf("rule %s: that is the name of a dtype: %s", r.Name, what)
		}
		if name := goName(r.Name); taken[name] != "" {
			return fmt.Errorf("rule %s: its value would be %s, which is %s: give the rule another name", r.Name, name, taken[name])
		}
	}
	return nil
}

// importable tells whether a path can be that of a package: elements of letters, digits and a few
// signs, none of which begins with a dot, as those do that are relative.
func importable(path string) bool {
	for element := range strings.SplitSeq(path, "/") {
		if element == "" || element[0] == '.' {
			return false
		}
		for _, r := range element {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._~+", r) {
				return false
			}
		}
	}
	return true
}

// goName is the Go name of the value of a rule.
func goName(rule string) string {
	if strings.Contains("_"+rule+"_", "__") {
		return "" // such a name is refused later
	}
	return spec.Rule{Name: rule}.GoName()
}
