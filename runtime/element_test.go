package runtime

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Types declared over each type of Go that they may be declared over.
type (
	ownBool       bool
	ownInt8       int8
	ownInt16      int16
	ownInt32      int32
	ownInt64      int64
	ownUint32     uint32
	ownUint64     uint64
	ownInt        int
	ownUint       uint
	ownUintptr    uintptr
	ownFloat32    float32
	ownFloat64    float64
	ownComplex64  complex64
	ownComplex128 complex128
)

// TestDeclaredTypes multiplies such types, and int, uint and uintptr, at every level: by the
// kernels of the dtype and with its results.
func TestDeclaredTypes(t *testing.T) {
	defer restore(active)
	for _, level := range Supported() {
		active = dispatchOf(machineAt(level.String()))
		t.Run(level.String(), func(t *testing.T) {
			declaredAs[ownBool, bool](t)
			declaredAs[ownInt8, int8](t)
			declaredAs[ownInt16, int16](t)
			declaredAs[ownInt32, int32](t)
			declaredAs[ownInt64, int64](t)
			declaredAs[ownUint32, uint32](t)
			declaredAs[ownUint64, uint64](t)
			declaredAs[ownFloat32, float32](t)
			declaredAs[ownFloat64, float64](t)
			declaredAs[ownComplex64, complex64](t)
			declaredAs[ownComplex128, complex128](t)
			if unsafe.Sizeof(int(0)) == 8 {
				declaredAs[int, int64](t)
				declaredAs[uint, uint64](t)
				declaredAs[uintptr, uint64](t)
				declaredAs[ownInt, int64](t)
				declaredAs[ownUint, uint64](t)
				declaredAs[ownUintptr, uint64](t)
			} else {
				declaredAs[int, int32](t)
				declaredAs[uint, uint32](t)
				declaredAs[uintptr, uint32](t)
				declaredAs[ownInt, int32](t)
				declaredAs[ownUint, uint32](t)
				declaredAs[ownUintptr, uint32](t)
			}
		})
	}
}

// declaredAs multiplies elements of a type and of the dtype that it is to be multiplied as.
func declaredAs[Own, DType Element](t *testing.T) {
	t.Helper()
	for p := range kernel.Pattern(kernel.NumPatterns) {
		own, err := KernelID[Own](p)
		want, wantErr := KernelID[DType](p)
		if own != want || (err != nil) != (wantErr != nil) || (err != nil) != (own == "") || err != nil && (p <= kernel.II || p.Form().Moves && !p.Form().Lists) {
			t.Fatalf("%T, pattern %v: kernel %s, want %s, %v", *new(Own), p, own, want, err)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 8, 17, 33, 64, 65, 130, 1000} {
		a, b := randomElements[DType](r, n), randomElements[DType](r, n)
		compare := func(what string, got []Own, want []DType) {
			t.Helper()
			for i, g := range unsafe.Slice((*DType)(unsafe.Pointer(&got[0])), len(got)) {
				if !sameBits(g, want[i]) {
					t.Fatalf("%T, %s of %d: element %d is %v, want %v", *new(Own), what, n, i, g, want[i])
				}
			}
		}
		as := func(s []DType) []Own { return unsafe.Slice((*Own)(unsafe.Pointer(&s[0])), len(s)) }
		got, want := make([]Own, n), make([]DType, n)
		check := func(what string, errs ...error) {
			t.Helper()
			for _, err := range errs {
				if err != nil {
					t.Fatal(err)
				}
			}
			compare(what, got, want)
			clear(got)
		}
		check("MulSlice", MulSlice(got, as(a), as(b)), MulSlice(want, a, b))
		check("ScaleSlice", ScaleSlice(got, as(a), as(b)[0]), ScaleSlice(want, a, b[0]))

		x, y, own := must(New(as(a), 1, n)), must(New(as(b), 1, n)), must(New(got, 1, n))
		p, q, out := must(New(a, 1, n)), must(New(b, 1, n)), must(New(want, 1, n))
		check("MultiplyTo", MultiplyTo(own, x, y), MultiplyTo(out, p, q))
		check("Product", Product(own, x, y, x), Product(out, p, q, p))
		check("a plan's run", must(NewPlan(own, x, must(y.Flip()))).Run(), must(NewPlan(out, p, must(q.Flip()))).Run())

		product := must(Multiply(must(x.Transpose()), must(y.Index(0, n-1)))).Clone()
		data, _ := product.Data()
		column, _ := must(Multiply(must(p.Transpose()), must(q.Index(0, n-1)))).Clone().Data()
		compare("Multiply", data, column)
	}
}

// TestElementTypes type-checks what may be an Element and what may not.
func TestElementTypes(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("kernel", "dtypes.go"))
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	dtypes, err := parser.ParseFile(files, "dtypes.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	// Bodies of functions are not looked into, so that imports need hold nothing.
	config := types.Config{IgnoreFuncBodies: true, Importer: emptyPackages{}}
	const text = "package kernel; func take[T Element]() int { return 0 }; type own %s; var _ = take[%s]()"
	for _, c := range []struct {
		typ           string
		itself, under bool // whether it is an Element, and a type declared over it
	}{
		{"bool", true, true},
		{"int8", true, true},
		{"int16", true, true},
		{"int32", true, true},
		{"int64", true, true},
		{"int", true, true},
		{"uint8", true, false}, // as UNorm8 is
		{"uint16", true, false},
		{"uint32", true, true},
		{"uint64", true, true},
		{"uint", true, true},
		{"uintptr", true, true},
		{"UNorm8", true, false},
		{"UNorm16", true, false},
		{"Float16", true, false},
		{"BFloat16", true, false},
		{"float32", true, true},
		{"float64", true, true},
		{"complex64", true, true},
		{"complex128", true, true},
		{"string", false, false},
		{"*int", false, false},
		{"[2]float32", false, false},
		{"struct{}", false, false},
	} {
		for argument, want := range map[string]bool{c.typ: c.itself, "own": c.under} {
			use, err := parser.ParseFile(files, "use.go", fmt.Sprintf(text, c.typ, argument), 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = config.Check("generated", files, []*ast.File{dtypes, use}, nil)
			if refused := err != nil; refused == want || refused && !strings.Contains(err.Error(), argument+" does not satisfy Element") {
				t.Errorf("type own %s: take[%s]: %v", c.typ, argument, err)
			}
		}
	}
}

// emptyPackages imports packages that declare nothing.
type emptyPackages struct{}

func (emptyPackages) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, filepath.Base(path))
	p.MarkComplete()
	return p, nil
}
