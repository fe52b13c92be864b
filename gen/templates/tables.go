package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// setName names the variable that holds a rule's kernels: "setFloat32". Rules that share
// code share it.
func setName(r spec.Rule) string {
	r.Name = r.Code
	return "set" + r.GoName()
}

// setsFile emits the sets of the rules and the list of kernels, for builds
// under the constraint. Each set is a variable of its own, so that the linker
// keeps only those that a program's types lead to.
func setsFile(t *Table, kernels []spec.Kernel, constraint string) (*jen.File, error) {
	f := newFile(constraint)
	own := map[string]bool{}
	for _, k := range kernels {
		own[k.ID()] = true
	}
	exists := func(k spec.Kernel) bool { return own[k.ID()] }
	for _, r := range t.Rules {
		if r.Code != r.Name {
			continue
		}
		var levels []jen.Code
		for _, l := range spec.Levels {
			var entries []jen.Code
			for _, p := range spec.Patterns {
				if !r.Has(p) {
					continue
				}
				k, err := spec.Resolve(spec.At(r, p, l), exists)
				if err != nil {
					return nil, err
				}
				entry := entryOf(k)
				if half, from, far, found := k.Half(exists); found {
					entry = append(entry, jen.Id("Half").Op(":").Op("&").Id("Entry").Values(entryOf(half)...), jen.Id("HalfFrom").Op(":").Lit(from))
					if far {
						entry = append(entry, jen.Id("HalfFar").Op(":").True())
					}
				}
				entries = append(entries, jen.Id(p.Func).Op(":").Values(entry...))
			}
			levels = append(levels, jen.Id(l.Func).Op(":").Add(lines(entries...)))
		}
		f.Var().Id(setName(r)).Op("=").Id("Set").Add(lines(levels...))
	}

	var infos []jen.Code
	for _, k := range kernels {
		infos = append(infos, jen.Values(fields(
			"ID", jen.Lit(k.ID()), "Rule", jen.Lit(k.Rule.Name), "Code", jen.Lit(k.Code()), "Pattern", jen.Id(k.Pattern.Func), "Level", jen.Id(k.Level.Func),
			"OutSize", jen.Lit(k.Rule.Out.Size), "ASize", jen.Lit(k.Rule.A.Size), "BSize", jen.Lit(k.Rule.B.Size), "Kernel", jen.Id(kernelName(k)))...))
	}
	f.Comment("Kernels lists the kernels of this build. It is for tests and reports: a program that")
	f.Comment("calls it links them all.")
	f.Func().Id("Kernels").Params().Index().Id("KernelInfo").Block(
		jen.Return(jen.Index().Id("KernelInfo").Add(lines(infos...))),
	)
	return f, nil
}

// entryOf lists the fields of a kernel's entry, but for those of its half.
func entryOf(k spec.Kernel) []jen.Code {
	return fields("Kernel", jen.Id(kernelName(k)), "ID", jen.Lit(k.ID()), "Level", jen.Id(k.Level.Func))
}

// fields pairs names of fields with their values.
func fields(pairs ...any) []jen.Code {
	var codes []jen.Code
	for i := 0; i < len(pairs); i += 2 {
		codes = append(codes, jen.Id(pairs[i].(string)).Op(":").Add(pairs[i+1].(*jen.Statement)))
	}
	return codes
}

// tablesFile emits the lists of dtypes and of rules.
func tablesFile(t *Table) *jen.File {
	f := newFile("")
	var rows []jen.Code
	for _, d := range t.DTypes {
		rows = append(rows, jen.Values(fields(
			"Name", jen.Lit(d.Name), "Type", jen.Lit(d.Type), "Size", jen.Lit(d.Size), "Mul", jen.Op("&").Id(setName(t.product(d))))...))
	}
	f.Comment("DTypes lists the dtypes. It is for tests and reports: a program that calls it links")
	f.Comment("the kernels of them all.")
	f.Func().Id("DTypes").Params().Index().Id("DType").Block(
		jen.Return(jen.Index().Id("DType").Add(lines(rows...))),
	)
	rows = nil
	for _, r := range t.Rules {
		rows = append(rows, jen.Values(fields(
			"Name", jen.Lit(r.Name), "Out", jen.Lit(r.Out.Name), "A", jen.Lit(r.A.Name), "B", jen.Lit(r.B.Name), "Expr", jen.Lit(r.Expr),
			"Commutes", jen.Lit(r.Commutes), "Default", jen.Lit(r.Default), "Code", jen.Lit(r.Code), "Set", jen.Op("&").Id(setName(r)))...))
	}
	f.Comment("Rules lists the rules. It is for tests and reports: a program that calls it links the")
	f.Comment("kernels of them all.")
	f.Func().Id("Rules").Params().Index().Id("Rule").Block(
		jen.Return(jen.Index().Id("Rule").Add(lines(rows...))),
	)
	return f
}
