package templates

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Values emits what a package of rules has beside their kernels: the rules as values, and the
// types that it declares.
func (p Package) Values() (map[string][]byte, error) {
	files := map[string]*jen.File{
		"scalar.go": p.scalarFile(),
		"rules.go":  p.valuesFile(),
	}
	if f := p.typesFile(); f != nil {
		files["dtypes.go"] = f
	}
	return rendered(files)
}

// own lists the dtypes whose types the package declares.
func (p Package) own() []DType {
	var own []DType
	for _, d := range p.Table.DTypes {
		if d.Under != "" && d.Path == "" {
			own = append(own, d)
		}
	}
	return own
}

// head starts the file with the package's comment, of a package that is right for one version
// of the contract.
func (p Package) head() *jen.File {
	f := p.file("")
	doc := cmp.Or(p.Doc, "has rules of multiplying, each a value, with their kernels.")
	for line := range strings.SplitSeq("Package "+p.Name+" "+doc, "\n") {
		f.PackageComment(line)
	}
	f.Comment("The kernels are right for this version of the contract. If it is not declared, they are of")
	f.Comment("another one: generate this package with the version of the generator that goes with it.")
	f.Const().Id("_").Op("=").Add(vocabulary(spec.Version))
	return f
}

// valuesFile emits the tables and, for each rule, the value that programs use.
func (p Package) valuesFile() *jen.File {
	f := p.head()
	for _, r := range p.Table.Rules {
		f.Commentf("%s makes %s of %s x and %s y:", r.GoName(), r.Out.Name, r.A.Name, r.B.Name)
		f.Comment("")
		f.Comment("\t" + strings.Join(strings.Fields(r.Expr), " "))
		f.Var().Id(r.GoName()).Op("=").Qual(spec.RuntimePath, "NewRule").Types(typ(r.Out), typ(r.A), typ(r.B)).Call(jen.Op("&").Id(ruleVar(r)))
	}
	p.rules(f, "Rules", p.Table.Rules)
	return f
}

// typesFile emits the types that the package declares, or nil.
func (p Package) typesFile() *jen.File {
	own := p.own()
	if len(own) == 0 {
		return nil
	}
	f := p.file("")
	for _, d := range own {
		f.Comment(fmt.Sprintf("%s is the type of elements %s.", d.Type, d.Name))
		f.Type().Id(d.Type).Id(d.Under)
	}
	return f
}

// Tests emits the tests and benchmarks of a package of rules.
func (p Package) Tests() (map[string][]byte, error) {
	f := p.file("")
	kerneltest := func(name string) *jen.Statement { return jen.Qual(spec.TestPath, name) }
	call := func(name, doc, param string, of *jen.Statement, with string) {
		f.Comment(name + " " + doc)
		f.Func().Id(name).Params(jen.Id(param).Op("*").Add(of)).Block(kerneltest(with).Call(jen.Id(param), jen.Id("tested").Call()))
	}
	call("TestKernels", "compares every kernel with the expression of its rule.", "t", jen.Qual("testing", "T"), "Run")
	call("BenchmarkRules", "times rules beside the products of dtypes.", "b", jen.Qual("testing", "B"), "Bench")
	pkg := []jen.Code{jen.Id("Kernels").Op(":").Id("Kernels").Call(), jen.Id("Rules").Op(":").Id("Rules").Call()}
	stored := jen.Dict{}
	for _, d := range p.Table.DTypes {
		if d.Path != spec.KernelPath && d.Under != "" && !strings.Contains(d.Under, "int") {
			stored[jen.Lit(d.Name)] = jen.Lit(d.Under)
		}
	}
	if len(stored) > 0 {
		pkg = append(pkg, jen.Id("Stored").Op(":").Map(jen.String()).String().Values(stored))
	}
	f.Line()
	f.Func().Id("tested").Params().Add(kerneltest("Package")).Block(jen.Return(kerneltest("Package").Add(lines(pkg...))))
	return rendered(map[string]*jen.File{"kernels_test.go": f})
}
