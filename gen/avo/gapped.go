package avo

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// Pixels have four elements in an array of which the last is left out, and three in one that is
// contiguous.
const (
	pixel    = spec.PixelCols
	gapPixel = spec.PixelCols + 1
)

// A gapped vector holds whole pixels with their gaps, one to a lane of 16 bytes or several.
type gapped struct {
	bytes, pixels, turn int // in a vector, and vectors in a turn of its loop
}

// more is how many pixels must follow a vector: without gaps it is as long, and its last quarter
// lies in those.
func (g gapped) more() int { return (g.pixels + pixel - 1) / pixel }

// gappedVectors lists the vectors that loops go by, from the longest on.
func (e *emitter) gappedVectors() []gapped {
	least := max(16, gapPixel*e.size)
	of := func(bytes, turn int) gapped { return gapped{bytes, bytes / (gapPixel * e.size), turn} }
	if e.opmask && least < e.width {
		return []gapped{of(e.width, e.unroll), of(e.width, 1), of(least, 1)}
	}
	return []gapped{of(least, e.unroll), of(least, 1)}
}

// gappedRows runs loops of vectors over all pixels of a nest, and copies those that are left one by
// one.
func (e *emitter) gappedRows(dst, a *walk, vectors []gapped, move func(g gapped, v int), dstCols, aCols int) {
	n := e.rowsOrDone()
	dst.begin(e)
	a.begin(e)
	advance := func(pixels int) {
		dst.advance(e, pixels*dstCols)
		a.advance(e, pixels*aCols)
	}
	for _, g := range vectors {
		pixels := g.pixels * g.turn
		e.while(n, pixels+g.more(), pixels, fmt.Sprintf("%dof%d", g.turn, g.bytes), func() {
			e.phase("%d vectors of %d bytes a turn", g.turn, g.bytes)
			for v := range g.turn {
				move(g, v)
			}
			advance(pixels)
		})
	}
	e.whileAtLeast(n, 1, "pixel", func() {
		e.phase("one pixel")
		e.movePixel(dst, a, 0, dstCols, aCols)
		advance(1)
	})
	e.end()
}

// movePixel copies the p-th pixel: two elements as one, and one.
func (e *emitter) movePixel(dst, a *walk, p, dstCols, aCols int) {
	from, to := a.mem(e, nil, p*aCols), dst.mem(e, nil, p*dstCols)
	e.sized(2*e.size).moveElement(from, to)
	e.moveElement(from.Offset(2*e.size), to.Offset(2*e.size))
}

// gappedOperand closes the gaps of a: in each lane, and then between lanes. What a vector is too
// long by, the next one overwrites.
func (e *emitter) gappedOperand() {
	dst, a := e.newWalk("Dst"), e.newWalk("A")
	vectors := e.gappedVectors()
	inLane := e.inLanes(vectors[0].bytes, func(i int) int { return i/pixel*gapPixel + i%pixel })
	join := e.acrossLanes(func(i int) int { return i/pixel*gapPixel + i%pixel })
	e.gappedRows(dst, a, vectors, func(g gapped, v int) {
		x := inLane(g.bytes, a.mem(e, nil, v*g.pixels*gapPixel))
		if g.bytes > 16 && g.bytes == e.width && e.opmask {
			x = join(g.bytes, x)
		}
		e.VMOVUPS(x, dst.mem(e, nil, v*g.pixels*pixel))
	}, pixel, gapPixel)
}

// gappedOut copies pixels to where gaps are, which are not written: under masks, or one by one.
func (e *emitter) gappedOut() {
	dst, a := e.newWalk("Dst"), e.newWalk("A")
	if !e.opmask {
		e.gappedRows(dst, a, []gapped{{0, 1, e.unroll}}, func(_ gapped, v int) {
			e.movePixel(dst, a, v, gapPixel, pixel)
		}, gapPixel, pixel)
		return
	}
	vectors := e.gappedVectors()
	inLane := e.inLanes(vectors[0].bytes, func(i int) int {
		if i%gapPixel == pixel {
			return none
		}
		return i/gapPixel*pixel + i%gapPixel
	})
	part := e.acrossLanes(func(i int) int { return i/gapPixel*pixel + min(i%gapPixel, pixel-1) })
	mask := e.opmaskOf(func(i int) bool { return i*e.granule()/e.size%gapPixel != pixel })
	e.gappedRows(dst, a, vectors, func(g gapped, v int) {
		var x operand.Op = a.mem(e, nil, v*g.pixels*pixel)
		if g.bytes > 16 && g.bytes == e.width {
			x = part(g.bytes, x)
		}
		e.masked(false, inLane(g.bytes, x), mask, dst.mem(e, nil, v*g.pixels*gapPixel))
	}, gapPixel, pixel)
}

// inLanes arranges elements within each 16 bytes, where these hold more than one pixel.
func (e *emitter) inLanes(bytes int, from func(i int) int) arrangement {
	if gapPixel*e.size >= 16 {
		return e.inRegister
	}
	return e.shuffle(numbers(bytes, 1, func(i int) int {
		at := from(i % 16 / e.size)
		if at == none || (at+1)*e.size > 16 {
			return 0x80 // which gives 0
		}
		return at*e.size + i%e.size
	}))
}

// acrossLanes arranges units of which four are 16 bytes with a gap, or a pixel if that is longer.
func (e *emitter) acrossLanes(from func(unit int) int) arrangement {
	if !e.opmask {
		return nil
	}
	unit := max(4, e.size)
	return e.permute(unit, func(i int) int { return min(from(i), e.step/unit-1) })
}
