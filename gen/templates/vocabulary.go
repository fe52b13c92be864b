package templates

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// title makes a type part of a Go name: "float32" -> "Float32".
func title(typ string) string { return strings.ToUpper(typ[:1]) + typ[1:] }

// vocabularyFile emits what a kernel is: levels, patterns, the nest and the
// types of the tables.
func (p Package) vocabularyFile() *jen.File {
	f := p.file("")
	f.PackageComment("Package kernel is the contract between kernels, which the generator writes, and what calls")
	f.PackageComment("them: the types of elements, the nest that a kernel takes, the tables that it stands in. It")
	f.PackageComment("has the kernels of no rule, but those that copy elements, all or under a mask, which serve all")
	f.PackageComment("rules.")
	f.PackageComment("")
	f.PackageComment("Whoever multiplies arrays has no use for it. All of it is written by the generator.")

	f.Commentf("%s names the version of this contract. Packages of kernels refer to it, so that those", spec.Version)
	f.Comment("which were written for another one do not compile.")
	f.Const().Id(spec.Version).Op("=").True()

	var names, docs []string
	for _, l := range spec.Levels {
		names, docs = append(names, l.Func), append(docs, l.Doc)
	}
	enum(f, "Level", "Level is an instruction-set bundle; a higher one includes those below.", names, docs)
	var texts []jen.Code
	for _, l := range spec.Levels {
		texts = append(texts, jen.Lit(l.Name))
	}
	stringer(f, "Level", "String", "returns the name that HADAMARD_LEVEL accepts.", texts)

	f.Comment("Feature is instruction sets beyond those of a level, which some of its CPUs have: a set of bits.")
	f.Comment("There are kernels that use one, for rules and patterns that gain by it.")
	f.Type().Id("Feature").Uint8()
	f.Comment("The features.")
	f.Const().DefsFunc(func(g *jen.Group) {
		for i, feature := range spec.Features {
			id := g.Id(feature.Func)
			if i == 0 {
				id.Id("Feature").Op("=").Lit(1).Op("<<").Iota()
			}
			id.Comment(feature.Doc)
		}
	})
	texts = nil
	for _, feature := range spec.Features {
		texts = append(texts, jen.Lit(feature.Name))
	}
	f.Comment("String returns the feature's part of a kernel ID, or those of several with a + between.")
	f.Func().Params(jen.Id("f").Id("Feature")).Id("String").Params().String().Block(
		jen.Id("s").Op(":=").Lit(""),
		jen.For(jen.List(jen.Id("i"), jen.Id("name")).Op(":=").Range().Index(jen.Op("...")).String().Values(texts...)).Block(
			jen.If(jen.Id("f").Op(">>").Id("i").Op("&").Lit(1).Op("==").Lit(0)).Block(jen.Continue()),
			jen.If(jen.Id("s").Op("!=").Lit("")).Block(jen.Id("s").Op("+=").Lit("+")),
			jen.Id("s").Op("+=").Id("name"),
		),
		jen.Return(jen.Id("s")),
	)

	names, docs, texts = nil, nil, nil
	for _, p := range spec.Patterns {
		names, docs, texts = append(names, p.Func), append(docs, p.Doc), append(texts, jen.Lit(p.Name))
	}
	enum(f, "Pattern", "Pattern is how the operands move along the inner loop of a nest.", names, docs)
	stringer(f, "Pattern", "String", "returns the pattern's part of a kernel ID.", texts)
	texts = nil
	for _, doc := range docs {
		texts = append(texts, jen.Lit(doc))
	}
	stringer(f, "Pattern", "Doc", "says what the pattern is of.", texts)

	texts = nil
	for i, p := range spec.Patterns {
		for _, q := range spec.Patterns {
			if q.Bypass && q.General == p.Name {
				texts = append(texts, jen.Id(names[i]).Op(":").Id(q.Func))
			}
		}
	}
	f.Comment("Bypassing returns the pattern of the same motions whose kernels write past the caches, or")
	f.Comment("VV if there is none.")
	f.Func().Params(jen.Id("p").Id("Pattern")).Id("Bypassing").Params().Id("Pattern").Block(
		jen.If(jen.Id("p").Op(">=").Id("NumPatterns")).Block(jen.Return(jen.Id("VV"))),
		jen.Return(jen.Index(jen.Id("NumPatterns")).Id("Pattern").Add(lines(texts...)).Index(jen.Id("p"))),
	)

	f.Comment("Form is what a pattern fixes: the steps from column to column in elements, AnyStep")
	f.Comment("where it fixes none. With Cols not 0, rows have so many columns and are adjacent: out")
	f.Comment("and a step by Cols elements from row to row, b by one. With Bytes not 0, rows are so")
	f.Comment("long, in the widest elements, adjacent in out and a, and b is the same in each. With")
	f.Comment("Left, a and b have changed places in all of this. An operand a that is transposed steps")
	f.Comment("by one element from row to row, and so does a b of AnyStep then; rows and columns come")
	f.Comment("in multiples of TileRows and TileCols, or as below. DstRow and ARow not 0 are elements")
	f.Comment("from row to row where these are others than Cols, -1 those of rows that are adjacent.")
	f.Type().Id("Form").Struct(
		jen.List(jen.Id("Dst"), jen.Id("A"), jen.Id("B"), jen.Id("Cols"), jen.Id("Bytes")).Int(),
		jen.Id("Transposed").Bool(),
		jen.Id("Bypass").Bool().Comment("out shares no memory with an operand"),
		jen.Id("Several").Bool().Comment("b is a list of factors"),
		jen.Id("OneRow").Bool().Comment("of kernels that take a row as arguments"),
		jen.Id("Lines").Bool().Comment("tiles are of whole cache lines"),
		jen.Id("Moves").Bool().Comment("a is copied, and b is not used"),
		jen.Id("Left").Bool().Comment("a is the constant or the row that is the same"),
		jen.Id("Converts").Bool().Comment("a is converted, and b is not used"),
		jen.Id("Masks").Bool().Comment("a is copied where the byte b is not 0"),
		jen.Id("Lists").Bool().Comment("b is a list of the places where a lies"),
		jen.Id("Under").Bool().Comment("products are stored under the mask of a MaskedNest"),
		jen.List(jen.Id("DstRow"), jen.Id("ARow")).Int(),
	)
	f.Comment("The multiples in which kernels of a transposed operand take rows and columns.")
	f.Const().Defs(jen.Id("TileRows").Op("=").Lit(spec.TileRows), jen.Id("TileCols").Op("=").Lit(spec.TileCols))
	f.Comment("From elements of DirectSize on, TV and TT have kernels of their own, and take rows and")
	f.Comment("columns in multiples of so many bytes down a column and across a row. TVW and TTW take")
	f.Comment("LineBytes of both. A Place is of PlaceBytes.")
	f.Const().Defs(jen.Id("PlaceBytes").Op("=").Lit(spec.PlaceBytes), jen.Id("DirectSize").Op("=").Lit(spec.DirectSize), jen.Id("DirectDown").Op("=").Lit(spec.DirectDown),
		jen.Id("DirectAcross").Op("=").Lit(spec.DirectAcross), jen.Id("LineBytes").Op("=").Lit(spec.LineBytes))
	f.Comment("AnyStep stands for a step that a pattern leaves free.")
	f.Const().Id("AnyStep").Op("=").Lit(1 << 30)
	f.Comment("Form returns what the pattern fixes.")
	f.Func().Params(jen.Id("p").Id("Pattern")).Id("Form").Params().Id("Form").Block(
		jen.If(jen.Id("p").Op(">=").Id("NumPatterns")).Block(jen.Return(jen.Id("Form").Values())),
		jen.Return(jen.Index(jen.Id("NumPatterns")).Id("Form").Add(lines(forms()...)).Index(jen.Id("p"))),
	)

	stepping(f)

	f.Comment("Nest is the two innermost loops of a layout, and where its operands start. Steps are")
	f.Comment("in bytes and may be negative or zero; kernels whose pattern fixes the step of a column")
	f.Comment("do not read that step.")
	var fields []jen.Code
	for _, name := range spec.NestOperands {
		fields = append(fields, jen.Id(name).Add(pointer()))
	}
	for _, name := range spec.NestLoops {
		fields = append(fields, jen.Id(name).Int())
	}
	f.Type().Id("Nest").Struct(fields...)
	f.Comment("MaskedNest is what the nest lies in that is given to a kernel of products under a mask: bytes, of which any")
	f.Comment("that is not 0 is true, side by side in a row, and MaskRow from row to row.")
	f.Type().Id("MaskedNest").Struct(jen.Id("Nest"), jen.Id(spec.NestMask[0]).Add(pointer()), jen.Id(spec.NestMask[1]).Int())

	f.Comment("Factor is one operand of several, that which b is in some patterns: its element [r][c]")
	f.Comment("is Down*r + Step*c bytes after At. Step is the size of an element, or 0 for a constant.")
	f.Comment("A kernel may write to the last word.")
	f.Type().Id("Factor").Struct(
		jen.Id("At").Add(pointer()),
		jen.List(jen.Id("Step"), jen.Id("Down")).Int(),
		jen.Id("_").Uintptr(),
	)

	f.Commentf("Place is what a kernel copies from one place to another, if b is a list of such: the %d bytes", spec.PlaceBytes)
	f.Comment("that lie From bytes after where a row of a begins are shuffled, the i-th byte being that of number")
	f.Comment("Shuffle[i], and written To bytes after where a row of dst begins. They count as elements, whatever")
	f.Comment("they hold.")
	place := func(bytes string, n int) []jen.Code {
		return []jen.Code{
			jen.List(jen.Id("From"), jen.Id("To")).Int64(),
			jen.Id("_").Index(jen.Lit(n - 16)).Uint8().Comment("so that it is as long as what follows"),
			jen.Id("Shuffle").Index(jen.Id(bytes)).Uint8(),
		}
	}
	f.Type().Id("Place").Struct(place("PlaceBytes", spec.PlaceBytes)...)
	f.Commentf("Line is a Place of %d bytes.", spec.LineBytes)
	f.Type().Id("Line").Struct(place("LineBytes", spec.LineBytes)...)

	f.Comment("Func is a kernel. It computes dst[r][c] from a[r][c] and b[r][c] for every r < nest.Rows and")
	f.Comment("c < nest.Cols, element by element as its rule says. It reads and writes")
	f.Comment("these elements alone, at any alignment of an element. What is not dst's it only reads, so that")
	f.Comment("operands may lie in memory that can not be written. dst shares no memory with")
	f.Comment("an operand, or, if theirs have its size, walks exactly the same elements in the same order.")
	f.Comment("")
	f.Comment("Stores that bypass the caches may be seen after later ones, until the caller fences.")
	f.Comment("")
	f.Comment("Where b is several factors, it points to a []Factor of one or more: dst[r][c] is the")
	f.Comment("product of a[r][c] and all factors' elements, from left to right.")
	f.Comment("")
	f.Comment("Where b is a list of places, it points to the first Place, or Line, of nest.Cols, copied in this")
	f.Comment("order, for each row: what one writes beyond what is wanted of it, the next may write again.")
	f.Comment("")
	f.Comment("Where b is a mask, bytes of which any that is not 0 is true, what is not selected of dst is not")
	f.Comment("written, not even with what it was; dst may also walk the mask itself.")
	f.Comment("")
	f.Comment("So it is where products are stored under a mask, for which the nest is that of a [MaskedNest].")
	f.Type().Id("Func").Func().Params(kernelParams()...)

	f.Comment("Halving is a kind of CPU, by where kernels of the level below, at half the width, are faster than")
	f.Comment("those of 512 bits: how far to the left its bits are in Halves.")
	f.Type().Id("Halving").Uint8()
	f.Comment("The kinds of CPU.")
	f.Const().Defs(
		jen.Id("Split").Id("Halving").Op("=").Lit(spec.Split).Comment("where vectors of 512 bits take two steps"),
		jen.Id("Beyond").Id("Halving").Op("=").Lit(spec.Beyond).Comment("where they are slow beyond the first-level cache"),
		jen.Id("Picks").Id("Halving").Op("=").Lit(spec.Picks).Comment("where they are in the second one if elements are picked from them"),
		jen.Id("Whole").Id("Halving").Op("=").Lit(spec.Whole).Comment("where they are not"),
	)

	f.Comment("Entry is a kernel in a Set. Pattern and Level are those of the kernel: it may be more")
	f.Comment("general than its place in the set says, or of a level below. Override is the feature by which")
	f.Comment("the rule has another kernel in that place, in its Override. Halves says of which multiplies the")
	f.Comment("kernel of the same pattern one level below is faster: ten bits for each kind of CPU, a Halving.")
	f.Comment("Of these, the lower five are where all that is multiplied may be for that: 1 in the first-level")
	f.Comment("cache, 2 in the second one, 4 in those after it, 8 where they do not hold all, 16 where the result is")
	f.Comment("written past them. The others are from how many times 64 bytes of a row on.")
	f.Type().Id("Entry").Struct(
		jen.Id("Func").Id("Func"),
		jen.Id("Halves").Uint32(),
		jen.Id("Pattern").Id("Pattern"),
		jen.Id("Level").Id("Level"),
		jen.Id("Feature").Id("Feature").Comment("that the kernel uses beyond its level, or 0"),
		jen.Id("Override").Id("Feature"),
	)
	f.Comment("Set holds the kernels of one rule. A level without a kernel of its own repeats that of")
	f.Comment("the level below, so every entry can be called where its level is supported. Entries of")
	f.Comment("patterns that are not for the rule are empty. A set of kernels under a mask has those of no other pattern, and")
	f.Comment("is empty where there is none.")
	f.Type().Id("Set").Index(jen.Id("NumLevels")).Index(jen.Id("NumPatterns")).Id("Entry")

	f.Comment("Override holds the kernels of one rule at a level where the CPU has a feature, too: those that")
	f.Comment("use it, and those of the rule's Set for the other patterns.")
	f.Type().Id("Override").Struct(
		jen.Id("Level").Id("Level"),
		jen.Id("Feature").Id("Feature").Comment("0 where the build has no such kernels"),
		jen.Id("Kernels").Index(jen.Id("NumPatterns")).Id("Entry"),
	)

	f.Comment("DType describes one dtype.")
	f.Type().Id("DType").Struct(
		jen.Id("Name").String().Comment(`NumPy's name: "float32"`),
		jen.Id("Type").String().Comment(`the Go type: "float32", "Float16"`),
		jen.Id("Size").Int().Comment("bytes of an element"),
		jen.Id("Mul").Op("*").Id("Rule").Comment("the product of its elements"),
		jen.Id("Under").Op("*").Id("Set").Comment("those of its kernels that multiply under a mask, which its own set has not"),
	)
	f.Comment("Operand is what a rule takes or gives.")
	f.Type().Id("Operand").Struct(
		jen.Id("DType").String(),
		jen.Id("Size").Int().Comment("bytes of an element"),
		jen.Id("Move").Op("*").Id("Rule").Comment("copies elements of the size; nil of an operand that is copied"),
	)
	f.Comment("Rule is what an element of a result is, made of one of each operand, with its kernels.")
	f.Type().Id("Rule").Struct(
		jen.Id("Name").String(),
		jen.Id("Expr").String().Comment("a Go expression of x and y"),
		jen.List(jen.Id("Out"), jen.Id("A"), jen.Id("B")).Id("Operand").Comment("the result, x and y"),
		jen.Id("Commutes").Bool().Comment("x and y may change places"),
		jen.Id("Default").Bool().Comment("the product of the dtype of its name"),
		jen.Id("Code").String().Comment("the rule whose kernels serve this one: its own name, or another's"),
		jen.Id("Kernels").Op("*").Id("Set").Comment("nil of a rule with Via"),
		jen.Id("Override").Op("*").Id("Override").Comment("nil of most rules"),
		jen.Id("Unary").Bool().Comment("of x alone, and of no y: B is that of A, and not used, or a mask"),
		jen.Id("Via").Index().Op("*").Id("Rule").Comment("of x alone: rules that one after the other are this one"),
	)
	f.Comment("At returns the kernels of a level, on a CPU with some features beyond it.")
	f.Func().Params(jen.Id("r").Op("*").Id("Rule")).Id("At").Params(jen.Id("level").Id("Level"), jen.Id("has").Id("Feature")).Op("*").Index(jen.Id("NumPatterns")).Id("Entry").Block(
		jen.If(jen.Id("o").Op(":=").Id("r").Dot("Override"), jen.Id("o").Op("!=").Nil().Op("&&").Id("o").Dot("Feature").Op("&").Id("has").Op("!=").Lit(0).Op("&&").Id("o").Dot("Level").Op("==").Id("level")).Block(jen.Return(jen.Op("&").Id("o").Dot("Kernels"))),
		jen.Return(jen.Op("&").Id("r").Dot("Kernels").Index(jen.Id("level"))),
	)
	f.Comment("Entry returns the entry of a pattern at a level, on a CPU with some features beyond it: of the")
	f.Comment("rule, or of what copies elements of its result where the pattern is of that.")
	f.Func().Params(jen.Id("r").Op("*").Id("Rule")).Id("Entry").Params(jen.Id("level").Id("Level"), jen.Id("has").Id("Feature"), jen.Id("pattern").Id("Pattern")).Op("*").Id("Entry").Block(
		jen.If(jen.Id("pattern").Dot("Form").Call().Dot("Moves").Op("&&").Id("r").Dot("Out").Dot("Move").Op("!=").Nil()).Block(jen.Id("r").Op("=").Id("r").Dot("Out").Dot("Move")),
		jen.Return(jen.Op("&").Id("r").Dot("At").Call(jen.Id("level"), jen.Id("has")).Index(jen.Id("pattern"))),
	)
	f.Comment("ID returns the ID of the kernel of one of these entries, or \"\" of an empty one.")
	f.Func().Params(jen.Id("r").Op("*").Id("Rule")).Id("ID").Params(jen.Id("e").Op("*").Id("Entry")).String().Block(
		jen.Switch().Block(
			jen.Case(jen.Id("e").Dot("Func").Op("==").Nil()).Block(jen.Return(jen.Lit(""))),
			jen.Case(jen.Id("e").Dot("Pattern").Dot("Form").Call().Dot("Moves").Op("&&").Id("r").Dot("Out").Dot("Move").Op("!=").Nil()).Block(jen.Id("r").Op("=").Id("r").Dot("Out").Dot("Move")),
		),
		jen.Id("id").Op(":=").Id("r").Dot("Code").Op("+").Lit("-").Op("+").Id("e").Dot("Pattern").Dot("String").Call().Op("+").Lit("-").Op("+").Id("e").Dot("Level").Dot("String").Call(),
		jen.If(jen.Id("e").Dot("Feature").Op("!=").Lit(0)).Block(jen.Id("id").Op("+=").Lit("-").Op("+").Id("e").Dot("Feature").Dot("String").Call()),
		jen.Return(jen.Id("id")),
	)
	f.Comment("Info describes one kernel of this build. Code is the ID of the kernel whose code")
	f.Comment("it is: its own, unless the rule shares that of another.")
	f.Type().Id("Info").Struct(
		jen.List(jen.Id("ID"), jen.Id("Rule"), jen.Id("Code")).String(),
		jen.Id("Pattern").Id("Pattern"),
		jen.Id("Level").Id("Level"),
		jen.Id("Feature").Id("Feature").Comment("that it uses beyond its level, or 0"),
		jen.List(jen.Id("OutSize"), jen.Id("ASize"), jen.Id("BSize")).Int().Comment("bytes of an element"),
		jen.Id("Func").Id("Func"),
	)
	return f
}

