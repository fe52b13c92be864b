package flow

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/conversions"
	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/guard"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

var judged = flag.Int("judge", 100, "random multiplies of each mix at each level")

// conversion returns a rule of one operand that is a function.
func conversion[Out, A any](out, a string, f func(A) Out) *kernel.Rule {
	r := &kernel.Rule{Name: a + "_to_" + out, Unary: true, Kernels: new(kernel.Set)}
	r.Out = kernel.Operand{DType: out, Size: int(unsafe.Sizeof(*new(Out))), Move: kernel.CopyOf[Out]()}
	r.A = kernel.Operand{DType: a, Size: int(unsafe.Sizeof(*new(A))), Move: kernel.CopyOf[A]()}
	r.B = r.A
	for level := range r.Kernels {
		r.Kernels[level][kernel.V].Func = func(nest *kernel.Nest) {
			for i := range nest.Rows {
				dst := unsafe.Slice((*Out)(unsafe.Add(nest.Dst, i*nest.DstRow)), nest.Cols)
				for c, x := range unsafe.Slice((*A)(unsafe.Add(nest.A, i*nest.ARow)), nest.Cols) {
					dst[c] = f(x)
				}
			}
		}
	}
	return r
}

// ordered is a rule whose operands may not change places.
func ordered() *kernel.Rule {
	r := &kernel.Rule{Name: "ordered", Kernels: new(kernel.Set)}
	r.Out, r.A, r.B = productOf(4).Out, productOf(4).Out, productOf(2).Out
	for level := range r.Kernels {
		for _, p := range []kernel.Pattern{kernel.VV, kernel.VC, kernel.CV, kernel.II} {
			form := p.Form()
			r.Kernels[level][p].Func = func(nest *kernel.Nest) {
				step := func(form, size, col int) int {
					if form == kernel.AnyStep {
						return col
					}
					return form * size
				}
				for i := range nest.Rows {
					for c := range nest.Cols {
						x := *(*uint32)(unsafe.Add(nest.A, i*nest.ARow+c*step(form.A, 4, nest.ACol)))
						y := *(*uint16)(unsafe.Add(nest.B, i*nest.BRow+c*step(form.B, 2, nest.BCol)))
						*(*uint32)(unsafe.Add(nest.Dst, i*nest.DstRow+c*step(form.Dst, 4, nest.DstCol))) = x - 3*uint32(y)
					}
				}
			}
		}
	}
	return r
}

// mixes are multiplies of mixed types that are judged.
func mixes() []Mixed {
	f32, f64 := generated.MulOf[float32]()(), generated.MulOf[float64]()()
	of := func(r *kernel.Rule) Storage { return Storage{By: r} }
	between := func(out, a string) Storage { return of(conversions.Between(out, a, false)) }
	toUint8 := of(&conversions.SaturateFloat32ToUint8)
	fromUint8, fromInt16, wider := between("float32", "uint8"), between("float32", "int16"), between("float64", "float32")
	narrower, real32, real64 := between("float32", "float64"), between("complex64", "float32"), between("complex128", "float64")
	made := of(conversion("float32", "int16", func(x int16) float32 { return float32(x) + 1 })) // by no rule of the library
	return []Mixed{
		{By: f32, A: fromUint8},
		{By: f32, B: fromUint8, Out: toUint8},
		{By: f32, A: fromInt16, B: narrower, Out: toUint8},
		{By: f32, B: fromInt16},
		{By: f64, A: wider, Out: narrower},
		{By: generated.MulOf[complex64]()(), A: real32},
		{By: generated.MulOf[complex128]()(), A: real64, B: real64},
		{By: generated.MulOf[bool]()(), A: between("bool", "int16")},
		{By: generated.MulOf[kernel.Float16]()(), A: between("float16", "bool"), B: between("float16", "int64"), Out: between("uint8", "float16")},
		{By: generated.MulOf[kernel.UNorm16]()(), A: between("unorm16", "bool"), B: between("unorm16", "complex128")},
		{By: f32, A: made},
		{By: conversions.Between("bfloat16", "bool", false), Out: between("complex128", "bfloat16")},
		{By: generated.MulOf[int16]()()},
		{By: generated.MulOf[uint8]()()},
		{By: generated.MulOf[complex128]()()},
		{By: ordered()},
		{By: toUint8.By},
		{By: real64.By},
		{By: narrower.By, A: wider},
		{By: &kernel.Copy2},
		{By: &kernel.Copy16},
		{By: f32, Under: generated.UnderOf[float32]()()},
		{By: f32, Under: generated.UnderOf[float32]()(), A: fromInt16},
		{By: generated.MulOf[uint8]()(), Under: generated.UnderOf[uint8]()()},
		{By: generated.MulOf[int16]()(), Under: generated.UnderOf[int16]()()},
		{By: generated.MulOf[complex128]()(), Under: generated.UnderOf[complex128]()()},
	}
}

