package broadcast

import (
	"math/bits"
)

// Overlap: can two indexes, of one view or of two, reach the same element?
// Contract: never false when they can. The answer is exact unless the search
// gives up after searchSteps steps; then it is true.
//
// Both questions are bounded equations, "is there an x with 0 <= x[i] <=
// count[i] and sum(step[i]*x[i]) == target?", as in NumPy's mem_overlap.c. The
// largest step goes first: the greatest common divisor and the reach of the
// smaller ones leave few candidates for it in layouts met in practice.

// searchSteps bounds the search to some tens of microseconds.
const searchSteps = 1000

// SelfOverlaps reports whether two different indexes of shape can reach the
// same element, which makes a view unfit for being written to. It is exact
// where a bounded search comes to an end, always for views of rank 2 or less,
// and true otherwise; true too for shapes and strides that [Bounds] refuses.
func SelfOverlaps(shape, strides []int) bool {
	lo, hi, err := Bounds(shape, strides)
	if err != nil {
		return true
	}
	if hi <= lo {
		// At most one element is in reach: fine for at most one index.
		size, _ := Size(shape)
		return size > 1
	}
	var buf [MaxRank]term
	terms := buf[:0]
	for axis, extent := range shape {
		if extent == 1 {
			continue
		}
		if strides[axis] == 0 {
			return true
		}
		terms = append(terms, term{magnitude64(strides[axis]), uint64(extent - 1)})
	}
	ascend(terms)

	// The common case: each step is longer than the reach of all inside it.
	nested, reach := true, uint64(0)
	for _, t := range terms {
		nested = nested && t.step > reach
		reach += t.step * t.count
	}
	if nested {
		return false
	}

	// Two indexes meet when their difference d, |d[i]| <= count[i], not all 0,
	// has the sum 0. Of d and -d one has a positive last element that is not
	// 0: let that be i, x[i] = d[i]-1, and x[j] = count[j]-d[j] before it.
	var eq equation
	reach = 0
	for i, last := range terms {
		if reach >= last.step {
			eq.n = 0
			for _, t := range terms[:i] {
				eq.add(term{t.step, 2 * t.count})
			}
			eq.add(term{last.step, last.count - 1})
			if eq.solvable(reach - last.step) {
				return true
			}
		}
		reach += last.step * last.count
	}
	return false
}

// Overlaps reports whether the views A and B, of any two shapes, can reach the
// same element when B's element (0,…,0) lies delta elements after A's. It
// compares bounds, then remainders, and then searches; where the search does
// not come to an end it answers true, and so it does for shapes and strides
// that [Bounds] refuses.
func Overlaps(shapeA, stridesA, shapeB, stridesB []int, delta int) bool {
	loA, hiA, errA := Bounds(shapeA, stridesA)
	loB, hiB, errB := Bounds(shapeB, stridesB)
	if errA != nil || errB != nil {
		return true
	}
	if hiA < loA || hiB < loB {
		return false
	}
	// Measured from A's lowest element, B's is at start. A difference that is
	// out of range is farther than any span reaches.
	start, ok := add(delta, loB)
	if ok {
		start, ok = add(start, -loA)
	}
	if !ok || start > hiA-loA || start < -(hiB-loB) {
		return false
	}
	// A from its lowest element up, B from its highest down:
	// sum(a) + sum(b) == start + span of B.
	var eq equation
	eq.addView(shapeA, stridesA)
	eq.addView(shapeB, stridesB)
	ascend(eq.terms[:eq.n])
	return eq.solvable(uint64(start) + uint64(hiB-loB))
}

// term is one unknown: x between 0 and count, in steps of step > 0.
type term struct{ step, count uint64 }

// ascend sorts terms by their steps. slices.SortFunc does the same with a few, and makes a
// program larger by 20 KiB for the sake of many.
func ascend(terms []term) {
	for i, t := range terms {
		for ; i > 0 && terms[i-1].step > t.step; i-- {
			terms[i] = terms[i-1]
		}
		terms[i] = t
	}
}

