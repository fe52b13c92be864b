package avo

import (
	"math"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/lower"
	"github.com/hadamard-go/hadamard/gen/spec"
)

// Unsigned bytes and words that become float32 and are multiplied by a constant y, and whose products
// become as short again, need neither be widened nor converted. Unpacked below the upper half of 2^23 as
// a float32, an x is 2^23+x, and (2^23+x)*y - 2^23*y is x*y, rounded once by the fused operation, since
// 2^23*y is exact. Packing undoes the order in which they were unpacked.
//
// The factor is clamped to 2^103, by which 2^23*y stays finite. What is clamped to an integer does
// not tell such products apart.

// An unpacking is where vector code does what unpacked elements need not have done.
type unpacking struct {
	skipped []lower.Value // what is made of elements up to the product
	product lower.Value
	factor  int // of those that are kept
}

const (
	unit   = 1 << 23 // the float32 whose lowest bit is worth 1
	beyond = 1 << 103
)

// unpacks returns where the code multiplies such elements, if it does.
func (p *lowering) unpacks() (u unpacking, ok bool) {
	if p.Packing == nil || p.sparing || p.Bytes[p.other] != p.Bytes[p.Out] {
		return u, false
	}
	v, args := p.other, []lower.Value(nil)
	for _, names := range [][]string{{"VPMOVZXBD", "VPMOVZXWD"}, {"VCVTDQ2PS"}, {"VMULPS"}} {
		at := slices.IndexFunc(p.late, func(i lower.Instruction) bool {
			return slices.Contains(names, i.Name) && slices.Contains(i.Args, v)
		})
		if at < 0 || p.uses[v] != 1 {
			return u, false
		}
		v, args = p.late[at].To, p.late[at].Args
		u.skipped = append(u.skipped, v)
	}
	u.product = v
	u.factor = slices.IndexFunc(p.kept, func(v lower.Value) bool { return slices.Contains(args, v) })
	clamped := slices.ContainsFunc(p.late, func(i lower.Instruction) bool {
		return slices.Contains(i.Args, v) && (i.Name == "VCVTPS2DQ" || i.Name == "VMINPS" && slices.ContainsFunc(i.Args, func(a lower.Value) bool {
			c, ok := p.Constants[a]
			return ok && math.Float32frombits(uint32(c.Bits)) <= 1<<32
		}))
	})
	return u, u.factor >= 0 && clamped && p.uses[v] == 1
}

// spreads returns what a factor is to unpacked elements: clamped, and times -2^23. With it comes what
// they are unpacked with: the upper half of 2^23, and 0.
func (p *lowering) spreads(u unpacking, b prepared) prepared {
	e := p.e
	number := func(x float32) operand.Op {
		return e.constantData(filled(lower.Pattern{Lane: 4, Bits: uint64(math.Float32bits(x))}, e.width))
	}
	y, shifted, above, zero := e.vec(e.width), e.vec(e.width), e.vec(e.width), e.vec(e.width)
	e.VMOVUPS(number(beyond), y)
	e.VMINPS(b[u.factor], y, y) // a NaN stays
	e.VMOVUPS(number(-beyond), shifted)
	e.VMAXPS(y, shifted, y)
	e.VMULPS(number(-unit), y, shifted)
	e.VMOVUPS(e.constantData(filled(lower.Pattern{Lane: 2, Bits: uint64(math.Float32bits(unit) >> 16)}, e.width)), above)
	if p.Bytes[p.other] == 1 {
		e.VXORPS(narrow(zero, 16), narrow(zero, 16), narrow(zero, 16))
	}
	return prepared{y, shifted, above, zero}
}

// spread multiplies a vector of elements as they lie in memory, and returns what packing makes one of.
func (p *lowering) spread(u unpacking, x operand.Op, spread, b prepared) []reg.VecVirtual {
	e := p.e
	y, shifted, above, zero := spread[0], spread[1], spread[2], spread[3]
	xs := []reg.VecVirtual{e.inRegister(e.width, x)}
	unpack := func(above operand.Op, unit int) {
		low, high := e.zips(unit)
		var halves []reg.VecVirtual
		for _, x := range xs {
			l, h := e.vec(e.width), e.vec(e.width)
			low(above, x, l)
			high(above, x, h)
			halves = append(halves, l, h)
		}
		xs = halves
	}
	if p.Bytes[p.other] == 1 {
		unpack(zero, 1)
	}
	unpack(above, 2)
	rest := slices.DeleteFunc(p.needed(p.late, p.Packing.Lanes), func(i lower.Instruction) bool { return slices.Contains(u.skipped, i.To) })
	for n, x := range xs {
		e.VFMADD213PS(shifted, y, x)
		at := map[lower.Value]operand.Op{u.product: x}
		for i, v := range p.kept {
			at[v] = b[i]
		}
		p.run(rest, at, e.elements)
		xs[n] = e.inRegister(e.width, at[p.Packing.Lanes])
	}
	return xs
}

// unpacked multiplies whole vectors of what n counts, unless that is little.
func (e *emitter) unpacked(l *line, n reg.GPVirtual) {
	if c, one := l.factor.(*constant); one && e.spread != nil {
		count := max(e.unroll, e.packs)
		e.CMPQ(n, operand.I32(int32(e.counts(spec.WorthUnpacking))))
		e.JB(operand.LabelRef("few"))
		e.phase("the factor of unpacked elements")
		c.spread = e.spreads(c.value)
		e.whileAtLeast(n, e.counts(count*e.elements), "unpacked", func() { e.vectors(l, count, false) })
		c.spread = nil
		e.Label("few")
	}
}
