package kerneltest

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// nest is a nest in elements, with the offsets at which the operands start.
type nest struct {
	cols, rows       int
	dst, a, b        step
	aIsDst, bIsDst   bool // the operand is out itself
	bIsA             bool // both operands begin at one address, apart from out
	dstOff, aOff, bO int
	factors, apart   int  // b is so many, if it is several, each so many elements after the one before
	constant         uint // a bit for each of these
	mask             mask // of a pattern of products under one
	maskIsDst        bool
}

// mask is bytes that say which products are stored, and how many from row to row.
type mask struct {
	bytes []byte
	row   int
}

// selects tells whether the mask, if there is one, selects an element.
func (n nest) selects(r, c int) bool { return n.mask.bytes == nil || n.mask.bytes[r*n.mask.row+c] != 0 }

type step struct{ row, col int }

func (s step) at(r, c int) int { return r*s.row + c*s.col }

// stepped is a column step of each operand, for shape to overrule.
func stepped(cols, rows, dst, a, b int) nest {
	return nest{cols: cols, rows: rows, dst: step{col: dst}, a: step{col: a}, b: step{col: b}, factors: 1}
}

// factor is where element c of row r of factor f is.
func (n nest) factor(f, r, c int) int {
	if n.constant>>f&1 != 0 {
		c = 0
	}
	return f*n.apart + n.b.at(r, c)
}

// span returns the lowest and the highest element that a walk reaches, or one of
// several that are apart.
func (n nest) span(s step) (lo, hi int) {
	for _, r := range []int{0, max(n.rows-1, 0)} {
		for _, c := range []int{0, max(n.cols-1, 0)} {
			lo, hi = min(lo, s.at(r, c)), max(hi, s.at(r, c))
		}
	}
	return lo, hi + n.apart*(n.factors-1)
}

// place lays a walk along elements of a size into an arena: the index of its element (0, 0),
// so that margins stay free on both sides, and the bytes that the arena needs.
func (n nest) place(s step, off, size int) (origin, bytes int) {
	lo, hi := n.span(s)
	first := margin/size + off
	return first - lo, (first+hi-lo+1)*size + margin
}

const margin = 64 // bytes around a walk that must not change

// run calls the kernel.
func (t *trial) run(n nest, dst, a, b unsafe.Pointer) {
	if t.Pattern.Form().Several {
		factors := make([]kernel.Factor, n.factors)
		for f := range factors {
			factors[f] = kernel.Factor{At: unsafe.Add(b, f*n.apart*t.BSize), Step: n.b.col * t.BSize, Down: n.b.row * t.BSize}
			if n.constant>>f&1 != 0 {
				factors[f].Step = 0
			}
		}
		b = unsafe.Pointer(&factors)
	}
	cols := n.cols
	if form := t.Pattern.Form(); form.Lists {
		b, cols = n.places(listBytes(form), t.ASize)
	}
	called := &t.of.called
	called.Mask, called.MaskRow = addr(n.mask.bytes), n.mask.row
	called.Nest = kernel.Nest{
		Dst: dst, A: a, B: b,
		Cols: cols, Rows: n.rows,
		DstRow: n.dst.row * t.OutSize, ARow: n.a.row * t.ASize, BRow: n.b.row * t.BSize,
		DstCol: n.dst.col * t.OutSize, ACol: n.a.col * t.ASize, BCol: n.b.col * t.BSize,
	}
	t.Func(&called.Nest)
}

// places lists whole vectors of so many bytes, of elements of a size that are side by side, backwards, or
// one; and returns how many there are.
func (n nest) places(bytes, size int) (list unsafe.Pointer, places int) {
	each := bytes / size
	places = n.cols / each
	list = addr(aligned(2 * bytes * max(places, 1)))
	for v := range places {
		p := (*kernel.Place)(unsafe.Add(list, v*2*bytes)) // or a Line, which begins alike
		first, last := v*each*n.a.col, (v*each+each-1)*n.a.col
		from := min(first, last) * size
		p.From, p.To = int64(from), int64(v*bytes)
		shuffle := unsafe.Slice((*uint8)(unsafe.Add(unsafe.Pointer(p), bytes)), bytes)
		for i := range shuffle {
			shuffle[i] = uint8((v*each+i/size)*n.a.col*size - from + i%size)
		}
	}
	return list, places
}

