package machine

import "math"

// Limits say from how many bytes on, of operands and result together, the caches no longer
// hold them. Where nothing is known no bytes are that many.
type Limits struct {
	Cache   int    // bytes of the last-level cache that one program can count on, 0 if unknown
	Source  Source // how that is known
	Near    int    // the caches hold what is less: neither Far nor Early is
	Far     int    // from here on, not all comes from the caches
	Early   int    // from here on, results that are not most of the bytes are written past the caches, see early
	Crowded int    // rows of results of more bytes push each other out of the caches
	Latest  int    // from here on, a result is written past the caches beside which little is read
}

// Source is how the bytes of the last-level cache are known.
type Source string

// The sources.
const (
	Unknown  Source = "unknown"
	Reported Source = "reported" // by the CPU
	Shared   Source = "shared"   // a part of what the CPU reports, which serves many programs
	Hidden   Source = "hidden"   // the CPU reports none, but CPUs of its kind have one
	Told     Source = "told"     // by CacheVariable
)

// LimitsOf returns the limits of a machine with a last-level cache of so many bytes to count
// on, 0 if that is not known.
func LimitsOf(cache int) Limits {
	if cache <= 0 {
		return Limits{0, Unknown, math.MaxInt, math.MaxInt, math.MaxInt, math.MaxInt, math.MaxInt}
	}
	far := cache / 16 * 5 // other programs use the cache, too: measured
	return Limits{cache, Reported, far, far, math.MaxInt, crowdedBy(cache), math.MaxInt}
}

// crowdedBy returns the bytes of a result whose rows crowd a last-level cache: measured.
func crowdedBy(cache int) int { return cache / 6 }

// nearestOf returns how many bytes a first-level cache of so many holds, or nearly: a third of what
// then passes through is still there. Measured.
func nearestOf(first int) int { return first / 2 * 3 }

// limitsOf returns the limits of a CPU with such caches. AMD's report the cache of a group of
// cores. Others report that of all cores, of which one program among many has a part, no less
// than 32 MiB or 16 times the second-level cache where that was measured. Such a cache is slow:
// where it does not hold what the second-level cache holds, and that is large, results are
// written past both long before.
func limitsOf(cpu CPU, caches []Cache) Limits {
	var second, last Cache
	for _, c := range caches {
		if c.Level == 2 {
			second = c
		}
		if c.Level > last.Level {
			last = c
		}
	}
	if hidden := cpu.hiddenCache(); last.Level < 3 && hidden > 0 {
		l := LimitsOf(hidden)
		l.Source = Hidden
		return l
	}
	part := max(32<<20, 16*second.Bytes)
	if cpu.Vendor == amd || last.Bytes <= part {
		l := LimitsOf(last.Bytes)
		l.Latest = cpu.latest(last.Bytes)
		return l
	}
	l := LimitsOf(part)
	l.Source = Shared
	l.Crowded = crowdedBy(last.Bytes) // tiles of whole lines would lose in a part
	if second.Bytes >= 1<<20 && !last.Inclusive {
		l.Early = 3 * second.Bytes
		l.Near = min(l.Near, l.Early)
	}
	return l
}

// latest returns the bytes from which on a CPU that reports such a last-level cache had better write a
// result past it beside which little is read. On AMD's family 26, Zen 5, stores past the caches win from 0.8
// of it on where all is written, from 0.9 where half is, and from all of it on where two thirds are
// (docs/measurements/2026-11-30-zen5-past-caches.md).
func (c CPU) latest(cache int) int {
	if c.Vendor == amd && c.Family == 26 {
		return cache / 8 * 7
	}
	return math.MaxInt
}

// Past tells whether a result of so many bytes is written past the caches, there being so
// many of result and operands together.
func (l *Limits) Past(written, bytes int) bool {
	if bytes < l.Near {
		return false
	}
	share := float64(written) / float64(bytes)
	return float64(bytes) >= l.past(share) || bytes >= l.early(share)
}

// early returns the bytes from which on stores past the caches win where that is early: from 8
// times the second-level cache on where a result is most of the bytes. (Measured on Intel, family 6
// model 167: from 6 times on where it is all of them, and from 3 where it is half or a third.)
func (l *Limits) early(share float64) int {
	if share <= 0.6 || l.Early > math.MaxInt/8 {
		return l.Early
	}
	return l.Early * 8 / 3
}

// past returns the bytes from which on stores past the caches win where their share is written.
// Such stores have a speed of their own, whatever else goes on, so the more of the work they
// are, the later they win. Measured from 0.7 of the cache on where a third is written, 0.87
// where half is, and 1.6 where all is. Where there is a latest, all results that the cache does not hold
// are written past it.
func (l *Limits) past(share float64) float64 {
	latest := l.Latest
	if share < 0.9 {
		latest = max(latest, l.Cache)
	}
	return min(float64(l.Cache)*(0.6+share*share), float64(latest))
}

// PastFrom returns from how many bytes on a result that is a third of them is written past
// the caches.
func (l *Limits) PastFrom() int {
	if l.Near == math.MaxInt {
		return l.Near
	}
	return min(l.Early, max(l.Near, int(l.past(1./3))))
}

// count takes the last-level cache to have as many bytes as the environment says, 0 for a
// machine of which that is not known. Tiles go by what the machine is.
func (m *Machine) count(value string) {
	bytes, ok := number(value)
	if !ok {
		if m.Refused == nil {
			m.Refused = &Refusal{Variable: CacheVariable, Value: value}
		}
		return
	}
	crowded := m.Crowded
	m.Limits = LimitsOf(bytes)
	m.Source, m.Crowded = Told, crowded
}

// number returns the number that decimal digits are, if an int holds it. The errors of strconv
// would be linked to every program.
func number(digits string) (n int, ok bool) {
	for _, c := range []byte(digits) {
		d := int(c - '0')
		if c < '0' || c > '9' || n > (math.MaxInt-d)/10 {
			return 0, false
		}
		n = 10*n + d
	}
	return n, digits != ""
}
