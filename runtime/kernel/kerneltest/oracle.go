package kerneltest

import (
	"math/rand/v2"
	"unsafe"
)

// An oracle knows what kernels of one rule should give. They all multiply elements of the same
// pools, and the same lists of values, so that each product is computed once.
type oracle struct {
	rule    string
	pools   [3][]byte    // the elements that out, a and b are filled with
	tables  [3][3]*table // by the pools that x and y are from
	answers map[question][]byte
}

// poolSize is the number of elements in a pool. All pairs of two pools have a place in a table.
const poolSize = 1 << 8

// table holds products of elements of two pools. Those of elements that are equally far apart
// follow each other, as operands that are contiguous walk.
type table [poolSize][]byte // by the distance from x to y, then by x

// question is one operand's values against one of the other's.
type question struct {
	left  bool
	list  int // how many values there are of the operand that has many
	value uint64
}

// oracleOf returns the oracle of a trial's rule, which it shares with the trials before if they
// were of that, too.
func (t *trial) oracleOf() *oracle {
	r := t.of
	if r.oracle != nil && r.oracle.rule == t.Rule {
		return r.oracle
	}
	o := &oracle{rule: t.Rule, answers: map[question][]byte{}}
	rng := rand.New(rand.NewPCG(2, uint64(digest([]byte(t.Rule)))))
	for i, size := range sizes(t.Info) {
		for j := range i {
			if sizes(t.Info)[j] == size && t.formats[j].like(t.formats[i]) {
				o.pools[i] = o.pools[j]
			}
		}
		if o.pools[i] == nil {
			o.pools[i] = t.elements(rng, t.formats[i], size)
		}
	}
	r.oracle = o
	return o
}

// elements returns a pool of elements, about half of them special values.
func (t *trial) elements(rng *rand.Rand, f format, size int) []byte {
	pool := make([]byte, poolSize*size)
	if f.mask {
		runs(rng, pool)
		return pool
	}
	for i := 0; i < len(pool); i += f.size {
		v := rng.Uint64()
		switch {
		case t.of.Emulation.digested():
			v = f.plain(v)
		case v&3 < 2:
			v = f.specials[v>>2%uint64(len(f.specials))]
		case f.bool():
			v &= 1
		}
		f.put(pool[i:], v)
	}
	return pool
}

// runs fills a pool with bytes that are true or false: in runs, some longer than vectors, and one by
// one.
func runs(rng *rand.Rand, pool []byte) {
	for len(pool) > 0 {
		n := min(1<<rng.IntN(8), len(pool))
		what := rng.IntN(3)
		for i := range pool[:n] {
			if what == 0 || what == 1 && rng.IntN(2) == 0 {
				pool[i] = byte(1 + rng.IntN(255))
			}
		}
		pool = pool[n:]
	}
}

// look writes to want what the table says of a nest, of its first factor if there are several.
func (t *trial) look(n nest, dst0, a0, b0 int) {
	p, q := 1, 2 // an operand's pool is what out is filled with if it is that
	switch {
	case n.bIsDst && n.aIsDst, n.bIsA:
		q = 1
	case n.bIsDst:
		q = 0
	}
	if t.oracle.tables[p][q] == nil {
		t.oracle.tables[p][q] = new(table)
	}
	of, b := t.oracle.tables[p][q], n.b
	if n.constant&1 != 0 {
		b.col = 0
	}
	for r := range n.rows {
		x, y := t.starts[p]+a0+r*n.a.row, t.starts[q]+b0+r*b.row
		for c := range n.cols {
			if apart := (y + c*b.col - x - c*n.a.col) & (poolSize - 1); of[apart] == nil {
				of[apart] = t.apart(p, q, apart)
			}
			if n.a.col == b.col {
				break
			}
		}
		lookers[t.OutSize](of, t.arenas.want, dst0+r*n.dst.row, n.dst.col, x, n.a.col, y, b.col, n.cols)
	}
}

// apart returns the products of all elements of pool p and those that stand so far behind in pool q.
func (t *trial) apart(p, q, apart int) []byte {
	pools, size := &t.oracle.pools, t.OutSize
	list := make([]byte, poolSize*size)
	for x := range poolSize {
		y := (x + apart) % poolSize
		t.multiply(list[x*size:][:size], pools[p][x*t.ASize:][:t.ASize], pools[q][y*t.BSize:][:t.BSize])
	}
	return list
}

// lookers write products of a table to a row of elements of a size.
var lookers = map[int]func(of *table, row []byte, d, dstep, x, xstep, y, ystep, n int){
	1: looked[uint8], 2: looked[uint16], 4: looked[uint32], 8: looked[uint64], 16: looked[[2]uint64],
}

func looked[T any](of *table, row []byte, d, dstep, x, xstep, y, ystep, n int) {
	to := elementsOf[T](row)
	for range n {
		to[d] = *(*T)(unsafe.Add(addr(of[(y-x)&(poolSize-1)]), x&(poolSize-1)*int(unsafe.Sizeof(to[d]))))
		d, x, y = d+dstep, x+xstep, y+ystep
	}
}

func elementsOf[T any](b []byte) []T {
	return unsafe.Slice((*T)(addr(b)), len(b)/int(unsafe.Sizeof(*new(T))))
}

// A walker copies elements of one size between where a walk has them and where they lie side by
// side.
type walker func(walk []byte, origin, cols int, s step, row []byte, gather bool)

// walkers are those of sizes.
var walkers = map[int]walker{1: walked[uint8], 2: walked[uint16], 4: walked[uint32], 8: walked[uint64], 16: walked[[2]uint64]}

func walked[T any](walk []byte, origin, cols int, s step, row []byte, gather bool) {
	side, all := elementsOf[T](row), elementsOf[T](walk)
	for r := 0; len(side) > 0; r++ {
		n := min(cols, len(side))
		for c := range n {
			if at := origin + s.at(r, c); gather {
				side[c] = all[at]
			} else {
				all[at] = side[c]
			}
		}
		side = side[n:]
	}
}
