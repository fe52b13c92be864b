package lower

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A Signature is what a rule is of: the Go types of its result, of x and of y, "" if there is no
// y, and an expression.
type Signature struct {
	Name      string
	Out, A, B string
	Expr      string
}

// An Expr is a rule whose expression Go accepts.
type Expr struct {
	Signature
	fset   *token.FileSet
	before int // the bytes before the expression in its file
	info   *types.Info
	expr   ast.Expr
	out    types.Type
	x, y   *types.Var // y is nil if there is none
}

// The name of the file that holds the expression.
const ruleFile = "rule"

// Declarations are the types and functions that expressions may name.
type Declarations struct {
	fset *token.FileSet
	pkg  *types.Package
}

// Declare checks Go source of declarations. Bodies of functions are not looked at.
func Declare(source string) (*Declarations, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "declarations", source, 0)
	if err != nil {
		return nil, fmt.Errorf("declarations: %w", err)
	}
	// Bodies are removed, as what they import is not loaded.
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			f.Body = nil
		}
	}
	d := &Declarations{fset, types.NewPackage(file.Name.Name, file.Name.Name)}
	d.check(file, nil, func(types.Error) {})
	return d, nil
}

// check checks a file of the package.
func (d *Declarations) check(file *ast.File, info *types.Info, report func(types.Error)) {
	config := types.Config{Importer: stubs{}, Sizes: types.SizesFor("gc", "386") /* the least */, Error: func(err error) {
		var te types.Error
		if errors.As(err, &te) {
			report(te)
		}
	}}
	types.NewChecker(&config, d.fset, d.pkg, info).Files([]*ast.File{file}) //nolint:errcheck // each is reported
}

// Parse checks that the expression is what a Go function of x and y may return.
func (d *Declarations) Parse(s Signature) (*Expr, error) {
	if _, err := parser.ParseExpr(s.Expr); err != nil {
		return nil, s.syntax(err)
	}
	if err := s.plain(); err != nil {
		return nil, err
	}
	e := &Expr{Signature: s, fset: d.fset, info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}}
	params := "x " + s.A
	if s.B != "" {
		params += ", y " + s.B
	}
	before := fmt.Sprintf("package %s; func _(%s) %s { return ", d.pkg.Name(), params, s.Out)
	e.before = len(before)
	file, err := parser.ParseFile(e.fset, ruleFile, before+s.Expr+"\n}", 0)
	if err != nil {
		return nil, s.syntax(err)
	}
	var first *types.Error
	d.check(file, e.info, func(err types.Error) {
		if first == nil {
			first = &err
		}
	})
	if first != nil {
		reason := first.Msg
		if name, undefined := strings.CutPrefix(reason, "undefined: "); undefined {
			reason += "; " + s.instead(name, functions(d.pkg))
		}
		return nil, s.refused(e.offset(first.Pos), "", reason)
	}
	f := file.Decls[0].(*ast.FuncDecl)
	signature := e.info.Defs[f.Name].(*types.Func).Signature()
	e.out, e.x = signature.Results().At(0).Type(), signature.Params().At(0)
	if s.B != "" {
		e.y = signature.Params().At(1)
	}
	e.expr = f.Body.List[0].(*ast.ReturnStmt).Results[0]
	return e, e.check()
}

// plain refuses what Go takes for an expression, and would not take for one that is returned, or
// might end the comments in which generated files have it.
func (s Signature) plain() error {
	if text := strings.TrimLeft(s.Expr, " \t\r\n"); strings.Contains(s.Expr[:len(s.Expr)-len(text)], "\n") {
		return s.refused(0, "", "it begins with a line break, at which Go would end what is returned; begin in the first line")
	}
	var tokens scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(s.Expr))
	tokens.Init(file, []byte(s.Expr), nil, scanner.ScanComments)
	for {
		pos, what, text := tokens.Scan()
		switch what {
		case token.EOF:
			return nil
		case token.COMMENT:
			return s.refused(file.Offset(pos), strings.Join(strings.Fields(text), " "), "an expression has no comments; say it beside the row")
		}
	}
}

// instead says which names there are in place of one that is not.
func (s Signature) instead(name string, functions []string) string {
	for _, f := range functions {
		if strings.EqualFold(f, name) || strings.HasSuffix(f, "."+name) {
			return "there is " + f
		}
	}
	operands := "x and y"
	if s.B == "" {
		operands = "x"
	}
	return "there are " + operands + ", the types of Go and of the rows, min and max, and " + strings.Join(functions, ", ")
}

// functions names those that a package declares, and the methods of its types that return numbers, which rules
// may name.
func functions(pkg *types.Package) []string {
	var names []string
	for _, name := range pkg.Scope().Names() {
		switch o := pkg.Scope().Lookup(name).(type) {
		case *types.Func:
			if result := o.Signature().Results(); token.IsExported(name) && result.Len() == 1 && result.At(0).Type() != types.Typ[types.String] {
				names = append(names, name)
			}
		case *types.TypeName:
			named, ok := o.Type().(*types.Named)
			for i := 0; ok && i < named.NumMethods(); i++ {
				result := named.Method(i).Signature().Results().At(0).Type().Underlying()
				if basic, ok := result.(*types.Basic); ok && basic.Info()&types.IsNumeric != 0 {
					names = append(names, name+"."+named.Method(i).Name())
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// syntax is the error of an expression that is none.
func (s Signature) syntax(err error) error {
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return s.refused(list[0].Pos.Offset, "", list[0].Msg)
	}
	return &Error{Rule: s.Name, Reason: err.Error()}
}

// stubs stands in for packages that declarations import.
type stubs struct{}

func (stubs) Import(path string) (*types.Package, error) {
	pkg := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
	pkg.MarkComplete()
	return pkg, nil
}

// offset is where something stands in the expression, or below 0 if it does not.
func (e *Expr) offset(pos token.Pos) int {
	if at := e.fset.Position(pos); pos.IsValid() && at.Filename == ruleFile {
		return at.Offset - e.before
	}
	return -1
}

// refused is the error of what stands at an offset in the expression, if that is not below 0, and of a part.
func (s Signature) refused(offset int, sub, reason string) *Error {
	err := &Error{Rule: s.Name, Sub: sub, Reason: reason}
	if offset >= 0 {
		before := s.Expr[:min(offset, len(s.Expr))]
		err.Column = len(before) - strings.LastIndex(before, "\n")
		if strings.Contains(s.Expr, "\n") {
			err.Line = strings.Count(before, "\n") + 1
		}
	}
	return err
}
