//go:build unix

package memory

import (
	"math"
	"syscall"
)

// resourceLimits returns those that ulimit sets.
func resourceLimits() []Limit {
	var all []Limit
	for _, r := range resources {
		if most := softLimit(r.id); most < AddressSpace {
			all = append(all, Limit{max(most-r.taken, 0), r.name})
		}
	}
	return all
}

type resource struct {
	id    int
	name  string
	taken int64 // bytes that the program can not have for anything else
}

// softLimit returns the limit on a resource, math.MaxInt64 if there is none.
func softLimit(id int) int64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(id, &limit); err != nil {
		return math.MaxInt64
	}
	return bytes(limit.Cur)
}

var dataLimit = resource{syscall.RLIMIT_DATA, "the limit on data, ulimit -d", 0}
