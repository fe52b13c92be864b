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
func (p Package) dispatchFile() *jen.File {
	t, f := p.Table, p.file("")
	comparisons(f, t)
	probes(f)
	f.Comment("isBool tells whether the underlying type of T is bool. It takes a call.")
	f.Func().Id("isBool").Types(jen.Id("T").Add(vocabulary("Element"))).Params().Bool().Block(
		jen.Return(jen.Qual("reflect", "TypeFor").Types(jen.Id("T")).Call().Dot("Kind").Call().Op("==").Qual("reflect", "Bool")),
	)
	choice{
		name:   "MulOf",
		doc:    []string{"returns the function that returns the rule by which elements of type T are", "multiplied, or the one whose code that is."},
		params: jen.Null(),
		result: jen.Op("*").Add(vocabulary("Rule")),
		leaf: func(r spec.Rule) []jen.Code {
			return []jen.Code{jen.Return(jen.Op("&").Id(ruleVar(r)))}
		},
	}.emit(f, t)
	choice{
		name:   "UnderOf",
		doc:    []string{"returns the function that returns the kernels by which elements of type T are", "multiplied under a mask, or those of the rule whose code that is."},
		params: jen.Null(),
		result: jen.Op("*").Add(vocabulary("Set")),
		leaf: func(r spec.Rule) []jen.Code {
			return []jen.Code{jen.Return(jen.Op("&").Id(underName(r)))}
		},
	}.emit(f, t)
	return f
}

// exactly names the function that tells whether an element is of the type of a dtype.
func exactly(d DType) string { return "exactly" + title(d.Type) }