// listBytes returns the bytes of a place of the pattern's lists.
func listBytes(form kernel.Form) int {
	if form.Lines {
		return kernel.LineBytes
	}
	return kernel.PlaceBytes
}

// shape makes a nest fit the kernel's pattern: what the pattern fixes, it sets,
// and what the pattern leaves free stays. A number of columns that is fixed turns
// n.cols into as many rows.
func (t *trial) shape(n *nest) {
	form := t.Pattern.Form()
	fix := func(col *int, step int) {
		if step != kernel.AnyStep {
			*col = step
		}
	}
	fix(&n.dst.col, form.Dst)
	fix(&n.a.col, form.A)
	fix(&n.b.col, form.B)
	if form.Cols > 0 {
		if n.cols != form.Cols {
			n.rows, n.cols = n.cols/form.Cols, form.Cols
		}
		n.dst.row, n.a.row, n.b.row = form.Cols, form.Cols, 1
	}
	switch {
	case form.DstRow < 0:
		n.dst.row, n.a.row = n.cols, form.ARow
	case form.DstRow > 0:
		n.dst.row, n.a.row = form.DstRow, form.ARow
	}
	if cols := form.Bytes / t.widest(); cols > 0 {
		if n.cols != cols {
			n.rows, n.cols = n.cols/cols, cols
		}
		n.dst.row, n.a.row, n.b.row = cols, cols, 0
	}
	if form.Left && form.Cols+form.Bytes > 0 {
		n.a.row, n.b.row = n.b.row, n.a.row
	}
	if form.Several {
		n.b.col = 1
		n.factors, n.apart = 1+n.cols%4, 1
		n.constant = uint(n.cols/4) & (1<<n.factors - 1)
	}
	switch {
	case form.Transposed && form.DstRow < 0:
		t.zip(n)
	case form.Transposed:
		t.transpose(n, form)
	}
	if form.Lists {
		each := listBytes(form) / t.OutSize
		n.cols = (n.cols + each - 1) / each * each
		n.a.col = min(max(n.a.col, -1), 1)
	}
}

// transpose makes a nest whole tiles of a transposed operand.
func (t *trial) transpose(n *nest, form kernel.Form) {
	rows, cols := kernel.TileRows, kernel.TileCols
	switch {
	case form.Lines:
		rows, cols = kernel.LineBytes/t.OutSize, kernel.LineBytes/t.OutSize
	case !form.Moves:
		rows, cols = kernel.DirectDown/t.OutSize, kernel.DirectAcross/t.OutSize
	}
	n.cols = (n.cols + cols - 1) / cols * cols
	n.rows = max(min(n.cols, 2*kernel.TileRows), (n.rows+rows-1)/rows*rows)
	if n.dst.row > -n.cols && n.dst.row < n.cols {
		n.dst.row = n.cols
	}
	n.a.row = 1
	if form.B == kernel.AnyStep {
		n.b.row = 1
	}
}

// zip makes a nest a few columns, apart from each other, and as many rows as there are at the least.
func (t *trial) zip(n *nest) {
	all := n.cols * max(n.rows, 1)
	n.cols = 2 + n.cols%(kernel.TileCols-1)
	n.rows = max((all+n.cols-1)/n.cols, kernel.LineBytes/t.OutSize)
	n.dst.row = n.cols
	apart := n.rows + max(n.a.col, -n.a.col)%5
	if n.a.col < 0 {
		apart = -apart
	}
	n.a.col = apart
}

// column is a column step for an operand: 1, or wide enough to keep the columns
// of a transposed operand apart.
func (t *trial) column(wide int) int {
	if t.Pattern.Form().Transposed {
		return 2*kernel.TileRows + wide%5
	}
	return 1
}

// widest is the size of the largest elements, by which vectors are counted.
func (t *trial) widest() int { return max(t.OutSize, t.ASize, t.BSize) }

// tile is the number of elements that no main loop's turn exceeds, or half of those from which on bytes
// by a constant are looked up, and some more.
func (t *trial) tile() int {
	if t.Feature == kernel.VBMI && t.Pattern == kernel.VC && t.OutSize == 1 && t.ASize == 1 {
		return 512/2 + 4*64
	}
	return 4 * 64 / t.widest()
}
