package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DType is one element type as it appears in the public API.
type DType struct {
	// Name is NumPy's name: "float32".
	Name string
	// Type is the Go type: "float32", or the name of a type that package
	// generated declares, as "Float16".
	Type string
	// Under is the underlying Go type of a declared type, "" of a predeclared
	// one.
	Under string
	// Size is the size of an element in bytes.
	Size int
	// Path is the import path of the package that declares the type, "" of a predeclared one
	// and of one that is declared where it is used.
	Path string
}

// KernelPath is the import path of the package that says what a kernel is: with the nests,
// the tables, the declared types and functions that all packages of kernels share.
const KernelPath = "github.com/hadamard-go/hadamard/runtime/kernel"

// RuntimePath is that of the package that makes values of rules, TestPath of the one that tests
// kernels.
const (
	RuntimePath = "github.com/hadamard-go/hadamard/runtime"
	TestPath    = KernelPath + "/kerneltest"
)

// Predeclared describes a dtype stored in the Go type of the same name.
func Predeclared(name string) DType {
	return DType{Name: name, Type: name, Size: storage[name]}
}

// Declared describes a dtype for which package kernel declares a type over an underlying one.
func Declared(name, typ, under string) DType {
	return DeclaredIn(KernelPath, name, typ, under)
}

// DeclaredIn describes a dtype for which the package of a path declares a type, or with no path
// the one in which it is used.
func DeclaredIn(path, name, typ, under string) DType {
	return DType{Name: name, Type: typ, Under: under, Size: storage[under], Path: path}
}

// Underlying returns the predeclared type that stores an element.
func (d DType) Underlying() string {
	if d.Under != "" {
		return d.Under
	}
	return d.Type
}

// storage lists the sizes of the types that can hold an element.
var storage = map[string]int{
	"bool": 1,
	"int8": 1, "int16": 2, "int32": 4, "int64": 8,
	"uint8": 1, "uint16": 2, "uint32": 4, "uint64": 8,
	"float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
}

// CheckDTypes refuses element types that could not be told apart, or stored.
func CheckDTypes(dtypes []DType) error {
	names, types := map[string]bool{}, map[string]bool{}
	for _, d := range dtypes {
		switch {
		case d.Name == "" || d.Type == "":
			return fmt.Errorf("dtype %+v: a name and a type are needed", d)
		case CheckName(d.Name) != nil:
			return fmt.Errorf("dtype %q: %w", d.Name, CheckName(d.Name))
		case names[d.Name] || types[d.Type]:
			return fmt.Errorf("dtype %s (%s): the name or the type stands in two rows", d.Name, d.Type)
		case d.Size == 0 || storage[d.Underlying()] != d.Size:
			return fmt.Errorf("dtype %s: no element is stored as %q in %d bytes; %s are", d.Name, d.Underlying(), d.Size, strings.Join(slices.Sorted(maps.Keys(storage)), ", "))
		}
		names[d.Name], types[d.Type] = true, true
	}
	return nil
}

// Rule says what one element of a result is, made of one element of each operand.
type Rule struct {
	// Name is the rule's part of IDs: lower-case letters, digits and underscores.
	Name string
	// Out, A and B are the types of the result, of x and of y.
	Out, A, B DType
	// Expr is a Go expression of x and y. It is the definition of an element of the
	// result: every kernel of the rule equals it.
	Expr string
	// Commutes says that the operands may change places. What is not proved does not.
	Commutes bool
	// Default marks the product of a dtype, whose name it has.
	Default bool
	// Portable says that portable kernels are enough.
	Portable bool
	// Does is what the rule does, and so of which patterns it has kernels.
	Does Does
	// Via names the rules that, one after the other, are this one, of one operand. It has no
	// kernels then.
	Via []string
	// Bits, if its expression is not "", is a conversion of integers whose vector code is that of
	// the rule: elements of the result have its bits, as bytes lie on a CPU that has vectors.
	Bits struct{ Out, A, Expr string }
	// Code names the rule whose kernels' code the rule's kernels share: itself, if they
	// have code of their own.
	Code string
}

// Does is what rules do with their operands.
type Does int

// What rules do. Those of one operand have kernels that do not use b, which is like a.
const (
	Multiplies Does = iota
	Copies          // the operand is copied, whatever its bits mean
	Converts        // the operand becomes an element of another type
	Masks           // a is copied where the byte b is not 0, and out is not touched elsewhere
)

