package runtime

import (
	"fmt"
	"strings"

	"github.com/hadamard-go/hadamard/broadcast"
)

// An array of more than summaryElements prints summaryEdge entries at either
// end of each axis, as NumPy does.
const (
	summaryElements = 1000
	summaryEdge     = 3
)

// String prints the elements in brackets, one pair per axis, columns aligned.
// Of more than 1000 elements it prints those at the ends of the axes.
func (x Array[T]) String() string {
	if x.lay == nil {
		return "no array"
	}
	if x.lay.size == 0 {
		return "[], shape " + broadcast.FormatShape(x.lay.Shape)
	}
	p := printer[T]{x: x}
	p.axis(0, 0) // to see how wide a column is
	p.Reset()
	p.axis(0, 0)
	return p.String()
}

// printer prints the elements of an array, right-aligned to the widest so far.
type printer[T Element] struct {
	strings.Builder
	x     Array[T]
	width int
}

// axis prints the part of the array that starts at offset on the given axis.
func (p *printer[T]) axis(axis, offset int) {
	l := p.x.lay
	rank := len(l.Shape)
	if axis == rank {
		s := fmt.Sprint(*p.x.element(offset))
		p.width = max(p.width, len(s))
		p.WriteString(strings.Repeat(" ", p.width-len(s)) + s)
		return
	}
	separator := " "
	if axis < rank-1 {
		separator = strings.Repeat("\n", rank-1-axis) + strings.Repeat(" ", axis+1)
	}
	extent, stride := l.Shape[axis], l.Strides[axis]
	p.WriteByte('[')
	for i := 0; i < extent; i++ {
		if i > 0 {
			p.WriteString(separator)
		}
		if i == summaryEdge && extent > 2*summaryEdge && l.size > summaryElements {
			p.WriteString("..." + separator)
			i = extent - summaryEdge
		}
		p.axis(axis+1, offset+i*stride)
	}
	p.WriteByte(']')
}
