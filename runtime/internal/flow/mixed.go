package flow

import (
	"slices"
	"strconv"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Mixed is a multiply of arrays whose elements are not those of the rule: operands are converted
// before, the product after. It all happens block by block, in the first-level cache. Results are
// as if operands, and the mask, had been copied first; where the mask is false out is neither read
// nor written.
type Mixed struct {
	On *exec.Site
	By *kernel.Rule // of two operands, or of one for Convert: a conversion, or a rule that copies
	// Under is kernels that multiply by the rule under a mask, in one step, if there are any.
	Under *kernel.Set
	// How the elements of a are stored, of b, and of out.
	A, B, Out Storage
	Others    []Storage // how those of operands after b are; as those of b, if there are none
	Swapped   bool      // a is what errors call b, and b what they call a
	Only      string    // what errors call a where it is the only operand
	Counted   bool      // errors count operands, from 0
}

// Multiply writes a by b to out where the mask is true, or everywhere if it has no layout. The mask
// holds a byte for each element, which is 0 or 1. All stretch to the shape of out.
func (m *Mixed) Multiply(threads int, out, a, b, mask exec.Operand) error {
	if mask.Lay == nil && m.A == (Storage{}) && m.B == (Storage{}) && m.Out == (Storage{}) {
		r := exec.Rule{Rule: m.By, On: m.On}
		if exec.RaceDetector {
			exec.Announce(r.Sizes(), out, a, b)
		}
		return exec.Multiply(r, out, a, b, threads)
	}
	if out.Lay != nil && a.Lay != nil && b.Lay != nil && !exec.RaceDetector && m.flat(out, a, b, mask, false) {
		return nil
	}
	var arrays [inlineArrays]exec.Array
	f := flow{bySteps: (*flow).steps}
	// Hidden: the list alone, not what is in it, see flow.share.
	return f.run(m, unsafe.Slice((*exec.Array)(exec.Hidden(unsafe.Pointer(&arrays))), inlineArrays), threads, out, mask, a, b)
}

// Convert writes a to out as By converts it, see Multiply.
func (m *Mixed) Convert(threads int, out, a, mask exec.Operand) error {
	converts := m.By.A.Move != nil // or else it copies
	if out.Lay != nil && a.Lay != nil && !exec.RaceDetector && m.flat(out, a, exec.Operand{}, mask, converts) {
		return nil
	}
	f := flow{bySteps: (*flow).steps, converts: converts}
	var arrays [inlineArrays]exec.Array
	// Hidden: as for Multiply.
	return f.run(m, unsafe.Slice((*exec.Array)(exec.Hidden(unsafe.Pointer(&arrays))), inlineArrays), threads, out, mask, a)
}

// Product writes the product of all operands to out, from left to right, see Multiply.
func (m *Mixed) Product(threads int, out exec.Operand, mask exec.Operand, xs ...exec.Operand) error {
	switch len(xs) {
	case 0:
		return fault.ErrNoOperands
	case 1:
		m := m.alone()
		return m.Convert(threads, out, xs[0], mask)
	}
	f := flow{bySteps: (*flow).steps}
	return f.run(m, make([]exec.Array, len(xs)+2), threads, out, mask, xs...)
}

// alone returns m of a single operand: unless it converts by its rule, it copies, there being nothing to
// multiply by.
func (m *Mixed) alone() Mixed {
	one := *m
	if !m.By.Unary {
		one.By = m.By.Out.Move
	}
	return one
}

// inlineArrays is how many arrays, out and a mask among them, need no allocation.
const inlineArrays = 4

// flow is a multiply of any operands that is ready to run: by steps that convert and multiply, or, where
// nothing is converted, by several factors at once, or as a chain.
type flow struct {
	m         Mixed
	bySteps   func(*flow)  // nil where nothing is converted, so that programs without it do not link steps
	arrays    []exec.Array // out, the operands, and the mask if there is one
	operands  int
	converts  bool // by the rule, which has one operand
	masked    bool
	announced bool // the race detector has been told
	copies    []copied
	loops     loops
	bytes     int // of all arrays
	reach     exec.Reach
}

// copied is an array that stands in for another, which clashes with out.
type copied struct {
	array int
	from  exec.Array
	flow  *flow
}

func (f *flow) run(m *Mixed, arrays []exec.Array, threads int, out, mask exec.Operand, xs ...exec.Operand) error {
	exec.Escape(out) // threads follow it
	exec.Escape(mask)
	for _, x := range xs {
		exec.Escape(x)
	}
	var words [exec.InlineRank * (InlineOperands + 2)]int
	// Hidden: numbers without pointers, of which threads get copies.
	if err := f.set(m, arrays, unsafe.Slice((*int)(exec.Hidden(unsafe.Pointer(&words))), len(words)), out, mask, xs); err != nil || f.loops.empty {
		return err
	}
	if exec.RaceDetector && !f.announced {
		f.announce()
	}
	f.do(threads)
	return nil
}

// announce tells the race detector what f reads and writes, before operands are copied.
func (f *flow) announce() {
	arrays := slices.Clone(f.arrays)
	for _, c := range f.copies {
		arrays[c.array] = c.from
	}
	exec.AnnounceAll(arrays, f.masked)
}

// set resolves f. The arrays and words are kept.
func (f *flow) set(m *Mixed, arrays []exec.Array, words []int, out, mask exec.Operand, xs []exec.Operand) error {
	f.m, f.operands = *m, len(xs)
	if err := f.accept(arrays, out, mask, xs); err != nil {
		return err
	}
	if out.Lay.Size == 0 {
		f.loops.empty = true
		return nil
	}
	for i := range f.arrays[1:] {
		if err := f.apart(i + 1); err != nil {
			return err
		}
	}
	written := out.Lay.Size * f.arrays[0].Size
	for i := range f.arrays {
		f.bytes += f.arrays[i].Lay.Size * f.arrays[i].Size
	}
	f.reach = f.rule().ReachOf(written, f.bytes)
	if need := len(out.Lay.Shape) * (len(f.arrays) + 1); need > len(words) {
		words = make([]int, need)
	}
	f.loops.set(words, f.arrays)
	return nil
}

func (f *flow) rule() exec.Rule { return exec.Rule{Rule: f.m.By, On: f.m.On} }

// accept makes arrays of operands that fit.
func (f *flow) accept(arrays []exec.Array, out, mask exec.Operand, xs []exec.Operand) error {
	r := f.rule()
	if out.Lay == nil {
		return fault.Regarding("operand out", fault.ErrNoArray)
	}
	if !exec.Writable(out.Lay) {
		return exec.Unwritable(f.m.On, out.Lay, f.m.Out.made(&r.Out).Size)
	}
	n := 1 + len(xs)
	arrays[0] = f.m.Out.arrayOf(out, f.m.Out.made(&r.Out).Size)
	for i, x := range xs {
		if x.Lay == nil {
			return fault.Regarding("operand "+f.name(i), fault.ErrNoArray)
		}
		if !exec.Fits(out.Lay, x.Lay) {
			return f.misfit("operand "+f.name(i), x.Lay.Strided, out.Lay.Shape)
		}
		of := f.m.stored(i)
		arrays[i+1] = of.arrayOf(x, of.element(r.Operand(min(i, 1))).Size)
	}
	if mask.Lay != nil {
		if !exec.Fits(out.Lay, mask.Lay) {
			return f.misfit("the mask", mask.Lay.Strided, out.Lay.Shape)
		}
		f.masked = true
		arrays[n] = exec.Array{Operand: mask, Size: 1, Unit: 1}
		n++
	}
	f.arrays = arrays[:n]
	return nil
}

// name returns what errors call an operand.
func (f *flow) name(i int) string { return f.m.name(i, f.operands) }

// name returns what errors call an operand of so many.
func (m *Mixed) name(i, operands int) string {
	switch {
	case operands > 2 || m.Counted:
		return strconv.Itoa(i)
	case operands == 1:
		return m.Only
	case m.Swapped:
		i = 1 - i
	}
	return string(rune('a' + i))
}

// misfit says what does not stretch to out.
func (f *flow) misfit(what string, x broadcast.Strided, shape []int) error {
	_, err := broadcast.Strides(nil, x.Shape, x.Strides, shape)
	return fault.Regarding(what+" does not fit out", err)
}

// apart has an array that clashes with out be copied before each run.
func (f *flow) apart(i int) error {
	x := &f.arrays[i]
	if !x.Clashes(&f.arrays[0]) {
		return nil
	}
	c := copied{array: i, from: *x, flow: &flow{bySteps: f.bySteps}}
	s, err := exec.NewScratch(x.Lay, x.Size)
	if err != nil {
		return exec.Uncopied(f.nameOf(i), err)
	}
	once, err := layout.New(x.Lay.Once())
	if err != nil {
		return err
	}
	packed, err := layout.Packed(once.Shape)
	if err != nil {
		return err
	}
	stands, err := layout.New(x.Lay.Shape, s.Strides)
	if err != nil {
		return err
	}
	m := Mixed{On: f.m.On, By: f.copyOf(i)}
	if x.Unit != x.Size {
		m.A.Unit = x.Unit
	}
	if err := c.flow.set(&m, make([]exec.Array, 2), nil, exec.Operand{Base: s.Base, Lay: packed}, exec.Operand{}, []exec.Operand{{Base: x.Base, Lay: once}}); err != nil {
		return err
	}
	f.copies = append(f.copies, c)
	*x = exec.Array{Operand: exec.Operand{Base: s.Base, Lay: stands}, Size: x.Size, Unit: x.Size}
	return nil
}

// copyOf returns the rule that copies elements of an array.
func (f *flow) copyOf(i int) *kernel.Rule {
	if i > f.operands {
		return &kernel.Copy1
	}
	r := f.rule()
	return r.Copies(f.m.stored(i - 1).element(r.Operand(min(i-1, 1)))).Rule
}

// nameOf returns what errors call an array.
func (f *flow) nameOf(i int) string {
	if i > f.operands {
		return "the mask"
	}
	return "operand " + f.name(i-1)
}

// do brings the copies up to date and runs the steps, on so many threads.
func (f *flow) do(threads int) {
	for i := range f.copies {
		f.copies[i].flow.do(threads)
	}
	if threads := exec.ThreadsFor(threads, f.bytes); threads > 1 && f.loops.rank > 0 {
		f.share(threads)
		return
	}
	f.onThread()
}

// onThread does all on this goroutine.
func (f *flow) onThread() {
	if f.chained() {
		f.chain()
	} else {
		// Hidden: steps keeps no flow.
		f.bySteps((*flow)(exec.Hidden(unsafe.Pointer(f))))
	}
	f.reach.Fence()
}

// steps does all by a pipeline.
func (f *flow) steps() {
	var room room
	var l laying
	l.rule, l.reach, l.operands, l.converts, l.masked = f.rule(), f.reach, f.operands, f.converts, f.masked
	l.start(room.streams[:], room.list[:], &f.loops)
	for i := range f.arrays {
		x := &f.arrays[i]
		l.array(x.Start(), x.Size, f.crooked(i))
	}
	if l.block = f.m.On.Block; f.bytes < pipeFarFrom {
		l.block = max(l.block, exec.PipeBytes)
	}
	l.lay(&f.m)
	l.runAll()
}

// crooked reports whether elements of an array are not aligned where that matters.
func (f *flow) crooked(i int) bool {
	if unaligned {
		return false
	}
	x := &f.arrays[i]
	at := uintptr(x.Base) + uintptr(x.Offset)
	for k := range f.loops.rank {
		at |= uintptr(f.loops.steps(k)[i])
	}
	return at&uintptr(min(x.Size, 8)-1) != 0
}

// share is steps on several threads.
//
//go:noinline
func (f *flow) share(threads int) {
	// k is on the heap, and all it refers to: this stack may move, at each allocation, and the
	// heap would still point to where it was. own, on the stack, is what has been copied so far.
	own := *f
	own.arrays, own.loops.words = slices.Clone(f.arrays), slices.Clone(f.loops.words)
	k := own
	out := &k.arrays[0]
	d := exec.Divide(k.loops.spans(), uintptr(out.Base)+uintptr(out.Offset), threads, k.bytes)
	exec.Share(threads, d.Parts(), func(part int) {
		f := k
		f.arrays, f.loops.words = slices.Clone(k.arrays), slices.Clone(k.loops.words)
		d.Each(part, func(loop, first, steps int) {
			f.loops.words[loop*(f.loops.arrays+1)] = steps
			for i, step := range f.loops.steps(loop) {
				f.arrays[i].Offset += first * step
			}
		})
		f.onThread()
	})
}
