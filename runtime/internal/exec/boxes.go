package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Arrays of three axes and more may lie in memory in orders that differ in more than two of these. Out
// is then cut into boxes: so much along each loop that lines of out, and of each operand that is not
// contiguous where out is, are used up. Such an operand is copied to scratch memory, in the order in
// which it lies but for the innermost loop, which is that of out: so each copy is of tiles, or of rows
// that are zipped. Then the box is multiplied as any layout is.

const (
	boxBytes = 16 << 10 // of the widest elements of a box
	boxLeast = 2 << 10  // elements that are worth it, and four times that of those that would go in blocks

	leastDirect = 400 // elements of a nest which kernels had better multiply as they transpose
)

// boxing is a layout in boxes.
type boxing struct {
	*Walk
	layout  *broadcast.Layout
	extents [InlineRank]int // of a box
	longest [InlineRank]int // of a box that takes what is left of a loop, too
	shape   [InlineRank]int // of the boxes at hand, which are shorter where a loop ends
	count   [InlineRank]int // of these along each loop
	arrays  [3]boxed
	on      Site // of the product, which goes in no blocks of its own
	product Walk
	loops   broadcast.Layout
}

// boxed is out or an operand of boxes, and how it is copied if it does not stay where it is.
type boxed struct {
	base    unsafe.Pointer
	of      broadcast.Operand
	size    int
	scratch unsafe.Pointer // nil if it stays
	had     int            // where what lies there comes from, in bytes from base, or -1
	copy    Walk
	loops   broadcast.Layout
}

// box has a layout, which would go by an entry's kernel, go in boxes if that is worth it, and returns the
// entry of the kernel that multiplies them, or nil.
func (w *Walk) box(layout *broadcast.Layout, entry *kernel.Entry) *kernel.Entry {
	last := loopOf(layout, layout.Rank-1)
	if layout.Rank > InlineRank || w.rule.isCopy() || last.Stride[broadcast.Out] != 1 || !w.boxable(layout, entry.Pattern) {
		return nil
	}
	permuted := 0
	for _, x := range [...]broadcast.Operand{w.ka, w.kb} {
		if last.Stride[x] == 0 || last.Stride[x] == 1 {
			continue
		}
		if permuted++; !w.copiesWell(layout, x) {
			return nil
		}
	}
	if permuted == 0 || permuted == 2 && w.wide > 1 {
		return nil
	}
	if w.way == laidOut && rowsOf(layout)*last.Extent < 4*boxLeast {
		return nil
	}
	w.way = inBoxes
	entry = w.rule.EntryFor(kernel.VV, boxBytes, w.reach)
	w.kernel = entry.Func
	return entry
}

// boxable reports whether the nest of w, which is to go by a pattern's kernel, has no better way: it would
// go element by element, or in tiles of which there are few in it, or of short elements.
func (w *Walk) boxable(layout *broadcast.Layout, pattern kernel.Pattern) bool {
	n := &w.nest
	adjacent := n.DstRow == n.Cols*n.DstCol && (n.ARow == w.wide || n.BRow == w.wide) && zips(n.Rows, n.Cols, w.wide)
	switch w.way {
	case straight:
		return pattern == kernel.II && (w.wide < 8 || adjacent || n.Cols >= kernel.TileCols)
	case laidOut:
		return !adjacent // or else they are zipped
	case tiled:
		if w.wide >= kernel.DirectSize {
			return n.Rows*n.Cols < leastDirect
		}
		return w.down == layout.Rank-2 || !w.joins(w.around(layout, w.outer-1)) && w.share(TileLine) <= leastWays
	}
	return false
}

// alongOf returns the loop along which an operand moves by so many elements, or -1.
func alongOf(layout *broadcast.Layout, x broadcast.Operand, stride int) int {
	for i := layout.Rank - 1; i >= 0; i-- {
		if loopOf(layout, i).Stride[x] == stride {
			return i
		}
	}
	return -1
}

