package lower

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A format is what the integers of a declared type stand for.
type format int

const (
	numbers   format = iota // themselves
	patterns                // the bits of a floating-point number
	fractions               // steps of a fraction
)

// formatOf tells the format of a type. Types whose method Float32 is a function of the
// vocabulary hold bits; others with such a method stand for a number that is not their integer.
func formatOf(t types.Type) format {
	named, ok := t.(*types.Named)
	if !ok {
		return numbers
	}
	if _, found := vocabulary()[named.Obj().Name()+".Float32"]; found {
		return patterns
	}
	if types.NewMethodSet(named).Lookup(nil, "Float32") != nil {
		return fractions
	}
	return numbers
}

// checkFormat refuses operators on what a number is held as.
func (c *checker) checkFormat(x ast.Expr, operator string, operands ...ast.Expr) {
	varying := 0
	for _, o := range operands {
		if c.info.Types[o].Value == nil {
			varying++
		}
	}
	for _, o := range operands {
		t, sub := c.info.Types[o].Type, c.place(o).sub
		if c.info.Types[o].Value != nil {
			continue
		}
		switch f := formatOf(t); {
		case f == patterns:
			c.refuse(x, "%s is held as its bits, on which %s would work; say %s.Float32(), or uint16(%s) for the bits", t.(*types.Named).Obj().Name(), operator, sub, sub)
		case f == fractions && operator == token.MUL.String() && varying == 2:
			c.refuse(x, "%[1]s counts steps of a fraction, and * would multiply the counts, in %[2]s; convert first, as in uint32(%[3]s), and divide by how many steps 1 has", t.(*types.Named).Obj().Name(), t.Underlying(), sub)
		}
	}
}

// checkFormats refuses conversions that take the integers of one format for those of another.
func (c *checker) checkFormats(x *ast.CallExpr) {
	from, to := c.info.Types[x.Args[0]].Type, c.info.Types[x].Type
	f, g, sub := formatOf(from), formatOf(to), c.place(x.Args[0]).sub
	if types.Identical(from, to) {
		return
	}
	basic, _ := to.Underlying().(*types.Basic)
	switch {
	case f == patterns && !types.Identical(to, from.Underlying()):
		c.refuse(x, "it would convert the bits of %s as an integer; say %s.Float32(), or %s(%s) first for the bits", sub, sub, from.Underlying(), sub)
	case g == patterns && !types.Identical(from, to.Underlying()):
		name := to.(*types.Named).Obj().Name()
		c.refuse(x, "it would take an integer for bits; say New%s of a float32, or %s(%s) first if it has the bits", name, to.Underlying(), sub)
	case f == fractions && g == fractions:
		c.refuse(x, "it would take the steps of one fraction for those of another; say %s(%s) first if that is meant", from.Underlying(), sub)
	case f == fractions && basic.Info()&types.IsFloat != 0:
		c.refuse(x, "it would be the steps that %s counts, not the fraction; say float32(%s(%s)) for the steps, and multiply by what one is worth", sub, from.Underlying(), sub)
	}
}
