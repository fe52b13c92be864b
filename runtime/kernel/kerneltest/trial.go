package kerneltest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A trial is a kernel in a sub-test: what is known of its rule, and the memory that it is tried on.
type trial struct {
	kernel.Info
	of       *run
	name     string    // of the sub-test
	multiply Product   // what the kernel should do
	formats  [3]format // of out, a and b
	rng      *rand.Rand
	oracle   *oracle
	masks    []byte // true and false bytes, of which those of masks are
	starts   [3]int // which element of its pool comes first in the arena of out, a and b
	digests  []byte
	arenas   *arenas
}

type arenas struct {
	dst, a, b, want []byte // aligned to 64 bytes
	keepA, keepB    []byte // the operands before the kernel ran
	before          []byte // out
}

// newTrial finds out what a kernel should do. A rule without a product has its portable kernel of
// any strides, one element at a time: the expression that others must equal.
func (r *run) newTrial(k kernel.Info, name string) (*trial, error) {
	t, err := r.trialOf(k, name)
	if err == nil {
		t.oracle = t.oracleOf()
	}
	return t, err
}

func (r *run) trialOf(k kernel.Info, name string) (*trial, error) {
	if err := r.sound(k); err != nil {
		return nil, err
	}
	t := &trial{Info: k, of: r, name: name, arenas: &r.arenas, rng: rand.New(rand.NewPCG(1, uint64(digest([]byte(k.ID)))))}
	if k.Pattern.Form().Moves {
		f := r.formatOf("", k.OutSize)
		t.formats, t.multiply = [3]format{f, f, f}, func(dst, a, _ []byte) { copy(dst, a) }
		return t, nil
	}
	rule := r.rules[k.Rule]
	for i, o := range []kernel.Operand{rule.Out, rule.A, rule.B} {
		t.formats[i] = r.formatOf(o.DType, o.Size)
	}
	if k.Pattern.Form().Masks {
		t.formats[2] = format{size: 1, specials: integers(8), mask: true}
		t.multiply = func(dst, a, b []byte) {
			if b[0] != 0 {
				copy(dst, a)
			}
		}
		return t, nil
	}
	if k.Pattern.Form().Under {
		t.masks = make([]byte, poolSize)
		runs(rand.New(rand.NewPCG(3, 4)), t.masks)
	}
	if rule.Unary {
		t.formats[1].specials = t.formats[1].edges()
	}
	if t.multiply = r.Products[k.Rule]; t.multiply == nil {
		one := rule.Kernels[kernel.PureGo][kernel.II].Func
		if rule.Unary {
			one = rule.Kernels[kernel.PureGo][kernel.V].Func
		}
		if one == nil {
			return nil, fmt.Errorf("rule %s has no portable kernel of any strides, and no product", k.Rule)
		}
		element := &kernel.Nest{Cols: 1, Rows: 1}
		t.multiply = func(dst, a, b []byte) {
			element.Dst, element.A, element.B = addr(dst), addr(a), addr(b)
			one(element)
		}
	}
	return t, nil
}

// repeated tells whether a kernel's code is another one's, which is tested under its own
// name: some of what is tried is enough then.
func repeated(k kernel.Info) bool { return k.Code != k.ID }

// aligned returns n bytes that start at a multiple of 64.
func aligned(n int) []byte {
	buf := make([]byte, n+64)
	skip := -int(uintptr(addr(buf))) & 63
	return buf[skip : skip+n : skip+n]
}

