package broadcast

import (
	"strconv"
)

// The normal form of the loop nest of one multiply.
// Contract: a Layout visits each index of the shape once, whatever the order:
// the triples of element offsets (out, a, b) are those of the naive nest. It
// depends on the triples alone, not on the order in which the axes were given.

// Operand names the three arrays of a multiply, out = a * b. It indexes
// [Loop].Stride and [Layout].Offset.
type Operand int

// The operands.
const (
	Out Operand = iota
	A
	B
)

// String returns "out", "a" or "b".
func (o Operand) String() string {
	switch o {
	case Out:
		return "out"
	case A:
		return "a"
	case B:
		return "b"
	}
	return "Operand(" + strconv.Itoa(int(o)) + ")"
}

// Loop is one loop of a [Layout].
type Loop struct {
	Extent int    // steps, at least 2
	Stride [3]int // elements from one step to the next, by Operand
}

// Continues reports whether one step of l is a whole run of inner for all operands, so that
// the two are one loop.
func (l *Loop) Continues(inner *Loop) bool {
	return inner.reaches(l.Stride[Out], l.Stride[A], l.Stride[B])
}

// reaches reports whether the run of l ends where such steps lead.
func (l *Loop) reaches(out, a, b int) bool {
	// A product that wraps has the sign opposite to its stride and is too
	// large for any stride within bounds to equal it.
	n := l.Extent
	return out == l.Stride[Out]*n && a == l.Stride[A]*n && b == l.Stride[B]*n
}

// Pair is [Normalize] for two loops of which each step moves out forwards, farther along the outer
// one if that has more than one, and reports whether that is so. Where the two are one, outer is
// left with one step.
func Pair(outer, inner *Loop) bool {
	if outer.Extent > 1 && outer.Continues(inner) {
		inner.Extent *= outer.Extent
		outer.Extent = 1
	}
	if outer.Extent == 1 {
		outer.Stride[Out], outer.Stride[A], outer.Stride[B] = 1, 1, 1
	}
	step := inner.Stride[Out]
	return inner.Extent > 1 && step > 0 && (outer.Extent == 1 || outer.Stride[Out] > step)
}

// inline is the number of loops that a Layout holds without an allocation.
const inline = 8

// Layout is the normal form of one multiply, made by [Normalize]. It is meant
// to live on the stack of whoever multiplies. The zero Layout visits one
// element.
type Layout struct {
	Offset [3]int // elements to add to each base pointer, for the axes that are walked backwards
	Rank   int    // number of loops
	Empty  bool   // some extent is 0: nothing to visit, Rank is 0

	loops [inline]Loop
	first int            // of loops: those in use are the last ones, or the first
	spill *[MaxRank]Loop // all loops, where more than inline axes had to be sorted
}

// Normalize sets l to the normal form of the loops over shape, where out, a
// and b are the operands' strides already stretched to it (see [Strides]).
//
//   - Axes of extent 1 are dropped.
//   - An axis is walked in the direction in which out's stride is positive; if
//     that is 0, a's, then b's. So a nest that walks all operands backwards
//     becomes one that walks them forwards.
//   - Axes are ordered by out's |stride|, the smallest innermost; ties by a's,
//     then b's.
//   - Neighbours merge where one step of the outer equals a whole run of the
//     inner for all three operands.
//
// So the innermost loop is the one along which out moves least, however few
// its steps: a kernel takes two loops at once, so that a short inner one costs
// little, while the longer loop inside would walk memory once per short step.
//
// Every operand must satisfy [Bounds] and have len(shape) strides at least;
// the shape must satisfy [Size]. Nothing is allocated for up to 8 axes of
// extents other than 1.
func Normalize(l *Layout, shape, out, a, b []int) {
	out, a, b = out[:len(shape)], a[:len(shape)], b[:len(shape)]
	if !l.Fit(&Strided{shape, out}, &Strided{shape, a}, &Strided{shape, b}) {
		l.sort(shape, out, a, b)
	}
}

// Fit is [Normalize] for the usual case, and faster. a and b need not be stretched to the
// shape of out, whose axes are in order: it moves forwards along each, and farther than
// along the next. It reports whether that is so and a and b broadcast to the shape of out,
// which is not empty; if not, l is left half done.
func (l *Layout) Fit(out, a, b *Strided) bool {
	// The lengths of slices are said once, so that the loop need not look at each.
	shape, aShape, bShape := out.Shape, a.Shape, b.Shape
	strides, aStrides, bStrides := out.Strides[:len(shape)], a.Strides[:len(aShape)], b.Strides[:len(bShape)]
	aLead, bLead := len(shape)-len(aShape), len(shape)-len(bShape)
	if aLead < 0 || bLead < 0 {
		return false
	}
	l.Offset, l.Empty = [3]int{}, false
	l.spill = nil
	at, last := inline, 0 // the outermost loop so far, and how far out moves along its outermost axis
	inner := &Loop{}      // that loop
	for axis := len(shape) - 1; axis >= 0; axis-- {
		extent, so, sa, sb := shape[axis], strides[axis], 0, 0
		// As Along says, whose two results would go through memory.
		if i := axis - aLead; i >= 0 {
			if n := aShape[i]; n == extent {
				sa = aStrides[i]
			} else if n != 1 {
				return false
			}
		}
		if i := axis - bLead; i >= 0 {
			if n := bShape[i]; n == extent {
				sb = bStrides[i]
			} else if n != 1 {
				return false
			}
		}
		if extent == 1 {
			continue
		}
		if so <= last || extent == 0 {
			return false
		}
		last = so
		if inner.reaches(so, sa, sb) {
			inner.Extent *= extent
			continue
		}
		if at--; uint(at) >= inline {
			return false
		}
		// Word by word: a processor that copies by halves a struct that it has just
		// written by words has to wait.
		inner = &l.loops[at]
		inner.Extent = extent
		inner.Stride[Out], inner.Stride[A], inner.Stride[B] = so, sa, sb
	}
	l.first, l.Rank = at, inline-at
	return true
}