// copiesWell reports whether an operand that is not contiguous where out is has runs of its own that are
// long enough for tiles, or to be zipped, with the innermost loop.
func (w *Walk) copiesWell(layout *broadcast.Layout, x broadcast.Operand) bool {
	size, cols, run := w.rule.SizeOf(1), loopOf(layout, layout.Rank-1).Extent, 1
	if x == w.kb {
		size = w.rule.SizeOf(2)
	}
	for i := alongOf(layout, x, 1); i >= 0 && i < layout.Rank-1; i = alongOf(layout, x, run) {
		run *= loopOf(layout, i).Extent
	}
	return size < 16 && (cols >= kernel.TileCols && run >= kernel.TileRows || zips(run, cols, size))
}

// cut chooses the extents of boxes.
func (c *boxing) cut() {
	last := c.layout.Rank - 1
	for i := range c.layout.Rank {
		c.extents[i], c.longest[i] = 1, 1
	}
	left := boxBytes / c.wide
	grow := func(i, to int) {
		extent, room := loopOf(c.layout, i).Extent, c.longest[i]*left
		if to = min(to, extent, room); to <= c.extents[i] {
			return
		}
		few := kernel.TileRows
		if i == last {
			few = kernel.TileCols
		}
		longest := to
		if to < extent {
			to, longest = wholeOf(extent, to, room, TileLine/c.wide, few)
		}
		left = max(room/longest, 1)
		c.extents[i], c.longest[i] = to, longest
	}
	line := TileLine / c.wide
	for i, run := last, 1; i >= 0 && run < line; i-- {
		grow(i, (line-1)/run+1)
		run *= c.extents[i]
	}
	for k := 1; k < 3; k++ {
		x := &c.arrays[k]
		if loopOf(c.layout, last).Stride[x.of] <= 1 && loopOf(c.layout, last).Stride[x.of] >= 0 {
			continue
		}
		run := 1
		for i := alongOf(c.layout, x.of, 1); i >= 0 && run < TileLine/x.size; i = alongOf(c.layout, x.of, run) {
			grow(i, (TileLine/x.size-1)/run+1)
			run *= loopOf(c.layout, i).Extent
		}
	}
	for i := last; i >= 0; i-- {
		grow(i, boxBytes)
	}
}

// wholeOf returns how many of an extent to take at a time, about so many, such that not few are left: a multiple
// of unit, if that is less, or else of the rows of a tile. If few are left and there is room, the last ones
// are that many longer.
func wholeOf(extent, most, room, unit, few int) (n, longest int) {
	if most < kernel.TileRows {
		return most, most
	}
	for _, unit := range [...]int{unit, kernel.TileRows} {
		for n := most / unit * unit; n > most/2; n -= unit {
			switch rest := extent % n; {
			case rest == 0 || rest >= unit && rest >= few:
				return n, n
			case rest < few && n+rest <= room:
				return n, n + rest
			}
		}
	}
	n = most / kernel.TileRows * kernel.TileRows
	return n, n
}

// runBoxes multiplies all loops of a layout, the operands being so many bytes from where w starts.
func (w *Walk) runBoxes(layout *broadcast.Layout, dst, a, b int) {
	var scratch [2*(boxBytes+TileLine) + TileLine]byte
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	room := Hidden(unsafe.Pointer(&scratch))
	room = unsafe.Add(room, -uintptr(room)%TileLine)
	var c boxing
	// Hidden: boxing keeps neither.
	c.Walk, c.layout = (*Walk)(Hidden(unsafe.Pointer(w))), (*broadcast.Layout)(Hidden(unsafe.Pointer(layout)))
	for i, base := range [...]unsafe.Pointer{unsafe.Add(w.nest.Dst, dst), unsafe.Add(w.nest.A, a), unsafe.Add(w.nest.B, b)} {
		x := &c.arrays[i]
		x.base, x.of, x.size = base, [...]broadcast.Operand{broadcast.Out, w.ka, w.kb}[i], w.rule.SizeOf(i)
		if stride := loopOf(layout, layout.Rank-1).Stride[x.of]; stride != 1 && stride != 0 {
			x.scratch = unsafe.Add(room, (i-1)*(boxBytes+TileLine))
		}
	}
	c.on.Machine = w.rule.On.Machine
	c.cut()
	// Hidden: regions keeps nothing.
	(*boxing)(Hidden(unsafe.Pointer(&c))).regions(0, [3]int{})
}

