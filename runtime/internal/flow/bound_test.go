package flow

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/guard"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// longCase is a multiply whose kernel calls would be long if nothing bounded them.
type longCase struct {
	name     string
	size     int
	out      exec.Operand
	operands []exec.Operand
}

// longMemory is where the operands of long cases lie: out first, then those of a multiply. Pages that
// must not be touched lie before and after each.
type longMemory [3][]byte

const longBytes = 32 << 20 // of each

func newLongMemory(t testing.TB) longMemory {
	return guard.Pages(t, longBytes) // nothing is touched yet
}

// longCases returns cases for elements of a size: rows and columns that lie side by side, some
// elements or pages apart, reversed, transposed, constant, few or many.
//
// Where out, a and b have elements of different sizes, those of out count.
func (m longMemory) longCases(sizes [3]int, r *rand.Rand) []longCase {
	size := sizes[0]
	page := exec.PageBytes / size
	var cases []longCase
	add := func(name string, shape []int, strides ...[]int) {
		c := longCase{name: fmt.Sprintf("%d bytes, %s %v", size, name, shape), size: size}
		for i, s := range strides {
			lay, err := layout.New(append([]int{}, shape...), append([]int{}, s...))
			if err != nil {
				panic(err)
			}
			size, memory := sizes[min(i, 2)], m[min(i, 2)]
			span := (lay.Hi - lay.Lo + 1) * size
			if span > longBytes {
				return // not this many, then
			}
			first := -lay.Lo * size
			if last := len(memory) - span; len(cases)%2 > 0 { // ends where the memory does
				first += last
			}
			x := exec.Operand{Base: unsafe.Pointer(&memory[first]), Lay: lay}
			if i == 0 {
				c.out = x
			} else {
				c.operands = append(c.operands, x)
			}
		}
		cases = append(cases, c)
	}
	inner := [][3]int{ // the strides of out, a and b
		{1, 1, 1},
		{1, 1, 0},
		{1, 1, -1},
		{1, -1, -1},
		{23, 1, 1},
		{1, 23, 1},
		{23, 23, 23},
		{1, page, 1},
		{1, page, page},
		{page, 1, 1},
		{page, page, page},
		{page + 1, page + 1, 0},
		{-1, 1, page},
	}
	for p := range kernel.Pattern(kernel.NumPatterns) {
		if step := p.Form().B; step > 1 && !slices.Contains(inner, [3]int{1, 1, step}) {
			inner = append(inner, [3]int{1, 1, step}, [3]int{1, step, step}, [3]int{step, 1, 1}, [3]int{step, step, step}, [3]int{step, step, 0})
		}
	}
	for _, s := range inner {
		for _, cols := range []int{2, 3, 4, 8, 40, 500, 4000} {
			for _, apart := range []int{0, 1, page, 2*page + 3} {
				rows := min(longBytes/max(apart*size, cols*size*8), 1<<15/cols+4)
				strides := make([][]int, 3)
				for i := range strides {
					step := max(apart, cols*max(s[i], -s[i]))
					switch {
					case apart == 1 && s[i] >= page: // transposed
						step = 1
					case apart == 0 && s[i] == 0 && r.IntN(2) == 0:
						step = 1
					case apart == 0 && i == 2 && r.IntN(3) == 0:
						step = 0
					}
					strides[i] = []int{step, s[i]}
				}
				if apart == 1 {
					rows = min(rows, page)
				}
				add(fmt.Sprint(s, " rows ", apart), []int{rows, cols}, strides...)
				add(fmt.Sprint("three of ", s, " rows ", apart), []int{rows, cols}, append(strides, strides[1])...)
				add(fmt.Sprint("six of ", s, " rows ", apart), []int{rows, cols}, append(strides, strides[1], strides[2], strides[1], strides[2])...)
			}
		}
	}
	for _, n := range []int{1 << 10, 1 << 17} {
		add("contiguous", []int{n}, []int{1}, []int{1}, []int{1})
		add("by one", []int{n}, []int{1}, []int{1}, []int{0})
	}
	for _, cols := range []int{2, 3, 4, 5, 12, 24, 32} {
		n := 1 << 17 / cols
		add("short rows by a row of each few", []int{n / 5, 5, cols}, []int{5 * cols, cols, 1}, []int{5 * cols, cols, 1}, []int{cols, 0, 1})
		add("pixels by a mask", []int{n, cols}, []int{cols, 1}, []int{cols, 1}, []int{1, 0})
		add("pixels by a row", []int{n, cols}, []int{cols, 1}, []int{cols, 1}, []int{0, 1})
	}
	for _, n := range []int{64, 512} {
		for _, pitch := range []int{n, max(n, page), max(n, page) + 8} {
			add("transposed", []int{n, n}, []int{pitch, 1}, []int{1, pitch}, []int{pitch, 1})
			add("both transposed", []int{n, n}, []int{pitch, 1}, []int{1, pitch}, []int{1, pitch})
			add("wide, transposed", []int{16, n}, []int{n, 1}, []int{1, pitch}, []int{n, 1})
			add("high, both transposed", []int{n, 16}, []int{pitch, 1}, []int{1, pitch}, []int{1, pitch})
			add("axes permuted", []int{16, n, 16}, []int{16 * n, 16, 1}, []int{1, 16, 16 * n}, []int{16 * n, 16, 1})
		}
	}
	return cases
}

