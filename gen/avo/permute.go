package avo

import (
	"fmt"
	"slices"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A picked operand takes elements from memory in another order than that of
// the row: backwards, every second, each one three times. Where each element of
// a block of vectors comes from is all that one says of it; from that follow
// the loads, of 16 bytes at a time, and the byte shuffles that put them in
// place. No load reaches beyond the elements that the block needs.
type picked struct {
	*walk
	from  func(i int) int // the element, from where the walk stands, of the row's i-th
	block [][]round       // how to fill each vector of a block
}

// A round fills some bytes of a vector: from 16 bytes for each of its 16-byte
// lanes, shuffled by a mask.
type round struct {
	disp [2]int
	mask reg.VecVirtual // nil when bytes stay in place
}

// pick gives a source that takes elements in another order: those of a block of so
// many vectors from where from says.
func (e *emitter) pick(w *walk, vectors int, from func(i int) int) source {
	if e.opmask {
		return e.newPermuted(w, vectors, from)
	}
	return e.newPicked(w, vectors, from)
}

// newPicked plans the loads for blocks of so many vectors, and puts the masks
// that they need into registers.
func (e *emitter) newPicked(w *walk, vectors int, from func(i int) int) *picked {
	p := &picked{walk: w, from: from}
	needs := func(i int) int { return from(i/e.size)*e.size + i%e.size }
	first, last := needs(0), needs(0)
	for i := range vectors * e.step {
		first, last = min(first, needs(i)), max(last, needs(i))
	}
	if last-first < 15 {
		panic(fmt.Sprintf("avo: a block of %d vectors reads only %d bytes of an operand", vectors, last-first+1))
	}
	for v := range vectors {
		var lanes [][]chunk
		for lane := range e.step / 16 {
			start := v*e.step + 16*lane
			lanes = append(lanes, chunks(func(i int) int { return needs(start + i) }, last))
		}
		p.block = append(p.block, e.rounds(lanes))
	}
	return p
}

// A chunk is 16 bytes to load and where its bytes go: 0x80 is no byte.
type chunk struct {
	disp int
	mask [16]byte
}

// chunks covers 16 bytes of a vector by loads that end at last or before.
func chunks(needs func(i int) int, last int) []chunk {
	var cs []chunk
	done := [16]bool{}
	for slices.Contains(done[:], false) {
		low := last
		for i, d := range done {
			if !d {
				low = min(low, needs(i))
			}
		}
		c := chunk{disp: min(low, last-15)}
		for i := range c.mask {
			c.mask[i] = 0x80
			if at := needs(i) - c.disp; !done[i] && at >= 0 && at < 16 {
				c.mask[i], done[i] = byte(at), true
			}
		}
		cs = append(cs, c)
	}
	return cs
}

// rounds joins the chunks of the lanes. A lane that needs fewer than the other
// loads its last chunk again and takes nothing of it.
func (e *emitter) rounds(lanes [][]chunk) []round {
	n := 0
	for _, l := range lanes {
		n = max(n, len(l))
	}
	rs := make([]round, n)
	for i := range rs {
		var bytes []byte
		identity := true
		for lane, cs := range lanes {
			c := cs[min(i, len(cs)-1)]
			if i >= len(cs) {
				c.mask = [16]byte(slices.Repeat([]byte{0x80}, 16))
			}
			rs[i].disp[lane] = c.disp
			bytes = append(bytes, c.mask[:]...)
			for b, m := range c.mask {
				identity = identity && int(m) == b
			}
		}
		if identity {
			continue
		}
		rs[i].mask = e.constantBytes(bytes)
	}
	return rs
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
	name := fmt.Sprintf("bytes_%x", bytes)
	m, ok := e.data[name]
	if !ok {
		m = e.StaticGlobal(name)
		e.DataAttributes(attr.RODATA | attr.NOPTR)
		e.AppendDatum(operand.String(bytes))
		e.data[name] = m
	}
	return m
}

// vector gives the v-th vector, counted on through blocks.
func (p *picked) vector(e *emitter, v int) operand.Op {
	first := v / len(p.block) * len(p.block)
	skip := p.from(first*e.step/e.size) * e.size
	var sum reg.VecVirtual
	for _, r := range p.block[v-first] {
		x := e.lanes(p.at, [2]int{skip + r.disp[0], skip + r.disp[1]})
		if r.mask != nil {
			e.VPSHUFB(r.mask, x, x)
		}
		if sum == nil {
			sum = x
		} else {
			e.VPOR(x, sum, sum)
		}
	}
	return sum
}

// lanes loads 16 bytes for each 16-byte lane of a packed vector.
func (e *emitter) lanes(base reg.Register, disp [2]int) reg.VecVirtual {
	at := func(i int) operand.Mem { return operand.Mem{Base: base, Disp: disp[i]} }
	r := e.vec(e.step)
	switch {
	case e.step == 16 || disp[1] == disp[0]+16:
		e.VMOVDQU(at(0), r)
	case disp[0] == disp[1]:
		e.VBROADCASTI128(at(0), r)
	default:
		e.VBROADCASTI128(at(0), r)
		e.VINSERTI128(operand.U8(1), at(1), r, r)
	}
	return r
}

// element gives the single element that the walk stands at.
func (p *picked) element(e *emitter) operand.Op { return e.load(p.at, access{bytes: e.size}) }

// advance moves on by elements of the row.
func (p *picked) advance(e *emitter, elements int) {
	p.walk.advance(e, p.from(elements))
}

// A mirrored operand runs backwards; its vectors are as they lie in memory.
type mirrored struct{ *walk }

func (m mirrored) vector(e *emitter, v int) operand.Op {
	return operand.Mem{Base: m.at, Disp: e.size - (v+1)*e.step}
}

func (m mirrored) advance(e *emitter, elements int) { m.walk.advance(e, -elements) }

func (m mirrored) masked(e *emitter, left *rest, most int) func() operand.Op {
	bytes := e.covering(most)
	all := access{disp: e.size - bytes, bytes: bytes, mask: left.mask(func(i int) int { return bytes/e.size - 1 - i })}
	return func() operand.Op { return e.load(m.at, all) }
}

// turner returns what reverses the elements of a packed vector.
func (e *emitter) turner() func(reg.VecVirtual) reg.VecVirtual {
	if e.opmask {
		last := e.step - e.size
		turn := e.permutation(0, nil, func(i int) int { return last - i/e.size*e.size + i%e.size })
		return func(x reg.VecVirtual) reg.VecVirtual { return turn.of(int(x.Size()), []operand.Op{x}).(reg.VecVirtual) }
	}
	var mask reg.VecVirtual
	if e.size < 16 {
		bytes := make([]byte, e.step)
		for i := range bytes {
			at := i % 16
			bytes[i] = byte(16 - e.size - at/e.size*e.size + at%e.size)
		}
		mask = e.constantBytes(bytes)
	}
	return func(x reg.VecVirtual) reg.VecVirtual {
		r := e.vec(e.step)
		if mask != nil {
			e.VPSHUFB(mask, x, r)
			x = r
		}
		if e.step > 16 {
			e.VPERMQ(operand.U8(0x4e), x, r)
		}
		return r
	}
}
