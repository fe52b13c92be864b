package runtime_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// The tests in this file walk the table of kernels, so that a kernel without a
// test cannot exist. They call each kernel directly, at every level that the
// machine has, not only through the level that is active.

// exhaustive says to try all there is to try, which takes minutes: every alignment of every
// length, every 16-bit value with each special one. Without it every kernel still sees every
// length up to two tiles and alignments of each kind.
var exhaustive = os.Getenv("HADAMARD_EXHAUSTIVE") != ""

// allKernels and allRules list those that copy, the products of the dtypes, and others.
func allKernels() []kernel.Info {
	return slices.Concat(kernel.Kernels(), generated.Kernels(), rules.Kernels())
}

func allRules() []*kernel.Rule {
	return slices.Concat(kernel.Moves(), generated.Rules(), rules.Rules())
}

// eachKernel runs a sub-test for every kernel that this machine can execute, and
// reports and checks how many there were at each level.
func eachKernel(t *testing.T, test func(*testing.T, kernel.Info, lane)) {
	t.Helper()
	supported := runtime.Supported()
	count := map[kernel.Level]int{}
	for _, k := range allKernels() {
		if !slices.Contains(supported, k.Level) && *record == "" {
			continue
		}
		t.Run(k.ID, func(t *testing.T) {
			test(t, k, laneOf(k))
			count[k.Level]++
		})
	}
	all := !strings.Contains(flag.Lookup("test.run").Value.String()+flag.Lookup("test.skip").Value.String(), "/")
	for _, l := range supported {
		t.Logf("%d kernels tested at level %s", count[l], l)
		if all && !t.Failed() && count[l] < leastKernels(l) {
			t.Errorf("level %s: %d kernels tested, at least %d exist", l, count[l], leastKernels(l))
		}
	}
}

// repeated tells whether a kernel's code is another one's, which is tested under its own
// name: some of what is tried is enough then.
func repeated(k kernel.Info) bool { return k.Code != k.ID }

// leastKernels is the number of kernels that a level has at the least: portable
// ones of vv, vc and ii for every rule, assembly of vv and vc for the products of Go's dtypes.
func leastKernels(l kernel.Level) int {
	if l == kernel.PureGo {
		return 3 * len(slices.Concat(generated.Rules(), rules.Rules()))
	}
	return 2 * len(generated.DTypes())
}

// TestKernelTable checks the tables against each other: every entry of every
// set is a kernel of the list, of the right rule and pattern, at its own level
// or below, and kernels that share code have that of the right one.
func TestKernelTable(t *testing.T) {
	list := map[string]kernel.Info{}
	for _, k := range allKernels() {
		if _, twice := list[k.ID]; twice {
			t.Errorf("%s is listed twice", k.ID)
		}
		list[k.ID] = k
	}
	used, sets := map[string]bool{}, map[string]*kernel.Set{}
	for _, d := range generated.DTypes() {
		sets[d.Name] = d.Mul.Kernels
	}
	for _, r := range allRules() {
		if _, known := products[r.Name]; !known {
			t.Logf("rule %s has no oracle here: its expression stands in", r.Name)
		}
		if r.Default && sets[r.Name] != r.Kernels {
			t.Errorf("%s: the dtype has other kernels than the rule", r.Name)
		}
		for l := range r.Kernels {
			for p, e := range r.Kernels[l] {
				k, ok := list[e.ID]
				if e.Func == nil && !has(r, kernel.Pattern(p)) {
					continue
				}
				switch {
				case !ok || e.Func == nil:
					t.Errorf("%s: entry %s at %v is not in the list of kernels", r.Name, e.ID, kernel.Level(l))
				case k.OutSize != r.Out.Size || k.Level != e.Level || e.Level > kernel.Level(l) || k.Code != k.ID:
					t.Errorf("%s: entry %s at %v has the wrong kernel %+v", r.Name, e.ID, kernel.Level(l), k)
				case k.Rule != r.Code || k.ASize != r.A.Size || k.BSize != r.B.Size || !covers(k.Pattern, kernel.Pattern(p)):
					t.Errorf("%s: entry %s at %v has the wrong kernel %+v", r.Name, e.ID, kernel.Level(l), k)
				}
				used[e.ID] = true
				if half := e.Half; half != nil {
					if h := list[half.ID]; half.Func == nil || h.Pattern != kernel.Pattern(p) || h.Rule != k.Rule || h.Level != half.Level || half.Level >= e.Level || half.Half != nil {
						t.Errorf("%s: entry %s has the wrong half %s", r.Name, e.ID, half.ID)
					}
				}
			}
		}
	}
	for id, k := range list {
		if !used[k.Code] {
			t.Errorf("%s is in no set", id)
		}
		code := list[k.Code]
		pc := func(k kernel.Func) uintptr { return reflect.ValueOf(k).Pointer() }
		if code.Code != code.ID || code.Pattern != k.Pattern || code.Level != k.Level || pc(code.Func) != pc(k.Func) ||
			code.OutSize != k.OutSize || code.ASize != k.ASize || code.BSize != k.BSize {
			t.Errorf("%s has the wrong code, %+v", id, code)
		}
	}
	for _, l := range runtime.Supported() {
		n := 0
		for _, k := range allKernels() {
			if k.Level == l {
				n++
			}
		}
		// Lanes of a continuous build read this line to see what ran.
		fmt.Printf("hadamard-kernels level=%s count=%d\n", l, n)
		if n < leastKernels(l) {
			t.Errorf("level %s has %d kernels, at least %d were expected", l, n, leastKernels(l))
		}
	}
}

