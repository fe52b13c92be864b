package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
)

// sweepPacked has a frame of its own, which few products need.
//
//go:noinline
func (c *chain) sweepPacked() {
	var words [(blockBytes + tileLine) / 8]uint64
	// Hidden: as the steps.
	start := Hidden(unsafe.Pointer(&words))
	c.packed = unsafe.Add(start, -uintptr(start)%tileLine) // vectors that straddle lines are slow
	c.sweepSteps()
}

// sweepSteps has room to keep the steps from block to block.
//
//go:noinline
func (c *chain) sweepSteps() {
	var links [InlineOperands - 1]link
	// Hidden: c is swept once, in this frame.
	c.links = unsafe.Slice((*link)(Hidden(unsafe.Pointer(&links))), len(links))
	c.sweep(0)
}

// sweep multiplies all blocks. From cut i inwards it chooses whether blocks are
// those of full extent or what is left at the end of the axis, so that the steps
// are set once for all blocks of the same extents.
func (c *chain) sweep(i int) {
	if i == len(c.cuts) {
		c.ready = false
		c.blocks(0)
		return
	}
	p := &c.cuts[i]
	full := p.block
	p.first, p.count, c.box[p.axis] = 0, p.extent/full, full
	c.sweep(i + 1)
	if rest := p.extent % full; rest > 0 {
		p.first, p.count, p.block, c.box[p.axis] = p.extent-rest, 1, rest, rest
		c.sweep(i + 1)
		p.block = full
	}
}

// blocks multiplies the blocks of the extents at hand, from cut i inwards.
func (c *chain) blocks(i int) {
	if i == len(c.cuts) {
		c.multiply()
		return
	}
	p := &c.cuts[i]
	switch { // the cut down goes last
	case i == len(c.cuts)-1:
		p = &c.cuts[c.down]
	case i >= c.down:
		p = &c.cuts[i+1]
	}
	if p.first == 0 && p.count == 1 {
		c.blocks(i + 1)
		return
	}
	c.move(p.axis, p.first)
	for range p.count {
		c.blocks(i + 1)
		c.move(p.axis, p.block)
	}
	c.move(p.axis, -p.first-p.count*p.block)
}

// move moves the block by n elements along an axis.
func (c *chain) move(axis, n int) {
	rank := len(c.out.Lay.Shape)
	for array := range len(c.xs) + 1 {
		c.offsets[array] += n * c.strides[array*rank+axis] * c.rule.sizeOf(array)
	}
}

// multiply multiplies the block at hand.
func (c *chain) multiply() {
	last := max(len(c.xs)-2, 0)
	for k := range last + 1 {
		// More steps than there is room for are set anew in each block.
		s := &c.links[min(k, len(c.links)-1)]
		if !c.ready || last >= len(c.links) {
			c.set(s, k, last)
		}
		s.walk.run(&s.layout, 0, c.offsets[s.dst], c.offsets[s.a], c.offsets[s.b])
	}
	c.ready = true
}

// set sets up step k for the box.
func (c *chain) set(s *link, k, last int) {
	partial := 0
	if c.packed != nil {
		partial = len(c.xs) + 1
		c.pack()
	}
	reach := min(c.reach, near) // what is read again, and rows far apart
	s.dst, s.a, s.b = partial, partial, min(k+2, len(c.xs))
	if k == 0 {
		s.a = 1
	}
	if k == last {
		s.dst = 0
		if c.down == len(c.cuts)-1 {
			reach = c.reach
		}
	}
	broadcast.Normalize(&s.layout, c.box, c.stridesOf(s.dst), c.stridesOf(s.a), c.stridesOf(s.b))
	s.walk = walk{}
	s.walk.set(c.rule, &s.layout, reach, c.base(s.dst), c.base(s.a), c.base(s.b))
	if s.walk.ka == broadcast.B {
		s.a, s.b = s.b, s.a
	}
}

// pack lays the packed block out in the order of out.
func (c *chain) pack() {
	strides, n := c.stridesOf(len(c.xs)+1), 1
	for i := len(c.cuts) - 1; i >= 0; i-- {
		p := &c.cuts[i]
		strides[p.axis] = n
		n *= p.block
	}
}
