package spec

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
)

// Commutes tells whether x and y may change places in an expression, as far as that shows in
// it: it is the same when they have, but for the order of the two terms of sums and products.
// Those of elements commute, and those of floats, for which one NaN is as good as another.
func Commutes(expr string) (bool, error) {
	same, err := ordered(expr, nil)
	if err != nil {
		return false, err
	}
	swapped, err := ordered(expr, map[string]string{"x": "y", "y": "x"})
	return same == swapped, err
}

// ordered prints an expression with the terms of what commutes in one order, and with
// variables of other names where there are some.
func ordered(expr string, rename map[string]string) (string, error) {
	e, err := parser.ParseExpr(expr)
	if err != nil {
		return "", err
	}
	text := func(e ast.Expr) string {
		var b bytes.Buffer
		if failed := printer.Fprint(&b, token.NewFileSet(), e); failed != nil {
			err = failed
		}
		return b.String()
	}
	sort := func(x, y *ast.Expr) {
		if text(*x) > text(*y) {
			*x, *y = *y, *x
		}
	}
	var nodes []ast.Node // outer ones before inner ones
	methods := map[*ast.Ident]bool{}
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			methods[n.Sel] = true
		case *ast.Ident:
			if to := rename[n.Name]; to != "" && !methods[n] {
				n.Name = to
			}
		}
		nodes = append(nodes, n)
		return true
	})
	for i := len(nodes) - 1; i >= 0; i-- {
		switch n := nodes[i].(type) {
		case *ast.BinaryExpr:
			if commutative[n.Op] {
				sort(&n.X, &n.Y)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "min" || f.Name == "max") && len(n.Args) == 2 {
				sort(&n.Args[0], &n.Args[1])
			}
		}
	}
	form := text(e)
	return form, err
}

var commutative = map[token.Token]bool{
	token.ADD: true, token.MUL: true, token.AND: true, token.OR: true, token.XOR: true,
	token.LAND: true, token.LOR: true, token.EQL: true, token.NEQ: true,
}