// has tells whether a rule has kernels of a pattern: a product of a dtype those of all, others
// the needed ones, and those with a constant on the left where it can not be on the right.
func has(r *kernel.Rule, p kernel.Pattern) bool {
	if moves := p.Form().Moves; moves || r.A.Move == nil {
		return moves && r.A.Move == nil
	}
	switch p {
	case kernel.CV, kernel.CVN, kernel.CV1, kernel.CV3, kernel.PV96, kernel.PV128:
		return !r.Commutes
	case kernel.VV, kernel.VC, kernel.II, kernel.VVN, kernel.VCN, kernel.VV1, kernel.VC1,
		kernel.VC3, kernel.VP96, kernel.VP128:
		return true
	}
	return r.Default
}

// covers tells whether a kernel of pattern p may stand in for one of pattern q.
func covers(p, q kernel.Pattern) bool {
	f, g := p.Form(), q.Form()
	free := func(x, y int) bool { return x == y || x == kernel.AnyStep }
	return free(f.Dst, g.Dst) && free(f.A, g.A) && free(f.B, g.B) && f.Several == g.Several && (f.Cols == g.Cols || f.Cols == 0)
}

// nest is a nest in elements, with the offsets at which the operands start.
type nest struct {
	cols, rows       int
	dst, a, b        step
	aIsDst, bIsDst   bool // the operand is out itself
	dstOff, aOff, bO int
	factors, apart   int  // b is so many, if it is several, each so many elements after the one before
	constant         uint // a bit for each of these
}

// run calls a kernel.
func (n nest) run(k kernel.Info, dst, a, b unsafe.Pointer) {
	if k.Pattern.Form().Several {
		factors := make([]kernel.Factor, n.factors)
		for f := range factors {
			factors[f] = kernel.Factor{At: unsafe.Add(b, f*n.apart*k.BSize), Step: n.b.col * k.BSize, Down: n.b.row * k.BSize}
			if n.constant>>f&1 != 0 {
				factors[f].Step = 0
			}
		}
		b = unsafe.Pointer(&factors)
	}
	called = kernel.Nest{
		Dst: dst, A: a, B: b,
		Cols: n.cols, Rows: n.rows,
		DstRow: n.dst.row * k.OutSize, ARow: n.a.row * k.ASize, BRow: n.b.row * k.BSize,
		DstCol: n.dst.col * k.OutSize, ACol: n.a.col * k.ASize, BCol: n.b.col * k.BSize,
	}
	k.Func(&called)
}

// called is what a kernel gets, and memory what it works on: one kernel's after the other, since
// without a collector all of theirs would not fit into an emulated machine.
var (
	called kernel.Nest
	memory arenas
)

// factor is where element c of row r of factor f is.
func (n nest) factor(f, r, c int) int {
	if n.constant>>f&1 != 0 {
		c = 0
	}
	return f*n.apart + n.b.at(r, c)
}

type step struct{ row, col int }

func (s step) at(r, c int) int { return r*s.row + c*s.col }

// span returns the lowest and the highest element that a walk reaches, or one of
// several that are apart.
func (n nest) span(s step) (lo, hi int) {
	for _, r := range []int{0, max(n.rows-1, 0)} {
		for _, c := range []int{0, max(n.cols-1, 0)} {
			lo, hi = min(lo, s.at(r, c)), max(hi, s.at(r, c))
		}
	}
	return lo, hi + n.apart*(n.factors-1)
}