func addr(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// grow makes room for n bytes in an arena.
func grow(buf []byte, n int) []byte {
	if cap(buf) < n {
		return aligned(2 * n)[:n]
	}
	return buf[:n]
}

// fill writes elements, from any place in the operand's pool on, round and round.
func (t *trial) fill(buf []byte, operand int) {
	size, pool := sizes(t.Info)[operand], t.oracle.pools[operand]
	start := t.rng.IntN(poolSize)
	t.starts[operand] = start
	filled := copy(buf, pool[start*size:])
	filled += copy(buf[filled:], pool[:start*size])
	for filled < len(buf) {
		filled += copy(buf[filled:], buf[:filled])
	}
}

// offsets lets the operands begin at any element of a cache line.
func (t *trial) offsets(n *nest) {
	for i, off := range []*int{&n.dstOff, &n.aOff, &n.bO} {
		*off = t.rng.IntN(max(64/sizes(t.Info)[i], 1))
	}
}

// try runs the kernel on a nest and compares every byte around it with what the
// scalar loop gives.
func (t *trial) try(n nest) error {
	m := t.arenas
	dst0, dstBytes := n.place(n.dst, n.dstOff, t.OutSize)
	a0, aBytes := n.place(n.a, n.aOff, t.ASize)
	b0, bBytes := n.place(n.b, n.bO, t.BSize)
	m.dst, m.want = grow(m.dst, dstBytes), grow(m.want, dstBytes)
	x, y := m.dst, m.dst
	if n.aIsDst {
		t.fill(m.dst, 1)
		a0 = dst0
	} else {
		t.fill(m.dst, 0)
		m.a = grow(m.a, aBytes)
		t.fill(m.a, 1)
		x = m.a
	}
	switch {
	case n.bIsDst:
		b0 = dst0
	case n.bIsA:
		b0, y = a0, x
	default:
		m.b = grow(m.b, bBytes)
		t.fill(m.b, 2)
		y = m.b
	}
	m.before = append(m.before[:0], m.dst...)
	copy(m.want, m.dst)
	if t.masks != nil {
		n.mask = t.maskOf(n.rows, n.cols)
	}
	called := n
	if n.maskIsDst {
		n.mask, called.mask = mask{m.before[dst0:], n.dst.row}, mask{m.dst[dst0:], n.dst.row}
	}
	m.keepA, m.keepB = append(m.keepA[:0], x...), append(m.keepB[:0], y...)
	expect := func(multiply Product) { t.expect(multiply, n, dst0, a0, b0) }
	if t.of.Emulation.Record != "" {
		expect(nil)
		t.writeDigest(m.want)
		return nil
	}

	t.run(called, addr(m.dst[dst0*t.OutSize:]), addr(x[a0*t.ASize:]), addr(y[b0*t.BSize:]))

	if !n.aIsDst && !bytes.Equal(m.keepA, x) || !n.bIsDst && !bytes.Equal(m.keepB, y) {
		return fmt.Errorf("%+v: an operand changed", n)
	}
	replayed := t.of.Emulation.Replay != ""
	if replayed {
		switch sum, err := t.readDigest(); {
		case err != nil:
			return err
		case sum == digest(m.dst):
			return nil
		}
		if emulated := t.of.Emulation.Products[t.Rule]; emulated != nil { // of several factors, products so far may be half-way
			if expect(emulated); bytes.Equal(m.dst, m.want) {
				return nil
			}
		}
	}
	expect(nil)
	if !bytes.Equal(m.dst, m.want) {
		return t.compare(n, dst0)
	}
	if replayed {
		return fmt.Errorf("%+v: out is what the oracle wants here, but not what it wanted on the real machine", n)
	}
	return nil
}

// expect writes to want what a nest should give, by the rule or by a product in its place.
func (t *trial) expect(by Product, n nest, dst0, a0, b0 int) {
	m, multiply, first := t.arenas, by, 0
	switch {
	case by == nil && t.formats[2].mask: // what an element becomes depends on what it was
		multiply = t.multiply
	case by == nil:
		t.look(n, dst0, a0, b0)
		multiply, first = t.multiply, 1
	}
	for r := range n.rows {
		for c := 0; c < n.cols && (first < n.factors || n.mask.bytes != nil); c++ {
			p, d := (a0+n.a.at(r, c))*t.ASize, (dst0+n.dst.at(r, c))*t.OutSize
			product, left := m.want[d:][:t.OutSize], m.keepA[p:][:t.ASize]
			for f := range n.factors {
				if q := (b0 + n.factor(f, r, c)) * t.BSize; f >= first {
					multiply(product, left, m.keepB[q:][:t.BSize])
				}
				left = product
			}
			if d := (dst0 + n.dst.at(r, c)) * t.OutSize; !n.selects(r, c) {
				copy(m.want[d:][:t.OutSize], m.before[d:])
			}
		}
	}
}

// maskOf returns a mask of so many rows, which may follow each other, or be the same.
func (t *trial) maskOf(rows, cols int) mask {
	m := mask{row: []int{0, cols, cols + 3}[t.rng.IntN(3)]}
	m.bytes = make([]byte, max(rows-1, 0)*m.row+cols)
	first := t.rng.IntN(poolSize)
	for i := range m.bytes {
		m.bytes[i] = t.masks[(first+i)%poolSize]
	}
	return m
}

// compare says where out is not what is wanted.
func (t *trial) compare(n nest, dst0 int) error {
	m, size := t.arenas, t.OutSize
	for i := 0; i+size <= len(m.dst); i += size {
		if got, want := m.dst[i:i+size], m.want[i:i+size]; !t.formats[0].same(got, want) {
			return fmt.Errorf("%+v: element %d after the first of out is %x, want %x", n, i/size-dst0, got, want)
		}
	}
	if tail := len(m.dst) / size * size; !bytes.Equal(m.dst[tail:], m.want[tail:]) {
		return fmt.Errorf("%+v: bytes after the last element changed", n)
	}
	return nil
}
