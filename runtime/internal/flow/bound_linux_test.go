package flow

import (
	"fmt"
	"math/rand/v2"
	goruntime "runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// BenchmarkLongestCall reports for each pattern the longest time that its kernel's thread
// takes for a single call, on memory that was touched before: the longest call of all cases,
// each at its best of 20 rounds, since the machine has other things to do as well.
func BenchmarkLongestCall(b *testing.B) {
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	memory := newLongMemory(b)
	for _, m := range memory {
		for i := range m {
			m[i] = 0x3f // of all types a number between 0 and 1, or 63
		}
	}
	const rounds = 20
	type longest struct {
		time.Duration
		name string
	}
	defer func(was machine.Machine) { active = was }(active)
	level, limits := active.Level, active.Limits
	r := rand.New(rand.NewPCG(3, 4))
	all := map[kernel.Pattern]longest{}
	for _, from := range longRules(level) {
		for _, c := range memory.longCases(from.Sizes(), r) {
			if r.IntN(8) > 0 {
				continue
			}
			for _, limits := range []machine.Limits{limits, machine.LimitsOf(64 << 10)} { // and past the caches
				active.Limits = limits
				for p, t := range longestCalls(b, from, &c, rounds) {
					if t > all[p].Duration {
						all[p] = longest{t, c.name}
					}
				}
			}
		}
	}
	for p := kernel.Pattern(0); p < kernel.NumPatterns; p++ {
		if all[p].Duration == 0 {
			continue
		}
		b.Run(fmt.Sprint(p), func(b *testing.B) {
			for b.Loop() { // nothing more to do
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(all[p].Microseconds()), "us/call")
			b.Log(all[p].name)
		})
	}
}

// longestCalls returns for each pattern that a case takes the time of the longest call of a round, the least
// of so many rounds.
func longestCalls(b *testing.B, by exec.Rule, c *longCase, rounds int) map[kernel.Pattern]time.Duration {
	best := map[kernel.Pattern]time.Duration{}
	for range rounds {
		worst := map[kernel.Pattern]time.Duration{}
		err := c.run(around(by, func(p kernel.Pattern, _ [3]int, by kernel.Func, nest *kernel.Nest) {
			before := threadTime(b)
			by(nest)
			worst[p] = max(worst[p], threadTime(b)-before)
		}))
		if err != nil {
			b.Fatal(c.name, err)
		}
		for p, t := range worst {
			if old, ok := best[p]; !ok || t < old {
				best[p] = t
			}
		}
	}
	return best
}

// threadTime returns the time that this thread was at work.
func threadTime(b *testing.B) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}
