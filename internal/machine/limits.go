package machine

import (
	"math"
)

// Limits say from how many bytes on, of operands and result together, the caches no longer
// hold them. Where nothing is known no bytes are that many.
type Limits struct {
	Cache   int // bytes of the last-level cache that one program can count on, 0 if unknown
	Far     int // from here on, not all comes from the last-level cache
	Crowded int // from so many bytes of a result on, its rows push each other out of the caches
}

// LimitsOf returns the limits of a machine with a last-level cache of so many bytes that is
// all a program's, 0 if that is not known.
func LimitsOf(cache int) Limits {
	if cache <= 0 {
		return Limits{0, math.MaxInt, math.MaxInt}
	}
	const crowded = 6 // the share of the cache, measured
	l := Limits{Cache: cache, Crowded: cache / crowded}
	l.Far = cache / 16 * 5 // other programs use the cache, too: measured
	return l
}

// limitsOf returns those of such caches.
func limitsOf(caches []Cache) Limits {
	var last Cache
	for _, c := range caches {
		if c.Bytes > last.Bytes {
			last = c
		}
	}
	return LimitsOf(last.Bytes)
}

// Past tells whether a result of so many bytes is written past the caches, there being so
// many of result and operands together. Such stores have a speed of their own, whatever else
// goes on, so the more of the work they are, the later they win. Measured from 0.7 of the
// cache on where a third is written, 0.87 where half is, and 1.6 where all is.
func (l *Limits) Past(written, bytes int) bool {
	share := float64(written) / float64(bytes)
	return bytes >= l.Far && float64(bytes) >= float64(l.Cache)*(0.6+share*share)
}
