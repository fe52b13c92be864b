package memory

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	mib     = 1 << 20
	noLimit = "9223372036854771712\n" // how version 1 writes it
	mountV1 = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n" +
		"32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n" +
		"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
	mountV2 = "41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"
)

// rooted reads absolute paths below a root.
func rooted(root fstest.MapFS) reader {
	return func(name string) string {
		text, err := root.ReadFile(strings.TrimPrefix(name, "/"))
		if err != nil {
			return ""
		}
		return string(text)
	}
}

func TestGroupLimits(t *testing.T) {
	files := func(pairs ...string) fstest.MapFS {
		root := fstest.MapFS{}
		for i := 0; i < len(pairs); i += 2 {
			root[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
		}
		return root
	}
	const v1Dir, v2Dir = "sys/fs/cgroup/memory", "sys/fs/cgroup"
	tests := []struct {
		name string
		root fstest.MapFS
		swap int64
		want []Limit
	}{
		{"nothing", files(), 0, nil},
		{"no mounts", files("proc/self/cgroup", "0::/a\n"), 0, nil},
		{"no group", files("proc/self/mountinfo", mountV2, v2Dir+"/memory.max", "1048576\n"), 0, nil},
		{"version 2, the group and its parents", files(
			"proc/self/mountinfo", mountV2,
			"proc/self/cgroup", "0::/a/b/c\n",
			v2Dir+"/a/memory.max", "3145728\n",
			v2Dir+"/a/b/memory.max", "max\n",
			v2Dir+"/a/b/c/memory.max", "4194304\n",
		), 0, []Limit{{4 * mib, "the control group /a/b/c"}, {3 * mib, "the control group /a"}}},
		{"version 2, swap without a limit", files(
			"proc/self/mountinfo", mountV2, "proc/self/cgroup", "0::/a\n",
			v2Dir+"/a/memory.max", "1048576\n", v2Dir+"/a/memory.swap.max", "max\n",
		), 2 * mib, []Limit{{3 * mib, "the control group /a"}}},
		{"version 2, swap with a limit", files(
			"proc/self/mountinfo", mountV2, "proc/self/cgroup", "0::/a\n",
			v2Dir+"/a/memory.max", "1048576\n", v2Dir+"/a/memory.swap.max", "0\n",
		), 2 * mib, []Limit{{mib, "the control group /a"}}},
		{"version 2 in a container that sees itself as the root", files(
			"proc/self/mountinfo", mountV2, "proc/self/cgroup", "0::/\n",
			v2Dir+"/memory.max", "1048576\n",
		), 0, []Limit{{mib, "the control group /"}}},
		{"version 2 in a container that was moved out", files(
			"proc/self/mountinfo", mountV2, "proc/self/cgroup", "0::/../other\n",
			v2Dir+"/memory.max", "1048576\n", "sys/fs/other/memory.max", "1\n",
		), 0, []Limit{{mib, "the control group /"}}},
		{"version 1, the group and its parents", files(
			"proc/self/mountinfo", mountV1,
			"proc/self/cgroup", "5:cpu,cpuacct:/other\n4:pids,memory:/a/b\n0::/\n",
			v1Dir+"/memory.limit_in_bytes", noLimit,
			v1Dir+"/a/memory.limit_in_bytes", "1048576\n",
			v1Dir+"/a/b/memory.limit_in_bytes", "2097152\n",
			v1Dir+"/other/memory.limit_in_bytes", "1\n",
		), 0, []Limit{{2 * mib, "the control group /a/b"}, {mib, "the control group /a"}, {9223372036854771712, "the control group /"}}},
		{"version 1, memory and swap together", files(
			"proc/self/mountinfo", mountV1, "proc/self/cgroup", "4:memory:/a\n",
			v1Dir+"/a/memory.limit_in_bytes", "1048576\n", v1Dir+"/a/memory.memsw.limit_in_bytes", "1572864\n",
		), 4 * mib, []Limit{{mib + mib/2, "the control group /a"}}},
		{"version 1, swap is not counted", files(
			"proc/self/mountinfo", mountV1, "proc/self/cgroup", "4:memory:/a\n",
			v1Dir+"/a/memory.limit_in_bytes", "1048576\n",
		), 4 * mib, []Limit{{5 * mib, "the control group /a"}}},
		{"version 1 in a container: its group is mounted", files(
			"proc/self/mountinfo", "35 31 0:32 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"proc/self/cgroup", "4:memory:/docker/x/inner\n",
			v1Dir+"/memory.limit_in_bytes", "1048576\n",
			v1Dir+"/inner/memory.limit_in_bytes", "2097152\n",
		), 0, []Limit{{2 * mib, "the control group /inner"}, {mib, "the control group /"}}},
		{"another group is mounted, whose name begins alike", files(
			"proc/self/mountinfo", "35 31 0:32 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"proc/self/cgroup", "4:memory:/docker/xyz\n",
			v1Dir+"/memory.limit_in_bytes", "1048576\n",
			v1Dir+"/yz/memory.limit_in_bytes", "1\n",
		), 0, []Limit{{mib, "the control group /"}}},
		{"both versions, memory by the first", files(
			"proc/self/mountinfo", mountV1+"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"proc/self/cgroup", "4:memory:/a\n0::/u\n",
			v1Dir+"/a/memory.limit_in_bytes", "1048576\n",
		), 0, []Limit{{mib, "the control group /a"}}},
		{"a group with a colon", files(
			"proc/self/mountinfo", mountV2, "proc/self/cgroup", "0::/a:b\n",
			v2Dir+"/a:b/memory.max", "1048576\n",
		), 0, []Limit{{mib, "the control group /a:b"}}},
		{"numbers that are none", files(
			"proc/self/mountinfo", mountV2, "proc/self/cgroup", "0::/a/b/c/d\n",
			v2Dir+"/a/memory.max", "", v2Dir+"/a/b/memory.max", "-1\n",
			v2Dir+"/a/b/c/memory.max", "lots of it\n", v2Dir+"/a/b/c/d/memory.max", "99999999999999999999999\n",
		), 0, nil},
		{"lines that are none", files(
			"proc/self/mountinfo", "\n - \n1 2 3 - cgroup2\n1 2 3 / relative rw - cgroup2 cgroup2 rw\n"+mountV2,
			"proc/self/cgroup", "\n0\n0:\n0::relative\n0::/a",
			v2Dir+"/a/memory.max", "1048576",
		), 0, []Limit{{mib, "the control group /a"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := groupLimits(rooted(test.root), test.swap); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// Where the swap is unknown, memory that may be swapped out has no limit.
func TestGroupLimitsUnknownSwap(t *testing.T) {
	root := fstest.MapFS{
		"proc/self/mountinfo":           {Data: []byte(mountV2)},
		"proc/self/cgroup":              {Data: []byte("0::/a\n")},
		"sys/fs/cgroup/a/memory.max":    {Data: []byte("1048576\n")},
		"sys/fs/cgroup/memory.max":      {Data: []byte("1048576\n")},
		"sys/fs/cgroup/memory.swap.max": {Data: []byte("0\n")},
	}
	want := []Limit{{mib, "the control group /"}}
	if got := groupLimits(rooted(root), math.MaxInt64); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	for _, size := range []int{0, 1, 4095, 4096, 4097, 12345} {
		name, want := filepath.Join(dir, "file"), strings.Repeat("0123456789\n", size/11+1)[:size]
		if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readFile(name); got != want {
			t.Errorf("of %d bytes %d were read", size, len(got))
		}
	}
	for _, name := range []string{filepath.Join(dir, "none"), dir, "/proc/self/mem", "a\x00b"} {
		if got := readFile(name); got != "" {
			t.Errorf("%q: %q", name, got)
		}
	}
}