// mixedJudge is a mixed multiply of views that lie anywhere in one memory or in several.
type mixedJudge struct {
	m      Mixed
	r      *rand.Rand
	shape  []int
	memory [3][]byte
	shared bool
	arrays []exec.Array // out, operands, and the mask if there is one
	masked bool
}

const mixedMemory = 1 << 20

func newMixedJudge(m Mixed, r *rand.Rand, pages [3][]byte) *mixedJudge {
	j := &mixedJudge{m: m, r: r, shared: r.IntN(2) == 0}
	most := []int{1, 40, 400, 4000}[r.IntN(4)]
	if r.IntN(10) == 0 {
		most = 12_000
	}
	for range r.IntN(7) {
		extent := 1 + r.IntN([]int{3, 9, 70}[r.IntN(3)])
		if size, _ := broadcast.Size(append(j.shape, extent)); size <= most {
			j.shape = append(j.shape, extent)
		}
	}
	size, _ := broadcast.Size(j.shape)
	for k := range j.memory {
		if j.memory[k] = j.memory[0]; k == 0 || !j.shared {
			bytes := min(len(pages[k]), 16*(1<<10+size*(1+r.IntN(4))))
			if j.memory[k] = pages[k][:bytes]; r.IntN(2) == 0 {
				j.memory[k] = pages[k][len(pages[k])-bytes:]
			}
			j.fill(j.memory[k])
		}
	}
	for _, s := range []*Storage{&j.m.A, &j.m.B, &j.m.Out} {
		if r.IntN(4) == 0 {
			s.Unit = 1
		}
	}
	operands := 2
	switch {
	case j.unary():
		operands = 1
	case m.By.Default && r.IntN(4) == 0:
		operands = 1 + r.IntN(5)
	}
	if j.masked = r.IntN(3) == 0; m.A.By == nil && m.B.By == nil && m.Out.By == nil && !j.unary() {
		j.masked = r.IntN(8) > 0
	}
	for {
		j.arrays = j.arrays[:0]
		fits := true
		for i := range operands + 1 {
			element, s := j.element(i)
			if i > 0 && r.IntN(6) == 0 && j.arrays[0].Size == element.Size {
				unit := j.arrays[0].Unit
				if i > 2 && unit != j.arrays[2].Unit {
					unit = j.arrays[2].Unit
				}
				if unit == j.arrays[0].Unit {
					s.Unit = unit
					j.arrays = append(j.arrays, j.arrays[0])
					continue
				}
			}
			x := s.arrayOf(exec.Operand{}, element.Size)
			fits = j.view(&x, i) && fits
			j.arrays = append(j.arrays, x)
		}
		if j.masked {
			x := exec.Array{Size: 1, Unit: 1}
			fits = j.view(&x, 1+r.IntN(2)) && fits
			j.arrays = append(j.arrays, x)
		}
		for i := 3; i <= operands; i++ {
			fits = fits && j.arrays[i].Unit == j.arrays[2].Unit
		}
		if fits {
			break
		}
	}
	for i, s := range []*Storage{&j.m.Out, &j.m.A, &j.m.B} {
		if element, _ := j.element(i); r.IntN(4) == 0 && element.Size > 1 && element.Size < 16 {
			s.Swap = element.Size
		} else if element.Size == 16 && r.IntN(4) == 0 {
			s.Swap = 8
		}
	}
	return j
}

