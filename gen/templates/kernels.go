package templates

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// kernelParams are the parameters of every kernel.
func kernelParams() []jen.Code {
	return []jen.Code{jen.Id("nest").Op("*").Add(vocabulary("Nest"))}
}

// oneRowParams are those of kernels of one row.
func oneRowParams() []jen.Code {
	return []jen.Code{jen.List(jen.Id("dst"), jen.Id("a"), jen.Id("b")).Add(pointer()), jen.Id("n").Int()}
}

// kernelName names the function that is a kernel's entry in the tables.
func kernelName(k spec.Kernel) string {
	if k.Pattern.OneRow {
		return k.Symbol() + "_rows"
	}
	return k.Symbol()
}

// kernelDoc documents a kernel by the scalar loop that it equals.
func kernelDoc(f *jen.File, k spec.Kernel) {
	at := func(m spec.Motion, name string) string {
		switch {
		case m == spec.Fixed && k.Pattern.OneRow:
			return name + "[0]"
		case m == spec.Fixed:
			return name + "[r]"
		case k.Pattern.OneRow:
			return name + "[c]"
		}
		return name + "[r][c]"
	}
	product := fmt.Sprintf("%s = %s(%s, %s)", at(k.Pattern.Dst, "dst"), scalarName(k.Rule), at(k.Pattern.A, "a"), at(k.Pattern.B, "b"))
	verb := map[spec.Does]string{spec.Multiplies: "multiplies", spec.Copies: "copies", spec.Converts: "converts", spec.Masks: "copies"}[k.Pattern.Does]
	f.Commentf("%s %s where %s:", k.Symbol(), verb, k.Pattern.Doc)
	f.Comment("")
	if k.Pattern.OneRow {
		f.Comment("\tfor c := range n {")
		f.Comment("\t\t" + product)
		f.Comment("\t}")
		return
	}
	if k.Pattern.A == spec.Listed {
		f.Comment("\tfor r := range nest.Rows {")
		f.Comment("\t\tfor _, p := range b[:nest.Cols] {")
		f.Comment("\t\t\tfor i, from := range p.Shuffle {")
		f.Comment("\t\t\t\tdst[r][p.To+i] = a[r][p.From+from]")
		f.Comment("\t\t\t}")
		f.Comment("\t\t}")
		f.Comment("\t}")
		return
	}
	f.Comment("\tfor r := range nest.Rows {")
	f.Comment("\t\tfor c := range nest.Cols {")
	switch {
	case k.Pattern.Under:
		f.Comment("\t\t\tif mask[r][c] != 0 {")
		f.Comment("\t\t\t\t" + product)
		f.Comment("\t\t\t}")
	case k.Pattern.Does == spec.Copies:
		f.Comment("\t\t\tdst[r][c] = a[r][c]")
	case k.Pattern.Does == spec.Converts:
		f.Commentf("\t\t\tdst[r][c] = %s(a[r][c])", scalarName(k.Rule))
	case k.Pattern.Does == spec.Masks:
		f.Comment("\t\t\tif b[r][c] != 0 {")
		f.Comment("\t\t\t\tdst[r][c] = a[r][c]")
		f.Comment("\t\t\t}")
	case k.Pattern.B == spec.Several:
		f.Comment("\t\t\tdst[r][c] = a[r][c]")
		f.Comment("\t\t\tfor _, y := range b {")
		f.Commentf("\t\t\t\tdst[r][c] = %s(dst[r][c], y[r][c])", scalarName(k.Rule))
		f.Comment("\t\t\t}")
	default:
		f.Comment("\t\t\t" + product)
	}
	f.Comment("\t\t}")
	f.Comment("\t}")
}

// operand is one operand of a portable loop: what is set up for each row, and
// the element at column c.
type operand struct {
	setup jen.Code
	at    *jen.Statement
}

