package avo

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/mmcloughlin/avo/attr"
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

// A picked operand has a fixed stride. Whole vectors are loaded from where no two
// elements have the same place in them, so that blending brings all together. Their
// order is that of the places: to arrange them is left, for the operand or, where both
// are picked alike, for the product alone.
type picked struct {
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

func (e *emitter) newPicked(w *walk, stride int) *picked {
	n := e.step / e.size
	p := &picked{walk: w, stride: stride, place: slices.Repeat([]int{none}, n)}
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
func (p *picked) next(free []bool) int {
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
func (p *picked) each(start int, visit func(i, at int)) {
	for i := range p.place {
		if at := i*p.stride - start; p.place[i] == none && at >= 0 && at < len(p.place) {
			visit(i, at)
		}
	}
}

// vector gives the v-th vector, in the order of the places.
func (p *picked) vector(e *emitter, v int) operand.Op {
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

func (p *picked) follows() bool { return p.more }

func (p *picked) before(e *emitter, n reg.Register, back int) sequence {
	q := *p
	q.walk = p.moved(e, n, p.stride*e.size, back)
	return &q
}

func (p *picked) advance(e *emitter, elements int) { p.walk.advance(e, elements*p.stride) }

// An ordered operand is a picked one in the order of the row.
type ordered struct {
	*picked
	arrange ordering
}

func (e *emitter) newOrdered(w *walk, stride int) ordered {
	p := e.newPicked(w, stride)
	return ordered{p, e.ordering(p.place)}
}

func (o ordered) before(e *emitter, n reg.Register, back int) sequence {
	return ordered{o.picked.before(e, n, back).(*picked), o.arrange}
}

func (o ordered) vector(e *emitter, v int) operand.Op { return o.arrange(o.picked.vector(e, v)) }

// An ordering makes a vector of the elements of another, in memory or a register. It is
// what AVX2 has for an arrangement: no instruction moves bytes or words across lanes.
type ordering func(x operand.Op) operand.Op

// keepOrder arranges nothing.
func keepOrder(x operand.Op) operand.Op { return x }

// then is one ordering after the other.
func (a ordering) then(b ordering) ordering {
	return func(x operand.Op) operand.Op { return b(a(x)) }
}

// ordering makes a vector of which element i is element place[i] of the other.
func (e *emitter) ordering(place []int) ordering {
	from := func(i int) int { return place[i/e.size]*e.size + i%e.size }
	if unit := min(e.size, 8); unit >= 4 {
		return e.moveUnits(unit, func(i int) int { return from(i*unit) / unit })
	}
	// Lanes of 16 bytes and then bytes within them, or the other way round.
	if lanes := e.lanesOf(16, from); lanes != nil {
		return e.moveUnits(8, func(i int) int { return 2*lanes[i/2] + i%2 }).then(e.moveBytes(from))
	}
	for _, unit := range []int{8, 4} {
		lanes := e.lanesOf(unit, from)
		if lanes == nil {
			continue
		}
		order, source, filled := make([]int, len(lanes)), make([]int, e.step), [2]int{}
		for g, l := range lanes {
			at := 16*l + filled[l]
			for i := range unit {
				source[at+i] = from(g*unit + i)
			}
			order[g] = at / unit
			filled[l] += unit
		}
		return e.moveBytes(func(i int) int { return source[i] }).then(e.moveUnits(unit, func(i int) int { return order[i] }))
	}
	// What stays in its lane and what crosses.
	part := func(crosses bool) ordering {
		return e.moveBytes(func(i int) int {
			if at := from(i); (at/16 != i/16) == crosses {
				return at
			}
			return none
		})
	}
	swap, stays, crosses := e.moveUnits(8, func(i int) int { return i ^ 2 }), part(false), part(true)
	return func(x operand.Op) operand.Op {
		r := e.vec(e.step)
		x = e.inRegister(e.step, x)
		e.VPOR(stays(x), crosses(swap(x)), r)
		return r
	}
}

// lanesOf lists the 16-byte lanes that groups of so many bytes come from, or nothing
// where a group comes from two.
func (e *emitter) lanesOf(group int, from func(i int) int) []int {
	var lanes []int
	for i := range e.step {
		if i%group == 0 {
			lanes = append(lanes, from(i)/16)
		}
		if from(i)/16 != lanes[i/group] {
			return nil
		}
	}
	return lanes
}

// moveUnits moves units of 4 or 8 bytes.
func (e *emitter) moveUnits(unit int, from func(i int) int) ordering {
	stays, imm := true, 0
	for i := range e.step / unit {
		stays = stays && from(i) == i
		imm |= from(i) << (2 * i)
	}
	if stays {
		return keepOrder
	}
	if unit == 8 {
		return func(x operand.Op) operand.Op {
			r := e.vec(e.step)
			e.VPERMQ(operand.U8(imm), x, r)
			return r
		}
	}
	index := e.constantBytes(numbers(e.step/unit, unit, from))
	return func(x operand.Op) operand.Op {
		r := e.vec(e.step)
		e.VPERMD(x, index, r)
		return r
	}
}

// moveBytes moves bytes within 16; those that come from none are zero.
func (e *emitter) moveBytes(from func(i int) int) ordering {
	mask, stays := make([]byte, e.fit(e.elements)), true
	for i := range mask {
		at := from(i)
		stays = stays && at%16 == i%16
		if mask[i] = byte(at % 16); at == none {
			mask[i] = 0x80
		}
	}
	if stays {
		return keepOrder
	}
	r := e.constantBytes(mask)
	return func(x operand.Op) operand.Op {
		y := e.vec(len(mask))
		e.VPSHUFB(r, e.inRegister(len(mask), x), y)
		return y
	}
}

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

// A mirrored operand runs backwards; its vectors are as they lie in memory.
type mirrored struct{ *walk }

func (m mirrored) vector(e *emitter, v int) operand.Op {
	return operand.Mem{Base: m.at, Disp: e.size - (v+1)*e.step}
}

func (m mirrored) advance(e *emitter, elements int) { m.walk.advance(e, -elements) }

func (m mirrored) masked(e *emitter, left *rest, most int) func() operand.Op {
	n := e.covering(most)
	all := access{first: 1 - n, count: n, mask: selection{left.mask(func(i int) int { return n - 1 - i }), nil}}
	return func() operand.Op { return m.load(e, all) }
}

// turner returns what reverses the elements of a packed vector.
func (e *emitter) turner() ordering {
	last := e.step - e.size
	turn := e.permutation(0, nil, func(i int) int { return last - i/e.size*e.size + i%e.size })
	return func(x operand.Op) operand.Op {
		return turn.of(int(x.(reg.VecVirtual).Size()), []operand.Op{x})
	}
}