func (j *mixedJudge) unary() bool { return !j.m.By.Default && j.m.By.Name != "ordered" }

// element returns that of array i, and how it is stored.
func (j *mixedJudge) element(i int) (*kernel.Operand, *Storage) {
	switch i {
	case 0:
		return j.m.Out.made(&j.m.By.Out), &j.m.Out
	case 1:
		return j.m.A.element(&j.m.By.A), &j.m.A
	}
	return j.m.B.element(&j.m.By.B), &j.m.B
}

// fill fills memory with numbers of few bits, some others, and many zeros.
func (j *mixedJudge) fill(memory []byte) {
	for i := 0; i+8 <= len(memory); i += 8 {
		v := j.r.Uint64()
		switch v >> 60 {
		case 0, 1, 2:
			v &= 0x0101_0101_0101_0101
		case 3:
			v = 0
		case 4:
			v = math.Float64bits(float64(int8(v)))
		case 5, 6:
			v = uint64(math.Float32bits(float32(int8(v))))<<32 | uint64(math.Float32bits(float32(int8(v>>8))))
		}
		binary.NativeEndian.PutUint64(memory[i:], v)
	}
}

// view chooses the layout of array i, and where it lies, and reports whether there is room.
func (j *mixedJudge) view(x *exec.Array, i int) bool {
	r, stretches := j.r, i > 0
	shape := slices.Clone(j.shape)
	if stretches && r.IntN(3) == 0 {
		shape = shape[r.IntN(len(shape)+1):]
	}
	strides, order := make([]int, len(shape)), r.Perm(len(shape))
	if r.IntN(2) == 0 {
		for i := range order {
			order[i] = len(shape) - 1 - i
		}
	}
	step := x.Size / x.Unit
	if r.IntN(3) == 0 {
		step *= 1 + r.IntN(5)
	}
	if x.Unit == 1 && r.IntN(3) == 0 {
		step += r.IntN(5)
	}
	for _, axis := range order {
		if stretches && r.IntN(5) == 0 {
			shape[axis] = 1
		}
		strides[axis] = step
		step *= shape[axis]
		if r.IntN(8) == 0 {
			step += x.Size / x.Unit
		}
		if r.IntN(5) == 0 {
			strides[axis] = -strides[axis]
		}
	}
	if stretches && len(shape) > 0 && r.IntN(8) == 0 {
		strides[r.IntN(len(shape))] = 0
	}
	lay, err := layout.New(shape, strides)
	if err != nil {
		return false
	}
	memory := j.memory[min(i, 1+i%2)]
	room := len(memory) - (lay.Hi-lay.Lo)*x.Unit - x.Size
	if room < 0 {
		return false
	}
	first := 0
	switch where := r.IntN(4); {
	case where == 0:
		first = room
	case where > 1 || j.shared:
		if first = r.IntN(room + 1); r.IntN(3) > 0 {
			first = first / x.Size * x.Size
		}
	}
	x.Operand = exec.Operand{Base: unsafe.Add(unsafe.Pointer(unsafe.SliceData(memory)), first-lay.Lo*x.Unit), Lay: lay}
	return true
}

// bytesAt returns the bytes of an element of an array in a copy of the memories.
func (j *mixedJudge) bytesAt(memory *[3][]byte, x *exec.Array, index []int) []byte {
	at := uintptr(x.Base)
	lead := len(index) - len(x.Lay.Shape)
	for axis, stride := range x.Lay.Strides {
		if x.Lay.Shape[axis] > 1 {
			at += uintptr(index[lead+axis] * stride * x.Unit)
		}
	}
	for k := range j.memory {
		if first := uintptr(unsafe.Pointer(unsafe.SliceData(j.memory[k]))); at >= first && at < first+uintptr(len(j.memory[k])) {
			return memory[k][at-first:][:x.Size]
		}
	}
	panic("an array lies nowhere")
}

