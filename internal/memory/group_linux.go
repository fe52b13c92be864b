package memory

import (
	"math"
	"path"
	"strconv"
	"strings"
)

// groupLimits returns the limits of the control group that the process is in and of
// those around it, as far as they can be seen, by either version of the interface. A
// group's memory may be swapped out unless it bounds that too.
func groupLimits(read reader, swap int64) []Limit {
	groups := read.text("/proc/self/cgroup")
	var all []Limit
	for mount := range strings.Lines(read.text("/proc/self/mountinfo")) {
		m, ok := parseMount(mount)
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
			if bytes := m.version.limit(read, path.Join(m.at, group), swap); bytes < math.MaxInt64 {
				all = append(all, Limit{bytes, "the control group " + group})
			}
			if group == "/" {
				break
			}
			group = path.Dir(group)
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
		swapped := min(swap, number(read.text(dir+"/memory.swap.max")))
		return plus(number(read.text(dir+"/memory.max")), swapped)
	}
	both := number(read.text(dir + "/memory.memsw.limit_in_bytes"))
	return min(both, plus(number(read.text(dir+"/memory.limit_in_bytes")), swap))
}

// number parses what a limit's file says; a word, such as max, and a file that is not
// there are no limit.
func number(text string) int64 {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return bytes(n)
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
	place, system, _ := strings.Cut(line, " - ")
	where, what := strings.Fields(place), strings.Fields(system)
	if len(where) < 5 || len(what) < 3 {
		return mount{}, false
	}
	m := mount{root: where[3], at: where[4]}
	switch {
	case what[0] == "cgroup2":
		m.version = v2
	case what[0] == "cgroup" && listed(what[2], "memory"):
		m.version = v1
	default:
		return mount{}, false
	}
	return m, path.IsAbs(m.root) && path.IsAbs(m.at)
}

// groupIn returns the group of the process, from lines such as "4:cpu,memory:/group"
// and, for version 2, "0::/group".
func groupIn(groups string, v version) (string, bool) {
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) < 3 || !path.IsAbs(fields[2]) {
			continue
		}
		if v == v2 && fields[0] == "0" && fields[1] == "" || v == v1 && listed(fields[1], "memory") {
			return fields[2], true
		}
	}
	return "", false
}

// below returns the path of a group from the one that is mounted, if it is inside.
func below(root, group string) (string, bool) {
	if root == "/" {
		return path.Clean(group), !strings.HasPrefix(group, "/..") // a group outside of the name space
	}
	rest, ok := strings.CutPrefix(group, root)
	return path.Clean("/" + rest), ok && (rest == "" || rest[0] == '/')
}

func listed(list, item string) bool {
	for s := range strings.SplitSeq(list, ",") {
		if s == item {
			return true
		}
	}
	return false
}

// reader returns the content of a file.
type reader func(name string) ([]byte, error)

// text returns the text of a file, or nothing if it can not be read.
func (read reader) text(name string) string {
	text, err := read(name)
	if err != nil {
		return ""
	}
	return string(text)
}
