package layout

import "github.com/hadamard-go/hadamard/broadcast"

// An array of more than summaryElements prints summaryEdge entries at either
// end of each axis, as NumPy does. Of many axes that would still be more elements than there
// is memory for their text: those further out than summaryMost elements print their first entry.
const (
	summaryElements = 1000
	summaryEdge     = 3
	summaryMost     = 6 * 6 * 6 * 6
)

// Text prints the elements of an array in brackets, one pair per axis, columns aligned; element
// prints that at an offset. Of more than 1000 elements it prints those at the ends of the axes, and
// of more than four axes, where these are still many, those at index 0 of the outer ones.
func (l *Layout) Text(element func(offset int) string) string {
	if l.Size == 0 {
		return "[], shape " + broadcast.FormatShape(l.Shape)
	}
	p := printer{lay: l, ends: endsFrom(l), element: element}
	p.axis(0, 0) // to see how wide a column is
	p.text = p.text[:0]
	p.axis(0, 0)
	return string(p.text)
}

// endsFrom returns the axis from which on the ends of an axis are printed, and not its first
// entry alone.
func endsFrom(l *Layout) int {
	if l.Size <= summaryElements {
		return 0
	}
	axis := len(l.Shape)
	for n := 1; axis > 0; axis-- {
		if n *= min(l.Shape[axis-1], 2*summaryEdge); n > summaryMost {
			break
		}
	}
	return axis
}

// printer prints the elements of an array, right-aligned to the widest so far.
type printer struct {
	text    []byte
	lay     *Layout
	element func(offset int) string
	ends    int // see endsFrom
	width   int
}

// axis prints the part of the array that starts at offset on the given axis.
func (p *printer) axis(axis, offset int) {
	l := p.lay
	if axis == len(l.Shape) {
		s := p.element(offset)
		p.width = max(p.width, len(s))
		p.repeat(' ', p.width-len(s))
		p.text = append(p.text, s...)
		return
	}
	extent, stride := l.Shape[axis], l.Strides[axis]
	head, tail := extent, 0
	switch {
	case axis < p.ends:
		head = 1
	case extent > 2*summaryEdge && l.Size > summaryElements:
		head, tail = summaryEdge, summaryEdge
	}
	p.text = append(p.text, '[')
	for i := 0; i < extent; i++ {
		if i > 0 {
			p.separate(axis)
		}
		if i == head {
			p.text = append(p.text, "..."...)
			if i = extent - tail; i == extent {
				break
			}
			p.separate(axis)
		}
		p.axis(axis+1, offset+i*stride)
	}
	p.text = append(p.text, ']')
}

// separate prints what is between two entries of an axis.
func (p *printer) separate(axis int) {
	if inner := len(p.lay.Shape) - 1 - axis; inner > 0 {
		p.repeat('\n', inner)
		p.repeat(' ', axis+1)
	} else {
		p.repeat(' ', 1)
	}
}

// repeat is called where few bytes of code count.
//
//go:noinline
func (p *printer) repeat(c byte, n int) {
	for range n {
		p.text = append(p.text, c)
	}
}
