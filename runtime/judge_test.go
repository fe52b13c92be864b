package runtime

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

var judged = flag.Int("judge", 300, "random multiplies of each rule at each level")

// JudgeRules judges each rule at each level by a naive loop over its expression:
// ranks 0 to 6, strides of both signs, broadcasts, views at any element of one memory, so that
// operands share it with out in any way, also where their elements have other sizes. It is called
// by a test that sees packages of rules, which this one can not.
func JudgeRules(t *testing.T, rules []*kernel.Rule) {
	multiplies := 0
	for _, r := range rules {
		for level := range levels() {
			t.Run(r.Name+"-"+level.String(), func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(uint64(len(r.Name)), uint64(level)))
				n := *judged
				if r.Default {
					n /= 4 // others judge those, too
				}
				for i := 0; i < n && !t.Failed(); i++ {
					newJudge(rnd, r).judge(t, ruleAt(r, level))
					multiplies++
				}
			})
		}
	}
	if t.Log(multiplies, "multiplies"); multiplies == 0 {
		t.Error("nothing was judged")
	}
}

// judge is a multiply of views of one memory.
type judge struct {
	rule      *kernel.Rule
	rnd       *rand.Rand
	shape     []int
	memory    []byte
	out, a, b operand
}

func newJudge(rnd *rand.Rand, r *kernel.Rule) *judge {
	for {
		j := &judge{rule: r, rnd: rnd}
		most := []int{1, 40, 400, 5000}[rnd.IntN(4)] // elements
		for range rnd.IntN(7) {
			extent := 1 + rnd.IntN([]int{3, 9, 70}[rnd.IntN(3)])
			if size, _ := broadcast.Size(append(j.shape, extent)); size <= most {
				j.shape = append(j.shape, extent)
			}
		}
		j.memory = make([]byte, 16*(1<<10+most*(1+rnd.IntN(6)))+16)
		specials := []uint64{0, 1, math.MaxUint64, 0x8080_8080_8080_8080, 0x7f80_7f80_7f80_7f80, 0x7ff0_0000_7f80_7c00, 0x3ff0_0000_3f80_3c00, 0xbc00_bf80_bff0_0000}
		for i := 0; i+8 <= len(j.memory); i += 8 {
			v := rnd.Uint64()
			if rnd.IntN(4) == 0 {
				v = specials[rnd.IntN(len(specials))]
			}
			binary.NativeEndian.PutUint64(j.memory[i:], v)
		}
		if r.A.DType == "bool" {
			for i := range j.memory {
				j.memory[i] &= 1
			}
		}
		var ok [3]bool
		j.out, ok[0] = j.view(r.Out.Size, false)
		j.a, ok[1] = j.view(r.A.Size, true)
		j.b, ok[2] = j.view(r.B.Size, true)
		switch rnd.IntN(12) { // the same view
		case 0:
			if r.A.Size == r.Out.Size {
				j.a = j.out
			}
		case 1:
			if r.B.Size == r.Out.Size {
				j.b = j.out
			}
		}
		if ok == [3]bool{true, true, true} && !broadcast.SelfOverlaps(j.out.Lay.Shape, j.out.Lay.Strides) {
			return j
		}
	}
}

// view returns a view of memory with elements of a size, of the shape or, if it may be, of one
// that stretches to it, and whether there is room for it.
func (j *judge) view(size int, stretches bool) (operand, bool) {
	shape := append([]int{}, j.shape...)
	if stretches && j.rnd.IntN(3) == 0 {
		shape = shape[j.rnd.IntN(len(shape)+1):]
	}
	rank := len(shape)
	strides := make([]int, rank)
	order := j.rnd.Perm(rank)
	if j.rnd.IntN(2) == 0 { // C order
		for i := range order {
			order[i] = rank - 1 - i
		}
	}
	step := 1
	if j.rnd.IntN(3) == 0 {
		step = 1 + j.rnd.IntN(6)
	}
	for _, axis := range order {
		if stretches && j.rnd.IntN(6) == 0 {
			shape[axis] = 1
		}
		strides[axis] = step
		step *= shape[axis]
		if j.rnd.IntN(8) == 0 {
			step += 1 + j.rnd.IntN(3)
		}
		if j.rnd.IntN(5) == 0 {
			strides[axis] = -strides[axis]
		}
	}
	if stretches && rank > 0 && j.rnd.IntN(8) == 0 {
		strides[j.rnd.IntN(rank)] = 0
	}
	lay, err := layout.New(shape, strides)
	if err != nil {
		return exec.Operand{}, false
	}
	room := len(j.memory)/size - (lay.Hi - lay.Lo)
	if room <= 0 {
		return exec.Operand{}, false
	}
	first := j.rnd.IntN(room) - lay.Lo
	return exec.Operand{Base: unsafe.Add(unsafe.Pointer(unsafe.SliceData(j.memory)), first*size), Lay: lay}, true
}

