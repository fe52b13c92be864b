package templates

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// mostRow is the number of elements that a row which is called directly has at the most.
const mostRow = 64

// rowFile emits the functions that multiply one row without a nest, for builds under the
// constraint: by an assembly kernel where a class has one, else by a plain loop.
func rowFile(t *Table, kernels []spec.Kernel, constraint string) *jen.File {
	f := newFile(constraint)
	lowest := spec.Levels[0]
	kernelOf := func(c spec.Class, op spec.Op, b spec.Motion) (spec.Kernel, bool) {
		i := slices.IndexFunc(kernels, func(k spec.Kernel) bool {
			return k.Pattern.OneRow && k.Pattern.B == b && k.Class.Name == c.Name && k.Op == op
		})
		if i < 0 {
			return spec.Kernel{}, false
		}
		lowest = kernels[i].Level
		return kernels[i], true
	}
	for _, op := range spec.Ops {
		for _, row := range []struct {
			name, doc string
			b         spec.Motion
		}{{op.Func + "Row", "b[i]", spec.Unit}, {op.Const + "Row", "b[0]", spec.Fixed}} {
			var loops []spec.Class
			f.Commentf("%s is the loop dst[i] = a[i] %s %s, for n elements, 1 to %d, at RowLevel or above. An", row.name, op.Sign, row.doc, mostRow)
			f.Comment("operand shares no memory with dst, or is the same elements.")
			pointers := jen.List(jen.Id("dst"), jen.Id("a"), jen.Id("b")).Op("*").Id("T")
			f.Func().Id(row.name).Types(jen.Id("T").Id("Element")).Params(pointers, jen.Id("n").Int()).BlockFunc(func(g *jen.Group) {
				choose(g, t, func(c spec.Class) []jen.Code {
					if k, ok := kernelOf(c, op, row.b); ok {
						at := func(name string) jen.Code { return pointer().Call(jen.Id(name)) }
						return []jen.Code{jen.Id(k.Symbol()).Call(at("dst"), at("a"), at("b"), jen.Id("n"))}
					}
					loops = append(loops, c)
					typ := c.DTypes[0].Type
					as := func(name string, n jen.Code) jen.Code {
						return jen.Parens(jen.Op("*").Index(jen.Lit(mostRow)).Id(typ)).Call(pointer().Call(jen.Id(name))).Index(jen.Op(":").Add(n))
					}
					n := jen.Id("n")
					last := as("b", n)
					if row.b == spec.Fixed {
						last = jen.Op("*").Parens(jen.Op("*").Id(typ)).Call(pointer().Call(jen.Id("b")))
					}
					return []jen.Code{jen.Id(scalarName(c, op)+title(row.name)).Call(as("dst", n), as("a", n), last)}
				})
			})
			for _, c := range loops {
				plainLoop(f, c, op, row.name, row.b)
			}
		}
	}
	f.Comment("RowLevel is the level from which on rows may be called directly, MostRow the number of")
	f.Comment("their elements at the most.")
	f.Const().Defs(jen.Id("RowLevel").Op("=").Id(lowest.Func), jen.Id("MostRow").Op("=").Lit(mostRow))
	return f
}

// plainLoop emits the loop over a row of a class.
func plainLoop(f *jen.File, c spec.Class, op spec.Op, row string, b spec.Motion) {
	typ, name := c.DTypes[0].Type, scalarName(c, op)
	cut := func(slice string) jen.Code { // spares the loop its bounds checks
		return jen.Id(slice).Op("=").Id(slice).Index(jen.Empty(), jen.Len(jen.Id("dst")))
	}
	cuts, last, y := []jen.Code{cut("a")}, jen.Id(typ), jen.Id("b")
	if b == spec.Unit {
		cuts, last, y = append(cuts, cut("b")), jen.Index().Id(typ), jen.Id("b").Index(jen.Id("i"))
	}
	f.Func().Id(name+title(row)).Params(jen.List(jen.Id("dst"), jen.Id("a")).Index().Id(typ), jen.Id("b").Add(last)).Block(append(cuts,
		jen.For(jen.Id("i").Op(":=").Range().Id("dst")).Block(
			jen.Id("dst").Index(jen.Id("i")).Op("=").Id(name).Call(jen.Id("a").Index(jen.Id("i")), y),
		))...,
	)
}
