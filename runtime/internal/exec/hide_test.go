package exec

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHiddenPointersHaveReasons holds that wherever a pointer is hidden from the compiler,
// a comment says after the word Hidden why no other goroutine and nothing that outlives the
// call sees it, and that nests are hidden nowhere but on the way to a kernel.
func TestHiddenPointersHaveReasons(t *testing.T) {
	found := 0
	err := eachFile(func(fset *token.FileSet, file *ast.File) {
		reasons := map[int]bool{} // lines below which a reason stands
		for _, group := range file.Comments {
			if text := group.Text(); strings.Contains(text, "Hidden: ") {
				reasons[fset.Position(group.End()).Line+1] = true
			}
		}
		hidden := map[*ast.CallExpr]bool{} // nests that are arguments of a call
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for _, arg := range call.Args {
				if inner, ok := arg.(*ast.CallExpr); ok && isCall(inner, "HideNest") && len(call.Args) == 1 {
					hidden[inner] = true
				}
			}
			at := fset.Position(call.Pos())
			switch {
			case isCall(call, "Hidden"):
				if found++; !reasons[at.Line] {
					t.Errorf("%v: no comment right above says \"Hidden: \" and why", at)
				}
			case isCall(call, "HideNest"):
				if found++; !hidden[call] {
					t.Errorf("%v: HideNest is not the one argument of a kernel", at)
				}
			case isCall(call, "pointer"):
				if (file.Name.Name == "exec" || file.Name.Name == "flow") && !strings.HasSuffix(at.Filename, "hide.go") {
					t.Errorf("%v: a pointer is made of an integer", at)
				}
			}
			return true
		})
	})
	if err != nil || found < 10 {
		t.Errorf("%d places found, error %v", found, err)
	}
}

// TestCopiesAreCut holds that what is in arrays is copied by kernels and by copyPiece alone, and by
// that no more at once than a call may touch: Go's copy is assembly, for which a stop-the-world waits.
func TestCopiesAreCut(t *testing.T) {
	// What these copy is short: rows of a nest, which is cut before, the end of a list, a row that repeats, an
	// element.
	short := map[string]bool{"copyNest": true, "follow": true, "layOut": true, "value": true}
	cut, whole := 0, 0
	err := eachFile(func(fset *token.FileSet, file *ast.File) {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				at := fset.Position(call.Pos())
				switch id, _ := call.Fun.(*ast.Ident); {
				case id == nil:
				case id.Name == "copy" && ofPointer(call.Args[1]) && f.Name.Name == "copyPiece":
					whole++
				case id.Name == "copy" && ofPointer(call.Args[1]) && !short[f.Name.Name]:
					t.Errorf("%v: memory of any length is copied", at)
				case id.Name == "copyPiece":
					bytes, ok := call.Args[2].(*ast.CallExpr)
					if cut++; !ok || !isCall(bytes, "min") || types.ExprString(bytes.Args[0]) != "CallBytes" {
						t.Errorf("%v: copyPiece is called with %s bytes", at, types.ExprString(call.Args[2]))
					}
				}
				return true
			})
		}
	})
	if err != nil || cut == 0 || whole != 1 {
		t.Errorf("%d calls of copyPiece, %d copies in it, error %v", cut, whole, err)
	}
}

// ofPointer reports whether an expression is a slice made of a pointer.
func ofPointer(x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	return ok && isCall(call, "Slice")
}

// isCall reports whether a call is of the function of a name, whatever its type arguments.
func isCall(call *ast.CallExpr, name string) bool {
	fun := call.Fun
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	if selector, ok := fun.(*ast.SelectorExpr); ok {
		fun = selector.Sel
	}
	id, ok := fun.(*ast.Ident)
	return ok && id.Name == name
}

// eachFile parses the files of this package, of package flow and of those that callers enter, but for
// their tests.
func eachFile(do func(*token.FileSet, *ast.File)) error {
	fset := token.NewFileSet()
	var names []string
	for _, folder := range []string{".", "../flow", "../..", "../../ndarray"} {
		found, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || found == nil {
			return fmt.Errorf("%s has %d files: %w", folder, len(found), err)
		}
		names = append(names, found...)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		do(fset, file)
	}
	return nil
}
