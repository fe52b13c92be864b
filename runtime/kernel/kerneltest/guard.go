package kerneltest

import (
	"fmt"
	goruntime "runtime"
	"runtime/debug"
	"unsafe"

	"github.com/hadamard-go/hadamard/internal/guard"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// guardedBytes are enough for two tiles of 256 bytes and a little more at the largest step.
func guardedBytes() int {
	most := 16
	for p := range kernel.Pattern(kernel.NumPatterns) {
		for _, step := range []int{p.Form().Dst, p.Form().A, p.Form().B} {
			if step != kernel.AnyStep {
				most = max(most, step)
			}
		}
	}
	return most << 10
}

// guard runs the kernel on operands that end or begin at a page that may not be touched, and
// that can not be written.
func (t *trial) guard() error {
	bufs := &t.of.pages // of out, a and b
	for i := range bufs {
		t.fill(bufs[i], i)
	}
	if form := t.Pattern.Form(); form.Masks || form.Under {
		if err := t.untouched(); err != nil {
			return err
		}
	}
	for _, operand := range bufs[1:] { // which a kernel only reads
		if err := guard.Protect(operand, true); err != nil {
			return err
		}
		defer guard.Protect(operand, false) //nolint:errcheck // it was so before
	}
	for cols := 1; cols <= 2*t.tile()+2; cols++ {
		n := stepped(cols, 1, 1, t.column(9), t.column(9))
		t.shape(&n)
		n.apart = 0
		if n.rows == 0 || repeated(t.Info) && cols%4 != 1 {
			continue
		}
		for side := range 8 { // which of the operands lie against the lower guard
			var p [3]unsafe.Pointer
			if t.masks != nil { // which lies as b does
				n.mask = t.maskOf(n.rows, n.cols)
				at := 0
				if side>>2 == 0 {
					at = len(t.of.masks) - len(n.mask.bytes)
				}
				n.mask.bytes = t.of.masks[at:][:copy(t.of.masks[at:], n.mask.bytes)]
			}
			for i, s := range []step{n.dst, n.a, n.b} {
				lo, hi := n.span(s)
				size := sizes(t.Info)[i]
				start := -lo * size
				if side>>i&1 == 0 {
					start = len(bufs[i]) - (hi+1)*size
				}
				p[i] = addr(bufs[i][start:])
			}
			if err := faulting(func() { t.run(n, p[0], p[1], p[2]) }); err != nil {
				return fmt.Errorf("%+v, of which out, a and b begin at a guard or end at one (%03b): %w", n, side, err)
			}
		}
	}
	return nil
}

// untouched runs a kernel of a mask on rows of which what is not selected lies where no memory of
// out is: some elements at either end.
func (t *trial) untouched() error {
	dst, a, b := t.of.pages[0], t.of.pages[1], t.of.pages[2]
	masks, selects := b, func(m []byte) { t.fill(m, 2) }
	if t.masks != nil {
		masks, selects = t.of.masks, func(m []byte) { copy(m, t.maskOf(1, len(m)).bytes) }
	}
	for cols := 1; cols <= 2*t.tile()+2; cols++ {
		n := stepped(cols, 1, 1, 1, 1)
		t.shape(&n)
		mask := masks[len(masks)-cols:]
		y := addr(b)
		if t.masks == nil {
			y = addr(mask)
		} else {
			n.mask.bytes = mask
		}
		for lost := 1; lost <= cols; lost += 1 + lost/8 {
			selects(mask)
			clear(mask[cols-lost:])
			upper := unsafe.Add(addr(dst), len(dst)-(cols-lost)*t.OutSize)
			if err := faulting(func() { t.run(n, upper, addr(a), y) }); err != nil {
				return fmt.Errorf("%d of %d elements of out, the last, are not selected, and lie behind a guard: %w", lost, cols, err)
			}
			selects(mask)
			clear(mask[:lost])
			lower := unsafe.Add(addr(dst), -lost*t.OutSize)
			if err := faulting(func() { t.run(n, lower, addr(a), y) }); err != nil {
				return fmt.Errorf("%d of %d elements of out, the first, are not selected, and lie before a guard: %w", lost, cols, err)
			}
		}
	}
	return nil
}

// faulting calls f and returns the fault that it ended with.
func faulting(f func()) (fault error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err, memory := r.(goruntime.Error)
			if !memory {
				panic(r)
			}
			fault = err
		}
	}()
	f()
	return nil
}