// enum emits an unsigned type and its values, with Num<type>s at the end.
func enum(f *jen.File, typ, doc string, names, docs []string) {
	f.Comment(doc)
	f.Type().Id(typ).Uint8()
	f.Commentf("The %ss.", strings.ToLower(typ))
	f.Const().DefsFunc(func(g *jen.Group) {
		for i, name := range names {
			id := g.Id(name)
			if i == 0 {
				id.Id(typ).Op("=").Iota()
			}
			id.Comment(docs[i])
		}
		g.Id("Num" + typ + "s").Op("=").Iota().Comment("how many there are")
	})
}

// stringer emits a method that returns one of a list of texts.
func stringer(f *jen.File, typ, method, doc string, texts []jen.Code) {
	recv := strings.ToLower(typ[:1])
	f.Comment(method + " " + doc)
	f.Func().Params(jen.Id(recv).Id(typ)).Id(method).Params().String().Block(
		jen.Id("texts").Op(":=").Index(jen.Op("...")).String().Add(lines(texts...)),
		jen.If(jen.Int().Call(jen.Id(recv)).Op(">=").Len(jen.Id("texts"))).Block(jen.Return(jen.Lit("unknown"))),
		jen.Return(jen.Id("texts").Index(jen.Id(recv))),
	)
}