// portableOperand gives the operand called name in the nest, held in local
// while a row lasts.
func portableOperand(m spec.Motion, d spec.DType, local, name string) operand {
	start := func() *jen.Statement {
		return jen.Qual("unsafe", "Add").Call(jen.Id("nest").Dot(name), jen.Id("r").Op("*").Id("nest").Dot(name+"Row"))
	}
	deref := func(p *jen.Statement) *jen.Statement {
		return jen.Op("*").Parens(jen.Op("*").Add(typ(d))).Parens(p)
	}
	switch m {
	case spec.Unit:
		return operand{
			setup: jen.Id(local).Op(":=").Qual("unsafe", "Slice").Call(jen.Parens(jen.Op("*").Add(typ(d))).Parens(start()), jen.Id("n")),
			at:    jen.Id(local).Index(jen.Id("c")),
		}
	case spec.Fixed:
		return operand{
			setup: jen.Id(local).Op(":=").Add(deref(start())),
			at:    jen.Id(local),
		}
	default:
		return operand{
			setup: jen.Id(local).Op(":=").Add(start()),
			at:    deref(jen.Qual("unsafe", "Add").Call(jen.Id(local), jen.Id("c").Op("*").Id("nest").Dot(name+"Col"))),
		}
	}
}

// portableFile emits the portable kernels of one rule.
func (p Package) portableFile(kernels []spec.Kernel) *jen.File {
	f := p.file("")
	for _, k := range kernels {
		if k.Pattern.A == spec.Listed {
			portableList(f, k)
			continue
		}
		d := portableOperand(k.Pattern.Dst, k.Rule.Out, "d", "Dst")
		x := portableOperand(k.Pattern.A, k.Rule.A, "x", "A")
		setup := []jen.Code{d.setup, x.setup}
		var factors, element []jen.Code
		switch scalar := scalarName(k.Rule); {
		case k.Pattern.Does == spec.Copies:
			element = []jen.Code{d.at.Op("=").Add(x.at)}
		case k.Pattern.Does == spec.Converts:
			element = []jen.Code{d.at.Op("=").Id(scalar).Call(x.at)}
		case k.Pattern.Does == spec.Masks:
			y := portableOperand(k.Pattern.B, k.Rule.B, "y", "B")
			setup = append(setup, y.setup)
			element = []jen.Code{jen.If(y.at.Op("!=").Lit(0)).Block(d.at.Op("=").Add(x.at))}
		case k.Pattern.B == spec.Several:
			factors = []jen.Code{jen.Id("factors").Op(":=").Op("*").Parens(jen.Op("*").Index().Add(vocabulary("Factor"))).Parens(jen.Id("nest").Dot("B"))}
			at := jen.Id("r").Op("*").Id("y").Dot("Down").Op("+").Id("c").Op("*").Id("y").Dot("Step")
			y := jen.Op("*").Parens(jen.Op("*").Add(typ(k.Rule.B))).Parens(jen.Qual("unsafe", "Add").Call(jen.Id("y").Dot("At"), at))
			element = []jen.Code{
				jen.Id("product").Op(":=").Add(x.at),
				jen.For(jen.List(jen.Id("_"), jen.Id("y")).Op(":=").Range().Id("factors")).Block(
					jen.Id("product").Op("=").Id(scalar).Call(jen.Id("product"), y)),
				d.at.Op("=").Id("product"),
			}
		default:
			y := portableOperand(k.Pattern.B, k.Rule.B, "y", "B")
			setup = append(setup, y.setup)
			element = []jen.Code{d.at.Op("=").Id(scalar).Call(x.at, y.at)}
		}
		kernelDoc(f, k)
		f.Comment("//")
		f.Comment("//go:norace") // what it touches was announced, and is not to fill the detector's history
		f.Func().Id(k.Symbol()).Params(kernelParams()...).Block(append(factors,
			jen.Id("n").Op(":=").Id("nest").Dot("Cols"),
			jen.If(jen.Id("n").Op("<=").Lit(0)).Block(jen.Return()),
			jen.For(jen.Id("r").Op(":=").Range().Id("nest").Dot("Rows")).Block(append(setup,
				jen.For(jen.Id("c").Op(":=").Range().Id("n")).Block(element...))...,
			))...,
		)
	}
	return f
}