// A bench holds the memory that a kernel is tried on.
type bench struct {
	k    kernel.Info
	lane lane
	rng  *rand.Rand
	*arenas
	pools   [3][]byte // of elements to fill the arenas of out, a and b with
	digests []byte
}

type arenas struct {
	dst, a, b, want []byte // aligned to 64 bytes
	keepA, keepB    []byte // the operands before the kernel ran
}

const margin = 64 // bytes around a walk that must not change

func newBench(k kernel.Info, l lane) *bench {
	return &bench{k: k, lane: l, arenas: &memory, rng: rand.New(rand.NewPCG(1, uint64(len(k.ID))))}
}

// aligned returns n bytes that start at a multiple of 64.
func aligned(n int) []byte {
	buf := make([]byte, n+64)
	skip := -int(uintptr(addr(buf))) & 63
	return buf[skip : skip+n : skip+n]
}

func addr(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// fill writes elements, from any place in a pool of them: to make each anew takes longer than
// all else in a test.
func (b *bench) fill(buf []byte, operand int) {
	f, size := b.lane.formats()[operand], b.sizes()[operand]
	if b.pools[operand] == nil {
		b.pools[operand] = b.elements(f)
	}
	buf, pool := buf[:len(buf)/size*size], b.pools[operand]
	for len(buf) > 0 {
		start := b.rng.IntN(len(pool)/2/f.size) * f.size
		buf = buf[copy(buf, pool[start:]):]
	}
}

// elements returns a pool of elements, about half of them special values.
func (b *bench) elements(f format) []byte {
	if digested() {
		return b.plain(f)
	}
	pool := make([]byte, 1<<14)
	for i := 0; i < len(pool); i += f.size {
		v := b.rng.Uint64()
		if v&3 < 2 {
			v = f.specials[v>>2%uint64(len(f.specials))]
		} else if len(f.specials) == 2 { // bool
			v &= 1
		}
		f.put(pool[i:], v)
	}
	return pool
}

// grow makes room for n bytes in an arena.
func grow(buf []byte, n int) []byte {
	if cap(buf) < n {
		return aligned(2 * n)[:n]
	}
	return buf[:n]
}

// place lays a walk along elements of a size into an arena: the index of its element (0, 0),
// so that margins stay free on both sides, and the bytes that the arena needs.
func (n nest) place(s step, off, size int) (origin, bytes int) {
	lo, hi := n.span(s)
	first := margin/size + off
	return first - lo, (first+hi-lo+1)*size + margin
}

// sizes are those of elements of out, a and b.
func (b *bench) sizes() [3]int { return [3]int{b.k.OutSize, b.k.ASize, b.k.BSize} }

// offsets lets the operands begin at any element of a cache line.
func (b *bench) offsets(n *nest) {
	for i, off := range []*int{&n.dstOff, &n.aOff, &n.bO} {
		*off = b.rng.IntN(max(64/b.sizes()[i], 1))
	}
}

// try runs the kernel on a nest and compares every byte around it with what the
// scalar loop gives.
func (b *bench) try(t *testing.T, n nest) {
	size, aSize, bSize := b.k.OutSize, b.k.ASize, b.k.BSize
	dst0, dstBytes := n.place(n.dst, n.dstOff, size)
	a0, aBytes := n.place(n.a, n.aOff, aSize)
	b0, bBytes := n.place(n.b, n.bO, bSize)
	b.dst, b.want = grow(b.dst, dstBytes), grow(b.want, dstBytes)
	b.fill(b.dst, 0)
	x, y := b.dst, b.dst
	if n.aIsDst {
		a0 = dst0
	} else {
		b.a = grow(b.a, aBytes)
		b.fill(b.a, 1)
		x = b.a
	}
	if n.bIsDst {
		b0 = dst0
	} else {
		b.b = grow(b.b, bBytes)
		b.fill(b.b, 2)
		y = b.b
	}
	copy(b.want, b.dst)
	b.keepA, b.keepB = append(b.keepA[:0], x...), append(b.keepB[:0], y...)
	expect := func(l lane) {
		for r := range n.rows {
			for c := range n.cols {
				p, d := (a0+n.a.at(r, c))*aSize, (dst0+n.dst.at(r, c))*size
				product, left := b.want[d:d+size], b.keepA[p:p+aSize]
				for f := range n.factors {
					q := (b0 + n.factor(f, r, c)) * bSize
					l.multiply(product, left, b.keepB[q:q+bSize])
					left = product
				}
			}
		}
	}
	if *record != "" {
		expect(b.lane)
		b.writeDigest(t, b.want)
		return
	}

	n.run(b.k, addr(b.dst[dst0*size:]), addr(x[a0*aSize:]), addr(y[b0*bSize:]))

	if !n.aIsDst && !bytes.Equal(b.keepA, x) || !n.bIsDst && !bytes.Equal(b.keepB, y) {
		t.Fatalf("%+v: an operand changed", n)
	}
	if *replay != "" && digest(b.dst) == b.readDigest(t) {
		return
	}
	if l, differs := b.lane.emulated(); differs { // of several factors, products so far may be half-way
		if expect(l); bytes.Equal(b.dst, b.want) {
			return
		}
	}
	expect(b.lane)
	switch {
	case !bytes.Equal(b.dst, b.want):
	case *replay != "":
		t.Fatalf("%+v: out is what the oracle wants here, but not what it wanted on the real machine", n)
	default:
		return
	}
	for i := 0; i+size <= len(b.dst); i += size {
		if got, want := b.dst[i:i+size], b.want[i:i+size]; !b.lane.out.same(got, want) {
			t.Fatalf("%+v: element %d after the first of out is %x, want %x", n, i/size-dst0, got, want)
		}
	}
	if tail := len(b.dst) / size * size; !bytes.Equal(b.dst[tail:], b.want[tail:]) {
		t.Fatalf("%+v: bytes after the last element changed", n)
	}
}

// shape makes a nest fit the kernel's pattern: what the pattern fixes, it sets,
// and what the pattern leaves free stays. A number of columns that is fixed turns
// n.cols into as many rows.
func (b *bench) shape(n *nest) {
	form := b.k.Pattern.Form()
	fix := func(col *int, step int) {
		if step != kernel.AnyStep {
			*col = step
		}
	}
	fix(&n.dst.col, form.Dst)
	fix(&n.a.col, form.A)
	fix(&n.b.col, form.B)
	if form.Cols > 0 {
		if n.cols != form.Cols {
			n.rows, n.cols = n.cols/form.Cols, form.Cols
		}
		n.dst.row, n.a.row, n.b.row = form.Cols, form.Cols, 1
	}
	if cols := form.Bytes / b.widest(); cols > 0 {
		if n.cols != cols {
			n.rows, n.cols = n.cols/cols, cols
		}
		n.dst.row, n.a.row, n.b.row = cols, cols, 0
	}
	if form.Left && form.Cols+form.Bytes > 0 {
		n.a.row, n.b.row = n.b.row, n.a.row
	}
	if form.Several {
		n.b.col = 1
		n.factors, n.apart = 1+n.cols%4, 1
		n.constant = uint(n.cols/4) & (1<<n.factors - 1)
	}
	if form.Transposed {
		rows, cols := kernel.TileRows, kernel.TileCols
		switch k := b.k; {
		case form.Lines:
			rows, cols = kernel.LineBytes/k.OutSize, kernel.LineBytes/k.OutSize
		case !form.Moves:
			rows, cols = kernel.DirectDown/k.OutSize, kernel.DirectAcross/k.OutSize
		}
		n.cols = (n.cols + cols - 1) / cols * cols
		n.rows = max(min(n.cols, 2*kernel.TileRows), (n.rows+rows-1)/rows*rows)
		if n.dst.row > -n.cols && n.dst.row < n.cols {
			n.dst.row = n.cols
		}
		n.a.row = 1
		if form.B == kernel.AnyStep {
			n.b.row = 1
		}
	}
}

// column is a column step for an operand: 1, or wide enough to keep the columns
// of a transposed operand apart.
func (b *bench) column(wide int) int {
	if b.k.Pattern.Form().Transposed {
		return 2*kernel.TileRows + wide%5
	}
	return 1
}

// stepped is a column step of each operand, for shape to overrule.
func stepped(cols, rows, dst, a, bb int) nest {
	return nest{cols: cols, rows: rows, dst: step{col: dst}, a: step{col: a}, b: step{col: bb}, factors: 1}
}

// widest is the size of the largest elements, by which vectors are counted.
func (b *bench) widest() int { return max(b.k.OutSize, b.k.ASize, b.k.BSize) }

// tile is the number of elements that no main loop's turn exceeds.
func (b *bench) tile() int { return 4 * 64 / b.widest() }

// TestKernelLengths tries every length up to two tiles with every alignment of
// out, and lengths around the powers of two beyond.
func TestKernelLengths(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel.Info, l lane) {
		b := newBench(k, l)
		alignments := max(64/k.OutSize, 1)
		stride := max(alignments/4, 1)
		switch {
		case repeated(k):
			stride = alignments
		case exhaustive:
			stride = max(alignments/16, 1)
		}
		for cols := range 2*b.tile() + 3 {
			for off := cols % stride; off < alignments; off += stride {
				n := stepped(cols, 1, 1, b.column(cols), b.column(cols))
				b.offsets(&n)
				n.dstOff = off
				b.shape(&n)
				b.try(t, n)
			}
		}
		for log := 10; log <= 16; log++ {
			for _, near := range []int{-1, 0, 1} {
				n := stepped((1<<log)/k.OutSize+near, 1, 1, b.column(7), b.column(7))
				b.offsets(&n)
				b.shape(&n)
				b.try(t, n)
			}
		}
	})
}

