package kerneltest

import (
	"fmt"
	"slices"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// values multiplies every pair of special values, and every pair of bytes or every 16-bit value
// with each special one, in every lane of a vector.
func (t *trial) values() error {
	// The values of one operand lie side by side, and each turn has one of the other.
	form, moving, fixed := t.Pattern.Form(), t.formats[1], t.formats[2]
	size, fixedSize := t.ASize, t.BSize
	if form.Left {
		moving, fixed, size, fixedSize = fixed, moving, fixedSize, size
	}
	left, right := t.pairs(moving, fixed, size, fixedSize)
	left = slices.Repeat(left, 1+2*t.tile()/len(left)) // a main loop sees them too

	// The operands hold their values in the kernel's order; spread lays them out
	// as its pattern walks.
	n := stepped(len(left), 1, 1, 1, 1)
	if form.Transposed { // a tile of rows holds the values
		n = stepped(len(left)/kernel.TileRows, kernel.TileRows, 1, 2*kernel.TileRows, 2*kernel.TileRows)
		n.b.row = n.cols
	}
	t.shape(&n)
	n.factors, n.constant = 1, 0
	count := min(n.rows*n.cols, len(left))
	a, b := make([]byte, len(left)*size), make([]byte, len(left)*fixedSize)
	dst0, dstBytes := n.place(n.dst, 0, t.OutSize)
	a0, aBytes := n.place(n.a, 0, t.ASize)
	b0, bBytes := n.place(n.b, 0, t.BSize)
	dst, x, y := aligned(dstBytes), aligned(aBytes), aligned(bBytes)
	spread := func(to []byte, origin int, s step, from []byte, size int) {
		for i := range count {
			copy(to[(origin+s.at(i/n.cols, i%n.cols))*size:][:size], from[i*size:])
		}
	}
	want := make([]byte, t.OutSize)
	for turn, v := range right {
		// Complex numbers pair all parts with all parts over the turns.
		for i := range left {
			for p := range size / moving.size {
				moving.put(a[i*size+p*moving.size:], left[(i+p*turn)%len(left)])
			}
			fixed.put(b[i*fixedSize:], v)
			for p := 1; p < fixedSize/fixed.size; p++ {
				fixed.put(b[i*fixedSize+p*fixed.size:], right[(turn+p*i)%len(right)])
			}
		}
		a, b := a, b
		if form.Left {
			a, b = b, a
		}
		spread(x, a0, n.a, a, t.ASize)
		spread(y, b0, n.b, b, t.BSize)
		t.run(n, addr(dst[dst0*t.OutSize:]), addr(x[a0*t.ASize:]), addr(y[b0*t.BSize:]))
		for i := range count {
			r, c := i/n.cols, i%n.cols
			p, q := x[(a0+n.a.at(r, c))*t.ASize:][:t.ASize], y[(b0+n.b.at(r, c))*t.BSize:][:t.BSize]
			got := dst[(dst0+n.dst.at(r, c))*t.OutSize:][:t.OutSize]
			if !t.right(got, want, p, q) {
				return fmt.Errorf("%x * %x = %x, want %x", p, q, got, want)
			}
		}
	}
	return nil
}

// right tells whether a product is what the rule says, which it leaves in want.
func (t *trial) right(got, want, a, b []byte) bool {
	t.multiply(want, a, b)
	emulated := t.of.Emulation.Products[t.Rule]
	if !t.formats[0].same(got, want) && t.of.Emulation.Replay != "" && emulated != nil {
		emulated(want, a, b)
	}
	return t.formats[0].same(got, want)
}

// pairs lists the values to pair with each other.
func (t *trial) pairs(moving, fixed format, size, fixedSize int) (left, right []uint64) {
	left, right = moving.specials, fixed.specials
	if repeated(t.Info) {
		return left, right
	}
	replayed := t.of.Emulation.Replay != ""
	if all := fixed.all(fixedSize); len(all) == 1<<8 {
		if right = all; replayed {
			right = t.part(all)
		}
	}
	switch all := moving.all(size); {
	case len(all) == 1<<8:
		left = all
	case all != nil && !replayed:
		left = all
		if !t.of.exhaustive {
			right = fixed.few(t.ID)
		}
	}
	return left, right
}

// part lists every eighth value, other ones for the next kernel: those of a rule and level try
// all together.
func (t *trial) part(values []uint64) (some []uint64) {
	first := 0
	for _, before := range t.of.Kernels {
		if before.ID == t.ID {
			break
		}
		if before.Rule == t.Rule && before.Level == t.Level && !repeated(before) {
			first++
		}
	}
	for i := first % 8; i < len(values); i += 8 {
		some = append(some, values[i])
	}
	return some
}
