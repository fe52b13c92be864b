package lower

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// check refuses what is no multiply rule at any level: what can panic or do more than compute,
// and what Go itself leaves open, so that two machines could give two results.
func (e *Expr) check() (err error) {
	b := &builder{Expr: e}
	defer catch(&err)
	products := map[types.Object]bool{} // names of products of floats
	var visit func(x ast.Expr)
	visit = func(x ast.Expr) {
		switch x := x.(type) {
		case *ast.BasicLit, *ast.Ident:
		case *ast.ParenExpr:
			visit(x.X)
		case *ast.UnaryExpr:
			if x.Op == token.ARROW || x.Op == token.AND {
				b.refuse(x, "a rule computes, and does nothing else")
			}
			visit(x.X)
		case *ast.BinaryExpr:
			b.checkBinary(x, products)
			visit(x.X)
			visit(x.Y)
		case *ast.CallExpr:
			b.checkCall(x, products, visit)
		default:
			b.refuse(x, "a rule is made of operators, conversions and calls of functions that compute")
		}
	}
	visit(e.expr)
	return nil
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

func (b *builder) checkBinary(x *ast.BinaryExpr, products map[types.Object]bool) {
	of := func(x ast.Expr) types.BasicInfo {
		basic, _ := b.info.Types[x].Type.Underlying().(*types.Basic)
		if basic == nil {
			return 0
		}
		return basic.Info()
	}
	switch info := of(x); x.Op {
	case token.ADD, token.SUB:
		for _, term := range []ast.Expr{x.X, x.Y} {
			if info&(types.IsFloat|types.IsComplex) != 0 && b.isProduct(term, products) {
				sub := b.place(term).sub
				b.refuse(x, "Go may fuse the product %s with the sum, and round once or twice; say %s(%s)", sub, b.info.Types[x].Type, sub)
			}
		}
	case token.MUL, token.QUO, token.REM:
		divisor := b.info.Types[x.Y].Value
		switch {
		case info&types.IsComplex != 0:
			b.refuse(x, "Go rounds %s of complex numbers in more than one way; write the parts, each product in a conversion", x.Op)
		case x.Op == token.MUL || info&types.IsInteger == 0:
		case divisor == nil:
			b.refuse(x, "division is by constants: one by zero would panic")
		}
	case token.SHL, token.SHR:
		if by := b.info.Types[x.Y].Value; by == nil || constant.Sign(by) < 0 {
			b.refuse(x, "shifts are by constants")
		}
	}
}

// isProduct tells whether a term of a sum is a product that is not rounded by a conversion.
func (b *builder) isProduct(x ast.Expr, products map[types.Object]bool) bool {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return b.isProduct(x.X, products)
	case *ast.UnaryExpr:
		return b.isProduct(x.X, products)
	case *ast.BinaryExpr:
		return x.Op == token.MUL && b.info.Types[x].Value == nil
	case *ast.Ident:
		return products[b.info.Uses[x]]
	case *ast.CallExpr: // what a literal returns
		if f, ok := ast.Unparen(x.Fun).(*ast.FuncLit); ok && b.returned(f) != nil {
			return b.isProduct(b.returned(f), products)
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

func (b *builder) checkCall(x *ast.CallExpr, products map[types.Object]bool, visit func(ast.Expr)) {
	for _, arg := range x.Args {
		visit(arg)
	}
	fun := ast.Unparen(x.Fun)
	switch {
	case b.info.Types[fun].IsType():
		b.checkConversion(x)
		return
	case b.info.Types[fun].IsBuiltin():
		switch name := fun.(*ast.Ident).Name; name {
		case "min", "max", "real", "imag", "complex":
		default:
			b.refuse(x, "a rule computes: %s has no place in it", name)
		}
		return
	}
	switch f := fun.(type) {
	case *ast.FuncLit:
		if b.returned(f) == nil || len(f.Type.Params.List) == 0 {
			b.refuse(x, "a function literal is one return of one value, and is called where it stands")
		}
		parameters(x, f, func(name *ast.Ident, arg ast.Expr) {
			if b.isProduct(arg, products) {
				products[b.info.Defs[name]] = true
			}
		})
		visit(b.returned(f))
	case *ast.Ident:
	case *ast.SelectorExpr:
		visit(f.X)
	default:
		b.refuse(x, "such a call has no place in a rule")
	}
}

// checkConversion refuses conversions of floats to integers, whose result Go leaves open where
// it is out of range.
func (b *builder) checkConversion(x *ast.CallExpr) {
	from, _ := b.info.Types[x.Args[0]].Type.Underlying().(*types.Basic)
	to, _ := b.info.Types[x].Type.Underlying().(*types.Basic)
	if from == nil || to == nil {
		b.refuse(x, "a rule is of numbers")
	}
	if from.Info()&types.IsFloat != 0 && to.Info()&types.IsInteger != 0 && b.info.Types[x].Value == nil {
		b.refuse(x, "Go leaves open what a float out of range becomes; name the rounding, as RoundUint8 does")
	}
}
