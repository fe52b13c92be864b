package flow

import (
	"math/bits"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
)

// chain is a flow that converts nothing, block by block: its steps are multiplies, each with a layout,
// a kernel, and a way through it of its own, since the operands of a rule are best taken as they lie.
// Blocks are boxes of all loops for that reason, not of the two innermost alone as those of a pipeline.
//
// Arrays are numbered as those of the flow; behind the operands comes the packed block.
type chain struct {
	*flow
	packed  unsafe.Pointer
	offsets []int // of all arrays, in bytes: where the block at hand starts
	cuts    []cut // of the loops

	down  int    // the loop along which blocks follow each other
	links []link // those of one box, or one for all in turn
	ready bool   // links fit the box
}

// cut is how a loop is divided: a number of blocks of the same extent.
type cut struct {
	extent, block, first, count int
	packed                      int // elements from one step to the next in the packed block
}

// link is one multiply within a block.
type link struct {
	layout    broadcast.Layout
	walk      exec.Walk
	dst, a, b int // arrays, in the order of the kernel
}

// chained reports whether nothing is converted, stored under a mask, or lies where kernels can not
// take it.
func (f *flow) chained() bool {
	m := &f.m
	if f.bySteps == nil {
		return true
	}
	if f.converts || f.masked || m.A != (Storage{}) || m.B != (Storage{}) || m.Out != (Storage{}) || len(m.Others) > 0 {
		return false
	}
	for i := range f.arrays {
		if f.crooked(i) {
			return false
		}
	}
	return true
}

// chain multiplies row by row or block by block.
func (f *flow) chain() {
	var cuts [exec.InlineRank]cut
	var offsets [inlineFactors + 2]int // of out, operands and the packed block
	// Hidden: c ends before this frame does, and what it points to.
	c := chain{flow: (*flow)(exec.Hidden(unsafe.Pointer(f)))}
	// Hidden: as above.
	c.cuts = unsafe.Slice((*cut)(exec.Hidden(unsafe.Pointer(&cuts))), len(cuts))
	// Hidden: as above.
	c.offsets = unsafe.Slice((*int)(exec.Hidden(unsafe.Pointer(&offsets))), len(offsets))
	if n := len(f.arrays) + 1; n > len(c.offsets) {
		c.offsets = make([]int, n)
	}
	if f.loops.rank > len(c.cuts) {
		c.cuts = make([]cut, f.loops.rank)
	}
	c.cuts = c.cuts[:f.loops.rank]
	if f.severable() {
		c.multiplyRows()
		return
	}
	all := c.order()
	packed := c.needsPacked(all)
	most := chainBytes
	if packed {
		most = blockBytes
	}
	most >>= bits.TrailingZeros(uint(f.rule().Widest()))
	whole := all <= most
	if !whole {
		c.divide(most)
	}
	switch {
	case packed:
		c.sweepPacked()
	case !whole:
		c.sweepLinks()
	default:
		var s link // to keep links costs more than to set them
		// Hidden: c, which points to it, ends before this frame does.
		c.links = unsafe.Slice((*link)(exec.Hidden(unsafe.Pointer(&s))), 1)
		c.sweep(0)
	}
}

// base returns where the loops of an array start.
func (c *chain) base(array int) unsafe.Pointer {
	if array == len(c.arrays) {
		return c.packed
	}
	return c.arrays[array].Start()
}

// order makes all loops one block, finds the one along which blocks follow each other, the innermost or
// that of a transposed operand, and returns how many elements there are.
func (c *chain) order() (all int) {
	all = 1
	for i := range c.cuts {
		p := &c.cuts[i]
		p.extent = c.loops.extent(i)
		p.block = p.extent
		all *= p.extent
	}
	c.down = len(c.cuts) - 1
	for x := range c.operands {
		if at := c.runsAlong(x + 1); at != c.down {
			c.down = at
			break
		}
	}
	return all
}

// runsAlong returns the loop along which an operand moves least: the innermost if it does not move on
// that one.
func (c *chain) runsAlong(operand int) int {
	found := len(c.cuts) - 1
	for at := range c.cuts {
		if d := exec.Distance(c.loops.steps(at)[operand]); d > 0 && d < exec.Distance(c.loops.steps(found)[operand]) {
			found = at
		}
	}
	return found
}

// divide chooses blocks of so many elements at most, there being more: whole loops from the innermost
// outwards, as many as fit, then a part of one. Where an operand is transposed, blocks take a part of the
// innermost loop and follow each other along the operand's own, as tiles do.
func (c *chain) divide(most int) {
	size, last, wide, taken := c.arrays[0].Size, len(c.cuts)-1, most, 1
	if c.down != last {
		wide = min(most, exec.TileCols)
	}
	for i := range c.cuts {
		c.cuts[i].block = 1
	}
	divide := func(at, most, unit int) {
		p := &c.cuts[at]
		taken /= p.block
		p.block = exec.Evenly(p.extent, most/taken, unit)
		taken *= p.block
	}
	divide(last, wide, exec.TileLine/size)
	divide(c.down, most, exec.TileLine/size)
	for at := last; at >= 0; at-- {
		if at != c.down && at != last {
			divide(at, most, 1)
		}
	}
}

