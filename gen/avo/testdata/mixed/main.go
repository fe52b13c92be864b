// Command mixed runs kernels whose operands differ in size and compares them with naive loops:
// every length to 200 at four alignments of out, others for the next length, nests, out as an operand,
// and memory that ends where it may not be touched. It prints the number of kernels for each level of
// the machine. With an argument it tries every alignment.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// A trial is what the table in kernels.go lists. That file has rules, too, which compute one
// element.
type trial struct {
	id, rule, level string
	run             func(*kernel.Nest)
	size            [3]int // bytes of an element of out, a and b
	step            [3]int // from column to column in elements, any if it is anyStep
	cols            int    // of a row, where rows are adjacent; any if 0
	same            int    // the operand that is the same in each of such rows
	once            int    // the operand that moves by one from each of such rows to the next
	bypass          bool
}

const (
	anyStep = 99
	out     = 0
	left    = 1
	right   = 2
)

// RoundUint8 is what rules call so.
func RoundUint8(x float32) uint8 {
	return uint8(min(max(math.RoundToEven(float64(x)), 0), math.MaxUint8))
}

// RoundInt16 is what rules call so.
func RoundInt16(x float32) int16 {
	return int16(min(max(math.RoundToEven(float64(x)), math.MinInt16), math.MaxInt16))
}

func putFloat32(b []byte, v float32) { binary.LittleEndian.PutUint32(b, math.Float32bits(v)) }
func putFloat64(b []byte, v float64) { binary.LittleEndian.PutUint64(b, math.Float64bits(v)) }

var rng = rand.New(rand.NewPCG(1, 2))

// element writes a value that a rule takes.
func element(dst []byte) {
	switch len(dst) {
	case 1:
		dst[0] = byte(rng.Uint32())
	case 2:
		binary.LittleEndian.PutUint16(dst, uint16(rng.Uint32()))
	case 4:
		putFloat32(dst, float32(rng.IntN(1000)-100)/256)
	default:
		for ; len(dst) > 0; dst = dst[8:] {
			putFloat64(dst, rng.NormFloat64())
		}
	}
}

// A room is memory between two pages that may not be touched.
type room struct{ b, keep []byte }

const page, pages = 4096, 64

func newRoom() *room {
	b, err := syscall.Mmap(-1, 0, (pages+2)*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	check(err)
	check(syscall.Mprotect(b[:page], syscall.PROT_NONE))
	check(syscall.Mprotect(b[(pages+1)*page:], syscall.PROT_NONE))
	return &room{b: b[page : (pages+1)*page]}
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// A nest is what a kernel is tried on, in elements.
type nest struct {
	cols, rows int
	col, row   [3]int
	at         [3]int // bytes from the start of each room to element (0, 0)
	alias      int    // the operand that is out itself, or 0
}

func (n *nest) place(i, r, c int) int { return r*n.row[i] + c*n.col[i] }

// span returns the lowest and the highest element of an operand.
func (n *nest) span(i int) (low, high int) {
	for _, r := range []int{0, max(n.rows-1, 0)} {
		for _, c := range []int{0, max(n.cols-1, 0)} {
			low, high = min(low, n.place(i, r, c)), max(high, n.place(i, r, c))
		}
	}
	return low, high
}

// shape makes a nest fit a kernel.
func (k *trial) shape(n *nest) {
	for i, step := range k.step {
		if step != anyStep {
			n.col[i] = step
		}
	}
	if k.cols == 0 {
		return
	}
	if n.cols != k.cols {
		n.rows, n.cols = n.cols/k.cols, k.cols
	}
	n.row = [3]int{k.cols, k.cols, k.cols}
	if k.same > 0 {
		n.row[k.same] = 0
	}
	if k.once > 0 {
		n.row[k.once] = 1
	}
}

type bench struct {
	*trial
	rooms [3]*room
	want  []byte
}

// against puts an operand against the lower or the upper end of its room, or somewhere.
func (b *bench) against(n *nest, i, where, offset int) {
	low, high := n.span(i)
	size := b.size[i]
	switch where {
	case 0:
		n.at[i] = -low * size
	case 1:
		n.at[i] = pages*page - (high+1)*size
	default:
		n.at[i] = 64 + offset - low*size
	}
}

func (b *bench) try(n nest) {
	if n.alias > 0 {
		n.at[n.alias] = n.at[out]
	}
	mem := [3][]byte{b.rooms[0].b, b.rooms[1].b, b.rooms[2].b}
	if n.alias > 0 {
		mem[n.alias] = mem[out]
	}
	low, high := n.span(out)
	from := max(n.at[out]+low*b.size[out]-64, 0)
	to := min(n.at[out]+(high+1)*b.size[out]+64, pages*page)
	for i := from; i < to; i++ {
		mem[out][i] = byte(i * 37)
	}
	if n.alias > 0 {
		for r := range n.rows {
			for c := range n.cols {
				element(mem[out][n.at[out]+n.place(out, r, c)*b.size[out]:][:b.size[out]])
			}
		}
	}
	b.want = append(b.want[:0], mem[out][from:to]...)
	rule := rules[b.rule]
	for r := range n.rows {
		for c := range n.cols {
			var p [3][]byte
			for i := range p {
				p[i] = mem[i][n.at[i]+n.place(i, r, c)*b.size[i]:][:b.size[i]]
			}
			rule(b.want[n.at[out]+n.place(out, r, c)*b.size[out]-from:], p[1], p[2])
		}
	}
	at := func(i int) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(unsafe.SliceData(mem[i])), n.at[i]) }
	b.run(&kernel.Nest{
		Dst: at(0), A: at(1), B: at(2), Cols: n.cols, Rows: n.rows,
		DstRow: n.row[0] * b.size[0], ARow: n.row[1] * b.size[1], BRow: n.row[2] * b.size[2],
		DstCol: n.col[0] * b.size[0], ACol: n.col[1] * b.size[1], BCol: n.col[2] * b.size[2],
	})
	got := mem[out][from:to]
	if bytes.Equal(got, b.want) {
		return
	}
	for i := range got {
		if got[i] != b.want[i] {
			fmt.Printf("%s: %+v: byte %d after the first of out is %#x, want %#x\n", b.id, n, from+i-n.at[out], got[i], b.want[i])
			os.Exit(1)
		}
	}
}

