package exec

import (
	"fmt"
	"math"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/layout"
)

// BenchmarkPastCaches compares results that are stored the ordinary way with results that are
// stored past the caches, in turn, from what a second-level cache holds to a gigabyte: how many times
// as long ordinary stores take, and how many times as long as the faster of the two that takes
// which this machine's limits choose. With "read", the result is read behind each multiply.
func BenchmarkPastCaches(b *testing.B) {
	const most = 1 << 30
	memory, err := unix.Mmap(-1, 0, most+1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = unix.Munmap(memory) }()
	_ = unix.Madvise(memory, unix.MADV_HUGEPAGE)
	ones(memory)

	ordinary, past := *here.Machine, *here.Machine
	ordinary.Limits, past.Limits = machine.LimitsOf(math.MaxInt), machine.Limits{Far: here.Far}
	ordinary.Crowded, past.Crowded = here.Crowded, here.Crowded
	for _, op := range []struct {
		name   string
		shapes func(n int) [3][]int // of a result of n elements and its operands
		large  int                  // of the three
	}{
		{"arrays", func(n int) [3][]int { return [3][]int{{n}, {n}, {n}} }, 3},
		{"constant", func(n int) [3][]int { return [3][]int{{n}, {n}, {}} }, 2},
		{"outer", func(n int) [3][]int { return [3][]int{{512, n / 512}, {512, 1}, {n / 512}} }, 1},
	} {
		for size := 2 << 20; size <= most; size *= 2 {
			for _, bytes := range []int{size, size / 2 * 3} {
				written := bytes / op.large / 4096 * 4096
				shapes := op.shapes(written / 4)
				for c := range 4 {
					threads, read := 1+c/2, c%2 == 1
					if bytes > most || threads > 1 && bytes < SharedFrom {
						continue
					}
					b.Run(fmt.Sprintf("%s/MiB=%d/threads=%d/read=%v", op.name, bytes>>20, threads, read), func(b *testing.B) {
						var jobs [2]Job
						for i, m := range []*machine.Machine{&ordinary, &past} {
							operands := packed(b, memory, shapes)
							if err := jobs[i].Resolve(Rule{generated.MulOf[float32]()(), &Site{Machine: m, Moves: InBlocks()}}, operands[0], operands[1], operands[2]); err != nil {
								b.Fatal(err)
							}
						}
						var best [2]time.Duration
						times, before := max(1, 8<<20/bytes), max(2, 128<<20/bytes)
						for range min(24, max(5, 1<<30/bytes)) {
							for i := range jobs {
								run := func(times int) {
									for range times {
										jobs[i].Run(threads)
										if read {
											sum(memory[:written])
										}
									}
								}
								run(before)
								start := time.Now()
								run(times)
								if t := time.Since(start); best[i] == 0 || t < best[i] {
									best[i] = t
								}
							}
						}
						chosen := best[0]
						if here.Past(written, bytes) {
							chosen = best[1]
						}
						for b.Loop() { // nothing more to do
						}
						b.ReportMetric(0, "ns/op")
						b.ReportMetric(float64(best[0])/float64(best[1]), "ordinary/past")
						b.ReportMetric(float64(chosen)/float64(min(best[0], best[1])), "chosen/best")
					})
				}
			}
		}
	}
}

// packed returns arrays of float32 of these shapes, one behind the other in memory.
func packed(b *testing.B, memory []byte, shapes [3][]int) (operands [3]Operand) {
	b.Helper()
	at := 0
	for i, shape := range shapes {
		lay, err := layout.Packed(shape)
		if err != nil {
			b.Fatal(err)
		}
		operands[i] = Operand{unsafe.Pointer(&memory[at]), lay}
		at += (4*lay.Size + 4095) / 4096 * 4096
	}
	return operands
}

// ones fills memory with float32 of 1 and -1, whose products are such numbers again. Zen 5 stores
// lines of zeros past the caches twice as fast as others.
func ones(memory []byte) {
	elements := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(memory))), len(memory)/4)
	for i := range elements {
		elements[i] = float32(1 - i%3%2*2)
	}
}

// sum reads all of a result.
func sum(result []byte) (s uint64) {
	for _, v := range unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(result))), len(result)/8) {
		s += v
	}
	return s
}
