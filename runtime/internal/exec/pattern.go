package exec

import (
	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// patternOf returns the pattern for the two innermost loops of a layout, and whether a and b
// change places for it, for a rule that commutes and has kernels of all patterns, of elements of
// so many bytes. A layout of fewer loops has a zero Loop in their place.
func patternOf(outer, inner *broadcast.Loop, size int) (pattern kernel.Pattern, swap bool) {
	out, a, b := inner.Stride[broadcast.Out], inner.Stride[broadcast.A], inner.Stride[broadcast.B]
	if out != 1 {
		return sparsePattern(out, a, b)
	}
	if a != 1 && b == 1 {
		a, b, swap = b, a, true
	}
	switch {
	case a == 1:
		switch b {
		case 1:
			return kernel.VV, swap
		case 0:
			return constantPattern(outer, inner.Extent, swap), swap
		}
		if pattern := kernel.SteppingBy(b).B; pattern != kernel.II {
			return pattern, swap
		}
		if outer.Stride[opposite(swap)] == 1 && tileable(outer, inner, size) {
			return kernel.FromT, !swap
		}
	case outer.Stride[broadcast.A] == 1 && outer.Stride[broadcast.B] == 1 && tileable(outer, inner, size):
		return kernel.FromT, swap
	case a == b:
		return kernel.SteppingBy(b).AB, swap
	}
	return kernel.II, swap
}

// sparsePattern is patternOf for an out that is not contiguous.
func sparsePattern(out, a, b int) (pattern kernel.Pattern, swap bool) {
	if a != out && b == out {
		a, b, swap = b, a, true
	}
	switch {
	case a == 1 && b == 1:
		return kernel.SteppingBy(out).Out, swap
	case a != out:
	case b == out:
		return kernel.SteppingBy(out).All, swap
	case b == 0:
		return kernel.SteppingBy(out).OutA, swap
	}
	return kernel.II, swap
}

// offered returns the pattern that takes the place of one, which is meant for rules that commute and
// have all, and whether a and b change places for it. The rule may have no kernel of the pattern.
func (r Rule) offered(pattern kernel.Pattern, swap bool) (kernel.Pattern, bool) {
	switch {
	case pattern == kernel.II:
		return noPattern, false
	case !swap || r.Commutes:
		if r.Entries()[pattern].Func == nil {
			switch pattern { // rows by a constant, one by one
			case kernel.VC2, kernel.VC3, kernel.VC4:
				pattern = kernel.VC
			}
		}
		return pattern, swap
	}
	switch pattern {
	case kernel.VC, kernel.VC2, kernel.VC4:
		return kernel.CV, false
	case kernel.VC3:
		if r.Entries()[kernel.CV3].Func == nil {
			return kernel.CV, false
		}
		return kernel.CV3, false
	}
	return noPattern, false
}

// noPattern stands for motions that no pattern has and any stride accepts: rules that have few
// kernels have none of it.
const noPattern = kernel.FromI

// opposite returns the operand that is b to the kernel.
func opposite(swap bool) broadcast.Operand {
	if swap {
		return broadcast.A
	}
	return broadcast.B
}

// constantPattern returns the pattern of rows that have a constant for b, the
// operand that is a if they are swapped. Rows of 2, 3 or 4 that follow each
// other, such as pixels, have patterns of their own.
func constantPattern(outer *broadcast.Loop, cols int, swap bool) kernel.Pattern {
	a, b := outer.Stride[broadcast.A], outer.Stride[broadcast.B]
	if swap {
		a, b = b, a
	}
	if b == 1 && a == cols && outer.Stride[broadcast.Out] == cols {
		return PixelPattern(cols)
	}
	return kernel.VC
}

// PixelPattern returns the pattern of a constant in each of adjacent rows of so many columns.
func PixelPattern(cols int) kernel.Pattern {
	switch cols {
	case 2:
		return kernel.VC2
	case 3:
		return kernel.VC3
	case 4:
		return kernel.VC4
	}
	return kernel.VC
}

// A nest of loops that are not next to each other is worth its tiles from some elements on, which the machine
// says (Turned): fewer are multiplied one by one in less time than it takes to cut them into tiles. So are
// elements of 8 bytes and more while all lines that the loops inside touch stay in the caches (Lines).
const leastJoined = 200 // of elements of which several nests may be multiplied as one

// down returns the loop of a layout that the innermost one makes a nest with: the next, unless an
// operand that is apart along both runs along another, with which it is transposed.
func (r Rule) down(layout *broadcast.Layout) int {
	next, least, size := layout.Rank-2, r.On.Turned, r.Out.Size
	if size < kernel.DirectSize {
		least = leastJoined
	}
	inner := layout.At(next + 1)
	if inner.Stride[broadcast.Out] != 1 {
		return next
	}
	for _, x := range [...]broadcast.Operand{broadcast.A, broadcast.B} {
		if step := inner.Stride[x]; step >= 0 && step <= 4 {
			continue
		}
		lines := inner.Extent * TileLine
		for i := next; i >= 0; i-- {
			loop := layout.At(i)
			if loop.Stride[x] == 1 && tileable(loop, inner, size) &&
				(i == next || loop.Extent*inner.Extent >= least && (size < 8 || lines > r.On.Lines)) {
				return i
			}
			lines *= loop.Extent
		}
	}
	return next
}

// tileable reports whether two loops have as many elements as a tile, see leastTile.
func tileable(outer, inner *broadcast.Loop, size int) bool {
	if size < kernel.DirectSize {
		return outer.Extent >= kernel.TileRows && fillsRow(inner.Extent, size)
	}
	return outer.Extent*size >= kernel.DirectDown && fillsRow(inner.Extent, size)
}

// fillsRow reports whether so many columns are as many as a tile has.
func fillsRow(cols, size int) bool {
	if size < kernel.DirectSize {
		return cols >= kernel.TileCols
	}
	return cols*size >= kernel.DirectAcross
}
