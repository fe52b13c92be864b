package flow

import (
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// The steps of a pipeline are found out here.

// laying lays the steps of a pipeline.
type laying struct {
	pipeline
	rule               exec.Rule
	allCols, allRows   int // of a nest
	reach              exec.Reach
	block              int    // bytes of the widest elements of a block
	out, mask, product uint16 // streams; a mask of 0 is none
	kept               uint16 // streams before this one are those of arrays, and what was brought of them
	operands           int
	converts, masked   bool // the rule is a conversion; the last array is a mask
}

// contiguous reports whether kernels of contiguous operands take an array as it lies.
func (s *stream) contiguous() bool {
	return s.wide && s.col == int(s.size) && !s.crooked && !s.picked
}

// full reports whether each element of a block is one of its own.
func (s *stream) full() bool { return s.wide && s.high }

// maskOperand is what rules say of a mask.
var maskOperand = kernel.Operand{DType: "bool", Size: 1, Move: &kernel.Copy1}

// noStorage is that of arrays whose elements are those of the rule.
var noStorage Mixed

// lay lays the steps of a product, or of a conversion.
func (l *laying) lay(m *Mixed) {
	if l.masked {
		l.mask = uint16(l.arrays - 1)
		if s := &l.streams[l.mask]; l.streams[l.out].contiguous() && !s.contiguous() {
			l.mask = l.bring(l.mask, &noStorage.A, &maskOperand, !s.wide)
		}
	}
	if l.allCols == exec.Channels && !l.masked && (l.operands == 1 || l.allCols*l.allRows >= exec.PixelsFrom) {
		l.pick(m)
	}
	acc := l.bring(1, &m.A, &l.rule.A, l.operands > 1 && !l.streams[1].wide && !l.streams[2].wide)
	l.kept = uint16(len(l.streams))
	if l.converts {
		acc = l.convert(l.rule.Rule, acc, m.Out.as())
	}
	for k := 2; k <= l.operands; k++ {
		x := l.bring(uint16(k), m.stored(k-1), &l.rule.B, false)
		l.kept = uint16(len(l.streams))
		last := k == l.operands && m.Out.as()
		if last && l.multiplyUnder(m.Under, acc, x) {
			return
		}
		acc = l.multiply(acc, x, last)
	}
	l.take(acc, &m.Out)
}

// bring has the elements of an array lie in a stream that a kernel of contiguous operands takes,
// as elements that a rule takes. Where they are the same in all rows, or along a row, they are brought
// once, unless all is asked for.
func (l *laying) bring(x uint16, of *Storage, as *kernel.Operand, all bool) uint16 {
	s, first := l.streams[x], len(l.list)
	changes := !of.as() || l.operands == 1
	copies := l.rule.Copies(of.element(as))
	moves := copies.Entries()
	at := x
	switch {
	case all && !s.wide:
		at = l.add(s.size, true, true)
		l.do(l.spreading(&s, copies), at, x, x).rowwise = true
	case s.wide && !s.high && l.allCols*int(s.size) <= exec.RepeatRow:
		at = l.add(s.size, true, true)
		l.do(exec.RepeatNests(int(s.size)), at, x, x).rowwise = true
	case s.wide && !s.contiguous(), s.crooked, changes && s.high && !s.wide && s.row != int(s.size):
		at = l.add(s.size, s.wide, s.high)
		l.gather(moves, at, x)
	}
	if of.Swap != 0 {
		at = l.swap(of.Swap, at, at == x)
	}
	if of.By != nil {
		at = l.convert(of.By, at, false)
	}
	if n := len(l.list) - first; n > 0 {
		l.list[first].prelude = uint16(n)
	}
	return at
}

// spreading returns the kernel that repeats each element of a column along its row. Vectors of 64 bytes
// are of more rows than a kernel's shuffles reach where rows are as narrow as pixels.
func (l *laying) spreading(s *stream, copies exec.Rule) kernel.Func {
	const least, leastWide = 3, 5 // columns
	if l.allCols >= least && s.row == int(s.size) {
		entry := &copies.Entries()[kernel.FromC]
		if entry.Level == kernel.AVX512 && l.allCols < leastWide {
			entry = copies.Half(entry)
		}
		if entry.Pattern == kernel.FromC && entry.Level > kernel.PureGo {
			return entry.Func
		}
	}
	return exec.SpreadNests(int(s.size))
}

// pick notes of which arrays rows are three of four channels.
func (l *laying) pick(m *Mixed) {
	for i := range l.operands + 1 {
		of := m.Out.made(&l.rule.Out)
		if i > 0 {
			of = m.stored(i - 1).element(l.rule.Operand(min(i-1, 1)))
		}
		s, by := &l.streams[i], l.rule.Copies(of).Entries()
		if !s.crooked && s.col == of.Size && exec.SkipsChannel(of.Size, s.row, l.allCols) && by[kernel.FromX].Pattern == kernel.FromX {
			s.picked, l.block = true, pipePicked
		}
	}
}

// gather adds the step that copies a stream to one of scratch memory.
func (l *laying) gather(by *exec.Entries, dst, a uint16) {
	s := &l.streams[a]
	step := s.col
	if !l.streams[dst].wide {
		step = s.row
	}
	switch {
	case s.crooked:
		l.do(exec.CopyNests(int(s.size), true), dst, a, a)
	case s.picked:
		l.do(by[kernel.FromX].Func, dst, a, a)
	case s.full() && s.turned() && l.allRows >= kernel.TileRows && l.allCols >= kernel.TileCols:
		l.do(by[kernel.FromT].Func, dst, a, a).edges = by[kernel.FromI].Func
	default:
		l.do(by[exec.SteppingBy(step, s.size).From].Func, dst, a, a)
	}
}

// swap adds the step that turns round the bytes of numbers of so many: in place, unless what is
// there is to be kept.
func (l *laying) swap(bytes int, a uint16, kept bool) uint16 {
	s, dst := l.streams[a], a
	if kept {
		dst = l.add(s.size, s.wide, s.high)
	}
	l.do(exec.SwapNests(bytes, int(s.size)), dst, a, a)
	return dst
}

// convert adds the steps of a rule of one operand, of which the last makes elements of out.
func (l *laying) convert(by *kernel.Rule, a uint16, last bool) uint16 {
	if len(by.Via) > 0 {
		for i, via := range by.Via {
			a = l.convert(via, a, last && i == len(by.Via)-1)
		}
		return a
	}
	dst, pattern := l.out, kernel.V
	if s := &l.streams[a]; !last || !s.full() || !l.toOut() {
		dst = l.add(int32(by.Out.Size), s.wide, s.high)
	} else if l.reach == exec.Past && l.bypasses(dst, a, a) {
		pattern = kernel.VN
	}
	l.do(l.rule.On.Entries(by)[pattern].Func, dst, a, a)
	return dst
}

// toOut reports whether a step that makes contiguous elements may make those of out.
func (l *laying) toOut() bool { return l.mask == 0 && l.streams[l.out].contiguous() }

// multiply adds the step that multiplies two streams.
func (l *laying) multiply(a, b uint16, last bool) uint16 {
	if !l.streams[a].wide && l.rule.Commutes {
		a, b = b, a
	}
	dst := l.out
	if !last || !l.toOut() {
		if l.product == 0 {
			l.product = l.add(int32(l.rule.Out.Size), true, true)
		}
		dst = l.product
	}
	pattern := l.pattern(dst, a, b)
	entry := l.rule.EntryFor(pattern, l.allCols*l.allRows*l.rule.Widest(), exec.Nearest)
	l.do(entry.Func, dst, a, b).rowwise = pattern.Form().Cols > 0
	return dst
}

// multiplyUnder adds the step that multiplies two streams and stores what the mask selects, and reports
// whether there is a kernel that does.
func (l *laying) multiplyUnder(by *kernel.Set, a, b uint16) bool {
	if !l.streams[a].wide && l.rule.Commutes {
		a, b = b, a
	}
	x, y := &l.streams[a], &l.streams[b]
	if l.mask == 0 || !l.streams[l.out].contiguous() || !l.lies(a, x) || y.wide && !l.lies(b, y) || !l.lies(l.mask, &l.streams[l.mask]) {
		return false
	}
	pattern := kernel.VV
	if !y.wide {
		pattern = kernel.VC
	}
	under := l.rule.Under(by, pattern, l.allCols*l.allRows*l.rule.Widest())
	if under != nil {
		l.do(under, l.out, a, b).mask = l.mask
	}
	return under != nil
}

// pattern returns the pattern of a product of streams.
func (l *laying) pattern(dst, a, b uint16) kernel.Pattern {
	pattern := kernel.VV
	to, x, y := &l.streams[dst], &l.streams[a], &l.streams[b]
	switch {
	case !x.wide:
		pattern = kernel.CV
	case !y.wide:
		pattern = kernel.VC
	}
	adjacent := func(i uint16, s *stream) bool {
		return int(i) >= l.arrays && s.full() || s.row == l.allCols*int(s.size)
	}
	column := func(i uint16, s *stream) bool { return s.high && (int(i) >= l.arrays || s.row == int(s.size)) }
	if n := l.allCols; l.allRows > 1 && n >= 2 && n <= 4 && adjacent(dst, to) {
		pixels := pattern
		switch {
		case pattern == kernel.VC && adjacent(a, x) && column(b, y):
			pixels = exec.PixelPattern(n)
		case pattern == kernel.CV && adjacent(b, y) && column(a, x) && n == 3:
			pixels = kernel.CV3
		}
		if l.rule.Entries()[pixels].Func != nil {
			pattern = pixels
		}
	}
	if to := pattern.Bypassing(); l.reach == exec.Past && dst == l.out && to != kernel.VV && l.rule.Entries()[to].Func != nil && l.bypasses(dst, a, b) {
		return to
	}
	return pattern
}

// bypasses reports whether products of streams are worth to be written past the caches.
func (l *laying) bypasses(dst, a, b uint16) bool {
	to := &l.streams[dst]
	return l.allCols*int(to.size) >= exec.BypassRun && to.at != l.streams[a].at && to.at != l.streams[b].at
}

// take has the elements of the rule become those of out: the last steps.
func (l *laying) take(a uint16, of *Storage) {
	if of.By != nil {
		a = l.convert(of.By, a, of.Swap == 0)
	}
	if a == l.out {
		return
	}
	if of.Swap != 0 {
		s := &l.streams[a]
		if s.full() && l.toOut() {
			l.do(exec.SwapNests(of.Swap, int(s.size)), l.out, a, a)
			return
		}
		a = l.swap(of.Swap, a, a < l.kept && a != l.product)
	}
	l.put(a, of)
}

// put adds the step that stores a stream to out, under the mask if there is one.
func (l *laying) put(a uint16, of *Storage) {
	to, x := &l.streams[l.out], &l.streams[a]
	scratch := int(a) >= l.arrays
	moves := l.rule.Copies(of.made(&l.rule.Out)).Entries()
	switch {
	case l.mask != 0:
		l.do(l.masking(a), l.out, a, l.mask)
	case to.crooked || x.crooked:
		l.do(exec.CopyNests(int(x.size), true), l.out, a, a)
	case to.picked && x.full() && (scratch || x.contiguous() && x.follows(l.allCols)):
		l.do(moves[kernel.ToX].Func, l.out, a, a)
	case to.picked:
		l.do(exec.CopyNests(int(x.size), false), l.out, a, a)
	case to.contiguous() && !scratch && x.contiguous():
		l.do(exec.CopyNests(int(x.size), false), l.out, a, a)
	case to.contiguous() && !scratch && x.full():
		l.gather(moves, l.out, a)
	case to.contiguous():
		l.do(moves[kernel.FromI].Func, l.out, a, a)
	case x.full() && (scratch || x.contiguous()):
		l.do(moves[exec.SteppingBy(to.col, to.size).To].Func, l.out, a, a)
	default:
		l.do(exec.CopyNests(int(x.size), false), l.out, a, a)
	}
}

// masking returns the kernel that copies a stream to out under the mask.
func (l *laying) masking(a uint16) kernel.Func {
	to, x, mask := &l.streams[l.out], &l.streams[a], &l.streams[l.mask]
	if to.crooked || x.crooked {
		return exec.CrookedPuts(int(to.size))
	}
	pattern := kernel.IIM
	if to.contiguous() && l.lies(a, x) && l.lies(l.mask, mask) {
		pattern = kernel.VVM
	}
	return l.rule.On.Entries(exec.MaskedCopies(int(to.size)))[pattern].Func
}

// lies reports whether elements of a stream lie side by side.
func (l *laying) lies(i uint16, s *stream) bool {
	return s.wide && (int(i) >= l.arrays || s.contiguous())
}
