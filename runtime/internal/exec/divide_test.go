package exec

import (
	"math/rand/v2"
	goruntime "runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hadamard-go/hadamard/broadcast"
)

// dividedLayouts are layouts of 64 threads' work and more, as far as dividing them goes.
var dividedLayouts = []struct {
	name      string
	size      int // of an element
	at        int // bytes from a page to where out begins
	shape     []int
	out, a, b []int // strides in elements
	shares    bool  // parts may share lines: no rows, or no elements, begin at one
}{
	{"bytes", 1, 0, []int{48 << 20}, []int{1}, []int{1}, []int{1}, false},
	{"bytes from the middle of a line", 1, 29, []int{24<<20 + 7}, []int{1}, []int{1}, []int{1}, false},
	{"backwards", 2, 6, []int{24<<20 + 7}, []int{-1}, []int{1}, []int{1}, false},
	{"float32", 4, 16, []int{6<<20 + 3}, []int{1}, []int{1}, []int{1}, false},
	{"complex128", 16, 48, []int{4<<20 + 11}, []int{1}, []int{1}, []int{0}, false},
	{"pixels by a mask", 1, 0, []int{4320 * 7680, 3}, []int{3, 1}, []int{3, 1}, []int{1, 0}, false},
	{"a table by a row", 4, 0, []int{4096, 2048}, []int{2048, 1}, []int{2048, 1}, []int{0, 1}, false},
	{"rows of no whole lines", 4, 4, []int{9081, 4099}, []int{4099, 1}, []int{4099, 1}, []int{0, 1}, false},
	{"65 rows for each part", 8, 0, []int{65 * 128, 512}, []int{512, 1}, []int{512, 1}, []int{1, 0}, false},
	{"few long rows", 4, 0, []int{3, 4 << 20}, []int{4 << 20, 1}, []int{4 << 20, 1}, []int{0, 1}, false},
	{"transposed bytes", 1, 0, []int{8192, 8192}, []int{8192, 1}, []int{1, 8192}, []int{8192, 1}, false},
	{"transposed float64", 8, 0, []int{2000, 2000}, []int{2000, 1}, []int{1, 2000}, []int{2000, 1}, false},
	{"channels of pictures", 4, 0, []int{8, 1024, 28 * 28}, []int{1024 * 784, 784, 1}, []int{1024 * 784, 784, 1}, []int{0, 1, 0}, false},
	{"few steps of each loop", 4, 0, []int{5, 6, 7, 150, 784}, []int{42 * 150 * 784, 7 * 150 * 784, 150 * 784, 784, 1}, []int{784, 0, 0, 0, 1}, []int{0, 784, 0, 0, 1}, false},
	{"small pictures", 4, 0, []int{64, 64, 56 * 56}, []int{64 * 3136, 3136, 1}, []int{64 * 3136, 3136, 1}, []int{0, 1, 0}, false},
	{"every second element", 4, 8, []int{8 << 20}, []int{2}, []int{1}, []int{1}, false},
	{"transposed float32 at an odd place", 4, 4, []int{4096, 2048}, []int{2048, 1}, []int{1, 4096}, []int{2048, 1}, true},
	{"an odd place", 8, 4, []int{3 << 20}, []int{1}, []int{1}, []int{1}, true},
	{"rows that begin at no line", 4, 32, []int{1600, 16 << 10}, []int{17 << 10, 1}, []int{0, 1}, []int{16 << 10, 1}, true},
}

// TestDivision has 2 to 64 threads do parts, and holds that each element is in one of them, that
// lines of out belong to one thread where strides allow that, and that the parts with which a
// thread begins are a fair share.
func TestDivision(t *testing.T) {
	for _, test := range dividedLayouts {
		t.Run(test.name, func(t *testing.T) {
			var layout broadcast.Layout
			broadcast.Normalize(&layout, test.shape, test.out, test.a, test.b)
			elements, bytes := 1, 0
			for _, n := range test.shape {
				elements *= n
			}
			for _, strides := range [][]int{test.out, test.a, test.b} {
				distinct := test.size
				for i, s := range strides {
					if s != 0 {
						distinct *= test.shape[i]
					}
				}
				bytes += distinct
			}
			base := uintptr(1<<28 + test.at)
			loops := spansOf(&layout, [3]int{test.size, test.size, test.size})
			for threads := 2; threads <= min(64, bytes/ThreadBytes); threads += 1 + threads/4 {
				d := Divide(loops, base, threads, bytes)
				c := newPartCounter(d.Parts(), base, loops)
				Share(threads, d.Parts(), func(part int) { c.do(&d, part, test.size) })
				c.check(t, threads, elements)
				if c.shared > 0 && !test.shares {
					t.Errorf("%d threads: %d lines are written in two parts", threads, c.shared)
				}
				// A thread begins with one step too many, or with one run from a place where parts
				// may begin to the next; where outer loops go step by step, with one part.
				most := 1 + 1./leastSteps
				if d.outer == 1 {
					most = min(most, 1+float64(d.unit*threads)/float64(loops[d.at].extent))
				}
				if got := c.imbalance(threads); got > most {
					t.Errorf("%d threads: one has %.3f times its share, want %.3f at most", threads, got, most)
				}
				if each := bytes / d.Parts(); each < partBytes/3 {
					t.Errorf("%d threads: %d parts of %d bytes", threads, d.Parts(), each)
				}
			}
		})
	}
}