// regions multiplies what is made of whole boxes and what is left, along loop i and those inside, the
// arrays being so many bytes from where they start.
func (c *boxing) regions(i int, at [3]int) {
	if i == c.layout.Rank {
		c.set()
		c.boxes(0, at)
		return
	}
	extent, step := loopOf(c.layout, i).Extent, c.extents[i]
	whole, rest := extent/step, extent%step
	if c.longest[i] > step {
		whole, rest = whole-1, rest+step
	}
	if c.count[i], c.shape[i] = whole, step; whole > 0 {
		c.regions(i+1, at)
	}
	if rest > 0 {
		c.move(&at, i, extent-rest)
		c.count[i], c.shape[i] = 1, rest
		c.regions(i+1, at)
	}
}

// move moves on by so many steps of a loop.
func (c *boxing) move(at *[3]int, i, steps int) {
	for k := range c.arrays {
		x := &c.arrays[k]
		at[k] += loopOf(c.layout, i).Stride[x.of] * x.size * steps
	}
}

// set prepares to multiply boxes of the shape at hand.
func (c *boxing) set() {
	rank := c.layout.Rank
	var strides [3][InlineRank]int
	for k := range c.arrays {
		x := &c.arrays[k]
		for i := range rank {
			strides[k][i] = loopOf(c.layout, i).Stride[x.of]
		}
		if x.scratch == nil {
			continue
		}
		from, shape := strides[k], c.shape
		c.order(x, &strides[k], &shape)
		broadcast.Normalize(&x.loops, shape[:rank], strides[k][:rank], from[:rank], from[:rank])
		x.copy, x.had = Walk{}, -1
		by := c.rule.Copies(c.rule.Operand(k - 1))
		x.copy.Set(by, &x.loops, Near, x.scratch, x.base, x.base)
	}
	out, a, b := &c.arrays[0], &c.arrays[1], &c.arrays[2]
	broadcast.Normalize(&c.loops, c.shape[:rank], strides[0][:rank], strides[1][:rank], strides[2][:rank])
	c.product = Walk{}
	c.product.Set(Rule{c.rule.Rule, &c.on}, &c.loops, c.reach, out.base, a.from(), b.from())
}

// from returns where an operand is multiplied from.
func (x *boxed) from() unsafe.Pointer {
	if x.scratch != nil {
		return x.scratch
	}
	return x.base
}

// order sets the strides of a box in scratch memory: the innermost loop first, and then the others from
// that on along which the operand moves least. What it does not move along it has once.
func (c *boxing) order(x *boxed, strides, shape *[InlineRank]int) {
	last := c.layout.Rank - 1
	dense := c.shape[last]
	strides[last] = 1
	for i := range last {
		if strides[i] == 0 {
			shape[i] = 1
		}
	}
	if run := alongOf(c.layout, x.of, 1); run >= 0 && c.shape[run]*x.size >= TileLine && c.shape[last] >= kernel.TileCols {
		for i := last - 1; i >= 0; i-- {
			if strides[i] != 0 {
				strides[i] = dense
				dense *= c.shape[i]
			}
		}
		return
	}
	var done [InlineRank]bool
	for range last {
		least := -1
		for i := range last {
			if at := Distance(loopOf(c.layout, i).Stride[x.of]); at > 0 && !done[i] && (least < 0 || at < Distance(loopOf(c.layout, least).Stride[x.of])) {
				least = i
			}
		}
		if least < 0 {
			return
		}
		strides[least], done[least] = dense, true
		dense *= c.shape[least]
	}
}

// boxes multiplies the boxes of a region, from loop i inwards.
func (c *boxing) boxes(i int, at [3]int) {
	if i == c.layout.Rank {
		c.multiply(&at)
		return
	}
	for range c.count[i] {
		c.boxes(i+1, at)
		c.move(&at, i, c.shape[i])
	}
}

// multiply multiplies one box.
func (c *boxing) multiply(at *[3]int) {
	offset := *at
	for k := 1; k < 3; k++ {
		x := &c.arrays[k]
		if x.scratch == nil {
			continue
		}
		if x.had != at[k] {
			x.copy.Run(&x.loops, 0, 0, at[k], at[k])
			x.had = at[k]
		}
		offset[k] = 0
	}
	if c.product.ka != broadcast.A {
		offset[1], offset[2] = offset[2], offset[1]
	}
	c.product.Run(&c.loops, 0, offset[0], offset[1], offset[2])
}
