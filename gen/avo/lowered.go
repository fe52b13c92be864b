package avo

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/hadamard-go/hadamard/gen/lower"
)

// lowered is the body of a rule that is an expression, or a sparing one, which takes few registers.
func lowered(c *lower.Code, sparing bool) *body {
	const slow = 4 // instructions that are no more work than loads and a store
	widest := max(c.Bytes[c.Out], c.Bytes[lower.X], c.Bytes[lower.Y])
	return &body{
		widen: c.Wide / widest,
		bind: func(e *emitter) product {
			p := &lowering{e: e, Code: c, sparing: sparing, values: map[lower.Value]operand.Op{}}
			p.bind()
			r := product{
				slow: len(c.List) > slow, work: len(c.List) * c.Wide, workByConstant: len(p.late) * c.Wide, prepare: p.prepare, multiply: p.multiply,
				wide: map[string]int{"A": p.widened(lower.X), "B": p.widened(lower.Y)},
			}
			if c.Packing != nil && !sparing && e.elements*c.Packing.Lane >= 16 {
				r.packs = c.Packing.Lane / c.Bytes[c.Out]
				r.lanes, r.pack, r.packed = p.lanes, p.pack, p.packed
				p.order(e.elements * c.Packing.Lane) // before the first row
				if u, ok := p.unpacks(); ok && e.elements*c.Packing.Lane == e.width {
					r.spreads = func(b prepared) prepared { return p.spreads(u, b) }
					r.spread = func(x operand.Op, spread, b prepared) []reg.VecVirtual { return p.spread(u, x, spread, b) }
				}
			}
			return r
		},
	}
}

// A lowering is vector code bound to a kernel.
type lowering struct {
	e *emitter
	*lower.Code
	factor, other lower.Value
	early, late   []lower.Instruction // what depends on the factor alone, and the rest
	kept          []lower.Value       // of the factor and of what is made of it alone, what the rest needs
	uses          []int
	values        map[lower.Value]operand.Op // constants
	sparing       bool
}

// spare is how many registers of a level constants leave to everything else.
const spare = 11

func (p *lowering) bind() {
	p.factor, p.other = lower.Y, lower.X
	if p.e.swapped {
		p.factor, p.other = p.other, p.factor
	}
	p.uses = p.Uses()
	if p.sparing {
		p.late, p.kept = frugal(p.Code), []lower.Value{p.factor}
		p.place()
		return
	}
	depends := p.DependsOn(p.other)
	needed := map[lower.Value]bool{}
	for _, i := range p.List {
		if !depends[i.To] {
			p.early = append(p.early, i)
			continue
		}
		p.late = append(p.late, i)
		for _, a := range i.Args {
			needed[a] = needed[a] || !depends[a] && !p.IsConst(a)
		}
	}
	needed[p.Out] = needed[p.Out] || !depends[p.Out]
	if c := p.Packing; c != nil { // which may be of the factor alone, too
		needed[c.Lanes] = needed[c.Lanes] || !depends[c.Lanes]
	}
	for v := range lower.Value(len(p.Bytes)) {
		if needed[v] {
			p.kept = append(p.kept, v)
		}
	}
	p.place()
}

// place puts constants into registers as long as there are some, those first that are used
// most or can not be in memory.
func (p *lowering) place() {
	for _, i := range p.List {
		if i.Name == weave && !p.sparing {
			p.weaving() // before the first row
		}
	}
	var constants []lower.Value
	for v := range lower.Value(len(p.Bytes)) {
		if p.IsConst(v) && p.uses[v] > 0 {
			constants = append(constants, v)
		}
	}
	weight := func(v lower.Value) int {
		w := p.uses[v]
		for _, i := range p.List {
			for n, a := range i.Args {
				if a == v && !memoryArgument(i, n) {
					w += 8
				}
			}
		}
		return w
	}
	slices.SortStableFunc(constants, func(a, b lower.Value) int { return weight(b) - weight(a) })
	registers := 16
	if p.e.opmask {
		registers = 32
	}
	if p.sparing {
		registers = spare
	}
	for n, v := range constants {
		if n < registers-spare {
			p.values[v] = p.repeated(p.Constants[v])
		} else {
			p.values[v] = p.e.constantData(filled(p.Constants[v], p.e.width))
		}
	}
}

func filled(c lower.Pattern, width int) []byte {
	return bytes.Repeat(binary.LittleEndian.AppendUint64(nil, c.Word()), width/8)
}

// repeated is a register filled with a pattern.
func (p *lowering) repeated(c lower.Pattern) reg.VecVirtual {
	key := fmt.Sprint("word ", c.Word())
	if r := p.e.constants[key]; r != nil {
		return r
	}
	r := p.e.vec(p.e.width)
	switch word := c.Word(); {
	case word == 0:
		x := narrow(r, 16)
		if p.e.opmask {
			p.e.VPXORD(x, x, x)
		} else {
			p.e.VPXOR(x, x, x)
		}
	case word>>32 == word&(1<<32-1):
		r = p.e.repeat32(uint32(word))
	default:
		g, x := p.e.GP64(), p.e.XMM()
		p.e.MOVQ(operand.U64(word), g)
		p.e.VMOVQ(g, x)
		p.e.VPBROADCASTQ(x, r)
	}
	p.e.constants[key] = r
	return r
}

