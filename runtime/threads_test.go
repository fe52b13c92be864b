package runtime

import (
	"errors"
	"fmt"
	"math/rand/v2"
	goruntime "runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestThreads multiplies large random layouts on several threads: the result is
// that of one, which the other tests hold to the oracle.
func TestThreads(t *testing.T) {
	defer func(bytes int) { sharedFrom = bytes }(sharedFrom)
	sharedFrom = 2 * threadBytes
	t.Run("uint8", testThreads[uint8])
	t.Run("Float16", testThreads[Float16])
	t.Run("float32", testThreads[float32])
	t.Run("complex128", testThreads[complex128])
}

func testThreads[T Element](t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 4
	}
	pool := randomElements[T](rand.New(rand.NewPCG(30, 31)), 1<<20+7)
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 31))
		elements := func(n int) []T {
			s := make([]T, 0, n)
			for from := r.IntN(len(pool)); len(s) < n; from = 0 {
				s = append(s, pool[from:min(len(pool), from+n-len(s))]...)
			}
			return s
		}
		shape := largeShape(r, sharedFrom/elementSize[T]())
		const own, same, anywhere = 0, 1, 2
		n := 2 + r.IntN(3)
		spreads := []spread{randomSpread(r.IntN, shape)}
		low, high := spreads[0].lo, spreads[0].hi
		kinds := []int{same}
		for range n {
			kind := []int{own, own, same, anywhere}[r.IntN(4)]
			s := randomOperand(r.IntN, shape)
			if kind == same {
				s = spreads[0]
			}
			spreads, kinds = append(spreads, s), append(kinds, kind)
			low, high = min(low, s.lo), max(high, s.hi)
		}
		size := high - low + 1
		memory := elements(size)
		before := slices.Clone(memory)
		var views []Array[T]
		for i, s := range spreads {
			data, origin := memory, -low
			switch kinds[i] {
			case own:
				data = elements(size)
			case anywhere:
				origin = -s.lo + r.IntN(size-(s.hi-s.lo))
			}
			v, err := View(data, origin, s.shape, s.strides)
			if err != nil {
				t.Fatal(err)
			}
			views = append(views, v)
		}
		out, operands := views[0], views[1:]
		for k := 2; k <= n; k++ { // k operands
			copy(memory, before)
			if err := ProductThreads(1, out, operands[:k]...); err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(memory)
			for _, threads := range []int{2, 3, 8} {
				copy(memory, before)
				if err := ProductThreads(threads, out, operands[:k]...); err != nil {
					t.Fatal(err)
				}
				compare(t, "ProductThreads", memory, want, func() string {
					return fmt.Sprintf("seed %d, %d threads, kinds %v, %d operands\n%v", seed, threads, kinds, k, spreads)
				})
			}
		}
	}
}

// largeShape picks axes of at least so many elements together.
func largeShape(r *rand.Rand, least int) []int {
	shape := []int{}
	for size := 1; size < least; {
		extent := []int{2, 3, 1, 17, 64, 640, 1999}[r.IntN(7)]
		if extent*size > 4*least {
			extent = (least-1)/size + 1
		}
		shape = append(shape, extent)
		size *= extent
	}
	r.Shuffle(len(shape), func(i, j int) { shape[i], shape[j] = shape[j], shape[i] })
	return shape
}

// TestThreadsShareTheWork holds that several threads do take part, each part is
// done once, and a call on one thread starts none.
func TestThreadsShareTheWork(t *testing.T) {
	var parts [100]atomic.Int32
	busy := make(chan bool)
	share(2, len(parts), func(part int) {
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
		{0, sharedFrom - 1, 1},
		{8, sharedFrom - 1, 1},
		{1, 100 * threadBytes, 1},
		{3, 100 * threadBytes, 3},
		{50, sharedFrom, sharedFrom / threadBytes},
		{0, 1000 * threadBytes, goruntime.GOMAXPROCS(0)},
	} {
		if got := threadsFor(c.asked, c.bytes); got != c.want {
			t.Errorf("%d threads asked for, %d bytes: %d, want %d", c.asked, c.bytes, got, c.want)
		}
	}
	if before := must(SetThreads(3)); before != 0 {
		t.Errorf("at first %d threads are set", before)
	}
	if got := threadsFor(0, 100*threadBytes); got != 3 {
		t.Errorf("%d threads after SetThreads(3)", got)
	}
	if before, err := SetThreads(-1); before != 3 || !errors.Is(err, ErrThreads) || err.Error() != "SetThreads: -1 threads: their number can not be negative" {
		t.Errorf("SetThreads(-1) returns %d, %v", before, err)
	}
	if before := must(SetThreads(0)); before != 3 {
		t.Errorf("SetThreads(-1) set %d", before)
	}
}

// TestParts holds that parts cover an extent, however it is divided.
func TestParts(t *testing.T) {
	for threads := 2; threads < 70; threads += 3 {
		for extent := 1; extent < 3000; extent += 1 + extent/7 {
			for bytes := sharedFrom; bytes < 1<<30; bytes *= 3 {
				parts, each := partsFor(threads, extent, bytes)
				if parts < 1 || (parts-1)*each >= extent || parts*each < extent {
					t.Fatalf("%d parts of %d make %d", parts, each, extent)
				}
			}
		}
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
			share(2, 2, func(int) {
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

func TestProductThreadsErrors(t *testing.T) {
	x := must(Zeros[int8](3))
	if err := ProductThreads(2, x, x, must(Zeros[int8](4))); err == nil || !strings.HasPrefix(err.Error(), "ProductThreads: operand 1 does not fit out: ") {
		t.Errorf("got %v", err)
	}
	if err := ProductThreads(2, x); !errors.Is(err, ErrNoOperands) {
		t.Errorf("got %v", err)
	}
}

// TestThreadsOnGrowingStacks shares products out from stacks that grow, and move,
// at any of the calls underway, while garbage is collected: nothing that threads
// share may point to a stack.
func TestThreadsOnGrowingStacks(t *testing.T) {
	defer func(bytes int) { sharedFrom = bytes }(sharedFrom)
	sharedFrom = 2 * threadBytes
	stop := make(chan struct{})
	var collector sync.WaitGroup
	collector.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				goruntime.GC()
			}
		}
	})
	defer collector.Wait()
	defer close(stop)
	row := counting(1024)
	a, b, out := counting(1024, 1024), counting(1024, 1024), counting(1024, 1024)
	onGrowingStacks(t, "rows", out, func() error { return ProductThreads(2, out, a, b, row) })
	onGrowingStacks(t, "two", out, func() error { return ProductThreads(2, out, a, row) })
}