// toOne tells whether rules have one operand.
func (d Does) toOne() bool { return d == Copies || d == Converts }

// Has tells whether the rule has kernels of a pattern. Products of dtypes have those of all
// that multiply, others the needed ones and what is measured to be worth it. Those with a constant on the left are for rules that
// need them. Other rules have those of the patterns for what they do.
func (r Rule) Has(p Pattern) bool {
	switch {
	case r.Does != p.Does || len(r.Via) > 0, p.A == Listed && r.Out.Size > ListedSize:
		return false
	case r.Does != Multiplies:
		return true
	}
	return (r.Default || p.needed() || slices.Contains(beside[p.Name], r.Code)) && !(r.Commutes && p.Left())
}

// Moves lists the rules by which elements of each size are copied.
func Moves() []Rule { return bySize("move", Copies) }

// Masked lists the rules by which elements of each size are copied under a mask.
func Masked() []Rule { return bySize("mask", Masks) }

// bySize lists rules that know no types, but sizes.
func bySize(verb string, does Does) []Rule {
	var rules []Rule
	for size := 1; size <= 16; size *= 2 {
		name := fmt.Sprint(verb, 8*size)
		d := DType{Name: name, Type: fmt.Sprint("uint", 8*size), Size: size}
		if size == 16 {
			d.Type = "[2]uint64"
		}
		b := d
		if does == Masks {
			b = DType{Name: "bool", Type: "uint8", Size: 1}
		}
		rules = append(rules, Rule{Name: name, Out: d, A: d, B: b, Expr: "x", Code: name, Does: does})
	}
	return rules
}

// GoName returns the rule's part of Go names: "SaturatingInt8".
func (r Rule) GoName() string {
	var s strings.Builder
	for part := range strings.SplitSeq(r.Name, "_") {
		s.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return s.String()
}

// Check refuses rules that could not have kernels, or could not share them.
func Check(rules []Rule) error {
	named := map[string]Rule{}
	goNames := map[string]string{}
	for _, r := range rules {
		if err := CheckName(r.Name); err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
		if other, taken := goNames[r.GoName()]; taken {
			if other == r.Name {
				return fmt.Errorf("rule %s: two rows have this name; give one of them another", r.Name)
			}
			return fmt.Errorf("rule %s: in Go it would be called %s, as rule %s is; give it another name", r.Name, r.GoName(), other)
		}
		named[r.Name], goNames[r.GoName()] = r, r.Name
	}
	for _, r := range rules {
		if r.Default && !r.Commutes {
			return fmt.Errorf("rule %s: x and y must be able to change places in the product of a dtype, and by what can be told they are not in %q; a rule of another name need not let them", r.Name, r.Expr)
		}
		code, found := named[r.Code]
		switch {
		case !found:
			return fmt.Errorf("rule %s: there is no rule %q whose code it could share", r.Name, r.Code)
		case code.Code != code.Name:
			return fmt.Errorf("rule %s: rule %s has no code of its own but shares that of %s", r.Name, code.Name, code.Code)
		case code.Out.Size != r.Out.Size || code.A.Size != r.A.Size || code.B.Size != r.B.Size:
			return fmt.Errorf("rule %s: it can not share the code of %s, whose elements have other sizes", r.Name, code.Name)
		case code.Default != r.Default || code.Commutes != r.Commutes || code.Does != r.Does:
			return fmt.Errorf("rule %s: it can not share the code of %s, which has kernels of other patterns", r.Name, code.Name)
		}
	}
	return nil
}

// longestName is how many bytes the name of a rule or of a dtype has at most. That of a rule is part of the names
// of files, with its level and feature, of which systems take 255 bytes, and of symbols and tests, which people read.
const longestName = 64

// CheckName refuses what is no name of a rule or of a dtype.
func CheckName(name string) error {
	if len(name) > longestName {
		return fmt.Errorf("a name has %d letters at most, since files and symbols are called by it, and this has %d", longestName, len(name))
	}
	valid := name != "" && name[0] > '9'
	for part := range strings.SplitSeq(name, "_") {
		valid = valid && part != "" && strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
	}
	if !valid {
		return errors.New("a name begins with a letter, and is of lower-case letters, digits and, between them, underscores")
	}
	return nil
}
