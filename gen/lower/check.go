package lower

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// check refuses what is no multiply rule at any level: what can panic or do more than compute,
// what Go itself leaves open, so that two machines could give two results, and arithmetic on what
// a type holds its numbers as.
func (e *Expr) check() (err error) {
	defer catch(&err)
	c := &checker{builder: &builder{Expr: e}, products: map[types.Object]bool{}}
	c.visit(e.expr)
	return nil
}

// A checker goes through an expression.
type checker struct {
	*builder
	products map[types.Object]bool // names of products of floats
	deep     int                   // function literals around what is visited
}

// catch makes what refuse gave up with the error of a function.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case refused:
		*err = r.err
	default:
		panic(r)
	}
}

func (c *checker) visit(x ast.Expr) {
	switch x := x.(type) {
	case *ast.BasicLit, *ast.Ident:
	case *ast.ParenExpr:
		c.visit(x.X)
	case *ast.UnaryExpr:
		if x.Op == token.ARROW || x.Op == token.AND {
			c.refuse(x, "a rule computes, and does nothing else")
		}
		c.visit(x.X)
		c.checkFormat(x, x.Op.String(), x.X)
	case *ast.BinaryExpr:
		c.checkBinary(x)
		c.visit(x.X)
		c.visit(x.Y)
		c.checkFormat(x, x.Op.String(), x.X, x.Y)
	case *ast.CallExpr:
		c.checkCall(x)
	default:
		c.refuse(x, "a rule is made of operators, conversions and calls of functions that compute")
	}
	c.checkType(x)
}

// checkType refuses what is no number, or another one on other machines.
func (c *checker) checkType(x ast.Expr) {
	tv := c.info.Types[x]
	if !tv.IsValue() || tv.Value != nil {
		return
	}
	basic, ok := tv.Type.Underlying().(*types.Basic)
	switch {
	case !ok || basic.Info()&(types.IsNumeric|types.IsBoolean) == 0:
		c.refuse(x, "a rule is of numbers, and its type is %s", tv.Type)
	case basic.Kind() == types.Int || basic.Kind() == types.Uint || basic.Kind() == types.Uintptr:
		c.refuseInt(x, basic)
	}
}

func (b *builder) refuseInt(x ast.Expr, t *types.Basic) {
	b.refuse(x, "%s has another size on other machines; say how many bits, as in %s32", t, map[bool]string{true: "u"}[t.Info()&types.IsUnsigned != 0]+"int")
}

func (c *checker) checkBinary(x *ast.BinaryExpr) {
	of := func(x ast.Expr) types.BasicInfo {
		basic, _ := c.info.Types[x].Type.Underlying().(*types.Basic)
		if basic == nil {
			return 0
		}
		return basic.Info()
	}
	switch info := of(x); x.Op {
	case token.ADD, token.SUB:
		for _, term := range []ast.Expr{x.X, x.Y} {
			if info&(types.IsFloat|types.IsComplex) != 0 && c.isProduct(term) {
				sub := c.place(term).sub
				if info&types.IsComplex != 0 {
					c.refuse(x, "Go may fuse a product in %s with the sum, and round once or twice; convert each product, as in float32(a*b)", sub)
				}
				c.refuse(x, "Go may fuse the product %s with the sum, and round once or twice; say %s(%s)", sub, c.info.Types[x].Type, sub)
			}
		}
	case token.MUL, token.QUO, token.REM:
		divisor := c.info.Types[x.Y].Value
		switch {
		case info&types.IsComplex != 0:
			c.refuse(x, "Go rounds %s of complex numbers in more than one way; write the parts, each product in a conversion, and say Portable: true in the row", x.Op)
		case x.Op == token.MUL || info&types.IsInteger == 0:
		case divisor == nil:
			instead := "divide floats, as in float32(x) / float32(y)"
			if x.Op == token.REM {
				instead = "take the remainder by a number, as in x % 10"
			}
			c.refuse(x, "integers are divided by constants, because a zero would panic; %s", instead)
		}
	case token.SHL, token.SHR:
		if by := c.info.Types[x.Y].Value; by == nil || constant.Sign(by) < 0 {
			c.refuse(x, "shifts are by constants of 0 and more; by a power of two that is an operand, multiply")
		}
	}
}

