package kerneltest

import (
	"math"
	"math/bits"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// The packages of these tests have kernels in Go, of a rule that commutes, one that does not and
// has three types, one of floats, and one that shares the code of the first.
var (
	sum   = tiny{"sum", "x + y", uint8s, uint8s, uint8s, true, plus}
	apart = tiny{"apart", "int32(x) - int32(y)", kernel.Operand{DType: "int32", Size: 4}, uint8s, kernel.Operand{DType: "int16", Size: 2}, false, minus}
	times = tiny{"times", "x * y", samples, samples, samples, true, product}

	uint8s  = kernel.Operand{DType: "uint8", Size: 1}
	samples = kernel.Operand{DType: "sample", Size: 4} // declared over float32
	stored  = map[string]string{"sample": "float32"}
)

// element is an element of a result and those of the operands.
type element func(dst, a, b unsafe.Pointer)

func plus(dst, a, b unsafe.Pointer)  { *(*uint8)(dst) = *(*uint8)(a) + *(*uint8)(b) }
func minus(dst, a, b unsafe.Pointer) { *(*int32)(dst) = int32(*(*uint8)(a)) - int32(*(*int16)(b)) }
func product(dst, a, b unsafe.Pointer) {
	*(*float32)(dst) = *(*float32)(a) * *(*float32)(b)
}

// A tiny rule has a kernel of any strides, one of contiguous operands and one of a constant.
type tiny struct {
	name, expr string
	out, a, b  kernel.Operand
	commutes   bool
	one        element
}

// at is unsafe.Add for kernels that are wrong: where checks of pointers look, they would end the test.
//
//go:nocheckptr
//go:noinline
func at(p unsafe.Pointer, bytes int) unsafe.Pointer { return unsafe.Add(p, bytes) }

// loop is a kernel that computes element by element.
func loop(one element) kernel.Func {
	return func(n *kernel.Nest) {
		for r := range n.Rows {
			for c := range n.Cols {
				one(at(n.Dst, r*n.DstRow+c*n.DstCol), at(n.A, r*n.ARow+c*n.ACol), at(n.B, r*n.BRow+c*n.BCol))
			}
		}
	}
}

// info is a kernel of the rule.
func (t tiny) info(p kernel.Pattern, f kernel.Func) kernel.Info {
	id := t.name + "-" + p.String() + "-purego"
	return kernel.Info{
		ID: id, Code: id, Rule: t.name, Pattern: p, Func: f,
		OutSize: t.out.Size, ASize: t.a.Size, BSize: t.b.Size,
	}
}

// rule makes the rule and its kernels.
func (t tiny) rule() (*kernel.Rule, []kernel.Info) {
	for _, o := range []*kernel.Operand{&t.out, &t.a, &t.b} {
		o.Move = kernel.Moves()[bits.TrailingZeros(uint(o.Size))]
	}
	r := &kernel.Rule{Name: t.name, Expr: t.expr, Out: t.out, A: t.a, B: t.b, Commutes: t.commutes, Code: t.name, Kernels: new(kernel.Set)}
	var kernels []kernel.Info
	for _, p := range []kernel.Pattern{kernel.II, kernel.VV, kernel.VC} {
		kernels = append(kernels, t.info(p, loop(t.one)))
	}
	for l := range r.Kernels {
		for p := range r.Kernels[l] {
			p := kernel.Pattern(p)
			if !has(r, p) {
				continue
			}
			for _, k := range kernels { // the last is the least general
				if covers(k.Pattern, p) {
					r.Kernels[l][p] = kernel.Entry{Func: k.Func, Pattern: k.Pattern}
				}
			}
		}
	}
	return r, kernels
}

// packageOf has the kernels of rules.
func packageOf(rules ...tiny) Package {
	p := Package{}
	for _, t := range rules {
		if t.out == samples {
			p.Stored = stored
		}
		r, kernels := t.rule()
		p.Rules, p.Kernels = append(p.Rules, r), append(p.Kernels, kernels...)
	}
	return p
}

// shared adds a rule that has the code of the first one.
func shared(p Package) Package {
	r := *p.Rules[0]
	r.Name = "sum_too"
	p.Rules = append(p.Rules, &r)
	for _, k := range p.Kernels[:3] {
		k.Rule, k.ID = r.Name, r.Name+"-"+k.Pattern.String()+"-purego"
		p.Kernels = append(p.Kernels, k)
	}
	return p
}

// Kernels that are right pass, by the rule's expression and by a product.
func TestKernels(t *testing.T) {
	p := shared(packageOf(sum, apart, times))
	p.Products = map[string]Product{
		"sum": func(dst, a, b []byte) { dst[0] = byte(int(a[0]) + int(b[0])) },
		"times": func(dst, a, b []byte) {
			exact := float64(math.Float32frombits(uint32(bits32.get(a)))) * float64(math.Float32frombits(uint32(bits32.get(b))))
			bits32.put(dst, uint64(math.Float32bits(float32(exact))))
		},
	}
	Run(t, p)
}

var bits32 = format{size: 4}

// BenchmarkRules is of rules whose widest type has a product, and of no others.
func BenchmarkRules(b *testing.B) {
	Bench(b, packageOf(sum, apart, times))
}
