package avo

import (
	"bytes"
	"encoding/binary"
	"math/bits"
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

// A permutation fills a vector from others.
type permutation struct {
	disps   []int                 // where the others lie, in ascending order
	from    func(byte int) int    // where each byte comes from
	shuffle [2][]reg.VecVirtual   // of bytes within 16: of each of the others, which then are ORed; of the result
	index   []reg.VecVirtual      // of units: of one vector, or of what there is so far and one more
	permute []func(...operand.Op) // for one vector, for two
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

// permutation plans how to fill a vector. No load begins after limit, so that none
// reaches beyond the elements of the block.
func (e *emitter) permutation(limit int, from func(byte int) int) permutation {
	p := permutation{from: from}
	low, high := from(0), from(0)
	for i := range e.step {
		low, high = min(low, from(i)), max(high, from(i))
	}
	for at := low; at <= high; at += e.step {
		p.disps = append(p.disps, min(at, limit, max(low, high+1-e.step)))
	}
	unit := min(e.size, 8)
	switch {
	case e.size == 1:
		unit = 4
		p.bytes(e)
	default:
		for k := range max(1, len(p.disps)-1) {
			p.index = append(p.index, e.constantBytes(numbers(e.step/unit, unit, func(i int) int {
				load, at := p.load(e, from(i*unit))
				switch {
				case load == k+1:
					return (e.step + at) / unit
				case load == 0 && k == 0:
					return at / unit
				}
				return i // is there already, or will be
			})))
		}
	}
	log := bits.TrailingZeros(uint(unit))
	p.permute = []func(...operand.Op){
		[]func(...operand.Op){1: e.VPERMW, 2: e.VPERMD, 3: e.VPERMQ}[log],
		[]func(...operand.Op){1: e.VPERMT2W, 2: e.VPERMT2D, 3: e.VPERMT2Q}[log],
	}
	return p
}

// load returns the first load that gives a byte, and the place there.
func (p *permutation) load(e *emitter, at int) (load, place int) {
	load = slices.IndexFunc(p.disps, func(d int) bool { return at < d+e.step })
	return load, at - p.disps[load]
}

// bytes plans for single bytes, which no instruction of the level permutes across a
// vector. Those of one load are permuted by fours and then shuffled. Those of
// several are shuffled first, each load's into a share of its own of every 16, so
// that ORed they make fours that are then permuted.
func (p *permutation) bytes(e *emitter) {
	shuffles := make([][]byte, len(p.disps))
	for k := range shuffles {
		shuffles[k] = bytes.Repeat([]byte{0x80}, e.step)
	}
	fours := make([]int, e.step/4) // of the result, or of what is shuffled afterwards
	if len(p.disps) == 1 {
		var lanes [4][]int
		for i := range e.step {
			_, at := p.load(e, p.from(i))
			lane := &lanes[i/16]
			slot := slices.Index(*lane, at/4)
			if slot < 0 {
				slot = len(*lane)
				*lane = append(*lane, at/4)
			}
			shuffles[0][i] = byte(4*slot + at%4)
		}
		for i, lane := range lanes {
			if copy(fours[4*i:4*i+4], lane) < len(lane) {
				panic("avo: 16 bytes come from more than four fours")
			}
		}
	} else {
		taken := make([][4]int, len(p.disps)) // by load and lane
		for i := range e.step {
			load, at := p.load(e, p.from(i))
			lane := at / 16
			place := 16*lane + load*16/len(p.disps) + taken[load][lane]
			taken[load][lane]++
			shuffles[load][place] = byte(at % 16)
			if i%4 == 0 {
				fours[i/4] = place / 4
			}
			if place != 4*fours[i/4]+i%4 {
				panic("avo: the bytes of a permutation do not come in fours")
			}
		}
	}
	stage := min(len(p.disps), 2) % 2 // 1: afterwards
	for _, s := range shuffles {
		p.shuffle[stage] = append(p.shuffle[stage], e.constantBytes(s))
	}
	p.index = append(p.index, e.constantBytes(numbers(len(fours), 4, func(i int) int { return fours[i] })))
}

// numbers lays out n numbers of so many bytes each.
func numbers(n, size int, of func(i int) int) []byte {
	var all []byte
	for i := range n {
		all = append(all, binary.LittleEndian.AppendUint64(nil, uint64(int64(of(i))))[:size]...)
	}
	return all
}

// of returns the vector of w bytes made of others, which are this permutation's
// loads or the first of them.
func (p *permutation) of(e *emitter, w int, xs []operand.Op) reg.VecVirtual {
	var ored reg.VecVirtual
	for k, mask := range p.shuffle[0][:min(len(xs), len(p.shuffle[0]))] {
		x := e.vec(w)
		e.VPSHUFB(mask, e.inRegister(w, xs[k]), x)
		if ored == nil {
			ored = x
		} else {
			e.VPORD(x, ored, ored)
		}
	}
	if ored != nil {
		xs = []operand.Op{ored}
	}
	var r reg.VecVirtual
	if len(xs) == 1 {
		r = e.vec(w)
		p.permute[0](xs[0], narrow(p.index[0], w), r)
	} else {
		r = e.inRegister(w, xs[0]) // loaded for this alone
		for k, x := range xs[1:] {
			p.permute[1](x, narrow(p.index[k], w), r)
		}
	}
	for _, mask := range p.shuffle[1] {
		e.VPSHUFB(narrow(mask, w), r, r)
	}
	return r
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
	return one.of(e, e.step, xs)
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
	return func() operand.Op {
		var xs []operand.Op
		for _, a := range loads {
			xs = append(xs, e.load(p.at, a))
		}
		return one.of(e, w, xs)
	}
}

// element gives the single element that the walk stands at.
func (p *permuted) element(e *emitter) operand.Op { return e.load(p.at, access{bytes: e.size}) }

func (p *permuted) advance(e *emitter, elements int) { p.walk.advance(e, p.from(elements)) }
