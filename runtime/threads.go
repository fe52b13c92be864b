package runtime

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

const (
	threadBytes = 512 << 10 // of out and operands: less is not worth another thread
	partBytes   = 512 << 10 // of a part
	mostParts   = 16        // for each thread
)

// defaultThreads is what SetThreads has set.
var defaultThreads atomic.Int64

// SetThreads sets the number of threads among which a multiply is shared out at
// most, the caller's own included, and returns the number that was set before. 0,
// which is how a program starts, stands for [runtime.GOMAXPROCS]; with 1
// everything runs on the goroutine of the caller.
//
// It takes effect on multiplies that start afterwards. A single one can have a
// number of its own by [ProductThreads].
//
// Threads change the time a multiply takes, never its result. They are used
// for arrays only, not by [MulSlice] and [ScaleSlice], and only where each has
// half a megabyte to work on.
func SetThreads(n int) (before int) {
	return int(defaultThreads.Swap(int64(max(n, 0))))
}

// threadsFor returns the number of threads for a multiply of so many bytes, if
// its caller asks for so many; 0 leaves it to the default.
func threadsFor(asked, bytes int) int {
	if bytes < 2*threadBytes || asked == 1 {
		return 1
	}
	if asked <= 0 {
		asked = int(defaultThreads.Load())
	}
	if asked <= 0 {
		asked = goruntime.GOMAXPROCS(0)
	}
	return min(asked, bytes/threadBytes)
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
func share(threads, parts int, do func(part int)) {
	var (
		next   atomic.Int64
		helper sync.WaitGroup
		fault  atomic.Pointer[any]
	)
	// A goroutine that wants panics for memory faults gets them from its helpers too.
	faults := debug.SetPanicOnFault(true)
	debug.SetPanicOnFault(faults)
	work := func() {
		for part := int(next.Add(1)) - 1; part < parts; part = int(next.Add(1)) - 1 {
			do(part)
		}
	}
	for range min(threads, parts) - 1 {
		helper.Add(1)
		go func() {
			defer helper.Done()
			if faults {
				debug.SetPanicOnFault(true)
				defer func() {
					if p := recover(); p != nil {
						fault.Store(&p)
					}
				}()
			}
			work()
		}()
	}
	func() {
		defer helper.Wait() // even if the caller's part panics: whoever recovers may free memory
		work()
	}()
	if p := fault.Load(); p != nil {
		panic(*p)
	}
}

// share is run on several threads.
//
//go:noinline
func (j *job) share(threads int) {
	k := *j // on the heap
	at := divisible(&k.layout, threads)
	extent := k.layout.At(at).Extent
	parts, each := partsFor(threads, extent, k.bytes)
	share(threads, parts, func(part int) {
		first := part * each
		layout := k.layout.Part(at, first, min(each, extent-first))
		var w walk
		w.set(k.kernels, &layout, k.size, k.past, k.out, k.a, k.b)
		w.run(&layout, 0, 0, 0, 0)
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
