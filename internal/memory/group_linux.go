package memory

import (
	"math"
	"strings"
)

// Every program that multiplies links this. It does without most of strings, strconv, path
// and os, which together made a program larger by 50 KiB.

// groupLimits returns the limits of the control group that the process is in and of
// those around it, as far as they can be seen, by either version of the interface. A
// group's memory may be swapped out unless it bounds that too.
func groupLimits(read reader, swap int64) []Limit {
	groups, mounts := read("/proc/self/cgroup"), read("/proc/self/mountinfo")
	var all []Limit
	for mounts != "" {
		var line string
		line, mounts = cut(mounts, '\n')
		m, ok := parseMount(line)
		if !ok {
			continue
		}
		group, ok := groupIn(groups, m.version)
		if !ok {
			continue
		}
		// What is mounted may be the group of a container, whose own name it need not know.
		group, ok = below(m.root, group)
		if !ok {
			group = "/"
		}
		for {
			if bytes := m.version.limit(read, m.at+strings.TrimSuffix(group, "/"), swap); bytes < math.MaxInt64 {
				all = append(all, Limit{bytes, "the control group " + group})
			}
			if group == "/" {
				break
			}
			group = around(group)
		}
	}
	return all
}

// version is the interface that control groups are seen by.
type version int

const (
	v1 version = 1 // a hierarchy for each controller
	v2 version = 2 // one for all
)

// limit returns the bytes that a group may use, with swap.
func (v version) limit(read reader, dir string, swap int64) int64 {
	if v == v2 {
		swapped := min(swap, number(read(dir+"/memory.swap.max")))
		return plus(number(read(dir+"/memory.max")), swapped)
	}
	both := number(read(dir + "/memory.memsw.limit_in_bytes"))
	return min(both, plus(number(read(dir+"/memory.limit_in_bytes")), swap))
}

// number parses what a limit's file says; a word, such as max, and a file that is not
// there are no limit.
func number(text string) int64 {
	digits, _ := cut(text, '\n')
	n := int64(0)
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' || n > (math.MaxInt64-9)/10 {
			return math.MaxInt64
		}
		n = 10*n + int64(c-'0')
	}
	if digits == "" {
		return math.MaxInt64
	}
	return n
}

// mount is a place where control groups that bound memory are mounted.
type mount struct {
	version  version
	root, at string // the group that is mounted, and where
}

// parseMount parses a line of mountinfo:
//
//	35 31 0:32 /group /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
func parseMount(line string) (mount, bool) {
	var m mount
	for range 4 {
		m.root, line = cut(line, ' ')
	}
	m.at, line = cut(line, ' ')
	for field := ""; field != "-"; {
		if line == "" {
			return mount{}, false
		}
		field, line = cut(line, ' ')
	}
	system, line := cut(line, ' ')
	_, options := cut(line, ' ')
	switch {
	case system == "cgroup2":
		m.version = v2
	case system == "cgroup" && listed(options, "memory"):
		m.version = v1
	default:
		return mount{}, false
	}
	return m, absolute(m.root) && absolute(m.at)
}

// groupIn returns the group of the process, from lines such as "4:cpu,memory:/group"
// and, for version 2, "0::/group".
func groupIn(groups string, v version) (string, bool) {
	for groups != "" {
		var line string
		line, groups = cut(groups, '\n')
		hierarchy, line := cut(line, ':')
		controllers, group := cut(line, ':')
		if !absolute(group) {
			continue
		}
		if v == v2 && hierarchy == "0" && controllers == "" || v == v1 && listed(controllers, "memory") {
			return group, true
		}
	}
	return "", false
}

// below returns the path of a group from the one that is mounted, if it is inside.
func below(root, group string) (string, bool) {
	if root == "/" {
		return group, !strings.HasPrefix(group, "/..") // a group outside of the name space
	}
	rest, ok := strings.CutPrefix(group, root)
	if rest == "" {
		return "/", ok
	}
	return rest, ok && absolute(rest)
}

// around returns the group that a group is in.
func around(group string) string {
	at := len(group) - 1
	for at > 0 && group[at] != '/' {
		at--
	}
	return group[:max(at, 1)]
}

func listed(list, item string) bool {
	for list != "" {
		var s string
		if s, list = cut(list, ','); s == item {
			return true
		}
	}
	return false
}

func absolute(path string) bool { return path != "" && path[0] == '/' }

// cut returns what is before the first separator, or all, and what is after it.
func cut(s string, separator byte) (before, after string) {
	at := strings.IndexByte(s, separator)
	if at < 0 {
		return s, ""
	}
	return s[:at], s[at+1:]
}

// reader returns the text of a file, or nothing if it can not be read.
type reader func(name string) string
