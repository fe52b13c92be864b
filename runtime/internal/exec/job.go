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
	walk      Walk
	copies    *[2]replaced // of a and b, nil where neither clashes with out
}

// InlineRank is the rank up to which resolving a job allocates nothing.
const InlineRank = 8

// Resolve sets j up.
func (j *Job) Resolve(r Rule, out, a, b Operand) error { // in words, as Multiply
	return j.resolve(r.Rule, r.On, out.Base, a.Base, b.Base, out.Lay, a.Lay, b.Lay)
}

// resolve is Resolve in words.
func (j *Job) resolve(rule *kernel.Rule, on *Site, to, from, by unsafe.Pointer, o, x, y *layout.Layout) error {
	r, out, a, b := Rule{rule, on}, Operand{to, o}, Operand{from, x}, Operand{by, y}
	if out.Lay == nil || a.Lay == nil || b.Lay == nil {
		return NoArray(out, a, b)
	}
	if !Writable(out.Lay) {
		return Unwritable(r.On, out.Lay, r.Out.Size)
	}
	size := r.Out.Size
	j.bytes = r.bytes(out.Lay.Size, a.Lay.Size, b.Lay.Size)
	j.out, j.a, j.b = out.Base, a.Base, b.Base
	if !sameOrOutside(out, a, size, r.A.Size) || !sameOrOutside(out, b, size, r.B.Size) || !j.layout.Fit(&out.Lay.Strided, &a.Lay.Strided, &b.Lay.Strided) {
		if err := j.arrange(r, out, a, b); err != nil {
			return err
		}
	}
	reach := r.reachWithin(j.bytes)
	if j.bytes >= r.On.Near { // or else it costs a call
		reach = r.ReachOf(out.Lay.Size*size, j.bytes)
	}
	j.entry = j.walk.Set(r, &j.layout, reach, j.out, j.a, j.b)
	j.once = j.walk.outer == 0 && j.walk.once() && !j.layout.Empty && j.copies == nil
	return nil
}

// NoArray says which operand holds nothing.
func NoArray(out, a, b Operand) error {
	name := "b"
	switch {
	case out.Lay == nil:
		name = "out"
	case a.Lay == nil:
		name = "a"
	}
	return fault.Regarding("operand "+name, fault.ErrNoArray)
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
				c.load(j.walk.rule.Copies(j.walk.rule.Operand(i)), c.from)
			}
		}
	}
	if threads := ThreadsFor(threads, j.bytes); threads > 1 {
		j.share(threads)
		return
	}
	j.walk.multiply(&j.layout)
}

// Writable reports whether an output can be written to.
func Writable(l *layout.Layout) bool { return !l.ReadOnly && !l.Overlapping }

// Unwritable says why an output can not be whose elements have so many bytes.
func Unwritable(s *Site, l *layout.Layout, size int) error {
	if l.ReadOnly {
		return fault.Regarding("out, shape "+broadcast.FormatShape(l.Shape), fault.ErrReadOnly)
	}
	return fault.Regarding("out, "+s.laid(l, size), fault.ErrSelfOverlap)
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