// portableList emits the portable kernel that copies from the places of a list.
func portableList(f *jen.File, k spec.Kernel) {
	row := func(name, place string) *jen.Statement {
		return jen.Qual("unsafe", "Add").Call(jen.Id("nest").Dot(name), jen.Id("r").Op("*").Id("nest").Dot(name+"Row").Op("+").Int().Call(jen.Id("p").Dot(place)))
	}
	place, size := vocabulary("Place"), vocabulary("PlaceBytes")
	if k.Pattern.Lines {
		place, size = vocabulary("Line"), vocabulary("LineBytes")
	}
	bytes := func(at *jen.Statement) *jen.Statement {
		return jen.Parens(jen.Op("*").Index(size.Clone()).Uint8()).Parens(at)
	}
	kernelDoc(f, k)
	f.Comment("//")
	f.Comment("//go:norace") // as others
	f.Func().Id(k.Symbol()).Params(kernelParams()...).Block(
		jen.Id("list").Op(":=").Qual("unsafe", "Slice").Call(jen.Parens(jen.Op("*").Add(place)).Parens(jen.Id("nest").Dot("B")), jen.Max(jen.Id("nest").Dot("Cols"), jen.Lit(0))),
		jen.For(jen.Id("r").Op(":=").Range().Id("nest").Dot("Rows")).Block(
			jen.For(jen.Id("i").Op(":=").Range().Id("list")).Block(
				jen.Id("p").Op(":=").Op("&").Id("list").Index(jen.Id("i")),
				jen.List(jen.Id("d"), jen.Id("x")).Op(":=").List(bytes(row("Dst", "To")), bytes(row("A", "From"))),
				jen.For(jen.List(jen.Id("i"), jen.Id("from")).Op(":=").Range().Id("p").Dot("Shuffle")).Block(
					jen.Id("d").Index(jen.Id("i")).Op("=").Id("x").Index(jen.Id("from").Op("%").Add(size.Clone())),
				),
			),
		),
	)
}

// stubsFile declares assembly kernels to Go.
func (p Package) stubsFile(kernels []spec.Kernel) *jen.File {
	f := p.file(Assembly)
	for _, k := range kernels {
		kernelDoc(f, k)
		f.Comment("")
		f.Comment("//go:noescape")
		if k.Pattern.OneRow {
			f.Func().Id(k.Symbol()).Params(oneRowParams()...)
			oneRowKernel(f, k)
			continue
		}
		f.Func().Id(k.Symbol()).Params(kernelParams()...)
	}
	return f
}

// oneRowKernel emits a Kernel that calls one of one row for each row.
func oneRowKernel(f *jen.File, k spec.Kernel) {
	at := func(name string) jen.Code {
		return jen.Qual("unsafe", "Add").Call(jen.Id("nest").Dot(name), jen.Id("r").Op("*").Id("nest").Dot(name+"Row"))
	}
	f.Commentf("%s is the same for the rows of a nest.", kernelName(k))
	f.Func().Id(kernelName(k)).Params(kernelParams()...).Block(
		jen.If(jen.Id("nest").Dot("Cols").Op("<=").Lit(0)).Block(jen.Return()),
		jen.For(jen.Id("r").Op(":=").Range().Id("nest").Dot("Rows")).Block(
			jen.Id(k.Symbol()).Call(at("Dst"), at("A"), at("B"), jen.Id("nest").Dot("Cols")),
		),
	)
}

// scalarName names the function that is a rule: "ruleFloat32".
func scalarName(r spec.Rule) string { return "rule" + r.GoName() }

// scalarFile emits the rules as functions.
func (p Package) scalarFile() *jen.File {
	f := p.file("")
	for _, r := range p.Table.Rules {
		if r.Code != r.Name || len(r.Via) > 0 {
			continue
		}
		f.Commentf("%s is what every kernel %s-… equals.", scalarName(r), r.Name)
		params := []jen.Code{jen.Id("x").Add(typ(r.A))}
		if r.Does == spec.Multiplies {
			params = append(params, jen.Id("y").Add(typ(r.B)))
		}
		f.Func().Id(scalarName(r)).Params(params...).Add(typ(r.Out)).Block(
			jen.Return(p.Table.expression(r)),
		)
	}
	return f
}