// comparisons emits these functions, for dtypes that probes do not tell apart. A type switch
// would look at a hash of the type first, and a generic function would load what to compare
// with.
func comparisons(f *jen.File, t *Table) {
	for _, size := range t.sizes() {
		for _, g := range t.groups(size) {
			if len(t.codesOf(g.dtypes)) == 1 {
				continue
			}
			for _, d := range g.dtypes {
				f.Commentf("%s tells whether x is of the type %s, and not of one declared over it.", exactly(d), d.Type)
				f.Func().Id(exactly(d)).Params(jen.Id("x").Any()).Bool().Block(
					jen.List(jen.Id("_"), jen.Id("ok")).Op(":=").Id("x").Assert(typ(d.DType)),
					jen.Return(jen.Id("ok")),
				)
			}
		}
	}
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
		f.Func().Id(name).Types(jen.Id("T").Add(vocabulary("Element"))).Params().Bool().BlockFunc(func(g *jen.Group) {
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

// A choice is a function that runs leaf of the rule by which elements of T are multiplied, or
// of the one whose code that is.
type choice struct {
	name   string
	doc    []string // lines, of which the first goes on from the name
	params *jen.Statement
	args   []jen.Code // the names of params
	result *jen.Statement
	leaf   func(spec.Rule) []jen.Code
}

// emit emits the choice as a literal, which the caller calls where it gets it: the compiler
// puts the code of such a literal in place of the call, as it would not do with a function
// of this size. There is one literal for each size of elements, for there is a limit to
// what goes into one.
func (c choice) emit(f *jen.File, t *Table) {
	literal := func(name string, body func(*jen.Group)) {
		f.Func().Id(name).Types(jen.Id("T").Add(vocabulary("Element"))).Params().Func().Params(c.params).Add(c.result).Block(
			jen.Return(jen.Func().Params(c.params).Add(c.result).BlockFunc(body)),
		)
	}
	ofSize := func(size int) string { return fmt.Sprint(strings.ToLower(c.name[:1]), c.name[1:], size) }
	f.Comment(c.name + " " + c.doc[0])
	for _, line := range append(c.doc[1:], "Called where it is returned, it costs no call.") {
		f.Comment(line)
	}
	literal(c.name, func(g *jen.Group) {
		g.Var().Id("zero").Id("T")
		g.Switch(jen.Qual("unsafe", "Sizeof").Call(jen.Id("zero"))).BlockFunc(func(g *jen.Group) {
			for _, size := range t.sizes() {
				call := jen.Id(ofSize(size)).Types(jen.Id("T")).Call().Call(c.args...)
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
	for _, size := range t.sizes() {
		f.Commentf("%s is %s for elements of size %d.", ofSize(size), c.name, size)
		literal(ofSize(size), func(g *jen.Group) { chooseBySize(g, t, size, c.leaf) })
	}
}

// A group is the dtypes of one size that a probe says yes to, or, without one, those that are
// left.
type group struct {
	probe  *probe
	dtypes []DType
}

// groups lists those of a size, in the order in which they must be asked for.
func (t *Table) groups(size int) []group {
	rest := slices.DeleteFunc(slices.Clone(t.DTypes), func(d DType) bool { return d.Size != size })
	var groups []group
	for i, p := range probeList {
		under := func(d DType) bool { return d.Underlying() == p.under }
		yes := slices.DeleteFunc(slices.Clone(rest), func(d DType) bool { return !under(d) })
		if len(yes) == 0 || len(yes) == len(rest) {
			continue
		}
		rest = slices.DeleteFunc(rest, under)
		groups = append(groups, group{&probeList[i], yes})
	}
	return append(groups, group{nil, rest})
}

// sizes lists the sizes of elements in order.
func (t *Table) sizes() []int {
	sizes := map[int]bool{}
	for _, d := range t.DTypes {
		sizes[d.Size] = true
	}
	return slices.Sorted(maps.Keys(sizes))
}

// codesOf lists the rules whose code multiplies elements of dtypes.
func (t *Table) codesOf(dtypes []DType) []spec.Rule {
	return slices.DeleteFunc(slices.Clone(t.Rules), func(r spec.Rule) bool {
		return !slices.ContainsFunc(dtypes, func(d DType) bool { return t.product(d).Code == r.Name })
	})
}

// chooseBySize emits the choice between the rules of one size: by probes as
// far as they reach, then by type.
func chooseBySize(g *jen.Group, t *Table, size int, leaf func(spec.Rule) []jen.Code) {
	groups := t.groups(size)
	if len(groups) == 1 {
		for _, statement := range chooseByType(t, groups[0].dtypes, leaf) {
			g.Add(statement)
		}
		return
	}
	g.Switch().BlockFunc(func(g *jen.Group) {
		for _, group := range groups {
			if group.probe == nil {
				g.Default().Block(chooseByType(t, group.dtypes, leaf)...)
				continue
			}
			g.Case(jen.Id("is" + title(group.probe.under)).Types(jen.Id("T")).Call()).Block(chooseByType(t, group.dtypes, leaf)...)
		}
	})
}

// chooseByType emits a choice between the types of dtypes, or nothing but the leaf where
// one rule's code serves them all. The code that is left is that of types declared elsewhere;
// those over bool, if theirs is another, are the last to be asked for.
func chooseByType(t *Table, dtypes []DType, leaf func(spec.Rule) []jen.Code) []jen.Code {
	codes := t.codesOf(dtypes)
	if len(codes) == 1 {
		return leaf(codes[0])
	}
	// The code of the first dtype whose type is open and bool, or not bool.
	open := func(isBool bool) int {
		i := slices.IndexFunc(dtypes, func(d DType) bool { return d.Open() && (d.Type == "bool") == isBool })
		return slices.IndexFunc(codes, func(r spec.Rule) bool { return i >= 0 && r.Name == t.product(dtypes[i]).Code })
	}
	rest, bools := max(0, open(false)), open(true)
	types := func(r spec.Rule) []jen.Code {
		var types []jen.Code
		for _, d := range dtypes {
			if t.product(d).Code == r.Name {
				types = append(types, jen.Id(exactly(d)).Call(jen.Id("x")))
			}
		}
		return types
	}
	return []jen.Code{jen.Id("x").Op(":=").Any().Call(jen.Op("*").New(jen.Id("T"))), jen.Switch().BlockFunc(func(g *jen.Group) {
		asked := bools >= 0 && bools != rest
		if asked { // the numbers before, which are what most calls multiply
			g.Case(types(codes[rest])...).Block(leaf(codes[rest])...)
		}
		for i, r := range codes {
			if i != rest {
				g.Case(types(r)...).Block(leaf(r)...)
			}
		}
		if asked {
			g.Case(jen.Id("isBool").Types(jen.Id("T")).Call()).Block(leaf(codes[bools])...)
		}
		g.Default().Block(leaf(codes[rest])...)
	})}
}
