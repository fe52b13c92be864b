package templates

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Conversions is the table of the conversions between dtypes, which follow from the kinds of
// their numbers.
func Conversions(dtypes []DType) *Table {
	t := &Table{DTypes: dtypes, named: map[string]spec.Rule{}}
	for _, a := range dtypes {
		for _, saturate := range []bool{false, true} {
			for _, out := range dtypes {
				c := newConversion(out.DType, a.DType, saturate)
				if out.Name == a.Name || saturate && !c.saturates() {
					continue
				}
				r := c.rule()
				t.Rules = append(t.Rules, r)
				t.named[r.Name] = r
			}
		}
	}
	for i := range t.Rules {
		t.Rules[i].Via = t.steps(t.Rules[i])
	}
	return t
}

// steps lists the rules with kernels that a rule is made of, or nothing if it has some itself.
func (t *Table) steps(r spec.Rule) (steps []string) {
	for _, name := range r.Via {
		if more := t.steps(t.named[name]); more != nil {
			steps = append(steps, more...)
		} else {
			steps = append(steps, name)
		}
	}
	return steps
}

// conversionName is the name of the rule that makes elements of one dtype of those of another.
func conversionName(out, a string, saturate bool) string {
	name := a + "_to_" + out
	if saturate {
		name = "saturate_" + name
	}
	return name
}

// A number is what a dtype's elements are.
type number struct {
	class
	bits   int // of a part
	signed bool
}

type class int

const (
	truth class = iota
	integer
	fractional // of full scale
	half
	float
	complexes
)

// numberOf tells what elements of a dtype are: of one that is unknown here, what it is stored as.
func numberOf(d spec.DType) number {
	n := number{bits: 8 * d.Size}
	switch d.Name {
	case "float16", "bfloat16":
		n.class = half
		return n
	case "unorm8", "unorm16":
		n.class = fractional
		return n
	}
	switch under := strings.TrimRight(d.Underlying(), "0123456789"); under {
	case "bool":
		n.class = truth
	case "float":
		n.class = float
	case "complex":
		n.class, n.bits = complexes, n.bits/2
	default:
		n.class, n.signed = integer, under == "int"
	}
	return n
}

// numberName names the dtype of integers.
func numberName(signed bool, bits int) string {
	if signed {
		return fmt.Sprint("int", bits)
	}
	return fmt.Sprint("uint", bits)
}

// digits are the bits of a number without that of its sign.
func (n number) digits() int {
	if n.signed {
		return n.bits - 1
	}
	return n.bits
}

// integral tells whether elements are converted to others as the integers that are stored.
func (n number) integral() bool { return n.class == integer || n.class == fractional }

// A conversion makes elements of out of those of a. Those that saturate clamp integers, and round
// floats to nearest even.
type conversion struct {
	out, a   spec.DType
	to, from number
	saturate bool
}

func newConversion(out, a spec.DType, saturate bool) *conversion {
	return &conversion{out, a, numberOf(out), numberOf(a), saturate}
}

// rule is the conversion's.
func (c *conversion) rule() spec.Rule {
	name := conversionName(c.out.Name, c.a.Name, c.saturate)
	r := spec.Rule{Name: name, Out: c.out, A: c.a, B: c.a, Does: spec.Converts, Expr: c.expr("x"), Code: name, Portable: c.portable()}
	if hub := c.hub(); hub != "" {
		way := spec.Predeclared(hub)
		if hub == "unorm8" {
			way = spec.Declared("unorm8", "UNorm8", "uint8")
		}
		for _, step := range []*conversion{newConversion(way, c.a, c.saturate), newConversion(c.out, way, c.saturate)} {
			r.Via = append(r.Via, conversionName(step.out.Name, step.a.Name, c.saturate && step.saturates()))
		}
	}
	switch { // a number is the first part of a complex one, that is the lower one
	case c.a.Name == "float32" && c.out.Name == "complex64":
		r.Bits.Out, r.Bits.A, r.Bits.Expr = "uint64", "uint32", "uint64(x)"
	case c.a.Name == "complex64" && c.out.Name == "float32":
		r.Bits.Out, r.Bits.A, r.Bits.Expr = "uint32", "uint64", "uint32(x)"
	}
	return r
}

