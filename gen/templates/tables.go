package templates

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// setName names the variable that holds a rule's kernels: "setFloat32". Rules that share
// code share it.
func setName(r spec.Rule) string {
	r.Name = r.Code
	return "set" + r.GoName()
}

// overrideName names the variable that holds a rule's kernels that use a feature.
func overrideName(r spec.Rule) string { return "override" + strings.TrimPrefix(setName(r), "set") }

// underName names the variable that holds a rule's kernels under masks.
func underName(r spec.Rule) string { return "under" + strings.TrimPrefix(setName(r), "set") }

// override returns a kernel that uses a feature and is of the code of a rule, if there are any.
func (p Package) override(r spec.Rule) (spec.Kernel, bool) {
	i := slices.IndexFunc(p.Kernels, func(k spec.Kernel) bool { return k.Feature.Name != "" && k.Rule.Name == r.Code })
	if i < 0 {
		return spec.Kernel{}, false
	}
	return p.Kernels[i], true
}

// setsFile emits the sets of the rules and the list of kernels, for builds
// under the constraint. Each set is a variable of its own, so that the linker
// keeps only those that a program's types lead to.
func (p Package) setsFile(kernels []spec.Kernel, constraint string) (*jen.File, error) {
	f := p.file(constraint)
	own := map[string]bool{}
	for _, k := range kernels {
		own[k.ID()] = true
	}
	exists := func(k spec.Kernel) bool { return own[k.ID()] }
	entries := func(r spec.Rule, l spec.Level, feature spec.Feature, under bool) (jen.Code, error) {
		var entries []jen.Code
		for _, pattern := range spec.Patterns {
			if !r.Has(pattern) || pattern.Under != under {
				continue
			}
			k, err := spec.Resolve(spec.Kernel{Rule: r, Pattern: pattern, Level: l, Feature: feature}, exists)
			if err != nil && under {
				continue
			}
			if err != nil {
				return nil, err
			}
			entry := fields("Func", jen.Id(kernelName(k)), "Pattern", vocabulary(k.Pattern.Func))
			if !k.Level.Portable() { // or else it is 0
				entry = append(entry, fields("Level", vocabulary(k.Level.Func))...)
			}
			if k.Feature.Func != "" {
				entry = append(entry, fields("Feature", vocabulary(k.Feature.Func))...)
			}
			for _, by := range spec.Features {
				if feature.Func == "" && exists(spec.Kernel{Rule: r, Pattern: pattern, Level: l, Feature: by}) {
					entry = append(entry, fields("Override", vocabulary(by.Func))...)
				}
			}
			if halves := k.Halves(exists); halves != 0 {
				entry = append(entry, jen.Id("Halves").Op(":").Id(fmt.Sprintf("%#x", halves)))
			}
			entries = append(entries, vocabulary(pattern.Func).Op(":").Values(entry...))
		}
		return lines(entries...), nil
	}
	for _, r := range p.Table.Rules {
		if r.Code != r.Name || len(r.Via) > 0 {
			continue
		}
		set := func(name string, under bool) error {
			var levels []jen.Code
			for _, l := range spec.Levels {
				of, err := entries(r, l, spec.Feature{}, under)
				if err != nil {
					return err
				}
				levels = append(levels, vocabulary(l.Func).Op(":").Add(of))
			}
			f.Line() // as gofumpt has it
			f.Var().Id(name).Op("=").Add(vocabulary("Set")).Add(lines(levels...))
			return nil
		}
		if err := set(setName(r), false); err != nil {
			return nil, err
		}
		if r.Default {
			if err := set(underName(r), true); err != nil {
				return nil, err
			}
		}
		k, overridden := p.override(r)
		if !overridden {
			continue
		}
		of := vocabulary("Override").Values()
		if exists(k) { // in this build
			kernels, err := entries(r, k.Level, k.Feature, false)
			if err != nil {
				return nil, err
			}
			of = vocabulary("Override").Add(lines(fields("Level", vocabulary(k.Level.Func), "Feature", vocabulary(k.Feature.Func), "Kernels", jen.Index(vocabulary("NumPatterns")).Add(vocabulary("Entry")).Add(kernels))...))
		}
		f.Line()
		f.Var().Id(overrideName(r)).Op("=").Add(of)
	}

	var infos []jen.Code
	for _, k := range kernels {
		info := fields(
			"ID", jen.Lit(k.ID()), "Rule", jen.Lit(k.Rule.Name), "Code", jen.Lit(k.Code()), "Pattern", vocabulary(k.Pattern.Func), "Level", vocabulary(k.Level.Func),
			"OutSize", jen.Lit(k.Rule.Out.Size), "ASize", jen.Lit(k.Rule.A.Size), "BSize", jen.Lit(k.Rule.B.Size), "Func", jen.Id(kernelName(k)))
		if k.Feature.Func != "" {
			info = append(info, fields("Feature", vocabulary(k.Feature.Func))...)
		}
		infos = append(infos, jen.Values(info...))
	}
	f.Comment("Kernels lists the kernels of this build. It is for tests and reports: a program that")
	f.Comment("calls it links them all.")
	f.Func().Id("Kernels").Params().Index().Add(vocabulary("Info")).Block(
		jen.Return(jen.Index().Add(vocabulary("Info")).Add(lines(infos...))),
	)
	return f, nil
}

// fields pairs names of fields with their values.
func fields(pairs ...any) []jen.Code {
	var codes []jen.Code
	for i := 0; i < len(pairs); i += 2 {
		codes = append(codes, jen.Id(pairs[i].(string)).Op(":").Add(pairs[i+1].(*jen.Statement)))
	}
	return codes
}

