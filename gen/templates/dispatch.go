package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// dispatchFile emits the functions that lead from an element type to code.
//
// Go compiles a generic function once for all types of one underlying type. The
// emitted choice is therefore by size and by floating-point behaviour first,
// which the compiler knows and prunes; types that it cannot tell apart this way
// are told apart when the program runs. So a program that multiplies float32 links the
// kernels of float32 alone.
func dispatchFile(t *Table) *jen.File {
	f := newFile("")
	f.Comment("is tells whether T is E. A type switch would look at a hash of T first.")
	f.Func().Id("is").Types(jen.List(jen.Id("E"), jen.Id("T")).Any()).Params().Bool().Block(
		jen.List(jen.Id("_"), jen.Id("ok")).Op(":=").Any().Call(jen.Op("*").New(jen.Id("T"))).Assert(jen.Id("E")),
		jen.Return(jen.Id("ok")),
	)
	probes(f)
	for _, op := range spec.Ops {
		choice{
			name:   op.Func + "Of",
			doc:    []string{"returns the function that looks up the kernels that " + op.Name + " elements of", "type T at a level."},
			params: jen.Id("level").Id("Level"),
			args:   []jen.Code{jen.Id("level")},
			result: jen.Op("*").Index(jen.Id("NumPatterns")).Id("Entry"),
			leaf: func(c spec.Class) []jen.Code {
				return []jen.Code{jen.Return(jen.Op("&").Id(setName(c, op)).Index(jen.Id("level")))}
			},
		}.emit(f, t)
	}
	return f
}

// A probe tells a floating-point type from others of its size by numbers that
// only it reads as zero: the negative zero of each component.
type probe struct {
	under string // the type that answers yes
	bits  func() *jen.Statement
	parts bool // it has two, which the compiler does not look into
}

// probeList holds the probes in the order in which they must be asked: the
// negative zero of a float64 is also a zero of a complex64.
var probeList = []probe{
	{"float32", func() *jen.Statement { return jen.Uint32().Call(jen.Lit(1).Op("<<").Lit(31)) }, false},
	{"complex64", func() *jen.Statement {
		return jen.Uint64().Call(jen.Lit(1).Op("<<").Lit(63).Op("|").Lit(1).Op("<<").Lit(31))
	}, true},
	{"float64", func() *jen.Statement { return jen.Uint64().Call(jen.Lit(1).Op("<<").Lit(63)) }, false},
}

func probes(f *jen.File) {
	for _, p := range probeList {
		name := "is" + title(p.under)
		f.Commentf("%s tells whether the underlying type of T is %s, given that T has its size", name, p.under)
		f.Comment("and that the probes before this one said no.")
		zero := jen.Op("*").Parens(jen.Op("*").Id("T")).Call(pointer().Call(jen.Op("&").Id("bits"))).Op("==").Id("zero")
		f.Func().Id(name).Types(jen.Id("T").Id("Element")).Params().Bool().BlockFunc(func(g *jen.Group) {
			g.Var().Id("zero").Id("T")
			g.Id("bits").Op(":=").Add(p.bits())
			if !p.parts {
				g.Return(zero)
				return
			}
			g.Comment("The compiler does not look into the parts of a number. Where float64 is aligned to 8")
			g.Comment("bytes, alignment tells them apart.")
			align := func(x jen.Code) *jen.Statement { return jen.Qual("unsafe", "Alignof").Call(x) }
			g.Return(align(jen.Id("zero")).Op("<").Add(align(jen.Float64().Call(jen.Lit(0)))).Op("||").Add(zero))
		})
	}
}

// A choice is a function that runs leaf of the class of T.
type choice struct {
	name   string
	doc    []string // lines, of which the first goes on from the name
	params *jen.Statement
	args   []jen.Code // the names of params
	result *jen.Statement
	leaf   func(spec.Class) []jen.Code
}

