package templates

import (
	"fmt"
	"go/parser"

	"github.com/dave/jennifer/jen"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Row is one dtype and its rules: what an author of a dtype writes.
type Row struct {
	spec.DType
	// Rules gives the scalar rule of each op. It is the definition of the
	// product: every kernel of the class equals it.
	Rules Rules
	// Closed says that a type which others declare over a predeclared one is no element,
	// because numbers of other formats are stored in such types.
	Closed bool
	// Declare emits a declared type with its doc and methods. Left nil, the type
	// is declared plainly.
	Declare func(*jen.File)
}

// Rules maps the name of an op to the Go expression of one result element from
// the operands' elements x and y.
type Rules map[string]string

// Open tells whether types that others declare over that of the dtype are elements.
func (r Row) Open() bool { return r.Under == "" && !r.Closed }

// Rows lists the dtypes. One more row is one more dtype: its type, its portable
// kernels for every pattern, its place in the tables, tests and benchmarks
// follow. Rows of one class share kernels and have the same rule. A class that
// package avo has a body for gets assembly too.
var Rows = []Row{
	{DType: spec.Predeclared("bool", "bool"), Rules: Rules{"mul": "x && y"}},
	{DType: spec.Predeclared("int8", "x8"), Rules: Rules{"mul": "x * y"}},
	{DType: spec.Predeclared("int16", "x16"), Rules: Rules{"mul": "x * y"}},
	{DType: spec.Predeclared("int32", "x32"), Rules: Rules{"mul": "x * y"}},
	{DType: spec.Predeclared("int64", "x64"), Rules: Rules{"mul": "x * y"}},
	{DType: spec.Predeclared("uint8", "x8"), Closed: true, Rules: Rules{"mul": "x * y"}},
	{DType: spec.Predeclared("uint16", "x16"), Closed: true, Rules: Rules{"mul": "x * y"}},
	{DType: spec.Predeclared("uint32", "x32"), Rules: Rules{"mul": "x * y"}},
	{DType: spec.Predeclared("uint64", "x64"), Rules: Rules{"mul": "x * y"}},
	{DType: spec.Declared("unorm8", "UNorm8", "uint8", "un8"), Rules: Rules{"mul": "UNorm8((uint32(x)*uint32(y) + 127) / 255)"}, Declare: declareUNorm8},
	{DType: spec.Declared("unorm16", "UNorm16", "uint16", "un16"), Rules: Rules{"mul": "UNorm16((uint32(x)*uint32(y) + 32767) / 65535)"}, Declare: declareUNorm16},
	{DType: spec.Declared("float16", "Float16", "uint16", "f16"), Rules: Rules{"mul": "NewFloat16(x.Float32() * y.Float32())"}, Declare: declareFloat16},
	{DType: spec.Declared("bfloat16", "BFloat16", "uint16", "bf16"), Rules: Rules{"mul": "NewBFloat16(x.Float32() * y.Float32())"}, Declare: declareBFloat16},
	{DType: spec.Predeclared("float32", "f32"), Rules: Rules{"mul": "x * y"}},
	{DType: spec.Predeclared("float64", "f64"), Rules: Rules{"mul": "x * y"}},
	{DType: spec.Predeclared("complex64", "c64"), Rules: Rules{"mul": textbook("float32")}},
	{DType: spec.Predeclared("complex128", "c128"), Rules: Rules{"mul": textbook("float64")}},
}

// Table is the checked form of the rows.
type Table struct {
	Rows    []Row
	Classes []spec.Class

	byClass map[string]*Row // the first row of each class
}

// NewTable checks the rows and groups them by lane class.
func NewTable(rows []Row) (*Table, error) {
	dtypes := make([]spec.DType, len(rows))
	byClass := map[string]*Row{}
	for i, r := range rows {
		dtypes[i] = r.DType
		if r.Closed && r.Under != "" {
			return nil, fmt.Errorf("dtype %s: nobody's type is an element for being declared over %s, so it can not be closed", r.Name, r.Type)
		}
		for _, op := range spec.Ops {
			rule := r.Rules[op.Name]
			if rule == "" {
				return nil, fmt.Errorf("dtype %s has no rule for %s", r.Name, op.Name)
			}
			if _, err := parser.ParseExpr(rule); err != nil {
				return nil, fmt.Errorf("dtype %s: the rule for %s, %q, is no Go expression: %w", r.Name, op.Name, rule, err)
			}
			if first := byClass[r.Class]; first != nil && first.Rules[op.Name] != rule {
				return nil, fmt.Errorf("dtype %s: class %s has another rule for %s in the row of %s", r.Name, r.Class, op.Name, first.Name)
			}
		}
		if byClass[r.Class] == nil {
			byClass[r.Class] = &rows[i]
		}
	}
	classes, err := spec.Classes(dtypes)
	if err != nil {
		return nil, err
	}
	return &Table{rows, classes, byClass}, nil
}
