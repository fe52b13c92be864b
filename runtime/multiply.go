package runtime

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Multiply returns a * b, element by element, as a fresh array. The shapes
// broadcast by NumPy's rules: they are aligned at their last axes, and an axis
// that is missing or has size 1 repeats. The result is laid out like the
// operands, NumPy's order K: in C order unless they agree on another.
//
// The error is, or wraps, a *[ShapeError] when the shapes do not broadcast, [ErrMemory]
// when this process can not have the memory of the result, [ErrNoArray], or a *[LevelError].
func Multiply[T Element](a, b Array[T]) (Array[T], error) {
	out, err := multiply[T](mulOf[T](), a.operand, b.operand)
	if err != nil {
		return Array[T]{}, inOp("Multiply", err)
	}
	return out, nil
}

// multiply multiplies by a rule whose results are of type T.
func multiply[T any](r rule, a, b operand) (out Array[T], err error) {
	if err = active.err; err != nil {
		return out, err
	}
	lay, err := resultLayout(a, b)
	if err != nil {
		return out, unallocatable(err)
	}
	if out, err = allocate[T](lay); err != nil {
		return out, err
	}
	if raceDetector {
		announce(r.sizes(), out.operand, a, b)
	}
	return out, multiplyTo(r, 0, out.operand, a, b)
}

// MultiplyTo writes a * b to out, element by element. a and b broadcast to the
// shape of out, which may be larger than theirs but not smaller.
//
// out may share memory with a and b in any way; the result is as if a and b
// had been copied first. No memory is allocated unless an operand overlaps out
// without being the same view of the same memory, out has more than 8 axes, or
// several threads share the work, see [SetThreads].
//
// The error wraps a *[ShapeError] when an operand does not broadcast to out,
// [ErrReadOnly] or [ErrSelfOverlap] when out can not be written to, [ErrMemory] when this
// process can not have the memory of a copy, [ErrNoArray], or a *[LevelError].
func MultiplyTo[T Element](out, a, b Array[T]) error {
	if raceDetector && active.err == nil {
		announce(mulOf[T]().sizes(), out.operand, a.operand, b.operand)
	}
	if oneRun(out.lay, a.lay, b.lay) && active.err == nil && out.lay.size*elementSize[T]() < quickBytes {
		// few elements take less time than multiplyTo's calls
		return mulEqual[T]()((*T)(out.base), (*T)(a.base), (*T)(b.base), out.lay.size)
	}
	err := active.err
	if err == nil {
		err = multiplyTo(mulOf[T](), 0, out.operand, a.operand, b.operand)
	}
	if err != nil {
		return inOp("MultiplyTo", err)
	}
	return nil
}

func elementSize[T any]() int { return int(unsafe.Sizeof(*new(T))) }

// KernelID returns the ID of the kernel that multiplies by a pattern at the
// active level, such as "float32-vv-avx2". The error wraps [ErrRange] when there is no such
// pattern, or none for operands that may change places, or a *[LevelError].
func KernelID[T Element](pattern kernel.Pattern) (string, error) {
	if active.err != nil {
		return "", inOp("KernelID", active.err)
	}
	if pattern >= kernel.NumPatterns {
		return "", inOp("KernelID", outOfRange("pattern %d of %d", pattern, kernel.NumPatterns))
	}
	id := generated.MulOf[T]()().Entry(active.Level, pattern).ID
	if id == "" {
		return "", inOp("KernelID", outOfRange("pattern %v, which operands that change places have no need of", pattern))
	}
	return id, nil
}

// multiplyTo multiplies elements of size bytes, on so many threads, see [threadsFor].
func multiplyTo(r rule, threads int, out, a, b operand) error {
	size := r.Out.Size
	if out.lay == nil || a.lay == nil || b.lay == nil {
		return noArray(out, a, b)
	}
	single := a.lay.size == 1 || b.lay.size == 1 // a run by one element is found faster than a nest
	if !single && small(r, out, a, b) {
		return nil
	}
	if out.lay.contiguous && !out.lay.readOnly && out.lay.size*size < quickBytes {
		if pattern, swap := rowPattern(r, 1, out.along(a, size, r.A.Size), out.along(b, size, r.B.Size)); pattern != kernel.II {
			if swap {
				a, b = b, a
			}
			if out.lay.size > 0 {
				flat(r, pattern, out.base, a.base, b.base, out.lay.size)
			}
			return nil
		}
	}
	if single && small(r, out, a, b) {
		return nil
	}
	var j job
	if err := j.resolve(r, out, a, b); err != nil {
		return err
	}
	j.run(threads)
	return nil
}

// along returns the stride of x along the run of elements that out is, if that
// takes no more than a look: 1 or 0, and otherwise unknownStride. Elements have so many bytes.
func (out operand) along(x operand, outSize, size int) int {
	bytes := out.lay.size * outSize
	switch {
	case x.lay.contiguous && equalShapes(out.lay, x.lay) && (x.base == out.base && size == outSize || apart(out.base, bytes, x.base, x.lay.size*size)):
		return 1
	case x.lay.size == 1 && len(x.lay.Shape) <= len(out.lay.Shape) && apart(out.base, bytes, x.base, size):
		return 0
	}
	return unknownStride
}

// quickBytes is the size of out from which on planning costs nothing beside the work.
const quickBytes = 512 << 10

// oneRun reports whether three arrays are known to be runs of elements of the same shape,
// out being one that can be written to.
func oneRun(out, a, b *layout) bool {
	return out != nil && a != nil && b != nil && out.run != 0 && out.run == a.run && out.run == b.run && !out.readOnly
}

// unknownStride is a stride that no pattern has.
const unknownStride = 1 << 30