// TestDivisionAnywhere holds the same of loops of any steps from any place, and that parts begin
// where the division says.
func TestDivisionAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	lines := 0
	for range 20000 {
		s := NewSpan(1+r.IntN(1<<r.IntN(24)), (1+r.IntN(1<<r.IntN(14)))<<r.IntN(5))
		if r.IntN(4) == 0 {
			s.step = -s.step
		}
		s.Along([]int{0, 1, 4, 6, 16, s.step, 5000}[r.IntN(7)])
		base, threads := uintptr(1<<28+r.IntN(1<<14)), 2+r.IntN(63)
		d := Divide([]Span{s}, base, threads, threads*ThreadBytes+r.IntN(1<<30))
		if d.begin(0) != 0 || d.begin(d.ways) != s.extent || d.ways > mostParts*threads {
			t.Fatalf("%+v", d)
		}
		align := 1
		for _, place := range places {
			if first, found := firstAt(place.align, base, s.step); found && first == d.first && d.unit == s.stepsTo(place.align) {
				align = max(align, place.align)
			}
		}
		if align >= TileLine {
			lines++
		}
		for i := 1; i <= d.ways; i++ {
			begin, most := d.begin(i), (s.extent-1)/d.ways+d.unit
			if steps := begin - d.begin(i-1); steps < 1 || steps > most {
				t.Fatalf("part %d of %d steps, want 1 to %d: %+v", i-1, steps, most, d)
			}
			if i == d.ways || d.unit == 1 {
				continue
			}
			at := base + uintptr(begin*s.step)
			if s.step < 0 {
				at -= uintptr(s.step)
			}
			if at%uintptr(align) != 0 {
				t.Fatalf("part %d begins at %#x: %+v", i, at, d)
			}
		}
	}
	if lines < 2000 {
		t.Errorf("in %d divisions parts begin at lines", lines)
	}
}

// BenchmarkStart times from the call until all threads are at work, which slept before: the first
// and the middle one of many times.
func BenchmarkStart(b *testing.B) {
	for threads := 2; threads <= goruntime.GOMAXPROCS(0); threads *= 2 {
		b.Run(strconv.Itoa(threads), func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				time.Sleep(time.Millisecond)
				var begun atomic.Int64
				start := time.Now()
				Share(threads, threads, func(int) {
					for begun.Add(1); begun.Load() < int64(threads); {
						continue
					}
				})
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[0].Nanoseconds()), "least-ns")
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "median-ns")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// partCounter counts what is in parts.
type partCounter struct {
	base  uintptr
	loops []Span
	sync.Mutex
	times    []int           // that a part was done
	elements []int           // in it
	ends     map[uintptr]int // the part that begins or ends a run of elements in a line of out
	shared   int             // lines of two parts
}

func newPartCounter(parts int, base uintptr, loops []Span) *partCounter {
	return &partCounter{base: base, loops: loops, times: make([]int, parts), elements: make([]int, parts), ends: map[uintptr]int{}}
}

func (c *partCounter) do(d *division, part, size int) {
	box, at := slices.Clone(c.loops), c.base
	d.Each(part, func(loop, first, steps int) {
		box[loop].extent = steps
		at += uintptr(first * box[loop].step)
	})
	c.Lock()
	defer c.Unlock()
	c.times[part]++
	c.elements[part] = 1
	for _, s := range box {
		c.elements[part] *= s.extent
	}
	c.mark(part, at, box, size)
}

// mark notes the lines in which runs of elements begin and end.
func (c *partCounter) mark(part int, at uintptr, box []Span, size int) {
	run, dense := size, true // bytes from the first to behind the last element
	for _, s := range slices.Backward(box) {
		dense = dense && s.step-run < TileLine
		run += (s.extent - 1) * s.step
	}
	if !dense {
		for range box[0].extent {
			c.mark(part, at, box[1:], size)
			at += uintptr(box[0].step)
		}
		return
	}
	for _, line := range []uintptr{at / TileLine, (at + uintptr(run) - 1) / TileLine} {
		if other, found := c.ends[line]; found && other != part {
			c.shared++
		}
		c.ends[line] = part
	}
}

// imbalance returns the elements of the largest run of parts with which a thread begins over
// those of the mean.
func (c *partCounter) imbalance(threads int) float64 {
	most, sum, parts := 0, 0, len(c.times)
	threads = min(threads, parts)
	for me := range threads {
		own := 0
		for _, n := range c.elements[me*parts/threads : (me+1)*parts/threads] {
			own += n
		}
		most, sum = max(most, own), sum+own
	}
	return float64(most) * float64(threads) / float64(sum)
}

func (c *partCounter) check(t *testing.T, threads, elements int) {
	t.Helper()
	sum := 0
	for part, n := range c.times {
		if n != 1 || c.elements[part] < 1 {
			t.Errorf("%d threads: part %d of %d elements was done %d times", threads, part, c.elements[part], n)
		}
		sum += c.elements[part]
	}
	if sum != elements {
		t.Errorf("%d threads: %d elements in parts, want %d", threads, sum, elements)
	}
}