// one applies a kernel to an element.
func one(f kernel.Func, size int, a, b []byte) []byte {
	var dst, x, y [16]byte
	copy(x[:], a)
	copy(y[:], b)
	f(&kernel.Nest{Dst: unsafe.Pointer(&dst), A: unsafe.Pointer(&x), B: unsafe.Pointer(&y), Cols: 1, Rows: 1})
	return bytes.Clone(dst[:size])
}

func reversed(x []byte, number int) []byte {
	x = bytes.Clone(x)
	for i := 0; number > 0 && i < len(x); i += number {
		slices.Reverse(x[i:][:number])
	}
	return x
}

// expect writes to memory what the expressions make of it.
func (j *mixedJudge) expect(memory [3][]byte) {
	before := [3][]byte{bytes.Clone(memory[0]), bytes.Clone(memory[1]), bytes.Clone(memory[2])}
	operands := len(j.arrays) - 1
	if j.masked {
		operands--
	}
	convert := func(r *kernel.Rule, x []byte) []byte {
		if r == nil || r.A.Move == nil {
			return x
		}
		for _, via := range r.Via {
			x = one(via.Kernels[kernel.PureGo][kernel.V].Func, via.Out.Size, x, nil)
		}
		if len(r.Via) > 0 {
			return x
		}
		return one(r.Kernels[kernel.PureGo][kernel.V].Func, r.Out.Size, x, nil)
	}
	eachIndex(j.shape, func(index []int) {
		if j.masked && j.bytesAt(&before, &j.arrays[operands+1], index)[0] == 0 {
			return
		}
		var acc []byte
		for i := 1; i <= operands; i++ {
			_, s := j.element(i)
			x := convert(s.By, reversed(j.bytesAt(&before, &j.arrays[i], index), s.Swap))
			switch {
			case i > 1:
				acc = one(j.m.By.Kernels[kernel.PureGo][kernel.II].Func, j.m.By.Out.Size, acc, x)
			case j.unary():
				acc = convert(j.m.By, x)
			default:
				acc = x
			}
		}
		copy(j.bytesAt(&memory, &j.arrays[0], index), reversed(convert(j.m.Out.By, acc), j.m.Out.Swap))
	})
}