// size is the register that n elements of a vector take.
func (p *lowering) bytesOf(v lower.Value, n int) int { return max(16, n*p.Bytes[v]) }

func (p *lowering) prepare(n int, b operand.Op) prepared {
	at := map[lower.Value]operand.Op{p.factor: b}
	p.settle(p.factor, at, n)
	p.run(p.early, at, n)
	kept := prepared{}
	for _, v := range p.kept {
		kept = append(kept, at[v])
	}
	return kept
}

func (p *lowering) multiply(n int, a operand.Op, b prepared) reg.VecVirtual {
	return p.compute(p.Out, n, a, b)
}

// lanes computes what is packed.
func (p *lowering) lanes(n int, a operand.Op, b prepared) reg.VecVirtual {
	return p.compute(p.Packing.Lanes, n, a, b)
}

// compute computes a vector from what was prepared.
func (p *lowering) compute(v lower.Value, n int, a operand.Op, b prepared) reg.VecVirtual {
	at := map[lower.Value]operand.Op{p.other: a}
	p.settle(p.other, at, n)
	for i, v := range p.kept {
		at[v] = b[i]
	}
	p.run(p.needed(p.late, v), at, n)
	return p.e.inRegister(p.bytesOf(v, n), at[v])
}

// needed lists those of some instructions that compute a vector.
func (p *lowering) needed(list []lower.Instruction, v lower.Value) []lower.Instruction {
	needs := map[lower.Value]bool{v: true}
	var some []lower.Instruction
	for _, i := range slices.Backward(list) {
		if needs[i.To] {
			for _, a := range i.Args {
				needs[a] = true
			}
			some = append(some, i)
		}
	}
	slices.Reverse(some)
	return some
}

// packed packs vectors of n elements each: each 16 bytes are those of all of them.
func (p *lowering) packed(n int, xs []reg.VecVirtual) reg.VecVirtual {
	lane, size := p.Packing.Lane, p.Bytes[p.Out]
	w := n * lane
	packs := map[string]func(...operand.Op){
		"signed 2": p.e.VPACKSSDW, "signed 1": p.e.VPACKSSWB, "unsigned 2": p.e.VPACKUSDW, "unsigned 1": p.e.VPACKUSWB,
	}
	for to := lane / 2; to >= size; to /= 2 {
		sign := "signed"
		if to == size && !p.Packing.Signed {
			sign = "unsigned"
		}
		var packed []reg.VecVirtual
		for pair := range slices.Chunk(xs, 2) {
			r := p.e.vec(w)
			packs[fmt.Sprint(sign, " ", to)](pair[1], pair[0], r)
			packed = append(packed, r)
		}
		xs = packed
	}
	return xs[0]
}

// pack packs vectors of n elements each, and brings those of each 16 bytes of them to where
// they belong.
func (p *lowering) pack(n int, xs []reg.VecVirtual) reg.VecVirtual {
	lane, size := p.Packing.Lane, p.Bytes[p.Out]
	w := n * lane
	x := p.packed(n, xs)
	if w == 16 {
		return x
	}
	r := p.e.vec(w)
	switch order := p.order(w); {
	case order == nil:
		p.e.VPERMQ(operand.U8(0xd8), x, r)
	case lane == 4*size:
		p.e.VPERMD(x, order, r)
	default:
		p.e.VPERMQ(x, order, r)
	}
	return r
}

// order is that in which pieces of packed vectors of w bytes belong: each 16 bytes hold one of
// every vector. It is nil where it is none, or an immediate number.
func (p *lowering) order(w int) reg.VecVirtual {
	vectors, lanes := p.Packing.Lane/p.Bytes[p.Out], w/16
	if lanes == 1 || vectors == lanes && lanes == 2 {
		return nil
	}
	piece := 16 / vectors
	return p.e.constantBytes(numbers(w/piece, piece, func(i int) int { return i%lanes*vectors + i/lanes }))
}

// widened is the bytes of an element after the one instruction that reads an operand, if that
// widens it, or else 0.
func (p *lowering) widened(v lower.Value) int {
	for _, i := range p.List {
		if slices.Contains(i.Args, v) && len(i.Args) == 1 && p.uses[v] == 1 && p.Bytes[i.To] > p.Bytes[v] {
			return p.Bytes[i.To]
		}
	}
	return 0
}

// settle loads an operand that can not stay in memory, or is used more than once.
func (p *lowering) settle(v lower.Value, at map[lower.Value]operand.Op, n int) {
	if _, ok := at[v].(operand.Mem); !ok {
		return
	}
	stays := p.uses[v] == 1 && v != p.Out
	for _, i := range p.List {
		for m, a := range i.Args {
			stays = stays && (a != v || memoryArgument(i, m))
		}
	}
	if !stays {
		at[v] = p.e.inRegister(p.bytesOf(v, n), at[v])
	}
}