// sort is Normalize for any axes, where Fit has left l.
func (l *Layout) sort(shape, out, a, b []int) {
	loops, n := l.loops[:], 0
	for axis, extent := range shape {
		if extent == 1 {
			continue
		}
		if extent == 0 {
			*l = Layout{Empty: true}
			return
		}
		if n == len(loops) {
			l.spill = new([MaxRank]Loop)
			copy(l.spill[:], loops)
			loops = l.spill[:]
		}
		so, sa, sb := out[axis], a[axis], b[axis]
		if so < 0 || so == 0 && (sa < 0 || sa == 0 && sb < 0) {
			l.Offset[Out] += (extent - 1) * so
			l.Offset[A] += (extent - 1) * sa
			l.Offset[B] += (extent - 1) * sb
			so, sa, sb = -so, -sa, -sb
		}
		// Word by word, and moved only where it must be: a processor that copies
		// by halves a struct that it has just written by words has to wait.
		loop := &loops[n]
		loop.Extent = extent
		loop.Stride[Out], loop.Stride[A], loop.Stride[B] = so, sa, sb
		for at := n; at > 0; at-- {
			before := &loops[at-1]
			if d := before.Stride[Out] - so; d > 0 || d == 0 && !inside(before, &loops[at]) { // neither stride is negative
				break
			}
			loops[at-1], loops[at] = loops[at], loops[at-1]
		}
		n++
	}
	l.first, l.Rank = 0, merge(loops[:n])
}

// inside reports whether loop x belongs inside of loop y, along which out moves
// as far. The order is total up to equal loops, so that the order of the axes
// given does not matter.
func inside(x, y *Loop) bool {
	for _, o := range [...]Operand{A, B} {
		if s, t := magnitude(x.Stride[o]), magnitude(y.Stride[o]); s != t {
			return s < t
		}
	}
	for _, o := range [...]Operand{A, B} {
		if s, t := x.Stride[o], y.Stride[o]; s != t {
			return s < t
		}
	}
	return x.Extent < y.Extent
}

// merge joins neighbours that make one run for all operands and returns how
// many loops are left.
func merge(loops []Loop) int {
	if len(loops) < 2 {
		return len(loops)
	}
	last := 0
	for i := 1; i < len(loops); i++ {
		outer, inner := &loops[last], &loops[i]
		if outer.Continues(inner) {
			outer.Extent *= inner.Extent
			outer.Stride = inner.Stride
			continue
		}
		if last++; last != i {
			loops[last] = *inner
		}
	}
	return last + 1
}

// Loop returns loop i: 0 is the outermost, Rank-1 the innermost.
func (l *Layout) Loop(i int) Loop { return *l.At(i) }

// At is Loop without a copy: what it points at must not be written to.
func (l *Layout) At(i int) *Loop {
	if l.spill != nil {
		return &l.spill[i]
	}
	return &l.loops[l.first+i]
}

// Part returns the layout of so many steps of loop i, from step first on.
func (l *Layout) Part(i, first, steps int) Layout {
	part := *l
	loops := part.loops[part.first:]
	if l.spill != nil {
		spill := *l.spill
		part.spill, loops = &spill, spill[:]
	}
	for o, stride := range loops[i].Stride {
		part.Offset[o] += first * stride
	}
	loops[i].Extent = steps
	if steps == 1 { // a loop of one step is none
		copy(loops[i:], loops[i+1:part.Rank])
		part.Rank--
	}
	return part
}

// String writes the loops, outermost first, then each operand's strides and,
// where it does not start at its base, its offset:
// "512x1536 out(1536,1) a(1536,1) b(0,1)", "10 out(1) a(-1)+9 b(1)". A layout
// of a single element is "1 out() a() b()", one without any "empty".
func (l *Layout) String() string {
	if l.Empty {
		return "empty"
	}
	var s []byte
	if l.Rank == 0 {
		s = append(s, '1')
	}
	for i := range l.Rank {
		if i > 0 {
			s = append(s, 'x')
		}
		s = strconv.AppendInt(s, int64(l.Loop(i).Extent), 10)
	}
	for _, o := range [...]Operand{Out, A, B} {
		s = append(s, ' ')
		s = append(s, o.String()...)
		s = append(s, '(')
		for i := range l.Rank {
			if i > 0 {
				s = append(s, ',')
			}
			s = strconv.AppendInt(s, int64(l.Loop(i).Stride[o]), 10)
		}
		s = append(s, ')')
		if offset := l.Offset[o]; offset != 0 {
			if offset > 0 {
				s = append(s, '+')
			}
			s = strconv.AppendInt(s, int64(offset), 10)
		}
	}
	return string(s)
}
