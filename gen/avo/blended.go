package avo

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// repeat gives a source of elements that count so many times each.
func (e *emitter) repeat(w *walk, times int) source {
	if e.opmask {
		return e.newPermuted(w, times, func(i int) int { return i / times })
	}
	return e.newRepeated(w, times)
}

// A blended operand has a fixed stride. Whole vectors are loaded from where no two
// elements have the same place in them, so that blending brings all together. Their
// order is that of the places: to arrange them is left, for the operand or, where both
// are picked alike, for the product alone.
type blended struct {
	*walk
	stride int
	loads  []load
	place  []int // of the row's i-th element
	more   bool  // whether an element must follow, so that no load reaches beyond the last
}

// A load is what lies somewhere, in elements from where the walk stands, and how what
// counts of it gets into a vector. The first load fills all of it.
type load struct {
	at   int
	into func(m operand.Mem, r reg.VecVirtual)
}

func (e *emitter) newBlended(w *walk, stride int) *blended {
	n := e.step / e.size
	p := &blended{walk: w, stride: stride, place: slices.Repeat([]int{none}, n)}
	free := slices.Repeat([]bool{true}, n)
	for slices.Contains(p.place, none) {
		at, taken, elements := p.next(free), make([]bool, n), []int(nil)
		p.each(at, func(i, place int) {
			p.place[i], taken[place], free[place] = place, true, false
			elements = append(elements, i*stride)
		})
		single := len(elements) == 1 && e.size >= 8 // broadcast: the whole could straddle cache lines
		if single {
			at = elements[0]
		} else {
			p.more = p.more || at+n-1 > max(0, (n-1)*stride)
		}
		p.loads = append(p.loads, load{at, e.filling(taken, len(p.loads) == 0, single)})
	}
	return p
}

// next returns where to load the lowest element that has no place yet: so that it gets
// the first one that leaves free places to all that come along.
func (p *blended) next(free []bool) int {
	low := slices.Index(p.place, none)
	if p.stride < 0 {
		low = len(free) - 1
	}
	for place := range free {
		start, fits := low*p.stride-place, true
		p.each(start, func(_, at int) { fits = fits && free[at] })
		if fits {
			return start
		}
	}
	panic(&misfitError{fmt.Sprintf("elements at a stride of %d find no place", p.stride), false})
}

// each visits the elements without a place that a load has, and where it has them.
func (p *blended) each(start int, visit func(i, at int)) {
	for i := range p.place {
		if at := i*p.stride - start; p.place[i] == none && at >= 0 && at < len(p.place) {
			visit(i, at)
		}
	}
}

// vector gives the v-th vector, in the order of the places.
func (p *blended) vector(e *emitter, v int) operand.Op {
	at := func(l load) operand.Mem {
		return operand.Mem{Base: p.at, Disp: (v*len(p.place)*p.stride + l.at) * e.size}
	}
	if len(p.loads) == 1 {
		return at(p.loads[0])
	}
	r := e.vec(e.step)
	for _, l := range p.loads {
		l.into(at(l), r)
	}
	return r
}

// filling returns what loads a vector, or a single element for all of it, and puts what
// is taken into r.
func (e *emitter) filling(taken []bool, first, single bool) func(m operand.Mem, r reg.VecVirtual) {
	var mask []byte
	for _, t := range taken {
		mask = append(mask, bytes.Repeat([]byte{map[bool]byte{true: 0xff}[t]}, e.size)...)
	}
	bits := func(unit int) operand.U8 {
		all := 0
		for i := range min(8, len(mask)/unit) {
			all |= int(mask[i*unit]&1) << i
		}
		return operand.U8(all)
	}
	switch {
	case first && single:
		return e.fill
	case first:
		return func(m operand.Mem, r reg.VecVirtual) { e.VMOVUPS(m, r) }
	case single && e.size == 16:
		return func(m operand.Mem, r reg.VecVirtual) { e.VINSERTI128(bits(16)>>1, m, r, r) }
	case single:
		return func(m operand.Mem, r reg.VecVirtual) { e.VPBLENDD(bits(4), e.repeatElement(m), r, r) }
	case e.size >= 4:
		return func(m operand.Mem, r reg.VecVirtual) { e.VPBLENDD(bits(4), m, r, r) }
	case e.size == 2 && bytes.Equal(mask[:16], mask[e.step-16:]):
		return func(m operand.Mem, r reg.VecVirtual) { e.VPBLENDW(bits(2), m, r, r) }
	}
	which := e.constantBytes(mask)
	return func(m operand.Mem, r reg.VecVirtual) { e.VPBLENDVB(which, m, r, r) }
}

func (p *blended) follows() bool { return p.more }

func (p *blended) before(e *emitter, n reg.Register, back int) sequence {
	q := *p
	q.walk = p.moved(e, n, p.stride*e.size, back)
	return &q
}

func (p *blended) advance(e *emitter, elements int) { p.walk.advance(e, elements*p.stride) }

// An ordered operand is a blended one in the order of the row.
type ordered struct {
	*blended
	arrange ordering
}

func (e *emitter) newOrdered(w *walk, stride int) ordered {
	p := e.newBlended(w, stride)
	return ordered{p, e.ordering(p.place)}
}

func (o ordered) before(e *emitter, n reg.Register, back int) sequence {
	return ordered{o.blended.before(e, n, back).(*blended), o.arrange}
}

func (o ordered) vector(e *emitter, v int) operand.Op { return o.arrange(o.blended.vector(e, v)) }

// A repeated operand gives each element so many times. A block is as many vectors, of
// which each takes 16 bytes of memory, or all of its own.
type repeated struct {
	*walk
	times int
	block []repetition
}

// A repetition is where a vector's bytes begin, and how they are repeated.
type repetition struct {
	disp   int
	whole  bool
	repeat ordering
}

func (e *emitter) newRepeated(w *walk, times int) *repeated {
	e = e.sized(w.size)
	p := &repeated{walk: w, times: times}
	for v := range times {
		from := func(i int) int { return (v*e.step+i)/e.size/times*e.size + i%e.size }
		r := repetition{disp: max(0, min(from(0), e.step-16))}
		if r.whole = from(e.step-1) >= r.disp+16; r.whole {
			r.disp = from(0)
		}
		r.repeat = e.moveBytes(func(i int) int { return from(i) - r.disp })
		p.block = append(p.block, r)
	}
	return p
}

// vector gives the v-th vector of a block.
func (p *repeated) vector(e *emitter, v int) operand.Op {
	e = e.sized(p.size)
	one := p.block[v]
	m := operand.Mem{Base: p.at, Disp: one.disp}
	switch {
	case e.step < 16:
		return one.repeat(p.load(e, access{count: e.elements}))
	case one.whole || e.step == 16:
		return one.repeat(m)
	}
	r := e.vec(e.step)
	e.repeat128(m, r)
	return one.repeat(r)
}

func (p *repeated) advance(e *emitter, elements int) { p.walk.advance(e, elements/p.times) }