// isProduct tells whether a term of a sum is a product that is not rounded by a conversion.
func (c *checker) isProduct(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return c.isProduct(x.X)
	case *ast.UnaryExpr:
		return c.isProduct(x.X)
	case *ast.BinaryExpr:
		return x.Op == token.MUL && c.info.Types[x].Value == nil
	case *ast.Ident:
		return c.products[c.info.Uses[x]]
	case *ast.CallExpr:
		fun := ast.Unparen(x.Fun)
		if f, ok := fun.(*ast.FuncLit); ok && c.returned(f) != nil { // what a literal returns
			return c.isProduct(c.returned(f))
		}
		if c.info.Types[fun].IsBuiltin() { // parts of a complex number are what it was made of
			for _, arg := range x.Args {
				if c.isProduct(arg) {
					return true
				}
			}
		}
	}
	return false
}

// returned is the value that a function literal of one return returns, or nil.
func (b *builder) returned(f *ast.FuncLit) ast.Expr {
	if len(f.Body.List) != 1 {
		return nil
	}
	r, ok := f.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(r.Results) != 1 {
		return nil
	}
	return r.Results[0]
}

// parameters pairs the names of a literal's parameters with what it is called with.
func parameters(x *ast.CallExpr, f *ast.FuncLit, do func(name *ast.Ident, arg ast.Expr)) {
	i := 0
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			do(name, x.Args[i])
			i++
		}
	}
}

func (c *checker) checkCall(x *ast.CallExpr) {
	fun := ast.Unparen(x.Fun)
	if f, ok := fun.(*ast.FuncLit); ok {
		c.checkLiteral(x, f)
		return
	}
	for _, arg := range x.Args {
		c.visit(arg)
	}
	switch {
	case c.info.Types[fun].IsType():
		c.checkConversion(x)
		return
	case c.info.Types[fun].IsBuiltin():
		switch name := fun.(*ast.Ident).Name; name {
		case "min", "max":
			c.checkFormat(x, name, x.Args...)
		case "real", "imag", "complex":
		default:
			c.refuse(x, "a rule computes: %s has no place in it", name)
		}
		return
	}
	switch f := fun.(type) {
	case *ast.Ident:
	case *ast.SelectorExpr:
		c.visit(f.X)
	default:
		c.refuse(x, "such a call has no place in a rule")
	}
}

// deepest is how deep function literals may stand in each other: more than anybody reads, and few
// enough for the compiler, which puts each into the one around it.
const deepest = 12

// checkLiteral refuses function literals that are more than names for parts.
func (c *checker) checkLiteral(x *ast.CallExpr, f *ast.FuncLit) {
	const want = "a function literal gives parts names, where it stands: func(t T) U { return … }(…), of one named parameter or more"
	signature, _ := c.info.Types[f].Type.(*types.Signature)
	names := 0
	for _, field := range f.Type.Params.List {
		names += len(field.Names)
	}
	if signature == nil || signature.Variadic() || names == 0 || len(x.Args) != names || c.returned(f) == nil {
		c.refuse(x, "%s, and of one return of one value", want)
	}
	if c.deep++; c.deep > deepest {
		c.refuse(x, "function literals stand in each other more than %d deep; name fewer parts, or several in one literal, as in func(s, t T) U { return … }(…, …)", deepest)
	}
	for _, arg := range x.Args {
		c.visit(arg)
	}
	parameters(x, f, func(name *ast.Ident, arg ast.Expr) {
		if c.isProduct(arg) {
			c.products[c.info.Defs[name]] = true
		}
	})
	c.visit(c.returned(f))
	c.deep--
}

// checkConversion refuses conversions of floats to integers, whose result Go leaves open where
// it is out of range, and those that take one format for another.
func (c *checker) checkConversion(x *ast.CallExpr) {
	from, _ := c.info.Types[x.Args[0]].Type.Underlying().(*types.Basic)
	to, _ := c.info.Types[x].Type.Underlying().(*types.Basic)
	if from == nil || to == nil {
		c.refuse(x, "a rule is of numbers")
	}
	switch to.Kind() {
	case types.Int, types.Uint, types.Uintptr:
		c.refuseInt(x, to)
	}
	if c.info.Types[x].Value != nil {
		return
	}
	if from.Info()&types.IsFloat != 0 && to.Info()&types.IsInteger != 0 {
		c.refuse(x, "Go leaves open what a float out of range becomes; name the rounding, as RoundUint8 does")
	}
	c.checkFormats(x)
}
