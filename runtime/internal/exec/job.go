package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/internal/fault"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Job is a multiply that is ready to run.
type Job struct {
	bytes     int  // of out and both operands
	once      bool // one call of the kernel is all there is to do
	layout    broadcast.Layout
	out, a, b unsafe.Pointer // the elements (0,…,0), of copies where there are some
	entry     *kernel.Entry
	walk      walk
	copies    *[2]replaced // of a and b, nil where neither clashes with out
}

// replaced is an operand that clashes with out, and the memory for its copy. Others have none.
type replaced struct {
	*scratch
	from Operand
}

// InlineRank is the rank up to which resolving a job allocates nothing.
const InlineRank = 8

// Resolve sets j up.
func (j *Job) Resolve(r Rule, out, a, b Operand) error {
	if out.Lay == nil || a.Lay == nil || b.Lay == nil {
		return NoArray(out, a, b)
	}
	if !writable(out.Lay) {
		return unwritable(out.Lay)
	}
	size := r.Out.Size
	j.bytes = r.bytes(out.Lay.Size, a.Lay.Size, b.Lay.Size)
	j.out, j.a, j.b = out.Base, a.Base, b.Base
	if !sameOrOutside(out, a, size, r.A.Size) || !sameOrOutside(out, b, size, r.B.Size) || !j.layout.Fit(&out.Lay.Strided, &a.Lay.Strided, &b.Lay.Strided) {
		if err := j.arrange(r, out, a, b); err != nil {
			return err
		}
	}
	reach := r.reachOf(out.Lay.Size*size, j.bytes)
	j.entry = j.walk.set(r, &j.layout, reach, j.out, j.a, j.b)
	j.once = j.walk.outer == 0 && j.walk.once() && !j.layout.Empty && j.copies == nil
	return nil
}

// arrange makes room for copies of operands that clash with out, and the layout.
func (j *Job) arrange(r Rule, out, a, b Operand) error {
	var buf [2][InlineRank]int
	aStrides, err := stretched(buf[0][:0], a.Lay, out.Lay)
	if err != nil {
		return misfit("a", err)
	}
	bStrides, err := stretched(buf[1][:0], b.Lay, out.Lay)
	if err != nil {
		return misfit("b", err)
	}
	if clashes(out, a, aStrides, r.Out.Size, r.A.Size) {
		if j.a, aStrides, err = j.replace(0, r.A.Size, a, out.Lay); err != nil {
			return err
		}
	}
	if clashes(out, b, bStrides, r.Out.Size, r.B.Size) {
		if j.b, bStrides, err = j.replace(1, r.B.Size, b, out.Lay); err != nil {
			return err
		}
	}
	broadcast.Normalize(&j.layout, out.Lay.Shape, out.Lay.Strides, aStrides, bStrides)
	return nil
}

// stretched returns the strides of an operand, stretched to the shape of out, in buf
// unless they are those that it has.
func stretched(buf []int, x, out *layout.Layout) ([]int, error) {
	if layout.SameShape(x, out) {
		return x.Strides, nil
	}
	return broadcast.Strides(buf, x.Shape, x.Strides, out.Shape)
}

// misfit says which operand does not broadcast to out.
func misfit(operand string, err error) error {
	return fault.Regarding("operand "+operand+" does not fit out", err)
}

// replace makes room for a copy of an operand, a or b, that clashes with out, and returns
// where the copy starts and its strides, stretched to the shape of out.
func (j *Job) replace(which, size int, x Operand, out *layout.Layout) (unsafe.Pointer, []int, error) {
	s, err := newScratch(x.Lay, size)
	if err != nil {
		return nil, nil, uncopied(string(rune('a'+which)), err)
	}
	if j.copies == nil {
		j.copies = new([2]replaced)
	}
	j.copies[which] = replaced{s, x}
	strides, err := broadcast.Strides(nil, x.Lay.Shape, s.strides, out.Shape) // as the operand's did
	return s.base, strides, err
}

// Run brings the copies up to date and multiplies, on so many threads.
func (j *Job) Run(threads int) {
	if w := &j.walk; j.once {
		w.kernel(HideNest(&w.nest))
		return
	}
	if j.layout.Empty {
		return
	}
	if j.copies != nil {
		for i, c := range j.copies {
			if c.scratch != nil {
				c.load(j.walk.rule.copies(j.walk.rule.operand(i)), c.from)
			}
		}
	}
	if threads := threadsFor(threads, j.bytes); threads > 1 {
		j.share(threads)
		return
	}
	j.walk.multiply(&j.layout)
}

// writable reports whether an output can be written to.
func writable(l *layout.Layout) bool { return !l.ReadOnly && !l.Overlapping }

// unwritable says why an output can not be.
func unwritable(l *layout.Layout) error {
	if l.ReadOnly {
		return fault.Regarding("out, shape "+broadcast.FormatShape(l.Shape), fault.ErrReadOnly)
	}
	return fault.Regarding("out, shape "+broadcast.FormatShape(l.Shape)+" with strides "+broadcast.FormatShape(l.Strides), fault.ErrSelfOverlap)
}

// Kernel returns the ID of the kernel that runs, or "" before the job is resolved.
func (j *Job) Kernel() string {
	if j.entry == nil {
		return ""
	}
	return j.walk.rule.ID(j.entry)
}

// Call returns the kernel, if one call of it, on the job's nest, is all there is to do.
func (j *Job) Call() (call kernel.Func, once bool) { return j.walk.kernel, j.once }

// Nest returns the nest of the job.
func (j *Job) Nest() *kernel.Nest { return &j.walk.nest }

// String describes the loops, the kernel, and the operands that each run copies first.
func (j *Job) String() string {
	s := j.layout.String() + ", " + j.Kernel()
	if j.copies != nil {
		for i, c := range j.copies {
			if c.scratch != nil {
				s += ", copies " + string(rune('a'+i))
			}
		}
	}
	return s
}