// run multiplies by some kernels.
func (c *longCase) run(r exec.Rule) error {
	if len(c.operands) == 2 {
		return exec.Multiply(r, c.out, c.operands[0], c.operands[1], 1)
	}
	return Product(r, 1, c.out, c.operands)
}

// around returns a rule that is r with call around each of its kernels, those that copy, too.
func around(r exec.Rule, call func(p kernel.Pattern, sizes [3]int, by kernel.Func, nest *kernel.Nest)) exec.Rule {
	entries := func(of []kernel.Entry, sizes [3]int) {
		for p := range of {
			if by := of[p].Func; by != nil {
				of[p].Func = func(nest *kernel.Nest) { call(kernel.Pattern(p), sizes, by, nest) }
			}
		}
	}
	wrap := func(set *kernel.Set, sizes [3]int) *kernel.Set {
		wrapped := *set
		for l := range wrapped { // a level has halves below it
			entries(wrapped[l][:], sizes)
		}
		return &wrapped
	}
	wrapped := *r.Rule
	wrapped.Kernels = wrap(r.Kernels, r.Sizes())
	for _, x := range []*kernel.Operand{&wrapped.Out, &wrapped.A, &wrapped.B} {
		move := *x.Move
		sizes := [3]int{x.Size, x.Size, x.Size}
		move.Kernels = wrap(move.Kernels, sizes)
		if move.Override != nil {
			override := *move.Override
			entries(override.Kernels[:], sizes)
			move.Override = &override
		}
		x.Move = &move
	}
	return exec.Rule{Rule: &wrapped, On: siteAt(r.On.Level)}
}

// longRules returns the product of one dtype of each size.
func longRules(level kernel.Level) map[int]exec.Rule {
	return map[int]exec.Rule{
		1:  {Rule: generated.MulOf[uint8]()(), On: siteAt(level)},
		2:  {Rule: generated.MulOf[int16]()(), On: siteAt(level)},
		4:  {Rule: generated.MulOf[float32]()(), On: siteAt(level)},
		8:  {Rule: generated.MulOf[float64]()(), On: siteAt(level)},
		16: {Rule: generated.MulOf[complex128]()(), On: siteAt(level)},
	}
}

// mixedRules returns rules whose operands have elements of different sizes. Their kernels do
// nothing: it is counted what they would touch.
func mixedRules(level kernel.Level) (mixed []exec.Rule) {
	for _, sizes := range [][3]int{{4, 1, 4}, {1, 1, 4}, {4, 2, 2}, {16, 8, 16}} {
		r := kernel.Rule{Name: "mixed", Kernels: new(kernel.Set), Out: productOf(sizes[0]).Out, A: productOf(sizes[1]).A, B: productOf(sizes[2]).B}
		for _, p := range []kernel.Pattern{kernel.VV, kernel.VC, kernel.CV, kernel.VC3, kernel.CV3, kernel.VVN, kernel.VCN, kernel.CVN, kernel.VC3N, kernel.II} {
			r.Kernels[level][p].Func = func(*kernel.Nest) {}
		}
		mixed = append(mixed, exec.Rule{Rule: &r, On: siteAt(level)})
	}
	return mixed
}

// touched counts the pages that a call touches, of all operands, the bytes of the cache lines of
// the operand that touches most, and the rows of which an operand has the same each time.
type touched struct{ pages, bytes, same int }

// most returns the larger counts of two calls.
func (t touched) most(u touched) touched {
	return touched{max(t.pages, u.pages), max(t.bytes, u.bytes), max(t.same, u.same)}
}

// toucher counts what calls touch of a longMemory, each page and line once for a call.
type toucher struct {
	memory      longMemory
	pages       [len(longMemory{})][longBytes/exec.PageBytes + 1]int32 // in which call each was touched last
	lines       [len(longMemory{})][longBytes/exec.TileLine + 1]int32
	call        int32
	found, most int // pages and bytes of this call
	same        int // and rows that are the same
}

// touch counts so many bytes from an offset in memory m on.
func (c *toucher) touch(m, offset, bytes int) (lines int) {
	for line := offset / exec.TileLine; line <= (offset+bytes-1)/exec.TileLine; line++ {
		if c.lines[m][line] == c.call {
			continue
		}
		c.lines[m][line] = c.call
		lines++
		if page := line * exec.TileLine / exec.PageBytes; c.pages[m][page] != c.call {
			c.pages[m][page] = c.call
			c.found++
		}
	}
	return lines
}

// at returns in which memory a pointer lies, and where; scratch memory is none of them.
func (c *toucher) at(p unsafe.Pointer) (m, offset int, found bool) {
	for m, memory := range c.memory {
		offset := int(uintptr(p) - uintptr(unsafe.Pointer(unsafe.SliceData(memory))))
		if offset >= 0 && offset < longBytes {
			return m, offset, true
		}
	}
	return 0, 0, false
}