// TestKernelInPlace tries out as either operand and as both.
func TestKernelInPlace(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel.Info, l lane) {
		if k.Pattern.Form().Bypass {
			return // out is no operand, by contract
		}
		b := newBench(k, l)
		for cols := range 2*b.tile() + 3 {
			for alias := 1; alias <= 3; alias++ {
				if repeated(k) && (cols+alias)%3 != 0 {
					continue
				}
				n := stepped(cols, 1+cols%3, 2, 2, 2)
				b.offsets(&n)
				b.shape(&n)
				n.dst.row = max(2, n.dst.col)*n.cols + 3
				n.a.row, n.b.row = n.dst.row, n.dst.row
				b.shape(&n)
				n.aIsDst, n.bIsDst = alias&1 != 0, alias&2 != 0
				if n.bIsDst && k.Pattern.Form().Several {
					n.apart, n.constant = 0, 0
				}
				if n.aIsDst && (n.a != n.dst || k.ASize != k.OutSize) || n.bIsDst && (n.b != n.dst || k.BSize != k.OutSize) {
					continue // the pattern or the rule lets no such operand be out itself
				}
				b.try(t, n)
			}
		}
	})
}

// TestKernelNests tries rows: none to a few, apart, adjacent, upwards, and for
// the operands repeated.
func TestKernelNests(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel.Info, l lane) {
		b := newBench(k, l)
		tries := 150
		switch {
		case repeated(k):
			tries = 30
		case exhaustive:
			tries = 600
		}
		for range tries {
			strides := []int{1, 2, 3, 5, -1, -2, -7}
			pick := func() int { return strides[b.rng.IntN(len(strides))] }
			n := stepped(b.rng.IntN(40), b.rng.IntN(6), pick(), pick(), pick())
			if b.rng.IntN(8) == 0 {
				n.cols = b.rng.IntN(2 * b.tile())
			}
			if b.rng.IntN(4) == 0 {
				n.b.col = 0
			}
			b.shape(&n)
			apart := (n.cols + b.rng.IntN(5)) * max(n.dst.col, -n.dst.col)
			n.dst.row = apart
			if b.rng.IntN(3) == 0 {
				n.dst.row = -apart
			}
			for _, s := range []*step{&n.a, &n.b} {
				s.row = []int{0, 1, n.cols, -n.cols - 3, 2*n.cols + 5}[b.rng.IntN(5)]
			}
			b.shape(&n)
			b.try(t, n)
		}
	})
}

