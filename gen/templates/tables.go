package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// setName names the variable that holds a class's kernels: "setMulF32".
func setName(c spec.Class, op spec.Op) string { return "set" + op.Func + title(c.Name) }

// setsFile emits the sets of the classes and the list of kernels, for builds
// under the constraint. Each set is a variable of its own, so that the linker
// keeps only those that a program's types lead to.
func setsFile(t *Table, kernels []spec.Kernel, constraint string) (*jen.File, error) {
	f := newFile(constraint)
	own := map[string]bool{}
	for _, k := range kernels {
		own[k.ID()] = true
	}
	exists := func(k spec.Kernel) bool { return own[k.ID()] }
	for _, c := range t.Classes {
		for _, op := range spec.Ops {
			var levels []jen.Code
			for _, l := range spec.Levels {
				var entries []jen.Code
				for _, p := range spec.Patterns {
					k, err := spec.Resolve(spec.At(c, op, p, l), exists)
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
			f.Var().Id(setName(c, op)).Op("=").Id("Set").Add(lines(levels...))
		}
	}

	var infos []jen.Code
	for _, k := range kernels {
		var dtypes []jen.Code
		for _, d := range k.Class.DTypes {
			dtypes = append(dtypes, jen.Lit(d.Name))
		}
		infos = append(infos, jen.Values(
			jen.Lit(k.ID()), jen.Lit(k.Class.Name), jen.Lit(k.Op.Name), jen.Id(k.Pattern.Func), jen.Id(k.Level.Func),
			jen.Lit(k.Class.Size), jen.Index().String().Values(dtypes...), jen.Id(kernelName(k))))
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

// dtypeTableFile emits the list of dtypes.
func dtypeTableFile(t *Table) *jen.File {
	f := newFile("")
	var rows []jen.Code
	for _, r := range t.Rows {
		values := []jen.Code{jen.Lit(r.Name), jen.Lit(r.Type), jen.Lit(r.Class), jen.Lit(r.Size)}
		for _, op := range spec.Ops {
			values = append(values, jen.Op("&").Id(setName(spec.Class{Name: r.Class}, op)))
		}
		rows = append(rows, jen.Values(values...))
	}
	f.Comment("DTypes lists the dtypes. It is for tests and reports: a program that calls it links")
	f.Comment("the kernels of them all.")
	f.Func().Id("DTypes").Params().Index().Id("DType").Block(
		jen.Return(jen.Index().Id("DType").Add(lines(rows...))),
	)
	return f
}
