package avo

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A permuted operand is what a blended one is at levels that permute whole
// vectors: the loads are few and long, and what they give is put into its place
// by permutations of elements across the vector.
type permuted struct {
	*walk
	from  func(i int) int // the element, from where the walk stands, of the row's i-th
	block []permutation   // one for each vector of a block
}

// A permutation fills a vector from loads.
type permutation struct {
	disps []int              // where the loads begin, in ascending order
	from  func(byte int) int // where each byte comes from
	// of makes the vector, of w bytes, of the loads or the first of them.
	of func(w int, loads []operand.Op) operand.Op
}

func (e *emitter) newPermuted(w *walk, vectors int, from func(i int) int) *permuted {
	e = e.sized(w.size)
	p := &permuted{walk: w, from: from}
	last := 0
	for i := range vectors * e.step / e.size {
		last = max(last, from(i))
	}
	for v := range vectors {
		first := v * e.step / e.size
		p.block = append(p.block, e.permutation((last+1)*e.size-e.step, e.parts, func(i int) int {
			return from(first+i/e.size)*e.size + i%e.size
		}))
	}
	return p
}

// permutation plans how to fill a vector. No load begins after limit, so that none
// reaches beyond the elements of the block, but the last that is merged with all others, by
// a mask of nothing but its own places. The vector of a single load is given in parts, if
// there are any.
func (e *emitter) permutation(limit int, parts []func(byte int) int, from func(byte int) int) permutation {
	p := permutation{from: from}
	low, high := from(0), from(0)
	for i := range e.step {
		low, high = min(low, from(i)), max(high, from(i))
	}
	count := (high-low)/e.step + 1
	for k := range count {
		p.disps = append(p.disps, low+k*e.step)
	}
	if pairs := count - 1; pairs > 1 && pairs&(pairs-1) == 0 && p.merge(e) {
		return p
	}
	p.disps[count-1] = min(p.disps[count-1], limit)
	switch {
	case count == 1 && parts != nil:
		p.split(e, parts)
	case count == 1:
		arrange := e.arrangement(p.place(e))
		p.of = func(w int, loads []operand.Op) operand.Op { return arrange(w, loads[0]) }
	case e.size > 1:
		p.gather(e)
	case p.merge(e):
	case e.bytewise && count == 2: // of more there would be too many masks
		p.spread(e)
	default:
		p.shuffle(e)
	}
	return p
}

// load returns the first load that gives a byte of memory, and the place there.
func (p *permutation) load(e *emitter, at int) (load, place int) {
	load = slices.IndexFunc(p.disps, func(d int) bool { return at < d+e.step })
	return load, at - p.disps[load]
}

// place returns what tells where each byte lies in its load.
func (p *permutation) place(e *emitter) func(i int) int {
	return func(i int) int {
		_, place := p.load(e, p.from(i))
		return place
	}
}

// split plans to arrange the parts of a load each by itself.
func (p *permutation) split(e *emitter, parts []func(byte int) int) {
	var arrange []arrangement
	for _, part := range parts {
		place := p.place(e)
		arrange = append(arrange, e.arrangement(func(i int) int {
			return place(i-i%e.size) + part(i%e.size)
		}))
	}
	p.of = func(w int, loads []operand.Op) operand.Op {
		x := e.inRegister(w, loads[0])
		var all prepared
		for _, a := range arrange {
			all = append(all, a(w, x))
		}
		return all
	}
}

// merge plans to lay loads over each other, if each byte has a place of its own in its
// load, as at a stride of three: two by two, by a mask of every second one's places, then
// by one of every second two's.
func (p *permutation) merge(e *emitter) bool {
	givers := map[int]int{} // of places, the loads
	for i := range e.step {
		load, place := p.load(e, p.from(i))
		givers[place] = load
	}
	if len(givers) < e.step {
		return false
	}
	var masks []reg.Register
	for bit := 1; bit < len(p.disps); bit *= 2 {
		masks = append(masks, e.opmaskOf(func(i int) bool { return givers[i*e.granule()]&bit != 0 }))
	}
	arrange := e.arrangement(p.place(e))
	p.of = func(w int, loads []operand.Op) operand.Op {
		for _, mask := range masks {
			loads = inPairs(loads, func(_ int, x, y operand.Op) operand.Op {
				r := e.inRegister(w, x) // loaded for this alone
				e.masked(false, y, mask, r)
				return r
			}, func(_ int, x operand.Op) operand.Op { return x })
		}
		return arrange(w, loads[0])
	}
	return true
}

