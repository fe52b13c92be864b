package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// benchCases are described in the folder itself.
func benchCases(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("internal/bench/testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// measured returns the cases and peers of the lines that bench printed.
func measured(t *testing.T, stdout string) (cases, peers []string) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var got struct {
			Case, Peer string
			NsPerCall  float64 `json:"ns_per_call"`
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.NsPerCall <= 0 {
			t.Errorf("%v: %s", err, line)
		}
		cases, peers = append(cases, got.Case), append(peers, got.Peer)
	}
	return cases, peers
}

func TestBench(t *testing.T) {
	file := benchCases(t)
	for _, test := range []struct {
		args  string
		cases int
		peer  string
	}{
		{"", 71, "hadamard"},
		{"--label mine", 71, "mine"},
		{"--filter dtype --threads 2", 17, "hadamard-2t"},
		{"--filter dtype --threads 2 --planned", 17, "hadamard-planned-2t"},
		{"--filter int", 24, "hadamard"}, // a part of names
		{"--filter mixed", 18, "hadamard"},
		{"--filter where", 15, "hadamard"},
		{"--dram", 1, "hadamard"},
	} {
		args := append([]string{"bench", "--quick", "--cases", file}, strings.Fields(test.args)...)
		stdout, stderr := ok(t, t.TempDir(), args...)
		cases, peers := measured(t, stdout)
		if len(cases) != test.cases {
			t.Errorf("%s: got %d cases, want %d: %q", test.args, len(cases), test.cases, cases)
		}
		for _, peer := range peers {
			if peer != test.peer {
				t.Errorf("%s: got peer %s, want %s", test.args, peer, test.peer)
			}
		}
		if stderr != "" {
			t.Errorf("%s: stderr %q", test.args, stderr)
		}
	}
}

// What is measured is drawn as well, on several threads what these gain.
func TestBenchPlot(t *testing.T) {
	file, dir := benchCases(t), t.TempDir()
	for threads, axis := range map[string]string{"1": "elements of the result", "1,2": "times as fast as on 1 thread"} {
		stdout, _ := ok(t, dir, "bench", "--quick", "--cases", file, "--filter", "dtype", "--threads", threads, "--plot", "p.svg")
		if cases, _ := measured(t, stdout); len(cases) != 17*len(strings.Split(threads, ",")) {
			t.Errorf("%s threads: %d cases", threads, len(cases))
		}
		if plot := contents(t, dir, "p.svg"); !strings.HasPrefix(plot, "<svg ") || !strings.Contains(plot, ">"+axis+"<") {
			t.Errorf("%s threads: the plot has no %q", threads, axis)
		}
		only(t, dir, "p.svg")
	}
}

// The level that is asked for holds, whatever the environment says.
func TestBenchLevel(t *testing.T) {
	cmd := program(t, t.TempDir(), "bench", "--level", "purego", "--quick", "--filter", "layout scalar", "--cases", benchCases(t))
	cmd.Env = append(cmd.Env, "HADAMARD_LEVEL=fast")
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if cases, _ := measured(t, string(stdout)); len(cases) != 1 {
		t.Errorf("got %q", cases)
	}

	// What the second process says is said once, and its exit code stays.
	cmd = program(t, t.TempDir(), "bench", "--level", "purego", "--cases", "none.json")
	stderr := new(strings.Builder)
	cmd.Stderr = stderr
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != exitError {
		t.Errorf("%v, want exit code 1", err)
	}
	if got := stderr.String(); !strings.HasPrefix(got, "hadamard: open none.json: ") || strings.Count(got, "hadamard: ") != 1 {
		t.Errorf("stderr %q", got)
	}
}

func TestBenchErrors(t *testing.T) {
	file, dir := benchCases(t), t.TempDir()
	save(t, filepath.Join(dir, "bad.json"), []byte(`{"cases": [{"name": "x", "op": "div"}]}`))
	for _, test := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"--cases", file, "more"}, exitUsage, `bench takes no arguments, got "more"`},
		{[]string{"--cases", file, "--threads", "0"}, exitUsage, "--threads is 0, want 1 to 4096, each once"},
		{[]string{"--cases", file, "--threads", "1,4097"}, exitUsage, "--threads is 1 4097, want 1 to 4096, each once"},
		{[]string{"--cases", file, "--threads", "2,1,2", "--plot", "p.svg"}, exitUsage, "--threads is 2 1 2, want 1 to 4096, each once"},
		{[]string{"--cases", file, "--threads", "1,two"}, exitUsage, `--threads is "1,two", want a number`},
		{[]string{"--cases", file, "--plot", "p.png"}, exitUsage, `--plot is "p.png", want the name of a .svg`},
		{[]string{"--cases", file, "--plot", "none/p.svg"}, exitError, "directory none does not exist"},
		{[]string{"--cases", file, "--level", "fast"}, exitUsage, `--level is "fast", want purego, avx2, avx512`},
		{[]string{"--cases", "bad.json"}, exitError, `hadamard: bad.json: case 0, "x": unknown op "div"`},
		{[]string{"--cases", "none.json"}, exitError, "hadamard: open none.json: "},
		{[]string{"--cases", file, "--filter", "zebra"}, exitError, `no case is in a group "zebra" or has it in its name`},
	} {
		code, _, stderr := hadamard(t, dir, append([]string{"bench"}, test.args...)...)
		if code != test.code || !strings.Contains(stderr, test.stderr) {
			t.Errorf("%q: exit code %d: %s", test.args, code, stderr)
		}
	}
}
