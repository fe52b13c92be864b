package exec

// A multiply is divided among threads along the outermost loop that has enough steps for all.
// Where none has, the outer loops go step by step, so that rows of out are not cut into short
// ones. Parts begin at pages of out if that costs nothing, or else at cache lines, so that no line
// is written by two threads.

const (
	partBytes  = 512 << 10 // of a part, of out and operands together
	mostParts  = 16        // for each thread
	leastSteps = 4         // for each thread, of a loop that is divided by itself
	leastLines = 8         // runs from line to line, for each thread, if parts begin at lines
	leastPages = 32        // the same for pages
)

// span is a loop, as far as dividing it goes.
type span struct {
	extent int
	step   int // bytes of out
	line   int // steps from one cache line to the next where all arrays begin one, a power of two
}

// newSpan returns the span of a loop along which out moves by so many bytes.
func newSpan(extent, step int) span { return span{extent, step, stepsTo(tileLine, step)} }

// along adds an operand, whose lines are read once if no two parts have some of one.
func (s *span) along(step int) {
	if step != 0 && distance(step) < tileLine {
		s.line = max(s.line, stepsTo(tileLine, step))
	}
}

// isEnough reports whether so many threads can divide s among themselves, rows into pages.
func (s *span) isEnough(threads int) bool {
	steps := leastSteps * threads
	if distance(s.step) < tileLine {
		steps *= stepsTo(pageBytes, s.step)
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
	loops []span
	at    int
	outer int // steps of all loops before loop at together, or 1 if each part has them all
	ways  int
	first int // steps to where parts may begin
	unit  int // steps from there to the next such place
}

// divide divides loops, the outermost first, of a multiply of so many bytes whose out begins at
// an address.
func divide(loops []span, out uintptr, threads, bytes int) division {
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
	for _, place := range []struct{ align, least int }{{pageBytes, leastPages}, {tileLine, leastLines}} {
		unit := max(stepsTo(place.align, s.step), s.line)
		if first, found := firstAt(place.align, out, s.step); found && s.extent >= place.least*among*unit {
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

// parts returns the number of parts.
func (d *division) parts() int { return d.outer * d.ways }

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

// each calls f for each loop of which a part has not all steps, the innermost first.
func (d *division) each(part int, f func(loop, first, steps int)) {
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
