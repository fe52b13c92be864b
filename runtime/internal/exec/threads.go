package exec

import (
	goruntime "runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/hadamard-go/hadamard/broadcast"
)

// Large multiplies are shared out among threads, part by part: whoever is free
// takes the next one, so that a thread which is held up does not hold up the
// others for longer than a part takes. Every product is the same whoever makes it.

// SharedFrom is the number of bytes of out and operands from which on it is worth to
// start another thread, which takes up to 80 microseconds on a virtual machine. To
// start it in vain costs more than that: what it did is in another core's caches.
var SharedFrom = 16 << 20

// ThreadBytes is what each thread has at least.
const ThreadBytes = 1 << 20

// DefaultThreads is the number of threads that multiplies have which ask for none, 0 for as many as
// Go has processors.
var DefaultThreads atomic.Int64

// ThreadsFor returns the number of threads for a multiply of so many bytes, if
// its caller asks for so many; 0 leaves it to the default.
func ThreadsFor(asked, bytes int) int {
	if bytes < SharedFrom || asked == 1 {
		return 1
	}
	if asked <= 0 {
		asked = int(DefaultThreads.Load())
	}
	if asked <= 0 {
		asked = goruntime.GOMAXPROCS(0)
	}
	return min(asked, bytes/ThreadBytes)
}

// Share calls do for each part, on so many threads, and returns when all are done.
// Only what lies on the heap may be touched by do.
//
// Each thread starts with a run of parts of its own, so that what it finds in its
// caches from a call before is of use, and goes on with what others have left.
func Share(threads, parts int, do func(part int)) {
	threads = min(threads, parts)
	s := &shared{do: do, parts: parts, taken: make([]counter, threads)}
	// A goroutine that wants panics for memory faults gets them from its helpers too.
	s.panics = debug.SetPanicOnFault(true)
	debug.SetPanicOnFault(s.panics)
	s.helpers.Add(threads - 1)
	for me := 1; me < threads; me++ {
		go s.help(me)
	}
	func() {
		defer s.helpers.Wait() // even if the caller's part panics: whoever recovers may free memory
		s.work(0)
	}()
	if p := s.fault.Load(); p != nil {
		panic(*p)
	}
}

// shared is work that is shared out.
type shared struct {
	do      func(part int)
	parts   int
	taken   []counter // of the parts that each thread starts with
	helpers sync.WaitGroup
	panics  bool // on faults
	fault   atomic.Pointer[any]
}

// counter has a cache line for itself.
type counter struct {
	atomic.Int64
	_ [TileLine - 8]byte
}

func (s *shared) help(me int) {
	defer s.helpers.Done()
	if s.panics {
		debug.SetPanicOnFault(true)
		defer func() {
			if p := recover(); p != nil {
				s.fault.Store(&p)
			}
		}()
	}
	s.work(me)
}

// work does the parts of thread me, and then what is left of those of the others.
func (s *shared) work(me int) {
	threads := len(s.taken)
	for i := range threads {
		of := (me + i) % threads
		first, end := of*s.parts/threads, (of+1)*s.parts/threads
		for {
			part := first + int(s.taken[of].Add(1)) - 1
			if part >= end {
				break
			}
			s.do(part)
		}
	}
}

// share is run on several threads.
//
//go:noinline
func (j *Job) share(threads int) {
	k := *j // on the heap
	sizes := k.walk.rule.Sizes()
	out := uintptr(k.out) + uintptr(k.layout.Offset[broadcast.Out]*sizes[broadcast.Out])
	d := Divide(spansOf(&k.layout, sizes), out, threads, k.bytes)
	Share(threads, d.Parts(), func(part int) {
		layout := k.layout
		d.Each(part, func(loop, first, steps int) { layout = layout.Part(loop, first, steps) })
		var w Walk
		w.Set(k.walk.rule, &layout, k.walk.reach, k.out, k.a, k.b)
		w.multiply(&layout)
	})
}

// spansOf lists the loops of a layout of elements of such sizes.
func spansOf(l *broadcast.Layout, sizes [3]int) (loops []Span) {
	for i := range l.Rank {
		loop := l.At(i)
		s := NewSpan(loop.Extent, loop.Stride[broadcast.Out]*sizes[broadcast.Out])
		s.Along(loop.Stride[broadcast.A] * sizes[broadcast.A])
		s.Along(loop.Stride[broadcast.B] * sizes[broadcast.B])
		loops = append(loops, s)
	}
	return loops
}
