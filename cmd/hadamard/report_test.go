package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bench"
)

// A report has all cases, beside plain loops; on several threads those that are large.
func TestReport(t *testing.T) {
	t.Setenv("PYTHON", "no-python")
	file, dir := benchCases(t), t.TempDir()
	stdout, stderr := ok(t, dir, "bench", "--quick", "--cases", file, "--report", "new", "--threads", "1,2")
	if want := filepath.Join("new", "report.html") + "\n"; stdout != want {
		t.Errorf("stdout %q, want %q", stdout, want)
	}
	if want := "71 cases by hadamard, plain Go: about 10s\n"; stderr != want {
		t.Errorf("stderr %q, want %q", stderr, want)
	}
	only(t, filepath.Join(dir, "new"), "report.html")
	page := contents(t, dir, filepath.Join("new", "report.html"))
	suite, err := bench.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range suite.Cases {
		if !strings.Contains(page, `<tr><th scope="row">`+c.Name+`</th>`) {
			t.Errorf("%s is not on the page", c.Name)
		}
	}
	for _, text := range []string{`<tr><th scope="row">memory</th><td>`, "there is no Python that has it", "measured with --quick", `"peer":"plain Go"`} {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}

	// Another one takes its place.
	ok(t, dir, "bench", "--quick", "--cases", file, "--filter", "layout", "--report", "new")
	if again := contents(t, dir, filepath.Join("new", "report.html")); len(again) >= len(page) {
		t.Error("the page is as long as before")
	}
}

// Large cases run on each number of threads.
func TestReportThreads(t *testing.T) {
	b := &reportBench{flags: benchFlags{threads: []int{1, 2, 4}}}
	for bytes, want := range map[int]int{bench.SharedFrom - 1: 1, bench.SharedFrom: 3} {
		if got := b.threads(&bench.Case{Bytes: bytes}); len(got) != want {
			t.Errorf("%d bytes: on %v threads", bytes, got)
		}
	}
	for n, want := range map[int][]int{1: {1}, 2: {1, 2}, 6: {1, 2, 4, 6}, 8: {1, 2, 4, 8}} {
		if got := upTo(n); !slices.Equal(got, want) {
			t.Errorf("%d processors: %v threads, want %v", n, got, want)
		}
	}
}

// A page says when other programs ran.
func TestBusy(t *testing.T) {
	for load, want := range map[string]int{"0.08 0.32 1.54 1/95 123\n": 0, "3.60 0.32 1.54 1/95 123\n": 1, "": 0, "none": 0} {
		got := busy(load)
		if len(got) != want || want == 1 && !strings.Contains(got[0], ", 3.60 processes on average") {
			t.Errorf("%q: %q", load, got)
		}
	}
}

// What is interrupted or fails leaves nothing.
func TestReportFails(t *testing.T) {
	t.Setenv("PYTHON", "no-python")
	dir := t.TempDir()
	t.Chdir(dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, stderr bytes.Buffer
	if code := run(ctx, []string{"bench", "--quick", "--report", "new", "--filter", "tiny"}, &out, &stderr); code != exitError || !strings.HasSuffix(stderr.String(), "hadamard: interrupted\n") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	only(t, dir)

	if err := os.Mkdir("old", 0o700); err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join("old", "report.html"), []byte("old"))
	if code := run(ctx, []string{"bench", "--quick", "--report", "old", "--filter", "tiny"}, &out, &stderr); code != exitError {
		t.Errorf("exit code %d", code)
	}
	if contents(t, dir, filepath.Join("old", "report.html")) != "old" {
		t.Error("the old page changed")
	}
	only(t, filepath.Join(dir, "old"), "report.html")

	for _, test := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"--report", "new", "--json"}, exitUsage, "leave --json and --plot out"},
		{[]string{"--report", "new", "--threads", "2,0"}, exitUsage, "--threads is 2 0, want 1 to 4096, each once"},
		{[]string{"--report", filepath.Join("none", "new")}, exitError, "none"},
	} {
		code, _, stderr := hadamard(t, dir, append([]string{"bench"}, test.args...)...)
		if code != test.code || !strings.Contains(stderr, test.stderr) {
			t.Errorf("%q: exit code %d: %s", test.args, code, stderr)
		}
	}
	only(t, dir, "old")
}