// job is a multiply that is ready to run.
type job struct {
	bytes     int  // of out and both operands
	once      bool // one call of the kernel is all there is to do
	layout    broadcast.Layout
	out, a, b unsafe.Pointer // the elements (0,…,0), of copies where there are some
	entry     *kernel.Entry
	walk      walk
	copies    [2]*scratch // for a and b, where they clash with out
	from      [2]operand  // what to copy
}

// inlineRank is the rank up to which resolving a job allocates nothing.
const inlineRank = 8

// resolve sets j up.
func (j *job) resolve(r rule, out, a, b operand) error {
	if out.lay == nil || a.lay == nil || b.lay == nil {
		return noArray(out, a, b)
	}
	if err := writable(out.lay); err != nil {
		return err
	}
	size := r.Out.Size
	j.bytes = r.bytes(out.lay.size, a.lay.size, b.lay.size)
	j.out, j.a, j.b = out.base, a.base, b.base
	if !sameOrOutside(out, a, size, r.A.Size) || !sameOrOutside(out, b, size, r.B.Size) || !j.layout.Fit(&out.lay.Strided, &a.lay.Strided, &b.lay.Strided) {
		if err := j.arrange(r, out, a, b); err != nil {
			return err
		}
	}
	j.entry = j.walk.set(r, &j.layout, reachOf(out.lay.size*size, j.bytes), j.out, j.a, j.b)
	j.once = j.walk.outer == 0 && j.walk.once() && !j.layout.Empty && j.copies == [2]*scratch{}
	return nil
}

// arrange makes room for copies of operands that clash with out, and the layout.
func (j *job) arrange(r rule, out, a, b operand) error {
	var buf [2][inlineRank]int
	aStrides, err := stretched(buf[0][:0], a.lay, out.lay)
	if err != nil {
		return misfit("a", err)
	}
	bStrides, err := stretched(buf[1][:0], b.lay, out.lay)
	if err != nil {
		return misfit("b", err)
	}
	if clashes(out, a, aStrides, r.Out.Size, r.A.Size) {
		if j.a, aStrides, err = j.replace(0, r.A.Size, a, out.lay); err != nil {
			return err
		}
	}
	if clashes(out, b, bStrides, r.Out.Size, r.B.Size) {
		if j.b, bStrides, err = j.replace(1, r.B.Size, b, out.lay); err != nil {
			return err
		}
	}
	broadcast.Normalize(&j.layout, out.lay.Shape, out.lay.Strides, aStrides, bStrides)
	return nil
}

// stretched returns the strides of an operand, stretched to the shape of out, in buf
// unless they are those that it has.
func stretched(buf []int, x, out *layout) ([]int, error) {
	if equalShapes(x, out) {
		return x.Strides, nil
	}
	return broadcast.Strides(buf, x.Shape, x.Strides, out.Shape)
}

// misfit says which operand does not broadcast to out.
func misfit(operand string, err error) error {
	return regarding("operand "+operand+" does not fit out", err)
}

// replace makes room for a copy of an operand, a or b, that clashes with out, and returns
// where the copy starts and its strides, stretched to the shape of out.
func (j *job) replace(which, size int, x operand, out *layout) (unsafe.Pointer, []int, error) {
	s, err := newScratch(x.lay, size)
	if err != nil {
		return nil, nil, uncopied(string(rune('a'+which)), err)
	}
	j.copies[which], j.from[which] = s, x
	strides, err := broadcast.Strides(nil, x.lay.Shape, s.strides, out.Shape) // as the operand's did
	return s.base, strides, err
}

// run brings the copies up to date and multiplies, on so many threads.
func (j *job) run(threads int) {
	if w := &j.walk; j.once {
		w.kernel(hideNest(&w.nest))
		return
	}
	if j.layout.Empty {
		return
	}
	for i, s := range j.copies {
		if s != nil {
			s.load(j.walk.rule.copies(j.walk.rule.operand(i)), j.from[i])
		}
	}
	if threads := threadsFor(threads, j.bytes); threads > 1 {
		j.share(threads)
		return
	}
	j.walk.multiply(&j.layout)
}

// writable returns an error when an output can not be written to.
func writable(l *layout) error {
	if l.readOnly || l.overlapping {
		return unwritable(l)
	}
	return nil
}

func unwritable(l *layout) error {
	if l.readOnly {
		return regarding("out, shape "+broadcast.FormatShape(l.Shape), ErrReadOnly)
	}
	return regarding("out, shape "+broadcast.FormatShape(l.Shape)+" with strides "+broadcast.FormatShape(l.Strides), ErrSelfOverlap)
}

// noArray says which operand holds nothing.
func noArray(out, a, b operand) error {
	name := "b"
	switch {
	case out.lay == nil:
		name = "out"
	case a.lay == nil:
		name = "a"
	}
	return regarding("operand "+name, ErrNoArray)
}

// resultLayout returns the layout of a fresh result for a * b.
func resultLayout(a, b operand) (*layout, error) {
	switch {
	case a.lay == nil || b.lay == nil:
		return nil, noArray(operand{lay: scalarLayout}, a, b)
	case a.lay.contiguous && b.lay.contiguous && !a.lay.readOnly && equalShapes(a.lay, b.lay):
		return a.lay, nil
	}
	shape, err := broadcast.Shape(a.lay.Shape, b.lay.Shape)
	if err != nil {
		return nil, err
	}
	var buf [2][inlineRank]int
	aStrides, err := broadcast.Strides(buf[0][:0], a.lay.Shape, a.lay.Strides, shape)
	if err != nil {
		return nil, err
	}
	bStrides, err := broadcast.Strides(buf[1][:0], b.lay.Shape, b.lay.Strides, shape)
	if err != nil {
		return nil, err
	}
	return newLayout(shape, broadcast.KeepOrder(shape, aStrides, bStrides))
}
