package runtime

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
	"github.com/hadamard-go/hadamard/internal/guard"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/flow"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

var judged = flag.Int("judge", 300, "random multiplies of each rule at each level")

// JudgeRules judges each rule at each level by a naive loop over its expression, see Judge. It is
// called by a test that sees packages of rules, which this one can not.
func JudgeRules(t *testing.T, rules []*kernel.Rule) {
	multiplies := 0
	memory := guard.Pages(t, mostJudged)
	for _, r := range rules {
		for level := range levels() {
			t.Run(r.Name+"-"+level.String(), func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(uint64(len(r.Name)), uint64(level)))
				n := *judged
				if r.Default {
					n /= 4 // others judge those, too
				}
				for i := 0; i < n && !t.Failed(); i++ {
					newJudge(rnd.IntN, r, memory).judge(t, ruleAt(r, level), 1)
					multiplies++
				}
			})
		}
	}
	if t.Log(multiplies, "multiplies"); multiplies == 0 {
		t.Error("nothing was judged")
	}
}

// JudgeChoices judges one multiply by each rule at each level. Each byte is a choice.
func JudgeChoices(t *testing.T, rules []*kernel.Rule, choices []byte) {
	memory := guard.Pages(t, mostJudged)
	for _, r := range rules {
		for level := range levels() {
			newJudge(bytesChooser(choices), r, memory).judge(t, ruleAt(r, level), 1)
		}
	}
}

// JudgeThreads compares multiplies that several threads share with those of one.
func JudgeThreads(t *testing.T, rules []*kernel.Rule) {
	shareSmall(t)
	rounds := 3
	if testing.Short() {
		rounds = 2
	}
	memory := guard.Pages(t, 24<<20)
	for _, r := range rules {
		t.Run(r.Name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(uint64(len(r.Name)), 32))
			for i := 0; i < rounds && !t.Failed(); i++ {
				shape := largeShape(rnd, exec.SharedFrom/r.Out.Size)
				judgeOf(rnd.IntN, r, memory, shape).judge(t, ruleAt(r, BestLevel()), 2+rnd.IntN(3))
			}
		})
	}
}

// judge is a multiply of views, two operands or, of rules whose results are such operands, from
// one to six. Operands have strides of both signs, are stretched, and lie anywhere in one memory,
// so that they share it with out in any way, also where their elements have other sizes; or in
// memories of their own, most against a page that may not be touched.
type judge struct {
	rule   *kernel.Rule
	choose chooser
	shape  []int
	memory [3][]byte // of out and of operands in turn; the same if shared
	shared bool
	views  []exec.Operand // out first
}

// mostJudged is the size of the memories that newJudge needs.
const mostJudged = 16*(1<<10+5000*6) + 16

// newJudge chooses a multiply of up to six axes and some thousands of elements.
func newJudge(choose chooser, r *kernel.Rule, pages [3][]byte) *judge {
	var shape []int
	most := []int{1, 40, 400, 5000}[choose(4)]
	if choose(16) == 0 {
		most = 30_000 // of many blocks
	}
	for range choose(7) {
		extent := 1 + choose([]int{3, 9, 70}[choose(3)])
		if size, _ := broadcast.Size(append(shape, extent)); size <= most {
			shape = append(shape, extent)
		}
	}
	return judgeOf(choose, r, pages, shape)
}

// judgeOf chooses the views for a result of some shape. Where they do not fit into memory, or
// elements of out overlap each other, it takes other strides.
func judgeOf(choose chooser, r *kernel.Rule, pages [3][]byte, shape []int) *judge {
	j := &judge{rule: r, choose: choose, shape: shape, shared: choose(2) == 0}
	size, _ := broadcast.Size(shape)
	operands := 2
	if r.Out.DType == r.A.DType && choose(3) == 0 {
		operands = 1 + choose(6)
	}
	j.takeMemory(pages, (max(r.Out.Size, r.A.Size, r.B.Size)*(1<<10+size*(1+choose(6)))+16)/16*16)
	for attempt := 0; ; attempt++ {
		j.views = j.views[:0]
		fits := true
		for i := range operands + 1 {
			view, ok := j.view(i, attempt > 20)
			if i > 0 && choose(7) == 0 && j.fits(0, j.views[0], j.sizeOf(i)) {
				view, ok = j.views[0], true
			}
			j.views, fits = append(j.views, view), fits && ok
		}
		if fits && !broadcast.SelfOverlaps(j.views[0].Lay.Shape, j.views[0].Lay.Strides) {
			return j
		}
	}
}