// dtypesFile emits the declared dtypes, what stores them, and the constraint Element.
func (p Package) dtypesFile() *jen.File {
	t, f := p.Table, p.file("")
	var terms, declared []jen.Code
	for _, r := range t.DTypes {
		if r.Under != "" {
			declared = append(declared, jen.Case(jen.Lit(r.Name)).Block(jen.Return(jen.Lit(r.Under))))
		}
		switch over := func(s DType) bool { return s.Type == r.Under && s.Open() }; {
		case r.Open():
			terms = append(terms, jen.Op("~").Id(r.Type))
		case !slices.ContainsFunc(t.DTypes, over): // or else it is one of those
			terms = append(terms, jen.Id(r.Type))
		}
		switch {
		case r.Under == "":
		case r.Declare != nil:
			r.Declare(f)
		default:
			f.Commentf("%s is the Go type of dtype %s.", r.Type, r.Name)
			f.Type().Id(r.Type).Id(r.Under)
		}
	}
	for _, typ := range []string{"int", "uint", "uintptr"} { // of 32 or 64 bits
		terms = append(terms, jen.Op("~").Id(typ))
	}
	f.Comment("StoredAs returns the type of Go as which elements of a dtype are stored, by its name: \"uint16\"")
	f.Comment("of \"float16\". Of a dtype that is not declared here it is the name itself.")
	f.Func().Id("StoredAs").Params(jen.Id("dtype").String()).String().Block(
		jen.Switch(jen.Id("dtype")).Block(declared...),
		jen.Return(jen.Id("dtype")),
	)
	f.Comment("Element lists the Go types of the dtypes, and those that are declared over one of Go's;")
	f.Comment("int, uint and uintptr have the dtype of their size. The types of Go in which numbers of")
	f.Comment("other formats are stored stand for themselves alone: a half-precision type of another")
	f.Comment("package over uint16 cannot be multiplied as an integer by mistake.")
	f.Type().Id("Element").Interface(jen.Union(terms...))
	return f
}

