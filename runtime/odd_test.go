package runtime_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// TestOddErrors asks the errors that callers can make themselves what they say: the zero value of
// each, and ones of any values at all.
func TestOddErrors(t *testing.T) {
	types := map[string]error{
		"../broadcast.ShapeError":    new(broadcast.ShapeError),
		"../broadcast.SizeError":     new(broadcast.SizeError),
		"..CastError":                new(runtime.CastError),
		"..LevelError":               new(runtime.LevelError),
		"..CacheError":               new(runtime.CacheError),
		"internal/fault.LengthError": new(runtime.LengthError),
		"internal/fault.MemoryError": new(runtime.MemoryError),
		"ndarray.NameError":          new(ndarray.NameError),
		"ndarray.CastError":          new(ndarray.CastError),
		"ndarray.TypeError":          new(ndarray.TypeError),
		"ndarray.NumberError":        new(ndarray.NumberError),
	}
	for _, dir := range []string{"../broadcast", ".", "internal/fault", "kernel", "ndarray", "../rules", "../conversions"} {
		for _, name := range errorTypes(t, dir) {
			if types[dir+"."+name] == nil {
				t.Errorf("%s.%s is not in the list of this test", dir, name)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for name, err := range types {
		says(t, name, err.Error)
		v := reflect.ValueOf(err).Elem()
		for range 2000 {
			for i := range v.NumField() {
				v.Field(i).Set(odd(t, r, v.Field(i).Type()))
			}
			says(t, fmt.Sprintf("%s%+v", name, v), err.Error)
			errors.Is(err, runtime.ErrMemory)
		}
	}
}

// errorTypes lists the exported types of a folder that are errors.
func errorTypes(t *testing.T, dir string) (names []string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(dir, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			method, ok := d.(*ast.FuncDecl)
			if !ok || method.Recv == nil || method.Name.Name != "Error" {
				continue
			}
			typ := method.Recv.List[0].Type
			if star, ok := typ.(*ast.StarExpr); ok {
				typ = star.X
			}
			if id, ok := typ.(*ast.Ident); ok && id.IsExported() {
				names = append(names, id.Name)
			}
		}
	}
	return names
}

// says calls a method that returns a text.
func says(t *testing.T, name string, method func() string) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s: %v", name, p)
		}
	}()
	if method() == "" {
		t.Errorf("%s says nothing", name)
	}
}

// odd makes a value of the type of a field that nobody expects there.
func odd(t *testing.T, r *rand.Rand, typ reflect.Type) reflect.Value {
	t.Helper()
	v := reflect.New(typ).Elem()
	switch typ {
	case reflect.TypeFor[error]():
		if err := [...]error{nil, errors.New("any"), broadcast.ErrNegative, broadcast.ErrRank, broadcast.ErrOverflow}[r.IntN(5)]; err != nil {
			v.Set(reflect.ValueOf(err))
		}
		return v
	case reflect.TypeFor[reflect.Type]():
		if of := [...]any{nil, 1, 1.5, "text", kernel.Float16(0)}[r.IntN(5)]; of != nil {
			v.Set(reflect.ValueOf(reflect.TypeOf(of)))
		}
		return v
	}
	switch typ.Kind() {
	case reflect.String:
		v.SetString([...]string{"", "x", strings.Repeat("ü\n", 99)}[r.IntN(3)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt([...]int64{math.MinInt, -3, -1, 0, 1, 2, 2000, math.MaxInt}[r.IntN(8)])
	case reflect.Uint8:
		v.SetUint(uint64(r.IntN(256)))
	case reflect.Slice:
		if n := r.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(typ, n, n))
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).Set(odd(t, r, typ.Elem()))
		}
	default:
		t.Fatalf("no odd %v is known", typ)
	}
	return v
}

// TestOddNumbers asks what each number of an enumeration is called, those included that stand for
// nothing.
func TestOddNumbers(t *testing.T) {
	for i := range 256 {
		for _, x := range []fmt.Stringer{
			kernel.Level(i), kernel.Pattern(i),
			ndarray.DType(i), ndarray.Casting(i), ndarray.Order(i), ndarray.ByteOrder(i),
		} {
			says(t, fmt.Sprintf("%T(%d)", x, i), x.String)
		}
		p := kernel.Pattern(i)
		says(t, "Doc", p.Doc)
		if p >= kernel.NumPatterns && (p.Form() != kernel.Form{} || p.Bypassing() != kernel.VV) {
			t.Errorf("pattern %d is one", i)
		}
		if d := ndarray.DType(i); d >= 18 && (d.Size() != 0 || d.WordSize() != 0 || d.Stored().Size() != 0) {
			t.Errorf("dtype %d is one", i)
		}
	}
}
