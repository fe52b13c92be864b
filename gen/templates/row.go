package templates

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// mostRow is the number of elements that a row which is called directly has at the most.
const mostRow = 64

// rowFile emits the functions that multiply one row without a nest, for builds under the
// constraint: by an assembly kernel where a rule has one, else by a plain loop.
func (p Package) rowFile(kernels []spec.Kernel, constraint string) *jen.File {
	f := p.file(constraint)
	level := 0 // that all kernels need
	args := []jen.Code{jen.Id("dst"), jen.Id("a"), jen.Id("b"), jen.Id("n")}
	for _, row := range []struct {
		name, doc string
		b         spec.Motion
	}{{"MulRow", "b[i]", spec.Unit}, {"ScaleRow", "b[0]", spec.Fixed}} {
		choice{
			name: row.name,
			doc: []string{
				fmt.Sprintf("returns the loop dst[i] = a[i] * %s, for n elements, 1 to MostRow, at RowLevel", row.doc),
				"or above. An operand shares no memory with dst, or is the same elements.",
			},
			params: jen.List(jen.Id("dst"), jen.Id("a"), jen.Id("b")).Add(pointer()).Op(",").Id("n").Int(),
			args:   args,
			leaf: func(r spec.Rule) []jen.Code {
				i := slices.IndexFunc(kernels, func(k spec.Kernel) bool {
					return k.Pattern.OneRow && k.Pattern.B == row.b && k.Rule.Name == r.Name
				})
				if i < 0 {
					return rowLoop(r, row.b)
				}
				level = max(level, slices.IndexFunc(spec.Levels, func(l spec.Level) bool { return l.Name == kernels[i].Level.Name }))
				return []jen.Code{jen.Id(kernels[i].Symbol()).Call(args...)}
			},
		}.emit(f, p.Table)
	}
	f.Comment("RowLevel is the level from which on rows may be called directly, MostRow the number of")
	f.Comment("their elements at the most.")
	f.Const().Defs(jen.Id("RowLevel").Op("=").Add(vocabulary(spec.Levels[level].Func)), jen.Id("MostRow").Op("=").Lit(mostRow))
	return f
}

// rowLoop emits the plain loop over a row, of a product of a dtype, whose operands have one type.
func rowLoop(r spec.Rule, b spec.Motion) []jen.Code {
	row := func(name string) jen.Code { // costs less than unsafe.Slice, which looks at more
		return jen.Parens(jen.Op("*").Index(jen.Id("MostRow")).Add(typ(r.Out))).Call(jen.Id(name)).Index(jen.Op(":").Id("n"))
	}
	last, y := row("b"), jen.Id("y").Index(jen.Id("i"))
	if b == spec.Fixed {
		last, y = jen.Op("*").Parens(jen.Op("*").Add(typ(r.Out))).Call(jen.Id("b")), jen.Id("y")
	}
	return []jen.Code{
		jen.List(jen.Id("d"), jen.Id("x"), jen.Id("y")).Op(":=").List(row("dst"), row("a"), last),
		jen.For(jen.Id("i").Op(":=").Range().Id("d")).Block(
			jen.Id("d").Index(jen.Id("i")).Op("=").Id(scalarName(r)).Call(jen.Id("x").Index(jen.Id("i")), y),
		),
	}
}
