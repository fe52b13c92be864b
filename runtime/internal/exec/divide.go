package exec

import "github.com/hadamard-go/hadamard/runtime/kernel"

// A multiply is divided among threads along the outermost loop that has enough steps for all.
// Where none has, the outer loops go step by step, so that rows of out are not cut into short
// ones. Parts begin at pages of out if that costs nothing, or else at cache lines, so that no line
// is written by two threads and tiles of transposed operands are whole; or at least at tiles, as
// what is left of one takes many times as long.

const (
	partBytes  = 512 << 10 // of a part, of out and operands together
	mostParts  = 16        // for each thread
	leastSteps = 4         // for each thread, of a loop that is divided by itself
)

// places are where parts had better begin, the best first, and the runs from one to the next that
// each thread has at least if they do.
var places = []struct{ align, least int }{{PageBytes, 32}, {TileLine, leastSteps}, {kernel.DirectDown, leastSteps}}

// Span is a loop, as far as dividing it goes.
type Span struct {
	extent int
	step   int // bytes of out
	down   int // bytes of the operand that moves least, if several steps are in a cache line
}

// NewSpan returns the span of a loop along which out moves by so many bytes.
func NewSpan(extent, step int) Span { return Span{extent, step, TileLine} }

// Along adds an operand.
func (s *Span) Along(step int) {
	if step != 0 && Distance(step) < TileLine {
		s.down = min(s.down, step&-step)
	}
}

// stepsTo returns how many steps it takes from where all arrays are at multiples of align, or
// operands at a cache line, to the next such place.
func (s *Span) stepsTo(align int) int {
	return max(stepsTo(align, s.step), stepsTo(min(align, TileLine), s.down))
}

// isEnough reports whether so many threads can divide s among themselves, rows into pages.
func (s *Span) isEnough(threads int) bool {
	steps := leastSteps * threads
	if Distance(s.step) < TileLine {
		steps *= stepsTo(PageBytes, s.step)
	}
	return s.extent >= steps
}

// stepsTo returns how many steps it takes from a multiple of align, a power of two, to the next.
func stepsTo(align, step int) int { return align / min(align, step&-step) }

// firstAt returns the steps from an address to a multiple of align, if there is one on the way.
func firstAt(align int, at uintptr, step int) (steps int, found bool) {
	if step < 0 { // what lies before an element begins where it ends
		at -= uintptr(step)
	}
	n := stepsTo(align, step)
	unit := align / n
	if at%uintptr(unit) != 0 {
		return 0, false
	}
	odd := step / unit // or n is 1
	inverse := odd     // modulo 8, and modulo the square of that after each turn
	for range 4 {
		inverse *= 2 - odd*inverse
	}
	return -int(at/uintptr(unit)) * inverse & (n - 1), true
}

// division says what is in each part of a multiply: a step of each of the loops before loop at,
// if outer says that these go step by step, and some steps of that one, in so many ways.
type division struct {
	loops []Span
	at    int
	outer int // steps of all loops before loop at together, or 1 if each part has them all
	ways  int
	first int // steps to where parts may begin
	unit  int // steps from there to the next such place
}

// Divide divides loops, the outermost first, of a multiply of so many bytes whose out begins at
// an address.
func Divide(loops []Span, out uintptr, threads, bytes int) division {
	d := division{loops: loops, outer: 1, unit: 1}
	for d.at < len(loops) && !loops[d.at].isEnough(threads) {
		d.at++
	}
	among := threads // the loop that is divided
	if d.at == len(loops) {
		d.at = 0
		for d.at < len(loops)-1 && !loops[d.at].isEnough(among) {
			d.outer *= loops[d.at].extent
			among = (threads-1)/d.outer + 1
			d.at++
		}
	}
	s := &loops[d.at]
	for _, place := range places {
		unit := s.stepsTo(place.align)
		first, found := firstAt(place.align, out, s.step) // if not, tiles may be whole
		if (found || s.down < TileLine) && s.extent >= place.least*among*unit {
			d.first, d.unit = first, unit
			break
		}
	}
	parts := min(max(bytes/partBytes, threads), mostParts*threads)
	d.ways = max(min((parts-1)/d.outer+1, s.extent/d.unit), 1)
	if d.ways > among {
		d.ways -= d.ways % among // so that each thread begins with as many
	}
	return d
}

// Parts returns the number of parts.
func (d *division) Parts() int { return d.outer * d.ways }

// begin returns where the loop is divided for the i-th time.
func (d *division) begin(i int) int {
	extent := d.loops[d.at].extent
	switch i {
	case 0:
		return 0
	case d.ways:
		return extent
	}
	step := i*(extent/d.ways) + i*(extent%d.ways)/d.ways
	return d.first + (step-d.first)/d.unit*d.unit
}

// Each calls f for each loop of which a part has not all steps, the innermost first.
func (d *division) Each(part int, f func(loop, first, steps int)) {
	way := part % d.ways
	first := d.begin(way)
	f(d.at, first, d.begin(way+1)-first)
	if d.outer == 1 {
		return
	}
	part /= d.ways
	for loop := d.at - 1; loop >= 0; loop-- {
		extent := d.loops[loop].extent
		f(loop, part%extent, 1)
		part /= extent
	}
}