// gather plans to permute pairs of vectors into one: by the largest units of which those
// that are needed fit into one, as Intel's CPUs take three steps for small ones, and at
// last into place.
func (p *permutation) gather(e *emitter) {
	at := make([]int, e.step) // where each byte lies in the vectors that are left
	for i := range at {
		load, place := p.load(e, p.from(i))
		at[i] = load*e.step + place
	}
	type level struct {
		unit  int
		index []reg.VecVirtual // by pair
	}
	var levels []level
	add := func(unit int, units [][]int) {
		l := level{unit: unit}
		for _, from := range units {
			l.index = append(l.index, e.constantBytes(numbers(e.step/unit, unit, func(i int) int { return from[i] })))
		}
		levels = append(levels, l)
	}
	for n := len(p.disps); n > 2; n = (n + 1) / 2 {
		unit, units := e.unitsOf(at, (n+1)/2)
		for i, b := range at {
			pair := b / (2 * e.step)
			at[i] = pair*e.step + slices.Index(units[pair], b%(2*e.step)/unit)*unit + b%unit
		}
		add(unit, units)
	}
	unit := min(e.size, 8)
	var inPlace []int
	for i := 0; i < e.step; i += unit {
		inPlace = append(inPlace, at[i]/unit)
	}
	add(unit, [][]int{inPlace})
	first := e.arrangement(p.place(e)) // for one load, all at once
	p.of = func(w int, vectors []operand.Op) operand.Op {
		if len(vectors) == 1 {
			return first(w, vectors[0])
		}
		for _, l := range levels {
			vectors = inPairs(vectors, func(pair int, x, y operand.Op) operand.Op {
				r := e.inRegister(w, x) // loaded for this alone
				map[int]func(...operand.Op){2: e.VPERMT2W, 4: e.VPERMT2D, 8: e.VPERMT2Q}[l.unit](y, l.index[pair], r)
				return r
			}, func(pair int, x operand.Op) operand.Op { return e.permuteUnits(l.unit, l.index[pair], w, x) })
		}
		return vectors[0]
	}
}

// spread plans to permute the single bytes of each load into place, over those of the loads
// before, by a mask.
func (p *permutation) spread(e *emitter) {
	var steps []func(w int, x operand.Op, r reg.VecVirtual)
	for k := range p.disps {
		here := func(i int) bool { load, _ := p.load(e, p.from(i)); return load == k }
		index := e.constantBytes(numbers(e.step, 1, func(i int) int {
			if _, place := p.load(e, p.from(i)); here(i) {
				return place
			}
			return 0
		}))
		if k == 0 {
			steps = append(steps, func(w int, x operand.Op, r reg.VecVirtual) { e.VPERMB(x, narrow(index, w), r) })
			continue
		}
		mask := e.opmaskOf(here)
		steps = append(steps, func(w int, x operand.Op, r reg.VecVirtual) { e.VPERMB(x, narrow(index, w), mask, r) })
	}
	p.of = func(w int, loads []operand.Op) operand.Op {
		r := e.vec(w)
		for k, x := range loads {
			steps[k](w, x, r)
		}
		return r
	}
}

// unitsOf lists the units of each pair of vectors that hold bytes, the largest that fit
// into a vector.
func (e *emitter) unitsOf(at []int, pairs int) (unit int, units [][]int) {
	for unit = 8; ; unit /= 2 {
		units = make([][]int, pairs)
		most := 0
		for _, b := range slices.Sorted(slices.Values(at)) {
			u := &units[b/(2*e.step)]
			if in := b % (2 * e.step) / unit; !slices.Contains(*u, in) {
				*u = append(*u, in)
			}
			most = max(most, len(*u))
		}
		if most <= e.step/unit {
			for pair, u := range units {
				units[pair] = append(u, make([]int, e.step/unit-len(u))...) // of any
			}
			return unit, units
		}
	}
}

