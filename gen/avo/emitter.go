package avo

import (
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// A level is what the parts of a kernel need to know of an instruction set.
type level struct {
	width  int  // bytes of a vector register
	opmask bool // tails are masked; otherwise they overlap
}

var levels = map[string]*level{
	"avx2":   {width: 32},
	"avx512": {width: 64, opmask: true},
}

// An emitter is one kernel under construction. What has one names the field: the compiler would
// wrap the two thousand methods of what an emitter embeds for each type that embeds it, which
// takes it longer than all else in this package.
type emitter struct {
	*build.Context
	*level
	product // the multiply body

	bytewise bool // single bytes are permuted across a vector, by VBMI

	elements int // of one whole vector
	sizes    sizes
	size     int // the same of all operands, or of those at hand, see sized
	step     int // bytes of so many elements as make a vector
	// grain is what an element adds to a count: its bytes where those of all operands are
	// the same, so that a count is an offset; or else 1.
	grain   int
	swapped bool // the factor is a, and b is the other operand
	unroll  int  // vectors in a turn of a main loop
	nest    reg.GPVirtual
	data    map[string]operand.Mem // constants in memory, by name

	constants map[string]reg.VecVirtual // those in registers, by their bytes
	opmasks   map[uint64]reg.Register   // those of constants
}

func newEmitter(c *build.Context, k spec.Kernel, b *body, unroll int) *emitter {
	e := &emitter{
		Context: c, level: levels[k.Level.Name], swapped: k.Pattern.Left(),
		bytewise: slices.Contains(k.ISA(), "AVX512VBMI"),
		unroll:   unroll,
		sizes:    sizesOf(k),
		data:     map[string]operand.Mem{}, constants: map[string]reg.VecVirtual{}, opmasks: map[uint64]reg.Register{},
	}
	e.size, e.grain = e.sizes.dst, 1
	if e.sizes.same() {
		e.grain = e.size
	}
	e.elements = e.width / e.sizes.widest()
	if b != nil {
		e.elements /= b.widen
	}
	if k.Pattern.Dst == spec.Strided {
		e.elements = min(e.elements, 16/e.sizes.widest())
	}
	e.step = e.elements * e.size
	if !k.Pattern.OneRow {
		e.nest = e.GP64()
		e.Load(e.Param("nest"), e.nest)
	}
	if b != nil {
		e.product = b.bind(e)
	} else {
		e.product = e.copies()
	}
	return e
}

// sizes are the bytes of an element of out, a and b.
type sizes struct{ dst, a, b int }

func sizesOf(k spec.Kernel) sizes {
	return sizes{k.Rule.Out.Size, k.Rule.A.Size, k.Rule.B.Size}
}

func (s sizes) same() bool { return s.a == s.dst && s.b == s.dst }

func (s sizes) widest() int { return max(s.dst, s.a, s.b) }

// of returns the size of the operand that the nest calls so.
func (s sizes) of(name string) int { return map[string]int{"Dst": s.dst, "A": s.a, "B": s.b}[name] }

// sized is the emitter with operands at hand whose elements have so many bytes.
func (e *emitter) sized(size int) *emitter {
	if size == e.size {
		return e
	}
	s := *e
	s.size, s.step = size, e.elements*size
	return &s
}

// fit is the size of the register that n packed elements need.
func (e *emitter) fit(n int) int { return max(16, n*e.size) }

// counts is what so many elements add to a count.
func (e *emitter) counts(elements int) int { return elements * e.grain }

// field is a field of the nest in memory.
func (e *emitter) field(name string) operand.Mem {
	return operand.Mem{Base: e.nest, Disp: spec.NestOffset(name)}
}

// phase says in the assembly what comes.
func (e *emitter) phase(format string, args ...any) { e.Comment(fmt.Sprintf(format, args...)) }

// some is a number of elements in words.
func some(n int) string {
	if n == 1 {
		return "one element"
	}
	return fmt.Sprint(n, " elements")
}

// vec allocates a vector register of w bytes.
func (e *emitter) vec(w int) reg.VecVirtual {
	switch w {
	case 16:
		return e.XMM()
	case 32:
		return e.YMM()
	default:
		return e.ZMM()
	}
}

// narrow is the lower w bytes of a register.
func narrow(r reg.VecVirtual, w int) reg.VecVirtual {
	switch w {
	case 16:
		return r.AsX().(reg.VecVirtual)
	case 32:
		return r.AsY().(reg.VecVirtual)
	default:
		return r.AsZ().(reg.VecVirtual)
	}
}

// inRegister returns v as a register of w bytes, loading it if it is in memory.
func (e *emitter) inRegister(w int, v operand.Op) reg.VecVirtual {
	if r, ok := v.(reg.VecVirtual); ok {
		return narrow(r, w)
	}
	r := e.vec(w)
	e.VMOVUPS(v, r)
	return r
}

// Halves of 32 bytes, by instructions that name all registers of the level.

// insertUpper puts 16 bytes above the lower half of r.
func (e *emitter) insertUpper(v, r, to operand.Op) {
	if e.opmask {
		e.VINSERTF32X4(operand.U8(1), v, r, to)
	} else {
		e.VINSERTF128(operand.U8(1), v, r, to)
	}
}

// extractUpper is the upper half of r.
func (e *emitter) extractUpper(r, to operand.Op) {
	if e.opmask {
		e.VEXTRACTF32X4(operand.U8(1), r, to)
	} else {
		e.VEXTRACTF128(operand.U8(1), r, to)
	}
}

// repeat128 fills r with 16 bytes.
func (e *emitter) repeat128(m, r operand.Op) {
	if e.opmask {
		e.VBROADCASTF32X4(m, r)
	} else {
		e.VBROADCASTF128(m, r)
	}
}

// zips returns what puts units of so many bytes of the lower, or of the upper, halves of each 16 bytes of two registers in turn.
func (e *emitter) zips(unit int) (low, high func(...operand.Op)) {
	switch unit {
	case 1:
		return e.VPUNPCKLBW, e.VPUNPCKHBW
	case 2:
		return e.VPUNPCKLWD, e.VPUNPCKHWD
	case 4:
		return e.VPUNPCKLDQ, e.VPUNPCKHDQ
	default:
		return e.VPUNPCKLQDQ, e.VPUNPCKHQDQ
	}
}

// repeat32 fills a vector register with a 32-bit constant.
func (e *emitter) repeat32(v uint32) reg.VecVirtual {
	g, x, r := e.GP32(), e.XMM(), e.vec(e.width)
	e.MOVL(operand.U32(v), g)
	e.VMOVD(g, x)
	e.VPBROADCASTD(x, r)
	return r
}

// constantBytes returns a register with bytes from read-only memory. What calls it
// runs before the first row.
func (e *emitter) constantBytes(bytes []byte) reg.VecVirtual {
	if r := e.constants[string(bytes)]; r != nil {
		return r
	}
	r := e.vec(len(bytes))
	e.VMOVUPS(e.constantData(bytes), r)
	e.constants[string(bytes)] = r
	return r
}

// constantData places bytes in read-only memory.
func (e *emitter) constantData(bytes []byte) operand.Mem {
	hash := fnv.New64a()
	hash.Write(bytes)
	name := fmt.Sprintf("b%x", hash.Sum64()) // all bytes would be a third of a program's names
	m, ok := e.data[name]
	if !ok {
		m = e.StaticGlobal(name)
		e.DataAttributes(attr.RODATA | attr.NOPTR)
		e.AppendDatum(operand.String(bytes))
		e.data[name] = m
	}
	return m
}
