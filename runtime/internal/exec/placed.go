package exec

import (
	"math"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Rows of a few elements, as those of (N,5,3) by (N,1,3), are one run wherever out and an operand go on
// from one to the next. An operand that repeats along some loops does not: it is laid out in scratch
// memory as out is, once for several blocks, or, of short elements, by lists for each, see list.go. A Site
// has that as it has what moves nests (Moves).

const (
	placedRow   = 128     // bytes of a row, at most
	placedRows  = 1 << 9  // rows that are worth it where what is laid out serves several blocks
	placedBytes = 8 << 10 // of the widest elements of a block
	placedSome  = 2 << 10 // the same of long elements, which are laid out one by one
	placedLeast = 1 << 10 // the same at least
	placedNest  = 1 << 10 // bytes of a nest, at most, that has a better way if it is long
	placedRoom  = placedBytes + listOf + 2*TileLine
)

// placing is a layout that goes in blocks: some steps of the loop at, and all loops inside.
type placing struct {
	*Walk
	layout *broadcast.Layout
	at     int
	first  int // the same, or the loop around, if what is laid out serves all of its steps
	within int // elements of a step
	most   int // steps of a block
	arrays [3]placed
}

// placed is out or an operand of blocks, and where it is laid out unless it stays as it is.
type placed struct {
	base    unsafe.Pointer // its first element
	of      broadcast.Operand
	size    int            // bytes of an element
	move    *kernel.Rule   // copies elements
	scratch unsafe.Pointer // nil if it stays
	had     int            // where what lies there comes from, in bytes from base, or -1
	steps   int            // how much of it lies there, in steps of the loop that is cut
	list    list
}

// loopOf is layout.At, which is long where it is inlined.
//
//go:noinline
func loopOf(layout *broadcast.Layout, i int) *broadcast.Loop { return layout.At(i) }

// place has a layout whose rows are short, and which would go by an entry's kernel, go in blocks if that is
// worth it, and returns the entry of the kernel.
func (w *Walk) place(layout *broadcast.Layout, entry *kernel.Entry) *kernel.Entry {
	if w.down != layout.Rank-2 || layout.Rank > InlineRank || w.rule.isCopy() {
		return entry
	}
	own := w.way != straight || w.row == w.wide // a way of its own, or a pattern, as pixels have
	if w.way == tiled || own && w.nest.Rows*w.nest.Cols*w.wide > placedNest || w.placeable(layout, rowsOf(layout)) < 0 {
		return entry
	}
	w.way = inPlaces
	entry = w.rule.EntryFor(kernel.VV, placedSome, w.reach)
	w.kernel = entry.Func
	return entry
}

// placeable returns the outermost loop that is worth to be cut, there being so many rows, or -1.
func (w *Walk) placeable(layout *broadcast.Layout, rows int) int {
	row := loopOf(layout, layout.Rank-1).Extent * w.wide
	dense := [3]int{1, 1, 1} // elements that follow each other
	within, at := 1, -1
	for i := layout.Rank - 1; i > 0; i-- {
		loop, around := loopOf(layout, i), loopOf(layout, i-1)
		for x, stride := range loop.Stride {
			switch stride {
			case dense[x]:
				dense[x] *= loop.Extent
			case 0:
			default:
				return at
			}
		}
		if within *= loop.Extent; within*w.wide > placedBytes {
			return at
		}
		fits := min(around.Extent*within*w.wide, placedBytes) >= placedLeast
		lists, each := 0, false // operands that are laid out, and whether for each block
		for x, stride := range around.Stride {
			if stays(layout, i-1, broadcast.Operand(x), within) {
				continue
			}
			steps, _ := stepsIn(layout, i-1, broadcast.Operand(x))
			fits = fits && stride >= 0 && x != int(broadcast.Out) && within/steps*w.wide <= listOf
			each = each || stride != 0 && (i < 2 || loopOf(layout, i-2).Stride[x] != 0)
			lists++
		}
		if each || rows*row < 4*placedSome {
			fits = fits && w.listable() && rows >= lists*listRows && row < listRow
		}
		if fits && lists > 0 {
			at = i - 1
		}
	}
	return at
}

// stays reports whether steps of a loop, of so many elements, are one run of an array.
//
//go:noinline
func stays(layout *broadcast.Layout, i int, x broadcast.Operand, elements int) bool {
	steps, _ := stepsIn(layout, i, x)
	return steps == elements && loopOf(layout, layout.Rank-1).Stride[x] == 1
}

// stepsIn returns how many steps of an operand there are in one of a loop, if it goes on from each to the
// next as along that loop, and the first loop inside of these steps.
func stepsIn(layout *broadcast.Layout, i int, x broadcast.Operand) (steps, inside int) {
	outer := loopOf(layout, i)
	steps = 1
	for inside = i + 1; inside < layout.Rank; inside++ {
		inner := loopOf(layout, inside)
		if outer.Stride[x] != inner.Stride[x]*inner.Extent {
			break
		}
		steps *= inner.Extent
		outer = inner
	}
	return steps, inside
}

// runPlaced multiplies all loops of a layout, the operands being so many bytes from where w starts.
func (w *Walk) runPlaced(layout *broadcast.Layout, dst, a, b int) {
	var scratch [2*(placedRoom+listBytes) + TileLine]byte
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	room := Hidden(unsafe.Pointer(&scratch))
	room = unsafe.Add(room, -uintptr(room)%TileLine)
	// Hidden: blocks keeps neither.
	hidden := (*Walk)(Hidden(unsafe.Pointer(w)))
	// Hidden: as above.
	c := placing{Walk: hidden, layout: (*broadcast.Layout)(Hidden(unsafe.Pointer(layout))), at: w.placeable(layout, math.MaxInt/placedRow), within: 1}
	for i := c.at + 1; i < layout.Rank; i++ {
		c.within *= loopOf(layout, i).Extent
	}
	bytes := placedSome
	if w.listable() {
		bytes = placedBytes
	}
	c.most = max(bytes/(c.within*w.wide), 1)
	c.first = max(c.at-1, 0)
	for i, base := range [...]unsafe.Pointer{unsafe.Add(w.nest.Dst, dst), unsafe.Add(w.nest.A, a), unsafe.Add(w.nest.B, b)} {
		x := &c.arrays[i]
		x.base, x.of, x.size = base, [...]broadcast.Operand{broadcast.Out, w.ka, w.kb}[i], w.rule.SizeOf(i)
		if stays(layout, c.at, x.of, c.within) {
			continue
		}
		x.move, x.had = w.rule.Operand(i-1).Move, -1
		x.scratch = unsafe.Add(room, (i-1)*(placedRoom+listBytes))
		if loopOf(layout, c.first).Stride[x.of] != 0 {
			c.first = c.at
		}
	}
	c.blocks(0, [3]int{})
}

// blocks multiplies all blocks, from loop i inwards, the arrays being so many bytes from where they start.
func (c *placing) blocks(i int, at [3]int) {
	loop := loopOf(c.layout, i)
	if i < c.first {
		for range loop.Extent {
			c.blocks(i+1, at)
			c.move(&at, loop, 1)
		}
		return
	}
	around := &noLoop
	if i < c.at {
		around, loop = loop, loopOf(c.layout, c.at)
	}
	for k := 0; k < loop.Extent; k += c.most {
		from, steps := at, min(c.most, loop.Extent-k)
		for range around.Extent {
			c.block(&from, steps)
			c.move(&from, around, 1)
		}
		c.move(&at, loop, steps)
	}
}

// move moves on by so many steps of a loop. It is long where it is inlined.
//
//go:noinline
func (c *placing) move(at *[3]int, loop *broadcast.Loop, steps int) {
	for i := range c.arrays {
		x := &c.arrays[i]
		at[i] += loop.Stride[x.of] * x.size * steps
	}
}

// block multiplies so many steps of the loop that is cut.
func (c *placing) block(at *[3]int, steps int) {
	n := kernel.Nest{Dst: unsafe.Add(c.arrays[0].base, at[0]), Cols: c.within * steps, Rows: 1}
	n.A, n.B = c.bring(&c.arrays[1], at[1], steps), c.bring(&c.arrays[2], at[2], steps)
	CallNest(c.kernel, &n)
}

// bring returns where an operand lies in so many steps of the loop that is cut as out does, from an offset
// on.
func (c *placing) bring(x *placed, offset, steps int) unsafe.Pointer {
	if x.scratch == nil {
		return unsafe.Add(x.base, offset)
	}
	if offset == x.had && steps <= x.steps {
		return x.scratch
	}
	first := x.had < 0
	x.had, x.steps = offset, steps
	if c.listable() {
		c.follow(x, first)
		return x.scratch
	}
	var shape, to, from [InlineRank]int
	n := 0
	for i := c.at; i < c.layout.Rank; i++ {
		loop := loopOf(c.layout, i)
		shape[n], from[n] = loop.Extent, loop.Stride[x.of]
		n++
	}
	shape[0] = steps
	dense := 1
	for i := n - 1; i >= 0; i-- {
		to[i] = dense
		dense *= shape[i]
	}
	Copy(Rule{x.move, c.rule.On}, shape[:n], x.scratch, to[:n], unsafe.Add(x.base, offset), from[:n])
	return x.scratch
}
