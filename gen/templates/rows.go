package templates

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Row is one dtype and its rules: what an author of a dtype writes.
type Row struct {
	spec.DType
	// Rules gives the scalar rule of each op, by the op's name. It is the
	// definition of the product: every kernel of the class equals it.
	Rules Rules
	// Declare emits the type of a declared dtype with its doc and methods. Left
	// nil, the type is declared plainly.
	Declare func(*jen.File)
}

// Rules maps the name of an op to its scalar rule.
type Rules map[string]Rule

// Rule returns the Go expression of one result element from two operand
// elements, both plain identifiers.
type Rule func(x, y *jen.Statement) *jen.Statement

// Rows lists the dtypes. One more row is one more dtype: its type, its portable
// kernels for every pattern, its place in the tables, tests and benchmarks
// follow. Rows of one class share kernels and must agree on the rules. A class
// that package avo has a body for gets assembly too.
var Rows = []Row{
	{DType: spec.Predeclared("bool", "bool"), Rules: Rules{"mul": and}},
	{DType: spec.Predeclared("int8", "x8"), Rules: Rules{"mul": product}},
	{DType: spec.Predeclared("int16", "x16"), Rules: Rules{"mul": product}},
	{DType: spec.Predeclared("int32", "x32"), Rules: Rules{"mul": product}},
	{DType: spec.Predeclared("int64", "x64"), Rules: Rules{"mul": product}},
	{DType: spec.Predeclared("uint8", "x8"), Rules: Rules{"mul": product}},
	{DType: spec.Predeclared("uint16", "x16"), Rules: Rules{"mul": product}},
	{DType: spec.Predeclared("uint32", "x32"), Rules: Rules{"mul": product}},
	{DType: spec.Predeclared("uint64", "x64"), Rules: Rules{"mul": product}},
	{DType: spec.Declared("float16", "Float16", "uint16", "f16"), Rules: Rules{"mul": throughFloat32("NewFloat16")}, Declare: declareFloat16},
	{DType: spec.Declared("bfloat16", "BFloat16", "uint16", "bf16"), Rules: Rules{"mul": throughFloat32("NewBFloat16")}, Declare: declareBFloat16},
	{DType: spec.Predeclared("float32", "f32"), Rules: Rules{"mul": product}},
	{DType: spec.Predeclared("float64", "f64"), Rules: Rules{"mul": product}},
	{DType: spec.Predeclared("complex64", "c64"), Rules: Rules{"mul": textbook("float32")}},
	{DType: spec.Predeclared("complex128", "c128"), Rules: Rules{"mul": textbook("float64")}},
}

// Table is the checked form of the rows.
type Table struct {
	Rows    []Row
	Classes []spec.Class
}

// NewTable checks the rows and groups them by lane class.
func NewTable(rows []Row) (*Table, error) {
	dtypes := make([]spec.DType, len(rows))
	for i, r := range rows {
		dtypes[i] = r.DType
		for _, op := range spec.Ops {
			if r.Rules[op.Name] == nil {
				return nil, fmt.Errorf("dtype %s has no rule for %s", r.Name, op.Name)
			}
		}
	}
	classes, err := spec.Classes(dtypes)
	if err != nil {
		return nil, err
	}
	return &Table{rows, classes}, nil
}

// rule returns the scalar rule of a class: that of its first row.
func (t *Table) rule(c spec.Class, op spec.Op) Rule {
	for _, r := range t.Rows {
		if r.Class == c.Name {
			return r.Rules[op.Name]
		}
	}
	panic("templates: class " + c.Name + " has no row")
}