// TestKernelValues multiplies every pair of special values, and every pair of
// bytes or every 16-bit value with each special one, in every lane of a vector.
func TestKernelValues(t *testing.T) {
	eachKernel(t, func(t *testing.T, k kernel.Info, l lane) {
		// The values of one operand lie side by side, and each turn has one of the other.
		form, moving, fixed := k.Pattern.Form(), l.a, l.b
		size, fixedSize := k.ASize, k.BSize
		if form.Left {
			moving, fixed, size, fixedSize = fixed, moving, fixedSize, size
		}
		left, right := moving.specials, fixed.specials
		if all := fixed.all(fixedSize); len(all) == 1<<8 && !repeated(k) {
			if right = all; *replay != "" {
				right = part(all, k)
			}
		}
		switch all := moving.all(size); {
		case repeated(k) || all == nil:
		case len(all) == 1<<8:
			left = all
		case *replay == "":
			left = all
			if !exhaustive {
				right = fixed.few(k.ID)
			}
		}
		// The operands hold their values in the kernel's order; spread lays them out
		// as its pattern walks.
		vals := newBench(k, l)
		left = slices.Repeat(left, 1+2*vals.tile()/len(left)) // a main loop sees them too
		n := stepped(len(left), 1, 1, 1, 1)
		if form.Transposed { // a tile of rows holds the values
			n = stepped(len(left)/kernel.TileRows, kernel.TileRows, 1, 2*kernel.TileRows, 2*kernel.TileRows)
			n.b.row = n.cols
		}
		vals.shape(&n)
		n.factors, n.constant = 1, 0
		count := min(n.rows*n.cols, len(left))
		a, b := make([]byte, len(left)*size), make([]byte, len(left)*fixedSize)
		dst0, dstBytes := n.place(n.dst, 0, k.OutSize)
		a0, aBytes := n.place(n.a, 0, k.ASize)
		b0, bBytes := n.place(n.b, 0, k.BSize)
		dst, x, y := aligned(dstBytes), aligned(aBytes), aligned(bBytes)
		spread := func(to []byte, origin int, s step, from []byte, size int) {
			for i := range count {
				copy(to[(origin+s.at(i/n.cols, i%n.cols))*size:][:size], from[i*size:])
			}
		}
		want := make([]byte, k.OutSize)
		for turn, v := range right {
			// Complex numbers pair all parts with all parts over the turns.
			for i := range left {
				for p := range size / moving.size {
					moving.put(a[i*size+p*moving.size:], left[(i+p*turn)%len(left)])
				}
				fixed.put(b[i*fixedSize:], v)
				for p := 1; p < fixedSize/fixed.size; p++ {
					fixed.put(b[i*fixedSize+p*fixed.size:], right[(turn+p*i)%len(right)])
				}
			}
			a, b := a, b
			if form.Left {
				a, b = b, a
			}
			spread(x, a0, n.a, a, k.ASize)
			spread(y, b0, n.b, b, k.BSize)
			n.run(k, addr(dst[dst0*k.OutSize:]), addr(x[a0*k.ASize:]), addr(y[b0*k.BSize:]))
			for i := range count {
				r, c := i/n.cols, i%n.cols
				p, q := x[(a0+n.a.at(r, c))*k.ASize:][:k.ASize], y[(b0+n.b.at(r, c))*k.BSize:][:k.BSize]
				l.multiply(want, p, q)
				got := dst[(dst0+n.dst.at(r, c))*k.OutSize:][:k.OutSize]
				if e, differs := l.emulated(); differs && !l.out.same(got, want) {
					e.multiply(want, p, q)
				}
				if !l.out.same(got, want) {
					t.Fatalf("%x * %x = %x, want %x", p, q, got, want)
				}
			}
		}
	})
}

