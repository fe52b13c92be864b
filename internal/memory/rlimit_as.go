//go:build unix && !openbsd

package memory

import "syscall"

var resources = []resource{dataLimit, {syscall.RLIMIT_AS, "what the program leaves of the limit on the address space, ulimit -v", addressesTaken()}}