func eachIndex(shape []int, visit func([]int)) {
	index := make([]int, len(shape))
	size, _ := broadcast.Size(shape)
	for range size {
		visit(index)
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
}

// isNaN reports whether an element, or a part of it, is not a number.
func isNaN(dtype string, x []byte) bool {
	f32 := func(x []byte) bool { v := math.Float32frombits(binary.NativeEndian.Uint32(x)); return v != v }
	f64 := func(x []byte) bool { v := math.Float64frombits(binary.NativeEndian.Uint64(x)); return v != v }
	switch dtype {
	case "float32":
		return f32(x)
	case "float64":
		return f64(x)
	case "complex64":
		return f32(x) || f32(x[4:])
	case "complex128":
		return f64(x) || f64(x[8:])
	}
	return false
}

func (j *mixedJudge) run(m *Mixed, threads int) error {
	var mask exec.Operand
	xs := j.arrays[1:]
	if j.masked {
		mask, xs = xs[len(xs)-1].Operand, xs[:len(xs)-1]
	}
	if j.r.IntN(4) == 0 && threads == 1 { // run twice, if that gives the same
		list := make([]exec.Operand, len(xs))
		again := true
		for i := range xs {
			list[i] = xs[i].Operand
			again = again && !xs[i].Clashes(&j.arrays[0]) && xs[i].Base != j.arrays[0].Base
		}
		p, err := m.Plan(j.arrays[0].Operand, mask, list...)
		if err != nil {
			return err
		}
		if p.Run(1); again && (!j.masked || !j.arrays[len(j.arrays)-1].Clashes(&j.arrays[0]) && mask.Base != j.arrays[0].Base) {
			p.Run(1)
		}
		return nil
	}
	if threads > 1 { // of so few elements
		f := flow{bySteps: (*flow).steps, converts: j.unary() && m.By.A.Move != nil}
		list := make([]exec.Operand, len(xs))
		for i := range xs {
			list[i] = xs[i].Operand
		}
		err := f.set(m, make([]exec.Array, len(j.arrays)), nil, j.arrays[0].Operand, mask, list)
		for _, c := range f.copies {
			c.flow.do(1)
		}
		if err == nil && f.loops.rank > 0 {
			f.share(threads)
		} else if err == nil {
			f.steps()
		}
		return err
	}
	switch out := j.arrays[0].Operand; {
	case j.unary():
		return m.Convert(threads, out, xs[0].Operand, mask)
	case len(xs) == 2:
		return m.Multiply(threads, out, xs[0].Operand, xs[1].Operand, mask)
	default:
		list := make([]exec.Operand, len(xs))
		for i := range xs {
			list[i] = xs[i].Operand
		}
		return m.Product(threads, out, mask, list...)
	}
}

func (j *mixedJudge) judge(t *testing.T, level kernel.Level, threads int) {
	t.Helper()
	m, at := j.m, active
	at.Level = level
	m.On = &exec.Site{Machine: &at, Moves: exec.InBlocks()}
	var want [3][]byte
	for k := range want {
		if want[k] = want[0]; k == 0 || !j.shared {
			want[k] = bytes.Clone(j.memory[k])
		}
	}
	j.expect(want)
	if err := j.run(&m, threads); err != nil {
		t.Fatalf("%v: %v", j, err)
	}
	element, s := j.element(0)
	eachIndex(j.shape, func(index []int) {
		got, want := j.bytesAt(&j.memory, &j.arrays[0], index), j.bytesAt(&want, &j.arrays[0], index)
		if isNaN(element.DType, reversed(got, s.Swap)) && isNaN(element.DType, reversed(want, s.Swap)) {
			copy(got, want)
		}
	})
	for k := range want {
		if at := slices.IndexFunc(j.memory[k], func(byte) bool { return true }); at == 0 && !bytes.Equal(j.memory[k], want[k]) {
			for at = 0; j.memory[k][at] == want[k][at]; at++ {
			}
			t.Fatalf("%v, at %v: byte %d of memory %d is %#x, want %#x", j, level, at, k, j.memory[k][at], want[k][at])
		}
	}
}

func (j *mixedJudge) String() string {
	name := func(s *Storage) string {
		text := "as it is"
		if s.By != nil {
			text = s.By.Name
		}
		return fmt.Sprint(text, " unit ", s.Unit, " swap ", s.Swap)
	}
	text := fmt.Sprint(j.m.By.Name, ", a ", name(&j.m.A), ", b ", name(&j.m.B), ", out ", name(&j.m.Out), ", masked ", j.masked, ", shared ", j.shared)
	for i, x := range j.arrays {
		text += fmt.Sprintf("\n  %d: %v %v of %d bytes at %v", i, x.Lay.Shape, x.Lay.Strides, x.Size, x.Base)
	}
	return text
}

// TestMixed judges mixed multiplies by loops over the expressions.
func TestMixed(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	pages := guard.Pages(t, mixedMemory)
	for i, m := range mixes() {
		for _, level := range active.Supported() {
			t.Run(fmt.Sprint(i, "-", m.By.Name, "-", level), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(i), uint64(level)))
				for range *judged {
					newMixedJudge(m, r, pages).judge(t, level, 1)
				}
			})
		}
	}
}

// TestMixedThreads does so on two threads.
func TestMixedThreads(t *testing.T) {
	pages := guard.Pages(t, mixedMemory)
	for i, m := range mixes() {
		r := rand.New(rand.NewPCG(uint64(i), 9))
		for range *judged / 4 {
			newMixedJudge(m, r, pages).judge(t, active.Level, 2)
		}
	}
}