// needsPacked reports whether the partial product can not, or should not, be in out.
func (c *chain) needsPacked(all int) bool {
	if c.operands < 3 {
		return false
	}
	inPlace, out := false, &c.arrays[0]
	for i := range c.operands {
		if c.arrays[i+1].Base == out.Base { // what overlaps out in another way is a copy by now
			if i > 1 {
				return true
			}
			inPlace = true
		}
	}
	n := len(c.cuts)
	gaps := n > 0 && c.loops.steps(n - 1)[0] != out.Size
	tiles := c.down != n-1 && all*out.Size > blockBytes
	return gaps || tiles || c.reach == exec.Past && !inPlace
}

// sweepPacked has a frame of its own, which few products need.
//
//go:noinline
func (c *chain) sweepPacked() {
	var words [(blockBytes + exec.TileLine) / 8]uint64
	// Hidden: as the links.
	start := exec.Hidden(unsafe.Pointer(&words))
	c.packed = unsafe.Add(start, -uintptr(start)%exec.TileLine) // vectors that straddle lines are slow
	c.sweepLinks()
}

// sweepLinks has room to keep the links from block to block.
//
//go:noinline
func (c *chain) sweepLinks() {
	var links [InlineOperands - 1]link
	// Hidden: c is swept once, in this frame.
	c.links = unsafe.Slice((*link)(exec.Hidden(unsafe.Pointer(&links))), len(links))
	c.sweep(0)
}

// sweep multiplies all blocks. From loop i inwards it chooses whether blocks are those of full extent
// or what is left at the end of the loop, so that the links are set once for all blocks of the same
// extents.
func (c *chain) sweep(i int) {
	if i == len(c.cuts) {
		c.ready = false
		c.blocks(0)
		return
	}
	p := &c.cuts[i]
	full := p.block
	p.first, p.count = 0, 1
	if full < p.extent { // a division takes ten times as long
		p.count = p.extent / full
	}
	c.sweep(i + 1)
	if rest := p.extent - p.count*full; rest > 0 {
		p.first, p.count, p.block = p.extent-rest, 1, rest
		c.sweep(i + 1)
		p.block = full
	}
}

// blocks multiplies the blocks of the extents at hand, from loop i inwards.
func (c *chain) blocks(i int) {
	if i == len(c.cuts) {
		c.multiply()
		return
	}
	at := i
	switch { // the loop down goes last
	case i == len(c.cuts)-1:
		at = c.down
	case i >= c.down:
		at = i + 1
	}
	p := &c.cuts[at]
	if p.first == 0 && p.count == 1 {
		c.blocks(i + 1)
		return
	}
	c.move(at, p.first)
	for range p.count {
		c.blocks(i + 1)
		c.move(at, p.block)
	}
	c.move(at, -p.first-p.count*p.block)
}

// move moves the block by n steps of a loop.
func (c *chain) move(loop, n int) {
	for array, step := range c.loops.steps(loop) {
		c.offsets[array] += n * step
	}
}

// multiply multiplies the block at hand.
func (c *chain) multiply() {
	last := max(c.operands-2, 0)
	for k := range last + 1 {
		// More links than there is room for are set anew in each block.
		s := &c.links[min(k, len(c.links)-1)]
		if !c.ready || last >= len(c.links) {
			c.set(s, k, last)
		}
		s.walk.Run(&s.layout, 0, c.offsets[s.dst], c.offsets[s.a], c.offsets[s.b])
	}
	c.ready = true
}

// set sets up link k for the box.
func (c *chain) set(s *link, k, last int) {
	partial := 0
	if c.packed != nil {
		partial = len(c.arrays)
		c.pack()
	}
	reach := min(c.reach, exec.Near)                         // what is read again, and rows far apart
	s.dst, s.a, s.b = partial, partial, min(k+2, c.operands) // a copy has no b
	if k == 0 {
		s.a = 1
	}
	if k == last {
		s.dst = 0
		if c.down == len(c.cuts)-1 {
			reach = c.reach
		}
	}
	var room [4 * exec.InlineRank]int
	words, n := room[:], len(c.cuts)
	if 4*n > len(words) {
		words = make([]int, 4*n)
	}
	box := words[:n:n]
	for i := range box {
		box[i] = c.cuts[i].block
	}
	broadcast.Normalize(&s.layout, box, c.strides(s.dst, words[n:2*n]), c.strides(s.a, words[2*n:3*n]), c.strides(s.b, words[3*n:4*n]))
	s.walk = exec.Walk{}
	s.walk.Set(c.rule(), &s.layout, reach, c.base(s.dst), c.base(s.a), c.base(s.b))
	if s.walk.Swapped() {
		s.a, s.b = s.b, s.a
	}
}

// strides sets how many elements an array moves by along each loop.
func (c *chain) strides(array int, to []int) []int {
	if array == len(c.arrays) {
		for i := range to {
			to[i] = c.cuts[i].packed
		}
		return to
	}
	shift := bits.TrailingZeros(uint(c.arrays[array].Size))
	for i := range to {
		to[i] = c.loops.steps(i)[array] >> shift
	}
	return to
}

// pack lays the packed block out in the order of out.
func (c *chain) pack() {
	n := 1
	for i := len(c.cuts) - 1; i >= 0; i-- {
		c.cuts[i].packed = n
		n *= c.cuts[i].block
	}
}
