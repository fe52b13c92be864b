package avo

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An arrangement puts the elements of a vector of w bytes into another order. It is told
// the place that each byte comes from.
type arrangement func(w int, x operand.Op) reg.VecVirtual

func (e *emitter) arrangement(place func(i int) int) arrangement {
	if e.step <= 16 {
		return e.shuffle(numbers(16, 1, func(i int) int {
			if i < e.step {
				return place(i)
			}
			return none
		}))
	}
	for unit := 8; unit > 1; unit /= 2 {
		whole := true
		for i := range e.step {
			whole = whole && place(i) == place(i-i%unit)/unit*unit+i%unit
		}
		if whole {
			return e.permute(unit, func(i int) int { return place(i*unit) / unit })
		}
	}
	if e.bytewise {
		return e.permute(1, place)
	}
	// No instruction of the level permutes single bytes across a vector.
	for _, plan := range []func(func(int) int) arrangement{e.arrangeFours, e.arrangeSixteens, e.arrangeWords} {
		if a := plan(place); a != nil {
			return a
		}
	}
	panic(&misfitError{"no way to arrange the bytes of a vector", false})
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

// permute puts units of up to 8 bytes where from says that each comes from.
func (e *emitter) permute(unit int, from func(i int) int) arrangement {
	index := e.constantBytes(numbers(e.step/unit, unit, from))
	return func(w int, x operand.Op) reg.VecVirtual { return e.permuteUnits(unit, index, w, x) }
}

// permuteUnits permutes units of a vector of w bytes by an index.
func (e *emitter) permuteUnits(unit int, index reg.VecVirtual, w int, x operand.Op) reg.VecVirtual {
	r := e.vec(w)
	map[int]func(...operand.Op){1: e.VPERMB, 2: e.VPERMW, 4: e.VPERMD, 8: e.VPERMQ}[unit](x, narrow(index, w), r)
	return r
}

// shuffle puts bytes where the mask says, in 16 by themselves.
func (e *emitter) shuffle(mask []byte) arrangement {
	if bytes.Equal(mask, numbers(len(mask), 1, func(i int) int { return i % 16 })) {
		return e.inRegister // they are there already
	}
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
