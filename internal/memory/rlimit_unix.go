//go:build unix

package memory

import "syscall"

// resourceLimits returns those that ulimit sets.
func resourceLimits() []Limit {
	var all []Limit
	for _, r := range resources {
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(r.id, &limit); err == nil {
			all = append(all, Limit{bytes(limit.Cur), r.name})
		}
	}
	return all
}

type resource struct {
	id   int
	name string
}

var dataLimit = resource{syscall.RLIMIT_DATA, "the limit on data, ulimit -d"}
