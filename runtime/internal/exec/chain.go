package exec

import (
	"slices"
	"strconv"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// chain is a product of any layouts, block by block.
//
// Its arrays are numbered: 0 is out, then come the operands, and last the packed
// block. Only slices of numbers grow on the heap with more operands or axes than
// usual: nothing there may point to an array on the stack.
type chain struct {
	rule   Rule
	bytes  int // of out and the operands
	reach  reach
	out    Operand
	xs     []Operand
	copies []*scratch // for the operands that clash with out, if any
	packed unsafe.Pointer

	strides []int // of all arrays, stretched to the shape of out
	offsets []int // of all arrays, in bytes: where the block at hand starts
	box     []int // the extents of the block, by axis
	cuts    []cut // the axes of more than one element, the outermost in out first

	down  int    // the cut along which blocks follow each other
	links []link // those of one box, or one for all in turn
	ready bool   // steps fit the box
}

// cut is how an axis is divided: a number of blocks of the same extent.
type cut struct {
	axis, extent        int
	block, first, count int
}

// step is one multiply within a block.
type link struct {
	layout    broadcast.Layout
	walk      walk
	dst, a, b int // arrays, in the order of the kernel
}

func chainProduct(r Rule, bytes, threads int, out Operand, xs []Operand) error {
	rank, arrays := len(out.Lay.Shape), len(xs)+2
	var ints [(InlineOperands+2)*(InlineRank+1) + InlineRank]int
	var cuts [InlineRank]cut
	// Hidden: numbers without pointers, of which threads get copies, see chain.share.
	buf := unsafe.Slice((*int)(Hidden(unsafe.Pointer(&ints))), len(ints))
	if need := arrays*(rank+1) + rank; need > len(buf) {
		buf = make([]int, need)
	}
	c := chain{rule: r, bytes: bytes, reach: r.reachOf(out.Lay.Size*r.Out.Size, bytes), out: out, xs: xs}
	// Hidden: as above.
	c.cuts = unsafe.Slice((*cut)(Hidden(unsafe.Pointer(&cuts))), len(cuts))[:0]
	c.strides, buf = buf[:arrays*rank], buf[arrays*rank:]
	c.offsets, c.box = buf[:arrays], buf[arrays:][:rank]
	copy(c.stridesOf(0), out.Lay.Strides)
	for i := range xs {
		if err := c.stretch(i); err != nil {
			return err
		}
	}
	if out.Lay.Size == 0 {
		return nil
	}
	c.order()
	if threads > 1 {
		c.share(threads)
	} else {
		c.run()
	}
	return nil
}

// share runs c on several threads.
//
//go:noinline
func (c *chain) share(threads int) {
	// k is on the heap, and all it refers to: this stack may move, at each allocation, and the
	// heap would still point to where it was. own, on the stack, is what has been copied so far.
	own := *c
	own.xs, own.strides, own.offsets = slices.Clone(c.xs), slices.Clone(c.strides), slices.Clone(c.offsets)
	own.box, own.cuts = slices.Clone(c.box), slices.Clone(c.cuts)
	k := own
	d := divide(k.spans(), uintptr(k.out.Base), threads, k.bytes)
	share(threads, d.parts(), func(part int) {
		c := k
		c.strides, c.offsets = slices.Clone(k.strides), slices.Clone(k.offsets)
		c.box, c.cuts = slices.Clone(k.box), slices.Clone(k.cuts)
		d.each(part, func(at, first, steps int) {
			c.cuts[at].extent = steps
			c.move(c.cuts[at].axis, first)
		})
		c.run()
	})
}

// spans lists the cuts of c.
func (c *chain) spans() (loops []span) {
	for _, p := range c.cuts {
		s := newSpan(p.extent, c.stridesOf(0)[p.axis]*c.rule.Out.Size)
		for i := range c.xs {
			s.along(c.stridesOf(i + 1)[p.axis] * c.rule.sizeOf(i+1))
		}
		loops = append(loops, s)
	}
	return loops
}

// run multiplies row by row or block by block.
func (c *chain) run() {
	c.multiplyAll()
	c.reach.fence()
}

func (c *chain) multiplyAll() {
	if c.inRows() {
		c.multiplyRows()
		return
	}
	packed := c.needsPacked()
	most := chainBytes
	if packed {
		most = blockBytes
	}
	whole := c.divide(most / c.rule.widest())
	switch {
	case packed:
		c.sweepPacked()
	case !whole:
		c.sweepSteps()
	default:
		var s link // to keep steps costs more than to set them
		// Hidden: c, which points to it, ends before this frame does, or is set anew.
		c.links = unsafe.Slice((*link)(Hidden(unsafe.Pointer(&s))), 1)
		c.sweep(0)
	}
}

// stretch sets the strides of an operand, and copies it if it clashes with out.
func (c *chain) stretch(i int) error {
	x, strides := c.xs[i], c.stridesOf(i+1)
	if _, err := broadcast.Strides(strides, x.Lay.Shape, x.Lay.Strides, c.out.Lay.Shape); err != nil {
		return misfit(strconv.Itoa(i), err)
	}
	size := c.rule.sizeOf(i + 1)
	if !clashes(c.out, x, strides, c.rule.Out.Size, size) {
		return nil
	}
	if c.copies == nil {
		c.copies = make([]*scratch, len(c.xs))
	}
	s, err := newScratch(x.Lay, size)
	if err != nil {
		return uncopied("operand "+strconv.Itoa(i), err)
	}
	s.load(c.rule.copies(c.rule.operand(i)), x)
	c.copies[i] = s
	_, err = broadcast.Strides(strides, x.Lay.Shape, s.strides, c.out.Lay.Shape)
	return err
}

func (c *chain) stridesOf(array int) []int {
	rank := len(c.out.Lay.Shape)
	return c.strides[array*rank:][:rank:rank]
}

func (c *chain) base(array int) unsafe.Pointer {
	switch i := array - 1; {
	case i < 0:
		return c.out.Base
	case i == len(c.xs):
		return c.packed
	case c.copies != nil && c.copies[i] != nil:
		return c.copies[i].base
	default:
		return c.xs[i].Base
	}
}

// order lists the axes of more than one element, and finds the one along which
// blocks follow each other: the innermost, or that of a transposed operand.
func (c *chain) order() {
	strides := c.stridesOf(0)
	for axis, extent := range c.out.Lay.Shape {
		c.box[axis] = 1
		if extent == 1 {
			continue
		}
		c.cuts = append(c.cuts, cut{})
		at := len(c.cuts) - 1
		for at > 0 && distance(strides[c.cuts[at-1].axis]) < distance(strides[axis]) {
			c.cuts[at] = c.cuts[at-1]
			at--
		}
		c.cuts[at] = cut{axis: axis, extent: extent, block: 1}
	}
	c.merge()
	c.down = len(c.cuts) - 1
	for i := range c.xs {
		if at := c.runsAlong(c.stridesOf(i + 1)); at != c.down {
			c.down = at
			break
		}
	}
}

// merge joins neighbours along which all arrays make one run: a cut may extend over
// more than its axis.
func (c *chain) merge() {
	if len(c.cuts) == 0 {
		return
	}
	merged := c.cuts[:1]
	for _, inner := range c.cuts[1:] {
		outer := &merged[len(merged)-1]
		one := true
		for array := range len(c.xs) + 1 {
			s := c.stridesOf(array)
			one = one && s[outer.axis] == s[inner.axis]*inner.extent
		}
		if one {
			outer.axis, outer.extent = inner.axis, outer.extent*inner.extent
		} else {
			merged = append(merged, inner)
		}
	}
	c.cuts = merged
}

// divide chooses blocks of so many elements at most: whole axes from the innermost
// of out outwards, as many as fit, then a part of one. Where an operand is
// transposed, blocks take a part of the innermost axis and follow each other along
// the operand's own, as tiles do. It reports whether one block is all.
func (c *chain) divide(most int) (whole bool) {
	last, wide, taken := len(c.cuts)-1, most, 1
	if c.down != last && c.out.Lay.Size > most {
		wide = min(most, tileCols)
	}
	divide := func(at, most, unit int) {
		p := &c.cuts[at]
		taken /= p.block
		p.block = evenly(p.extent, most/taken, unit)
		taken *= p.block
	}
	if last >= 0 {
		divide(last, wide, tileLine/c.rule.Out.Size)
		divide(c.down, most, tileLine/c.rule.Out.Size)
	}
	for at := last; at >= 0; at-- {
		if at != c.down && at != last {
			divide(at, most, 1)
		}
	}
	for _, p := range c.cuts {
		if p.block < p.extent {
			return false
		}
	}
	return true
}

// inRows reports whether a kernel of several factors can multiply the rows of out.
func (c *chain) inRows() bool {
	last := len(c.cuts) - 1
	if len(c.xs) < 3 || last < 0 || c.rule.kernels()[kernel.VS].Func == nil {
		return false
	}
	axis := c.cuts[last].axis
	if c.stridesOf(0)[axis] != 1 || c.cuts[last].extent*c.rule.Out.Size < severalRow {
		return false
	}
	constants := 0
	for i := range c.xs {
		switch c.stridesOf(i + 1)[axis] {
		case 0:
			if constants++; i == 1 && constants == 2 {
				return false
			}
		case 1:
		default:
			return false
		}
	}
	return true
}

// multiplyRows has a frame of its own, as sweepPacked has.
//
//go:noinline
func (c *chain) multiplyRows() {
	var list [inlineFactors]kernel.Factor
	s := newSeveral(&list, len(c.xs))
	inner := &c.cuts[len(c.cuts)-1]
	inPlace := false
	for i := range c.xs {
		inPlace = inPlace || c.base(i+1) == c.out.Base
	}
	if c.stridesOf(1)[inner.axis] == 0 {
		s.first = 1
	}
	s.choose(c.rule, inner.extent, c.reach, inPlace)
	c.rows(&s, 0)
}

// rows multiplies the rows of out, from cut i inwards.
func (c *chain) rows(s *several, i int) {
	p, last := &c.cuts[i], len(c.cuts)-1
	if i < last-1 {
		for range p.extent {
			c.rows(s, i+1)
			c.move(p.axis, 1)
		}
		c.move(p.axis, -p.extent)
		return
	}
	inner, rows := &c.cuts[last], 1
	if i < last {
		rows = p.extent
	}
	s.nest.Dst, s.nest.DstRow = unsafe.Add(c.out.Base, c.offsets[0]), c.stridesOf(0)[p.axis]*c.rule.Out.Size
	for k := range c.xs {
		strides := c.stridesOf(k + 1)
		s.set(k, unsafe.Add(c.base(k+1), c.offsets[k+1]), strides[inner.axis]*c.rule.Out.Size, strides[p.axis]*c.rule.Out.Size)
	}
	s.multiply(inner.extent, rows)
}

// runsAlong returns the cut of the axis on which an operand moves least: the
// innermost of out if it does not move on that one.
func (c *chain) runsAlong(strides []int) int {
	last := len(c.cuts) - 1
	found := last
	for at := range c.cuts {
		d := distance(strides[c.cuts[at].axis])
		if d > 0 && d < distance(strides[c.cuts[found].axis]) {
			found = at
		}
	}
	return found
}

// evenly returns an extent, at most most, that divides one into nearly equal
// parts, and rounds it up to a multiple of unit.
func evenly(extent, most, unit int) int {
	if extent <= most {
		return extent
	}
	parts := (extent-1)/most + 1
	n := (extent-1)/parts + 1
	return min((n+unit-1)/unit*unit, most)
}

// needsPacked reports whether the partial product can not, or should not, be in out.
func (c *chain) needsPacked() bool {
	if len(c.xs) < 3 {
		return false
	}
	inPlace := false
	for i := range c.xs {
		if c.base(i+1) == c.out.Base { // what overlaps out in another way is a copy by now
			if i > 1 {
				return true
			}
			inPlace = true
		}
	}
	n := len(c.cuts)
	gaps := n > 0 && distance(c.stridesOf(0)[c.cuts[n-1].axis]) != 1
	tiles := c.down != n-1 && c.out.Lay.Size*c.rule.Out.Size > blockBytes
	return gaps || tiles || c.reach == past && !inPlace
}
