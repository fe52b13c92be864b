package flow

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// severable reports whether a kernel of several factors can multiply the rows of a flow that converts
// nothing.
func (f *flow) severable() bool {
	last, size := f.loops.rank-1, f.arrays[0].Size
	if f.operands < 3 || last < 0 || f.rule().Entries()[kernel.VS].Func == nil || f.loops.steps(last)[0] != size || f.loops.extent(last)*size < severalRow {
		return false
	}
	constants := 0
	for i := range f.operands {
		switch f.loops.steps(last)[i+1] {
		case 0:
			if constants++; i == 1 && constants == 2 {
				return false
			}
		case size:
		default:
			return false
		}
	}
	return true
}

// multiplyRows multiplies the rows of a flow that is severable.
//
//go:noinline
func (c *chain) multiplyRows() {
	var list [inlineFactors]kernel.Factor
	s := newSeveral(&list, c.operands)
	inPlace := false
	for i := range c.operands {
		inPlace = inPlace || c.arrays[i+1].Base == c.arrays[0].Base
	}
	inner := c.loops.rank - 1
	if c.loops.steps(inner)[1] == 0 {
		s.first = 1
	}
	s.choose(c.rule(), c.loops.extent(inner), c.reach, inPlace)
	c.rows(&s, 0)
}

// rows multiplies the rows from loop i inwards.
func (c *chain) rows(s *several, i int) {
	inner := c.loops.rank - 1
	if i < inner-1 {
		extent := c.loops.extent(i)
		for range extent {
			c.rows(s, i+1)
			c.move(i, 1)
		}
		c.move(i, -extent)
		return
	}
	cols, rows := c.loops.inner()
	steps := c.loops.steps(i)
	s.nest.Dst, s.nest.DstRow = unsafe.Add(c.base(0), c.offsets[0]), steps[0]
	for k := range c.operands {
		s.set(k, unsafe.Add(c.base(k+1), c.offsets[k+1]), c.loops.steps(inner)[k+1], steps[k+1])
	}
	s.multiply(cols, rows)
}

// several is rows that are multiplied by several factors at once.
type several struct {
	kernel  kernel.Func
	first   int             // the operand that the kernel's a is: of the first two the one that is no constant
	nest    kernel.Nest     // its B are the factors
	factors []kernel.Factor // the other operands
	most    int             // elements of out that one call handles
}

// newSeveral returns room for so many operands, in list if that is enough.
func newSeveral(list *[inlineFactors]kernel.Factor, operands int) several {
	// Hidden: list and what is made of it are of one frame, and no thread shares rows of several.
	factors := unsafe.Slice((*kernel.Factor)(exec.Hidden(unsafe.Pointer(list))), len(list))
	if operands-1 > len(list) {
		factors = make([]kernel.Factor, operands-1)
	}
	return several{factors: factors[:operands-1]}
}

// choose picks the kernel for rows of n elements. s stays where it is from then on.
func (s *several) choose(r exec.Rule, n int, reach exec.Reach, inPlace bool) {
	size := r.Out.Size
	pattern := kernel.VS
	if reach == exec.Past && n*size >= exec.BypassSeveral && !inPlace {
		pattern = kernel.VSN
	}
	s.kernel = r.EntryFor(pattern, n*size, reach).Func
	s.most = max(severalBytes/(size*(len(s.factors)+2)), exec.TileLine) / exec.TileLine * exec.TileLine // vectors that straddle lines are slow
	// Hidden: s points to itself, and stays where it is.
	s.nest.B = exec.Hidden(unsafe.Pointer(&s.factors))
	s.nest.DstCol, s.nest.ACol = size, size
}

// set sets where operand i starts, and the bytes from column to column and from row to
// row.
func (s *several) set(i int, at unsafe.Pointer, step, down int) {
	if i == s.first {
		s.nest.A, s.nest.ARow = at, down
		return
	}
	f := &s.factors[max(i-1, 0)]
	f.At, f.Step, f.Down = at, step, down
}

// multiply multiplies rows, several in a call, or piece by piece if they are long.
func (s *several) multiply(cols, rows int) {
	if cols > s.most {
		s.nest.Rows = 1
		for s.pieces(cols); rows > 1; rows-- {
			s.move(0, 1)
			s.pieces(cols)
		}
		return
	}
	s.nest.Cols = cols
	if rows > 1 {
		s.nest.Rows = s.rowsOf(cols)
		for ; rows > s.nest.Rows; rows -= s.nest.Rows {
			s.call()
			s.move(0, s.nest.Rows)
		}
	}
	s.nest.Rows = rows
	s.call()
}

// rowsOf returns how many rows of so many columns one call handles: as many elements, and
// pages of all operands, as it may touch.
func (s *several) rowsOf(cols int) int {
	row := cols*s.nest.DstCol + exec.PageBytes // at any place in a page
	down := min(exec.Distance(s.nest.DstRow), row) + min(exec.Distance(s.nest.ARow), row)
	for i := range s.factors {
		down += min(exec.Distance(s.factors[i].Down), row)
	}
	return max(min(s.most/cols, exec.CallPages*exec.PageBytes/max(down, 1)), 1)
}

// pieces multiplies a row of so many columns and leaves s where it was.
func (s *several) pieces(cols int) {
	done := 0
	for s.nest.Cols = s.most; cols-done > s.most; done += s.most {
		s.call()
		s.move(s.most, 0)
	}
	s.nest.Cols = cols - done
	s.call()
	s.move(-done, 0)
}

// move moves s on by columns and rows. It does so between two calls, not beyond the
// last row, where an operand may end.
func (s *several) move(cols, rows int) {
	n := &s.nest
	n.Dst = unsafe.Add(n.Dst, cols*n.DstCol+rows*n.DstRow)
	n.A = unsafe.Add(n.A, cols*n.ACol+rows*n.ARow)
	for i := range s.factors {
		f := &s.factors[i]
		f.At = unsafe.Add(f.At, cols*f.Step+rows*f.Down)
	}
}

func (s *several) call() { exec.CallNest(s.kernel, &s.nest) }
