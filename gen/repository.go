package gen

import (
	"fmt"

	"github.com/hadamard-go/hadamard/gen/avo"
	"github.com/hadamard-go/hadamard/gen/spec"
	"github.com/hadamard-go/hadamard/gen/templates"
)

// Repository lists the packages of this repository: runtime/kernel, which says what a kernel is
// and copies elements; generated, with the products of the dtypes; rules, with the others that are
// shipped; and conversions between all dtypes. Their rows stand in gen/templates/rows.go, and
// conversions.go beside it says what follows from those of dtypes.
func Repository() ([]Package, error) { return repository(templates.DTypes, templates.Rules) }

const generatedDoc = `holds the kernels of the products of all dtypes, and the tables that bind
them. All of it is written by the generator; its contract is that of type kernel.Func.`

const rulesDoc = `has rules of multiplying that are no dtype's product: results that saturate, that
are wider than the operands, or of another type than they are. Each is a value,

	SaturatingInt8 … SaturatingUint32   what does not fit is the nearest that does
	Q7, Q15, Q31                        signal processors' fractions from -1 on: halves up, clamped
	ConjugateComplex64, …128            x times the conjugate of y
	WideningInt8 … WideningUint32       the exact product, in twice the bits
	RealComplex64, …128                 both parts of y times x
	Float32ByComplex64, …64By…128       x as a complex number, times y, as NumPy has it
	Uint8ByInt16 … Int32ByInt64         x as y's type, times y
	ScaleUint8, …Int16, …Bool           x as float32, times y: normalising pixels and samples
	StorageFloat16, …Bfloat16           x as float32, times y: weights stored in half the bytes
	HalfFloat16, …Bfloat16              the same, rounded to the type of x
	DoubleFloat32 … DoubleUint64        x as float64, times y
	DoubleInt32Float32, …Int64Uint64    both as float64
	GainUint8, …Uint16, …Int16          x times a float32, rounded to even and clamped to x's type

and its comment says the types and the Go expression that is its definition: every kernel of it
gives the bits that Go would compute. A program links the kernels of the rules that it uses.

Rules of your own are written by the same generator, see
[github.com/hadamard-go/hadamard/gen]. All of this package is.`

const conversionsDoc = `has conversions between all dtypes: rules of one operand, each a variable, as
Uint8ToFloat32. The Go expression in its comment is its definition.

  - Integers wrap; to float32 and float64 they are rounded to nearest even, as floats are to
    narrower ones, each once.
  - Floats become integers without what is behind the point. What is out of range becomes the
    nearest integer that is not, and NaN 0, on every machine. (Go and NumPy leave both open.)
  - What is not 0 is true, NaN is; true is 1. Complex numbers are true by either part, lose the
    imaginary one as other numbers, and have one of 0 if they were others.
  - unorm8 and unorm16 are fractions as floats, complex numbers, bools and each other: those to
    them are rounded to nearest even and clamped, NaN is 0. As integers they are what is stored,
    255 for 1.

Those that saturate, as SaturateFloat32ToUint8, clamp integers that do not fit instead of wrapping
them, and round floats to nearest even. There are such for pairs where that differs.

Rules with Via have no kernels: those that it lists, one after the other, give the same bits.
Between finds conversions by names of dtypes; a program that calls it links them all.`

func repository(dtypes []templates.DType, rows []Rule) ([]Package, error) {
	of, others, err := templates.Products(dtypes, rows)
	if err != nil {
		return nil, err
	}
	if err := spec.CheckOverrides(spec.Overrides); err != nil {
		return nil, err
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
	}
	for _, r := range templates.Conversions(dtypes).Rules {
		names = append(names, r.Name)
	}
	if orphans := avo.Orphans(names); len(orphans) > 0 {
		return nil, fmt.Errorf("there are bodies by hand for %v, but no such rules", orphans)
	}
	return []Package{
		{Name: "kernel", Dir: "runtime/kernel", kind: vocabulary, shipped: dtypes},
		{Name: "generated", Dir: "generated", Doc: generatedDoc, Rules: of, kind: products, shipped: dtypes},
		{Name: "rules", Dir: "rules", Doc: rulesDoc, Rules: others, shipped: dtypes},
		{Name: "conversions", Dir: "conversions", Doc: conversionsDoc, kind: conversions, shipped: dtypes},
	}, nil
}