// TestMixedCallsTouchLittle holds that no step of a mixed multiply touches more than is said in
// bound.go.
func TestMixedCallsTouchLittle(t *testing.T) {
	memory := newLongMemory(t)
	counter := &toucher{memory: memory}
	r := rand.New(rand.NewPCG(8, 9))
	seen := map[string]int{}
	var worst touched
	watched := func(by *kernel.Rule) *kernel.Rule {
		if by == nil || len(by.Via) > 0 {
			return by
		}
		kinds := exec.Rule{Rule: by, On: siteAt(active.Level)}
		w := around(kinds, func(p kernel.Pattern, sizes [3]int, by kernel.Func, nest *kernel.Nest) {
			seen[p.String()]++
			if form := p.Form(); form.Converts {
				n := *nest // b is not used
				n.B, n.BCol, n.BRow = n.A, n.ACol, n.ARow
				nest = &n
			}
			got := counter.count(p, sizes, nest)
			worst = worst.most(got)
		})
		return w.Rule
	}
	under := *generated.UnderOf[float32]()()
	for level := range under {
		for p := range under[level] {
			by := under[level][p].Func
			if by == nil {
				continue
			}
			under[level][p].Func = func(nest *kernel.Nest) {
				p, mask := kernel.Pattern(p), (*kernel.MaskedNest)(unsafe.Pointer(nest))
				seen[p.String()]++
				got := counter.count(p, [3]int{4, 4, 4}, nest)
				bytes := kernel.Nest{Dst: mask.Mask, A: mask.Mask, B: mask.Mask, Cols: nest.Cols, Rows: nest.Rows, DstRow: mask.MaskRow, ARow: mask.MaskRow, BRow: mask.MaskRow, DstCol: 1, ACol: 1, BCol: 1}
				got.pages += counter.count(p, [3]int{1, 1, 1}, &bytes).pages
				worst = worst.most(got)
			}
		}
	}
	of := func(by *kernel.Rule) Storage { return Storage{By: watched(by)} }
	on := active
	toUint8, fromUint8 := &conversions.SaturateFloat32ToUint8, &conversions.Uint8ToFloat32
	for _, m := range []Mixed{
		{By: watched(generated.MulOf[float32]()()), A: of(fromUint8)},
		{By: watched(generated.MulOf[float32]()()), A: of(fromUint8), Out: of(toUint8)},
		{By: watched(generated.MulOf[float64]()()), A: of(&conversions.Float32ToFloat64), B: of(&conversions.Int16ToFloat64)},
		{By: watched(fromUint8)},
		{By: watched(generated.MulOf[float32]()()), Under: &under},
	} {
		m.On = &exec.Site{Machine: &on, Moves: exec.InBlocks()}
		sizes := [3]int{m.Out.made(&m.By.Out).Size, m.A.element(&m.By.A).Size, m.B.element(&m.By.B).Size}
		for _, c := range memory.longCases(sizes, r) {
			if r.IntN(8) > 0 || len(c.operands) > 2 {
				continue
			}
			worst = touched{}
			var err error
			if m.By.Default {
				var mask exec.Operand
				if m.Under != nil {
					mask = c.operands[1] // any bytes do
				}
				err = m.Multiply(1, c.out, c.operands[0], c.operands[1], mask)
			} else {
				err = m.Convert(1, c.out, c.operands[0], exec.Operand{})
			}
			if err != nil {
				t.Fatal(c.name, err)
			}
			if worst.pages > exec.CallPages*5/4 || worst.bytes > exec.WholeBytes+2*exec.TileLine || worst.same > exec.SameRows {
				t.Errorf("%s by %s: a call touches %d pages and %d bytes, and the same row %d times", c.name, m.By.Name, worst.pages, worst.bytes, worst.same)
			}
		}
	}
	patterns := []string{"vv", "vc", "v", "i", "r", "2", "t", "oi", "o2"}
	if active.Level > kernel.PureGo {
		patterns = append(patterns, "vvu", "vcu")
	}
	for _, p := range patterns {
		if seen[p] == 0 {
			t.Errorf("no case calls a kernel of pattern %s", p)
		}
	}
	t.Log(seen)
}