// count counts what a call of a kernel touches.
func (c *toucher) count(p kernel.Pattern, sizes [3]int, nest *kernel.Nest) touched {
	c.call, c.found, c.most, c.same = c.call+1, 0, 0, 0
	operand := func(p unsafe.Pointer, size, col, row int) {
		if col != 0 && row == 0 && nest.Cols > 1 {
			c.same = nest.Rows
		}
		m, from, found := c.at(p)
		if !found {
			return
		}
		lines := 0
		for r := range nest.Rows {
			at := from + r*row
			switch col {
			case size:
				lines += c.touch(m, at, nest.Cols*size)
			case 0:
				lines += c.touch(m, at, size)
			default:
				for k := range nest.Cols {
					lines += c.touch(m, at+k*col, size)
				}
			}
		}
		c.most = max(c.most, lines*exec.TileLine)
	}
	operand(nest.Dst, sizes[0], nest.DstCol, nest.DstRow)
	if p.Form().Lists { // which the first-level cache holds
		c.list(p, nest)
		return touched{c.found, c.most, c.same}
	}
	operand(nest.A, sizes[1], nest.ACol, nest.ARow)
	switch form := p.Form(); {
	case form.Several:
		for _, f := range *(*[]kernel.Factor)(nest.B) {
			operand(f.At, sizes[2], f.Step, f.Down)
		}
	case form.Moves: // b is not used
	default:
		operand(nest.B, sizes[2], nest.BCol, nest.BRow)
	}
	return touched{c.found, c.most, c.same}
}

// list counts what is read from the places of a list.
func (c *toucher) list(p kernel.Pattern, nest *kernel.Nest) {
	m, from, found := c.at(nest.A)
	if !found {
		return
	}
	bytes := kernel.PlaceBytes
	if p.Form().Lines {
		bytes = kernel.LineBytes
	}
	lines := 0
	for r := range nest.Rows {
		for k := range nest.Cols {
			place := (*kernel.Place)(unsafe.Add(nest.B, 2*bytes*k)) // or a Line, which begins alike
			lines += c.touch(m, from+r*nest.ARow+int(place.From), bytes)
		}
	}
	c.most = lines * exec.TileLine
}

// TestCallsTouchLittle holds that whatever is multiplied, no call of a kernel touches more than
// is said in bound.go, by counting for each pattern what the calls touch.
func TestCallsTouchLittle(t *testing.T) {
	defer func(was machine.Machine) { active = was }(active)
	memory := newLongMemory(t)
	counter := &toucher{memory: memory}
	r := rand.New(rand.NewPCG(1, 2))
	most := map[kernel.Pattern]touched{}
	calls := 0
	for _, level := range active.Supported() {
		kernels := longRules(level)
		rules := mixedRules(level)
		for _, size := range slices.Sorted(maps.Keys(kernels)) {
			rules = append(rules, kernels[size])
		}
		for _, from := range rules {
			for _, c := range memory.longCases(from.Sizes(), r) {
				if r.IntN(8) > 0 || len(c.operands) > 2 && from.Out.Size != from.A.Size {
					continue // there are many, and much alike
				}
				for _, cache := range []int{32 << 20, 64 << 10} {
					active.Limits = machine.LimitsOf(cache)
					var worst touched
					from := around(from, func(p kernel.Pattern, sizes [3]int, _ kernel.Func, nest *kernel.Nest) {
						calls++
						if calls%7 != 0 && nest.Rows*nest.Cols < 64 {
							return // there are many
						}
						t := counter.count(p, sizes, nest)
						worst, most[p] = worst.most(t), most[p].most(t)
					})
					if err := c.run(from); err != nil {
						t.Fatal(c.name, err)
					}
					// Runs of elements may begin and end anywhere in a page.
					if worst.pages > exec.CallPages*5/4 || worst.bytes > exec.WholeBytes+2*exec.TileLine || worst.same > exec.SameRows {
						t.Errorf("%v, %s: a call touches %d pages and %d bytes, and the same row %d times", level, c.name, worst.pages, worst.bytes, worst.same)
					}
				}
			}
		}
	}
	// Tiles of whole lines are taken where a level has kernels for them.
	best := &generated.MulOf[float32]()().Kernels[active.Best]
	lines := best[kernel.TVW].Level != best[kernel.TV].Level
	for p := kernel.Pattern(0); p < kernel.NumPatterns; p++ {
		if form := p.Form(); most[p].pages == 0 && !form.OneRow && !form.Left && (lines || !form.Lines) && (!form.Moves || form.Transposed) && !form.Converts && !form.Masks && !form.Under { // other copies no product of one type takes
			t.Errorf("no case calls a kernel of pattern %v", p)
		}
		t.Logf("%-5v at most %3d pages, %6d bytes, %3d times the same row", p, most[p].pages, most[p].bytes, most[p].same)
	}
	t.Log(calls, "calls")
}