// ruleVar names the variable that is a rule: "mulFloat32". Those that copy are for all packages
// of kernels, and those that convert for all programs.
func ruleVar(r spec.Rule) string {
	switch r.Does {
	case spec.Copies:
		return copyName(r.Out.Size)
	case spec.Masks:
		return maskedName(r.Out.Size)
	case spec.Converts:
		return r.GoName()
	}
	return "mul" + r.GoName()
}

// rules emits the rules, and the function that lists them.
func (p Package) rules(f *jen.File, list string, rules []spec.Rule) {
	var pointers []jen.Code
	for _, r := range rules {
		operand := func(d spec.DType) *jen.Statement {
			of := fields("DType", jen.Lit(d.Name), "Size", jen.Lit(d.Size))
			if r.Does != spec.Copies {
				of = append(of, jen.Id("Move").Op(":").Op("&").Add(vocabulary(copyName(d.Size))))
			}
			return vocabulary("Operand").Values(of...)
		}
		switch r.Does {
		case spec.Multiplies:
			f.Line() // as gofumpt has it
		case spec.Copies:
			f.Commentf("%s copies elements of so many bytes.", ruleVar(r))
		case spec.Masks:
			f.Commentf("%s copies elements of so many bytes where the byte y is not 0.", ruleVar(r))
		case spec.Converts:
			f.Commentf("%s makes %s of %s x:", ruleVar(r), r.Out.Name, r.A.Name)
			f.Comment("")
			f.Comment("\t" + r.Expr)
		}
		of := fields("Name", jen.Lit(r.Name), "Expr", jen.Lit(r.Expr), "Out", operand(r.Out), "A", operand(r.A), "B", operand(r.B))
		if r.Does != spec.Multiplies {
			of = append(of, fields("Code", jen.Lit(r.Code), "Unary", jen.True())...)
		} else {
			of = append(of, fields("Commutes", jen.Lit(r.Commutes), "Default", jen.Lit(r.Default), "Code", jen.Lit(r.Code))...)
		}
		if len(r.Via) == 0 {
			of = append(of, fields("Kernels", jen.Op("&").Id(setName(r)))...)
			if _, overridden := p.override(r); overridden {
				of = append(of, fields("Override", jen.Op("&").Id(overrideName(r)))...)
			}
		} else {
			var via []jen.Code
			for _, name := range r.Via {
				via = append(via, jen.Op("&").Id(spec.Rule{Name: name}.GoName()))
			}
			of = append(of, fields("Via", jen.Index().Op("*").Add(vocabulary("Rule")).Values(via...))...)
		}
		f.Var().Id(ruleVar(r)).Op("=").Add(vocabulary("Rule")).Add(lines(of...))
		pointers = append(pointers, jen.Op("&").Id(ruleVar(r)))
	}
	f.Commentf("%s lists the rules. It is for tests and reports: a program that calls it links the", list)
	f.Comment("kernels of them all.")
	f.Func().Id(list).Params().Index().Op("*").Add(vocabulary("Rule")).Block(
		jen.Return(jen.Index().Op("*").Add(vocabulary("Rule")).Add(lines(pointers...))),
	)
}

// tablesFile emits the products and the list of dtypes.
func (p Package) tablesFile() *jen.File {
	f := p.head()
	p.rules(f, "Rules", p.Table.Rules)
	var rows []jen.Code
	for _, d := range p.Table.DTypes {
		rows = append(rows, jen.Values(fields(
			"Name", jen.Lit(d.Name), "Type", jen.Lit(d.Type), "Size", jen.Lit(d.Size), "Mul", jen.Op("&").Id(ruleVar(p.Table.product(d))), "Under", jen.Op("&").Id(underName(p.Table.product(d))))...))
	}
	f.Comment("DTypes lists the dtypes. It is for tests and reports: a program that calls it links")
	f.Comment("the kernels of them all.")
	f.Func().Id("DTypes").Params().Index().Add(vocabulary("DType")).Block(
		jen.Return(jen.Index().Add(vocabulary("DType")).Add(lines(rows...))),
	)
	return f
}

// copyName names the rule that copies elements of a size: "Copy4".
func copyName(size int) string { return fmt.Sprint("Copy", size) }

// maskedName names the rule that does so under a mask.
func maskedName(size int) string { return fmt.Sprint("Masked", size) }

// copiesFile emits the rules that copy elements, all or under a mask, with the functions that list
// them and that choose one by type.
func (p Package) copiesFile(does spec.Does, list, choice, doc string) *jen.File {
	f := p.file("")
	rules := slices.DeleteFunc(slices.Clone(p.Table.Rules), func(r spec.Rule) bool { return r.Does != does })
	p.rules(f, list, rules)
	f.Commentf("%s returns the rule that copies elements of type T%s, which has 1, 2, 4, 8", choice, doc)
	f.Comment("or 16 bytes. A program links the kernels for the sizes of its types.")
	f.Func().Id(choice).Types(jen.Id("T").Any()).Params().Op("*").Id("Rule").Block(
		jen.Switch(jen.Qual("unsafe", "Sizeof").Call(jen.Op("*").New(jen.Id("T")))).BlockFunc(func(g *jen.Group) {
			for _, r := range rules {
				g.Case(jen.Lit(r.Out.Size)).Block(jen.Return(jen.Op("&").Id(ruleVar(r))))
			}
		}),
		jen.Panic(jen.Lit("kernel: no element has this size")),
	)
	return f
}
