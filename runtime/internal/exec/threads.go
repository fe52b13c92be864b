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

const (
	ThreadBytes = 1 << 20   // each thread has as much at least
	partBytes   = 512 << 10 // of a part
	mostParts   = 16        // for each thread
)

// DefaultThreads is the number of threads that multiplies have which ask for none, 0 for as many as
// Go has processors.
var DefaultThreads atomic.Int64

// threadsFor returns the number of threads for a multiply of so many bytes, if
// its caller asks for so many; 0 leaves it to the default.
func threadsFor(asked, bytes int) int {
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

// partsFor divides an extent among threads: it returns the number of parts and
// the extent of each but the last. So many bytes belong to all of it.
func partsFor(threads, extent, bytes int) (parts, each int) {
	parts = min(max(bytes/partBytes, threads), mostParts*threads, extent)
	each = (extent-1)/parts + 1
	if each >= tileLine {
		each = (each + tileLine - 1) / tileLine * tileLine // whole cache lines and tiles
	}
	return (extent-1)/each + 1, each
}

// enoughFor reports whether an extent is worth dividing among threads.
func enoughFor(threads, extent int) bool { return extent >= 4*threads }

// share calls do for each part, on so many threads, and returns when all are done.
// Only what lies on the heap may be touched by do.
//
// Each thread starts with a run of parts of its own, so that what it finds in its
// caches from a call before is of use, and goes on with what others have left.
func share(threads, parts int, do func(part int)) {
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
	_ [tileLine - 8]byte
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
	at := divisible(&k.layout, threads)
	extent := k.layout.At(at).Extent
	parts, each := partsFor(threads, extent, k.bytes)
	share(threads, parts, func(part int) {
		first := part * each
		layout := k.layout.Part(at, first, min(each, extent-first))
		var w walk
		w.set(k.walk.rule, &layout, k.walk.reach, k.out, k.a, k.b)
		w.multiply(&layout)
	})
}

// divisible returns the loop along which to divide a layout: the outermost that is
// long enough, and failing that the longest.
func divisible(l *broadcast.Layout, threads int) int {
	longest := 0
	for i := range l.Rank {
		n := l.At(i).Extent
		if enoughFor(threads, n) {
			return i
		}
		if n > l.At(longest).Extent {
			longest = i
		}
	}
	return longest
}
