package kerneltest

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// values multiplies every pair of special values, and every pair of bytes or every 16-bit value
// with some special ones, in every lane of a vector.
func (t *trial) values() error {
	form, moving, fixed := t.Pattern.Form(), t.formats[1], t.formats[2]
	size, fixedSize := t.ASize, t.BSize
	if form.Left {
		moving, fixed, size, fixedSize = fixed, moving, fixedSize, size
	}
	for _, p := range t.pairs(moving, fixed, size, fixedSize) {
		if err := t.against(p, moving, fixed, size, fixedSize); err != nil {
			return err
		}
	}
	return nil
}

// against multiplies all values on the left by all on the right. Those of one operand lie side by
// side, and each turn has one of the other.
func (t *trial) against(p pairs, moving, fixed format, size, fixedSize int) error {
	form, left, right := t.Pattern.Form(), p.left, p.right
	turns := 1 + 2*t.tile()/len(left) // a main loop sees them too
	left = slices.Repeat(left, turns)
	q := question{left: form.Left, list: len(left)}

	// The operands hold their values in the kernel's order; walkers lay them out as its pattern
	// walks.
	n := stepped(len(left), 1, 1, 1, 1)
	if form.Transposed { // a tile of rows holds the values
		n = stepped(len(left)/kernel.TileRows, kernel.TileRows, 1, 2*kernel.TileRows, 2*kernel.TileRows)
		n.b.row = n.cols
	}
	t.shape(&n)
	if t.masks != nil { // which selects all
		n.mask = mask{bytes.Repeat([]byte{1}, n.rows*n.cols), n.cols}
	}
	n.factors, n.constant = 1, 0
	count := min(n.rows*n.cols, len(left))
	a, b := make([]byte, len(left)*size), make([]byte, len(left)*fixedSize)
	dst0, dstBytes := n.place(n.dst, 0, t.OutSize)
	a0, aBytes := n.place(n.a, 0, t.ASize)
	b0, bBytes := n.place(n.b, 0, t.BSize)
	dst, x, y := aligned(dstBytes), aligned(aBytes), aligned(bBytes)
	got := make([]byte, count*t.OutSize)
	lay := func(to []byte, origin int, s step, from []byte, size int) {
		walkers[size](to, origin, n.cols, s, from[:count*size], false)
	}
	several := size > moving.size || fixedSize > fixed.size // parts of an element
	var want []byte
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
		lay(x, a0, n.a, a, t.ASize)
		lay(y, b0, n.b, b, t.BSize)
		switch {
		case form.Masks: // what stays is as it was
			walkers[t.OutSize](dst, dst0, n.cols, n.dst, got, true)
			want = append(want[:0], got...)
			t.compute(want, a, b)
		case several: // elements of a constant differ, of which the last one is left
			walkers[t.ASize](x, a0, n.cols, n.a, a[:count*t.ASize], true)
			walkers[t.BSize](y, b0, n.cols, n.b, b[:count*t.BSize], true)
			want = t.answers(want[:0], a, b)
		default:
			q.value = v
			want = t.answer(q, a, b, turns)
		}
		t.run(n, addr(dst[dst0*t.OutSize:]), addr(x[a0*t.ASize:]), addr(y[b0*t.BSize:]))
		walkers[t.OutSize](dst, dst0, n.cols, n.dst, got, true)
		if bytes.Equal(got, want[:len(got)]) {
			continue
		}
		for i := range count {
			p, q, got, want := a[i*t.ASize:][:t.ASize], b[i*t.BSize:][:t.BSize], got[i*t.OutSize:][:t.OutSize], want[i*t.OutSize:][:t.OutSize]
			if !t.formats[0].same(got, want) && !t.isEmulated(got, p, q) {
				return fmt.Errorf("%x * %x = %x, want %x", p, q, got, want)
			}
		}
	}
	return nil
}

// answer returns the products of two lists of elements that repeat in so many turns. The oracle keeps
// those that another kernel of the rule asked for.
func (t *trial) answer(q question, a, b []byte, turns int) []byte {
	want, known := t.oracle.answers[q]
	if !known {
		want = slices.Repeat(t.answers(nil, a[:len(a)/turns], b[:len(b)/turns]), turns)
		t.oracle.answers[q] = want
	}
	return want
}

// answers appends the products of two lists of elements.
func (t *trial) answers(want, a, b []byte) []byte {
	n := len(a) / t.ASize * t.OutSize
	want = slices.Grow(want, n)[:n]
	t.compute(want, a, b)
	return want
}

// compute writes products of elements of two lists.
func (t *trial) compute(want, a, b []byte) {
	for i := range len(want) / t.OutSize {
		t.multiply(want[i*t.OutSize:][:t.OutSize], a[i*t.ASize:][:t.ASize], b[i*t.BSize:][:t.BSize])
	}
}

// isEmulated tells whether a product is what the emulator makes of the rule.
func (t *trial) isEmulated(got, a, b []byte) bool {
	emulated := t.of.Emulation.Products[t.Rule]
	if t.of.Emulation.Replay == "" || emulated == nil {
		return false
	}
	want := make([]byte, t.OutSize)
	emulated(want, a, b)
	return t.formats[0].same(got, want)
}

// pairs are values to pair with each other.
type pairs struct{ left, right []uint64 }

// pairs lists what to pair.
func (t *trial) pairs(moving, fixed format, size, fixedSize int) []pairs {
	special := pairs{moving.specials, fixed.specials}
	if form := t.Pattern.Form(); form.Converts || form.Moves { // of one operand, whose parts are paired in a few ways
		if special.right = fixed.specials[:1]; size > moving.size {
			special.right = fixed.specials[:3]
		}
		if all := moving.all(size); all != nil && !repeated(t.Info) && (len(all) == 1<<8 || t.of.Emulation.Replay == "") {
			special.left = all
		}
		return []pairs{special}
	}
	if repeated(t.Info) {
		return []pairs{special}
	}
	replayed := t.of.Emulation.Replay != ""
	if all := fixed.all(fixedSize); len(all) == 1<<8 {
		if special.right = all; replayed {
			special.right = t.part(all)
		}
	}
	switch all := moving.all(size); {
	case len(all) == 1<<8:
		special.left = all
	case all == nil || replayed:
	case t.of.exhaustive:
		special.left = all
	default:
		return []pairs{special, {all, fixed.few(t.ID)}}
	}
	return []pairs{special}
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