// saturates tells whether there is anything to clamp, or to round to an integer.
func (c *conversion) saturates() bool {
	switch {
	case !c.to.integral() || c.from.class == truth || c.from.class == fractional && c.to.class == fractional:
		return false
	case c.from.integral():
		return c.from.signed && !c.to.signed || c.to.digits() < c.from.digits()
	}
	return c.to.class == integer // fractions are always clamped
}

// hub names the dtype through which the conversion goes, if it has no kernels of its own: one that
// keeps the number, or clamps or rounds it so that what follows comes to the same.
func (c *conversion) hub() string {
	from, to, hub := c.from.class, c.to.class, ""
	switch {
	case from == half && to != truth, to == half && (from == integer || from == truth):
		hub = "float32"
		if from == integer && c.out.Name == "bfloat16" && c.from.bits > 16 { // float32 would round it before
			hub = "float64"
		}
	case to == half && from == fractional: // likewise
		hub = "float64"
	case from == complexes && to != complexes && to != truth:
		hub = fmt.Sprint("float", c.from.bits)
	case to == complexes && from != complexes:
		hub = fmt.Sprint("float", c.to.bits)
	case from == truth && to == fractional && c.to.bits > 8:
		hub = "unorm8"
	case c.saturate && from == integer && c.from.bits == 64 && c.to.bits < 32: // clamped twice
		hub = numberName(c.from.signed, 32)
	case c.saturate && from == integer && c.from.signed && !c.to.signed && c.to.bits > c.from.bits:
		hub = numberName(false, c.from.bits)
	}
	if hub == c.a.Name || hub == c.out.Name || c.from.bits == 64 && from == integer && c.out.Name == "bfloat16" {
		return ""
	}
	return hub
}

// expr is the conversion of an expression.
func (c *conversion) expr(x string) string {
	// A number of another type, which is x or what becomes of it.
	from := func(name, x string) string { return newConversion(c.out, spec.Predeclared(name), c.saturate).expr(x) }
	to := func(name string) string { return newConversion(spec.Predeclared(name), c.a, c.saturate).expr(x) }
	T, full := c.out.Type, uint64(1)<<c.from.bits-1
	switch a, out := c.from.class, c.to.class; {
	case c.out.Name == c.a.Name:
		return x
	case a != fractional && a != half && c.a.Under != "":
		return from(c.a.Under, fmt.Sprintf("%s(%s)", c.a.Under, x))
	case out != fractional && out != half && c.out.Under != "":
		return fmt.Sprintf("%s(%s)", T, to(c.out.Under))
	case out == truth && a == half:
		return fmt.Sprintf("uint16(%s)<<1 != 0", x)
	case out == truth && a == complexes:
		return fmt.Sprintf("real(%[1]s) != 0 || imag(%[1]s) != 0", x)
	case out == truth:
		return x + " != 0"
	case a == complexes && out != complexes:
		return from(fmt.Sprint("float", c.from.bits), fmt.Sprintf("real(%s)", x))
	case out == complexes && a != complexes:
		return fmt.Sprintf("complex(%s, 0)", to(fmt.Sprint("float", c.to.bits)))
	case a == half:
		return from("float32", x+".Float32()")
	case a == truth && out == fractional:
		return fmt.Sprintf("%s(%s * %d)", T, newConversion(spec.Predeclared(c.out.Under), c.a, false).expr(x), 1<<c.to.bits-1)
	case a == truth:
		return from("uint8", fmt.Sprintf("Bit(%s)", x))
	case a == fractional && out == fractional && c.to.bits > c.from.bits:
		return fmt.Sprintf("%s(%s(%s) * %d)", T, c.out.Under, x, (1<<c.to.bits-1)/full)
	case a == fractional && out == fractional:
		scale := full / (1<<c.to.bits - 1)
		return fmt.Sprintf("%s((uint%d(%s) + %d) / %d)", T, 2*c.from.bits, x, scale/2, scale)
	case a == fractional && out == float:
		return fmt.Sprintf("%s(%s(%s)) / %d", T, c.a.Under, x, full)
	case a == fractional && out == half:
		return from("float64", to("float64"))
	case a == integer && out == half && c.from.bits < 32:
		return from("float32", to("float32"))
	case a == integer && out == half && c.from.bits == 64:
		return from("float64", fmt.Sprintf("Odd(%s)", x))
	case a == integer && out == half:
		return from("float64", to("float64"))
	case a == float && (out == fractional || out == half):
		return map[int]string{32: "New" + T, 64: T + "Of"}[c.from.bits] + "(" + x + ")"
	case a == float && out == integer && c.saturate:
		return fmt.Sprintf("Round%s(%s)", title(T), x)
	case a == float && out == integer:
		return fmt.Sprintf("Trunc%s(%s)", title(T), x)
	case a == fractional: // as the integer that is stored
		return from(c.a.Under, fmt.Sprintf("%s(%s)", c.a.Under, x))
	}
	if c.saturate {
		x = c.clamped(x)
	}
	return fmt.Sprintf("%s(%s)", T, x)
}

