package avo

import (
	"encoding/binary"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A permuted operand is what a picked one is at levels that permute whole
// vectors: the loads are few and long, and what they give is put into its place
// by permutations of elements across the vector.
type permuted struct {
	*walk
	from  func(i int) int // the element, from where the walk stands, of the row's i-th
	block []permutation   // one for each vector of a block
}

// A permutation fills a vector from loads.
type permutation struct {
	disps   []int              // where the loads begin, in ascending order
	from    func(byte int) int // where each byte comes from
	arrange arrangement        // of what was merged
	merge   []reg.Register     // opmasks, see merged
	both    reg.VecVirtual     // if not nil, the index by which one instruction merges and arranges
}

func (e *emitter) newPermuted(w *walk, vectors int, from func(i int) int) *permuted {
	p := &permuted{walk: w, from: from}
	last := 0
	for i := range vectors * e.step / e.size {
		last = max(last, from(i))
	}
	for v := range vectors {
		first := v * e.step / e.size
		p.block = append(p.block, e.permutation((last+1)*e.size-e.step, func(i int) int {
			return from(first+i/e.size)*e.size + i%e.size
		}))
	}
	return p
}

// permutation plans how to fill a vector. A single load begins at limit or before, so
// that it does not reach beyond the elements of the block. Several are so far apart that
// each element has a place of its own in its load, and merging them takes no shuffle.
func (e *emitter) permutation(limit int, from func(byte int) int) permutation {
	p := permutation{from: from}
	low, high := from(0), from(0)
	for i := range e.step {
		low, high = min(low, from(i)), max(high, from(i))
	}
	p.disps = []int{min(low, limit)}
	for apart := e.step; high-low >= e.step && !p.distinct(e); apart -= e.size {
		p.disps = []int{low}
		for last := low; last+e.step <= high; {
			last += apart
			p.disps = append(p.disps, last)
		}
	}
	p.arrange = e.arrangement(func(i int) int {
		_, place := p.load(e, from(i))
		return place
	})
	if len(p.disps) == 2 && e.size >= 4 { // for smaller elements Intel's CPUs take three steps
		unit := min(e.size, 8)
		p.both = e.constantBytes(numbers(e.step/unit, unit, func(i int) int {
			load, place := p.load(e, from(i*unit))
			return (load*e.step + place) / unit
		}))
		return p
	}
	for bit := 1; bit < len(p.disps); bit *= 2 {
		p.merge = append(p.merge, e.opmaskOf(func(i int) bool {
			for b := range e.step {
				if load, place := p.load(e, from(b)); load&bit != 0 && place == i*e.granule() {
					return true
				}
			}
			return false
		}))
	}
	return p
}

// load returns the first load that gives a byte, if any, and the place there.
func (p *permutation) load(e *emitter, at int) (load, place int) {
	load = slices.IndexFunc(p.disps, func(d int) bool { return at < d+e.step })
	if load >= 0 {
		place = at - p.disps[load]
	}
	return load, place
}

// distinct tells whether the loads give all elements, no two in the same place.
func (p *permutation) distinct(e *emitter) bool {
	taken := map[int]bool{}
	for i := range e.step {
		load, place := p.load(e, p.from(i))
		if load < 0 {
			return false
		}
		taken[place] = true
	}
	return len(taken) == e.step
}

// of fills a vector. Loads are merged two by two, by a mask of every second one's places,
// then by one of every second two's, and so on: what reaches beyond the elements of the
// block gives nothing but its own.
func (p *permutation) of(e *emitter, loads []operand.Op) reg.VecVirtual {
	if p.both != nil {
		r := e.inRegister(e.step, loads[0]) // loaded for this alone
		map[int]func(...operand.Op){4: e.VPERMT2D, 8: e.VPERMT2Q}[min(e.size, 8)](loads[1], p.both, r)
		return r
	}
	for _, mask := range p.merge {
		var merged []operand.Op
		for pair := range slices.Chunk(loads, 2) {
			x := pair[0]
			if len(pair) == 2 {
				x = e.inRegister(e.step, x)
				e.masked(false, pair[1], mask, x)
			}
			merged = append(merged, x)
		}
		loads = merged
	}
	return p.arrange(e.step, loads[0])
}

// An arrangement puts the elements of a vector of w bytes into another order. It is told
// the place that each byte comes from.
type arrangement func(w int, x operand.Op) reg.VecVirtual

func (e *emitter) arrangement(place func(i int) int) arrangement {
	plans := []func(func(int) int) arrangement{e.arrangeFours, e.arrangeSixteens, e.arrangeWords}
	if e.size > 1 {
		unit := min(e.size, 8)
		return e.permute(unit, func(i int) int { return place(i*unit) / unit })
	}
	// No instruction of the level permutes single bytes across a vector.
	for _, plan := range plans {
		if a := plan(place); a != nil {
			return a
		}
	}
	panic("avo: no way to arrange the bytes of a vector")
}

// arrangeFours permutes by fours and then shuffles, where the bytes of any 16 come from
// four fours.
func (e *emitter) arrangeFours(place func(i int) int) arrangement {
	fours, mask := make([]int, e.step/4), make([]byte, e.step)
	for lane := range e.step / 16 {
		var from []int
		for i := 16 * lane; i < 16*lane+16; i++ {
			slot := slices.Index(from, place(i)/4)
			if slot < 0 {
				slot = len(from)
				from = append(from, place(i)/4)
			}
			mask[i] = byte(4*slot + place(i)%4)
		}
		if copy(fours[4*lane:4*lane+4], from) < len(from) {
			return nil
		}
	}
	permute, shuffle := e.permute(4, func(i int) int { return fours[i] }), e.shuffle(mask)
	return func(w int, x operand.Op) reg.VecVirtual { return shuffle(w, permute(w, x)) }
}

// arrangeSixteens shuffles and then permutes by fours, where the bytes of any four come
// from the same 16.
func (e *emitter) arrangeSixteens(place func(i int) int) arrangement {
	fours, mask := make([]int, e.step/4), make([]byte, e.step)
	taken := make([]int, e.step/16)
	for i := range fours {
		lane := place(4*i) / 16
		if taken[lane] == 4 {
			return nil
		}
		fours[i] = 4*lane + taken[lane]
		taken[lane]++
		for b := range 4 {
			at := place(4*i + b)
			if at/16 != lane {
				return nil
			}
			mask[4*fours[i]+b] = byte(at % 16)
		}
	}
	permute, shuffle := e.permute(4, func(i int) int { return fours[i] }), e.shuffle(mask)
	return func(w int, x operand.Op) reg.VecVirtual { return permute(w, shuffle(w, x)) }
}

// arrangeWords permutes the words that hold the even bytes apart from those that hold the
// odd ones, where even bytes come from even places and odd ones from odd places.
func (e *emitter) arrangeWords(place func(i int) int) arrangement {
	for i := range e.step {
		if place(i)%2 != i%2 {
			return nil
		}
	}
	even := e.permute(2, func(i int) int { return place(2*i) / 2 })
	odd := e.permute(2, func(i int) int { return place(2*i+1) / 2 })
	mask := e.opmaskOf(func(i int) bool { return i%2 != 0 })
	return func(w int, x operand.Op) reg.VecVirtual {
		x = e.inRegister(w, x)
		r := even(w, x)
		e.masked(false, odd(w, x), mask, r)
		return r
	}
}

// permute puts units of 2, 4 or 8 bytes where from says that each comes from.
func (e *emitter) permute(unit int, from func(i int) int) arrangement {
	index := e.constantBytes(numbers(e.step/unit, unit, from))
	emit := map[int]func(...operand.Op){2: e.VPERMW, 4: e.VPERMD, 8: e.VPERMQ}[unit]
	return func(w int, x operand.Op) reg.VecVirtual {
		r := e.vec(w)
		emit(x, narrow(index, w), r)
		return r
	}
}

// shuffle puts bytes where the mask says, in 16 by themselves.
func (e *emitter) shuffle(mask []byte) arrangement {
	m := e.constantBytes(mask)
	return func(w int, x operand.Op) reg.VecVirtual {
		r := e.vec(w)
		e.VPSHUFB(narrow(m, w), e.inRegister(w, x), r)
		return r
	}
}

// numbers lays out n numbers of so many bytes each.
func numbers(n, size int, of func(i int) int) []byte {
	var all []byte
	for i := range n {
		all = append(all, binary.LittleEndian.AppendUint64(nil, uint64(int64(of(i))))[:size]...)
	}
	return all
}

// vector gives the v-th vector, counted on through blocks.
func (p *permuted) vector(e *emitter, v int) operand.Op {
	first := v / len(p.block) * len(p.block)
	skip := p.from(first*e.step/e.size) * e.size
	one := &p.block[v-first]
	var xs []operand.Op
	for _, d := range one.disps {
		xs = append(xs, operand.Mem{Base: p.at, Disp: skip + d})
	}
	return one.of(e, xs)
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
		w = e.covering(most)
		skip = (one.from(0) - one.disps[0]) / w * w
	}
	var loads []access
	for k, d := range one.disps {
		if k > 0 && most <= p.within(e, k*e.step) {
			break
		}
		loads = append(loads, access{disp: d + skip, bytes: w, mask: left.mask(func(i int) int {
			for place := range e.step / e.size {
				if one.from(place*e.size) == d+skip+i*e.size {
					return place
				}
			}
			return none
		})})
	}
	return func() operand.Op { // each mask has the places of its load alone
		x := e.load(p.at, loads[0])
		for _, a := range loads[1:] {
			e.masked(false, a.mem(p.at), a.mask, x)
		}
		return one.arrange(w, x)
	}
}

// element gives the single element that the walk stands at.
func (p *permuted) element(e *emitter) operand.Op { return e.load(p.at, access{bytes: e.size}) }

func (p *permuted) advance(e *emitter, elements int) { p.walk.advance(e, p.from(elements)) }
