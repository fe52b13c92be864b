package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadResults(t *testing.T) {
	const good = `{"case": "a", "peer": "p", "ns_per_call": 2, "check": 7}`
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{good + "\n" + good, ""},
		{good + "\nx", "f: line 2: is no result in JSON: invalid character"},
		{good + "\n\n", "f: line 2: is no result in JSON: unexpected end"},
		{`{"peer": "p", "ns_per_call": 2}`, `f: line 1: needs a case and a peer, got "" and "p"`},
		{`{"case": "a", "ns_per_call": 2}`, `f: line 1: needs a case and a peer, got "a" and ""`},
		{`{"case": "a", "peer": "p"}`, "f: line 1: ns_per_call is 0, want more than 0"},
		{`{"case": "a", "peer": "p", "ns_per_call": 1e999}`, "f: line 1: "},
		{strings.Repeat("x", 1<<17), "f: bufio.Scanner: token too long"},
	} {
		results, err := readResults(strings.NewReader(test.text), "f")
		switch {
		case test.want == "" && (err != nil || len(results) != strings.Count(test.text, "case")):
			t.Errorf("%s: got %v, %v", test.text, results, err)
		case test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)):
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

// Files and standard input are read in their order.
func TestReadResultsOfFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.jsonl")
	if err := os.WriteFile(file, []byte(`{"case": "a", "peer": "p", "ns_per_call": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	results, err := ReadResults([]string{file, "-", file}, strings.NewReader(`{"case": "b", "peer": "p", "ns_per_call": 2}`))
	if err != nil || len(results) != 3 || results[0].Case != "a" || results[1].Case != "b" || results[2].Case != "a" {
		t.Errorf("got %v, %v", results, err)
	}
	if _, err := ReadResults([]string{"-"}, strings.NewReader("x")); err == nil || !strings.HasPrefix(err.Error(), "standard input: line 1: ") {
		t.Errorf("got %v", err)
	}
}

// The seed benchmark is what a program can run.
func TestSeed(t *testing.T) {
	suite, err := Seed()
	if err != nil {
		t.Fatal(err)
	}
	least, most := suite.Cases[0].Elements, 0
	for i := range suite.Cases {
		c := &suite.Cases[i]
		least, most = min(least, c.Elements), max(most, c.Elements)
	}
	if least != 2048 || most < 100e6 {
		t.Errorf("from %d to %d elements", least, most)
	}
}

func TestBinarySize(t *testing.T) {
	for n, want := range map[int]string{100: "100 B", 32 << 10: "32 KiB", 48 << 10: "48 KiB", 1 << 20: "1 MiB", 3 << 19: "1.5 MiB", 1<<20 + 1<<18: "1280 KiB", 32 << 20: "32 MiB"} {
		if got := binarySize(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestPerCall(t *testing.T) {
	for ns, want := range map[float64]string{3.456: "3.46 ns", 9.996: "10.0 ns", 99.96: "100 ns", 999.4: "999 ns", 999.6: "1.00 µs", 12_345: "12.3 µs", 62_500_000: "62.5 ms", 2.5e9: "2.50 s", 5e12: "5000 s"} {
		if got := PerCall(ns); got != want {
			t.Errorf("%v: got %s, want %s", ns, got, want)
		}
	}
}
