package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// flat is the quick way of mixed multiplies: runs of elements of one shape, or single elements,
// that need no layout. It is a pipeline of one row whose streams are contiguous or constant.
type flat struct {
	streams  [10]run // out, a, b and the mask, and then those of scratch memory
	list     [8]runStep
	nest     kernel.Nest
	n, block int // elements of all, and of a block
	scratch  int // bytes of an element in scratch memory
	used     uint8
	steps    uint8
}

// run is a stream: where it starts, and the bytes of an element, or 0 of one that repeats. That of
// scratch memory stays.
type run struct {
	at         unsafe.Pointer
	step, size int
}

type runStep struct {
	kernel    kernel.Func
	dst, a, b uint8
	once      bool // a is one element
}

// flat multiplies, or converts if b has no layout, and reports whether it did. The mask may have no
// layout.
func (m *Mixed) flat(out, a, b, mask Operand, converts bool) bool {
	r := Rule{m.By, m.On}
	toOut, ofA, ofB := m.Out.made(&r.Out), m.A.element(&r.A), m.B.element(&r.B)
	size, n := toOut.Size, out.Lay.Size
	if !out.Lay.Contiguous || out.Lay.ReadOnly || n == 0 || n*size >= QuickBytes || m.A.odd(ofA) || m.B.odd(ofB) || m.Out.odd(toOut) {
		return false
	}
	alongA, alongB := out.along(a, size, ofA.Size), 1
	if b.Lay != nil {
		alongB = out.along(b, size, ofB.Size)
	}
	pattern, swap := rowPattern(r, 1, alongA, alongB)
	if pattern == kernel.II || b.Lay == nil && alongA == 0 || mask.Lay != nil && (mask.Base == out.Base || out.along(mask, size, 1) != 1) {
		return false
	}
	var f flat
	f.n, f.used = n, 4
	f.streams[0] = run{at: out.Base, step: size}
	f.streams[1] = run{at: a.Base, step: alongA * ofA.Size}
	x := f.bring(r, 1, &m.A)
	last := mask.Lay == nil && m.Out.By == nil
	switch {
	case b.Lay != nil:
		f.streams[2] = run{at: b.Base, step: alongB * ofB.Size}
		y := f.bring(r, 2, &m.B)
		if swap {
			x, y = y, x
		}
		dst := f.to(r.Out.Size, last)
		f.do(r.entryFor(pattern, n*r.widest(), near).Func, dst, x, y)
		x = dst
	case converts:
		x = f.convert(r, x, last)
	}
	if m.Out.By != nil {
		x = f.convert(Rule{m.Out.By, m.On}, x, mask.Lay == nil)
	}
	switch {
	case mask.Lay != nil:
		f.streams[3] = run{at: mask.Base, step: 1}
		f.do(putNests(size, false), 0, x, 3)
	case x != 0:
		f.do(copyNests(size, false), 0, x, x)
	}
	f.run(max(r.widest(), size), size)
	return true
}

// odd reports whether elements are not stored side by side in the machine's byte order.
func (s *Storage) odd(of *kernel.Operand) bool {
	return s.Swap != 0 || s.Unit != 0 && s.Unit != of.Size
}

// to returns a stream for elements of so many bytes: out if they are the last, or scratch memory.
func (f *flat) to(size int, last bool) uint8 {
	if last {
		return 0
	}
	f.scratch += size
	f.streams[f.used].size = size
	f.used++
	return f.used - 1
}

func (f *flat) do(by kernel.Func, dst, a, b uint8) *runStep {
	d := &f.list[f.steps]
	f.steps++
	d.kernel, d.dst, d.a, d.b = by, dst, a, b
	return d
}

func (f *flat) convert(by Rule, a uint8, last bool) uint8 {
	dst := f.to(by.Out.Size, last)
	f.do(by.conversion(), dst, a, a)
	return dst
}

// bring has an operand be elements of the rule.
func (f *flat) bring(r Rule, x uint8, of *Storage) uint8 {
	if of.By == nil {
		return x
	}
	to := f.convert(Rule{of.By, r.On}, x, false)
	f.list[f.steps-1].once = f.streams[x].step == 0
	return to
}

// run does the steps, with elements of so many bytes at most, and of so many of out.
func (f *flat) run(wide, size int) {
	f.block = f.n
	if most := pipeBytes / wide; f.n > most || f.n*f.scratch > pipeScratch {
		if f.scratch > 0 {
			most = min(most, pipeScratch/f.scratch)
		}
		f.block = min(f.n, most/blockCols*blockCols)
	}
	f.nest.Rows = 1
	f.nest.DstCol, f.nest.ACol, f.nest.BCol = size, size, 1 // of what copies
	switch bytes := f.scratch*f.block + int(f.used-3)*tileLine; {
	case f.scratch == 0:
		f.blocks(nil)
	case bytes <= 1<<10:
		flatOn[[1 << 10]byte](f)
	case bytes <= 2<<10:
		flatOn[[2 << 10]byte](f)
	case bytes <= 5<<10:
		flatOn[[5 << 10]byte](f)
	default:
		flatOn[[10 << 10]byte](f)
	}
}

// flatOn is blocks with scratch memory on the stack, see runOn.
func flatOn[S any](f *flat) {
	var scratch S
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	f.blocks(Hidden(unsafe.Pointer(&scratch)))
}

// blocks does the steps with all blocks.
func (f *flat) blocks(scratch unsafe.Pointer) {
	scratch = unsafe.Add(scratch, -uintptr(scratch)%tileLine)
	for i := uint8(4); i < f.used; i++ {
		s := &f.streams[i]
		s.at = scratch
		scratch = unsafe.Add(scratch, (s.size*f.block+tileLine-1)/tileLine*tileLine)
	}
	for at := 0; at < f.n; at += f.block {
		for i := range f.list[:f.steps] {
			d := &f.list[i]
			f.nest.Cols = min(f.block, f.n-at)
			if d.once {
				if f.nest.Cols = 1; at > 0 {
					continue
				}
			}
			dst, a, b := &f.streams[d.dst], &f.streams[d.a], &f.streams[d.b]
			f.nest.Dst, f.nest.A, f.nest.B = unsafe.Add(dst.at, at*dst.step), unsafe.Add(a.at, at*a.step), unsafe.Add(b.at, at*b.step)
			f.call(d.kernel)
		}
	}
}

// call begins by looking whether it is to stop, see walk.callBy.
//
//go:noinline
func (f *flat) call(by kernel.Func) { by(HideNest(&f.nest)) }