// clamped is an integer that fits.
func (c *conversion) clamped(x string) string {
	less := c.to.digits() < c.from.digits()
	switch {
	case c.from.signed && !c.to.signed:
		x = fmt.Sprintf("max(%s, 0)", x)
	case c.from.signed && less:
		x = fmt.Sprintf("max(%s, -1<<%d)", x, c.to.digits())
	}
	if less {
		x = fmt.Sprintf("min(%s, 1<<%d-1)", x, c.to.digits())
	}
	return x
}

// portable tells whether Go is enough: of complex numbers there is little to be tested for 0.
func (c *conversion) portable() bool { return c.from.class == complexes && c.to.class == truth }

// Conversions emits what the package of conversions has beside their kernels.
func (p Package) Conversions() (map[string][]byte, error) {
	return rendered(map[string]*jen.File{
		"scalar.go":      p.scalarFile(),
		"conversions.go": p.conversionsFile(),
	})
}

// conversionsFile emits the rules, and the choice of one by names of dtypes.
func (p Package) conversionsFile() *jen.File {
	f := p.head()
	p.rules(f, "Rules", p.Table.Rules)
	dtypes := p.Table.DTypes
	table := func(saturate bool) *jen.Statement {
		var rows []jen.Code
		for _, out := range dtypes {
			var row []jen.Code
			for _, a := range dtypes {
				r, found := p.Table.named[conversionName(out.Name, a.Name, saturate)]
				if !found {
					if r, found = p.Table.named[conversionName(out.Name, a.Name, false)]; !found { // of a dtype to itself
						row = append(row, jen.Nil())
						continue
					}
				}
				row = append(row, jen.Op("&").Id(ruleVar(r)))
			}
			rows = append(rows, lines(row...))
		}
		n := jen.Id("numDTypes")
		return jen.Index(n.Clone()).Index(n.Clone()).Op("*").Add(vocabulary("Rule")).Add(lines(rows...))
	}
	f.Comment("Between returns the rule that makes elements of dtype out of those of dtype a, by their names,")
	f.Comment("saturating if asked for and if that differs. It is nil if they are of the same dtype, or there is")
	f.Comment("no dtype of such a name. A program that calls it links the kernels of all conversions.")
	f.Func().Id("Between").Params(jen.List(jen.Id("out"), jen.Id("a")).String(), jen.Id("saturate").Bool()).Op("*").Add(vocabulary("Rule")).Block(
		jen.List(jen.Id("i"), jen.Id("j")).Op(":=").List(jen.Id("numbered").Call(jen.Id("out")), jen.Id("numbered").Call(jen.Id("a"))),
		jen.Switch().Block(
			jen.Case(jen.Id("i").Op("<").Lit(0).Op("||").Id("j").Op("<").Lit(0)).Block(jen.Return(jen.Nil())),
			jen.Case(jen.Id("saturate")).Block(jen.Return(jen.Id("saturating").Index(jen.Id("i")).Index(jen.Id("j")))),
		),
		jen.Return(jen.Id("plain").Index(jen.Id("i")).Index(jen.Id("j"))),
	)
	f.Const().Id("numDTypes").Op("=").Lit(len(dtypes))
	f.Comment("numbered returns the place of a dtype in the tables, or -1.")
	f.Func().Id("numbered").Params(jen.Id("dtype").String()).Int().Block(
		jen.Switch(jen.Id("dtype")).BlockFunc(func(g *jen.Group) {
			for i, d := range dtypes {
				g.Case(jen.Lit(d.Name)).Block(jen.Return(jen.Lit(i)))
			}
		}),
		jen.Return(jen.Lit(-1)),
	)
	f.Comment("The conversions by the places of out and a.")
	f.Var().Defs(
		jen.Id("plain").Op("=").Add(table(false)),
		jen.Id("saturating").Op("=").Add(table(true)),
	)
	return f
}
