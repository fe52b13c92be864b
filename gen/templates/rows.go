package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// DType is what an author of an element type writes.
type DType struct {
	spec.DType
	// Closed says that a type which others declare over a predeclared one is no element,
	// because numbers of other formats are stored in such types.
	Closed bool
	// Declare emits a declared type with its doc and methods. Left nil, the type
	// is declared plainly.
	Declare func(*jen.File)
}

// Open tells whether types that others declare over that of the dtype are elements.
func (d DType) Open() bool { return d.Under == "" && !d.Closed }

// DTypes lists the element types. Each has a product, the rule of its name.
var DTypes = []DType{
	{DType: spec.Predeclared("bool")},
	{DType: spec.Predeclared("int8")},
	{DType: spec.Predeclared("int16")},
	{DType: spec.Predeclared("int32")},
	{DType: spec.Predeclared("int64")},
	{DType: spec.Predeclared("uint8"), Closed: true},
	{DType: spec.Predeclared("uint16"), Closed: true},
	{DType: spec.Predeclared("uint32")},
	{DType: spec.Predeclared("uint64")},
	{DType: spec.Declared("unorm8", "UNorm8", "uint8"), Declare: declareUNorm8},
	{DType: spec.Declared("unorm16", "UNorm16", "uint16"), Declare: declareUNorm16},
	{DType: spec.Declared("float16", "Float16", "uint16"), Declare: declareFloat16},
	{DType: spec.Declared("bfloat16", "BFloat16", "uint16"), Declare: declareBFloat16},
	{DType: spec.Predeclared("float32")},
	{DType: spec.Predeclared("float64")},
	{DType: spec.Predeclared("complex64")},
	{DType: spec.Predeclared("complex128")},
}

// Rule is what an author of a rule writes.
type Rule struct {
	// Name is the rule's part of IDs. The rule of a dtype's name is the product of its
	// elements.
	Name string
	// Out, A and B name the dtypes of the result, of x and of y. Out is Name where it is left
	// out, and A and B are Out.
	Out, A, B string
	// Expr is a Go expression of x and y, of the result's type. It is the definition of an
	// element of the result: every kernel of the rule equals it.
	Expr string
	// Portable says that portable kernels are enough.
	Portable bool
}

