package runtime

import (
	"slices"
	"strconv"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A product of many operands goes over memory once. Where rows of out are long,
// and each operand is contiguous or a constant along them, a kernel of several
// factors (pattern VS) multiplies row by row.
//
// Otherwise out is cut into blocks, boxes of indexes that are small enough for the
// first-level cache, and of each block all multiplies are done before the next. The
// partial product is in the block of out; or in a packed block on the stack, where
// an operand that is out itself is still to come, where out has gaps, where an
// operand is transposed, or where out is written past the caches.

// Product writes the product of all operands to out, element by element, from
// left to right: (a * b) * c, with the same bits as repeated [MultiplyTo], but in
// one pass over memory. Each operand broadcasts to the shape of out, which may
// be larger than theirs but not smaller. A single operand is copied.
//
// out may share memory with the operands in any way; the result is as if they
// had been copied first. No memory is allocated unless an operand overlaps out
// without being the same view of the same memory, out has more than 8 axes,
// there are more than 4 operands, or several threads share the work.
//
// Errors are those of MultiplyTo, and wrap [ErrNoOperands] when there are none; they count
// operands from 0.
func Product[T Element](out Array[T], operands ...Array[T]) error {
	if err := productOn(0, out, operands); err != nil {
		return inOp("Product", err)
	}
	return nil
}

// ProductThreads is [Product], or [MultiplyTo] if there are two operands, shared
// out among a number of threads of its own, the caller's included: 1 keeps it on
// the goroutine of the caller, 0 is the default, see [SetThreads].
//
// Errors are those of Product; it wraps [ErrThreads] when the number is negative.
func ProductThreads[T Element](threads int, out Array[T], operands ...Array[T]) error {
	if err := productOn(threads, out, operands); err != nil {
		return inOp("ProductThreads", err)
	}
	return nil
}

func productOn[T Element](threads int, out Array[T], operands []Array[T]) error {
	if active.err != nil {
		return active.err
	}
	if threads < 0 {
		return negative(threads)
	}
	for _, x := range operands {
		escape(x.operand) // threads follow it, and lists of many factors are on the heap
	}
	// An operand is an Array that has forgotten its dtype.
	// Hidden: the list alone, not what is in it. Threads get a list of their own, see chain.share.
	xs := unsafe.Slice((*operand)(noescape(unsafe.Pointer(unsafe.SliceData(operands)))), len(operands))
	if raceDetector {
		announce(mulOf[T]().sizes(), out.operand, xs...)
	}
	if len(operands) > 2 && pairs(out, operands) {
		return nil
	}
	return productTo(mulOf[T](), threads, out.operand, xs)
}

// pairs multiplies runs of few elements of one shape two by two, in out, and reports whether
// it did. Operands that are read after out is written must lie outside of it.
func pairs[T Element](out Array[T], operands []Array[T]) bool {
	a, b := operands[0], operands[1]
	if !oneRun(out.lay, a.lay, b.lay) || out.lay.size*elementSize[T]() > pairBytes {
		return false
	}
	n := out.lay.size
	for _, x := range operands[2:] {
		if x.lay == nil || x.lay.run != out.lay.run || !apart(out.base, n*elementSize[T](), x.base, n*elementSize[T]()) {
			return false
		}
	}
	dst := (*T)(out.base)
	_ = mulEqual[T]()(dst, (*T)(a.base), (*T)(b.base), n) // all that could be wrong has been looked at
	for _, x := range operands[2:] {
		_ = mulEqual[T]()(dst, dst, (*T)(x.base), n)
	}
	return true
}

const (
	blockBytes     = 16 << 10      // of out
	chainBytes     = 32 << 10      // of out, where blocks have several layouts and no memory of their own
	severalBytes   = 4 * callBytes // of out and operands, in a call of a kernel of several factors
	severalRow     = 192           // of a row that is worth such a call
	pairBytes      = 2 << 10       // of out, up to which operands are faster two by two
	inlineOperands = 4             // as many need no allocation
	inlineFactors  = 7             // of several
)

// productTo multiplies elements of size bytes, on so many threads, see [threadsFor].
func productTo(r rule, threads int, out operand, xs []operand) error {
	if len(xs) == 0 {
		return ErrNoOperands
	}
	if out.lay == nil {
		return regarding("operand out", ErrNoArray)
	}
	for i, x := range xs {
		if x.lay == nil {
			return regarding("operand "+strconv.Itoa(i), ErrNoArray)
		}
	}
	if err := writable(out.lay); err != nil {
		return err
	}
	switch len(xs) {
	case 1:
		r = r.copies(&r.Out)
	case 2:
		if multiplyTo(r, threads, out, xs[0], xs[1]) == nil {
			return nil
		} // the error is of the chain
	default:
		if smallProduct(r, out, xs) {
			return nil
		}
	}
	bytes := out.lay.size * r.Out.Size
	for i, x := range xs {
		bytes += x.lay.size * r.sizeOf(i+1)
	}
	threads = threadsFor(threads, bytes)
	if len(xs) > 1 && threads == 1 && r.kernels()[kernel.VS].Func != nil && isFlat(out, xs, r.Out.Size) {
		flatProduct(r, bytes, out, xs)
		return nil
	}
	return chainProduct(r, bytes, threads, out, xs)
}

// isFlat reports whether out is a run of elements, and each operand such a run or a
// single element, one of the first two being a run. All elements have so many bytes.
func isFlat(out operand, xs []operand, size int) bool {
	if !out.lay.contiguous || out.constant(xs[0]) && out.constant(xs[1]) {
		return false
	}
	for _, x := range xs {
		if out.along(x, size, size) == unknownStride {
			return false
		}
	}
	return true
}

// constant reports whether x is one element that repeats along the run out.
func (out operand) constant(x operand) bool { return x.lay.size == 1 && out.lay.size > 1 }

func flatProduct(r rule, bytes int, out operand, xs []operand) {
	size := r.Out.Size
	var list [inlineFactors]kernel.Factor
	s := newSeveral(&list, len(xs))
	if out.constant(xs[0]) {
		s.first = 1
	}
	inPlace := false
	for i, x := range xs {
		inPlace = inPlace || x.base == out.base
		step := size
		if out.constant(x) {
			step = 0
		}
		s.set(i, x.base, step, 0)
	}
	reach := reachOf(out.lay.size*size, bytes)
	s.choose(r, out.lay.size, reach, inPlace)
	s.nest.Dst = out.base
	s.multiply(out.lay.size, 1)
	reach.fence()
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
	factors := unsafe.Slice((*kernel.Factor)(noescape(unsafe.Pointer(list))), len(list))
	if operands-1 > len(list) {
		factors = make([]kernel.Factor, operands-1)
	}
	return several{factors: factors[:operands-1]}
}

// choose picks the kernel for rows of n elements. s stays where it is from then on.
func (s *several) choose(r rule, n int, reach reach, inPlace bool) {
	size := r.Out.Size
	pattern := kernel.VS
	if reach == past && n*size >= bypassSeveral && !inPlace {
		pattern = kernel.VSN
	}
	s.kernel = entryFor(r.kernels(), pattern, n*size, reach).Func
	s.most = max(severalBytes/(size*(len(s.factors)+2)), tileLine) / tileLine * tileLine // vectors that straddle lines are slow
	// Hidden: s points to itself, and stays where it is.
	s.nest.B = noescape(unsafe.Pointer(&s.factors))
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
	row := cols*s.nest.DstCol + pageBytes // at any place in a page
	down := min(distance(s.nest.DstRow), row) + min(distance(s.nest.ARow), row)
	for i := range s.factors {
		down += min(distance(s.factors[i].Down), row)
	}
	return max(min(s.most/cols, callPages*pageBytes/max(down, 1)), 1)
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

// call calls the kernel. It is not inlined, see walk.callBy.
//
//go:noinline
func (s *several) call() { s.kernel(hideNest(&s.nest)) }

// chain is a product of any layouts, block by block.
//
// Its arrays are numbered: 0 is out, then come the operands, and last the packed
// block. Only slices of numbers grow on the heap with more operands or axes than
// usual: nothing there may point to an array on the stack.
type chain struct {
	rule   rule
	bytes  int // of out and the operands
	reach  reach
	out    operand
	xs     []operand
	copies []*scratch // for the operands that clash with out, if any
	packed unsafe.Pointer

	strides []int // of all arrays, stretched to the shape of out
	offsets []int // of all arrays, in bytes: where the block at hand starts
	box     []int // the extents of the block, by axis
	cuts    []cut // the axes of more than one element, the outermost in out first

	down  int    // the cut along which blocks follow each other
	links []link // those of one box, or one for all in turn
	ready bool   // steps fit the box
}

// cut is how an axis is divided: a number of blocks of the same extent.
type cut struct {
	axis, extent        int
	block, first, count int
}

// step is one multiply within a block.
type link struct {
	layout    broadcast.Layout
	walk      walk
	dst, a, b int // arrays, in the order of the kernel
}

func chainProduct(r rule, bytes, threads int, out operand, xs []operand) error {
	rank, arrays := len(out.lay.Shape), len(xs)+2
	var ints [(inlineOperands+2)*(inlineRank+1) + inlineRank]int
	var cuts [inlineRank]cut
	// Hidden: numbers without pointers, of which threads get copies, see chain.share.
	buf := unsafe.Slice((*int)(noescape(unsafe.Pointer(&ints))), len(ints))
	if need := arrays*(rank+1) + rank; need > len(buf) {
		buf = make([]int, need)
	}
	c := chain{rule: r, bytes: bytes, reach: reachOf(out.lay.size*r.Out.Size, bytes), out: out, xs: xs}
	// Hidden: as above.
	c.cuts = unsafe.Slice((*cut)(noescape(unsafe.Pointer(&cuts))), len(cuts))[:0]
	c.strides, buf = buf[:arrays*rank], buf[arrays*rank:]
	c.offsets, c.box = buf[:arrays], buf[arrays:][:rank]
	copy(c.stridesOf(0), out.lay.Strides)
	for i := range xs {
		if err := c.stretch(i); err != nil {
			return err
		}
	}
	if out.lay.size == 0 {
		return nil
	}
	c.order()
	if threads > 1 {
		c.share(threads)
	} else {
		c.run()
	}
	return nil
}

// share runs c on several threads.
//
//go:noinline
func (c *chain) share(threads int) {
	// k is on the heap, and all it refers to: this stack may move, at each allocation, and the
	// heap would still point to where it was. own, on the stack, is what has been copied so far.
	own := *c
	own.xs, own.strides, own.offsets = slices.Clone(c.xs), slices.Clone(c.strides), slices.Clone(c.offsets)
	own.box, own.cuts = slices.Clone(c.box), slices.Clone(c.cuts)
	k := own
	at := 0
	for i, p := range k.cuts {
		if enoughFor(threads, p.extent) {
			at = i
			break
		}
		if p.extent > k.cuts[at].extent {
			at = i
		}
	}
	whole := k.cuts[at]
	parts, each := partsFor(threads, whole.extent, k.bytes)
	share(threads, parts, func(part int) {
		d := k
		d.strides, d.offsets = slices.Clone(k.strides), slices.Clone(k.offsets)
		d.box, d.cuts = slices.Clone(k.box), slices.Clone(k.cuts)
		first := part * each
		d.cuts[at].extent = min(each, whole.extent-first)
		d.move(whole.axis, first)
		d.run()
	})
}

// run multiplies row by row or block by block.
func (c *chain) run() {
	c.multiplyAll()
	c.reach.fence()
}

func (c *chain) multiplyAll() {
	if c.inRows() {
		c.multiplyRows()
		return
	}
	packed := c.needsPacked()
	most := chainBytes
	if packed {
		most = blockBytes
	}
	whole := c.divide(most / c.rule.widest())
	switch {
	case packed:
		c.sweepPacked()
	case !whole:
		c.sweepSteps()
	default:
		var s link // to keep steps costs more than to set them
		// Hidden: c, which points to it, ends before this frame does, or is set anew.
		c.links = unsafe.Slice((*link)(noescape(unsafe.Pointer(&s))), 1)
		c.sweep(0)
	}
}

// stretch sets the strides of an operand, and copies it if it clashes with out.
func (c *chain) stretch(i int) error {
	x, strides := c.xs[i], c.stridesOf(i+1)
	if _, err := broadcast.Strides(strides, x.lay.Shape, x.lay.Strides, c.out.lay.Shape); err != nil {
		return misfit(strconv.Itoa(i), err)
	}
	size := c.rule.sizeOf(i + 1)
	if !clashes(c.out, x, strides, c.rule.Out.Size, size) {
		return nil
	}
	if c.copies == nil {
		c.copies = make([]*scratch, len(c.xs))
	}
	s, err := newScratch(x.lay, size)
	if err != nil {
		return uncopied("operand "+strconv.Itoa(i), err)
	}
	s.load(c.rule.copies(c.rule.operand(i)), x)
	c.copies[i] = s
	_, err = broadcast.Strides(strides, x.lay.Shape, s.strides, c.out.lay.Shape)
	return err
}

func (c *chain) stridesOf(array int) []int {
	rank := len(c.out.lay.Shape)
	return c.strides[array*rank:][:rank:rank]
}

func (c *chain) base(array int) unsafe.Pointer {
	switch i := array - 1; {
	case i < 0:
		return c.out.base
	case i == len(c.xs):
		return c.packed
	case c.copies != nil && c.copies[i] != nil:
		return c.copies[i].base
	default:
		return c.xs[i].base
	}
}

// order lists the axes of more than one element, and finds the one along which
// blocks follow each other: the innermost, or that of a transposed operand.
func (c *chain) order() {
	strides := c.stridesOf(0)
	for axis, extent := range c.out.lay.Shape {
		c.box[axis] = 1
		if extent == 1 {
			continue
		}
		c.cuts = append(c.cuts, cut{})
		at := len(c.cuts) - 1
		for at > 0 && distance(strides[c.cuts[at-1].axis]) < distance(strides[axis]) {
			c.cuts[at] = c.cuts[at-1]
			at--
		}
		c.cuts[at] = cut{axis: axis, extent: extent, block: 1}
	}
	c.merge()
	c.down = len(c.cuts) - 1
	for i := range c.xs {
		if at := c.runsAlong(c.stridesOf(i + 1)); at != c.down {
			c.down = at
			break
		}
	}
}

// merge joins neighbours along which all arrays make one run: a cut may extend over
// more than its axis.
func (c *chain) merge() {
	if len(c.cuts) == 0 {
		return
	}
	merged := c.cuts[:1]
	for _, inner := range c.cuts[1:] {
		outer := &merged[len(merged)-1]
		one := true
		for array := range len(c.xs) + 1 {
			s := c.stridesOf(array)
			one = one && s[outer.axis] == s[inner.axis]*inner.extent
		}
		if one {
			outer.axis, outer.extent = inner.axis, outer.extent*inner.extent
		} else {
			merged = append(merged, inner)
		}
	}
	c.cuts = merged
}

// divide chooses blocks of so many elements at most: whole axes from the innermost
// of out outwards, as many as fit, then a part of one. Where an operand is
// transposed, blocks take a part of the innermost axis and follow each other along
// the operand's own, as tiles do. It reports whether one block is all.
func (c *chain) divide(most int) (whole bool) {
	last, wide, taken := len(c.cuts)-1, most, 1
	if c.down != last && c.out.lay.size > most {
		wide = min(most, tileCols)
	}
	divide := func(at, most, unit int) {
		p := &c.cuts[at]
		taken /= p.block
		p.block = evenly(p.extent, most/taken, unit)
		taken *= p.block
	}
	if last >= 0 {
		divide(last, wide, tileLine/c.rule.Out.Size)
		divide(c.down, most, tileLine/c.rule.Out.Size)
	}
	for at := last; at >= 0; at-- {
		if at != c.down && at != last {
			divide(at, most, 1)
		}
	}
	for _, p := range c.cuts {
		if p.block < p.extent {
			return false
		}
	}
	return true
}

// inRows reports whether a kernel of several factors can multiply the rows of out.
func (c *chain) inRows() bool {
	last := len(c.cuts) - 1
	if len(c.xs) < 3 || last < 0 || c.rule.kernels()[kernel.VS].Func == nil {
		return false
	}
	axis := c.cuts[last].axis
	if c.stridesOf(0)[axis] != 1 || c.cuts[last].extent*c.rule.Out.Size < severalRow {
		return false
	}
	constants := 0
	for i := range c.xs {
		switch c.stridesOf(i + 1)[axis] {
		case 0:
			if constants++; i == 1 && constants == 2 {
				return false
			}
		case 1:
		default:
			return false
		}
	}
	return true
}

// multiplyRows has a frame of its own, as sweepPacked has.
//
//go:noinline
func (c *chain) multiplyRows() {
	var list [inlineFactors]kernel.Factor
	s := newSeveral(&list, len(c.xs))
	inner := &c.cuts[len(c.cuts)-1]
	inPlace := false
	for i := range c.xs {
		inPlace = inPlace || c.base(i+1) == c.out.base
	}
	if c.stridesOf(1)[inner.axis] == 0 {
		s.first = 1
	}
	s.choose(c.rule, inner.extent, c.reach, inPlace)
	c.rows(&s, 0)
}

// rows multiplies the rows of out, from cut i inwards.
func (c *chain) rows(s *several, i int) {
	p, last := &c.cuts[i], len(c.cuts)-1
	if i < last-1 {
		for range p.extent {
			c.rows(s, i+1)
			c.move(p.axis, 1)
		}
		c.move(p.axis, -p.extent)
		return
	}
	inner, rows := &c.cuts[last], 1
	if i < last {
		rows = p.extent
	}
	s.nest.Dst, s.nest.DstRow = unsafe.Add(c.out.base, c.offsets[0]), c.stridesOf(0)[p.axis]*c.rule.Out.Size
	for k := range c.xs {
		strides := c.stridesOf(k + 1)
		s.set(k, unsafe.Add(c.base(k+1), c.offsets[k+1]), strides[inner.axis]*c.rule.Out.Size, strides[p.axis]*c.rule.Out.Size)
	}
	s.multiply(inner.extent, rows)
}

// runsAlong returns the cut of the axis on which an operand moves least: the
// innermost of out if it does not move on that one.
func (c *chain) runsAlong(strides []int) int {
	last := len(c.cuts) - 1
	found := last
	for at := range c.cuts {
		d := distance(strides[c.cuts[at].axis])
		if d > 0 && d < distance(strides[c.cuts[found].axis]) {
			found = at
		}
	}
	return found
}

// evenly returns an extent, at most most, that divides one into nearly equal
// parts, and rounds it up to a multiple of unit.
func evenly(extent, most, unit int) int {
	if extent <= most {
		return extent
	}
	parts := (extent-1)/most + 1
	n := (extent-1)/parts + 1
	return min((n+unit-1)/unit*unit, most)
}

// needsPacked reports whether the partial product can not, or should not, be in out.
func (c *chain) needsPacked() bool {
	if len(c.xs) < 3 {
		return false
	}
	inPlace := false
	for i := range c.xs {
		if c.base(i+1) == c.out.base { // what overlaps out in another way is a copy by now
			if i > 1 {
				return true
			}
			inPlace = true
		}
	}
	n := len(c.cuts)
	gaps := n > 0 && distance(c.stridesOf(0)[c.cuts[n-1].axis]) != 1
	tiles := c.down != n-1 && c.out.lay.size*c.rule.Out.Size > blockBytes
	return gaps || tiles || c.reach == past && !inPlace
}

// sweepPacked has a frame of its own, which few products need.
//
//go:noinline
func (c *chain) sweepPacked() {
	var words [(blockBytes + tileLine) / 8]uint64
	// Hidden: as the steps.
	start := noescape(unsafe.Pointer(&words))
	c.packed = unsafe.Add(start, -uintptr(start)%tileLine) // vectors that straddle lines are slow
	c.sweepSteps()
}

// sweepSteps has room to keep the steps from block to block.
//
//go:noinline
func (c *chain) sweepSteps() {
	var links [inlineOperands - 1]link
	// Hidden: c is swept once, in this frame.
	c.links = unsafe.Slice((*link)(noescape(unsafe.Pointer(&links))), len(links))
	c.sweep(0)
}

// sweep multiplies all blocks. From cut i inwards it chooses whether blocks are
// those of full extent or what is left at the end of the axis, so that the steps
// are set once for all blocks of the same extents.
func (c *chain) sweep(i int) {
	if i == len(c.cuts) {
		c.ready = false
		c.blocks(0)
		return
	}
	p := &c.cuts[i]
	full := p.block
	p.first, p.count, c.box[p.axis] = 0, p.extent/full, full
	c.sweep(i + 1)
	if rest := p.extent % full; rest > 0 {
		p.first, p.count, p.block, c.box[p.axis] = p.extent-rest, 1, rest, rest
		c.sweep(i + 1)
		p.block = full
	}
}

// blocks multiplies the blocks of the extents at hand, from cut i inwards.
func (c *chain) blocks(i int) {
	if i == len(c.cuts) {
		c.multiply()
		return
	}
	p := &c.cuts[i]
	switch { // the cut down goes last
	case i == len(c.cuts)-1:
		p = &c.cuts[c.down]
	case i >= c.down:
		p = &c.cuts[i+1]
	}
	if p.first == 0 && p.count == 1 {
		c.blocks(i + 1)
		return
	}
	c.move(p.axis, p.first)
	for range p.count {
		c.blocks(i + 1)
		c.move(p.axis, p.block)
	}
	c.move(p.axis, -p.first-p.count*p.block)
}

// move moves the block by n elements along an axis.
func (c *chain) move(axis, n int) {
	rank := len(c.out.lay.Shape)
	for array := range len(c.xs) + 1 {
		c.offsets[array] += n * c.strides[array*rank+axis] * c.rule.sizeOf(array)
	}
}

// multiply multiplies the block at hand.
func (c *chain) multiply() {
	last := max(len(c.xs)-2, 0)
	for k := range last + 1 {
		// More steps than there is room for are set anew in each block.
		s := &c.links[min(k, len(c.links)-1)]
		if !c.ready || last >= len(c.links) {
			c.set(s, k, last)
		}
		s.walk.run(&s.layout, 0, c.offsets[s.dst], c.offsets[s.a], c.offsets[s.b])
	}
	c.ready = true
}

// set sets up step k for the box.
func (c *chain) set(s *link, k, last int) {
	partial := 0
	if c.packed != nil {
		partial = len(c.xs) + 1
		c.pack()
	}
	reach := near // what is read again, and rows far apart
	s.dst, s.a, s.b = partial, partial, min(k+2, len(c.xs))
	if k == 0 {
		s.a = 1
	}
	if k == last {
		s.dst = 0
		if c.down == len(c.cuts)-1 {
			reach = c.reach
		}
	}
	broadcast.Normalize(&s.layout, c.box, c.stridesOf(s.dst), c.stridesOf(s.a), c.stridesOf(s.b))
	s.walk = walk{}
	s.walk.set(c.rule, &s.layout, reach, c.base(s.dst), c.base(s.a), c.base(s.b))
	if s.walk.ka == broadcast.B {
		s.a, s.b = s.b, s.a
	}
}

// pack lays the packed block out in the order of out.
func (c *chain) pack() {
	strides, n := c.stridesOf(len(c.xs)+1), 1
	for i := len(c.cuts) - 1; i >= 0; i-- {
		p := &c.cuts[i]
		strides[p.axis] = n
		n *= p.block
	}
}
