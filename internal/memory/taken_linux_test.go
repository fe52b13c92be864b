package memory

import "testing"

func TestSizeIn(t *testing.T) {
	for _, c := range []struct {
		status string
		want   int64
	}{
		{"", 0},
		{"Name:\tVmSize\nVmPeak:\t  800000 kB\nVmSize:\t  702744 kB\nVmLck:\t 1 kB\n", 702744 << 10},
		{"VmSize:\t  702744 kB", 702744 << 10},
		{"VmPeak:\t  800000 kB\n", 0},
		{"VmSize:\n", 0},
	} {
		if got := sizeIn(c.status); got != c.want {
			t.Errorf("%q: %d, want %d", c.status, got, c.want)
		}
	}
	if n := sizeIn(readFile("/proc/self/status")); n < 1<<20 {
		t.Errorf("this program has %d bytes", n)
	}
}