// Rules lists the rules. One more row is one more rule: its kernels at each level, its place
// in the tables, tests and benchmarks follow. What it may call, beside what Go has, stands in
// Functions.
var Rules = []Rule{
	{Name: "bool", Expr: "x && y"},
	{Name: "int8", Expr: "x * y"},
	{Name: "int16", Expr: "x * y"},
	{Name: "int32", Expr: "x * y"},
	{Name: "int64", Expr: "x * y"},
	{Name: "uint8", Expr: "x * y"},
	{Name: "uint16", Expr: "x * y"},
	{Name: "uint32", Expr: "x * y"},
	{Name: "uint64", Expr: "x * y"},
	{Name: "unorm8", Expr: "UNorm8((uint32(x)*uint32(y) + 127) / 255)"},
	{Name: "unorm16", Expr: "UNorm16((uint32(x)*uint32(y) + 32767) / 65535)"},
	{Name: "float16", Expr: "NewFloat16(x.Float32() * y.Float32())"},
	{Name: "bfloat16", Expr: "NewBFloat16(x.Float32() * y.Float32())"},
	{Name: "float32", Expr: "x * y"},
	{Name: "float64", Expr: "x * y"},
	{Name: "complex64", Expr: textbook("float32")},
	{Name: "complex128", Expr: textbook("float64")},

	// What does not fit is the nearest that does.
	{Name: "saturating_int8", Out: "int8", Expr: "int8(min(max(int16(x)*int16(y), -1<<7), 1<<7-1))"},
	{Name: "saturating_int16", Out: "int16", Expr: "int16(min(max(int32(x)*int32(y), -1<<15), 1<<15-1))"},
	{Name: "saturating_int32", Out: "int32", Expr: "int32(min(max(int64(x)*int64(y), -1<<31), 1<<31-1))"},
	{Name: "saturating_uint8", Out: "uint8", Expr: "uint8(min(uint16(x)*uint16(y), 1<<8-1))"},
	{Name: "saturating_uint16", Out: "uint16", Expr: "uint16(min(uint32(x)*uint32(y), 1<<16-1))"},
	{Name: "saturating_uint32", Out: "uint32", Expr: "uint32(min(uint64(x)*uint64(y), 1<<32-1))"},

	// Steps of 2^-7, 2^-15 or 2^-31, from -1 on: halves are rounded up, and -1 * -1 is the
	// largest number, as by SQRDMULH of ARM.
	{Name: "q7", Out: "int8", Expr: "int8(min((int16(x)*int16(y)+1<<6)>>7, 1<<7-1))"},
	{Name: "q15", Out: "int16", Expr: "int16(min((int32(x)*int32(y)+1<<14)>>15, 1<<15-1))"},
	{Name: "q31", Out: "int32", Expr: "int32(min((int64(x)*int64(y)+1<<30)>>31, 1<<31-1))"},

	// By the conjugate of y.
	{Name: "conjugate_complex64", Out: "complex64", Expr: conjugate("float32")},
	{Name: "conjugate_complex128", Out: "complex128", Expr: conjugate("float64")},

	// Exact products.
	{Name: "widening_int8", Out: "int16", A: "int8", B: "int8", Expr: "int16(x) * int16(y)"},
	{Name: "widening_int16", Out: "int32", A: "int16", B: "int16", Expr: "int32(x) * int32(y)"},
	{Name: "widening_int32", Out: "int64", A: "int32", B: "int32", Expr: "int64(x) * int64(y)"},
	{Name: "widening_uint8", Out: "uint16", A: "uint8", B: "uint8", Expr: "uint16(x) * uint16(y)"},
	{Name: "widening_uint16", Out: "uint32", A: "uint16", B: "uint16", Expr: "uint32(x) * uint32(y)"},
	{Name: "widening_uint32", Out: "uint64", A: "uint32", B: "uint32", Expr: "uint64(x) * uint64(y)"},

	// Integers by those of a wider type, in that: the low bits of the product.
	{Name: "uint8_by_int16", Out: "int16", A: "uint8", Expr: "int16(x) * y"},
	{Name: "uint8_by_uint16", Out: "uint16", A: "uint8", Expr: "uint16(x) * y"},
	{Name: "int8_by_int16", Out: "int16", A: "int8", Expr: "int16(x) * y"},
	{Name: "uint8_by_int32", Out: "int32", A: "uint8", Expr: "int32(x) * y"},
	{Name: "uint8_by_uint32", Out: "uint32", A: "uint8", Expr: "uint32(x) * y"},
	{Name: "int8_by_int32", Out: "int32", A: "int8", Expr: "int32(x) * y"},
	{Name: "uint16_by_int32", Out: "int32", A: "uint16", Expr: "int32(x) * y"},
	{Name: "uint16_by_uint32", Out: "uint32", A: "uint16", Expr: "uint32(x) * y"},
	{Name: "int16_by_int32", Out: "int32", A: "int16", Expr: "int32(x) * y"},
	{Name: "int32_by_int64", Out: "int64", A: "int32", Expr: "int64(x) * y"},

	// Part by part, where a real number that became a complex one first would make infinite
	// parts NaN.
	{Name: "real_complex64", Out: "complex64", A: "float32", Expr: "complex(x*real(y), x*imag(y))"},
	{Name: "real_complex128", Out: "complex128", A: "float64", Expr: "complex(x*real(y), x*imag(y))"},

	// By a real number as a complex one: the products of its imaginary part, which is 0, count where
	// y is infinite or NaN, and for the sign of 0.
	{Name: "float32_by_complex64", Out: "complex64", A: "float32", Expr: promoted("float32")},
	{Name: "float64_by_complex128", Out: "complex128", A: "float64", Expr: promoted("float64")},

	// Samples as float32, by a factor: pixels, sound, quantised numbers, masks.
	{Name: "scale_uint8", Out: "float32", A: "uint8", Expr: "float32(x) * y"},
	{Name: "scale_int8", Out: "float32", A: "int8", Expr: "float32(x) * y"},
	{Name: "scale_uint16", Out: "float32", A: "uint16", Expr: "float32(x) * y"},
	{Name: "scale_int16", Out: "float32", A: "int16", Expr: "float32(x) * y"},
	{Name: "scale_bool", Out: "float32", A: "bool", Expr: "float32(Bit(x)) * y"},

	// Halves that are stored, by float32: the product as it is, or as a half again.
	{Name: "storage_float16", Out: "float32", A: "float16", Expr: "x.Float32() * y"},
	{Name: "storage_bfloat16", Out: "float32", A: "bfloat16", Expr: "x.Float32() * y"},
	{Name: "half_float16", Out: "float16", B: "float32", Expr: "NewFloat16(x.Float32() * y)"},
	{Name: "half_bfloat16", Out: "bfloat16", B: "float32", Expr: "NewBFloat16(x.Float32() * y)"},

	// As float64, to which an int64 or uint64 is rounded.
	{Name: "double_float32", Out: "float64", A: "float32", Expr: "float64(x) * y"},
	{Name: "double_int32", Out: "float64", A: "int32", Expr: "float64(x) * y"},
	{Name: "double_int64", Out: "float64", A: "int64", Expr: "float64(x) * y"},
	{Name: "double_uint64", Out: "float64", A: "uint64", Expr: "float64(x) * y"},
	{Name: "double_int32_float32", Out: "float64", A: "int32", B: "float32", Expr: "float64(x) * float64(y)"},
	{Name: "double_int64_uint64", Out: "float64", A: "int64", B: "uint64", Expr: "float64(x) * float64(y)"},

	// Samples by a factor, as samples again.
	{Name: "gain_uint8", Out: "uint8", B: "float32", Expr: "RoundUint8(float32(x) * y)"},
	{Name: "gain_uint16", Out: "uint16", B: "float32", Expr: "RoundUint16(float32(x) * y)"},
	{Name: "gain_int16", Out: "int16", B: "float32", Expr: "RoundInt16(float32(x) * y)"},
}