// judge multiplies, and compares all of memory with what the expression makes of it.
func (j *judge) judge(t *testing.T, by rule) {
	t.Helper()
	before, want := bytes.Clone(j.memory), bytes.Clone(j.memory)
	at := func(memory []byte, x operand, size int, index []int) unsafe.Pointer {
		offset := 0
		lead := len(index) - len(x.Lay.Shape)
		for axis, stride := range x.Lay.Strides {
			if x.Lay.Shape[axis] > 1 {
				offset += index[lead+axis] * stride
			}
		}
		from := uintptr(x.Base) - uintptr(unsafe.Pointer(unsafe.SliceData(j.memory)))
		return unsafe.Add(unsafe.Pointer(unsafe.SliceData(memory)), int(from)+offset*size)
	}
	one := by.Kernels[PureGo][kernel.II].Func
	results := make([]bool, len(want)) // where an element of the result begins
	eachIndex(j.shape, func(index []int) {
		dst := at(want, j.out, by.Out.Size, index)
		one(&kernel.Nest{Dst: dst, A: at(before, j.a, by.A.Size, index), B: at(before, j.b, by.B.Size, index), Cols: 1, Rows: 1})
		results[uintptr(dst)-uintptr(unsafe.Pointer(unsafe.SliceData(want)))] = true
	})
	if err := exec.Multiply(by, 1, j.out, j.a, j.b); err != nil {
		t.Fatalf("%v: %v", j, err)
	}
	for i := 0; i < len(want); i++ {
		if results[i] && sameAs(by.Out.DType, j.memory[i:], want[i:], by.Out.Size) {
			i += by.Out.Size - 1
			continue
		}
		if j.memory[i] != want[i] {
			t.Errorf("%v: byte %d is %#x, want %#x, was %#x", j, i, j.memory[i], want[i], before[i])
			return
		}
	}
}

func (j *judge) String() string {
	start := uintptr(unsafe.Pointer(unsafe.SliceData(j.memory)))
	text := j.rule.Name
	for i, x := range []exec.Operand{j.out, j.a, j.b} {
		text += fmt.Sprintf(", %s %v %v at byte %d", [...]string{"out", "a", "b"}[i], x.Lay.Shape, x.Lay.Strides, uintptr(x.Base)-start)
	}
	return text
}

// eachIndex calls do with each index of a shape.
func eachIndex(shape []int, do func(index []int)) {
	index := make([]int, len(shape))
	for {
		do(index)
		axis := len(shape) - 1
		for ; axis >= 0; axis-- {
			if index[axis]++; index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
		}
		if axis < 0 {
			return
		}
	}
}

// sameAs compares an element of a dtype, NaNs as a class.
func sameAs(dtype string, x, y []byte, size int) bool {
	if bytes.Equal(x[:size], y[:size]) {
		return true
	}
	ne := binary.NativeEndian
	part := map[string]int{"float16": 2, "bfloat16": 2, "float32": 4, "complex64": 4, "float64": 8, "complex128": 8}[dtype]
	if part == 0 {
		return false
	}
	for i := 0; i < size; i += part {
		p, q := x[i:i+part], y[i:i+part]
		nan := func(p []byte) bool {
			switch dtype {
			case "float16":
				return ne.Uint16(p)&0x7fff > 0x7c00
			case "bfloat16":
				return ne.Uint16(p)&0x7fff > 0x7f80
			case "float32", "complex64":
				return ne.Uint32(p)&^(1<<31) > 0x7f80_0000
			}
			return ne.Uint64(p)&^(1<<63) > 0x7ff0_0000_0000_0000
		}
		if !bytes.Equal(p, q) && !(nan(p) && nan(q)) {
			return false
		}
	}
	return true
}
