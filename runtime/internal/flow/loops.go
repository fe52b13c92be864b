package flow

import "github.com/hadamard-go/hadamard/runtime/internal/exec"

// loops is the normal form of the loops over any number of arrays, as [broadcast.Layout] is that
// over three: axes of one element are dropped, out moves forwards along each loop and farther along
// the outer ones, and neighbours that are one run for all arrays are merged. Steps are in bytes, so
// that arrays may have any.
type loops struct {
	arrays int
	rank   int
	words  []int // of each loop, outermost first, its extent and the step of each array
	empty  bool
}

// extent returns the extent of loop i.
func (l *loops) extent(i int) int { return l.words[i*(l.arrays+1)] }

// steps returns the step of each array along loop i.
func (l *loops) steps(i int) []int {
	at := i*(l.arrays+1) + 1
	return l.words[at:][:l.arrays:l.arrays]
}

// inner returns the extents of the two innermost loops, of which there may be fewer.
func (l *loops) inner() (cols, rows int) {
	cols, rows = 1, 1
	if l.rank > 0 {
		cols = l.extent(l.rank - 1)
	}
	if l.rank > 1 {
		rows = l.extent(l.rank - 2)
	}
	return cols, rows
}

// innerSteps returns the steps of an array along them.
func (l *loops) innerSteps(array int) (col, row int) {
	at := (l.rank-1)*(l.arrays+1) + 1 + array
	if l.rank > 0 {
		col = l.words[at]
	}
	if l.rank > 1 {
		row = l.words[at-l.arrays-1]
	}
	return col, row
}

// set makes l the loops over the shape of the first array, to which the others stretch. The arrays
// are moved to where the loops start. The words have room for what l needs.
func (l *loops) set(words []int, arrays []exec.Array) {
	l.arrays, l.rank, l.words, l.empty = len(arrays), 0, words, false
	shape := arrays[0].Lay.Shape
	for axis, extent := range shape {
		if extent == 1 {
			continue
		}
		if extent == 0 {
			l.rank, l.empty = 0, true
			return
		}
		loop := l.words[l.rank*(l.arrays+1):][: l.arrays+1 : l.arrays+1]
		loop[0] = extent
		for i := range arrays {
			x := &arrays[i]
			stride, _ := x.Lay.Along(axis-len(shape)+len(x.Lay.Shape), extent)
			loop[i+1] = stride * x.Unit
		}
		if loop[1] < 0 {
			for i := range arrays {
				arrays[i].Offset += (extent - 1) * loop[i+1]
				loop[i+1] = -loop[i+1]
			}
		}
		l.sink()
		l.rank++
	}
	l.merge()
}

// sink moves the loop behind the last to its place among the others.
func (l *loops) sink() {
	n := l.arrays + 1
	for at := l.rank * n; at > 0 && l.words[at-n+1] < l.words[at+1]; at -= n {
		for i := range n {
			l.words[at-n+i], l.words[at+i] = l.words[at+i], l.words[at-n+i]
		}
	}
}

// merge joins neighbours that make one run for all arrays.
func (l *loops) merge() {
	n, last := l.arrays+1, 0
	for i := 1; i < l.rank; i++ {
		outer, inner := l.words[last*n:][:n], l.words[i*n:][:n]
		one := true
		for k := 1; k < n; k++ {
			one = one && outer[k] == inner[k]*inner[0]
		}
		if one {
			inner[0] *= outer[0]
		} else {
			last++
		}
		copy(l.words[last*n:], inner)
	}
	l.rank = min(l.rank, last+1)
}

// spans lists the loops.
func (l *loops) spans() (loops []exec.Span) {
	for i := range l.rank {
		steps := l.steps(i)
		s := exec.NewSpan(l.extent(i), steps[0])
		for _, step := range steps[1:] {
			s.Along(step)
		}
		loops = append(loops, s)
	}
	return loops
}