// Table is the checked form of the rows.
type Table struct {
	DTypes []DType
	Rules  []spec.Rule

	named map[string]spec.Rule
}

// NewTable looks up what the rows name. What follows from their expressions is still to be said of
// the rules, and then to be checked by [spec.Check].
func NewTable(dtypes []DType, rules []Rule) (*Table, error) {
	known := map[string]spec.DType{}
	list := make([]spec.DType, len(dtypes))
	for i, d := range dtypes {
		if d.Closed && d.Under != "" {
			return nil, fmt.Errorf("dtype %s: nobody's type is an element for being declared over %s, so it can not be closed", d.Name, d.Type)
		}
		list[i], known[d.Name] = d.DType, d.DType
	}
	if err := spec.CheckDTypes(list); err != nil {
		return nil, err
	}
	t := &Table{DTypes: dtypes, named: map[string]spec.Rule{}}
	for _, row := range rules {
		if row.Name == "" {
			return nil, fmt.Errorf("a rule has no Name, that of Expr %q: give it one, as \"mix\"", row.Expr)
		}
		if err := spec.CheckName(row.Name); err != nil {
			return nil, fmt.Errorf("rule %.80q: %w", row.Name, err)
		}
		r, err := row.resolve(known)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", row.Name, err)
		}
		t.Rules = append(t.Rules, r)
		t.named[r.Name] = r
	}
	return t, nil
}

// Products parts the rules by which elements of the dtypes are multiplied, one for each, from
// the others.
func Products(dtypes []DType, rules []Rule) (products, others []Rule, err error) {
	named := map[string]bool{}
	for _, d := range dtypes {
		named[d.Name] = true
	}
	for _, r := range rules {
		if named[r.Name] {
			products = append(products, r)
		} else {
			others = append(others, r)
		}
	}
	for _, d := range dtypes {
		if !slices.ContainsFunc(products, func(r Rule) bool { return r.Name == d.Name }) {
			return nil, nil, fmt.Errorf("dtype %s has no product: there is no rule of its name", d.Name)
		}
	}
	return products, others, nil
}

// resolve looks up what the row names.
func (row Rule) resolve(dtypes map[string]spec.DType) (spec.Rule, error) {
	or := func(name, other string) string {
		if name == "" {
			return other
		}
		return name
	}
	out := or(row.Out, row.Name)
	r := spec.Rule{Name: row.Name, Expr: row.Expr, Portable: row.Portable, Code: row.Name}
	for _, t := range []struct {
		field string
		to    *spec.DType
		name  string
	}{{"Out", &r.Out, out}, {"A", &r.A, or(row.A, out)}, {"B", &r.B, or(row.B, out)}} {
		d, found := dtypes[t.name]
		if !found {
			return r, fmt.Errorf("%s: there is no dtype %s, but %s", t.field, t.name, strings.Join(slices.Sorted(maps.Keys(dtypes)), ", "))
		}
		*t.to = d
	}
	_, r.Default = dtypes[row.Name]
	if r.Default && (r.Out.Name != r.Name || r.A.Name != r.Name || r.B.Name != r.Name) {
		return r, fmt.Errorf("a rule of a dtype's name is of its elements alone, not %s * %s = %s", r.A.Name, r.B.Name, r.Out.Name)
	}
	if row.Expr == "" {
		return r, fmt.Errorf("it has no expression")
	}
	return r, nil
}

// product returns the rule by which elements of a dtype are multiplied.
func (t *Table) product(d DType) spec.Rule { return t.named[d.Name] }

// Commutes says that x and y may change places in a rule.
func (t *Table) Commutes(i int) {
	t.Rules[i].Commutes = true
	t.named[t.Rules[i].Name] = t.Rules[i]
}

// Share says that a rule's kernels are code of another one's.
func (t *Table) Share(i int, code string) {
	t.Rules[i].Code = code
	t.named[t.Rules[i].Name] = t.Rules[i]
}
