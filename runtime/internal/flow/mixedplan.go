package flow

import (
	"strconv"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
)

// MixedPlan is a mixed multiply that is resolved once, to be run many times.
type MixedPlan struct {
	m      Mixed
	arrays []exec.Operand // out, the operands, and the mask if there is one
	masked bool
	plain  bool // nothing is converted, and job multiplies
	job    exec.Job
	flow   flow
}

// Plan resolves a multiply or, of one operand, a conversion, see [Mixed.Product] and
// [Mixed.Convert].
func (m *Mixed) Plan(out, mask exec.Operand, xs ...exec.Operand) (*MixedPlan, error) {
	if len(xs) == 0 {
		return nil, fault.ErrNoOperands
	}
	p := &MixedPlan{m: *m, arrays: listed(out, mask, xs), masked: mask.Lay != nil}
	if len(xs) == 1 {
		p.m = m.alone()
	}
	if p.plain = len(xs) == 2 && !p.masked && m.A == (Storage{}) && m.B == (Storage{}) && m.Out == (Storage{}); p.plain {
		return p, p.job.Resolve(exec.Rule{Rule: m.By, On: m.On}, out, xs[0], xs[1])
	}
	return p, p.resolve(&p.flow, p.arrays)
}

// listed returns arrays in the order in which a flow has them.
func listed(out, mask exec.Operand, xs []exec.Operand) []exec.Operand {
	list := append([]exec.Operand{out}, xs...)
	if mask.Lay != nil {
		list = append(list, mask)
	}
	return list
}

// xsOf returns the operands of listed arrays.
func xsOf(arrays []exec.Operand, masked bool) []exec.Operand {
	if masked {
		arrays = arrays[:len(arrays)-1]
	}
	return arrays[1:]
}

// resolve resolves a flow for arrays.
func (p *MixedPlan) resolve(f *flow, arrays []exec.Operand) error {
	var mask exec.Operand
	if p.masked {
		mask = arrays[len(arrays)-1]
	}
	f.bySteps = (*flow).steps
	f.converts = p.m.By.Unary && p.m.By.A.Move != nil // or else it copies
	return f.set(&p.m, make([]exec.Array, len(arrays)+1), nil, arrays[0], mask, xsOf(arrays, p.masked))
}

// Run brings copies of what overlaps out up to date and multiplies, on so many threads.
func (p *MixedPlan) Run(threads int) {
	if p.plain {
		if exec.RaceDetector {
			exec.Announce(p.job.Rule().Sizes(), p.arrays[0], p.arrays[1], p.arrays[2])
		}
		p.job.Run(threads)
		return
	}
	p.runMoved(threads, p.arrays)
}

// runMoved is Run on arrays that lie as those of p.
func (p *MixedPlan) runMoved(threads int, on []exec.Operand) {
	f := &p.flow
	if f.loops.empty {
		return
	}
	for i := range f.arrays {
		if f.copies == nil { // or else some stand in for others, and none moves
			f.arrays[i].Base = on[i].Base
		}
	}
	f.runAnnounced(threads)
}

func (f *flow) runAnnounced(threads int) {
	if exec.RaceDetector {
		f.announce()
	}
	f.do(threads)
}

// RunOn runs p on other arrays that are laid out as those are for which it was made. Of all that
// walk the outermost axis of out its extent may be less.
func (p *MixedPlan) RunOn(threads int, out, mask exec.Operand, xs ...exec.Operand) error {
	on := listed(out, mask, xs)
	if len(on) != len(p.arrays) || p.masked != (mask.Lay != nil) {
		return fault.Because(fault.ErrPlan, "the plan is of %s, got %s", counted(len(p.arrays)-1, p.masked), counted(len(on)-1, mask.Lay != nil))
	}
	for i, x := range on {
		if x.Lay == nil {
			return fault.Regarding(p.nameOf(i), fault.ErrNoArray)
		}
	}
	if p.plain {
		if err := exec.LaidOutAs(p.arrays, on, p.m.On, p.sizeOf, p.nameOf); err != nil {
			return err
		}
		if exec.RaceDetector {
			exec.Announce(p.job.Rule().Sizes(), out, xs[0], xs[1])
		}
		return p.job.RunOn(threads, [3]exec.Operand(p.arrays), [3]exec.Operand(on))
	}
	if p.moves(on) {
		p.runMoved(threads, on)
		return nil
	}
	if err := exec.LaidOutAs(p.arrays, on, p.m.On, p.sizeOf, p.nameOf); err != nil {
		return err
	}
	var f flow
	if err := p.resolve(&f, on); err != nil || f.loops.empty {
		return err
	}
	f.runAnnounced(threads)
	return nil
}

// moves reports whether all that p chose holds for other arrays: they have the same layouts, and
// neither are copied.
func (p *MixedPlan) moves(on []exec.Operand) bool {
	f := &p.flow
	if f.copies != nil || !exec.Writable(on[0].Lay) {
		return false
	}
	for i, x := range on {
		if !exec.SameLayout(x.Lay, p.arrays[i].Lay) {
			return false
		}
		if i > 0 && !f.loops.empty {
			at, to := f.arrays[i], f.arrays[0]
			at.Operand, to.Operand = x, on[0]
			if at.Clashes(&to) {
				return false
			}
		}
	}
	return true
}

// exec.SizeOf returns the bytes of an element of an array of p.
func (p *MixedPlan) sizeOf(i int) int {
	if p.plain {
		return p.job.Rule().SizeOf(i)
	}
	return p.flow.arrays[i].Size
}

// nameOf returns what errors call an array of p.
func (p *MixedPlan) nameOf(i int) string {
	switch last := len(p.arrays) - 1; {
	case i == 0:
		return "out"
	case p.masked && i == last:
		return "the mask"
	default:
		return "operand " + p.m.name(i-1, len(xsOf(p.arrays, p.masked)))
	}
}

// counted is how many operands there are, in words.
func counted(arrays int, masked bool) string {
	if masked {
		return strconv.Itoa(arrays-1) + " operands and a mask"
	}
	return strconv.Itoa(arrays) + " operands"
}
