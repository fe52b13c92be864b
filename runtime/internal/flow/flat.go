package flow

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// flat is the quick way of what goes in blocks: a row. Runs of elements of one shape, and single
// elements, are one without a layout. It is a pipeline whose streams move along the row alone: a step of
// a pipeline, which knows rows and columns, takes twice as long to set up and call.
type flat struct {
	streams  [12]run // out, a, b and the mask, and then those of scratch memory
	list     [10]runStep
	nest     kernel.MaskedNest
	n, block int // elements of all, and of a block
	scratch  int // bytes of an element in scratch memory
	used     uint8
	steps    uint8
}

// run is a stream: where it starts, and the bytes from an element to the next, 0 of one that
// repeats. One of scratch memory does not move from block to block.
type run struct {
	at         unsafe.Pointer
	step, move int
	size       int32
}

type runStep struct {
	kernel    kernel.Func
	dst, a, b uint8
	once      bool // a is one element
}

// mask is the number of the stream that the mask is.
const mask = 3

// flat multiplies, or converts if b has no layout, and reports whether it did. The mask may have no
// layout.
func (m *Mixed) flat(out, a, b, masked exec.Operand, converts bool) bool {
	r := exec.Rule{Rule: m.By, On: m.On}
	toOut, ofA, ofB := m.Out.made(&r.Out), m.A.element(&r.A), m.B.element(&r.B)
	size, n := toOut.Size, out.Lay.Size
	if m.A.rules()+m.B.rules()+m.Out.rules() > mostRules || !out.Lay.Contiguous || out.Lay.ReadOnly || n == 0 || n*size >= exec.QuickBytes || m.A.odd(ofA) || m.B.odd(ofB) || m.Out.odd(toOut) {
		return false
	}
	alongA, alongB := out.Along(a, size, ofA.Size), 1
	if b.Lay != nil {
		alongB = out.Along(b, size, ofB.Size)
	}
	if alongA == exec.UnknownStride || alongB == exec.UnknownStride || alongA == 0 && (alongB == 0 || b.Lay == nil) ||
		masked.Lay != nil && (masked.Base == out.Base || out.Along(masked, size, 1) != 1) {
		return false
	}
	var f flat
	f.n, f.used = n, mask+1
	f.array(0, out.Base, size, size)
	f.array(1, a.Base, alongA*ofA.Size, ofA.Size)
	operands := 1
	if b.Lay != nil {
		operands = 2
		f.array(2, b.Base, alongB*ofB.Size, ofB.Size)
	}
	if masked.Lay != nil {
		f.array(mask, masked.Base, 1, 1)
	}
	f.lay(r, m, operands, converts)
	f.run(max(r.Widest(), size))
	return true
}

// array sets a stream of the arrays.
func (f *flat) array(i uint8, at unsafe.Pointer, step, size int) {
	s := &f.streams[i]
	s.at, s.step, s.move, s.size = at, step, step, int32(size)
}

// mostRules is how many rules of one operand a flat has room for.
const mostRules = 7

// rules returns how many convert elements so stored.
func (s *Storage) rules() int {
	if s.By == nil {
		return 0
	}
	return max(len(s.By.Via), 1)
}

// odd reports whether elements are not stored side by side in the machine's byte order.
func (s *Storage) odd(of *kernel.Operand) bool {
	return s.Swap != 0 || s.Unit != 0 && s.Unit != of.Size
}

