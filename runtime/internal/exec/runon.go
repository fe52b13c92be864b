package exec

import (
	"slices"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
)

// RunOn runs j, which was resolved for out, a and b in this order, on other arrays that are laid
// out as those are. Of all that walk the outermost axis of out its extent may be less.
func (j *Job) RunOn(threads int, of, on [3]Operand) error {
	for _, x := range on {
		if x.Lay == nil {
			return NoArray(on[0], on[1], on[2])
		}
	}
	if j.moves(&of, &on) {
		j.runMoved(threads, &on)
		return nil
	}
	if err := LaidOutAs(of[:], on[:], j.walk.rule.On, j.walk.rule.SizeOf, func(i int) string { return [...]string{"out", "a", "b"}[i] }); err != nil {
		return err
	}
	var k Job
	if err := k.Resolve(j.walk.rule, on[0], on[1], on[2]); err != nil {
		return err
	}
	k.Run(threads)
	return nil
}

// moves reports whether all that j chose holds for other arrays: they have the same layouts, need
// no copies, and out lies in cache lines as it did, and apart from operands or as one of them.
func (j *Job) moves(of, on *[3]Operand) bool {
	sizes, out := j.walk.rule.Sizes(), on[0]
	if !Writable(out.Lay) || j.copies != nil || (uintptr(out.Base)-uintptr(of[0].Base))%TileLine != 0 {
		return false
	}
	for i, x := range on {
		if !SameLayout(x.Lay, of[i].Lay) || i > 0 && ((x.Base == out.Base) != (of[i].Base == of[0].Base) || !sameOrOutside(out, x, sizes[0], sizes[i])) {
			return false
		}
	}
	return true
}

// SameLayout reports whether layouts have the same shape and strides.
func SameLayout(l, m *layout.Layout) bool {
	return l == m || l.Run != 0 && l.Run == m.Run || l.Item == m.Item && slices.Equal(l.Shape, m.Shape) && slices.Equal(l.Strides, m.Strides)
}

// runMoved is Run on other arrays.
func (j *Job) runMoved(threads int, on *[3]Operand) {
	if j.layout.Empty {
		return
	}
	if threads := ThreadsFor(threads, j.bytes); threads > 1 {
		k := *j
		k.out, k.a, k.b = on[0].Base, on[1].Base, on[2].Base
		k.share(threads)
		return
	}
	w := j.walk
	a, b := &w.nest.A, &w.nest.B
	if w.ka == broadcast.B {
		a, b = b, a
	}
	// Hidden: w ends with this call.
	w.nest.Dst = unsafe.Add(Hidden(on[0].Base), uintptr(w.nest.Dst)-uintptr(j.out))
	// Hidden: as above.
	*a = unsafe.Add(Hidden(on[1].Base), uintptr(*a)-uintptr(j.a))
	// Hidden: as above.
	*b = unsafe.Add(Hidden(on[2].Base), uintptr(*b)-uintptr(j.b))
	if j.once {
		w.kernel(HideNest(&w.nest))
		return
	}
	w.multiply(&j.layout)
}

// LaidOutAs returns an error unless arrays are laid out as others, but for a smaller extent of the
// outermost axis. The first is out. SizeOf returns the bytes of their elements.
func LaidOutAs(of, on []Operand, s *Site, sizeOf func(int) int, nameOf func(int) string) error {
	was, is := of[0].Lay.Shape, on[0].Lay.Shape
	for i := range on {
		l, m := of[i].Lay, on[i].Lay
		fits := len(l.Shape) == len(m.Shape) && l.Item == m.Item
		for axis := 0; fits && axis < len(l.Shape); axis++ {
			outermost := axis == 0 && len(l.Shape) == len(was) && len(is) > 0 && l.Shape[0] == was[0]
			fits = m.Shape[axis] == l.Shape[axis] || outermost && m.Shape[0] == is[0] && is[0] < was[0]
			fits = fits && (m.Shape[axis] <= 1 || m.Strides[axis] == l.Strides[axis])
		}
		if !fits {
			return fault.Because(fault.ErrPlan, "%s, %s, is not laid out as that of the plan, %s", nameOf(i), s.laid(m, sizeOf(i)), s.laid(l, sizeOf(i)))
		}
	}
	return nil
}

// Rule returns the rule by which j multiplies.
func (j *Job) Rule() Rule { return j.walk.rule }
