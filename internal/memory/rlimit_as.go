//go:build unix && !openbsd

package memory

import "syscall"

var resources = []resource{dataLimit, {syscall.RLIMIT_AS, "the limit on the address space, ulimit -v"}}