// emit emits the choice as a literal, which the caller calls where it gets it: the compiler
// puts the code of such a literal in place of the call, as it would not do with a function
// of this size. There is one literal for each size of elements, for there is a limit to
// what goes into one.
func (c choice) emit(f *jen.File, t *Table) {
	literal := func(name string, body func(*jen.Group)) {
		f.Func().Id(name).Types(jen.Id("T").Id("Element")).Params().Func().Params(c.params).Add(c.result).Block(
			jen.Return(jen.Func().Params(c.params).Add(c.result).BlockFunc(body)),
		)
	}
	sizes := map[int]string{} // the function of each size
	for _, class := range t.Classes {
		sizes[class.Size] = fmt.Sprint(strings.ToLower(c.name[:1]), c.name[1:], class.Size)
	}
	inOrder := slices.Sorted(maps.Keys(sizes))
	f.Comment(c.name + " " + c.doc[0])
	for _, line := range append(c.doc[1:], "Called where it is returned, it costs no call.") {
		f.Comment(line)
	}
	literal(c.name, func(g *jen.Group) {
		g.Var().Id("zero").Id("T")
		g.Switch(jen.Qual("unsafe", "Sizeof").Call(jen.Id("zero"))).BlockFunc(func(g *jen.Group) {
			for _, size := range inOrder {
				call := jen.Id(sizes[size]).Types(jen.Id("T")).Call().Call(c.args...)
				if c.result != nil {
					call = jen.Return(call)
				}
				g.Case(jen.Lit(size)).Block(call)
			}
		})
		if c.result != nil {
			g.Panic(jen.Lit("generated: no kernels for this element type"))
		}
	})
	for _, size := range inOrder {
		f.Commentf("%s is %s for elements of size %d.", sizes[size], c.name, size)
		literal(sizes[size], func(g *jen.Group) { chooseBySize(g, t, size, c.leaf) })
	}
}

// chooseBySize emits the choice between the classes of one size: by probes as
// far as they reach, then by type.
func chooseBySize(g *jen.Group, t *Table, size int, leaf func(spec.Class) []jen.Code) {
	rest := slices.DeleteFunc(slices.Clone(t.Rows), func(r Row) bool { return r.Size != size })
	var cases []jen.Code
	for _, p := range probeList {
		yes := slices.DeleteFunc(slices.Clone(rest), func(r Row) bool { return r.Underlying() != p.under })
		if len(yes) == 0 || len(yes) == len(rest) {
			continue
		}
		rest = slices.DeleteFunc(rest, func(r Row) bool { return r.Underlying() == p.under })
		cases = append(cases, jen.Case(jen.Id("is"+title(p.under)).Types(jen.Id("T")).Call()).Block(chooseByType(t, yes, leaf)...))
	}
	last := chooseByType(t, rest, leaf)
	if len(cases) == 0 {
		for _, statement := range last {
			g.Add(statement)
		}
		return
	}
	g.Switch().Block(append(cases, jen.Default().Block(last...))...)
}

// chooseByType emits a choice between the types of rows, or nothing but the leaf where
// they are of one class. The class of most types is the one that is left.
func chooseByType(t *Table, rows []Row, leaf func(spec.Class) []jen.Code) []jen.Code {
	var classes []spec.Class
	for _, c := range t.Classes {
		if slices.ContainsFunc(rows, func(r Row) bool { return r.Class == c.Name }) {
			classes = append(classes, c)
		}
	}
	if len(classes) == 1 {
		return leaf(classes[0])
	}
	types := func(c spec.Class) []jen.Code {
		var types []jen.Code
		for _, r := range rows {
			if r.Class == c.Name {
				types = append(types, jen.Id("is").Types(jen.Id(r.Type), jen.Id("T")).Call())
			}
		}
		return types
	}
	most := slices.MaxFunc(classes, func(a, b spec.Class) int { return len(types(a)) - len(types(b)) })
	return []jen.Code{jen.Switch().BlockFunc(func(g *jen.Group) {
		for _, c := range classes {
			if c.Name != most.Name {
				g.Case(types(c)...).Block(leaf(c)...)
			}
		}
		g.Default().Block(leaf(most)...)
	})}
}