// equation asks whether the terms, steps ascending, can add up to a target.
// All sums fit in a uint64, being those of two spans of int.
type equation struct {
	terms [2 * MaxRank]term
	n     int // terms in use
	below [2*MaxRank + 1]struct {
		gcd   uint64 // of the steps of the terms before this one
		reach uint64 // the largest sum of these terms
	}
	budget int
}

func (eq *equation) add(t term) {
	eq.terms[eq.n] = t
	eq.n++
}

// addView adds the terms of a view. Axes of extent 1 or stride 0 reach nothing new.
func (eq *equation) addView(shape, strides []int) {
	for axis, extent := range shape {
		if extent > 1 && strides[axis] != 0 {
			eq.add(term{magnitude64(strides[axis]), uint64(extent - 1)})
		}
	}
}

// solvable reports whether the terms can add up to target, or the search for
// it takes too long.
func (eq *equation) solvable(target uint64) bool {
	eq.join()
	for i, t := range eq.terms[:eq.n] {
		eq.below[i+1].gcd = gcd(t.step, eq.below[i].gcd)
		eq.below[i+1].reach = eq.below[i].reach + t.step*t.count
	}
	all := eq.below[eq.n]
	if target > all.reach || eq.n > 0 && target%all.gcd != 0 {
		return false
	}
	eq.budget = searchSteps
	return eq.search(eq.n, target)
}

// join drops idle terms and makes one of two where the larger steps land on
// the smaller ones and leave no gap, as those of a packed array do.
func (eq *equation) join() {
	n := 0
	for _, t := range eq.terms[:eq.n] {
		if t.count == 0 {
			continue
		}
		if n > 0 {
			last := &eq.terms[n-1]
			if k := t.step / last.step; t.step%last.step == 0 && k-1 <= last.count {
				last.count += k * t.count
				continue
			}
		}
		eq.terms[n] = t
		n++
	}
	eq.n = n
}

// search solves for the first n terms. The target is within their reach and a
// multiple of their common divisor.
func (eq *equation) search(n int, target uint64) bool {
	// A single term divides the target, and the quotient is within its count.
	if target == 0 || n == 1 {
		return true
	}
	t, rest := eq.terms[n-1], eq.below[n-1]
	lo, hi := uint64(0), min(t.count, target/t.step)
	if target > rest.reach {
		lo = (target-rest.reach-1)/t.step + 1
	}
	// Only every period-th x, from the first solution of step*x == target
	// modulo the divisor of the rest, leaves what the rest can divide.
	d := eq.below[n].gcd
	period := rest.gcd / d
	x := mulMod(target/d, inverse(t.step/d, period), period)
	if x < lo {
		x += ((lo-x-1)/period + 1) * period
	}
	for x <= hi {
		if eq.budget--; eq.budget < 0 {
			return true
		}
		if eq.search(n-1, target-t.step*x) {
			return true
		}
		x += period
	}
	return false
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// mulMod returns a*b modulo m, where b < m or m is 1.
func mulMod(a, b, m uint64) uint64 {
	hi, lo := bits.Mul64(a%m, b%m)
	return bits.Rem64(hi, lo, m)
}

// inverse returns the inverse of a modulo m, to which it is prime, and m < 2^63.
func inverse(a, m uint64) uint64 {
	r0, r1 := int64(m), int64(a%m)
	s0, s1 := int64(0), int64(1)
	for r1 != 0 {
		q := r0 / r1
		r0, r1 = r1, r0-q*r1
		s0, s1 = s1, s0-q*s1
	}
	if s0 < 0 {
		s0 += int64(m)
	}
	return uint64(s0)
}

// add returns a+b and whether it fits in an int.
func add(a, b int) (int, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}

func magnitude64(x int) uint64 { return uint64(magnitude(x)) }