// SizeOf returns the bytes of an element of view i.
func (j *judge) sizeOf(i int) int {
	return [...]int{j.rule.Out.Size, j.rule.A.Size, j.rule.B.Size}[min(i, 2)]
}

// takeMemory takes so many bytes of pages, at one of their ends, and fills them.
func (j *judge) takeMemory(pages [3][]byte, bytes int) {
	var seed [32]byte
	seed[0] = byte(j.choose(256))
	rnd := rand.New(rand.NewChaCha8(seed))
	specials := []uint64{0, 1, math.MaxUint64, 0x8080_8080_8080_8080, 0x7f80_7f80_7f80_7f80, 0x7ff0_0000_7f80_7c00, 0x3ff0_0000_3f80_3c00, 0xbc00_bf80_bff0_0000}
	for k := range pages {
		if k > 0 && j.shared {
			j.memory[k] = j.memory[0]
			continue
		}
		memory := pages[k]
		bytes = min(bytes, len(memory))
		if memory = memory[:bytes]; j.choose(2) == 0 {
			memory = pages[k][len(pages[k])-bytes:]
		}
		j.memory[k] = memory
		first := min(bytes, 1<<16)
		for i := 0; i+8 <= first; i += 8 {
			v := rnd.Uint64()
			if v>>5&3 == 0 {
				v = specials[v&7]
			}
			if j.rule.A.DType == "bool" {
				v &= 0x0101_0101_0101_0101
			}
			binary.NativeEndian.PutUint64(memory[i:], v)
		}
		for i := first; i < bytes; { // of no period that shapes have
			i += copy(memory[i:], memory[:first-24])
		}
	}
}

// memoryOf returns the memory in which view i lies.
func (j *judge) memoryOf(i int) int {
	if i > 0 && j.views[i].Base == j.views[0].Base {
		return 0
	}
	return min(i, 1+i%2)
}

// view returns view i, of the shape or, if it is an operand, of one that stretches to it, and
// whether there is room for it. A plain one is contiguous.
func (j *judge) view(i int, plain bool) (exec.Operand, bool) {
	size, stretches := j.sizeOf(i), i > 0
	shape := append([]int{}, j.shape...)
	if stretches && j.choose(3) == 0 {
		shape = shape[j.choose(len(shape)+1):]
	}
	rank := len(shape)
	strides := make([]int, rank)
	order := make([]int, rank) // C order
	for i := range order {
		order[i] = rank - 1 - i
	}
	if j.choose(2) == 0 && !plain {
		for i := range order {
			k := i + j.choose(rank-i)
			order[i], order[k] = order[k], order[i]
		}
	}
	step := 1
	if j.choose(3) == 0 && !plain {
		step = 1 + j.choose(6)
	}
	for _, axis := range order {
		if stretches && j.choose(6) == 0 {
			shape[axis] = 1
		}
		strides[axis] = step
		step *= shape[axis]
		if j.choose(8) == 0 && !plain {
			step += 1 + j.choose(3)
		}
		if j.choose(5) == 0 {
			strides[axis] = -strides[axis]
		}
	}
	if stretches && rank > 0 && j.choose(8) == 0 {
		strides[j.choose(rank)] = 0
	}
	lay, err := layout.New(shape, strides)
	if err != nil {
		return exec.Operand{}, false
	}
	memory := j.memory[min(i, 1+i%2)]
	room := len(memory) - (lay.Hi-lay.Lo+1)*size
	if room < 0 {
		return exec.Operand{}, false
	}
	first := 0
	switch where := j.choose(4); {
	case where == 0:
		first = room // against the end, aligned or not
	case where > 1 || j.shared:
		first = j.choose(room/size+1) * size
	}
	return exec.Operand{Base: unsafe.Add(unsafe.Pointer(unsafe.SliceData(memory)), first-lay.Lo*size), Lay: lay}, true
}