// inPairs joins vectors two by two; one that is left over is alone.
func inPairs(xs []operand.Op, join func(pair int, x, y operand.Op) operand.Op, alone func(pair int, x operand.Op) operand.Op) []operand.Op {
	var joined []operand.Op
	for pair := range slices.Chunk(xs, 2) {
		if len(pair) == 2 {
			joined = append(joined, join(len(joined), pair[0], pair[1]))
		} else {
			joined = append(joined, alone(len(joined), pair[0]))
		}
	}
	return joined
}

// shuffle plans to shuffle the single bytes of each load into a share of its own of every
// 16, which ORed make a vector to be arranged.
func (p *permutation) shuffle(e *emitter) {
	masks := make([][]byte, len(p.disps))
	taken := make([][]int, len(p.disps)) // by lane
	for k := range masks {
		masks[k] = slices.Repeat([]byte{0x80}, e.step)
		taken[k] = make([]int, e.step/16)
	}
	places := make([]int, e.step)
	for i := range e.step {
		load, at := p.load(e, p.from(i))
		lane := at / 16
		places[i] = 16*lane + load*16/len(p.disps) + taken[load][lane]
		taken[load][lane]++
		masks[load][places[i]] = byte(at % 16)
	}
	var shuffles []arrangement
	for _, m := range masks {
		shuffles = append(shuffles, e.shuffle(m))
	}
	arrange := e.arrangement(func(i int) int { return places[i] })
	p.of = func(w int, loads []operand.Op) operand.Op {
		sum := shuffles[0](w, loads[0])
		for k, x := range loads[1:] {
			e.VPORD(shuffles[k+1](w, x), sum, sum)
		}
		return arrange(w, sum)
	}
}

// vector gives the v-th vector, counted on through blocks.
func (p *permuted) vector(e *emitter, v int) operand.Op {
	e = e.sized(p.size)
	first := v / len(p.block) * len(p.block)
	skip := p.from(first*e.elements) * e.size
	one := &p.block[v-first]
	var xs []operand.Op
	for _, d := range one.disps {
		xs = append(xs, p.load(e, access{first: (skip + d) / e.size, count: e.elements}))
	}
	return one.of(e.fit(e.elements), xs)
}

// within counts the elements of a block of one vector. A single load can be
// shortened, see masked; of several the first are enough for some.
func (p *permuted) within(e *emitter, bytes int) int {
	one := &p.block[0]
	if len(one.disps) == 1 {
		return p.walk.within(e, bytes)
	}
	elements := e.step / e.size
	for i := range elements {
		if one.from(i*e.size) >= one.disps[0]+bytes {
			return i
		}
	}
	return elements
}

func (p *permuted) masked(e *emitter, left *rest, most int) func() operand.Op {
	one := &p.block[0]
	w, skip := e.step, 0
	if len(one.disps) == 1 { // the part that the first elements lie in
		w = e.fit(e.covering(most))
		skip = (one.from(0) - one.disps[0]) / w * w
	}
	var loads []func() access
	for k, d := range one.disps {
		if k > 0 && most <= p.within(e, k*e.step) {
			break
		}
		mask := left.maskOf(len(one.disps), func(i int) int {
			for place := range e.step / e.size {
				if one.from(place*e.size) == d+skip+i*e.size {
					return place
				}
			}
			return none
		})
		loads = append(loads, func() access {
			return access{first: (d + skip) / e.size, count: w / e.size, mask: selection{mask(), nil}}
		})
	}
	return func() operand.Op {
		var xs []operand.Op
		for _, a := range loads {
			xs = append(xs, p.load(e, a()))
		}
		return one.of(w, xs)
	}
}

// element gives the single element that the walk stands at.
func (p *permuted) element(e *emitter) operand.Op { return p.load(e, access{count: 1}) }

func (p *permuted) advance(e *emitter, elements int) { p.walk.advance(e, p.from(elements)) }

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