// run emits instructions.
func (p *lowering) run(list []lower.Instruction, at map[lower.Value]operand.Op, n int) {
	made := map[lower.Value]bool{}
	for _, i := range list {
		w := p.bytesOf(i.To, n)
		args := make([]operand.Op, len(i.Args))
		for m, a := range i.Args {
			v, wa := at[a], p.bytesOf(a, n)
			if p.IsConst(a) {
				v, wa = p.values[a], w
			}
			if _, ok := v.(operand.Mem); ok && !memoryArgument(i, m) {
				v = p.e.inRegister(wa, v)
			}
			args[m] = as(wa, v)
		}
		to := p.e.vec(w)
		if lower.InPlace[i.Name] {
			if x := i.Args[0]; made[x] && p.uses[x] == 1 {
				to = narrow(args[0].(reg.VecVirtual), w) // nobody else needs it
			} else {
				p.e.VMOVUPS(args[0], to)
			}
			args = args[1:]
		}
		made[i.To] = true
		at[i.To] = to
		p.emit(i, p.bytesOf(i.Args[0], n), args, to)
	}
}

// memoryArgument tells whether an argument of an instruction may be in memory: the last one,
// except where a mask or a number follows it, and of what makes vectors narrower, which writes
// to memory instead.
func memoryArgument(i lower.Instruction, n int) bool {
	switch i.Name {
	case "VCVTPS2PH", "VPMOVWB", "VPMOVDB", "VPMOVDW", "VPMOVQB", "VPMOVQW", "VPMOVQD",
		"VPMOVSWB", "VPMOVSDB", "VPMOVSDW", "VPMOVSQB", "VPMOVSQW", "VPMOVSQD",
		"VPMOVUSWB", "VPMOVUSDB", "VPMOVUSDW", "VPMOVUSQB", "VPMOVUSQW", "VPMOVUSQD":
		return false
	case "VPSLLW", "VPSLLD", "VPSLLQ", "VPSRLW", "VPSRLD", "VPSRLQ", "VPSRAW", "VPSRAD", "VPSRAQ": // at avx2
		return false
	case "VPBLENDVB":
		return n == 1
	}
	return n == len(i.Args)-1 && !macro(i.Name)
}

// macro tells a macro from an instruction of the assembler.
func macro(name string) bool { return name[0] >= 'a' }

// emit emits an instruction, or a macro, whose first argument has so many bytes.
func (p *lowering) emit(i lower.Instruction, from int, args []operand.Op, to reg.VecVirtual) {
	if i.Name == weave {
		p.e.VPSHUFB(as(int(to.Size()), p.weaving()), args[0], to)
		return
	}
	if macro(i.Name) {
		p.narrowed(i.Name, args[0].(reg.VecVirtual), to)
		return
	}
	name := i.Name
	switch name {
	case "VCVTPD2PS", "VCVTQQ2PS", "VCVTUQQ2PS", "VCVTPD2DQ", "VCVTTPD2DQ", "VCVTPD2UDQ", "VCVTTPD2UDQ": // the assembler can not tell from an XMM result
		name += map[int]string{16: "X", 32: "Y"}[from]
	}
	var ops []reflect.Value
	if i.Imm >= 0 {
		ops = append(ops, reflect.ValueOf(operand.U8(uint8(i.Imm))))
	}
	for _, a := range slices.Backward(args) {
		ops = append(ops, reflect.ValueOf(a))
	}
	if _, unknown := encodings[name]; unknown {
		p.e.unknown(name, args[1], args[0], to)
		return
	}
	reflect.ValueOf(p.e.Context).MethodByName(name).Call(append(ops, reflect.ValueOf(to)))
}

// weave is the macro that puts words of the lower half of 16 bytes and those of the upper half in turn.
const weave = "weave2"

// weaving is the order in which it does.
func (p *lowering) weaving() operand.Op {
	order := bytes.Repeat(numbers(16, 1, func(i int) int { return i/2%2*8 + i/4*2 + i%2 }), p.e.width/16)
	if p.sparing {
		return p.e.constantData(order)
	}
	return p.e.constantBytes(order)
}

// narrowed emits what avx2 has no instruction for: the lower part of each lane, packed.
func (p *lowering) narrowed(name string, x, to reg.VecVirtual) {
	var from, size int
	if _, err := fmt.Sscanf(name, "narrow%dto%d", &from, &size); err != nil {
		panic("avo: no macro " + name)
	}
	whole := x.Size() == 32
	r := narrow(to, int(x.Size()))
	if from == 8 {
		p.e.VPSHUFD(operand.U8(0x88), x, r)
	} else {
		order := numbers(16, 1, func(i int) int {
			if place := i/size*from + i%size; place < 16 {
				return place
			}
			return -1 // zero
		})
		p.e.VPSHUFB(p.e.constantData(bytes.Repeat(order, 2)), x, r)
	}
	if !whole {
		return
	}
	if packed := 16 * size / from; packed == 4 {
		high := p.e.XMM()
		p.e.VEXTRACTI128(operand.U8(1), r, high)
		p.e.VPUNPCKLDQ(high, narrow(r, 16), to)
		return
	}
	p.e.VPERMQ(operand.U8(0x08), r, r)
}