// judge multiplies, and compares all memory with what the expression makes of it, or on several
// threads with what one does.
func (j *judge) judge(t *testing.T, by exec.Rule, threads int) {
	t.Helper()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var before [3][]byte
	for k := range before {
		if before[k] = before[0]; k == 0 || !j.shared {
			before[k] = bytes.Clone(j.memory[k])
		}
	}
	out, xs := j.views[0], j.views[1:]
	want := bytes.Clone(before[0])
	if threads == 1 {
		j.express(by, want, before)
	} else if err := flow.Product(by, 1, out, slices.Clone(xs)); err != nil {
		t.Fatalf("%v: %v", j, err)
	} else {
		copy(want, j.memory[0])
		copy(j.memory[0], before[0])
	}
	check := func(call string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s, %v: %v", call, j, err)
		}
		j.compare(t, call, want)
		for k := range before {
			if k > 0 && !j.shared && !bytes.Equal(j.memory[k], before[k]) {
				t.Fatalf("%s, %v: an operand was written to", call, j)
			}
		}
		copy(j.memory[0], before[0])
	}
	check("product", flow.Product(by, threads, out, slices.Clone(xs)))
	if len(xs) != 2 {
		return
	}
	check("multiply", exec.Multiply(by, out, xs[0], xs[1], threads))
	var plan exec.Job
	err := plan.Resolve(by, out, xs[0], xs[1])
	for range 2 { // it copies operands anew at each run
		if err == nil {
			plan.Run(threads)
		}
		check("plan", err)
	}
}

// express writes to want what the expression makes of memory as it was before.
func (j *judge) express(by exec.Rule, want []byte, before [3][]byte) {
	one := by.Kernels[PureGo][kernel.II].Func
	var element, next [2]uint64
	product, nest := unsafe.Pointer(&element), kernel.Nest{Cols: 1, Rows: 1}
	eachIndex(j.shape, func(index []int) {
		for i := 1; i < len(j.views); i++ {
			k := j.memoryOf(i)
			x := unsafe.Pointer(&before[k][j.at(k, i, index)])
			if i == 1 {
				copy(unsafe.Slice((*byte)(product), by.A.Size), unsafe.Slice((*byte)(x), by.A.Size))
				continue
			}
			nest.Dst, nest.A, nest.B = unsafe.Pointer(&next), product, x
			one(&nest)
			element = next
		}
		copy(want[j.at(0, 0, index):], unsafe.Slice((*byte)(product), by.Out.Size))
	})
}

// fits reports whether a view of elements of a size lies within memory k.
func (j *judge) fits(k int, x exec.Operand, size int) bool {
	if x.Lay == nil {
		return false
	}
	first := int(uintptr(x.Base)-uintptr(unsafe.Pointer(unsafe.SliceData(j.memory[k])))) + x.Lay.Lo*size
	return first >= 0 && first+(x.Lay.Hi-x.Lay.Lo+1)*size <= len(j.memory[k])
}

// at returns where in memory k an element of view i is.
func (j *judge) at(k, i int, index []int) int {
	x := j.views[i]
	offset := 0
	lead := len(index) - len(x.Lay.Shape)
	for axis, stride := range x.Lay.Strides {
		if x.Lay.Shape[axis] > 1 {
			offset += index[lead+axis] * stride
		}
	}
	return int(uintptr(x.Base)-uintptr(unsafe.Pointer(unsafe.SliceData(j.memory[k])))) + offset*j.sizeOf(i)
}

// compare holds the memory of out to what is wanted.
func (j *judge) compare(t *testing.T, call string, want []byte) {
	t.Helper()
	got, size := j.memory[0], j.rule.Out.Size
	if bytes.Equal(got, want) { // so are most
		return
	}
	same := bytes.Clone(want) // what is wanted, with NaNs as they are
	eachIndex(j.shape, func(index []int) {
		if at := j.at(0, 0, index); sameAs(j.rule.Out.DType, got[at:], want[at:], size) {
			copy(same[at:], got[at:][:size])
		}
	})
	for i := range same {
		if got[i] != same[i] {
			t.Fatalf("%s, %v: byte %d is %#x, want %#x", call, j, i, got[i], want[i])
		}
	}
}

func (j *judge) String() string {
	text := j.rule.Name
	for i, x := range j.views {
		k := j.memoryOf(i)
		start := uintptr(unsafe.Pointer(unsafe.SliceData(j.memory[k])))
		text += fmt.Sprintf(", view %d %v %v at byte %d of %d in memory %d", i, x.Lay.Shape, x.Lay.Strides, uintptr(x.Base)-start, len(j.memory[k]), k)
	}
	return text
}