// TestKernelGuard runs each kernel on operands that end or begin at a page that
// may not be touched.
func TestKernelGuard(t *testing.T) {
	most := 16 // the largest step; two tiles of 256 bytes and a little take less than a kilobyte for each
	for p := range kernel.Pattern(kernel.NumPatterns) {
		for _, step := range []int{p.Form().Dst, p.Form().A, p.Form().B} {
			if step != kernel.AnyStep {
				most = max(most, step)
			}
		}
	}
	page := guardedPages(t, most<<10)
	eachKernel(t, func(t *testing.T, k kernel.Info, l lane) {
		b := newBench(k, l)
		var bufs [3][]byte // out, a, b: a page each, with guards around
		for i := range bufs {
			bufs[i] = page[i]
			b.fill(bufs[i], i)
		}
		for cols := 1; cols <= 2*b.tile()+2; cols++ {
			n := stepped(cols, 1, 1, b.column(9), b.column(9))
			b.shape(&n)
			n.apart = 0
			if n.rows == 0 {
				continue
			}
			if repeated(k) && cols%4 != 1 {
				continue
			}
			for side := range 8 { // which of the operands lie against the lower guard
				var p [3]unsafe.Pointer
				for i, s := range []step{n.dst, n.a, n.b} {
					lo, hi := n.span(s)
					size := b.sizes()[i]
					start := -lo * size
					if side>>i&1 == 0 {
						start = len(bufs[i]) - (hi+1)*size
					}
					p[i] = addr(bufs[i][start:])
				}
				n.run(k, p[0], p[1], p[2])
			}
		}
	})
	goruntime.KeepAlive(page)
}
