package memory

import (
	"math"
	"runtime"
	"testing"
)

func TestLeast(t *testing.T) {
	tests := []struct {
		name string
		of   []Limit
		want Limit
	}{
		{"nothing is known", nil, Limit{AddressSpace, "the address space"}},
		{"the least", []Limit{{30, "a"}, {10, "b"}, {20, "c"}}, Limit{10, "b"}},
		{"the first of equals", []Limit{{10, "a"}, {10, "b"}}, Limit{10, "a"}},
		{"none is less than the address space", []Limit{{math.MaxInt64, "a"}}, Limit{AddressSpace, "the address space"}},
	}
	for _, test := range tests {
		if got := least(test.of); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// This machine has some memory, and not all that can be addressed.
func TestLeastHere(t *testing.T) {
	l := Least()
	t.Logf("%.1f GiB: %s", float64(l.Bytes)/(1<<30), l.By)
	for _, other := range limits() {
		t.Logf("%.1f GiB: %s", float64(other.Bytes)/(1<<30), other.By)
	}
	switch runtime.GOOS {
	case "linux", "darwin", "windows":
		if l.Bytes < 16<<20 || l.By == "" || l.By == "the address space" && math.MaxInt > 1<<32 {
			t.Errorf("%v", l)
		}
	}
	if l != Least() {
		t.Error("another limit at the second call")
	}
}

func TestArithmetic(t *testing.T) {
	if got := bytes(uint64(1) << 63); got != math.MaxInt64 {
		t.Errorf("2^63 bytes are %d", got)
	}
	if got := bytes(int64(-1)); got != math.MaxInt64 { // how FreeBSD says that there is no limit
		t.Errorf("-1 bytes are %d", got)
	}
	if got := plus(math.MaxInt64, 1); got != math.MaxInt64 {
		t.Errorf("the sum is %d", got)
	}
	if got := plus(3, 4); got != 7 {
		t.Errorf("the sum is %d", got)
	}
}
