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
				entry := entryOf(k, jen.Nil(), 0, false)
				if half, from, far, found := k.Half(exists); found {
					entry = entryOf(k, jen.Op("&").Id("Entry").Values(entryOf(half, jen.Nil(), 0, false)...), from, far)
				}
				entries = append(entries, jen.Id(p.Func).Op(":").Values(entry...))
			}
			levels = append(levels, jen.Id(l.Func).Op(":").Add(lines(entries...)))
		}
		f.Var().Id(setName(r)).Op("=").Id("Set").Add(lines(levels...))
	}

	var infos []jen.Code
	for _, k := range kernels {
		infos = append(infos, jen.Values(
			jen.Lit(k.ID()), jen.Lit(k.Rule.Name), jen.Lit(k.Code()), jen.Id(k.Pattern.Func), jen.Id(k.Level.Func),
			jen.Lit(k.Rule.Out.Size), jen.Lit(k.Rule.A.Size), jen.Lit(k.Rule.B.Size), jen.Id(kernelName(k))))
	}
	f.Comment("Kernels lists the kernels of this build. It is for tests and reports: a program that")
	f.Comment("calls it links them all.")
	f.Func().Id("Kernels").Params().Index().Id("KernelInfo").Block(
		jen.Return(jen.Index().Id("KernelInfo").Add(lines(infos...))),
	)
	return f, nil
}

// entryOf lists the fields of a kernel's entry.
func entryOf(k spec.Kernel, half jen.Code, from int, far bool) []jen.Code {
	return []jen.Code{jen.Id(kernelName(k)), jen.Lit(k.ID()), half, jen.Lit(from), jen.Lit(far), jen.Id(k.Level.Func)}
}

// tablesFile emits the lists of dtypes and of rules.
func tablesFile(t *Table) *jen.File {
	f := newFile("")
	var rows []jen.Code
	for _, d := range t.DTypes {
		rows = append(rows, jen.Values(jen.Lit(d.Name), jen.Lit(d.Type), jen.Lit(d.Size), jen.Op("&").Id(setName(t.product(d)))))
	}
	f.Comment("DTypes lists the dtypes. It is for tests and reports: a program that calls it links")
	f.Comment("the kernels of them all.")
	f.Func().Id("DTypes").Params().Index().Id("DType").Block(
		jen.Return(jen.Index().Id("DType").Add(lines(rows...))),
	)
	rows = nil
	for _, r := range t.Rules {
		rows = append(rows, jen.Values(
			jen.Lit(r.Name), jen.Lit(r.Out.Name), jen.Lit(r.A.Name), jen.Lit(r.B.Name), jen.Lit(r.Expr),
			jen.Lit(r.Commutes), jen.Lit(r.Default), jen.Lit(r.Code), jen.Op("&").Id(setName(r))))
	}
	f.Comment("Rules lists the rules. It is for tests and reports: a program that calls it links the")
	f.Comment("kernels of them all.")
	f.Func().Id("Rules").Params().Index().Id("Rule").Block(
		jen.Return(jen.Index().Id("Rule").Add(lines(rows...))),
	)
	return f
}
