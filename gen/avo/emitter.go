package avo

import (
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

// An emitter is one kernel under construction.
type emitter struct {
	*build.Context
	*level
	product // the multiply body

	size int // bytes of an element
	step int // bytes of packed elements that make one vector
	nest reg.GPVirtual
	data map[string]operand.Mem // constants of the file, by name

	constants map[string]reg.VecVirtual // those in registers, by their bytes
	opmasks   map[uint64]reg.Register   // those of constants
}

func newEmitter(c *build.Context, k spec.Kernel, data map[string]operand.Mem) *emitter {
	e := &emitter{Context: c, level: levels[k.Level.Name], size: k.Class.Size, data: data, constants: map[string]reg.VecVirtual{}, opmasks: map[uint64]reg.Register{}}
	b := bodies[k.Class.Name][k.Op.Name]
	e.step = e.width
	switch {
	case k.Pattern.Dst == spec.Strided:
		e.step = 16
	case b != nil:
		e.step = e.width / b.widen
	}
	if !k.Pattern.OneRow {
		e.nest = e.GP64()
		e.Load(e.Param("nest"), e.nest)
	}
	if b != nil {
		e.product = b.bind(e)
	}
	return e
}

// field is a field of the nest in memory.
func (e *emitter) field(name string) operand.Mem {
	return operand.Mem{Base: e.nest, Disp: spec.NestOffset(name)}
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

// repeat32 fills a vector register with a 32-bit constant.
func (e *emitter) repeat32(v uint32) reg.VecVirtual {
	g, x, r := e.GP32(), e.XMM(), e.vec(e.width)
	e.MOVL(operand.U32(v), g)
	e.VMOVD(g, x)
	e.VPBROADCASTD(x, r)
	return r
}