// fill gives the operands other elements.
func (b *bench) fill() {
	for i := 1; i <= 2; i++ {
		mem := b.rooms[i].b
		for at := 0; at < page; at += b.size[i] {
			element(mem[at:][:b.size[i]])
		}
		for filled := page; filled < len(mem); filled *= 2 {
			copy(mem[filled:], mem[:filled])
		}
	}
}

func (b *bench) test() {
	apart := max(64/b.size[out]/4, 1) // alignments
	if len(os.Args) > 1 {
		apart = 1
	}
	wide := func() [3]int { return [3]int{rng.IntN(3) + 1, rng.IntN(4) - 1, rng.IntN(4) - 2} }
	for cols := range 201 {
		if cols%20 == 0 {
			b.fill()
		}
		for off := cols % apart * b.size[out]; off < 64; off += apart * b.size[out] {
			n := nest{cols: cols, rows: 1, col: wide()}
			b.shape(&n)
			for i := range n.at {
				offset := rng.IntN(64) / b.size[i] * b.size[i]
				if i == out {
					offset = off
					if rng.IntN(8) == 0 { // aligned to less than an element
						offset = rng.IntN(64)
					}
				}
				b.against(&n, i, 2, offset)
			}
			b.try(n)
		}
		for side := range 8 {
			n := nest{cols: cols, rows: 1, col: wide()}
			b.shape(&n)
			for i := range n.at {
				b.against(&n, i, side>>i&1, 0)
			}
			b.try(n)
		}
		for alias := 1; alias <= 2; alias++ {
			n := nest{cols: cols, rows: 1 + cols%3, col: wide(), alias: alias}
			n.row[out] = 200*4 + cols%7
			n.col[alias], n.row[alias] = n.col[out], n.row[out]
			b.shape(&n)
			if b.bypass || b.size[alias] != b.size[out] || n.col[alias] != n.col[out] || n.row[alias] != n.row[out] {
				continue
			}
			b.against(&n, out, 2, 0)
			b.against(&n, 3-alias, 2, rng.IntN(64)/b.size[3-alias]*b.size[3-alias])
			b.try(n)
		}
	}
	for range 400 { // long rows, and nests
		n := nest{cols: rng.IntN(40), rows: rng.IntN(6), col: wide()}
		if rng.IntN(4) == 0 {
			n.cols, n.rows = rng.IntN(1000), 1+rng.IntN(2)
		}
		span := n.cols*3 + rng.IntN(7)
		n.row = [3]int{span, []int{0, 1, n.cols, -span}[rng.IntN(4)], []int{0, 1, n.cols, span}[rng.IntN(4)]}
		if rng.IntN(2) == 0 {
			n.row[out] = -span
		}
		b.shape(&n)
		for i := range n.at {
			b.against(&n, i, rng.IntN(3), rng.IntN(64)/b.size[i]*b.size[i])
		}
		b.try(n)
	}
}

func main() {
	rooms := [3]*room{newRoom(), newRoom(), newRoom()}
	tested := map[string]int{}
	for _, k := range kernels {
		if slices.ContainsFunc(runtime.Supported(), func(l kernel.Level) bool { return l.String() == k.level }) {
			(&bench{trial: &k, rooms: rooms}).test()
			tested[k.level]++
		}
	}
	for _, l := range runtime.Supported() {
		fmt.Println(l, tested[l.String()])
	}
}
