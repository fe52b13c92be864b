package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Short elements of an operand that repeats along loops are laid out by a list of places: where which bytes
// go is the same in each step of some loop, and kernels follow the list that shuffle 16 or 64 bytes at a time.

const (
	listRow   = 32      // bytes of a row, less than
	listRows  = 1 << 10 // rows that are worth it to lay out an operand for each block
	listOf    = 512     // bytes that a list lays out, at most, so that there is room for it
	listReach = 256     // bytes that several steps of an operand which are one of a list are apart, at most
	listBytes = 64 * 32 // of a list: of 64 places, or 16 lines
)

// list is a list of places, and how it is followed.
type list struct {
	by     kernel.Func
	wide   int // bytes of a place
	places int
	steps  int // of the operand, in a step of the loop that is cut
	unit   int // of these are one step of the list
	step   int // bytes from one to the next
	bytes  int // that a step of the list lays out
	reach  int // bytes that it reads
	end    int // bytes from the first element of the operand to behind the last
	at     unsafe.Pointer
}

// listable reports whether there are kernels that follow lists, for operands of elements of one size.
func (w *Walk) listable() bool {
	return w.wide <= ShortMost && w.rule.Copies(&w.rule.A).Entries()[kernel.FromL].Level > kernel.PureGo
}

// follow lays out an operand of blocks from where it is to come from on, by a list that is made first.
func (c *placing) follow(x *placed, first bool) {
	l := &x.list
	if first {
		l.set(c, x)
	}
	times := (x.steps*l.steps-1)/l.unit + 1
	n := kernel.Nest{Dst: x.scratch, A: unsafe.Add(x.base, x.had), B: l.at, Cols: l.places, DstRow: l.bytes, ARow: l.step}
	left := l.end - x.had
	if left >= l.reach {
		if n.Rows = times; l.step > 0 {
			n.Rows = min(times, (left-l.reach)/l.step+1)
		}
		CallNest(l.by, &n)
	}
	if times -= n.Rows; times > 0 { // would read beyond the operand
		// What is left is shorter than the list reaches, and no step begins behind it.
		var words [2 * (listReach + listOf + TileLine)]byte
		done := n.Rows * l.step
		copy(words[:], unsafe.Slice((*byte)(unsafe.Add(n.A, done)), left-done))
		n.Dst, n.Rows = unsafe.Add(n.Dst, n.Rows*l.bytes), times
		// Hidden: kernels alone are given what is copied.
		n.A = Hidden(unsafe.Pointer(&words))
		CallNest(l.by, &n)
	}
}

// set makes the list of an operand.
func (l *list) set(c *placing, x *placed) {
	l.at = unsafe.Add(x.scratch, placedRoom)
	from := c.rule.On.Entries(x.move)
	l.by, l.wide = from[kernel.FromL].Func, kernel.PlaceBytes
	if lines := &from[kernel.FromLW]; lines.Level > kernel.PureGo {
		l.by, l.wide = lines.Func, kernel.LineBytes
	}
	l.end = x.size
	for i := range c.layout.Rank {
		loop := loopOf(c.layout, i)
		l.end += (loop.Extent - 1) * max(loop.Stride[x.of], 0) * x.size
	}
	steps, inside := stepsIn(c.layout, c.at, x.of)
	step, bytes := loopOf(c.layout, inside-1).Stride[x.of]*x.size, c.within/steps*x.size
	l.steps, l.unit = steps, min(max(TileLine/bytes, 1), steps*min(c.most, loopOf(c.layout, c.at).Extent), listReach/max(step, 1)+1)
	l.lay(c.layout, x.of, inside, bytes/x.size, x.size, step)
	l.step, l.bytes = l.unit*step, l.unit*bytes
}

// lay makes the list of so many elements of each step of an operand. There is room for what has up to
// listOf bytes: a place is left before it is full once in each run that repeats, if the run is longer, so that
// runs of 17 bytes, which are the worst, take 61 of 64 places.
func (l *list) lay(layout *broadcast.Layout, of broadcast.Operand, inside, elements, size, step int) {
	var index [InlineRank]int
	l.places, l.reach = 0, 0
	low, high, n := 0, 0, l.wide // of the last place: which bytes it takes, and how many it gives
	done := 0
	var p *kernel.Place // or a Line, which begins alike
	var shuffle []uint8
	for u := range l.unit {
		at := u * step
		for range elements {
			if n == l.wide || max(high, at+size)-min(low, at) > l.wide {
				if l.places*2*l.wide == listBytes {
					panic("exec: a list has no room for what is laid out")
				}
				p = (*kernel.Place)(unsafe.Add(l.at, l.places*2*l.wide))
				shuffle = unsafe.Slice((*uint8)(unsafe.Add(unsafe.Pointer(p), l.wide)), l.wide)
				l.places++
				low, high, n = at, at, 0
				p.To = int64(done)
			}
			if at < low { // the bytes before are counted from there
				for i := range shuffle[:n] {
					shuffle[i] += uint8(low - at)
				}
			}
			low, high = min(low, at), max(high, at+size)
			for k := range size {
				shuffle[n+k] = uint8(at - low + k)
			}
			p.From = int64(low)
			n, done = n+size, done+size
			l.reach = max(l.reach, low+l.wide)
			for i := layout.Rank - 1; i >= inside; i-- {
				loop := loopOf(layout, i)
				at += loop.Stride[of] * size
				if index[i]++; index[i] < loop.Extent {
					break
				}
				at -= loop.Stride[of] * size * loop.Extent
				index[i] = 0
			}
		}
	}
}
