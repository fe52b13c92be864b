package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// Commutes tells whether x and y may change places: where the expression is the same with them
// exchanged, but for the order of what is added, multiplied and so on; else by trying all pairs
// of bytes. Floats commute, too, for which one NaN is as good as another. What can not be found
// out is no.
func (e *Expr) Commutes() bool {
	if e.y == nil || !types.Identical(e.x.Type(), e.y.Type()) {
		return false
	}
	numbers := map[string]int{}
	as := func(x, y int) int {
		f := &forms{e, numbers, map[types.Object]int{e.x: x, e.y: y}}
		return f.of(e.expr)
	}
	x, y := -1, -2
	if as(x, y) == as(y, x) {
		return true
	}
	t, err := e.newTree()
	if err != nil || t.x.size > 1 {
		return false
	}
	for x := range uint64(1 << 8) {
		for y := range x {
			if t.eval(x, y) != t.eval(y, x) {
				return false
			}
		}
	}
	return true
}

// forms numbers the parts of an expression: equal ones have one number, and so do those that
// differ by the order of what commutes.
type forms struct {
	*Expr
	numbers map[string]int       // by what they are made of
	names   map[types.Object]int // what names stand for
}

func (f *forms) number(what ...any) int {
	key := fmt.Sprint(what...)
	if _, found := f.numbers[key]; !found {
		f.numbers[key] = len(f.numbers)
	}
	return f.numbers[key]
}

// of is the number of a part that check let through.
func (f *forms) of(x ast.Expr) int {
	if v := f.info.Types[x]; v.Value != nil {
		return f.number("constant ", v.Type, " ", v.Value.ExactString())
	}
	switch x := x.(type) {
	case *ast.ParenExpr:
		return f.of(x.X)
	case *ast.Ident:
		if n, found := f.names[f.info.Uses[x]]; found {
			return n
		}
		return f.number("name ", x.Name)
	case *ast.UnaryExpr:
		return f.number(x.Op, f.of(x.X))
	case *ast.BinaryExpr:
		terms := []int{f.of(x.X), f.of(x.Y)}
		if commutative[x.Op] {
			slices.Sort(terms)
		}
		return f.number(x.Op, terms)
	case *ast.CallExpr:
		return f.call(x)
	}
	panic(fmt.Sprintf("lower: %T in an expression that was checked", x))
}

func (f *forms) call(x *ast.CallExpr) int {
	fun := ast.Unparen(x.Fun)
	if literal, ok := fun.(*ast.FuncLit); ok {
		parameters(x, literal, func(name *ast.Ident, arg ast.Expr) { f.names[f.info.Defs[name]] = f.of(arg) })
		return f.of((&builder{Expr: f.Expr}).returned(literal))
	}
	args := make([]int, len(x.Args))
	for i, a := range x.Args {
		args[i] = f.of(a)
	}
	switch fun := fun.(type) {
	case *ast.SelectorExpr:
		return f.number("method ", fun.Sel.Name, f.of(fun.X), args)
	case *ast.Ident:
		if f.info.Types[fun].IsBuiltin() && (fun.Name == "min" || fun.Name == "max") {
			slices.Sort(args)
		}
	}
	return f.number("call ", types.ExprString(fun), args)
}

var commutative = map[token.Token]bool{
	token.ADD: true, token.MUL: true, token.AND: true, token.OR: true, token.XOR: true,
	token.LAND: true, token.LOR: true, token.EQL: true, token.NEQ: true,
}
