package exec

import (
	"fmt"
	goruntime "runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
)

// TestThreadsShareTheWork holds that several threads do take part, each part is
// done once, and a call on one thread starts none.
func TestThreadsShareTheWork(t *testing.T) {
	var parts [100]atomic.Int32
	busy := make(chan bool)
	Share(2, len(parts), func(part int) {
		parts[part].Add(1)
		if part < 2 { // each of two threads holds one of these until the other does
			select {
			case busy <- true:
			case <-busy:
			}
		}
	})
	for i := range parts {
		if n := parts[i].Load(); n != 1 {
			t.Errorf("part %d was done %d times", i, n)
		}
	}
	for _, c := range []struct{ asked, bytes, want int }{
		{0, SharedFrom - 1, 1},
		{8, SharedFrom - 1, 1},
		{1, 100 * ThreadBytes, 1},
		{3, 100 * ThreadBytes, 3},
		{50, SharedFrom, SharedFrom / ThreadBytes},
		{0, 1000 * ThreadBytes, goruntime.GOMAXPROCS(0)},
	} {
		if got := ThreadsFor(c.asked, c.bytes); got != c.want {
			t.Errorf("%d threads asked for, %d bytes: %d, want %d", c.asked, c.bytes, got, c.want)
		}
	}
	defer DefaultThreads.Store(DefaultThreads.Swap(3))
	if got := ThreadsFor(0, 100*ThreadBytes); got != 3 {
		t.Errorf("%d threads after 3 are set", got)
	}
}

// TestFaultInThread holds that a fault on any thread is a panic of the caller, who
// asked for that, once no thread is at work.
func TestFaultInThread(t *testing.T) {
	var working atomic.Int32
	for _, on := range []string{"caller", "helper"} {
		t.Run(on, func(t *testing.T) {
			defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
			defer func() {
				if p := recover(); p == nil || fmt.Sprint(p) != on {
					t.Errorf("recovered %v", p)
				}
				if n := working.Load(); n != 0 {
					t.Errorf("%d threads are at work", n)
				}
			}()
			caller := goroutineID()
			both := make(chan bool)
			Share(2, 2, func(int) {
				working.Add(1)
				defer working.Add(-1)
				select { // both parts are underway
				case both <- true:
				case <-both:
				}
				if (goroutineID() == caller) == (on == "caller") {
					panic(on)
				}
			})
		})
	}
}

// goroutineID returns what tells this goroutine from others.
func goroutineID() string {
	var buf [64]byte
	id, _, _ := strings.Cut(string(buf[:goruntime.Stack(buf[:], false)]), " [")
	return id
}