// forms lists what the patterns fix.
func forms() []jen.Code {
	step := func(m spec.Motion) jen.Code {
		switch {
		case m == spec.Gapped: // within a row
			return jen.Lit(1)
		case m.Step() == spec.AnyStep:
			return jen.Id("AnyStep")
		}
		return jen.Lit(m.Step())
	}
	var items []jen.Code
	for _, p := range spec.Patterns {
		items = append(items, jen.Id(p.Func).Op(":").Values(step(p.Dst), step(p.A), step(p.B), jen.Lit(p.Cols), jen.Lit(p.Bytes),
			jen.Lit(p.A == spec.Transposed), jen.Lit(p.Bypass), jen.Lit(p.B == spec.Several), jen.Lit(p.OneRow), jen.Lit(p.Lines), jen.Lit(p.Does == spec.Copies), jen.Lit(p.Left()),
			jen.Lit(p.Does == spec.Converts), jen.Lit(p.Does == spec.Masks), jen.Lit(p.A == spec.Listed), jen.Lit(p.Under), jen.Lit(p.DstRow), jen.Lit(p.ARow)))
	}
	return items
}

// stepping emits which patterns rows have by the step that some of their operands share.
func stepping(f *jen.File) {
	const moved = spec.Motion(255)           // b of patterns that copy
	byMotions := map[[3]spec.Motion]string{} // of patterns without modifiers
	low, high := 0, 0
	for _, p := range spec.Patterns {
		of := [3]spec.Motion{p.Dst, p.A, p.B}
		if plain := p.Cols+p.Bytes+p.ARow == 0 && !p.Bypass && !p.Lines && !p.OneRow; !plain || p.Under || p.Does == spec.Converts || p.Does == spec.Masks {
			continue
		}
		if p.Does == spec.Copies {
			of[2] = moved
		}
		byMotions[of] = p.Func
		for _, m := range of {
			if m != moved && m.Step() != spec.AnyStep {
				low, high = min(low, m.Step()), max(high, m.Step())
			}
		}
	}
	const u, c, i = spec.Unit, spec.Fixed, spec.Strided
	of := func(m spec.Motion) jen.Code {
		var fields []jen.Code
		for _, field := range []struct {
			name             string
			motions, instead [3]spec.Motion
		}{
			{"B", [3]spec.Motion{u, u, m}, [3]spec.Motion{i, i, i}},
			{"AB", [3]spec.Motion{u, m, m}, [3]spec.Motion{i, i, i}},
			{"Out", [3]spec.Motion{m, u, u}, [3]spec.Motion{i, u, u}},
			{"OutA", [3]spec.Motion{m, m, c}, [3]spec.Motion{i, i, i}},
			{"All", [3]spec.Motion{m, m, m}, [3]spec.Motion{i, i, i}},
			{"From", [3]spec.Motion{u, m, moved}, [3]spec.Motion{u, i, moved}},
			{"To", [3]spec.Motion{m, u, moved}, [3]spec.Motion{i, u, moved}},
		} {
			pattern, found := byMotions[field.motions]
			if !found {
				pattern = byMotions[field.instead]
			}
			fields = append(fields, jen.Id(field.name).Op(":").Id(pattern))
		}
		return jen.Values(fields...)
	}
	rows := make([]jen.Code, high-low+1)
	for at := range rows {
		rows[at] = of(spec.MotionBy(low + at))
	}
	f.Comment("Stepping is the patterns of rows by what steps by one number of elements: b alone, a and")
	f.Comment("b, out alone, out and a, or all. Others are contiguous, but b is constant where out and a")
	f.Comment("step. From and To copy what steps, or to where. Steps without a pattern of their own have")
	f.Comment("one that accepts any.")
	f.Type().Id("Stepping").Struct(jen.List(jen.Id("B"), jen.Id("AB"), jen.Id("Out"), jen.Id("OutA"), jen.Id("All"), jen.Id("From"), jen.Id("To")).Id("Pattern"))
	f.Const().Id("leastStep").Op("=").Lit(low)
	f.Var().Defs(
		jen.Id("steppings").Op("=").Index(jen.Op("...")).Id("Stepping").Add(lines(rows...)),
		jen.Id("anyStepping").Op("=").Id("Stepping").Add(of(spec.Strided)),
	)
	f.Comment("SteppingBy returns the patterns of a step.")
	f.Func().Id("SteppingBy").Params(jen.Id("step").Int()).Op("*").Id("Stepping").Block(
		jen.If(jen.Id("i").Op(":=").Id("step").Op("-").Id("leastStep"), jen.Id("i").Op(">=").Lit(0).Op("&&").Id("i").Op("<").Len(jen.Id("steppings"))).Block(
			jen.Return(jen.Op("&").Id("steppings").Index(jen.Id("i")))),
		jen.Return(jen.Op("&").Id("anyStepping")),
	)
}