// lay lays the steps.
func (f *flat) lay(r exec.Rule, m *Mixed, operands int, converts bool) {
	out := &f.streams[0]
	masked := f.streams[mask].size > 0
	last := !masked && m.Out.By == nil
	x := f.bring(r, 1, &m.A)
	switch {
	case operands == 2:
		y := f.bring(r, 2, &m.B)
		pattern := kernel.VV
		switch {
		case f.streams[y].step == 0 && f.streams[x].step == 0: // one is laid out
			to := f.to(r.A.Size, false)
			f.do(r.Copies(&r.A).Entries()[kernel.FromI].Func, to, x, x)
			x, pattern = to, kernel.VC
		case f.streams[y].step == 0:
			pattern = kernel.VC
		case f.streams[x].step == 0 && r.Commutes:
			x, y, pattern = y, x, kernel.VC
		case f.streams[x].step == 0:
			pattern = kernel.CV
		}
		if masked && m.Out.By == nil {
			if under := r.Under(m.Under, pattern, f.n*r.Widest()); under != nil {
				f.do(under, 0, x, y)
				return
			}
		}
		dst := f.to(r.Out.Size, last)
		f.do(r.EntryFor(pattern, f.n*r.Widest(), exec.Nearest).Func, dst, x, y)
		x = dst
	case converts:
		x = f.convert(r, x, last)
	}
	if m.Out.By != nil {
		x = f.convert(exec.Rule{Rule: m.Out.By, On: r.On}, x, !masked)
	}
	switch {
	case masked:
		f.do(r.On.Entries(exec.MaskedCopies(int(out.size)))[kernel.VVM].Func, 0, x, mask)
	case x != 0:
		f.do(exec.CopyNests(int(out.size), false), 0, x, x)
	}
}

// to returns a stream for elements of so many bytes: out if they are the last, or scratch memory.
func (f *flat) to(size int, last bool) uint8 {
	if last {
		return 0
	}
	f.scratch += size
	s := &f.streams[f.used]
	s.size, s.step = int32(size), size
	f.used++
	return f.used - 1
}

func (f *flat) do(by kernel.Func, dst, a, b uint8) *runStep {
	d := &f.list[f.steps]
	f.steps++
	d.kernel, d.dst, d.a, d.b = by, dst, a, b
	return d
}

// convert adds the steps of a rule of one operand.
func (f *flat) convert(by exec.Rule, a uint8, last bool) uint8 {
	if len(by.Via) > 0 {
		for i, via := range by.Via {
			a = f.convert(exec.Rule{Rule: via, On: by.On}, a, last && i == len(by.Via)-1)
		}
		return a
	}
	one := f.streams[a].step == 0
	dst := f.to(by.Out.Size, last)
	f.do(by.Entries()[kernel.V].Func, dst, a, a).once = one
	if one {
		f.streams[dst].step = 0
	}
	return dst
}

// bring has an operand be elements of the rule.
func (f *flat) bring(r exec.Rule, x uint8, of *Storage) uint8 {
	if of.By == nil {
		return x
	}
	return f.convert(exec.Rule{Rule: of.By, On: r.On}, x, false)
}

// run does the steps, with elements of so many bytes at most.
func (f *flat) run(wide int) {
	f.block = f.n
	most := exec.PipeBytes / wide
	if f.scratch == 0 {
		most = pipeDirect / wide
	}
	if f.scratch > 0 && f.n*f.scratch > exec.PipeScratch {
		most = min(most, exec.PipeScratch/f.scratch)
	}
	if f.n > most {
		f.block = min(f.n, most/exec.BlockCols*exec.BlockCols)
	}
	f.nest.Rows, f.nest.MaskRow = 1, 0
	switch bytes := f.scratch*f.block + int(f.used-mask)*exec.TileLine; {
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
	f.blocks(exec.Hidden(unsafe.Pointer(&scratch)))
}

// blocks does the steps with all blocks.
func (f *flat) blocks(scratch unsafe.Pointer) {
	scratch = unsafe.Add(scratch, -uintptr(scratch)%exec.TileLine)
	for i := uint8(mask + 1); i < f.used; i++ {
		s := &f.streams[i]
		s.at = scratch
		scratch = unsafe.Add(scratch, (int(s.size)*f.block+exec.TileLine-1)/exec.TileLine*exec.TileLine)
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
			f.nest.DstCol, f.nest.ACol, f.nest.BCol = dst.step, a.step, b.step
			f.nest.Dst, f.nest.A, f.nest.B = unsafe.Add(dst.at, at*dst.move), unsafe.Add(a.at, at*a.move), unsafe.Add(b.at, at*b.move)
			f.nest.Mask = unsafe.Add(f.streams[mask].at, at*f.streams[mask].move)
			exec.CallNest(d.kernel, &f.nest.Nest)
		}
	}
}
