// Package memory tells how much memory this process can have at most.
package memory

import (
	"math"
	"sync"
)

// Limit is a bound on the bytes that the process holds at once.
type Limit struct {
	Bytes int64
	By    string // what sets it
}

// Least returns the least of the limits that the system tells: physical memory with
// swap, control groups, resource limits and the address space. They are read once, at
// the first call.
//
// What exceeds it can never be allocated. What does not may still fail, since other
// allocations and other processes share the same memory.
func Least() Limit {
	found.Do(func() { found.limit = least(limits()) })
	return found.limit
}

var found struct {
	sync.Once
	limit Limit
}

func least(of []Limit) Limit {
	l := Limit{AddressSpace, "the address space"}
	for _, other := range of {
		if other.Bytes < l.Bytes {
			l = other
		}
	}
	return l
}

// bytes converts what the system counts, where everything from math.MaxInt64 on, and
// the sum of two such, is no limit.
func bytes[T uint32 | uint64 | int64](n T) int64 {
	if n < 0 || uint64(n) > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(n)
}

func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
